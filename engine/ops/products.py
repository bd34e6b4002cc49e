"""Products of vectors, matrices and stacks beyond the plain ones: inner, tensordot, baddbmm, kron, cross and alike."""

from __future__ import annotations

import itertools
import math
import warnings
from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import INTEGER, bool_, not_implemented
from ..in_place import in_place
from ..older_arguments import as_before
from ..op import LINEAR, check_broadcast, op, wrap
from ..promotion import in_layout_of_first
from ..transforms import lowering, note_writes
from .arithmetic import mul_scalar
from .choosing import type_of_all
from .dims import wrap_dim, wrap_dims
from .elementary import add_product
from .into import with_out
from .linalg import (
    bmm,
    check_summand,
    dot,
    matmul,
    mm,
    mv,
    outer,
    refuse_stacks_of_truths,
    refuse_truths,
    widened,
)
from .refusals import check_tensor
from .views import expand, permute, reshape, unsafe_view, unsqueeze, view

# ---- sums with products ------------------------------------------------------------------------------------


def _scaled(tensor, factor):
    return tensor if factor == 1 else mul_scalar(tensor, factor.conjugate())


def _sum_with(product, self, beta, alpha):
    """`beta * self + alpha * product`; what is multiplied by zero is not looked at."""
    if alpha != 1:
        product = product * product.dtype.type(alpha)
    if beta == 0:
        return product
    return product + (self if beta == 1 else self * self.dtype.type(beta))


def _check_fits(self, sizes):
    """Raise PyTorch's `RuntimeError` where the summand does not broadcast to these sizes."""
    if self._array.shape != sizes:
        expand(self.detach(), sizes)


def _check_numbers(self, beta, alpha):
    if self._dtype.category <= INTEGER:
        for name, value in (("beta", beta), ("alpha", alpha)):
            if isinstance(value, float):
                raise RuntimeError(
                    f"For integral input tensors, argument {name} must not be a floating point number."
                )


@op(
    self=lambda grad, beta: _scaled(grad, beta),
    mat=lambda grad, vec, alpha: _scaled(outer(grad, vec.conj()), alpha),
    vec=lambda grad, mat, alpha: _scaled(mv(mat.t().conj(), grad), alpha),
    node="AddmvBackward0",
)
def _addmv(self, mat, vec, beta, alpha):
    kind = mat.dtype
    self, mat, vec = widened(self, mat, vec)
    return _sum_with(mat @ vec, self, beta, alpha).astype(kind, copy=False)


@with_out()
def addmv(input: Any, mat: Any, vec: Any, *older: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * input + alpha * (mat @ vec)`."""
    if older:
        return as_before(addmv, (input, mat, vec, *older), isinstance(input, TensorBase))
    one, two = mat._array.shape, vec._array.shape
    if len(one) != 2 or len(two) != 1:
        raise RuntimeError(
            f"vector + matrix @ vector expected, got {input._array.ndim}, {len(one)}, {len(two)}"
        )
    size = input._array.shape[0] if input._array.ndim else 1
    if one[1] != two[0] or (size not in (1, one[0])):
        raise RuntimeError(f"size mismatch, got input ({size}), mat ({one[0]}x{one[1]}), vec ({two[0]})")
    kinds = [each._dtype for each in (input, mat, vec)]
    if len(set(kinds)) > 1:
        names = [each.legacy_name for each in kinds]
        raise RuntimeError(
            f"addmv input tensors must have the same dtype, but got {names[0]}, {names[1]}, and {names[2]}"
        )
    if mat._dtype is bool_:
        refuse_truths("addmv_impl_cpu", mat, vec)
    return _addmv(input, mat, vec, beta, alpha)


@op(
    self=lambda grad, beta: _scaled(grad, beta),
    vec1=lambda grad, vec2, alpha: _scaled(mv(grad, vec2.conj()), alpha),
    vec2=lambda grad, vec1, alpha: _scaled(mv(grad.t(), vec1.conj()), alpha),
    node="AddrBackward0",
)
def _addr(self, vec1, vec2, beta, alpha, dtype=None):
    if dtype is not None:
        self, vec1, vec2 = (each.astype(dtype, copy=False) for each in (self, vec1, vec2))
    products = np.multiply.outer(vec1 if alpha == 1 else vec1 * vec1.dtype.type(alpha), vec2)
    if beta == 0:
        return products
    found = self + products if beta == 1 else add_product(products, self, self.dtype.type(beta))
    return in_layout_of_first(found, self)


@with_out()
def addr(input: Any, vec1: Any, vec2: Any, *older: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * input + alpha *` all products of the elements of two vectors."""
    if older:
        return as_before(addr, (input, vec1, vec2, *older), isinstance(input, TensorBase))
    for name, each in (("vec1", vec1), ("vec2", vec2)):
        if each._array.ndim != 1:
            raise RuntimeError(f"addr: Expected 1-D argument {name}, but got {each._array.ndim}-D")
    _check_fits(input, (vec1._array.size, vec2._array.size))
    _check_numbers(input, beta, alpha)
    kinds = [each._dtype for each in (input, vec1, vec2)]
    if len(set(kinds)) > 1:
        dtype = type_of_all((input, vec1, vec2)).numpy
        return _addr(input, vec1, vec2, beta, alpha, dtype)
    return _addr(input, vec1, vec2, beta, alpha)


@op(
    self=lambda grad, beta: _scaled(grad, beta),
    batch1=lambda grad, batch2, alpha: _scaled(bmm(grad, batch2.transpose(1, 2).conj()), alpha),
    batch2=lambda grad, batch1, alpha: _scaled(bmm(batch1.transpose(1, 2).conj(), grad), alpha),
    node="BaddbmmBackward0",
)
def _baddbmm(self, batch1, batch2, beta, alpha):
    kind = batch1.dtype
    self, batch1, batch2 = widened(self, batch1, batch2)
    return _sum_with(batch1 @ batch2, self, beta, alpha).astype(kind, copy=False)


def _check_batches(input, batch1, batch2, together):
    one, two = batch1._array.shape, batch2._array.shape
    if len(two) == 2:
        raise IndexError("Dimension out of range (expected to be in range of [-2, 1], but got 2)")
    if len(one) != 3 or len(two) != 3:
        raise RuntimeError("batch1 must be a 3D tensor" if len(one) != 3 else "batch2 must be a 3D tensor")
    sizes = (one[1], two[2]) if together else (one[0], one[1], two[2])
    _check_fits(input, sizes)
    if one[0] != two[0] or one[2] != two[1]:
        if together and one[0] != two[0]:
            raise RuntimeError(
                f"batch1 and batch2 must have same number of batches, got {one[0]} and {two[0]}"
            )
        if together:
            raise RuntimeError(f"Incompatible matrix sizes for bmm ({one[1]}x{one[2]} and {two[1]}x{two[2]})")
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{one[0]}, {one[2]}] but got: [{two[0]}, {two[1]}]."
        )


@with_out()
def baddbmm(input: Any, batch1: Any, batch2: Any, *older: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * input + alpha * (batch1 @ batch2)`, for stacks of matrices."""
    if older:
        return as_before(baddbmm, (input, batch1, batch2, *older), isinstance(input, TensorBase))
    _check_batches(input, batch1, batch2, together=False)
    kinds = [each._dtype for each in (input, batch1, batch2)]
    if kinds[0] is not kinds[1] and not lowering():
        names = [each.c_name for each in kinds]
        raise RuntimeError(
            f"Input dtypes must be the same, got: input {names[0]}, batch1: {names[1]}, batch2: {names[2]}"
        )
    if kinds[1] is not kinds[2] and not lowering():
        raise RuntimeError(f"expected scalar type {kinds[1].legacy_name} but found {kinds[2].legacy_name}")
    if batch1._dtype is bool_:
        refuse_stacks_of_truths("baddbmm", batch1, batch2)
    return _baddbmm(input, batch1, batch2, beta, alpha)


def _stacked(grad, count):
    return expand(unsqueeze(grad, 0), (count, *grad._array.shape))


@op(
    self=lambda grad, beta: _scaled(grad, beta),
    batch1=lambda grad, batch2, alpha: _scaled(
        bmm(_stacked(grad, batch2._array.shape[0]), batch2.transpose(1, 2).conj()), alpha
    ),
    batch2=lambda grad, batch1, alpha: _scaled(
        bmm(batch1.transpose(1, 2).conj(), _stacked(grad, batch1._array.shape[0])), alpha
    ),
    node="AddbmmBackward0",
)
def _addbmm(self, batch1, batch2, beta, alpha):
    if batch1.dtype.char in "eE" and len(batch1):
        total = self
        for one, two in zip(batch1, batch2):  # rounded after each
            wide, one, two = widened(total, one, two)
            total, beta = _sum_with(one @ two, wide, beta, alpha).astype(batch1.dtype), 1
        return total
    return _sum_with((batch1 @ batch2).sum(0).astype(batch1.dtype, copy=False), self, beta, alpha)


@with_out()
def addbmm(input: Any, batch1: Any, batch2: Any, *older: Any, beta: Any = 1, alpha: Any = 1) -> Any:
    """`beta * input + alpha *` the sum of the products of two stacks of matrices."""
    if older:
        return as_before(addbmm, (input, batch1, batch2, *older), isinstance(input, TensorBase))
    _check_batches(input, batch1, batch2, together=True)
    check_summand(input, batch1, batch2)
    if batch1._dtype is bool_:
        refuse_truths("addmm_impl_cpu_", batch1, batch2)
    return _addbmm(input, batch1, batch2, beta, alpha)


addmv_, addr_ = in_place(addmv, "addmv_"), in_place(addr, "addr_")
baddbmm_, addbmm_ = in_place(baddbmm, "baddbmm_"), in_place(addbmm, "addbmm_")


# ---- over some dimensions ----------------------------------------------------------------------------------


@with_out()
def inner(input: Any, other: Any) -> Any:
    """The sums of products over the last dimension of both."""
    one, two = input._array.shape, other._array.shape
    if not one or not two:
        return input * other
    if one[-1] != two[-1]:
        raise RuntimeError(
            f"inner() the last dimension must match on both input tensors but got shapes {list(one)} and {list(two)}"
        )
    return _contracted(input, other, (-1,), (-1,))


@with_out()
def ger(input: Any, vec2: Any) -> Any:
    """`outer` under another name."""
    return outer(input, vec2)


@with_out()
def tensordot(a: Any, b: Any, dims: Any = 2) -> Any:
    """The sums of products over some dimensions: the last of one and the first of the other, or those listed."""
    if hasattr(dims, "tolist"):
        dims = dims.tolist()
    if isinstance(dims, (tuple, list)):
        first, second = [tuple(each) if isinstance(each, (tuple, list)) else (each,) for each in dims]
        return _contracted(a, b, first, second)
    if dims < 0:
        raise RuntimeError(f"tensordot expects dims >= 0, but got dims={dims}")
    if dims > min(a._array.ndim, b._array.ndim):
        raise RuntimeError(f"tensordot expects dims < ndim_a or ndim_b, but got dims={dims}")
    return _contracted(a, b, tuple(range(-dims, 0)), tuple(range(dims)))


def _contracted(one, two, dims1, dims2):
    if len(dims1) != len(dims2):
        raise RuntimeError("both dimension lists should have same length")
    if one._dtype is not two._dtype:
        raise RuntimeError("both inputs should have same dtype")
    first, second, common = one, two, 1
    for axis1, axis2 in zip(dims1, dims2):
        size1 = one._array.shape[wrap_dim(axis1, one._array.ndim)]
        size2 = two._array.shape[wrap_dim(axis2, two._array.ndim)]
        if size2 == 1:
            first = first.sum(axis1, True, dtype=one._dtype)
        elif size1 == 1:
            second = second.sum(axis2, True, dtype=two._dtype)
        elif size1 != size2:
            raise RuntimeError(
                f"contracted dimensions need to match, but first has size {size1} in dim {axis1} and second has size {size2} in "
                f"dim {axis2}"
            )
        else:
            common *= size1
    axes1, axes2 = wrap_dims(dims1, one._array.ndim), wrap_dims(dims2, two._array.ndim)
    free1 = [axis for axis in range(one._array.ndim) if axis not in axes1]
    free2 = [axis for axis in range(two._array.ndim) if axis not in axes2]
    sizes = [one._array.shape[axis] for axis in free1] + [two._array.shape[axis] for axis in free2]
    first, second = permute(first, [*free1, *axes1]), permute(second, [*axes2, *free2])
    if not sizes:
        if first._array.ndim != 1:
            first, second = reshape(first, -1), reshape(second, -1)
        return reshape(dot(first, second), ())
    rows, columns = (
        math.prod([each._array.shape[axis] for axis in free]) for each, free in ((one, free1), (two, free2))
    )
    product = mm(reshape(first, rows, common), reshape(second, common, columns))
    return reshape(product, sizes)


@with_out()
def kron(input: Any, other: Any) -> Any:
    """The Kronecker product: each element of `input` replaced by itself times `other`."""
    ndim = max(input._array.ndim, other._array.ndim)
    one, two = ((1,) * (ndim - each._array.ndim) + each._array.shape for each in (input, other))
    left = unsafe_view(input, tuple([size for each in one for size in (each, 1)]))
    right = unsafe_view(other, tuple([size for each in two for size in (1, each)]))
    return unsafe_view(left * right, tuple([a * b for a, b in zip(one, two)]))


@op(
    self=lambda grad, other, dim: linalg_cross(other.conj(), grad, dim=dim),
    other=lambda grad, self, dim: linalg_cross(grad, self.conj(), dim=dim),
    node="LinalgCrossBackward0",
)
def _cross(self, other, dim):
    dtype = np.result_type(self, other)
    one, two = (
        np.moveaxis(each.astype(dtype, copy=False), dim, 0) for each in np.broadcast_arrays(self, other)
    )
    found = [
        add_product(-(one[second] * two[first]), one[first], two[second])
        for first, second in ((1, 2), (2, 0), (0, 1))
    ]
    return np.ascontiguousarray(np.stack(found, dim))


@with_out()
def linalg_cross(input: Any, other: Any, *, dim: int = -1) -> Any:
    """The vectors that are perpendicular to two of three elements each."""
    check_tensor(input, "linalg_cross")
    check_tensor(other, "linalg_cross", "other", 2)
    if input._array.ndim != other._array.ndim:
        raise RuntimeError("linalg.cross: inputs must have the same number of dimensions.")
    wrap_dim(dim, input._array.ndim)
    sizes = input._array.shape[dim], other._array.shape[dim]
    if sizes != (3, 3):
        raise RuntimeError(
            f"linalg.cross: inputs dimension {dim} must have length 3. Got {sizes[0]} and {sizes[1]}"
        )
    check_broadcast(input._array.shape, other._array.shape)
    if input._dtype is bool_:
        raise not_implemented("cross", bool_)
    if input._dtype is not other._dtype and not lowering():
        names = input._dtype.legacy_name, other._dtype.legacy_name
        raise RuntimeError(f"expected scalar type {names[0]} but found {names[1]}")
    return _cross(input, other, dim)


@with_out()
def cross(input: Any, other: Any, dim: Any = None) -> Any:
    """`torch.linalg.cross`; without `dim`, along the first dimension of size 3."""
    check_tensor(input, "cross")
    check_tensor(other, "cross", "other", 2)
    if dim is None:
        warnings.warn(
            "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or simply use "
            "torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in a future release.",
            UserWarning,
            stacklevel=3,
        )
        if 3 not in input._array.shape:
            raise RuntimeError("no dimension of size 3 in input")
        dim = input._array.shape.index(3)
    return linalg_cross(input, other, dim=dim)


def _trace_backward(grad, self_sym_sizes):
    rows, columns = self_sym_sizes
    places = wrap(np.arange(0, rows * columns, columns + 1)[: min(rows, columns)])
    found = grad.new_zeros(rows * columns).index_fill(0, places, grad)
    note_writes(found, 2)
    return view(found, self_sym_sizes)


@op(self=_trace_backward, jvp=LINEAR, node="TraceBackward0")
def _trace(self):
    wide = np.int64 if self.dtype.kind in "biu" else np.float64 if self.dtype.char == "f" else None
    found = np.trace(self, dtype=wide)
    return found.astype(self.dtype) if self.dtype.char == "f" else found


def trace(input: Any) -> Any:
    """The sum of a matrix's diagonal."""
    if input._array.ndim != 2:
        raise RuntimeError(f"trace: expected a matrix, but got tensor with dim {input._array.ndim}")
    if input._dtype is bool_ or (input._dtype.unordered and not input._dtype.is_complex):
        raise not_implemented("trace", input._dtype)
    return _trace(input)


# ---- several matrices --------------------------------------------------------------------------------------


def chain_matmul(*matrices: Any, out: Any = None) -> Any:
    """The product of several matrices; `torch.linalg.multi_dot` takes its place."""
    warnings.warn(
        "torch.chain_matmul is deprecated and will be removed in a future PyTorch release. Use torch.linalg.multi_dot instead, "
        "which accepts a list of two or more tensors rather than multiple parameters.",
        UserWarning,
        stacklevel=2,
    )
    for each in matrices:
        if each._array.ndim != 2:
            raise RuntimeError(f"Tensor dimension is {each._array.ndim}, expected 2 instead.")
    if not matrices:
        raise RuntimeError("chain_matmul(): Expected one or more matrices")
    return matrices[0] if len(matrices) == 1 else multi_dot(matrices, out=out)


def _check_chain(tensors: Any) -> None:
    count = len(tensors)
    if count < 2:
        raise RuntimeError(f"multi_dot(): expected at least 2 tensors but got {count}")
    for index, each in enumerate(tensors):
        ndim = each._array.ndim
        if index in (0, count - 1):
            if ndim not in (1, 2):
                which = "first" if not index else "last"
                raise RuntimeError(f"multi_dot(): the {which} tensor must be 1D or 2D but got {ndim}D")
        elif ndim != 2:
            raise RuntimeError(f"multi_dot(): tensor {index} must be 2D but got {ndim}D")
        if each._dtype is not tensors[0]._dtype:
            raise RuntimeError(
                "multi_dot(): all tensors must have be the same dtype but tensor 0 is "
                f"{tensors[0]._dtype.c_name} and tensor {index} {each._dtype.c_name}"
            )


@with_out()
def multi_dot(tensors: Any) -> Any:
    """The product of several matrices, in the order that costs least; the first and the last may be vectors."""
    _check_chain(tensors)
    chain = list(tensors)
    sizes: list[int] = []
    if chain[0]._array.ndim == 1:
        chain[0] = unsqueeze(chain[0], 0)
    else:
        sizes.append(chain[0]._array.shape[0])
    if chain[-1]._array.ndim == 1:
        chain[-1] = unsqueeze(chain[-1], -1)
    else:
        sizes.append(chain[-1]._array.shape[1])
    for index, (one, two) in enumerate(itertools.pairwise(chain)):
        if one._array.shape[1] != two._array.shape[0]:
            shapes = [list(tensors[at]._array.shape) for at in (index, index + 1)]
            raise RuntimeError(
                f"multi_dot(): tensors {index} and {index + 1} with shapes {shapes[0]} and {shapes[1]} cannot be multiplied"
            )
    order = _cheapest_order(chain)

    def product(first: int, last: int) -> Any:
        if first == last:
            return chain[first]
        middle = order[first, last]
        return mm(product(first, middle), product(middle + 1, last))

    return view(product(0, len(chain) - 1), sizes)


def _cheapest_order(chain: list[Any]) -> dict[tuple[int, int], int]:
    """Where to cut each part of a chain of matrices so that its product costs least."""
    sizes = [chain[0]._array.shape[0], *[each._array.shape[1] for each in chain]]
    count = len(chain)
    costs = {(index, index): 0 for index in range(count)}
    cuts = {}
    for length in range(1, count):
        for first in range(count - length):
            last = first + length
            found = [
                (
                    costs[first, cut]
                    + costs[cut + 1, last]
                    + sizes[first] * sizes[cut + 1] * sizes[last + 1],
                    cut,
                )
                for cut in range(first, last)
            ]
            costs[first, last], cuts[first, last] = min(found)
    return cuts


def matrix_power_of(self: Any, n: int, invert: Any) -> Any:
    """A square matrix multiplied with itself `n` times, by repeated squaring."""
    if n < 0:
        self, n = invert(self), -n
    if n < 4:
        return self if n == 1 else matmul(self, self) if n == 2 else matmul(matmul(self, self), self)
    result, power = None, None
    while n:
        n, bit = divmod(n, 2)
        power = self if power is None else matmul(power, power)
        if bit:
            result = power if result is None else matmul(result, power)
    return result
