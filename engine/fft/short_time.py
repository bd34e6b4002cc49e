"""Transforms of pieces of a signal that follow each other, and back: stft, istft."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np

from ..dtypes import INTEGER
from ..op import wrap
from ..ops.complex import resolve_conj, view_as_complex, view_as_real
from ..ops.padding import constant_pad_nd
from ..ops.parts import _unfold_backward
from ..ops.slicing import as_strided, slice_op
from .transforms import BY_COUNT, BY_ROOT, NOT, c2c, c2r, r2c

_NO_WINDOW = (
    "A window was not provided. A rectangular window will be applied,which is known to cause spectral leakage. Other windows such "
    "as torch.hann_window or torch.hamming_window are recommended to reduce spectral leakage.To suppress this warning and use a "
    "rectangular window, explicitly set `window=torch.ones(n_fft, device=<device>)`."
)
_NO_WINDOW_BACK = (
    "A window was not provided. A rectangular window will be applied.Please provide the same window used by stft to make the "
    "inversion lossless.To suppress this warning and use a rectangular window, explicitly set `window=torch.ones(n_fft, "
    "device=<device>)`."
)
_REAL_RESULT = (
    "stft with return_complex=False is deprecated. In a future pytorch release, stft will return complex tensors for all inputs, "
    "and return_complex=False will raise an error.\nNote: you can still call torch.view_as_real on the complex output to recover "
    "the old return format."
)


def _shown(value: Any) -> str:
    return "None" if value is None else str(int(value)) if isinstance(value, (bool, int)) else str(value)


def _sizes(n_fft: int, hop_length: int | None, win_length: int | None) -> tuple[int, int, int]:
    """The length of a piece, the step to the next one, and the length of the window."""
    return (
        n_fft,
        n_fft // 4 if hop_length is None else hop_length,
        n_fft if win_length is None else win_length,
    )


def _call(name: str, input: Any, sizes: tuple[int, int, int], window: Any, **options: Any) -> str:
    """The call as the refusals show it."""
    if window is not None:
        window = f"{window._dtype.class_name}{{{list(window._array.shape)}}}"
    shown = {**dict(zip(("n_fft", "hop_length", "win_length"), sizes)), "window": window, **options}
    parts = ", ".join([f"{key}={_shown(value)}" for key, value in shown.items()])
    return f"{name}({input._dtype.class_name}{list(input._array.shape)}, {parts})"


def _centered(input: Any, n_fft: int, pad_mode: str) -> Any:
    from ..nn.functional import pad

    sizes = input._array.shape
    wide = input.view([1] * (3 - len(sizes)) + list(sizes))
    wide = pad(wide, [n_fft // 2, n_fft // 2], pad_mode)
    return wide.view(wide._array.shape[-len(sizes) :])


def _filled_window(window: Any, win_length: int, n_fft: int, like: Any) -> Any:
    """The window with zeros on both sides, as long as a piece; None where there is none, and none is needed."""
    if win_length == n_fft:
        return window
    left = (n_fft - win_length) // 2
    if window is None:
        array = np.zeros(n_fft, like._array.real.dtype)
        array[left : left + win_length] = 1
        return wrap(array)
    return constant_pad_nd(window, (left, n_fft - win_length - left), 0)


def stft(
    input: Any,
    n_fft: int,
    hop_length: Any = None,
    win_length: Any = None,
    window: Any = None,
    center: bool = True,
    pad_mode: str = "reflect",
    normalized: bool = False,
    onesided: Any = None,
    return_complex: Any = None,
    align_to_window: Any = None,
) -> Any:
    """The transforms of overlapping pieces of a signal, each multiplied with a window: frequencies by pieces."""
    if center:
        if align_to_window is not None:
            raise RuntimeError("stft align_to_window should only be set when center = false")
        input = _centered(input, n_fft, pad_mode)
    if window is None and input._dtype.category > INTEGER:
        warnings.warn(_NO_WINDOW, UserWarning, stacklevel=2)
    any_complex = input._dtype.is_complex or (window is not None and window._dtype.is_complex)
    if return_complex is None:
        if not any_complex:
            raise RuntimeError(
                "stft requires the return_complex parameter be given for real inputs, and will further require that "
                "return_complex=True in a future PyTorch release."
            )
        return_complex = True
    elif not return_complex:
        warnings.warn(_REAL_RESULT, UserWarning, stacklevel=2)
    sizes = _sizes(n_fft, hop_length, win_length)
    flags = {"normalized": normalized, "onesided": onesided, "return_complex": return_complex}
    call = _call("stft", input, sizes, window, **flags, align_to_window=align_to_window)
    _check_signal(input, *sizes, window, call)
    framed = _framed(input, *sizes, window, align_to_window)
    scale = BY_ROOT if normalized else NOT
    half = not any_complex if onesided is None else onesided
    found = c2c(framed, (2,), scale, True) if any_complex else r2c(framed, (2,), scale, half)
    found.transpose_(1, 2)
    if input._array.ndim == 1:
        found.squeeze_(0)
    return found if return_complex else view_as_real(found)


def _framed(input: Any, n_fft: int, hop: int, width: int, window: Any, align_to_window: Any) -> Any:
    """The overlapping pieces, each multiplied with the window, of which the first one begins with the signal if aligned."""
    if align_to_window:
        left = (n_fft - width) // 2
        input = constant_pad_nd(input, (left, n_fft - width - left), 0)
    if input._array.ndim == 1:
        input = input.unsqueeze(0)
    filled = _filled_window(window, width, n_fft, input)
    batch, count = input._array.shape
    step_of_batch, step = input.stride()
    pieces = 1 + (count - n_fft) // hop
    framed = as_strided(input, (batch, pieces, n_fft), (step_of_batch, hop * step, step))
    return framed if filled is None else framed * filled


def _check_signal(input: Any, n_fft: int, hop: int, width: int, window: Any, call: str) -> None:
    if input._dtype.category <= INTEGER:
        raise RuntimeError(f"{call} : expected a tensor of floating point or complex values")
    if input._dtype.reduced:
        raise RuntimeError(f"MKL FFT doesn't support tensors of type: {input._dtype.legacy_name}")
    ndim = input._array.ndim
    if ndim not in (1, 2):
        raise RuntimeError(f"{call} : expected a 1D or 2D tensor")
    count = input._array.shape[-1]
    if not 0 < n_fft <= count:
        raise RuntimeError(f"{call} : expected 0 < n_fft < {count}, but got n_fft={n_fft}")
    if hop <= 0:
        raise RuntimeError(f"{call} : expected hop_length > 0, but got hop_length={hop}")
    if not 0 < width <= n_fft:
        raise RuntimeError(f"{call} : expected 0 < win_length <= n_fft, but got win_length={width}")
    _check_window(window, width, call)


def _check_window(window: Any, width: int, call: str, back: bool = False) -> None:
    if window is not None and window._array.shape != (width,):
        if back:
            raise RuntimeError(
                f"{call} : Invalid window shape. window has to be 1D and length of `win_length`"
            )
        raise RuntimeError(
            f"{call} : expected a 1D window tensor of size equal to win_length={width}, but got window with size "
            f"{list(window._array.shape)}"
        )


# ---- back --------------------------------------------------------------------------------------------------


def istft(
    input: Any,
    n_fft: int,
    hop_length: Any = None,
    win_length: Any = None,
    window: Any = None,
    center: bool = True,
    normalized: bool = False,
    onesided: Any = None,
    length: Any = None,
    return_complex: bool = False,
) -> Any:
    """The signal whose `stft` this is: the pieces added up, divided by what their windows add up to."""
    if window is None:
        warnings.warn(_NO_WINDOW_BACK, UserWarning, stacklevel=2)
    sizes = _sizes(n_fft, hop_length, win_length)
    flags = {"center": center, "normalized": normalized, "onesided": onesided, "length": length}
    call = _call("istft", input, sizes, window, **flags, return_complex=return_complex)
    ndim, (_, hop, width) = input._array.ndim, sizes
    onesided = _check_spectrum(input, *sizes, window, onesided, call)
    _check_kinds(window, onesided, return_complex)
    pairs = view_as_real(resolve_conj(input))
    if ndim == 2:
        pairs = pairs.unsqueeze(0)
    filled = _filled_window(window, width, n_fft, input)
    if filled is None:
        filled = wrap(np.ones(n_fft, input._array.real.dtype))
    pieces = _pieces(view_as_complex(pairs.transpose(1, 2)), n_fft, normalized, onesided, return_complex)
    total = n_fft + hop * (pieces._array.shape[1] - 1)
    start = n_fft // 2 if center else 0
    end = start + length if length is not None else (total - n_fft // 2 if center else total)
    found = _averaged(pieces, filled, total, hop, (start, end), call)
    if ndim == 2:
        found = found.squeeze(0)
    if end > total:
        warnings.warn(
            "The length of signal is shorter than the length parameter. Result is being padded with zeros in the tail. Please check "
            "your center and hop_length settings.",
            UserWarning,
            stacklevel=2,
        )
        found = constant_pad_nd(found, (0, end - total), 0)
    return found


def _pieces(input: Any, n_fft: int, normalized: bool, onesided: bool, return_complex: bool) -> Any:
    """The pieces of the signal, one below the other."""
    scale = BY_ROOT if normalized else BY_COUNT
    if return_complex:
        return c2c(input, (2,), scale, False)
    if not onesided:
        input = slice_op(input, -1, 0, n_fft // 2 + 1, 1)
    return c2r(input, (2,), scale, n_fft)


def _averaged(pieces: Any, window: Any, total: int, hop: int, kept: tuple[int, int], call: str) -> Any:
    """What stands in a part of the signal, by the pieces that overlap there and the weight of the window in each."""
    _, count, n_fft = pieces._array.shape
    found = _added(pieces * window.view(1, 1, n_fft), total, n_fft, hop)
    weights = _added(window.pow(2).expand((1, count, n_fft)), total, n_fft, hop)
    found, weights = (slice_op(each, 1, *kept, 1) for each in (found, weights))
    lowest = float(np.abs(weights._array).min()) if weights._array.size else 1.0
    if lowest < 1e-11:
        raise RuntimeError(f"{call} window overlap add min: 1\n[ CPUBoolType{{}} ]")
    return found / weights


def _added(pieces: Any, total: int, size: int, step: int) -> Any:
    """The pieces added up where they overlap."""
    return _unfold_backward(pieces, (pieces._array.shape[0], total), 1, size, step)


def _check_spectrum(
    input: Any, n_fft: int, hop: int, width: int, window: Any, onesided: Any, call: str
) -> bool:
    """Raise PyTorch's error for what cannot be transformed back; returns whether it is the half of a spectrum."""
    if not input._dtype.is_complex:
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if not input._array.size:
        raise RuntimeError(f"{call} : input tensor cannot be empty.")
    ndim = input._array.ndim
    if ndim < 2:
        raise IndexError(
            f"Dimension out of range (expected to be in range of [{-1 - ndim}, {ndim}], but got -3)"
        )
    if ndim > 3:
        raise RuntimeError(f"{call} : expected a tensor with 3 or 4 dimensions, but got {ndim + 1}")
    found = input._array.shape[-2]
    onesided = found != n_fft if onesided is None else onesided
    if onesided and found != n_fft // 2 + 1:
        raise RuntimeError(
            f"{call} : expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 when "
            f"onesided=True, but got {found}"
        )
    if not onesided and found != n_fft:
        raise RuntimeError(
            f"{call} : expected the frequency dimension (3rd to the last) of the input tensor to match n_fft when onesided=False, "
            f"but got {found}"
        )
    if not 0 < hop <= width:
        raise RuntimeError(f"{call} : expected 0 < hop_length <= win_length")
    if not 0 < width <= n_fft:
        raise RuntimeError(f"{call} : expected 0 < win_length <= n_fft")
    _check_window(window, width, call, back=True)
    return bool(onesided)


def _check_kinds(window: Any, onesided: bool, return_complex: bool) -> None:
    if return_complex and onesided:
        raise RuntimeError("Cannot have onesided output if window or input is complex")
    if not return_complex and window is not None and window._dtype.is_complex:
        raise RuntimeError("Complex windows are incompatible with return_complex=False")
