"""`torch.optim`: each optimizer is imported when a program first names it."""

from ..late import attributes as _attributes

_NAMES = {
    "optim.adadelta": "Adadelta",
    "optim.adafactor": "Adafactor",
    "optim.adagrad": "Adagrad",
    "optim.adam": "Adam",
    "optim.adamax": "Adamax",
    "optim.adamw": "AdamW",
    "optim.asgd": "ASGD",
    "optim.lbfgs": "LBFGS",
    "optim.muon": "Muon",
    "optim.nadam": "NAdam",
    "optim.optimizer": "Optimizer",
    "optim.radam": "RAdam",
    "optim.rmsprop": "RMSprop",
    "optim.rprop": "Rprop",
    "optim.sgd": "SGD",
    "optim.sparse_adam": "SparseAdam",
}

__getattr__, __dir__ = _attributes(__name__, _NAMES, "_functional lr_scheduler optimizer swa_utils")
