"""Tensors filled in place with random numbers.

Source: torch.Tensor, "In-place random sampling".
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import TensorBase
from ..filling import FillBackward2, record
from ..generator import multiply_add
from ..grad_mode import mode
from ..histories import check, is_tracked
from ..in_place import store
from .creation import default_generator


class UniformBackward0(FillBackward2):
    """`uniform_`."""

    __slots__ = ()


class NormalBackward0(FillBackward2):
    """`normal_`."""

    __slots__ = ()


class BernoulliBackward1(FillBackward2):
    """`bernoulli_` with a tensor of probabilities."""

    __slots__ = ()

    def apply(self, grad: Any, edges: Any) -> tuple[Any, ...]:
        zeros = grad.new_zeros(grad._array.shape)
        return (None if edges[0] is None else zeros, None if edges[1] is None else zeros)


class BernoulliBackward2(FillBackward2):
    """`bernoulli_` with one probability."""

    __slots__ = ()


class ExponentialBackward0(FillBackward2):
    """`exponential_`."""

    __slots__ = ()


class RandomBackward0(FillBackward2):
    """`random_` between two bounds."""

    __slots__ = ()


class RandomBackward1(FillBackward2):
    """`random_` up to a bound."""

    __slots__ = ()


class RandomBackward2(FillBackward2):
    """`random_` over all that the type can hold."""

    __slots__ = ()


def _fill(self: Any, drawn: Any, node: type[FillBackward2]) -> Any:
    tracked = self.requires_grad
    store(self, np.asarray(drawn))
    if tracked and mode.enabled:
        record(self, node)
    return self


def uniform_(self: Any, from_: float = 0.0, to: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers drawn uniformly between two bounds, of which the upper one is left out."""
    check(self)
    if not from_ <= to:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={from_:g} > to={to:g}"
        )
    kind = np.dtype(np.float32) if self._dtype.numpy == np.float16 else self._dtype.numpy
    drawn = (generator or default_generator).uniform(self._array.shape, kind)
    low, high = kind.type(from_), kind.type(to)
    return _fill(self, multiply_add(drawn, float(high - low), float(low)), UniformBackward0)


def normal_(self: Any, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers of a normal distribution."""
    check(self)
    drawn = (generator or default_generator).normal(self._array.shape, self._dtype.numpy, mean, std)
    return _fill(self, drawn, NormalBackward0)


def bernoulli_(self: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
    """Fill with ones, with this probability or these, and zeros."""
    check(self)
    source = generator or default_generator
    if isinstance(p, TensorBase):
        kind = np.float64 if p._dtype.numpy == np.float64 else np.float32
        drawn = source.uniform(self._array.shape, kind) < p._array
        store(self, drawn, refresh=False)
        if mode.enabled and (is_tracked(self) or is_tracked(p)):
            record(self, BernoulliBackward1, p)
        return self
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return _fill(self, source.uniform(self._array.shape, np.float64) < p, BernoulliBackward2)


def exponential_(self: Any, lambd: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers of an exponential distribution with this rate."""
    check(self)
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    drawn = (generator or default_generator).uniform(self._array.shape, np.float64)
    return _fill(self, -np.log1p(-drawn) / lambd, ExponentialBackward0)


def random_(self: Any, *bounds: int, generator: Any = None) -> Any:
    """Fill with whole numbers: below a bound, between two, or of all that the type can hold without gaps."""
    check(self)
    if bounds:
        low, high = bounds if len(bounds) == 2 else (0, bounds[0])
    elif self._dtype.is_floating_point:
        low, high = 0, 2 ** (np.finfo(self._dtype.numpy).nmant + 1) + 1
    else:
        low, high = 0, np.iinfo(self._dtype.numpy).max
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    drawn = (generator or default_generator).randint(low, high, self._array.shape, np.dtype(np.int64))
    return _fill(self, drawn, (RandomBackward2, RandomBackward1, RandomBackward0)[len(bounds)])
