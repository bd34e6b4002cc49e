"""What a comparison makes of many cases: which of them block which, and when recordings can be compared at all."""

import pytest

from conformance.comparison import ComparisonError, block, compare
from conformance.recording import Recording
from conformance.verdict import CaseVerdict, Comparison, Root, roots

from .handmade import (
    case,
    record,
    value,
)

# --- cases that build on others


def settled(verdicts, builds_on):
    return block([CaseVerdict(case_id, verdict) for case_id, verdict in verdicts.items()], builds_on)


def blocked(verdicts, builds_on):
    return {item.id: (item.verdict, item.reason) for item in settled(verdicts, builds_on)}


def test_a_departure_is_blocked_by_the_root_of_the_trouble():
    found = blocked(
        {"f::a": "silent", "f::b": "identical", "f::c": "error", "f::d": "close"},
        {"f::b": ("f::a",), "f::c": ("f::b",), "f::d": ("f::a",)},
    )
    assert found["f::a"] == ("silent", "")
    assert found["f::b"] == ("identical", "")
    assert found["f::c"] == ("blocked", "builds on f::a, which is silent")
    assert found["f::d"] == ("close", "")


def test_a_departure_is_not_blocked_by_cases_that_agree_or_are_unspecified_or_were_not_run():
    builds_on = {"f::a": ("f::b", "f::c", "f::gone")}
    found = blocked({"f::a": "different", "f::b": "close", "f::c": "unspecified"}, builds_on)
    assert found["f::a"] == ("different", "")


def test_what_is_unsupported_stays_unsupported_and_hides_no_departure():
    found = blocked(
        {"f::a": "unsupported", "f::b": "unsupported", "f::c": "different"},
        {"f::b": ("f::a",), "f::c": ("f::b",)},
    )
    assert found["f::b"] == ("unsupported", "")
    assert found["f::c"] == ("different", "")


def test_a_departure_is_blocked_only_by_one_that_is_as_bad():
    chain = {"f::b": ("f::a",), "f::c": ("f::b",), "f::d": ("f::c",)}
    found = blocked({"f::a": "different", "f::b": "silent", "f::c": "error", "f::d": "different"}, chain)
    assert found["f::b"] == ("silent", "")
    assert found["f::c"] == ("blocked", "builds on f::b, which is silent")
    assert found["f::d"] == ("blocked", "builds on f::a, which is different")


def test_roots_are_the_departures_that_nothing_blocks_worst_and_widest_first():
    verdicts = {
        "f::a": "different",
        "f::b": "silent",
        "f::c": "error",
        "f::d": "silent",
        "f::e": "silent",
        "f::f": "unsupported",
        "f::g": "close",
    }
    found = settled(verdicts, {"f::c": ("f::d",), "f::e": ("f::c",)})
    assert roots(Comparison({}, {}, found)) == [
        Root("f::d", "silent", "", ("f::c", "f::e")),
        Root("f::b", "silent", "", ()),
        Root("f::a", "different", "", ()),
    ]


def test_cases_that_build_on_each_other_do_not_hang():
    found = blocked({"f::a": "silent", "f::b": "silent"}, {"f::a": ("f::b",), "f::b": ("f::a",)})
    assert {verdict for verdict, _ in found.values()} == {"blocked"}


# --- whole recordings


def recording(records, name="torch", asked=None, complete=True, catalog="abc"):
    subject = {"spec": name, "name": name, "version": "1.0", "device": "cpu", "build": {}}
    header = {"record": "header", "format": 1, "subject": subject, "platform": {}, "catalog": catalog}
    cases = {case_id: {**found, "id": case_id} for case_id, found in records.items()}
    header["cases"] = asked or list(cases)
    return Recording(
        header, cases, {"record": "footer", "cases": len(cases), "seconds": 1.0} if complete else None
    )


CASES = [case("f::a"), case("f::b", builds_on=("f::a",))]


def test_recordings_are_compared_case_by_case():
    theirs = recording({"f::a": record(value("x", 1)), "f::b": record(value("x", 1))})
    ours = recording({"f::b": record(value("x", 2)), "f::a": record(value("x", 2))}, name="toy")
    found = compare(theirs, ours, cases=CASES)
    assert [(item.id, item.verdict) for item in found.cases] == [("f::a", "silent"), ("f::b", "blocked")]
    assert (found.counts(), found.agreeing, found.total) == ({"silent": 1, "blocked": 1}, 0, 2)
    assert (found.reference["subject"]["name"], found.subject["subject"]["name"]) == ("torch", "toy")
    assert found.notes == []
    again = compare(theirs, theirs, cases=CASES)
    assert (again.counts(), again.agreeing, again.total) == ({"identical": 2}, 2, 2)


def test_a_recording_that_breaks_off_or_lacks_cases_is_noted():
    theirs = recording({"f::a": record(value("x", 1)), "f::b": record(value("x", 1))})
    ours = recording({"f::a": record(value("x", 1))}, name="toy", asked=["f::a", "f::b"], complete=False)
    found = compare(theirs, ours, cases=CASES)
    assert found.total == 1
    assert found.notes == [
        "the recording of toy 1.0 is incomplete: 1 of 2 cases",
        "not judged: 1 cases that the subject's recording does not hold",
    ]


def test_recordings_of_different_catalogs_are_refused():
    one, two = (recording({"f::a": record(value("x", 1))}, catalog=digest) for digest in ("abc", "def"))
    with pytest.raises(ComparisonError, match="different catalogs"):
        compare(one, two, cases=CASES)
    with pytest.raises(ComparisonError, match="another catalog than the one installed"):
        compare(one, one)


def test_recordings_without_a_common_case_are_refused():
    one, two = recording({"f::a": record(value("x", 1))}), recording({"f::b": record(value("x", 1))})
    with pytest.raises(ComparisonError, match="no case in common"):
        compare(one, two, cases=CASES)
