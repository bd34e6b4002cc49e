"""What changed between two runs of a subject: what broke, what was fixed, and the rest."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from conformance import catalog
from conformance.verdict import ORDER

from .runs import Judged, Run, read_runs
from .writing import Parser, ReportError, libraries, replace

KINDS = {
    "broken": "agreed before, and does no more",
    "changed": "got another verdict, and agrees as before, or does not as before",
    "fixed": "agrees now, and did not before",
    "new": "was not judged before",
    "gone": "is not judged any more",
}
"""How a case may have changed, in the order in which changes are shown; what is unspecified stands with what agrees."""

SHOWN = 20
BROKE = 1


@dataclass(frozen=True)
class Change:
    """A case whose verdict is not what it was; the side that did not judge it is None."""

    case_id: str
    before: Judged | None
    after: Judged | None

    @property
    def now(self) -> Judged:
        """What is known of the case last."""
        judged = self.after or self.before
        assert judged is not None
        return judged

    @property
    def kind(self) -> str:
        """Which of `KINDS` it is."""
        if self.before is None:
            return "new"
        if self.after is None:
            return "gone"
        if self.before.holds == self.after.holds:
            return "changed"
        return "fixed" if self.after.holds else "broken"


@dataclass(frozen=True)
class Changes:
    """Two runs, and the cases that the later one judges otherwise."""

    before: Run
    after: Run
    of_part: bool = False
    """Whether the later run was meant to be of a part, so that what is gone proves nothing."""

    @cached_property
    def kinds(self) -> dict[str, list[Change]]:
        """The changes of each kind, worst verdict first."""
        found: dict[str, list[Change]] = {kind: [] for kind in KINDS}
        for case_id in dict.fromkeys([*self.after.cases, *self.before.cases]):
            change = Change(case_id, self.before.cases.get(case_id), self.after.cases.get(case_id))
            if change.before is None or change.after is None or change.before.verdict != change.after.verdict:
                found[change.kind].append(change)
        for changes in found.values():
            changes.sort(key=lambda change: ORDER.index(change.now.verdict))
        return found

    @cached_property
    def unproven(self) -> list[str]:
        """The cases that the catalog still has, and that only the earlier run judged."""
        known = {case.id for case in catalog.load()}
        return [change.case_id for change in self.kinds["gone"] if change.case_id in known]

    @property
    def holds(self) -> bool:
        """Whether nothing broke, as far as a run tells that came to its end and judged what it should."""
        return self.after.complete and not self.kinds["broken"] and (self.of_part or not self.unproven)

    @property
    def notes(self) -> list[str]:
        """What a reader must know before believing the rest."""
        notes = [
            f"the recording of {run.name}, {run.when}, is incomplete: what it does not hold is not judged"
            for run in (self.before, self.after)
            if not run.complete
        ]
        if self.before.catalog != self.after.catalog:
            notes.append("the runs are of different catalogs: a case may have changed itself")
        if self.unproven and self.after.complete:
            notes.append(
                f"the later run did not judge {len(self.unproven)} of the catalog's cases that the earlier one judged, "
                "and does not tell whether they broke (--part lets it pass, if it was meant to be of a part)"
            )
        return notes

    @property
    def summary(self) -> str:
        """How many cases changed, by kind."""
        return ", ".join(f"{len(changes)} {kind}" for kind, changes in self.kinds.items())


def lines(changes: Changes) -> Iterator[str]:
    """The changes for a terminal, each kind's first ones; of what broke, all."""
    for run in (changes.before, changes.after):
        yield f"{run.name}, {run.when}: {run.agreeing} of {run.total} cases agree"
    yield changes.summary
    for kind, found in changes.kinds.items():
        shown = found if kind == "broken" else found[:SHOWN]
        for change in shown:
            verdicts = " → ".join(side.verdict for side in (change.before, change.after) if side)
            yield f"{kind:<8} {change.case_id}  {verdicts}  {change.now.reason}".rstrip()
        if len(found) > len(shown):
            yield f"{kind:<8} … and {len(found) - len(shown)} more"
    yield from (f"Note: {note}" for note in changes.notes)


def render(changes: Changes) -> str:
    """The changes as a page."""
    from .page import asset, environment

    template = environment().get_template("changes.html.j2")
    return template.render(changes=changes, kinds=KINDS, style=asset("style.css"))


def main(arguments: Sequence[str]) -> int:
    """Compare two runs as the arguments say; 1 if anything broke. Raises `ReportError`."""
    from conformance.showing import visible

    chosen = _parser().parse_args(arguments)
    runs = read_runs(chosen.runs)
    if len(runs) != 2:
        raise ReportError(
            "changes are between two runs: name PyTorch's recording and then both of the subject's, "
            "or the report.json of both"
        )
    before, after = runs
    changes = Changes(before, after, of_part=chosen.part)
    for line in lines(changes):
        print(visible(line))
    if chosen.output:
        with libraries():
            page = render(changes)
        replace(chosen.output, {"changes.html": page})
        print(chosen.output / "changes.html")
    return 0 if changes.holds else BROKE


def _parser() -> Parser:
    parser = Parser(
        prog="python -m reports changes",
        description="What changed between two runs of a subject. The exit code is 1 if anything broke, "
        "if the later run is incomplete, or if it did not judge a case of the catalog that the earlier one did.",
    )
    add = parser.add_argument
    add(
        "runs",
        nargs="+",
        metavar="FILE",
        help="PyTorch's recording, the earlier and the later; or report.json",
    )
    add(
        "--part",
        action="store_true",
        help="the later run is of a part of the catalog: what it did not judge does not count",
    )
    add("-o", "--output", type=Path, metavar="DIR", help="also write a page, changes.html, into this folder")
    return parser
