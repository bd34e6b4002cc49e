"""Custom functions: a forward of the user's own, and the backward that belongs to it.

Source: torch.autograd.Function; "Extending PyTorch", "Extending torch.autograd".
"""

from __future__ import annotations

import functools
import warnings
from collections.abc import Callable
from typing import Any

from .base import TensorBase
from .function_context import BackwardCFunction, FunctionCtx
from .function_outputs import process
from .function_tangents import without_forward_mode
from .grad_mode import mode, no_grad
from .node import Node, gradient_edge, next_sequence_nr
from .op import note_operands

__all__ = [
    "BackwardCFunction",
    "Function",
    "FunctionCtx",
    "FunctionMeta",
    "InplaceFunction",
    "once_differentiable",
]


class FunctionMeta(type):
    """Gives each function its class of contexts, which are its nodes in the graph."""

    __module__ = FunctionCtx.__module__

    _backward_cls: type[BackwardCFunction]

    def __init__(cls, name: str, bases: Any, attrs: Any) -> None:
        members = {"_forward_cls": cls, "__module__": FunctionCtx.__module__}
        cls._backward_cls = type(f"{name}Backward", (BackwardCFunction,), members)
        super().__init__(name, bases, attrs)


class Function(FunctionCtx, metaclass=FunctionMeta):
    """Base class of custom functions: subclass it, write `forward` and `backward`, and call `apply`."""

    __module__ = FunctionCtx.__module__
    generate_vmap_rule = False
    clear_saved_tensors_on_access = False
    boxed_grads_call = False

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        warnings.warn(
            f"{self.__class__} should not be instantiated. Methods on autograd functions are all static, so you should invoke "
            "them on the class itself. Instantiating an autograd function will raise an error in a future version of PyTorch.",
            DeprecationWarning,
            stacklevel=2,
        )

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError(
            "Legacy autograd function with non-static forward method is deprecated. Please use new-style autograd function with "
            "static forward method. (Example: https://pytorch.org/docs/stable/autograd.html#torch.autograd.Function)"
        )

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs: `forward(ctx, *args)`, or `forward(*args)` beside a `setup_context`."""
        raise NotImplementedError("You must implement the forward function for custom autograd.Function.")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> Any:
        """Prepare the context after `forward`, which then gets none."""
        raise NotImplementedError("setup_context is not implemented.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradients of the inputs from those of the outputs."""
        raise NotImplementedError(
            "You must implement either the backward or vjp method for your custom autograd.Function to use it with backward mode "
            "AD."
        )

    vjp = backward

    @staticmethod
    def jvp(ctx: Any, *grad_inputs: Any) -> Any:
        """Compute the tangents of the outputs from those of the inputs."""
        raise NotImplementedError(
            "You must implement the jvp function for custom autograd.Function to use it with forward mode AD."
        )

    @staticmethod
    def vmap(info: Any, in_dims: tuple[Any, ...], *args: Any) -> Any:
        """Compute the outputs of a batch."""
        raise NotImplementedError(
            "To use autograd.Function with vmap, you must either override the vmap staticmethod or set generate_vmap_rule=True."
        )

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run `forward` without recording, and make one node of the whole in the graph."""
        separate = cls.setup_context is not Function.setup_context
        if separate:
            args, kwargs = _with_defaults(cls.forward, args, kwargs)
        if kwargs:
            args = _by_position(cls.forward, args, kwargs, 0 if separate else 1)
        if mode.transforms:
            from .function_transforms import call

            return call(cls, args)
        return apply_once(cls, args)


def apply_once(function: type[Function], args: tuple[Any, ...], forward_mode: bool = True) -> Any:
    """Run `forward` without recording, and make a node of it; `forward_mode`: and compute tangents where it is on."""
    separate = function.setup_context is not Function.setup_context
    is_tensor = tuple([isinstance(each, TensorBase) for each in args])
    ctx = function._backward_cls()
    ctx._is_tensor = is_tensor
    ctx.needs_input_grad = needs = tuple(
        [tensor and each.requires_grad for each, tensor in zip(args, is_tensor)]
    )
    recorded = mode.enabled and True in needs
    if recorded:
        tensors = [each for each, tensor in zip(args, is_tensor) if tensor]
        ctx._edges = tuple([gradient_edge(each) for each in tensors])
        note_operands(ctx, *tensors)
    enabled, transforms = mode.enabled, mode.transforms
    mode.set(False)
    if transforms and forward_mode:
        mode.set_transforms(without_forward_mode(transforms))
    try:
        if separate:
            output = function.forward(*args)
            function.setup_context(ctx, args, output)
        else:
            output = function.forward(ctx, *args)
    finally:
        mode.set(enabled)
        if transforms:
            mode.set_transforms(transforms)
    return process(ctx, args, output, recorded, separate, forward_mode)


def _with_defaults(forward: Callable[..., Any], args: Any, kwargs: Any) -> tuple[Any, Any]:
    import inspect

    bound = inspect.signature(forward).bind(*args, **kwargs)
    bound.apply_defaults()
    return bound.args, bound.kwargs


def _by_position(
    forward: Any, args: tuple[Any, ...], kwargs: dict[str, Any], skipped: int
) -> tuple[Any, ...]:
    """The arguments in the order of `forward`'s parameters; of those that have a default none may be left out before."""
    code = forward.__code__
    names = code.co_varnames[skipped : code.co_argcount]
    given: dict[int, Any] = dict(enumerate(args))
    for name, value in kwargs.items():
        if name not in names:
            raise TypeError(f"forward() got an unexpected keyword argument '{name}'")
        position = names.index(name)
        if position in given:
            raise TypeError(f"forward() got multiple values for argument '{name}'")
        given[position] = value
    last = max(given)
    for position, name in enumerate(names[:last]):
        if position not in given:
            raise TypeError(f"forward() missing required argument: '{name}' (position {position})")
    return tuple([given[position] for position in range(last + 1)])


class Error(Node):
    """The node of gradients that must not be differentiated again."""

    __module__ = "builtins"

    __slots__ = ("message",)

    def __init__(self, message: str) -> None:
        self._extras = self._saved = None
        self._number = next_sequence_nr()
        self.message = message

    def name(self) -> str:
        return "torch::autograd::Error"

    def apply(self, grad: Any, edges: Any) -> Any:
        """Refuse."""
        raise RuntimeError(self.message)


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Decorates a `backward` that cannot be differentiated: what it computes refuses a second backward."""

    @functools.wraps(fn)
    def wrapper(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with no_grad():
            outputs = fn(ctx, *args, **kwargs)
        if not mode.enabled:
            return outputs
        if not any(isinstance(each, TensorBase) and each.requires_grad for each in args):  # type: ignore[attr-defined]
            return outputs
        several = isinstance(outputs, tuple)
        return _refusing(outputs if several else (outputs,), several)

    return wrapper


def _refusing(outputs: tuple[Any, ...], several: bool) -> Any:
    """The same values, as outputs of a node that refuses."""
    node = Error("trying to differentiate twice a function that was marked with @once_differentiable")
    inputs = [None if each is None else each.detach().requires_grad_() for each in outputs]
    node._edges = tuple([None if each is None else gradient_edge(each) for each in inputs])
    if several:
        described: Any = [None if each is None else (each._array.shape, each._dtype) for each in outputs]
        node.extras().outputs = described
    results = [None if each is None else each.detach() for each in outputs]
    for number, result in enumerate(results):
        if result is not None:
            result._node, result._output_nr = node, number
    return tuple(results) if several else results[0]


class InplaceFunction(Function):
    """Kept for old programs."""

    __module__ = FunctionCtx.__module__

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace
