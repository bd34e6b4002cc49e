"""`torch.utils`."""

from ..late import attributes as _attributes

__getattr__, __dir__ = _attributes(__name__, {}, "_pytree checkpoint data dlpack hooks tensorboard")
