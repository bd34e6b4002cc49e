"""`torch.utils.cpp_extension`: extensions in C++ are compiled against PyTorch, so none is built or loaded here.

Source: torch.utils.cpp_extension.
"""

from __future__ import annotations

from .. import refused

__all__ = ["BuildExtension", "CUDAExtension", "CppExtension", "include_paths", "load", "load_inline"]

_MODULE, _INSTEAD = (
    "torch.utils.cpp_extension",
    "write the operation in Python, such as with torch.library.custom_op",
)
CUDA_HOME = None

CUDAExtension, CppExtension, include_paths, load, load_inline = (
    refused.function(_MODULE, name, _INSTEAD)
    for name in ("CUDAExtension", "CppExtension", "include_paths", "load", "load_inline")
)
BuildExtension = refused.kind(_MODULE, "BuildExtension", _INSTEAD)
