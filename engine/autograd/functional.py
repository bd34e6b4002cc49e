"""`torch.autograd.functional`, which is `functional.py`."""

import sys

from .. import functional

sys.modules[__name__] = functional
