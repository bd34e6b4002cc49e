"""Inference mode: tensors that are made in it have no version counter, and can never be saved for `backward`.

Source: torch.autograd.grad_mode, `inference_mode`; "Autograd mechanics", "Inference Mode".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from .base import Storage, TensorBase
from .grad_mode import mode
from .transforms import Transform


class InferenceStorage(Storage):
    """What a tensor made in inference mode shares with its views, which do not know their base.

    Its version is never 0, as that of a tensor which may be saved without a look at it.
    """

    __slots__ = ("_count",)

    counted = False

    def __init__(self) -> None:
        super().__init__()
        self._count = 1

    @property
    def version(self) -> int:
        """One more than how often the memory was changed in place."""
        return self._count

    @version.setter
    def version(self, value: int) -> None:
        if not self.counted and not mode.inference and value > 1:
            raise RuntimeError(
                "Inplace update to inference tensor outside InferenceMode is not allowed.You can make a clone to get a normal "
                "tensor before doing inplace update.See https://github.com/pytorch/rfcs/pull/17 for more details."
            )
        self._count = value

    def shown_version(self) -> int:
        """There is none to show."""
        raise RuntimeError("Inference tensors do not track version counter.")

    def save(self, tensor: TensorBase, version: int) -> Any:
        """Refuse to keep the tensor for `backward`."""
        raise RuntimeError(
            "Inference tensors cannot be saved for backward. Please do not use Tensors created in inference mode in computation "
            "tracked by autograd. To work around this, you can make a clone to get a normal tensor and use it in autograd, or "
            "use `torch.no_grad()` instead of `torch.inference_mode()`."
        )

    def add_view(self, view: TensorBase) -> None:
        """Views of an inference tensor do not follow it."""
        view._base = None

    def mark_detached(self, tensor: TensorBase) -> None:
        """What is detached outside of inference mode counts its own changes."""
        tensor._storage = self if mode.inference else CountedStorage()

    mark_apart = mark_detached


class CountedStorage(InferenceStorage):
    """That of an inference tensor detached outside of inference mode: it counts changes, and allows them."""

    __slots__ = ()

    counted = True

    def shown_version(self) -> int:
        """How often the memory was changed in place."""
        return self.version - 1


class _Inference(Transform):
    """Runs every operation unrecorded and makes its results inference tensors."""

    def run(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Do the operation."""
        enabled = mode.enabled
        mode.set(False)
        try:
            result = operation(*args)
        finally:
            mode.set(enabled)
        for each in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(each, TensorBase):
                _mark(each, args)
        return result

    def made(self, tensor: Any) -> Any:
        """A tensor that was just made."""
        tensor._storage = InferenceStorage()
        return tensor


def _mark(result: TensorBase, args: tuple[Any, ...]) -> None:
    """Make a result an inference tensor, unless it is an argument or looks at the memory of one."""
    if result._base is not None:
        return
    shared = result._storage
    for arg in args:
        if result is arg or (shared is not None and isinstance(arg, TensorBase) and arg._storage is shared):
            return
    result._storage = InferenceStorage()


INFERENCE = _Inference()


def is_inference(input: Any) -> bool:
    """Whether the tensor was made in inference mode."""
    return isinstance(input._storage, InferenceStorage)


def check_may_require_grad(tensor: Any) -> None:
    """Raise `RuntimeError` for an inference tensor outside of inference mode."""
    if is_inference(tensor) and not mode.inference:
        raise RuntimeError(
            "Setting requires_grad=True on inference tensor outside InferenceMode is not allowed."
        )
