"""What a custom function's `forward` returns: each tensor gets its place in the graph.

Inputs that come back, changed in place or not, views, and outputs that no gradient flows through each need
something else. Source: "Extending PyTorch", "Extending torch.autograd".
"""

from __future__ import annotations

import warnings
from typing import Any

from .base import TensorBase, storage
from .dtypes import INTEGER
from .function_context import BackwardCFunction
from .function_tangents import carry
from .grad_mode import mode
from .histories import check, rebase_history
from .ops.views import alias, detach
from .shape_changes import detach_

LEAF_CHANGED = "a leaf Variable that requires grad has been used in an in-place operation."
NOT_RETURNED = (
    "Some elements marked as dirty during the forward method were not returned as output. The inputs that are modified "
    "inplace must all be outputs of the Function."
)
NOT_AN_INPUT = (
    "ctx.mark_dirty() received a tensor that was not an input. Only input Tensors that have been mutated should be passed to "
    "ctx.mark_dirty()."
)
VIEW_AMONG_SEVERAL = (
    "If your Function modifies inplace an input that is a view of another Tensor, your Function cannot return more than one "
    "Tensor. This is not supported by the current autograd engine. You should either make sure the input is not a view (using "
    ".clone() for example) or make your Function only return one Tensor (potentially splitting it into two Functions: one doing "
    "the inplace that returns a single Tensor and a second one that does the other operations). You can ask on the forum "
    "https://discuss.pytorch.org/ if you need help to do this change."
)
SAVED_AS_IS = (
    "An input that has been returned as-is as output is being saved for backward. This is not supported if you override "
    "setup_context. You should return and save a view of the input instead, e.g. with x.view_as(x) or setup ctx inside the "
    "forward function itself."
)


def process(
    ctx: BackwardCFunction, inputs: Any, returned: Any, executable: bool, separate: bool, forward_mode: bool
) -> Any:
    """Give what `forward` returned its history; `separate`: the context was set up by `setup_context`."""
    made = _Outputs(ctx, inputs, returned, executable, separate)
    outputs = made.wrapped()
    if mode.transforms and forward_mode:
        carry(ctx, inputs, made.returned, outputs)
    if executable:
        ctx._save_variables()
    ctx.saved_for_forward = ctx.non_differentiable = ctx.to_save = None
    return outputs[0] if made.single else tuple(outputs)


class _Outputs:
    """The outputs of one call, and what is known of them by identity."""

    def __init__(
        self, ctx: BackwardCFunction, inputs: Any, returned: Any, executable: bool, separate: bool
    ) -> None:
        self.ctx = ctx
        self.executable = executable
        self.single = not isinstance(returned, tuple)
        self.returned = (returned,) if self.single else returned
        self.inputs = {id(each) for each in inputs if isinstance(each, TensorBase)}
        self.dirty = _checked_dirty(ctx)
        self.constant = _checked_non_differentiable(ctx)
        self.kept = {id(each) for each in ctx.to_save or ()} if separate and executable else set()

    def wrapped(self) -> list[Any]:
        """The outputs with their histories."""
        outputs: list[Any] = []
        known: Any = self.ctx.extras().outputs
        differentiable = 0
        for number, value in enumerate(self.returned):
            if not isinstance(value, TensorBase):
                known.append(None)
                outputs.append(value)
                continue
            known.append((value._array.shape, value._dtype))
            is_input, is_dirty = id(value) in self.inputs, id(value) in self.dirty
            if self.executable and id(value) not in self.constant and value._dtype.category > INTEGER:
                differentiable += 1
                output = self._differentiable(value, number, is_input, is_dirty)
            else:
                output = self._constant(value, is_input, is_dirty)
            if output._base is not None and not (is_input and is_dirty):
                output._view_refusal = "function"
            outputs.append(output)
        if differentiable > 1:
            for output in outputs:
                if isinstance(output, TensorBase) and output._base is not None:
                    output._view_refusal = "multiple"
        if not self.dirty <= {id(each) for each in self.returned}:
            raise RuntimeError(NOT_RETURNED)
        return outputs

    def _differentiable(self, value: Any, number: int, is_input: bool, is_dirty: bool) -> Any:
        ctx = self.ctx
        if is_dirty:
            _check_dirty_output(value, is_input, len(self.returned))
            rebase_history(value, ctx, number)
            return value
        if is_input:
            self._check_not_kept(value)
            value = _viewed(value)
        value._node, value._output_nr, value._requires_grad = ctx, number, False
        if value._unsettled is not None:
            value._unsettled = None
        return value

    def _constant(self, value: Any, is_input: bool, is_dirty: bool) -> Any:
        if not value.requires_grad:
            if is_input and not is_dirty:
                self._check_not_kept(value)
                return _viewed(value)
        elif is_input:
            return detach(value)
        elif value._base is None:
            return detach_(value)
        return value

    def _check_not_kept(self, value: Any) -> None:
        if id(value) in self.kept:
            raise RuntimeError(SAVED_AS_IS)


def _viewed(value: Any) -> Any:
    """An input that is returned as it is comes back as a view, so that it can have another history."""
    previous = mode.enabled
    mode.set(False)
    try:
        return alias(value)
    finally:
        mode.set(previous)


def _check_dirty_output(value: Any, is_input: bool, count: int) -> None:
    if value._base is None and value._node is None and value._requires_grad:
        raise RuntimeError(LEAF_CHANGED)
    if not is_input:
        warnings.warn(NOT_AN_INPUT, UserWarning, stacklevel=6)
    if value._base is not None:
        if count > 1:
            raise RuntimeError(VIEW_AMONG_SEVERAL)
        check(value)


def _checked_dirty(ctx: BackwardCFunction) -> set[int]:
    """The tensors that were marked as dirty; their version goes up."""
    marked, ctx.dirty_tensors = ctx.dirty_tensors, None
    for tensor in marked or ():
        if not isinstance(tensor, TensorBase):
            raise RuntimeError("mark_dirty can only accept variables, but argument ")  # PyTorch stops there
        storage(tensor).version += 1
    return {id(tensor) for tensor in marked or ()}


def _checked_non_differentiable(ctx: BackwardCFunction) -> set[int]:
    marked = ctx.non_differentiable or ()
    for tensor in marked:
        if not isinstance(tensor, TensorBase):
            raise RuntimeError("mark_non_differentiable only accepts variable arguments, but got ")
    return {id(tensor) for tensor in marked}
