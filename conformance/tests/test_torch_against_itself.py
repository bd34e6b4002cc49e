"""The zero point of the suite: PyTorch, run on the whole catalog, against PyTorch."""

import pytest

from conformance import catalog, recording, runner
from conformance.comparison import compare
from conformance.sources import shipped
from conformance.verdict import AGREEMENT

CASES = catalog.load()


@pytest.fixture(scope="module")
def live():
    pytest.importorskip("torch")
    return runner.record("torch", CASES)


@pytest.fixture(scope="module")
def kept():
    path = shipped()
    assert path is not None, (
        "python -m conformance record torch -o reference/recordings/torch-2.13.0-cpu.jsonl"
    )
    return recording.read(path)


def test_pytorch_against_itself_is_all_identical(live):
    """That a second run records the same is a test of the catalog."""
    assert compare(live, live).counts() == {"identical": len(CASES)}


def test_pytorch_agrees_with_the_recording_of_it_that_comes_along(live, kept):
    assert kept.complete
    found = compare(kept, live)
    assert [(case.id, case.reason) for case in found.cases if not case.agrees] == []
    assert found.total == len(CASES)


def test_a_subject_agrees_with_the_recording_where_it_agrees_with_live_pytorch(live, kept):
    subject = runner.record("engine", CASES)
    agreeing = [
        {case.id for case in compare(reference, subject).cases if case.verdict in AGREEMENT}
        for reference in (live, kept)
    ]
    assert agreeing[0] == agreeing[1]
