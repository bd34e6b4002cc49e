"""The report as one HTML page that needs no network, no other file, and no script to be read."""

from __future__ import annotations

import base64
import hashlib
import re
from datetime import datetime
from functools import partial
from importlib.resources import files
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from conformance.documents import DOCUMENTS
from conformance.snippet import snippet
from conformance.verdict import AGREEMENT, DEPARTURES, MEANING

from .code import highlighted
from .drawing import Gallery
from .model import NOT_JUDGED, VERDICTS, Entry, Report, departing
from .panel import Panels
from .text import visible


def render(report: Report) -> str:
    """The page of a report."""
    gallery = Gallery()
    script = asset("page.js")
    return (
        environment()
        .get_template("page.html.j2")
        .render(
            report=report,
            blocks=Panels(gallery).blocks,
            snippets=partial(_snippets, report),
            gallery=gallery,
            style=Markup(asset("style.css") + _column_names(report)),
            script=Markup(script),
            script_hash=base64.b64encode(hashlib.sha256(script.encode()).digest()).decode(),
        )
    )


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
        meaning={**MEANING, NOT_JUDGED: "a recording does not hold the case"},
        verdicts=VERDICTS,
        highlighted=highlighted,
        aspects_of=_aspects_of,
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


def _aspects_of(entry: Entry) -> str:
    """Each subject's findings as the script reads them: `value:silent text:different|…`."""
    columns = []
    for verdict in entry.verdicts:
        findings = verdict.findings if verdict else []
        found = (f"{finding.aspect.replace(' ', '_')}:{finding.verdict}" for finding in findings)
        columns.append(" ".join(dict.fromkeys(found)))
    return "|".join(columns)


def _snippets(report: Report, entry: Entry) -> list[tuple[str, str]]:
    """A reproduction for each subject that departs, or one for all where none does."""
    made = []
    for side, verdict in zip(report.subjects, entry.verdicts, strict=True):
        found = departing(verdict) if verdict else []
        if found:
            subject = side.header["subject"]
            made.append((side.name, snippet(entry.case, subject["spec"], found[0], subject["device"])))
    if made:
        return made
    subject = report.subjects[0].header["subject"]
    return [(report.subjects[0].name, snippet(entry.case, subject["spec"], None, subject["device"]))]


def _column_names(report: Report) -> str:
    """Style rules that name each cell where a narrow window stacks the columns."""
    names = [report.reference.name, *(side.name for side in report.subjects)]
    rules = (
        f'.obs td:nth-child({column}):not([colspan])::before{{content:"{_css_text(visible(name))}"}}'
        for column, name in enumerate(names, 2)
    )
    return "@media (max-width:700px){" + "".join(rules) + "}"


def _css_text(text: str) -> str:
    """Text inside a CSS string, with everything but letters and digits escaped."""
    plain = re.compile("[A-Za-z0-9]")
    return "".join(letter if plain.match(letter) else f"\\{ord(letter):x} " for letter in text)
