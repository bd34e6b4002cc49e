"""Sparse tensors of the layout `sparse_coo`: places and the values there; all other elements are zero.

They make no use of the operations on arrays: each is an instance of a class of its own, whose `__torch_function__` knows
what programs do with such tensors (`sparse_operations.py`) and refuses the rest. Gradients flow through the values (see
`ops/sparse.py`).
Source: torch.sparse, "Sparse COO tensors".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import dtypes, printing
from .base import read_array
from .layouts import sparse_coo
from .op import wrap
from .ops import creation, sparse
from .overriding import disabled
from .tensor import Tensor

# what needs the sizes and the type only
_PLAIN = (
    "dim element_size get_device is_complex is_floating_point is_signed ndimension nelement numel size cuda xpu "
    "is_same_size __get__ __set__"
)


OPERATIONS: dict[str, Callable[..., Any]] = {}  # by the names of the functions that programs call


class _Nowhere:
    """What stands for the elements that are not there: it knows their number and type."""

    def __init__(self, shape: tuple[int, ...], dtype: Any) -> None:
        self.shape, self.dtype, self.ndim = shape, dtype, len(shape)
        self.size = int(np.prod(shape, dtype=np.int64))
        self.itemsize = dtype.itemsize

    def __getattr__(self, name: str) -> Any:
        raise NotImplementedError(
            "a sparse tensor was given where only dense ones can be: call its to_dense()"
        )

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")


class SparseTensor(Tensor):
    """Values at places; `_places` has a row for each sparse dimension and a column for each value."""

    __module__ = "torch"
    __qualname__ = "Tensor"

    _places: Any
    _held: Any
    _sizes: tuple[int, ...]
    _in_order: bool  # coalesced: sorted, and each place once

    def __new__(cls, places: Any, held: Any, sizes: Sequence[int], in_order: bool = False) -> Any:
        made = object.__new__(cls)
        made._places, made._held, made._sizes, made._in_order = places, held, tuple(sizes), in_order
        made._dtype = held._dtype
        return made

    @property
    def _array(self) -> Any:
        return _Nowhere(self._sizes, self._dtype.numpy)

    is_sparse = _is_sparse = True
    data = property(lambda self: self._with(self._held.detach()))
    layout = property(lambda self: sparse_coo)
    is_leaf = property(lambda self: self._held.is_leaf)
    grad_fn = property(lambda self: self._held.grad_fn)

    @property  # type: ignore[misc]
    def requires_grad(self) -> bool:
        """Whether the values do."""
        return bool(self._held.requires_grad)

    @property
    def grad(self) -> Any:
        """The gradient of the values, at their places."""
        grad = self._held.grad
        return None if grad is None else self._with(grad)

    @grad.setter
    def grad(self, value: Any) -> None:
        self._held.grad = None if value is None else value._held

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        name = func.__name__
        if name in _PLAIN.split():
            with disabled():
                return func(*args, **(kwargs or {}))
        if name not in OPERATIONS:
            raise NotImplementedError(
                f"Could not run 'aten::{name.strip('_')}' with arguments from the 'SparseCPU' backend: sparse tensors do not have "
                "it here, call to_dense() first"
            )
        operation = OPERATIONS[name]  # the method itself, perhaps, which asks by now
        return getattr(operation, "_original", operation)(*args, **(kwargs or {}))

    def _with(self, held: Any) -> Any:
        """Other values at the same places."""
        return SparseTensor(self._places, held, self._sizes, self._in_order)

    def sparse_dim(self) -> int:
        """How many dimensions the places have."""
        return len(self._places)

    def dense_dim(self) -> int:
        """How many dimensions each value has."""
        return len(self._sizes) - len(self._places)

    def __deepcopy__(self, memo: Any) -> Any:
        return clone(self)

    def __repr__(self, **options: Any) -> str:
        return text(self)


# ---- making ------------------------------------------------------------------------------------------------


def sparse_coo_tensor(
    indices: Any = None,
    values: Any = None,
    size: Any = None,
    *,
    dtype: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    check_invariants: bool | None = None,
    is_coalesced: bool | None = None,
) -> Any:
    """A tensor that has `values` at `indices`, a row of indices for each dimension, and zeros elsewhere."""
    creation.empty(0, device=device)
    if values is None:
        sizes = tuple(size if size is not None else indices)
        return _empty(sizes, dtype or dtypes.get_default_dtype())
    places = creation.as_tensor(indices, dtype=dtypes.int64).numpy()
    held = values if isinstance(values, Tensor) else creation.tensor(values)
    held = held if dtype is None else held.to(dtype)
    places = places.reshape(1, -1) if places.ndim == 1 and held.dim() == 0 else places
    if places.ndim != 2:
        raise RuntimeError(f"indices must be sparse_dim x nnz, but got: {list(places.shape)}")
    sizes = _sizes(places, held, size)
    if held.requires_grad:
        held = sparse.same("SparseCooTensorWithDimsAndTensorsBackward0")(held)
    made = SparseTensor(places, held.detach() if requires_grad else held, sizes, bool(is_coalesced))
    if check_invariants:
        _check_places(made)
    return made.requires_grad_() if requires_grad else made


def _sizes(places: Any, held: Any, size: Any) -> tuple[int, ...]:
    inner = tuple(held.shape[1:])
    if size is None:
        return (*(places.max(1) + 1).tolist(), *inner) if places.size else (*(0,) * len(places), *inner)
    if len(size) != len(places) + len(inner):
        raise RuntimeError(
            f"'len(size) == sparse_dim + dense_dim' is not satisfied: len(size) = {len(size)}, sparse_dim = {len(places)}, "
            f"dense_dim = {len(inner)}"
        )
    if places.shape[1] != held.shape[0]:
        raise RuntimeError(
            f"indices and values must have same nnz, but got nnz from indices: {places.shape[1]}, nnz from values: "
            f"{held.shape[0]}"
        )
    return tuple(size)


def _check_places(tensor: Any) -> None:
    for axis, row in enumerate(tensor._places):
        if row.size and row.max() >= tensor._sizes[axis]:
            raise RuntimeError(
                f"size is inconsistent with indices: for dim {axis}, size is {tensor._sizes[axis]} but found index {row.max()}"
            )
        if row.size and row.min() < 0:
            raise RuntimeError(f"found negative index {row.min()} for dim {axis}")


def _empty(sizes: tuple[int, ...], dtype: Any) -> Any:
    return SparseTensor(np.zeros((len(sizes), 0), np.int64), creation.zeros(0, dtype=dtype), sizes)


def to_sparse(self: Any, sparse_dim: int | None = None, *, layout: Any = None) -> Any:
    """The elements that are not zero and their places, of a tensor that is dense."""
    if layout not in (None, sparse_coo):
        raise NotImplementedError(
            f"sparse tensors of the layout {layout} are not there: use torch.sparse_coo"
        )
    if isinstance(self, SparseTensor):
        return self
    count = self.dim() if sparse_dim is None else sparse_dim
    array = read_array(self)
    inner = array.reshape(*array.shape[:count], -1).any(-1) if count < array.ndim else array
    places = np.stack(np.nonzero(inner)).astype(np.int64)
    sizes = tuple(array.shape)
    node = "ToSparseBackward1" if sparse_dim is None else "ToSparseBackward0"
    held = sparse.taken(node)(self, _flat(places, sizes), sizes, count)
    return SparseTensor(places, held, sizes, in_order=True)


def _flat(places: Any, sizes: Sequence[int]) -> Any:
    """The places as single numbers, in the order of the elements."""
    found = np.zeros(places.shape[1], np.int64)
    for row, size in zip(places, sizes):
        found = found * size + row
    return found


# ---- what they hold ----------------------------------------------------------------------------------------


def to_dense(self: Any, dtype: Any = None, *, masked_grad: Any = None) -> Any:
    """All elements, zeros too."""
    found = sparse.to_dense(self._held, _flat(self._places, self._sizes), self._sizes, len(self._places))
    return found if dtype is None else found.to(dtype)


def coalesce(self: Any) -> Any:
    """With sorted places, each once; values at the same place are added up."""
    if self._in_order:
        return self
    return added_up(self, list(range(len(self._places))), "CoalesceBackward0")


def added_up(self: Any, kept: list[int], node: str) -> Any:
    """What there is at each place of some of the dimensions, in order."""
    sizes = [self._sizes[axis] for axis in kept]
    flat, numbers = np.unique(_flat(self._places[kept], sizes), return_inverse=True)
    places = np.stack(np.unravel_index(flat, sizes)).astype(np.int64)
    held = sparse.summed(node)(self._held, numbers.reshape(-1), len(flat))
    return SparseTensor(places, held, (*sizes, *self._sizes[len(self._places) :]), in_order=True)


def is_coalesced(self: Any) -> bool:
    """Whether the places are sorted, each there once."""
    _check_sparse(self, "is_coalesced", "sparse coordinate")
    return bool(self._in_order)


def indices(self: Any) -> Any:
    """The places of a coalesced tensor."""
    _check_sparse(self, "indices", "sparse coordinate")
    if not self._in_order:
        raise RuntimeError("Cannot get indices on an uncoalesced tensor, please call .coalesce() first")
    return wrap(self._places)


def values(self: Any) -> Any:
    """The values of a coalesced tensor."""
    _check_sparse(self, "values")
    if not self._in_order:
        raise RuntimeError("Cannot get values on an uncoalesced tensor, please call .coalesce() first")
    return sparse.same("ValuesBackward0")(self._held) if self._held.requires_grad else self._held


def _check_sparse(self: Any, name: str, kind: str = "sparse") -> None:
    if not isinstance(self, SparseTensor):
        raise RuntimeError(f"{name} expected {kind} tensor layout but got Strided")


def _indices(self: Any) -> Any:
    """The places as they are."""
    return wrap(self._places)


def _values(self: Any) -> Any:
    """The values as they are, without their history."""
    return self._held.detach()


def _nnz(self: Any) -> int:
    """How many values there are."""
    return int(self._places.shape[1])


def clone(self: Any, *, memory_format: Any = None) -> Any:
    """A copy."""
    return SparseTensor(self._places.copy(), self._held.clone(), self._sizes, self._in_order)


# ---- text --------------------------------------------------------------------------------------------------


def text(self: Any) -> str:
    """What it prints."""
    held = self._held.detach()
    parts = []
    for label, tensor in (("indices", wrap(self._places)), ("values", held)):
        prefix = " " * len("tensor(") + f"{label}=tensor("
        array = np.asarray(tensor.numpy())
        more = [f"size={tuple(array.shape)}"] if not array.size else []
        parts.append(printing.tensor_text(array, suffixes=more, prefix=prefix).strip())
    suffixes = [f"size={self._sizes}", f"nnz={self._nnz()}"]
    if self._dtype is not dtypes.get_default_dtype() and self._dtype not in (dtypes.int64, dtypes.bool_):
        suffixes.append(f"dtype={self._dtype}")
    suffixes.append("layout=torch.sparse_coo")
    if self.grad_fn is not None:
        suffixes.append(f"grad_fn=<{self.grad_fn.name()}>")
    elif self.requires_grad:
        suffixes.append("requires_grad=True")
    indent = len("tensor(")
    # PyTorch starts counting there
    lines = printing.with_suffixes(" " * (indent - 2) + suffixes[0], suffixes[1:], indent)
    return "tensor(" + ",\n       ".join(parts) + ",\n  " + lines


from . import sparse_operations  # noqa: E402, F401 - which gives the class its methods
