"""The `.grad` of a tensor: what may be assigned to it, how gradients are added to it, and in which type.

Source: torch.Tensor, `grad`, `grad_dtype` and `retain_grad`; torch.autograd, "Default gradient layouts".
"""

from __future__ import annotations

import threading
import warnings
import weakref
from typing import Any

import numpy as np

from . import graph_engine, ownership
from .base import TensorBase, elements, storage
from .dtypes import dtype as dtype_class
from .filling import copy_
from .grad_mode import mode
from .node import attach_grad_dtype
from .op import wrap
from .ops.from_data import warn_once
from .ownership import copy_in_layout_of, has_layout_of, is_exclusive

NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated "
    "during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() "
    "on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)

_one_at_a_time = threading.RLock()  # several threads may accumulate into one leaf


def _get(self: Any) -> Any:
    if self._node is not None and not self._retains_grad and self._grad is None:
        warnings.warn(NON_LEAF_GRAD, UserWarning, stacklevel=2)
    return self._grad


def _set(self: Any, value: Any) -> None:
    if value is not None:
        _check(self, value)
        self._layout_differs = not has_layout_of(value._array, self._array)
    self._grad = value


def _delete(self: Any) -> None:
    self._grad = None


grad = property(_get, _set, _delete, "The gradient accumulated so far, or None.")


def _check(self: Any, value: Any) -> None:
    """Raise unless the value may be assigned as the gradient."""
    if not isinstance(value, TensorBase):
        raise TypeError(
            f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
        )
    if value is self:
        raise RuntimeError("can't assign Variable as its own grad")
    expected = self._dtype if self._grad_dtype is False else self._grad_dtype
    if expected is not None and value._dtype is not expected:
        raise RuntimeError(
            f"attempting to assign a gradient with dtype '{value._dtype.c_name}' to a tensor with grad_dtype "
            f"'{expected.legacy_name}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). "
            "You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype "
            "with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems that assume they "
            "match."
        )
    if value._array.shape != self._array.shape:
        raise RuntimeError(
            f"attempting to assign a gradient of size '{list(value._array.shape)}' to a tensor of size "
            f"'{list(self._array.shape)}'. Please ensure that the gradient and the tensor are the same size"
        )


# ---- the type of gradients ---------------------------------------------------------------------------------


def _get_dtype(self: Any) -> Any:
    if self._node is not None:
        raise RuntimeError("grad_dtype can only be accessed on leaf tensors.")
    return self._dtype if self._grad_dtype is False else self._grad_dtype


def _set_dtype(self: Any, value: Any) -> None:
    if value is not None and not isinstance(value, dtype_class):
        raise RuntimeError(f"grad_dtype must be a torch.dtype or None, but got {type(value).__name__}")
    held = _get(self)
    if self._node is not None:
        raise RuntimeError("grad_dtype can only be set on leaf tensors.")
    if value is not None and held is not None and held._dtype is not value:
        raise RuntimeError(
            f"Cannot set grad_dtype to '{value.legacy_name}' because there is already a gradient with dtype "
            f"'{held._dtype.c_name}'. Please clear the gradient (.grad = None) before changing grad_dtype, or ensure the new "
            "grad_dtype matches the existing gradient's dtype."
        )
    self._grad_dtype = value
    attach_grad_dtype(self)


grad_dtype = property(
    _get_dtype, _set_dtype, doc="The type of a leaf's gradients; None where any is allowed."
)


# ---- accumulating ------------------------------------------------------------------------------------------


def accumulate(self: Any, grad: Any) -> None:
    """What AccumulateGrad does: add to `.grad`, in place unless a graph is being made."""
    if not self._requires_grad:
        if self._node is not None:
            raise RuntimeError("leaf variable has been moved into the graph interior")
        return  # frozen after the graph was made
    with _one_at_a_time:
        held = self._grad
        if grad._is_sparse or (held is not None and held._is_sparse):
            from .sparse_operations import accumulated

            self._grad = accumulated(held, grad)
        elif held is not None:
            array, more, shared = held._array, elements(grad), held._storage
            if mode.enabled:
                self._grad = held + grad
            elif (
                array.__class__ is more.__class__ is np.ndarray
                and array.shape == more.shape
                and held._dtype is grad._dtype
                and held._base is None
                and (shared is None or not shared.views)
                and not self._layout_differs
                and not mode.recording
            ):
                # what `add_` comes to for two plain tensors
                (shared or storage(held)).version += 1
                array += more
            else:
                held.add_(grad)
            if self._layout_differs:
                _warn_of_layout(self, self._grad)
        elif mode.recording:
            if not mode.enabled and is_exclusive(grad, self):
                self._grad = grad.detach()  # a tangent stays behind
            else:
                self._grad = wrap(copy_in_layout_of(grad._array, self._array), grad._dtype)
                storage(self._grad)
                copy_(self._grad, grad)
        elif is_exclusive(grad, self):
            # Hooks and custom functions may have recorded what they return.
            self._grad = grad if grad._node is None and not grad._requires_grad else grad.detach()
            self._grad._base = None
            if not mode.enforces_grad_layout:
                self._layout_differs = not has_layout_of(grad._array, self._array)
        else:
            self._grad = copied = wrap(copy_in_layout_of(grad._array, self._array), grad._dtype)
            storage(copied).version = 1  # PyTorch copies into an empty tensor, in place


def _warn_of_layout(self: Any, held: Any) -> None:
    if mode.enforces_grad_layout and not has_layout_of(held._array, self._array):
        warn_once(
            "grad and param do not obey the gradient layout contract. This is not an error, but may impair performance.\n"
            f"grad.sizes() = {list(held.shape)}, strides() = {list(held.stride())}\n"
            f"param.sizes() = {list(self.shape)}, strides() = {list(self.stride())}",
            stacklevel=3,
        )


def accumulate_retained(self: Any, grad: Any) -> None:
    """What `retain_grad` does on a tensor that is no leaf: each backward's gradient is added."""
    held = self._grad
    self._grad = grad.clone() if held is None else held + grad


def retain_grad(self: Any) -> None:
    """Have `.grad` filled although this is no leaf."""
    if not self.requires_grad:
        raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
    if self.grad_fn is None or self._retains_grad:
        return
    self._retains_grad = True
    extras = self._node.extras()
    if extras.retained is None:
        extras.retained = {}
    extras.retained[self._output_nr] = weakref.ref(self)


def calibrate(leaf: Any) -> None:
    """Measure reference counts on gradients that only the running graph sees: one adds up, one arrives."""
    global is_exclusive
    constant = wrap(np.ones(2, np.float32))
    checks = graph_engine.can_accumulate_in_place, is_exclusive
    graph_engine.can_accumulate_in_place, is_exclusive = (
        ownership.measure_buffered,
        ownership.measure_arriving,
    )
    (leaf * constant + leaf * constant).backward(constant)
    graph_engine.can_accumulate_in_place, is_exclusive = checks
