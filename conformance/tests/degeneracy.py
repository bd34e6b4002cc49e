"""Finds observations that could not tell a wrong engine from a right one.

A gradient whose elements are all equal does not show a wrong order, a lost factor or a missing `* grad` in a formula;
nor does an incoming gradient of ones. Two operands' gradients that agree do not show that they were exchanged. An
error without a message can be any error. At 0, 1 and 2 different formulas agree. Each check looks at the recording of
PyTorch, or at the case's source, and names the cases; EXCEPTIONS holds those in which the behaviour itself is of that
kind, each with the reason.
"""

from __future__ import annotations

import ast
import re
import textwrap
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import numpy as np

from conformance.case import Case
from conformance.recording import Record
from conformance.values import numbers

GRADIENT = re.compile("grad", re.IGNORECASE)
OF_INPUT = re.compile(r"^(?P<name>.*gradients?.*)\[(?P<index>\d+)\]$", re.IGNORECASE)


def gradients(record: Record) -> Iterator[tuple[str, np.ndarray]]:
    """The observed gradients with more than one element, by their labels."""
    for observation in record["observations"]:
        value = observation["aspects"].get("value")
        if GRADIENT.search(observation["label"]) and isinstance(value, dict) and "tensor" in value:
            array = numbers(value).array
            if array.size > 1:
                yield observation["label"], array


def is_uniform(record: Record) -> bool:
    """Whether gradients are observed, and the elements of each are all equal."""
    found = [array for _, array in gradients(record)]
    return bool(found) and all((array == array.flat[0]).all() for array in found)


def has_equal_operands(record: Record) -> bool:
    """Whether the gradients of several inputs are observed together, and never differ."""
    together: dict[str, list[Any]] = {}
    for label, array in gradients(record):
        if place := OF_INPUT.match(label):
            together.setdefault(place["name"], []).append(array)
    pairs = [(one, other) for arrays in together.values() for one, other in pairwise(arrays)]
    return bool(pairs) and all(
        one.shape == other.shape and np.array_equal(one, other, equal_nan=True) for one, other in pairs
    )


def has_error_without_message(record: Record) -> bool:
    """Whether an error is observed that says nothing; the type of a `NotImplementedError` says enough."""
    return any(
        not observation["aspects"].get("error message", "something").strip()
        for observation in record["observations"]
        if isinstance(observation["aspects"].get("error message", ""), str)
        and observation["aspects"].get("error type") != "NotImplementedError"
    )


def does_not_end(record: Record) -> bool:
    """Whether the case itself fails on PyTorch, so that a subject which fails alike would agree."""
    return bool(record["end"]["how"] != "returned")


def shows_nothing(record: Record) -> bool:
    """Whether all that is observed is None, or nothing at all."""
    return all(
        set(observation["aspects"]) <= {"value"} and observation["aspects"].get("value") is None
        for observation in record["observations"]
    )


def sends_ones(case: Case) -> bool:
    """Whether a case hands ones to `backward` or `grad`, and no other gradient anywhere."""
    if "ones" not in case.source:
        return False
    sent = [
        {
            inner.func.attr
            for argument in [*call.args, *[keyword.value for keyword in call.keywords]]
            for inner in ast.walk(argument)
            if isinstance(inner, ast.Call) and isinstance(inner.func, ast.Attribute)
        }
        for call in ast.walk(ast.parse(textwrap.dedent(case.source)))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"backward", "grad"}
        and (call.args or call.keywords)
    ]
    return bool(sent) and all(names & {"ones", "ones_like"} for names in sent)


def takes_ambiguous_inputs(case: Case) -> bool:
    """Whether all numbers of a case's leaves are 0, 1 or 2, where x² is 2x or x, and x·y may be x + y.

    Cases of a document's rows have the document's own numbers.
    """
    differentiates = ".backward(" in case.source or "autograd.grad(" in case.source
    if case.rows or not differentiates or "requires_grad" not in case.source:
        return False
    leaves = [
        call.args[0]
        for call in ast.walk(ast.parse(textwrap.dedent(case.source)))
        if isinstance(call, ast.Call)
        and isinstance(call.func, ast.Attribute)
        and call.func.attr in {"tensor", "full"}
        and call.args
        and any(keyword.arg == "requires_grad" for keyword in call.keywords)
    ]
    numbers = [
        abs(node.value)
        for leaf in leaves
        for node in ast.walk(leaf)
        if isinstance(node, ast.Constant) and type(node.value) in {int, float, complex}
    ]
    return bool(numbers) and set(numbers) <= {0, 1, 2}
