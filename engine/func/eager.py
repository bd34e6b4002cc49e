"""`grad`, `grad_and_value` and `vjp`: transforms that run the tape of their level backwards.

Source: torch.func, "torch.func.grad" and the pages beside it.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from typing import Any

from .. import backward
from ..base import TensorBase
from ..grad_mode import enable_grad, is_grad_enabled
from ..ops.creation import zeros_like
from ..ops.views import detach
from ..packing import refusing_hooks
from .arguments import chosen, replaced
from .levels import entered
from .pytree import flatten, map_leaves, unflatten
from .tracking import GradLevel


def differentiable(level: GradLevel, values: Any) -> Any:
    """The tensors of this level, as leaves that require grad."""

    def require(value: Any) -> Any:
        if not isinstance(value, TensorBase):
            raise ValueError(f"Thing passed to transform API must be Tensor, got {type(value)}")
        if value._dtype.category <= 1:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        value._requires_grad = True
        return value

    return map_leaves(require, values)


def lifted(level: GradLevel, values: Any) -> Any:
    """All tensors in nested containers as tensors of this level."""
    return map_leaves(lambda each: level.tensor(each) if isinstance(each, TensorBase) else each, values)


def unlifted(level: GradLevel, values: Any) -> Any:
    """What the tensors of this level hold; raises `RuntimeError` for what is no tensor."""

    def value_of(each: Any) -> Any:
        if not isinstance(each, TensorBase):
            raise RuntimeError(f"Expected tensors, got unsupported type {type(each)}")
        return level.value_of(each)

    return map_leaves(value_of, values)


def gradients(outputs: Sequence[Any], inputs: Sequence[Any], grads: Sequence[Any] | None = None) -> list[Any]:
    """The gradients of the outputs that have a history; zeros where the outputs do not depend on an input."""
    grads = [None] * len(outputs) if grads is None else grads
    pairs = [(output, grad) for output, grad in zip(outputs, grads) if output.requires_grad]
    if not pairs or not inputs:
        return [zeros_like(each) for each in inputs]
    roots, seeds = zip(*pairs)
    found = backward.grad(roots, inputs, seeds, retain_graph=True, create_graph=True, allow_unused=True)
    return [zeros_like(each) if grad is None else grad for each, grad in zip(inputs, found)]


def split_aux(output: Any, what: str) -> tuple[Any, Any]:
    """The function's output and what it gives beside it."""
    if not (isinstance(output, tuple) and len(output) == 2):
        raise RuntimeError(
            f"{what}: output of function f should be a tuple: (output, aux) if has_aux is True"
        )
    return output


_GRAD = "grad_and_value(f)(*args)"
_no_hooks = refusing_hooks(
    "torch.func.{grad, vjp, jacrev, hessian} don't yet support saved tensor hooks. Please open an issue with your use case."
)


def grad_and_value(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of `func`'s scalar output and the output itself."""

    @functools.wraps(func)
    @_no_hooks
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        level = GradLevel()
        with entered(level), enable_grad():
            args, kwargs = lifted(level, args), lifted(level, kwargs)
            by = differentiable(level, chosen(args, argnums))
            output = func(*args, **kwargs)
            aux = None
            if has_aux:
                output, aux = split_aux(output, _GRAD)
            _check_scalar(output)
            inputs, spec = flatten(by)
            found = unflatten(unlifted(level, gradients([output], inputs)), spec)
            output = unlifted(level, output)
            if has_aux:
                aux = unlifted(level, aux)
        level.over = True
        return (found, (output, aux)) if has_aux else (found, output)

    return wrapper


def _check_scalar(output: Any) -> None:
    if not isinstance(output, TensorBase):
        raise RuntimeError(f"{_GRAD}: Expected f(*args) to return a Tensor, got {type(output)}")
    if output._array.ndim:
        raise RuntimeError(
            f"{_GRAD}: Expected f(*args) to return a scalar Tensor, got tensor with {output._array.ndim} dims. Maybe you "
            "wanted to use the vjp or jacrev APIs instead?"
        )


def grad(func: Callable[..., Any], argnums: Any = 0, has_aux: bool = False) -> Callable[..., Any]:
    """A function that gives the gradient of `func`'s scalar output."""
    with_value = grad_and_value(func, argnums, has_aux)

    @functools.wraps(func)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        found, value = with_value(*args, **kwargs)
        return (found, value[1]) if has_aux else found

    return wrapper


def vjp(func: Callable[..., Any], *primals: Any, has_aux: bool = False) -> Any:
    """The output of `func`, and a function from gradients of the output to those of the inputs."""
    return vjp_by(func, primals, None, has_aux)


@_no_hooks
def vjp_by(func: Callable[..., Any], primals: tuple[Any, ...], argnums: Any, has_aux: bool) -> Any:
    """`vjp` with respect to the arguments at `argnums`, or to all."""
    level = GradLevel()
    with entered(level), enable_grad():
        args = lifted(level, primals)
        by = args if argnums is None else chosen(args, argnums)
        args = args if argnums is not None else by
        differentiable(level, by)
        output = func(*args)
        aux = None
        if has_aux:
            output, aux = split_aux(output, "vjp(f, *primals)")
            aux = unlifted(level, aux)
        outputs, output_spec = flatten(output)
        check_tensors(outputs, "vjp(f, *primals)")
        inputs, spec = flatten(by)
        results = unlifted(level, output)
        for each in outputs:
            if not (each._dtype.is_floating_point or each._dtype.is_complex):
                raise RuntimeError(
                    "vjp(f, ...): All outputs of f must be floating-point or complex Tensors, got Tensor with dtype "
                    f"{each._dtype}"
                )
    level.over = True

    def vjp_fn(cotangents: Any, retain_graph: bool = True, create_graph: bool | None = None) -> Any:
        record = is_grad_enabled() if create_graph is None else create_graph
        seeds, seeds_spec = flatten(cotangents)
        if seeds_spec != output_spec:
            raise RuntimeError(
                "Expected pytree structure of cotangents to be the same as pytree structure of outputs to the function. "
                f"cotangents: {_shown(cotangents)}, primal output: {_shown(output)}"
            )
        with entered(level), enable_grad():
            found = level.value_of(gradients(outputs, inputs, seeds))
        return unflatten(found if record else [detach(each) for each in found], spec)

    return (results, vjp_fn, aux) if has_aux else (results, vjp_fn)


def _shown(values: Any) -> str:
    """The structure with a star for each leaf."""
    return _Stars.text(values)


class _Stars:
    def __repr__(self) -> str:
        return "*"

    @classmethod
    def text(cls, values: Any) -> str:
        return repr(map_leaves(lambda each: cls(), values))


def check_tensors(outputs: Sequence[Any], what: str) -> None:
    """Raise `RuntimeError` unless a function gave tensors, and at least one."""
    if not outputs or (len(outputs) == 1 and outputs[0] is None):
        raise RuntimeError(
            f"{what}: Expected f to be a function that has non-empty output (got output = {list(outputs)})"
        )
    for each in outputs:
        if not isinstance(each, TensorBase):
            raise RuntimeError(
                f"{what}: expected f(*primals) to return only tensors, got unsupported type {type(each)}"
            )


__all__ = ["grad", "grad_and_value", "replaced", "vjp", "vjp_by"]
