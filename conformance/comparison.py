"""From two recordings to verdicts: a pure function of plain data."""

from __future__ import annotations

import signal
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import catalog
from .aspects import (
    ASPECTS,
    Tolerance,
    absence,
    graph_distance,
    plain_distance,
    shortened,
    text_distance,
    tolerance_of,
    value_distance,
)
from .case import Case
from .devices import remark, unplaced
from .pairing import Pair, paired
from .recording import Recording
from .values import DataError, Distance, plain
from .verdict import AGREEMENT, DEPARTURES, ORDER, WHOLE, CaseVerdict, Comparison, Finding, worst

Record = Mapping[str, Any]


class ComparisonError(ValueError):
    """Recordings that cannot be compared, in one sentence for the user."""


@dataclass(frozen=True)
class _Judged:
    """A finding, its observation's place, and its scope: the aspect, the observation, or the rest.

    `called` tells that the observation is what a call gave, and not what was merely looked at.
    """

    place: int
    scope: str
    finding: Finding
    called: bool = False


def compare(
    reference: Recording,
    subject: Recording,
    others: Sequence[Recording] = (),
    cases: Sequence[Case] | None = None,
) -> Comparison:
    """Judge a subject's recording by that of PyTorch.

    `others` are further recordings of PyTorch: where one of them departs from the reference, what the subject
    does is unspecified. `cases` is the catalog that all were made from, by default the installed one.
    Raises `ComparisonError` for recordings of different catalogs, or if they have no case in common.
    """
    recordings = [reference, subject, *others]
    _refuse_other_catalogs(recordings, None if cases else catalog.digest())
    known = catalog.load() if cases is None else cases
    judged = [
        compare_case(
            case,
            unplaced(reference.cases[case.id], reference.header),
            unplaced(subject.cases[case.id], subject.header),
            [unplaced(other.cases[case.id], other.header) for other in others if case.id in other.cases],
        )
        for case in known
        if case.id in reference.cases and case.id in subject.cases
    ]
    if not judged:
        raise ComparisonError("the recordings have no case in common: record both with the same cases")
    return Comparison(
        reference.header,
        subject.header,
        block(judged, {case.id: case.builds_on for case in known}),
        [note for recording in recordings for note in _notes(recording)] + _unmatched(reference, subject),
    )


def compare_case(
    case: Case, reference: Record, subject: Record, others: Sequence[Record] = ()
) -> CaseVerdict:
    """Judge one case by its two records; what the cases that it builds on make of it is `block`'s matter."""
    if not reference["observations"] and reference["end"]["how"] == "returned":
        raise ComparisonError(f"{case.id} yields nothing on the reference: a case must yield an observation")
    try:
        judged = _judge(reference, subject, case.tolerance)
        disputes = [item for other in others for item in _judge(reference, other, case.tolerance)]
    except DataError as error:
        raise ComparisonError(f"{case.id}: {error}") from error
    if "missing" in reference["end"]:
        reason = f"this PyTorch has no {reference['end']['missing']}"
        return CaseVerdict(case.id, "unspecified", [_unheld(item, reason) for item in judged], reason)
    disputes = [item for item in disputes if item.finding.verdict not in AGREEMENT]
    findings = [_settled(item, disputes) for item in judged]
    against = [finding.verdict for finding in findings if finding.verdict not in AGREEMENT]
    verdict = worst(against or [finding.verdict for finding in findings])
    ulp = max((finding.ulp for finding in findings if finding.ulp is not None), default=None)
    return CaseVerdict(case.id, verdict, findings, _reason(verdict, findings), ulp)


def block(verdicts: Iterable[CaseVerdict], builds_on: Mapping[str, Sequence[str]]) -> list[CaseVerdict]:
    """Turn a case's departure into `blocked` where a case that it builds on departs too, and at least as badly.

    So one fault has one root, while a wrong value is never hidden behind a name, a flag or an API that is missing.
    `builds_on` gives the ids that a case directly builds on; the root is the first of them all that departs so.
    """
    found = {verdict.id: verdict for verdict in verdicts}

    def root(verdict: CaseVerdict, case_id: str, above: tuple[str, ...]) -> CaseVerdict | None:
        for below in builds_on.get(case_id, ()):
            if below in above:
                continue
            if deeper := root(verdict, below, (*above, below)):
                return deeper
            if below in found and ORDER.index(found[below].verdict) <= ORDER.index(verdict.verdict):
                return found[below]
        return None

    settled = []
    for verdict in found.values():
        cause = root(verdict, verdict.id, (verdict.id,)) if verdict.verdict in DEPARTURES else None
        if cause:
            reason = f"builds on {cause.id}, which is {cause.verdict}"
            settled.append(replace(verdict, verdict="blocked", reason=reason, cause=cause.id))
        else:
            settled.append(verdict)
    return settled


def _judge(reference: Record, subject: Record, tolerance: Tolerance | None) -> list[_Judged]:
    judged: list[_Judged] = []
    for pair in paired(reference, subject):
        judged.extend(_judge_pair(pair, tolerance))
    last = len(reference["observations"])
    judged.extend(_judge_ends(last, reference, subject))
    if reference["end"]["how"] == subject["end"]["how"] == "returned":
        judged.extend(_judge_streams(last, reference, subject, judged))
    return _excused(judged)


def _excused(judged: Sequence[_Judged]) -> list[_Judged]:
    """What is looked at after a step that the subject lacks is not held against it: that step may be why.

    What a later call gives is, as is what became of the process.
    """
    lacking = ""
    excused = []
    for item in judged:
        verdict = item.finding.verdict
        if item.scope == "observation" and verdict == "unsupported":
            lacking = item.finding.note
        elif lacking and not item.called and verdict in DEPARTURES - {"crash", "timeout"}:
            item = replace(item, finding=replace(item.finding, verdict="unsupported", note=lacking))
        excused.append(item)
    return excused


def _judge_pair(pair: Pair, tolerance: Tolerance | None) -> list[_Judged]:
    reference, subject = pair.reference, pair.subject
    called = any(
        "returned" in side or "error type" in side["aspects"] for side in (reference, subject) if side
    )
    if reference is None or subject is None or reference["label"] != subject["label"]:
        return [_Judged(pair.place, "observation", _unpaired(reference, subject), called)]
    theirs, ours = reference["aspects"], subject["aspects"]
    lacking = _lacks(reference, reference), _lacks(subject, reference)
    if ("error type" in theirs) != ("error type" in ours) or lacking[0] != lacking[1]:
        return [_Judged(pair.place, "observation", _raised_on_one_side(reference, subject), called)]
    findings = []
    near = None
    for aspect in ASPECTS:
        if aspect in theirs and aspect in ours:
            found = absence(theirs[aspect], ours[aspect]) or _distance(aspect, theirs, ours, tolerance, near)
            if (aspect, found.verdict) == ("value", "close"):
                near = tolerance_of(theirs["value"], tolerance)
            findings.append(_finding(pair.label, aspect, found, theirs[aspect], ours[aspect]))
    lonely = [aspect for aspect in ASPECTS if (aspect in theirs) != (aspect in ours)]
    if lonely and all(finding.verdict in AGREEMENT for finding in findings):
        findings.append(_lonely(pair.label, lonely[0], theirs, ours))
    return [_Judged(pair.place, "aspect", finding, called) for finding in findings]


def _distance(aspect: str, theirs: Record, ours: Record, tolerance: Tolerance | None, near: Any) -> Distance:
    if aspect == "value":
        return value_distance(theirs[aspect], ours[aspect], tolerance)
    if aspect == "text":
        return text_distance(theirs[aspect], ours[aspect], near)
    return (graph_distance if aspect == "graph" else plain_distance)(theirs[aspect], ours[aspect])


def _finding(label: str, aspect: str, found: Distance, reference: Any, subject: Any) -> Finding:
    return Finding(label, aspect, found.verdict, reference, subject, found.ulp, found.note)


def _unpaired(reference: Record | None, subject: Record | None) -> Finding:
    theirs, ours = (side["label"] if side else None for side in (reference, subject))
    if reference is None:
        note = "PyTorch has no such observation"
    elif subject is None:
        note = "the subject has no such observation"
    else:
        note = f"the subject has {shortened(str(ours))!r} here"
    return Finding(str(theirs or ours), "label", "different", theirs, ours, note=note)


def _lacks(observation: Record, reference: Record) -> bool:
    """Whether a side lacks what was called; what PyTorch itself says is not implemented is what it does."""
    kinds = {side["aspects"].get("error type") for side in (observation, reference)}
    return "missing" in observation and kinds != {"NotImplementedError"}


def _raised_on_one_side(reference: Record, subject: Record) -> Finding:
    """The finding where one side raised and the other did not, or where one lacks what was called."""
    label = reference["label"]
    theirs, ours = (_raised(side["aspects"]) for side in (reference, subject))
    sides = theirs or None, ours or None
    if _lacks(reference, reference):
        note = f"this PyTorch has no {reference['missing']}"
        return Finding(label, "error type", "unspecified", *sides, note=note)
    if _lacks(subject, reference):
        return Finding(label, "error type", "unsupported", *sides, note=f"missing {subject['missing']}")
    if ours:
        return Finding(label, "error type", "error", *sides, note=f"raised {ours}")
    value = subject["aspects"].get("value")
    if isinstance(value, dict) and "raised" in value:
        note = f"raised {value['raised']} only when its value was asked for"
        return Finding(label, "error type", "different", *sides, note=note)
    note = f"returned {_returned(subject['aspects'])} where PyTorch raises {theirs}"
    return Finding(label, "error type", "silent", *sides, note=note)


def _returned(aspects: Record) -> str:
    """What a call gave, in a few words; what has no text is plain."""
    return shortened(
        aspects["text"] if isinstance(aspects.get("text"), str) else repr(plain(aspects.get("value")))
    )


def _lonely(label: str, aspect: str, theirs: Record, ours: Record) -> Finding:
    note = f"has no {aspect}" if aspect in theirs else f"has {aspect}, which PyTorch's has not"
    return Finding(label, aspect, "different", theirs.get(aspect), ours.get(aspect), note=note)


def _judge_ends(last: int, reference: Record, subject: Record) -> list[_Judged]:
    """Findings on how the case ended, at the first observation that is lacking because of it."""
    theirs, ours = reference["end"], subject["end"]
    taken = len(subject["observations"])
    if theirs["how"] == "returned":
        place = min(taken, last)
        label = reference["observations"][place]["label"] if place < last else "end"
    else:
        place, label = last, "end"
    if theirs["how"] in ("crash", "timeout"):
        found = Distance("unspecified", note=f"PyTorch itself {ending(theirs)}")
    elif ours["how"] in ("crash", "timeout"):
        found = Distance(ours["how"], note=ending(ours))
    elif "raised" not in (theirs["how"], ours["how"]):
        return []
    elif theirs["how"] == ours["how"] and theirs.get("missing") == ours.get("missing"):
        pairs = {key: (theirs[key], ours[key]) for key in ("error type", "error message")}
        found_by_key = {
            key: _finding("end", key, plain_distance(*pair), *pair) for key, pair in pairs.items()
        }
        return [_Judged(last, "aspect", finding) for finding in found_by_key.values()]
    elif ours["how"] == "returned":
        found = Distance("silent", note=f"went on where PyTorch {ending(theirs)}")
    elif "missing" in ours:
        found = Distance("unsupported", note=f"missing {ours['missing']}")
    else:
        found = Distance("error", note=ending(ours))
    return [_Judged(place, "rest", _finding(label, "end", found, theirs, ours))]


def ending(end: Record) -> str:
    """How a case ended, in words that follow the subject's name."""
    if end["how"] == "raised":
        return f"raised {_raised(end)}"
    if end["how"] == "timeout":
        return f"did not end within {end['after']:g} s"
    if "memory" in end:
        return f"was ended, as it held more than {end['memory'] / (1 << 30):g} GiB of memory"
    if end["how"] == "crash":
        return f"crashed ({_exit(end['exit'])})"
    return "came to its end"


def _raised(error: Record) -> str:
    """An exception as Python prints it, in one line; empty if there was none."""
    return shortened(f"{error.get('error type', '')}: {error.get('error message', '')}".strip(": "), 160)


def _exit(code: int) -> str:
    try:
        return signal.Signals(-code).name
    except ValueError:
        return f"exit code {code}"


def _judge_streams(last: int, reference: Record, subject: Record, judged: Sequence[_Judged]) -> list[_Judged]:
    """Findings on what was printed and warned of; printed numbers may move as values of the case do."""
    values = [item.finding for item in judged if item.finding.aspect == "value"]
    close = [tolerance_of(finding.reference, None) for finding in values if finding.verdict == "close"]
    near = max(close, default=None)
    found = []
    for label, theirs, ours in (
        ("stdout", reference["stdout"], subject["stdout"]),
        ("warnings", _warnings(reference), _warnings(subject)),
    ):
        if theirs or ours:
            finding = _finding(label, "text", text_distance(theirs, ours, near), theirs, ours)
            found.append(_Judged(last, label, finding))
    return found


def _warnings(record: Record) -> str:
    return "\n".join(f"{category}: {text}" for category, text in record["warnings"])


def _settled(item: _Judged, disputes: Sequence[_Judged]) -> Finding:
    """The finding, or `unspecified` for a departure where another PyTorch departs from the reference too."""
    if item.finding.verdict in AGREEMENT:
        return item.finding
    for dispute in disputes:
        if (
            (dispute.scope == "rest" and item.place >= dispute.place)
            or (dispute.scope == "observation" and item.place == dispute.place)
            or (
                (dispute.place, dispute.scope, dispute.finding.aspect)
                == (item.place, item.scope, item.finding.aspect)
            )
        ):
            return _unheld(item, f"PyTorch disagrees with itself: {dispute.finding.note}")
    return item.finding


def _unheld(item: _Judged, note: str) -> Finding:
    return replace(item.finding, verdict="unspecified", note=note, ulp=None)


def _reason(verdict: str, findings: Sequence[Finding]) -> str:
    """Why a case does not agree: what is missing, or where it departs first."""
    if verdict in AGREEMENT:
        return ""
    chosen = [finding for finding in findings if finding.verdict == verdict]
    if verdict in ("unsupported", "unspecified"):
        return "; ".join(dict.fromkeys(finding.note for finding in chosen if finding.note))
    first = chosen[0]
    where = repr(first.observation) if first.aspect in WHOLE else f"{first.aspect} of {first.observation!r}"
    return f"{where}: {first.note}"


def _refuse_other_catalogs(recordings: Sequence[Recording], installed: str | None) -> None:
    digests = {recording.header["catalog"] for recording in recordings}
    if len(digests) > 1:
        raise ComparisonError(
            "the recordings were made from different catalogs and cannot be compared: record both again"
        )
    if installed is not None and digests != {installed}:
        raise ComparisonError(
            "the recordings were made from another catalog than the one installed here: record them again"
        )


def _notes(recording: Recording) -> list[str]:
    """What a reader must know of a recording before believing a score."""
    if recording.complete:
        return remark(recording.header)
    subject = recording.header["subject"]
    asked = len(recording.header["cases"])
    held = len(recording.cases)
    told = f"the recording of {subject['name']} {subject['version']} is incomplete: {held} of {asked} cases"
    return [told, *remark(recording.header)]


def _unmatched(reference: Recording, subject: Recording) -> list[str]:
    lacking = {
        "reference's": len(subject.cases.keys() - reference.cases.keys()),
        "subject's": len(reference.cases.keys() - subject.cases.keys()),
    }
    return [
        f"not judged: {count} cases that the {side} recording does not hold"
        for side, count in lacking.items()
        if count
    ]
