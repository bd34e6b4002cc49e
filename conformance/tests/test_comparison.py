import math

import pytest

from conformance.aspects import NUMBER, text_distance
from conformance.comparison import ComparisonError
from conformance.values import TOLERANCES
from conformance.verdict import AGREEMENT, ORDER, worst

from .handmade import (
    CRASH,
    TIMEOUT,
    error,
    findings_of,
    judge,
    raised,
    record,
    tensor,
    text,
    value,
    verdict_of,
)

# --- words


def test_every_verdict_is_ordered_and_agreement_is_part_of_them():
    assert worst(["identical", "silent", "close"]) == "silent"
    assert worst(["unspecified", "identical"]) == "identical"
    assert worst([]) == "unspecified"
    assert set(ORDER) > AGREEMENT


def test_the_first_finding_is_the_first_of_the_worst():
    judged = judge(
        record(tensor("x", [1.0]), value("y", 1), value("z", 1)),
        record(tensor("x", [1.0], version=3), value("y", 2), value("z", 3)),
    )
    assert (judged.verdict, judged.first.observation) == ("silent", "y")


# --- values


def test_equal_tensors_are_identical_in_every_aspect():
    judged = judge(record(tensor("x", [1.0, math.nan])), record(tensor("x", [1.0, math.nan])))
    assert judged.verdict == "identical"
    assert judged.first is None
    assert len(judged.findings) == 9


def test_another_shape_is_silent_in_value_and_different_in_shape():
    judged = judge(record(tensor("x", [1.0])), record(tensor("x", 1.0)))
    assert findings_of(judged)["x", "value"] == "silent"
    assert findings_of(judged)["x", "shape"] == "different"


def test_another_dtype_leaves_equal_numbers_identical_and_is_different_itself():
    judged = judge(record(tensor("x", [1.0])), record(tensor("x", [1.0], "float64")))
    assert findings_of(judged)["x", "value"] == "identical"
    assert findings_of(judged)["x", "dtype"] == "different"
    assert judged.verdict == "different"


def test_a_tolerance_of_the_case_replaces_that_of_the_dtype():
    ours, theirs = tensor("x", [1.001], text="t"), tensor("x", [1.0], text="t")
    assert verdict_of(theirs, ours) == "silent"
    assert verdict_of(theirs, ours, tolerance=(1e-2, 0.0)) == "close"
    assert (
        verdict_of(tensor("x", [1.0]), tensor("x", [1.0 + 2**-23], text="t"), tolerance=(0.0, 0.0))
        == "silent"
    )


# --- texts and the other aspects


@pytest.mark.parametrize(
    ("reference", "subject", "verdict"),
    [
        ("tensor([0.1235])", "tensor([0.1235])", "identical"),
        ("tensor([0.1235])", "tensor([0.1236])", "close"),
        ("tensor([0.1235])", "tensor([0.1240])", "different"),
        ("tensor([ 0.1235, -1.0000])", "tensor([0.1236, 0.9999])", "different"),
        ("tensor([ 9.9999])", "tensor([10.0000])", "close"),
        ("tensor([5.4162e-01])", "tensor([5.4163e-01])", "close"),
        ("tensor([5.4162e-01])", "tensor([5.4162e-02])", "different"),
        ("tensor([5.4162e+05])", "tensor([5.4163e+05])", "close"),
        ("tensor([5.4162e+05])", "tensor([5.4164e+05])", "different"),
        ("tensor(0.1235, grad_fn=<MulBackward0>)", "tensor(0.1235, grad_fn=<MulBackward1>)", "different"),
        ("tensor(2)", "tensor(3)", "different"),
        ("tensor(0.5, dtype=torch.float32)", "tensor(0.5, dtype=torch.float64)", "different"),
        ("tensor([0.5, 0.5])", "tensor([0.5])", "different"),
    ],
)
def test_a_text_beside_close_values_may_move_in_its_last_digit(reference, subject, verdict):
    assert text_distance(reference, subject, TOLERANCES["float32"]).verdict == verdict


def test_a_text_must_be_equal_unless_its_value_is_close():
    assert text_distance("0.1235", "0.1236", None).verdict == "different"
    theirs = tensor("x", [0.1235], text="tensor([0.1235])")
    assert verdict_of(theirs, tensor("x", [0.1235], text="tensor([0.1236])")) == "different"
    assert verdict_of(theirs, tensor("x", [0.1235001], text="tensor([0.1236])")) == "close"
    assert verdict_of(text("x", "0.1235"), text("x", "0.1236")) == "different"


def test_numbers_are_found_where_they_are_printed_and_not_in_names():
    assert NUMBER.findall("tensor([-1.5, 2e-05], dtype=torch.float32) MulBackward0") == ["-1.5", "2e-05"]


@pytest.mark.parametrize(
    "changes",
    [
        {"dtype": "torch.float64"},
        {"requires_grad": True},
        {"requires_grad": 0},
        {"is_leaf": False},
        {"grad_fn": "MulBackward0"},
        {"graph": {"nodes": ["MulBackward0"], "edges": [[0, 0, None, 0]]}},
        {"version": 1},
        {"text": "tensor([1.0], grad_fn=<MulBackward0>)"},
    ],
)
def test_any_other_aspect_that_differs_is_different(changes):
    changed = tensor("x", [1.0])
    changed["aspects"].update(changes)
    judged = judge(record(tensor("x", [1.0])), record(changed))
    assert judged.verdict == "different"
    assert {judged.first.aspect} == set(changes)
    assert sum(finding.verdict == "different" for finding in judged.findings) == 1


@pytest.mark.parametrize(
    ("nodes", "edges", "note"),
    [
        (["A", "C"], [[0, 0, 1, 0]], "node 1 is C instead of B"),
        (["A"], [], "1 nodes instead of 2"),
        (["A", "B"], [[0, 0, 1, 1]], "edge 0[0] → 1[1] instead of 0[0] → 1[0]"),
        (["A", "B"], [[0, 0, 1, 0], [1, 0, None, 0]], "2 edges instead of 1"),
    ],
)
def test_a_graph_that_differs_says_where(nodes, edges, note):
    theirs = tensor("x", [1.0], graph={"nodes": ["A", "B"], "edges": [[0, 0, 1, 0]]})
    judged = judge(record(theirs), record(tensor("x", [1.0], graph={"nodes": nodes, "edges": edges})))
    assert (judged.verdict, judged.first.note) == ("different", note)


def test_what_the_subject_does_not_have_is_unsupported_and_named():
    judged = judge(
        record(tensor("x", [1.0])), record(tensor("x", [1.0], version={"missing": "Tensor._version"}))
    )
    assert (judged.verdict, judged.reason) == ("unsupported", "missing Tensor._version")


def test_an_aspect_that_raises_is_an_error_and_one_that_should_have_raised_is_silent():
    plain_one = tensor("x", [1.0])
    failing = tensor("x", [1.0], version={"raised": "RuntimeError: no version"})
    assert verdict_of(plain_one, failing) == "error"
    assert verdict_of(failing, plain_one) == "silent"
    assert verdict_of(failing, failing) == "identical"
    assert verdict_of(failing, tensor("x", [1.0], version={"raised": "RuntimeError: other"})) == "different"


def test_an_aspect_that_this_pytorch_lacks_is_unspecified():
    judged = judge(
        record(tensor("x", [1.0], version={"missing": "Tensor._version"})), record(tensor("x", [1.0]))
    )
    assert findings_of(judged)["x", "version"] == "unspecified"
    assert (judged.verdict, judged.first.aspect) == ("unspecified", "version")


def test_another_kind_of_thing_is_reported_once():
    judged = judge(record(text("x", "torch.Size([2])")), record(value("x", {"tuple": [2]})))
    assert (judged.verdict, len(judged.findings)) == ("different", 1)
    judged = judge(record(tensor("x", [1.0])), record(value("x", None)))
    assert [(finding.aspect, finding.verdict) for finding in judged.findings] == [("value", "silent")]
    node = {"label": "x", "aspects": {"grad_fn": "A", "graph": None, "text": "A"}}
    assert verdict_of(node, value("x", None)) == "different"


# --- errors


def test_errors_are_compared_by_type_and_message():
    assert verdict_of(error("x"), error("x")) == "identical"
    assert verdict_of(error("x"), error("x", kind="ValueError")) == "different"
    assert verdict_of(error("x"), error("x", message="can not")) == "different"


def test_returning_where_pytorch_raises_is_silent():
    judged = judge(record(error("x")), record(dict(tensor("x", [1.0]), returned=True)))
    assert judged.verdict == "silent"
    assert judged.first.reference == "RuntimeError: cannot"
    assert judged.first.note == "returned tensor([1.0]) where PyTorch raises RuntimeError: cannot"
    assert verdict_of(error("x"), dict(value("x", None), returned=True)) == "silent"


def test_an_error_that_comes_when_the_value_is_asked_for_is_not_silent():
    late = dict(tensor("x", [1.0], value={"raised": "IndexError: of shape"}), returned=True)
    judged = judge(record(error("x")), record(late))
    assert judged.verdict == "different"
    assert judged.first.note == "raised IndexError: of shape only when its value was asked for"


def test_raising_where_pytorch_returns_is_an_error():
    judged = judge(record(dict(value("x", None), returned=True)), record(error("x")))
    assert (judged.verdict, judged.first.note) == ("error", "raised RuntimeError: cannot")


def test_raising_for_a_missing_api_is_unsupported():
    absent = error("x", "AttributeError", "no 'foo'", missing="Tensor.foo")
    assert verdict_of(error("x"), absent) == "unsupported"
    assert verdict_of(dict(value("x", None), returned=True), absent) == "unsupported"
    assert verdict_of(absent, absent) == "identical"


def test_a_call_that_this_pytorch_lacks_is_unspecified():
    absent = error("x", "AttributeError", "no 'foo'", missing="Tensor.foo")
    assert verdict_of(absent, dict(value("x", None), returned=True)) == "unspecified"


def test_what_pytorch_says_is_not_implemented_is_no_missing_api():
    refusal = error("x", "NotImplementedError", "not for booleans", missing="Tensor.pow")
    assert verdict_of(refusal, refusal) == "identical"
    assert verdict_of(refusal, error("x", "NotImplementedError", "not for booleans")) == "identical"
    assert verdict_of(refusal, error("x", "NotImplementedError", "other", missing="pow")) == "different"
    assert verdict_of(refusal, error("x", "RuntimeError", "not for booleans")) == "different"
    assert verdict_of(refusal, dict(value("x", None), returned=True)) == "silent"
    assert verdict_of(refusal, error("x", "AttributeError", "no", missing="Tensor.pow")) == "unsupported"
    assert verdict_of(error("x"), refusal) == "unsupported"


# --- ends


def test_a_case_that_raises_keeps_what_it_showed_before():
    theirs = record(value("a", 1), value("b", 2), value("c", 3))
    judged = judge(theirs, record(value("a", 1), end=raised()))
    assert findings_of(judged) == {("a", "value"): "identical", ("b", "end"): "error"}
    assert judged.reason == "'b': raised ValueError: no"


@pytest.mark.parametrize(
    ("end", "verdict", "note"),
    [
        (CRASH, "crash", "crashed (SIGSEGV)"),
        ({"how": "crash", "exit": 3}, "crash", "crashed (exit code 3)"),
        (TIMEOUT, "timeout", "did not end within 20 s"),
        (raised(), "error", "raised ValueError: no"),
        (raised(message=""), "error", "raised ValueError"),
        (raised("AttributeError", "no foo", missing="torch.foo"), "unsupported", "missing torch.foo"),
    ],
)
def test_a_case_that_does_not_come_to_its_end_is_judged_by_how(end, verdict, note):
    for observations in ([], [value("a", 1)]):
        judged = judge(record(value("a", 1)), record(*observations, end=end))
        assert (judged.verdict, judged.first.note) == (verdict, note)


def test_a_silent_value_before_a_crash_is_the_worse_finding():
    judged = judge(record(value("a", 1), value("b", 2)), record(value("a", 9), end=CRASH))
    assert (judged.verdict, judged.first.observation) == ("silent", "a")


def test_a_case_that_pytorch_does_not_finish_is_compared_by_how_it_ends():
    theirs = record(value("a", 1), end=raised())
    assert judge(theirs, theirs).verdict == "identical"
    assert judge(theirs, record(value("a", 1), end=raised("TypeError"))).verdict == "different"
    assert judge(theirs, record(value("a", 1), value("b", 2))).verdict == "silent"
    assert judge(theirs, record(value("a", 1), end=CRASH)).verdict == "crash"


def test_a_case_of_which_pytorch_lacks_the_api_is_unspecified():
    theirs = record(end=raised("AttributeError", "no foo", missing="torch.foo"))
    judged = judge(theirs, record(value("a", 1)))
    assert (judged.verdict, judged.reason) == ("unspecified", "this PyTorch has no torch.foo")


@pytest.mark.parametrize("end", [CRASH, TIMEOUT])
def test_nothing_is_held_against_a_subject_after_pytorch_itself_came_to_grief(end):
    judged = judge(record(value("a", 1), end=end), record(value("a", 1), value("b", 2)))
    assert findings_of(judged) == {("a", "value"): "identical", ("end", "end"): "unspecified"}


def test_a_case_that_shows_nothing_is_an_error_of_the_suite():
    with pytest.raises(ComparisonError, match="file::name yields nothing"):
        judge(record(), record())


# --- pairing


def test_a_label_that_differs_is_different():
    judged = judge(record(value("a", 1), value("b", 2)), record(value("a", 1), value("z", 2)))
    assert findings_of(judged) == {("a", "value"): "identical", ("b", "label"): "different"}


def test_an_observation_too_many_or_too_few_does_not_put_the_rest_out_of_step():
    short = record(value("a", 1), value("c", 3))
    full = record(value("a", 1), value("b", 2), value("c", 3))
    for theirs, ours in ((full, short), (short, full)):
        judged = judge(theirs, ours)
        assert findings_of(judged) == {
            ("a", "value"): "identical",
            ("b", "label"): "different",
            ("c", "value"): "identical",
        }


def test_observations_that_the_subject_adds_or_lacks_at_the_end_are_different():
    one, two = record(value("a", 1)), record(value("a", 1), value("b", 2))
    assert judge(one, two).first.note == "PyTorch has no such observation"
    assert judge(two, one).first.note == "the subject has no such observation"


# --- what is printed


def test_stdout_and_warnings_are_compared_as_texts():
    plain_one = record(value("a", 1))
    assert findings_of(judge(plain_one, record(value("a", 1), stdout="hello\n"))) == {
        ("a", "value"): "identical",
        ("stdout", "text"): "different",
    }
    warned = record(value("a", 1), warnings=[["UserWarning", "take care"]])
    judged = judge(warned, plain_one)
    assert (judged.verdict, judged.first.observation) == ("different", "warnings")
    assert judged.first.reference == "UserWarning: take care"
    assert judge(warned, warned).verdict == "identical"


def test_stderr_is_not_compared():
    assert judge(record(value("a", 1)), record(value("a", 1), stderr="noise")).verdict == "identical"


def test_printed_numbers_may_move_as_the_values_of_the_case_do():
    theirs = record(tensor("x", [0.1235], text="t"), stdout="loss 0.1235\n")
    ours = record(tensor("x", [0.1235001], text="t"), stdout="loss 0.1236\n")
    assert judge(theirs, ours).verdict == "close"
    same_value = record(tensor("x", [0.1235], text="t"), stdout="loss 0.1236\n")
    assert judge(theirs, same_value).verdict == "different"


def test_what_was_printed_before_a_failure_is_not_held_against_it_twice():
    judged = judge(record(value("a", 1), stdout="one\ntwo\n"), record(end=raised(), stdout="one\n"))
    assert [finding.verdict for finding in judged.findings] == ["error"]


# --- where PyTorch disagrees with itself


def test_an_aspect_on_which_another_pytorch_differs_is_unspecified():
    theirs = record(tensor("x", [1.0]))
    other = record(tensor("x", [1.0], version=5))
    ours = record(tensor("x", [1.0], version=7))
    assert judge(theirs, ours).verdict == "different"
    judged = judge(theirs, ours, [other])
    assert (judged.verdict, findings_of(judged)["x", "version"]) == ("unspecified", "unspecified")
    assert judge(theirs, record(tensor("x", [2.0], version=7)), [other]).verdict == "silent"


def test_another_pytorch_that_is_close_settles_nothing():
    ours = record(tensor("x", [2.0]))
    assert judge(record(tensor("x", [1.0])), ours, [record(tensor("x", [1.0 + 2**-23]))]).verdict == "silent"


def test_what_another_pytorch_does_not_raise_is_unspecified_as_a_whole():
    theirs, ours = record(error("x"), value("y", 1)), record(error("x", message="other"), value("y", 2))
    judged = judge(theirs, ours, [record(dict(value("x", 1), returned=True), value("y", 1))])
    assert findings_of(judged) == {
        ("x", "error type"): "identical",
        ("x", "error message"): "unspecified",
        ("y", "value"): "silent",
    }


def test_what_comes_after_the_end_of_another_pytorch_is_unspecified():
    theirs = record(value("a", 1), value("b", 2))
    judged = judge(theirs, record(value("a", 1), value("b", 3)), [record(value("a", 1), end=raised())])
    assert findings_of(judged) == {("a", "value"): "identical", ("b", "value"): "unspecified"}
    assert judge(theirs, record(value("a", 5), end=CRASH), [record(end=raised())]).verdict == "unspecified"


def test_a_dispute_about_one_aspect_does_not_excuse_a_failure():
    theirs, other = record(tensor("x", [1.0])), record(tensor("x", [1.0], version=5))
    assert judge(theirs, record(end=CRASH), [other]).verdict == "crash"
    assert judge(theirs, record(error("x")), [other]).verdict == "error"
    theirs, other = record(error("x")), record(error("x", kind="ValueError"))
    assert judge(theirs, record(dict(value("x", 1), returned=True)), [other]).verdict == "silent"
    theirs, other = record(value("x", 1)), record(value("x", 1), stdout="other")
    warned = record(value("x", 1), stdout="mine", warnings=[["UserWarning", "take care"]])
    found = judge(theirs, warned, [other])
    assert [finding.verdict for finding in found.findings] == ["identical", "unspecified", "different"]


def test_what_is_looked_at_after_a_step_that_the_subject_lacks_is_not_held_against_it():
    lacks = error("add_", "MissingError", missing="Tensor.add_")
    theirs = record(tensor("before", [1.0]), dict(value("add_", 1), returned=True), tensor("x", [3.0]))
    found = judge(theirs, record(tensor("before", [1.0]), lacks, tensor("x", [1.0])))
    assert (found.verdict, found.reason) == ("unsupported", "missing Tensor.add_")
    found = judge(theirs, record(tensor("before", [1.5]), lacks, tensor("x", [1.0])))
    assert found.verdict == "silent"
    found = judge(theirs, record(tensor("before", [1.0]), lacks, end=raised("TypeError")))
    assert (found.verdict, found.reason) == ("unsupported", "missing Tensor.add_")
    found = judge(theirs, record(tensor("before", [1.0]), lacks, tensor("x", [3.0]), stdout="mine"))
    assert found.verdict == "unsupported"
    refused = record(error("add_"), tensor("x", [3.0]))
    assert judge(refused, record(lacks, tensor("x", [1.0]))).verdict == "unsupported"


def test_a_call_after_a_step_that_the_subject_lacks_is_judged_for_itself():
    lacks = error("add_", "MissingError", missing="Tensor.add_")
    theirs = record(dict(value("add_", 1), returned=True), error("mul_"))
    found = judge(theirs, record(lacks, dict(value("mul_", 1), returned=True)))
    assert (found.verdict, found.first.observation) == ("silent", "mul_")
    theirs = record(dict(value("add_", 1), returned=True), dict(value("mul_", 2), returned=True))
    assert judge(theirs, record(lacks, error("mul_"))).verdict == "error"
    assert judge(theirs, record(lacks, end=CRASH)).verdict == "crash"
    assert judge(theirs, record(lacks, end=TIMEOUT)).verdict == "timeout"


def test_the_parts_of_a_value_go_with_the_step_that_gave_none():
    parts = [
        dict(value("split", {"tuple": 1}), returned=True),
        dict(tensor("split[0]", [1.0]), returned=True),
    ]
    lacks = error("split", "MissingError", missing="torch.split")
    found = judge(record(*parts, value("end", 1)), record(lacks, value("end", 1)))
    assert [finding.verdict for finding in found.findings] == ["unsupported", "identical"]
    found = judge(record(*parts), record(error("split")))
    assert [finding.verdict for finding in found.findings] == ["error"]
    found = judge(record(error("split"), value("end", 1)), record(*parts, value("end", 1)))
    assert [finding.verdict for finding in found.findings] == ["silent", "identical"]
