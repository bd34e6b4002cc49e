"""Tensors filled in place with random numbers.

Source: torch.Tensor, "In-place random sampling".
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import signature
from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import LARGE_UNSIGNED, largest_of, not_implemented
from ..filling import FillBackward2, record
from ..generator import multiply_add
from ..grad_mode import mode
from ..histories import check, is_tracked
from ..in_place import store
from ..op import wrap
from ..transforms import DrawingInto, draws_by_example, through_transforms
from .creation import default_generator

DIGITS = {"float16": 2**11 + 1, "bfloat16": 2**8 + 1, "float32": 2**24 + 1, "float64": 2**53 + 1}


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


class CauchyBackward0(FillBackward2):
    """`cauchy_`."""

    __slots__ = ()


class GeometricBackward0(FillBackward2):
    """`geometric_`."""

    __slots__ = ()


class LogNormalBackward0(FillBackward2):
    """`log_normal_`."""

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


def as_it_lies(drawn: Any, array: Any) -> Any:
    """Numbers are drawn in the order in which the elements lie in memory."""
    if array.ndim < 2 or array.flags.c_contiguous:
        return drawn
    axes = sorted(range(array.ndim), key=lambda axis: -array.strides[axis])
    return drawn.reshape([array.shape[axis] for axis in axes]).transpose(np.argsort(axes))


def _fill(self: Any, drawn: Any, node: type[FillBackward2]) -> Any:
    tracked = self.requires_grad
    store(self, as_it_lies(np.asarray(drawn), self._array))
    if tracked and mode.enabled:
        record(self, node)
    return self


def _number(value: Any, fill: Any, name: str, position: int = 0) -> Any:
    if (
        not isinstance(value, TensorBase) or fill.__name__ == "bernoulli_"
    ):  # whose probabilities may be a tensor
        return value
    tensor: Any = value
    if tensor.dim():
        place = f" (position {position})" if position else ""
        raise TypeError(
            f"{fill.__name__}(): argument '{name.rstrip('_')}'{place} must be float, not {type(value).__name__}"
        )
    return tensor.item()


def _by_example(fill: Callable[..., Any]) -> Callable[..., Any]:
    """Inside `vmap`, examples have numbers of their own or share them, as it was told to do.

    Numbers may be tensors of one element without dimensions.
    """
    names = list(signature(fill).parameters)[1:]

    @wraps(fill)
    def call(self: Any, *args: Any, **options: Any) -> Any:
        if "from" in options and "from_" in names:
            options["from_"] = options.pop("from")
        if any(isinstance(each, TensorBase) for each in (*args, *options.values())):
            args = tuple(_number(each, fill, names[at], at + 1) for at, each in enumerate(args))
            options = {name: _number(each, fill, name) for name, each in options.items()}
        if mode.recording > 1 and draws_by_example():
            return through_transforms(DrawingInto(call, _filled_apart, options), (self, *args))
        result = fill(self, *args, **options)
        if mode.recording > 1:
            from ..forward_ad import zero_tangents

            zero_tangents(self)
        return result

    return call


def _filled_apart(self: Any, *args: Any, **options: Any) -> Any:
    """What a tape records: nothing flows to what was overwritten. The numbers are drawn once, elsewhere."""
    return self.masked_fill(wrap(np.True_), 0)


def _check_bounds_of(dtype: Any, low: float, high: float) -> None:
    if abs(low) < 1e4 and abs(high) < 1e4:  # in every type
        return
    largest = largest_of(dtype)
    for name, bound in (("from", low), ("to", high)):
        if not -largest <= bound <= largest:
            raise RuntimeError(f"{name} is out of bounds for {dtype.c_alias}")
    if high - low > largest:
        raise RuntimeError(
            f"uniform_ expects to-from <= std::numeric_limits<{dtype.legacy_name}>::max(), but found to={high:g} and "
            f"from={low:g} which result in to-from to exceed the limit"
        )


@_by_example
def uniform_(self: Any, from_: float = 0.0, to: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers drawn uniformly between two bounds, of which the upper one is left out."""
    check(self)
    _check_bounds_of(self._dtype, from_, to)
    if not from_ <= to:
        raise RuntimeError(
            f"uniform_ expects to return a [from, to) range, but found from={from_:g} > to={to:g}"
        )
    kind = np.dtype(np.float32) if self._dtype.reduced else self._dtype.numpy
    shape, number = self._array.shape, kind.type
    if kind.kind == "c":  # both parts are between the bounds
        shape, number = (*shape, 2), number(0).real.dtype.type
    drawn = (generator or default_generator).uniform(shape, number)
    low, high = number(from_), number(to)
    drawn = multiply_add(drawn, float(high - low), float(low))
    return _fill(self, drawn.view(kind)[..., 0] if kind.kind == "c" else drawn, UniformBackward0)


@_by_example
def normal_(self: Any, mean: float = 0.0, std: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers of a normal distribution."""
    check(self)
    array, source = self._array, generator or default_generator
    drawn = source.normal(array.shape, self._dtype.numpy, mean, std, not array.flags.c_contiguous)
    return _fill(self, drawn, NormalBackward0)


@_by_example
def bernoulli_(self: Any, p: Any = 0.5, *, generator: Any = None) -> Any:
    """Fill with ones, with this probability or these, and zeros."""
    check(self)
    source = generator or default_generator
    if isinstance(p, TensorBase):
        check_kind_of_probabilities(p)
        check_probabilities(p._array)
        kind = np.float64 if p._dtype.numpy == np.float64 else np.float32
        drawn = as_it_lies(source.uniform(self._array.shape, kind), self._array) < p._array
        store(self, drawn, refresh=False)
        if mode.enabled and (is_tracked(self) or is_tracked(p)):
            record(self, BernoulliBackward1, p)
        return self
    if not 0 <= p <= 1:
        raise RuntimeError(f"bernoulli_ expects p to be in [0, 1], but got p={p:g}")
    if self._dtype.is_complex:
        raise not_implemented("bernoulli_scalar_cpu_", self._dtype)
    return _fill(self, source.uniform(self._array.shape, np.float64) < p, BernoulliBackward2)


def check_kind_of_probabilities(p: Any) -> None:
    """Raise for a tensor that is of no type for probabilities."""
    if not p._dtype.is_floating_point:
        raise not_implemented("bernoulli_tensor_cpu_p_", p._dtype)


def check_probabilities(probabilities: Any) -> None:
    """Raise `RuntimeError` for numbers that are no probabilities."""
    if not ((probabilities >= 0) & (probabilities <= 1)).all():
        raise RuntimeError(
            "Expected p_in >= 0 && p_in <= 1 to be true, but got false.  (Could this error message be improved?  If so, please "
            "report an enhancement request to PyTorch.)"
        )


@_by_example
def exponential_(self: Any, lambd: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers of an exponential distribution with this rate."""
    check(self)
    if not lambd > 0:
        raise RuntimeError(f"exponential_ expects lambda > 0.0, but found lambda={lambd:g}")
    _check_continuous(self, "Exponential", self._dtype.legacy_name)
    drawn = (generator or default_generator).uniform(self._array.shape, np.float64)
    return _fill(self, -1.0 / lambd * np.log1p(-drawn), ExponentialBackward0)


def _check_continuous(self: Any, name: str, kind: str) -> None:
    if not self._dtype.is_floating_point:
        raise RuntimeError(
            f"{name} distribution is a continuous probability distribution. dtype must be a floating point but you specified {kind}"
        )


@_by_example
def cauchy_(self: Any, median: float = 0.0, sigma: float = 1.0, *, generator: Any = None) -> Any:
    """Fill with numbers of a Cauchy distribution."""
    check(self)
    if not sigma > 0:
        raise RuntimeError(f"cauchy_ expects sigma > 0.0, but found sigma={sigma:g}")
    _check_continuous(self, "Cauchy", self._dtype.c_name)
    drawn = (generator or default_generator).uniform(self._array.shape, np.float64)
    return _fill(self, median + sigma * np.tan(np.pi * (drawn - 0.5)), CauchyBackward0)


@_by_example
def geometric_(self: Any, p: float, *, generator: Any = None) -> Any:
    """Fill with the number of trials until the first success, which has this probability."""
    check(self)
    if not 0 < p < 1:
        raise RuntimeError(f"geometric_ expects p to be in (0, 1), but got p={p:g}")
    if self._dtype.numpy.kind == "b" or self._dtype in LARGE_UNSIGNED:
        raise not_implemented("geometric_cpu", self._dtype)
    drawn = (generator or default_generator).uniform(self._array.shape, np.float64)
    return _fill(self, np.ceil(np.log(drawn) / np.log(1 - p)), GeometricBackward0)


@_by_example
def log_normal_(self: Any, mean: float = 1.0, std: float = 2.0, *, generator: Any = None) -> Any:
    """Fill with numbers whose logarithms are of a normal distribution."""
    check(self)
    if not std > 0:
        raise RuntimeError(f"log_normal_ expects std > 0.0, but found std={std:g}")
    if not self._dtype.is_floating_point:
        raise not_implemented("log_normal_cpu", self._dtype)
    drawn = (generator or default_generator).normals_in_pairs(self._array.size, mean, std)
    return _fill(self, np.exp(drawn).reshape(self._array.shape), LogNormalBackward0)


@_by_example
def random_(self: Any, *bounds: Any, generator: Any = None, **named: Any) -> Any:
    """Fill with whole numbers: below a bound, between two, or of all that the type can hold without gaps."""
    check(self)
    bounds = (*bounds, *[named[name] for name in ("from", "to") if name in named])
    source, kind = generator or default_generator, self._dtype
    if kind.is_complex or (not bounds and kind in LARGE_UNSIGNED):
        raise not_implemented("random_kernel_cpu", kind)
    end = DIGITS[kind.name] if kind.is_floating_point else _end_of_integers(kind)
    if not bounds:
        wide = kind.name in ("int64", "float64")
        words = (source.random_raw64 if wide else source.random_raw)(self._array.size)
        return _fill(self, (words % np.uint64(end)).reshape(self._array.shape), RandomBackward2)
    low, high = bounds if len(bounds) == 2 else (0, bounds[0])
    if high is None:
        high = end
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    drawn = source.randint(low, high, self._array.shape, kind.numpy)
    return _fill(self, drawn, RandomBackward1 if len(bounds) == 1 else RandomBackward0)


def _end_of_integers(kind: Any) -> int:
    return 2 if kind.numpy.kind == "b" else int(np.iinfo(kind.numpy).max) + 1
