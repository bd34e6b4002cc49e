"""The context of a custom function: what `forward` notes on it, and the node that it is in the graph.

Source: "Extending PyTorch", "Extending torch.autograd"; torch.autograd.function.FunctionCtx.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np

from .base import TensorBase, storage
from .node import Extras, Node, next_sequence_nr
from .op import wrap
from .packing import SavedTensor, active_hooks, pack_all, raw_saved_tensor
from .saved import FREED_MESSAGE, RELEASED, SavedResult, save, unpack

ACCESSED_TWICE = (
    "saved_tensors can only be accessed once when clear_saved_tensors_on_access=True is set on the autograd.Function. Either "
    "access saved_tensors only once, or set clear_saved_tensors_on_access=False."
)
MANY_GRADIENTS = "function {} returned an incorrect number of gradients (expected {}, got {})"
GRADIENT_OF_NOTHING = (
    "function {} returned a gradient different than None at position {}, but the corresponding forward input was not a "
    "Variable"
)


class FunctionCtx:
    """What `forward` and `setup_context` may call to prepare the backward."""

    __module__ = "torch.autograd.function"

    def save_for_backward(self, *tensors: Any) -> None:
        """Keep tensors for `backward`, which finds them in `saved_tensors`."""
        self.to_save = tensors

    def save_for_forward(self, *tensors: Any) -> None:
        """Keep tensors for `jvp`, which finds them in `saved_tensors`."""
        for tensor in tensors:
            if not (isinstance(tensor, TensorBase) or tensor is None):
                raise AssertionError(
                    "save_for_forward expects all arguments to be tensors; you should save non-tensors as attributes on ctx."
                )
        self.saved_for_forward = tensors

    def mark_dirty(self, *args: Any) -> None:
        """Note inputs that `forward` changed in place."""
        self.dirty_tensors = args

    def mark_shared_storage(self, *pairs: Any) -> None:
        """Does nothing; storages are tracked anyway."""
        warnings.warn(
            "`mark_shared_storage` is deprecated. Tensors with shared storages are automatically tracked. Note that calls to "
            "`set_()` are not tracked",
            FutureWarning,
            stacklevel=2,
        )

    def mark_non_differentiable(self, *args: Any) -> None:
        """Note outputs that no gradient flows through."""
        self.non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Whether gradients that are undefined reach `backward` as zeros (they do unless this says otherwise)."""
        if type(value) is not bool:
            raise TypeError(
                "set_materialize_grads received an invalid combination of arguments - got (), but expected (bool)"
            )
        self.materialize_grads = value


class BackwardCFunction(FunctionCtx, Node):
    """The context of one call, which is also the call's node in the graph. `_forward_cls` is the function.

    It has a `__dict__`: whatever `forward` notes on it is there in `backward`.
    """

    __module__ = FunctionCtx.__module__

    _forward_cls: Any
    _is_tensor: tuple[bool, ...] = ()  # of each argument of `apply`
    _runs_on_nothing = True
    _result_form = SavedResult  # how its own outputs are saved
    # the saved tensors; not in `_saved`, for nobody but `saved_tensors` may unpack them
    _kept: tuple[Any, ...] = ()
    _packed = True  # what hooks on saved tensors made of them is taken out by `saved_tensors` only
    _freed = False
    _accessed = False
    to_save: Any = None
    saved_for_forward: Any = None
    dirty_tensors: Any = None
    non_differentiable: Any = None
    materialize_grads = True
    needs_input_grad: tuple[bool, ...] | None = None
    requires_grad = True

    __dir__ = object.__dir__  # type: ignore[assignment]  # which has what the program has set

    def __init__(self) -> None:
        self._edges = ()
        self._saved = None
        self._extras = Extras()
        self._extras.outputs = []
        self._number = next_sequence_nr()

    def __call__(self, *grads: Any) -> Any:
        raise TypeError(f"'{type(self).__name__}' object is not callable")

    def __repr__(self) -> str:
        return f"<{self.__module__}.{type(self).__name__} object at {id(self):#x}>"

    # ---- what was saved ------------------------------------------------------------------------------------

    def _save_variables(self) -> None:
        """Make saved tensors of what was handed to `save_for_backward`: after the outputs have their history."""
        tensors, self.to_save = self.to_save, None
        if tensors is None:
            return
        for index, tensor in enumerate(tensors):
            if tensor is not None and not isinstance(tensor, TensorBase):
                raise TypeError(
                    f"save_for_backward can only save variables, but argument {index} is of type {type(tensor).__name__}"
                )
        kept = [self._saved_form(each) for each in tensors]
        hooks = active_hooks()
        self._kept = tuple(kept if hooks is None else pack_all(kept, self, hooks))

    def _saved_form(self, tensor: Any) -> Any:
        if tensor is None:
            return None
        if tensor._node is not self:
            return save(tensor)
        saved = self._result_form(tensor)
        if tensor._tangents is None:
            return saved
        from .function_tangents import saved_with_tangent

        return saved_with_tangent(saved, tensor)

    @property
    def saved_tensors(self) -> tuple[Any, ...]:
        """The tensors saved by `save_for_backward` (in `jvp`: by `save_for_forward`), checked for changes in place."""
        if self.saved_for_forward is not None:
            return self.saved_for_forward
        if self._accessed:
            raise RuntimeError(ACCESSED_TWICE)
        if self._freed:
            raise RuntimeError(FREED_MESSAGE)
        tensors = tuple([unpack(each, self) for each in self._kept])
        self.maybe_clear_saved_tensors()
        return tensors

    @property
    def _raw_saved_tensors(self) -> tuple[SavedTensor, ...]:
        if self._freed:
            raise RuntimeError(FREED_MESSAGE)
        return tuple([raw_saved_tensor(self, "_kept", index) for index in range(len(self._kept))])

    @property
    def saved_variables(self) -> tuple[Any, ...]:
        """The old name of `saved_tensors`."""
        warnings.warn(
            "'saved_variables' is deprecated; use 'saved_tensors'", DeprecationWarning, stacklevel=2
        )
        return self.saved_tensors

    def maybe_clear_saved_tensors(self) -> None:
        """Forget the saved tensors if the function asks for that."""
        if self._forward_cls.clear_saved_tensors_on_access:
            self._kept = ()
            self._accessed = True

    def release(self) -> None:
        """Forget the saved tensors."""
        self._kept = (RELEASED,) * len(self._kept)
        self._freed = True

    # ---- running -------------------------------------------------------------------------------------------

    def _user_function(self) -> Any:
        """The function's `backward` or `vjp`, whichever it has."""
        from .function import Function

        backward, vjp = self._forward_cls.backward, self._forward_cls.vjp
        if vjp is Function.vjp:
            return backward
        if backward is not Function.backward:
            raise RuntimeError(
                "Implementing both 'backward' and 'vjp' for a custom Function is not allowed. You should only implement one of "
                "them."
            )
        return vjp

    def apply(self, *grads: Any) -> Any:
        """Call the function's `backward` on the gradients of its outputs."""
        if len(grads) == 2 and grads[1].__class__ is tuple:
            # called by the graph engine: gradients, and the edges to fill
            return self._run(grads[0])
        user_function = self._user_function()
        if self._forward_cls.boxed_grads_call:
            grads = (list(grads),)
        return user_function(self, *grads)

    def apply_jvp(self, *tangents: Any) -> Any:
        """Call the function's `jvp` on the tangents of its inputs."""
        return self._forward_cls.jvp(self, *tangents)

    def _run(self, grads: Any) -> Sequence[Any]:
        """The gradients of the tensors among the inputs, checked."""
        outputs: Any = self._extras.outputs  # type: ignore[union-attr]
        if not isinstance(grads, list):
            grads = [grads]
        if self.materialize_grads:
            grads = [
                _filled_zeros(output) if grad is None and output is not None else grad
                for grad, output in zip(grads, outputs)
            ]
        returned = self.apply(*grads)
        if not isinstance(returned, tuple):
            returned = (returned,)
        expected = len(self._is_tensor)
        if len(returned) > expected and all(each is None for each in returned[expected:]):
            returned = returned[:expected]
        if len(returned) != expected:
            raise RuntimeError(MANY_GRADIENTS.format(self.name(), expected, len(returned)))
        return self._validated(self._of_tensors(returned))

    def _of_tensors(self, returned: Sequence[Any]) -> list[Any]:
        """What was returned for arguments that are tensors; for others it must be None."""
        found = []
        for position, (grad, is_tensor) in enumerate(zip(returned, self._is_tensor), start=1):
            if is_tensor:
                if grad is not None and not isinstance(grad, TensorBase):
                    raise RuntimeError(f"expected Variable or None (got {type(grad).__name__})")
                found.append(grad)
            elif grad is not None:
                raise RuntimeError(GRADIENT_OF_NOTHING.format(self.name(), position))
        return found

    def _validated(self, grads: list[Any]) -> list[Any]:
        """Refuse gradients of a shape or type that the input could not have."""
        for index, (grad, edge, (shape, dtype)) in enumerate(
            zip(grads, self._edges, self._extras.expected)  # type: ignore[union-attr, arg-type]
        ):
            if grad is None or edge is None:
                continue
            found = grad._array.shape
            if found != shape and not _can_expand(shape, found):
                raise RuntimeError(
                    f"Function {self.name()} returned an invalid gradient at index {index} - got {list(found)} but expected "
                    f"shape compatible with {list(shape)}"
                )
            if not grad._dtype.is_floating_point and grad._dtype.is_complex != dtype.is_complex:
                raise RuntimeError(
                    "Expected isFloatingType(grad.scalar_type()) || (input_is_complex == grad_is_complex) to be true, but got "
                    "false.  (Could this error message be improved?  If so, please report an enhancement request to PyTorch.)"
                )
        return grads


def _can_expand(shape: tuple[int, ...], wide: tuple[int, ...]) -> bool:
    """Whether an input of this shape could have been expanded to the shape of its gradient."""
    return len(shape) <= len(wide) and all(
        size in (1, found) for size, found in zip(shape, wide[len(wide) - len(shape) :])
    )


def zeros_for(shape: tuple[int, ...], dtype: Any) -> Any:
    """Zeros for a gradient or tangent that is undefined."""
    return wrap(np.zeros(shape, dtype.numpy)[()], dtype)


def _filled_zeros(output: tuple[Any, Any]) -> Any:
    zeros = zeros_for(*output)
    storage(zeros).version = 1  # PyTorch fills them in place
    return zeros
