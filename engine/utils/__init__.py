"""`torch.utils`."""

from ..late import attributes as _attributes

__getattr__, __dir__ = _attributes(
    __name__,
    {"utils.swapping": "swap_tensors"},
    "_pytree benchmark checkpoint data deterministic dlpack hooks model_zoo module_tracker tensorboard weak",
)
