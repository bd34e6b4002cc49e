"""The catalog catches each planted fault."""

import pytest

from .faults import Fault
from .faults.planting import departures, faults, topics


def test_there_are_faults_for_each_topic():
    assert all(len(faults(topic)) >= 5 for topic in topics())


def test_the_engine_as_it_is_departs_nowhere():
    nothing = Fault("nothing", "node.py", before="class AccumulateGrad(", after="class AccumulateGrad(")
    caught_by = [fault.caught_by for fault in faults("graph")]
    assert list(departures(nothing, caught_by)) == []


@pytest.mark.parametrize(
    "fault",
    [pytest.param(fault, id=f"{topic}-{fault.name}") for topic in topics() for fault in faults(topic)],
)
def test_a_planted_fault_is_caught(fault):
    assert fault.caught_by, "name the case that catches it: python -m conformance.tests.faults --all"
    assert list(departures(fault, [fault.caught_by]))
