"""The namespace `torch` that distributions compute with."""

from __future__ import annotations

import sys
from typing import Any

from ..late import ROOT

torch: Any = sys.modules[ROOT]
