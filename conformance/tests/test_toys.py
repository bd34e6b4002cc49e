"""The suite is run on engines with one planted fault each: it must find the fault, and nothing else."""

import dataclasses

import pytest

from conformance import catalog, runner
from conformance.comparison import block, compare, compare_case
from conformance.confirming import confirmed
from conformance.tests.toys import TOYS
from conformance.verdict import ORDER

CASES = {case.id: case for case in catalog.load()}
SELECTION = (
    "accumulation::rounds_add_up",
    "derivatives_functions::derivative_of_exp",
    "derivatives_functions::derivative_of_square",
    "derivatives_matmul::outer_product",
    "derivatives_shapes::diagonals",
    "derivatives_shapes::flip",
    "derivatives_shapes::triangles",
    "graph::edges_to_constants_are_none",
    "graph::graph_of_a_chain",
    "graph::untracked_operations_are_not_in_the_graph",
    "hooks::retained_gradient_of_a_result",
    "refusals::vector_root",
    "refusals::vector_root_can_be_tried_again",
)
SHOWING_NO_TENSOR = {"graph::edges_to_constants_are_none", "refusals::vector_root"}
EXPECTED = {
    "overwrites_grad": {
        "accumulation::rounds_add_up": "silent",
        "hooks::retained_gradient_of_a_result": "silent",
    },
    "no_grad_does_nothing": {"graph::untracked_operations_are_not_in_the_graph": "silent"},
    "wrong_grad_fn_name": {
        "derivatives_functions::derivative_of_exp": "different",
        "derivatives_functions::derivative_of_square": "different",
        "derivatives_matmul::outer_product": "different",
        "graph::graph_of_a_chain": "different",
        "graph::untracked_operations_are_not_in_the_graph": "different",
    },
    "wrong_edge_order": {"graph::edges_to_constants_are_none": "different"},
    "value_off": {
        "derivatives_functions::derivative_of_exp": "silent",
        "graph::untracked_operations_are_not_in_the_graph": "silent",
    },
    "swallows_error": {
        "refusals::vector_root": "silent",
        "refusals::vector_root_can_be_tried_again": "blocked",
    },
    "other_message": {
        "refusals::vector_root": "different",
        "refusals::vector_root_can_be_tried_again": "blocked",
    },
    "missing_api": {"hooks::retained_gradient_of_a_result": "unsupported"},
    "hangs": {"derivatives_shapes::triangles": "timeout"},
    "exits": {"derivatives_shapes::triangles": "crash"},
    "raises_base_exception": {"derivatives_shapes::diagonals": "error"},
    "prints": {"derivatives_shapes::flip": "different"},
    "returns_nan": {"derivatives_matmul::outer_product": "silent"},
    "float64_for_float32": {"derivatives_functions::derivative_of_square": "different"},
    "leaves_grad_mode_off": {
        "accumulation::rounds_add_up": "error",
        "derivatives_functions::derivative_of_exp": "error",
        "derivatives_functions::derivative_of_square": "error",
        "derivatives_shapes::diagonals": "error",
        "derivatives_shapes::flip": "error",
        "derivatives_shapes::triangles": "error",
    },
    "hostile_name": {case_id: "different" for case_id in SELECTION if case_id not in SHOWING_NO_TENSOR},
}


@pytest.fixture(scope="module")
def sound():
    """What the engine does without any fault."""
    return runner.record("engine", SELECTION, workers=1)


@pytest.fixture(scope="module")
def recorded():
    """What each toy does; each is run once, when it is first asked for."""
    held = {}

    def recording(toy):
        if toy not in held:
            held[toy] = runner.record(f"conformance.tests.toys:{toy}", SELECTION, workers=1, timeout=1.5)
        return held[toy]

    return recording


@pytest.mark.parametrize("toy", TOYS)
def test_a_planted_fault_gets_its_verdict_and_leaves_the_other_cases_alone(toy, sound, recorded):
    found = {case.id: case.verdict for case in compare(sound, recorded(toy)).cases}
    assert {case_id: verdict for case_id, verdict in found.items() if verdict != "identical"} == EXPECTED[toy]
    assert TOYS[toy] in EXPECTED[toy].values()
    assert len(found) == len(SELECTION)


def test_what_a_case_leaves_behind_is_not_held_against_those_that_share_its_process(sound):
    toy = "leaves_grad_mode_off"
    spec = f"conformance.tests.toys:{toy}"
    together = runner.record(spec, SELECTION, workers=1, shared=True)
    found, comparison = confirmed(sound, together, lambda left: runner.record(spec, left, workers=1))
    expected = {case_id: EXPECTED[toy].get(case_id, "identical") for case_id in SELECTION}
    assert {case.id: case.verdict for case in comparison.cases} == expected
    assert compare(sound, found).cases == comparison.cases
    assert {case.id: case.verdict for case in compare(sound, together).cases} != expected


def one(recording, case_id):
    return recording.cases[case_id]


def test_a_value_within_a_case_s_tolerance_is_close_and_so_are_the_texts_that_show_it(sound, recorded):
    case_id = "derivatives_functions::derivative_of_exp"
    case = dataclasses.replace(CASES[case_id], tolerance=(1e-2, 0.0), reason="to see it close")
    judged = compare_case(case, one(sound, case_id), one(recorded("value_off"), case_id))
    assert judged.verdict == "close"
    assert judged.ulp > 100
    assert {finding.aspect for finding in judged.findings if finding.verdict == "close"} == {"value", "text"}


def test_a_fault_that_another_pytorch_has_too_is_unspecified(sound, recorded):
    case_id = "graph::edges_to_constants_are_none"
    toy = one(recorded("wrong_edge_order"), case_id)
    judged = compare_case(CASES[case_id], one(sound, case_id), toy, [toy])
    assert judged.verdict == "unspecified"
    assert judged.reason.startswith("PyTorch disagrees with itself: ")
    assert {finding.verdict for finding in judged.findings} == {"identical", "unspecified"}


def test_a_crash_that_another_pytorch_has_too_is_unspecified_and_no_agreement(sound, recorded):
    case_id = "derivatives_shapes::triangles"
    crashed = one(recorded("exits"), case_id)
    judged = compare_case(CASES[case_id], one(sound, case_id), crashed, [crashed])
    assert judged.verdict == "unspecified"


def test_a_blocked_case_names_the_root(sound, recorded):
    judged = {case.id: case for case in compare(sound, recorded("swallows_error")).cases}
    blocked = judged["refusals::vector_root_can_be_tried_again"]
    assert blocked.reason == "builds on refusals::vector_root, which is silent"
    assert block([blocked], {}) == [blocked]


def test_every_verdict_is_seen_on_a_toy():
    named = {verdict for verdicts in EXPECTED.values() for verdict in verdicts.values()}
    assert {*named, "identical", "close", "unspecified"} == set(ORDER)
    assert EXPECTED.keys() == TOYS.keys()
