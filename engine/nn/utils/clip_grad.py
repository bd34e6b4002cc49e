"""Gradients kept from growing too large.

Source: torch.nn.utils.clip_grad.
"""

from __future__ import annotations

import types
import warnings
from collections.abc import Iterable
from typing import Any

from ...base import TensorBase
from ...grad_mode import no_grad
from ...ops import creation
from ...ops.choosing import clamp
from ...ops.joining import stack
from .deprecation import deprecated

__all__ = ["clip_grad_norm", "clip_grad_norm_", "clip_grad_value_"]


def _listed(tensors: Any) -> list[Any]:
    return [tensors] if isinstance(tensors, TensorBase) else list(tensors)


def _gradients(parameters: Iterable[Any]) -> list[Any]:
    return [each.grad for each in parameters if each.grad is not None]


def _total_norm(
    tensors: Any, norm_type: float = 2.0, error_if_nonfinite: bool = False, foreach: bool | None = None
) -> Any:
    """The norm of all tensors, as if they were one vector."""
    tensors, norm_type = _listed(tensors), float(norm_type)
    if not tensors:
        return creation.tensor(0.0)
    with no_grad():
        total = stack([each.norm(norm_type) for each in tensors]).norm(norm_type)
        if error_if_nonfinite and not total.isfinite():
            raise RuntimeError(
                f"The total norm of order {norm_type} for gradients from `parameters` is non-finite, so it cannot be clipped. To "
                "disable this error and scale the gradients by the non-finite norm anyway, set `error_if_nonfinite=False`"
            )
    return total


def _scale_to_norm(parameters: Any, max_norm: float, total_norm: Any, foreach: bool | None = None) -> None:
    """Scale the gradients down so that their norm, which is given, becomes `max_norm` at most."""
    gradients = _gradients(_listed(parameters))
    if not gradients:
        return
    with no_grad():
        factor = clamp(float(max_norm) / (total_norm + 1e-6), max=1.0)
        for each in gradients:
            each.mul_(factor)


_get_total_norm = get_total_norm = _total_norm
_clip_grads_with_norm_ = clip_grads_with_norm_ = _scale_to_norm


def clip_grad_norm_(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Scale the gradients down so that their norm becomes `max_norm` at most; gives the norm that they had."""
    listed = _listed(parameters)
    if not listed and isinstance(parameters, types.GeneratorType):
        warnings.warn(
            "`parameters` is an empty generator, no gradient clipping will occur.", UserWarning, stacklevel=2
        )
    total = _total_norm(_gradients(listed), norm_type, error_if_nonfinite, foreach)
    _scale_to_norm(listed, max_norm, total, foreach)
    return total


@deprecated("`torch.nn.utils.clip_grad_norm` is now deprecated in favor of `torch.nn.utils.clip_grad_norm_`.")
def clip_grad_norm(
    parameters: Any,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Any:
    """Deprecated: `clip_grad_norm_`."""
    return clip_grad_norm_(parameters, max_norm, norm_type, error_if_nonfinite, foreach)


def clip_grad_value_(parameters: Any, clip_value: float, foreach: bool | None = None) -> None:
    """Keep each element of the gradients between `-clip_value` and `clip_value`."""
    bound = float(clip_value)
    gradients = _gradients(_listed(parameters))
    if not gradients:
        raise RuntimeError(
            "Expected !nested_tensorlist[0].empty() to be true, but got false.  (Could this error message be improved?  If so, "
            "please report an enhancement request to PyTorch.)"
        )
    with no_grad():
        for each in gradients:
            each.clamp_min_(-bound)
            each.clamp_max_(bound)
