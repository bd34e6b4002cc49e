"""cotangent: a PyTorch-like tape over NumPy, with `retain_graph`.

Mapped: `tolist` reads the array; functions of `cotangent.ops` and `cotangent.nn.functional` stand by their names; a
backward with an incoming gradient, which it has not, is the backward of the product's sum, for a gradient of the same
shape and type; `view` takes sizes in a row too. `.T` is no operation of its tape and so is not offered, nor are node
names, versions, in-place operators and PyTorch's way to print.
"""

from __future__ import annotations

from typing import Any

import cotangent
import cotangent.nn.functional as functional
import cotangent.ops.binary as binary
import cotangent.ops.loss as loss
import cotangent.ops.reduce as reduce
import cotangent.ops.shape as shape
import cotangent.ops.unary as unary
import numpy

from ..observe import MissingError
from .base import Adapter, alike, below


def shaped(x: Any, *sizes: Any) -> Any:
    """`view` of sizes in a tuple or in a row."""
    wanted = tuple(sizes[0]) if isinstance(sizes[0], (tuple, list)) else sizes
    if not all(isinstance(size, int) for size in wanted):
        raise MissingError("Tensor.view(what is no size)")
    return x.view(wanted)


class Cotangent(Adapter):
    """The wiring."""

    package, kind = "cotangent", cotangent.Tensor
    modules = (cotangent, binary, reduce, shape, unary)
    dtypes = alike("float32 float64 int32 int64 bool")
    keywords = {"dim": "axis", "keepdim": "keepdims"}
    functions = {
        **below("nn.functional", functional, loss, unary),
        "max": None,
        "min": None,
        "rand": None,
        "randn": None,
    }
    methods = {"view": shaped, "T": None, "mT": None, "data": None, "to": None, "size": None, "cat": None}

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """From an array, which keeps its type of elements."""
        return cotangent.Tensor(numpy.array(data, dtype=dtype), requires_grad=requires_grad)

    def index(self, raw: Any) -> Any:
        """An array."""
        return raw.data

    def empty(self, sizes: tuple[int, ...]) -> Any:
        """An array."""
        return numpy.empty(sizes)

    def read(self, raw: Any) -> Any:
        """Through the array."""
        return raw.data.tolist()

    def backward(self, raw: Any, gradient: Any, **options: Any) -> None:
        """The tape's own takes no gradient."""
        if gradient is not None and (gradient.shape, gradient.dtype) != (raw.shape, raw.dtype):
            raise MissingError("Tensor.backward(a gradient of another shape or type)")
        root = raw if gradient is None else (raw * gradient.detach()).sum()
        self.strictly("Tensor.backward", root.backward, (), options)


def subject() -> Any:
    """The subject of the suite."""
    return Cotangent().subject()
