"""`torch.nn.functional`: activations, losses, and the linear map."""

from typing import Any

from ..ops.activations import log_sigmoid as logsigmoid
from ..ops.activations import log_softmax, relu, sigmoid, softmax, softplus, tanh
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
