"""What a tensor tells of itself beyond type and shape: where it is, how it is laid out, what it shares memory with.

Source: torch.Tensor, "Tensor Attributes".
"""

from __future__ import annotations

import warnings
from typing import Any

from . import dtypes
from .base import memory
from .device import device as device_class
from .device import refuse
from .layouts import channels_last, channels_last_3d, contiguous_format, is_laid_out, memory_format
from .node import ReadOnly
from .ops import complex
from .ops.from_data import warn_once


def _constant(name: str, value: Any) -> Any:
    def read(self: Any) -> Any:
        return value

    read.__name__ = read.__qualname__ = name
    read.__doc__ = f"Always {value}: tensors are strided, and on the CPU."
    return ReadOnly(read)


is_cpu = _constant("is_cpu", True)
is_cuda, is_xpu, is_mps = _constant("is_cuda", False), _constant("is_xpu", False), _constant("is_mps", False)
is_meta, is_sparse, is_ipu = (
    _constant("is_meta", False),
    _constant("is_sparse", False),
    _constant("is_ipu", False),
)
is_sparse_csr, is_mkldnn = _constant("is_sparse_csr", False), _constant("is_mkldnn", False)
is_quantized, is_nested = _constant("is_quantized", False), _constant("is_nested", False)
is_vulkan, is_xla, is_hpu = (
    _constant("is_vulkan", False),
    _constant("is_xla", False),
    _constant("is_hpu", False),
)
is_maia, is_mtia, is_ort = (
    _constant("is_maia", False),
    _constant("is_mtia", False),
    _constant("is_ort", False),
)


@ReadOnly
def name(self: Any) -> None:
    """Always None: tensors have no names."""


@ReadOnly
def volatile(self: Any) -> bool:
    """Always False: `no_grad` does what this once did."""
    warnings.warn("volatile was removed (Variable.volatile is always False)", stacklevel=2)
    return False


def _is_zerotensor(self: Any) -> bool:
    """Whether this is a tensor of zeros that has no memory, which this engine does not make."""
    return False


@ReadOnly
def nbytes(self: Any) -> int:
    """Bytes of all elements."""
    return self._array.size * self._dtype.itemsize


@ReadOnly
def itemsize(self: Any) -> int:
    """Bytes of one element."""
    return self._dtype.itemsize


def is_signed(input: Any) -> bool:
    """Whether the type holds negative numbers."""
    return input._dtype.is_signed


def is_nonzero(input: Any) -> bool:
    """Whether the one element is not zero."""
    return bool(input)


def numel(input: Any) -> int:
    """The number of elements."""
    return input._array.size


def get_device(input: Any) -> int:
    """-1: the number of the CPU."""
    return -1


def is_same_size(input: Any, other: Any) -> bool:
    """Whether two tensors have one shape."""
    return input._array.shape == other._array.shape


def is_set_to(self: Any, tensor: Any) -> bool:
    """Whether both look at the same memory in the same way."""
    one, other = memory(self), memory(tensor)
    return (one.shape, one.strides) == (other.shape, other.strides) and (
        one.__array_interface__["data"] == other.__array_interface__["data"]
    )


def is_pinned(self: Any, device: Any = None) -> bool:
    """False: there is no GPU that could read the memory."""
    return False


def pin_memory(self: Any, device: Any = None) -> Any:
    """Refused: there is no GPU that could read the memory."""
    raise RuntimeError("Cannot access accelerator device when none is available.")


def to_dense(self: Any, dtype: Any = None, *, masked_grad: Any = None) -> Any:
    """`self`: it is dense."""
    return self if dtype is None else self.to(dtype)


def coalesce(self: Any) -> Any:
    """Refused: `self` is not sparse."""
    raise RuntimeError("coalesce expected sparse coordinate tensor layout but got Strided")


def dense_dim(self: Any) -> int:
    """All dimensions are dense."""
    return self._array.ndim


def sparse_dim(self: Any) -> int:
    """No dimension is sparse."""
    return 0


def cuda(self: Any, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Any:
    """Refused: there is no GPU."""
    if isinstance(device, int):
        device_class(device)
    refuse(device_class("cuda"))


def xpu(self: Any, device: Any = None, non_blocking: bool = False, memory_format: Any = None) -> Any:
    """Refused: there is no such device."""
    refuse(device_class("xpu"))


# ---- dimensions in another order ---------------------------------------------------------------------------

_REVERSED = (
    "The use of `x.T` on tensors of dimension other than 2 to reverse their shape is deprecated and it will throw an error in a "
    "future release. Consider `x.mT` to transpose batches of matrices or `x.permute(*torch.arange(x.ndim - 1, -1, -1))` to reverse "
    "the dimensions of a tensor."
)
_SAME = "Tensor.{} is deprecated on 0-D tensors. This function is the identity in these cases."
_CONJUGATED = "Tensor.{} is deprecated on 0-D tensors. Consider using x.conj()."


def of_no_matrix(self: Any, name: str) -> Any:
    """`T`, `mT`, `H` or `mH` of what is no matrix: refused, or deprecated."""
    ndim = self._array.ndim
    if name == "T":
        if ndim:
            warn_once(_REVERSED, stacklevel=5)
        else:
            warnings.warn(_SAME.format(name), UserWarning, stacklevel=4)
        return self.permute(*range(ndim - 1, -1, -1))
    if not ndim:
        sentence = _CONJUGATED if "H" in name else _SAME
        warnings.warn(sentence.format(name), UserWarning, stacklevel=4)
        return complex.conj(self) if "H" in name else self
    if name == "H":
        hint = " For batches of matrices, consider using tensor.mH" if ndim > 2 else ""
        raise RuntimeError(
            f"tensor.H is only supported on matrices (2-D tensors). Got {ndim}-D tensor.{hint}"
        )
    raise RuntimeError(
        f"tensor.{name} is only supported on matrices or batches of matrices. Got {ndim}-D tensor."
    )


# ---- other types -------------------------------------------------------------------------------------------


def byte(self: Any, memory_format: Any = None) -> Any:
    """In the type uint8."""
    return self.to(dtypes.uint8)


def char(self: Any, memory_format: Any = None) -> Any:
    """In the type int8."""
    return self.to(dtypes.int8)


def chalf(self: Any, memory_format: Any = None) -> Any:
    """Refused: NumPy has no such type."""
    return self.to(dtypes.complex32)


# ---- Python functions on elements --------------------------------------------------------------------------


def apply_(self: Any, callable: Any) -> Any:
    """Replace each element by what a Python function makes of it."""
    return map_(self, None, lambda own, _: callable(own))


def map_(self: Any, tensor: Any, callable: Any) -> Any:
    """Replace each element by what a Python function makes of it and of that of another tensor."""
    return _mapped(self, "apply_" if tensor is None else "map_", {"other": tensor}, callable)


def map2_(self: Any, x: Any, y: Any, callable: Any) -> Any:
    """Replace each element by what a Python function makes of it and of those of two other tensors."""
    return _mapped(self, "map2_", {"x": x, "y": y}, callable)


def _mapped(self: Any, name: str, others: dict[str, Any], function: Any) -> Any:
    import numpy as np

    from .ops.refusals import check_tensor

    if name == "apply_":
        others = {}
    for position, (parameter, tensor) in enumerate(others.items(), 1):
        check_tensor(tensor, name, parameter, position)
    if any(each.requires_grad for each in (self, *others.values())):
        raise RuntimeError(
            f"Can't call {name}() on Variable that requires grad. Use var.detach().{name}() instead."
        )
    of_several = "argument " if name == "map2_" else ""
    for parameter, tensor in others.items():
        if tensor._dtype is not self._dtype:
            raise TypeError(
                f"{name}: expected torch.{self._dtype.legacy_name}Tensor for {of_several}'{parameter}' "
                f"(got torch.{tensor._dtype.legacy_name}Tensor)"
            )
    columns = [
        each._array.ravel().tolist()
        for each in (self, *[each.expand(self.shape) for each in others.values()])
    ]
    rows = zip(*columns)
    found = [function(*row) if others else function(row[0], row[0]) for row in rows]
    memory(self)[...] = np.array(found).astype(self._dtype.numpy).reshape(self._array.shape)
    return self  # the version does not count it, as in PyTorch


# ---- where it lies -----------------------------------------------------------------------------------------


def dim_order(self: Any, *, ambiguity_check: Any = False) -> tuple[int, ...]:
    """The dimensions in the order in which they lie in memory, the slowest first.

    Raises: `RuntimeError` with `ambiguity_check` where several orders say the same, unless exactly one of the memory
    formats that it lists describes the tensor; `TypeError` where it is neither a bool nor a list of memory formats.
    """
    is_list = isinstance(ambiguity_check, list)
    if not isinstance(ambiguity_check, bool) and not (
        is_list and all(isinstance(each, memory_format) for each in ambiguity_check)
    ):
        raise TypeError("The ambiguity_check argument must be a bool or a list of memory formats.")
    sizes, strides = self.size(), self.stride()
    if (is_list or ambiguity_check) and (len(set(strides)) < len(strides) or 1 in sizes):
        formats = ambiguity_check if is_list else []
        if sum(is_laid_out(memory(self), each) for each in formats) != 1:
            raise RuntimeError(
                "The tensor does not have unique dim order, or cannot map to exact one of the given memory formats."
            )
    # expanded dimensions lie nowhere, so that each stays where it is
    if ambiguity_check and len(sizes) > 1 and 0 in strides:
        raise RuntimeError("The tensor does not have unique dim order.")
    array, order = memory(self), list(range(len(sizes)))
    if is_laid_out(array, contiguous_format):
        return tuple(order)
    if any(is_laid_out(array, each) for each in (channels_last, channels_last_3d)):
        return (0, *order[2:], 1)
    order.reverse()
    for number in range(1, len(order)):
        place = number
        for earlier in range(number - 1, -1, -1):
            comparison = _compared(sizes, strides, order[earlier], order[place])
            if comparison < 0:
                break
            if comparison > 0:
                order[earlier], order[place] = order[place], order[earlier]
                place = earlier
    return tuple(reversed(order))


def _compared(sizes: Any, strides: Any, one: int, other: int) -> int:
    """1 where the first dimension is the slower one, -1 where it is the quicker one, 0 where neither is."""
    if 0 in (strides[one], strides[other]):
        return 0
    if strides[one] != strides[other]:
        return 1 if strides[one] > strides[other] else -1
    return int(sizes[one] > sizes[other])


def const_data_ptr(self: Any) -> int:
    """Where its first element lies in memory, for readers."""
    return self.data_ptr()


def is_distributed(input: Any) -> bool:
    """False: nothing lies on several machines."""
    from .ops.refusals import check_tensor

    check_tensor(input, "is_distributed")
    return False


def _of_compressed(name: str, layout: str) -> Any:
    def call(self: Any, *args: Any) -> Any:
        if args:
            raise TypeError(f"Tensor.{name}() takes no arguments ({len(args)} given)")
        raise RuntimeError(f"{name} expected sparse {layout} compressed tensor layout but got Strided")

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "Refused: the tensor is not compressed."
    return call


col_indices, crow_indices = _of_compressed("col_indices", "row"), _of_compressed("crow_indices", "row")
row_indices, ccol_indices = _of_compressed("row_indices", "column"), _of_compressed("ccol_indices", "column")


def module_load(self: Any, other: Any, assign: bool = False) -> Any:
    """What `Module.load_state_dict` exchanges `self` with, where `torch.__future__` has it swap tensors."""
    return other.detach() if assign else self.copy_(other).detach()
