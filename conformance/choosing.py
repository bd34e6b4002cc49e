"""Which cases a command is about: the options that say so, and the cases that they leave."""

from __future__ import annotations

from argparse import ArgumentParser
from collections.abc import Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase
from typing import Any

from . import catalog
from .case import Case
from .comparison import compare
from .expectations import nearest
from .query import Row, compile_query
from .recording import Recording
from .showing import named
from .verdict import NOT_JUDGED, CaseVerdict, Comparison, worst

SELECT_HELP = "only the cases that a query means, such as 'topic:hooks* document:B' (docs/queries.md)"


class ChoosingError(ValueError):
    """A choice that leaves no case, in one sentence for the user."""


def add_options(parser: ArgumentParser) -> None:
    """Add the options that `chosen_cases` takes to a command."""
    parser.add_argument(
        "--only", action="append", default=[], metavar="ID", help="only this case; * and ? match any text"
    )
    parser.add_argument("--select", default="", metavar="QUERY", help=SELECT_HELP)


def chosen_cases(
    only: Sequence[str], select: str, reference: Recording | None = None, subject: Recording | None = None
) -> list[Case]:
    """The cases of the catalog that both options leave; those that are not given leave all.

    Where both sides are recordings already, the query may ask for verdicts. Raises what `selected` does.
    """
    cases = catalog.load()
    for pattern in only:
        if not any(fnmatchcase(case.id, pattern) for case in cases):
            raise ChoosingError(f"no case matches {pattern}{nearest(pattern, [case.id for case in cases])}")
    cases = [case for case in cases if not only or any(fnmatchcase(case.id, pattern) for pattern in only)]
    known = {}
    if select and reference is not None and subject is not None:
        known[named(subject.header)] = compare(reference, subject)
    return selected(cases, select, known) if select else cases


def restricted(comparison: Comparison, select: str) -> Comparison:
    """What a comparison says of the cases that a query means; raises what `selected` and `narrowed` do."""
    if not select:
        return comparison
    held = {verdict.id for verdict in comparison.cases}
    cases = [case for case in catalog.load() if case.id in held]
    return narrowed(comparison, selected(cases, select, {named(comparison.subject): comparison}), select)


def narrowed(comparison: Comparison, cases: Sequence[Case], select: str) -> Comparison:
    """What a comparison says of the cases that a query has left, and a note that this is not all.

    Raises `ChoosingError` if that is nothing.
    """
    left = {case.id for case in cases}
    kept = [verdict for verdict in comparison.cases if verdict.id in left]
    name = named(comparison.subject)
    if not kept:
        raise ChoosingError(f"no case that {name} was judged on matches {select}: compare without it")
    note = f"{len(kept)} of {comparison.total} cases of {name} were selected, by {select}"
    return replace(comparison, cases=kept, notes=[*comparison.notes, note])


def selected(cases: Sequence[Case], select: str, comparisons: Mapping[str, Comparison]) -> list[Case]:
    """The cases that a query means, given the comparisons of subjects by their names.

    Raises `ChoosingError` if it means none of them, or `QueryError`.
    """
    means = compile_query(select, list(comparisons))
    verdicts = {
        name: {verdict.id: verdict for verdict in comparison.cases}
        for name, comparison in comparisons.items()
    }
    left = [
        case
        for case in cases
        if means(row(case, {name: found.get(case.id) for name, found in verdicts.items()}))
    ]
    if not left:
        raise ChoosingError(f"no case matches {select}: see docs/queries.md for what can be asked")
    return left


def row(case: Case, verdicts: Mapping[str, CaseVerdict | None]) -> Row:
    """A case as a query sees it, with the verdict on each subject by its name (None: not judged)."""
    aspects: dict[str, dict[str, Any]] = {}
    for name, verdict in verdicts.items():
        found: dict[str, list[str]] = {}
        for finding in verdict.findings if verdict else ():
            found.setdefault(finding.aspect, []).append(finding.verdict)
        aspects[name] = {aspect: worst(each) for aspect, each in found.items()}
    return {
        "id": case.id,
        "claim": case.claim,
        "document": case.document,
        "rows": list(case.rows),
        "topic": case.id.partition("::")[0],
        "verdicts": {name: verdict.verdict if verdict else NOT_JUDGED for name, verdict in verdicts.items()},
        "aspects": aspects,
    }
