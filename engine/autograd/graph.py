"""`torch.autograd.graph`, which is `graph.py`."""

import sys

from .. import graph

sys.modules[__name__] = graph
