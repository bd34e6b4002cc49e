"""What several operations refuse, in PyTorch's words."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..arguments import stumbled
from ..base import TensorBase
from ..dtypes import FROM_NUMPY, not_implemented
from ..grad_mode import mode
from ..node import Node, ReadOnly
from ..op import op
from ..typename import kind_text


def check_tensor(value: Any, function: str, name: str = "input", position: int = 1) -> None:
    """Raise `TypeError` for an argument that is no tensor."""
    if not isinstance(value, TensorBase):
        stumbled((value,))
        raise TypeError(
            f"{function}(): argument '{name}' (position {position}) must be Tensor, not {kind_text(value)}"
        )


def check_plain(value: Any, kind: type, function: str, name: str, position: int) -> None:
    """Raise `TypeError` for an argument that PyTorch does not take for a bool, an int or a float."""
    if type(value) is not kind:
        from ..matching import check_kind

        check_kind(value, kind.__name__, function, name, position)


def check_number(value: Any, function: str, name: str, position: int) -> None:
    """Raise `TypeError` for an argument that is neither a number nor a tensor without dimensions."""
    if not isinstance(value, (int, float)):
        from ..matching import check_kind

        check_kind(value, "Number", function, name, position)


def check_floating(array: Any, kernel: str) -> None:
    """Raise `NotImplementedError` for an array of numbers that are not floating, for which a kernel is not there."""
    if array.dtype.kind not in "fV":
        raise not_implemented(kernel, FROM_NUMPY[array.dtype])


def check_constant(value: Any, function: str, name: str) -> None:
    """Raise `RuntimeError` for an argument that requires grad although its function has no derivative for it."""
    if mode.enabled and value is not None and value.requires_grad:
        raise RuntimeError(
            f"The function '{function}' is not differentiable with respect to argument '{name}'. This input cannot have "
            "requires_grad True."
        )


def _known_functions(node: Any) -> tuple[Any, ...]:
    """The nodes of the inputs that have one: PyTorch's node does not list the others."""
    every: Any = Node.next_functions
    return tuple([each for each in every.fget(node) if each[0] is not None])


def no_forward_mode(kernel: str) -> Callable[[], Any]:
    """The forward formula (`jvp=`) of an operation for which PyTorch has none."""

    def refuse() -> Any:
        raise NotImplementedError(
            f"Trying to use forward AD with {kernel} that does not support it because it has not been implemented yet.\n"
            "Please file an issue to PyTorch at https://github.com/pytorch/pytorch/issues/new?template=feature-request.yml "
            "so that we can prioritize its implementation or submit a PR adding the implementation to derivatives.yaml"
        )

    return refuse


def underivable(kernel: str, *inputs: str) -> Any:
    """Declare an operation, most often the backward of another, that PyTorch cannot derive: its nodes refuse to run."""

    def refuse(grad: Any) -> Any:
        raise RuntimeError(f"derivative for aten::{kernel} is not implemented")

    def declare(forward: Callable[..., Any]) -> Any:
        formulas: dict[str, Any] = dict.fromkeys(inputs, refuse)
        operation = op(node="NotImplemented", **formulas)(forward)
        operation.declaration.node_class.name = lambda node: "torch::autograd::NotImplemented"
        operation.declaration.node_class.next_functions = ReadOnly(_known_functions)
        return operation

    return declare
