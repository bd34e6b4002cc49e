"""Random numbers inside of `torch.func.vmap`."""

from __future__ import annotations

from conformance import case, raises

RANDOMNESS = "torch.func: UX Limitations, randomness"


def _rows(torch):
    return torch.tensor([[0.5, -1.5, 3.0], [1.5, 2.5, -4.0]])


@case(RANDOMNESS)
def random_numbers_are_refused(torch):
    """Unless `randomness` says otherwise, random numbers inside are refused."""
    x = _rows(torch)
    for name, draw in (
        ("rand", lambda x: torch.rand(3)),
        ("randn", lambda x: torch.randn(3)),
        ("randint", lambda x: torch.randint(0, 9, (3,))),
        ("randperm", lambda x: torch.randperm(3)),
        ("rand_like", lambda x: torch.rand_like(x)),
    ):
        yield name, raises(lambda draw=draw: torch.func.vmap(lambda x: x + draw(x))(x))


@case(RANDOMNESS)
def the_same_random_numbers_for_all(torch):
    """With `randomness="same"` all examples get the same random numbers, which have no examples."""
    torch.manual_seed(3)
    yield torch.func.vmap(lambda x: (print(torch.rand(2)), x + torch.randn(3))[1], randomness="same")(
        _rows(torch) * 0
    )


@case(RANDOMNESS)
def different_random_numbers_for_each(torch):
    """With `randomness="different"` each example has random numbers of its own."""
    torch.manual_seed(3)

    def f(x):
        print(torch.rand(2))
        return x + torch.randn(3), torch.randint(0, 100, (2,))

    yield torch.func.vmap(f, randomness="different")(_rows(torch) * 0)


@case(RANDOMNESS)
def other_randomness_is_refused(torch):
    """`randomness` must be one of three words."""
    yield raises(lambda: torch.func.vmap(lambda x: x, randomness="none")(_rows(torch)))
    yield "of jacfwd", raises(lambda: torch.func.jacfwd(lambda x: x, randomness="none")(_rows(torch)))
