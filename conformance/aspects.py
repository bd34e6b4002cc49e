"""One rule for each aspect: what two recorded sides of it are worth as a verdict."""

from __future__ import annotations

import json
import re
from typing import Any

from .values import CONTAINERS, NUMBERS, TOLERANCES, Distance, holds_number, kind, number_distance, plain
from .verdict import ORDER

Tolerance = tuple[float, float]

ASPECTS = (
    "error type",
    "error message",
    "value",
    "dtype",
    "shape",
    "requires_grad",
    "is_leaf",
    "grad_fn",
    "graph",
    "version",
    "text",
)
"""Every aspect, in the order in which findings are listed."""

NUMBER = re.compile(r" *(?<![\w.])([-+]?\d+(?:\.\d*)?(?:[eE][-+]?\d+)?)(?![\w.])")


def same(reference: Any, subject: Any) -> bool:
    """Whether two pieces of plain data are equal, `true` and `1` being different."""
    if reference != subject:
        return False
    if repr(reference) == repr(subject):  # at a fraction of the cost
        return True
    return json.dumps(reference, sort_keys=True) == json.dumps(subject, sort_keys=True)


def shortened(text: str, length: int = 60) -> str:
    """A text in one line of at most `length` characters, for a note."""
    text = " ".join(text.split())
    return text if len(text) <= length else text[: length - 1] + "…"


def value_distance(reference: Any, subject: Any, tolerance: Tolerance | None) -> Distance:
    """The rule for `value`: numbers that differ are silent, flags and words that differ are different."""
    if same(reference, subject):
        return Distance("identical")
    theirs, ours = kind(reference), kind(subject)
    if theirs in NUMBERS and ours in NUMBERS:
        found = number_distance(reference, subject, tolerance)
        return found if theirs == ours or found.verdict == "silent" else _other_kind(theirs, ours)
    if theirs in CONTAINERS and ours in CONTAINERS:
        return _container_distance(reference, subject, tolerance)
    if theirs == ours or not (holds_number(reference) or holds_number(subject)) or "bool" in (theirs, ours):
        notes = (shortened(repr(plain(side))) for side in (subject, reference))
        return Distance("different", note=" instead of ".join(notes))
    return Distance("silent", note=_other_kind(theirs, ours).note)


def text_distance(reference: str, subject: str, near: Tolerance | None) -> Distance:
    """The rule for `text`: beside values that are close, within `near`, printed numbers may move too."""
    if reference == subject:
        return Distance("identical")
    if near is not None and _numbers_agree(reference, subject, near):
        return Distance("close", note="the printed numbers differ as the values do")
    return Distance("different", note=_differing_line(reference, subject))


def graph_distance(reference: Any, subject: Any) -> Distance:
    """The rule for `graph`: the same nodes in the same order, and the same edges."""
    if same(reference, subject):
        return Distance("identical")
    if reference is None or subject is None:
        return Distance("different", note="no graph" if subject is None else "a graph where PyTorch has none")
    for number, (theirs, ours) in enumerate(zip(reference["nodes"], subject["nodes"], strict=False)):
        if theirs != ours:
            return Distance("different", note=f"node {number} is {ours} instead of {theirs}")
    counts = len(subject["nodes"]), len(reference["nodes"])
    if counts[0] != counts[1]:
        return Distance("different", note=f"{counts[0]} nodes instead of {counts[1]}")
    for theirs, ours in zip(reference["edges"], subject["edges"], strict=False):
        if theirs != ours:
            return Distance("different", note=f"edge {_edge(ours)} instead of {_edge(theirs)}")
    return Distance("different", note=f"{len(subject['edges'])} edges instead of {len(reference['edges'])}")


def plain_distance(reference: Any, subject: Any) -> Distance:
    """The rule for every other aspect: equal or not."""
    if same(reference, subject):
        return Distance("identical")
    return Distance("different", note=f"{shortened(repr(subject))} instead of {shortened(repr(reference))}")


def absence(reference: Any, subject: Any) -> Distance | None:
    """The verdict on an aspect that a side does not have or that raised; None if both sides have data."""
    if not isinstance(reference, dict) and not isinstance(subject, dict):
        return None
    if (_failed(subject, "missing") or _failed(subject, "raised")) and same(reference, subject):
        return Distance("identical")
    if name := _failed(reference, "missing"):
        return Distance("unspecified", note=f"this PyTorch has no {name}")
    if name := _failed(subject, "missing"):
        return Distance("unsupported", note=f"missing {name}")
    theirs, ours = _failed(reference, "raised"), _failed(subject, "raised")
    if theirs and ours:
        return Distance("different", note=f"raised {shortened(ours)} instead of {shortened(theirs)}")
    if theirs:
        return Distance("silent", note=f"returned where PyTorch raises {shortened(theirs)}")
    return Distance("error", note=f"raised {shortened(ours)}") if ours else None


def tolerance_of(data: Any, own: Tolerance | None) -> Tolerance:
    """The tolerance that recorded data is judged by, exact for what is not floating-point."""
    dtype = data["tensor"]["dtype"] if kind(data) == "tensor" else "float32"
    return (own or TOLERANCES[dtype]) if dtype in TOLERANCES else (0.0, 0.0)


def _failed(data: Any, how: str) -> str:
    return data[how] if isinstance(data, dict) and data.keys() == {how} else ""


def _other_kind(reference: str, subject: str) -> Distance:
    return Distance("different", note=f"{subject} instead of {reference}")


def _container_distance(reference: Any, subject: Any, tolerance: Tolerance | None) -> Distance:
    theirs, ours = kind(reference), kind(subject)
    expected, actual = reference[theirs], subject[ours]
    if isinstance(expected, int) or isinstance(actual, int):  # the items are observations of their own
        lengths = _length(actual), _length(expected)
        return Distance("different", note=f"{ours} of {lengths[0]} instead of {theirs} of {lengths[1]}")
    if len(expected) != len(actual):
        counted = holds_number(reference) or holds_number(subject)
        note = f"{len(actual)} items instead of {len(expected)}"
        return Distance("silent" if counted else "different", note=note)
    if theirs == "dict" and ours == "dict":
        if not same([key for key, _ in expected], [key for key, _ in actual]):
            return Distance("different", note="other keys")
        expected, actual = ([value for _, value in items] for items in (expected, actual))
    elif "dict" in (theirs, ours):
        return _other_kind(theirs, ours)
    found = [Distance("identical") if theirs == ours else _other_kind(theirs, ours)]
    for number, pair in enumerate(zip(expected, actual, strict=True)):
        item = value_distance(*pair, tolerance)
        found.append(Distance(item.verdict, item.ulp, f"item {number}: {item.note}" if item.note else ""))
    return min(found, key=lambda item: (ORDER.index(item.verdict), -(item.ulp or 0)))


def _length(items: Any) -> int:
    return items if isinstance(items, int) else len(items)


def _edge(edge: list[Any]) -> str:
    start, slot, end, number = edge
    return f"{start}[{slot}] → {'None' if end is None else f'{end}[{number}]'}"


def _numbers_agree(reference: str, subject: str, near: Tolerance) -> bool:
    if NUMBER.sub("0", reference) != NUMBER.sub("0", subject):
        return False
    pairs = zip(NUMBER.findall(reference), NUMBER.findall(subject), strict=True)
    return all(theirs == ours or _agrees_as_printed(theirs, ours, near) for theirs, ours in pairs)


def _agrees_as_printed(reference: str, subject: str, near: Tolerance) -> bool:
    """Whether two printed numbers lie within one unit of the last printed digit, or within tolerance."""
    coarse, fine = _last_digit(reference), _last_digit(subject)
    if coarse is None or fine is None:
        return False
    theirs, ours = float(reference), float(subject)
    relative, absolute = near
    return abs(ours - theirs) <= max(1.0001 * max(coarse, fine), absolute + relative * abs(theirs))


def _last_digit(number: str) -> float | None:
    """The worth of the last digit of a printed floating-point number; None for an integer, which is exact."""
    mantissa, _, exponent = number.lower().partition("e")
    if "." not in mantissa and not exponent:
        return None
    decimals = len(mantissa.partition(".")[2])
    return 10.0 ** (int(exponent or 0) - decimals)


def _differing_line(reference: str, subject: str) -> str:
    theirs, ours = reference.split("\n"), subject.split("\n")
    for number, pair in enumerate(zip(theirs, ours, strict=False), 1):
        if pair[0] != pair[1]:
            where = f"line {number}: " if max(len(theirs), len(ours)) > 1 else ""
            if " ".join(pair[0].split()) == " ".join(pair[1].split()):
                return f"{where}other blanks"
            return f"{where}{shortened(pair[1])!r} instead of {shortened(pair[0])!r}"
    return f"{len(ours)} lines instead of {len(theirs)}"
