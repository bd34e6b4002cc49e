"""What the functions of linear algebra refuse, in PyTorch's words."""

from __future__ import annotations

from typing import Any

import numpy as np

from ..base import read_all
from ..dtypes import INTEGER, not_implemented
from ..transforms import lowering


class _LinAlgError(RuntimeError):
    """A computation that the values of a matrix do not allow, such as inverting a singular one."""

    __module__ = "torch._C"


LinAlgError = _LinAlgError


def check_floating(A: Any, name: str) -> None:
    """Raise `RuntimeError` for a tensor of whole numbers."""
    if A._dtype.category <= INTEGER:
        raise RuntimeError(
            f"{name}: Expected a floating point or complex tensor as input. Got {A._dtype.legacy_name}"
        )


_KERNELS = {
    "linalg.cholesky": "cholesky_cpu",
    "linalg.cholesky_ex": "cholesky_cpu",
    "linalg.det": "lu_cpu",
    "linalg.eig": "linalg_eig_out_cpu",
    "linalg.eigvals": "linalg_eig_out_cpu",
    "linalg.eigh": "linalg_eigh_cpu",
    "linalg.qr": "geqrf_cpu",
    "linalg.slogdet": "lu_cpu",
    "linalg.solve": "lu_cpu",
    "linalg.svd": "linalg_svd_cpu",
}


def check_precise(A: Any, name: str) -> None:
    """Raise PyTorch's error for a type of few digits, in which it does not factor; `autocast` casts such operands."""
    if A._dtype.reduced and not lowering():
        if name in ("linalg.inv", "linalg.matrix_norm"):
            raise RuntimeError(f"{name}: Low precision dtypes not supported. Got {A._dtype.legacy_name}")
        raise not_implemented(_KERNELS[name], A._dtype)


def check_matrices(A: Any, name: str, argument: str = "A") -> None:
    """Raise `RuntimeError` for what is not a matrix, nor a stack of them."""
    if A._array.ndim < 2:
        raise RuntimeError(f"{name}: The input tensor {argument} must have at least 2 dimensions.")


def check_square(A: Any, name: str, argument: str = "A") -> None:
    """Raise `RuntimeError` for what is not a square matrix, nor a stack of them."""
    check_matrices(A, name, argument)
    rows, columns = A._array.shape[-2:]
    if rows != columns:
        raise RuntimeError(
            f"{name}: {argument} must be batches of square matrices, but they are {rows} by {columns} matrices"
        )


def check_info(tensor: Any, name: str, sentence: str) -> None:
    """Raise `LinAlgError` for the first matrix that failed; `sentence` may name the place as `{info}`."""
    info = read_all(tensor)
    if not info.any():
        return
    flat = np.ravel(info)
    number = int(np.flatnonzero(flat)[0])
    batch = f"(Batch element {number}): " if info.ndim else ""
    raise LinAlgError(f"{name}: {batch}{sentence.format(info=int(flat[number]))}")
