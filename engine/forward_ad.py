"""`torch.autograd.forward_ad`: forward mode. A dual tensor carries a tangent; operations compute that of their result.

A `Level` is a transform (see `transforms`): while it is active, every operation also runs its rule for tangents
(`tangent_rules`). Tangents are kept on the tensor, by level, and are gone when the level is. Levels may be nested;
`torch.autograd.forward_ad` lets a program enter one only, as PyTorch does.
Source: torch.autograd, "Forward-mode Automatic Differentiation".
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import numpy as np

from .base import TensorBase, memory, storage
from .dtypes import INTEGER
from .grad_mode import ScopedMode, mode
from .lazy import Lazy
from .op import geometry, wrap
from .ops.slicing import as_strided
from .ops.views import clone, fw_primal, view
from .packing import Packed
from .saved import SavedResult, saved_values
from .tangent_rules import rule_of
from .transforms import Change, Making, ShapeChange, Transform, active


class Level(Transform):
    """One level of forward mode."""

    def run(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Do the operation, and compute the tangents of its results if any argument has one."""
        if mode.inference or not any(self.tangent(each) is not None for each in _tensors(args)):
            result = operation(*args)
            _note_views(result, operation, args)
            return result
        if isinstance(operation, Change):
            return self._run_change(operation, args)
        result = operation(*args)
        _note_views(result, operation, args)
        tangents = rule_of(operation)(self, operation, args, result)
        if isinstance(result, TensorBase):
            self._attach(result, tangents)
        elif tangents is not None:
            for each, tangent in zip(result, tangents):
                self._attach(each, tangent)
        return result

    def _run_change(self, change: Change, args: tuple[Any, ...]) -> Any:
        """An operation in place: the tangent is changed in place, too."""
        target, *others = args
        with active(self):
            before = clone(target)
        change(*args)
        with active(self):
            result = change.out_of_place(before, *others, **change.options)
        tangent = self.tangent(result)
        if self.tangent(target) is None and any(tangent is self.tangent(each) for each in _tensors(others)):
            tangent = tangent.clone()
        if isinstance(change, ShapeChange):
            self.set(target, tangent)
        else:
            self._write(target, tangent)
        self._attach_to_saved(target, before, others)
        return target

    def _attach_to_saved(self, target: Any, before: Any, others: list[Any]) -> None:
        """What the node of a change in place saved of the values before and after has the tangents of these."""
        node = (target if target._base is None else target._base)._node
        for saved in () if node is None else saved_values(getattr(node, "inner", node)):
            if type(saved) is SavedResult:
                _keep_tangents(saved, target)
            elif isinstance(saved, TensorBase) and not any(saved is each for each in others):
                self.set(saved, self.tangent(before))

    # ---- the tangents of tensors ---------------------------------------------------------------------------

    def tangent(self, tensor: Any) -> Any:
        """The tangent of a tensor at this level; None if it has none. A view has its part of its base's."""
        held = tensor._tangents
        if held is not None and self in held:
            return held[self]
        base, viewed = tensor._base, getattr(tensor, "_viewed", None)
        if viewed is not None:
            source, take = viewed
            whole = self.tangent(source)
            tangent = None if whole is None else take(whole)
        elif base is None or base._tangents is None or base._tangents.get(self) is None:
            return None
        else:
            tangent = _part_of(base._tangents[self], tensor, base)
        if tangent is None:
            return None
        self.set(tensor, tangent)
        return tangent

    def set(self, tensor: Any, tangent: Any) -> None:
        """Give the tensor its tangent; None says that it has none, even if its base has."""
        if tensor._tangents is None:
            tensor._tangents = weakref.WeakKeyDictionary()
        tensor._tangents[self] = tangent

    def _attach(self, result: Any, tangent: Any) -> None:
        """Give a fresh result its tangent, and what its node saved of it as well."""
        if tangent is None or result._dtype.category <= INTEGER:
            return
        tangent.__dict__.pop("_is_zero", None)
        if result._base is None and getattr(result, "_viewed", None) is None:
            if isinstance(tangent._array, Lazy):
                tangent = _copied(tangent, result)
            elif tangent._base is not None:
                tangent = _laid_out_as(tangent, result)
        self.set(result, tangent)
        if result._node is not None:
            for saved in saved_values(result._node):
                if type(saved) is SavedResult and saved.shadow._output_nr == result._output_nr:
                    _keep_tangents(saved, result)
                elif type(saved) is Packed and saved.of_result and saved.output_nr == result._output_nr:
                    saved.tangents = result._tangents

    def _write(self, target: Any, tangent: Any) -> None:
        """The new tangent of a tensor that was changed in place."""
        held, base = self.tangent(target), target._base
        if target._dtype.category <= INTEGER or (held is None and tangent is None):
            return
        viewed = getattr(target, "_viewed", None)
        while viewed is not None:
            base, _ = viewed
            viewed = getattr(base, "_viewed", None)
        if held is None and base is not None:
            self.set(base, _zeros(base, tangent, tangent))
            held = self.tangent(target)
        if held is None:
            self.set(target, _laid_out_as(tangent, target))
        elif tangent is None:
            held.zero_()
        else:
            held.copy_(tangent)

    # ---- duals ---------------------------------------------------------------------------------------------

    def make_dual(self, primal: Any, tangent: Any) -> Any:
        """A view of `primal` that carries `tangent`."""
        if self.tangent(primal) is not None:
            raise RuntimeError(
                "Making a dual Tensor based on a Tensor that already has a forward gradient at the same level 0 is not "
                "supported."
            )
        dual = view(primal, *primal._array.shape)
        if tangent._array.shape != primal._array.shape:
            raise RuntimeError(
                "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
                f"supported. Tensor is of size {list(primal._array.shape)} while the given forward gradient is of size "
                f"{list(tangent._array.shape)}."
            )
        if self.tangent(tangent) is not None:
            raise RuntimeError(
                "Setting a forward grad that itself has a forward gradient at the same level0 is not supported."
            )
        self.set(dual, _laid_out_as(tangent, primal))
        return dual

    def unpack(self, tensor: Any) -> tuple[Any, Any]:
        """A view of the values without the tangent, and the tangent."""
        tangent = self.tangent(tensor)
        before = mode.transforms
        mode.set_transforms(tuple([each for each in before if each is not self]))
        try:
            primal = fw_primal(tensor)
        finally:
            mode.set_transforms(before)
        self.set(primal, None)
        return primal, tangent


def _zeros(primal: Any, tangent: Any, like: Any) -> Any:
    """Zeros of the tangent's type that lie in memory as the primal does; of several examples if `like` is."""
    steps = None if primal._of_examples else memory(primal)
    return Making(_zeros_as, {"steps": steps, "dtype": tangent._dtype})(like, primal._array.shape)


def _zeros_as(sizes: tuple[int, ...], steps: Any, dtype: Any) -> Any:
    if steps is None or len(sizes) != steps.ndim:
        return wrap(np.zeros(sizes, dtype.numpy), dtype)
    return wrap(np.zeros_like(steps, dtype.numpy), dtype)


class SavedDualResult(SavedResult):
    """A node's own output that has a tangent."""

    __slots__ = ()

    def unpack(self, node: Any) -> Any:
        """The result, with its tangent."""
        result = super().unpack(node)
        result._tangents = self.shadow._tangents
        return result


def _keep_tangents(saved: SavedResult, result: Any) -> None:
    saved.__class__ = SavedDualResult
    saved.shadow._tangents = result._tangents


def _tensors(args: Any) -> Iterator[Any]:
    for each in args:
        if isinstance(each, TensorBase):
            yield each
        elif isinstance(each, (tuple, list)):
            yield from _tensors(each)


def _note_views(results: Any, operation: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Remember of what tensors of several examples are views, which have no base; their tangents are its tangent's parts."""
    source = args[0] if args else None
    if not isinstance(source, TensorBase) or not source._of_examples:
        return
    several = isinstance(results, (tuple, list))
    for number, result in enumerate(results if several else (results,)):
        if isinstance(result, TensorBase) and result is not source and _is_part(result, source):
            result._viewed = source, _Part(operation, args[1:], number if several else None)  # type: ignore[attr-defined]


def _is_part(result: Any, source: Any) -> bool:
    return result._of_examples and result._base is None and storage(result) is storage(source)


class _Part(NamedTuple):
    """How a view was taken, for another tensor."""

    operation: Callable[..., Any]
    others: tuple[Any, ...]
    number: int | None

    def __call__(self, tensor: Any) -> Any:
        taken = self.operation(tensor, *self.others)
        return taken if self.number is None else taken[self.number]


def _part_of(tangent: Any, view_of_base: Any, base: Any) -> Any:
    """The part of the base's tangent that belongs to a view."""
    shape, steps, offset, _ = geometry(view_of_base)
    start = offset - geometry(base)[2] + geometry(tangent)[2]
    return as_strided(tangent, shape, steps, start)


def _laid_out_as(tangent: Any, primal: Any) -> Any:
    """The tangent itself if it lies in memory as the primal does, else a copy that does: views of both must match."""
    if tangent._of_examples:
        return tangent
    one, two = (
        [step for step, size in zip(each.stride(), each._array.shape) if size != 1]
        for each in (tangent, primal)
    )
    if one == two and geometry(tangent)[2:] == geometry(primal)[2:]:
        return tangent
    return _copied(tangent, primal)


def _copied(tangent: Any, primal: Any) -> Any:
    """A copy of the tangent that lies in memory as the primal does."""
    return _zeros(primal, tangent, primal).copy_(tangent)


# ---- what operations ask that know of no levels ------------------------------------------------------------


def _held(tensor: Any) -> Iterator[tuple[Level, Any]]:
    """The levels at which the tensor, or what it holds for function transforms, has a tangent, with what has it."""
    while tensor is not None:
        for level in mode.transforms:
            if isinstance(level, Level) and level.tangent(tensor) is not None:
                yield level, tensor
        tensor = getattr(tensor, "_value", None)


def has_tangent(*tensors: Any) -> bool:
    """Whether any of these tensors has a tangent at an active level."""
    return any(True for tensor in tensors for _ in _held(tensor))


def zero_tangents(tensor: Any) -> None:
    """What happens to the tangents of a tensor whose values are overwritten by constants."""
    transforms = mode.transforms
    try:
        for level, held in list(_held(tensor)):
            mode.set_transforms(transforms[: transforms.index(level)])
            level._write(held, None)
    finally:
        mode.set_transforms(transforms)


# ---- what a program calls ----------------------------------------------------------------------------------

_current_level = -1
_entered: list[Level] = []


def enter_dual_level() -> int:
    """Enter a level; there can be only one."""
    global _current_level
    if _entered:
        raise RuntimeError("Nested forward mode AD is not supported at the moment")
    level = Level()
    _entered.append(level)
    mode.set_transforms((*mode.transforms, level))
    _current_level = 0
    return 0


class _set_fwd_grad_enabled(ScopedMode):  # noqa: N801 - PyTorch's own name
    """Turn forward mode on or off while the level stays."""

    def __init__(self, mode: bool) -> None:
        self._enabled = mode

    def __enter__(self) -> None:
        self._before = mode.transforms
        others = tuple([each for each in self._before if each not in _entered])
        mode.set_transforms((*others, *_entered) if self._enabled else others)

    def __exit__(self, *exception: object) -> None:
        mode.set_transforms(self._before)

    def clone(self) -> Any:
        return type(self)(self._enabled)


def exit_dual_level(*, level: int | None = None) -> None:
    """Leave the level: all its tangents are gone."""
    global _current_level
    if level is None:
        level = _current_level
    if level != _current_level:
        raise RuntimeError(
            "Trying to exit a forward AD level that was not the last one that was created. This is not supported."
        )
    if level < 0:
        raise RuntimeError("Dual level must be a positive number.")
    left = _entered.pop()
    mode.set_transforms(tuple([each for each in mode.transforms if each is not left]))
    _current_level = -1


def make_dual(tensor: Any, tangent: Any, *, level: int | None = None) -> Any:
    """A view of `tensor` that carries `tangent` through the operations of this level."""
    if level is None:
        level = _current_level
    if level < 0:
        raise RuntimeError(
            "Trying to create a dual Tensor for forward AD but no level exists, make sure to enter_dual_level() first."
        )
    for name, each in (("primal", tensor), ("tangent", tangent)):
        if not (each.is_floating_point() or each.is_complex()):
            raise ValueError(f"Expected {name} to be floating point or complex, but got: {each.dtype}")
    if level:
        raise RuntimeError("Invalid level given to _make_dual")
    if not _entered:
        raise RuntimeError(
            "Trying to access a forward AD level with an invalid index. This index was either not created or is already "
            "deleted."
        )
    return _entered[0].make_dual(tensor, tangent)


class UnpackedDualTensor(NamedTuple):
    """What `unpack_dual` returns."""

    primal: Any
    tangent: Any


UnpackedDualTensor.__module__ = "torch.autograd.forward_ad"  # as it prints


def unpack_dual(tensor: Any, *, level: int | None = None) -> UnpackedDualTensor:
    """The values and the tangent (or None) of a tensor."""
    if level is None:
        level = _current_level
    if level < 0:
        return UnpackedDualTensor(tensor, None)
    if not isinstance(tensor, TensorBase):
        raise TypeError(
            f"_unpack_dual(): argument 'dual' (position 1) must be Tensor, not {type(tensor).__name__}"
        )
    if level:
        raise RuntimeError("Invalid level given to _fw_primal")
    reached = _entered[0] if _entered else Level()
    primal, tangent = reached.unpack(tensor)
    return UnpackedDualTensor(primal, tangent if reached in mode.transforms else None)


def tangent_to_print(tensor: Any) -> Any:
    """The tangent that belongs to the tensor's text."""
    return _entered[0].tangent(tensor) if _entered else None


class dual_level(ScopedMode):  # noqa: N801 - PyTorch's own name
    """Forward mode is on inside; as a decorator, within the function."""

    def __enter__(self) -> int:  # type: ignore[override]
        return enter_dual_level()

    def __exit__(self, *exception: object) -> None:
        exit_dual_level()
