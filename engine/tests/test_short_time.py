"""Transforms of pieces of a signal, and their refusals, beside live PyTorch."""

from __future__ import annotations

import pytest
import torch

import engine

SIGNAL = [((7 * place) % 11 - 5) / 4 for place in range(40)]
FORWARD = [
    {"win_length": 10, "center": False, "align_to_window": True},
    {"win_length": 9, "center": False, "align_to_window": True},
    {"win_length": 10, "center": False, "align_to_window": False},
    {"win_length": 10, "center": False},
    {"align_to_window": False},
    {"align_to_window": True},
    {"normalized": True, "onesided": False},
    {"hop_length": 0},
]
BACK = [
    {"return_complex": True},
    {"return_complex": True, "onesided": True},
    {"return_complex": True, "onesided": False},
    {"onesided": False},
    {"onesided": True},
    {"complex_window": True},
    {"complex_window": True, "onesided": True},
    {"complex_window": True, "return_complex": True},
    {"length": 80},
    {"one_column": True},
]


def outcome(function, *args):
    """Sizes, type and rounded values of a result, or its refusal."""
    try:
        found = function(*args)
    except (RuntimeError, IndexError) as error:
        return f"{type(error).__name__}: {error}"
    values = [found.real, found.imag] if found.is_complex() else [found]
    return (
        list(found.shape),
        str(found.dtype),
        [[round(x, 4) + 0.0 for x in each.flatten().tolist()] for each in values],
    )


def forward(namespace, options):
    signal = namespace.tensor(SIGNAL, dtype=namespace.float64)
    window = namespace.hann_window(options.get("win_length", 16), dtype=namespace.float64)
    return namespace.stft(signal, 16, window=window, return_complex=True, **options)


def back(namespace, half, options):
    options = dict(options)
    window = namespace.hann_window(16, dtype=namespace.float64)
    spectrum = forward(namespace, {"onesided": half})
    if options.pop("complex_window", False):
        window = window + 0j
    if options.pop("one_column", False):
        spectrum = spectrum[:, 0]
    return namespace.istft(spectrum, 16, window=window, **options)


@pytest.mark.parametrize("options", FORWARD, ids=str)
def test_pieces_begin_where_pytorch_s_do(options):
    ours, theirs = (outcome(forward, namespace, options) for namespace in (engine, torch))
    assert ours == theirs


@pytest.mark.filterwarnings("ignore:The length of signal is shorter")
@pytest.mark.parametrize("half", [True, False])
@pytest.mark.parametrize("options", BACK, ids=str)
def test_the_signal_comes_back_or_is_refused(options, half):
    ours, theirs = (outcome(back, namespace, half, options) for namespace in (engine, torch))
    assert ours == theirs
