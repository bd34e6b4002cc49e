"""The levels of function transforms, and the tensors that belong to one.

Each running `grad`, `jvp` or `vmap` is a level. A tensor of a level holds one of the level below as its value. An
operation is done by the topmost level, which does it on the values (and so on downwards), and adds its own part: a
node of its own tape, a tangent, or a dimension of examples. Nothing of one level can be taken for another's.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from ..base import TensorBase, storage
from ..grad_mode import mode
from ..ops.views import detach
from ..tensor import Tensor
from ..transforms import Change, Transform


class Level(Transform):
    """One running function transform."""

    over = False  # whether the function has returned

    def __init__(self) -> None:
        self.number = 1 + sum(isinstance(each, Level) for each in mode.transforms)

    def holds(self, value: Any) -> bool:
        """Whether this is a tensor of this level."""
        return isinstance(value, LevelTensor) and value._level is self

    def is_left(self) -> bool:
        """Whether what is done now cannot be seen by this level any more."""
        return self.over and self not in mode.transforms

    def value_of(self, value: Any) -> Any:
        """What a tensor of this level holds; anything else as it is. Containers are gone through."""
        if isinstance(value, (tuple, list)):
            return mapped(self.value_of, value)
        return value._value if self.holds(value) else value


def mapped(function: Callable[[Any], Any], values: Any) -> Any:
    """A tuple or list of the same type with `function` applied to each element."""
    found = [function(each) for each in values]
    kind = type(values)
    return kind._make(found) if hasattr(kind, "_fields") else kind(found)


def is_inside() -> bool:
    """Whether a function transform is running."""
    return any(isinstance(each, Level) for each in mode.transforms)


@contextmanager
def without_transforms() -> Iterator[None]:
    """No transform sees what is done inside."""
    before = mode.transforms
    mode.set_transforms(())
    try:
        yield
    finally:
        mode.set_transforms(before)


@contextmanager
def entered(level: Level) -> Iterator[Level]:
    """The level sees every operation inside."""
    before = mode.transforms
    mode.set_transforms((*before, level))
    try:
        yield level
    finally:
        mode.set_transforms(before)


@cache
def _of_level(cls: type, kind: type[LevelTensor]) -> type:
    """The class of a level's tensors that are also instances of a subclass, and show as such."""
    return cls if issubclass(cls, kind) else type(cls.__name__, (cls, kind), {"__module__": cls.__module__})


NO_STORAGE = "Cannot access data pointer of Tensor that doesn't have storage"


class LevelTensor(Tensor):
    """A tensor of a level: its values are those of `_value`, a tensor of the level below."""

    _level: Level
    _value: Any

    @property
    def _array(self) -> Any:
        return self._value._array

    @_array.setter
    def _array(self, array: Any) -> None:
        self._value._array = array

    @property
    def _of_examples(self) -> bool:  # type: ignore[override]
        return self._value._of_examples

    @property
    def _storage(self) -> Any:  # type: ignore[override]
        return storage(self._value)

    @property
    def _dtype(self) -> Any:
        return self._value._dtype

    @_dtype.setter
    def _dtype(self, dtype: Any) -> None:
        self._value._dtype = dtype

    def __repr__(self, *, tensor_contents: Any = None) -> str:  # type: ignore[override]
        text = repr(self._value).replace("\n", "\n    ")
        return f"{self._heading()}, value=\n    {text}\n)"

    def _heading(self) -> str:
        raise NotImplementedError

    def _as(self, cls: type) -> Any:
        """The same tensor as an instance of a subclass, which belongs to the level as well."""
        kind: Any = type(self)
        other: Any = object.__new__(_of_level(cls, kind))
        other.__dict__.update(self.__dict__)
        return other

    @property
    def data(self) -> Any:
        """The same values, without history."""
        return detach(self)

    def numpy(self, *, force: bool = False) -> Any:
        """Refused: the values are elsewhere."""
        if self.requires_grad and not force:
            return super().numpy()
        raise RuntimeError(NO_STORAGE)

    __array__ = numpy  # type: ignore[assignment]

    def data_ptr(self) -> int:
        """Refused: the values are elsewhere."""
        raise RuntimeError(NO_STORAGE)

    def backward(self, *args: Any, **kwargs: Any) -> None:
        raise RuntimeError(
            "backward() called inside a functorch transform. This is not supported, please use functorch.grad or "
            "functorch.vjp instead or call backward() outside of functorch transforms."
        )

    def requires_grad_(self, requires_grad: bool = True) -> Any:
        raise RuntimeError(
            "You are attempting to call Tensor.requires_grad_() (or perhaps using torch.autograd.functional.* APIs) inside "
            f"of a function being transformed by a functorch transform. {_UNSUPPORTED} requires_grad_() {_OUTSIDE}"
        )

    def retain_grad(self) -> None:
        raise RuntimeError(
            "You are attempting to call Tensor.retain_grad() inside of a function being transformed by a functorch "
            f"transform. {_UNSUPPORTED} retain_grad() {_OUTSIDE}"
        )


_UNSUPPORTED = "This is unsupported, please attempt to use the functorch transforms (e.g. grad, vjp, jacrev, jacfwd, hessian) or call"
_OUTSIDE = "outside of a function being transformed instead."


_OVERLOADS = {"add_": ".Tensor", "sub_": ".Tensor", "mul_": ".Tensor", "div_": ".Tensor"}
_BY_OPERAND = {"fill_", "pow_"}


def aten_name(change: Change, args: tuple[Any, ...]) -> str:
    """PyTorch's internal name of a change in place, which its refusals show."""
    name = change.in_place.__name__
    overload = _OVERLOADS.get(name, "")
    if name in _BY_OPERAND:
        overload = ".Tensor" if isinstance(args[1], TensorBase) else ".Scalar"
    return f"aten::{name}{overload}"


def name_of(operation: Any) -> str:
    """The operation's name, as rules know it."""
    declaration = getattr(operation, "declaration", None)
    return getattr(operation if declaration is None else declaration.forward, "__name__", "")
