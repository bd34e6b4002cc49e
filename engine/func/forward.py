"""`jvp`: forward mode as a transform, and `linearize`. Source: torch.func, "torch.func.jvp"."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from .. import forward_ad
from ..base import TensorBase
from ..ops.creation import zeros_like
from ..ops.views import alias
from ..size import Size
from .arguments import chosen, replaced
from .eager import check_tensors, split_aux, unlifted
from .levels import entered
from .pytree import flatten, unflatten
from .tracking import GradLevel

_JVP = "jvp(f, primals, tangents)"


def jvp(
    func: Callable[..., Any], primals: Any, tangents: Any, *, strict: bool = False, has_aux: bool = False
) -> Any:
    """The output of `func`, and how it changes when the inputs change by `tangents`."""
    return jvp_by(func, primals, tangents, None, strict, has_aux)


def jvp_by(
    func: Callable[..., Any], args: Any, tangents: Any, argnums: Any, strict: bool, has_aux: bool
) -> Any:
    """`jvp` with respect to the arguments at `argnums`, or to all."""
    if not isinstance(args, tuple):
        raise RuntimeError(
            f"{_JVP}: Expected primals to be a tuple. E.g. it should be valid to call f(*primals)."
        )
    primals, spec = flatten(args if argnums is None else chosen(args, argnums))
    directions, directions_spec = flatten(tangents)
    if spec != directions_spec:
        raise RuntimeError(
            f"{_JVP}: Expected primals and tangents to have the same python structure. For example, if primals is a tuple of "
            f"3 tensors, tangents also must be. Got primals with structure {spec} and tangents with structure "
            f"{directions_spec}"
        )
    _check_inputs(primals, "primals")
    _check_inputs(directions, "tangents")
    forward = forward_ad.Level()
    duals = [_dual(forward, *pair) for pair in zip(primals, directions)]
    with forward_ad.active(forward):
        level = GradLevel()
        with entered(level):
            lifted = unflatten([level.tensor(each) for each in duals], spec)
            inputs = (
                lifted
                if argnums is None
                else replaced(args, argnums, (lifted,) if isinstance(argnums, int) else lifted)
            )
            output = func(*inputs)
        level.over = True
    aux = None
    if has_aux:
        output, aux = split_aux(output, _JVP)
        aux = unlifted(level, aux)
    outputs, out_spec = flatten(output)
    check_tensors(outputs, _JVP)
    pairs = [_unpacked(forward, level.value_of(each), strict) for each in outputs]
    found = tuple(unflatten(each, out_spec) for each in zip(*pairs))
    return (*found, aux) if has_aux else found


def linearize(func: Callable[..., Any], *primals: Any) -> tuple[Any, Callable[..., Any]]:
    """The output of `func` at `primals`, and the function of tangents that approximates how it changes there."""
    output = func(*primals)
    values, spec = flatten(primals)
    wanted = [(each._array.shape, each._dtype) for each in values]

    def jvp_fn(*tangents: Any) -> Any:
        """The change of the output for a change of the primals."""
        flat, given = flatten(tangents)
        if given != spec:
            raise RuntimeError(
                f"Expected the tangents {given} to have the same argspec as the primals {spec}"
            )
        for number, (tangent, (shape, dtype)) in enumerate(zip(flat, wanted)):
            for what, found, right in (
                ("shape", tangent.shape, Size(shape)),
                ("dtype", tangent.dtype, dtype),
            ):
                if found != right:
                    raise RuntimeError(
                        f"tangent:{number} with {what} {found} in flattened pytree doesn't match the {what} {right} "
                        "of the corresponding primal."
                    )
        return jvp(func, primals, tangents)[1]

    return output, jvp_fn


def _check_inputs(values: Sequence[Any], name: str) -> None:
    if not values:
        raise RuntimeError(f"{_JVP}: Expected {name} to contain at least one Tensor.")
    for each in values:
        if not isinstance(each, TensorBase):
            raise RuntimeError(f"{_JVP}: Expected {name} to only contain Tensors, got {type(each)}")


def _dual(forward: forward_ad.Level, primal: Any, tangent: Any) -> Any:
    dual = alias(primal)
    if tangent._array.shape != primal._array.shape:
        raise RuntimeError(
            "Trying to set a forward gradient that has a different size than that of the original Tensor, this is not "
            f"supported. Tensor is of size {list(primal._array.shape)} while the given forward gradient is of size "
            f"{list(tangent._array.shape)}."
        )
    forward.set(dual, tangent)
    return dual


def _unpacked(forward: forward_ad.Level, result: Any, strict: bool) -> tuple[Any, Any]:
    tangent = forward.tangent(result)
    if tangent is None:
        if strict:
            raise RuntimeError(
                "jvp(f, primals, tangents, strict=True): The output of f is independent of the inputs. This is not allowed "
                "with strict=True."
            )
        tangent = zeros_like(result)
    return alias(result), tangent
