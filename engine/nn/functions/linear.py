"""Linear and bilinear maps.

Source: torch.nn.functional, "Linear functions".
"""

from __future__ import annotations

import math
from typing import Any

from ...ops.linalg import addmm, matmul
from ...ops.refusals import check_tensor
from ...ops.trilinear import trilinear
from ...transforms import lowering

__all__ = ["bilinear", "linear"]


def _check_tensors(function: str, **values: Any) -> None:
    """Raise PyTorch's `TypeError` for the first value that is no tensor; None is taken for one that was left out."""
    for position, (name, value) in enumerate(values.items(), 1):
        if value is not None:
            check_tensor(value, function, name, position)


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """`input @ weight.T + bias`; weight is (out features, in features)."""
    try:
        array = input._array
        ndim = array.ndim
        if bias is None:
            return matmul(input, weight.t())
        if ndim == 2:
            return addmm(bias, input, weight.t())
        if not ndim:
            raise RuntimeError(
                f"both arguments to linear need to be at least 1D, but they are 0D and {weight._array.ndim}D"
            )
        if not array.flags.c_contiguous or (bias._array.ndim > 1 and bias._array.shape[0] != 1):
            return matmul(input, weight.t()).add_(bias)
        sizes = array.shape
        folded = addmm(bias, input.view(math.prod(sizes[:-1]), sizes[-1]), weight.t())
        return folded.view(*sizes[:-1], weight._array.shape[0])
    except AttributeError:
        for position, (name, value) in enumerate((("input", input), ("weight", weight)), 1):
            check_tensor(value, "linear", name, position)
        _check_tensors("linear", input=input, weight=weight, bias=bias)
        raise


def bilinear(input1: Any, input2: Any, weight: Any, bias: Any = None) -> Any:
    """`input1 @ weight[k] @ input2` for each of the outputs k."""
    _check_tensors("bilinear", input1=input1, input2=input2, weight=weight, bias=bias)
    one, two = input1._array.shape, input2._array.shape
    if len(one) != len(two):
        raise RuntimeError(f"bilinear(): input dimensions do not match: got {len(one)} and {len(two)}")
    for axis, (found, other) in enumerate(zip(one[:-1], two[:-1])):
        if found != other:
            raise RuntimeError(
                f"bilinear(): input batch dimensions do not match at dim {axis}: got {found} and {other}"
            )
    for name, size, expected in (
        ("input1", one[-1], weight.size(1)),
        ("input2", two[-1], weight.size(2)),
        ("bias", weight.size(0) if bias is None else bias.size(0), weight.size(0)),
    ):
        if size != expected:
            raise RuntimeError(
                f"bilinear(): {name} size does not match weight size: got {size} but expected {expected}"
            )
    given = {"input1": input1, "input2": input2, "weight": weight, "bias": bias}
    kinds = {name: each._dtype for name, each in given.items() if each is not None}
    if len(set(kinds.values())) > 1 and not lowering():
        shown = ", ".join([f"{name}: {kind.c_name}" for name, kind in kinds.items()])
        raise RuntimeError(f"All tensors must have the same dtype, got {shown}")
    count = math.prod(one[:-1])
    flat = trilinear(
        input1.reshape(count, one[-1]), weight, input2.reshape(count, two[-1]), (1, 3), (0,), (1, 2), (2, 3)
    )
    output = flat.reshape(*one[:-1], weight.size(0))
    return output if bias is None else output + bias
