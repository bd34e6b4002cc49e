"""`torch.nn.utils`: gradients' norms, and parameters made of others; each is imported on demand, see `late.py`."""

from ...late import attributes, by_name

FUNCTIONS: dict[str, str] = {}

SUBMODULES = "rnn"

__all__ = sorted(by_name(FUNCTIONS))

__getattr__, __dir__ = attributes(__name__, FUNCTIONS, SUBMODULES)
