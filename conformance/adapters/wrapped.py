"""What cases see of an engine: its namespace, its tensors and its types of elements, which only pass on."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterator
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, ClassVar

from ..observe import MissingError

if TYPE_CHECKING:
    from .base import Adapter

SIGNS = {
    "add": "add sub mul truediv floordiv mod pow matmul and or xor lshift rshift lt le gt ge eq ne",
    "neg": "neg pos abs invert",
}
SPELT = {"truediv": "div", "floordiv": "floor_divide", "mod": "remainder", "invert": "logical_not"}
"""What PyTorch calls the functions behind operators, where it is another name."""


class NotThereError(AttributeError, MissingError):
    """A name that the engine does not offer; to Python it is an attribute that is not there."""


class DType:
    """A type of elements: PyTorch's name for it, and what the engine calls it."""

    def __init__(self, name: str, raw: Any) -> None:
        self.name, self.raw = name, raw

    def __repr__(self) -> str:
        return f"torch.{self.name}"

    def __getattr__(self, name: str) -> Any:
        raise NotThereError(f"torch.dtype.{name}")

    def __deepcopy__(self, held: Any) -> DType:
        return self

    __copy__ = __deepcopy__

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise MissingError("torch.dtype.__reduce_ex__")

    @property
    def is_floating_point(self) -> bool:
        """As in PyTorch."""
        return "float" in self.name


class Size(tuple):
    """The sizes of a tensor of an engine that does not print as PyTorch does."""

    def __repr__(self) -> str:
        raise MissingError("torch.Size.__repr__")


class Mode:
    """`no_grad()` and its like: a context manager, and a decorator, as far as the engine's is."""

    def __init__(self, name: str, raw: Any) -> None:
        self.name, self.raw = name, raw

    def __enter__(self) -> Any:
        if not hasattr(self.raw, "__enter__"):
            raise MissingError(f"with torch.{self.name}")
        return self.raw.__enter__()

    def __exit__(self, *error: Any) -> Any:
        return self.raw.__exit__(*error)

    def __call__(self, function: Any) -> Any:
        if not callable(self.raw):
            raise MissingError(f"@torch.{self.name}")
        return self.raw(function)

    def __getattr__(self, name: str) -> Any:
        raise NotThereError(f"torch.{self.name}.{name}")

    def __repr__(self) -> str:
        raise MissingError(f"torch.{self.name}.__repr__")


class ModeKind:
    """`no_grad` itself, which makes a `Mode`."""

    def __init__(self, name: str, make: Callable[..., Any]) -> None:
        self.name, self.make = name, make

    def __call__(self, *args: Any, **kwargs: Any) -> Mode:
        return Mode(self.name, self.make(*args, **kwargs))

    def __repr__(self) -> str:
        raise MissingError(f"torch.{self.name}.__repr__")


class Namespace(SimpleNamespace):
    """`torch`, or a module below it, as a case sees it; its names are looked up when they are asked for."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        adapter, path = vars(self)["_adapter"], vars(self)["_path"] + name
        found = adapter.function(path)
        if found is None:
            raise NotThereError(f"torch.{path}")
        vars(self)[name] = found
        return found


class Wrapped:
    """A tensor of the engine as a case sees it; each adapter makes its own `Tensor` of this."""

    stand_in = True
    """How long it lives says nothing of the engine."""
    adapter: ClassVar[Adapter]
    raw: Any
    held: Any
    """What has to live as long as it, if the engine does not hold it."""

    def __init__(self, raw: Any) -> None:
        object.__setattr__(self, "raw", raw)

    def __getattr__(self, name: str) -> Any:
        if name == "raw" or (name.startswith("__") and name.endswith("__")):
            raise AttributeError(name)
        return self.adapter.attribute(self, name)

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise MissingError("Tensor.__reduce_ex__")

    def __setattr__(self, name: str, value: Any) -> None:
        self.adapter.assign(self, name, value)

    def __repr__(self) -> str:
        if not self.adapter.prints:
            raise MissingError("Tensor.__repr__")
        return repr(self.raw)

    def __len__(self) -> int:
        if hasattr(type(self.raw), "__len__"):
            return len(self.raw)
        if not self.shape:
            raise MissingError("Tensor.__len__")
        return int(self.shape[0])

    def __iter__(self) -> Iterator[Any]:
        return (self[place] for place in range(len(self)))

    def __reversed__(self) -> Any:
        raise MissingError("Tensor.__reversed__")

    def __format__(self, spec: str) -> str:
        if not self.adapter.prints:
            raise MissingError("Tensor.__format__")
        return format(self.raw, spec)

    def __complex__(self) -> complex:
        return complex(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

    def __bool__(self) -> bool:
        return bool(self.item())

    def __getitem__(self, index: Any) -> Any:
        return self.adapter.operate("__getitem__", operator.getitem, self, index)

    def __setitem__(self, index: Any, value: Any) -> None:
        self.adapter.operate("__setitem__", operator.setitem, self, index, value)

    __hash__ = object.__hash__


def _give_operators() -> None:
    """Python's operators, each handed to the engine's own."""

    def forward(name: str, sign: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, *other: self.adapter.operate(name, sign, self, *other)

    def reflected(name: str, sign: Callable[..., Any]) -> Callable[..., Any]:
        return lambda self, other: self.adapter.operate(name, lambda mine, its: sign(its, mine), self, other)

    for short in f"{SIGNS['add']} {SIGNS['neg']}".split():
        sign = getattr(operator, short if short not in ("and", "or") else f"{short}_")
        setattr(Wrapped, f"__{short}__", forward(f"__{short}__", sign))
        in_place = getattr(operator, f"i{short}", None)
        if in_place is not None:
            setattr(Wrapped, f"__r{short}__", reflected(f"__r{short}__", sign))
            setattr(Wrapped, f"__i{short}__", forward(f"__i{short}__", in_place))


_give_operators()
