"""`torch.hub`: nothing is fetched, so that each call is refused; a program that only imports from here runs.

Source: torch.hub.
"""

from __future__ import annotations

import os
import re
from typing import Any
from urllib.parse import urlparse  # noqa: F401 - libraries take it from here

__all__ = ["download_url_to_file", "get_dir", "help", "list", "load", "load_state_dict_from_url", "set_dir"]

_REFUSAL = "torch.hub.{} is not there: the engine fetches nothing; download the file yourself and give it to torch.load"

HASH_REGEX = re.compile(r"-([a-f0-9]*)\.")
"""What stands before the end of a file's name: the first digits of its SHA-256."""

_directory: str | None = None


def _get_torch_home() -> str:
    home = os.environ.get("TORCH_HOME", os.path.join(os.environ.get("XDG_CACHE_HOME", "~/.cache"), "torch"))
    return os.path.expanduser(home)


def get_dir() -> str:
    """The folder that PyTorch would keep fetched files in."""
    return _directory or os.path.join(_get_torch_home(), "hub")


def set_dir(d: Any) -> None:
    """Set the folder that `get_dir` gives."""
    global _directory
    _directory = os.path.expanduser(d)


def _refused(name: str) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise NotImplementedError(_REFUSAL.format(name))

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "Refused: nothing is fetched."
    return call


download_url_to_file = _refused("download_url_to_file")
help = _refused("help")
list = _refused("list")
load = _refused("load")
load_state_dict_from_url = _refused("load_state_dict_from_url")
