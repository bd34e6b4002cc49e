"""What calling an operator does: which of the functions registered for it run, in which order.

From the outside to the inside: classes with `__torch_function__`, transforms (`vmap`, `grad`, `jvp`), `autocast`, the formula
for backward, and the kernel of the device. Source: "PyTorch Custom Operators Manual"; torch.library.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ..base import TensorBase, storage
from ..dtypes import INTEGER
from ..forward_ad import Level as ForwardLevel
from ..func.batched import BatchLevel
from ..func.levels import Level
from ..func.pytree import flatten
from ..function_transforms import COMBINED, VmapInfo, _below, _each, _put_together, _taken_apart
from ..grad_mode import mode
from ..node import Node, gradient_edge, next_sequence_nr
from ..overrides import handle_torch_function
from ..overriding import is_disabled, overriding
from .binding import bound, returned

UNREGISTERED = (
    "{}: an autograd kernel was not registered to the Autograd key(s) but we are trying to backprop through it. This may lead "
    "to silently incorrect behavior. This behavior is deprecated and will be removed in a future version of PyTorch. If your "
    "operator is differentiable, please ensure you have registered an autograd kernel to the correct Autograd key (e.g. "
    "DispatchKey::Autograd, DispatchKey::CompositeImplicitAutograd). If your operator is not differentiable, or to squash this "
    "warning and use the previous behavior, please register torch::CppFunction::makeFallthrough() to DispatchKey::Autograd."
)
NO_KERNEL = (
    "Could not run '{0}' with arguments from the '{1}' backend. This could be because the operator doesn't exist for this "
    "backend, or was omitted during the selective/custom build process (if using custom build). If you are a Facebook employee "
    "using PyTorch on mobile, please visit https://fburl.com/ptmfixes for possible resolutions. '{0}' is only available for "
    "these backends: [{2}]."
)


def tensors_of(values: Any) -> list[Any]:
    """The tensors among arguments, those in lists too."""
    several = [each if isinstance(each, (list, tuple)) else (each,) for each in values]
    return [value for each in several for value in each if isinstance(value, TensorBase)]


def call(op: Any, args: tuple[Any, ...], kwargs: dict[str, Any], called: Any = None) -> Any:
    """Run an operator on arguments as a program gives them; `called` is what it called, the overload or all of them."""
    positional, keyword_only = bound(op._schema, args, kwargs)
    tensors = tensors_of((*positional, *keyword_only.values()))
    found = NotImplemented
    if overriding(tensors) and not is_disabled():
        found = _by_classes(op, called or op, tensors, args, kwargs)
    return run(op, positional, keyword_only) if found is NotImplemented else found


def _by_classes(op: Any, called: Any, tensors: Sequence[Any], args: Any, kwargs: Any) -> Any:
    """What the `__torch_function__` of an operand gives, unless all are the engine's own."""
    for each in tensors:
        rule = op._rules_of_classes.get(type(each))
        if rule is not None:
            return rule(op, (type(each),), args, kwargs)
    own = [each for each in tensors if not _is_meta(each)]
    return handle_torch_function(called, own, *args, **kwargs) if overriding(own) else NotImplemented


def _is_meta(tensor: Any) -> bool:
    return bool(tensor.is_meta)


def run(op: Any, positional: Sequence[Any], keyword_only: dict[str, Any]) -> Any:
    """Run an operator on arguments that fit its schema."""
    if op._own is not None:
        return returned(op._schema, op._own(*positional, **keyword_only))
    levels = [each for each in mode.transforms if isinstance(each, (Level, ForwardLevel))]
    if levels:
        return _at_level(levels[-1], op, positional, keyword_only)
    if op._autocast:
        from .autocasting import cast

        with cast(op, positional, keyword_only) as (positional, keyword_only):
            return recorded(op, positional, keyword_only)
    return recorded(op, positional, keyword_only)


# ---- transforms --------------------------------------------------------------------------------------------


def _at_level(level: Any, op: Any, positional: Sequence[Any], keyword_only: dict[str, Any]) -> Any:
    if isinstance(level, BatchLevel):
        return _of_examples(level, op, positional, keyword_only)
    if isinstance(level, ForwardLevel):  # no formula for tangents can be registered: results have none
        with _below(level):
            return run(op, positional, keyword_only)
    tensors = tensors_of(positional)
    if not level.over and mode.enabled and any(each.requires_grad for each in tensors):
        raise RuntimeError(COMBINED)
    with _below(level):
        found = run(op, _each(level.value_of, tuple(positional)), keyword_only)
    return found if level.over else _each(level.tensor, found)


def _of_examples(level: BatchLevel, op: Any, positional: Sequence[Any], keyword_only: dict[str, Any]) -> Any:
    values, dims = _taken_apart(level, tuple(positional))
    with _below(level):
        if all(each is None for each in flatten(dims)[0]):
            return run(op, values, keyword_only)
        if op._vmap_rule is None:
            return _put_together(level, *_one_by_one(level, op, values, dims, keyword_only))
        result = op._vmap_rule(VmapInfo(level.size, level.randomness), dims, *values, **keyword_only)
    if not isinstance(result, tuple) or len(result) != 2:
        got = f"Got {len(result)} returns" if isinstance(result, tuple) else f"Got a {type(result)}"
        raise RuntimeError(
            "Expected the vmap staticmethod to have two returns, an output and out_dims with pytree structure compatible with "
            f"the output. {got} instead"
        )
    return _put_together(level, *result)


def _one_by_one(level: BatchLevel, op: Any, values: Any, dims: Any, keyword_only: Any) -> tuple[Any, Any]:
    """The results of each example stacked, and where they lie."""
    from ..func.pytree import unflatten
    from ..ops.joining import stack

    leaves, spec = flatten(values)
    where = flatten(dims)[0]
    found = []
    for index in range(level.size):
        one = [each if dim is None else each.select(dim, index) for each, dim in zip(leaves, where)]
        found.append(flatten(run(op, unflatten(one, spec), keyword_only)))
    shape = found[0][1]
    columns = [
        stack(list(column), 0) if isinstance(column[0], TensorBase) else column[0]
        for column in zip(*[leaves for leaves, _ in found])
    ]
    at = [0 if isinstance(each, TensorBase) else None for each in columns]
    return unflatten(columns, shape), unflatten(at, shape)


# ---- backward ----------------------------------------------------------------------------------------------


def recorded(op: Any, positional: Sequence[Any], keyword_only: dict[str, Any]) -> Any:
    """Run an operator, and record it by the formula that was registered for it."""
    explicit = op._kernels.get("Autograd") or op._kernels.get("AutogradCPU")
    if explicit is not None:
        return returned(op._schema, explicit(*positional, **keyword_only))
    needed = mode.enabled and any(each.requires_grad for each in tensors_of(positional))
    if op._formula is not None:
        if needed and not op._formula.refuses(op):
            return op._formula.recorded(op, positional, keyword_only)
        with unrecorded():
            return below(op, positional, keyword_only)
    result = below(op, positional, keyword_only)
    if needed and _kernel(op, "CPU")[0] != "CompositeImplicitAutograd":
        _note_unregistered(op, tensors_of(positional), result)
    return result


@contextmanager
def unrecorded() -> Iterator[None]:
    """Nothing is recorded inside, although grad mode stays as it is."""
    before = mode.recording
    if not mode.transforms:
        mode.recording = 0
    try:
        yield
    finally:
        mode.recording = before


class CppFunction(Node):
    """The node of results whose operator has no formula: it warns, and gives no gradients."""

    __module__ = "builtins"

    __slots__ = ("operator",)

    operator: str

    def name(self) -> str:
        return "torch::autograd::WarnNotImplemented"

    def apply(self, grad: Any, edges: Any) -> Any:
        """Warn."""
        warnings.warn(UNREGISTERED.format(self.operator), UserWarning, stacklevel=2)
        return [None] * len(self._edges)


def _note_unregistered(op: Any, inputs: Sequence[Any], result: Any) -> None:
    results = [
        each
        for each in tensors_of(result if isinstance(result, tuple) else (result,))
        if each._dtype.category > INTEGER and not each.requires_grad
    ]
    if not results:
        return
    node = object.__new__(CppFunction)
    node._extras = node._saved = None
    node._number = next_sequence_nr()
    node._edges = tuple([gradient_edge(each) for each in inputs])
    node.operator = op._schema.name
    if len(results) > 1:
        node.extras().outputs = [(each._array.shape, each._dtype) for each in results]
    for number, each in enumerate(results):
        each._node, each._output_nr = node, number


# ---- kernels -----------------------------------------------------------------------------------------------


def _kernel(op: Any, key: str) -> tuple[str, Callable[..., Any] | None]:
    implicit = () if key == "Meta" and op._formula is not None else ("CompositeImplicitAutograd",)
    for each in (key, "CompositeExplicitAutograd", *implicit):
        if each in op._kernels:
            return each, op._kernels[each]
    return "", None


def below(op: Any, positional: Sequence[Any], keyword_only: dict[str, Any]) -> Any:
    """Run the kernel of the arguments' device."""
    tensors = tensors_of((*positional, *keyword_only.values()))
    key = "Meta" if any(_is_meta(each) for each in tensors) else "CPU"
    kernel = _kernel(op, key)[1]
    if not tensors and "BackendSelect" in op._kernels:
        kernel = op._kernels["BackendSelect"]
    if kernel is None:
        raise NotImplementedError(NO_KERNEL.format(op._name, key, ", ".join(op._kernels)))
    result = returned(op._schema, kernel(*positional, **keyword_only))
    if mode.enabled and not mode.recording:
        _forget_mode(result)
    return result


def _forget_mode(result: Any) -> None:
    """Views that a kernel made are no views made in `no_grad`: the program did not turn grad mode off."""
    for each in tensors_of(result if isinstance(result, tuple) else (result,)):
        if each._view_refusal == "no_grad":
            each._view_refusal = None


def count_writes(op: Any, positional: Sequence[Any], keyword_only: dict[str, Any]) -> None:
    """Count up the versions of what the schema says is written to."""
    for argument, value in zip(op._schema.positional, positional):
        if argument.is_write:
            _count(value)
    for argument in op._schema.arguments:
        if argument.kwarg_only and argument.is_write:
            _count(keyword_only.get(argument.name))


def _count(value: Any) -> None:
    for each in tensors_of([value]):
        storage(each).version += 1
