"""Tensors made from data, from sizes, and from random numbers."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..dtypes import dtype as dtype_class
from ..generator import Generator
from ..grad_mode import mode
from ..op import wrap
from ..transforms import Drawing, Making, made
from .dims import sizes_of

default_generator = Generator()

COPY_WARNING = (
    "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or "
    "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor)."
)


def finish(array: Any, dtype: dtype_class | None, requires_grad: bool) -> Any:
    """A leaf over this array, in `dtype` if one is given."""
    if dtype is not None and array.dtype != dtype.numpy:
        if array.dtype.kind == "c" and not dtype.is_complex:
            _refuse_complex(dtype)
        if array.dtype.kind == "i" and dtype.numpy.kind in "iu" and array.size:
            limits = np.iinfo(dtype.numpy)
            if array.min() < limits.min or array.max() > limits.max:
                raise RuntimeError(f"value cannot be converted to type {dtype.name} without overflow")
        array = array.astype(dtype.numpy)
    result = wrap(array[()] if array.ndim == 0 else array)
    if mode.recording > 1:
        result = made(result)
    if requires_grad:
        if result._dtype.category <= dtypes.INTEGER:
            raise RuntimeError("Only Tensors of floating point and complex dtype can require gradients")
        result._requires_grad = True
    return result


def _refuse_complex(dtype: dtype_class) -> None:
    if dtype.is_floating_point:
        raise TypeError("must be real number, not complex")
    if dtype.category == dtypes.INTEGER:
        raise TypeError("'complex' object cannot be interpreted as an integer")


# ---- from data ---------------------------------------------------------------------------------------------


def array_from(data: Any, dtype: dtype_class | None) -> np.ndarray[Any, Any]:
    if isinstance(data, TensorBase):
        warnings.warn(COPY_WARNING, UserWarning, stacklevel=3)
        return np.array(data._array)
    if isinstance(data, (np.ndarray, np.generic)):
        dtypes.from_numpy(data.dtype)
        return np.array(data)
    if isinstance(data, (list, tuple)):
        _check_nesting(data, 0)
        data = _with_scalars(data)
    if type(data) is int and not -(2**63) <= data < 2**63:
        raise ValueError("Overflow when unpacking long long")
    try:
        array = np.array(data)
    except (ValueError, TypeError):
        raise _not_numbers(data) from None
    if array.dtype.kind == "f" and not _holds_numpy(data):
        return array.astype(dtypes.get_default_dtype().numpy) if dtype is None else array
    if array.dtype.kind == "c" and not _holds_numpy(data):
        return array.astype(dtypes.default_complex().numpy) if dtype is None else array
    if array.dtype.kind == "O" or array.dtype.kind in "US":
        raise _not_numbers(data)
    if not array.size and array.dtype.kind == "f":
        return array.astype(dtypes.get_default_dtype().numpy)
    return array


def _holds_numpy(data: Any) -> bool:
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (np.ndarray, np.generic))


def _with_scalars(data: Any) -> Any:
    if isinstance(data, (list, tuple)):
        return [_with_scalars(each) for each in data]
    if not isinstance(data, TensorBase):
        return data
    if data.requires_grad and not data._array.ndim:  # type: ignore[attr-defined]
        return float(data)  # type: ignore[arg-type] # with its warning
    return data.tolist()  # type: ignore[attr-defined]


def _check_nesting(data: Any, dim: int) -> None:
    """Raise PyTorch's error for lists of unequal lengths."""
    lengths = [len(each) if isinstance(each, (list, tuple)) else None for each in data]
    if not lengths or all(length is None for length in lengths):
        return
    if lengths[0] is None:
        index = next(position for position, length in enumerate(lengths) if length is not None)
        raise TypeError(f"must be real number, not {type(data[index]).__name__}")
    for length in lengths:
        if length is None:
            raise TypeError("not a sequence")
        if length != lengths[0]:
            raise ValueError(f"expected sequence of length {lengths[0]} at dim {dim + 1} (got {length})")
    for each in data:
        _check_nesting(each, dim + 1)


def _not_numbers(data: Any) -> Exception:
    if isinstance(data, str):
        return TypeError("new(): invalid data type 'str'")
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    if isinstance(data, str):
        return ValueError(f"too many dimensions '{type(data).__name__}'")
    return RuntimeError(f"Could not infer dtype of {type(data).__name__}")


def tensor(data: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """A new leaf that holds a copy of `data` (numbers, nested lists, a NumPy array)."""
    return finish(array_from(data, dtype), dtype, requires_grad)


def as_tensor(data: Any, dtype: Any = None, device: Any = None) -> Any:
    """A tensor of `data`: itself, or sharing its memory, where that is possible."""
    if isinstance(data, TensorBase):
        return data if dtype is None or data._dtype is dtype else data.to(dtype)  # type: ignore[attr-defined]
    if isinstance(data, np.ndarray):
        shared = from_numpy(data)
        return shared if dtype is None else shared.to(dtype)
    return tensor(data, dtype=dtype)


def from_numpy(array: np.ndarray[Any, Any]) -> Any:
    """A tensor that shares the array's memory."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"expected np.ndarray (got {type(array).__name__})")
    return wrap(array, dtypes.from_numpy(array.dtype))


# ---- from sizes --------------------------------------------------------------------------------------------


def zeros(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Zeros of this size."""
    return finish(np.zeros(sizes_of(size), (dtype or dtypes.get_default_dtype()).numpy), None, requires_grad)


def ones(*size: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Ones of this size."""
    return finish(np.ones(sizes_of(size), (dtype or dtypes.get_default_dtype()).numpy), None, requires_grad)


empty = zeros


def full(
    size: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """A tensor of this size filled with one value."""
    if isinstance(fill_value, TensorBase):
        dtype, fill_value = dtype or fill_value._dtype, fill_value.item()  # type: ignore[attr-defined]
    kind = dtype or dtypes.of_number(fill_value)
    if isinstance(fill_value, complex) or kind.category == dtypes.INTEGER:
        fill_value = dtypes.element(fill_value, kind)
    return finish(np.full(sizes_of((size,)), fill_value, kind.numpy), None, requires_grad)


def _like(make: Any) -> Any:
    def call(
        input: Any,
        *,
        dtype: Any = None,
        device: Any = None,
        requires_grad: bool = False,
        memory_format: Any = None,
    ) -> Any:
        options = {"dtype": dtype or input._dtype, "requires_grad": requires_grad}
        if mode.recording > 1 and make not in (rand, randn):
            return Making(make, options)(input, input._array.shape)
        return make(input._array.shape, **options)

    call.__name__ = call.__qualname__ = f"{make.__name__}_like"
    call.__doc__ = f"`{make.__name__}` of the size and type of `input`."
    return call


zeros_like = _like(zeros)
ones_like = _like(ones)
empty_like = _like(empty)


def full_like(
    input: Any, fill_value: Any, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`full` of the size and type of `input`."""
    options = {"fill_value": fill_value, "dtype": dtype or input._dtype, "requires_grad": requires_grad}
    return Making(full, options)(input, input._array.shape)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """The identity matrix, n by m."""
    return finish(np.eye(n, m, dtype=(dtype or dtypes.get_default_dtype()).numpy), None, requires_grad)


def arange(*bounds: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False) -> Any:
    """Numbers from `start` (0) up to `end`, which is left out, by `step` (1)."""
    start, end, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")
    if dtype is None:
        dtype = (
            dtypes.int64
            if all(isinstance(each, int) for each in (start, end, step))
            else dtypes.get_default_dtype()
        )
    count = int(np.ceil((end - start) / step))
    if dtype.is_complex:
        raise dtypes.not_implemented("arange_cpu", dtype)
    if dtype.is_floating_point:
        return finish(
            (start + step * np.arange(count, dtype=np.float64)).astype(dtype.numpy), None, requires_grad
        )
    return finish(np.arange(start, end, step), dtype, requires_grad)


def linspace(
    start: float,
    end: float,
    steps: int,
    *,
    dtype: Any = None,
    device: Any = None,
    requires_grad: bool = False,
) -> Any:
    """`steps` numbers from `start` to `end`, both included; computed from both ends, as PyTorch does."""
    kind = (dtype or dtypes.get_default_dtype()).numpy
    if steps == 1:
        return finish(np.full(1, start, kind), None, requires_grad)
    low, high = kind.type(start), kind.type(end)
    step = (high - low) / kind.type(steps - 1)
    index = np.arange(steps).astype(kind)
    forward = low + step * index
    backward = high - step * (kind.type(steps - 1) - index)
    return finish(
        np.where(np.arange(steps) < steps // 2, forward, backward).astype(kind), None, requires_grad
    )


# ---- random numbers ----------------------------------------------------------------------------------------


def manual_seed(seed: int) -> Generator:
    """Seed the generator that the functions below draw from."""
    default_generator.manual_seed(int(seed))
    return default_generator


def _kind(dtype: Any, name: str) -> Any:
    kind = dtype or dtypes.get_default_dtype()
    if kind.category < dtypes.FLOATING:
        raise RuntimeError(f"\"{name}\" not implemented for '{kind.legacy_name}'")
    return kind.numpy


def _drawn(draw: Any, sizes: Any, dtype: dtype_class | None, requires_grad: bool) -> Any:
    """A tensor of random numbers; `vmap` says whether each example has its own."""
    if mode.recording > 1:
        return Drawing(lambda sizes: finish(np.asarray(draw(sizes)), dtype, requires_grad))(sizes)
    return finish(np.asarray(draw(sizes)), dtype, requires_grad)


def rand(
    *size: Any, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Uniform numbers from 0 up to 1, which is left out."""
    draw, kind = (generator or default_generator).uniform, _kind(dtype, "check_uniform_bounds")
    return _drawn(lambda sizes: draw(sizes, kind), sizes_of(size), None, requires_grad)


def randn(
    *size: Any, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Numbers of the normal distribution with mean 0 and standard deviation 1."""
    draw, kind = (generator or default_generator).normal, _kind(dtype, "normal_kernel_cpu")
    return _drawn(lambda sizes: draw(sizes, kind), sizes_of(size), None, requires_grad)


def randint(
    *bounds: Any, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """Integers from `low` (0) up to `high`, which is left out."""
    low, high, size = bounds if len(bounds) == 3 else (0, *bounds)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    kind = (dtype or dtypes.int64).numpy
    draw = (generator or default_generator).randint
    return _drawn(lambda sizes: draw(low, high, sizes, kind), sizes_of((size,)), None, requires_grad)


def randint_like(
    input: Any, *bounds: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`randint` of the size and type of `input`."""
    return randint(
        *((0, *bounds) if len(bounds) == 1 else bounds),
        input._array.shape,
        dtype=dtype or input._dtype,
        requires_grad=requires_grad,
    )


def randperm(
    n: int, *, generator: Any = None, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """The integers below `n` in random order."""
    draw = (generator or default_generator).randperm
    return _drawn(
        lambda sizes: draw(n) if len(sizes) == 1 else np.stack([draw(n) for _ in range(sizes[0])]),
        (n,),
        dtype,
        requires_grad,
    )


rand_like = _like(rand)
randn_like = _like(randn)
