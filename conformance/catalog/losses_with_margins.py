"""Losses that want a margin, and the loss of sequences without an alignment."""

from __future__ import annotations

from conformance import case, raises

LOSSES = "torch.nn.functional: Loss functions"


def _input(torch):
    return torch.tensor(
        [[0.5, -1.5, 2.0, 0.7], [1.3, 0.1, -0.25, 0.9], [-0.4, 0.6, 0.2, -1.1]], requires_grad=True
    )


def _other(torch):
    return torch.tensor([[1.1, 0.2, 0.25, -0.6], [-0.7, 0.5, 1.3, 0.8], [0.3, -0.9, 1.7, 0.4]])


def _in_all_reductions(torch, loss):
    for reduction in ("mean", "sum", "none"):
        x = _input(torch)
        found = loss(x, reduction)
        yield reduction, found
        incoming = torch.arange(1.0, found.numel() + 1).reshape(found.shape) * 0.75
        yield f"gradient of {reduction}", torch.autograd.grad(found, x, incoming)[0]


@case(LOSSES)
def multi_margin_between_classes(torch):
    """`multi_margin_loss` sums how far other classes come closer to the right one than the margin."""
    targets = torch.tensor([2, 0, 1])
    loss = torch.nn.functional.multi_margin_loss
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, targets, reduction=reduction))
    weight = torch.tensor([0.5, 2.0, 3.0, 0.25])
    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, targets, p=2, margin=1.5, weight=weight, reduction=reduction)
    )
    yield "of one example", loss(_input(torch)[0], torch.tensor(3))


@case(LOSSES)
def multi_margin_refuses(torch):
    """It refuses other exponents, sizes and targets; its gradient cannot be derived again."""
    x, targets = _input(torch), torch.tensor([2, 0, 1])
    loss = torch.nn.functional.multi_margin_loss
    yield "exponent", raises(lambda: loss(x, targets, p=3))
    yield "weights", raises(lambda: loss(x, targets, weight=torch.ones(3)))
    yield "a matrix of weights", raises(lambda: loss(x, targets, weight=torch.ones(4, 1)))
    yield "batch", raises(lambda: loss(x, targets[:2]))
    yield "class", raises(lambda: loss(x, targets + 2))
    yield "type", raises(lambda: loss(x, targets.to(torch.int32)))
    yield "dimensions", raises(lambda: loss(x[None], targets))
    (gradient,) = torch.autograd.grad(loss(x, targets), x, create_graph=True)
    yield "gradient", gradient
    yield "second derivative", raises(lambda: gradient.sum().backward())


@case(LOSSES)
def multilabel_margin_between_labels_and_others(torch):
    """`multilabel_margin_loss` takes labels up to the first -1, and compares them with all other classes."""
    labels = torch.tensor([[3, 0, -1, 1], [-1, 0, 1, 2], [1, -1, 2, 3]])
    loss = torch.nn.functional.multilabel_margin_loss
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, labels, reduction=reduction))
    yield "of one example", loss(_input(torch)[0], labels[0])
    yield "what is a target", loss(_input(torch), labels).grad_fn._saved_is_target
    yield "sizes", raises(lambda: loss(_input(torch), labels[:, :2]))
    yield "class", raises(lambda: loss(_input(torch), labels + 2))
    yield "type", raises(lambda: loss(_input(torch), labels.to(torch.int32)))


@case(LOSSES)
def multilabel_soft_margin(torch):
    """`multilabel_soft_margin_loss` is a binary cross entropy averaged over the classes, recorded step by step."""
    target = torch.tensor([[1.0, 0.0, 1.0, 0.0], [0.0, 1.0, 0.25, 1.0], [1.0, 1.0, 0.0, 0.5]])
    loss = torch.nn.functional.multilabel_soft_margin_loss
    weight = torch.tensor([0.5, 2.0, 3.0, 0.25])
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, target, reduction=reduction))
    yield "with weights", loss(_input(torch), target, weight)
    yield "another reduction", raises(lambda: loss(_input(torch), target, reduction="max"))


@case(LOSSES)
def soft_margin(torch):
    """`soft_margin_loss` is log(1 + exp(-target x)); it has second derivatives."""
    target = torch.tensor([[1.0, -1.0, -1.0, 1.0], [-1.0, 1.0, 1.0, -1.0], [1.0, 1.0, -1.0, -1.0]])
    loss = torch.nn.functional.soft_margin_loss
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, target, reduction=reduction))
    for reduction in ("mean", "none"):
        x = _input(torch)
        found = loss(x, target, reduction=reduction)
        (gradient,) = torch.autograd.grad(
            found, x, _other(torch) if reduction == "none" else None, create_graph=True
        )
        (second,) = torch.autograd.grad(gradient, x, _other(torch) * 1.5)
        yield f"second derivative of {reduction}", second
    yield "a target that requires grad", raises(lambda: loss(_input(torch), target.clone().requires_grad_()))
    yield "sizes", raises(lambda: loss(_input(torch), target[:, :2]))
    yield "a larger target", raises(lambda: loss(_input(torch)[0], target))


@case(LOSSES)
def hinge_embedding(torch):
    """`hinge_embedding_loss` is x where the target is 1, max(0, margin - x) where it is -1, and both elsewhere."""
    target = torch.tensor([1, -1, 0, -1])
    loss = torch.nn.functional.hinge_embedding_loss
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, target, reduction=reduction))
    yield "another margin", torch.hinge_embedding_loss(_input(torch), target, 0.3)


@case(LOSSES)
def margin_ranking(torch):
    """`margin_ranking_loss` is max(0, -target (x1 - x2) + margin)."""
    target = torch.tensor([[1, -1, 1, -1]])
    loss = torch.nn.functional.margin_ranking_loss
    other = _other(torch)
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, other, target, reduction=reduction))
    yield "with a margin", loss(_input(torch), other, target, margin=0.6)
    yield "dimensions", raises(lambda: loss(_input(torch), other, target[0]))


@case(LOSSES)
def cosine_embedding(torch):
    """`cosine_embedding_loss` is 1 - cos where the target is 1, and max(0, cos - margin) where it is -1."""
    target = torch.tensor([1, -1, -1])
    loss = torch.nn.functional.cosine_embedding_loss
    other = _other(torch)
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, other, target, reduction=reduction))
    yield "with a margin", loss(_input(torch), other, target, margin=0.1, reduction="none")
    yield "of two vectors", loss(_input(torch)[1], other[1], target[1])
    yield "targets in a matrix", raises(lambda: loss(_input(torch), other, _other(torch)))
    yield "vectors and several targets", raises(lambda: loss(_input(torch)[0], other[0], target))


@case(LOSSES)
def triplet_margin(torch):
    """`triplet_margin_loss` is max(0, margin + distance to the positive - distance to the negative)."""
    positive, negative = _other(torch), _other(torch) * torch.tensor([0.5, -1.0, 0.25, 2.0])
    loss = torch.nn.functional.triplet_margin_loss
    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, positive, negative, reduction=reduction)
    )
    yield from _in_all_reductions(
        torch,
        lambda x, reduction: loss(x, positive, negative, margin=2.5, p=1.0, swap=True, reduction=reduction),
    )
    yield "margin", raises(lambda: loss(_input(torch), positive, negative, margin=0))
    yield "dimensions", raises(lambda: loss(_input(torch), positive[0], negative))


@case(LOSSES, builds_on=("losses_with_margins::triplet_margin",))
def triplet_margin_with_any_distance(torch):
    """`triplet_margin_with_distance_loss` calls a function for distances, by default the Euclidean one."""
    positive, negative = _other(torch), _other(torch) * torch.tensor([0.5, -1.0, 0.25, 2.0])
    loss = torch.nn.functional.triplet_margin_with_distance_loss

    def largest(one, other):
        return (one - other).abs().amax(-1)

    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, positive, negative, reduction=reduction)
    )
    yield "another distance", loss(_input(torch), positive, negative, distance_function=largest, swap=True)
    yield "margin", raises(lambda: loss(_input(torch), positive, negative, margin=-0.5))
    yield "reduction", raises(lambda: loss(_input(torch), positive, negative, reduction="max"))


def _sequences(torch):
    """Logarithms of probabilities: five times, two sequences, four classes, the first of which is the blank."""
    numbers = [0.1 * ((7 * k) % 31) - 1.5 for k in range(40)]
    return torch.tensor(numbers).reshape(5, 2, 4).log_softmax(2).requires_grad_()


@case(LOSSES)
def ctc_loss_of_two_sequences(torch):
    """`ctc_loss` is the negative logarithm of the probability of the labels over all alignments."""
    targets = torch.tensor([[1, 2, 2], [3, 1, 0]])
    for reduction in ("mean", "sum", "none"):
        x = _sequences(torch)
        found = torch.nn.functional.ctc_loss(x, targets, (5, 4), (3, 2), reduction=reduction)
        yield reduction, found
        incoming = torch.arange(1.0, found.numel() + 1).reshape(found.shape) * 0.75
        yield f"gradient of {reduction}", torch.autograd.grad(found, x, incoming)[0]


@case(LOSSES, builds_on=("losses_with_margins::ctc_loss_of_two_sequences",))
def ctc_loss_of_what_cannot_be(torch):
    """Labels that do not fit into the time have an infinite loss; `zero_infinity` makes it and its gradient 0."""
    targets = torch.tensor([[1, 2, 2], [3, 1, 0]])
    x = _sequences(torch)
    yield "infinite", torch.nn.functional.ctc_loss(x, targets, (3, 4), (3, 2), reduction="none")
    found = torch.nn.functional.ctc_loss(x, targets, (3, 4), (3, 2), reduction="sum", zero_infinity=True)
    yield "zero", found
    yield "gradient", torch.autograd.grad(found, x, torch.tensor(1.5))[0]


@case(LOSSES, builds_on=("losses_with_margins::ctc_loss_of_two_sequences",))
def ctc_loss_takes_targets_in_several_ways(torch):
    """Targets may be one after the other, empty, of another blank, and the sequence without a batch."""
    x = _sequences(torch)
    loss = torch.nn.functional.ctc_loss
    lengths = torch.tensor([5, 5]), torch.tensor([3, 2])
    yield "one after the other", loss(x, torch.tensor([1, 2, 2, 3, 1]), *lengths, reduction="none")
    yield "empty", loss(x, torch.tensor([[1, 2], [3, 1]]), (5, 5), (0, 2), reduction="none")
    yield "another blank", loss(x, torch.tensor([[1, 2], [0, 1]]), (5, 5), (2, 2), blank=3)
    yield "no batch", loss(x[:, 0], torch.tensor([1, 2, 2]), torch.tensor(5), torch.tensor(3))
    yield (
        "by the function of the namespace",
        torch.ctc_loss(x, torch.tensor([[1, 2], [3, 1]]), (5, 5), (2, 2)),
    )


@case(LOSSES, builds_on=("losses_with_margins::ctc_loss_of_two_sequences",))
def ctc_loss_refuses(torch):
    """Lengths that do not fit, and a blank that is no class, are refused; the gradient cannot be derived again."""
    x, targets = _sequences(torch), torch.tensor([[1, 2, 2], [3, 1, 0]])
    loss = torch.nn.functional.ctc_loss
    yield "blank", raises(lambda: loss(x, targets, (5, 5), (3, 2), blank=4))
    yield "times", raises(lambda: loss(x, targets, (6, 5), (3, 2)))
    yield "number of times", raises(lambda: loss(x, targets, (5,), (3, 2)))
    yield "labels", raises(lambda: loss(x, targets, (5, 5), (4, 2)))
    yield "a negative number", raises(lambda: loss(x, targets, (5, 5), (-1, 2)))
    yield "labels one after the other", raises(lambda: loss(x, torch.tensor([1, 2]), (5, 5), (3, 2)))
    yield "half precision", raises(lambda: loss(x.half(), targets, (5, 5), (3, 2)))
    (gradient,) = torch.autograd.grad(loss(x, targets, (5, 5), (3, 2)), x, create_graph=True)
    yield "second derivative", raises(lambda: gradient.sum().backward())
