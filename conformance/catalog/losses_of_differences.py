"""Losses of differences, and of probabilities: L1, smooth L1, Huber, binary cross entropy, divergence, likelihoods."""

from __future__ import annotations

from conformance import case, raises

LOSSES = "torch.nn.functional: Loss functions"


def _input(torch):
    return torch.tensor([[0.5, -1.5, 2.0], [3.0, 0.1, -0.25]], requires_grad=True)


def _target(torch):
    return torch.tensor([[1.1, 0.2, 0.25], [-0.7, 0.5, 1.3]])


def _probabilities(torch):
    return torch.tensor([[0.2, 0.7, 0.4], [0.9, 0.05, 0.6]], requires_grad=True)


def _in_all_reductions(torch, loss, make=_input):
    for reduction in ("mean", "sum", "none"):
        x = make(torch)
        found = loss(x, reduction)
        yield reduction, found
        incoming = torch.arange(1.0, found.numel() + 1).reshape(found.shape) * 0.75
        yield f"gradient of {reduction}", torch.autograd.grad(found, x, incoming)[0]


def _twice(torch, loss, reduction="mean", make=_input):
    x = make(torch)
    found = loss(x, reduction)
    incoming = (torch.arange(1.0, found.numel() + 1).reshape(found.shape) * 0.75).requires_grad_()
    (gradient,) = torch.autograd.grad(found, x, incoming, create_graph=True)
    yield "gradient with a graph", gradient
    weights = torch.tensor([[1.5, -2.0, 0.5], [0.25, 3.0, -1.0]])
    yield "second derivatives", torch.autograd.grad(gradient, (x, incoming), weights)


@case(LOSSES)
def l1_loss_is_absolute(torch):
    """`l1_loss` is the absolute difference, recorded as these operations."""
    loss = torch.nn.functional.l1_loss
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, _target(torch), reduction=reduction))


@case(LOSSES)
def smooth_l1_loss_is_squared_near_zero(torch):
    """`smooth_l1_loss` is squared where the difference is less than beta, and linear beyond."""
    loss = torch.nn.functional.smooth_l1_loss
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, _target(torch), reduction=reduction))
    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, _target(torch), reduction=reduction, beta=0.3)
    )
    yield "beta of 0", loss(_input(torch), _target(torch), beta=0.0)
    yield "negative beta", raises(lambda: loss(_input(torch), _target(torch), beta=-1.0))


@case(LOSSES, builds_on=("losses_of_differences::smooth_l1_loss_is_squared_near_zero",))
def second_derivative_of_smooth_l1_loss(torch):
    """Its second derivative is 1 / beta near zero, and 0 beyond."""
    loss = torch.nn.functional.smooth_l1_loss
    yield from _twice(torch, lambda x, reduction: loss(x, _target(torch), reduction=reduction, beta=0.7))
    yield from _twice(torch, lambda x, reduction: loss(x, _target(torch), reduction=reduction), "none")


@case(LOSSES)
def huber_loss_is_linear_beyond_delta(torch):
    """`huber_loss` is half of the square where the difference is less than delta, and linear beyond."""
    loss = torch.nn.functional.huber_loss
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, _target(torch), reduction=reduction))
    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, _target(torch), reduction=reduction, delta=0.3)
    )
    yield from _twice(torch, lambda x, reduction: loss(x, _target(torch), reduction=reduction, delta=0.7))
    yield "delta of 0", raises(lambda: loss(_input(torch), _target(torch), delta=0.0))


@case(LOSSES)
def gradient_to_both_sides(torch):
    """The target of a loss of differences gets a gradient, too: the negative one."""
    for name in ("l1_loss", "smooth_l1_loss", "huber_loss"):
        x, target = _input(torch), _target(torch).requires_grad_()
        found = getattr(torch.nn.functional, name)(x, target)
        yield name, torch.autograd.grad(found, (x, target), torch.tensor(2.5))


@case(LOSSES)
def weighted_losses_of_differences(torch):
    """With `weight` a mean is divided by the sum of the weights, but for Huber's, by their number."""
    weight = torch.tensor([[0.5, 2.0, 1.5], [0.25, 3.0, 0.75]])
    for name in ("l1_loss", "mse_loss", "huber_loss"):
        loss = getattr(torch.nn.functional, name)
        yield from _in_all_reductions(
            torch, lambda x, reduction, loss=loss: loss(x, _target(torch), weight=weight, reduction=reduction)
        )
        yield (
            "weights of another size",
            raises(lambda loss=loss: loss(_input(torch), _target(torch), weight=weight[0])),
        )
        yield (
            "another reduction",
            raises(lambda loss=loss: loss(_input(torch), _target(torch), weight=weight, reduction="max")),
        )


@case(LOSSES)
def sizes_that_differ_warn(torch):
    """Input and target of two sizes are broadcast with a warning, or refused where they cannot be."""
    for name in ("l1_loss", "mse_loss", "smooth_l1_loss", "huber_loss"):
        loss = getattr(torch.nn.functional, name)
        x = _input(torch)
        found = loss(x, torch.tensor([0.3, -0.7, 1.2]))
        yield name, found
        yield f"gradient of {name}", torch.autograd.grad(found, x)[0]
        yield f"{name} of sizes that do not fit", raises(lambda loss=loss, x=x: loss(x, torch.ones(2, 2)))


@case(LOSSES)
def losses_of_integers(torch):
    """Losses of differences refuse integers, each in its own way; beside floating numbers they are promoted."""
    whole, other = torch.tensor([3, -1, 4]), torch.tensor([1, 0, 7])
    for name in ("l1_loss", "mse_loss", "smooth_l1_loss", "huber_loss", "kl_div", "soft_margin_loss"):
        loss = getattr(torch.nn.functional, name)
        yield name, raises(lambda loss=loss: loss(whole, other))
        yield f"{name} beside floating", raises(lambda loss=loss: loss(torch.tensor([0.5, -1.5, 2.5]), other))


@case(LOSSES)
def binary_cross_entropy_of_probabilities(torch):
    """`binary_cross_entropy` weighs the logarithms of the probability and of its complement by the target."""
    target = torch.tensor([[1.0, 0.25, 0.0], [0.5, 0.1, 1.0]])
    loss = torch.nn.functional.binary_cross_entropy
    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, target, reduction=reduction), _probabilities
    )
    weight = torch.tensor([0.5, 2.0, 3.0])
    yield from _in_all_reductions(
        torch, lambda x, reduction: loss(x, target, weight, reduction=reduction), _probabilities
    )


@case(LOSSES, builds_on=("losses_of_differences::binary_cross_entropy_of_probabilities",))
def binary_cross_entropy_of_certainty(torch):
    """Logarithms are kept above -100, and denominators of gradients above 1e-12."""
    x = torch.tensor([0.0, 1.0, 0.0, 1.0, 1e-9], requires_grad=True)
    found = torch.nn.functional.binary_cross_entropy(
        x, torch.tensor([0.0, 1.0, 1.0, 0.0, 0.2]), reduction="none"
    )
    yield "losses", found
    yield "gradient", torch.autograd.grad(found, x, torch.tensor([2.0, 3.0, 0.5, -1.0, 1.5]))[0]


@case(LOSSES, builds_on=("losses_of_differences::binary_cross_entropy_of_probabilities",))
def second_derivative_of_binary_cross_entropy(torch):
    """It has second derivatives, and gradients for the target."""
    target = torch.tensor([[0.9, 0.25, 0.3], [0.5, 0.1, 0.8]], requires_grad=True)
    loss = torch.nn.functional.binary_cross_entropy
    for reduction in ("mean", "none"):
        yield from _twice(torch, lambda x, r: loss(x, target, reduction=r), reduction, _probabilities)
    yield "gradient of the target", torch.autograd.grad(loss(_probabilities(torch), target), target)[0]


@case(LOSSES)
def binary_cross_entropy_refuses(torch):
    """Numbers outside of 0 to 1, other sizes and other types are refused."""
    p = _probabilities(torch).detach()
    loss = torch.nn.functional.binary_cross_entropy
    yield "input", raises(lambda: loss(p + 0.3, p))
    yield "target", raises(lambda: loss(p, p - 0.3))
    yield "nan", raises(lambda: loss(p * float("nan"), p))
    yield "sizes", raises(lambda: loss(p, p[0]))
    yield "weight", raises(lambda: loss(p, p, torch.ones(2)))
    yield "types", raises(lambda: loss(p, p.double()))
    yield "integers", raises(lambda: loss(torch.tensor([1, 0]), torch.tensor([0, 1])))
    yield "weights that require grad", raises(lambda: loss(p, p, torch.ones(3, requires_grad=True)))


@case(LOSSES)
def logits_refuse_types_and_weights(torch):
    """`binary_cross_entropy_with_logits` takes floating targets, and weights that broadcast to its input."""
    x, target = _input(torch), torch.tensor([[1.0, 0.25, 0.0], [0.5, 0.1, 1.0]])
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    yield "integers as target", raises(lambda: loss(x, target.to(torch.int64)))
    yield "bools as target", raises(lambda: loss(x, target > 0.3))
    yield "integers", raises(lambda: loss(torch.tensor([3, 1]), torch.tensor([0.5, 1.0])))
    yield "weight", raises(lambda: loss(x, target, weight=torch.ones(2)))
    yield "pos_weight", raises(lambda: loss(x, target, pos_weight=torch.ones(2)))
    yield "a target of doubles", loss(x, target.double())
    yield "by the function of the namespace", torch.binary_cross_entropy_with_logits(x, target)


@case(LOSSES)
def kl_div_of_log_probabilities(torch):
    """`kl_div` is target (log target - input), 0 where the target is 0; its mean warns."""
    target = torch.tensor([[0.2, 0.5, 0.3], [0.0, 0.6, 0.4]])
    loss = torch.nn.functional.kl_div
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, target, reduction=reduction))
    yield "batchmean", loss(_input(torch), target, reduction="batchmean")
    logarithms = torch.tensor([[-0.5, -1.5, -2.5], [-0.1, -3.0, -0.7]], requires_grad=True)
    found = loss(_input(torch), logarithms, reduction="batchmean", log_target=True)
    yield "of logarithms", found
    yield "gradient of the target", torch.autograd.grad(found, logarithms)[0]
    yield "another reduction", raises(lambda: loss(_input(torch), target, reduction="max"))


@case(LOSSES)
def poisson_likelihood_of_counts(torch):
    """`poisson_nll_loss` takes rates or their logarithms; `full` adds Stirling's term for counts above 1."""
    counts = torch.tensor([[3.0, 0.0, 1.0], [5.0, 2.0, 0.5]])
    loss = torch.nn.functional.poisson_nll_loss
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, counts, reduction=reduction, full=True))
    yield from _in_all_reductions(
        torch,
        lambda x, reduction: loss(x, counts, log_input=False, eps=0.01, reduction=reduction),
        _probabilities,
    )
    yield "another reduction", raises(lambda: loss(_input(torch), counts, reduction="max"))


@case(LOSSES)
def gaussian_likelihood(torch):
    """`gaussian_nll_loss` takes a variance for each element, each row, or one number, and keeps it above eps."""
    variances = torch.tensor([[0.5, 2.0, 1e-9], [0.25, 3.0, 0.75]], requires_grad=True)
    loss = torch.nn.functional.gaussian_nll_loss
    target = _target(torch)
    yield from _in_all_reductions(torch, lambda x, reduction: loss(x, target, variances, reduction=reduction))
    found = loss(_input(torch), target, variances, full=True, eps=0.01)
    yield "with the constant", found
    yield "gradient of the variances", torch.autograd.grad(found, variances)[0]
    yield "by row", loss(_input(torch), target, torch.tensor([0.5, 2.5]))
    yield "a number", loss(_input(torch), target, 0.7)
    yield "negative", raises(lambda: loss(_input(torch), target, -variances))
    yield "another size", raises(lambda: loss(_input(torch), target, torch.ones(2, 2)))
    yield "another reduction", raises(lambda: loss(_input(torch), target, variances, reduction="max"))
