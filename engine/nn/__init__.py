"""`torch.nn`: modules, parameters and the functions on them; each is imported on demand, see `late.py`.

The modules' names stand in `modules/__init__.py`, those of the functions in `functional.py`.
"""

from ..late import attributes, by_name
from .modules import MODULES

OTHERS = {
    "nn.parallel": "DataParallel",
    "nn.parameter": "Buffer Parameter UninitializedBuffer UninitializedParameter",
}

SUBMODULES = "attention common_types functional grad init modules parallel parameter utils"

__all__ = [*sorted(by_name({**MODULES, **OTHERS})), *SUBMODULES.split()]

__getattr__, __dir__ = attributes(__name__, {**MODULES, **OTHERS}, SUBMODULES)
