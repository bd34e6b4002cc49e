"""What the functions say about arguments of the wrong kind."""

from __future__ import annotations

from typing import Any

from ...ops.refusals import check_tensor


def check_tensors(function: str, **values: Any) -> None:
    """Raise PyTorch's `TypeError` for the first value that is no tensor; None is taken for one that was left out."""
    for position, (name, value) in enumerate(values.items(), 1):
        if value is not None:
            check_tensor(value, function, name, position)
