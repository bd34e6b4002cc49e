"""What several operations refuse, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import FROM_NUMPY, not_implemented
from ..op import op


def check_tensor(value: Any, function: str, name: str = "input", position: int = 1) -> None:
    """Raise `TypeError` for an argument that is no tensor."""
    if not isinstance(value, TensorBase):
        kind = "numpy.ndarray" if isinstance(value, np.ndarray) else type(value).__name__
        raise TypeError(f"{function}(): argument '{name}' (position {position}) must be Tensor, not {kind}")


def check_floating(array: Any, kernel: str) -> None:
    """Raise `NotImplementedError` for an array of numbers that are not floating, for which a kernel is not there."""
    if array.dtype.kind not in "fV":
        raise not_implemented(kernel, FROM_NUMPY[array.dtype])


def underivable(kernel: str, *inputs: str) -> Callable[[Callable[..., Any]], Any]:
    """Declare an operation, most often the backward of another, that PyTorch cannot derive: its nodes refuse to run."""

    def refuse(grad: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{kernel} is not implemented")

    def declare(forward: Callable[..., Any]) -> Any:
        operation = op(**dict.fromkeys(inputs, refuse), node="NotImplemented")(forward)
        operation.node_class.name = lambda node: "torch::autograd::NotImplemented"
        return operation

    return declare
