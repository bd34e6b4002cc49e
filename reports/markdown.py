"""A report in a few lines of Markdown, such as a comment on a pull request: the score, and what to mend first."""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterator

from conformance.showing import observed
from conformance.verdict import roots

from .model import Report, Score
from .text import visible

ROOTS_SHOWN = 10
LONGEST = 200


def to_markdown(report: Report, page: str = "index.html") -> str:
    """Each subject's score, its counts, and its root departures, silent ones first, with links into the page."""
    parts = [_subject(report, column, score, page) for column, score in enumerate(report.scores, 1)]
    notes = [f"> {code(note)}\n" for note in report.notes]
    return "\n".join("".join(f"{line}\n" for line in part) for part in parts) + "".join(
        ["\n", *notes] if notes else []
    )


def _subject(report: Report, column: int, score: Score, page: str) -> Iterator[str]:
    comparison = score.comparison
    yield f"### {code(score.side.name)} against {code(report.reference.name)}"
    yield ""
    if not score.side.recording.complete:
        yield f"**Incomplete:** the recording broke off, and holds {comparison.total} cases.\n"
    if comparison.total < report.catalog_size:
        yield f"These are {comparison.total} of the {report.catalog_size} cases of the catalog.\n"
    counts = ", ".join(f"{count} {verdict}" for verdict, count in score.counts.items())
    yield f"**{comparison.agreeing} of {comparison.total} cases agree**: {counts}. [The report](<{page}>)"
    found = roots(comparison)
    if found:
        yield f"\nAgreeing, by aspect: {', '.join(observed(comparison))}."
        yield ""
    for root in found[:ROOTS_SHOWN]:
        link = f"[`{root.case_id}`](<{page}#case={root.case_id}&reproduce={column}>)"
        blocks = f", which blocks {len(root.blocks)} more" if root.blocks else ""
        yield f"- **{root.verdict}** {link}{blocks}: {code(root.reason)}"
    if len(found) > ROOTS_SHOWN:
        yield f"- … and {len(found) - ROOTS_SHOWN} more"
    if found:
        spec = shlex.quote(score.side.header["subject"]["spec"])
        command = f"python -m pytest {found[0].case_id} --subject {spec}"
        yield ""
        yield f"The links lead to lines that reproduce each; here, the first is {code(command)}."


def code(text: str) -> str:
    """A text from a subject as a code span, in which Markdown means nothing: no markup, link, or mention."""
    line = " ".join(visible(text).split())
    line = line if len(line) <= LONGEST else f"{line[: LONGEST - 1]}…"
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}" if "`" in line or not line else f"{fence}{line}{fence}"
