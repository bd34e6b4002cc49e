"""Recorded data as text that people read: numbers in full precision, differing elements marked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

import numpy as np

from conformance.values import DataError, kind, numbers

from .text import Piece, differences, joined

_ELEMENTS_SHOWN = 200  # larger arrays are shown by their first and last elements
_EDGE = 3
_WIDTH = 76


def display(data: Any) -> str:
    """Recorded data of any aspect as text."""
    return _text(data)


def pieces(reference: Any, subject: Any) -> tuple[list[Piece], list[Piece]]:
    """Both sides' data as text, cut where they differ."""
    if _is_tensor(reference) and _is_tensor(subject):
        try:
            return _tensors(reference, subject)
        except DataError:
            pass
    left, right = _text(reference), _text(subject)
    if left != right and (_is_absent(reference) or _is_absent(subject)):
        # letters that a sentence shares with data mean nothing
        return [Piece(left, True)], [Piece(right, True)]
    return differences(left, right)


def _is_absent(data: Any) -> bool:
    return isinstance(data, dict) and not data.keys().isdisjoint({"missing", "raised"})


def _is_tensor(data: Any) -> bool:
    return isinstance(data, dict) and set(data) == {"tensor"}


def _text(data: Any) -> str:
    if isinstance(data, str) or not isinstance(data, (dict, list)):
        return str(data)
    if isinstance(data, list):
        return "[" + ", ".join(map(_text, data)) + "]"
    if "missing" in data:
        return f"lacks {data['missing']}"
    if "raised" in data:
        return f"raised {data['raised']}"
    try:
        return _literal(data)
    except DataError as error:
        return f"({error})"


def _literal(data: Any) -> str:
    """A recorded Python value as one would write it."""
    what = kind(data)
    if what == "tensor":
        return _tensor(json.dumps(data))
    if what == "float":
        return str(data["float"])
    if what == "complex":
        return repr(numbers(data).array.item())
    if what in ("list", "tuple", "dict"):
        return _container(what, data[what])
    return repr(data)


@lru_cache(maxsize=4096)  # the same few arrays come again and again
def _tensor(recorded: str) -> str:
    array = numbers(json.loads(recorded)).array
    return "".join(piece.text for piece in _array(array, np.zeros(array.shape, bool)))


def _container(what: str, items: Any) -> str:
    if isinstance(items, int):
        return f"a {what} of {items}"
    if what == "dict":
        return "{" + ", ".join(f"{_literal(key)}: {_literal(value)}" for key, value in items) + "}"
    inner = ", ".join(map(_literal, items))
    if what == "list":
        return f"[{inner}]"
    return f"({inner},)" if len(items) == 1 else f"({inner})"


def _tensors(reference: Any, subject: Any) -> tuple[list[Piece], list[Piece]]:
    left, right = numbers(reference).array, numbers(subject).array
    if left.shape != right.shape:
        everywhere = np.ones(left.shape, bool), np.ones(right.shape, bool)
        return joined(_array(left, everywhere[0])), joined(_array(right, everywhere[1]))
    differs = _differing(left, right)
    return joined(_array(left, differs)), joined(_array(right, differs))


def _differing(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    same = left == right
    if left.dtype.kind in "fc" and right.dtype.kind in "fc":
        same |= np.isnan(left) & np.isnan(right)
    if left.dtype.kind == right.dtype.kind == "f":
        same &= (np.signbit(left) == np.signbit(right)) | np.isnan(left)
    return ~np.asarray(same)


def _array(array: np.ndarray, differs: np.ndarray) -> Iterator[Piece]:
    abridged = array.size > _ELEMENTS_SHOWN
    places = [_places(length, abridged) for length in array.shape]
    shown = np.ix_(*([at for at in row if at is not None] for row in places)) if places else ()
    kept = array[shown]
    texts = np.array([str(item) for item in kept.ravel()], dtype=object).reshape(kept.shape)
    width = max(map(len, texts.ravel()), default=0)
    yield from _nested(texts, differs[shown], places, width, 0)
    if abridged:
        yield Piece(f"\n{array.size} elements", False)
        if differs.any():
            yield Piece(f", {int(differs.sum())} of them differ", False)


def _places(length: int, abridged: bool) -> list[int | None]:
    """The positions shown of a dimension; None stands for the gap."""
    if not abridged or length <= 2 * _EDGE:
        return list(range(length))
    return [*range(_EDGE), None, *range(length - _EDGE, length)]


def _nested(
    texts: Any, differs: Any, places: list[list[int | None]], width: int, depth: int
) -> Iterator[Piece]:
    if not places:
        text = str(texts)
        yield Piece(" " * (width - len(text)) if depth else "", False)
        yield Piece(text, bool(differs))
        return
    innermost = len(places) == 1
    per_line = max(1, (_WIDTH - depth) // (width + 2))
    newline = "\n" * (1 if innermost else len(places) - 1) + " " * (depth + 1)
    if innermost and not differs.any():
        shown = iter(texts)
        cells = ["…" if at is None else next(shown).rjust(width) for at in places[0]]
        lines = [", ".join(cells[at : at + per_line]) for at in range(0, len(cells), per_line)]
        yield Piece(f"[{f',{newline}'.join(lines)}]", False)
        return
    items = iter(zip(texts, differs, strict=True))
    yield Piece("[", False)
    for position, at in enumerate(places[0]):
        if position:
            yield Piece("," + (newline if not innermost or position % per_line == 0 else " "), False)
        if at is None:
            yield Piece("…", False)
        else:
            yield from _nested(*next(items), places[1:], width, depth + 1)
    yield Piece("]", False)
