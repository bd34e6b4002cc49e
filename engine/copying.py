"""Copies of tensors by `copy.deepcopy`.

Source: torch.Tensor, `__deepcopy__`.
"""

from __future__ import annotations

import copy
from typing import Any

from .base import TensorBase
from .op import wrap


def deepcopy(self: Any, memo: dict[int, Any]) -> Any:
    """A leaf of its own: values, `.grad` and attributes are copied, hooks are not."""
    if self._node is not None:
        raise RuntimeError(
            "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If you were "
            "attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see "
            "https://github.com/pytorch/pytorch/pull/103001"
        )
    if id(self) in memo:
        return memo[id(self)]
    copied = wrap(self._array.copy(), self._dtype)
    if type(self) is not type(copied):
        copied = copied.as_subclass(type(self))
    copied._requires_grad = self._requires_grad
    if self._grad is not None:
        copied._grad = deepcopy(self._grad, memo)
    for name, value in self.__dict__.items():
        if name not in ("_array", "_dtype") and not hasattr(TensorBase, name):
            setattr(copied, name, copy.deepcopy(value, memo))
    memo[id(self)] = copied
    return copied
