"""Convolutions: what PyTorch checks before it computes one.

Source: torch.nn.functional, "Convolution functions".
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ...arguments import function
from ...base import TensorBase
from ...layouts import keep_channels_last
from ...matching import invalid
from ...ops import convolution as operation
from ...ops.from_data import warn_once
from ...transforms import lowering

__all__ = [
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
    "convolution",
]


def _expanded(value: Any, name: str, count: int) -> tuple[int, ...]:
    """One number for each spatial dimension."""
    values = (value,) if isinstance(value, int) else tuple(value)
    if len(values) == 1:
        return values * count
    if len(values) != count:
        raise RuntimeError(
            f"expected {name} to be a single integer value or a list of {count} values to match the convolution dimensions, but "
            f"got {name}={list(values)}"
        )
    return values


def convolution(
    input: Any,
    weight: Any,
    bias: Any,
    stride: Any,
    padding: Any,
    dilation: Any,
    transposed: bool,
    output_padding: Any,
    groups: int,
) -> Any:
    """A convolution, transposed or not, with everything checked."""
    count = weight._array.ndim - 2
    if count <= 0:
        raise RuntimeError("weight should have at least three dimensions")
    named = {"stride": stride, "padding": padding, "dilation": dilation, "output_padding": output_padding}
    stride, padding, dilation, output_padding = (
        _expanded(value, name, count) for name, value in named.items()
    )
    if min(padding) < 0:
        raise RuntimeError("negative padding is not supported")
    if min(output_padding) < 0:
        raise RuntimeError("negative output_padding is not supported")
    if min(stride) <= 0:
        raise RuntimeError("non-positive stride is not supported")
    _check_dilation(dilation, transposed, input, weight, groups)
    if not transposed:
        _check_bias(input, bias)
    _check_shapes(input._array.shape, weight._array.shape, bias, padding, dilation, transposed, groups)
    _check_types(input, weight, groups)
    if transposed:
        _check_transposed(output_padding, stride, dilation)
        _check_produced(input, weight, stride, padding, dilation, output_padding, groups)
    result = operation.convolution(
        input, weight, bias, stride, padding, dilation, bool(transposed), output_padding, groups
    )
    if input._array.flags.c_contiguous and weight._array.flags.c_contiguous:
        return result
    return keep_channels_last(result, input, weight)


def _check_dilation(dilation: Any, transposed: bool, input: Any, weight: Any, groups: int) -> None:
    if min(dilation) < 0:
        raise RuntimeError("dilation should be greater than zero")
    if 0 in dilation:
        if input._dtype.name == "float32" and _by_mkldnn(input._array.shape, weight._array.shape, groups):
            raise RuntimeError("non-positive dilation is not supported")
        gaps = (1, *dilation) if len(dilation) == 1 else dilation  # one dimension is computed as two
        names = ("depth", "height", "width")[-len(gaps) :]
        named = ", ".join(f"dilation_{name}: {gap}" for name, gap in zip(names, gaps))
        raise RuntimeError(
            f"dilation should be greater than zero, but got {named if transposed else list(gaps)}"
        )


def _check_shapes(
    sizes: Any, weight: Any, bias: Any, padding: Any, dilation: Any, transposed: bool, groups: int
) -> None:
    _check_weight(sizes, weight, groups)
    shown = f"weight of size {list(weight)}"
    channels = weight[0] if transposed else weight[1] * groups
    given = f"Given {'transposed' if transposed else 'groups'}={1 if transposed else groups}, {shown}"
    if sizes[1] != channels:
        raise RuntimeError(
            f"{given}, expected input{list(sizes)} to have {channels} channels, but got {sizes[1]} channels instead"
        )
    produced = weight[1] * groups if transposed else weight[0]
    if bias is not None and bias._array.shape != (produced,):
        given = f"Given transposed=1, {shown}" if transposed else f"Given {shown}"
        raise RuntimeError(
            f"{given}, expected bias to be 1-dimensional with {produced} elements, but got bias of size "
            f"{list(bias._array.shape)} instead"
        )
    if transposed:
        return  # `_check_transposed` looks at what these become
    around = [size + 2 * pad for size, pad in zip(sizes[2:], padding)]
    reach = [gap * (taps - 1) + 1 for gap, taps in zip(dilation, weight[2:])]
    if any(far > size for far, size in zip(reach, around)):
        raise RuntimeError(
            f"Calculated padded input size per channel: ({' x '.join(map(str, around))}). Kernel size: "
            f"({' x '.join(map(str, reach))}). Kernel size can't be greater than actual input size"
        )


def _check_weight(sizes: Any, weight: Any, groups: int, space: str = " ") -> None:
    if groups <= 0:
        raise RuntimeError("non-positive groups is not supported")
    if len(weight) != len(sizes):
        raise RuntimeError(
            f"Expected {len(weight)}-dimensional input for {len(weight)}-dimensional weight{space}{list(weight)}, but got "
            f"{len(sizes)}-dimensional input of size {list(sizes)} instead"
        )
    if weight[0] < groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be at least {groups} at dimension 0, but got weight of size {list(weight)} instead"
        )
    if weight[0] % groups:
        raise RuntimeError(
            f"Given groups={groups}, expected weight to be divisible by {groups} at dimension 0, but got weight of size "
            f"[{list(weight)}] instead"
        )


def _check_bias(input: Any, bias: Any) -> None:
    if bias is not None and bias._dtype is not input._dtype and not lowering():
        one, two = (
            "c10::Half" if each.name == "float16" else each.c_name for each in (input._dtype, bias._dtype)
        )
        raise RuntimeError(f"Input type ({one}) and bias type ({two}) should be the same")


def _check_types(input: Any, weight: Any, groups: int) -> None:
    one, two = input._dtype, weight._dtype
    if lowering():
        return
    if one is not two:
        if one.is_complex:
            raise RuntimeError(
                f"Input type ({one.class_name}) and weight type ({two.class_name}) should be the same"
            )
        if one.name == "float32" and _by_mkldnn(input._array.shape, weight._array.shape, groups):
            raise RuntimeError(
                f"Input type ({one.class_name}) and weight type ({two.class_name}) should be the same or input should be a "
                "MKLDNN tensor and weight is a dense tensor"
            )
        raise RuntimeError(f"expected scalar type {one.legacy_name} but found {two.legacy_name}")


def _by_mkldnn(sizes: Any, weight: Any, groups: int) -> bool:
    """Whether PyTorch would leave this to a library that checks types in words of its own."""
    large = len(weight) > 3 and min(weight[-2:]) > 3
    return groups > 1 or large or sizes[0] > 1 or math.prod(sizes[:4]) > 20480


def _check_transposed(output_padding: Any, stride: Any, dilation: Any) -> None:
    if all(more < max(step, gap) for more, step, gap in zip(output_padding, stride, dilation)):
        return
    labels = ["depth", "height", "width"][-len(stride) :]
    if len(stride) == 1:  # one dimension is computed as two
        labels, output_padding, stride, dilation = (
            ["height", "width"], (0, *output_padding), (1, *stride), (1, *dilation),
        )  # fmt: skip
    options = {"output_padding": output_padding, "stride": stride, "dilation": dilation}
    shown = [
        f"{name}_{label}: {value}" for name, values in options.items() for label, value in zip(labels, values)
    ]
    raise RuntimeError(
        f"output padding must be smaller than either stride or dilation, but got {' '.join(shown)}"
    )


def _check_produced(
    input: Any, weight: Any, stride: Any, padding: Any, dilation: Any, output_padding: Any, groups: int
) -> None:
    sizes, taps = input._array.shape[2:], weight._array.shape[2:]
    produced = [
        (size - 1) * step - 2 * pad + gap * (far - 1) + more + 1
        for size, step, pad, gap, far, more in zip(sizes, stride, padding, dilation, taps, output_padding)
    ]
    if min(produced) > 0 or 0 in input._array.shape:
        return
    if input._dtype.name == "float32" and _by_mkldnn(input._array.shape, weight._array.shape, groups):
        raise RuntimeError("could not construct a memory descriptor using a format tag")
    one = [1] * (len(sizes) == 1)  # one dimension is computed as two
    before, after = (" x ".join(map(str, each)) for each in ([*one, *sizes], [*one, *produced]))
    raise RuntimeError(
        f"Given input size per channel: ({before}). Calculated output size per channel: ({after}). Output size is too small"
    )


def _batched(input: Any, count: int, name: str) -> bool:
    ndim = input._array.ndim
    if ndim not in (count + 1, count + 2):
        raise RuntimeError(
            f"Expected {count + 1}D (unbatched) or {count + 2}D (batched) input to {name}, but got input of size: "
            f"{list(input._array.shape)}"
        )
    return bool(ndim == count + 2)


def _same(input: Any, weight: Any, stride: Any, dilation: Any, groups: int) -> tuple[Any, tuple[int, ...]]:
    """What `padding="same"` pads: equally on both sides, where that is not possible one more behind."""
    count = weight._array.ndim - 2
    _check_weight(input._array.shape, weight._array.shape, groups, "")
    if any(gap <= 0 for gap in _expanded(dilation, "dilation", count)):
        raise RuntimeError("dilation should be greater than zero")
    if any(step != 1 for step in _expanded(stride, "stride", count)):
        raise RuntimeError("padding='same' is not supported for strided convolutions")
    totals = [
        gap * (taps - 1) for gap, taps in zip(_expanded(dilation, "dilation", count), weight._array.shape[2:])
    ]
    if any(total % 2 for total in totals):
        warn_once(
            "Using padding='same' with even kernel lengths and odd dilation may require a zero-padded copy of the input be created",
            stacklevel=5,
        )
        from ..functional import pad

        input = pad(input, [each for total in totals[::-1] for each in (0, total % 2)])
    return input, tuple([total // 2 for total in totals])


_OPTIONS = "tuple of ints dilation = 1, int groups = 1)"
_TENSORS = "(Tensor input, Tensor weight, Tensor bias = None, tuple of ints stride = 1"
_OVERLOADS = (
    f"{_TENSORS}, tuple of ints padding = 0, {_OPTIONS}",
    f'{_TENSORS}, str padding = "valid", {_OPTIONS}',
)
_NAMES = ("input", "weight", "bias", "stride", "padding", "dilation", "groups")


def _numbers(value: Any) -> bool:
    """Whether this can be an option of numbers."""
    return isinstance(value, int) or (
        isinstance(value, (tuple, list)) and all(isinstance(each, int) for each in value)
    )


def _for_each(value: Any, count: int) -> Any:
    """PyTorch spreads a number over the dimensions of the function's name before it looks at the weight."""
    return (value,) * count if isinstance(value, int) else value


def _convolution(name: str, count: int) -> Callable[..., Any]:
    def call(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        dilation: Any = 1,
        groups: int = 1,
    ) -> Any:
        batched = _batched(input, count, name)
        if not batched:
            input = input.unsqueeze(0)
        if isinstance(padding, str):
            if padding not in ("same", "valid"):
                raise RuntimeError(f"Invalid padding string: '{padding}'")
            input, padding = (
                _same(input, weight, stride, dilation, groups) if padding == "same" else (input, (0,) * count)
            )
        if weight._array.ndim != count + 2:
            stride, padding, dilation = (_for_each(each, count) for each in (stride, padding, dilation))
        found = convolution(input, weight, bias, stride, padding, dilation, False, 0, groups)
        return found if batched else found.squeeze(0)

    def checked(*args: Any, **options: Any) -> Any:
        given = dict(zip(_NAMES, args))
        given.update(options)
        fits = (
            len(given) == len(args) + len(options)
            and given.keys() <= set(_NAMES)
            and all(isinstance(given.get(key), TensorBase) for key in ("input", "weight"))
            and isinstance(given.get("bias"), (TensorBase, type(None)))
            and all(_numbers(given.get(key, 1)) for key in ("stride", "dilation"))
            and (isinstance(given.get("padding", 0), str) or _numbers(given.get("padding", 0)))
            and isinstance(given.get("groups", 1), int)
        )
        if not fits:
            raise TypeError(invalid(name, _OVERLOADS, args, options))
        return call(**given)

    checked.__name__ = checked.__qualname__ = name
    checked.__doc__ = f"A convolution over {count} dimension{'s' if count > 1 else ''}."
    return checked


def _transposed(name: str, count: int) -> Callable[..., Any]:
    def call(
        input: Any,
        weight: Any,
        bias: Any = None,
        stride: Any = 1,
        padding: Any = 0,
        output_padding: Any = 0,
        groups: int = 1,
        dilation: Any = 1,
    ) -> Any:
        for position, (key, value) in enumerate((("input", input), ("weight", weight)), 1):
            if not isinstance(value, TensorBase):
                raise TypeError(
                    f"{name}(): argument '{key}' (position {position}) must be Tensor, not {type(value).__name__}"
                )
        if not (
            _numbers(stride) and _numbers(padding) and _numbers(output_padding) and _numbers(dilation)
        ) or (not isinstance(groups, int)):
            raise TypeError("options must be numbers")
        batched = _batched(input, count, name)
        if weight._array.ndim != count + 2:
            stride, padding, dilation = (_for_each(each, count) for each in (stride, padding, dilation))
        found = convolution(
            input if batched else input.unsqueeze(0),
            weight, bias, stride, padding, dilation, True, output_padding, groups,
        )  # fmt: skip
        return found if batched else found.squeeze(0)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"A transposed convolution over {count} dimension{'s' if count > 1 else ''}."
    return function(call)


conv1d, conv2d, conv3d = (_convolution(f"conv{count}d", count) for count in (1, 2, 3))
conv_transpose1d, conv_transpose2d, conv_transpose3d = (
    _transposed(f"conv_transpose{count}d", count) for count in (1, 2, 3)
)
