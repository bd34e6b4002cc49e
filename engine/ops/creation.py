"""Tensors made from sizes, and from random numbers; those made from data stand in `from_data.py`."""

from __future__ import annotations

import math
import operator
from typing import Any

import numpy as np

from .. import dtypes
from ..arguments import refused
from ..base import TensorBase
from ..device import CPU
from ..dtypes import dtype as dtype_class
from ..generator import Generator
from ..grad_mode import mode
from ..layouts import preserve_format
from ..transforms import Drawing, Making
from .dims import sizes_of
from .from_data import as_tensor, finish, from_numpy, tensor
from .views import empty_like as memory_like

default_generator = Generator()

__all__ = ["as_tensor", "from_numpy", "tensor"]

# ---- from sizes --------------------------------------------------------------------------------------------


def _settled(make: Any, args: Any, dtype: Any, requires_grad: bool, others: Any, **kept: Any) -> Any:
    device = others.get("device", others)
    if (device is CPU or device is None) and len(others) == 1 and args:  # as most programs say it
        return make(*args, dtype=dtype, requires_grad=requires_grad, **kept)
    from .options import with_options

    return with_options(make, args, dtype, requires_grad, others, **kept)


def _refused(make: Any, args: Any, dtype: Any, requires_grad: bool, error: Exception) -> Any:
    from .options import refusal

    return refusal(make, args, dtype, requires_grad, error)


STUMBLED = (AttributeError, TypeError, ValueError)


def zeros(*size: Any, dtype: Any = None, requires_grad: bool = False, **others: Any) -> Any:
    """Zeros of this size."""
    if others or not size or requires_grad.__class__ is not bool:
        return _settled(zeros, size, dtype, requires_grad, others)
    try:
        array = np.zeros(sizes_of(size), (dtype or dtypes.get_default_dtype()).numpy)
    except STUMBLED as error:
        return _refused(zeros, size, dtype, requires_grad, error)
    return finish(array, None, requires_grad)


def ones(*size: Any, dtype: Any = None, requires_grad: bool = False, **others: Any) -> Any:
    """Ones of this size."""
    if others or not size or requires_grad.__class__ is not bool:
        return _settled(ones, size, dtype, requires_grad, others)
    try:
        array = np.ones(sizes_of(size), (dtype or dtypes.get_default_dtype()).numpy)
    except STUMBLED as error:
        return _refused(ones, size, dtype, requires_grad, error)
    return finish(array, None, requires_grad)


def empty(*size: Any, dtype: Any = None, requires_grad: bool = False, **others: Any) -> Any:
    """A tensor of this size whose elements a program must not rely on; they are zeros."""
    if others or not size or requires_grad.__class__ is not bool:
        return _settled(empty, size, dtype, requires_grad, others)
    try:
        array = np.zeros(sizes_of(size), (dtype or dtypes.get_default_dtype()).numpy)
    except STUMBLED as error:
        return _refused(empty, size, dtype, requires_grad, error)
    return finish(array, None, requires_grad)


def full(size: Any, fill_value: Any, *, dtype: Any = None, requires_grad: bool = False, **others: Any) -> Any:
    """A tensor of this size filled with one value."""
    if others or requires_grad.__class__ is not bool:
        return _settled(full, (size, fill_value), dtype, requires_grad, others)
    if not isinstance(size, (tuple, list)):
        raise TypeError(
            f"full(): argument 'size' (position 1) must be tuple of ints, not {type(size).__name__}"
        )
    if isinstance(fill_value, (TensorBase, np.generic)):
        if isinstance(fill_value, TensorBase):
            dtype = dtype or fill_value._dtype
        fill_value = number(fill_value, "full", "fill_value", 2)
    try:
        kind = dtype or dtypes.of_number(fill_value)
        if isinstance(fill_value, int) and not -(2**63) <= fill_value < 2**64:
            raise OverflowError("int too big to convert")
        if kind.category == dtypes.INTEGER or isinstance(fill_value, complex) or abs(fill_value) > 65504:
            fill_value = dtypes.element(fill_value, kind)  # below that, every floating type holds it
        array = np.full(sizes_of((size,)), fill_value, kind.numpy)
    except KeyError:
        kind = type(fill_value).__name__
        raise TypeError(f"full(): argument 'fill_value' (position 2) must be Number, not {kind}") from None
    except STUMBLED as error:
        return _refused(
            _filler(fill_value, "full"),
            size if isinstance(size, tuple) else tuple(size),
            dtype,
            requires_grad,
            error,
        )
    return finish(array, None, requires_grad)


def _filler(fill_value: Any, name: str) -> Any:
    def call(*size: Any, **options: Any) -> Any:
        return full(size, fill_value, **options)

    call.__name__ = name
    return call


def _like(make: Any, *kept: str) -> Any:
    """`ones_like` of `ones`; `kept` are the names of options of its own."""
    name = f"{make.__name__}_like"

    def call(
        input: Any,
        *args: Any,
        dtype: Any = None,
        requires_grad: bool = False,
        memory_format: Any = None,
        **others: Any,
    ) -> Any:
        if others:
            own = {each: others.pop(each) for each in kept if each in others}
            if others:
                return _settled(
                    call,
                    (input, *args),
                    dtype,
                    requires_grad,
                    {**others, "memory_format": memory_format},
                    **own,
                )
            others = own
        try:
            options = {"dtype": dtype or input._dtype, "requires_grad": requires_grad, **others}
        except AttributeError:
            raise TypeError(
                f"{name}(): argument 'input' (position 1) must be Tensor, not {type(input).__name__}"
            ) from None
        array = input._array
        if mode.recording > 1:
            return (
                Making(make, options)(input, array.shape)
                if make not in DRAWS
                else make(array.shape, **options)
            )
        as_input = memory_format is None or memory_format is preserve_format
        if as_input and (array.ndim < 2 or array.flags.c_contiguous):
            return make(array.shape, *args, **options)
        if make in DRAWS:
            return _drawn_in_layout(array, options, memory_format, "uniform_" if make is rand else "normal_")
        return _in_layout(make(array.shape, *args, **options), array, memory_format)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{make.__name__}` of the size and type of `input`, laid out as it is."
    return call


def _in_layout(made: Any, array: Any, form: Any) -> Any:
    """The tensor laid out in memory as `array` is, or as `form` says."""
    from ..layouts import copied

    if form is not None and form is not preserve_format:
        made._array = copied(made._array, form)
        return made
    found = memory_like(array, made._array.dtype)
    found[...] = made._array
    made._array = found
    return made


def _drawn_in_layout(array: Any, options: dict[str, Any], form: Any, filler: str, *bounds: Any) -> Any:
    """Numbers drawn into memory laid out like that, whose order is that of the draws."""
    from . import random

    made = _in_layout(empty(array.shape, dtype=options["dtype"]), array, form)
    getattr(random, filler)(made, *bounds, generator=options.get("generator"))
    made._storage.version = 0  # it is fresh to a program
    made.requires_grad = options["requires_grad"]
    return made


zeros_like, ones_like, empty_like = _like(zeros), _like(ones), _like(empty)


def full_like(
    input: Any,
    fill_value: Any,
    *,
    dtype: Any = None,
    requires_grad: bool = False,
    memory_format: Any = None,
    **others: Any,
) -> Any:
    """`full` of the size and type of `input`, laid out as it is."""
    if others:
        others["memory_format"] = memory_format
        return _settled(full_like, (input, fill_value), dtype, requires_grad, others)
    options = {"fill_value": fill_value, "dtype": dtype or input._dtype, "requires_grad": requires_grad}
    array = input._array
    made = Making(full, options)(input, array.shape)
    if mode.recording > 1 or (memory_format is None and (array.ndim < 2 or array.flags.c_contiguous)):
        return made
    return _in_layout(made, array, memory_format)


def eye(
    n: int, m: int | None = None, *, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """The identity matrix, n by m."""
    if others or requires_grad.__class__ is not bool:
        return _settled(eye, (n, m), dtype, requires_grad, others)
    if dtype in dtypes.LARGE_UNSIGNED:
        raise dtypes.not_implemented("eye", dtype)
    for name, size in (("n", n), ("m", 0 if m is None else m)):
        if size < 0:
            raise RuntimeError(f"{name} must be greater or equal to 0, got {size}")
    try:
        array = np.eye(n, m, dtype=(dtype or dtypes.get_default_dtype()).numpy)
    except AttributeError as error:
        return _refused(eye, (n, m), dtype, requires_grad, error)
    return finish(array, None, requires_grad)


# ---- ranges ------------------------------------------------------------------------------------------------


def number(value: Any, function: str, name: str, position: int) -> Any:
    """A number as callers give it, also as a tensor or NumPy scalar; raises `TypeError` for anything else."""
    if isinstance(value, np.generic) or (isinstance(value, TensorBase) and not value._array.ndim):
        return value.item()  # type: ignore[union-attr]
    if not isinstance(value, (int, float, complex)):
        kind = type(value).__name__
        raise TypeError(f"{function}(): argument '{name}' (position {position}) must be Number, not {kind}")
    return value


def ends(start: Any, end: Any, function: str) -> tuple[Any, Any]:
    """The two ends as numbers; raises `RuntimeError` for a tensor that has dimensions."""
    given = {"start": start, "end": end}
    found = {name: each._array.ndim for name, each in given.items() if isinstance(each, TensorBase)}
    if any(found.values()):
        shown = " and ".join([f"{name} with {ndim} dimension(s)" for name, ndim in found.items()])
        raise RuntimeError(f"{function} only supports 0-dimensional start and end tensors, but got {shown}.")
    return number(start, function, "start", 1), number(end, function, "end", 2)


def arange(*bounds: Any, dtype: Any = None, requires_grad: bool = False, **others: Any) -> Any:
    """Numbers from `start` (0) up to `end`, which is left out, by `step` (1)."""
    if others or not bounds or requires_grad.__class__ is not bool:
        return _settled_range(arange, bounds, dtype, requires_grad, others)
    if len(bounds) > 3:
        raise refused(TypeError("there are three bounds at most"), "arange", bounds, is_method=False)
    start, end, step = (0, bounds[0], 1) if len(bounds) == 1 else (*bounds, 1)[:3]
    if type(end) is not int or type(start) is not int:
        start, step = number(start, "arange", "start", 1), number(step, "arange", "step", 3)
        end = number(end, "arange", "end", min(len(bounds), 2))
    check_range(start, end, step)
    if dtype is None:
        ints = isinstance(start, int) and isinstance(end, int) and isinstance(step, int)
        dtype = dtypes.int64 if ints else dtypes.get_default_dtype()
    elif not isinstance(dtype, dtype_class):
        return _refused(arange, bounds, dtype, requires_grad, TypeError())
    if dtype.unordered or dtype is dtypes.bool_:
        raise dtypes.not_implemented("arange_cpu", dtype)
    if dtype.is_floating_point:
        count = math.ceil((end - start) / step)
        return finish(_range(start, step, count, dtype.numpy), None, requires_grad)
    if dtype is dtypes.int64:
        start, end, step = int(start), int(end), int(step)
        if not step:
            raise ValueError("step must be nonzero")
    count = math.ceil((end - start) / step) if abs(end) < 2**53 else -((start - end) // step)
    whole = int(step)
    array = np.arange(int(start), int(start) + count * whole, whole) if whole else np.full(count, int(start))
    return finish(array, dtype, requires_grad)


# to round products once
_WIDER = {"f": np.float64, "d": np.longdouble, "F": np.complex128, "D": np.clongdouble}


def _range(start: Any, step: Any, count: int, kind: Any) -> Any:
    """`count` numbers as PyTorch's vectors compute them: the first of each is rounded, the others count on from there."""
    wider = np.dtype(_WIDER.get(kind.char, np.float32)).type
    lanes = 32 // min(kind.itemsize, 8)
    index = np.arange(count)
    lane = index % lanes
    lane[count - count % (2 * lanes) :] = 0  # it takes two vectors at a time
    first = (wider(start) + wider(step) * (index - lane)).astype(kind).astype(wider)
    return (first + wider(step) * lane).astype(kind)


def check_range(start: Any, end: Any, step: Any) -> None:
    """Raise PyTorch's refusal of bounds that no range has."""
    if step == 0:
        raise RuntimeError("step must be nonzero")
    if not (math.isfinite(start) and math.isfinite(end)):
        raise RuntimeError(f"unsupported range: {start} -> {end}")
    if (end - start) * step < 0:
        raise RuntimeError("upper bound and lower bound inconsistent with step sign")


def _settled_range(make: Any, bounds: Any, dtype: Any, requires_grad: bool, others: dict[str, Any]) -> Any:
    others = dict(others)
    if not bounds and "end" not in others:
        raise TypeError(f'{make.__name__}() missing 1 required positional arguments: "end"')
    named = [others.pop(name) for name in ("start", "end", "step") if name in others]
    return _settled(make, (*bounds, *named), dtype, requires_grad, others)


def refuse_types(dtype: dtype_class, kernel: str) -> None:
    """Raise PyTorch's refusal of types that its kernels of ranges do not take."""
    if dtype is dtypes.bool_ or (dtype.unordered and not dtype.is_complex):
        raise dtypes.not_implemented(kernel, dtype)


def linspace(
    start: Any, end: Any, steps: int, *, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """`steps` numbers from `start` to `end`, both included; computed from both ends, as PyTorch does."""
    if others or requires_grad.__class__ is not bool:
        return _settled(linspace, (start, end, steps), dtype, requires_grad, others)
    start, end = ends(start, end, "linspace")
    steps = operator.index(steps)
    if steps < 0:
        raise RuntimeError("number of steps must be non-negative")
    if dtype is None:
        imaginary = isinstance(start, complex) or isinstance(end, complex)
        dtype = dtypes.default_complex() if imaginary else dtypes.get_default_dtype()
    elif not isinstance(dtype, dtype_class):
        return _refused(linspace, (start, end, steps), dtype, requires_grad, TypeError())
    kind = dtype.numpy
    if steps > 1:
        refuse_types(dtype, "linspace_cpu")
    if dtype.category == dtypes.INTEGER or isinstance(start, complex) or isinstance(end, complex):
        start, end = dtypes.element(start, dtype), dtypes.element(end, dtype)
    if steps == 1:
        return finish(np.full(1, start, kind), None, requires_grad)
    exact = np.dtype(np.float64) if dtype.category == dtypes.INTEGER else kind
    low, high = exact.type(start), exact.type(end)
    step = (high - low) / exact.type(steps - 1) if steps else low
    index = np.arange(steps).astype(_WIDER.get(kind.char, kind))
    forward = low + step * index
    backward = high - step * (max(steps - 1, 0) - index)
    array = np.where(np.arange(steps) < steps // 2, forward, backward).astype(kind)
    return finish(array, None, requires_grad)


# ---- random numbers ----------------------------------------------------------------------------------------


def manual_seed(seed: int) -> Generator:
    """Seed the generator that the functions below draw from."""
    default_generator.manual_seed(int(seed))
    return default_generator


def _kind(dtype: Any, name: str) -> Any:
    kind = dtype or dtypes.get_default_dtype()
    if kind.category < dtypes.FLOATING:
        raise dtypes.not_implemented(name, kind)
    return kind.numpy


def _drawn(draw: Any, sizes: Any, dtype: dtype_class | None, requires_grad: bool) -> Any:
    """A tensor of random numbers; `vmap` says whether each example has its own."""
    if mode.recording > 1:
        return Drawing(lambda sizes: finish(np.asarray(draw(sizes)), dtype, requires_grad))(sizes)
    return finish(np.asarray(draw(sizes)), dtype, requires_grad)


def rand(
    *size: Any, generator: Any = None, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """Uniform numbers from 0 up to 1, which is left out."""
    if others or not size or not (dtype is None or isinstance(dtype, dtype_class)):
        return _settled(rand, size, dtype, requires_grad, others, generator=generator)
    draw, kind = (generator or default_generator).uniform, _kind(dtype, "check_uniform_bounds")
    return _drawn(lambda sizes: draw(sizes, kind), _sizes(size, "rand"), None, requires_grad)


def randn(
    *size: Any, generator: Any = None, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """Numbers of the normal distribution with mean 0 and standard deviation 1."""
    if others or not size or not (dtype is None or isinstance(dtype, dtype_class)):
        return _settled(randn, size, dtype, requires_grad, others, generator=generator)
    draw, kind = (generator or default_generator).normal, _kind(dtype, "normal_kernel_cpu")
    return _drawn(lambda sizes: draw(sizes, kind), _sizes(size, "randn"), None, requires_grad)


def _sizes(size: Any, name: str) -> tuple[int, ...]:
    try:
        sizes = sizes_of(size)
    except TypeError:
        sizes = (-1,)
    if sizes and min(sizes) < 0:
        from .options import check_sizes

        check_sizes(size, name)
    return sizes


def randint(
    *bounds: Any, generator: Any = None, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """Integers from `low` (0) up to `high`, which is left out."""
    if others or not (dtype is None or isinstance(dtype, dtype_class)):
        others = dict(others)
        named = [others.pop(name) for name in ("low", "high", "size") if name in others]
        return _settled(randint, (*bounds, *named), dtype, requires_grad, others, generator=generator)
    low, high, size = bounds if len(bounds) == 3 else (0, *bounds)
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"randint() takes the sizes as a tuple, not as {type(size).__name__}")
    low, high = number(low, "randint", "low", 1), number(high, "randint", "high", 2)
    if isinstance(low, (float, complex)) or isinstance(high, (float, complex)):
        raise _no_integer(bounds, low, high)
    if low >= high:
        raise RuntimeError(f"random_ expects 'from' to be less than 'to', but got from={low} >= to={high}")
    kind = (dtype or dtypes.int64).numpy
    draw = (generator or default_generator).randint
    return _drawn(lambda sizes: draw(low, high, sizes, kind), sizes_of((size,)), None, requires_grad)


def _no_integer(bounds: Any, low: Any, high: Any) -> TypeError:
    if len(bounds) == 2:
        return TypeError(f"randint(): argument 'high' (position 1) must be int, not {type(high).__name__}")
    return TypeError(
        f"randint() takes integers as bounds, not {type(low).__name__} and {type(high).__name__}"
    )


def randint_like(
    input: Any, *bounds: Any, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """`randint` of the size and type of `input`, laid out as it is."""
    named = [others.pop(name) for name in ("low", "high") if name in others]
    form = others.pop("memory_format", None)
    low, high = (0, *bounds, *named) if len(bounds) + len(named) == 1 else (*bounds, *named)
    array = input._array
    options = {"dtype": dtype or input._dtype, "requires_grad": requires_grad, **others}
    if mode.recording > 1 or (form is None and (array.ndim < 2 or array.flags.c_contiguous)):
        return randint(low, high, array.shape, **options)
    return _drawn_in_layout(array, options, form, "random_", low, high)


def _check_numbers(n: int, dtype: Any) -> None:
    """Raise `RuntimeError` where a type cannot tell the numbers below `n` apart."""
    if dtype.category == dtypes.INTEGER:
        dtypes.element(n - 1, dtype)
    bits = {"float16": 11, "float32": 24, "float64": 53}.get(dtype.name)
    if bits is not None and n > 2**bits + 1:
        raise RuntimeError(f"n cannot be greater than {2**bits + 1} for {dtype.legacy_name} type.")


def randperm(
    n: int, *, generator: Any = None, dtype: Any = None, requires_grad: bool = False, **others: Any
) -> Any:
    """The integers below `n` in random order."""
    if others:
        return _settled(randperm, (n,), dtype, requires_grad, others, generator=generator)
    if n.__class__ is not int:
        if isinstance(n, bool):
            raise TypeError("randperm() takes an integer, not a truth value")
        n = operator.index(n)
    if dtype is not None and (dtype.is_complex or dtype is dtypes.bool_ or dtype in dtypes.LARGE_UNSIGNED):
        raise dtypes.not_implemented("randperm", dtype)
    if dtype is not None and n > 127:
        _check_numbers(n, dtype)
    draw = (generator or default_generator).randperm
    return _drawn(
        lambda sizes: draw(n) if len(sizes) == 1 else np.stack([draw(n) for _ in range(sizes[0])]),
        (n,),
        dtype,
        requires_grad,
    )


DRAWS = (rand, randn)
rand_like, randn_like = _like(rand, "generator"), _like(randn, "generator")
