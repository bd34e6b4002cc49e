"""Norms of vectors and matrices, and condition numbers."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from ..dtypes import INTEGER, promote
from ..dtypes import dtype as dtype_class
from ..op import wrap
from ..ops.dims import axes_of, given, wrap_dim
from ..ops.into import with_out
from ..ops.spread import _vector_norm
from ..ops.views import permute
from .checks import check_floating, check_matrices, check_precise, check_square
from .factoring import svdvals
from .solving import inv_ex


def _in_type(A: Any, dtype: dtype_class | None, name: str) -> Any:
    kind = A._dtype if dtype is None else dtype
    if A._dtype.category <= INTEGER:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {A._dtype.legacy_name}"
        )
    return A if kind is A._dtype else A.to(kind)


@with_out()
def vector_norm(
    input: Any, ord: Any = 2, dim: Any = None, keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The norm of vectors: along some dimensions, or of all elements."""
    name = "linalg.vector_norm"
    check_floating(input, name)
    axes = axes_of(input, dim)
    if ord < 0 or math.isinf(ord):
        empty = [axis for axis in axes if input._array.ndim and not input._array.shape[axis]]
        if empty and dim is None:
            raise RuntimeError(
                f"{name} cannot compute the {_shown(ord)} norm on an empty tensor because the operation does not have an identity"
            )
        if empty:
            raise RuntimeError(
                f"{name} cannot compute the {_shown(ord)} norm on the dimension {empty[0]} because this dimension is empty and the "
                "operation does not have an identity"
            )
    if dtype is not None:
        _check_type(input, dtype, name)
    options = () if dtype is None or dtype is input._dtype else (dtype,)
    return _vector_norm(input, ord, None if dim is None else given(dim), keepdim, *options)


def _check_type(x: Any, dtype: Any, name: str) -> None:
    if not (dtype.is_floating_point or dtype.is_complex):
        raise RuntimeError(f"{name}: dtype should be floating point or complex, but got {dtype.legacy_name}")
    if dtype.is_complex is not x._dtype.is_complex:
        kind = "complex" if x._dtype.is_complex else "real"
        raise RuntimeError(f"{name}: dtype should be {kind} for {kind} inputs, but got {dtype.legacy_name}")
    if promote(x._dtype, dtype) is not dtype:
        raise RuntimeError(
            f"{name}: the dtype of the input ({x._dtype.legacy_name}) should be convertible without narrowing to the specified "
            f"dtype ({dtype.legacy_name})"
        )


def _shown(ord: Any) -> str:
    return f"{float(ord):g}"


@with_out()
def matrix_norm(
    input: Any, ord: Any = "fro", dim: Any = (-2, -1), keepdim: bool = False, *, dtype: Any = None
) -> Any:
    """The norm of matrices, which lie in two dimensions."""
    name = "linalg.matrix_norm"
    check_matrices(input, name)
    input = _in_type(input, dtype, name)
    dims = tuple(dim) if isinstance(dim, (tuple, list)) else (dim,)
    if len(dims) != 2:
        raise RuntimeError(f"{name}: dim must be a 2-tuple. Got {' '.join(map(str, dims))}")
    rows, columns = (wrap_dim(each, input._array.ndim) for each in dims)
    if rows == columns:
        raise RuntimeError(f"{name}: dims must be different. Got ({rows}, {columns})")
    if isinstance(ord, str) and ord not in ("fro", "nuc"):
        raise RuntimeError(f"{name}: Order {ord} not supported.")
    if ord == "fro":
        return vector_norm(input, 2, dims, keepdim)
    if not isinstance(ord, str) and abs(ord) not in (1, 2, math.inf):
        raise RuntimeError(f"{name}: Order {ord:g} not supported.")
    if ord == "nuc" or abs(ord) == 2:
        check_precise(input, name)
        return _of_singular_values(input, ord, rows, columns, keepdim)
    first, second = (rows, columns) if abs(ord) == 1 else (columns, rows)
    if second > first and not keepdim:
        second -= 1
    sums = vector_norm(input, 1, first, keepdim)
    return sums.amax(second, keepdim) if ord > 0 else sums.amin(second, keepdim)


def _of_singular_values(A: Any, ord: Any, rows: int, columns: int, keepdim: bool) -> Any:
    others = [axis for axis in range(A._array.ndim) if axis not in (rows, columns)]
    order = [*others, rows, columns]
    values = svdvals(permute(A, order))
    if ord == "nuc":
        found = values.sum(-1, keepdim)
    else:
        found = values.amax(-1, keepdim) if ord > 0 else values.amin(-1, keepdim)
    if not keepdim:
        return found
    return permute(found.unsqueeze(-1), [order.index(axis) for axis in range(len(order))])


@with_out()
def norm(input: Any, ord: Any = None, dim: Any = None, keepdim: bool = False, *, dtype: Any = None) -> Any:
    """The norm of a vector or a matrix; without `ord`, that of all elements together."""
    dims = None if dim is None else given(dim)
    if dims is not None and len(dims) not in (1, 2):
        raise RuntimeError(f"linalg.norm: If dim is specified, it must be of length 1 or 2. Got {list(dims)}")
    if isinstance(ord, str):
        if (dims is not None and len(dims) != 2) or (dims is None and input._array.ndim != 2):
            raise (
                RuntimeError(
                    "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got "
                    f"{input._array.ndim}D."
                    if dims is None and input._array.ndim > 2
                    else f"linalg.norm: Order {ord} not supported for vectors"
                )
                if input._array.ndim > 2 or dims is not None
                else RuntimeError("linalg.matrix_norm: The input tensor A must have at least 2 dimensions.")
            )
        return matrix_norm(input, ord, dims or (-2, -1), keepdim, dtype=dtype)
    if ord is None:
        return vector_norm(input, 2, dim, keepdim, dtype=dtype)
    if dims is None and input._array.ndim not in (1, 2):
        raise RuntimeError(
            f"linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got {input._array.ndim}D."
        )
    if (dims is None and input._array.ndim == 2) or (dims is not None and len(dims) == 2):
        return matrix_norm(input, ord, dims or (0, 1), keepdim, dtype=dtype)
    return vector_norm(input, ord, dims if dims is not None else 0, keepdim, dtype=dtype)


@with_out()
def cond(input: Any, p: Any = None) -> Any:
    """How much a matrix's inverse magnifies errors, in one of the norms."""
    check_matrices(input, "linalg.cond")
    if p is None or p in (2, -2):
        values = svdvals(input)
        if not values._array.shape[-1]:
            return wrap(np.zeros(values._array.shape[:-1], values._array.dtype)[()])
        largest, smallest = values.narrow(-1, 0, 1), values.narrow(-1, -1, 1)
        return (smallest / largest if p == -2 else largest / smallest).squeeze(-1)
    if (not isinstance(p, str) and abs(p) not in (1, math.inf)) or (
        isinstance(p, str) and p not in ("fro", "nuc")
    ):
        raise RuntimeError(f"linalg.cond got an invalid norm type: {p}")
    check_floating(input, "linalg.cond")
    shown = f"{p:f}" if isinstance(p, float) and math.isfinite(p) else p
    check_square(input, f"linalg.cond(ord={shown})")
    if p == "nuc":
        values = svdvals(input)
        return values.sum(-1) * values.reciprocal().sum(-1)
    inverse, info = inv_ex(input)
    inverse.masked_fill_(wrap(np.asarray(info._array != 0)[..., None, None]), math.inf)
    found = matrix_norm(input, p) * matrix_norm(inverse, p)
    return found.nan_to_num_(math.inf, math.inf, -math.inf)
