"""The parametrizations of one tensor, and what they compute it from.

Source: torch.nn.utils.parametrize.ParametrizationList.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ...base import TensorBase
from ...grad_mode import no_grad
from ..modules.container import ModuleList
from ..parameter import Parameter


def register_parameter_or_buffer(module: Any, name: str, tensor: Any) -> None:
    """Add a tensor as what it is."""
    if isinstance(tensor, Parameter):
        module.register_parameter(name, tensor)
    else:
        module.register_buffer(name, tensor)


def check_same(before: Any, after: Any, message: str) -> None:
    """Raise `ValueError` if two tensors differ in type or shape."""
    for what in ("dtype", "shape"):
        found = getattr(before, what), getattr(after, what)
        if found[0] != found[1]:
            raise ValueError(message.format(what=what, before=found[0], after=found[1]))


class ParametrizationList(ModuleList):
    """Modules that compute a tensor, one after the other, from `original` or from `original0`, `original1` and so on."""

    original: Any

    def __init__(self, modules: Sequence[Any], original: Any, unsafe: bool = False) -> None:
        if not len(modules):
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        before = original.detach()
        found = self._inverted(original)
        if not isinstance(found, (TensorBase, Sequence)):
            raise ValueError(
                f"'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got {type(found).__name__}"
            )
        self.is_tensor = isinstance(found, TensorBase)
        self.ntensors = 1 if self.is_tensor else len(found)  # type: ignore[arg-type]
        if self.is_tensor:
            self._keep_one(original, found)
        else:
            self._keep_several(original, found)
        if not self.unsafe:
            self._check(before)

    def _inverted(self, value: Any) -> Any:
        with no_grad():
            for module in reversed(list(self)):
                if hasattr(module, "right_inverse"):
                    try:
                        value = module.right_inverse(value)
                    except NotImplementedError:
                        continue
        return value

    def _keep_one(self, original: Any, found: Any) -> None:
        if original.dtype != found.dtype:
            raise ValueError(
                "When `right_inverse` outputs one tensor, it may not change the dtype.\n"
                f"original.dtype: {original.dtype}\nright_inverse(original).dtype: {found.dtype}"
            )
        with no_grad():
            original.set_(found)
        register_parameter_or_buffer(self, "original", original)

    def _keep_several(self, original: Any, found: Any) -> None:
        for number, tensor in enumerate(found):
            if not isinstance(tensor, TensorBase):
                raise ValueError(
                    "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). Got element "
                    f"{number} of the sequence with type {type(tensor).__name__}."
                )
            kept: Any = tensor
            if isinstance(original, Parameter):
                kept = Parameter(kept, original.requires_grad)
            kept.requires_grad_(original.requires_grad)
            register_parameter_or_buffer(self, f"original{number}", kept)

    def _check(self, before: Any) -> None:
        computed = self()
        if not isinstance(computed, TensorBase):
            raise ValueError(f"A parametrization must return a tensor. Got {type(computed).__name__}.")
        check_same(
            before,
            computed,
            "Registering a parametrization may not change the {what} of the tensor, unless `unsafe` flag is enabled.\n"
            "unparametrized {what}: {before}\nparametrized {what}: {after}",
        )

    def right_inverse(self, value: Any) -> None:
        """Set what the tensor is computed from, so that it becomes `value`."""
        with no_grad():
            for module in reversed(list(self)):
                if not hasattr(module, "right_inverse"):
                    raise RuntimeError(
                        f"parametrization {type(module).__name__} does not implement right_inverse."
                    )
                value = module.right_inverse(value)
            if self.is_tensor:
                self._set_one(value)
            else:
                self._set_several(value)

    def _set_one(self, value: Any) -> None:
        if not isinstance(value, TensorBase):
            raise ValueError(f"`right_inverse` should return a tensor. Got {type(value).__name__}")
        if value._dtype is not self.original._dtype:
            raise ValueError(
                f"The tensor returned by `right_inverse` has dtype {value._dtype} while `original` has dtype {self.original.dtype}"
            )
        self.original.set_(value)

    def _set_several(self, value: Any) -> None:
        if not isinstance(value, Sequence):
            raise ValueError(
                f"'right_inverse' must return a sequence of tensors. Got {type(value).__name__}."
            )
        if len(value) != self.ntensors:
            raise ValueError(
                f"'right_inverse' must return a sequence of tensors of length {self.ntensors}. Got a sequence of length {len(value)}."
            )
        for number, tensor in enumerate(value):
            held = getattr(self, f"original{number}")
            if not isinstance(tensor, TensorBase):
                raise ValueError(
                    "'right_inverse' must return a sequence of tensors or reference-type opaques. Got element "
                    f"{number} of type {type(tensor).__name__}."
                )
            if held._dtype is not tensor._dtype:
                raise ValueError(
                    f"Tensor {number} returned by `right_inverse` has dtype {tensor._dtype} while `original{number}` has dtype "
                    f"{held.dtype}"
                )
            held.set_(tensor)

    def forward(self) -> Any:
        """The tensor."""
        first, *others = self
        if self.is_tensor:
            value = first(self.original)
        else:
            value = first(*[getattr(self, f"original{number}") for number in range(self.ntensors)])
        for module in others:
            value = module(value)
        return value
