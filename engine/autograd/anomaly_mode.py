"""`torch.autograd.anomaly_mode`, which is `anomaly.py`."""

import sys

from .. import anomaly

sys.modules[__name__] = anomaly
