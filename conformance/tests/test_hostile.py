"""Whatever a subject does, the case at fault gets its verdict and every other case its own."""

import os

import pytest

from conformance.comparison import compare_case
from conformance.runner import Worker
from conformance.tests import hostile
from conformance.tests.toy_catalog.processes import gone

CATALOG = hostile.__name__
CASES = [case.id for case in hostile.load()]
SOUND = "hostile::sound"
MEMORY = 0.125
VERDICTS = {"returned": "identical", "raised": "error", "crash": "crash", "timeout": "timeout"}


@pytest.fixture(scope="module", autouse=True)
def surroundings(tmp_path_factory):
    with pytest.MonkeyPatch.context() as patched:
        patched.setenv("TOY_PIDS", str(tmp_path_factory.mktemp("left") / "pids"))
        patched.setenv("TOY_RUNNER", str(os.getpid()))
        yield


@pytest.fixture(scope="module", params=["subject", "unforked"])
def worker(request):
    with Worker(f"{CATALOG}:{request.param}", catalog=CATALOG, memory=MEMORY) as worker:
        yield worker


@pytest.fixture(scope="module")
def sound(worker):
    """What the case shows that nothing befalls."""
    return without_time(worker.run(SOUND))


def without_time(record):
    return {**record, "seconds": 0}


@pytest.mark.parametrize("case_id", CASES)
def test_the_case_at_fault_gets_its_verdict_and_the_next_its_own(case_id, worker, sound):
    expected = hostile.ENDS[case_id]
    record = worker.run(case_id, timeout=0.25 if expected["how"] == "timeout" else 60.0)
    assert {name: record["end"].get(name) for name in expected} == expected, record["end"]
    assert "forged" not in [item["label"] for item in record["observations"]]
    whole = {**record, "end": {"how": "returned"}}
    assert compare_case(hostile.find(case_id), whole, record).verdict == VERDICTS[expected["how"]]
    assert without_time(worker.run(SOUND)) == sound


def test_what_the_suite_calls_is_what_was_there_before_the_subject(sound):
    with Worker(f"{CATALOG}:poisoned", catalog=CATALOG) as poisoned:
        assert without_time(poisoned.run(SOUND)) == sound
        assert poisoned.run("hostile::aborts")["end"] == {"how": "crash", "exit": -6}


def test_what_a_case_replaces_is_there_for_the_next():
    for name in ("subject", "unforked"):
        with Worker(f"{CATALOG}:{name}", catalog=CATALOG) as worker:
            assert worker.run("hostile::poisons")["end"] == {"how": "returned"}
            assert worker.run("hostile::leaves_things_behind")["end"] == {"how": "returned"}


def test_what_a_case_leaves_behind_is_gone(tmp_path, monkeypatch):
    monkeypatch.setenv("TOY_PIDS", str(tmp_path / "pids"))
    with Worker(f"{CATALOG}:subject", catalog=CATALOG) as forked:
        forked.run("hostile::leaves_things_behind")
        folder, process = sorted((tmp_path / "pids").read_text().split())  # a path comes before a number
        assert gone(process)
        assert forked.run(SOUND)["end"] == {"how": "returned"}
        assert os.path.isdir(folder)
    assert not os.path.exists(folder)
    assert not os.path.exists(os.path.dirname(folder))
