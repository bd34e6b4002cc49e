"""micrograd: a tape of scalars.

Mapped: a tensor without dimensions is a `Value`; every `Value` takes part in differentiation, so that `requires_grad`
is accepted and not asked for; a gradient, a number there, is a tensor here, and its first 0 is None. Tensors with
dimensions, types of elements, node names, versions and PyTorch's way to print are not offered.
"""

from __future__ import annotations

from typing import Any

from micrograd.engine import Value

from .base import Adapter


class Micrograd(Adapter):
    """The wiring."""

    package, kind, dtypes = "micrograd", Value, {}
    scalars = True
    functions = {"relu": Value.relu, "nn.functional.relu": Value.relu}
    methods = {"data": None}

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """There is nothing else to say of it."""
        return Value(data)

    def read(self, raw: Any) -> Any:
        """The number."""
        return raw.data

    def get_shape(self, raw: Any) -> Any:
        """A scalar has no dimensions."""
        return ()

    def get_grad(self, raw: Any) -> Any:
        """A number there, the integer 0 before there is any."""
        return None if raw.grad == 0 and type(raw.grad) is int else Value(raw.grad)

    def set_grad(self, raw: Any, value: Any) -> None:
        """No gradient is 0."""
        raw.grad = 0 if value is None else value.data


def subject() -> Any:
    """The subject of the suite."""
    return Micrograd().subject()
