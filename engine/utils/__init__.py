"""`torch.utils`."""

from ..late import attributes as _attributes

__getattr__, __dir__ = _attributes(
    __name__, {}, "_pytree benchmark checkpoint data dlpack hooks model_zoo tensorboard"
)
