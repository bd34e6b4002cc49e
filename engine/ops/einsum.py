"""Sums of products in Einstein's notation, by the same products, permutations and sums as PyTorch's.

Source: torch.einsum.
"""

from __future__ import annotations

import math
from typing import Any

from ..base import TensorBase
from .linalg import bmm
from .slicing import diagonal
from .views import permute, reshape, unsqueeze, view

LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
ELLIPSIS = "."


def einsum(*args: Any) -> Any:
    """The sums of products of the operands that an equation describes.

    Raises `RuntimeError` where the equation does not fit the operands.
    """
    if len(args) < 2:
        raise ValueError(
            "einsum(): must specify the equation string and at least one operand, or at least one operand and its subscripts list"
        )
    if isinstance(args[0], str):
        equation, operands = args[0], args[1:]
    else:
        equation, operands = _from_sublists(args)
    if len(operands) == 1 and isinstance(operands[0], (tuple, list)):
        return einsum(equation, *operands[0])
    for position, each in enumerate(operands):
        if not isinstance(each, TensorBase):
            kind = type(each).__name__
            raise TypeError(f"expected Tensor as element {position} in argument 1, but got {kind}")
    return _evaluated(equation, list(operands))


def _from_sublists(args: tuple[Any, ...]) -> tuple[str, tuple[Any, ...]]:
    def letters(sublist: Any) -> str:
        return "".join([_letter(each) for each in sublist])

    equation = ",".join([letters(each) for each in args[1::2]])
    if len(args) % 2:
        return f"{equation}->{letters(args[-1])}", args[:-1:2]
    return equation, args[::2]


def _letter(place: Any) -> str:
    if place is Ellipsis:
        return "..."
    if 0 <= place < 52:
        return LETTERS[place]
    raise ValueError("einsum(): subscript in subscript list is not within the valid range [0, 52)")


# ---- reading the equation ----------------------------------------------------------------------------------


def _labels(part: str, start: int, owner: str, again: str, alone: str) -> list[str]:
    """The labels of one operand or of the output; `start` is where it begins in the equation."""
    found: list[str] = []
    position = 0
    while position < len(part):
        each = part[position]
        if each == ".":
            if ELLIPSIS in found:
                raise RuntimeError(f"einsum(): found '.' for {owner} {again}")
            if part[position : position + 3] != "...":
                raise RuntimeError(f"einsum(): found '.' for {owner} that is not part of any ellipsis{alone}")
            found.append(ELLIPSIS)
            position += 2
        elif each in LETTERS:
            found.append(each)
        elif each != " ":
            raise RuntimeError(
                f"einsum(): invalid subscript given at index {start + position} in the equation string, subscripts must be in "
                "[a-zA-Z]"
            )
        position += 1
    return found


def _inputs(left: str, count: int) -> list[list[str]]:
    parts, start = [], 0
    given = left.split(",")
    for number, part in enumerate(given):
        again = "for which an ellipsis was already found"
        parts.append(_labels(part, start, f"operand {number}", again, ""))
        start += len(part) + 1
    if len(given) != count:
        amount = "fewer" if count < len(given) else "more"
        raise RuntimeError(f"einsum(): {amount} operands were provided than specified in the equation")
    return parts


def _check_labels(inputs: list[list[str]], operands: list[Any]) -> int:
    """Compare the labels with the operands' dimensions; gives how many dimensions an ellipsis stands for."""
    covered = 0
    for number, (labels, operand) in enumerate(zip(inputs, operands)):
        ndim, named = operand._array.ndim, len([each for each in labels if each != ELLIPSIS])
        if ELLIPSIS in labels:
            if named > ndim:
                raise RuntimeError(
                    f"einsum(): the number of subscripts in the equation ({named}) is more than the number of dimensions ({ndim}) "
                    f"for operand {number}"
                )
            covered = max(covered, ndim - named)
        elif named != ndim:
            raise RuntimeError(
                f"einsum(): the number of subscripts in the equation ({named}) does not match the number of dimensions ({ndim}) for "
                f"operand {number} and no ellipsis was given"
            )
    return covered


def _output(right: str | None, start: int, inputs: list[list[str]], covered: int) -> list[str]:
    """The labels of the result; without an arrow, those that appear once, in alphabetical order."""
    given = [each for labels in inputs for each in labels]
    if right is None:
        once = sorted([each for each in set(given) if each != ELLIPSIS and given.count(each) == 1])
        return [ELLIPSIS, *once]
    labels = _labels(right, start, "output", "but an ellipsis (...) was already found", " (...)")
    for position, each in enumerate(labels):
        if each == ELLIPSIS:
            continue
        if each in labels[:position]:
            raise RuntimeError(f"einsum(): output subscript {each} appears more than once in the output")
        if each not in given:
            raise RuntimeError(
                f"einsum(): output subscript {each} does not appear in the equation for any input operand"
            )
    return labels


# ---- computing ---------------------------------------------------------------------------------------------


def _evaluated(equation: str, operands: list[Any]) -> Any:
    left, arrow, right = equation.partition("->")
    inputs = _inputs(left, len(operands))
    covered = _check_labels(inputs, operands)
    output = _output(right if arrow else None, len(left) + 2, inputs, covered)
    places: dict[Any, int] = {}
    for each in output:
        for label in _spread(each, covered):
            places[label] = len(places)
    kept = len(places)
    for each in [ELLIPSIS, *sorted({label for labels in inputs for label in labels if label != ELLIPSIS})]:
        for label in _spread(each, covered):
            places.setdefault(label, len(places))
    if ELLIPSIS not in output and not any(ELLIPSIS in labels for labels in inputs):
        places = {label: place for label, place in places.items() if not isinstance(label, tuple)}
    _check_sizes(inputs, operands, covered)
    aligned = [
        _aligned(operand, labels, places, covered, number)
        for number, (operand, labels) in enumerate(zip(operands, inputs))
    ]
    return _multiplied(aligned, kept, len(places))


def _spread(label: str, covered: int) -> list[Any]:
    """A label as it is; an ellipsis as one label for each dimension that it covers, counted from the back."""
    return [(ELLIPSIS, back) for back in range(covered, 0, -1)] if label == ELLIPSIS else [label]


def _expanded_labels(labels: list[str], ndim: int) -> list[Any]:
    covered = ndim - len([each for each in labels if each != ELLIPSIS])
    return [label for each in labels for label in _spread(each, covered)]


def _check_sizes(inputs: list[list[str]], operands: list[Any], covered: int) -> None:
    seen: dict[Any, int] = {}
    for number, (labels, operand) in enumerate(zip(inputs, operands)):
        own: dict[Any, int] = {}
        for label, size in zip(_expanded_labels(labels, operand._array.ndim), operand._array.shape):
            if label in own and own[label] != size:
                raise RuntimeError(
                    f"einsum(): subscript {label} is repeated for operand {number} but the sizes don't match, {size} != {own[label]}"
                )
            own[label] = size
        for label, size in own.items():
            if size != 1 and seen.setdefault(label, size) != size:
                what = "dimension covered by ellipsis" if isinstance(label, tuple) else f"subscript {label}"
                raise RuntimeError(
                    f"einsum(): {what} has size {size} for operand {number} which does not broadcast with previously seen size "
                    f"{seen[label]}"
                )


def _aligned(operand: Any, labels: list[str], places: dict[Any, int], covered: int, number: int) -> Any:
    """The operand with a dimension for each label, in the labels' order; repeated labels become diagonals."""
    order: list[int | None] = [None] * len(places)
    dim = 0
    for label in _expanded_labels(labels, operand._array.ndim):
        place = places[label]
        first = order[place]
        if first is None:
            order[place] = dim
            dim += 1
        else:
            operand = diagonal(operand, 0, first, dim)
            last = operand._array.ndim - 1
            dims = list(range(last))
            dims.insert(first, last)
            operand = permute(operand, dims)
    for place, found in enumerate(order):
        if found is None:
            operand = unsqueeze(operand, -1)
            order[place] = dim
            dim += 1
    return permute(operand, order)


def _multiplied(operands: list[Any], kept: int, dims: int) -> Any:
    """The product of all operands, from left to right; dimensions from `kept` on are summed as soon as possible."""
    counts = {dim: sum([each._array.shape[dim] != 1 for each in operands]) for dim in range(kept, dims)}
    several = len(operands) > 1
    while len(operands) > 1:
        one, two = operands.pop(0), operands.pop(0)
        common: list[int] = []
        of_one: list[int] = []
        of_two: list[int] = []
        for dim in range(kept, dims):
            wide = one._array.shape[dim] != 1, two._array.shape[dim] != 1
            if wide == (True, True):
                counts[dim] -= 1
                if counts[dim] == 1:
                    common.append(dim)
                    counts[dim] = 0
            elif counts[dim] == 1 and any(wide):
                (of_one if wide[0] else of_two).append(dim)
                counts[dim] = 0
        one = one.sum(of_one, True) if of_one else one
        two = two.sum(of_two, True) if of_two else two
        operands.insert(0, _pair(one, two, common))
    (found,) = operands
    if dims == kept:
        return found
    if several:
        return view(found, found._array.shape[:kept])
    return found.sum(list(range(kept, dims)))


def _pair(one: Any, two: Any, common: list[int]) -> Any:
    """The product of two operands, summed over `common`, by one product of stacks of matrices."""
    if not common:
        return one * two
    sizes, others = one._array.shape, two._array.shape
    both: list[int] = []
    left: list[int] = []
    right: list[int] = []
    for dim, (size, other) in enumerate(zip(sizes, others)):
        if dim not in common:
            (both if size != 1 and other != 1 else left if size != 1 else right).append(dim)
    if left and right and right[-1] < left[0]:  # then the product lies in memory as the result does
        one, two, sizes, others, left, right = two, one, others, sizes, right, left

    def count(shape: Any, dims: list[int]) -> int:
        return math.prod([shape[dim] for dim in dims])

    stack, rows, columns, inner = (
        count(sizes, both),
        count(sizes, left),
        count(others, right),
        count(sizes, common),
    )
    first = reshape(permute(one, [*both, *left, *common, *right]), stack, rows, inner)
    second = reshape(permute(two, [*both, *common, *right, *left]), stack, inner, columns)
    order = [*both, *left, *common, *right]
    back = [order.index(dim) for dim in range(len(order))]
    shape = [sizes[dim] for dim in (*both, *left)] + [1] * len(common) + [others[dim] for dim in right]
    return permute(view(bmm(first, second), shape), back)
