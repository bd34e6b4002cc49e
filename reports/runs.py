"""Runs of a subject, to be compared with each other: recordings that a reference judges, or what reports kept."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timezone
from functools import cached_property
from pathlib import Path
from typing import Any

from conformance import catalog
from conformance.comparison import ComparisonError, compare
from conformance.recording import Recording, RecordingError, read
from conformance.showing import named
from conformance.sources import SourceError, located
from conformance.verdict import AGREEMENT, ORDER

from .export import FORMAT
from .writing import ReportError


@dataclass(frozen=True)
class Judged:
    """What a run made of one case."""

    verdict: str
    reason: str
    claim: str

    @property
    def holds(self) -> bool:
        """Whether nothing is held against the subject."""
        return self.verdict in AGREEMENT or self.verdict == "unspecified"


@dataclass(frozen=True)
class Run:
    """What one run of a subject was judged to be; `started` is empty where its recording does not say."""

    name: str
    started: str
    complete: bool
    catalog: str
    cases: dict[str, Judged]

    @property
    def moment(self) -> datetime | None:
        """When the run began, by UTC, if that is known."""
        try:
            return datetime.fromisoformat(self.started.replace("Z", "+00:00")).astimezone(timezone.utc)
        except (ValueError, OverflowError):
            return None

    @property
    def when(self) -> str:
        """The same, to the minute, for a reader."""
        return self.moment.strftime("%Y-%m-%d %H:%M UTC") if self.moment else "undated"

    @cached_property
    def counts(self) -> dict[str, int]:
        """How many cases got each verdict, worst first."""
        counted = Counter(judged.verdict for judged in self.cases.values())
        return {verdict: counted[verdict] for verdict in ORDER if counted[verdict]}

    @property
    def agreeing(self) -> int:
        """How many cases agree."""
        return sum(count for verdict, count in self.counts.items() if verdict in AGREEMENT)

    @property
    def total(self) -> int:
        """How many cases were judged; never none."""
        return len(self.cases)


def read_runs(names: Sequence[str]) -> list[Run]:
    """The runs in files: what a `report.json` says of one, and recordings, which the first of them judges.

    Raises `ReportError`.
    """
    reference: Recording | None = None
    runs = []
    for name in names:
        if name.endswith(".json"):
            runs.append(_reported(Path(name)))
            continue
        try:
            held = read(located(name))
            if reference is not None:
                runs.append(_judged(reference, held))
        except ComparisonError as error:
            raise ReportError(f"{name}: {error}") from error
        except (RecordingError, SourceError) as error:  # which name the file
            raise ReportError(str(error)) from error
        reference = reference or held
    return runs


def _judged(reference: Recording, held: Recording) -> Run:
    claims = {case.id: case.claim for case in catalog.load()}
    cases = {
        case.id: Judged(case.verdict, case.reason, claims[case.id]) for case in compare(reference, held).cases
    }
    started = held.header.get("started", "")
    return Run(named(held.header), started, held.complete, held.header["catalog"], cases)


def _reported(path: Path) -> Run:
    """The run that a report was made of."""
    again = "make the report again, or give the recordings, PyTorch's first"
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
        if data["format"] != FORMAT:
            raise ReportError(f"{path} is of format {data['format']}, not {FORMAT}: {again}")
        if len(data["subjects"]) != 1:
            raise ReportError(f"{path} is about {len(data['subjects'])} subjects, not one: {again}")
        return _run_of(data)
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read ({error}): {again}") from error
    except (KeyError, TypeError, AttributeError) as error:
        raise ReportError(f"{path} is not a report.json of this suite: {again}") from error


def _run_of(data: dict[str, Any]) -> Run:
    [subject] = data["subjects"]
    cases = {
        str(case["id"]): Judged(judged["verdict"], str(judged["reason"]), str(case["claim"]))
        for case in data["cases"]
        if (judged := case["subjects"][0])
    }
    if not cases or not {judged.verdict for judged in cases.values()} <= set(ORDER):
        raise ValueError("it holds no verdicts")
    complete = subject["complete"] is True
    return Run(str(subject["name"]), str(subject.get("started", "")), complete, str(data["catalog"]), cases)
