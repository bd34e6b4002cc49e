"""`torch.version`: how this engine was built. It has no other accelerator than NumPy."""

from __future__ import annotations

from . import __version__

debug = False
git_version = "unknown"
cuda = hip = rocm = xpu = None

__all__ = ["__version__", "cuda", "debug", "git_version", "hip", "rocm", "xpu"]
