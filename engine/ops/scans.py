"""What runs along a dimension: products, extremes and log-sums so far, differences, areas under a curve."""

from __future__ import annotations

import numpy as np

from ..dtypes import INTEGER, bool_, not_implemented
from ..grad_mode import mode
from ..op import op, wrap
from ..return_types import named
from ..transforms import note_writes
from .arithmetic import div_scalar, mul_scalar
from .choosing import where
from .comparison import logical_xor
from .dims import wrap_dim
from .joining import cat
from .operands import in_order, in_single, promoted
from .reductions import in_given_type

# ---- products so far ---------------------------------------------------------------------------------------


def _sums_from_here(grad, dim):
    return grad.flip(dim).cumsum(dim).flip(dim)


def _cumprod_backward(grad, self, dim, result):
    grad = grad.to(self._dtype)
    if self._array.ndim == 0 or self._array.size == 0 or self._array.shape[dim] == 1:
        return grad
    if self._of_examples or np.all(self._array != 0):
        return _sums_from_here(result.conj() * grad, dim).div(self.conj())
    count = self._array.shape[dim]
    found = grad.new_zeros(self._array.shape)
    for place in range(count):
        products = _products_without(self.conj(), dim, place, count)
        slice_of_gradient = (grad.narrow(dim, place, count - place) * products).sum(dim)
        found.select(dim, place).copy_(slice_of_gradient)
    if not mode.recording:
        note_writes(found, 0)
    return found


def _products_without(self, dim, place, count):
    """The products up to each element from `place` on, without the element there."""
    before = self.narrow(dim, 0, place).prod(dim, True)
    if place == count - 1:
        return before
    after = self.narrow(dim, place + 1, count - place - 1).cumprod(dim)
    return cat([before, before.expand_as(after) * after], dim)


@op(self=_cumprod_backward, node="CumprodBackward0")
def _cumprod(self, dim, dtype=None):
    if dtype is not None:
        self = self.astype(dtype.numpy)
    elif self.dtype.kind in "biu":
        self = self.astype(np.int64)
    if self.ndim == 0:
        return self.copy()
    self = in_order(self)
    if self.dtype.char == "f":  # in double precision, as PyTorch does
        return np.multiply.accumulate(self, axis=dim, dtype=np.float64).astype(np.float32)
    return in_single(lambda wide: np.multiply.accumulate(wide, axis=dim, dtype=wide.dtype), self)


def cumprod(self, dim, *, dtype=None):
    """Running products along a dimension."""
    wrap_dim(dim, self._array.ndim)
    return _cumprod(*in_given_type(self, dim, dtype))


# ---- extremes so far ---------------------------------------------------------------------------------------


def _extreme_backward(grads, self, indices, dim):
    if not self._array.size:
        return self
    found = grads[0].new_zeros(self._array.shape).scatter_add(dim, indices, grads[0])
    note_writes(found, 2)
    return found


def _running(accumulate, reaches):
    def forward(self, dim):
        if self.ndim == 0:
            return self.copy(), np.int64(0)
        self = in_order(self)
        values = accumulate(self, axis=dim)
        steps = [1] * self.ndim
        steps[dim] = -1
        places = np.arange(self.shape[dim]).reshape(steps)
        reached = reaches(self, values)
        if self.dtype.kind in "fV":
            reached |= np.isnan(self)
        return values, np.maximum.accumulate(np.where(reached, places, 0), axis=dim)

    return forward


def _cummax_forward(self, dim):
    return _running(np.maximum.accumulate, np.greater_equal)(self, dim)


def _cummin_forward(self, dim):
    return _running(np.minimum.accumulate, np.less_equal)(self, dim)


_cummax = op(self=_extreme_backward, outputs=("values", "indices"), node="CummaxBackward0")(_cummax_forward)
_cummin = op(self=_extreme_backward, outputs=("values", "indices"), node="CumminBackward0")(_cummin_forward)
_Cummax = named("cummax", "values", "indices")
_Cummin = named("cummin", "values", "indices")


def cummax(self, dim):
    """The largest element so far along a dimension, and where it is: the last one of equals."""
    _check_ordered(self, dim, "cummax_cpu")
    return _Cummax(_cummax(self, dim))


def cummin(self, dim):
    """The smallest element so far along a dimension, and where it is: the last one of equals."""
    _check_ordered(self, dim, "cummin_cpu")
    return _Cummin(_cummin(self, dim))


def _check_ordered(self, dim, kernel):
    wrap_dim(dim, self._array.ndim)
    if self._dtype.unordered:
        raise not_implemented(kernel, self._dtype)


# ---- log-sums so far ---------------------------------------------------------------------------------------


def _logcumsumexp_backward(grad, self, result, dim):
    if grad._array.ndim == 0 or not grad._array.size:
        return grad
    if grad._dtype.is_complex:
        return (_log_sums_from_here(grad.log() - result.conj(), dim) + self.conj()).exp()
    lowest = wrap(
        np.finfo(grad._dtype.numpy).min if grad._dtype.numpy.kind == "f" else grad._dtype.numpy.type(-3e38)
    )
    size = grad.abs().log()
    parts = []
    for mask in (grad > 0, grad < 0):
        part = where(mask, size, lowest)
        parts.append((_log_sums_from_here(part - result, dim) + self).exp())
    return parts[0] - parts[1]


def _log_sums_from_here(tensor, dim):
    return tensor.flip(dim).logcumsumexp(dim).flip(dim)


def _of_logcumsumexp(self_p, self_t, dim):
    """The mean of the tangents so far, weighted by the exponentials."""
    if not self_p._array.ndim:
        return self_t
    grown = (self_p - self_p.amax(dim, True)).exp()
    return (grown * self_t).cumsum(dim) / grown.cumsum(dim)


@op(self=_logcumsumexp_backward, jvp=_of_logcumsumexp, node="LogcumsumexpBackward0")
def _logcumsumexp(self, dim):
    if self.ndim == 0:
        return self.copy()
    self = in_order(self)
    if self.dtype.kind == "c":
        return _log_sums_of_complex(self, dim)
    return np.logaddexp.accumulate(self.astype(np.float64), axis=dim).astype(self.dtype)


def _log_sums_of_complex(array, dim):
    """Term by term as PyTorch adds them: imaginary parts are those of the larger term, turned by less than half a turn."""
    terms = np.moveaxis(array, dim, 0)
    found, before = np.empty_like(terms), np.full(terms.shape[1:], -np.inf, array.dtype)
    with np.errstate(all="ignore"):
        for place, term in enumerate(terms):
            first = before.real > term.real
            larger, smaller = np.where(first, before, term), np.where(first, term, before)
            total = np.log1p(np.exp(smaller - larger)) + larger
            endless = np.isinf(before.real) & (before.real == term.real)
            both = np.where(before.real < 0, before, np.log(np.exp(before) + np.exp(term)))
            found[place] = before = np.where(endless, both, total)
    return np.ascontiguousarray(np.moveaxis(found, 0, dim))


def logcumsumexp(self, dim):
    """The logarithm of the running sum of exponentials."""
    wrap_dim(dim, self._array.ndim)
    if self._dtype.category <= INTEGER:
        raise not_implemented("logcumsumexp_out_cpu", self._dtype)
    return _logcumsumexp(self, dim)


# ---- differences -------------------------------------------------------------------------------------------


def diff(self, n=1, dim=-1, prepend=None, append=None):
    """The differences of neighbours along a dimension, `n` times."""
    if not self._array.ndim:
        raise RuntimeError("diff expects input to be at least one-dimensional")
    if n < 0:
        raise RuntimeError(f"order must be non-negative but got {n}")
    dim = wrap_dim(dim, self._array.ndim)
    joined = [_joinable(each, self, dim) for each in (prepend, self, append) if each is not None]
    if n == 0:
        return self.new_zeros(self._array.shape).copy_(self)
    found = cat(joined, dim) if len(joined) > 1 else self
    for _ in range(min(n, found._array.shape[dim])):
        count = found._array.shape[dim] - 1
        later, earlier = found.narrow(dim, 1, count), found.narrow(dim, 0, count)
        found = logical_xor(later, earlier) if self._dtype is bool_ else later - earlier
    return found


def _joinable(tensor, self, dim):
    if tensor._array.ndim != self._array.ndim:
        raise RuntimeError("diff expects prepend or append to be the same dimension as input")
    for axis, size in enumerate(self._array.shape):
        if axis != dim and tensor._array.shape[axis] != size:
            raise RuntimeError(
                "diff expects the shape of tensor to prepend or append to match that of input except along the differencing "
                f"dimension; input.size({axis}) = {size}, but got tensor.size({axis}) = {tensor._array.shape[axis]}"
            )
    return tensor


# ---- areas -------------------------------------------------------------------------------------------------


def _check_step(dx, name):
    if isinstance(dx, (bool, complex)):
        raise RuntimeError(f"{name}: Currently, we only support dx as a real number.")


def _neighbours(y, dim):
    count = max(y._array.shape[dim] - 1, 0)
    return y.narrow(dim, 0, count), y.narrow(dim, min(1, y._array.shape[dim]), count)


def _widths(y, x, dim, name):
    """The steps between sample points, so that they broadcast beside `y`."""
    if x._array.ndim == 0:
        raise RuntimeError(
            f"{name}: Currently, we do not support zero-dimensional tensors for sample points x"
        )
    if x._array.ndim == 1:
        if x._array.shape[0] != y._array.shape[dim]:
            raise RuntimeError(f"{name}: There must be one `x` value for each sample point")
        sizes = [1] * y._array.ndim
        sizes[dim] = x._array.shape[0]
        x = x.view(sizes)
    elif x._array.ndim < y._array.ndim:
        x = x.view((1,) * (y._array.ndim - x._array.ndim) + x._array.shape)
    left, right = _neighbours(x, dim)
    return right - left


def trapezoid(y, x=None, *, dx=1, dim=-1):
    """The area under the line through `y`, at sample points `x` or with steps `dx`."""
    dim = wrap_dim(dim, y._array.ndim)
    if not y._array.ndim:
        raise IndexError(f"Dimension specified as {-1 if x is None else 0} but tensor has no dimensions")
    if not y._array.shape[dim]:
        return y.new_zeros([size for axis, size in enumerate(y._array.shape) if axis != dim])
    if x is None:
        _check_step(dx, "trapezoid")
        if y._dtype is bool_:
            raise RuntimeError("trapezoid: received a bool input for `y`, but bool is not supported")
        ends = y.select(dim, 0) + y.select(dim, -1)
        return _times(y.sum(dim) - _times(ends, 0.5), dx)
    _refuse_bools(y, x, "trapezoid")
    left, right = _neighbours(y, dim)
    return _half(((left + right) * _widths(y, x, dim, "trapezoid")).sum(dim))


trapz = trapezoid


def _times(tensor, number):
    return mul_scalar(promoted(tensor, number), number)


def _half(tensor):
    return div_scalar(promoted(tensor, 2.0), 2.0)


def _refuse_bools(y, x, name):
    if y._dtype is bool_ or x._dtype is bool_:
        raise RuntimeError(f"{name}: received a bool input for `x` or `y`, but bool is not supported")


def cumulative_trapezoid(y, x=None, *, dx=1, dim=-1):
    """The areas under the line through `y` up to each point."""
    dim = wrap_dim(dim, y._array.ndim)
    if not y._array.ndim:
        raise IndexError("slice() cannot be applied to a 0-dim tensor.")
    left, right = _neighbours(y, dim)
    if x is None:
        _check_step(dx, "cumulative_trapezoid")
        if y._dtype is bool_:
            raise RuntimeError(
                "cumulative_trapezoid: received a bool input for `y`, but bool is not supported"
            )
        return _times(left + right, dx / 2.0).cumsum(dim)
    _refuse_bools(y, x, "cumulative_trapezoid")
    return _half(((left + right) * _widths(y, x, dim, "cumulative_trapezoid")).cumsum(dim))
