"""raxis: a re-implementation of PyTorch's core, with PyTorch's names; cases use its module as it stands.

Mapped: it prints its own name where PyTorch prints `tensor` and `torch`, in tensors and types of elements; what is a
method there and a function in PyTorch is both; arguments that it does not take are not offered. Nothing
else is touched.
"""

from __future__ import annotations

from typing import Any

import raxis

from .base import both_ways


def subject() -> Any:
    """The subject of the suite."""
    print_as_raxis = raxis.Tensor.__repr__
    raxis.Tensor.__repr__ = lambda self: _renamed(print_as_raxis(self))
    kind: Any = type(raxis.float32)
    name_as_raxis = kind.__repr__
    kind.__repr__ = kind.__str__ = lambda self: f"torch.{name_as_raxis(self).rpartition('.')[2]}"
    refuses_as_pytorch, calls_itself_deeply = raxis.nn.Module.__init__, raxis.Tensor.backward
    made = both_ways(raxis, raxis.autograd, raxis.nn, raxis.nn.functional, raxis.optim)
    raxis.nn.Module.__init__, raxis.Tensor.backward = refuses_as_pytorch, calls_itself_deeply
    return made


def _renamed(text: str) -> str:
    """With PyTorch's name, which is one letter longer, so that later rows stand one further."""
    return f"tensor({text[6:]}".replace("\n", "\n ") if text.startswith("raxis(") else text
