"""A number that tells tensors of other values apart: all elements' bits, combined by exclusive or.

Source: torch.hash_tensor.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..dtypes import FLOATING, not_implemented, uint64
from ..grad_mode import mode
from ..lazy import plain
from ..op import wrap
from ..transforms import no_tangent, through_transforms
from .dims import wrap_dims
from .refusals import check_tensor


def hash_tensor(input: Any, dim: Any = (), *, keepdim: bool = False, mode: int = 0) -> Any:
    """The hash of all elements, or of those along some dimensions: floating ones count as float64, integers as int64.

    Raises: `RuntimeError` for an empty tensor without `dim` and for a mode other than 0, `IndexError` for an empty dimension.
    """
    check_tensor(input, "hash_tensor")
    if type(mode) is not int:
        raise TypeError("hash_tensor")
    return _hash(input, (dim,) if isinstance(dim, int) else tuple(dim), keepdim, mode)


def _hash(self: Any, dim: tuple[int, ...], keepdim: bool, kind: int) -> Any:
    if mode.recording > 1:
        return through_transforms(_hash, (self, dim, keepdim, kind))
    array = np.asarray(plain(self._array))
    if kind:
        raise RuntimeError(f"Unknown hash_tensor mode: {kind}")
    if not array.size and not dim:
        raise RuntimeError(
            "hash_tensor: Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the "
            "'dim' argument."
        )
    axes = wrap_dims(dim, array.ndim) or tuple(range(array.ndim))
    for axis in axes:
        if array.ndim and not array.shape[axis]:
            raise IndexError(f"hash_tensor: Expected reduction dim {axis} to have non-zero size.")
    if self._dtype.is_complex or self._dtype.name in ("uint16", "uint32", "uint64"):
        raise not_implemented("xor_sum_cpu", self._dtype)
    wide = array.astype(np.float64 if self._dtype.category == FLOATING else np.int64)
    found: Any = wide.view(np.uint64)
    if array.ndim:
        # one after the other: NumPy's own types do not know of several
        for axis in axes:
            found = np.bitwise_xor.reduce(found, axis=axis, keepdims=True)
        found = found if keepdim else np.squeeze(found, axes)
    return wrap(found[()], uint64)


_hash.tangent_rule = no_tangent  # type: ignore[attr-defined]
