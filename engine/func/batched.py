"""The level of `vmap`: its tensors hold all examples at once, and show one."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import TensorBase, memory
from ..generator import Generator
from ..grad_mode import mode
from ..ops.joining import stack
from ..ops.slicing import select_op
from ..ops.views import _expand, _permute
from ..transforms import Change, Drawing, DrawingInto, Making, ShapeChange
from .levels import NO_STORAGE, Level, LevelTensor, mapped, name_of

READS_VALUES = (
    "vmap: It looks like you're calling .item() on a Tensor. We don't support vmap over calling .item() on a Tensor, please "
    "try to rewrite what you're doing with other operations. If error is occurring somewhere inside PyTorch internals, please "
    "file a bug report."
)
ESCAPED = (
    "Either your tensor may have escaped from inside a function being vmapped and this is a user error (see "
    "https://pytorch.org/functorch/stable/ux_limitations.html), or there is an internal functorch error in "
    "`gen_vmap_plumbing` Please file an issue if it looks like the latter"
)
READS_OR_BRANCHES = (
    "vmap: It looks like you're either (1) calling .item() on a Tensor or (2) attempting to use a Tensor in some data-dependent "
    "control flow or (3) encountering this error in PyTorch internals. For (1): we don't support vmap over calling .item() on a "
    "Tensor, please try to rewrite what you're doing with other operations. For (2): we don't support data-dependent control "
    "flow in vmap yet, please file an issue at https://github.com/pytorch/pytorch/issues . For (3): please file an issue."
)
BRANCHES = (
    "vmap: It looks like you're attempting to use a Tensor in some data-dependent control flow. We don't support that yet, "
    "please file an issue at https://github.com/pytorch/pytorch/issues ."
)

RANDOM = (
    "vmap: called random operation while in randomness error mode. Please either use the 'same' or 'different' randomness "
    "flags on vmap or perform the randomness operation out of vmap"
)
_DYNAMIC = (
    "vmap: We do not support batching operators that can output dynamic shape. Attempted to vmap over aten::{}. Please "
    "file an issue at https://github.com/pytorch/pytorch/issues if you need this feature."
)
_REFUSALS: dict[str, str] = {
    "equal": "Batching rule not implemented for aten::equal. We could not generate a fallback.",
    "allclose": (
        "vmap over torch.allclose isn't supported yet. Please file an issue at https://github.com/pytorch/pytorch/issues if "
        "you need this feature."
    ),
    "by_dimension": _DYNAMIC.format("where"),
    "nonzero": _DYNAMIC.format("nonzero"),
    "_unique": _DYNAMIC.format("_unique2"),
    "_unique_dim": _DYNAMIC.format("unique_dim"),
    "_unique_consecutive": _DYNAMIC.format("unique_consecutive"),
    "_unique_dim_consecutive": _DYNAMIC.format("unique_dim_consecutive"),
}


class OneExample(np.ndarray):
    """The array of one example: its sizes can be read, its elements cannot, for they stand for no example's own."""

    def __array_ufunc__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(READS_OR_BRANCHES)

    def __array_function__(self, function: Any, *args: Any) -> Any:
        return self.__array_ufunc__()

    def tolist(self) -> Any:
        raise RuntimeError(NO_STORAGE)

    item = __array_ufunc__
    __float__ = __int__ = __bool__ = __index__ = __complex__ = __array_ufunc__


def _refusing(message: str) -> Callable[..., Any]:
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(message)

    return call


class Batched(LevelTensor):
    """One example of many; `_dim` is the dimension of `_value` that the examples lie along."""

    _dim: int
    _of_examples = True

    @property  # type: ignore[misc]
    def _array(self) -> Any:
        if self._level.is_left():
            raise RuntimeError(ESCAPED)
        array = memory(self._value)
        if array.shape[self._dim]:
            one = array[(slice(None),) * self._dim + (0, ...)]
        else:
            one = np.zeros(array.shape[: self._dim] + array.shape[self._dim + 1 :], array.dtype)
        return one.view(OneExample) if mode.transforms else one.view(np.ndarray)

    def _heading(self) -> str:
        return f"BatchedTensor(lvl={self._level.number}, bdim={self._dim}"

    item = __float__ = __int__ = __complex__ = __index__ = __format__ = __contains__ = _refusing(READS_VALUES)
    __bool__ = _refusing(BRANCHES)
    data = property(_refusing("accessing `data` under vmap transform is not allowed"))


class BatchLevel(Level):
    """One running `vmap`."""

    draws = True

    def __init__(self, size: int, randomness: str) -> None:
        super().__init__()
        self.size = size
        self.randomness = randomness

    def tensor(self, value: Any, dim: int = 0) -> Any:
        """A tensor of this level over all the examples."""
        made: Any = object.__new__(Batched)
        made._level = self
        made._value = value
        made._dim = dim
        return made

    def tensors(self, values: Any) -> Any:
        """Results, one or several, whose examples lie along the first dimension."""
        if isinstance(values, TensorBase):
            return self.tensor(values)
        return mapped(self.tensors, values) if type(values) in (tuple, list) else values

    def is_batched(self, args: Any) -> bool:
        """Whether any argument holds examples of this level."""
        return any(
            self.holds(each) or (isinstance(each, (tuple, list)) and self.is_batched(each)) for each in args
        )

    def run(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        if isinstance(operation, Drawing):
            return self.draw(operation, args[0])
        if isinstance(operation, DrawingInto):
            from .drawing import draw_into

            return draw_into(self, operation, args)
        if args and type(args[-1]) is Generator:
            from .drawing import draw_by

            return draw_by(self, operation, args)
        if not self.is_batched(args):
            return operation(*args)
        if isinstance(operation, Change):
            return self.change(operation, args)
        if isinstance(operation, Making):
            like, sizes = args
            return self.tensor(self.making_of_all(operation, sizes)(like._value, (self.size, *sizes)))
        from .batching import RULES

        name = name_of(operation)
        if name in _REFUSALS:
            raise RuntimeError(_REFUSALS[name])
        rule = RULES.get(name)
        if rule is not None:
            result = rule(self, operation, args)
            if result is not NotImplemented:
                return result
        return self.one_by_one(operation, args)

    def making_of_all(self, operation: Making, sizes: tuple[int, ...]) -> Making:
        """The making of all examples; where strides are asked for, the examples lie one after the other."""
        strides = operation.options.get("strides")
        if strides is None:
            return operation
        reach = 1 + sum((size - 1) * step for size, step in zip(sizes, strides))
        return Making(operation.make, {**operation.options, "strides": (reach, *strides)})

    def draw(self, operation: Drawing, sizes: Any) -> Any:
        """Random numbers, for all examples or for each."""
        if self.randomness == "error":
            raise RuntimeError(RANDOM)
        if self.randomness == "same":
            return operation(sizes)
        return self.tensor(operation((self.size, *sizes)))

    # ---- all examples, along the first dimension -----------------------------------------------------------

    def front(self, value: Any) -> Any:
        """The values of a tensor of this level with the examples first."""
        if not value._dim:
            return value._value
        rank = value._value._array.ndim
        rest = [dim for dim in range(rank) if dim != value._dim]
        return _permute(value._value, (value._dim, *rest))

    def everywhere(self, value: Any) -> Any:
        """The values with the examples first; what has none is repeated for each."""
        if self.holds(value):
            return self.front(value)
        return _expand(value, (self.size, *value._array.shape))

    def example(self, value: Any, index: int) -> Any:
        """What one example is in an argument."""
        if self.holds(value):
            return select_op(value._value, value._dim, index)
        if isinstance(value, (tuple, list)) and self.is_batched(value):
            return mapped(lambda each: self.example(each, index), value)
        return value

    def one_by_one(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """The operation on each example, for what has no rule of its own."""
        found = [operation(*[self.example(each, index) for each in args]) for index in range(self.size)]
        if isinstance(found[0], TensorBase):
            return self.tensor(stack(found))
        return mapped(lambda parts: self.tensor(stack(list(parts))), list(zip(*found)))

    # ---- changes in place ----------------------------------------------------------------------------------

    def change(self, change: Change, args: tuple[Any, ...]) -> Any:
        """Do a change in place on all examples at once."""
        changed, *others = args
        if not self.holds(changed):
            raise RuntimeError(_refusal_of_change(change, changed, others, self))
        from .batching import aligned, is_pointwise_change

        if is_pointwise_change(change.in_place.__name__):
            values = aligned(self, (changed, *others), len(changed._array.shape))
            change(*values)
            return changed
        from ..transforms import active

        with active(self):
            result = change.out_of_place(*args, **change.options)
        if isinstance(change, ShapeChange):
            changed._value, changed._dim = result._value, result._dim
            return changed
        self.front(changed).copy_(self.everywhere(result))
        return changed


def _refusal_of_change(change: Change, changed: Any, others: list[Any], level: BatchLevel) -> str:
    """Why what is no example cannot take the values of examples."""
    name = change.in_place.__name__
    if name == "add_":
        other = next(each for each in others if level.holds(each))
        found = [level.size, *np.broadcast_shapes(changed._array.shape, other._array.shape)]
        return f"output with shape {list(changed._array.shape)} doesn't match the broadcast shape {found}"
    shown = "fill_" if name == "fill_" else "inplace arithmetic"
    return (
        f"vmap: {shown}(self, *extra_args) is not possible because there exists a Tensor `other` in extra_args that has more "
        "elements than `self`. This happened due to `other` being vmapped over but `self` not being vmapped over in a vmap. "
        f"Please try to use out-of-place operators instead of {shown}. If said operator is being called inside the PyTorch "
        "framework, please file a bug report instead."
    )
