"""Matrices with nan and inf are factorized, or refused, as live PyTorch does it."""

from __future__ import annotations

import math

import pytest
import torch

import engine

MATRICES = {
    "all nan": [[math.nan, math.nan], [math.nan, math.nan]],
    "nan above": [[1.0, math.nan], [0.5, 1.0]],
    "nan below": [[1.0, 0.5], [math.nan, 1.0]],
    "nan last": [[1.0, 0.5], [0.5, math.nan]],
    "infinity last": [[1.0, 0.5], [0.5, math.inf]],
}
FUNCTIONS = {
    "cholesky": lambda namespace, matrix: namespace.linalg.cholesky(matrix),
    "cholesky of the upper triangle": lambda namespace, matrix: namespace.linalg.cholesky(matrix, upper=True),
    "cholesky of two": lambda namespace, matrix: namespace.linalg.cholesky(
        namespace.stack([namespace.eye(2, dtype=matrix.dtype), matrix])
    ),
    "where cholesky fails": lambda namespace, matrix: namespace.linalg.cholesky_ex(matrix).info,
    "slogdet": lambda namespace, matrix: namespace.linalg.slogdet(matrix),
}
OF_SINGULAR_VALUES = {
    "pinv": lambda namespace, matrix: namespace.linalg.pinv(matrix),
    "svd": lambda namespace, matrix: namespace.linalg.svd(matrix),
    "svd of two": lambda namespace, matrix: namespace.linalg.svdvals(
        namespace.stack([namespace.eye(2, dtype=matrix.dtype), matrix])
    ),
}


def outcome(namespace, function, values, dtype):
    try:
        return str(function(namespace, namespace.tensor(values, dtype=getattr(namespace, dtype))))
    except RuntimeError as error:
        return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize("dtype", ["float32", "float64", "complex64"])
@pytest.mark.parametrize("function", FUNCTIONS.values(), ids=FUNCTIONS)
@pytest.mark.parametrize("values", MATRICES.values(), ids=MATRICES)
def test_what_is_not_finite_is_no_matrix_to_factorize(values, function, dtype):
    assert outcome(engine, function, values, dtype) == outcome(torch, function, values, dtype)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("function", OF_SINGULAR_VALUES.values(), ids=OF_SINGULAR_VALUES)
@pytest.mark.parametrize("values", MATRICES.values(), ids=MATRICES)
def test_singular_values_of_nan_are_refused_and_those_of_infinity_are_nan(values, function, dtype):
    assert outcome(engine, function, values, dtype) == outcome(torch, function, values, dtype)
