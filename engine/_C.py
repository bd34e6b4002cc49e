# ruff: noqa: N999 - PyTorch's own name
"""The names of PyTorch's core that its documentation tells programs to use. Source: "Extending torch Python API"."""

from typing import Any

from .overriding import all_disabled as DisableTorchFunction  # noqa: N812 - PyTorch's own names
from .overriding import disabled as DisableTorchFunctionSubclass  # noqa: N812
from .overriding import disabled_torch_function

_disabled_torch_function_impl: Any = classmethod(disabled_torch_function)

__all__ = ["DisableTorchFunction", "DisableTorchFunctionSubclass"]
