"""What `gradcheck` asks of `vmap`: gradients and tangents of a batch are those of its members."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from . import forward_ad
from .backward import grad
from .base import TensorBase
from .gradcheck_texts import BATCHED_FAILED, BATCHED_TANGENTS_FAILED
from .jacobians import GradcheckError, as_tuple, differentiated, is_differentiated, is_number_like
from .ops.comparison import allclose
from .ops.creation import randn_like, zeros_like
from .ops.joining import stack


def check_batched_gradients(inputs: Any, output: Any, number: int) -> None:
    """`vmap` over backward gives what running backward for each gradient gives."""
    wanted = differentiated(inputs)

    def pull(vector: Any) -> tuple[Any, ...]:
        found = grad(output, wanted, vector, retain_graph=True, allow_unused=True)
        return tuple([zeros_like(each) if one is None else one for one, each in zip(found, wanted)])

    for position, one, two in _both_ways(pull, output, BATCHED_FAILED):
        _compare(one, two, number, position, BATCHED_FAILED)


def check_batched_tangents(func: Callable[..., Any], inputs: Any) -> None:
    """`vmap` over forward mode gives what pushing each tangent gives."""
    for position, each in enumerate(inputs):
        if is_differentiated(each) and is_number_like(each):
            push = _pushing(func, inputs, position)
            for number, one, two in _both_ways(push, each, BATCHED_TANGENTS_FAILED):
                _compare(one, two, number, number, BATCHED_TANGENTS_FAILED)


def _pushing(func: Callable[..., Any], inputs: Sequence[Any], position: int) -> Callable[..., Any]:
    """The outputs' tangents as a function of that of one input."""

    def push(tangent: Any) -> tuple[Any, ...]:
        with forward_ad.dual_level():
            given = [each.detach() if isinstance(each, TensorBase) else each for each in inputs]  # type: ignore[attr-defined]
            given[position] = forward_ad.make_dual(given[position], tangent)
            unpacked = [forward_ad.unpack_dual(each) for each in as_tuple(func(*given)) if each is not None]
            return tuple([zeros_like(primal) if found is None else found for primal, found in unpacked])

    return push


def _both_ways(function: Callable[..., Any], like: Any, explanation: str) -> list[tuple[int, Any, Any]]:
    """For each result: of two random vectors as a batch, and one by one."""
    from .func import vmap

    vectors = [randn_like(like) for _ in range(2)]
    expected = [stack(each) for each in zip(*[function(vector) for vector in vectors])]
    try:
        together = vmap(function)(stack(vectors))
    except RuntimeError as error:
        raise GradcheckError(f"While computing batched gradients, got: {error}\n\n{explanation}") from error
    return [(number, *pair) for number, pair in enumerate(zip(together, expected))]


def _compare(one: Any, two: Any, number: int, position: int, explanation: str) -> None:
    if not allclose(one, two):
        text = (
            f"For output {number} and input {position}:\n\n{explanation}\n\nGot:\n{one}\n\nExpected:\n{two}"
        )
        raise GradcheckError(text.strip())
