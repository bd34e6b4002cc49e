"""Faults in custom functions and checkpointing."""

from __future__ import annotations

from . import Fault

FAULTS = [
    Fault(
        "a custom function's forward is recorded",
        "function.py",
        before="    mode.set(False)\n    if transforms and forward_mode:",
        after="    if transforms and forward_mode:",
    ),
    Fault(
        "needs_input_grad is true for every tensor",
        "function.py",
        before="[tensor and each.requires_grad for each, tensor in zip(args, is_tensor)]",
        after="[tensor and (each.requires_grad or mode.enabled) for each, tensor in zip(args, is_tensor)]",
    ),
    Fault(
        "keyword arguments may leave the place of a default empty",
        "function.py",
        before="    for position, name in enumerate(names[:last]):\n        if position not in given:",
        after="    for position, name in enumerate(names[:last]):\n        if position not in given and position == 0:",
    ),
    Fault(
        "a once differentiable backward can be differentiated twice",
        "function.py",
        before="        return _refusing(outputs if several else (outputs,), several)",
        after="        return fn(ctx, *args, **kwargs)",
    ),
    Fault(
        "undefined gradients reach backward as None",
        "function_context.py",
        before="        if self.materialize_grads:",
        after="        if False:",
    ),
    Fault(
        "saved tensors of a custom function are never freed",
        "function_context.py",
        before="        self._kept = (RELEASED,) * len(self._kept)\n        self._freed = True",
        after="        self._freed = False",
    ),
    Fault(
        "a saved output holds its own node",
        "function_context.py",
        before="        saved = self._result_form(tensor)",
        after="        saved = save(tensor)",
    ),
    Fault(
        "too many gradients are dropped",
        "function_context.py",
        before="        if len(returned) > expected and all(each is None for each in returned[expected:]):",
        after="        if len(returned) > expected:",
    ),
    Fault(
        "gradients of a wrong shape are broadcast",
        "function_context.py",
        before="            if found != shape and not _can_expand(shape, found):",
        after="            if len(found) == len(shape) and found != shape and not _can_expand(shape, found) and 1 not in found:",
    ),
    Fault(
        "mark_dirty does not count the version up",
        "function_outputs.py",
        before="        storage(tensor).version += 1",
        after="        storage(tensor)",
    ),
    Fault(
        "a leaf may be changed in place by a custom function",
        "function_outputs.py",
        before="        raise RuntimeError(LEAF_CHANGED)",
        after="        pass",
    ),
    Fault(
        "an input that is returned keeps its history",
        "function_outputs.py",
        before="            value = _viewed(value)\n",
        after="            return value\n",
    ),
    Fault(
        "all outputs have the number 0",
        "function_outputs.py",
        before="= ctx, number, False",
        after="= ctx, 0, False",
    ),
    Fault(
        "views from custom functions may be changed in place",
        "function_outputs.py",
        before='                output._view_refusal = "function"',
        after="                output._view_refusal = None",
    ),
    Fault(
        "jvp need not change tangents in place",
        "function_tangents.py",
        before="                    raise RuntimeError(NOT_IN_PLACE)",
        after="                    return",
    ),
    Fault(
        "undefined tangents reach jvp as None",
        "function_tangents.py",
        before="isinstance(value, TensorBase) and self.ctx.materialize_grads",
        after="isinstance(value, TensorBase) and not self.ctx.materialize_grads",
    ),
    Fault(
        "gradients of what all examples share are not summed",
        "function_batches.py",
        before="            return grad.sum(found)",
        after="            return grad.select(found, 0)",
    ),
    Fault(
        "checkpoint draws other random numbers in the recomputation",
        "utils/checkpoint.py",
        before="                set_rng_state(state)",
        after="                pass",
    ),
    Fault(
        "checkpoint does not stop early",
        "utils/checkpoint.py",
        before="        if self.early_stop and self.found[run] == len(self.places):",
        after="        if self.early_stop and self.found[run] > len(self.places):",
    ),
    Fault(
        "reentrant checkpoint works with grad",
        "utils/checkpoint.py",
        before="        if not tasks.accumulates_everything():",
        after="        if False:",
    ),
    Fault(
        "checkpoint computes again for each saved tensor",
        "utils/checkpoint.py",
        before="        if run not in self.found:",
        after="        if run not in self.found or place.tensors.get(run) is None or len(self.places) > 1:",
    ),
    Fault(
        "checkpoint compares no shapes",
        "utils/checkpoint.py",
        before='    return {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device}',
        after='    return {"dtype": tensor.dtype, "device": tensor.device}',
    ),
]
