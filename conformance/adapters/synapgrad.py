"""synapgrad: PyTorch's names over NumPy.

Mapped: `no_grad`, creation and methods stand as they are; `tolist` reads the array. Every tensor is made as float32
first, so that other types of elements reach it through `dtype`; `x.grad = None`, which its setter does not take,
leaves what is there before a backward; losses, one for each element there, are reduced. `to` takes devices only, and
is not offered. Not offered: `retain_graph`, which is how it always runs, as a choice; PyTorch's graph of nodes
(`grad_fn` is a closure), versions, its way to print, in-place operators.
"""

from __future__ import annotations

from typing import Any

import numpy
import synapgrad
from synapgrad import functional
from synapgrad.nn import functional as losses

from ..observe import MissingError
from .base import Adapter, alike, below


def _extreme(function: Any, x: Any, dim: Any, keepdim: bool) -> Any:
    """Values alone over all elements; over one dimension PyTorch gives places too, which are not there."""
    if dim:
        raise MissingError("torch.max(dim)")
    return function(x, None)


def _reduced(function: Any) -> Any:
    """A loss that is given for each element there, and over all of them in PyTorch unless it says otherwise."""

    def call(x: Any, target: Any, reduction: str = "mean") -> Any:
        each = function(x, target)
        return each if reduction == "none" else getattr(each, reduction)()

    return call


LOSSES = "mse_loss nll_loss binary_cross_entropy binary_cross_entropy_with_logits cross_entropy".split()


class Synapgrad(Adapter):
    """The wiring."""

    package, kind, modules = "synapgrad", synapgrad.Tensor, (synapgrad, functional)
    dtypes = alike("float16 float32 float64 int32 int64")
    keywords = {"keepdim": "keepdims"}
    functions = {
        **dict.fromkeys("rand randn randint manual_seed".split()),  # random streams are its own
        **below("nn.functional", functional, losses),
        **{f"nn.functional.{name}": _reduced(getattr(losses, name)) for name in LOSSES},
        "cat": lambda tensors, dim=0: synapgrad.concat(tensors, dim),
        "sum": lambda x, dim=None, keepdim=False: synapgrad.sum(x, dim, keepdim),
        "mean": lambda x, dim=None, keepdim=False: synapgrad.mean(x, dim, keepdim),
        "max": lambda x, *dim, keepdim=False: _extreme(synapgrad.max, x, dim, keepdim),
        "min": lambda x, *dim, keepdim=False: _extreme(synapgrad.min, x, dim, keepdim),
        "reshape": lambda x, *to: x.reshape(tuple(to[0] if isinstance(to[0], (tuple, list)) else to)),
    }
    methods = {"to": None, "data": None, "grad_fn": None, "unfold": None}

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """From an array, which keeps its type of elements."""
        return synapgrad.Tensor(numpy.array(data, dtype=dtype), requires_grad=requires_grad)

    def empty(self, sizes: tuple[int, ...]) -> Any:
        """An array."""
        return numpy.empty(sizes)

    def read(self, raw: Any) -> Any:
        """Through the array."""
        return raw.data.tolist()

    def set_grad(self, raw: Any, value: Any) -> None:
        """What its `zero_grad` leaves is none, which its setter does not take."""
        if value is None:
            raw._grad = None
        else:
            raw.grad = value


def subject() -> Any:
    """The subject of the suite."""
    return Synapgrad().subject()
