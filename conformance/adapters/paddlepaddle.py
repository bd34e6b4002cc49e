"""paddlepaddle: Baidu's engine, whose tape and names are close to PyTorch's.

Mapped: a tensor requires grad unless it says `stop_gradient`; `axis` is `dim` where it says so; `concat` is `cat`;
functions of `paddle.nn.functional` stand by their names. `max`, `min`, `split` and `transpose` mean other things there and
stand in the forms that mean the same. Its graph's nodes are not PyTorch's, and its way to print is its own: both are
not offered.
"""

from __future__ import annotations

from typing import Any

import paddle
import paddle.nn.functional as functional

from .base import Adapter, below

NAMES = "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 bool complex64 complex128".split()
AS_AXIS = (
    "sum mean prod amax amin argmax argmin cumsum cumprod logsumexp var std squeeze unsqueeze all any".split()
)


def _axis(name: str) -> Any:
    """A function of paddle whose `axis` is PyTorch's `dim`, and which stands in the same place."""
    return lambda x, *args, **kwargs: getattr(paddle, name)(x, *args, **kwargs)


class Paddle(Adapter):
    """The wiring."""

    package, kind, modules = "paddlepaddle", paddle.Tensor, (paddle,)
    dtypes = {name: getattr(paddle, name) for name in NAMES}
    keywords = {"dim": "axis"}
    functions = {
        **below("nn.functional", functional),
        **{name: _axis(name) for name in AS_AXIS},
        "relu": functional.relu,
        "softmax": lambda x, dim: functional.softmax(x, axis=dim),
        "log_softmax": lambda x, dim: functional.log_softmax(x, axis=dim),
        "cat": lambda tensors, dim=0: paddle.concat(tensors, axis=dim),
        "max": lambda x: paddle.max(x),
        "min": lambda x: paddle.min(x),
        "transpose": lambda x, dim0, dim1: paddle.swapaxes(x, dim0, dim1),
        "permute": lambda x, *dims: paddle.transpose(
            x, dims[0] if isinstance(dims[0], (tuple, list)) else dims
        ),
        "reshape": lambda x, *to: paddle.reshape(x, to[0] if isinstance(to[0], (tuple, list)) else to),
        "autograd.grad": lambda outputs, inputs, grad_outputs=None, retain_graph=None, create_graph=False: (
            tuple(paddle.grad(outputs, inputs, grad_outputs, retain_graph, create_graph))
        ),
        "no_grad": lambda: paddle.no_grad(),
        **dict.fromkeys("split sort topk gather scatter rand randn seed norm dist summary save load".split()),
    }
    methods = {
        "grad_fn": None,
        "size": None,
        "data": None,
        "register_hook": "register_hook",
        "gradient": None,
    }

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """The flag is the other way round."""
        return paddle.to_tensor(data, dtype=dtype, stop_gradient=not requires_grad)

    def backward(self, raw: Any, gradient: Any, **options: Any) -> None:
        """As in PyTorch, without `create_graph`."""
        self.strictly("Tensor.backward", raw.backward, () if gradient is None else (gradient,), options)

    def get_requires_grad(self, raw: Any) -> bool:
        """The flag is the other way round."""
        return not raw.stop_gradient

    def set_requires_grad(self, raw: Any, flag: bool) -> None:
        """The flag is the other way round."""
        raw.stop_gradient = not flag

    def get_is_leaf(self, raw: Any) -> bool:
        """Its own."""
        return bool(raw.is_leaf)

    def get__version(self, raw: Any) -> int:
        """Counted under a name of its own."""
        return int(raw.inplace_version)


def subject() -> Any:
    """The subject of the suite."""
    return Paddle().subject()
