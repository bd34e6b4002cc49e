"""jungrad: a tape over NumPy whose operations are functions of `jungrad.ops` and `jungrad.functional`.

Mapped: operations are methods too; `axis` and `keepdims` are `dim` and `keepdim`; gradients, which are arrays there,
are tensors here that share their memory; `is_leaf()` is an attribute. `max` and `min` give no indices, and `var` and
`std` divide by n, so that they stand in the forms that mean the same. Node names, versions, in-place operators and
PyTorch's way to print are not offered.
"""

from __future__ import annotations

from typing import Any

import jungrad
import numpy
from jungrad import functional, losses, ops

from ..observe import MissingError
from .base import Adapter, alike, below


def _of_classes(x: Any, target: Any) -> Any:
    """Targets are the numbers of classes, in an array."""
    if getattr(getattr(target, "dtype", None), "kind", "") != "i":
        raise MissingError("torch.nn.functional.cross_entropy(..., what are no numbers of classes)")
    return losses.cross_entropy(x, target.data)


class Jungrad(Adapter):
    """The wiring."""

    package, kind, modules = "jungrad", jungrad.Tensor, (ops, functional, jungrad)
    dtypes = alike("float16 float32 float64 int32 int64 uint8 bool")
    keywords = {"dim": "axis", "keepdim": "keepdims"}
    functions = {
        **below("nn.functional", functional, losses),
        "nn.functional.binary_cross_entropy_with_logits": losses.bce_with_logits,
        "nn.functional.cross_entropy": _of_classes,
        "cat": lambda tensors, dim=0: ops.concat(tensors, dim),
        "stack": lambda tensors, dim=0: ops.stack(tensors, dim),
        "transpose": lambda x, dim0, dim1: ops.transpose(x, dim0, dim1),
        "permute": lambda x, *dims: ops.permute(
            x, tuple(dims[0] if isinstance(dims[0], (tuple, list)) else dims)
        ),
        "reshape": lambda x, *to: ops.reshape(x, tuple(to[0] if isinstance(to[0], (tuple, list)) else to)),
        "squeeze": lambda x, dim=None: ops.squeeze(x, dim),
        "unsqueeze": lambda x, dim: ops.unsqueeze(x, dim),
        "max": lambda x: ops.max(x),
        "min": lambda x: ops.min(x),
        "amax": lambda x, dim=None, keepdim=False: ops.max(x, axis=dim, keepdims=keepdim),
        "amin": lambda x, dim=None, keepdim=False: ops.min(x, axis=dim, keepdims=keepdim),
        **dict.fromkeys("var std slice take scatter_add gather".split()),
    }
    methods = {"op": None, "parents": None, "name": None, "data": None, "to": None}

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """From an array, which keeps its type of elements."""
        return jungrad.Tensor(numpy.array(data, dtype=dtype), requires_grad=requires_grad)

    def empty(self, sizes: tuple[int, ...]) -> Any:
        """An array."""
        return numpy.empty(sizes)

    def read(self, raw: Any) -> Any:
        """Through the array."""
        return raw.data.tolist()

    def incoming(self, raw: Any) -> Any:
        """An array."""
        return raw.data

    def from_array(self, value: Any) -> Any:
        """A tensor of the same memory."""
        made = jungrad.Tensor(0.0)
        made.data = numpy.asarray(value)
        return self.wrap(made)

    def get_is_leaf(self, raw: Any) -> bool:
        """A method there."""
        return bool(raw.is_leaf())

    def set_grad(self, raw: Any, value: Any) -> None:
        """An array."""
        raw.grad = None if value is None else value.data


def subject() -> Any:
    """The subject of the suite."""
    return Jungrad().subject()
