"""A report as JUnit XML, for continuous integration: a suite for each subject, a test case for each case."""

from __future__ import annotations

from xml.etree import ElementTree as ET

from conformance.verdict import AGREEMENT, CaseVerdict

from .display import pieces
from .model import NOT_JUDGED, Entry, Report, Score, departing
from .text import visible

_FAILURES = frozenset({"silent", "different", "error"})
_SKIPPED = frozenset({"unsupported", "blocked", "unspecified"})
_FINDINGS_SHOWN = 5


def to_junit(report: Report) -> str:
    """A departure is a failure; a case that died, hung or was not recorded an error; the rest is skipped."""
    root = ET.Element("testsuites", name="autograd conformance")
    for column, score in enumerate(report.scores):
        root.append(_suite(score, column, report))
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _suite(score: Score, column: int, report: Report) -> ET.Element:
    outcomes = [_outcome(entry.words[column]) for entry in report.entries]
    suite = ET.Element(
        "testsuite",
        name=visible(f"{score.side.name} against {report.reference.name}"),
        tests=str(len(outcomes)),
        failures=str(outcomes.count("failure")),
        errors=str(outcomes.count("error")),
        skipped=str(outcomes.count("skipped")),
        time=f"{score.side.seconds:.6f}",
    )
    if started := score.side.header.get("started"):
        suite.set("timestamp", visible(started))
    suite.extend(_case(entry, column) for entry in report.entries)
    return suite


def _case(entry: Entry, column: int) -> ET.Element:
    file, _, name = entry.id.partition("::")
    record, verdict, word = entry.records[column], entry.verdicts[column], entry.words[column]
    seconds = record.get("seconds", 0.0) if record else 0.0
    case = ET.Element("testcase", classname=file, name=name, time=f"{seconds:.6f}")
    if outcome := _outcome(word):
        reason = (verdict.reason if verdict else "") or "a recording does not hold this case"
        told = ET.SubElement(case, outcome, message=visible(f"{word}: {reason}"))
        if outcome != "skipped":
            told.set("type", word)
        told.text = visible(_told(verdict)) if verdict else None
    return case


def _outcome(word: str) -> str:
    """The element that JUnit has for a verdict; none for an agreement."""
    if word in AGREEMENT:
        return ""
    if word in _FAILURES:
        return "failure"
    return "skipped" if word in _SKIPPED and word != NOT_JUDGED else "error"


def _told(verdict: CaseVerdict) -> str:
    found = departing(verdict)
    parts = []
    for finding in found[:_FINDINGS_SHOWN]:
        theirs, ours = (
            "".join(piece.text for piece in side) for side in pieces(finding.reference, finding.subject)
        )
        note = f": {finding.note}" if finding.note else ""
        parts.append(
            f"{finding.verdict}, {finding.aspect} of {finding.observation!r}{note}\n"
            f"PyTorch:\n{theirs}\nsubject:\n{ours}"
        )
    if len(found) > _FINDINGS_SHOWN:
        parts.append(f"and {len(found) - _FINDINGS_SHOWN} more findings")
    return "\n\n".join(parts)
