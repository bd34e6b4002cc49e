"""`torch.sparse`: functions of sparse tensors.

Source: torch.sparse.
"""

from __future__ import annotations

import warnings
from typing import Any

from .sparse_operations import addmm, sparse_mm, total
from .sparse_tensors import SparseTensor, sparse_coo_tensor

__all__ = ["FloatTensor", "addmm", "mm", "sum"]


def mm(mat1: Any, mat2: Any) -> Any:
    """The product of matrices, one of which is sparse."""
    return sparse_mm(mat1, mat2)


def sum(input: Any, dim: Any = None, dtype: Any = None) -> Any:
    """The sum of all elements, or over sparse dimensions."""
    if not isinstance(input, SparseTensor):
        raise NotImplementedError("torch.sparse.sum takes sparse tensors: use torch.sum")
    return total(input, dim, dtype)


def FloatTensor(indices: Any, values: Any = None, size: Any = None) -> Any:  # noqa: N802 - PyTorch's own name
    """The older `torch.sparse_coo_tensor`."""
    warnings.warn(
        "torch.sparse.SparseTensor(indices, values, shape, *, device=) is deprecated.  Please use "
        "torch.sparse_coo_tensor(indices, values, shape, dtype=, device=).",
        stacklevel=2,
    )
    return sparse_coo_tensor(indices, values, size)
