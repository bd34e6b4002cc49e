"""What the versions of PyTorch did in a case, one after the other: since when it does what it does."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from conformance import catalog
from conformance.aspects import same
from conformance.case import Case
from conformance.comparison import compare_case
from conformance.recording import Recording, read
from conformance.sources import kept
from conformance.verdict import AGREEMENT, Finding

Record = Mapping[str, Any]


class HistoryError(Exception):
    """Recordings that make no history; the message is one sentence that says what to do."""


@dataclass(frozen=True)
class Change:
    """A version that does not do what the one before it did, why in words, and where they depart."""

    version: str
    reason: str
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True)
class History:
    """A case across the versions: `added_in` is None where the oldest has it, `changes` has what came later.

    `stable_since` is the version from which on all agree, to the newest; None if the newest lacks what the case uses.
    """

    case: str
    stable_since: str | None
    added_in: str | None = None
    lacking: str = ""
    changes: tuple[Change, ...] = field(default=())

    @property
    def changed_in(self) -> tuple[str, ...]:
        """The versions that do not do what the version before them did."""
        return tuple(change.version for change in self.changes)

    @property
    def is_the_same_everywhere(self) -> bool:
        """Whether all versions agree."""
        return self.added_in is None and not self.changes and self.stable_since is not None


def recordings() -> dict[str, Recording]:
    """The recordings of the registry's builds that are kept, by version, the oldest first.

    Raises `HistoryError` if they are not of the installed catalog.
    """
    held = {version: read(path) for version, path in kept().items() if "+" not in version}
    outdated = [version for version, one in held.items() if one.header["catalog"] != catalog.digest()]
    if outdated or len(held) < 2:
        raise HistoryError(
            f"there are recordings of the installed catalog of {len(held) - len(outdated)} versions only; "
            "make the others with: python -m reference record"
        )
    return held


def histories(held: Mapping[str, Recording], cases: list[Case] | None = None) -> list[History]:
    """The history of each case, in the order of the catalog."""
    known = catalog.load() if cases is None else cases
    return [
        history(case, {version: one.cases[case.id] for version, one in held.items()})
        for case in known
        if all(case.id in one.cases for one in held.values())
    ]


def history(case: Case, records: Mapping[str, Record]) -> History:
    """What the records of a case, by version from the oldest to the newest, say of it."""
    added, stable, before = None, None, None
    lacking, changes = "", []
    for version, record in records.items():
        missing = record["end"].get("missing", "")
        if missing and before is None:
            lacking = missing
            continue
        if before is None:
            stable, added = version, version if lacking else None
        elif not _alike(before, record) and (change := _change(case, version, before, record)):
            changes.append(change)
            stable = version
        before = record
        if missing:
            stable = None
    return History(case.id, stable, added, lacking, tuple(changes))


def drift(found: Sequence[History]) -> dict[str, dict[str, list[dict[str, str]]]]:
    """What each version changed, newest first, by aspect: the case, the observation and the words of the finding."""
    grouped: dict[str, dict[str, list[dict[str, str]]]] = {}
    for item in found:
        if item.added_in:
            entry = {"case": item.case, "observation": "", "note": item.lacking}
            grouped.setdefault(item.added_in, {}).setdefault("added", []).append(entry)
        for change in item.changes:
            aspects = grouped.setdefault(change.version, {})
            if not change.findings:
                entry = {"case": item.case, "observation": "", "note": change.reason}
                aspects.setdefault("availability", []).append(entry)
            for finding in change.findings:
                entry = {"case": item.case, "observation": finding.observation, "note": _words(finding)}
                aspects.setdefault(finding.aspect, []).append(entry)
    return grouped


def _words(finding: Finding) -> str:
    """What a finding says; messages in full, since what was reworded may stand at their end."""
    before, after = finding.reference, finding.subject
    if finding.aspect == "error message" and isinstance(before, str) and isinstance(after, str):
        return f"{after!r} instead of {before!r}"
    return finding.note


def _alike(before: Record, record: Record) -> bool:
    """Whether nothing has to be compared; most records are those of the base that both recordings differ from."""
    return record is before or same(before, record)


def _change(case: Case, version: str, before: Record, record: Record) -> Change | None:
    """Where a version departs from the one before it, as a subject would from PyTorch; None if it does not."""
    names = [one["end"].get("missing") for one in (before, record)]
    if names[0] or names[1]:
        reason = f"{names[1]} is missing" if names[1] else f"{names[0]} is there again"
        return Change(version, reason) if names[0] != names[1] else None
    judged = compare_case(case, before, record)
    if judged.verdict in AGREEMENT:
        return None
    departing = tuple(finding for finding in judged.findings if finding.verdict not in AGREEMENT)
    return Change(version, judged.reason, departing)
