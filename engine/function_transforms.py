"""Custom functions under `torch.func`: each level of `grad`, `jvp` or `vmap` calls the function once for itself.

A level of `grad` makes a node of its own, whose forward is the call on the level below; one of `jvp` computes tangents
beside that call; `vmap` asks the function's own rule, or makes a function of all examples out of it.
Source: "Extending torch.func with autograd.Function".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from .base import TensorBase, storage
from .forward_ad import Level as ForwardLevel
from .func.batched import BatchLevel
from .func.levels import Level, entered
from .func.pytree import broadcast_to, flatten, unflatten
from .func.tracking import GradLevel, SavedOfLevel
from .function import Function, apply_once
from .function_tangents import carry_at
from .grad_mode import mode
from .op import wrap
from .saved import SavedResult

PAGE = "For more details, please see https://pytorch.org/docs/main/notes/extending.func.html"
COMBINED = (
    "In order to use an autograd.Function with functorch transforms (vmap, grad, jvp, jacrev, ...), it must override the "
    f"setup_context staticmethod. {PAGE}"
)
NO_RULE = (
    "You tried to vmap over {}, but it does not have vmap support. Please override and implement the vmap staticmethod or set "
    f"generate_vmap_rule=True. {PAGE}"
)
TWO_RULES = (
    "You tried to vmap over {}, but it has both generate_vmap_rule=True and an overridden vmap staticmethod. Please set "
    f"generate_vmap_rule=False or delete the overridden vmap staticmethod to avoid ambiguity. {PAGE}"
)
TWO_RETURNS = (
    "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure compatible with the "
    "output. "
)


class VmapInfo(NamedTuple):
    """What a function's `vmap` is told."""

    batch_size: int
    randomness: str


def call(function: type[Function], args: tuple[Any, ...]) -> Any:
    """`function.apply(*args)` at the topmost level; without any, plainly."""
    levels = [each for each in mode.transforms if isinstance(each, (Level, ForwardLevel))]
    if not any(isinstance(each, Level) for each in levels):
        return apply_once(function, args)
    if function.setup_context is Function.setup_context:
        raise RuntimeError(COMBINED)
    top = levels[-1]
    if isinstance(top, BatchLevel):
        return _at_batch_level(top, function, args)
    if isinstance(top, ForwardLevel):
        return _at_forward_level(top, function, args)
    assert isinstance(top, GradLevel)
    if top.over or _belongs_to_jvp(top, levels):
        return _lift(top, function, args)
    return _at_grad_level(top, function, args)


@contextmanager
def _below(level: Any) -> Iterator[None]:
    """The level sees nothing of what is done inside."""
    before = mode.transforms
    mode.set_transforms(tuple([each for each in before if each is not level]))
    try:
        yield
    finally:
        mode.set_transforms(before)


def _each(function: Callable[[Any], Any], values: Any) -> Any:
    """`function` of every tensor in a nest of containers."""
    leaves, spec = flatten(values)
    return unflatten([function(each) if isinstance(each, TensorBase) else each for each in leaves], spec)


# ---- grad and jvp ------------------------------------------------------------------------------------------


def _belongs_to_jvp(level: GradLevel, levels: list[Any]) -> bool:
    """`jvp` has two levels: tangents are computed at the lower one, where the function is set up for both."""
    index = levels.index(level)
    return index > 0 and isinstance(levels[index - 1], ForwardLevel)


def _lift(level: GradLevel, function: type[Function], args: tuple[Any, ...]) -> Any:
    with _below(level):
        found = call(function, _each(level.value_of, args))
    return _wrapped(level, found, args) if not level.over else found


def _wrapped(level: GradLevel, values: Any, args: Any) -> Any:
    """Results as tensors of the level; what is an argument's value becomes that argument again."""
    own = {id(level.value_of(each)): each for each in flatten(args)[0] if isinstance(each, TensorBase)}
    return _each(lambda each: own[id(each)] if id(each) in own else level.tensor(each), values)


def _at_grad_level(level: GradLevel, function: type[Function], args: tuple[Any, ...]) -> Any:
    transforms = mode.transforms

    def forward(*operands: Any) -> Any:
        before = mode.transforms
        mode.set_transforms(tuple([each for each in transforms if each is not level]))
        mode.set(level.enabled_outside)
        try:
            found = call(function, _each(level.value_of, operands))
        finally:
            mode.set(False)
            mode.set_transforms(before)
        return _wrapped(level, found, operands)

    generated = _generated(
        f"{function.__name__}Generated",
        forward=forward,
        setup_context=lambda ctx, inputs, output: function.setup_context(ctx, inputs, output),
        backward=lambda ctx, *grads: function.backward(ctx, *grads),
    )
    setattr(generated._backward_cls, "_result_form", staticmethod(_saved_at_level))  # noqa: B010 - of another type
    return apply_once(generated, tuple(_each(level.lift, args)), forward_mode=False)


def _saved_at_level(result: Any) -> Any:
    """A result of a level, as its node saves it."""
    plain = wrap(result._array, result._dtype)
    plain._storage, plain._output_nr = storage(result._value), result._output_nr
    return SavedOfLevel(SavedResult(plain), result._level, result._value)


def _at_forward_level(level: ForwardLevel, function: type[Function], args: tuple[Any, ...]) -> Any:
    with _below(level):
        found = call(function, args)
    ctx = function._backward_cls()
    ctx.needs_input_grad = tuple([isinstance(each, TensorBase) and each.requires_grad for each in args])  # type: ignore[attr-defined]
    outputs = found if isinstance(found, tuple) else (found,)
    with _below(level):
        function.setup_context(ctx, args, found)
        carry_at(level, ctx, args, outputs, outputs)
    return found


def _generated(name: str, **methods: Callable[..., Any]) -> type[Function]:
    return type(name, (Function,), {key: staticmethod(each) for key, each in methods.items()})


# ---- vmap --------------------------------------------------------------------------------------------------


def _taken_apart(level: BatchLevel, values: Any) -> tuple[Any, Any]:
    """What tensors of the level hold, and where their examples lie (None for what has none)."""
    leaves, spec = flatten(values)
    held = [each._value if level.holds(each) else each for each in leaves]
    dims = [each._dim if level.holds(each) else None for each in leaves]
    return unflatten(held, spec), unflatten(dims, spec)


def _put_together(level: BatchLevel, values: Any, dims: Any) -> Any:
    leaves, spec = flatten(values)
    where = broadcast_to(dims, spec, lambda each: each is None)
    if where is None:
        raise RuntimeError(
            "The autograd.Function's vmap staticmethod returned an incompatible (output, out_dims) tuple. Expected out_dims="
            f"{dims} to be compatible with the structure of `output`. out_dims has structure {flatten(dims)[1]} but output has "
            f"structure {spec}. {PAGE}"
        )
    return unflatten(
        [
            level.tensor(each, dim) if isinstance(each, TensorBase) and dim is not None else each
            for each, dim in zip(leaves, where)
        ],
        spec,
    )


def _at_batch_level(level: BatchLevel, function: type[Function], args: tuple[Any, ...]) -> Any:
    own_rule = function.vmap is not Function.vmap
    if function.generate_vmap_rule and own_rule:
        raise RuntimeError(TWO_RULES.format(function.__name__))
    if not function.generate_vmap_rule and not own_rule:
        raise RuntimeError(NO_RULE.format(function.__name__))
    values, dims = _taken_apart(level, args)
    with _below(level):
        if not own_rule:
            *found, out_dims = call(_of_all_examples(function, dims, level), values)
            outputs = tuple(found) if isinstance(out_dims, tuple) else found[0]
            return _put_together(level, outputs, out_dims)
        if all(each is None for each in flatten(dims)[0]):
            return call(function, values)
        result = function.vmap(VmapInfo(level.size, level.randomness), dims, *values)
    if not isinstance(result, tuple):
        raise RuntimeError(f"{TWO_RETURNS}Got a {type(result)} instead")
    if len(result) != 2:
        raise RuntimeError(f"{TWO_RETURNS}Got {len(result)} returns instead")
    return _put_together(level, *result)


def _mapped(level: BatchLevel, call_one: Callable[..., Any], values: Any, dims: Any) -> tuple[Any, Any]:
    """Call a function on all examples at once: the results, and where their examples lie."""
    inner = BatchLevel(level.size, level.randomness)
    with entered(inner):
        return _taken_apart(inner, call_one(*_put_together(inner, values, dims)))


def _of_all_examples(function: type[Function], dims: Any, level: BatchLevel) -> type[Function]:
    """The function that does for all examples what `function` does for one."""
    from .function_batches import ForAll

    every = ForAll(
        function, dims, lambda call_one, values, where: _mapped(level, call_one, values, where), level.size
    )
    generated = _generated(
        f"Vmapped{function.__name__}",
        forward=every.forward,
        setup_context=every.setup_context,
        backward=every.backward,
        jvp=every.jvp,
    )
    generated.generate_vmap_rule = True
    return generated
