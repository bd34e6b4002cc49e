"""Changes in place of what a tensor is rather than of its values: shape, strides, memory, history.

Source: torch.Tensor, `t_`, `squeeze_`, `resize_`, `set_`, `detach_` and alike.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from .arguments import refused
from .base import Storage, TensorBase, memory, owner_and_offset, storage
from .declaration import parameters
from .grad_mode import mode
from .histories import check, is_tracked, note_base_requires_grad, refresh_views, set_history
from .op import wrap
from .ops import slicing, views
from .ops.dims import contiguous_steps, sizes_of
from .saved import DETACHED
from .transforms import ShapeChange, through_transforms


def _in_place(operation: Callable[..., Any], name: str, node_of: Callable[..., str]) -> Callable[..., Any]:
    """The in-place form of a view: the tensor itself becomes the view. `node_of(*args)` is the name of its node."""
    classes: dict[str, Any] = {}
    names = parameters(operation)[1:]

    def call(self: Any, *args: Any, **named: Any) -> Any:
        if named:
            args = (*args, *[named.pop(each) for each in names[len(args) :] if each in named])
            if named:
                raise TypeError(f"{name}() got an unexpected keyword argument '{min(named)}'")
        if mode.recording > 1:
            return through_transforms(ShapeChange(call, operation, {}), (self, *args))
        tracked = mode.enabled and is_tracked(self)
        check(self, tracked)
        before = wrap(memory(self), self._dtype)
        if tracked:
            before._node, before._output_nr = self._node, self._output_nr
        result = operation(before, *args)
        self._array = result._array
        storage(self).version += 1
        node = result._node
        if node is not None:
            node_name = node_of(*args)
            if node_name not in classes:
                classes[node_name] = type(node_name, (type(node),), {"__slots__": ()})
            node.__class__ = classes[node_name]
            set_history(self, node)
        refresh_views(self, but=self)
        return self

    call.__name__ = call.__qualname__ = name
    call.__doc__ = f"`{operation.__name__}`, by which the tensor itself is seen from now on."
    return call


def _squeeze_node(dim: Any = None) -> str:
    return f"SqueezeBackward{3 if dim is None else 5 if isinstance(dim, (tuple, list)) else 4}"


def _t(self: Any) -> Any:
    if self._array.ndim > 2:
        raise RuntimeError(f"t_() expects a tensor with <= 2 dimensions, but self is {self._array.ndim}D")
    return views.t(self)


t_ = _in_place(_t, "t_", lambda: "TBackward1")


def _swapaxes(self: Any, axis0: int, axis1: int) -> Any:
    return views.transpose(self, axis0, axis1)


transpose_ = _in_place(views.transpose, "transpose_", lambda dim0, dim1: "TransposeBackward1")
swapaxes_ = _in_place(_swapaxes, "swapaxes_", lambda axis0, axis1: "TransposeBackward1")
squeeze_ = _in_place(views.squeeze, "squeeze_", _squeeze_node)
unsqueeze_ = _in_place(views.unsqueeze, "unsqueeze_", lambda dim: "UnsqueezeBackward1")
as_strided_ = _in_place(slicing.as_strided, "as_strided_", lambda *places: "AsStridedBackward1")


# ---- memory ------------------------------------------------------------------------------------------------


def resize_(self: Any, *sizes: Any, size: Any = None, memory_format: Any = None) -> Any:
    """Change the sizes; elements are kept, and new ones undefined. Raises `RuntimeError` for what requires grad."""
    if self.requires_grad:
        raise RuntimeError("cannot resize variables that require grad")
    if _has_tangent(self):
        raise RuntimeError("cannot resize variables that has a forward grad")
    wanted = sizes_of(sizes if size is None else (size,))
    if any(each < 0 for each in wanted):
        raise RuntimeError("numel: integer multiplication overflow")
    self._array = resized(memory(self), wanted)
    storage(self).version += 1
    return self


def _has_tangent(*tensors: Any) -> bool:
    """Whether forward mode follows one of these."""
    if mode.recording < 2:
        return False
    from .forward_ad import has_tangent

    return has_tangent(*[each for each in tensors if isinstance(each, TensorBase)])


def resized(array: np.ndarray[Any, Any], sizes: tuple[int, ...]) -> np.ndarray[Any, Any]:
    """The memory in these sizes; where there is too little, a copy with zeros after it."""
    owner, offset = owner_and_offset(array)
    count = math.prod(sizes)
    kept = owner.ravel("K").view(array.dtype)[offset : offset + count]
    if kept.size < count:
        kept = np.concatenate([kept, np.zeros(count - kept.size, array.dtype)])
    return kept.reshape(sizes)


def resize_as_(self: Any, the_template: Any, memory_format: Any = None) -> Any:
    """Change the sizes to those of another tensor."""
    return resize_(self, the_template._array.shape)


def set_(self: Any, source: Any = None, storage_offset: int = 0, size: Any = None, stride: Any = None) -> Any:
    """Look at the memory of another tensor of the same type as it does, or at a storage by these sizes and strides."""
    check(self, mode.enabled and is_tracked(self))
    if _has_tangent(self, source):
        raise NotImplementedError(
            "Trying to use forward AD with set_ that does not support it because it has not been implemented yet.\nPlease file "
            "an issue to PyTorch at https://github.com/pytorch/pytorch/issues/new?template=feature-request.yml so that we can "
            "prioritize its implementation."
        )
    if source is None:
        source = wrap(np.empty(0, self._dtype.numpy), self._dtype)
    if not isinstance(source, TensorBase) or size is not None:
        source = _of_storage(self, source, storage_offset, size, stride)
    if source._dtype is not self._dtype:
        raise RuntimeError(
            f"Could not set tensor of type {source._dtype.c_name} to a tensor of type {self._dtype.c_name}"
        )
    self._array = memory(source)
    storage(self).version += 1
    return self


def _of_storage(self: Any, source: Any, offset: int, size: Any, stride: Any) -> Any:
    from .storage import TypedStorage, is_storage, untyped_storage, viewed

    if isinstance(source, TensorBase):
        source = untyped_storage(source)
    if not is_storage(source):
        raise refused(TypeError("not a storage"), "set_", (source,))
    if isinstance(source, TypedStorage) and source.dtype is not self._dtype:
        raise RuntimeError(
            f"Expected a Storage of type {self._dtype.c_name} or an UntypedStorage, but got type {source.dtype.legacy_name} "
            "for argument 1 'storage'"
        )
    if offset < 0:
        raise RuntimeError(f"Tensor: invalid storage offset {offset}")
    if size is None:
        size = (source.nbytes() // self._dtype.itemsize - offset,)
    if stride is None:
        stride = contiguous_steps(tuple(size))
    if len(size) != len(stride):
        raise RuntimeError(f"unequal size length ({len(size)}) and stride length ({len(stride)})")
    if min(stride, default=0) < 0:
        raise RuntimeError(
            f"Storage size calculation overflowed with sizes={list(size)} and strides={list(stride)}"
        )
    return wrap(viewed(source, self._dtype, offset, sizes_of((size,)), sizes_of((stride,))), self._dtype)


# ---- history -----------------------------------------------------------------------------------------------


class DetachedStorage(Storage):
    """The storage as a tensor sees it after its `detach_`: by its version, the tensor is not the one saved before."""

    __slots__ = ("shared",)

    def __init__(self, shared: Storage) -> None:
        self.shared = shared

    @property
    def views(self) -> list[Any]:  # type: ignore[override]
        """Those of the storage."""
        return self.shared.views

    def add_view(self, view: TensorBase) -> None:
        """Remember a view with those of the storage."""
        self.shared.add_view(view)

    def live_views(self) -> list[TensorBase]:
        """Those of the storage."""
        return self.shared.live_views()

    def shown_version(self) -> int:
        """How often the memory was changed in place."""
        return self.shared.shown_version()

    @property
    def version(self) -> int:
        """How often the memory was changed in place, far above what any storage counts by itself."""
        return self.shared.version + DETACHED

    @version.setter
    def version(self, value: int) -> None:
        self.shared.version = value - DETACHED


def detach_(self: Any) -> Any:
    """Make `self` a leaf that does not require grad; in inference mode, nothing happens."""
    if mode.inference:
        return self
    if self._base is not None:
        raise RuntimeError(
            "Can't detach views in-place. Use detach() instead. If you are using DistributedDataParallel (DDP) for training, and "
            "gradient_as_bucket_view is set as True, gradients are views of DDP buckets, and hence detach_() cannot be called on "
            "these gradients. To fix this error, please refer to the Optimizer.zero_grad() function in torch/optim/optimizer.py "
            "as the solution."
        )
    if self._node is not None:
        self._storage = DetachedStorage(storage(self))
    self._node = None
    self._output_nr = 0
    self._requires_grad = False
    self._tangents = None
    note_base_requires_grad(self, False)
    return self


def _get_data(self: Any) -> Any:
    tensor = wrap(memory(self) if self._array.ndim else memory(self).view(), self._dtype)
    if self._storage is not None:
        self._storage.mark_apart(tensor)
    return tensor


def _set_data(self: Any, value: Any) -> None:
    if not isinstance(value, TensorBase):
        raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
    if self.requires_grad and not (value._dtype.is_floating_point or value._dtype.is_complex):
        raise RuntimeError(
            "data set to a tensor that requires gradients must be floating point or complex dtype"
        )
    self._array = memory(value)
    self._dtype = value._dtype


def _delete_data(self: Any) -> None:
    raise RuntimeError("Deleting tensor data is not allowed. Delete tensor instead!")


data = property(
    _get_data, _set_data, _delete_data, "The same memory, without history, hooks or a common version counter."
)
