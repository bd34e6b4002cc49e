"""Sums and products of tangents, for the forward formulas of operations with several inputs.

An input without a tangent has one of zeros, which is marked: PyTorch records what is done with it, but does not compute
with it, so that `0 * inf` is 0 here and a sum keeps the sign of zero.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np


def _as_if(found: Any, values: Any) -> Any:
    """The recorded result, with these values instead of its own."""
    found._array = np.broadcast_to(values, found._array.shape).astype(found._array.dtype)[()]
    return found


def total(one: Any, two: Any) -> Any:
    """The sum of two tangents."""
    found = one + two
    if found._of_examples:  # whose values cannot be taken one by one
        return two.expand(found.shape) if one._is_zero else one.expand(found.shape) if two._is_zero else found
    if one._is_zero:
        return _as_if(found, two._array)
    return _as_if(found, one._array) if two._is_zero else found


def less(one: Any, two: Any) -> Any:
    """The difference of two tangents."""
    found = one - two
    if found._of_examples:
        return (
            -two.expand(found.shape) if one._is_zero else one.expand(found.shape) if two._is_zero else found
        )
    if one._is_zero:
        return _as_if(found, -two._array)
    return _as_if(found, one._array) if two._is_zero else found


def product(tangent: Any, factor: Any) -> Any:
    """The product of a tangent with something that has none."""
    found = tangent * factor
    if tangent._is_zero:
        found = found.new_zeros(found.shape) if found._of_examples else _as_if(found, 0)
        found._is_zero = True
    return found


def of_mul(self_t, other_t, self_p, other_p):
    """The rule of products."""
    return total(product(other_t, self_p), product(self_t, other_p))


def of_div(self_t, other_t, other_p, result):
    """The rule of quotients."""
    return less(self_t, product(other_t, result)) / other_p


def of_mm(self_t, mat2_t, self_p, mat2_p):
    """The rule of matrix products."""
    return self_t.mm(mat2_p) + self_p.mm(mat2_t)


def of_bmm(self_t, mat2_t, self_p, mat2_p):
    """The rule of products of stacks of matrices."""
    return self_t.bmm(mat2_p) + self_p.bmm(mat2_t)


def of_mv(self_t, vec_t, self_p, vec_p):
    """The rule of a matrix times a vector."""
    return self_t.mv(vec_p) + self_p.mv(vec_t)


def of_dot(self_t, tensor_t, self_p, tensor_p):
    """The rule of the product of vectors."""
    return self_t.dot(tensor_p) + self_p.dot(tensor_t)


def of_vdot(self_t, other_t, self_p, other_p):
    """The rule of the product of vectors, the first of which is conjugated."""
    return self_t.vdot(other_p) + self_p.vdot(other_t)


def of_addmm(self_t, mat1_t, mat2_t, mat1_p, mat2_p, beta, alpha):
    """The rule of a sum with a matrix product."""
    return _scaled(self_t, beta) + _scaled(mat1_t.mm(mat2_p), alpha) + _scaled(mat1_p.mm(mat2_t), alpha)


def _scaled(tensor, factor):
    return tensor if factor == 1 else tensor * factor


def of_logsumexp(self_p, self_t, dim, keepdim):
    """The mean of the tangents, weighted by the exponentials."""
    largest = _real(self_p).amax(dim, True) if self_p.numel() else 0.0  # of nothing, there is none
    grown = (self_p - largest).exp()
    weights = grown.sum(dim, keepdim)
    return (grown * self_t).sum(dim, keepdim).div_(weights)


def of_div_mode(self_t, other_t, self_p, other_p, result, rounding_mode):
    """The rule of quotients; what is rounded does not change."""
    if rounding_mode is not None:
        return result.new_zeros(result._array.shape)
    return less(self_t / other_p, product(other_t, self_p / other_p) / other_p)


def of_remainder(self_t, other_t, self_p, other_p):
    """What remains, while the quotient stays the same."""
    return less(self_t, product(other_t, self_p.div(other_p, rounding_mode="floor")))


def _chosen(wins, self_t, other_t, self_p, other_p, result):
    half = result.new_full((), 0.5)
    share = half.where(self_p == other_p, wins.to(result._dtype))
    return total(other_t, share * less(self_t, other_t))


def of_maximum(self_t, other_t, self_p, other_p, result):
    """The tangent of the larger, the mean of both where they are equal."""
    return _chosen(self_p > other_p, self_t, other_t, self_p, other_p, result)


def of_minimum(self_t, other_t, self_p, other_p, result):
    """The tangent of the smaller, the mean of both where they are equal."""
    return _chosen(self_p < other_p, self_t, other_t, self_p, other_p, result)


def of_clamp(self_t, min_t, max_t, self_p, min_p, max_p):
    """The tangent of what was chosen."""
    if min_p is None:
        return self_t.where(self_p < max_p, max_t)
    if max_p is None:
        return self_t.where(self_p > min_p, min_t)
    inside = max_t.where(self_p > max_p, self_t)
    return max_t.where(min_p > max_p, min_t.where(self_p < min_p, inside))


def of_max(self_t, self_p, result):
    """The mean of the tangents of all elements that are the extreme one."""
    mask = self_p == result
    return (mask * (self_t / mask.sum())).sum()


def of_amax(self_t, self_p, result, dim, keepdim):
    """The same along dimensions."""
    sizes = self_p._array.shape
    axes = {each % len(sizes) for each in dim} if sizes and dim else set(range(len(sizes)))
    kept = [1 if axis in axes else size for axis, size in enumerate(sizes)]
    mask = self_p == (result if keepdim else result.view(kept))
    return self_t.where(mask, 0.0).sum(dim, keepdim) / mask.sum(dim, keepdim)


def of_max_dim(self_t, dim, keepdim, indices):
    """The tangents of the elements that were found; the indices have none."""
    if not self_t._array.ndim:
        return self_t.clone(), None
    found = self_t.gather(dim, indices if keepdim else indices.unsqueeze(dim))
    return found if keepdim else found.squeeze(dim), None


def of_var(self_t, self_p, dim, correction, keepdim):
    """The formula for gradients, summed."""
    from .spread import var_backward

    found = var_backward(self_t.conj(), self_p, dim, correction, True)
    return _real(found.sum(dim or (), keepdim))


def of_std(self_t, self_p, dim, correction, keepdim, result):
    """That of the variance, divided by twice the deviation."""
    from .arithmetic import mul_scalar

    return (of_var(self_t, self_p, dim, correction, keepdim) / mul_scalar(result, 2)).masked_fill_(
        result == 0, 0
    )


def of_norm(self_t, self_p, result, ord, dim, keepdim):
    """The derivative of a p-norm along the tangent; at 0 it is taken as 0."""
    dim, self_t = dim or (), self_t.conj()
    if ord == 0:
        return result.new_zeros(result._array.shape)
    if ord == 1:
        return _real(self_p.sgn() * self_t).sum(dim, keepdim)
    if ord == 2:
        return _real(self_p * self_t).sum(dim, keepdim).div_(result).masked_fill_(result == 0, 0)
    if math.isinf(ord):
        return _of_largest(self_t, self_p, result, dim, keepdim)
    if ord < 1:
        powers = (self_p.abs() ** (ord - 1)).masked_fill_(self_p == 0, 0)
        return (powers * _real(self_p.sgn() * self_t)).sum(dim, keepdim) * result ** (1 - ord)
    if ord < 2:
        total_of_slopes = (self_p.abs() ** (ord - 1) * _real(self_p.sgn() * self_t)).sum(dim, keepdim)
    else:
        total_of_slopes = (self_p.abs() ** (ord - 2) * _real(self_p * self_t)).sum(dim, keepdim)
    return (total_of_slopes / result ** (ord - 1)).masked_fill_(result == 0, 0)


def _of_largest(self_t, self_p, result, dim, keepdim):
    """The mean of the changes of all elements that are as large as the norm."""
    sizes = self_p._array.shape
    axes = {each % len(sizes) for each in dim} if sizes and dim else set(range(len(sizes)))
    mask = self_p.abs() == result.view([1 if axis in axes else size for axis, size in enumerate(sizes)])
    count = mask.sum(dim or tuple(axes), True) if sizes else mask
    return (_real(self_p.sgn() * self_t) * mask / count).sum(dim, keepdim)


def of_tanh_backward(grad_output_t, output_t, grad_output_p, output_p):
    """The gradient's tangent, and that of the slope."""
    from .activations import tanh_backward
    from .arithmetic import mul_scalar

    if output_p._dtype.is_complex:
        return NotImplemented
    of_slope = product(output_t, mul_scalar(output_p, -2) * grad_output_p)
    return total(tanh_backward(grad_output_t, output_p), of_slope)


def of_sigmoid_backward(grad_output_t, output_t, grad_output_p, output_p):
    """The same for the sigmoid."""
    from .activations import sigmoid_backward
    from .arithmetic import add_scalar, mul_scalar

    if output_p._dtype.is_complex:
        return NotImplemented
    of_slope = product(product(output_t, grad_output_p), add_scalar(mul_scalar(output_p, -2), 1))
    return total(sigmoid_backward(grad_output_t, output_p), of_slope)


def _real(tensor):
    return tensor.real if tensor._dtype.is_complex else tensor


def of_threshold_backward(grad_output_t, self_t, self_p, threshold):
    """The input's tangent counts only by its shape."""
    from .activations import threshold_backward

    zeros = self_t.new_zeros(self_t._array.shape)
    return zeros + threshold_backward(grad_output_t, self_p, threshold)
