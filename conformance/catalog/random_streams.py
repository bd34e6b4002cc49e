"""The CPU generator's streams: what follows a seed, for each distribution, size and dtype."""

from __future__ import annotations

from conformance import case, raises

DESCENT = "Automatic differentation and gradient descend"
FIRST_STEPS = "Gradients and autograd, first steps"
PAGE = "Reproducibility: PyTorch random number generator"
UNIFORM = "random_streams::rand"
NORMAL = "random_streams::randn_below_16_elements"
MANY = "random_streams::randn_from_16_elements"
INTEGERS = "random_streams::randint"


@case(DESCENT, "A1")
def rand(torch):
    """`rand` after `manual_seed` gives the same numbers every time, and goes on in the stream."""
    for seed in (0, 1234):
        torch.manual_seed(seed)
        yield f"seed {seed}", torch.rand(4)
        yield f"seed {seed}, going on", torch.rand(4)


@case(DESCENT, "A1", builds_on=(UNIFORM,))
def rand_that_requires_grad(torch):
    """`torch.rand(4, requires_grad=True)` is a leaf of uniform numbers."""
    torch.manual_seed(42)
    x = torch.rand(4, requires_grad=True)
    yield "x", x
    yield "x * 5", x * 5


@case(FIRST_STEPS, "B1")
def randn_below_16_elements(torch):
    """Fewer than 16 normal numbers are drawn one by one, in pairs that the next call continues."""
    torch.manual_seed(0)
    for count in (3, 4, 1, 15, 2):
        yield f"{count} numbers", torch.randn(count)


@case(FIRST_STEPS, "B1", builds_on=(NORMAL,))
def randn_that_requires_grad(torch):
    """`tc.randn(3, requires_grad=True)` is a leaf of normal numbers."""
    tc = torch
    tc.manual_seed(7)
    x = tc.randn(3, requires_grad=True)
    yield "x", x
    y = x + 2
    z = (y * y * 2).mean()
    z.backward()
    yield "z", z
    yield "gradient", x.grad


@case(PAGE, builds_on=(NORMAL,))
def randn_from_16_elements(torch):
    """Sixteen and more normal numbers are drawn in blocks of sixteen, past a waiting second of a pair."""
    torch.manual_seed(0)
    for count in (16, 32):
        yield f"{count} numbers", torch.randn(count)
    torch.manual_seed(3)
    yield "one before", torch.randn(1)
    yield "16 after it", torch.randn(16)
    yield "one after them", torch.randn(1)


@case(PAGE, builds_on=(MANY,))
def randn_of_odd_sizes(torch):
    """Where the size is no multiple of sixteen, the last sixteen numbers are drawn anew."""
    for count in (17, 19, 31, 33):
        torch.manual_seed(count)
        yield f"{count} numbers", torch.randn(count)
        yield f"one after {count}", torch.randn(1)


@case(PAGE, builds_on=(UNIFORM,))
def rand_of_other_dtypes(torch):
    """A uniform float64 takes twice as much of the stream as a float32 or float16."""
    for dtype in (torch.float64, torch.float16, torch.float32):
        torch.manual_seed(5)
        yield f"{dtype}", torch.rand(6, dtype=dtype)
        yield f"float32 after {dtype}", torch.rand(2)


@case(PAGE, builds_on=(MANY,))
def randn_of_other_dtypes(torch):
    """Normal numbers of float64 and float16 are drawn in pairs or blocks too, in their own precision."""
    for dtype in (torch.float64, torch.float16):
        for count in (5, 16, 21):
            torch.manual_seed(5)
            yield f"{count} of {dtype}", torch.randn(count, dtype=dtype)
            yield f"float32 after {count} of {dtype}", torch.randn(2)


@case(PAGE, builds_on=(UNIFORM,))
def randint(torch):
    """`randint` draws whole numbers from its range, the end excluded, as int64."""
    torch.manual_seed(0)
    yield "below 10", torch.randint(10, (8,))
    yield "from -5 to 4", torch.randint(-5, 5, (8,))
    yield "one value", torch.randint(3, 4, (4,))
    yield "two values", torch.randint(0, 2, (2, 6))


@case(PAGE, builds_on=(INTEGERS,))
def randint_of_large_ranges(torch):
    """From a range of 2**28 on, every number takes 64 bits of the stream instead of 32."""
    for high in (2**28 - 1, 2**28, 2**31, 2**32 - 1, 2**33, 2**62):
        torch.manual_seed(11)
        yield f"below {high}", torch.randint(0, high, (4,))
        yield f"one after below {high}", torch.randint(100, (1,))


@case(PAGE, builds_on=(INTEGERS,))
def randint_of_other_dtypes(torch):
    """`randint` gives the same numbers in whatever dtype it is asked for."""
    for dtype in (torch.int32, torch.uint8, torch.float32, torch.float64, torch.float16, torch.bool):
        torch.manual_seed(2)
        yield str(dtype), torch.randint(0, 2 if dtype is torch.bool else 100, (5,), dtype=dtype)


@case(PAGE, builds_on=(INTEGERS,))
def randint_refuses(torch):
    """`randint` refuses an empty range and ranges that its dtype cannot hold."""
    yield "empty", raises(lambda: torch.randint(5, 5, (2,)))
    yield "turned around", raises(lambda: torch.randint(5, 2, (2,)))
    yield "too large", raises(lambda: torch.randint(0, 1000, (2,), dtype=torch.uint8))


@case(PAGE, builds_on=(UNIFORM,))
def randperm(torch):
    """`randperm` gives a permutation of the whole numbers below n, as int64."""
    for count in (0, 1, 2, 8, 20):
        torch.manual_seed(0)
        yield f"of {count}", torch.randperm(count)
        yield f"one after {count}", torch.rand(1)


@case(PAGE, builds_on=(UNIFORM, NORMAL, INTEGERS))
def interleaved_draws(torch):
    """All distributions draw from one stream, in the order of the calls."""
    torch.manual_seed(99)
    yield "rand", torch.rand(3)
    yield "randn", torch.randn(3)
    yield "randint", torch.randint(0, 1000, (3,))
    yield "randn again", torch.randn(3)
    yield "randperm", torch.randperm(5)
    yield "rand again", torch.rand(2, 2)


@case(PAGE, builds_on=(NORMAL,))
def seeding_forgets_the_second_of_a_pair(torch):
    """`manual_seed` forgets the number of a pair that is still to come, while other draws do not."""
    torch.manual_seed(1)
    yield "first of a pair", torch.randn(1)
    torch.manual_seed(1)
    yield "after seeding", torch.randn(2)
    torch.manual_seed(1)
    yield "first again", torch.randn(1)
    yield "uniform between", torch.rand(1)
    yield "second of the pair", torch.randn(1)


@case(PAGE, builds_on=(UNIFORM, MANY))
def shapes_fill_in_row_order(torch):
    """A matrix is filled row by row with the numbers of the vector of as many elements."""
    torch.manual_seed(6)
    yield "rand", torch.rand(2, 3)
    yield "randn", torch.randn(2, 2, 2)
    yield "randn of 18", torch.randn(3, 6)
    yield "shape as a list", torch.rand([2, 2])
    yield "shape as a tuple", torch.randn((1, 3))


@case(PAGE, builds_on=(UNIFORM,))
def scalars_and_empty_tensors(torch):
    """A 0-d tensor takes one draw, and an empty one none."""
    torch.manual_seed(6)
    yield "0-d", torch.rand(())
    yield "0-d normal", torch.randn(())
    yield "empty", torch.rand(0)
    yield "empty normal", torch.randn(2, 0)
    yield "next", torch.rand(1)


@case(PAGE, builds_on=(UNIFORM,))
def like_functions(torch):
    """`rand_like` and `randn_like` draw in the shape and dtype of their argument, untracked."""
    x = torch.zeros(2, 3, dtype=torch.float64, requires_grad=True)
    torch.manual_seed(8)
    yield "rand_like", torch.rand_like(x)
    yield "randn_like", torch.randn_like(x)
    yield "randint_like", torch.randint_like(x, 0, 50)
    yield "of another dtype", torch.rand_like(x, dtype=torch.float32)


@case(PAGE, builds_on=(UNIFORM,))
def seeds(torch):
    """Only the lower 32 bits of a seed decide the stream, and negative seeds count from 2**64."""
    for seed in (-1, 5, 2**32 + 5, 2**63 + 5, 2**64 - 1, True):
        torch.manual_seed(seed)
        yield f"seed {seed}", torch.rand(3)


@case(PAGE, builds_on=(MANY,))
def long_stream(torch):
    """The stream goes on beyond the 624 words of the generator's state."""
    torch.manual_seed(0)
    torch.rand(620)
    yield "across the state's end", torch.rand(8)
    torch.randn(640)
    yield "far beyond", torch.randn(3)
