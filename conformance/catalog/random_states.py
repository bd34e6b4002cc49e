"""The state of the stream of random numbers: kept, set, forked, and restored where a checkpointed call runs again."""

from __future__ import annotations

from conformance import case, raises

VARIANTS = (("reentrant", True), ("not reentrant", False))


@case("torch.random: fork_rng")
def random_state_kept(torch):
    """After `fork_rng` the stream of random numbers goes on as if nothing had been drawn inside."""
    torch.manual_seed(5)
    yield "first", torch.rand(2)
    with torch.random.fork_rng(devices=[]):
        yield "inside", torch.rand(2)
    yield "afterwards", torch.rand(2)
    with torch.random.fork_rng(devices=[], enabled=False):
        yield "inside, turned off", torch.rand(2)
    yield "afterwards, turned off", torch.rand(2)


@case("torch.random: set_rng_state", builds_on=("random_states::random_state_kept",))
def random_state_set(torch):
    """A state of the stream can be kept and gone back to; what is no state is refused."""
    torch.manual_seed(5)
    fresh = torch.get_rng_state()
    torch.randn(3)
    state = torch.get_rng_state()
    yield "fresh", (fresh.shape, fresh[:40], fresh[-40:], fresh.sum())
    yield "state", (state[:40], state[-40:], state.sum())
    yield "drawn", torch.randn(4)
    torch.set_rng_state(state)
    yield "drawn again", torch.randn(4)
    yield "another type", raises(lambda: torch.set_rng_state(torch.tensor([1.5])))
    yield "another size", raises(lambda: torch.set_rng_state(state[:10]))


@case("torch.utils.checkpoint: checkpoint", builds_on=("checkpoint::gradients_of_a_checkpointed_call",))
def random_numbers_in_a_checkpointed_call(torch):
    """The function draws the same random numbers again, and the stream outside goes on as if it had not."""
    for label, use_reentrant in VARIANTS:
        for preserve in (True, False):
            seen = []

            def function(x):
                seen.append(torch.rand(2))  # noqa: B023 - called in this round only
                return (x * seen[-1]).exp()  # noqa: B023

            torch.manual_seed(3)
            x = torch.tensor([1.5, -0.5], requires_grad=True)
            checkpoint = torch.utils.checkpoint.checkpoint
            y = checkpoint(function, x, use_reentrant=use_reentrant, preserve_rng_state=preserve)
            torch.rand(1)
            y.backward(torch.tensor([1.0, -2.0]))
            yield f"{label}, {preserve}: drawn", seen
            yield f"{label}, {preserve}: drawn afterwards", torch.rand(1)
