"""`torch.autograd.gradcheck`, which is `gradcheck.py`."""

import sys

from .. import gradcheck

sys.modules[__name__] = gradcheck
