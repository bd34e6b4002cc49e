"""How far elements are from their mean, and how large they are together: variances and norms."""

from __future__ import annotations

import math
import warnings

import numpy as np

from ..dtypes import FROM_NUMPY, INTEGER
from ..op import op
from .arithmetic import mul_scalar
from .choosing import where
from .dims import axes_of, given, numpy_axes
from .operands import reduced
from .reductions import as_computed, restore
from .summing import is_few, sums_of_squares
from .tangents import of_norm, of_std, of_var


def _count(self, dim):
    sizes = self._array.shape
    return math.prod(sizes[each] if sizes else 1 for each in dim)


def var_backward(grad, self, dim, correction, keepdim):
    """2 / (n - correction) * (self - mean), for each reduced group."""
    correction = 1 if correction is None else correction
    if self._array.ndim == 0 or dim is None:
        denominator = self._array.size - correction
        if denominator <= 0:
            return (grad * where(self == self.mean(), math.nan, math.inf)).to(self._dtype)
        return mul_scalar(grad, 2.0 / denominator) * (self - self.mean())
    denominator = _count(self, dim) - correction
    scale = 2.0 / denominator if denominator else math.inf
    return mul_scalar(restore(grad, self._array.shape, dim, keepdim), scale) * (self - self.mean(dim, True))


def _widest(array):
    return array.astype(np.complex128 if array.dtype.kind == "c" else np.float64)


def type_of_parts(array):
    """The type of an array's elements, of complex ones that of their parts."""
    return FROM_NUMPY[array.dtype].to_real().numpy


def var_array(array, dim, correction, keepdim):
    """The variance of an array's elements, in double precision."""
    wide = _widest(array)
    axes = numpy_axes(array, dim)
    count = array.size if axes is None else math.prod(array.shape[axis] for axis in axes)
    centred = wide - wide.mean(axis=axes, keepdims=True) if count else wide
    squares = centred * centred if wide.dtype.kind == "f" else (centred * np.conjugate(centred)).real
    total = np.add.reduce(squares, axis=axes, keepdims=keepdim)
    divisor = count - (1 if correction is None else correction)
    return np.true_divide(reduced(total, array), divisor if divisor > 0 else 0)


def std_array(array, dim, correction, keepdim):
    """The standard deviation of an array's elements."""
    return np.sqrt(var_array(array, dim, correction, keepdim)).astype(type_of_parts(array))


@op(self=var_backward, jvp=of_var, node="VarBackward0")
def _var(self, dim, correction, keepdim):
    return var_array(self, dim, correction, keepdim).astype(type_of_parts(self))


def _std_backward(grad, self, result, dim, correction, keepdim):
    return var_backward(
        (grad / mul_scalar(result, 2)).masked_fill_(result == 0, 0), self, dim, correction, keepdim
    )


@op(self=_std_backward, jvp=of_std, node="StdBackward0")
def _std(self, dim, correction, keepdim):
    return std_array(self, dim, correction, keepdim)


def correction_of(dim, unbiased, correction):
    """The dimensions and the correction, also where `unbiased` stands for it, or alone for `dim`."""
    if isinstance(dim, bool):
        if unbiased is not None:
            raise TypeError("there is only one place for unbiased")
        dim, unbiased = None, dim
    if unbiased is None:
        return dim, correction
    if not isinstance(unbiased, bool) or correction is not None:
        raise TypeError("unbiased must be a bool, and the only correction")
    return dim, int(unbiased)


def _spread(name, along):
    def call(self, dim=None, unbiased=None, keepdim=False, *, correction=None):
        if self._dtype.category <= INTEGER:
            raise RuntimeError("std and var only support floating point and complex dtypes")
        dim, correction = correction_of(dim, unbiased, correction)
        warn_of_few(self, name, dim, correction)
        if dim is None:
            return along(self, None, correction, keepdim)
        return along(self, given(dim), 1 if correction is None else correction, keepdim)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The {name} over all elements or over `dim`, divided by n - correction (1 unless given)."
    return call


def _reduced_to_each(sizes, axes):
    """How many elements make one of the result: none where there is no result."""
    if any(not size for axis, size in enumerate(sizes) if axis not in axes):
        return 0
    return math.prod(sizes[axis] for axis in axes if sizes)


def warn_of_few(self, name, dim, correction):
    """Warn where there are not enough elements for a variance, of complex ones for each part's."""
    count = _reduced_to_each(self._array.shape, axes_of(self, dim))
    for _ in range(2 if self._dtype.is_complex else 1):
        _warn_of_count(name, count, correction)


def _warn_of_count(name, count, correction):
    if count - (1 if correction is None else correction) <= 0:
        warnings.warn(
            f"{name}(): degrees of freedom is <= 0. Correction should be strictly less than the reduction factor (input numel "
            "divided by output numel).",
            UserWarning,
            stacklevel=4,
        )


var = _spread("var", _var)


std = _spread("std", _std)


def norm_backward(grad, self, result, ord, dim, keepdim):
    """The derivative of the 2-norm is self / norm; at 0 it is taken as 0."""
    grad, result = (restore(each, self._array.shape, dim, keepdim) for each in (grad, result))
    if ord == 2:
        return grad * (self / result).masked_fill_(result == 0, 0)
    if ord == 1:
        return self.sgn() * grad
    if ord == 0:
        return None
    if math.isinf(ord):
        mask = self.abs() == result
        return self.sgn() * ((grad / mask.sum(dim or (), keepdim=True)) * mask)
    if ord < 1:
        scaled = self.sgn() * self.abs().pow(ord - 1).masked_fill_(self == 0, 0)
        return scaled * grad * result.pow(1 - ord)
    scaled = self.sgn() * self.abs().pow(ord - 1) if ord < 2 else self * self.abs().pow(ord - 2)
    return scaled * (grad / result.pow(ord - 1)).masked_fill_(result == 0, 0)


@op(self=norm_backward, jvp=of_norm, node="LinalgVectorNormBackward0")
def _vector_norm(self, ord, dim, keepdim, dtype=None):
    return norm_array(self if dtype is None else self.astype(dtype.numpy), ord, dim, keepdim)


def _norm_of_few(array, axes, keepdim):
    """The 2-norm of all elements or of rows; None over other axes."""
    whole = axes is None or len(axes) == array.ndim
    if not whole and axes not in ((array.ndim - 1,), (-1,)):
        if axes == (0,) and array.shape[0] == array.size:  # a column lies in memory as a row does
            return _norm_of_few(array.reshape(1, -1), (1,), False).reshape((1,) * keepdim + array.shape[1:])
        return None
    sizes = () if whole else array.shape[:-1]
    found = np.sqrt(sums_of_squares(array.reshape(math.prod(sizes), -1)))
    return found.reshape(sizes + (1,) * ((array.ndim - len(sizes)) * keepdim))[()]


def norm_array(self, ord, dim, keepdim):
    """The p-norm of an array's elements."""
    axes = numpy_axes(self, dim)
    if ord == 2 and is_few(self) and (found := _norm_of_few(self, axes, keepdim)) is not None:
        return found
    if ord == 2 and self.dtype.char in "fd" and self.flags.c_contiguous:
        # Along memory NumPy adds in pairs, as exactly as PyTorch; over other axes both add one row after the other.
        return np.sqrt(np.add.reduce(self * self, axis=axes, keepdims=keepdim))
    wide = np.abs(_widest(self))
    if ord == 0:
        found = np.add.reduce(wide != 0, axis=axes, keepdims=keepdim)
    elif ord == 2:
        found = np.sqrt(np.add.reduce(wide * wide, axis=axes, keepdims=keepdim))
    elif math.isinf(ord):
        found = (np.maximum if ord > 0 else np.minimum).reduce(np.abs(self), axis=axes, keepdims=keepdim)
    else:
        found = np.add.reduce(wide**ord, axis=axes, keepdims=keepdim) ** (1 / ord)
    return reduced(found.astype(type_of_parts(self)), self)


def norm(self, p="fro", dim=None, keepdim=False, dtype=None):
    """The p-norm of all elements, or over `dim`."""
    self, options = as_computed(self, dtype)
    if p == "nuc":
        from ..linalg.norms import matrix_norm

        return matrix_norm(self, "nuc", (-2, -1) if dim is None else dim, keepdim)
    if isinstance(p, str) and p != "fro":
        raise RuntimeError(f"linalg.matrix_norm: Order {p} not supported.")
    if dim is not None:
        axes_of(self, dim)
    if self._dtype.category <= INTEGER:
        raise RuntimeError(
            f"linalg.vector_norm: Expected a floating point or complex tensor as input. Got {self._dtype.legacy_name}"
        )
    ord = 2 if p in ("fro", 2, None) else p
    return _vector_norm(self, ord, None if dim is None else given(dim), keepdim, *options)
