"""The largest and the smallest elements, over all of them or along dimensions, and where they are."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..arguments import refused
from ..base import TensorBase
from ..dtypes import not_implemented
from ..grad_mode import mode
from ..op import op, wrap
from ..transforms import computing, no_tangent, note_writes, through_transforms
from .choosing import maximum, minimum
from .dims import axes_of, given, numpy_axes, wrap_dim
from .operands import reduced
from .tangents import of_amax, of_max, of_max_dim


def share_among_ties(grad, self, result):
    """The gradient divided evenly among all the elements that are the extreme one (nan equals nan here)."""
    if mode.recording > 1:
        mask = (self == result) | (self.isnan() & result.isnan())
    else:
        mask = self.isnan() if result.isnan() else self == result
    zeros, share = grad.new_zeros(self._array.shape), grad / mask.sum()
    return zeros.masked_fill(mask, share) if computing() else zeros.masked_fill_(mask, share)


@op(self=share_among_ties, jvp=of_max, node="MaxBackward1")
def _max_all(self):
    return np.maximum.reduce(self, axis=None)


@op(self=share_among_ties, jvp=of_max, node="MinBackward1")
def _min_all(self):
    return np.minimum.reduce(self, axis=None)


def to_chosen_index(grads, self_sym_sizes, indices, dim, keepdim):
    """The gradient put back where the extreme was taken from."""
    grad = grads[0]
    if grad is None:
        return None
    if not keepdim and self_sym_sizes:
        grad, indices = grad.unsqueeze(dim), indices.unsqueeze(dim)
    found = grad.new_zeros(self_sym_sizes).scatter(dim, indices, grad)
    note_writes(found, 2)
    return found


def _with_index(choose):
    def forward(self, dim, keepdim):
        if self.ndim == 0:
            return self.copy(), np.int64(0)
        indices = np.expand_dims(_first_extreme(self, dim, choose), dim)
        values = np.take_along_axis(self, indices, dim)
        if not keepdim:
            values, indices = values.squeeze(dim), indices.squeeze(dim)
        return values[()], indices[()]

    return forward


def _first_extreme(array, axis, choose):
    """The index of the extreme; a nan is the extreme of everything, as in NumPy."""
    return choose(array, axis=axis)


def _max_forward(self, dim, keepdim):
    return _with_index(np.argmax)(self, dim, keepdim)


def _min_forward(self, dim, keepdim):
    return _with_index(np.argmin)(self, dim, keepdim)


_max_dim = op(self=to_chosen_index, outputs=("values", "indices"), jvp=of_max_dim, node="MaxBackward0")(
    _max_forward
)


_min_dim = op(self=to_chosen_index, outputs=("values", "indices"), jvp=of_max_dim, node="MinBackward0")(
    _min_forward
)


class _ValuesAndIndices(tuple):
    """The two results of `max` and `min` along a dimension."""

    __slots__ = ()
    _fields = ("values", "indices")  # as of a named tuple
    _make = classmethod(lambda cls, parts: cls(parts))
    values = property(lambda self: self[0])
    indices = property(lambda self: self[1])

    def __reduce__(self):
        from ..return_types import reduced

        return reduced(self)

    def __repr__(self):
        return f"torch.return_types.{type(self).__name__}(\nvalues={self[0]!r},\nindices={self[1]!r})"


_Max = type("max", (_ValuesAndIndices,), {"__slots__": (), "__module__": "torch.return_types"})


_Min = type("min", (_ValuesAndIndices,), {"__slots__": (), "__module__": "torch.return_types"})


def check_not_empty(self, dim, name, brackets="()"):
    """Raise PyTorch's errors for a dimension that is not there or has no elements."""
    axis = wrap_dim(dim, self._array.ndim)
    if self._array.ndim and not self._array.shape[axis]:
        raise IndexError(f"{name}{brackets}: Expected reduction dim {axis} to have non-zero size.")


def _extreme(self, dim, keepdim, name, over_all, along, kind, pairwise):
    if isinstance(dim, TensorBase):
        return pairwise(self, dim)
    if dim is None:
        if not self._array.size:
            raise RuntimeError(
                f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with "
                "the 'dim' argument."
            )
        if self._dtype.unordered:
            raise not_implemented(f"{name}_all", self._dtype)
        return over_all(self)
    if isinstance(dim, float):
        raise refused(TypeError(), name, (self, dim), is_method=False)
    check_not_empty(self, dim, name)
    if self._dtype.unordered:
        if self._dtype.is_complex:
            raise RuntimeError(f"{name}(): does not support complex input")
        raise not_implemented(f"{name}_cpu", self._dtype)
    return kind(along(self, dim, keepdim))


def max(self, dim=None, keepdim=False):
    """The largest element; with `dim`, the largest along it and their indices; of two tensors, `maximum`."""
    return _extreme(self, dim, keepdim, "max", _max_all, _max_dim, _Max, maximum)


def min(self, dim=None, keepdim=False):
    """The smallest element; with `dim`, the smallest along it and their indices; of two tensors, `minimum`."""
    return _extreme(self, dim, keepdim, "min", _min_all, _min_dim, _Min, minimum)


def share_among_ties_along(grad, self, result, dim, keepdim):
    """The gradient divided evenly among all the elements along `dim` (none for all) that are the extreme one."""
    sizes = self._array.shape
    kept = tuple(
        1 if not dim or axis in {each % len(sizes) for each in dim} else size
        for axis, size in enumerate(sizes)
    )
    if not keepdim and sizes:
        grad, result = grad.view(kept), result.view(kept)
    mask = result == self
    return (grad / mask.sum(dim or None, keepdim=bool(dim))) * mask


@op(self=share_among_ties_along, jvp=of_amax, node="AmaxBackward0")
def _amax(self, dim, keepdim):
    return reduced(np.maximum.reduce(self, axis=numpy_axes(self, dim), keepdims=keepdim), self)


@op(self=share_among_ties_along, jvp=of_amax, node="AminBackward0")
def _amin(self, dim, keepdim):
    return reduced(np.minimum.reduce(self, axis=numpy_axes(self, dim), keepdims=keepdim), self)


def _check_not_empty(self, dim, name):
    axes_of(self, dim)
    if self._dtype.unordered:
        raise not_implemented(f"{name[1:]}_values_cpu", self._dtype)
    if not self._array.size and dim != ():
        for axis in (dim,) if isinstance(dim, int) else dim:
            if self._array.ndim and not self._array.shape[axis]:
                raise IndexError(f"{name}(): Expected reduction dim {axis} to have non-zero size.")
    if not self._array.size and dim == ():
        raise RuntimeError(
            f"{name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' "
            "argument."
        )


def amax(self, dim=(), keepdim=False):
    """The largest elements over `dim`; ties share the gradient."""
    _check_not_empty(self, dim, "amax")
    return _amax(self, given(dim), keepdim)


def amin(self, dim=(), keepdim=False):
    """The smallest elements over `dim`; ties share the gradient."""
    _check_not_empty(self, dim, "amin")
    return _amin(self, given(dim), keepdim)


def _index_of_extreme(choose, name):
    def call(self, dim=None, keepdim=False):
        if mode.recording > 1:
            return through_transforms(call, (self, dim, keepdim))
        array = self._array
        if self._dtype.is_complex:
            raise RuntimeError(f"{name}(): does not support complex input")
        if self._dtype is dtypes.bool_:
            raise RuntimeError(f"{name}(): does not support bool input")
        if not array.size and dim is None:
            raise IndexError(f"{name}(): Expected reduction dim to be specified for input.numel() == 0.")
        if not array.size:
            check_not_empty(self, dim, name)
        if dim is None or array.ndim == 0:
            found = choose(array, axis=None)
            return wrap(found.reshape((1,) * array.ndim) if keepdim and array.ndim else found, dtypes.int64)
        found = choose(array, axis=wrap_dim(dim, array.ndim), keepdims=keepdim)
        return wrap(reduced(found, array), dtypes.int64)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"The index found by `{name}`: the first one where several are equal."
    call.tangent_rule = no_tangent
    return call


argmax = _index_of_extreme(np.argmax, "argmax")


argmin = _index_of_extreme(np.argmin, "argmin")
