"""`torch.utils.checkpoint`: what a function saves is computed again in the backward pass, instead of kept.

Source: torch.utils.checkpoint. The reentrant variant is a custom function that runs a backward of its own; the other one
packs every saved tensor as a place in a `Region`, which fills its places when the first of them is asked for.
"""

from __future__ import annotations

import warnings
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from typing import Any

from .. import tasks
from ..backward import backward
from ..base import TensorBase
from ..function import Function
from ..grad_mode import enable_grad, mode
from ..graph import saved_tensors_hooks
from ..packing import active_hooks, pack_all
from ..random import fork_rng, get_rng_state, set_rng_state
from ..saved import save, unpack
from .selective_checkpoint import (
    CheckpointPolicy,
    SelectiveCheckpointContext,
    create_selective_checkpoint_contexts,
)

__all__ = [
    "CheckpointError",
    "CheckpointFunction",
    "CheckpointPolicy",
    "DefaultDeviceType",
    "GraphExecGroup",
    "SelectiveCheckpointContext",
    "check_backward_validity",
    "checkpoint",
    "checkpoint_sequential",
    "create_selective_checkpoint_contexts",
    "detach_variable",
    "get_device_states",
    "noop_context_fn",
    "set_checkpoint_debug_enabled",
    "set_checkpoint_early_stop",
    "set_device_states",
]

Contexts = tuple[AbstractContextManager[Any], AbstractContextManager[Any]]

NOT_GIVEN = (
    "torch.utils.checkpoint{}: the use_reentrant parameter should be passed explicitly. {} use_reentrant=False is recommended, "
    "but if you need to preserve the current default behavior, you can pass use_reentrant=True. Refer to docs for more details "
    "on the differences between the two variants."
)
ONLY_BACKWARD = (
    "When use_reentrant=True, torch.utils.checkpoint is incompatible with .grad() or passing an `inputs` parameter to "
    ".backward(). To resolve this error, you can either set use_reentrant=False, or call .backward() without passing the "
    "`inputs` argument."
)
SUPPRESSED = (
    "torch.utils.checkpoint: the forward context provided by context_fn suppressed an exception raised during the checkpointed "
    "forward. This is not supported because checkpoint cannot return a value for a failed forward."
)
TIP = """
Tip: To see a more detailed error message, either pass `debug=True` to
`torch.utils.checkpoint.checkpoint(...)` or wrap the code block
with `with torch.utils.checkpoint.set_checkpoint_debug_enabled(True):` to
enable checkpoint‑debug mode globally.

If this error occurs under torch.compile with automatic_dynamic_shapes enabled,
it may be because the recomputation selected a different compiled graph than the
forward pass (e.g., a dynamic graph instead of the original static graph).
To fix this, either:
  - Use torch._dynamo.mark_dynamic() to explicitly mark varying dimensions as
    dynamic upfront, avoiding the static-to-dynamic transition.
  - Call torch._C._dynamo.eval_frame._set_lru_cache(False) to disable LRU cache
    reordering, which can change which graph is checked first between forward
    and recompute.
See https://github.com/pytorch/pytorch/issues/166926 for more details and
workaround examples.
"""


class CheckpointError(RuntimeError):
    """What was computed again is not what was computed at first."""

    __module__ = "torch.utils.checkpoint"


# ---- reentrant: a backward inside the backward -------------------------------------------------------------


def detach_variable(inputs: tuple[Any, ...]) -> tuple[Any, ...]:
    """The same tensors as leaves of a graph of their own."""
    if not isinstance(inputs, tuple):
        raise RuntimeError(
            f"Only tuple of tensors is supported. Got Unsupported input type: {type(inputs).__name__}"
        )
    return tuple([_detached(each) if isinstance(each, TensorBase) else each for each in inputs])


def _detached(tensor: Any) -> Any:
    return tensor.detach().requires_grad_(tensor.requires_grad)


def check_backward_validity(inputs: Iterable[Any]) -> None:
    """Warn if no input requires grad."""
    if not any(isinstance(each, TensorBase) and each.requires_grad for each in inputs):  # type: ignore[attr-defined]
        warnings.warn("None of the inputs have requires_grad=True. Gradients will be None", stacklevel=2)


class DefaultDeviceType:
    """The type of device that is assumed where no argument is on any other than the CPU; here only noted."""

    __module__ = "torch.utils.checkpoint"
    _default_device_type = "cpu"

    @staticmethod
    def set_device_type(device: str = "cuda") -> None:
        """Set it."""
        DefaultDeviceType._default_device_type = device

    @staticmethod
    def get_device_type() -> str:
        """What was set."""
        return DefaultDeviceType._default_device_type


def get_device_states(*args: Any) -> tuple[list[int], list[Any]]:
    """The numbers of the devices, other than the CPU, that arguments are on, and their random states: none here."""
    return [], []


def set_device_states(devices: Any, states: Any, *, device_type: str | None = None) -> None:
    """Set the random states of these devices, of which there are none here."""


class CheckpointFunction(Function):
    """Runs a function without recording; its backward runs it again, recorded, and backward through that."""

    @staticmethod
    def forward(ctx: Any, run_function: Callable[..., Any], preserve_rng_state: bool, *args: Any) -> Any:
        """Run the function and keep its inputs."""
        tasks.track()
        check_backward_validity(args)
        ctx.run_function = run_function
        ctx.rng_state = get_rng_state() if preserve_rng_state else None
        ctx.inputs = [None if isinstance(each, TensorBase) else each for each in args]
        ctx.positions = [index for index, each in enumerate(args) if isinstance(each, TensorBase)]
        ctx.save_for_backward(*[args[index] for index in ctx.positions])
        return run_function(*args)

    @staticmethod
    def backward(ctx: Any, *args: Any) -> Any:
        """Run the function again, and the backward of that."""
        if not tasks.accumulates_everything():
            raise RuntimeError(ONLY_BACKWARD)
        inputs = list(ctx.inputs)
        for index, tensor in zip(ctx.positions, ctx.saved_tensors):
            inputs[index] = tensor
        with fork_rng(enabled=ctx.rng_state is not None):
            if ctx.rng_state is not None:
                set_rng_state(ctx.rng_state)
            detached = detach_variable(tuple(inputs))
            with enable_grad():
                outputs = ctx.run_function(*detached)
        if isinstance(outputs, TensorBase):
            outputs = (outputs,)
        roots = [
            (output, grad)
            for output, grad in zip(outputs, args)
            if isinstance(output, TensorBase) and output.requires_grad  # type: ignore[attr-defined]
        ]
        if not roots:
            raise RuntimeError("none of output has requires_grad=True, this checkpoint() is not necessary")
        backward([output for output, _ in roots], [grad for _, grad in roots])
        return (None, None, *[each._grad if isinstance(each, TensorBase) else None for each in detached])


# ---- not reentrant: places for what was saved --------------------------------------------------------------


class _StopError(Exception):
    """Ends the recomputation: all that was saved is there."""


class _Taken:
    """Stands for a tensor that was already taken out of its place."""


TAKEN = _Taken()


class Place:
    """What a node keeps instead of a tensor: where the tensor will be, for each run that asks for it."""

    __slots__ = ("__weakref__", "tensors")

    def __init__(self) -> None:
        self.tensors: dict[Any, Any] = {}


class Region:
    """One checkpointed call: its places, in the order of saving, and how to fill them."""

    def __init__(
        self, again: Callable[..., None], args: Sequence[Any], early_stop: bool, about: Callable[[Any], Any]
    ) -> None:
        self.again = again
        self.args = [_kept(each) if isinstance(each, TensorBase) else each for each in args]
        self.are_tensors = [isinstance(each, TensorBase) for each in args]
        self.early_stop = early_stop
        self.about = about
        self.places: list[weakref.ref[Place]] = []
        self.metadata: list[Any] = []
        self.found: dict[Any, int] = {}  # by run: how many tensors were saved again
        self.complete = False
        self.differs = False  # gradients were computed inside: the numbers cannot be compared

    def pack(self, tensor: Any) -> Place:
        """Keep nothing of a tensor but a place for it."""
        place = Place()
        self.places.append(weakref.ref(place))
        self.metadata.append(self.about(tensor))
        return place

    def unpack(self, place: Place) -> Any:
        """The tensor of a place, which is computed again if this run has not done so; it can be taken only once."""
        run = _current_run()
        if run not in self.found:
            self.fill(run)
        tensor = place.tensors[run]
        if tensor is TAKEN:
            extra = (
                "Performing two backward calls that overlap (i.e. require the same saved activation in order to compute "
                "gradients) is not allowed while under the torch.utils.checkpoint.GraphExecGroup context. "
                if GraphExecGroup.current is not None
                else ""
            )
            raise CheckpointError(
                f"torch.utils.checkpoint: Unpack is being triggered for a tensor that was already unpacked once. {extra}If you "
                "are calling ctx.saved_tensors in backward, make sure to do so only once. Otherwise please open an issue with "
                "details on your use case."
            )
        place.tensors[run] = TAKEN
        return tensor

    def fill(self, run: Any) -> None:
        """Run the function again, and put what it saves into the places."""
        self.found[run] = 0
        args = [unpack(each, None) if tensor else each for each, tensor in zip(self.args, self.are_tensors)]  # type: ignore[arg-type]
        try:
            with (
                saved_tensors_hooks(lambda tensor: self.put(run, tensor), lambda tensor: tensor),
                enable_grad(),
            ):
                self.again(*args)
        except _StopError:
            pass
        if not self.differs:
            self.check(run)

    def put(self, run: Any, tensor: Any) -> Any:
        """The tensor that was saved next, for its place."""
        tensor = tensor.detach() if tensor.requires_grad else tensor
        index = self.found[run]
        self.found[run] += 1
        if index >= len(self.places):
            if self.complete:
                raise CheckpointError(
                    "torch.utils.checkpoint: trying to save more tensors during recomputation than during the original forward "
                    f"pass.\n{TIP}"
                )
            self.differs = True
            return tensor
        place = self.places[index]()
        if place is not None:
            place.tensors[run] = tensor
        if self.early_stop and self.found[run] == len(self.places):
            raise _StopError
        return tensor

    def check(self, run: Any) -> None:
        """Refuse tensors that are not as many, or not such, as were saved at first."""
        if self.found[run] != len(self.places):
            raise CheckpointError(
                "torch.utils.checkpoint: A different number of tensors was saved during the original forward and recomputation.\n"
                f"Number of tensors saved during forward: {len(self.places)}\n"
                f"Number of tensors saved during recomputation: {self.found[run]}.\n{TIP}"
            )
        different = ""
        for index, (reference, saved) in enumerate(zip(self.places, self.metadata)):
            place = reference()
            if place is not None:
                again = self.about(place.tensors[run])
                if again != saved:
                    different += f"tensor at position {index}:\nsaved metadata: {saved}\nrecomputed metadata: {again}\n"
        if different:
            raise CheckpointError(
                "torch.utils.checkpoint: Recomputed values for the following tensors have different metadata than during the "
                f"forward pass.\n{different}.\n{TIP}"
            )


def _kept(tensor: Any) -> Any:
    """An input as a saved tensor: checked for changes, and packed by a checkpoint around this one."""
    hooks = active_hooks()
    return save(tensor) if hooks is None else pack_all([save(tensor)], None, hooks)[0]  # type: ignore[arg-type]


def _current_run() -> Any:
    """What tells this run of the graph from others; outside of any, each question is one of its own."""
    return GraphExecGroup.current or tasks.current_token() or object()


class GraphExecGroup:
    """Runs of the graph inside of it compute a checkpointed call again only once, all together."""

    __module__ = "torch.utils.checkpoint"
    current: GraphExecGroup | None = None

    def __enter__(self) -> GraphExecGroup:
        if GraphExecGroup.current is not None:
            raise RuntimeError(
                f"GraphExecGroup contexts cannot be nested. Already inside group {GraphExecGroup.current}"
            )
        GraphExecGroup.current = self
        return self

    def __exit__(self, *exception: object) -> None:
        GraphExecGroup.current = None


def _shape_and_type(tensor: Any) -> dict[str, Any]:
    return {"shape": tensor.shape, "dtype": tensor.dtype, "device": tensor.device}


_CHECKS: dict[str, Callable[[Any], Any]] = {"default": _shape_and_type, "none": lambda tensor: None}


class _Settings:
    early_stop: bool | None = None
    debug: bool | None = None


@contextmanager
def set_checkpoint_early_stop(enable: bool) -> Iterator[None]:
    """Whether checkpointed calls inside will stop computing again as soon as all is there."""
    before, _Settings.early_stop = _Settings.early_stop, enable
    try:
        yield
    finally:
        _Settings.early_stop = before


@contextmanager
def set_checkpoint_debug_enabled(enabled: bool | None) -> Iterator[None]:
    """Whether checkpointed calls inside run with `debug`, which here adds nothing to messages."""
    before, _Settings.debug = _Settings.debug, enabled
    try:
        yield
    finally:
        _Settings.debug = before


def noop_context_fn() -> Contexts:
    """The contexts of a checkpointed call where none are given."""
    return nullcontext(), nullcontext()


def _without_reentrant(
    function: Callable[..., Any],
    args: tuple[Any, ...],
    kwargs: dict[str, Any],
    preserve_rng_state: bool,
    context_fn: Callable[[], Contexts],
    determinism_check: str,
    early_stop: bool,
) -> Any:
    if determinism_check not in _CHECKS:
        raise ValueError(f"determinism_check should be one of {list(_CHECKS)}, but got {determinism_check}")
    for_forward, for_again = context_fn()
    state = get_rng_state() if preserve_rng_state else None
    if not mode.enabled:
        return function(*args, **kwargs)

    def again(*inputs: Any) -> None:
        with fork_rng(enabled=state is not None):
            if state is not None:
                set_rng_state(state)
            with for_again:
                function(*inputs, **kwargs)

    tasks.track()
    stop = early_stop if _Settings.early_stop is None else _Settings.early_stop
    region = Region(again, args, stop, _CHECKS[determinism_check])
    with saved_tensors_hooks(region.pack, region.unpack), for_forward:
        result = function(*args, **kwargs)
        region.complete = True
    if not region.complete:
        raise RuntimeError(SUPPRESSED)
    return result


# ---- what a program calls ----------------------------------------------------------------------------------


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], Contexts] = noop_context_fn,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    **kwargs: Any,
) -> Any:
    """Call the function, but keep only its inputs: what it saves is computed again in the backward pass."""
    if use_reentrant is None:
        since = "Starting in PyTorch 2.9, calling checkpoint without use_reentrant will raise an exception."
        warnings.warn(NOT_GIVEN.format("", since), stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if not use_reentrant:
        if (debug if _Settings.debug is None else _Settings.debug) and context_fn is not noop_context_fn:
            raise ValueError("debug=True is incompatible with non-default context_fn")
        return _without_reentrant(function, args, kwargs, preserve, context_fn, determinism_check, early_stop)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    if context_fn is not noop_context_fn or debug is not False:
        raise ValueError("Passing `context_fn` or `debug` is only supported when use_reentrant=False.")
    return CheckpointFunction.apply(function, preserve, *args)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, **kwargs: Any
) -> Any:
    """Call functions one after another, in segments of which all but the last are checkpointed."""
    if use_reentrant is None:
        since = "In version 2.9 we will raise an exception if use_reentrant is not passed."
        warnings.warn(NOT_GIVEN.format(".checkpoint_sequential", since), stacklevel=2)
        use_reentrant = True
    preserve = kwargs.pop("preserve_rng_state", True)
    if kwargs:
        raise ValueError("Unexpected keyword arguments: " + ",".join(kwargs))
    from ..nn.modules import Sequential

    children = list(functions.children()) if isinstance(functions, Sequential) else functions
    size = len(children) // segments
    end = 0
    for start in range(0, size * (segments - 1), size):
        end = start + size
        segment = _chain(children[start:end])
        input = checkpoint(segment, input, use_reentrant=use_reentrant, preserve_rng_state=preserve)
    return _chain(children[end:])(input)


def _chain(functions: Sequence[Callable[[Any], Any]]) -> Callable[[Any], Any]:
    def call(value: Any) -> Any:
        for function in functions:
            value = function(value)
        return value

    return call
