"""mygrad: NumPy's names with a tape.

Mapped: a tensor requires grad if it is no `constant`; `.grad`, an array there, is a tensor here, which shares its
memory; NumPy's names and `axis` are PyTorch's; `no_autodiff` is `no_grad`; activations and losses of `mygrad.nnet`
are `torch.nn.functional`'s; `x.grad = None` is `null_grad()`. Backward frees the graph always, so that
`retain_graph=True` is not offered, nor are leaves (afterwards all are), node names, versions and PyTorch's way to
print.
"""

from __future__ import annotations

from typing import Any

import mygrad
import mygrad.nnet.activations as activations
import numpy

from ..observe import MissingError
from . import numpy_like
from .base import Adapter, alike
from .wrapped import Wrapped


class Mygrad(Adapter):
    """The wiring."""

    package, kind, same, keeps_graph = "mygrad", mygrad.Tensor, "T ndim", False
    dtypes = alike("float16 float32 float64 int8 int16 int32 int64 uint8 bool")
    functions = {
        **numpy_like.names(mygrad),
        "where": lambda condition, x, y: mygrad.where(getattr(condition, "data", condition), x, y),  # type: ignore[arg-type]
        "no_grad": lambda: mygrad.no_autodiff,
        "relu": activations.relu,
        "sigmoid": activations.sigmoid,
        "softmax": lambda x, dim: activations.softmax(x, axis=dim),
        "log_softmax": lambda x, dim: activations.logsoftmax(x, axis=dim),
        "nn.functional.relu": activations.relu,
        "nn.functional.elu": lambda x, alpha=1.0: activations.elu(x, alpha),
        "nn.functional.selu": activations.selu,
        "nn.functional.leaky_relu": lambda x, negative_slope=0.01: activations.leaky_relu(x, negative_slope),
        "nn.functional.softmax": lambda x, dim: activations.softmax(x, axis=dim),
        "nn.functional.log_softmax": lambda x, dim: activations.logsoftmax(x, axis=dim),
        "nn.functional.cross_entropy": lambda x, y: mygrad.nnet.losses.softmax_crossentropy(x, y),
    }
    methods = {"clone": lambda x: +x, "detach": lambda x: mygrad.tensor(x.data, constant=True, copy=False)}

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """A constant is what requires no grad."""
        return mygrad.tensor(data, dtype=dtype, constant=not requires_grad)

    def index(self, raw: Any) -> Any:
        """An array."""
        return raw.data

    def empty(self, sizes: tuple[int, ...]) -> Any:
        """An array."""
        return numpy.empty(sizes)

    def read(self, raw: Any) -> Any:
        """Through the array."""
        return raw.data.tolist()

    def incoming(self, raw: Any) -> Any:
        """An array."""
        return raw.data

    def from_array(self, value: Any) -> Wrapped:
        """Gradients and comparisons are arrays in mygrad."""
        return self.wrap(mygrad.tensor(value, constant=True, copy=False))

    def get_requires_grad(self, raw: Any) -> bool:
        """What is no constant."""
        return not raw.constant

    def get_grad(self, raw: Any) -> Any:
        """An array, or None."""
        return raw.grad

    def set_grad(self, raw: Any, value: Any) -> None:
        """It can be taken away, and nothing else."""
        if value is not None:
            raise MissingError("Tensor.grad = ...")
        raw.null_grad()


def subject() -> Any:
    """The subject of the suite."""
    return Mygrad().subject()
