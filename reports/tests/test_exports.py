import copy
import json
from pathlib import Path
from xml.etree import ElementTree as ET

import jsonschema
import pytest

import reports
from conformance.comparison import ComparisonError
from reports.export import to_json
from reports.junit import to_junit
from reports.model import build
from reports.page import render

from .made import CASES, dies, faulty, hostile, recording, reference, subject

SCHEMA = json.loads((Path(reports.__file__).parent / "report.schema.json").read_text())


def report(*subjects):
    return build([reference(), *subjects], CASES, notes=["made by hand"])


def suites(*subjects):
    return ET.fromstring(to_junit(report(*subjects)))


def test_the_json_has_the_documented_shape():
    jsonschema.Draft202012Validator.check_schema(SCHEMA)
    jsonschema.validate(json.loads(to_json(report(faulty(), subject(), hostile()))), SCHEMA)


def test_recordings_that_are_kept_have_no_times_and_are_shown_without():
    sides = [reference(), faulty()]
    for side in sides:
        del side.header["started"]
        for record in side.cases.values():
            del record["seconds"]
    timeless = build(sides, CASES)
    data = json.loads(to_json(timeless))
    jsonschema.validate(data, SCHEMA)
    assert "started" not in data["reference"]
    assert data["subjects"][0]["seconds"] == 0
    suite = ET.fromstring(to_junit(timeless)).find("testsuite")
    assert "timestamp" not in suite.attrib
    assert {case.get("time") for case in suite.iter("testcase")} == {"0.000000"}
    page = render(timeless)
    assert "<span>5 cases</span>" in page
    assert "for 5 cases" not in page
    assert "for 5 cases" in render(report(faulty()))


@pytest.mark.parametrize(
    "break_it",
    [
        lambda data: data["subjects"][0].update(total=0),
        lambda data: data["cases"][0]["subjects"][0].update(verdict="fine"),
        lambda data: data.pop("documents"),
    ],
)
def test_the_schema_refuses_another_shape(break_it):
    data = json.loads(to_json(report(faulty())))
    break_it(data)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(data, SCHEMA)


def test_the_json_holds_scores_with_their_denominators():
    data = json.loads(to_json(report(subject(), faulty())))
    sums = [(one["agreeing"], one["total"], one["counts"]) for one in data["subjects"]]
    assert sums == [
        (5, 5, {"identical": 5}),
        (0, 5, {"silent": 2, "different": 1, "unsupported": 1, "blocked": 1}),
    ]
    assert data["notes"] == ["made by hand"]


def test_the_json_names_the_worst_verdict_of_each_row_of_the_documents():
    data = json.loads(to_json(report(faulty(), subject())))
    rows = {row["key"]: row for document in data["documents"] for row in document["rows"]}
    assert rows["E5"]["verdicts"] == ["silent", "identical"]
    assert rows["B5"]["verdicts"] == ["silent", "identical"]
    assert rows["B5"]["cases"] == ["made::refuses", "made::agrees"]
    assert rows["A12"]["cases"] == ["made::draws"]
    assert rows["A1"]["verdicts"] == ["not judged", "not judged"]
    assert len(rows) == 43


def test_the_json_holds_what_departs_and_not_what_agrees():
    cases = {case["id"]: case for case in json.loads(to_json(report(faulty())))["cases"]}
    findings = cases["made::accumulates"]["subjects"][0]["findings"]
    assert [(found["aspect"], found["verdict"]) for found in findings] == [
        ("value", "silent"),
        ("text", "different"),
    ]
    assert findings[1]["subject"] == "tensor([2., 2., 6.])"


def test_an_incomplete_recording_counts_only_what_it_holds():
    cut = subject(complete=False)
    del cut.cases["made::agrees"], cut.cases["made::prints"]
    (told,) = json.loads(to_json(report(cut)))["subjects"]
    assert (told["complete"], told["agreeing"], told["total"]) == (False, 3, 3)


def test_recordings_without_a_common_case_make_no_report():
    with pytest.raises(ComparisonError):
        report(recording("engine", "0.1", []))


def test_equal_recordings_give_equal_files():
    assert to_json(report(faulty())) == to_json(report(copy.deepcopy(faulty())))
    assert to_junit(report(faulty())) == to_junit(report(copy.deepcopy(faulty())))


def test_junit_has_a_test_case_for_each_case_and_subject():
    root = suites(faulty(), subject("other"))
    assert [suite.get("name") for suite in root] == [
        "engine 0.1 against torch 2.13.0+cpu",
        "other 0.1 against torch 2.13.0+cpu",
    ]
    for suite in root:
        assert [(case.get("classname"), case.get("name")) for case in suite] == [
            tuple(case.id.split("::")) for case in CASES
        ]


def test_junit_counts_agree_with_its_test_cases():
    (suite,) = suites(subject(accumulates=dies, prints=dies))
    told = {name: int(suite.get(name)) for name in ("tests", "failures", "errors", "skipped")}
    assert told == {"tests": 5, "failures": 0, "errors": 2, "skipped": 0}
    assert len(suite.findall("testcase/error")) == 2


def test_junit_failures_say_what_both_sides_did():
    (suite,) = suites(faulty())
    outcomes = {case.get("name"): [child.tag for child in case] for case in suite}
    assert outcomes == {
        "accumulates": ["failure"],
        "draws": ["skipped"],
        "refuses": ["failure"],
        "prints": ["failure"],
        "agrees": ["skipped"],
    }
    failure = suite.find("testcase[@name='accumulates']/failure")
    assert failure.get("type") == "silent"
    assert "2.0 instead of 4.0" in failure.get("message")
    assert "tensor([2., 4., 6.])" in failure.text
    assert "tensor([2., 2., 6.])" in failure.text


def test_junit_counts_a_case_without_a_record_as_an_error():
    cut = subject(complete=False)
    del cut.cases["made::agrees"]
    (suite,) = suites(cut)
    assert suite.get("errors") == "1"
    assert "not judged" in suite.find("testcase[@name='agrees']/error").get("message")


def test_junit_can_hold_whatever_a_subject_says():
    (suite,) = suites(hostile())
    assert "\\x1b[31m</script>" in suite.find("testcase[@name='prints']/failure").text
