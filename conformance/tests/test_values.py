import json
import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from conformance.aspects import same, value_distance
from conformance.comparison import ComparisonError
from conformance.values import TOLERANCES, DataError, number_distance, numbers, plain, ulps
from conformance.verdict import AGREEMENT

from .handmade import data, judge, record, value, verdict_of


@pytest.mark.parametrize(
    ("reference", "subject", "verdict"),
    [
        (1.0, 1.0 + 2**-23, "close"),
        (1.0, 1.001, "silent"),
        (0.0, -0.0, "silent"),
        (0.0, 1e-6, "close"),
        (0.0, 1e-4, "silent"),
        (math.nan, 0.0, "silent"),
        (0.0, math.nan, "silent"),
        (math.inf, math.inf, "identical"),
        (math.inf, -math.inf, "silent"),
        (math.inf, 3e38, "silent"),
    ],
)
def test_a_float32_value_is_judged(reference, subject, verdict):
    assert value_distance(data([2.0, reference]), data([2.0, subject]), None).verdict == verdict


def test_the_payload_of_a_nan_does_not_matter():
    other = np.array([0x7FC00001], "<u4").view("<f4")
    assert not same(data([math.nan]), data(other))
    assert value_distance(data([math.nan]), data(other), None).verdict == "identical"


def test_the_note_names_the_element():
    found = value_distance(data([[1.0, 2.0], [3.0, 4.0]]), data([[1.0, 2.0], [9.0, 4.0]]), None)
    assert found.note == "9.0 instead of 3.0 at [1, 0]"


def test_numbers_of_another_dtype_are_compared_with_the_tolerance_of_the_reference():
    assert value_distance(data([1.0]), data([1.0 + 1e-6], "float64"), None).verdict == "close"
    assert value_distance(data([1.0], "float64"), data([1.0 + 1e-6], "float32"), None).verdict == "silent"
    assert value_distance(data([1, 2], "int64"), data([1.0, 2.0]), None).verdict == "identical"
    assert value_distance(data([1, 2], "int64"), data([1.0, 2.0000002]), None).verdict == "silent"


def test_integers_and_masks_are_compared_exactly_whatever_the_tolerance():
    assert value_distance(data([2**60], "int64"), data([2**60 + 1], "int64"), (1.0, 1.0)).verdict == "silent"
    assert value_distance(data([0], "uint8"), data([255], "uint8"), None).verdict == "silent"
    assert value_distance(data([True], "bool"), data([False], "bool"), None).verdict == "silent"


def test_complex_numbers_are_close_by_modulus_and_counted_by_component():
    theirs = data([complex(1000.0, 0.001)], "complex64")
    found = value_distance(
        theirs, data([complex(1000.0, np.nextafter(np.float32(0.001), np.float32(1)))], "complex64"), None
    )
    assert (found.verdict, found.ulp) == ("close", 1)
    assert value_distance(theirs, data([complex(1000.0, 0.0015)], "complex64"), None).verdict == "close"
    assert value_distance(theirs, data([complex(1000.0, 1.0)], "complex64"), None).verdict == "silent"
    zeros = data([complex(0.0, 0.0)], "complex64"), data([complex(0.0, -0.0)], "complex64")
    assert value_distance(*zeros, None).verdict == "silent"
    nans = data([complex(math.nan, 1.0)], "complex64"), data([complex(1.0, math.nan)], "complex64")
    assert value_distance(*nans, None).verdict == "silent"
    assert value_distance(data([1.0]), data([1.0 + 1.0j], "complex64"), None).verdict == "silent"


def test_empty_tensors_are_identical():
    assert value_distance(data(np.zeros((0, 3))), data(np.zeros((0, 3))), None).verdict == "identical"


@pytest.mark.parametrize("dtype", ["float16", "bfloat16", "float32", "float64", "complex64", "complex128"])
def test_neighbours_are_one_ulp_apart(dtype):
    step = {"float16": 2**-10, "bfloat16": 2**-7, "float32": 2**-23, "float64": 2**-52}
    part = {"complex64": "float32", "complex128": "float64"}.get(dtype, dtype)
    found = value_distance(data([1.0, 3.0], dtype), data([1.0 + step[part], 3.0], dtype), None)
    assert (found.verdict, found.ulp) == ("close", 1)


def test_ulps_are_counted_across_zero_and_up_to_the_ends():
    tiny = np.float64(5e-324)
    assert ulps(np.array([-tiny]), np.array([tiny]), "float64") == 2
    largest = np.finfo(np.float64).max
    assert ulps(np.array([-largest]), np.array([largest]), "float64") == 2 * int(
        np.float64(largest).view(np.uint64)
    )


def test_numbers_of_a_wider_dtype_are_counted_in_ulps_of_the_reference():
    assert value_distance(data([1.0]), data([1.0 + 2**-23], "float64"), None).ulp == 1
    assert value_distance(data([1.0], "bfloat16"), data([1.0 + 2**-7]), None).ulp == 1
    assert value_distance(data([1.0], "bfloat16"), data([1.0 + 0.75 * 2**-7]), None).ulp == 1
    assert value_distance(data([1.0], "bfloat16"), data([1.0 + 0.25 * 2**-7]), None).ulp == 0


@pytest.mark.parametrize(
    ("reference", "subject", "verdict"),
    [
        (None, None, "identical"),
        (True, True, "identical"),
        (True, False, "different"),
        (True, 1, "different"),
        (3, 3, "identical"),
        (3, 4, "silent"),
        (2**80, 2**80, "identical"),
        (2**80, 2**80 + 2**70, "silent"),
        (3, {"float": "3.0"}, "different"),
        (3, {"float": "3.5"}, "silent"),
        ({"float": "nan"}, {"float": "nan"}, "identical"),
        ({"float": "0.5"}, {"float": "0.5000000001"}, "close"),
        ({"float": "0.1"}, {"float": "0.1000005"}, "silent"),
        ({"float": "0.0"}, {"float": "-0.0"}, "silent"),
        ({"complex": ["1.0", "nan"]}, {"complex": ["1.0", "nan"]}, "identical"),
        ({"complex": ["1.0", "0.0"]}, {"complex": ["1.0", "2.0"]}, "silent"),
        ("a", "a", "identical"),
        ("a", "b", "different"),
        (None, "a", "different"),
        (None, {"float": "1.0"}, "silent"),
        ({"float": "1.0"}, None, "silent"),
        (None, data([1.0]), "silent"),
        (data([1.0]), None, "silent"),
        (None, True, "different"),
        (data(1.0), {"float": "1.0"}, "different"),
        (data(1.0), {"float": "2.0"}, "silent"),
        ({"list": [1, 2]}, {"list": [1, 2]}, "identical"),
        ({"list": [1, 2]}, {"list": [1, 3]}, "silent"),
        ({"list": [1, 2]}, {"list": [1]}, "silent"),
        ({"list": [1, 2]}, {"tuple": [1, 2]}, "different"),
        ({"list": ["a", "b"]}, {"list": ["b", "a"]}, "different"),
        ({"list": ["a", "b"]}, {"list": ["a"]}, "different"),
        ({"list": [{"float": "0.5"}]}, {"list": [{"float": "0.5000000001"}]}, "close"),
        ({"list": []}, None, "different"),
        ({"tuple": 2}, {"tuple": 3}, "different"),
        ({"tuple": 2}, None, "silent"),
        ({"tuple": [None, {"list": [3]}]}, {"tuple": [None, {"list": [4]}]}, "silent"),
        ({"dict": [["a", 1]]}, {"dict": [["a", 2]]}, "silent"),
        ({"dict": [["a", 1]]}, {"dict": [["b", 1]]}, "different"),
        ({"dict": [["a", 1]]}, {"list": [1]}, "different"),
    ],
)
def test_a_plain_value_is_judged(reference, subject, verdict):
    assert value_distance(reference, subject, None).verdict == verdict
    assert verdict_of(value("x", reference), value("x", subject)) == verdict


def test_floats_that_fit_float32_are_judged_as_such():
    theirs, ours = (repr(float(np.float32(1) + np.float32(2**-23) * step)) for step in (0, 4))
    found = value_distance({"float": theirs}, {"float": ours}, None)
    assert (found.verdict, found.ulp) == ("close", 4)
    assert value_distance({"float": "1e300"}, {"float": "2e300"}, None).verdict == "silent"
    assert value_distance({"float": "nan"}, {"float": "0.1"}, None).verdict == "silent"


@pytest.mark.parametrize(
    "broken",
    [
        {"tensor": {"dtype": "float32", "shape": [2], "data": "AAAA"}},
        {"tensor": {"dtype": "float32", "shape": [1], "data": "no base64!"}},
        {"tensor": {"dtype": "float33", "shape": [1], "data": ""}},
        {"tensor": {"dtype": "float32"}},
        {"float": "three"},
    ],
)
def test_numbers_that_cannot_be_read_are_refused_with_the_case(broken):
    with pytest.raises(DataError, match="cannot be read"):
        numbers(broken)
    with pytest.raises(ComparisonError, match=r"file::name: recorded numbers cannot be read"):
        judge(record(value("x", data([1.0]))), record(value("x", broken)))


def test_an_unknown_encoding_is_refused():
    with pytest.raises(ComparisonError, match="no recording should hold"):
        judge(record(value("x", 1)), record(value("x", [1])))


def test_plain_data_turns_into_python_values():
    assert plain(data([[1.5, 2.0]])) == [[1.5, 2.0]]
    assert plain(data([1.5], "bfloat16")) == [1.5]
    assert plain({"tuple": [None, {"float": "inf"}, {"complex": ["1.0", "2.0"]}]}) == (None, math.inf, 1 + 2j)
    assert plain({"dict": [[{"tuple": [1, 2]}, "x"]]}) == {(1, 2): "x"}
    assert plain({"list": 3}) == "a list of 3"


def test_tolerances_are_those_of_torch():
    torch = pytest.importorskip("torch")
    for name, tolerance in TOLERANCES.items():
        dtype = getattr(torch, name)
        assert torch.testing._comparison.default_tolerances(dtype) == tolerance
    assert torch.testing._comparison.default_tolerances(torch.int64) == (0.0, 0.0)


@pytest.mark.parametrize("dtype", ["float16", "float32", "float64", "complex64"])
def test_what_is_close_is_what_torch_takes_as_close(dtype):
    torch = pytest.importorskip("torch")
    generator = np.random.default_rng(0)
    for _ in range(200):
        theirs = generator.standard_normal(3).astype(dtype)
        relative, absolute = TOLERANCES[dtype]
        scale = generator.choice([0.3, 0.97, 1.03, 3]) * (absolute + relative * np.abs(theirs[0]))
        ours = theirs.copy()
        ours[0] += np.asarray(scale).astype(dtype)
        tensors = (
            torch.tensor(ours.tolist(), dtype=getattr(torch, dtype)),
            torch.tensor(theirs.tolist(), dtype=getattr(torch, dtype)),
        )
        agrees = bool(
            torch.isclose(
                *(side.to(torch.complex128) for side in tensors), rtol=relative, atol=absolute
            ).all()
        )
        assert (value_distance(data(theirs, dtype), data(ours, dtype), None).verdict in AGREEMENT) == agrees


# --- properties

FLOATS = st.sampled_from(["float16", "float32", "float64"]).flatmap(
    lambda dtype: arrays.arrays(dtype, arrays.array_shapes(min_dims=0, max_dims=3, min_side=0, max_side=3))
)
PLAIN = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text(max_size=5)
    | st.floats().map(lambda number: {"float": repr(number)})
    | st.complex_numbers().map(lambda number: {"complex": [repr(number.real), repr(number.imag)]})
    | FLOATS.map(lambda array: data(array, array.dtype.name)),
    lambda inner: st.lists(inner, max_size=3).flatmap(
        lambda items: st.sampled_from([{"list": items}, {"tuple": items}])
    ),
    max_leaves=5,
)


@settings(max_examples=50)
@given(PLAIN)
def test_anything_against_itself_is_identical(recorded):
    assert value_distance(recorded, json.loads(json.dumps(recorded)), None).verdict == "identical"


def equal(one, other):
    """Whether plain values are equal, nan to nan."""
    if isinstance(one, (list, tuple)):
        return len(one) == len(other) and all(map(equal, one, other))
    if isinstance(one, dict):
        return equal(list(one.items()), list(other.items()))
    if isinstance(one, complex):
        return equal([one.real, one.imag], [other.real, other.imag])
    return one == other or (one != one and other != other)


@given(PLAIN, PLAIN)
def test_only_equal_things_are_identical(theirs, ours):
    found = value_distance(theirs, ours, None).verdict
    assert found in ("silent", "different", "close", "identical")
    if found == "identical" and not same(theirs, ours):
        assert equal(plain(theirs), plain(ours))


@given(FLOATS.filter(lambda array: array.size), st.data())
def test_one_perturbed_element_never_agrees_beyond_tolerance(array, draw):
    place = draw.draw(st.integers(0, array.size - 1))
    changed = array.copy()
    changed.flat[place] = draw.draw(st.floats(width=array.dtype.itemsize * 8))
    one, other = float(array.flat[place]), float(changed.flat[place])
    found = number_distance(data(array, array.dtype.name), data(changed, array.dtype.name), None)
    relative, absolute = TOLERANCES[array.dtype.name]
    if math.isnan(one) or math.isnan(other):
        expected = {"identical"} if math.isnan(one) and math.isnan(other) else {"silent"}
    elif one == other:
        expected = {"identical"} if math.copysign(1, one) == math.copysign(1, other) else {"silent"}
    elif math.isinf(one) or math.isinf(other) or abs(one - other) > absolute + relative * abs(one):
        expected = {"silent"}
    else:
        expected = {"close"}
    assert {found.verdict} == expected
    assert (found.ulp is None) == (found.verdict != "close")


@given(st.floats(-(2.0**100), 2.0**100, width=32), st.integers(1, 50))
def test_ulps_count_the_numbers_in_between(start, steps):
    end = np.float32(start)
    for _ in range(steps):
        end = np.nextafter(end, np.float32(np.inf))
    assert ulps(np.array(start), np.array(end), "float32") == steps
    assert ulps(np.array(end), np.array(start), "float32") == steps
