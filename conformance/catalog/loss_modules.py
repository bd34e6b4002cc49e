"""Losses as modules: what they hold, print and compute; the adaptive softmax."""

from __future__ import annotations

from conformance import case, raises

MODULES = "torch.nn: Loss Functions"


def _input(torch):
    return torch.tensor(
        [[0.5, -1.5, 2.0, 0.7], [1.3, 0.1, -0.25, 0.9], [-0.4, 0.6, 0.2, -1.1]], requires_grad=True
    )


def _other(torch):
    return torch.tensor([[0.1, 0.2, 0.25, 0.6], [0.7, 0.5, 0.3, 0.8], [0.3, 0.9, 0.7, 0.4]])


@case(MODULES)
def modules_of_two_operands(torch):
    """Modules of two operands do what their functions do, with the options they were made with."""
    nn = torch.nn
    modules = (
        nn.L1Loss(), nn.MSELoss(reduction="sum"), nn.SmoothL1Loss(beta=0.3), nn.HuberLoss(delta=0.7), nn.BCEWithLogitsLoss(),
        nn.KLDivLoss(reduction="batchmean"), nn.PoissonNLLLoss(full=True), nn.HingeEmbeddingLoss(margin=0.3),
        nn.SoftMarginLoss(), nn.MultiLabelSoftMarginLoss(weight=torch.tensor([0.5, 2.0, 3.0, 0.25])),
    )  # fmt: skip
    for module in modules:
        x = _input(torch)
        found = module(x, _other(torch))
        name = type(module).__name__
        yield name, found
        yield f"gradient of {name}", torch.autograd.grad(found, x, torch.tensor(1.5))[0]
        yield f"{name} prints", str(module)


@case(MODULES)
def modules_of_classes(torch):
    """Cross entropy and its kin keep their weights in a buffer, which is part of the state."""
    nn = torch.nn
    weight = torch.tensor([0.5, 2.0, 3.0, 0.25])
    targets = torch.tensor([2, 0, 3])
    modules = (
        nn.CrossEntropyLoss(weight, label_smoothing=0.1), nn.NLLLoss(weight, ignore_index=0), nn.MultiMarginLoss(2, 1.5, weight),
    )  # fmt: skip
    for module in modules:
        x = _input(torch)
        found = module(x, targets)
        name = type(module).__name__
        yield name, found
        yield f"gradient of {name}", torch.autograd.grad(found, x, torch.tensor(1.5))[0]
        yield f"state of {name}", module.state_dict()
    yield "in double precision", modules[0].double()(_input(torch).double(), targets)


@case(MODULES)
def modules_of_three_operands(torch):
    """Rankings, embeddings, triplets and normal distributions take three operands."""
    nn = torch.nn
    x, other = _input(torch), _other(torch)
    signs = torch.tensor([1, -1, -1])
    yield "MarginRankingLoss", nn.MarginRankingLoss(0.3)(x[:, 0], other[:, 0], signs)
    yield "CosineEmbeddingLoss", nn.CosineEmbeddingLoss(margin=0.1)(x, other, signs)
    yield "TripletMarginLoss", nn.TripletMarginLoss(margin=1.5, swap=True)(x, other, -other)
    yield "TripletMarginWithDistanceLoss", nn.TripletMarginWithDistanceLoss(margin=0.5)(x, other, -other)
    yield "GaussianNLLLoss", nn.GaussianNLLLoss(full=True)(x, other, other * 0.5)
    yield "BCELoss", nn.BCELoss(torch.tensor([0.5, 2.0, 3.0, 0.25]))(x.sigmoid(), other)
    yield "the distance prints", str(nn.TripletMarginWithDistanceLoss())


@case(MODULES)
def modules_refuse_options(torch):
    """Options that make no sense are refused when the module is made."""
    nn = torch.nn
    yield "TripletMarginLoss", raises(lambda: nn.TripletMarginLoss(margin=0))
    yield "TripletMarginWithDistanceLoss", raises(lambda: nn.TripletMarginWithDistanceLoss(margin=-1.0))
    yield "MultiMarginLoss", raises(lambda: nn.MultiMarginLoss(p=3))
    yield "weights of MultiMarginLoss", raises(lambda: nn.MultiMarginLoss(weight=torch.ones(2, 2)))
    yield "HuberLoss", raises(lambda: nn.HuberLoss(delta="a"))
    yield "LinearCrossEntropyLoss", raises(lambda: nn.LinearCrossEntropyLoss(3, 4, label_smoothing=2))
    yield "reduction", raises(lambda: nn.L1Loss(reduction="max")(_input(torch), _other(torch)))
    yield "deprecated", nn.BCELoss(size_average=True, reduce=False).reduction


@case("torch.nn: LinearCrossEntropyLoss")
def linear_cross_entropy_module(torch):
    """`LinearCrossEntropyLoss` holds a linear map without a bias, unless asked for, and prints all its options."""
    torch.manual_seed(4)
    module = torch.nn.LinearCrossEntropyLoss(4, 5, bias=True, label_smoothing=0.1)
    yield "prints", str(module)
    found = module(_input(torch), torch.tensor([4, 0, 2]))
    yield "loss", found
    found.backward()
    yield "gradient of the bias", module.linear.bias.grad


def _adaptive(torch):
    torch.manual_seed(7)
    return torch.nn.AdaptiveLogSoftmaxWithLoss(4, 11, [3, 7], div_value=2.0)


@case("torch.nn: AdaptiveLogSoftmaxWithLoss")
def adaptive_softmax_looks_up_clusters(torch):
    """The head has the frequent classes and the clusters, each of which is a tail of two linear maps."""
    module = _adaptive(torch)
    yield "prints", str(module)
    x = _input(torch)
    found = module(x, torch.tensor([1, 5, 10]))
    yield "output", found.output
    yield "loss", found.loss
    found.loss.backward()
    yield "gradient", x.grad
    yield "gradient of the head", module.head.weight.grad
    yield "of one example", module(x[0], torch.tensor(8)).output


@case("torch.nn: AdaptiveLogSoftmaxWithLoss", builds_on=("loss_modules::adaptive_softmax_looks_up_clusters",))
def adaptive_softmax_of_all_classes(torch):
    """`log_prob` gives the logarithms of all classes, `predict` the most probable one."""
    module = _adaptive(torch)
    yield "log_prob", module.log_prob(_input(torch))
    yield "predict", module.predict(_input(torch) * 4)


@case("torch.nn: AdaptiveLogSoftmaxWithLoss")
def adaptive_softmax_refuses(torch):
    """Cutoffs that do not rise, targets that are no class, and operands that do not fit are refused."""
    make = torch.nn.AdaptiveLogSoftmaxWithLoss
    module, x = _adaptive(torch), _input(torch)
    yield "no cutoffs", raises(lambda: make(4, 11, []))
    yield "the same cutoff twice", raises(lambda: make(4, 11, [3, 3]))
    yield "a cutoff that is too large", raises(lambda: make(4, 11, [3, 11]))
    yield "no such class", raises(lambda: module(x, torch.tensor([1, 5, 11])))
    yield "another batch", raises(lambda: module(x, torch.tensor([1, 5])))
    yield "no batch", raises(lambda: module(x, torch.tensor(1)))
    yield "several targets", raises(lambda: module(x, torch.tensor([[1], [2], [3]])))
