"""Complex numbers: their parts as views, conjugation, and how they are made of parts.

Derivatives are PyTorch's: of a real function's gradient with respect to a complex number, the one to descend along.
Source: "Autograd for Complex Numbers".
"""

from __future__ import annotations

import warnings

import numpy as np

from ..base import TensorBase, memory, owner_and_offset
from ..dtypes import FROM_NUMPY
from ..lazy import LazyConjugate, LazyNegative
from ..op import LINEAR, check_broadcast, geometry, op, pointwise, wrap
from ..transforms import operands
from .arithmetic import mul_scalar
from .slicing import select, strided_op
from .untracked import without_derivative
from .views import clone, transpose

# ---- conjugation -------------------------------------------------------------------------------------------


def _toggled(array, kind):
    return array.view(np.ndarray if isinstance(array, kind) else kind)


@op(view=True, self=lambda grad: grad.conj(), node="ConjBackward0")
def _conj(self):
    return _toggled(self, LazyConjugate)


def conj(self):
    """The conjugate, as a view that conjugates when it is read; `self` where it is real."""
    return _conj(self) if self._dtype.is_complex else self


@pointwise(self=lambda grad: conj_physical(grad), node="ConjPhysicalBackward0")
def _conj_physical(self):
    return np.conjugate(self)


def conj_physical(self):
    """The conjugate, computed; `self` where it is real."""
    return _conj_physical(self) if self._dtype.is_complex else self


def is_conj(self):
    """Whether this is a view that conjugates when it is read."""
    return isinstance(self._array, LazyConjugate)


def resolve_conj(self):
    """`self`, or a copy of a view that conjugates when it is read."""
    return clone(self) if is_conj(self) else self


@op(view=True, self=lambda grad: -grad, node="NegViewBackward0")
def _neg_view(self):
    return _toggled(self, LazyNegative)


def is_neg(self):
    """Whether this is a view that negates when it is read."""
    return isinstance(self._array, LazyNegative)


def resolve_neg(self):
    """`self`, or a copy of a view that negates when it is read."""
    return clone(self) if is_neg(self) else self


def adjoint(self):
    """The last two dimensions exchanged, and conjugated."""
    if not self._array.ndim:
        warnings.warn(
            "adjoint() is deprecated on 0-D tensors. Consider using x.conj().", UserWarning, stacklevel=3
        )
        return conj(self)
    if self._array.ndim < 2:
        raise RuntimeError(
            "tensor.adjoint() is only supported on matrices or batches of matrices. Got "
            f"{self._array.ndim}-D tensor."
        )
    return conj(transpose(self, -2, -1))


# ---- parts -------------------------------------------------------------------------------------------------


def _reinterpreted(array, sizes, kind, strides):
    owner, _ = owner_and_offset(array)
    start = array.__array_interface__["data"][0] - owner.__array_interface__["data"][0]
    if 0 in sizes:
        return np.ndarray(sizes, kind)
    return np.ndarray(sizes, kind, owner.ravel("K"), start, strides)


@op(view=True, self=lambda grad: view_as_complex(grad.contiguous()), node="ViewAsRealBackward0")
def _view_as_real(self):
    part = self.real.dtype
    return _reinterpreted(self, (*self.shape, 2), part, (*self.strides, part.itemsize))


def _of_view(view):
    """The rule for tangents of a view of another type: the same view."""

    def rule(level, operation, args, result):
        return view(resolve_conj(level.tangent(args[0])))

    return rule


_view_as_real.tangent_rule = _of_view(lambda tangent: view_as_real(tangent))


def view_as_real(self):
    """A view with a last dimension for the real and the imaginary part."""
    if not self._dtype.is_complex:
        raise RuntimeError("view_as_real is only supported for complex tensors")
    if is_conj(self):
        raise RuntimeError(
            "view_as_real doesn't work on unresolved conjugated tensors.  To resolve the conjugate tensor so you can view it as "
            "real, use self.resolve_conj(); however, be warned that the resulting tensor will NOT alias the original."
        )
    result = _view_as_real(self)
    result._dtype = self._dtype.to_real()
    return result


@op(
    view=True,
    self=lambda grad: view_as_real(resolve_conj(grad.contiguous())),
    node="ViewAsComplexBackward0",
)
def _view_as_complex(self):
    kind = FROM_NUMPY[self.dtype].to_complex().numpy
    return _reinterpreted(self, self.shape[:-1], kind, self.strides[:-1])


_view_as_complex.tangent_rule = _of_view(lambda tangent: view_as_complex(tangent))


def view_as_complex(self):
    """A view of pairs of real numbers, in the last dimension, as complex ones."""
    kind = self._dtype
    if not kind.is_floating_point or kind.name == "bfloat16":
        raise RuntimeError(
            "view_as_complex is only supported for half, float and double tensors, but got a tensor of scalar type: "
            f"{kind.legacy_name}"
        )
    array = memory(self)
    if not array.ndim:
        raise RuntimeError("Input tensor must have one or more dimensions")
    if array.shape[-1] != 2:
        raise RuntimeError("Tensor must have a last dimension of size 2")
    steps = self.stride()
    if steps[-1] != 1:
        raise RuntimeError("Tensor must have a last dimension with stride 1")
    if any(step % 2 for step in steps[:-1]):
        raise RuntimeError("Tensor must have a stride divisible by 2 for all but last dimension")
    if self.storage_offset() % 2:
        raise RuntimeError("Tensor must have a storage_offset divisible by 2")
    result = _view_as_complex(self)
    result._dtype = kind.to_complex()
    return result


def real(self):
    """The real part, as a view; `self` where it is real."""
    if not self._dtype.is_complex:
        return self
    return select(view_as_real(_conj(self) if is_conj(self) else self), self._array.ndim, 0)


def imag(self):
    """The imaginary part, as a view."""
    if not self._dtype.is_complex:
        raise RuntimeError("imag is not implemented for tensors with non-complex dtypes.")
    if is_conj(self):
        return select(_neg_view(view_as_real(_conj(self))), self._array.ndim, 1)
    return select(view_as_real(self), self._array.ndim, 1)


def set_real(self, value):
    """Change the real part in place: what `x.real = value` does."""
    from .assigning import setitem

    setitem(real(self), Ellipsis, value)


def set_imag(self, value):
    """Change the imaginary part in place: what `x.imag = value` does."""
    from .assigning import setitem

    setitem(imag(self), Ellipsis, value)


@without_derivative
def isreal(self):
    """Which elements have no imaginary part."""
    return wrap(np.asarray(np.imag(self._array) == 0)[()])


# ---- views of other numbers than their base ----------------------------------------------------------------


def part_of(base, view):
    """How the view is taken of its base, or of another tensor laid out as it; None where strides alone say it."""
    array, whole = view._array, memory(base)
    if array.__class__ is whole.__class__ and view._dtype is base._dtype:
        return None
    lazy, sizes, steps = array.__class__, array.shape, view.stride()
    distance = array.__array_interface__["data"][0] - whole.__array_interface__["data"][0]
    start = distance // array.itemsize

    def take(whole):
        if view._dtype.is_complex and not base._dtype.is_complex:
            pairs = (*sizes, 2), (*[2 * step for step in steps], 1)
            seen = view_as_complex(_strided(whole, *pairs, geometry(whole)[2] + 2 * start))
            return _conj(seen) if lazy is LazyConjugate else seen
        seen = view_as_real(whole) if base._dtype is not view._dtype else whole
        seen = _conj(seen) if lazy is LazyConjugate else _neg_view(seen) if lazy is LazyNegative else seen
        return _strided(seen, sizes, steps, geometry(seen)[2] + start)

    return take


def _strided(self, sizes, steps, start):
    if geometry(self)[:3] == (sizes, steps, start):
        return self
    return strided_op(self, sizes, steps, start)


# ---- made of parts -----------------------------------------------------------------------------------------


def _check_parts(one, two, name, arguments):
    for position, (argument, value) in enumerate(zip(arguments, (one, two)), 1):
        if not isinstance(value, TensorBase):
            kind = type(value).__name__
            raise TypeError(
                f"{name}(): argument '{argument}' (position {position}) must be Tensor, not {kind}"
            )
    names = [each._dtype.legacy_name for each in (one, two)]
    if any(not each._dtype.is_floating_point or each._dtype.name == "bfloat16" for each in (one, two)):
        raise RuntimeError(
            f"Expected both inputs to be Half, Float or Double tensors but got {names[0]} and {names[1]}"
        )
    if names[0] != names[1]:
        raise RuntimeError(
            f"Expected object of scalar type {names[0]} but got scalar type {names[1]} for second argument"
        )
    check_broadcast(one._array.shape, two._array.shape)


def _of_parts(one, two):
    found = np.empty(np.broadcast_shapes(one.shape, two.shape), FROM_NUMPY[one.dtype].to_complex().numpy)
    found.real, found.imag = one, two
    return found[()]


real_part, imaginary_part = real, imag


# PyTorch saves the parts, too, although their gradients do not need them.
@op(
    real=lambda grad, real: real_part(grad),
    imag=lambda grad, imag: imaginary_part(grad),
    jvp=LINEAR,
    node="ComplexBackward0",
)
def _complex(real, imag):
    return _of_parts(real, imag)


def complex(real, imag):
    """Complex numbers of these parts."""
    _check_parts(real, imag, "complex", ("real", "imag"))
    return _complex(real, imag)


@op(
    abs=lambda grad, result: real(conj(grad) * result.sgn()),
    angle=lambda grad, result: real(conj(grad) * mul_scalar(result, 1j)),
    jvp=lambda abs_t, angle_t, abs_p, angle_p: complex(
        abs_t * angle_p.cos() - angle_t * abs_p * angle_p.sin(),
        abs_t * angle_p.sin() + angle_t * abs_p * angle_p.cos(),
    ),
    node="PolarBackward0",
)
def _polar(abs, angle):
    return _of_parts(abs * np.cos(angle), abs * np.sin(angle))


def polar(abs, angle):
    """Complex numbers of this absolute value and angle."""
    abs, angle = operands("polar", abs, angle)
    _check_parts(abs, angle, "polar", ("abs", "angle"))
    return _polar(abs, angle)
