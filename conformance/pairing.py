"""Which observation of one record belongs to which of the other."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Any


@dataclass(frozen=True)
class Pair:
    """Two observations that are compared, or one that has no counterpart; `place` counts the reference's."""

    place: int
    reference: Mapping[str, Any] | None
    subject: Mapping[str, Any] | None

    @property
    def label(self) -> str:
        """The label by which the pair is known."""
        return str((self.reference or self.subject or {})["label"])


def paired(reference: Mapping[str, Any], subject: Mapping[str, Any]) -> Iterator[Pair]:
    """Pair two records' observations by position, finding back into step where one has more or other labels.

    What a side lacks because its case did not come to its end, or because the step that gives the whole raised, is
    left out: that end, or that step, is a finding of its own.
    """
    theirs, ours = reference["observations"], subject["observations"]
    labels = [[item["label"] for item in side] for side in (theirs, ours)]
    failed = [
        tuple(f"{item['label']}[" for item in side if "error type" in item["aspects"])
        for side in (theirs, ours)
    ]
    ended = [side["end"]["how"] == "returned" for side in (reference, subject)]
    step = 0
    while step < min(len(theirs), len(ours)) and labels[0][step] == labels[1][step]:
        yield Pair(step, theirs[step], ours[step])
        step += 1
    matcher = SequenceMatcher(None, labels[0][step:], labels[1][step:], autojunk=False)
    for _, start, stop, first, last in matcher.get_opcodes():
        shared = min(stop - start, last - first)
        for offset in range(max(stop - start, last - first)):
            place = step + start + min(offset, max(stop - start - 1, 0))
            here = theirs[step + start + offset] if offset < stop - start else None
            there = ours[step + first + offset] if offset < last - first else None
            at_the_end = step + stop == len(theirs) if there is None else step + last == len(ours)
            if offset >= shared and at_the_end and not ended[0 if here is None else 1]:
                continue
            pair = Pair(place, here, there)
            if offset < shared or not pair.label.startswith(failed[1 if there is None else 0]):
                yield pair
