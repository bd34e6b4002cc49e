"""`torch.autograd.forward_ad`, which is `forward_ad.py`."""

import sys

from .. import forward_ad

sys.modules[__name__] = forward_ad
