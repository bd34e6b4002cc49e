"""Random numbers in place: `uniform_`, `normal_` and alike as a part of the graph, and what they draw."""

from __future__ import annotations

from conformance import case, raises

RANDOM = "torch: In-place random sampling"


@case(RANDOM)
def fillers_count_a_change(torch):
    """`uniform_` and `normal_` write into the tensor, count one change, and return the tensor."""
    x = torch.zeros(3)
    yield "uniform_", x.uniform_() is x
    yield "version", x._version
    yield "in [0, 1)", ((x >= 0) & (x < 1)).all()
    x.normal_()
    yield "version after normal_", x._version


@case(RANDOM)
def uniform_draws_what_the_seed_says(torch):
    """After the same seed, `uniform_` draws the same numbers, scaled to the bounds."""
    torch.manual_seed(3)
    yield "uniform_", torch.zeros(5).uniform_()
    yield "between bounds", torch.zeros(2, 2).uniform_(-2.0, 3.0)
    yield "float64", torch.zeros(3, dtype=torch.float64).uniform_()
    torch.manual_seed(3)
    yield "again", torch.zeros(5).uniform_()


@case(RANDOM)
def normal_draws_what_the_seed_says(torch):
    """After the same seed, `normal_` draws the same numbers, scaled and shifted."""
    torch.manual_seed(3)
    yield "normal_", torch.zeros(5).normal_()
    yield "mean and std", torch.zeros(2, 2).normal_(10.0, 0.5)
    yield "16 and more", torch.zeros(20).normal_(mean=1.0, std=2.0)
    yield "float64", torch.zeros(3, dtype=torch.float64).normal_()


@case(RANDOM)
def others_draw_what_the_seed_says(torch):
    """`bernoulli_`, `exponential_` and `random_` draw the same numbers after the same seed, too."""
    torch.manual_seed(3)
    yield "bernoulli_", torch.zeros(6).bernoulli_(0.3)
    yield "bernoulli_ of a tensor", torch.zeros(3).bernoulli_(torch.tensor([0.25, 0.5, 0.75]))
    yield "exponential_", torch.zeros(4).exponential_(2.0)
    yield "random_", torch.zeros(4).random_()
    yield "random_ up to", torch.zeros(4).random_(10)
    yield "random_ between", torch.tensor([0, 0, 0, 0]).random_(-3, 9)


@case(RANDOM)
def nodes_of_fillers(torch):
    """A tracked tensor that is filled at random has the filler's node, through which no gradient flows."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    fillers = {
        "uniform_": lambda y: y.uniform_(),
        "normal_": lambda y: y.normal_(),
        "bernoulli_": lambda y: y.bernoulli_(0.5),
        "exponential_": lambda y: y.exponential_(),
        "random_": lambda y: y.random_(),
    }
    for name, fill in fillers.items():
        y = x * 3
        fill(y)
        yield name, y.grad_fn
        yield f"{name}: version", y._version
        x.grad = None
        y.backward(torch.tensor([1.0, 2.0]))
        yield f"{name}: gradient", x.grad


@case(RANDOM, builds_on=("random_fillers::nodes_of_fillers",))
def fillers_on_views(torch):
    """A row filled at random cuts that row's gradient, and no other."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
    y = x * 3
    y[0].uniform_()
    yield "node", y.grad_fn
    y.backward(torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "gradient", x.grad


@case(RANDOM)
def leaves_and_fillers(torch):
    """A leaf refuses to be filled at random, except under `no_grad`, as initialisation does."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "uniform_", raises(lambda: x.uniform_())
    yield "normal_", raises(lambda: x.normal_())
    torch.manual_seed(5)
    with torch.no_grad():
        x.uniform_(-1, 1)
    yield "under no_grad", x


@case(RANDOM)
def refused_fillers(torch):
    """Bounds in the wrong order, negative deviations and integer tensors are refused."""
    x, whole = torch.zeros(2), torch.tensor([1, 2])
    yield "bounds", raises(lambda: x.uniform_(2.0, 1.0))
    yield "deviation", raises(lambda: x.normal_(0.0, -1.0))
    yield "uniform_ of integers", raises(lambda: whole.uniform_())
    yield "normal_ of integers", raises(lambda: whole.normal_())
    yield "probability", raises(lambda: x.bernoulli_(1.5))
    yield "rate", raises(lambda: x.exponential_(-1.0))
    yield "x", x


@case(RANDOM, builds_on=("random_fillers::nodes_of_fillers",))
def saved_before_it_was_filled(torch):
    """A saved tensor that was filled at random makes `backward` refuse, by the filler's name."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    z = y.sin()
    y.normal_()
    yield "backward", raises(lambda: z.sum().backward())


@case(RANDOM)
def memory_in_another_order(torch):
    """Normal numbers for memory with gaps, or in another order, are drawn one by one, in the order of the memory."""
    made = {
        "transposed": lambda dtype: torch.zeros(6, 5, dtype=dtype).t(),
        "with gaps": lambda dtype: torch.zeros(6, 10, dtype=dtype)[:, ::2],
        "channels last": lambda dtype: torch.zeros(2, 3, 3, 2, dtype=dtype).to(
            memory_format=torch.channels_last
        ),
    }
    for name, make in made.items():
        for dtype in (torch.float32, torch.float64, torch.complex64):
            torch.manual_seed(3)
            yield f"{name}, {dtype}, normal_", make(dtype).normal_(1.0, 2.0)
            yield f"{name}, {dtype}, uniform_", make(dtype).uniform_()
            yield f"{name}, {dtype}, randn_like", torch.randn_like(make(dtype))
            yield f"{name}, {dtype}, rand_like", torch.rand_like(make(dtype))
    torch.manual_seed(3)
    image = torch.zeros(2, 3, 3, 2)
    yield "randn_like in a format", torch.randn_like(image, memory_format=torch.channels_last)
    yield "randint_like", torch.randint_like(image.transpose(0, 2), 3, 40)
    yield "multinomial", torch.multinomial(torch.rand(5, 6).t(), 3)
    yield "what follows", torch.rand(2)


@case(RANDOM)
def bounds_by_name_and_as_tensors(torch):
    """Bounds go by their names, `from` too, and may be tensors without dimensions; with one they are refused."""
    x = torch.zeros(3)
    torch.manual_seed(3)
    yield "from and to", x.uniform_(**{"from": 2, "to": 5})
    yield "tensors", x.normal_(mean=torch.tensor(1.5), std=torch.tensor(0.5))
    yield "whole numbers", x.random_(**{"from": 3, "to": 8})
    yield "a vector", raises(lambda: x.normal_(torch.ones(2)))
    yield "a vector by name", raises(lambda: x.normal_(mean=torch.ones(2)))
    yield "a vector as a bound", raises(lambda: x.uniform_(torch.ones(2)))
