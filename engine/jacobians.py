"""Jacobians for `gradcheck`: by finite differences, by running backward, by forward mode, whole or in one direction.

A Jacobian here has a row for each element of the input and a column for each element of the output.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import product
from typing import Any

from . import dtypes, forward_ad
from .backward import grad
from .base import TensorBase
from .generator import Generator
from .gradcheck_texts import NONDETERMINISM
from .ops.complex import imag, real, view_as_real
from .ops.creation import rand, zeros_like


class GradcheckError(RuntimeError):
    """Raised by `gradcheck` and `gradgradcheck` when gradients are wrong."""

    __module__ = "torch.autograd.gradcheck"


def as_tuple(value: Any) -> tuple[Any, ...]:
    """Several values, or a single one, as a tuple."""
    return tuple(value) if isinstance(value, (tuple, list)) else (value,)


def is_differentiated(value: Any) -> bool:
    """Whether this is an input to differentiate by."""
    return isinstance(value, TensorBase) and value.requires_grad  # type: ignore[attr-defined]


def differentiated(inputs: Any) -> list[Any]:
    """The inputs to differentiate by."""
    return [each for each in inputs if is_differentiated(each)]


def is_number_like(value: Any) -> bool:
    """Whether this is a floating or complex tensor: those have tangents."""
    return isinstance(value, TensorBase) and value._dtype.category > dtypes.INTEGER


def places(tensor: Any) -> Iterator[tuple[int, ...]]:
    """The index of each element, in order."""
    return product(*[range(size) for size in tensor._array.shape])


# ---- finite differences ------------------------------------------------------------------------------------


def numerical(func: Any, inputs: Any, outputs: Any, eps: float, forward: bool = False) -> list[list[Any]]:
    """The Jacobians by finite differences: for each input, of each output."""
    if not forward and any(each.is_complex() for each in outputs):
        raise ValueError(
            "Expected output to be non-complex. get_numerical_jacobian no longer supports functions that return complex outputs."
        )
    return [_numerical_of(func, inputs, each, outputs, eps, forward) for each in differentiated(inputs)]


def _numerical_of(func: Any, inputs: Any, one: Any, outputs: Any, eps: float, forward: bool) -> list[Any]:
    rows = []
    values = one.data
    for place in places(one):
        checks = f"on index {place} by {eps}"
        rows.append(_directional(func, inputs, values[place], (eps, eps * 1j), eps, forward, checks))
    dtype = one.dtype if one.is_complex() else None
    matrices = [
        each.new_zeros((one.numel(), each.numel()), dtype=dtype) for each in outputs if is_number_like(each)
    ]
    for number, matrix in enumerate(matrices):
        for index, row in enumerate(rows):
            matrix[index] = row[number]
    return matrices


def _directional(
    func: Any, inputs: Any, entry: Any, steps: Any, norm: float, forward: bool, checks: str
) -> list[Any]:
    """The change of each output when `entry` is moved; of a complex entry, in both directions."""
    along = _difference(func, inputs, entry, steps[0], norm, checks)
    if not entry.is_complex():
        return along
    across = _difference(func, inputs, entry, steps[1], norm, checks)
    return [one + two * 1j for one, two in zip(along, across)]


def _difference(func: Any, inputs: Any, entry: Any, step: Any, norm: float, checks: str) -> list[Any]:
    original = entry.clone()
    entry.copy_(original - step)
    before = [each.clone() for each in as_tuple(func(*inputs))]
    entry.copy_(original + step)
    after = [each.clone() for each in as_tuple(func(*inputs))]
    entry.copy_(original)
    found = []
    for one, two in zip(before, after):
        for what, first, second in (("shape", one.shape, two.shape), ("dtype", one.dtype, two.dtype)):
            if first != second:
                raise AssertionError(
                    f"Expected `func` to return outputs with the same {what} when inputs are perturbed {checks}, but got: "
                    f"{what}s {first} and {second}."
                )
        found.append(((two - one) / (2 * norm)).detach().reshape(-1))
    return found


# ---- backward ----------------------------------------------------------------------------------------------


def analytical(inputs: Any, output: Any, nondet_tol: float, direction: Any = None) -> list[Any]:
    """The Jacobians of one output by running backward; with `direction`, their product with it.

    Runs twice, and raises `GradcheckError` where the results differ by more than `nondet_tol`.
    """
    first, second = (_backward_columns(inputs, output, direction) for _ in range(2))
    for one, two in zip(first, second):
        if one.numel() and (one - two).abs().max() > nondet_tol:
            raise GradcheckError(
                "Backward is not reentrant, i.e., running backward with same input and grad_output multiple times gives "
                "different values, although analytical gradient matches numerical gradient."
                f"The tolerance for nondeterminism was {nondet_tol}." + NONDETERMINISM
            )
    return first


def _backward_columns(inputs: Any, output: Any, direction: Any) -> list[Any]:
    wanted = differentiated(inputs)
    if direction is not None:
        vectors: Any = [direction.reshape(output.shape)]
    else:
        vectors = _unit_vectors(output.clone())
    columns = [grad(output, wanted, vector, retain_graph=True, allow_unused=True) for vector in vectors]
    matrices = [each.new_zeros((each.numel(), len(columns))) for each in wanted]
    for index, column in enumerate(columns):
        for matrix, found in zip(matrices, column):
            if found is not None:
                matrix[:, index] = found.reshape(-1)
    return matrices


def _unit_vectors(like: Any) -> Iterator[Any]:
    base = zeros_like(like).contiguous()
    for place in places(like):
        vector = base.clone()
        vector[place] = 1.0
        yield vector


# ---- forward mode ------------------------------------------------------------------------------------------


def by_forward_mode(
    func: Callable[..., Any], inputs: Any, outputs: Any, check_types: bool, directions: Any = None
) -> list[list[Any]]:
    """The Jacobians by forward mode: for each input, of each output; with `directions`, their products with these."""
    wanted = differentiated(inputs)
    if any(each.is_complex() for each in wanted):
        raise ValueError("Expected inputs to be non-complex for _get_analytical_jacobian_forward_ad.")
    matrices = []
    with forward_ad.dual_level():
        duals = [
            forward_ad.make_dual(each.detach(), zeros_like(each)) if is_differentiated(each) else each
            for each in inputs
        ]
        tangents = [
            forward_ad.unpack_dual(dual).tangent
            for dual, each in zip(duals, inputs)
            if is_differentiated(each)
        ]
        for index, tangent in enumerate(tangents):
            if directions is not None:
                tangent.copy_(directions[index].view_as(tangent))
                matrices.append(_tangents_of_outputs(func, duals, check_types))
                tangent.zero_()
                continue
            rows = []
            for place in places(tangent):
                tangent[place] = 1.0
                rows.append(_tangents_of_outputs(func, duals, check_types))
                tangent[place] = 0.0
            matrices.append(_stacked(rows, outputs, tangent.numel()))
    return matrices


def _stacked(rows: list[list[Any]], outputs: Any, height: int) -> list[Any]:
    stacked = []
    for number, output in enumerate([each for each in outputs if is_number_like(each)]):
        matrix = output.new_zeros((height, output.numel()))
        for index, row in enumerate(rows):
            matrix[index] = row[number]
        stacked.append(matrix)
    return stacked


def _tangents_of_outputs(func: Callable[..., Any], duals: Sequence[Any], check_types: bool) -> list[Any]:
    found = []
    for output in as_tuple(func(*duals)):
        if is_number_like(output):
            values, tangent = forward_ad.unpack_dual(output)
            if check_types and tangent is not None and values.is_complex() != tangent.is_complex():
                raise GradcheckError("Forward AD gradient has dtype mismatch.")
            found.append(zeros_like(values).reshape(-1) if tangent is None else tangent.reshape(-1))
    return found


# ---- in one direction, for the fast mode -------------------------------------------------------------------


def directions(tensors: Sequence[Any], generator: Generator, for_inputs: bool) -> list[Any]:
    """A random direction for each tensor; for a complex input two, of real numbers."""
    found = []
    for each in tensors:
        kind = each.dtype
        if each.is_complex() and for_inputs:
            kind = dtypes.float64 if kind is dtypes.complex128 else dtypes.float32
            found.append((_direction(each, generator, kind), _direction(each, generator, kind)))
        else:
            found.append(_direction(each, generator, kind))
    return found


def _direction(tensor: Any, generator: Generator, dtype: Any) -> Any:
    vector: Any = rand(tensor.numel(), generator=generator).to(dtype=dtype)
    vector /= vector.norm()
    return vector


def numerical_in_directions(
    func: Any, inputs: Any, outputs: Any, along: Any, ends: Any, eps: float, forward: bool
) -> list[list[Any]]:
    """By finite differences: for each input, the change of each output in a direction (times `ends`, if given)."""
    found = []
    for one, direction in zip(differentiated(inputs), along):
        parts = direction if isinstance(direction, tuple) else (direction,)
        steps = [part.reshape(one.shape) * eps for part in parts]
        if len(steps) == 2:
            steps[1] = steps[1] * 1j
        changes = _directional(func, inputs, one.data, steps, eps, forward, f"by {eps}")
        kept = [change for change, output in zip(changes, outputs) if is_number_like(output)]
        found.append(kept if ends is None else [(end * change).sum() for end, change in zip(ends, kept)])
    return found


def analytical_in_directions(inputs: Any, outputs: Any, along: Any, ends: Any, nondet_tol: float) -> Any:
    """By running backward, for each output: the products of each Jacobian with both directions."""
    found = []
    for output, end in zip(outputs, ends):
        products = []
        for matrix, direction in zip(analytical(inputs, output, nondet_tol, end), along):
            row = matrix.T.squeeze(0)
            if row.is_complex():
                parts = view_as_real(row)
                products.append(
                    parts.select(-1, 0).dot(direction[0]) + parts.select(-1, 1).dot(direction[1]) * 1j
                )
            else:
                products.append(row.dot(direction))
        found.append(products)
    return found


def real_and_imaginary_of_outputs(func: Callable[..., Any]) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """The function with only the real, and only the imaginary parts of its complex outputs."""

    def taking(part: Callable[..., Any]) -> Callable[..., Any]:
        return lambda *inputs: tuple(
            [part(each) if each.is_complex() else each for each in as_tuple(func(*inputs))]
        )

    return taking(real), taking(imag)
