"""Sums, differences, products and quotients, element by element.

The functions for operators (`__add__` ...) return `NotImplemented` for what is no operand.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import TensorBase
from ..dtypes import FLOATING, FROM_NUMPY, INTEGER, bool_, get_default_dtype, not_implemented, wrapped
from ..op import POINTWISE, op, pointwise
from ..promotion import in_layout_of_first
from .elementary import add_product, add_product_of_halves
from .operands import as_tensors, conj, in_single, is_number, known, promoted
from .tangents import less, of_div, of_div_mode, of_mul, of_remainder, total
from .unbroadcasting import of_difference, of_product

# ---- sums and differences ----------------------------------------------------------------------------------


@pointwise(
    self=lambda grad: grad,
    other=lambda grad: grad,
    jvp=lambda self_t, other_t: total(self_t, other_t),
    node="AddBackward0",
)
def add_op(self, other):
    return self + other


@pointwise(
    self=lambda grad: grad,
    other=lambda grad: -grad,
    jvp=lambda self_t, other_t: less(self_t, other_t),
    node="SubBackward0",
)
def _sub(self, other):
    return self - other


_sub.declaration.apply_reduced = of_difference
add_op.declaration.node_class._saved_alpha = 1
_sub.declaration.node_class._saved_alpha = 1


def _times(grad, alpha):
    return grad if alpha == 1 else mul_scalar(grad, alpha)


@op(
    self=lambda grad: grad,
    other=lambda grad, alpha: _times(grad, alpha),
    complex={"other": lambda grad, alpha: _times(grad, alpha.conjugate())},
    jvp=lambda self_t, other_t, alpha: total(self_t, _times(other_t, alpha)),
    node="AddBackward0",
)
def _add_scaled(self, other, alpha, dtype):
    add = add_product if dtype.itemsize > 2 else add_product_of_halves
    return add(
        self.astype(dtype, copy=False), other.astype(dtype, copy=False), wrapped(alpha, FROM_NUMPY[dtype])
    )


@op(
    self=lambda grad: grad,
    other=lambda grad, alpha: _times(-grad, alpha),
    complex={"other": lambda grad, alpha: _times(-grad, alpha.conjugate())},
    jvp=lambda self_t, other_t, alpha: less(self_t, _times(other_t, alpha)),
    node="SubBackward0",
)
def _sub_scaled(self, other, alpha, dtype):
    add = add_product if dtype.itemsize > 2 else add_product_of_halves
    return add(
        self.astype(dtype, copy=False), other.astype(dtype, copy=False), wrapped(-alpha, FROM_NUMPY[dtype])
    )


def _scaled(operation, self, other, alpha):
    other = known(other)
    if other is NotImplemented:
        return other
    self, other, dtype = as_tensors(self, other)
    if type(alpha) is bool and dtype is not bool_:
        raise RuntimeError("Boolean alpha only supported for Boolean results.")
    if dtype.category < FLOATING and isinstance(alpha, float):
        raise RuntimeError("For integral input tensors, argument alpha must not be a floating point number.")
    if alpha is None or isinstance(alpha, str):
        name, kind = operation.__name__[1:4], type(alpha).__name__
        raise TypeError(f"{name}(): argument 'alpha' must be Number, not {kind}")
    if isinstance(alpha, complex) and not dtype.is_complex:
        raise RuntimeError("For non-complex input tensors, argument alpha must not be a complex number.")
    return operation(self, other, alpha, dtype.numpy)


def add(self, other, *, alpha=1):
    """`self + alpha * other`."""
    return (
        add_op(self, other) if alpha == 1 and alpha is not True else _scaled(_add_scaled, self, other, alpha)
    )


def sub(self, other, *, alpha=1):
    """`self - alpha * other`; of bools it is refused."""
    if (
        self._dtype is bool_
        or type(other) is bool
        or (isinstance(other, TensorBase) and other._dtype is bool_)
    ):
        if known(other) is NotImplemented:
            return NotImplemented
        raise no_bools(
            self._dtype is bool_ and (type(other) is bool or getattr(other, "_dtype", None) is bool_)
        )
    return _sub(self, other) if alpha == 1 and alpha is not True else _scaled(_sub_scaled, self, other, alpha)


def no_bools(both):
    """PyTorch's refusal to subtract where one operand is, or both are, of bools."""
    if both:
        return RuntimeError(
            "Subtraction, the `-` operator, with two bool tensors is not supported. Use the `^` or `logical_xor()` "
            "operator instead."
        )
    return RuntimeError(
        "Subtraction, the `-` operator, with a bool tensor is not supported. If you are trying to invert a mask, use "
        "the `~` or `logical_not()` operator instead."
    )


@op(self=lambda grad, alpha: -grad, jvp=POINTWISE, node="RsubBackward1")
def _rsub_number(self, other, alpha):
    return (self.dtype.type(other) if self.dtype.char in "eE" else other) - self


def rsub(self, other):
    """`other - self`."""
    other = known(other)
    if other is NotImplemented:
        return other
    if isinstance(other, TensorBase):
        from .binary import rsub as rsub_tensor

        return rsub_tensor(self, other)
    if self._dtype is bool_ or type(other) is bool:
        raise no_bools(self._dtype is bool_ and type(other) is bool)
    self = promoted(self, other)
    return _rsub_number(self, wrapped(other, self._dtype) if self._dtype.category == INTEGER else other, 1)


@pointwise(self=lambda grad: -grad)
def neg(self):
    try:
        return -self
    except TypeError:
        raise RuntimeError(
            "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the "
            "`~` or `logical_not()` operator instead."
        ) from None


# ---- products and quotients --------------------------------------------------------------------------------


@pointwise(
    self=lambda grad, other: grad * other,
    other=lambda grad, self: grad * self,
    complex={
        "self": lambda grad, other: grad * conj(other),
        "other": lambda grad, self: grad * self.conj(),
    },
    widened=True,
    jvp=of_mul,
)
def mul(self, other):
    return self * other


mul.declaration.apply_reduced = of_product


def _minus_quotient_by(grad, self, other):
    return -grad * ((self / other) / other)


@pointwise(
    self=lambda grad, other: grad / other,
    other=_minus_quotient_by,
    complex={
        "self": lambda grad, other: grad / conj(other),
        "other": lambda grad, self, other: -grad * ((self / other) / other).conj(),
    },
    floating=True,
    widened=True,
    jvp=of_div,
    node="DivBackward0",
)
def div_op(self, other):
    return np.true_divide(self, other)


@op(
    self=lambda grad, other, rounding_mode: (
        grad / other if rounding_mode is None else grad.new_zeros(grad._array.shape)
    ),
    other=lambda grad, self, other, rounding_mode: (
        _minus_quotient_by(grad, self, other) if rounding_mode is None else grad.new_zeros(grad._array.shape)
    ),
    jvp=of_div_mode,
    node="DivBackward2",
)
def _div_mode(self, other, rounding_mode, dtype):
    if rounding_mode is None:
        return in_layout_of_first(np.true_divide(self, other, dtype=dtype), self)
    self, other = self.astype(dtype, copy=False), other.astype(dtype, copy=False)
    if rounding_mode == "floor":
        found = np.floor_divide(self, other)
    elif dtype.kind in "fV":
        found = np.trunc(np.true_divide(self, other))
    else:
        found = np.abs(self) // np.abs(other) * (np.sign(self) * np.sign(other))
    return in_layout_of_first(found, self)


_UNSET: Any = object()


def div(self, other, *, rounding_mode=_UNSET):
    """True division; rounded towards zero or down with `rounding_mode` "trunc" or "floor"."""
    if rounding_mode is _UNSET:
        return div_op(self, other)
    other = known(other)
    if other is NotImplemented:
        return other
    self, other, dtype = as_tensors(self, other)
    if rounding_mode is None:
        dtype = dtype if dtype.category >= FLOATING else get_default_dtype()
    elif rounding_mode in ("trunc", "floor"):
        _check_divisor(self, other, dtype, f"div_{rounding_mode}_cpu")
    else:
        raise RuntimeError(
            f"div expected rounding_mode to be one of None, 'trunc', or 'floor' but found '{rounding_mode}'"
        )
    return _div_mode(self, other, rounding_mode, dtype.numpy)


def _check_divisor(self, other, dtype, kernel):
    if dtype is bool_ or dtype.is_complex:
        raise not_implemented(kernel, dtype)
    if dtype.category != INTEGER or other._of_examples:
        return
    if self._array.size and not np.all(other._array):
        raise RuntimeError("ZeroDivisionError")


def rdiv(self, other):
    """`other / self`, which PyTorch computes as the reciprocal times `other`."""
    if isinstance(other, np.ndarray):  # NumPy multiplies
        return reciprocal(self) * other
    other = known(other)
    return other if other is NotImplemented else reciprocal(self) * other


@pointwise(
    self=lambda grad, result: -grad * (result * result),
    complex={"self": lambda grad, result: -grad * (result * result).conj()},
    floating=True,
)
def reciprocal(self):
    return 1 / self


# ---- quotients rounded down, and what remains --------------------------------------------------------------


def _declare_without_derivative(name, compute):
    """An operation whose node says, when it is run, that there is no derivative; it has no edges to constants."""

    def refuse(grad):
        raise RuntimeError(f"derivative for aten::{name} is not implemented")

    def refuse_tangents(tensors):
        raise NotImplementedError(f"Trying to use forward AD with aten::{name} that does not support it.")

    @op(tensors=refuse, jvp=refuse_tangents, node="NotImplemented")
    def forward(tensors, self, other, dtype):
        found = compute(self.astype(dtype, copy=False), other.astype(dtype, copy=False))
        return in_layout_of_first(found, self)

    forward.declaration.node_class.name = lambda node: "torch::autograd::NotImplemented"

    def call(self, other, dtype):
        tensors = tuple([each for each in (self, other) if each.requires_grad])
        return forward(tensors, self, other, dtype.numpy)

    return call


def _remaining(self, other):
    """The remainder with the divisor's sign; a zero keeps that of `self`, unlike NumPy's."""
    found = np.fmod(self, other)
    return np.where((found != 0) & ((other < 0) != (found < 0)), found + other, found)[()]


_floor_divide = _declare_without_derivative("floor_divide", np.floor_divide)
_remainder_of_number = _declare_without_derivative("remainder", _remaining)


def floor_divide(self, other):
    """Division rounded down; it has no derivative."""
    other = known(other)
    if other is NotImplemented:
        return other
    self, other, dtype = as_tensors(self, other)
    _check_divisor(self, other, dtype, "div_floor_cpu")
    return _floor_divide(self, other, dtype)


def rfloor_divide(self, other):
    """`other // self`."""
    other = known(other)
    return other if other is NotImplemented else floor_divide(as_tensors(other, self)[0], self)


@op(self=lambda grad: grad, jvp=POINTWISE, node="RemainderBackward0")
def _remainder_by_number(self, other):
    return _remaining(self, other)


@op(
    self=lambda grad: grad,
    other=lambda grad, self, other: -grad * div(self, other, rounding_mode="floor"),
    jvp=of_remainder,
    node="RemainderBackward1",
)
def _remainder(self, other, dtype):
    found = _remaining(self.astype(dtype, copy=False), other.astype(dtype, copy=False))
    return in_layout_of_first(found, self)


def remainder(self, other):
    """The remainder with the divisor's sign."""
    other = known(other)
    if other is NotImplemented:
        return other
    one, two, dtype = as_tensors(self, other)
    _check_divisor(one, two, dtype, "remainder_cpu")
    if is_number(other):
        return _remainder_by_number(promoted(self, other), two._array)
    return (
        _remainder(one, two, dtype.numpy)
        if isinstance(self, TensorBase)
        else _remainder_of_number(one, two, dtype)
    )


def rremainder(self, other):
    """`other % self`."""
    other = known(other)
    return other if other is NotImplemented else remainder(other, self)


# ---- arithmetic with a number, as formulas do it -----------------------------------------------------------
# In PyTorch's own formulas a number is a C++ scalar: `grad * 2` there is `mul.Scalar`, whose node has one input
# and another name than the `MulBackward0` that a Python program gets.


@pointwise(self=lambda grad: grad, node="AddBackward1")
def add_scalar(self, other):
    return in_single(np.add, self, other)


@pointwise(self=lambda grad: grad, node="SubBackward1")
def sub_scalar(self, other):
    if self.dtype.kind == "b":
        raise no_bools(False)
    return in_single(np.subtract, self, other)


@pointwise(
    self=lambda grad, other: mul_scalar(grad, other),
    complex={"self": lambda grad, other: mul_scalar(grad, other.conjugate())},
    node="MulBackward1",
)
def mul_scalar(self, other):
    return in_single(np.multiply, self, other)


@pointwise(
    self=lambda grad, other: div_scalar(grad, other),
    complex={"self": lambda grad, other: div_scalar(grad, other.conjugate())},
    node="DivBackward1",
)
def div_scalar(self, other):
    return in_single(np.true_divide, self, other)
