"""What a recording from another device than the CPU is judged without: the device that its tensors print.

A tensor on a GPU prints as `tensor([1.], device='cuda:0')`, and the same one on the CPU as `tensor([1.])`. That is
no departure, so this suffix is left out of the texts of a recording whose header names that very device. Whatever
else speaks of a device is compared: messages of errors, `x.device`, and tensors that are somewhere else.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

CPU = "cpu"


def unplaced(record: Mapping[str, Any], header: Mapping[str, Any]) -> Mapping[str, Any]:
    """A record as it is judged; `header` is that of its recording."""
    device = header["subject"]["device"]
    if device == CPU:
        return record
    suffix = re.compile(rf",(?: |\n *)device='{re.escape(_printed(device))}'")
    left: Mapping[str, Any] = _without(suffix, record)
    return left


def remark(header: Mapping[str, Any]) -> list[str]:
    """What a reader of verdicts must know of a recording from another device."""
    name, device = header["subject"]["name"], header["subject"]["device"]
    if device == CPU:
        return []
    return [f"tensors of {name} are compared without the device='{_printed(device)}' that they print"]


def _printed(device: str) -> str:
    return device if ":" in device else f"{device}:0"


def _without(suffix: re.Pattern[str], data: Any) -> Any:
    if isinstance(data, str):
        return suffix.sub("", data)
    if isinstance(data, list):
        return [_without(suffix, item) for item in data]
    if isinstance(data, dict):
        return {name: _without(suffix, item) for name, item in data.items()}
    return data
