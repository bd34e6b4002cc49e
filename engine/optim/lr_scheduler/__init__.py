"""`torch.optim.lr_scheduler`: learning rates that change from epoch to epoch."""

from ...late import attributes as _attributes

_NAMES = {
    "optim.lr_scheduler.annealing": "CosineAnnealingLR CosineAnnealingWarmRestarts",
    "optim.lr_scheduler.base": "EPOCH_DEPRECATION_WARNING LRScheduler _LRScheduler",
    "optim.lr_scheduler.combined": "ChainedScheduler SequentialLR",
    "optim.lr_scheduler.cyclic": "CyclicLR OneCycleLR",
    "optim.lr_scheduler.factors": (
        "ConstantLR ExponentialLR LambdaLR LinearLR MultiplicativeLR MultiStepLR PolynomialLR StepLR"
    ),
    "optim.lr_scheduler.plateau": "ReduceLROnPlateau",
}

__getattr__, __dir__ = _attributes(__name__, _NAMES)
