"""Functions of three tensors, element by element: scaled products added, and what lies between two tensors."""

from __future__ import annotations

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import FLOATING, INTEGER
from ..older_arguments import as_before
from ..op import check_broadcast, op, wrap
from ..promotion import in_layout_of_first
from .arithmetic import mul_scalar
from .choosing import type_of_all
from .elementary import add_product
from .operands import conj, in_single, is_number


def _scaled(tensor, value):
    return tensor if value == 1 else mul_scalar(tensor, value)


def _operands(name, *tensors):
    for position, each in enumerate(tensors, 1):
        if not isinstance(each, TensorBase):
            kind = type(each).__name__
            raise TypeError(
                f"{name}(): argument 'tensor{position}' (position {position}) must be Tensor, not {kind}"
            )


def _common_type(*operands):
    one, two, three = operands
    shape = one._array.shape
    if shape == two._array.shape == three._array.shape and one._dtype is two._dtype is three._dtype:
        return one._dtype
    for each in operands[1:]:
        check_broadcast(shape, each._array.shape)
        shape = np.broadcast_shapes(shape, each._array.shape)
    return type_of_all(operands)


def _computed(compute, dtype, *arrays):
    found = in_single(compute, *[each.astype(dtype, copy=False) for each in arrays])
    return in_layout_of_first(found, arrays[0])


def _exact(value, array):
    return array.dtype.type(value)


@op(
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * mul_scalar(tensor2, value),
    tensor2=lambda grad, tensor1, value: grad * mul_scalar(tensor1, value),
    complex={
        "tensor1": lambda grad, tensor2, value: grad * mul_scalar(tensor2, value).conj(),
        "tensor2": lambda grad, tensor1, value: grad * mul_scalar(tensor1, value).conj(),
    },
    jvp=lambda self_t, tensor1_t, tensor2_t, tensor1_p, tensor2_p, value: (
        self_t + _scaled(tensor1_t * tensor2_p, value) + _scaled(tensor2_t * tensor1_p, value)
    ),
)
def _addcmul(self, tensor1, tensor2, value, dtype):
    return _computed(
        lambda one, two, three: add_product(one, _exact(value, one) * two, three),
        dtype,
        self,
        tensor1,
        tensor2,
    )


def addcmul(self, tensor1, tensor2, *older, value=1):
    """`self + value * tensor1 * tensor2`."""
    if older:
        return as_before(addcmul, (self, tensor1, tensor2, *older), True)
    _operands("addcmul", tensor1, tensor2)
    dtype = _common_type(self, tensor1, tensor2)
    _check_value(dtype, "addcmul_cpu_out")
    return _addcmul(self, tensor1, tensor2, value, dtype.numpy)


def _check_value(dtype, kernel):
    if dtype is dtypes.bool_:
        raise dtypes.not_implemented(kernel, dtype)


@op(
    self=lambda grad: grad,
    tensor1=lambda grad, tensor2, value: grad * _value_over(value, tensor2),
    tensor2=lambda grad, tensor1, tensor2, value: -grad * (mul_scalar(tensor1, value) / (tensor2 * tensor2)),
    complex={
        "tensor1": lambda grad, tensor2, value: grad * _value_over(value, tensor2).conj(),
        "tensor2": lambda grad, tensor1, tensor2, value: (
            -grad * (mul_scalar(tensor1, value) / (tensor2 * tensor2)).conj()
        ),
    },
    jvp=lambda self_t, tensor1_t, tensor2_t, tensor1_p, tensor2_p, value: (
        self_t
        + _scaled(tensor1_t / tensor2_p, value)
        - _scaled(tensor2_t * (tensor1_p / tensor2_p) / tensor2_p, value)
    ),
)
def _addcdiv(self, tensor1, tensor2, value, dtype):
    return _computed(
        lambda one, two, three: one + _exact(value, one) * two / three, dtype, self, tensor1, tensor2
    )


def _value_over(value, tensor):
    return wrap(tensor._dtype.numpy.type(value), tensor._dtype) / tensor


def addcdiv(self, tensor1, tensor2, *older, value=1):
    """`self + value * tensor1 / tensor2`, of floating types."""
    if older:
        return as_before(addcdiv, (self, tensor1, tensor2, *older), True)
    _operands("addcdiv", tensor1, tensor2)
    if tensor1._dtype.category <= INTEGER and tensor2._dtype.category <= INTEGER:
        raise RuntimeError(
            "Integer division with addcdiv is no longer supported, and in a future  release addcdiv will perform a true division "
            "of tensor1 and tensor2. The historic addcdiv behavior can be implemented as (input + value * torch.trunc(tensor1 / "
            "tensor2)).to(input.dtype) for integer inputs and as (input + value * tensor1 / tensor2) for float inputs. The "
            "future addcdiv behavior is just the latter implementation: (input + value * tensor1 / tensor2), for all dtypes."
        )
    return _addcdiv(self, tensor1, tensor2, value, _common_type(self, tensor1, tensor2).numpy)


# ---- between two tensors -----------------------------------------------------------------------------------


def _between(self, end, weight):
    """From the nearer end, so that both ends are met exactly."""
    near, distance = np.abs(weight) < 0.5, end - self
    return np.where(near, add_product(self, distance, weight), add_product(end, distance, weight - 1))[()]


def _rest(weight):
    return 1 - weight.conjugate() if isinstance(weight, complex) else 1 - weight


@op(
    self=lambda grad, weight: mul_scalar(grad, _rest(weight)),
    end=lambda grad, weight: mul_scalar(grad, conj(weight)),
    jvp=lambda self_t, end_t, weight: _lerp_number(self_t, end_t, weight),
    node="LerpBackward0",
)
def _lerp_number(self, end, weight):
    return in_layout_of_first(in_single(_between_by_number, self, end, weight), self)


def _between_by_number(self, end, weight):
    weight, distance = self.dtype.type(weight), end - self
    return (
        add_product(self, distance, weight) if abs(weight) < 0.5 else add_product(end, distance, weight - 1)
    )


@op(
    self=lambda grad, weight: grad * (wrap(weight._dtype.numpy.type(1), weight._dtype) - weight),
    end=lambda grad, weight: grad * weight,
    weight=lambda grad, self, end: grad * (end - self),
    complex={
        "self": lambda grad, weight: (
            grad * (wrap(weight._dtype.numpy.type(1), weight._dtype) - weight).conj()
        ),
        "end": lambda grad, weight: grad * weight.conj(),
        "weight": lambda grad, self, end: grad * (end - self).conj(),
    },
    node="LerpBackward1",
)
def _lerp(self, end, weight):
    return in_layout_of_first(in_single(_between, self, end, weight), self)


def lerp(self, end, weight):
    """What lies between `self` and `end`: `self + weight * (end - self)`."""
    if not isinstance(end, TensorBase):
        raise TypeError(f"lerp(): argument 'end' (position 1) must be Tensor, not {type(end).__name__}")
    _check_same_type(self, end, "end", is_number(weight))
    if is_number(weight):
        return _lerp_number(self, end, weight)
    if weight._array.ndim or weight._dtype is not self._dtype:
        _check_same_type(self, weight, "weight", False)
    return _lerp(self, end, weight)


def _check_same_type(self, other, name, by_number):
    if self._dtype is not other._dtype:
        raise RuntimeError(
            f"expected dtype {self._dtype.c_name} for `{name}` but got dtype {other._dtype.c_name}"
        )
    if self._dtype.category < FLOATING:
        raise dtypes.not_implemented("lerp_kernel_scalar" if by_number else "lerp_kernel_tensor", self._dtype)
    check_broadcast(self._array.shape, other._array.shape)
