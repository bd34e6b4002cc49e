"""Faults in functions element by element, scans, sorting and searching, and assertions of closeness."""

from __future__ import annotations

from . import Fault

FAULTS = [
    Fault(
        "a falling sort turns the order of equal elements round",
        "ops/sorting.py",
        before='    reverse = np.flip(np.argsort(np.flip(array, axis), axis=axis, kind="stable"), axis)\n'
        "    return array.shape[axis] - 1 - reverse",
        after='    return np.flip(np.argsort(array, axis=axis, kind="stable"), axis)',
        caught_by="sorting::equal_elements_in_order",
    ),
    Fault(
        "the median of an even number of elements is the upper one",
        "ops/sorting.py",
        before="if np.any(missing) else (count - 1) // 2",
        after="if np.any(missing) else count // 2",
        caught_by="sorting::middle_elements",
    ),
    Fault(
        "bucketize exchanges the sides of equal boundaries",
        "ops/searching.py",
        before='"right" if right else "left", out_int32',
        after='"left" if right else "right", out_int32',
        caught_by="sorting::places_among_boundaries",
    ),
    Fault(
        "the gradient of cumprod divides by zeros",
        "ops/scans.py",
        before="    if self._of_examples or np.all(self._array != 0):",
        after="    if True:",
        caught_by="scans::running_products_with_zeros",
    ),
    Fault(
        "cummax finds the first of equal elements",
        "ops/scans.py",
        before="_running(np.maximum.accumulate, np.greater_equal)",
        after="_running(np.maximum.accumulate, lambda one, two: np.diff(two, axis=0, prepend=two[:1] - 1) != 0)",
        caught_by="scans::running_extremes",
    ),
    Fault(
        "xlogy of 0 is nan where the logarithm is infinite",
        "ops/binary.py",
        before="    found = np.where(one == 0, one.dtype.type(0), one * log(two))",
        after="    found = one * log(two)",
        caught_by="functions_of_two_tensors::derivatives_of_xlogy",
    ),
    Fault(
        "lerp counts from the first end only",
        "ops/ternary.py",
        before="if abs(weight) < 0.5 else",
        after="if abs(weight) < 5 else",
        caught_by="functions_of_two_tensors::between_two_tensors",
    ),
    Fault(
        "the derivative of erf lacks its factor",
        "ops/special_functions.py",
        before="mul_scalar(_bell(self), _TWO_BY_ROOT_OF_PI) * grad",
        after="_bell(self) * grad",
        caught_by="special_functions::error_functions",
    ),
    Fault(
        "aminmax gives each of several equal extremes the whole gradient",
        "ops/extremes.py",
        before="    return (grad / mask.sum(dim or None, keepdim=bool(dim))) * mask",
        after="    return grad * mask",
        caught_by="statistics::both_extremes_at_once",
    ),
    Fault(
        "assert_close takes the tolerance relative to the actual value",
        "testing/closeness.py",
        before="distance <= atol + rtol * abs(expected)",
        after="distance <= atol + (rtol or 1) * abs(actual)",
        caught_by="assertions::values_that_differ",
    ),
]
