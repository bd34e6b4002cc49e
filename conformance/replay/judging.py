"""What became of each cell under the subject, beside PyTorch."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from .cells import Cell, names
from .playing import Played

CLOSE = 1e-4
"""How far numbers in a text may be apart, relatively, and still be close."""

ADDRESS = re.compile(r"0x[0-9a-f]+")
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*(?:e[-+]?\d+)?|\.\d+(?:e[-+]?\d+)?|\binf\b|\bnan\b)", re.IGNORECASE)
SHOWN = ("stdout", "shown", "error")


@dataclass(frozen=True)
class Judged:
    """A cell, what both sides did, and the verdict: `identical`, `close`, `different`, `blocked` or `unspecified`."""

    number: int
    place: int
    code: str
    verdict: str
    reason: str
    reference: Played
    subject: Played


def judge(
    cells: Sequence[Cell],
    reference: Sequence[Played],
    subject: Sequence[Played],
    again: Sequence[Played] | None = None,
) -> list[Judged]:
    """The verdicts; `again` is a second run under PyTorch, where what differs from the first is `unspecified`."""
    judged: list[Judged] = []
    tainted: dict[str, int] = {}  # names that a failed cell should have bound, and which cell that was
    for index, cell in enumerate(cells):
        bound, used = names(cell.code)
        verdict, reason = _compared(reference[index], subject[index])
        blame = min([tainted[name] for name in used if name in tainted], default=None)
        if verdict == "different":
            if "lost" in reference[index]:
                verdict, reason = "unspecified", f"under PyTorch, {reference[index]['lost']}"
            elif again is not None and _compared(reference[index], again[index])[0] == "different":
                verdict, reason = "unspecified", "PyTorch itself shows something else in a second run"
            elif blame is not None:
                verdict, reason = "blocked", f"it uses what cell {blame} should have made, which failed"
        for name in bound:
            tainted.pop(name, None)
        if _failed_alone(reference[index], subject[index]):
            tainted.update(dict.fromkeys(bound, index + 1 if blame is None else blame))
        elif blame is not None:
            tainted.update(dict.fromkeys(bound, blame))
        judged.append(
            Judged(index + 1, cell.place, cell.code, verdict, reason, reference[index], subject[index])
        )
    return judged


def _failed_alone(reference: Played, subject: Played) -> bool:
    return not _failed(reference) and _failed(subject)


def _failed(played: Played) -> bool:
    return "lost" in played or played["error"] is not None


def _compared(reference: Played, subject: Played) -> tuple[str, str]:
    if "lost" in subject or "lost" in reference:
        return "different", f"under the subject, {subject.get('lost', 'it came to its end')}"
    worst = "identical", ""
    for part in SHOWN:
        verdict = compare_texts(_text(reference, part), _text(subject, part))
        if verdict == "different":
            return verdict, _reason(part, reference, subject)
        if verdict == "close":
            worst = verdict, f"its numbers are equal to {CLOSE:g}"
    return worst


def _reason(part: str, reference: Played, subject: Played) -> str:
    if part != "error":
        return "it prints something else" if part == "stdout" else "its last expression shows something else"
    if subject["error"] is None:
        return "PyTorch raises, and the subject does not"
    if reference["error"] is None:
        return "the subject raises, and PyTorch does not"
    return "it raises something else"


def _text(played: Played, part: str) -> str:
    value: Any = played[part]
    if part == "error":
        return "" if value is None else f"{value['type']}: {value['message']}"
    return value or ""


def compare_texts(expected: str, found: str) -> str:
    """`identical` but for addresses, `close` where only numbers differ, and little, or else `different`."""
    expected, found = ADDRESS.sub("0x…", expected), ADDRESS.sub("0x…", found)
    if expected == found:
        return "identical"
    if _spaced(NUMBER.sub("#", expected)) != _spaced(NUMBER.sub("#", found)):
        return "different"
    pairs = zip(NUMBER.findall(expected), NUMBER.findall(found), strict=True)
    return "close" if all(_near(one, other) for one, other in pairs) else "different"


def _spaced(text: str) -> str:
    """One space for several: a number that rounds to fewer digits is printed with more space before it."""
    return re.sub(r" +", " ", text)


def _near(one: str, other: str) -> bool:
    if one == other:
        return True
    if not any(mark in one.lower() for mark in ".en"):
        return False  # whole numbers are counted, not measured
    first, second = float(one), float(other)
    return abs(first - second) <= CLOSE * max(abs(first), abs(second)) + 1e-8
