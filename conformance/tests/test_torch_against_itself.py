"""The zero point of the suite: PyTorch, run on the whole catalog, against PyTorch."""

import pytest

from conformance import catalog, recording, runner
from conformance.comparison import compare
from conformance.sources import shipped
from conformance.verdict import AGREEMENT

CASES = catalog.load()
# shows numbers that are drawn without a seed of its own
UNSEEDED = "random_distributions::nodes_of_other_fillers"
# the items of the catalog compare the engine with live PyTorch on all cases
SOME = [*(case.id for case in CASES[::7] if case.id != UNSEEDED), UNSEEDED]
BACKWARDS = SOME[::-3]
SAMPLE = SOME[::3]


def without_times(record):
    return {key: part for key, part in record.items() if key != "seconds"}


@pytest.mark.long
def test_pytorch_agrees_with_itself_live_recorded_and_in_any_order():
    """One test and one worker, so that PyTorch is imported and recorded only once."""
    with runner.Worker("torch") as worker:
        cases = {case: worker.run(case) for case in SOME}
        again = {case: worker.run(case) for case in BACKWARDS}
        live = recording.Recording({**worker.header, "cases": SOME}, cases, footer={})
    assert compare(live, live).counts() == {"identical": len(SOME)}
    changed = [case for case, record in again.items() if without_times(record) != without_times(cases[case])]
    assert changed == []

    kept = recording.read(shipped())
    assert kept.complete
    found = compare(kept, live)
    assert found.total == len(SOME)
    assert list(kept.cases) == [case.id for case in CASES]
    if live.header["subject"]["version"].startswith("2.13.0"):
        assert [(case.id, case.reason) for case in found.cases if not case.agrees] == []

        subject = runner.record("engine", SAMPLE, shared=True)
        by_reference = [
            {case.id for case in compare(reference, subject).cases if case.verdict in AGREEMENT}
            for reference in (live, kept)
        ]
        assert by_reference[0] == by_reference[1]
