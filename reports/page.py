"""The report as one HTML page that needs no network and no other file.

Its tables need no script either; the panels of its cases are kept compressed, and opened by the script.
"""

from __future__ import annotations

import base64
import hashlib
import json
import zlib
from datetime import datetime
from functools import partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from conformance.aspects import shortened
from conformance.documents import DOCUMENTS
from conformance.verdict import AGREEMENT, DEPARTURES, MEANING, NOT_JUDGED, CaseVerdict

from .code import highlighted
from .faults import faults
from .model import VERDICTS, Entry, Report
from .panel import Panels
from .sums import tables
from .text import visible


def render(report: Report) -> str:
    """The page of a report."""
    script = asset("query.js") + asset("page.js")
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            faults=[faults(score.comparison) for score in report.scores],
            tables=tables(report),
            reasons=partial(_reasons, report),
            chunks=packed(report),
            index=_index(report),
            style=Markup(asset("style.css")),
            script=Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


def packed(report: Report) -> dict[str, str]:
    """The panels of each topic's cases, as JSON that is compressed, and so is opened by the script alone."""
    panels = Panels(report)
    topics: dict[str, dict[str, str]] = {}
    for entry in report.entries:
        topics.setdefault(entry.topic, {})[entry.id] = panels.panel(entry)
    return {topic: _compressed(json.dumps(found)) for topic, found in topics.items()}


def _compressed(text: str) -> str:
    return base64.b64encode(zlib.compress(text.encode(), 9)).decode()


def _index(report: Report) -> Markup:
    """What the script filters by: of each case the document, the rows, and each subject's verdict and findings.

    Findings stand as numbers of their kinds, such as `[["value", "silent"], ["text", "different"]]`.
    """
    kinds: dict[tuple[tuple[str, str], ...], int] = {}
    cases = [
        [
            entry.case.document,
            entry.document,
            entry.case.rows,
            [VERDICTS.index(word) for word in entry.words],
            [kinds.setdefault(_kind(verdict), len(kinds)) for verdict in entry.verdicts],
        ]
        for entry in report.entries
    ]
    names = [visible(side.name) for side in report.subjects]
    data = {"subjects": names, "verdicts": VERDICTS, "kinds": list(kinds), "cases": cases}
    return Markup(json.dumps(data, separators=(",", ":")).replace("<", "\\u003c"))


def _kind(verdict: CaseVerdict | None) -> tuple[tuple[str, str], ...]:
    """The aspects of the findings with their verdicts, worst first."""
    findings = {(finding.verdict, finding.aspect) for finding in verdict.findings} if verdict else set()
    return tuple((aspect, found) for found, aspect in sorted(findings, key=_by_verdict))


def _by_verdict(item: tuple[str, str]) -> tuple[int, str]:
    return VERDICTS.index(item[0]), item[1]


def _reasons(report: Report, entry: Entry) -> list[tuple[str, list[str]]]:
    """Every verdict on a case, worst first, with the subjects that got it and why, those alike together.

    What goes without saying is left out: that a single subject agrees. What is long stands in full in the panel.
    """
    alike: dict[tuple[str, str], list[str]] = {}
    for side, word, verdict in zip(report.subjects, entry.words, entry.verdicts, strict=True):
        alike.setdefault((word, _reason(verdict)), []).append(side.name)
    found: dict[str, list[str]] = {}
    for (word, reason), names in alike.items():
        if reason or len(report.subjects) > 1:
            found.setdefault(word, []).append(
                ": ".join(filter(None, [", ".join(names), shortened(reason, 90)]))
            )
    return sorted(found.items(), key=lambda item: VERDICTS.index(item[0]))


def _reason(verdict: CaseVerdict | None) -> str:
    if verdict is None:
        return "a recording does not hold this case"
    if verdict.reason or not verdict.ulp:
        return verdict.reason
    return f"at most {verdict.ulp} ULP from PyTorch"


def environment() -> Environment:
    """What templates are rendered with: they know the verdicts, and show nothing of a subject as markup."""
    made = Environment(
        loader=PackageLoader(__package__),
        autoescape=True,
        finalize=_shown,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(
        agreement=AGREEMENT,
        departures=DEPARTURES,
        documents=DOCUMENTS,
        highlighted=highlighted,
        meaning={**MEANING, NOT_JUDGED: "a recording does not hold the case"},
        verdicts=VERDICTS,
    )
    made.filters.update(ticks=_ticks, word=_css_class, when=_when, span=_span)
    return made


def _shown(value: Any) -> Any:
    """What a template puts out: texts of subjects never hide anything."""
    return visible(value) if type(value) is str else value


def asset(name: str) -> str:
    """The text of a file beside the templates."""
    return (files(__package__) / "templates" / name).read_text(encoding="utf-8")


def _ticks(text: str) -> Markup:
    """A sentence whose `code` stands between backticks."""
    parts = visible(text).split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    code = Markup("<code>{}</code>")
    return Markup("").join(
        code.format(part) if place % 2 else escape(part) for place, part in enumerate(parts)
    )


def _css_class(verdict: str) -> str:
    return verdict.replace(" ", "-")


def _when(started: str) -> str:
    """A recording's moment, to the minute."""
    try:
        return datetime.fromisoformat(started.replace("Z", "+00:00")).strftime("%Y-%m-%d %H:%M UTC")
    except ValueError:
        return started


def _span(seconds: float) -> str:
    """A duration as people say it."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    return f"{seconds:.1f} s" if seconds < 60 else f"{seconds / 60:.0f} min {seconds % 60:.0f} s"
