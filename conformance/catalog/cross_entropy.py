"""Cross entropy and the negative log-likelihood of classes."""

from __future__ import annotations

from conformance import case, raises

LOSSES = "torch.nn.functional: Loss functions"


def _logits(torch):
    rows = [[0.5, -1.5, 2.0, 0.25], [3.0, -0.75, -2.0, 1.25], [-0.3, 0.6, 1.1, -2.2]]
    return torch.tensor(rows, requires_grad=True)


def _targets(torch):
    return torch.tensor([2, 0, 3])


def _images(torch):
    """Two examples of three classes at two by two places."""
    numbers = [0.1 * ((7 * k) % 23) - 1.1 for k in range(24)]
    return torch.tensor(numbers).reshape(2, 3, 2, 2).requires_grad_()


def _in_all_reductions(torch, loss, make=_logits):
    for reduction in ("mean", "sum", "none"):
        x = make(torch)
        found = loss(x, reduction)
        yield reduction, found
        incoming = torch.arange(1.0, found.numel() + 1).reshape(found.shape) * 0.75
        yield f"gradient of {reduction}", torch.autograd.grad(found, x, incoming)[0]


@case(LOSSES)
def cross_entropy_of_classes(torch):
    """The cross entropy is a log_softmax and a negative log-likelihood, and its graph shows both."""
    targets = _targets(torch)
    loss = torch.nn.functional.cross_entropy
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, targets, reduction=reduction))


@case(LOSSES, builds_on=("cross_entropy::cross_entropy_of_classes",))
def cross_entropy_with_weights(torch):
    """Weights multiply the losses of their classes; the mean is divided by the weights of the targets."""
    targets, weight = _targets(torch), torch.tensor([0.5, 2.0, 3.0, 0.25])
    loss = torch.nn.functional.cross_entropy
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, targets, weight, reduction=reduction))


@case(LOSSES, builds_on=("cross_entropy::cross_entropy_of_classes",))
def cross_entropy_ignores_an_index(torch):
    """Targets that are `ignore_index` count for nothing, in the mean neither; -100 unless another is given."""
    loss = torch.nn.functional.cross_entropy
    some = torch.tensor([2, -100, 3])
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, some, reduction=reduction))
    x = _logits(torch)
    yield "another index", loss(x, _targets(torch), ignore_index=3)
    yield "with weights", loss(x, _targets(torch), torch.tensor([0.5, 2.0, 3.0, 0.25]), ignore_index=2)


@case(LOSSES, builds_on=("cross_entropy::cross_entropy_ignores_an_index",))
def cross_entropy_of_nothing_is_nan(torch):
    """The mean is nan where all targets are ignored or there is none; the gradient is zeros then."""
    x = _logits(torch)
    found = torch.nn.functional.cross_entropy(x, torch.tensor([-100, -100, -100]))
    yield "all ignored", found
    yield "gradient", torch.autograd.grad(found, x)[0]
    none = torch.zeros(0, dtype=torch.int64)
    yield "no target", torch.nn.functional.cross_entropy(torch.zeros(0, 4), none)
    yield "their sum", torch.nn.functional.cross_entropy(torch.zeros(0, 4), none, reduction="sum")


@case(LOSSES, builds_on=("cross_entropy::cross_entropy_of_classes",))
def cross_entropy_with_smoothed_labels(torch):
    """`label_smoothing` mixes the target with all classes alike."""
    targets = torch.tensor([2, 0, -100])
    loss = torch.nn.functional.cross_entropy
    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, targets, reduction=reduction, label_smoothing=0.2)
    )


@case(LOSSES, builds_on=("cross_entropy::cross_entropy_with_smoothed_labels",))
def cross_entropy_with_smoothed_labels_and_weights(torch):
    """With weights the smoothed part is weighted, too, and divided by the weights of the targets."""
    targets, weight = torch.tensor([2, -100, 3]), torch.tensor([0.5, 2.0, 3.0, 0.25])
    loss = torch.nn.functional.cross_entropy
    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, targets, weight, reduction=reduction, label_smoothing=0.3)
    )


@case(LOSSES)
def cross_entropy_of_probabilities(torch):
    """A floating target of the logits' shape gives probabilities; the mean is over the examples."""
    target = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.15, 0.05], [0.25, 0.5, 0.0, 0.25]])
    loss = torch.nn.functional.cross_entropy
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, target, reduction=reduction))
    weight = torch.tensor([0.5, 2.0, 3.0, 0.25])
    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, target, weight, reduction=reduction, label_smoothing=0.1)
    )


@case(LOSSES, builds_on=("cross_entropy::cross_entropy_of_probabilities",))
def gradient_to_probabilities(torch):
    """A target of probabilities gets a gradient: the negative logarithms of the softmax."""
    target = torch.tensor(
        [[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.15, 0.05], [0.25, 0.5, 0.0, 0.25]], requires_grad=True
    )
    torch.nn.functional.cross_entropy(_logits(torch), target).backward(torch.tensor(1.5))
    yield "gradient", target.grad


@case(LOSSES, builds_on=("cross_entropy::cross_entropy_of_classes",))
def cross_entropy_of_images(torch):
    """Classes are the second dimension, whatever comes after it."""
    targets = torch.tensor([[[0, 2], [1, 1]], [[2, -100], [0, 2]]])
    loss = torch.nn.functional.cross_entropy
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, targets, reduction=reduction), _images)
    weight = torch.tensor([0.5, 2.0, 3.0])
    yield from _in_all_reductions(
        torch,
        lambda x, reduction: loss(x.reshape(2, 3, 4), targets.reshape(2, 4), weight, reduction=reduction),
        _images,
    )


@case(LOSSES, builds_on=("cross_entropy::cross_entropy_of_classes",))
def cross_entropy_of_one_example(torch):
    """Logits without a batch have a target without dimensions, or with one of size 1."""
    x = _logits(torch)[1]
    loss = torch.nn.functional.cross_entropy
    yield "a number", loss(x, torch.tensor(3))
    yield "without reduction", loss(x, torch.tensor([3]), reduction="none")
    yield "probabilities", loss(x, torch.tensor([0.1, 0.2, 0.3, 0.4]))


@case(LOSSES, builds_on=("cross_entropy::cross_entropy_of_classes",))
def second_derivative_of_cross_entropy(torch):
    """The gradient of a cross entropy has a graph of its own, through the softmax."""
    x = _logits(torch)
    found = torch.nn.functional.cross_entropy(x, _targets(torch))
    (gradient,) = torch.autograd.grad(found, x, torch.tensor(2.5), create_graph=True)
    yield "gradient", gradient
    gradient.backward(torch.tensor([[1.0, -2.0, 0.5, 1.5], [0.25, 3.0, -1.0, 2.0], [-0.5, 1.25, 0.75, -1.5]]))
    yield "second derivative", x.grad


@case(LOSSES)
def nll_loss_picks_and_negates(torch):
    """`nll_loss` picks the target's number in each row and negates it; nothing is normalised."""
    targets, weight = _targets(torch), torch.tensor([0.5, 2.0, 3.0, 0.25])
    loss = torch.nn.functional.nll_loss
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, targets, weight, reduction=reduction))
    yield "bytes as targets", loss(_logits(torch), targets.to(torch.uint8))


@case(LOSSES, builds_on=("cross_entropy::nll_loss_picks_and_negates",))
def what_nll_loss_saves(torch):
    """The node saves the weight of all targets together, the reduction as a number and the index as unsigned."""
    weight = torch.tensor([0.5, 2.0, 3.0, 0.25])
    for reduction in ("mean", "none"):
        node = torch.nn.functional.nll_loss(
            _logits(torch), _targets(torch), weight, reduction=reduction
        ).grad_fn
        yield f"total weight of {reduction}", node._saved_total_weight
        yield f"number of {reduction}", node._saved_reduction
    yield "ignored", node._saved_ignore_index
    yield "target", node._saved_target


@case(LOSSES, builds_on=("cross_entropy::nll_loss_picks_and_negates",))
def second_derivative_by_the_incoming_gradient(torch):
    """The gradient of `nll_loss` is linear in the gradient that came in; for the input it has zeros."""
    x = _logits(torch)
    incoming = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    found = torch.nn.functional.nll_loss(x, _targets(torch), reduction="none")
    (gradient,) = torch.autograd.grad(found, x, incoming, create_graph=True)
    yield "gradient", gradient
    weights = torch.tensor([[1.0, -2.0, 0.5, 1.5], [0.25, 3.0, -1.0, 2.0], [-0.5, 1.25, 0.75, -1.5]])
    yield "by the incoming gradient", torch.autograd.grad(gradient, incoming, weights)[0]


@case(LOSSES)
def nll_loss_refuses_sizes(torch):
    """Sizes of input, target and weight that do not fit are refused, each in words of its own."""
    x, t = _logits(torch), _targets(torch)
    loss = torch.nn.functional.nll_loss
    images = _images(torch)
    places = torch.zeros(2, 2, 2, dtype=torch.int64)
    yield "other batch", raises(lambda: loss(x, t[:2]))
    yield "two dimensions", raises(lambda: loss(x, t[:, None]))
    yield "no dimension", raises(lambda: loss(x[0, 0], t[0]))
    yield "one example", raises(lambda: loss(x[0], t))
    yield "weights", raises(lambda: loss(x, t, torch.ones(3)))
    yield "images", raises(lambda: loss(images, places[:, :1]))
    yield "images and a matrix", raises(lambda: loss(images, places[0]))
    yield "weights of images", raises(lambda: loss(images, places, torch.ones(2)))
    yield "three dimensions", raises(lambda: loss(images[..., 0], places[:, 0, :1]))


@case(LOSSES)
def nll_loss_refuses_targets(torch):
    """Targets that are no class, of another type, or a reduction that is none, are refused."""
    x, t = _logits(torch), _targets(torch)
    loss = torch.nn.functional.nll_loss
    yield "too large", raises(lambda: loss(x, t + 1))
    yield "negative", raises(lambda: loss(x, t - 1))
    yield "of images", raises(lambda: loss(_images(torch), torch.full((2, 2, 2), 3)))
    yield "int32", raises(lambda: loss(x, t.to(torch.int32)))
    yield "float", raises(lambda: loss(x, t.to(torch.float32)))
    yield "weights of another type", raises(lambda: loss(x, t, torch.ones(4, dtype=torch.float64)))
    yield "weights that require grad", raises(lambda: loss(x, t, torch.ones(4, requires_grad=True)))
    yield "integers", raises(lambda: loss(torch.tensor([[1, 2]]), torch.tensor([1])))
    yield "reduction", raises(lambda: loss(x, t, reduction="max"))


@case(LOSSES)
def cross_entropy_refuses(torch):
    """`cross_entropy` refuses integers as probabilities, an ignored index beside them and too much smoothing."""
    x = _logits(torch)
    target = torch.tensor([[0.1, 0.2, 0.3, 0.4], [0.7, 0.1, 0.15, 0.05], [0.25, 0.5, 0.0, 0.25]])
    loss = torch.nn.functional.cross_entropy
    yield "integers", raises(lambda: loss(x, target.to(torch.int64)))
    yield "an ignored index", raises(lambda: loss(x, target, ignore_index=1))
    yield "smoothing of classes", raises(lambda: loss(x, _targets(torch), label_smoothing=1.5))
    yield "smoothing of probabilities", raises(lambda: loss(x, target, label_smoothing=2.0))
    yield "weights", raises(lambda: loss(x, target, torch.ones(3)))
    yield "logits of integers", raises(lambda: loss(torch.tensor([[1, 2]]), torch.tensor([1])))
    yield "no tensor", raises(lambda: loss(1.5, _targets(torch)))
    yield "no tensor as target", raises(lambda: loss(x, 2))


@case(LOSSES)
def deprecated_reductions_warn(torch):
    """`size_average` and `reduce` still say how to reduce, with a warning that names the new word."""
    x, t = _logits(torch), _targets(torch)
    loss = torch.nn.functional.nll_loss
    yield "a sum", loss(x, t, size_average=False)
    yield "none", loss(x, t, reduce=False)
    yield "a mean", loss(x, t, reduce=True)
    yield "another old word", loss(x, t, reduction="elementwise_mean")
    yield "a module", torch.nn.MSELoss(size_average=False).reduction


@case("torch.nn: LinearCrossEntropyLoss")
def linear_cross_entropy_is_a_linear_map_first(torch):
    """`linear_cross_entropy` is the cross entropy of `x @ weight.T + bias`."""
    x, weight = _logits(torch), torch.arange(20.0).reshape(5, 4) / 7 - 1
    weight.requires_grad_()
    bias = torch.tensor([0.5, -1.0, 0.25, 2.0, -0.75])
    found = torch.nn.functional.linear_cross_entropy(x, weight, torch.tensor([4, 0, 2]), linear_bias=bias)
    yield "loss", found
    found.backward()
    yield "gradient of the weight", weight.grad
    loss = torch.nn.functional.linear_cross_entropy
    yield "other features", raises(lambda: loss(x, weight[:, :3], torch.tensor([4, 0, 2])))
    yield "a vector as weight", raises(lambda: loss(x, weight[0], torch.tensor([4, 0, 2])))
