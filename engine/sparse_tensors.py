"""Sparse tensors of the layout `sparse_coo`: places and the values there; all other elements are zero.

They make no use of the operations on arrays: each is an instance of a class of its own, whose `__torch_function__` knows
what programs do with such tensors and refuses the rest. Gradients flow through the values (see `ops/sparse.py`).
Source: torch.sparse, "Sparse COO tensors".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from . import dtypes, printing
from .layouts import sparse_coo
from .op import wrap
from .ops import creation, sparse
from .subclasses import adopt, disabled
from .tensor import Tensor

_PLAIN = (
    "dim element_size get_device is_complex is_floating_point is_signed ndimension nelement numel size cuda xpu "
    "is_same_size"
)  # what needs the sizes and the type only


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

    is_sparse = property(lambda self: True)
    layout = property(lambda self: sparse_coo)
    is_leaf = property(lambda self: self._held.is_leaf)
    grad_fn = property(lambda self: self._held.grad_fn)
    T = property(lambda self: transpose(self, 0, 1))

    @property  # type: ignore[misc]
    def requires_grad(self) -> bool:
        """Whether the values do."""
        return bool(self._held.requires_grad)

    @property
    def grad(self) -> Any:
        """The gradient of the values, at their places."""
        grad = self._held.grad
        return None if grad is None else SparseTensor(self._places, grad, self._sizes, self._in_order)

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
        return OPERATIONS[name](*args, **(kwargs or {}))

    def sparse_dim(self) -> int:
        """How many dimensions the places have."""
        return len(self._places)

    def dense_dim(self) -> int:
        """How many dimensions each value has."""
        return len(self._sizes) - len(self._places)

    def __radd__(self, other: Any) -> Any:
        return add(other, self)

    def __deepcopy__(self, memo: Any) -> Any:
        return clone(self)

    def __repr__(self, **options: Any) -> str:  # type: ignore[override]
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
    array = np.asarray(self.detach().numpy())
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
    return _added_up(self, list(range(len(self._places))), "CoalesceBackward0")


def _added_up(self: Any, kept: list[int], node: str) -> Any:
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


def _with_values(self: Any, held: Any) -> Any:
    return SparseTensor(self._places, held, self._sizes, self._in_order)


def _on_values(name: str, alone: bool = False) -> Callable[..., Any]:
    """What is done to each value; `alone`: where values at the same place must have been added up before."""
    method = getattr(Tensor, name)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        self = coalesce(self) if alone else self
        return _with_values(self, method(self._held, *args, **kwargs))

    return call


def clone(self: Any, *, memory_format: Any = None) -> Any:
    """A copy."""
    return SparseTensor(self._places.copy(), self._held.clone(), self._sizes, self._in_order)


# ---- arithmetic --------------------------------------------------------------------------------------------


def transpose(self: Any, dim0: int = 0, dim1: int = 1) -> Any:
    """Two sparse dimensions exchanged."""
    order = list(range(len(self._sizes)))
    order[dim0], order[dim1] = order[dim1], order[dim0]
    if order[len(self._places) :] != list(range(len(self._places), len(order))):
        raise RuntimeError(
            f"transpose(): can only transpose sparse dimensions, but got dims {dim0} and {dim1} of {len(self._places)}"
        )
    held = sparse.same("TBackward0")(self._held) if self._held.requires_grad else self._held
    sizes = [self._sizes[axis] for axis in order]
    return SparseTensor(self._places[order[: len(self._places)]], held, sizes, self._nnz() < 2)


def _factors(self: Any, other: Any) -> tuple[Any, ...]:
    """What a product takes: the values, the dense factor, and where the values are."""
    dense = to_dense(other) if isinstance(other, SparseTensor) else other
    if len(self._places) != 2 or self.dim() != 2 or dense.dim() != 2:
        raise RuntimeError("sparse tensors are multiplied as matrices, with matrices and vectors")
    if self._sizes[1] != dense.shape[0]:
        raise RuntimeError(
            f"addmm: Argument #3 (dense): Expected dim 0 size {self._sizes[1]}, got {dense.shape[0]}"
        )
    return self._held, dense, self._places[0], self._places[1]


def mm(self: Any, other: Any) -> Any:
    """The product of matrices, one of them sparse, or of a sparse matrix with a vector."""
    if not isinstance(self, SparseTensor):
        return mm(transpose(other), self.t()).t()
    if other.dim() == 1:
        return mm(self, other.unsqueeze(1)).squeeze(1)
    found = sparse.mm(*_factors(self, other), self._sizes[0])
    return to_sparse(found) if isinstance(other, SparseTensor) else found


def addmm(input: Any, mat1: Any, mat2: Any, *, beta: Any = 1, alpha: Any = 1) -> Any:
    """A dense matrix, and the product of a sparse one with a dense one."""
    summand = input.expand(mat1._sizes[0], mat2.shape[1])
    return sparse.addmm(summand, *_factors(mat1, mat2), beta, alpha)


def sparse_mm(mat1: Any, mat2: Any) -> Any:
    """`torch.sparse.mm`: the product as that which is added to zeros."""
    if not isinstance(mat1, SparseTensor) or isinstance(mat2, SparseTensor):
        return mm(mat1, mat2)
    sizes = (mat1._sizes[0], mat2.shape[1])
    return addmm(creation.zeros(sizes, dtype=mat1._dtype), mat1, mat2, beta=0)


def rmatmul(self: Any, other: Any) -> Any:
    """`other @ self`."""
    return mm(other, self)


def add(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """The sum of two sparse tensors, or a dense one with a sparse one added to it."""
    if not isinstance(self, SparseTensor):
        return self + to_dense(other) * alpha
    if not isinstance(other, SparseTensor):
        raise RuntimeError("add(sparse, dense) is not supported. Use add(dense, sparse) instead.")
    if self._sizes != other._sizes:
        raise RuntimeError(
            f"add: expected sizes of 'self' and 'other' to match, but {list(self._sizes)} != {list(other._sizes)}"
        )
    if self is other:
        return _with_values(self, self._held.add(other._held, alpha=alpha))
    from .ops.joining import cat

    held = cat([self._held, other._held * alpha])
    both = SparseTensor(np.concatenate([self._places, other._places], 1), held, self._sizes)
    return coalesce(both) if self._in_order and other._in_order else both


def sub(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """The difference."""
    return add(self, other, alpha=-alpha)


def mul(self: Any, other: Any) -> Any:
    """The values times a number, or times the elements of a dense tensor at their places."""
    self, other = (self, other) if isinstance(self, SparseTensor) else (other, self)
    if isinstance(other, SparseTensor):
        other = to_dense(other)
    if isinstance(other, Tensor) and other.dim():
        if tuple(other.shape) != self._sizes:
            other = other.expand(self._sizes)
        other = other.reshape(-1, *self._sizes[len(self._places) :])[wrap(_flat(self._places, self._sizes))]
    return _with_values(self, self._held * other)


def div(self: Any, other: Any) -> Any:
    """The values over a number."""
    if isinstance(other, Tensor) and other.dim():
        raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor")
    return _with_values(self, self._held / other)


def total(self: Any, dim: Any = None, dtype: Any = None, keepdim: bool = False) -> Any:
    """The sum of all elements, or over sparse dimensions."""
    held = self._held if dtype is None else self._held.to(dtype)
    if dim is None:
        return coalesce(_with_values(self, held)).values().sum()
    gone = {each % len(self._sizes) for each in ((dim,) if isinstance(dim, int) else dim)}
    kept = [axis for axis in range(len(self._places)) if axis not in gone]
    if keepdim or not kept or max(gone) >= len(self._places):
        raise NotImplementedError(
            "sparse tensors are summed over some of their sparse dimensions: call to_dense() first"
        )
    return _added_up(_with_values(self, held), kept, "SparseSumBackward0")


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
    lines = printing.with_suffixes(
        " " * (indent - 2) + suffixes[0], suffixes[1:], indent
    )  # PyTorch starts counting there
    return "tensor(" + ",\n       ".join(parts) + ",\n  " + lines


def _same(self: Any, *args: Any, **kwargs: Any) -> Any:
    return self


def requires_grad_(self: Any, requires_grad: bool = True) -> Any:
    """Have the values require grad."""
    self._held.requires_grad_(requires_grad)
    return self


def _numpy(self: Any, *args: Any, **kwargs: Any) -> Any:
    raise TypeError("can't convert Sparse layout tensor to numpy. Use Tensor.to_dense() first.")


def _length(self: Any) -> int:
    return self._sizes[0]


def _is_contiguous(self: Any, **options: Any) -> bool:
    return False


_NAMES: dict[str, Callable[..., Any]] = {
    "mm matmul __matmul__ mv": mm,
    "__rmatmul__": rmatmul,
    "add __add__": add,
    "sub __sub__": sub,
    "mul __mul__ __rmul__ multiply": mul,
    "div __truediv__ true_divide": div,
    "t transpose": transpose,
    "sum": total,
    "cpu to_sparse": _same,
    "numpy __array__": _numpy,
    "__len__": _length,
    "is_contiguous": _is_contiguous,
}
_ON_VALUES = "neg __neg__ detach double float half bfloat16 long int bool to type_as"
_ON_SUMS = "abs __abs__ relu sqrt sin tanh sign pow __pow__"  # of the values at each place

OPERATIONS: dict[str, Callable[..., Any]] = {}  # by the names of the functions that programs call

for _names, _operation in _NAMES.items():
    for _name in _names.split():
        OPERATIONS[_name] = OPERATIONS[getattr(Tensor, _name).__name__] = _operation
for _name in _ON_VALUES.split():
    OPERATIONS[_name] = OPERATIONS[getattr(Tensor, _name).__name__] = _on_values(_name)
for _name in _ON_SUMS.split():
    OPERATIONS[_name] = OPERATIONS[getattr(Tensor, _name).__name__] = _on_values(_name, alone=True)
for _operation in (
    to_dense,
    coalesce,
    is_coalesced,
    indices,
    values,
    _indices,
    _values,
    _nnz,
    clone,
    requires_grad_,
):
    OPERATIONS[_operation.__name__] = _operation
    setattr(SparseTensor, _operation.__name__, _operation)
adopt(SparseTensor)
