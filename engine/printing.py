"""The text that PyTorch prints for a tensor: columns, line breaks, ellipses and suffixes.

Works on plain arrays. Only the elements that are shown are ever looked at, so the text of a tensor
of a million elements costs as much as that of its edges.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

PARAMETER_PREFIX = "Parameter containing:\n"


class PrintOptions:
    """What `set_printoptions` sets."""

    __slots__ = ("edgeitems", "linewidth", "precision", "sci_mode", "threshold")

    def __init__(self) -> None:
        self.precision = 4
        self.threshold: float = 1000
        self.edgeitems = 3
        self.linewidth = 80
        self.sci_mode: bool | None = None


OPTIONS = PrintOptions()

# precision, threshold, edgeitems, linewidth
_PROFILES = {
    "default": (4, 1000, 3, 80),
    "short": (2, 1000, 2, 80),
    "full": (4, math.inf, 3, 80),
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors are printed; what is None keeps its value, except `sci_mode`, which is always set."""
    if profile in _PROFILES:
        OPTIONS.precision, OPTIONS.threshold, OPTIONS.edgeitems, OPTIONS.linewidth = _PROFILES[profile]
    if precision is not None:
        OPTIONS.precision = precision
    if threshold is not None:
        OPTIONS.threshold = threshold
    if edgeitems is not None:
        OPTIONS.edgeitems = edgeitems
    if linewidth is not None:
        OPTIONS.linewidth = linewidth
    OPTIONS.sci_mode = sci_mode


def suffixes(
    dtype_name: str,
    default_dtype_name: str,
    shape: Sequence[int],
    requires_grad: bool = False,
    grad_fn_name: str | None = None,
) -> list[str]:
    """Return what follows a tensor's values: size and dtype where they do not show, and the gradient's state.

    Names of dtypes are as they print: `torch.float32`.
    """
    found = []
    empty = 0 in shape
    if len(shape) != 1 if empty else not OPTIONS.edgeitems:
        found.append(f"size={tuple(shape)}")
    if dtype_name != default_dtype_name and (empty or not _shows_in_values(dtype_name, default_dtype_name)):
        found.append(f"dtype={dtype_name}")
    if grad_fn_name is not None:
        found.append(f"grad_fn=<{grad_fn_name}>")
    elif requires_grad:
        found.append("requires_grad=True")
    return found


def _shows_in_values(dtype_name: str, default_dtype_name: str) -> bool:
    default_complex = "torch.complex128" if default_dtype_name == "torch.float64" else "torch.complex64"
    return dtype_name in ("torch.int64", "torch.bool", default_complex)


def tensor_text(array: NDArray[Any], *, suffixes: Sequence[str], prefix: str = "tensor(") -> str:
    """Return the text of a tensor that holds `array`, as PyTorch prints it."""
    indent = len(prefix)
    return with_suffixes(prefix + _values_text(array, indent), suffixes, indent)


def with_suffixes(text: str, suffixes: Sequence[str], indent: int) -> str:
    """The text with what follows the values, broken into lines."""
    # PyTorch counts from the line break itself, so the first line seems two characters longer than it is.
    column = len(text) - text.rfind("\n") + 1
    parts = [text]
    for suffix in suffixes:
        if column + len(suffix) + 2 > OPTIONS.linewidth:
            parts.append(",\n" + " " * indent + suffix)
            column = indent + len(suffix)
        else:
            parts.append(", " + suffix)
            column += len(suffix) + 2
    parts.append(")")
    return "".join(parts)


def _values_text(array: NDArray[Any], indent: int) -> str:
    if array.size == 0:
        return "[]"
    if array.size <= OPTIONS.threshold or array.ndim == 0:
        return _layout(*_element_texts(array), array.shape, [False] * array.ndim, indent)
    edge = OPTIONS.edgeitems
    if not edge:
        return "[...]"
    cut = [length > 2 * edge for length in array.shape]
    shown = array[np.ix_(*map(_shown_indices, array.shape, cut))]
    return _layout(*_element_texts(shown), shown.shape, cut, indent)


def _shown_indices(length: int, cut: bool) -> list[int]:
    indices = range(length)
    return [*indices[: OPTIONS.edgeitems], *indices[-OPTIONS.edgeitems :]] if cut else [*indices]


def _element_texts(array: NDArray[Any]) -> tuple[list[str], int]:
    """Return the elements' texts, padded to one width, and that width."""
    values = array.ravel().tolist()
    kind = array.dtype.kind
    if kind in "fV":  # V: bfloat16
        return _padded(*_float_texts(values))
    if kind != "c":
        texts = list(map(str, values))
        return _padded(texts, max(map(len, texts)))
    real_texts, real_width = _padded(*_float_texts([value.real for value in values]))
    imaginary_texts, imaginary_width = _float_texts([value.imag for value in values])
    texts = [
        f"{real}{imaginary}j" if imaginary[0] == "-" else f"{real}+{imaginary}j"
        for real, imaginary in zip(real_texts, imaginary_texts, strict=True)
    ]
    return texts, real_width + imaginary_width + 1


def _padded(texts: list[str], width: int) -> tuple[list[str], int]:
    return [text.rjust(width) for text in texts], width


def _float_texts(values: list[float]) -> tuple[list[str], int]:
    """Return the floats' texts in the notation that suits them all, and the width of their column.

    Zeros, infinities and nans choose neither the notation nor the width: they may stick out.
    """
    decisive = [value for value in values if value and value - value == 0]
    if decisive and _is_scientific(decisive):
        template = f"%.{OPTIONS.precision}e"
    elif all(map(float.is_integer, decisive)):
        template = "%.0f."
    else:
        template = f"%.{OPTIONS.precision}f"
    texts = [template % value for value in values]
    if len(decisive) == len(values):
        return texts, max(map(len, texts))
    if template == "%.0f.":
        texts = [text if value - value == 0 else text[:-1] for text, value in zip(texts, values, strict=True)]
    return texts, max((len(template % value) for value in decisive), default=1)


def _is_scientific(decisive: list[float]) -> bool:
    if OPTIONS.sci_mode is not None:
        return OPTIONS.sci_mode
    magnitudes = list(map(abs, decisive))
    smallest, largest = min(magnitudes), max(magnitudes)
    return largest / smallest > 1000.0 or largest > 1.0e8 or smallest < 1.0e-4


def _layout(texts: list[str], width: int, shape: tuple[int, ...], cut: list[bool], indent: int) -> str:
    """Join the elements' texts with brackets, commas, line breaks and ellipses, innermost rows first."""
    if not shape:
        return texts[0]
    innermost = len(shape) - 1
    per_line = max(1, math.floor((OPTIONS.linewidth - indent - innermost) / (width + 2)))
    blocks = _groups(texts, shape[-1], " ..." if cut[-1] else None)
    line_break = ",\n" + " " * (indent + innermost + 1)
    parts = [
        "[" + line_break.join(", ".join(row[i : i + per_line]) for i in range(0, len(row), per_line)) + "]"
        for row in blocks
    ]
    for axis in range(innermost - 1, -1, -1):
        separator = "," + "\n" * (innermost - axis) + " " * (indent + axis + 1)
        groups = _groups(parts, shape[axis], "..." if cut[axis] else None)
        parts = ["[" + separator.join(group) + "]" for group in groups]
    return parts[0]


def _groups(texts: list[str], length: int, ellipsis: str | None) -> list[list[str]]:
    groups = [texts[start : start + length] for start in range(0, len(texts), length)]
    if ellipsis is not None:
        for group in groups:
            group.insert(OPTIONS.edgeitems, ellipsis)
    return groups
