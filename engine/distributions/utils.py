"""What distributions share: parameters brought to one shape, probabilities and their logarithms, lazy properties.

Source: torch.distributions.utils.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import update_wrapper
from typing import Any, cast

from .namespace import torch

euler_constant = 0.57721566490153286060


def is_number(value: Any) -> bool:
    """Whether a parameter was given as a Python number."""
    return isinstance(value, (bool, int, float))


def is_tensor_like(value: Any) -> bool:
    """Whether a value is a tensor, or handles PyTorch's functions itself."""
    return isinstance(value, torch.Tensor) or hasattr(value, "__torch_function__")


def broadcast_all(*values: Any) -> tuple[Any, ...]:
    """Tensors of one shape; numbers take the type of the first tensor, or the default one."""
    if not all(is_tensor_like(each) or is_number(each) for each in values):
        raise ValueError(
            "Input arguments must all be instances of Number, torch.Tensor or objects implementing __torch_function__."
        )
    dtype = next((each.dtype for each in values if isinstance(each, torch.Tensor)), torch.get_default_dtype())
    tensors = [each if is_tensor_like(each) else torch.tensor(each, dtype=dtype) for each in values]
    return torch.broadcast_tensors(*tensors)


def _standard_normal(shape: Any, dtype: Any, device: Any = None) -> Any:
    """Numbers of the standard normal distribution."""
    return torch.empty(shape, dtype=dtype, device=device).normal_()


def _sum_rightmost(value: Any, dim: int) -> Any:
    """The sum over the last `dim` dimensions."""
    return value if dim == 0 else value.reshape((*value.shape[:-dim], -1)).sum(-1)


def logits_to_probs(logits: Any, is_binary: bool = False) -> Any:
    """Probabilities of log odds, or of logarithms of unnormalized probabilities along the last dimension."""
    return torch.sigmoid(logits) if is_binary else torch.nn.functional.softmax(logits, dim=-1)


def clamp_probs(probs: Any) -> Any:
    """Probabilities kept away from 0 and 1 by the type's epsilon."""
    eps = torch.finfo(probs.dtype).eps
    return probs.clamp(min=eps, max=1 - eps)


def probs_to_logits(probs: Any, is_binary: bool = False) -> Any:
    """Log odds of probabilities, or their logarithms."""
    inside = clamp_probs(probs)
    return torch.log(inside) - torch.log1p(-inside) if is_binary else torch.log(inside)


class lazy_property:  # noqa: N801 - PyTorch's own name
    """A property that is computed when it is first read, and kept; with gradients even under `no_grad`."""

    def __init__(self, wrapped: Callable[[Any], Any]) -> None:
        self.wrapped = wrapped
        update_wrapper(cast(Any, self), wrapped)

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        with torch.enable_grad():
            value = self.wrapped(instance)
        setattr(instance, self.wrapped.__name__, value)
        return value


def _triangle(size: int, diag: int) -> Any:
    places = torch.arange(size)
    return places < places.view(-1, 1) + (diag + 1)


def tril_matrix_to_vec(mat: Any, diag: int = 0) -> Any:
    """The elements of the lower triangle of a matrix, row by row."""
    n = mat.shape[-1]
    if not -n <= diag < n:
        raise ValueError(f"diag ({diag}) provided is outside [{-n}, {n - 1}].")
    return mat[..., _triangle(n, diag)]


def vec_to_tril_matrix(vec: Any, diag: int = 0) -> Any:
    """A square matrix whose lower triangle holds these elements, row by row."""
    count = vec.shape[-1]
    size = (-(1 + 2 * diag) + ((1 + 2 * diag) ** 2 + 8 * count + 4 * abs(diag) * (diag + 1)) ** 0.5) / 2
    if round(size) - size > torch.finfo(vec.dtype).eps:
        raise ValueError(
            f"The size of last dimension is {count} which cannot be expressed as the lower triangular part of a square D x D matrix."
        )
    size = round(size)
    mat = vec.new_zeros((*vec.shape[:-1], size, size))
    mat[..., _triangle(size, diag)] = vec
    return mat


def binary_entropy(logits: Any, probs: Any) -> Any:
    """The cross entropy between probabilities and log odds."""
    return torch.nn.functional.binary_cross_entropy_with_logits(logits, probs, reduction="none")
