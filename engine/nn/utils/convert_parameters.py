"""Parameters as one vector, and back.

Source: torch.nn.utils.convert_parameters.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ...base import TensorBase
from ...ops.joining import cat
from ...typename import typename

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Any]) -> Any:
    """All elements, one parameter after the other."""
    return cat([each.view(-1) for each in parameters])


def vector_to_parameters(vec: Any, parameters: Iterable[Any]) -> None:
    """Have the parameters look at the parts of a vector."""
    if not isinstance(vec, TensorBase):
        raise TypeError(f"expected torch.Tensor, but got: {typename(vec)}")
    start = 0
    for each in parameters:
        end = start + each.numel()
        each.data = vec[start:end].view_as(each).data  # type: ignore[index]
        start = end
