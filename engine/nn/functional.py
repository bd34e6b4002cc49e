"""`torch.nn.functional`: activations, losses, and the linear map."""

from __future__ import annotations

import warnings
from typing import Any

from ..ops import activations
from ..ops.activations import log_sigmoid as logsigmoid
from ..ops.activations import sigmoid, softplus, tanh
from ..ops.linalg import addmm, matmul
from ..ops.losses import binary_cross_entropy_with_logits, mse_loss

__all__ = [
    "binary_cross_entropy_with_logits",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mse_loss",
    "relu",
    "sigmoid",
    "softmax",
    "softplus",
    "tanh",
]


def linear(input: Any, weight: Any, bias: Any = None) -> Any:
    """`input @ weight.T + bias`; weight is (out features, in features)."""
    ndim = input._array.ndim
    if bias is None:
        return matmul(input, weight.t())
    if ndim == 2:
        return addmm(bias, input, weight.t())
    if ndim == 1:
        return addmm(bias, input.view(1, -1), weight.t()).view(-1)
    sizes = input._array.shape
    folded = addmm(bias, input.reshape(-1, sizes[-1]), weight.t())
    return folded.view(*sizes[:-1], weight._array.shape[0])


def relu(input: Any, inplace: bool = False) -> Any:
    """max(0, input)."""
    return input.relu_() if inplace else activations.relu(input)


def _dim(name: str, ndim: int, stacklevel: int) -> int:
    """The dimension of a softmax where none is given."""
    warnings.warn(
        f"Implicit dimension choice for {name} has been deprecated. Change the call to include dim=X as an argument.",
        stacklevel=stacklevel,
    )
    return 0 if ndim in (0, 1, 3) else 1


def softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """exp(input), divided by its sum along a dimension."""
    if dim is None:
        dim = _dim("softmax", input._array.ndim, _stacklevel)
    return activations.softmax(input, dim, dtype)


def log_softmax(input: Any, dim: int | None = None, _stacklevel: int = 3, dtype: Any = None) -> Any:
    """log(softmax(input))."""
    if dim is None:
        dim = _dim("log_softmax", input._array.ndim, _stacklevel)
    return activations.log_softmax(input, dim, dtype)
