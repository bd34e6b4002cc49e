"""`torch.autograd.gradcheck` and `gradgradcheck`: are a function's gradients those that finite differences give?

Source: torch.autograd, "Numerical gradient checking".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import dtypes, forward_ad
from .backward import grad
from .base import TensorBase
from .batched_checks import check_batched_gradients, check_batched_tangents
from .generator import Generator
from .gradcheck_texts import FAST_FAILED
from .jacobians import (
    GradcheckError,
    analytical,
    analytical_in_directions,
    as_tuple,
    by_forward_mode,
    differentiated,
    directions,
    is_differentiated,
    is_number_like,
    numerical,
    numerical_in_directions,
    real_and_imaginary_of_outputs,
)
from .op import op
from .ops.comparison import allclose
from .ops.creation import rand, zeros_like

__all__ = ["GradcheckError", "gradcheck", "gradgradcheck"]

UNDEFINED_NOTE = (
    'Please look at "Notes about undefined output gradients" in "tools/autograd/derivatives.yaml"'
)


@op(self=lambda grad: None, node="UndefinedGradBackward")
def undefined_gradient(self):
    """The same values, from which no gradient goes back."""
    return self.copy()


def _with_gradients(outputs: Any) -> tuple[Any, ...]:
    return tuple([each for each in as_tuple(outputs) if each.requires_grad])


def _are_close(one: Any, two: Any, rtol: float, atol: float) -> bool:
    kind = dtypes.promote(one.dtype, two.dtype)
    return allclose(one.to(dtype=kind), two.to(dtype=kind), rtol, atol)


@dataclass(frozen=True)
class _Check:
    """One comparison of a function's Jacobians, all complex numbers taken apart."""

    func: Callable[..., Any]
    inputs: tuple[Any, ...]
    eps: float
    rtol: float
    atol: float
    nondet_tol: float
    check_types: bool
    fast: bool
    forward: bool = False
    complex_indices: Sequence[int] = ()
    part: str = "real"

    def run(self, found: Any = None) -> None:
        """Raise `GradcheckError` where the Jacobians differ; `found` is what the function returned, if it was called."""
        found = as_tuple(self.func(*self.inputs) if found is None else found)
        outputs = _with_gradients(found)
        if not outputs and not self.fast:
            self._check_constant(found)
        elif self.fast:
            self._run_fast(found, outputs)
        else:
            self._run_slow(found, outputs)

    def _check_constant(self, found: Any) -> None:
        for of_input in numerical(self.func, self.inputs, found, self.eps, self.forward):
            if any((matrix != 0).any() for matrix in of_input):
                raise GradcheckError("Numerical gradient for function expected to be zero")

    def _run_slow(self, found: Any, outputs: Any) -> None:
        by_input = numerical(self.func, self.inputs, found, self.eps, self.forward)
        by_output = [list(column) for output, column in zip(found, zip(*by_input)) if output.requires_grad]
        forward = by_forward_mode(self.func, self.inputs, found, self.check_types) if self.forward else []
        for number, of_output in enumerate(by_output):
            if self.forward:
                ours = [of_input[number] for of_input in forward]
            else:
                ours = analytical(self.inputs, outputs[number], self.nondet_tol)
            for position, (one, two) in enumerate(zip(ours, of_output)):
                if not _are_close(one, two, self.rtol, self.atol):
                    raise GradcheckError(self._mismatch(one, two, number, position))

    def _run_fast(self, found: Any, outputs: Any) -> None:
        generator = Generator()
        along = directions(differentiated(self.inputs), generator, for_inputs=True)
        ends = None if self.forward else directions(outputs, generator, for_inputs=False)
        theirs = numerical_in_directions(self.func, self.inputs, found, along, ends, self.eps, self.forward)
        if self.forward:
            ours = by_forward_mode(self.func, self.inputs, found, self.check_types, along)
        else:
            if not outputs:
                self._check_constant_in_directions(found, along)
            transposed = analytical_in_directions(self.inputs, outputs, along, ends, self.nondet_tol)
            ours = [list(each) for each in zip(*transposed)]
        for position, of_input in enumerate(zip(ours, theirs)):
            for number, (one, two) in enumerate(zip(*of_input)):
                atol = self._atol_in(along[position], None if ends is None else ends[number])
                if not _are_close(one, two, self.rtol, atol):
                    again = self._in_slow_mode(found if self.forward else outputs, position, number)
                    raise GradcheckError(self._mismatch(one, two, number, position) + again)

    def _check_constant_in_directions(self, found: Any, along: Any) -> None:
        changes = numerical_in_directions(self.func, self.inputs, found, along, None, self.eps, False)
        if any(each.numel() and each.abs().max() > self.nondet_tol for row in changes for each in row):
            raise GradcheckError("Numerical gradient for function expected to be zero")

    def _atol_in(self, direction: Any, end: Any) -> float:
        parts = direction if isinstance(direction, tuple) else (direction,)
        total = sum([part.sum().item() for part in parts])
        return self.atol * total * (1.0 if end is None else abs(end.sum().item()))

    def _in_slow_mode(self, outputs: Any, position: int, number: int) -> str:
        theirs = numerical(self.func, self.inputs, outputs, self.eps, self.forward)[position][number]
        if self.forward:
            ours = by_forward_mode(self.func, self.inputs, outputs, False)[position][number]
        else:
            ours = analytical(self.inputs, outputs[number], float("inf"))[position]
        text = (
            "\nThe above quantities relating the numerical and analytical jacobians are computed \nin fast mode. See: "
            "https://github.com/pytorch/pytorch/issues/53876 for more background \nabout fast mode. Below, we recompute numerical "
            f"and analytical jacobians in slow mode:\n\nNumerical:\n {theirs}\nAnalytical:\n{ours}\n\n"
            f"The max per-element difference (slow mode) is: {(theirs - ours).abs().max()}.\n"
        )
        return text + FAST_FAILED if allclose(ours, theirs, self.rtol, self.atol) else text

    def _mismatch(self, ours: Any, theirs: Any, number: int, position: int) -> str:
        prefix = ""
        if (position if self.forward else number) in self.complex_indices:
            kind = "inputs" if self.forward else "outputs"
            prefix = f"While considering the {self.part} part of complex {kind} only, "
        how = "computed with forward mode " if self.forward else ""
        return (
            f"{prefix}Jacobian {how}mismatch for output {number} with respect to input {position},\n"
            f"numerical:{theirs}\nanalytical:{ours}\n"
        )


def _check_backward(check: _Check, found: Any) -> None:
    """The Jacobians by running backward; of complex outputs, each part alone."""
    if not any(each.is_complex() for each in as_tuple(found)):
        check.run(found)
        return
    indices = [index for index, each in enumerate(_with_gradients(found)) if each.is_complex()]
    real_part, imaginary_part = real_and_imaginary_of_outputs(check.func)
    replace(check, func=imaginary_part, complex_indices=indices, part="imaginary").run()
    replace(check, func=real_part, complex_indices=indices).run()


def _check_forward(check: _Check, found: Any, check_undefined_grad: bool) -> None:
    """The Jacobians by forward mode; of complex inputs, each part alone."""
    indices = [
        index
        for index, each in enumerate(check.inputs)
        if isinstance(each, TensorBase) and each._dtype.is_complex
    ]
    parts = ("imaginary", "real") if indices else (None,)
    for part in parts:
        one = replace(check, forward=True)
        if part is not None:
            one = replace(
                one,
                func=_of_part(check.func, indices, check.inputs, part),
                inputs=tuple([_part_of(each, part) for each in check.inputs]),
                complex_indices=indices,
                part=part,
            )
        one.run(found if part is None else None)
        if check_undefined_grad:
            _check_undefined_tangents(one)


def _part_of(value: Any, part: str) -> Any:
    if not isinstance(value, TensorBase) or not value._dtype.is_complex:
        return value
    return value.imag if part == "imaginary" else value.real  # type: ignore[attr-defined]


def _of_part(func: Any, indices: Any, inputs: Any, part: str) -> Callable[..., Any]:
    """The function of one part of its complex inputs; the other part stays."""

    def call(*given: Any) -> Any:
        whole = list(given)
        for index in indices:
            if part == "imaginary":
                whole[index] = inputs[index].real + given[index] * 1j
            else:
                whole[index] = given[index] + inputs[index].imag * 1j
        return as_tuple(func(*whole))

    return call


# ---- other properties of the gradients ---------------------------------------------------------------------


def _check_inputs(inputs: Any) -> None:
    found = False
    for index, each in enumerate(inputs):
        if not is_differentiated(each):
            continue
        if each.dtype not in (dtypes.float64, dtypes.complex128):
            warnings.warn(
                f"Input #{index} requires gradient and is not a double precision floating point or complex. This check will likely "
                "fail if all the inputs are not of double precision floating point or complex. ",
                stacklevel=4,
            )
        if not all(step > 0 or size <= 1 for step, size in zip(each.stride(), each.size())):
            raise RuntimeError(
                f"The {index}th input has a dimension with stride 0. gradcheck only supports inputs that are non-overlapping to be "
                "able to compute the numerical gradients correctly. You should call .contiguous on the input before passing it to "
                "gradcheck."
            )
        found = True
    if not found:
        raise ValueError(
            "gradcheck expects at least one input tensor to require gradient, but none of them have requires_grad=True."
        )


def _check_zeros(outputs: Any, inputs: Any, masked: bool) -> None:
    """Gradients of zeros must be zeros, of the inputs' type and size."""
    wanted = differentiated(inputs)
    zeros = [zeros_like(each) for each in outputs]
    for found in grad(outputs, wanted, zeros, allow_unused=True):
        if found is None:
            continue
        if not (allclose(found, zeros_like(found)) if masked else (found == 0).all()):
            raise GradcheckError("backward not multiplied by grad_output")


def _check_undefined_gradients(func: Any, outputs: Any, inputs: Any) -> None:
    """Gradients must be zeros or undefined where all, or each one, of the outputs' are undefined."""
    _check_one_undefined([undefined_gradient(each) for each in _with_gradients(func(*inputs))], inputs)
    if len(outputs) > 1:
        for number in range(len(outputs)):
            again = _with_gradients(func(*inputs))
            _check_one_undefined(
                [undefined_gradient(each) if index == number else each for index, each in enumerate(again)],
                inputs,
            )


def _check_one_undefined(outputs: Any, inputs: Any) -> None:
    zeros = [zeros_like(each) for each in outputs]
    try:
        found = grad(outputs, differentiated(inputs), zeros, allow_unused=True)
    except RuntimeError as error:
        _warn_of_undefined()
        raise GradcheckError(
            f"Expected backward function to handle undefined output grads. {UNDEFINED_NOTE}"
        ) from error
    if any(each is not None and not (each == 0).all() for each in found):
        _warn_of_undefined()
        raise GradcheckError(
            f"Expected all input grads to be undefined or zero when all output grads are undefined or zero. {UNDEFINED_NOTE}"
        )


def _warn_of_undefined() -> None:
    warnings.warn(
        "Backwards compatibility: New undefined gradient support checking feature is enabled by default, but it may break existing "
        'callers of this function. If this is true for you, you can call this function with "check_undefined_grad=False" to '
        "disable the feature",
        stacklevel=2,
    )


def _check_undefined_tangents(check: _Check) -> None:
    """An input with a tangent of zeros must give what one without a tangent gives."""
    along = directions(differentiated(check.inputs), Generator(), for_inputs=True)
    with forward_ad.dual_level():
        duals, remaining = [], iter(along)
        for each in check.inputs:
            if is_differentiated(each):
                duals.append(forward_ad.make_dual(each.detach(), next(remaining).view_as(each)))
            else:
                duals.append(each)
        for index, each in enumerate(check.inputs):
            if not is_differentiated(each):
                continue
            zero = forward_ad.make_dual(each.detach(), zeros_like(each))
            with_zero, without = (
                as_tuple(check.func(*[given if other == index else dual for other, dual in enumerate(duals)]))
                for given in (zero, each.detach())
            )
            for number, (one, two) in enumerate(
                zip(filter(is_number_like, with_zero), filter(is_number_like, without))
            ):
                _compare_tangents(
                    number, each, *[forward_ad.unpack_dual(each).tangent for each in (one, two)]
                )


def _compare_tangents(number: int, given: Any, one: Any, two: Any) -> None:
    if one is not None and two is not None and not allclose(one, two):
        raise GradcheckError(
            "Mismatch in tangent values for output with index: ",
            number,
            " when input: ",
            given,
            " has an undefined tangent value. ",
            " Got: ",
            one,
            " but expected: ",
            two,
        )


# ---- what a program calls ----------------------------------------------------------------------------------


def _require(holds: Any, message: str) -> None:
    if not holds:
        raise AssertionError(message)


def gradcheck(
    func: Callable[..., Any],
    inputs: Any,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
) -> bool:
    """Compare the gradients with finite differences; raises `GradcheckError`, or returns False, if they differ."""
    _require(
        check_forward_ad or check_backward_ad,
        "Expected at least one of check_forward_ad or check_backward_ad to be True",
    )
    _require(
        check_backward_ad or not check_batched_grad,
        "Setting check_batched_grad=True requires check_backward_ad to be True",
    )
    _require(
        check_forward_ad or not check_batched_forward_grad,
        "Setting check_batched_forward_grad=True requires check_forward_ad to be True",
    )
    check = _Check(func, as_tuple(inputs), eps, rtol, atol, nondet_tol, check_grad_dtypes, fast_mode)
    try:
        batched = check_batched_grad, check_batched_forward_grad
        _run_all(check, check_undefined_grad, batched, check_forward_ad, check_backward_ad, bool(masked))
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def _run_all(
    check: _Check, undefined: bool, batched: tuple[bool, bool], forward: bool, backward: bool, masked: bool
) -> None:
    _check_inputs(check.inputs)
    found = check.func(*check.inputs)
    outputs = _with_gradients(found)
    if backward:
        _check_backward(check, found)
    if forward:
        _check_forward(check, found, undefined)
    batched_gradients, batched_tangents = batched
    if batched_tangents:
        check_batched_tangents(check.func, check.inputs)
    if not backward:
        return
    if batched_gradients:
        for number, each in enumerate(outputs):
            check_batched_gradients(check.inputs, each, number)
    if outputs:
        _check_zeros(outputs, check.inputs, masked)
    if undefined and outputs:
        _check_undefined_gradients(check.func, outputs, check.inputs)


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Any,
    grad_outputs: Any = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """`gradcheck` of the gradients: by the inputs and by the gradients of the outputs."""
    _require(
        check_fwd_over_rev or check_rev_over_rev,
        "Expected at least one of check_fwd_over_rev or check_rev_over_rev to be True",
    )
    for name, given in (("undefined", check_undefined_grad), ("batched", check_batched_grad)):
        _require(
            check_rev_over_rev or not given,
            f"Setting check_{name}_grad=True requires check_rev_over_rev to be True",
        )
    tensors = as_tuple(inputs)
    if grad_outputs is None:
        found = _with_gradients(func(*tensors))
        vectors = tuple([(rand(each.shape, dtype=each.dtype) * 2 - 1).requires_grad_() for each in found])
    else:
        vectors = as_tuple(grad_outputs)
    return gradcheck(
        _gradient_of(func, tensors, vectors),
        tensors + vectors,
        eps=eps,
        atol=atol,
        rtol=rtol,
        raise_exception=raise_exception,
        nondet_tol=nondet_tol,
        check_undefined_grad=check_undefined_grad,
        check_grad_dtypes=check_grad_dtypes,
        check_batched_grad=check_batched_grad,
        check_forward_ad=check_fwd_over_rev,
        check_backward_ad=check_rev_over_rev,
        fast_mode=fast_mode,
        masked=masked,
    )


def _gradient_of(func: Callable[..., Any], tensors: Any, vectors: Any) -> Callable[..., Any]:
    """The gradients as a function of the inputs and of the outputs' gradients."""
    wanted = [index for index, each in enumerate(tensors) if is_differentiated(each)]
    tracked = [is_differentiated(each) for each in (*tensors, *vectors)]

    def call(*args: Any) -> tuple[Any, ...]:
        given = [each.requires_grad_() if flag else each for each, flag in zip(args, tracked)]
        outputs = _with_gradients(func(*given[: len(tensors)]))
        found = grad(
            outputs,
            [given[index] for index in wanted],
            given[len(tensors) :],
            create_graph=True,
            allow_unused=True,
        )
        return tuple([each for each in found if each is not None])

    return call
