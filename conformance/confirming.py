"""A departure is held against a subject only if the case shows it alone: in a process of its own, if the subject forks."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from .comparison import compare
from .recording import Recording
from .verdict import DEPARTURES, Comparison


def confirmed(
    reference: Recording, subject: Recording, alone: Callable[[Sequence[str]], Recording]
) -> tuple[Recording, Comparison]:
    """A recording whose cases shared processes, with those that depart as `alone` records them; and its comparison."""
    comparison = compare(reference, subject)
    doubtful = [case.id for case in comparison.cases if case.verdict in DEPARTURES | {"blocked"}]
    if not doubtful:
        return subject, comparison
    settled = replace(subject, cases={**subject.cases, **alone(doubtful).cases})
    return settled, compare(reference, settled)
