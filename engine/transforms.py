"""What sees every operation while it is active: forward mode, `vmap`, and whatever else a program turns on.

A thread's active transforms are a stack, `mode.transforms`. As long as it is empty, operations take their short path.
Otherwise the last transform gets the operation and its arguments, and whatever it calls meanwhile reaches those below
it; so transforms nest as in `torch.func`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from .base import storage
from .grad_mode import mode


class Change:
    """A change in place as transforms see it: called with the tensor and the other arguments, it changes the tensor.

    `out_of_place(*args, **options)` computes the same values apart.
    """

    def __init__(
        self, in_place: Callable[..., Any], out_of_place: Callable[..., Any], options: dict[str, Any]
    ) -> None:
        self.in_place = in_place
        self.out_of_place = out_of_place
        self.options = options

    def __call__(self, *args: Any) -> Any:
        return self.in_place(*args, **self.options)


class ShapeChange(Change):
    """A tensor's becoming the view of itself that `out_of_place` gives."""


class DrawingInto(Change):
    """The filling of a tensor with random numbers in place, as transforms see it."""


class Transform:
    """Something that sees every operation of its thread while it is active."""

    draws = False  # has a say in which random numbers are drawn
    computes = True  # something else than the operation would: then gradients must not be added up in place
    lowers = False  # casts the operands of products to one type, which need not have one before

    def run(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Do what `operation(*args)` should do; calls of operations go to the transforms below this one.

        `operation` is the function that `op` or `pointwise` made: `operation.declaration` knows its forward, its
        formulas and the names of its inputs, `operation.declaration.node_class` the class of its nodes.
        """
        raise NotImplementedError

    def operands(self, name: str, tensors: tuple[Any, ...]) -> tuple[Any, ...]:
        """The operands that the function of this name is to compute with; it consists of several operations."""
        return tensors

    def made(self, tensor: Any) -> Any:
        """A tensor that was just made from nothing, as this transform sees it."""
        return tensor


class Making:
    """The making of a tensor that is to be like another, as transforms see it: called with that one, and the sizes."""

    def __init__(self, make: Callable[..., Any], options: dict[str, Any]) -> None:
        self.make = make
        self.options = options
        self.tangent_rule = no_tangent

    def __call__(self, like: Any, sizes: Any) -> Any:
        if mode.recording < 2:
            return self.make(sizes, **self.options)
        return through_transforms(self, (like, sizes))


class Drawing:
    """The drawing of random numbers, as transforms see it: called with the sizes."""

    def __init__(self, draw: Callable[..., Any]) -> None:
        self.draw = draw

    def __call__(self, sizes: Any) -> Any:
        return self.draw(sizes) if mode.recording < 2 else through_transforms(self, (sizes,))


def draws_by_example() -> bool:
    """Whether something is active that has a say in which random numbers are drawn, as `vmap` has."""
    return mode.recording > 1 and any(each.draws for each in mode.transforms)


def no_tangent(level: Any, operation: Any, args: Any, result: Any) -> None:
    """Forward mode's rule for what has no derivative."""


def made(tensor: Any) -> Any:
    """A tensor that was just made from nothing, as the active transforms see it."""
    for transform in mode.transforms:
        tensor = transform.made(tensor)
    return tensor


def through_transforms(operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
    """Let the last transform do the operation."""
    transforms = mode.transforms
    mode.set_transforms(transforms[:-1])
    try:
        return transforms[-1].run(operation, args)
    finally:
        mode.set_transforms(transforms)


def computing() -> bool:
    """Whether a function transform computes what is done now: then PyTorch's formulas write nothing in place."""
    return mode.recording > 1 and any(each.computes for each in mode.transforms)


def note_writes(gradient: Any, times: int) -> None:
    """Give a gradient the version that it has in PyTorch, whose formula writes into zeros in place."""
    if mode.recording < 2 or not computing():
        storage(gradient).version = times


@contextmanager
def active(transform: Transform) -> Iterator[None]:
    """Have `transform` see every operation inside."""
    before = mode.transforms
    mode.set_transforms((*before, transform))
    try:
        yield
    finally:
        mode.set_transforms(before)


def lowering() -> bool:
    """Whether something is active that casts the operands of products to one type, as `autocast` does."""
    return any(each.lowers for each in mode.transforms)


def operands(name: str, *tensors: Any) -> Any:
    """The operands of a function that consists of several operations, in the types that it computes with."""
    for each in mode.transforms:
        if each.lowers:
            tensors = each.operands(name, tensors)
    return tensors
