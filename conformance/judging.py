"""What judges cases one at a time for the pytest plugin, and gathers the records for a report."""

from __future__ import annotations

import json
from argparse import Namespace
from collections.abc import Iterator, Sequence
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from . import catalog, choosing, expectations
from .case import Case
from .choosing import ChoosingError
from .comparison import ComparisonError, block, compare_case
from .devices import unplaced
from .expectations import ExpectationsError
from .publishing import PublishingError, publish
from .query import QueryError
from .recording import FORMAT, Recording, RecordingError
from .runner import Worker
from .showing import named, reasons, visible
from .snippet import snippet
from .sources import Source, SourceError, reference_source, refuse_unwritable, source
from .subject import SubjectError
from .verdict import DEPARTURES, CaseVerdict

REFUSALS = (
    ChoosingError,
    ComparisonError,
    ExpectationsError,
    PublishingError,
    QueryError,
    RecordingError,
    SourceError,
    SubjectError,
)
"""What is raised for input that cannot be used; each message is one sentence for the user."""


class Side:
    """The reference or the subject: a recording, or a worker that is started when it is first needed."""

    def __init__(self, origin: Source, device: str, timeout: float, memory: float):
        """Start nothing yet."""
        self.origin, self.timeout = origin, timeout
        self.records: dict[str, dict[str, Any]] = {}
        self.worker = None if origin.recording else Worker(origin.text, device, memory=memory)
        self.refusal: SubjectError | None = None

    @property
    def header(self) -> dict[str, Any]:
        """What the header of a recording says of this side; raises `SubjectError` if it cannot be run."""
        if self.origin.recording:
            return self.origin.recording.header
        if self.refusal:
            raise self.refusal
        assert self.worker is not None
        try:
            return self.worker.header
        except SubjectError as error:  # a start may take long, so it is tried once
            self.refusal = error
            raise

    def record(self, case_id: str) -> dict[str, Any]:
        """What this side does in a case."""
        if self.origin.recording:
            if not self.holds(case_id):
                raise SourceError(
                    f"the recording {self.origin.text} does not hold {case_id}: record it again"
                )
            return self.origin.recording.cases[case_id]
        if case_id not in self.records:
            self._run(case_id, shared=True)
        return self.records[case_id]

    def record_alone(self, case_id: str) -> dict[str, Any]:
        """The same, where the case has a process of its own if it is run at all."""
        if self.origin.recording is None:
            self._run(case_id, shared=False)
        return self.record(case_id)

    def holds(self, case_id: str) -> bool:
        """Whether there is, or can be, a record of a case."""
        return self.origin.recording is None or case_id in self.origin.recording.cases

    def close(self) -> None:
        """End the worker, if there is one."""
        if self.worker is not None:
            self.worker.close()

    def _run(self, case_id: str, *, shared: bool) -> None:
        if self.header:  # which refuses a subject that cannot be run
            assert self.worker is not None
            self.records[case_id] = self.worker.run(case_id, self.timeout, shared=shared)


class Judge:
    """The verdicts on single cases, for the options of a run of pytest."""

    def __init__(self, options: Namespace):
        """Raise one of `REFUSALS` for options that cannot be used."""
        self.options = options
        self.cases: dict[str, Case] = {case.id: case for case in catalog.load()}
        self.expected: dict[str, str] = {}
        if options.expectations:
            self.expected = expectations.read(Path(options.expectations), list(self.cases))
        if options.report:
            refuse_unwritable(Path(options.report) / "recordings")
        limits = options.case_timeout, options.case_memory
        self.reference = Side(reference_source(options.reference), "cpu", *limits)
        self.subject = Side(source(options.subject), options.device, *limits)
        known = self.reference.origin.recording, self.subject.origin.recording
        self.chosen = {case.id for case in choosing.chosen_cases([], options.select, *known)}
        self._verdicts: dict[str, CaseVerdict] = {}

    def introduction(self) -> list[str]:
        """What is compared with what, as lines for the head of a run."""
        lines = [f"conformance: {self.options.subject} against {self.options.reference}"]
        return [*lines, *self.notes()]

    def notes(self) -> list[str]:
        """What a reader of the results must know of the two sides."""
        return [side.origin.note for side in (self.reference, self.subject) if side.origin.note]

    def verdict(self, case: Case) -> CaseVerdict:
        """The verdict on a case; if it departs, the cases that it builds on are judged too."""
        own = self._own(case)
        if own.verdict not in DEPARTURES:
            return own
        below = dict.fromkeys(self._below(case, set()))
        builds_on = {case_id: self.cases[case_id].builds_on for case_id in (case.id, *below)}
        return block([own, *(self._own(self.cases[case_id]) for case_id in below)], builds_on)[0]

    def explanation(self, case: Case, judged: CaseVerdict) -> str:
        """Why a case does not agree, and how to reproduce it."""
        first, *rest = reasons(judged, [named(side.header) for side in (self.reference, self.subject)])
        spec = self.subject.header["subject"]["spec"]
        text = snippet(case, spec, judged.first, self.options.device)
        return visible(
            "\n".join([first, f"  {case.claim}", *rest, "", "To reproduce, paste into python:", "", text])
        )

    def luggage(self, case: Case) -> str:
        """What both sides did in a case, as text for another process; empty if it could not be judged."""
        if case.id not in self._verdicts:
            return ""
        sides = {"reference": self.reference, "subject": self.subject}
        return json.dumps({name: [side.header, side.record(case.id)] for name, side in sides.items()})

    def close(self) -> None:
        """End the workers."""
        self.reference.close()
        self.subject.close()

    def _own(self, case: Case) -> CaseVerdict:
        if case.id not in self._verdicts:
            judged = self._judged(case, self.subject.record(case.id))
            if judged.verdict in DEPARTURES:  # which it must show alone
                judged = self._judged(case, self.subject.record_alone(case.id))
            self._verdicts[case.id] = judged
        return self._verdicts[case.id]

    def _judged(self, case: Case, record: dict[str, Any]) -> CaseVerdict:
        reference = unplaced(self.reference.record(case.id), self.reference.header)
        return compare_case(case, reference, unplaced(record, self.subject.header))

    def _below(self, case: Case, seen: set[str]) -> Iterator[str]:
        """The ids of the cases that a case builds on, directly or not."""
        for case_id in case.builds_on:
            held = self.reference.holds(case_id) and self.subject.holds(case_id)
            if held and case_id in self.cases and case_id not in seen:
                seen.add(case_id)
                yield case_id
                yield from self._below(self.cases[case_id], seen)


class Gathering:
    """The records of a run of pytest, brought together in the process that writes the report."""

    def __init__(self, folder: Path, shard: str = ""):
        """Write nothing yet; `shard` is what the recordings say they are, if they are one."""
        self.folder = folder
        self.shard = {"shard": shard} if shard else {}
        self.started = datetime.now(timezone.utc).isoformat(timespec="seconds")
        self.asked: list[str] = []
        self.sides: dict[str, dict[str, tuple[Any, Any]]] = {"reference": {}, "subject": {}}

    def add(self, luggage: str) -> None:
        """Take in what `Judge.luggage` sent."""
        for name, (header, record) in json.loads(luggage).items():
            self.sides[name][record["id"]] = header, record

    def publish(self, known: Sequence[str], notes: Sequence[str]) -> str:
        """Write the report and say where it is; raises one of `REFUSALS` if it cannot be written."""
        if not self.sides["subject"]:
            return "no case was run, so there is no report"
        asked = {*self.asked, *self.sides["subject"]}
        order = [case_id for case_id in known if case_id in asked]
        ran = [case_id for case_id in order if case_id in self.sides["subject"]]
        recordings = {
            "reference": self._recording(self.sides["reference"], ran),
            "subject": self._recording(self.sides["subject"], order),
        }
        return f"report: {publish(self.folder, recordings, notes)}"

    def _recording(self, found: dict[str, tuple[Any, Any]], order: list[str]) -> Recording:
        cases = {case_id: found[case_id][1] for case_id in order if case_id in found}
        header = {"started": self.started, **next(iter(found.values()))[0]}
        header.update(record="header", format=FORMAT, cases=order, **self.shard)
        seconds = round(sum(record.get("seconds", 0.0) for record in cases.values()), 3)
        footer = {"record": "footer", "cases": len(cases), "seconds": seconds}
        return Recording(header, cases, footer if len(cases) == len(order) else None)
