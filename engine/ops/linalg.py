"""Products of vectors and matrices."""

from __future__ import annotations

import math

import numpy as np

from ..base import TensorBase
from ..dtypes import bool_, not_implemented
from ..grad_mode import mode
from ..older_arguments import as_before
from ..op import check_broadcast, op, wrap
from ..transforms import lowering
from .arithmetic import mul_scalar
from .tangents import of_addmm, of_bmm, of_dot, of_mm, of_mv, of_vdot
from .views import expand, reshape, squeeze_inside, unsafe_view


def check_types(self, mat2):
    if self._dtype is not mat2._dtype and not lowering():
        names = " != ".join(each._dtype.c_name for each in (self, mat2))
        raise RuntimeError(f"expected m1 and m2 to have the same dtype, but got: {names}")


def refuse_truths(kernel, *factors):
    """Raise PyTorch's `NotImplementedError` for products of bool tensors, unless there is nothing to add up."""
    if all(each._array.size for each in factors):
        raise not_implemented(kernel, bool_)


def refuse_stacks_of_truths(kernel, batch1, batch2):
    """The same for stacks of matrices, where PyTorch leaves large ones to another kernel."""
    _, rows, terms = batch1._array.shape
    few = rows * terms * batch2._array.shape[2] < _FEW_PRODUCTS
    refuse_truths(kernel if few else "addmm_impl_cpu_", batch1, batch2)


def _is_column_major(sizes, strides):
    """Whether a matrix lies in memory column by column: then so shall its gradient."""
    return strides[0] == 1 and strides[1] == sizes[0]


def _mm_first(grad, mat2, self_sym_sizes, self_sym_strides):
    column_major = _is_column_major(self_sym_sizes, self_sym_strides)
    if not mode.recording:  # the same products without tensors for what is on the way
        if column_major:
            return wrap(product(mat2._array, grad._array.T).T)
        return wrap(product(grad._array, mat2._array.T))
    return mat2.mm(grad.t()).t() if column_major else grad.mm(mat2.t())


def _mm_second(grad, self, mat2_sym_sizes, mat2_sym_strides):
    column_major = _is_column_major(mat2_sym_sizes, mat2_sym_strides)
    if not mode.recording:
        if column_major:
            return wrap(product(grad._array.T, self._array).T)
        return wrap(product(self._array.T, grad._array))
    return grad.t().mm(self).t() if column_major else self.t().mm(grad)


_MANY = 1 << 12  # elements from which a look at strides is worth it


def _repeated(found, sizes):
    whole = np.empty(sizes, found.dtype)
    whole[...] = found
    return whole


def product(one, two):
    """The product of two matrices."""
    if one.shape[1] == 1:
        return one * two  # BLAS adds each product to +0, which loses the sign of -0
    if one.size >= _MANY <= two.size:  # an expanded gradient: rows or columns that are all the same
        if not one.strides[0]:
            return _repeated(one[:1] @ two, (one.shape[0], two.shape[1]))
        if not two.strides[1]:
            return _repeated(one @ two[:, :1], (one.shape[0], two.shape[1]))
        if _is_quicker_transposed(one, two):
            return np.ascontiguousarray((two.T @ one.T).T)
    found = one @ two
    return found if found.dtype is one.dtype else found.astype(one.dtype)


def _is_quicker_transposed(one, two):
    """Whether these are few rows and a large transposed matrix, as in a layer's `input @ weight.T`.

    NumPy's BLAS takes up to twice as long for them as for `weight @ input.T`, whose elements are the same.
    """
    return (
        8 < one.shape[0] <= 64
        and two.size >= 1 << 16
        and one.shape[0] < two.shape[1]
        and two.flags.f_contiguous
        and one.flags.c_contiguous
    )


def widened(*arrays):
    """The arrays, halves as float32: PyTorch adds to their products before these are rounded."""
    return [each.astype(np.float32) if each.dtype.char in "eE" else each for each in arrays]


def _mm_complex_first(grad, mat2, self_sym_sizes, self_sym_strides):
    if _is_column_major(self_sym_sizes, self_sym_strides):
        return mat2.conj().mm(grad.t()).t()
    return grad.mm(mat2.t().conj())


def _mm_complex_second(grad, self, mat2_sym_sizes, mat2_sym_strides):
    if _is_column_major(mat2_sym_sizes, mat2_sym_strides):
        return grad.t().mm(self.conj()).t()
    return self.t().conj().mm(grad)


@op(
    self=_mm_first,
    mat2=_mm_second,
    complex={"self": _mm_complex_first, "mat2": _mm_complex_second},
    jvp=of_mm,
    node="MmBackward0",
    exact=True,
)
def _mm(self, mat2):
    return product(self, mat2)


def _refuse_examples(name, one, two, *dims):
    """Raise what PyTorch does where `vmap` brings operands of other numbers of dimensions than a product has."""
    if one._of_examples or two._of_examples:
        raise RuntimeError(
            f"Shape mismatch: Got incorrect dims for {name}(a, b). a has dim {one._array.ndim}and b has dim {two._array.ndim}"
            f"but expected them to have dim {dims[0]} and dim {dims[1]}"
        )


def mm(self, mat2):
    """The product of two matrices."""
    one, two = self._array.shape, mat2._array.shape
    if len(one) != 2 or len(two) != 2:
        _refuse_examples("mm", self, mat2, 2, 2)
        raise RuntimeError("self must be a matrix" if len(one) != 2 else "mat2 must be a matrix")
    if one[1] != two[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({one[0]}x{one[1]} and {two[0]}x{two[1]})"
        )
    check_types(self, mat2)
    if self._dtype is bool_:
        refuse_truths("addmm_impl_cpu_", self, mat2)
    return _mm(self, mat2)


dsmm = spmm = mm


@op(
    self=lambda grad, mat2: grad.bmm(mat2.transpose(1, 2)),
    mat2=lambda grad, self: self.transpose(1, 2).bmm(grad),
    complex={
        "self": lambda grad, mat2: grad.bmm(mat2.transpose(1, 2).conj()),
        "mat2": lambda grad, self: self.transpose(1, 2).conj().bmm(grad),
    },
    jvp=of_bmm,
    node="BmmBackward0",
    exact=True,
)
def _bmm(self, mat2):
    return products_of_stacks(self, mat2)


def products_of_stacks(self, mat2):
    """The products of two stacks of matrices, as arrays."""
    (_, rows, terms), columns = self.shape, mat2.shape[2]
    if rows * terms * columns < _FEW_PRODUCTS and self.dtype.char in "fd":
        total = np.zeros((len(self), rows, columns), self.dtype)
        for term in range(terms):
            total += self[:, :, term, None] * mat2[:, term, None, :]
        return total
    return (self @ mat2).astype(self.dtype, copy=False)


# how many in a pair of matrices PyTorch leaves to a library: it adds fewer one by one
_FEW_PRODUCTS = 400


def bmm(self, mat2):
    """Products of two stacks of matrices."""
    one, two = self._array.shape, mat2._array.shape
    if len(one) != 3 or len(two) != 3:
        _refuse_examples("bmm", self, mat2, 3, 3)
        raise RuntimeError("batch1 must be a 3D tensor" if len(one) != 3 else "batch2 must be a 3D tensor")
    if one[0] != two[0] or one[2] != two[1]:
        raise RuntimeError(
            f"Expected size for first two dimensions of batch2 tensor to be: [{one[0]}, {one[2]}] but got: [{two[0]}, {two[1]}]."
        )
    if self._dtype is not mat2._dtype and not lowering():
        raise RuntimeError(
            f"expected scalar type {self._dtype.legacy_name} but found {mat2._dtype.legacy_name}"
        )
    if self._dtype is bool_:
        refuse_stacks_of_truths("bmm", self, mat2)
    return _bmm(self, mat2)


@op(
    self=lambda grad, vec: grad.outer(vec),
    vec=lambda grad, self: self.t().mv(grad),
    complex={
        "self": lambda grad, vec: grad.outer(vec.conj()),
        "vec": lambda grad, self: self.conj().t().mv(grad),
    },
    jvp=of_mv,
    node="MvBackward0",
    exact=True,
)
def _mv(self, vec):
    return (self @ vec).astype(self.dtype, copy=False)


def mv(self, vec):
    """A matrix times a vector."""
    one, two = self._array.shape, vec._array.shape
    if len(one) != 2 or len(two) != 1:
        _refuse_examples("mv", self, vec, 2, 1)
        raise RuntimeError(f"vector + matrix @ vector expected, got 1, {len(one)}, {len(two)}")
    if one[1] != two[0]:
        raise RuntimeError(f"size mismatch, got input ({one[0]}), mat ({one[0]}x{one[1]}), vec ({two[0]})")
    if self._dtype is not vec._dtype:
        names = [each._dtype.legacy_name for each in (vec, self)]
        raise RuntimeError(
            f"addmv input tensors must have the same dtype, but got {names[0]}, {names[1]}, and {names[0]}"
        )
    if self._dtype is bool_:
        refuse_truths("addmv_impl_cpu", self, vec)
    return _mv(self, vec)


@op(
    self=lambda grad, tensor: grad * tensor,
    tensor=lambda grad, self: grad * self,
    complex={
        "self": lambda grad, tensor: grad * tensor.conj(),
        "tensor": lambda grad, self: grad * self.conj(),
    },
    jvp=of_dot,
    node="DotBackward0",
    exact=True,
)
def _dot(self, tensor):
    return (self @ tensor).astype(self.dtype, copy=False)


@op(
    self=lambda grad, other: grad.conj() * other,
    other=lambda grad, self: grad * self,
    jvp=of_vdot,
    node="VdotBackward0",
)
def _vdot(self, other):
    return (np.conjugate(self) @ other).astype(self.dtype, copy=False)


def vdot(self, other):
    """`dot` of the conjugate of `self`."""
    if self._array.ndim != 1 or self._array.shape != other._array.shape or self._dtype is not other._dtype:
        raise _vectors_refusal(self, other)
    if self._dtype is bool_:
        raise not_implemented("dot", bool_)
    return _vdot(self, other)


def dot(self, tensor):
    """The sum of products of two vectors."""
    if self._array.ndim != 1 or self._array.shape != tensor._array.shape or self._dtype is not tensor._dtype:
        raise _vectors_refusal(self, tensor)
    if self._dtype is bool_:
        raise not_implemented("dot", bool_)
    return _dot(self, tensor)


def _vectors_refusal(self, other):
    one, two = self._array.shape, other._array.shape
    if len(one) != 1 or len(two) != 1:
        if self._of_examples or other._of_examples:
            return RuntimeError("Got wrong shapes for dot")
        return RuntimeError(f"1D tensors expected, but got {len(one)}D and {len(two)}D tensors")
    if self._dtype is not other._dtype:
        return RuntimeError(
            "dot : expected both vectors to have same dtype, but found "
            f"{self._dtype.legacy_name} and {other._dtype.legacy_name}"
        )
    return RuntimeError(
        f"inconsistent tensor size, expected tensor [{one[0]}] and src [{two[0]}] to have the same number of elements, but got "
        f"{one[0]} and {two[0]} elements respectively"
    )


def outer(self, vec2):
    """All products of the elements of two vectors."""
    if self._array.ndim != 1 or vec2._array.ndim != 1:
        position, ndim = ("input", self._array.ndim) if self._array.ndim != 1 else ("vec2", vec2._array.ndim)
        raise RuntimeError(
            f"outer: Expected 1-D argument {'self' if position == 'input' else 'vec2'}, but got {ndim}-D"
        )
    return reshape(self, self._array.shape[0], 1) * vec2


def _complex_addmm_first(grad, mat2, mat1_sym_sizes, mat1_sym_strides, alpha):
    return _scaled(_mm_complex_first(grad, mat2, mat1_sym_sizes, mat1_sym_strides), alpha.conjugate())


def _complex_addmm_second(grad, mat1, mat2_sym_sizes, mat2_sym_strides, alpha):
    return _scaled(_mm_complex_second(grad, mat1, mat2_sym_sizes, mat2_sym_strides), alpha.conjugate())


def _addmm_first(grad, mat2, mat1_sym_sizes, mat1_sym_strides, alpha):
    return _scaled(_mm_first(grad, mat2, mat1_sym_sizes, mat1_sym_strides), alpha)


def _addmm_second(grad, mat1, mat2_sym_sizes, mat2_sym_strides, alpha):
    return _scaled(_mm_second(grad, mat1, mat2_sym_sizes, mat2_sym_strides), alpha)


def _scaled(tensor, factor):
    return tensor if factor == 1 else mul_scalar(tensor, factor)


@op(
    self=lambda grad, beta, self_sizes_geometry: _scaled(grad, beta),
    mat1=_addmm_first,
    mat2=_addmm_second,
    complex={
        "self": lambda grad, beta, self_sizes_geometry: _scaled(grad, beta.conjugate()),
        "mat1": _complex_addmm_first,
        "mat2": _complex_addmm_second,
    },
    jvp=of_addmm,
    node="AddmmBackward0",
    exact=True,
)
def _addmm(self, mat1, mat2, beta, alpha):
    kind = mat1.dtype
    if kind.char in "eE":
        self, mat1, mat2 = widened(self, mat1, mat2)
    result = product(mat1, mat2)
    if alpha != 1:
        result *= result.dtype.type(alpha)
    if beta != 0:  # then not even nan counts
        result += self if beta == 1 else self * self.dtype.type(beta)
    return result if result.dtype is kind else result.astype(kind)


def _reduced_to_summand(node, grad, edges):
    """The gradients with the first one in its input's shape: so the graph engine need not ask each node for shapes."""
    found = node.apply(grad, edges)
    if found[0] is not None:
        found[0] = found[0]._reduce_to(node._saved[_PLACE_OF_SIZES], found[0]._dtype)
    return found


_PLACE_OF_SIZES = _addmm.declaration.saved.index("self_sizes_geometry")
_addmm.declaration.apply_reduced = _reduced_to_summand


def check_summand(self, mat1, mat2):
    """Raise `RuntimeError` where a product is to be added to a tensor and their types differ."""
    for name, each in (("self", self), ("mat1", mat1)):
        if each._dtype is not mat2._dtype and not lowering():
            names = [each._dtype.legacy_name, mat2._dtype.legacy_name]
            raise RuntimeError(f"{name} and mat2 must have the same dtype, but got {names[0]} and {names[1]}")


def addmm(self, mat1, mat2, *older, beta=1, alpha=1):
    """`beta * self + alpha * (mat1 @ mat2)`."""
    if older:
        return as_before(addmm, (self, mat1, mat2, *older), isinstance(self, TensorBase))
    one, two = mat1._array.shape, mat2._array.shape
    for name, sizes in (("mat1", one), ("mat2", two)):
        if len(sizes) != 2:
            raise RuntimeError(f"{name} must be a matrix, got {len(sizes)}-D tensor")
    if one[1] != two[0]:
        raise RuntimeError(
            f"mat1 and mat2 shapes cannot be multiplied ({one[0]}x{one[1]} and {two[0]}x{two[1]})"
        )
    if mat1._dtype is not mat2._dtype or self._dtype is not mat2._dtype:
        check_summand(self, mat1, mat2)
    if mat1._dtype is bool_:
        refuse_truths("addmm_impl_cpu_", mat1, mat2)
    try:
        return _addmm(self, mat1, mat2, beta, alpha)
    except ValueError:
        expand(self, one[0], two[1])  # which says what does not fit
        raise


def matmul(self, other):
    """The matrix product, by the ranks of the operands: dot, mv, mm, or products of stacks of matrices."""
    if not isinstance(other, TensorBase):
        return NotImplemented
    ranks = (self._array.ndim, other._array.ndim)
    if ranks == (2, 2):
        return mm(self, other)
    if 0 in ranks:
        raise RuntimeError(
            f"both arguments to matmul need to be at least 1D, but they are {ranks[0]}D and {ranks[1]}D"
        )
    if ranks == (1, 1):
        return dot(self, other)
    if ranks == (2, 1):
        return mv(self, other)
    if ranks == (1, 2):
        return squeeze_inside(mm(self.unsqueeze(0), other), 0)
    if _folds(self, other):
        return _folded(self, other)
    return _batched(self, other)


def rmatmul(self, other):
    """`other @ self`."""
    return matmul(other, self) if isinstance(other, TensorBase) else NotImplemented


def _folds(self, other):
    """Whether a stack is folded into one matrix, as PyTorch decides it."""
    self_is_stack = self._array.ndim >= other._array.ndim
    stack, factor = (self, other) if self_is_stack else (other.transpose(-1, -2), self)
    if stack._array.ndim < 3 or factor._array.ndim > 2:
        return False
    if factor.requires_grad:
        return True
    if self._array.ndim == 2:
        return False
    sizes, strides = stack._array.shape, stack.stride()
    return not stack._array.size or all(
        strides[axis] == strides[axis + 1] * sizes[axis + 1] for axis in range(len(sizes) - 2)
    )


def _folded(self, other):
    """A stack times one matrix or vector, or the other way round."""
    turned = other._array.ndim > self._array.ndim
    stack = other.transpose(-1, -2) if turned else self
    factor = other if not turned else self.t() if self._array.ndim == 2 else self
    *outer_sizes, inner = stack._array.shape
    folded = reshape(stack, math.prod(outer_sizes), inner)
    if factor._array.ndim == 1:
        return unsafe_view(mv(folded, factor), tuple(outer_sizes))
    products = unsafe_view(mm(folded, factor), (*outer_sizes, factor._array.shape[1]))
    return products.transpose(-1, -2).contiguous() if turned else products


def _batched(self, other):
    one, two = self._array.shape, other._array.shape
    if len(one) == 3 and len(two) == 3 and one[0] != two[0]:
        if one[0] == 1 and self.requires_grad:
            return matmul(self.squeeze(0), other)
        if two[0] == 1 and other.requires_grad:
            return matmul(self, other.squeeze(0))
    vector = len(two) == 1
    rows = one[-2] if len(one) > 1 else 1
    check_broadcast(one[:-2], two[:-2])
    batch = np.broadcast_shapes(one[:-2], two[:-2])
    count = math.prod(batch)
    first = reshape(expand(self, *batch, rows, one[-1]), count, rows, one[-1])
    second = other.unsqueeze(1) if vector else other
    inner, columns = second._array.shape[-2:]
    second = reshape(expand(second, *batch, inner, columns), count, inner, columns)
    products = bmm(first, second)
    sizes = (*batch, *([rows] if len(one) > 1 else []), *([] if vector else [columns]))
    return unsafe_view(products.squeeze(-1) if vector else products, sizes)
