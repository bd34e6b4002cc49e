"""Views that are copied at once: `view_copy` of `view`, which shares no memory with its input.

PyTorch makes them for compilers that allow no views. The node is that of the view, with `_copy` behind its name.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from ..arguments import function
from ..base import TensorBase
from ..dtypes import dtype as dtype_class
from ..filling import fitting
from ..grad_mode import mode
from ..layouts import contiguous_format
from ..lazy import plain
from ..op import LINEAR, op, wrap
from . import complex as of_complex
from . import joining, parts, slicing, views
from .dims import infer_size, wrap_dim
from .outputs import fit
from .refusals import check_tensor, underivable

_OF_REAL_NUMBERS = (
    "select_copy",
    "slice_copy",
    "view_as_complex_copy",
)  # which PyTorch differentiates of those only


@cache
def _node_of_copy(node_class: Any) -> Any:
    return type(f"{node_class.__name__}_copy", (node_class,), {"__slots__": (), "__module__": "builtins"})


def _copy(view: Any) -> Any:
    if mode.recording > 1:
        return views.clone(view, memory_format=contiguous_format)
    return wrap(plain(view._array).copy("C") if view._array.ndim else view._array.copy()[()], view._dtype)


def _copied(name: str, view: Callable[..., Any]) -> Any:
    """The function that copies the view, or the several views, that `view` makes."""

    def call(self: Any, *args: Any, **options: Any) -> Any:
        check_tensor(self, name)
        found = view(self, *args, **options)
        several = isinstance(found, tuple)
        copies = [_copy(each) for each in found] if several else [_copy(found)]
        node = (found[0] if several else found)._node
        if node is not None and mode.recording == 1:
            if name in _OF_REAL_NUMBERS and copies[0]._dtype.is_complex:
                raise RuntimeError(
                    f"{name} does not support automatic differentiation for outputs with complex dtype."
                )
            node.__class__ = _node_of_copy(node.__class__)
            for number, copy in enumerate(copies):
                copy._node, copy._output_nr = node, number
        return tuple(copies) if several else copies[0]

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"What `{name.removesuffix('_copy')}` shows, as a tensor of its own."
    return call


@underivable("detach_copy", "self")
def _detach_copy(self):
    return self.copy("C")


def detach_copy(input: Any) -> Any:
    """A copy that nothing can be derived through."""
    check_tensor(input, "detach_copy")
    return _detach_copy(input)


@op(
    self=lambda grad, self_sym_sizes, dim, start, length: slicing.slice_backward(
        grad, self_sym_sizes, dim, start, start + length, 1
    ),
    jvp=LINEAR,
    node="NarrowCopyBackward0",
)
def _narrow_copy(self, dim, start, length):
    return self[slicing.index_at(self.ndim, dim, slice(start, start + length))].copy("C")


def narrow_copy(input: Any, dim: int, start: int, length: int) -> Any:
    """A copy of the `length` elements from `start` on of one dimension.

    Raises: `IndexError` and `RuntimeError` as `narrow` does; a negative length counts as one that is too large.
    Source: torch.narrow_copy.
    """
    check_tensor(input, "narrow_copy")
    sizes = input._array.shape
    if not sizes:
        raise RuntimeError("narrow() cannot be applied to a 0-dim tensor.")
    if dim >= len(sizes):
        raise RuntimeError(
            "Expected dim < static_cast<int64_t>(self_sizes.size()) to be true, but got false.  (Could this error message be "
            "improved?  If so, please report an enhancement request to PyTorch.)"
        )
    size = sizes[wrap_dim(dim, len(sizes))]
    if not -size <= start <= size:
        raise IndexError(
            f"start out of range (expected to be in range of [{-size}, {size}], but got {start})"
        )
    start += size * (start < 0)
    if length < 0 or start + length > size:
        raise RuntimeError(f"start ({start}) + length ({length}) exceeds dimension size ({size}).")
    return _narrow_copy(input, dim, start, length)


def _permuted(self: Any, dims: Any) -> Any:
    return views.permute(self, dims=dims)


def _split_with_sizes(self: Any, split_sizes: Any, dim: int = 0) -> Any:
    return joining.split(self, tuple(split_sizes), dim)


def _split(self: Any, split_size: int, dim: int = 0) -> Any:
    return joining.split(self, split_size, dim)


def _sliced(self: Any, dim: int = 0, start: Any = None, end: Any = None, step: int = 1) -> Any:
    if step <= 0:
        raise RuntimeError("slice step must be positive")
    wrap_dim(dim, self._array.ndim)
    return slicing.slice_op(self, dim, start, end, step)


def _expanded(self: Any, size: Any, *, implicit: bool = False) -> Any:
    return views.expand(self, tuple(size))


def _squeezed(self: Any, dim: Any = None) -> Any:
    return views.squeeze(self, dim)


def _as_real(self: Any) -> Any:
    return of_complex.view_as_real(of_complex.resolve_conj(self))


@op(self=lambda grad, self_sym_sizes: grad.reshape(self_sym_sizes), jvp=LINEAR, node="ViewBackward0_copy")
def _view_copy(self, sizes):
    return self.reshape(sizes).copy("C")


def view_copy(self: Any, size: Any = None, *, dtype: Any = None) -> Any:
    """The elements in another shape, in any order that they lie in, or another type read out of their memory."""
    check_tensor(self, "view_copy")
    kind = size if dtype is None else dtype
    if not isinstance(kind, dtype_class):
        return _view_copy(self, infer_size(tuple(size), self._array.size))
    return wrap(parts.view_as_dtype(self.detach(), kind)._array.copy("C"), kind)


def _into_each(name: str, view: Callable[..., Any]) -> Any:
    """The function that copies several views; into tensors given as `out`, it gives back nothing."""
    copied = _copied(name, view)

    def call(self: Any, *args: Any, out: Any = None, **options: Any) -> Any:
        if out is None:
            return copied(self, *args, **options)
        copies = copied(self.detach(), *args, **options)
        if len(out) != len(copies):
            whole = "unbind_copy_int" if name == "unbind_copy" else name
            raise RuntimeError(
                f"{whole}_out expected an out= argument of size {len(copies)}, got size {len(out)}"
            )
        for given, copy in zip(out, copies):
            if name == "unbind_copy":
                fit(given, copy._array.shape)
            given.copy_(copy)
        return None

    call.__name__ = call.__qualname__ = name
    call.__doc__ = copied.__doc__
    return function(call)


alias_copy = _copied("alias_copy", views.alias)
as_strided_copy = _copied("as_strided_copy", slicing.as_strided)
diagonal_copy = _copied("diagonal_copy", slicing.diagonal)
expand_copy = _copied("expand_copy", _expanded)
permute_copy = _copied("permute_copy", _permuted)
select_copy = _copied("select_copy", slicing.select)
slice_copy = _copied("slice_copy", _sliced)
split_copy = _into_each("split_copy", _split)
split_with_sizes_copy = _into_each("split_with_sizes_copy", _split_with_sizes)
squeeze_copy = _copied("squeeze_copy", _squeezed)
t_copy = _copied("t_copy", views.t)
transpose_copy = _copied("transpose_copy", views.transpose)
unbind_copy = _into_each("unbind_copy", joining.unbind)
unfold_copy = _copied("unfold_copy", parts.unfold)
unsqueeze_copy = _copied("unsqueeze_copy", views.unsqueeze)
view_as_complex_copy = _copied("view_as_complex_copy", of_complex.view_as_complex)
view_as_real_copy = _copied("view_as_real_copy", _as_real)


# ---- a tensor filled ---------------------------------------------------------------------------------------


@op(self=lambda grad: grad.new_zeros(grad._array.shape), node="FillBackward0")
def _fill_with_number(self, value):
    filled = views.empty_like(self, self.dtype)
    filled[...] = value
    return filled


@op(
    self=lambda grad: grad.new_zeros(grad._array.shape),
    value=lambda grad: grad.sum(),
    node="FillBackward1",
)
def _fill_with_tensor(self, value):
    filled = views.empty_like(self, self.dtype)
    filled[...] = value
    return filled


@function
def fill(input: Any, value: Any) -> Any:
    """A tensor of `input`'s sizes and type with one value everywhere: a number, or a tensor without dimensions.

    Source: torch.fill.
    """
    check_tensor(input, "fill")
    if not isinstance(value, TensorBase):
        return _fill_with_number(input, fitting(value, input._dtype))
    if value._array.ndim:
        raise RuntimeError(
            f"fill_ only supports 0-dimension value tensor but got tensor with {value._array.ndim} dimensions."
        )
    return _fill_with_tensor(input, value)
