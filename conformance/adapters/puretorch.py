"""puretorch: PyTorch's names over NumPy, with version counters.

Mapped: gradients, which are arrays there, are tensors here that share their memory; `requires_grad_` sets the flag;
`sum` and `mean` say `keepdims`. Its nodes have no `next_functions` and its gradients no versions, so that neither is
offered; it prints as PyTorch does, and is held to it.
"""

from __future__ import annotations

from typing import Any

import numpy
import puretorch
import puretorch.nn.functional as functional

from .base import Adapter, alike, below


class Puretorch(Adapter):
    """The wiring."""

    package, kind, modules, prints = "puretorch", puretorch.Tensor, (puretorch, functional), True
    dtypes = alike("float16 float32 float64 int32 int64 bool")
    keywords = {"keepdim": "keepdims"}
    functions = below("nn.functional", functional)
    methods = {
        "grad_fn": None,
        "register_hook": None,  # its hooks get the tensor, not the gradient
        "data": None,  # an array that cannot be written to
        "reshape": lambda x, *sizes: x.reshape(sizes[0] if isinstance(sizes[0], (tuple, list)) else sizes),
    }

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """From an array, which keeps its type of elements."""
        return puretorch.Tensor(numpy.array(data, dtype=dtype), requires_grad=requires_grad)

    def empty(self, sizes: tuple[int, ...]) -> Any:
        """An array."""
        return numpy.empty(sizes)

    def read(self, raw: Any) -> Any:
        """Through the array."""
        return raw.numpy().tolist()

    def incoming(self, raw: Any) -> Any:
        """An array."""
        return raw.numpy()

    def from_array(self, value: Any) -> Any:
        """A tensor of the same memory."""
        return self.wrap(puretorch.Tensor(numpy.asarray(value)))

    def set_grad(self, raw: Any, value: Any) -> None:
        """An array."""
        raw.grad = None if value is None else value.numpy()


def subject() -> Any:
    """The subject of the suite."""
    return Puretorch().subject()
