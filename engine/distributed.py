"""`torch.distributed`: there is one process; what would begin or join a group of several is refused when it is called.

Source: torch.distributed.
"""

from __future__ import annotations

from typing import Any

from .late import attributes as _attributes

WITHOUT_GROUP = "Default process group has not been initialized, please make sure to call init_process_group."


def is_available() -> bool:
    """False."""
    return False


def is_initialized() -> bool:
    """False."""
    return False


def is_torchelastic_launched() -> bool:
    """False."""
    return False


def init_process_group(*args: Any, **kwargs: Any) -> None:
    """Refused: there is one process."""
    raise NotImplementedError(
        "torch.distributed.init_process_group is not there: the engine runs in one process; leave the call out and use the module "
        "as it is, without DistributedDataParallel"
    )


def _without_group(name: str) -> Any:
    def call(*args: Any, **kwargs: Any) -> Any:
        raise ValueError(WITHOUT_GROUP)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "Refused, as PyTorch does before a group of processes is there."
    return call


get_rank, get_world_size = _without_group("get_rank"), _without_group("get_world_size")
get_backend, new_group = _without_group("get_backend"), _without_group("new_group")
barrier, broadcast, reduce = _without_group("barrier"), _without_group("broadcast"), _without_group("reduce")
all_reduce, all_gather = _without_group("all_reduce"), _without_group("all_gather")


def destroy_process_group(group: Any = None) -> None:
    """Refused, as PyTorch does before a group of processes is there."""
    raise AssertionError("Process group cannot be None")


__getattr__, __dir__ = _attributes(__name__, {})
