"""A report as JSON; `report.schema.json` beside this file says what stands in it."""

from __future__ import annotations

import json
from typing import Any

from conformance.documents import DOCUMENTS
from conformance.verdict import CaseVerdict, Finding

from .model import Entry, Report, Score, departing

FORMAT = 1


def to_json(report: Report) -> str:
    """The report's verdicts and sums, with the findings that are no agreement."""
    data = {
        "format": FORMAT,
        "catalog": report.reference.header["catalog"],
        "notes": list(report.notes),
        "reference": _header(report.reference.header),
        "subjects": [_subject(score) for score in report.scores],
        "documents": [_document(key, report) for key in DOCUMENTS],
        "cases": [_case(entry) for entry in report.entries],
    }
    return json.dumps(data, ensure_ascii=True, indent=1) + "\n"


def _header(header: dict[str, Any]) -> dict[str, Any]:
    return {key: header[key] for key in ("subject", "platform", "started") if key in header}


def _subject(score: Score) -> dict[str, Any]:
    return {
        **_header(score.side.header),
        "name": score.side.name,
        "complete": score.side.recording.complete,
        "seconds": round(score.side.seconds, 6),
        "agreeing": score.comparison.agreeing,
        "total": score.comparison.total,
        "counts": score.counts,
        "aspects": {aspect: dict(sorted(counts.items())) for aspect, counts in score.aspects.items()},
    }


def _document(key: str, report: Report) -> dict[str, Any]:
    rows = [
        {
            "key": row.key,
            "behaviour": row.behaviour,
            "cases": [entry.id for entry in row.entries],
            "verdicts": list(row.words),
        }
        for row in report.documents[key]
    ]
    return {"key": key, "title": DOCUMENTS[key].title, "rows": rows}


def _case(entry: Entry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "claim": entry.case.claim,
        "document": entry.case.document,
        "rows": list(entry.case.rows),
        "subjects": [_verdict(verdict) if verdict else None for verdict in entry.verdicts],
    }


def _verdict(verdict: CaseVerdict) -> dict[str, Any]:
    return {
        "verdict": verdict.verdict,
        "reason": verdict.reason,
        "ulp": verdict.ulp,
        "findings": [_finding(finding) for finding in departing(verdict)],
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "observation": finding.observation,
        "aspect": finding.aspect,
        "verdict": finding.verdict,
        "note": finding.note,
        "reference": finding.reference,
        "subject": finding.subject,
    }
