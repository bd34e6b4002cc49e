"""`torch.distributed`: there is one process; what would begin or join a group of several is refused when it is called.

Source: torch.distributed.
"""

from __future__ import annotations

from enum import Enum
from typing import Any

from .. import refused
from ..late import attributes as _attributes

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


_OF_A_GROUP = """
    all_gather all_gather_coalesced all_gather_into_tensor all_gather_object all_reduce all_reduce_coalesced all_to_all
    all_to_all_single barrier broadcast broadcast_object_list gather gather_object get_backend get_process_group_ranks get_rank
    get_world_size irecv isend monitored_barrier new_group recv reduce reduce_scatter reduce_scatter_tensor scatter
    scatter_object_list send
"""
globals().update({name: _without_group(name) for name in _OF_A_GROUP.split()})


class ReduceOp(Enum):
    """What processes make of the tensors of all of them."""

    SUM, AVG, PRODUCT, MIN, MAX, BAND, BOR, BXOR, PREMUL_SUM = range(9)

    def __repr__(self) -> str:
        """As PyTorch shows it."""
        return f"<RedOpType.{self.name}: {self.value}>"

    def __str__(self) -> str:
        """As PyTorch prints it."""
        return f"RedOpType.{self.name}"


class GroupMember:
    """No process belongs to a group."""

    WORLD = None
    NON_GROUP_MEMBER = object()


class group:  # noqa: N801 - PyTorch's own name
    """There is no group."""

    WORLD = None


ProcessGroup, Work, P2POp, DeviceMesh = (
    refused.kind("torch.distributed", name, "the engine runs in one process")
    for name in ("ProcessGroup", "Work", "P2POp", "DeviceMesh")
)


def is_backend_available(backend: str) -> bool:
    """False."""
    return False


is_gloo_available = is_mpi_available = is_nccl_available = is_ucc_available = is_available


def destroy_process_group(group: Any = None) -> None:
    """Refused, as PyTorch does before a group of processes is there."""
    raise AssertionError("Process group cannot be None")


__getattr__, __dir__ = _attributes(__name__, {}, "nn tensor")
