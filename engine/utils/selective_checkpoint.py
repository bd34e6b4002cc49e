"""Selective activation checkpointing: a policy says of each operation whether its result is to be kept.

The policy hears of the operations that `torch.ops.aten` knows, and its answers are held to PyTorch's rules. Results are
computed again in any case: what is kept in PyTorch to save time would here cost memory without any other effect.
Source: torch.utils.checkpoint, `create_selective_checkpoint_contexts`.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Any

from .. import _ops
from ..base import TensorBase, storage
from ..grad_mode import mode
from ..transforms import Transform

EXTRA = (
    "Trying to backward an extra time. You are only allowed to backward once on any region computed under selective "
    "activation checkpoint."
)
MUTATED = "Tensor cached during selective activation checkpoint has been mutated"


class CheckpointPolicy(Enum):
    """What a policy may answer; all but those that recompute keep the result."""

    __module__ = "torch.utils.checkpoint"

    MUST_SAVE = 0
    PREFER_SAVE = 1
    MUST_RECOMPUTE = 2
    PREFER_RECOMPUTE = 3
    MUST_CPU_OFFLOAD = 4
    PREFER_CPU_OFFLOAD = 5


_KEEPING = tuple(each for each in CheckpointPolicy if "RECOMPUTE" not in each.name)


class SelectiveCheckpointContext:
    """What a policy is told beside the operation: whether it is computed again, and what it gave."""

    __module__ = "torch.utils.checkpoint"

    def __init__(self, *, is_recompute: bool, op_output: Any = None) -> None:
        self.is_recompute = is_recompute
        self.op_output = op_output


# the engine's operations by the names of their forward: PyTorch's, and how many arguments it is given
OPERATORS = {
    "_mm": ("mm", 2),
    "_bmm": ("bmm", 2),
    "_addmm": ("addmm", 3),
    "_baddbmm": ("baddbmm", 3),
    "_mv": ("mv", 2),
    "_dot": ("dot", 2),
    "_convolution": ("convolution", 9),
    "flash_attention": ("_scaled_dot_product_flash_attention_for_cpu", 3),
    "_embedding": ("embedding", 2),
    "layer_norm": ("native_layer_norm", 5),
    "_softmax": ("_softmax", 2),
    "_log_softmax": ("_log_softmax", 2),
    "add_op": ("add.Tensor", 2),
    "_sub": ("sub.Tensor", 2),
    "mul": ("mul.Tensor", 2),
    "div_op": ("div.Tensor", 2),
    "_pow_number": ("pow.Tensor_Scalar", 2),
    "_pow_tensors": ("pow.Tensor_Tensor", 2),
    "_sum_all": ("sum", 1),
    "_sum_dims": ("sum.dim_IntList", 3),
    "_mean_all": ("mean", 1),
    "_mean_dims": ("mean.dim", 3),
    "_gelu": ("gelu", 1),
    "_silu": ("silu", 1),
    "_t": ("t", 1),
    "_transpose": ("transpose.int", 3),
    "_permute": ("permute", 2),
    "_expand": ("expand", 2),
    "_unsqueeze": ("unsqueeze", 2),
    "_view": ("view", 2),
    "_cat": ("cat", 2),
    "_clone": ("clone", 1),
    "select_op": ("select.int", 3),
    "unsafe_view": ("_unsafe_view", 2),
    "_squeeze_forward": ("squeeze.dim", 2),
    **{each: (each, 1) for each in ("relu", "tanh", "sigmoid", "exp", "log", "sqrt", "rsqrt", "sin", "cos")},
    **{each: (each, 1) for each in ("neg", "abs", "erf")},
}
_WITHOUT_CAST = ("_softmax", "_log_softmax")  # PyTorch's have one argument more


def _call(operation: Any, args: tuple[Any, ...]) -> tuple[Any, tuple[Any, ...]] | None:
    """PyTorch's operator and its arguments; None for what is not among those it is asked about."""
    declaration = getattr(operation, "declaration", None)
    known = OPERATORS.get(declaration.forward.__name__) if declaration is not None else None
    if known is None:
        return None
    name, count = known
    if args and isinstance(args[0], list):
        args = (*args[0], *args[1:])
    packet, _, overload = name.partition(".")
    found = getattr(getattr(_ops.ops.aten, packet), overload or "default")
    return found, (*args[:count], False) if packet in _WITHOUT_CAST else args[:count]


class _Context(Transform):
    """A context of one checkpointed call, in which every operation is seen."""

    computes = False

    def __init__(self, policy: Callable[..., Any], kept: dict[Any, list[Any]], may_change: bool) -> None:
        self.policy, self.kept, self.may_change = policy, kept, may_change

    def __enter__(self) -> _Context:
        mode.set_transforms((*mode.transforms, self))
        return self

    def __exit__(self, *error: object) -> None:
        mode.set_transforms(tuple([each for each in mode.transforms if each is not self]))

    def run(self, operation: Callable[..., Any], args: tuple[Any, ...]) -> Any:
        """Do the operation, and then what this context does about its result."""
        result = operation(*args)
        called = _call(operation, args)
        if called is not None:
            self.note(*called, result)
        return result

    def note(self, op: Any, args: tuple[Any, ...], result: Any) -> None:
        raise NotImplementedError


class _CachingTorchDispatchMode(_Context):
    """Around the first computation: asks the policy, and notes what is kept in which version."""

    __module__ = "torch.utils.checkpoint"

    def note(self, op: Any, args: tuple[Any, ...], result: Any) -> None:
        answer = self.policy(SelectiveCheckpointContext(is_recompute=False, op_output=result), op, *args)
        if answer is True or answer in _KEEPING:
            tensors = result if isinstance(result, (tuple, list)) else (result,)
            shared = [storage(each) for each in tensors if isinstance(each, TensorBase)]
            self.kept.setdefault(op, []).append([(each, each.version) for each in shared])
        else:
            self.kept.setdefault(op, []).append([])


class _CachedTorchDispatchMode(_Context):
    """Around the second computation: refuses what PyTorch could not take from what it has kept."""

    __module__ = "torch.utils.checkpoint"

    def note(self, op: Any, args: tuple[Any, ...], result: Any) -> None:
        if op not in self.kept:
            return
        if not self.kept[op]:
            raise RuntimeError(EXTRA)
        for shared, version in self.kept[op].pop(0):
            if shared.version != version and not self.may_change:
                raise RuntimeError(MUTATED)


def create_selective_checkpoint_contexts(
    policy_fn_or_list: Any, allow_cache_entry_mutation: bool = False
) -> tuple[Any, Any]:
    """The contexts that `checkpoint` takes from its `context_fn`, by a policy or a list of operators to keep.

    Raises `TypeError` for what is neither, `ValueError` for a list of anything but overloads.
    """
    if isinstance(policy_fn_or_list, list):
        for op in policy_fn_or_list:
            if not isinstance(op, _ops.OpOverload):
                raise ValueError(_not_an_overload(op))
        kept_always = set(policy_fn_or_list)

        def policy(context: Any, op: Any, *args: Any, **options: Any) -> CheckpointPolicy:
            chosen = op in kept_always
            return CheckpointPolicy.MUST_SAVE if chosen else CheckpointPolicy.PREFER_RECOMPUTE

    elif callable(policy_fn_or_list):
        policy = policy_fn_or_list
    else:
        raise TypeError("policy_fn_or_list must be either a function or a list of ops.")
    kept: dict[Any, list[Any]] = {}
    return (
        _CachingTorchDispatchMode(policy, kept, allow_cache_entry_mutation),
        _CachedTorchDispatchMode(policy, kept, allow_cache_entry_mutation),
    )


def _not_an_overload(op: Any) -> str:
    hint = (
        "Please update the OpOverloadPacket to a specific OpOverload.For example, if you have `torch.ops.aten.mm`, change it "
        "to `torch.ops.aten.mm.default`."
        if isinstance(op, _ops.OpOverloadPacket)
        else ""
    )
    return f"Expected op in `op_list` to be an OpOverload but got: {op} of type {type(op)}. {hint}"
