"""Random numbers whose distribution depends on tensors.

Source: torch, "Random sampling".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import get_default_dtype, not_implemented
from ..op import op
from ..promotion import check_broadcast
from ..transforms import Drawing
from .creation import default_generator, finish
from .dims import sizes_of
from .multinomial import multinomial
from .random import check_kind_of_probabilities, check_probabilities
from .refusals import underivable

__all__ = ["bernoulli", "binomial", "multinomial", "normal", "poisson"]

_NO_SIZE = """normal() received an invalid combination of arguments - got ({}, {}), but expected one of:
 * (Tensor mean, Tensor std, *, torch.Generator generator = None, Tensor out = None)
 * (Tensor mean, float std = 1, *, torch.Generator generator = None, Tensor out = None)
 * (float mean, Tensor std, *, torch.Generator generator = None, Tensor out = None)
 * (float mean, float std, tuple of ints size, *, torch.Generator generator = None, Tensor out = None, torch.dtype dtype = None, \
torch.layout layout = None, torch.device device = None, bool pin_memory = False, bool requires_grad = False)
"""


def _zeros(grad: Any) -> Any:
    return grad.new_zeros(grad._array.shape)


def _filled_with_zeros(grad: Any, sizes: Any = None) -> Any:
    """Zeros that PyTorch fills in place, as their version shows."""
    return grad.new_zeros(grad._array.shape if sizes is None else sizes).zero_()


def _written(out: Any, result: Any) -> Any:
    if out is None:
        return result
    if tuple(out.shape) != tuple(result.shape):
        out.resize_(result.shape)
    return out.copy_(result)


# ---- bernoulli ---------------------------------------------------------------------------------------------


@op(self=lambda grad: _zeros(grad), node="BernoulliBackward0")
def _bernoulli(self, source):
    array = np.asarray(self)
    check_probabilities(array)
    kind = np.float64 if array.dtype == np.float64 else np.float32
    return (source.uniform(array.shape, kind) < array).astype(array.dtype)


@underivable("bernoulli", "self")
def _bernoulli_of_number(self, p, source):
    return (source.uniform(np.shape(self), np.float64) < p).astype(self.dtype)


def bernoulli(input: Any, p: float | None = None, *, generator: Any = None, out: Any = None) -> Any:
    """Ones and zeros; the tensor, or the number, says how probable a one is."""
    source = generator or default_generator
    if p is None:
        check_kind_of_probabilities(input)
        return _written(out, _bernoulli(input, source))
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    return _bernoulli_of_number(input, p, source)


# ---- normal ------------------------------------------------------------------------------------------------


def _drawn(array: Any, shape: tuple[int, ...], std: float, source: Any) -> Any:
    return source.normal(shape, np.asarray(array).dtype, 0.0, std)


def _check_deviations(std: Any) -> None:
    if np.size(std) and np.any(np.asarray(std) < 0):
        raise RuntimeError("normal expects all elements of std >= 0.0")


@op(mean=lambda grad: _filled_with_zeros(grad), node="NormalBackward1")
def _around(mean, std, source):
    return _drawn(mean, np.shape(mean), std, source) + mean


@op(std=lambda grad: _filled_with_zeros(grad), node="NormalBackward2")
def _scaled(std, mean, source):
    _check_deviations(std)
    return _drawn(std, np.shape(std), 1.0, source) * std + np.asarray(std).dtype.type(mean)


@op(
    mean=lambda grad, mean_sym_sizes: _filled_with_zeros(grad, mean_sym_sizes),
    std=lambda grad, std_sym_sizes: _filled_with_zeros(grad, std_sym_sizes),
    node="NormalBackward3",
    exact=True,
)
def _around_and_scaled(mean, std, source):
    _check_deviations(std)
    shape = np.broadcast_shapes(np.shape(mean), np.shape(std))
    found = _drawn(mean, shape, 1.0, source) * std + mean
    return found.astype(mean.dtype, copy=False)


def normal(
    mean: Any, std: Any = 1.0, size: Any = None, *, generator: Any = None, out: Any = None, **options: Any
) -> Any:
    """Numbers of normal distributions with these means and standard deviations, tensors or numbers."""
    source = generator or default_generator
    for each in (mean, std):
        if isinstance(each, TensorBase) and not (each._dtype.is_floating_point or each._dtype.is_complex):
            raise not_implemented("normal_kernel_cpu", each._dtype)
    if isinstance(mean, TensorBase) and isinstance(std, TensorBase):
        check_broadcast(mean._array.shape, std._array.shape)
        return _written(out, _around_and_scaled(mean, std, source))
    if isinstance(mean, TensorBase):
        return _written(out, _around(mean, std, source))
    if isinstance(std, TensorBase):
        return _written(out, _scaled(std, mean, source))
    if size is None:
        raise TypeError(_NO_SIZE.format(type(mean).__name__, type(std).__name__))
    kind = options.get("dtype") or get_default_dtype()

    def draw(sizes: Any) -> Any:
        drawn = source.normal(sizes, kind.numpy, mean, std)
        return finish(np.asarray(drawn), None, options.get("requires_grad", False))

    return _written(out, Drawing(draw)(sizes_of((size,))))


# ---- counts ------------------------------------------------------------------------------------------------


@op(self=lambda grad: _filled_with_zeros(grad), node="PoissonBackward0")
def _poisson(self, source):
    if not np.all(np.asarray(self) >= 0):
        raise RuntimeError("invalid Poisson rate, expected rate to be non-negative")
    return _one_by_one(lambda rate: _poisson_of(rate, source), self)


def poisson(input: Any, generator: Any = None) -> Any:
    """Counts of a Poisson distribution with these rates."""
    if not input._dtype.is_floating_point:
        raise not_implemented("poisson_cpu", input._dtype)
    return _poisson(input, generator or default_generator)


@underivable("binomial", "count", "prob")
def _binomial(count, prob, source):
    return _one_by_one(lambda trials, odds: _binomial_of(trials, odds, source), count, prob)


def binomial(count: Any, prob: Any, generator: Any = None) -> Any:
    """Counts of successes among so many trials with these probabilities."""
    for name, each in (("count", count), ("prob", prob)):
        if not each._dtype.is_floating_point:
            raise ValueError(
                f"binomial only supports floating-point dtypes for {name}, got: {each._dtype.legacy_name}"
            )
    if count._dtype.reduced:
        raise not_implemented("binomial_cpu", count._dtype)
    return _binomial(count, prob, generator or default_generator)


def _one_by_one(draw: Callable[..., float], *arrays: Any) -> Any:
    """How many words a number takes from the stream depends on the numbers before it."""
    arrays = tuple(np.broadcast_arrays(*arrays))
    drawn = [draw(*each) for each in zip(*[array.ravel().tolist() for array in arrays])]
    return np.array(drawn, arrays[0].dtype).reshape(arrays[0].shape)


def _uniform(source: Any) -> float:
    return float(source.uniform((1,), np.float64)[0])


def _poisson_of(rate: float, source: Any) -> float:
    if rate >= 10:
        return _poisson_by_rejection(rate, source)
    if rate == 0:
        return 0.0
    count, product, limit = 0, 1.0, math.exp(-rate)
    while True:
        product *= _uniform(source)
        if product <= limit:
            return count
        count += 1


def _poisson_by_rejection(rate: float, source: Any) -> float:
    """Hoermann's transformed rejection method."""
    root, logarithm = math.sqrt(rate), math.log(rate)
    b = 0.931 + 2.53 * root
    a = -0.059 + 0.02483 * b
    inverse_alpha = 1.1239 + 1.1328 / (b - 3.4)
    accepted = 0.9277 - 3.6224 / (b - 2)
    while True:
        u, v = _uniform(source) - 0.5, _uniform(source)
        from_edge = 0.5 - abs(u)
        k = math.floor((2 * a / from_edge + b) * u + rate + 0.43)
        if from_edge >= 0.07 and v <= accepted:
            return k
        if k < 0 or (from_edge < 0.013 and v > from_edge):
            continue
        left = math.log(v) + math.log(inverse_alpha) - math.log(a / (from_edge * from_edge) + b)
        if left <= -rate + k * logarithm - math.lgamma(k + 1):
            return k


def _binomial_of(count: float, prob: float, source: Any) -> float:
    if count <= 0 or prob <= 0:
        return 0.0
    if prob >= 1:
        return count
    if prob > 0.5:
        return count - _binomial_of(count, 1 - prob, source)
    if math.isnan(prob):
        return math.nan
    if count * prob >= 10:
        return _binomial_by_rejection(count, prob, source)
    successes, trials, logarithm = 0.0, 0.0, math.log1p(-prob)
    while True:
        trials += math.ceil(math.log(_uniform(source)) / logarithm)
        if trials > count:
            return successes
        successes += 1


def _binomial_by_rejection(count: float, prob: float, source: Any) -> float:
    """Hoermann's transformed rejection method."""
    deviation = math.sqrt(count * prob * (1 - prob))
    b = 1.15 + 2.53 * deviation
    a = -0.0873 + 0.0248 * b + 0.01 * prob
    accepted, odds, alpha = 0.92 - 4.2 / b, prob / (1 - prob), (2.83 + 5.1 / b) * deviation
    m = math.floor((count + 1) * prob)
    while True:
        u, v = _uniform(source) - 0.5, _uniform(source)
        from_edge = 0.5 - abs(u)
        k = math.floor((2 * a / from_edge + b) * u + count * prob + 0.5)
        if from_edge >= 0.07 and v <= accepted:
            return k
        if k < 0 or k > count:
            continue
        bound = (
            (m + 0.5) * math.log((m + 1) / (odds * (count - m + 1)))
            + (count + 1) * math.log((count - m + 1) / (count - k + 1))
            + (k + 0.5) * math.log(odds * (count - k + 1) / (k + 1))
            + (_tail(m) + _tail(count - m) - _tail(k) - _tail(count - k))
        )
        if math.log(v * alpha / (a / (from_edge * from_edge) + b)) <= bound:
            return k


_TAILS = (
    *(0.0810614667953272, 0.0413406959554092, 0.0276779256849983, 0.02079067210376509, 0.0166446911898211),
    *(0.0138761288230707, 0.0118967099458917, 0.0104112652619720, 0.00925546218271273, 0.00833056343336287),
)


def _tail(k: float) -> float:
    """What Stirling's formula leaves out of the logarithm of k!."""
    if k <= 9:
        return _TAILS[int(k)]
    square = (k + 1) * (k + 1)
    return (1.0 / 12 - (1.0 / 360 - 1.0 / 1260 / square) / square) / (k + 1)
