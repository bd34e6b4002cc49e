"""`torch._check` and its relatives: raise an error with the caller's message where a condition does not hold.

Source: torch.__init__.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base import TensorBase

_UNSAID = (
    "Expected cond to be True, but got False. (Could this error message be improved? If so, please report an enhancement "
    "request to PyTorch.)"
)


def _assert_async(
    tensor: Any, assert_msg: str = "Expected Tensor with single nonzero value, but got zero"
) -> None:
    """Raise `RuntimeError` with the message if the tensor's one element is zero."""
    if not tensor:
        raise RuntimeError(assert_msg)


def _check_with(error_type: type[Exception], cond: Any, message: Callable[[], Any] | None) -> None:
    """Raise an error of this type unless `cond` is true."""
    if not isinstance(cond, bool):
        if isinstance(cond, TensorBase):
            raise TypeError(
                "cond must be a bool, but got a Tensor. For tensor conditions, use torch._check_tensor_all() to assert that "
                "all elements are true."
            )
        raise TypeError(f"cond must be a bool, but got {type(cond)}")
    if cond:
        return
    if message is not None and not callable(message):
        raise TypeError("message must be a callable")
    raise error_type(_UNSAID if message is None else str(message()))


def _kind(name: str, error_type: type[Exception]) -> Any:
    def call(cond: Any, message: Callable[[], Any] | None = None) -> None:
        _check_with(error_type, cond, message)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Raise `{error_type.__name__}` unless `cond` is true."
    return call


_check = _kind("_check", RuntimeError)
_check_index = _kind("_check_index", IndexError)
_check_value = _kind("_check_value", ValueError)
_check_type = _kind("_check_type", TypeError)
_check_not_implemented = _kind("_check_not_implemented", NotImplementedError)


def _check_tensor_all(cond: Any, message: Callable[[], Any] | None = None) -> None:
    """Raise `RuntimeError` unless all elements of `cond` are true."""
    if not isinstance(cond, TensorBase):
        raise TypeError(f"cond must be a tensor, but got {type(cond)}")
    _check(bool(cond.all()), message)  # type: ignore[attr-defined]


def _assert(condition: Any, message: Any) -> None:
    """Assert, as a function."""
    assert condition, message
