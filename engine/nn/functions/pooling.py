"""Pooling over windows: what PyTorch checks, and the one-dimensional forms, which are two-dimensional ones.

Source: torch.nn.functional, "Pooling functions".
"""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from ...arguments import function, refused
from ...base import storage
from ...dtypes import FLOATING, bool_, int64, not_implemented
from ...layouts import keep_channels_last
from ...op import wrap
from ...ops import pooling
from ...ops.activations import relu
from ...ops.pooling import pooled_size, pooled_sizes
from ...ops.refusals import check_tensor
from ...transforms import lowering
from ...typename import kind_text

__all__ = [
    "avg_pool1d",
    "avg_pool2d",
    "avg_pool3d",
    "lp_pool1d",
    "lp_pool2d",
    "lp_pool3d",
    "max_pool1d",
    "max_pool1d_with_indices",
    "max_pool2d",
    "max_pool2d_with_indices",
    "max_pool3d",
    "max_pool3d_with_indices",
]

_WORDS = {1: "one", 2: "two", 3: "three"}


def _numbers(value: Any, function: str, name: str, count: int, position: int, either: str) -> tuple[int, ...]:
    """An option as a number for each dimension."""
    values = (value,) if isinstance(value, int) else value
    if not isinstance(values, (tuple, list)) or not all(isinstance(each, int) for each in values):
        kind = type(value).__name__
        raise TypeError(
            f"{function}(): argument '{name}' (position {position}) must be tuple of ints, not {kind}"
        )
    if len(values) == 1:
        return tuple(values) * count
    if len(values) == count or (name == "stride" and not values):
        return tuple(values)
    raise RuntimeError(f"{function}: {name} {either}, or a tuple of {_WORDS[count]} ints")


def _options(
    function: str, count: int, kernel_size: Any, stride: Any, padding: Any, dilation: Any = 1
) -> list[tuple[int, ...]]:
    either = "must either be a single int"
    omitted = "must either be omitted, a single int"
    if function == "avg_pool3d":
        either, omitted = "must be a single int", "must be omitted, a single int"
    return [
        _numbers(kernel_size, function, "kernel_size", count, 2, either),
        _numbers(() if stride is None else stride, function, "stride", count, 3, omitted),
        _numbers(padding, function, "padding", count, 4, either),
        _numbers(dilation, function, "dilation", count, 5, "must be either a single int"),
    ]


def _check_windows(sizes: Any, options: list[tuple[int, ...]], ceil_mode: bool) -> tuple[int, ...]:
    """Check the options against the sizes, and give the sizes of the result."""
    kernel_size, stride, padding, dilation = options
    stride = stride or kernel_size
    for taps, step, pad, gap in zip(kernel_size, stride, padding, dilation):
        if step == 0:
            raise RuntimeError("stride should not be zero")
        if pad < 0:
            raise RuntimeError(f"pad must be non-negative, but got pad: {pad}")
        if pad > int(((taps - 1) * gap + 1) / 2):  # C++ cuts off, also what is negative
            raise RuntimeError(
                f"pad should be at most half of effective kernel size, but got pad={pad}, kernel_size={taps} and dilation={gap}"
            )
    labels = "THW"[-len(kernel_size) :]
    for values, name, extra in (
        (kernel_size, "kernel size", "k"),
        (stride, "stride", "d"),
        (dilation, "dilation", "dilation"),
    ):
        if min(values) <= 0:
            shown = " ".join(f"{extra}{label}: {value}" for label, value in zip(labels, values))
            raise RuntimeError(f"{name} should be greater than zero, but got {shown}")
    return pooled_sizes(sizes[-len(kernel_size) :], kernel_size, stride, padding, dilation, ceil_mode)


def _check_sizes(sizes: Any, count: int, result: tuple[int, ...], name: str) -> None:
    ranks = f"{count + 1}D or {count + 2}D (batch mode) tensor"
    if len(sizes) not in (count + 1, count + 2) and name != "avg_pool2d":
        raise RuntimeError(f"non-empty {ranks} expected for input")
    if len(sizes) > count + 2 or 0 in sizes[-count - 1 :]:
        if count == 3:
            kernel = "max_pool3d_with_indices_out_cpu_template" if name == "max_pool3d" else name
            raise RuntimeError(
                f"{kernel}(): Expected input's non-batch dimensions to have positive length, but input has a shape of "
                f"{list(sizes)} and non-batch dimension 0 has length zero!"  # PyTorch's: always 0
            )
        raise RuntimeError(
            f"Expected {ranks} with optional 0 dim batch size for input, but got:{list(sizes)}"
        )
    if min(result) < 1:
        planes = sizes[-count - 1]
        before, after = ("x".join(map(str, (planes, *each))) for each in (sizes[-count:], result))
        raise RuntimeError(
            f"Given input size: ({before}). Calculated output size: ({after}). Output size is too small"
        )


def check_flags(*flags: Any) -> None:
    """Raise `TypeError` for what is no bool; the words come from the signature."""
    if not all(isinstance(each, (bool, np.bool_)) for each in flags):
        raise TypeError("flags must be bool")


def _by_position(operation: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The same, with PyTorch's words for wrong arguments: whatever names they had, it hands them on by position."""
    parameters = list(inspect.signature(operation).parameters.values())[:6]

    @functools.wraps(operation)
    def call(*args: Any, **options: Any) -> Any:
        try:
            return operation(*args, **options)
        except (TypeError, ValueError) as error:
            named = {each.name: value for each, value in zip(parameters, args)} | options
            given = [named.get(each.name, each.default) for each in parameters]
            if inspect.Parameter.empty in given:
                raise
            given[2] = () if given[2] is None else given[2]
            raise refused(error, name, given, is_method=False) from None

    return call


# ---- the largest -------------------------------------------------------------------------------------------


def _max_pool(count: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    name = f"max_pool{count}d"
    operation = getattr(pooling, name)

    def both(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        check_tensor(input, name)
        check_flags(ceil_mode)
        options = _options(name, count, kernel_size, stride, padding, dilation)
        sizes = input._array.shape
        if len(sizes) <= count:
            raise RuntimeError(
                f"non-empty {count + 1}D or {count + 2}D (batch mode) tensor expected for input"
            )
        _check_sizes(sizes, count, _check_windows(sizes, options, ceil_mode), name)
        if input._dtype is bool_ or input._dtype.is_complex:
            raise not_implemented(name, input._dtype)
        found = operation(input, *options, bool(ceil_mode))
        if not input._array.flags.c_contiguous:
            for each in found:
                keep_channels_last(each, input)
        return found

    def values(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        found = both(input, kernel_size, stride, padding, dilation, ceil_mode)
        return found if return_indices else found[0]

    for call, called in ((both, f"{name}_with_indices"), (values, name)):
        call.__name__, call.__qualname__ = called, f"_{called}"
        call.__doc__ = f"The largest elements of windows over {count} dimensions."
    return _by_position(values, name), _by_position(both, name)


max_pool2d, max_pool2d_with_indices = _max_pool(2)
max_pool3d, max_pool3d_with_indices = _max_pool(3)


def _of_max_pool1d(sizes: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any) -> list[int]:
    """One number for each option."""
    if len(sizes) not in (2, 3) or 0 in sizes[-2:]:
        raise RuntimeError(
            f"max_pool1d: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:{list(sizes)}"
        )
    found = []
    for name, value in (
        ("kernel_size", kernel_size), ("stride", stride), ("padding", padding), ("dilation", dilation),
    ):  # fmt: skip
        values = tuple(value) if isinstance(value, Iterable) else (value,)
        if not all(isinstance(each, int) for each in values):
            raise TypeError(
                f"max_pool1d(): argument '{name}' must be tuple of ints, not {type(value).__name__}"
            )
        if len(values) != 1:
            raise RuntimeError(
                f"max_pool1d() {name} must be an int, list of ints or tuple of ints of size 1 but got size {len(values)}"
            )
        found.append(values[0])
    return found


def _check_max_pool1d(
    sizes: Any, kernel_size: Any, stride: Any, padding: Any, dilation: Any, ceil_mode: bool
) -> None:
    taps, step, pad, gap = _of_max_pool1d(sizes, kernel_size, stride, padding, dilation)
    for name, value in (("kernel_size", taps), ("stride", step)):
        if value <= 0:
            raise RuntimeError(f"max_pool1d() {name} must be greater than zero, but got {value}")
    if pad < 0:
        raise RuntimeError(f"max_pool1d() padding must be non-negative, but got {pad}")
    if pad > taps // 2:
        raise RuntimeError(
            f"max_pool1d() padding should be at most half of kernel size, but got padding={pad} and kernel_size={taps}"
        )
    if gap <= 0:
        raise RuntimeError(f"max_pool1d() dilation must be greater than zero, but got {gap}")
    size = pooled_size(sizes[-1], taps, step, pad, gap, ceil_mode)
    if size <= 0:
        raise RuntimeError(f"max_pool1d() Invalid computed output size: {size}")


def max_pool1d_with_indices(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest elements of windows over one dimension, and where they are."""
    check_tensor(input, "max_pool1d")
    check_flags(ceil_mode)
    if stride is None or stride in ((), []):
        stride = kernel_size
    taps, step, pad, gap = _of_max_pool1d(input._array.shape, kernel_size, stride, padding, dilation)
    found = max_pool2d_with_indices(
        input.unsqueeze(-2), (1, taps), (1, step), (0, pad), (1, gap), bool(ceil_mode)
    )
    return found[0].squeeze(-2), found[1].squeeze(-2)


def max_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    dilation: Any = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """The largest elements of windows over one dimension."""
    check_tensor(input, "max_pool1d")
    check_flags(ceil_mode)
    if not return_indices:
        step = kernel_size if stride is None or stride in ((), []) else stride
        _check_max_pool1d(input._array.shape, kernel_size, step, padding, dilation, ceil_mode)
        if input._dtype.category != FLOATING and not input.requires_grad:
            raise not_implemented("max_pool1d_impl", input._dtype)
    found = max_pool1d_with_indices(input, kernel_size, stride, padding, dilation, ceil_mode)
    if return_indices:
        return found
    result = found[0]
    if result._node is None and result._array.ndim == 2:
        result = wrap(result._array, result._dtype)
        storage(result).version = 1  # PyTorch's kernel for what is not recorded takes the batch away in place
    return result


max_pool1d = _by_position(max_pool1d, "max_pool1d")
max_pool1d_with_indices = _by_position(max_pool1d_with_indices, "max_pool1d")


# ---- averages ----------------------------------------------------------------------------------------------


def _check_average(
    input: Any, count: int, options: list[tuple[int, ...]], ceil_mode: bool, divisor_override: Any
) -> None:
    name, sizes = f"avg_pool{count}d", input._array.shape
    if divisor_override is not None and divisor_override == 0:
        raise RuntimeError("divisor must be not zero")
    if len(sizes) <= count:
        if count == 3:
            raise RuntimeError("non-empty 4D or 5D (batch mode) tensor expected for input")
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-len(sizes)}, {len(sizes) - 1}], but got {-count - 1})"
        )
    result = _check_windows(sizes, options, ceil_mode)
    if (
        count == 3
        and 0 not in sizes[-4:]
        and any(taps > size + 2 * pad for taps, size, pad in zip(options[0], sizes[-3:], options[2]))
    ):
        image, kernel = (
            " ".join(f"{prefix}{label}: {value}" for label, value in zip("THW", values))
            for prefix, values in (("", sizes[-3:]), ("k", options[0]))
        )
        raise RuntimeError(f"input image ({image}) smaller than kernel size ({kernel})")
    _check_sizes(sizes, count, result, name)
    if (input._dtype.category != FLOATING and input._dtype is not int64) or (
        count == 3 and input._dtype.reduced and not lowering()
    ):
        raise not_implemented(name if count < 3 else "avg_pool3d_out_frame", input._dtype)


def _avg_pool(count: int) -> Callable[..., Any]:
    name = f"avg_pool{count}d"
    operation = getattr(pooling, name)

    def pool(
        input: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> Any:
        check_tensor(input, name)
        check_flags(ceil_mode, count_include_pad)
        options = _options(name, count, kernel_size, stride, padding)
        _check_average(input, count, options, ceil_mode, divisor_override)
        result = operation(input, *options[:3], bool(ceil_mode), bool(count_include_pad), divisor_override)
        return keep_channels_last(result, input) if count == 2 else result

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = f"The averages of windows over {count} dimensions."
    return function(pool)


avg_pool2d, avg_pool3d = _avg_pool(2), _avg_pool(3)


def check_integers(values: Any, function: str, name: str) -> None:
    """Raise `TypeError` for a size, of a function's second argument, that is no integer."""
    for index, each in enumerate(values):
        if isinstance(each, bool) or not (isinstance(each, (int, np.integer)) or hasattr(each, "__index__")):
            raise TypeError(
                f"{function}(): argument '{name}' (position 2) must be tuple of ints, but found element of type "
                f"{kind_text(each)} at pos {index}"
            )


def one_number(value: Any, function: str, name: str) -> int:
    """An option of a function over one dimension."""
    if not isinstance(value, (int, tuple, list)):
        raise TypeError(
            f"{function}(): argument '{name}' (position 2) must be tuple of ints, not {kind_text(value)}"
        )
    values = (value,) if isinstance(value, int) else tuple(value)
    check_integers(values, function, name)
    if len(values) != 1:
        raise RuntimeError(f"{function}() argument '{name}' should contain one int (got {len(values)})")
    return int(values[0])


def check_ranks(input: Any, function: str) -> None:
    """Raise `RuntimeError` unless there are one dimension and channels, or a batch of these."""
    check_tensor(input, function)
    if input._array.ndim not in (2, 3):
        raise RuntimeError(
            f"Expected 2 to 3 dimensions, but got {input._array.ndim}-dimensional tensor for argument #1 'self' (while checking "
            f"arguments for {function})"
        )


@function
def avg_pool1d(
    input: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Any:
    """The averages of windows over one dimension."""
    check_ranks(input, "avg_pool1d")
    check_flags(ceil_mode, count_include_pad)
    if stride is None or stride in ((), []):
        stride = kernel_size
    taps, step, pad = (
        one_number(value, "avg_pool1d", name)
        for name, value in (("kernel_size", kernel_size), ("stride", stride), ("padding", padding))
    )
    found = avg_pool2d(input.unsqueeze(-2), (1, taps), (1, step), (0, pad), ceil_mode, count_include_pad)
    return found.squeeze(-2)


# ---- power averages ----------------------------------------------------------------------------------------


def _lp_pool(count: int) -> Callable[..., Any]:
    average = (avg_pool1d, avg_pool2d, avg_pool3d)[count - 1]
    largest = (max_pool1d, max_pool2d, max_pool3d)[count - 1]

    def pool(
        input: Any, norm_type: Any, kernel_size: Any, stride: Any = None, ceil_mode: bool = False
    ) -> Any:
        if count > 1 and not isinstance(kernel_size, int) and len(kernel_size) != count:
            few = f"not enough values to unpack (expected {count}, got {len(kernel_size)})"
            many = f"too many values to unpack (expected {count})"
            raise ValueError(few if len(kernel_size) < count else many)
        if norm_type == float("inf"):
            return largest(input.abs(), kernel_size, stride, 0, 1, ceil_mode)
        if norm_type == -float("inf"):
            return -largest(-input.abs(), kernel_size, stride, 0, 1, ceil_mode)
        found = average(input.pow(norm_type), kernel_size, stride, 0, ceil_mode)
        elements = kernel_size
        if count > 1:
            elements = 1
            for taps in (kernel_size,) * count if isinstance(kernel_size, int) else kernel_size:
                elements *= taps
        return (found.sign() * relu(found.abs())).mul(elements).pow(1.0 / norm_type)

    pool.__name__ = pool.__qualname__ = f"lp_pool{count}d"
    pool.__doc__ = f"The power averages of windows over {count} dimension{'s' if count > 1 else ''}."
    return pool


lp_pool1d, lp_pool2d, lp_pool3d = _lp_pool(1), _lp_pool(2), _lp_pool(3)
