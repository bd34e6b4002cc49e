"""Pooling, unpooling, their gradients, their layers and what they refuse."""

from __future__ import annotations

from math import inf, nan, prod

from conformance import case, raises

FUNCTIONS = "torch.nn.functional: Pooling functions"
LAYERS = "torch.nn: Pooling layers"


def values(torch, *sizes, step=7):
    """Eighths between -11/8 and 11/8, in an order that repeats late."""
    numbers = [((index * step) % 23 - 11) / 8 for index in range(prod(sizes))]
    return torch.tensor(numbers).reshape(sizes)


def with_gradient(torch, function, *sizes):
    """The result of a function on such a tensor, and its gradient."""
    x = values(torch, *sizes).requires_grad_()
    y = function(x)
    yield "result", y
    yield "gradient", torch.autograd.grad(y, x, values(torch, *y.shape, step=9))[0]


@case(FUNCTIONS)
def max_pool2d_takes_the_largest(torch):
    """Each window gives its largest element, to which its gradient goes."""
    yield from with_gradient(torch, lambda x: torch.nn.functional.max_pool2d(x, 2), 2, 2, 6, 4)
    yield from with_gradient(torch, lambda x: torch.nn.functional.max_pool2d(x, (2, 3), 1), 1, 2, 5, 5)


@case(FUNCTIONS)
def max_pool2d_with_padding_dilation_and_ceil_mode(torch):
    """Windows may reach over the edges, where nothing is larger, and leave out elements."""
    pool = torch.nn.functional.max_pool2d
    yield from with_gradient(torch, lambda x: pool(x, 3, 2, 1), 1, 2, 7, 6)
    yield from with_gradient(torch, lambda x: pool(x, 2, 2, 0, 2), 1, 1, 7, 7)
    yield from with_gradient(torch, lambda x: pool(x, 2, 2, ceil_mode=True), 1, 1, 5, 5)


@case(FUNCTIONS)
def max_pool2d_tells_where(torch):
    """`return_indices` gives the places in the flattened plane; of equals, the first one."""
    x = torch.tensor(
        [[[[1.0, 1.0, 0.5, 2.0], [1.0, 0.25, 2.0, 0.75], [3.0, -1.0, -2.0, -2.0], [3.0, 4.0, -2.0, -2.0]]]]
    )
    x.requires_grad_()
    found, indices = torch.nn.functional.max_pool2d(x, 2, return_indices=True)
    yield "values", found
    yield "indices", indices
    yield "gradient", torch.autograd.grad(found, x, torch.tensor([[[[1.5, -2.0], [0.5, 3.0]]]]))[0]


@case(FUNCTIONS)
def max_pool2d_and_nan(torch):
    """A window with nan gives nan, and the place of the last one; one with nothing but -inf its first place."""
    x = torch.tensor(
        [[[[1.0, nan, 2.0, nan], [nan, 0.5, 3.0, 1.0], [-inf, -inf, 1.0, 4.0], [-inf, -inf, 2.0, nan]]]]
    )
    yield torch.nn.functional.max_pool2d(x, 2, return_indices=True)
    yield torch.nn.functional.max_pool2d(x, 3, 2, 1, return_indices=True)


@case(FUNCTIONS)
def max_pool_over_one_and_three_dimensions(torch):
    """The largest over one dimension are those over two with one row."""
    functional = torch.nn.functional
    yield from with_gradient(torch, lambda x: functional.max_pool1d(x, 3, 2, 1), 2, 2, 7)
    yield from with_gradient(torch, lambda x: functional.max_pool3d(x, 2), 1, 2, 4, 3, 5)


@case(FUNCTIONS)
def what_max_pooling_saves(torch):
    """The node saves the input, the indices and the options; a stride that was left out is empty."""
    x = values(torch, 1, 1, 4, 4).requires_grad_()
    node = torch.nn.functional.max_pool2d(x, 2).grad_fn
    yield "indices", node._saved_result1
    yield "options", (node._saved_kernel_size, node._saved_stride, node._saved_padding, node._saved_ceil_mode)
    yield "given", torch.nn.functional.max_pool2d(x, 2, 1).grad_fn._saved_stride


@case(FUNCTIONS)
def pooling_twice_differentiated(torch):
    """The gradient's gradient picks what the windows chose, or averages again."""
    functional = torch.nn.functional
    for name, function in (
        ("max_pool2d", lambda x: functional.max_pool2d(x, 2)),
        ("avg_pool2d", lambda x: functional.avg_pool2d(x, 3, 2, 1)),
        ("adaptive_avg_pool2d", lambda x: functional.adaptive_avg_pool2d(x, 3)),
        ("adaptive_max_pool2d", lambda x: functional.adaptive_max_pool2d(x, 3)),
    ):
        x = values(torch, 1, 2, 5, 4).requires_grad_()
        y = function(x)
        cotangent = values(torch, *y.shape, step=9).requires_grad_()
        (grad,) = torch.autograd.grad(y, x, cotangent, create_graph=True)
        yield name, grad
        yield "twice", torch.autograd.grad(grad, cotangent, values(torch, *x.shape, step=13))[0]


@case(FUNCTIONS)
def avg_pool2d_averages(torch):
    """Each window gives its average; padding counts unless it is left out."""
    pool = torch.nn.functional.avg_pool2d
    yield from with_gradient(torch, lambda x: pool(x, 2), 2, 2, 4, 6)
    yield from with_gradient(torch, lambda x: pool(x, 3, 2, 1), 1, 2, 5, 5)
    yield from with_gradient(torch, lambda x: pool(x, 3, 2, 1, count_include_pad=False), 1, 2, 5, 5)


@case(FUNCTIONS)
def avg_pool2d_with_ceil_mode_and_divisor(torch):
    """What a window has beyond the padding never counts; a divisor of one's own replaces the count."""
    pool = torch.nn.functional.avg_pool2d
    yield from with_gradient(torch, lambda x: pool(x, 3, 2, 1, ceil_mode=True), 1, 1, 6, 6)
    yield from with_gradient(torch, lambda x: pool(x, 2, divisor_override=3), 1, 1, 4, 5)


@case(FUNCTIONS)
def avg_pool_over_one_and_three_dimensions(torch):
    """The means over one dimension are those over two with one row."""
    functional = torch.nn.functional
    yield from with_gradient(torch, lambda x: functional.avg_pool1d(x, 3, 2, 1), 2, 2, 7)
    yield from with_gradient(torch, lambda x: functional.avg_pool3d(x, 2), 1, 2, 4, 3, 5)


@case(FUNCTIONS)
def adaptive_average_pooling(torch):
    """So many windows as asked for, which share elements where they do not divide the input; None keeps a size."""
    functional = torch.nn.functional
    yield from with_gradient(torch, lambda x: functional.adaptive_avg_pool2d(x, (3, None)), 1, 2, 7, 2)
    yield from with_gradient(torch, lambda x: functional.adaptive_avg_pool2d(x, 1), 2, 2, 3, 4)
    yield from with_gradient(torch, lambda x: functional.adaptive_avg_pool1d(x, 4), 1, 2, 6)
    yield from with_gradient(torch, lambda x: functional.adaptive_avg_pool3d(x, (2, 1, 2)), 1, 1, 4, 2, 3)


@case(FUNCTIONS)
def adaptive_max_pooling(torch):
    """The largest of so many windows as asked for; the namespace's own form also tells where."""
    functional = torch.nn.functional
    yield from with_gradient(torch, lambda x: functional.adaptive_max_pool2d(x, (3, 2)), 1, 2, 7, 5)
    yield from with_gradient(torch, lambda x: functional.adaptive_max_pool3d(x, 2), 1, 1, 4, 3, 2)
    yield "with indices", torch.adaptive_max_pool1d(values(torch, 1, 2, 7), 3)


@case(FUNCTIONS)
def power_average_pooling(torch):
    """`lp_pool` takes the root of the sum of powers of each window."""
    functional = torch.nn.functional
    yield from with_gradient(torch, lambda x: functional.lp_pool2d(x, 2, 2), 1, 2, 4, 4)
    yield from with_gradient(torch, lambda x: functional.lp_pool1d(x, 3.0, 3, 2), 1, 2, 7)
    yield "infinite", functional.lp_pool1d(values(torch, 1, 2, 6), inf, 2)


@case(FUNCTIONS)
def fractional_max_pooling(torch):
    """Windows start where random numbers say, the same for each seed."""
    functional = torch.nn.functional
    torch.manual_seed(4)
    yield from with_gradient(
        torch, lambda x: functional.fractional_max_pool2d(x, 2, output_size=(4, 3)), 2, 2, 7, 6
    )
    yield (
        "ratio",
        functional.fractional_max_pool2d(
            values(torch, 1, 1, 8, 8), 3, output_ratio=(0.5, 0.5), return_indices=True
        ),
    )
    yield "three", functional.fractional_max_pool3d(values(torch, 1, 2, 5, 5, 4), 2, output_size=2)


@case(FUNCTIONS)
def unpooling_puts_back(torch):
    """`max_unpool` puts the elements back where they were, zeros elsewhere; gradients come from there."""
    functional = torch.nn.functional
    x = values(torch, 1, 2, 4, 4).requires_grad_()
    found, indices = functional.max_pool2d(x, 2, return_indices=True)
    y = functional.max_unpool2d(found, indices, 2)
    yield "result", y
    yield "gradient", torch.autograd.grad(y, x, values(torch, *y.shape, step=9))[0]
    yield "larger", functional.max_unpool2d(found, indices, 2, output_size=(5, 4))
    line, places = functional.max_pool1d(x[0, 0], 2, return_indices=True)
    yield "one dimension", functional.max_unpool1d(line, places, 2)


@case(FUNCTIONS)
def what_max_pooling_refuses(torch):
    """Options have to be positive, and the result must not be empty."""
    pool = torch.nn.functional.max_pool2d
    x = values(torch, 1, 2, 6, 6)
    for options in (
        {"kernel_size": 0},
        {"kernel_size": 2, "stride": 0},
        {"kernel_size": 2, "padding": 2},
        {"kernel_size": 2, "dilation": 0},
        {"kernel_size": 7},
        {"kernel_size": (2, 2, 2)},
        {"kernel_size": "2"},
    ):
        yield str(options), raises(lambda options=options: pool(x, **options))
    yield "rank", raises(lambda: pool(x[0, 0], 2))
    yield "bool", raises(lambda: pool(x > 0, 2))
    yield "one dimension", raises(lambda: torch.nn.functional.max_pool1d(x, 2))


@case(FUNCTIONS)
def what_other_pooling_refuses(torch):
    """Averages, adaptive and fractional pooling and unpooling have refusals of their own."""
    functional = torch.nn.functional
    x = values(torch, 1, 2, 6, 6)
    found, indices = functional.max_pool2d(x, 2, return_indices=True)
    yield "average", raises(lambda: functional.avg_pool2d(x, 2, divisor_override=0))
    yield "kernel", raises(lambda: functional.avg_pool3d(values(torch, 1, 2, 4, 4, 4), 5))
    yield "integers", raises(lambda: functional.avg_pool2d(x.int(), 2))
    yield "adaptive", raises(lambda: functional.adaptive_avg_pool2d(x, (2, 2, 2)))
    yield "negative", raises(lambda: functional.adaptive_avg_pool2d(x, -1))
    yield "fractional", raises(lambda: functional.fractional_max_pool2d(x, 2))
    yield "unpooling", raises(lambda: functional.max_unpool2d(found, indices.int(), 2))
    yield "output_size", raises(lambda: functional.max_unpool2d(found, indices, 2, output_size=(3, 3)))


@case(LAYERS)
def how_pooling_layers_print(torch):
    """A pooling layer shows its options."""
    nn = torch.nn
    for layer in (
        nn.MaxPool2d(2),
        nn.MaxPool1d(3, stride=1, padding=1, ceil_mode=True),
        nn.AvgPool2d(3, 2),
        nn.AvgPool1d(2),
        nn.AdaptiveAvgPool2d((None, 3)),
        nn.AdaptiveMaxPool1d(3),
        nn.LPPool2d(2, 3),
        nn.MaxUnpool2d(2, stride=2),
        nn.FractionalMaxPool2d(2, output_ratio=0.5),
    ):
        yield repr(layer)


@case(LAYERS)
def pooling_layers_do_what_the_functions_do(torch):
    """Each layer applies the function with its options."""
    nn, x = torch.nn, values(torch, 1, 2, 6, 6)
    for layer in (
        nn.MaxPool2d(3, 2, 1),
        nn.AvgPool2d(2, count_include_pad=False),
        nn.AdaptiveAvgPool2d(4),
        nn.AdaptiveMaxPool2d((2, 3), return_indices=True),
        nn.LPPool2d(2, 2),
    ):
        yield type(layer).__name__, layer(x)
    yield "unbatched", nn.MaxPool1d(2)(x[0, 0])
    yield "refused", raises(lambda: nn.FractionalMaxPool2d(2))


@case(FUNCTIONS)
def fractional_pooling_of_odd_inputs(torch):
    """Fractional pooling takes bfloat16 and batches without examples, and no complex numbers."""
    pool = torch.nn.functional.fractional_max_pool2d
    x = values(torch, 1, 2, 6, 6)
    samples = torch.tensor([[[0.25, 0.75], [0.5, 0.125]]])
    yield "float32", pool(x, 2, output_size=3, _random_samples=samples)
    half = x.to(torch.bfloat16)
    yield "bfloat16", pool(half, 2, output_size=3, _random_samples=samples.to(torch.bfloat16))
    yield "no examples", pool(x[:0], 2, output_size=3, _random_samples=samples[:0])
    complex_input = torch.complex(x, -x)
    yield "complex", raises(lambda: pool(complex_input, 2, output_size=3, _random_samples=samples))
