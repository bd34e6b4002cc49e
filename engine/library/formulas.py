"""Formulas for backward that are registered for operators: a custom function is made of each.

Source: torch.library.register_autograd.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from ..base import TensorBase
from ..function import Function
from ..utils._pytree import tree_flatten, tree_unflatten
from .binding import filled


class Formula:
    """What was registered for an operator: how to prepare the context, and how to compute gradients."""

    def __init__(self, backward: Callable[..., Any] | None, setup: Callable[..., Any] | None) -> None:
        self._backward_fn = backward
        self._setup_context_fn = setup

    def refuses(self, op: Any) -> bool:
        """Refuse operators that write to what they are given for results; nothing else is refused."""
        from .names import Tag

        if Tag.out in op.tags:
            raise RuntimeError(
                f"{op._opname}(): functions with out=... arguments don't support automatic differentiation, but one of the "
                "arguments requires grad."
            )
        return False

    def recorded(self, op: Any, positional: Sequence[Any], keyword_only: dict[str, Any]) -> Any:
        """Run the operator as one node of the graph."""
        if op._recorded is None:
            op._recorded = _made(op)
        more = (None,) * has_lists(op._schema)
        flat, spec = tree_flatten((*positional, *more), _is_whole)
        call = Call(keyword_only, spec)
        result = op._recorded.apply(*flat, call)
        if not call.lists:
            return result
        found = tree_unflatten(result, call.result_spec)
        return found if call.returns_tuple else found[0]


class Call:
    """What one call knows beside the tensors; the function gets it as its last argument."""

    def __init__(self, keyword_only: dict[str, Any], spec: Any) -> None:
        self.keyword_only = keyword_only
        self.spec = spec
        self.lists = False  # whether arguments or results may be lists of tensors
        self.result_spec: Any = None
        self.returns_tuple = False


def _is_whole(value: Any) -> bool:
    """Whether it is no argument list, and no list of tensors."""
    if isinstance(value, tuple):
        return False
    return not isinstance(value, list) or any(not isinstance(each, TensorBase) for each in value)


def _is_whole_gradient(value: Any) -> bool:
    if isinstance(value, tuple):
        return False
    return not isinstance(value, list) or any(
        each is not None and not isinstance(each, TensorBase) for each in value
    )


def has_lists(schema: Any) -> bool:
    """Whether arguments or results are lists of tensors: the function then has one argument more, as PyTorch's has."""
    return any(each.type.is_list_of_tensors() for each in (*schema.arguments, *schema.returns))


def _made(op: Any) -> type[Function]:
    """The custom function of an operator."""
    lists = has_lists(op._schema)

    def forward(ctx: Any, *args: Any) -> Any:
        call = args[-1]
        positional = tree_unflatten(args[:-1], call.spec)
        if lists:
            positional = positional[:-1]
        result = _run(op, ctx, positional, call)
        if not lists:
            return result
        call.lists, call.returns_tuple = True, isinstance(result, tuple)
        leaves, call.result_spec = tree_flatten(result if call.returns_tuple else (result,), _is_whole)
        ctx._call = call
        return tuple(leaves)

    def backward(ctx: Any, *grads: Any) -> Any:
        formula = op._formula._backward_fn
        if formula is None:
            raise RuntimeError(
                f"Trying to backward through {op} but no autograd formula was registered. Please use register_autograd to add "
                "one."
            )
        needs = ctx.needs_input_grad
        if lists:
            return _of_lists(ctx, formula, grads, needs)
        try:
            ctx.needs_input_grad = needs[:-1]
            found = formula(ctx, *grads)
        finally:
            ctx.needs_input_grad = needs
        return (*found, None) if isinstance(found, tuple) else (found, None)

    name = f"GeneratedBackwardFor_{op._namespace}_{op._opname}_{op._overloadname}"
    return type(name, (Function,), {"forward": staticmethod(forward), "backward": staticmethod(backward)})


def _run(op: Any, ctx: Any, positional: tuple[Any, ...], call: Call) -> Any:
    from .dispatching import below

    result = below(op, positional, call.keyword_only)
    setup = op._formula._setup_context_fn
    if setup is not None:
        inputs, keyword_only = filled(op._schema, positional, call.keyword_only)
        if keyword_only:
            setup(ctx=ctx, inputs=inputs, keyword_only_inputs=keyword_only, output=result)
        else:
            setup(ctx=ctx, inputs=inputs, output=result)
    return result


def _of_lists(ctx: Any, formula: Callable[..., Any], grads: Any, needs: Any) -> Any:
    """Gradients where arguments or results are lists of tensors: lists stand for them."""
    call = ctx._call
    try:
        ctx.needs_input_grad = tree_unflatten(list(needs[:-1]), call.spec)[:-1]
        found = formula(ctx, *tree_unflatten(list(grads), call.result_spec))
    finally:
        ctx.needs_input_grad = needs
    leaves, spec = tree_flatten(
        (*found, None) if isinstance(found, tuple) else (found, None), _is_whole_gradient
    )
    if spec != call.spec:
        raise RuntimeError(
            f"Expected the return from backward to be of the same structure as the inputs. Got: {spec} (return from backward), "
            f"{call.spec} (inputs)"
        )
    return (*leaves, None)
