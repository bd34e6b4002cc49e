"""`torch.utils`."""

from ..late import attributes as _attributes

__getattr__, __dir__ = _attributes(__name__, {}, "checkpoint data dlpack hooks tensorboard")
