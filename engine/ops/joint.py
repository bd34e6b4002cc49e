"""Operations whose gradients are computed together: one formula for all inputs, where `op` has one for each."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..declaration import parameters
from ..saved import unpack


def apart(formula: Callable[..., Any], count: int) -> list[Callable[..., Any]]:
    """The formulas for each of `count` inputs, from that for all; a declaration sees the same parameters.

    The joint formula's first two parameters are the gradient (or list of them) and which inputs need one.
    """
    names = ", ".join(parameters(formula)[2:])
    made: list[Callable[..., Any]] = []
    for index in range(count):
        needed = tuple([number == index for number in range(count)])
        source = f"lambda grad, {names}: formula(grad, needed, {names})[index]"
        made.append(eval(source, {"formula": formula, "needed": needed, "index": index}))
    return made


def together(operation: Any, formula: Callable[..., Any]) -> Any:
    """Have the operation's nodes apply the joint formula once for all inputs."""
    places = [operation.declaration.saved.index(name) for name in parameters(formula)[2:]]

    def apply(node: Any, grad: Any, edges: Any) -> Sequence[Any]:
        needed = tuple([edge is not None for edge in edges])
        return formula(
            _of_what_was_asked(grad), needed, *[unpack(node._saved[place], node) for place in places]
        )

    operation.declaration.node_class.apply = apply
    return operation


def _of_what_was_asked(grads: Any) -> Any:
    """Gradients, without those of the empty results that stand where none was asked for."""
    if not isinstance(grads, (list, tuple)):
        return grads
    return [None if each is None or each._array.shape == (0,) else each for each in grads]


def only(needed: Sequence[bool], found: Sequence[Any]) -> list[Any]:
    """The results that were asked for; None for the others, in whose place an operation gives something empty."""
    return [each if wanted else None for each, wanted in zip(found, needed)]
