"""Texts of subjects made fit to show: invisible characters become visible, differences are marked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from functools import lru_cache
from html import escape
from typing import NamedTuple

# Controls but tab and newline, invisible and direction-changing characters, lone surrogates, non-characters.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\xad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ud800-\udfff"
    "\ufeff\ufff9-\ufffb\ufffe\uffff]"
)
_CHARACTERS_COMPARED = 250_000  # the product of two lengths above which a difference is no longer searched
_SHORTEST_AGREEMENT = 3  # shorter agreeing stretches between two differences only confuse the eye


class Piece(NamedTuple):
    """A stretch of text, and whether it differs from the other side's."""

    text: str
    differs: bool


def visible(text: str) -> str:
    r"""Return the text with every invisible or unencodable character as Python escapes it, as in `\x1b`."""
    return _INVISIBLE.sub(lambda match: match[0].encode("unicode_escape").decode(), text)


def html(text: str) -> str:
    """A text as HTML shows it: no part of it is markup, and no character is invisible."""
    return escape(visible(text))


@lru_cache(maxsize=4096)  # subjects that depart, depart alike
def differences(reference: str, subject: str) -> tuple[list[Piece], list[Piece]]:
    """Cut both texts into pieces that agree and that differ: by lines, then by characters within them."""
    if reference == subject:
        return [Piece(reference, False)], [Piece(subject, False)]
    left, right = reference.splitlines(keepends=True), subject.splitlines(keepends=True)
    pairs: list[tuple[Piece, Piece]] = []
    for kind, first, last, start, stop in _changes(left, right):
        pair = "".join(left[first:last]), "".join(right[start:stop])
        pairs += _characters(*pair) if kind == "replace" else [_pair(*pair, kind != "equal")]
    return joined(pair[0] for pair in pairs), joined(pair[1] for pair in pairs)


def _characters(left: str, right: str) -> Iterator[tuple[Piece, Piece]]:
    for kind, first, last, start, stop in _changes(left, right):
        inner = first > 0 and last < len(left)
        agrees = kind == "equal" and not (inner and last - first < _SHORTEST_AGREEMENT)
        yield _pair(left[first:last], right[start:stop], not agrees)


def _pair(left: str, right: str, differs: bool) -> tuple[Piece, Piece]:
    return Piece(left, differs), Piece(right, differs)


def _changes(left: list[str] | str, right: list[str] | str) -> Sequence[tuple[str, int, int, int, int]]:
    if len(left) * len(right) > _CHARACTERS_COMPARED:
        return _ends_only(left, right)
    return SequenceMatcher(None, left, right, autojunk=False).get_opcodes()


def _ends_only(left: list[str] | str, right: list[str] | str) -> list[tuple[str, int, int, int, int]]:
    shorter = min(len(left), len(right))
    head = next((at for at in range(shorter) if left[at] != right[at]), shorter)
    rest = shorter - head
    tail = next((at for at in range(rest) if left[-1 - at] != right[-1 - at]), rest)
    end, stop = len(left) - tail, len(right) - tail
    return [
        ("equal", 0, head, 0, head),
        ("replace", head, end, head, stop),
        ("equal", end, len(left), stop, len(right)),
    ]


def joined(pieces: Iterable[Piece]) -> list[Piece]:
    """Melt neighbouring pieces of the same kind into one."""
    melted: list[Piece] = []
    for piece in pieces:
        if melted and melted[-1].differs is piece.differs:
            melted[-1] = Piece(melted[-1].text + piece.text, piece.differs)
        elif piece.text:
            melted.append(piece)
    return melted
