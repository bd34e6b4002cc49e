"""`torch.utils._foreach_utils`: lists of tensors in groups that functions of lists take together."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ..tensor import Tensor


def _group_tensors_by_device_and_dtype(
    tensorlistlist: Sequence[Any], with_indices: bool = False
) -> dict[Any, Any]:
    """Lists of equal lengths, with the places whose first tensors are of one device and type together.

    Gives by device and type the parts of the lists, and the places if they are asked for.
    """
    groups: dict[Any, tuple[list[list[Any]], list[int]]] = {}
    for place, first in enumerate(tensorlistlist[0]):
        lists, places = groups.setdefault((first.device, first.dtype), ([[] for _ in tensorlistlist], []))
        for part, tensors in zip(lists, tensorlistlist):
            if tensors:
                part.append(tensors[place])
        if with_indices:
            places.append(place)
    return groups


def _get_foreach_kernels_supported_devices() -> list[str]:
    return ["cuda", "xpu", "mtia", "privateuseone"]


def _get_fused_kernels_supported_devices() -> list[str]:
    return ["mps", "cuda", "xpu", "hpu", "cpu", "mtia", "privateuseone"]


def _device_has_foreach_support(device: Any) -> bool:
    return device.type in ("cpu", *_get_foreach_kernels_supported_devices())


def _has_foreach_support(tensors: Sequence[Any], device: Any) -> bool:
    """Whether functions of lists take these: all of the plain class, or None."""
    plain = all(each is None or type(each) is Tensor for each in tensors)
    return plain and _device_has_foreach_support(device)
