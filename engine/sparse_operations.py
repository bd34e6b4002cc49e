"""What is done to sparse tensors: arithmetic, changes in place, and what embeddings' gradients need.

Source: torch.sparse; "sparse" of torch.nn.Embedding.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from . import sparse_tensors
from .base import memory, storage
from .grad_mode import mode
from .histories import refresh_views
from .op import wrap
from .ops import creation, sparse
from .sparse_tensors import (
    OPERATIONS,
    SparseTensor,
    _flat,
    added_up,
    clone,
    coalesce,
    to_dense,
    to_sparse,
)
from .subclasses import adopt
from .tensor import Tensor


def _on_values(name: str, alone: bool = False) -> Callable[..., Any]:
    """What is done to each value; `alone`: where values at the same place must have been added up before."""
    method = getattr(Tensor, name)

    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        self = coalesce(self) if alone else self
        return self._with(method(self._held, *args, **kwargs))

    return call


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
        return self._with(self._held.add(other._held, alpha=alpha))
    from .ops.joining import cat

    held = cat([self._held, other._held * alpha])
    if not (_is_packed(self) and _is_packed(other)):
        return SparseTensor(np.concatenate([self._places, other._places], 1), held, self._sizes)
    places, numbers = _merged(self, other)
    merged = sparse.summed("AddBackward0")(held, numbers, places.shape[1])
    return SparseTensor(places, merged, self._sizes, self._in_order and other._in_order)


def _is_packed(self: Any) -> bool:
    values = self._held._array
    return bool(getattr(values, "flags", values).c_contiguous)


def _merged(self: Any, other: Any) -> tuple[Any, Any]:
    """The places of two tensors, and which of these each value of the first and then of the second is for.

    PyTorch walks along both as if they were sorted, and takes the lower place, or both where they are equal.
    """
    ours, theirs = (_flat(each._places, each._sizes).tolist() for each in (self, other))
    numbers = np.empty(len(ours) + len(theirs), np.int64)
    taken = []
    i = j = 0
    while i < len(ours) or j < len(theirs):
        lower = i < len(ours) and (j == len(theirs) or ours[i] <= theirs[j])
        also = j < len(theirs) and (i == len(ours) or theirs[j] <= ours[i])
        taken.append(i if lower else len(ours) + j)
        if lower:
            numbers[i] = len(taken) - 1
        if also:
            numbers[len(ours) + j] = len(taken) - 1
        i, j = i + lower, j + also
    return np.concatenate([self._places, other._places], 1)[:, taken], numbers


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
    return self._with(self._held * other)


def div(self: Any, other: Any) -> Any:
    """The values over a number."""
    if isinstance(other, Tensor) and other.dim():
        raise RuntimeError("Sparse division requires a scalar or zero-dim dense tensor divisor")
    return self._with(self._held / other)


def total(self: Any, dim: Any = None, dtype: Any = None, keepdim: bool = False) -> Any:
    """The sum of all elements, or over sparse dimensions."""
    held = self._held if dtype is None else self._held.to(dtype)
    if dim is None:
        return coalesce(self._with(held)).values().sum()
    gone = {each % len(self._sizes) for each in ((dim,) if isinstance(dim, int) else dim)}
    kept = [axis for axis in range(len(self._places)) if axis not in gone]
    if keepdim or not kept or max(gone) >= len(self._places):
        raise NotImplementedError(
            "sparse tensors are summed over some of their sparse dimensions: call to_dense() first"
        )
    return added_up(self._with(held), kept, "SparseSumBackward0")


# ---- changes in place, and gradients ------------------------------------------------------------------------


def add_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Add a sparse tensor to a sparse one, or to the elements of a dense one."""
    if isinstance(self, SparseTensor):
        found = add(self, other, alpha=alpha)
        self._places, self._held, self._in_order = found._places, found._held, found._in_order
    else:
        rows = memory(self).reshape(-1, *self.shape[len(other._places) :])
        values = other._held.detach()._array
        places = _flat(other._places, other._sizes)
        if np.shares_memory(rows, self._array):
            np.add.at(rows, places, values * self._dtype.numpy.type(alpha))
        else:
            self._array[...] += (other.to_dense()._array * alpha).astype(self._array.dtype)
    return _changed(self)


def sub_(self: Any, other: Any, *, alpha: Any = 1) -> Any:
    """Take a sparse tensor away."""
    return add_(self, other, alpha=-alpha)


def mul_(self: Any, other: Any) -> Any:
    """Multiply the values by a number."""
    self._held.mul_(other)
    return _changed(self)


def div_(self: Any, other: Any) -> Any:
    """Divide the values by a number."""
    self._held.div_(other)
    return _changed(self)


def zero_(self: Any) -> Any:
    """Forget all values."""
    self._places, self._held, self._in_order = self._places[:, :0], self._held.detach()[:0], False
    return _changed(self)


def detach_(self: Any) -> Any:
    """Forget where the values come from."""
    self._held.detach_()
    return self


def _changed(self: Any) -> Any:
    storage(self).version += 1
    if not isinstance(self, SparseTensor):
        refresh_views(self)
    return self


def sparse_mask(self: Any, mask: Any) -> Any:
    """The elements of a dense tensor at the places of a coalesced one."""
    mask = coalesce(mask)
    places = _flat(mask._places, mask._sizes)
    held = sparse.taken("SparseMaskBackward0")(self, places, mask._sizes, len(mask._places))
    return mask._with(held)


def norm(self: Any, p: Any = 2, *args: Any, **options: Any) -> Any:
    """The norm of all elements."""
    return coalesce(self)._held.norm(p)


def accumulated(held: Any, grad: Any) -> Any:
    """The gradient of a leaf with one that arrives; one of them is sparse, and two such add up in place."""
    if held is None:
        return grad.clone() if mode.enabled else grad.detach()
    if held._is_sparse and not grad._is_sparse:
        return grad + held
    return held + grad if mode.enabled else add_(held, grad)


def in_order(grad: Any) -> tuple[Any, Any]:
    """The rows that a gradient has, sorted and each once, and its values there; for optimizers, which compute on arrays."""
    grad = added_up(grad, list(range(len(grad._places))), "CoalesceBackward0")
    return _flat(grad._places, grad._sizes), grad._held.detach()._array


def add_rows(tensor: Any, rows: Any, values: Any) -> None:
    """Add values to rows of a dense tensor, each of which is there once."""
    add_(tensor, SparseTensor(rows[None], wrap(values), tuple(tensor.shape), in_order=True))


# ---- what programs call ------------------------------------------------------------------------------------


def _added_to(self: Any, other: Any) -> Any:
    return add(other, self)


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
    "add_ __iadd__": add_,
    "sub_ __isub__": sub_,
    "mul_ __imul__": mul_,
    "div_ __itruediv__": div_,
    "zero_": zero_,
    "detach_": detach_,
    "sparse_mask": sparse_mask,
    "norm": norm,
    "__radd__": _added_to,
    "to_dense": to_dense,
    "coalesce": coalesce,
    "is_coalesced": sparse_tensors.is_coalesced,
    "indices": sparse_tensors.indices,
    "values": sparse_tensors.values,
    "_indices": sparse_tensors._indices,
    "_values": sparse_tensors._values,
    "_nnz": sparse_tensors._nnz,
    "clone": clone,
    "requires_grad_": requires_grad_,
}
_ON_VALUES = "neg __neg__ detach double float half bfloat16 long int bool to type_as"
_ON_SUMS = "abs __abs__ relu sqrt sin tanh sign pow __pow__"  # of the values at each place

for _names, _operation in _NAMES.items():
    for _name in _names.split():
        OPERATIONS[_name] = _operation
for _name in _ON_VALUES.split():
    OPERATIONS[_name] = _on_values(_name)
for _name in _ON_SUMS.split():
    OPERATIONS[_name] = _on_values(_name, alone=True)
for _name, _operation in [*OPERATIONS.items()]:
    setattr(SparseTensor, _name, _operation)
    OPERATIONS[getattr(Tensor, _name, _operation).__name__] = _operation
SparseTensor.T = property(transpose)  # type: ignore[assignment, method-assign]
adopt(SparseTensor)
