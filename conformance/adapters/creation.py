"""`tensor`, `ones`, `zeros` and their like: all made of nested lists and the adapter's `make`.

PyTorch's defaults stand for an engine's own: floats are `float32` and ints `int64` where it has them.
"""

from __future__ import annotations

from collections.abc import Callable
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from ..observe import MissingError

if TYPE_CHECKING:
    from .base import Adapter

NAMES = (
    "tensor as_tensor ones zeros full eye arange ones_like zeros_like full_like empty_like "
    "get_default_dtype is_tensor"
).split()
FLOATS = ("float32", "float64")


def functions(adapter: Adapter) -> dict[str, Callable[..., Any]]:
    """The functions that make tensors, for one engine."""
    return {name: _strict(name, adapter) for name in NAMES}


def _strict(name: str, adapter: Adapter) -> Callable[..., Any]:
    """Arguments that only PyTorch knows are not offered; what the engine itself raises stays as it is."""

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return globals()[name](adapter, *args, **kwargs)
        except TypeError as error:
            trace = error.__traceback__
            while trace is not None and trace.tb_next is not None:
                trace = trace.tb_next
            if trace is not None and trace.tb_frame.f_globals.get("__name__") == __name__:
                raise MissingError(
                    f"torch.{name}({', '.join(['...'] * len(args) + list(kwargs))})"
                ) from error
            raise

    return call


class _Nothing:
    """A tensor of no elements, whose sizes nested lists cannot say; `value` tells of what type they would be."""

    def __init__(self, sizes: tuple[int, ...], value: Any) -> None:
        self.sizes, self.value = sizes, value


def tensor(
    adapter: Adapter, data: Any, dtype: Any = None, device: Any = None, requires_grad: bool = False
) -> Any:
    """`torch.tensor`: a number, nested lists, an array or a tensor, copied."""
    if isinstance(data, adapter.tensor_type):
        dtype = dtype or (data.dtype if adapter.types else None)
        data = _Nothing(data.shape, 0.0) if 0 in data.shape[:-1] else adapter.read(data.raw)
    elif hasattr(data, "tolist"):
        name = str(getattr(data, "dtype", "")).rpartition(".")[2]
        dtype = dtype or _named(adapter, name)
        data = _Nothing(data.shape, 0.0) if 0 in data.shape[:-1] else data.tolist()
    like = data.value if isinstance(data, _Nothing) else _plain(adapter, data)
    if _kinds(like) - {bool, int, float, complex} or type(dtype).__name__ not in ("DType", "NoneType"):
        raise MissingError("torch.tensor(...) of what are no numbers, or of another dtype")
    if adapter.scalars and isinstance(data, (list, _Nothing)):
        raise MissingError("torch.tensor([...])")
    if dtype is None:
        dtype = _common(adapter, data) or _inferred(adapter, like)
    if device not in (None, "cpu"):
        raise MissingError("torch.tensor(device=...)")
    given = adapter.empty(data.sizes) if isinstance(data, _Nothing) else like
    return adapter.wrap(adapter.make(given, getattr(dtype, "raw", dtype), bool(requires_grad)))


def as_tensor(adapter: Adapter, data: Any, dtype: Any = None, device: Any = None) -> Any:
    """`torch.as_tensor`: a tensor as it is, if it may stay so; what would share an array's memory is not offered."""
    if isinstance(data, adapter.tensor_type) and dtype is None and device in (None, "cpu"):
        return data
    if isinstance(data, adapter.tensor_type) or hasattr(data, "tolist"):
        raise MissingError("torch.as_tensor(...) of a tensor or an array")
    return tensor(adapter, data, dtype, device)


def ones(adapter: Adapter, *sizes: Any, **options: Any) -> Any:
    """`torch.ones`."""
    return tensor(adapter, _filled(_sizes(sizes), 1.0), **options)


def zeros(adapter: Adapter, *sizes: Any, **options: Any) -> Any:
    """`torch.zeros`."""
    return tensor(adapter, _filled(_sizes(sizes), 0.0), **options)


def full(adapter: Adapter, size: Any, fill_value: Any, **options: Any) -> Any:
    """`torch.full`."""
    if not isinstance(size, (list, tuple)):
        raise MissingError("torch.full(a number, ...)")
    return tensor(adapter, _filled(_sizes((size,)), fill_value), **options)


def eye(adapter: Adapter, n: int, m: int | None = None, **options: Any) -> Any:
    """`torch.eye`."""
    columns = n if m is None else m
    if n < 0 or columns < 0:
        raise MissingError("torch.eye(...) of negative sizes")
    return tensor(
        adapter, [[float(row == column) for column in range(columns)] for row in range(n)], **options
    )


def arange(adapter: Adapter, start: Any, end: Any = None, step: Any = 1, **options: Any) -> Any:
    """`torch.arange`."""
    first, last = (0, start) if end is None else (start, end)
    count = max(0, int(-((first - last) // step)))
    if all(isinstance(number, int) for number in (first, last, step)):
        return tensor(adapter, [*range(first, first + count * step, step)] if count else [], **options)
    exact = [Fraction(first) + place * Fraction(step) for place in range(count)]
    if any(Fraction(float(number)) != number for number in exact):
        # they would be rounded here, and not by the engine
        raise MissingError("torch.arange(...) of numbers that have to be rounded")
    return tensor(adapter, [float(number) for number in exact], **options)


def ones_like(adapter: Adapter, other: Any, **options: Any) -> Any:
    """`torch.ones_like`."""
    return full_like(adapter, other, 1.0, **options)


def zeros_like(adapter: Adapter, other: Any, **options: Any) -> Any:
    """`torch.zeros_like`."""
    return full_like(adapter, other, 0.0, **options)


empty_like = zeros_like


def full_like(adapter: Adapter, other: Any, fill_value: Any, **options: Any) -> Any:
    """`torch.full_like`."""
    if adapter.types:
        options.setdefault("dtype", other.dtype)
    return tensor(adapter, _filled(tuple(other.shape), fill_value), **options)


def get_default_dtype(adapter: Adapter) -> Any:
    """The type of elements that floats get."""
    if not adapter.types:
        raise MissingError("torch.get_default_dtype")
    return _inferred(adapter, 0.5)


def is_tensor(adapter: Adapter, value: Any) -> bool:
    """`torch.is_tensor`."""
    return isinstance(value, adapter.tensor_type)


def _plain(adapter: Adapter, data: Any) -> Any:
    if isinstance(data, (list, tuple)):
        return [_plain(adapter, item) for item in data]
    if not isinstance(data, adapter.tensor_type):
        return data
    if data.shape:
        raise MissingError("torch.tensor([...]) of tensors that have dimensions")
    return adapter.read(data.raw)


def _common(adapter: Adapter, data: Any) -> Any:
    """The type of tensors in nested lists, if nothing else is there; else None."""
    kinds = _held(adapter, data)
    if len(kinds - {None}) > 1:
        raise MissingError("torch.tensor([...]) of tensors of several types")
    return next(iter(kinds)) if len(kinds) == 1 and adapter.types else None


def _held(adapter: Adapter, data: Any) -> set[Any]:
    """The types of tensors in nested lists, and None where there is something else."""
    if isinstance(data, (list, tuple)):
        return set().union(*(_held(adapter, item) for item in data)) if data else set()
    return {data.dtype} if isinstance(data, adapter.tensor_type) and adapter.types else {None}


def _sizes(sizes: tuple[Any, ...]) -> tuple[int, ...]:
    if not sizes:
        raise MissingError("torch.zeros()")
    listed = tuple(sizes[0]) if len(sizes) == 1 and isinstance(sizes[0], (list, tuple)) else sizes
    if any(type(size) is not int or size < 0 for size in listed):
        raise MissingError("torch.zeros(...) of sizes that are negative or no integers")
    return listed


def _filled(sizes: tuple[int, ...], value: Any) -> Any:
    if 0 in sizes[:-1]:
        return _Nothing(sizes, value)
    for size in reversed(sizes):
        value = [value] * size
    return value


def _kinds(data: Any) -> set[type]:
    if not isinstance(data, list):
        return {type(data)}
    return set().union(*map(_kinds, data)) if data else set()


def _inferred(adapter: Adapter, data: Any) -> Any:
    """The type that PyTorch gives to numbers; the engine's only type of floats where it has no `float32`."""
    kinds = _kinds(data) or {float}
    if not adapter.types:
        if kinds - {float, int}:
            raise MissingError("torch.bool" if bool in kinds else "torch.complex64")
        return None
    if complex in kinds:
        return _named(adapter, "complex64")
    if float in kinds:
        return next(adapter.types[name] for name in FLOATS if name in adapter.types)
    return _named(adapter, "int64" if int in kinds else "bool")


def _named(adapter: Adapter, name: str) -> Any:
    if not adapter.types:
        return None
    if name not in adapter.types:
        raise MissingError(f"torch.{name}")
    return adapter.types[name]
