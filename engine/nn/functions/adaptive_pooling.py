"""Pooling into a given number of windows, at random places, and unpooling: what PyTorch checks.

Source: torch.nn.functional, "Pooling functions".
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ...base import storage
from ...dtypes import FLOATING, int64, not_implemented
from ...layouts import keep_channels_last, suggested
from ...ops import adaptive_pooling, creation
from ...ops.refusals import check_tensor
from .pooling import check_integers, check_ranks, one_number

__all__ = [
    "adaptive_avg_pool1d",
    "adaptive_avg_pool2d",
    "adaptive_avg_pool3d",
    "adaptive_max_pool1d",
    "adaptive_max_pool1d_with_indices",
    "adaptive_max_pool2d",
    "adaptive_max_pool2d_with_indices",
    "adaptive_max_pool3d",
    "adaptive_max_pool3d_with_indices",
    "fractional_max_pool2d",
    "fractional_max_pool2d_with_indices",
    "fractional_max_pool3d",
    "fractional_max_pool3d_with_indices",
    "max_unpool1d",
    "max_unpool2d",
    "max_unpool3d",
]


def _several(value: Any, count: int) -> tuple[Any, ...]:
    return (value,) * count if isinstance(value, (int, float)) else tuple(value)


def _wanted(input: Any, output_size: Any, count: int, name: str, wrong: str) -> tuple[int, ...]:
    """The sizes of the result; None keeps that of the input."""
    if isinstance(output_size, int):
        return (output_size,) * count
    sizes, length = input._array.shape, len(output_size)
    if len(sizes) <= length:
        raise ValueError(f"Input dimension should be at least {length + 1}")
    given = tuple([size if each is None else each for each, size in zip(output_size, sizes[-length:])])
    check_integers(given, name, "output_size")
    if length != count:
        raise RuntimeError(wrong)
    return tuple(map(int, given))


def _check_adaptive(input: Any, count: int, name: str, colon: str, first: int) -> None:
    """Check the input's rank, and that nothing but the batch (and from `first` on) is empty."""
    sizes = input._array.shape
    if len(sizes) not in (count + 1, count + 2):
        raise RuntimeError(
            f"{name}(): Expected {count + 1}D or {count + 2}D tensor, but got{colon} {list(sizes)}"
        )
    for dim in range(len(sizes) - count - first, len(sizes)):
        if sizes[dim] == 0 and (dim > 0 or len(sizes) == count + 1):
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {list(sizes)} with "
                f"dimension {dim} being empty"
            )


def _adaptive_average(count: int) -> Callable[..., Any]:
    name = f"adaptive_avg_pool{count}d"
    operation = getattr(adaptive_pooling, name)

    def pool(input: Any, output_size: Any) -> Any:
        check_tensor(input, name)
        wanted = _wanted(input, output_size, count, name, f"{name}: output_size must be {count}")
        if min(wanted) < 0:
            shown = ", ".join(map(str, wanted)) if count == 2 else "{}, {},{}".format(*wanted)
            raise RuntimeError(
                f"{name}: elements of output_size must be greater than or equal to 0 but received {{{shown}}}"
            )
        _check_adaptive(input, count, name, "", 0)
        if input._dtype.category != FLOATING:
            raise not_implemented(name if count == 2 else f"{name}_cpu", input._dtype)
        if set(wanted) == {1}:
            result = input.mean(tuple(range(-1, -count - 1, -1)), keepdim=True)
            if suggested(input._array):
                storage(keep_channels_last(result, input)).version = 1  # PyTorch changes the strides in place
            return result
        result = operation(input, wanted)
        return keep_channels_last(result, input) if count == 2 else result

    pool.__name__ = pool.__qualname__ = name
    pool.__doc__ = f"The averages of as many windows over {count} dimensions as the result is to have."
    return pool


adaptive_avg_pool2d, adaptive_avg_pool3d = _adaptive_average(2), _adaptive_average(3)


def adaptive_avg_pool1d(input: Any, output_size: Any) -> Any:
    """The averages of as many windows over one dimension as the result is to have."""
    check_ranks(input, "adaptive_avg_pool1d")
    size = one_number(output_size, "adaptive_avg_pool1d", "output_size")
    return adaptive_avg_pool2d(input.unsqueeze(-2), (1, size)).squeeze(-2)


def _check_not_negative(sizes: tuple[int, ...]) -> None:
    for size in sizes:
        if size < 0:
            raise RuntimeError(f"Trying to create tensor with negative dimension {size}: {list(sizes)}")


def _adaptive_max(count: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    name = f"adaptive_max_pool{count}d"
    operation = getattr(adaptive_pooling, name)

    def both(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        check_tensor(input, name)
        wrong = f"{name}(): internal error: output_size.size() must be {count}"
        wanted = _wanted(input, output_size, count, name, wrong)
        _check_adaptive(input, count, name, ":", 1)
        _check_not_negative((*input._array.shape[:-count], *wanted))
        if input._dtype.category != FLOATING:
            raise not_implemented(name if count == 2 else f"{name}_cpu", input._dtype)
        found = operation(input, wanted)
        if count == 2:
            for each in found:
                keep_channels_last(each, input)
        return found

    def values(input: Any, output_size: Any, return_indices: bool = False) -> Any:
        found = both(input, output_size)
        return found if return_indices else found[0]

    for call, called in ((both, f"{name}_with_indices"), (values, name)):
        call.__name__, call.__qualname__ = called, f"_{called}"
        call.__doc__ = f"The largest of as many windows over {count} dimensions as the result is to have."
    return values, both


adaptive_max_pool2d, adaptive_max_pool2d_with_indices = _adaptive_max(2)
adaptive_max_pool3d, adaptive_max_pool3d_with_indices = _adaptive_max(3)


def adaptive_max_pool1d_with_indices(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest of as many windows over one dimension as the result is to have, and where they are."""
    name = "adaptive_max_pool1d"
    check_ranks(input, name)
    size = one_number(output_size, name, "output_size")
    sizes = input._array.shape
    for dim in range(1, len(sizes)):
        if sizes[dim] == 0:
            raise RuntimeError(
                f"{name}(): Expected input to have non-zero size for non-batch dimensions, but input has sizes {list(sizes)} with "
                f"dimension {dim} being empty"
            )
    found = adaptive_max_pool2d_with_indices(input.unsqueeze(-2), (1, size))
    return found[0].squeeze(-2), found[1].squeeze(-2)


def adaptive_max_pool1d(input: Any, output_size: Any, return_indices: bool = False) -> Any:
    """The largest of as many windows over one dimension as the result is to have."""
    found = adaptive_max_pool1d_with_indices(input, output_size)
    return found if return_indices else found[0]


# ---- at random places --------------------------------------------------------------------------------------


def _fractional(count: int) -> tuple[Callable[..., Any], Callable[..., Any]]:
    name = f"fractional_max_pool{count}d"
    operation = getattr(adaptive_pooling, name)

    def both(
        input: Any,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> Any:
        if output_size is None and output_ratio is None:
            raise ValueError(f"{name} requires specifying either an output_size or an output_ratio")
        sizes = input._array.shape
        if output_size is None:
            if len(output_ratio) > count:
                raise ValueError(f"{name} requires output_ratio to either be a single Int or tuple of Ints.")
            if len(output_ratio) < count:
                raise IndexError("tuple index out of range")
            output_size = [int(size * ratio) for size, ratio in zip(sizes[-count:], output_ratio)]
        if len(sizes) <= count:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [{-len(sizes)}, {len(sizes) - 1}], but got {-count - 1})"
            )
        batch = 1 if len(sizes) == count + 1 else sizes[0]
        if _random_samples is None:
            _random_samples = creation.rand(batch, sizes[-count - 1], count, dtype=input._dtype)
        kernel, wanted = _several(kernel_size, count), _several(output_size, count)
        _check_fractional(name, count, kernel, wanted, sizes, batch, input, _random_samples)
        labels = ("time", "height", "width")[-count:]
        for label, taps, size, number in zip(labels, kernel, sizes[-count:], wanted):
            if number + taps - 1 > size:
                called = name if count == 2 else f"{name}_out"
                raise RuntimeError(
                    f"{called}(): pool {label} {taps} too large relative to input {label} {size}"
                )
        return operation(input, kernel, wanted, _random_samples[:batch])

    def values(
        input: Any,
        kernel_size: Any,
        output_size: Any = None,
        output_ratio: Any = None,
        return_indices: bool = False,
        _random_samples: Any = None,
    ) -> Any:
        found = both(input, kernel_size, output_size, output_ratio, False, _random_samples)
        return found if return_indices else found[0]

    for call, called in ((both, f"{name}_with_indices"), (values, name)):
        call.__name__, call.__qualname__ = called, f"_{called}"
        call.__doc__ = f"The largest of windows at random places of {count} dimensions."
    return values, both


def _check_fractional(
    name: str, count: int, kernel: Any, wanted: Any, sizes: Any, batch: int, input: Any, samples: Any
) -> None:
    several = "tuple of Ints" if count == 2 else "tuple of three Ints"
    for option, values in (("kernel_size", kernel), ("output_size", wanted)):
        if len(values) != count:
            raise RuntimeError(f"{name}: {option} must either be a single Int or {several}")
    found = samples._array.shape
    if samples._dtype is not input._dtype:
        raise RuntimeError("Expect _random_samples to have the same dtype as input")
    if len(found) != 3:
        raise RuntimeError(f"Expect _random_samples to have 3 dimensions, got {len(found)}")
    if found[0] < batch:
        raise RuntimeError("Expect _random_samples.size(0) no less then input batch size.")
    if found[1] != sizes[-count - 1]:
        raise RuntimeError("Expect _random_samples.size(1) equals to input channel size.")
    if found[2] != count:
        raise RuntimeError(f"Expect _random_samples.size(2) equals to {count}; got {found[2]}.")


fractional_max_pool2d, fractional_max_pool2d_with_indices = _fractional(2)
fractional_max_pool3d, fractional_max_pool3d_with_indices = _fractional(3)


# ---- back --------------------------------------------------------------------------------------------------


def _unpooled_size(
    input: Any, kernel_size: Any, stride: Any, padding: Any, output_size: Any
) -> tuple[int, ...]:
    count = len(kernel_size)
    default = [
        (size - 1) * step + taps - 2 * pad
        for size, step, taps, pad in zip(input._array.shape[-count:], stride, kernel_size, padding)
    ]
    if output_size is None:
        return tuple(default)
    if len(output_size) == count + 2:
        output_size = output_size[2:]
    if len(output_size) != count:
        raise ValueError(
            f"output_size should be a sequence containing {count} or {count + 2} elements, but it has a length of "
            f"'{len(output_size)}'"
        )
    for dim, (size, step, found) in enumerate(zip(default, stride, output_size)):
        if not size - step < found < size + step:
            raise ValueError(
                f'invalid output_size "{output_size}" (dim {dim} must be between {size - step} and {size + step})'
            )
    return tuple(output_size)


def _check_unpool(input: Any, indices: Any, count: int, wanted: tuple[int, ...]) -> None:
    if indices._dtype is not int64:
        but = f" but got: {indices._dtype.legacy_name}" if count == 2 else ""
        raise RuntimeError(f"elements in indices should be type int64{but}")
    ndim = input._array.ndim
    if ndim not in (count + 1, count + 2):
        raise RuntimeError(
            f"Input to max_unpooling{count}d should be a {count + 1}d or {count + 2}d Tensor, but got a tensor with {ndim} "
            "dimensions."
        )
    if input._array.shape != indices._array.shape:
        raise RuntimeError(
            f"Expected shape of indices to be same as that of the input tensor ({list(input._array.shape)}) but got indices "
            f"tensor with shape: {list(indices._array.shape)}"
        )
    volume = 1
    for size in wanted:
        volume *= size
    wrong = indices._array[(indices._array < 0) | (indices._array >= volume)]
    if wrong.size:
        shown = "x".join(map(str, wanted))
        raise RuntimeError(f"Found an invalid max index: {wrong.max()} (output volumes are of size {shown})")
    if input._dtype.category != FLOATING:
        raise not_implemented(f"max_unpool{count}d", input._dtype)


def _unpool(count: int) -> Callable[..., Any]:
    operation = getattr(adaptive_pooling, f"max_unpool{count}d")

    def unpool(
        input: Any,
        indices: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        output_size: Any = None,
    ) -> Any:
        kernel_size = _several(kernel_size, count)
        stride = kernel_size if stride is None else _several(stride, count)
        wanted = _unpooled_size(input, kernel_size, stride, _several(padding, count), output_size)
        if input._array.ndim < count:  # PyTorch asks for the sizes of the last dimensions first
            raise IndexError("tuple index out of range")
        _check_unpool(input, indices, count, wanted)
        if count == 3 and len(wanted) != 3:
            raise RuntimeError(
                f"There should be exactly three elements (depth, height, width) in output_size, but got {len(wanted)} elements."
            )
        if count == 3 and min(stride) <= 0:
            raise RuntimeError(f"strides should be greater than zero, but got stride: {list(stride)}")
        return operation(input, indices, wanted)

    unpool.__name__ = unpool.__qualname__ = f"max_unpool{count}d"
    unpool.__doc__ = f"The elements put back where `max_pool{count}d` found them, zeros elsewhere."
    return unpool


max_unpool2d, max_unpool3d = _unpool(2), _unpool(3)


def max_unpool1d(
    input: Any,
    indices: Any,
    kernel_size: Any,
    stride: Any = None,
    padding: Any = 0,
    output_size: Any = None,
) -> Any:
    """The elements put back where `max_pool1d` found them, zeros elsewhere."""
    kernel_size = _several(kernel_size, 1)
    stride = kernel_size if stride is None else _several(stride, 1)
    wanted = (*_unpooled_size(input, kernel_size, stride, _several(padding, 1), output_size), 1)
    input, indices = input.unsqueeze(-1), indices.unsqueeze(-1)
    _check_unpool(input, indices, 2, wanted)
    return adaptive_pooling.max_unpool2d(input, indices, wanted).squeeze(-1)
