"""No case of the catalog observes only what a wrong engine would show, too."""

from conformance import catalog
from conformance.recording import read
from conformance.sources import shipped

from .degeneracy import (
    does_not_end,
    gradients,
    has_equal_operands,
    has_error_without_message,
    is_uniform,
    sends_ones,
    shows_nothing,
    takes_ambiguous_inputs,
)
from .degenerate_exceptions import EXCEPTIONS

CHECKS = {
    "uniform gradients": is_uniform,
    "equal gradients of several inputs": has_equal_operands,
    "an error without a message": has_error_without_message,
    "nothing but None": shows_nothing,
    "a failure of the case itself": does_not_end,
}


def found():
    records = read(shipped()).cases
    return {
        *(
            (case.id, what)
            for case in catalog.load()
            for what, check in CHECKS.items()
            if check(records[case.id])
        ),
        *((case.id, "an incoming gradient of ones") for case in catalog.load() if sends_ones(case)),
        *((case.id, "ambiguous inputs") for case in catalog.load() if takes_ambiguous_inputs(case)),
    }


def test_the_degenerate_cases_are_those_that_have_a_reason():
    """One test, so that the recording is searched only once."""
    degenerate = found()
    assert not sorted(degenerate - set(EXCEPTIONS))
    assert not sorted(set(EXCEPTIONS) - degenerate)
    assert all(len(reason) > 10 for reason in EXCEPTIONS.values())


def test_what_the_checks_find():
    def record(*observations):
        return {"observations": [{"label": label, "aspects": aspects} for label, aspects in observations]}

    def tensor(*bytes_of_four):
        from base64 import b64encode
        from struct import pack

        data = b64encode(pack(f"<{len(bytes_of_four)}f", *bytes_of_four)).decode()
        return {"value": {"tensor": {"dtype": "float32", "shape": [len(bytes_of_four)], "data": data}}}

    equal, other, different = tensor(2.0, 2.0), tensor(3.0, 3.0), tensor(2.0, 3.0)
    assert is_uniform(record(("gradient", equal), ("x.grad", other)))
    assert not is_uniform(record(("gradient", equal), ("gradient again", different)))
    assert not is_uniform(record(("result", equal)))
    assert has_equal_operands(record(("gradients[0]", different), ("gradients[1]", different)))
    assert not has_equal_operands(record(("gradients[0]", different), ("gradients[1]", equal)))
    assert has_error_without_message(record(("refusal", {"error type": "ValueError", "error message": " "})))
    assert shows_nothing(record(("gradient", {"value": None})))
    assert not shows_nothing(record(("text", {"text": "None"})))
    assert [label for label, _ in gradients(record(("gradient", equal), ("result", equal)))] == ["gradient"]
