"""Tensors made in ways that fewer programs use: over a buffer, with given strides, on a logarithmic scale, of indices.

Source: torch, "Creation Ops".
"""

from __future__ import annotations

import math
import mmap
import os
import warnings
from typing import Any

import numpy as np

from .. import dtypes
from ..arguments import function, refused
from ..base import TensorBase
from ..op import wrap
from .creation import check_range, ends, number, refuse_types
from .dims import sizes_of
from .from_data import finish, from_numpy, tensor, warn_once
from .options import as_dtype, settle, with_options
from .refusals import check_plain

_READ_ONLY = (
    "The given buffer is not writable, and PyTorch does not support non-writable tensors. This means you can write to the "
    "underlying (supposedly non-writable) buffer using the tensor. You may want to copy the buffer to protect its data or make it "
    "writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program."
)
_UNSPECIFIED = (
    "torch.asarray: unspecified requires_grad now defaults to obj.requires_grad instead of False. Pass requires_grad=False "
    "explicitly to get the old behavior and silence this warning."
)


# ---- over memory that is there -----------------------------------------------------------------------------


def frombuffer(
    buffer: Any, *, dtype: Any, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Any:
    """A tensor over the memory of an object that has the buffer protocol."""
    try:
        view = memoryview(buffer)
    except TypeError:
        raise ValueError("object does not implement Python buffer protocol.") from None
    if not view.c_contiguous:
        raise RuntimeError("could not retrieve buffer from object")
    length, size = view.nbytes, dtype.itemsize
    if length == 0 or count == 0:
        raise ValueError(f"both buffer length ({length}) and count ({count}) must not be 0")
    if not 0 <= offset < length:
        raise ValueError(
            f"offset ({offset} bytes) must be non-negative and no greater than buffer length ({length} bytes) minus 1"
        )
    if count < 0 and (length - offset) % size:
        raise ValueError(
            f"buffer length ({length - offset} bytes) after offset ({offset} bytes) must be a multiple of element size ({size})"
        )
    if count > 0 and offset + count * size > length:
        raise ValueError(
            f"requested buffer length ({count} * {size} bytes) after offset ({offset} bytes) must not be greater than actual "
            f"buffer length ({length} bytes)"
        )
    if view.readonly:
        warn_once(_READ_ONLY)
    return finish(np.frombuffer(buffer, dtype.numpy, count, offset), None, requires_grad)


@function
def from_file(
    filename: str,
    shared: bool | None = None,
    size: int = 0,
    *,
    dtype: Any = None,
    layout: Any = None,
    device: Any = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Any:
    """A tensor over the first `size` elements of a file; with `shared`, what is written into it goes into the file.

    Raises: `RuntimeError` for a file that cannot be opened or, unless it is shared and so made longer, is too short.
    Source: torch.from_file.
    """
    check_plain(filename, str, "from_file", "filename", 1)
    if shared is not None:
        check_plain(shared, bool, "from_file", "shared", 2)
    check_plain(size, int, "from_file", "size", 3)
    settle({"device": device}, "from_file")
    kind = as_dtype(dtype, "from_file") or dtypes.get_default_dtype()
    length = size * kind.itemsize
    if length < 0:
        raise RuntimeError(
            f"unable to mmap {length} bytes from file <{filename}>: Cannot allocate memory (12)"
        )
    made = wrap(np.frombuffer(_mapped(filename, bool(shared), length), kind.numpy, size), kind)
    return made.requires_grad_() if requires_grad else made


def _mapped(filename: str, shared: bool, length: int) -> Any:
    """The memory of the beginning of a file."""
    how = os.O_RDWR | os.O_CREAT if shared else os.O_RDONLY
    try:
        opened = os.open(filename, how, 0o600)
    except OSError as error:
        means = "read-write" if shared else "read-only"
        raise RuntimeError(
            f"unable to open file <{filename}> in {means} mode: {error.strerror} ({error.errno})"
        ) from None
    try:
        found = os.fstat(opened).st_size
        if found < length and shared:
            os.ftruncate(opened, length)
        elif found < length:
            raise RuntimeError(
                f"file <{filename}> size <{found}> is smaller than the required mapping size <{length}>"
            )
        access = mmap.ACCESS_WRITE if shared else mmap.ACCESS_COPY
        return mmap.mmap(opened, length, access=access) if length else bytearray()
    finally:
        os.close(opened)


def asarray(
    obj: Any,
    *,
    dtype: Any = None,
    device: Any = None,
    copy: bool | None = None,
    requires_grad: bool | None = None,
) -> Any:
    """A tensor of anything: itself, over its memory, or a copy of its elements."""
    if settle({"device": device}, "asarray"):
        return _on_meta(asarray(obj, dtype=dtype, requires_grad=requires_grad), copy)
    dtype = as_dtype(dtype, "asarray")
    made = _shared(obj, dtype)
    if made is None:
        if copy is False:
            raise ValueError("can't alias arbitrary sequence into a tensor.")
        return tensor(obj, dtype=dtype, requires_grad=bool(requires_grad))
    if dtype is not None and made._dtype is not dtype:
        if copy is False:
            raise ValueError(
                f"can't alias tensor with dtype '{made._dtype.legacy_name}' into dtype '{dtype.legacy_name}'."
            )
        made = made.to(dtype)
    elif copy:
        made = made.clone()
    if requires_grad is None:
        if isinstance(obj, TensorBase) and made.requires_grad:
            warn_once(_UNSPECIFIED)
        return made
    if made.requires_grad and not requires_grad:
        return made.detach()
    return made.requires_grad_() if requires_grad and not made.requires_grad else made


def without_elements(made: Any) -> Any:
    """The tensor, on `meta` from now on."""
    from ..meta_tensors import without_elements

    return without_elements(made)


def _on_meta(made: Any, copy: bool | None) -> Any:
    if copy is False:
        raise ValueError("can't alias tensor from device 'cpu' to 'meta'.")
    found = made.detach().to("meta")
    return found.requires_grad_() if made.requires_grad else found


def _shared(obj: Any, dtype: Any) -> Any:
    """A tensor over the memory of an object that has some to share; else None."""
    if isinstance(obj, TensorBase):
        return obj
    if isinstance(obj, np.ndarray):
        return from_numpy(obj)
    if isinstance(obj, np.generic):
        return from_numpy(np.asarray(obj).copy())
    if hasattr(obj, "__dlpack__"):
        from ..dlpack import from_dlpack

        return from_dlpack(obj)
    try:
        memoryview(obj)
    except TypeError:
        return None
    return frombuffer(obj, dtype=dtype or dtypes.get_default_dtype())


# ---- by strides --------------------------------------------------------------------------------------------


def empty_strided(
    size: Any, stride: Any, *, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """A tensor of this size with these steps between its elements; they are zeros."""
    if settle(others, "empty_strided"):
        return without_elements(empty_strided(size, stride, dtype=dtype, requires_grad=requires_grad))
    sizes, steps = sizes_of((size,)), sizes_of((stride,))
    if len(sizes) != len(steps):
        raise RuntimeError(
            f"dimensionality of sizes ({len(sizes)}) must match dimensionality of strides ({len(steps)})"
        )
    if any(step < 0 for step in steps):
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(sizes)} and strides={list(steps)}"
        )
    kind = (as_dtype(dtype, "empty_strided") or dtypes.get_default_dtype()).numpy
    needed = 1 + sum((size - 1) * step for size, step in zip(sizes, steps)) if 0 not in sizes else 0
    memory = np.zeros(needed, kind)
    array = np.ndarray(sizes, kind, memory, 0, [step * kind.itemsize for step in steps])
    return (
        finish(array, None, requires_grad) if array.ndim else finish(memory.reshape(()), None, requires_grad)
    )


def empty_permuted(
    size: Any, physical_layout: Any, *, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """A tensor of this size whose dimensions lie in memory in this order, outermost first."""
    sizes, order = sizes_of((size,)), sizes_of((physical_layout,))
    if len(sizes) != len(order):
        raise RuntimeError(
            f"Number of dimensions in size does not match the length of the physical_layout; i.e. len(size) = {len(sizes)} is "
            f"not equal to len(physical_layout) = {len(order)}"
        )
    for position, each in enumerate(order):
        if not 0 <= each < len(sizes):
            raise RuntimeError(
                f"Dimension out of range (expected to be between 0 and {len(sizes) - 1}, but got {each} at index {position}).  "
                "NB: negative dims not currently supported; file an issue if you want it."
            )
        if each in order[:position]:
            raise RuntimeError("Duplicate dim not allowed")
    steps, step = [0] * len(sizes), 1
    for each in reversed(order):
        steps[each] = step
        step *= max(sizes[each], 1)
    return empty_strided(sizes, steps, dtype=dtype, requires_grad=requires_grad, **others)


# ---- numbers in order --------------------------------------------------------------------------------------


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    **others: Any,
) -> Any:
    """`base` to the power of `steps` numbers from `start` to `end`, both included."""
    if others:
        return with_options(logspace, (start, end, steps, base), dtype, requires_grad, others)
    start, end = ends(start, end, "logspace")
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    chosen = as_dtype(dtype, "logspace") or dtypes.get_default_dtype()
    kind = chosen.numpy
    if steps:
        refuse_types(chosen, "logspace_cpu")
    if steps == 1:
        return finish(np.full(1, np.float64(base) ** start, np.float64).astype(kind), None, requires_grad)
    if chosen.category <= dtypes.INTEGER:
        start, end = dtypes.element(start, chosen), dtypes.element(end, chosen)
    real = kind.type if chosen.category > dtypes.INTEGER else np.float64
    low, high = real(start), real(end)
    step = (high - low) / real(steps - 1) if steps else low
    index = np.arange(steps)
    powers = np.where(index < steps // 2, low + step * index, high - step * (steps - 1 - index))
    wide = np.complex128 if chosen.is_complex else np.float64
    powers = powers.astype(kind if chosen.category > dtypes.INTEGER else np.float64)
    return finish((np.array(base, wide) ** powers.astype(wide)).astype(kind), None, requires_grad)


def range(
    start: Any = 0,
    end: Any = None,
    step: Any = 1,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    **others: Any,
) -> Any:
    """Numbers from `start` up to `end`, which is included; deprecated."""
    if end is None:
        raise TypeError('range() missing 1 required positional arguments: "end"')
    warnings.warn(
        "torch.range is deprecated and will be removed in a future release because its behavior is inconsistent with Python's "
        "range builtin. Instead, use torch.arange, which produces values in [start, end).",
        UserWarning,
        stacklevel=2,
    )
    if settle(others, "range"):
        return without_elements(range(start, end, step, dtype=dtype, requires_grad=requires_grad))
    check_range(start, end, step)
    kind = (as_dtype(dtype, "range") or dtypes.get_default_dtype()).numpy
    count = math.floor((end - start) / step + 1)
    return finish((start + step * np.arange(count, dtype=np.float64)).astype(kind), None, requires_grad)


def scalar_tensor(s: Any, *, dtype: Any = None, requires_grad: bool = False, **others: Any) -> Any:
    """A tensor without dimensions, of the default type unless another is given."""
    if settle(others, "scalar_tensor"):
        return without_elements(scalar_tensor(s, dtype=dtype, requires_grad=requires_grad))
    made = tensor(
        number(s, "scalar_tensor", "s", 1),
        dtype=as_dtype(dtype, "scalar_tensor") or dtypes.get_default_dtype(),
    )
    return made.requires_grad_() if requires_grad else made


# ---- indices -----------------------------------------------------------------------------------------------


def _indices(name: str, triangle: Any) -> Any:
    def call(row: int, col: int, offset: int = 0, *, dtype: Any = None, **others: Any) -> Any:
        if settle(others, name):
            return without_elements(call(row, col, offset, dtype=dtype))
        if not (isinstance(row, int) and isinstance(col, int)):
            raise refused(TypeError("sizes are integers"), name, (row, col, offset), is_method=False)
        for label, size in (("row", row), ("col", col)):
            if size < 0:
                raise RuntimeError(f"{label} must be non-negative, got{size}")
        chosen = as_dtype(dtype, name) or dtypes.int64
        if chosen not in (dtypes.int64, dtypes.int32):
            raise dtypes.not_implemented(name, chosen)
        return wrap(np.stack(triangle(row, offset, col)).astype(chosen.numpy), chosen)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"Rows and columns of the elements that `{name[:4]}` keeps of a matrix, row by row."
    return call


tril_indices, triu_indices = (
    _indices("tril_indices", np.tril_indices),
    _indices("triu_indices", np.triu_indices),
)
