"""What authors of optimizers take from `torch.optim.optimizer`, beside the class.

Source: torch.optim.optimizer; the optimizers that are written after PyTorch's own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any

from .. import dtypes
from ..base import TensorBase
from ..grad_mode import set_grad_enabled
from ..ops.complex import view_as_real

ParamsT = Iterable[Any] | Iterable[dict[str, Any]] | Iterable[tuple[str, Any]]


def _use_grad_for_differentiable(func: Callable[..., Any]) -> Callable[..., Any]:
    """A method that records its operations if the optimizer was made with `differentiable=True`."""

    @wraps(func)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        with set_grad_enabled(self.defaults["differentiable"]):
            return func(self, *args, **kwargs)

    return call


def _disable_dynamo_if_unsupported(single_tensor_fn: Any = None) -> Callable[[Any], Any]:
    """A decorator that changes nothing: nothing is compiled."""
    return lambda function: function


def _default_to_fused_or_foreach(
    params: list[Any], differentiable: bool, use_fused: bool = False
) -> tuple[bool, bool]:
    """Which forms of an optimizer are chosen where none was asked for: on the CPU never that of lists of tensors."""
    floating = all(each is None or each.is_floating_point() for each in params)
    return use_fused and floating and not differentiable, False


def _get_capturable_supported_devices(supports_xla: bool = True) -> list[str]:
    return ["cuda", "xpu", "hpu", "privateuseone", *["xla"] * supports_xla]


def _get_value(x: Any) -> Any:
    tensor: Any = x
    return tensor.item() if isinstance(x, TensorBase) else x


def _to_scalar(x: Any) -> Any:
    tensor: Any = x
    return tensor.squeeze() if isinstance(x, TensorBase) and tensor.dim() else x


def _stack_if_compiling(x: Any) -> Any:
    return x


def _get_scalar_dtype(is_fused: bool | None = None) -> Any:
    """The type of what counts an optimizer's steps."""
    double = not is_fused and dtypes.get_default_dtype() is dtypes.float64
    return dtypes.float64 if double else dtypes.float32


def _view_as_real(params: list[Any], *state_and_grads: list[Any]) -> None:
    """Replace complex parameters, and what belongs to them, by real views."""
    for number, param in enumerate(params):
        if param.is_complex():
            for each in (params, *state_and_grads):
                each[number] = view_as_real(each[number])
