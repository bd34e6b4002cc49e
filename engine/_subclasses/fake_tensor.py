"""`torch._subclasses.fake_tensor`: no tensor stands for one that a compiler would make."""

from __future__ import annotations

from typing import Any

from .. import refused

FakeTensor, FakeTensorMode = (
    refused.kind(
        "torch._subclasses.fake_tensor",
        name,
        "tensors on the device meta have sizes and types, and no elements",
    )
    for name in ("FakeTensor", "FakeTensorMode")
)


def is_fake(x: Any) -> bool:
    """False."""
    return False
