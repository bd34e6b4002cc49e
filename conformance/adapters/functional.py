"""`torch.func` and `torch.autograd.functional` for engines that differentiate functions: HIPS autograd and jax."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..observe import MissingError
from .base import Adapter


class OfFunctions(Adapter):
    """An engine without a tape: `requires_grad=True` is not offered, and functions are differentiated."""

    array: Any
    """The engine's function that makes an array of nested lists."""
    same = "T ndim"

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """An array."""
        if requires_grad:
            raise MissingError("torch.tensor(requires_grad=True)")
        return type(self).array(data, dtype=dtype)

    def empty(self, sizes: tuple[int, ...]) -> Any:
        """An array."""
        return type(self).array(()).reshape(sizes)

    def read(self, raw: Any) -> Any:
        """Its own."""
        return raw.tolist()

    def get_requires_grad(self, raw: Any) -> bool:
        """No array does by itself."""
        return False

    def get_is_leaf(self, raw: Any) -> bool:
        """No array has a history."""
        return True

    def get_grad(self, raw: Any) -> Any:
        """None: it cannot be asked for."""
        return None

    def backward(self, raw: Any, gradient: Any, **options: Any) -> None:
        """Not offered."""
        raise MissingError("Tensor.backward")

    def applied(self, function: Callable[..., Any]) -> Callable[..., Any]:
        """A function of a case, for the engine: its arguments are wrapped, its result is unwrapped."""
        return lambda *args: self.unwrap(function(*map(self.wrap, args)))


def transforms(**made: Callable[..., Any]) -> dict[str, Any]:
    """Names of `torch.func` for functions of the engine that take a function and give one.

    `argnums` of PyTorch is the second argument of each.
    """

    def named(transform: Callable[..., Any]) -> Callable[..., Any]:
        return lambda function, argnums=0: transform(function, argnums)

    return {f"func.{name}": named(transform) for name, transform in made.items()}


def of_one(transform: Callable[..., Any]) -> Callable[..., Any]:
    """`torch.autograd.functional`'s form: a function and what it is called with, which is one tensor here."""

    def call(function: Callable[..., Any], inputs: Any) -> Any:
        if isinstance(inputs, (tuple, list)):
            raise MissingError("torch.autograd.functional(several inputs)")
        return transform(function, 0)(inputs)

    return call
