"""From an operation's declaration to its rule for tangents: what forward mode does beside the operation itself.

`jvp=` in a declaration says which: `LINEAR` applies the operation to the tangents; `POINTWISE` applies the formula for
gradients to the tangent; a function is PyTorch's own forward formula, whose parameters name what it needs as in
PyTorch's table: `self_t` a tangent (zeros where there is none), `self_p` an input, `result`, or an option. Without
any, the rule follows from the formulas for gradients: they are linear in the gradient, so running them backward once
more, for a gradient that does not matter, gives the tangent. What is a plain function, not a declaration, has no
tangent unless its attribute `jvp` says that it is linear.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from .base import TensorBase, storage
from .declaration import LINEAR, OF_INPUT, POINTWISE, Declaration, parameters
from .dtypes import INTEGER
from .grad_mode import mode
from .op import wrap
from .ops.views import fw_primal
from .transforms import no_tangent


def rule_of(operation: Any) -> Callable[..., Any]:
    """The operation's rule: `rule(level, operation, args, result)` gives the tangent, or those of several results."""
    rule = operation.__dict__.get("tangent_rule")
    if rule is None:
        rule = operation.tangent_rule = _made(operation)
    return rule


def _made(operation: Any) -> Callable[..., Any]:
    declaration = operation.__dict__.get("declaration")
    if declaration is None:
        return _of_first if operation.__dict__.get("jvp") is LINEAR else no_tangent
    if declaration.jvp is LINEAR:
        return _linear(declaration)
    if declaration.jvp is POINTWISE:
        return _pointwise(declaration)
    return _transposed if declaration.jvp is None else _explicit(declaration)


def zero_tangent(like: Any, dtype: Any) -> Any:
    """The tangent of what has none; sums and products of it with anything are skipped (see `ops.tangents`)."""
    if isinstance(like, TensorBase):
        zeros = wrap(np.zeros(like._array.shape, like._dtype.numpy)[()], like._dtype)
    else:
        zeros = wrap(dtype.numpy.type(0), dtype)
    zeros._is_zero = True
    return zeros


def _tangent(level: Any, value: Any, result: Any) -> Any:
    """The tangent of an argument, of each where it is a sequence of tensors; zeros for those without."""
    if isinstance(value, (tuple, list)):
        return type(value)([_tangent(level, each, result) for each in value])
    if value is None:
        return None
    found = level.tangent(value) if isinstance(value, TensorBase) else None
    return zero_tangent(value, _first(result)._dtype) if found is None else found


def _first(result: Any) -> Any:
    return result if isinstance(result, TensorBase) else result[0]


def primal(value: Any) -> Any:
    """The argument as forward formulas see it: without a tangent, which leaves a node in a recorded graph."""
    if isinstance(value, TensorBase) and mode.enabled and value.requires_grad:  # type: ignore[attr-defined]
        return fw_primal(value)
    return value


def _of_first(level: Any, operation: Any, args: Any, result: Any) -> Any:
    """For what is linear in its first argument and was not declared: casts, splitting."""
    return operation(level.tangent(args[0]), *args[1:])


def _linear(declaration: Declaration) -> Callable[..., Any]:
    positions = {declaration.parameters.index(name) for name in declaration.inputs}

    def rule(level: Any, operation: Any, args: Any, result: Any) -> Any:
        return operation(
            *[_tangent(level, arg, result) if index in positions else arg for index, arg in enumerate(args)]
        )

    return rule


def _pointwise(declaration: Declaration) -> Callable[..., Any]:
    (name,) = declaration.inputs
    position = declaration.parameters.index(name)

    def rule(level: Any, operation: Any, args: Any, result: Any) -> Any:
        complex_numbers = result._dtype.is_complex or args[position]._dtype.is_complex
        formulas = declaration.for_complex if complex_numbers else declaration
        needed = {need: _needed(need, formulas, args, result) for need in formulas.needs[name]}
        tangent = level.tangent(args[position])
        if not complex_numbers:
            return formulas.formulas[name](tangent, *needed.values())
        return formulas.formulas[name](tangent.conj(), *needed.values()).conj()

    return rule


def _needed(need: str, declaration: Declaration, args: Any, result: Any) -> Any:
    if need in declaration.outputs:
        return result if len(declaration.outputs) == 1 else result[declaration.outputs.index(need)]
    if need in declaration.parameters:
        position = declaration.parameters.index(need)
        return primal(args[position]) if position < len(args) else None
    name, _, about = need.partition("_")
    return OF_INPUT[about](args[declaration.parameters.index(name)])


def _explicit(declaration: Declaration) -> Callable[..., Any]:
    formula = declaration.jvp
    needs = parameters(formula)

    def rule(level: Any, operation: Any, args: Any, result: Any) -> Any:
        values = []
        for need in needs:
            name, kind = need[:-2], need[-2:]
            if kind in ("_t", "_p") and name in declaration.parameters:
                position = declaration.parameters.index(name)
                value = args[position] if position < len(args) else None
                values.append(_tangent(level, value, result) if kind == "_t" else primal(value))
            else:
                values.append(_needed(need, declaration, args, result))
        found = formula(*values)
        return _transposed(level, operation, args, result) if found is NotImplemented else found

    return rule


def _transposed(level: Any, operation: Any, args: Any, result: Any) -> Any:
    """The derivative of the backward pass with respect to the gradient that it was given, times the tangents."""
    from .backward import grad

    if mode.recording > 1:
        return _transposed_in_levels(level, operation, args, result)
    recorded = mode.enabled
    mode.set(True)
    try:
        inputs: list[Any] = []
        again = operation(*[_tracked(level, arg, inputs) for arg in args])
        wanted = recorded and any(each.requires_grad for each in _with_tangents(level, args))
        outputs = list(again) if isinstance(again, (tuple, list)) else [again]
        differentiable = [each for each in outputs if each._dtype.category > INTEGER and each.requires_grad]
        dummies = [
            wrap(np.zeros(each._array.shape, each._dtype.numpy)[()]).requires_grad_()
            for each in differentiable
        ]
        pulled = grad(
            differentiable, inputs, dummies, create_graph=True, allow_unused=True, materialize_grads=True
        )
        tangents = [_tangent(level, each, again) for each in inputs]
        pulled_and_tangents = [pair for pair in zip(pulled, tangents) if pair[0].requires_grad]
        found = grad(
            [each for each, _ in pulled_and_tangents],
            dummies,
            [each for _, each in pulled_and_tangents],
            create_graph=wanted,
            allow_unused=True,
            materialize_grads=True,
        )
    finally:
        mode.set(recorded)
    _as_fresh(found, tangents)
    of_output = {id(each): tangent for each, tangent in zip(differentiable, found)}
    ordered = [of_output.get(id(each)) for each in outputs]
    return ordered if isinstance(result, (tuple, list)) else ordered[0]


def _as_fresh(found: Any, tangents: Any) -> None:
    """Count no changes of tangents that were added up in place: PyTorch's formulas for them do that nowhere."""
    given = {id(storage(each)) for each in tangents if isinstance(each, TensorBase)}
    for each in found:
        if isinstance(each, TensorBase) and id(storage(each)) not in given:
            storage(each).version = 0


def _with_tangents(level: Any, args: Any) -> Iterator[Any]:
    """The tensors among the arguments, and their tangents."""
    for each in args:
        if isinstance(each, (tuple, list)):
            yield from _with_tangents(level, each)
        elif isinstance(each, TensorBase):
            yield each
            tangent = level.tangent(each)
            if tangent is not None:
                yield tangent


def _transposed_in_levels(level: Any, operation: Any, args: Any, result: Any) -> Any:
    """The same below other transforms, where a tape of its own keeps what is done apart."""
    from .func.eager import vjp
    from .func.pytree import flatten, unflatten

    leaves, spec = flatten(args)
    chosen = [index for index, each in enumerate(leaves) if _may_have_tangent(each)]

    def again(*inputs: Any) -> Any:
        given = dict(zip(chosen, inputs))
        found = operation(*unflatten([given.get(index, each) for index, each in enumerate(leaves)], spec))
        outputs = found if isinstance(found, (tuple, list)) else [found]
        return [each for each in outputs if each._dtype.category > INTEGER]

    outputs, pull = vjp(again, *[leaves[index] for index in chosen])
    push = vjp(pull, [zero_tangent(each, None) for each in outputs])[1]
    tangents = tuple([_tangent(level, leaves[index], result) for index in chosen])
    (found,) = push(tangents)
    _as_fresh(found, tangents)
    if not isinstance(result, (tuple, list)):
        return found[0]
    ordered = iter(found)
    return [next(ordered) if each._dtype.category > INTEGER else None for each in result]


def _may_have_tangent(value: Any) -> bool:
    return isinstance(value, TensorBase) and value._dtype.category > INTEGER


def _tracked(level: Any, value: Any, inputs: list[Any]) -> Any:
    """An argument that requires grad, noted among `inputs` if it may have a tangent."""
    if isinstance(value, (tuple, list)) and any(isinstance(each, TensorBase) for each in value):
        return type(value)([_tracked(level, each, inputs) for each in value])
    if not isinstance(value, TensorBase) or value._dtype.category <= INTEGER:
        return value
    tracked: Any = fw_primal(value)
    if not tracked.requires_grad:
        tracked = tracked.detach().requires_grad_()
    level.set(tracked, level.tangent(value))
    inputs.append(tracked)
    return tracked
