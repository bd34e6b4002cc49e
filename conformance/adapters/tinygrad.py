"""tinygrad: a lazy engine whose operations are methods of its `Tensor`.

Mapped: its creation and functions are PyTorch's by name; a tensor with `requires_grad` is one that is a parameter
(`is_param`); other tensors are not. Methods that say `axis` are given `dim`. `max` gives no indices and so stands in
the form without `dim`. It keeps the graph of operations, so that `retain_graph` is how it always runs. Node names,
versions and PyTorch's way to print are not offered, nor is `to`, which takes devices only. Numbers that have no
device are copied to the one in use before they are differentiated or read, as they would get no gradient, and
tinygrad would compile their reading for the CPU. It runs on its device `PYTHON`, which needs no compiler, unless
`DEV` names another; `float16` is not offered there, as that device computes it in `float32`. `gelu` is the one by
tanh. Random numbers come from streams that are not PyTorch's, and are not offered.
"""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DEV", "PYTHON")
from tinygrad import Tensor, dtypes  # it looks for its device when it is imported

from ..observe import MissingError
from .base import Adapter
from .wrapped import DType

NAMES = "float32 float64 int8 int16 int32 int64 uint8 bool".split()
if os.environ["DEV"] != "PYTHON":
    NAMES.append("float16")
RANDOM = (
    "randn rand randint randint_like rand_like randn_like randperm multinomial normal uniform dropout".split()
)
OTHERWISE = "sort topk gather scatter nonzero manual_seed svd qr dot save load gradient".split()


def placed(raw: Any) -> Any:
    """A number that has no device yet, on the one that is used: else it gets no gradient, and is compiled to be read."""
    return raw.clone() if raw.uop.device is None else raw


def _gelu(x: Any, approximate: str = "none") -> Any:
    if approximate != "tanh":
        raise MissingError("torch.nn.functional.gelu(approximate='none')")
    return x.gelu()


class Tinygrad(Adapter):
    """The wiring."""

    declines = (
        r"takes .*positional arguments?|Could not infer dtype of .*complex|can't create Tensor from .*complex|"
        r"'int' and 'DType'"
    )

    package, kind = "tinygrad", Tensor
    dtypes = {name: getattr(dtypes, name) for name in NAMES}
    keywords = {"dim": "axis"}
    functions = {
        **{f"nn.functional.{name}": getattr(Tensor, name) for name in "relu elu selu silu softplus".split()},
        "nn.functional.gelu": _gelu,
        "nn.functional.leaky_relu": lambda x, negative_slope=0.01: x.leaky_relu(negative_slope),
        "nn.functional.softmax": lambda x, dim: x.softmax(dim),
        "nn.functional.log_softmax": lambda x, dim: x.log_softmax(dim),
        "nn.functional.binary_cross_entropy_with_logits": lambda x, y: x.binary_crossentropy_logits(y),
        "cat": lambda tensors, dim=0: tensors[0].cat(*tensors[1:], dim=dim),
        "stack": lambda tensors, dim=0: tensors[0].stack(*tensors[1:], dim=dim),
        "where": lambda condition, x, y: condition.where(x, y),
        "softmax": lambda x, dim: x.softmax(dim),
        "log_softmax": lambda x, dim: x.log_softmax(dim),
        "max": lambda x: x.max(),
        "min": lambda x: x.min(),
        "amax": lambda x, dim=None, keepdim=False: x.max(dim, keepdim),
        "amin": lambda x, dim=None, keepdim=False: x.min(dim, keepdim),
        "unsqueeze": lambda x, dim: x.unsqueeze(dim),
        "squeeze": lambda x, dim=None: x.squeeze(dim),
        "prod": lambda x, dim=None, keepdim=False: x.prod(dim, keepdim),
        "einsum": Tensor.einsum,
        **dict.fromkeys([*RANDOM, *OTHERWISE, "nn.functional.dropout"]),
    }
    methods = {
        "item": lambda x: placed(x).item(),
        "to": None,
        "data": None,
        "uop": None,
        "is_leaf": None,
        "repeat": None,
        "device": None,
    }

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """A parameter is what wants a gradient."""
        made = data.cast(dtype) if isinstance(data, Tensor) else Tensor(data, dtype=dtype)
        return (placed(made) if requires_grad else made).is_param_(requires_grad)

    def read(self, raw: Any) -> Any:
        """Realized first."""
        return placed(raw).tolist()

    def empty(self, sizes: tuple[int, ...]) -> Any:
        """Its own."""
        return Tensor.empty(*sizes)

    def get_dtype(self, raw: Any) -> Any:
        """Named as in `dtypes`."""
        found = next((held for held in self.types.values() if held.raw == raw.dtype), None)
        return found or DType(str(raw.dtype).rpartition(".")[2], raw.dtype)


def subject() -> Any:
    """The subject of the suite."""
    return Tinygrad().subject()
