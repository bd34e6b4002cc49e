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


def _call(name: str, input: Any, window: Any, **options: Any) -> str:
    """The call as the refusals show it."""
    if window is not None:
        options["window"] = f"{window._dtype.class_name}{{{list(window._array.shape)}}}"
    order = ["n_fft", "hop_length", "win_length", "window", *[key for key in options if key not in _FIRST]]
    parts = ", ".join([f"{key}={_shown(options.get(key))}" for key in order])
    return f"{name}({input._dtype.class_name}{list(input._array.shape)}, {parts})"


_FIRST = ("n_fft", "hop_length", "win_length", "window")


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
        input = _centered(input, n_fft, pad_mode)
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    if window is None:
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
    options = {"normalized": normalized, "onesided": onesided, "return_complex": return_complex}
    call = _call(
        "stft",
        input,
        window,
        n_fft=n_fft,
        hop_length=hop,
        win_length=width,
        **options,
        align_to_window=align_to_window,
    )
    _check_signal(input, n_fft, hop, width, window, call)
    single = input._array.ndim == 1
    if single:
        input = input.unsqueeze(0)
    filled = _filled_window(window, width, n_fft, input)
    batch, count = input._array.shape
    step_of_batch, step = input.stride()
    pieces = 1 + (count - n_fft) // hop
    framed = as_strided(input, (batch, pieces, n_fft), (step_of_batch, hop * step, step))
    if filled is not None:
        framed = framed * filled
    scale = BY_ROOT if normalized else NOT
    half = not any_complex if onesided is None else onesided
    found = c2c(framed, (2,), scale, True) if any_complex else r2c(framed, (2,), scale, half)
    found.transpose_(1, 2)
    if single:
        found.squeeze_(0)
    return found if return_complex else view_as_real(found)


def _check_signal(input: Any, n_fft: int, hop: int, width: int, window: Any, call: str) -> None:
    if input._dtype.category <= INTEGER:
        raise RuntimeError(f"{call}: expected a tensor of floating point or complex values")
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
    hop = n_fft // 4 if hop_length is None else hop_length
    width = n_fft if win_length is None else win_length
    call = _call(
        "istft",
        input,
        window,
        n_fft=n_fft,
        hop_length=hop,
        win_length=width,
        center=center,
        normalized=normalized,
        onesided=onesided,
        length=length,
        return_complex=return_complex,
    )
    ndim = input._array.ndim
    of_complex = return_complex or (window is not None and window._dtype.is_complex)
    onesided = not of_complex if onesided is None else onesided
    _check_spectrum(input, n_fft, hop, width, window, onesided, call)
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


def _pieces(input: Any, n_fft: int, normalized: bool, onesided: Any, return_complex: bool) -> Any:
    """The pieces of the signal, one below the other."""
    scale = BY_ROOT if normalized else BY_COUNT
    if return_complex:
        return c2c(input, (2,), scale, False)
    if onesided is False:
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
) -> None:
    if not input._dtype.is_complex:
        raise RuntimeError(
            "istft requires a complex-valued input tensor matching the output from stft with return_complex=True."
        )
    if not input._array.size:
        raise RuntimeError(f"{call} : input tensor cannot be empty.")
    if input._array.ndim not in (2, 3):
        raise RuntimeError(
            f"{call} : expected a tensor with 3 or 4 dimensions, but got {input._array.ndim + 1}"
        )
    found = input._array.shape[-2]
    if onesided is not False and found != n_fft // 2 + 1:
        raise RuntimeError(
            f"{call} : expected the frequency dimension (3rd to the last) of the input tensor to match n_fft / 2 + 1 when "
            f"onesided=True, but got {found}"
        )
    if onesided is False and found != n_fft:
        raise RuntimeError(
            f"{call} : expected the frequency dimension (3rd to the last) of the input tensor to match n_fft when onesided=False, "
            f"but got {found}"
        )
    if not 0 < hop <= width:
        raise RuntimeError(f"{call} : expected 0 < hop_length <= win_length")
    if not 0 < width <= n_fft:
        raise RuntimeError(f"{call} : expected 0 < win_length <= n_fft")
    _check_window(window, width, call, back=True)
