"""Who else holds a gradient.

PyTorch adds gradients in place, and lets a leaf keep one without a copy, where its reference counts say that nobody
else can see it. So does the engine; how many references that makes is measured, for interpreters differ.
"""

from __future__ import annotations

from sys import getrefcount
from typing import Any

import numpy as np

from .base import TensorBase
from .grad_mode import mode


class References:
    """How many there are where nobody else holds the object, as each of the functions below counts them."""

    __slots__ = ("array", "arriving", "held", "held_array", "owner")

    def __init__(self) -> None:
        self.held = self.held_array = self.arriving = self.array = self.owner = 0


references = References()
ndarray = np.ndarray


def can_accumulate_in_place(held: TensorBase) -> bool:
    """Whether a buffered gradient and its memory are held by the buffer only."""
    if getrefcount(held) > references.held or held._base is not None:
        return False
    if held._shares is not None:
        return True
    array = held._array
    if array.__class__ is not ndarray and not isinstance(array, ndarray):
        return not held._is_sparse  # and NumPy scalars never change
    more = getrefcount(array) - references.held_array  # not within the call, whose arguments would count
    return _owns_memory(array, more)


def is_exclusive(grad: TensorBase, leaf: TensorBase) -> bool:
    """Whether the leaf may keep this gradient as its `.grad`: nobody else holds it, and its layout is the leaf's.

    PyTorch counts who holds the tensor, not who sees its memory: a view is kept although its base changes with it.
    """
    array = grad._array
    if getrefcount(grad) > references.arriving:
        return False
    if not isinstance(array, np.ndarray):
        return True  # NumPy scalars never change
    more = getrefcount(array) - references.array
    # NumPy and PyTorch differ in which strides of no elements are contiguous
    is_view = grad._base is not None and array.size > 0
    obeys = has_layout_of(array, leaf._array) or not mode.enforces_grad_layout
    return obeys and (is_view or _owns_memory(array, more))


def _owns_memory(array: np.ndarray[Any, Any], more: int) -> bool:
    """Whether the array, held `more` often than it should be, is the only way to its memory."""
    if more > 0:
        return False
    owner = array.base
    if owner is None:
        return True
    whole = isinstance(owner, np.ndarray) and owner.size == array.size
    return whole and getrefcount(owner) <= references.owner


def has_layout_of(array: np.ndarray[Any, Any], leaf: Any) -> bool:
    """Whether two arrays of one shape lie in memory in the same order; a leaf with gaps wants it contiguous."""
    if array.flags.c_contiguous:
        return not isinstance(leaf, np.ndarray) or leaf.flags.c_contiguous or not is_dense(leaf)
    return isinstance(leaf, np.ndarray) and is_dense(leaf) and array.strides == leaf.strides


def is_dense(array: np.ndarray[Any, Any]) -> bool:
    """Whether the elements fill a stretch of memory without gaps or overlaps, in whatever order."""
    step = array.itemsize
    for stride, size in sorted(zip(array.strides, array.shape)):
        if size > 1:
            if stride != step:
                return False
            step *= size
    return True


def copy_in_layout_of(array: Any, leaf: Any) -> Any:
    """A copy that lies in memory as the leaf does, or contiguous if the leaf has gaps."""
    if not isinstance(array, np.ndarray):
        return array
    copied = (
        np.empty_like(leaf, dtype=array.dtype)
        if isinstance(leaf, np.ndarray) and is_dense(leaf)
        else np.empty(array.shape, array.dtype)
    )
    copied[...] = array
    return copied


def measure_buffered(held: TensorBase) -> bool:
    """Stands for `can_accumulate_in_place` once, where the gradient is known to be unseen."""
    array = held._array
    references.held = getrefcount(held)
    references.held_array = getrefcount(array)
    return False


def measure_arriving(grad: TensorBase, leaf: TensorBase) -> bool:
    """Stands for `is_exclusive`, where the gradient is known to be unseen."""
    array = grad._array
    references.arriving = getrefcount(grad)
    references.array = getrefcount(array)
    view = np.empty(1)[:]
    owner = view.base
    references.owner = getrefcount(owner)
    return False
