"""`torch._foreach_add` and its relatives: the same operation on each tensor of a list, as optimizers write it.

Each is made when a program first asks for it; `_foreach_add_` changes the tensors in place.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import repeat
from typing import Any

from .. import op
from ..base import TensorBase

TWO = ("add", "clamp_max", "clamp_min", "div", "maximum", "minimum", "mul", "pow", "sub", "copy")
THREE = ("addcdiv", "addcmul", "lerp")
PARAMETERS = {
    **dict.fromkeys(("exponent", "scalar", "src"), "other"),
    **dict.fromkeys(("tensor1", "tensors1"), "one"),
    **dict.fromkeys(("tensor2", "weight", "weights"), "two"),
    "self": "tensors",
}
"""The names that PyTorch gives to the parameters of these functions, and those below."""

_AS = {"maximum": "clamp_min", "minimum": "clamp_max"}  # what a number beside the tensors asks for


def _checked(tensors: Any) -> Any:
    if not len(tensors):
        raise RuntimeError("Tensor list must have at least one tensor.")
    return tensors


def _beside(tensors: Any, given: Any) -> Any:
    """What stands beside each tensor: a list's elements, or the same number or tensor for all."""
    if not isinstance(given, (list, tuple)):
        return repeat(given)
    if len(given) != len(tensors):
        if given and not isinstance(given[0], TensorBase):
            raise RuntimeError("Tensor list must have same number of elements as scalar list.")
        raise RuntimeError(
            f"Tensor lists must have the same number of tensors, got {len(tensors)} and {len(given)}"
        )
    return given


def _of_one(method: Callable[..., Any]) -> Callable[..., Any]:
    return lambda tensors: [method(each) for each in _checked(tensors)]


def _of_two(name: str, ending: str) -> Callable[..., Any]:
    def call(tensors: Any, other: Any, **options: Any) -> Any:
        if name == "pow" and isinstance(tensors, (int, float)):
            return [tensors**each for each in _checked(other)]
        found = _AS.get(name, name) if isinstance(other, (int, float)) else name
        if found == "maximum" or found == "minimum":
            return _extremes(found, ending, tensors, other)
        method = getattr(op.Tensor, found + ending)
        return [
            method(each, beside, **options)
            for each, beside in zip(_checked(tensors), _beside(tensors, other))
        ]

    return call


def _extremes(name: str, ending: str, tensors: Any, other: Any) -> list[Any]:
    method = getattr(op.Tensor, name)
    number = getattr(op.Tensor, _AS[name])
    found = []
    for each, beside in zip(_checked(tensors), _beside(tensors, other)):
        result = (method if isinstance(beside, TensorBase) else number)(each, beside)
        found.append(each.copy_(result) if ending else result)
    return found


def _of_three(name: str, ending: str) -> Callable[..., Any]:
    method = getattr(op.Tensor, name + ending)

    def call(tensors: Any, one: Any, two: Any, scalars: Any = None, *, value: Any = None) -> Any:
        pairs = zip(_checked(tensors), _beside(tensors, one), _beside(tensors, two))
        if name == "lerp":
            return [method(each, end, weight) for each, end, weight in pairs]
        factor = value if scalars is None else scalars
        if isinstance(factor, TensorBase):
            factor = factor.tolist()  # type: ignore[attr-defined]
        factors = _beside(tensors, 1 if factor is None else factor)
        return [method(*three, value=by) for three, by in zip(pairs, factors)]

    return call


def _foreach_norm(tensors: Any, ord: Any = 2, dtype: Any = None) -> tuple[Any, ...]:
    """The vector norm of each tensor."""
    from ..linalg.norms import vector_norm

    return tuple([vector_norm(each, ord, dtype=dtype) for each in _checked(tensors)])


def _foreach_max(tensors: Any) -> tuple[Any, ...]:
    """The largest element of each tensor."""
    return tuple([each.max() for each in _checked(tensors)])


def __getattr__(name: str) -> Any:
    bare = name[len("_foreach_") :]
    ending = "_" if bare.endswith("_") else ""
    bare = bare.removesuffix("_")
    if not name.startswith("_foreach_"):
        raise AttributeError(name)
    if bare in TWO or bare in THREE:
        run = (_of_two if bare in TWO else _of_three)(bare, ending)
    else:
        run = _of_one(getattr(op.Tensor, bare + ending))

    def call(*args: Any, **options: Any) -> Any:
        given = {PARAMETERS.get(each, each): value for each, value in options.items()}
        if bare in TWO and "scalars" in given:
            given["other"] = given.pop("scalars")
        results = run(*args, **given)
        return (args[0] if args else given["tensors"]) if ending else tuple(results)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{bare}` of each tensor{', in place' if ending else ''}."
    return call
