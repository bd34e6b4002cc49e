"""`torch.autograd.grad_mode`, which is `grad_mode.py`."""

import sys

from .. import grad_mode

sys.modules[__name__] = grad_mode
