"""Dropout: masks that depend on the seed, and what they do to values and graphs."""

from __future__ import annotations

from conformance import case, raises

FUNCTIONS = "torch.nn.functional: Dropout functions"
LAYERS = "torch.nn: Dropout Layers"


def numbers(torch, *sizes):
    """Different numbers without 0."""
    count = torch.zeros(sizes).numel()
    return torch.tensor([((5 * place) % 13) - 5.5 for place in range(count)]).reshape(sizes)


@case(FUNCTIONS)
def mask_of_dropout(torch):
    """`dropout` scales up what it keeps; the same seed drops the same elements, and the gradient is masked alike."""
    x = numbers(torch, 3, 8).requires_grad_()
    torch.manual_seed(11)
    result = torch.nn.functional.dropout(x, 0.3)
    yield "result", result
    result.backward(numbers(torch, 8, 3).reshape(3, 8) + 0.25)
    yield "gradient", x.grad
    torch.manual_seed(11)
    yield "in double precision", torch.nn.functional.dropout(numbers(torch, 20).double(), 0.3)
    yield "what is drawn next", torch.rand(2)


@case(FUNCTIONS)
def dropout_that_does_nothing(torch):
    """`dropout` gives back its very input where there is nothing to drop, and zeros where all is."""
    x = numbers(torch, 4).requires_grad_()
    dropout = torch.nn.functional.dropout
    yield "probability 0", dropout(x, 0.0) is x
    yield "not training", dropout(x, 0.5, training=False) is x
    yield "probability 1", dropout(x, 1.0)
    yield "too large", raises(lambda: dropout(x, 1.5))
    yield "negative", raises(lambda: torch.nn.Dropout(-0.5))


@case(FUNCTIONS)
def dropout_in_place(torch):
    """In place, `dropout` writes over its input, which a leaf that requires grad refuses."""
    x = numbers(torch, 9)
    torch.manual_seed(2)
    result = torch.nn.functional.dropout(x, 0.5, inplace=True)
    yield "the input itself", result is x
    yield "result", x
    leaf = numbers(torch, 9).requires_grad_()
    yield "leaf", raises(lambda: torch.nn.functional.dropout(leaf, 0.5, inplace=True))
    yield "computed", torch.nn.functional.dropout(leaf * 1.5, 0.5, inplace=True)


@case(FUNCTIONS)
def mask_of_a_transposed_input(torch):
    """The mask is drawn in the order in which the input lies in memory."""
    x = numbers(torch, 2, 3, 4)
    torch.manual_seed(4)
    plain = torch.nn.functional.dropout(x, 0.5)
    torch.manual_seed(4)
    turned = torch.nn.functional.dropout(x.transpose(0, 2), 0.5)
    yield "transposed", turned
    yield "the same mask", torch.equal(turned.transpose(0, 2), plain)


@case(FUNCTIONS)
def dropped_channels(torch):
    """`dropout1d`, `dropout2d` and `dropout3d` drop whole channels."""
    torch.manual_seed(6)
    functional = torch.nn.functional
    yield "sequences", functional.dropout1d(numbers(torch, 2, 5, 3), 0.5)
    yield "one sequence", functional.dropout1d(numbers(torch, 5, 3), 0.5)
    yield "images", functional.dropout2d(numbers(torch, 2, 4, 2, 2), 0.5)
    yield "volumes", functional.dropout3d(numbers(torch, 2, 4, 1, 2, 2), 0.5)
    yield "graph", functional.dropout2d(numbers(torch, 2, 4, 2, 2).requires_grad_(), 0.5)
    yield "vector", raises(lambda: functional.dropout1d(numbers(torch, 5), 0.5))


@case(FUNCTIONS)
def images_without_a_channel_dimension(torch):
    """`dropout2d` warns of inputs that have no batch, which it takes for sequences."""
    torch.manual_seed(8)
    yield "three dimensions", torch.nn.functional.dropout2d(numbers(torch, 2, 4, 3), 0.5)
    yield "two dimensions", torch.nn.functional.dropout2d(numbers(torch, 4, 3), 0.5)


@case(FUNCTIONS)
def dropout_that_keeps_mean_and_variance(torch):
    """`alpha_dropout` puts what it drops at a fixed value and scales the rest, without adding noise in the graph."""
    x = numbers(torch, 3, 6).requires_grad_()
    torch.manual_seed(9)
    result = torch.nn.functional.alpha_dropout(x, 0.4, training=True)
    yield "elements", result
    result.backward(numbers(torch, 6, 3).reshape(3, 6) + 0.25)
    yield "gradient", x.grad
    yield "channels", torch.nn.functional.feature_alpha_dropout(numbers(torch, 2, 4, 3), 0.4, training=True)
    yield "not training by default", torch.nn.functional.alpha_dropout(x, 0.4) is x


@case(LAYERS)
def dropout_layers(torch):
    """Dropout layers drop while training only."""
    nn = torch.nn
    layers = [
        nn.Dropout(0.25),
        nn.Dropout2d(0.5, inplace=True),
        nn.AlphaDropout(),
        nn.FeatureAlphaDropout(0.1),
    ]
    yield "texts", str(layers)
    torch.manual_seed(1)
    model = nn.Sequential(nn.Identity(), nn.Dropout(0.5))
    x = numbers(torch, 12)
    yield "training", model(x)
    yield "evaluation", model.eval()(x) is x
    yield "once more", model.train()(x)
