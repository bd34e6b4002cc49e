"""What a case of the engine leaves behind in its process is no part of the next one, in whatever order they come."""

import random

import pytest

import engine
from conformance import catalog, recording, runner
from conformance.comparison import compare_case
from conformance.sources import shipped
from conformance.subject import Subject
from conformance.verdict import AGREEMENT


def unforked() -> Subject:
    """The engine, whose cases run in one process."""
    return Subject(engine, "engine", "engine", fork=False)


@pytest.mark.long
def test_no_case_departs_that_agrees_alone():
    cases = random.Random(1).sample(catalog.load(), len(catalog.load()))
    expected = recording.read(shipped()).cases

    def agrees(case, worker):
        return compare_case(case, expected[case.id], worker.run(case.id)).verdict in AGREEMENT

    with runner.Worker(f"{__name__}:unforked") as together, runner.Worker("engine") as alone:
        departing = [case for case in cases if not agrees(case, together)]
        assert [case.id for case in departing if agrees(case, alone)] == []
