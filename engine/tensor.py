"""`Tensor`: its fields' public face, and its methods, each assigned from the family that declares it."""

from __future__ import annotations

import builtins
import warnings
import weakref
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from . import backward as _backward
from . import dtypes, graph_engine, in_place, ownership, printing
from .base import TensorBase, memory, owner_and_offset, storage
from .device import CPU, device
from .dtypes import dtype as dtype_class
from .grad_mode import mode
from .hooks import RemovableHandle, run_tensor_hooks
from .node import Node
from .op import bind, wrap
from .ops import (
    activations,
    arithmetic,
    arranging,
    choosing,
    comparison,
    conversion,
    creation,
    dims,
    extremes,
    functions,
    indexing,
    joining,
    linalg,
    named,
    powers,
    reductions,
    slicing,
    spread,
    views,
)  # fmt: skip
from .ownership import copy_in_layout_of, is_exclusive
from .size import Size

NON_LEAF_GRAD = (
    "The .grad attribute of a Tensor that is not a leaf Tensor is being accessed. Its .grad attribute won't be populated "
    "during autograd.backward(). If you indeed want the .grad field to be populated for a non-leaf Tensor, use .retain_grad() "
    "on the non-leaf Tensor. If you access the non-leaf Tensor by mistake, make sure you access the leaf Tensor instead. See "
    "github.com/pytorch/pytorch/pull/30531 for more information."
)


class Tensor(TensorBase):
    """An array that remembers how it was computed. Source: torch.Tensor."""

    __hash__ = object.__hash__  # by identity, though == compares elements
    __array_priority__ = 1000

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """`Tensor([..])` or `Tensor(2, 3)`: of the default floating type."""
        default = dtypes.get_default_dtype()
        if len(args) == 1 and not isinstance(args[0], int):
            made = creation.tensor(args[0], dtype=default)
        else:
            made = creation.zeros(*args, dtype=default)
        return made if cls is Tensor else made.as_subclass(cls)

    def as_subclass(self, cls: type) -> Any:
        """The same memory and history as an instance of a subclass."""
        other: Any = object.__new__(cls)
        other.__dict__.update(self.__dict__)
        return other

    # ---- what it is ----------------------------------------------------------------------------------------

    @property
    def dtype(self) -> dtype_class:
        """The type of the elements."""
        return self._dtype

    @property
    def shape(self) -> Size:
        """The size of each dimension."""
        return Size(self._array.shape)

    @property
    def device(self) -> device:
        """Always the CPU."""
        return CPU

    @property
    def layout(self) -> str:
        """Always strided."""
        return "torch.strided"

    def size(self, dim: int | None = None) -> Any:
        """All sizes, or that of one dimension."""
        return self.shape if dim is None else self._array.shape[dims.wrap_dim(dim, self._array.ndim)]

    def stride(self, dim: int | None = None) -> Any:
        """The steps between neighbours along each dimension, in elements."""
        array = self._array
        steps = tuple([step // array.itemsize for step in array.strides])
        return steps if dim is None else steps[dim]

    def storage_offset(self) -> int:
        """Where in the storage the first element is, in elements."""
        return owner_and_offset(memory(self))[1]

    def numel(self) -> int:
        """The number of elements."""
        return self._array.size

    nelement = numel

    def dim(self) -> int:
        """The number of dimensions."""
        return self._array.ndim

    ndimension = dim
    ndim = property(dim)

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._dtype.itemsize

    def is_contiguous(self) -> bool:
        """Whether the elements lie in memory in order."""
        return not isinstance(self._array, np.ndarray) or self._array.flags.c_contiguous

    def is_floating_point(self) -> bool:
        """Whether the type is a floating one."""
        return self._dtype.is_floating_point

    def is_complex(self) -> bool:
        """Whether the type is complex."""
        return self._dtype.is_complex

    def data_ptr(self) -> int:
        """The address of the first element."""
        return memory(self).__array_interface__["data"][0]

    # ---- its part in autograd ------------------------------------------------------------------------------

    @property
    def grad_fn(self) -> Node | None:
        """The node that computed it; None for leaves."""
        if self._view_refusal == "no_grad":
            in_place.check_view_made_in_no_grad(self)
        return self._node

    @property
    def is_leaf(self) -> bool:
        """Whether it was made by the user, not by a recorded operation."""
        return self._node is None

    @property
    def output_nr(self) -> int:
        """Which output of its node it is."""
        return self._output_nr

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are to be computed for it."""
        if self._view_refusal == "no_grad":
            in_place.check_view_made_in_no_grad(self)
        return self._requires_grad or self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if self._node is not None:
            if value:
                return
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph "
                "that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if value and self._dtype.category <= dtypes.INTEGER:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        self._requires_grad = value

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad` in place."""
        if requires_grad and self._node is None and self._dtype.category <= dtypes.INTEGER:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        self.requires_grad = requires_grad
        return self

    @property
    def grad(self) -> Any:
        """The gradient accumulated so far, or None."""
        if self._node is not None and not self._retains_grad and self._grad is None:
            warnings.warn(NON_LEAF_GRAD, UserWarning, stacklevel=2)
        return self._grad

    @grad.setter
    def grad(self, value: Any) -> None:
        if value is not None:
            self._check_grad(value)
        self._grad = value

    @grad.deleter
    def grad(self) -> None:
        self._grad = None

    def _check_grad(self, value: Any) -> None:
        if not isinstance(value, TensorBase):
            raise TypeError(
                f"assigned grad expected to be a Tensor or None but got grad of type {type(value).__name__}"
            )
        if value is self:
            raise RuntimeError("can't assign Variable as its own grad")
        if value._dtype is not self._dtype:
            raise RuntimeError(
                f"attempting to assign a gradient with dtype '{value._dtype.c_name}' to a tensor with grad_dtype "
                f"'{self._dtype.legacy_name}'. The gradient must match the tensor's grad_dtype (defaults to the tensor's dtype). "
                "You can set the tensor's grad_dtype attribute with a specific dtype, or None to allow any dtype. Set grad_dtype "
                "with caution. Diverging the dtypes of a tensor and its gradient may break downstream systems that assume they "
                "match."
            )
        if value._array.shape != self._array.shape:
            raise RuntimeError(
                f"attempting to assign a gradient of size '{list(value._array.shape)}' to a tensor of size "
                f"'{list(self._array.shape)}'. Please ensure that the gradient and the tensor are the same size"
            )

    def _accumulate(self, grad: Any) -> None:
        """What AccumulateGrad does: run the hooks, then add to `.grad`, in place unless a graph is being made."""
        replaced = False
        if self._hooks:
            arrived = grad
            grad = self._run_hooks(grad)
            replaced = grad is not arrived
            del arrived
        if not self._requires_grad:
            return  # frozen after the graph was made
        held = self._grad
        if held is not None:
            if mode.enabled:
                self._grad = held + grad
            else:
                held.add_(grad)
        elif mode.enabled:
            self._grad = wrap(copy_in_layout_of(grad._array, self._array), grad._dtype)
            storage(self._grad)
            in_place.copy_(self._grad, grad)
        elif is_exclusive(grad, self, replaced):
            self._grad = grad
            grad._base = None
        else:
            self._grad = copied = wrap(copy_in_layout_of(grad._array, self._array), grad._dtype)
            storage(copied).version = 1  # PyTorch copies into an empty tensor, in place

    def _accumulate_retained(self, grad: Any) -> None:
        """What `retain_grad` does on a tensor that is no leaf: each backward's gradient is added."""
        held = self._grad
        self._grad = grad.clone() if held is None else held + grad

    def _run_hooks(self, grad: Any) -> Any:
        return run_tensor_hooks(self._hooks, grad) if self._hooks else grad

    def register_hook(self, hook: Callable[[Any], Any]) -> RemovableHandle:
        """Call `hook(grad)` whenever a gradient of this tensor is computed; a result replaces it."""
        if not self.requires_grad:
            raise RuntimeError("cannot register a hook on a tensor that doesn't require gradient")
        if self._node is None:
            if self._hooks is None:
                self._hooks = {}
            return RemovableHandle(self._hooks, hook)
        extras = self._node.extras()
        if extras.tensor_hooks is None:
            extras.tensor_hooks = {}
        return RemovableHandle(extras.tensor_hooks.setdefault(self._output_nr, {}), hook)

    def retain_grad(self) -> None:
        """Have `.grad` filled although this is no leaf."""
        if not self.requires_grad:
            raise RuntimeError("can't retain_grad on Tensor that has requires_grad=False")
        if self._node is None or self._retains_grad:
            return
        self._retains_grad = True
        extras = self._node.extras()
        if extras.retained is None:
            extras.retained = {}
        extras.retained[self._output_nr] = weakref.ref(self)

    @property
    def retains_grad(self) -> bool:
        """Whether `.grad` is filled although this is no leaf."""
        return self._retains_grad

    def backward(
        self, gradient: Any = None, retain_graph: Any = None, create_graph: bool = False, inputs: Any = None
    ) -> None:
        """Compute the gradients of the leaves behind this tensor and add them to their `.grad`."""
        _backward.backward(self, gradient, retain_graph, create_graph, inputs=inputs)

    @property
    def _version(self) -> int:
        """How often the memory was changed in place."""
        return 0 if self._storage is None else self._storage.version

    def _is_view(self) -> bool:
        return self._base is not None

    @property
    def data(self) -> Tensor:
        """The same memory, without history, hooks or a common version counter."""
        return wrap(memory(self) if self._array.ndim else self._shared_scalar(), self._dtype)

    @data.setter
    def data(self, value: Any) -> None:
        if not isinstance(value, TensorBase):
            raise TypeError(f"Variable data has to be a tensor, but got {type(value).__name__}")
        self._array = memory(value)
        self._dtype = value._dtype

    def _shared_scalar(self) -> Any:
        return memory(self).view()

    def _reduce_to(self, sizes: Any, dtype: Any) -> Any:
        if self._array.shape == sizes and self._dtype is dtype:
            return self
        return reductions.reduce_to(self, sizes, dtype)

    # ---- operators -----------------------------------------------------------------------------------------

    add = named.method(arithmetic.add)
    sub = subtract = named.method(arithmetic.sub)
    mul = multiply = named.method(arithmetic.mul)
    div = divide = true_divide = named.method(arithmetic.div)
    __add__ = __radd__ = arithmetic.add_op
    __sub__, __rsub__ = arithmetic.sub, arithmetic.rsub
    __mul__ = __rmul__ = arithmetic.mul
    __truediv__, __rtruediv__ = arithmetic.div_op, arithmetic.rdiv
    __floordiv__, __mod__ = arithmetic.floor_divide, arithmetic.remainder
    __pow__, __rpow__ = powers.pow, powers.rpow
    __matmul__ = linalg.matmul
    __neg__, __pos__, __abs__ = arithmetic.neg, conversion.positive, functions.abs
    __eq__, __ne__ = comparison.eq, comparison.ne
    __lt__, __le__, __gt__, __ge__ = comparison.lt, comparison.le, comparison.gt, comparison.ge
    __and__, __or__, __xor__ = comparison.bitwise_and, comparison.bitwise_or, comparison.bitwise_xor
    __invert__ = comparison.invert
    __getitem__ = indexing.getitem
    __setitem__ = indexing.setitem

    # ---- element by element --------------------------------------------------------------------------------

    floor_divide, remainder = named.method(arithmetic.floor_divide), named.method(arithmetic.remainder)
    pow, square, sqrt, rsqrt = named.method(powers.pow), powers.square, powers.sqrt, powers.rsqrt
    neg = negative = arithmetic.neg
    reciprocal = arithmetic.reciprocal
    abs = absolute = functions.abs
    exp, exp2, expm1 = functions.exp, functions.exp2, functions.expm1
    log, log2, log10, log1p = functions.log, functions.log2, functions.log10, functions.log1p
    sin, cos, tan = functions.sin, functions.cos, functions.tan
    asin, acos, atan = functions.asin, functions.acos, functions.atan
    sinh, cosh = functions.sinh, functions.cosh
    sign, sgn = functions.sign, functions.sgn
    floor, ceil, trunc, round = functions.floor, functions.ceil, functions.trunc, functions.round
    maximum, minimum = named.method(choosing.maximum), named.method(choosing.minimum)
    clamp = clip = choosing.clamp
    masked_fill = choosing.masked_fill
    clone = views.clone
    tanh, sigmoid, relu = activations.tanh, activations.sigmoid, activations.relu
    softmax, log_softmax = activations.softmax, activations.log_softmax
    eq, ne = named.method(comparison.eq), named.method(comparison.ne)
    lt, le = named.method(comparison.lt), named.method(comparison.le)
    gt, ge = named.method(comparison.gt), named.method(comparison.ge)
    bitwise_not = comparison.bitwise_not
    logical_and, logical_or = named.method(comparison.logical_and), named.method(comparison.logical_or)
    logical_xor, logical_not = named.method(comparison.logical_xor), comparison.logical_not
    isnan, isinf, isfinite = comparison.isnan, comparison.isinf, comparison.isfinite
    equal, isclose, allclose = comparison.equal, comparison.isclose, comparison.allclose

    def where(self, condition: Any, other: Any) -> Any:
        """`self` where the condition holds, else `other`."""
        return choosing.where(condition, self, other)

    # ---- reductions ----------------------------------------------------------------------------------------

    sum, mean, prod = reductions.sum, reductions.mean, reductions.prod
    max, min, amax, amin = extremes.max, extremes.min, extremes.amax, extremes.amin
    argmax, argmin = extremes.argmax, extremes.argmin
    var, std, norm = spread.var, spread.std, spread.norm
    cumsum, logsumexp = reductions.cumsum, reductions.logsumexp
    all, any = reductions.all, reductions.any

    # ---- shapes --------------------------------------------------------------------------------------------

    view, reshape, view_as = views.view, views.reshape, views.view_as
    flatten, ravel, contiguous = views.flatten, views.ravel, views.contiguous
    expand, expand_as, broadcast_to = views.expand, views.expand_as, views.broadcast_to
    t, transpose, swapaxes, permute = views.t, views.transpose, views.transpose, views.permute
    squeeze, unsqueeze = views.squeeze, views.unsqueeze
    select, narrow, diagonal, as_strided = (
        slicing.select,
        slicing.narrow,
        slicing.diagonal,
        slicing.as_strided,
    )
    detach = views.detach
    unbind, split, chunk = joining.unbind, joining.split, joining.chunk
    flip, repeat = arranging.flip, arranging.repeat
    tril, triu, diag = arranging.tril, arranging.triu, arranging.diag
    scatter, gather, index_put = indexing.scatter, indexing.gather, indexing.index_put

    @property
    def T(self) -> Any:  # noqa: N802 - PyTorch's own name
        """The dimensions in reverse order."""
        return views.permute(self, *range(self._array.ndim - 1, -1, -1))

    @property
    def mT(self) -> Any:  # noqa: N802 - PyTorch's own name
        """The last two dimensions exchanged."""
        return views.transpose(self, -2, -1)

    def reshape_as(self, other: Any) -> Any:
        """Reshaped to the shape of `other`."""
        return views.reshape(self, other._array.shape)

    # ---- products ------------------------------------------------------------------------------------------

    matmul = named.method(linalg.matmul)
    mm, bmm, mv = linalg.mm, linalg.bmm, linalg.mv
    dot, outer, addmm = linalg.dot, linalg.outer, linalg.addmm

    # ---- in place ------------------------------------------------------------------------------------------

    add_ = __iadd__ = in_place.in_place(arithmetic.add, "add_", np.add)
    sub_ = subtract_ = __isub__ = in_place.in_place(arithmetic.sub, "sub_", np.subtract)
    mul_ = multiply_ = __imul__ = in_place.in_place(arithmetic.mul, "mul_", np.multiply)
    div_ = divide_ = __itruediv__ = in_place.in_place(arithmetic.div, "div_", np.true_divide)
    __ifloordiv__ = floor_divide_ = in_place.in_place(arithmetic.floor_divide, "floor_divide_")
    pow_ = __ipow__ = in_place.in_place(powers.pow, "pow_")
    neg_, abs_ = in_place.in_place(arithmetic.neg, "neg_"), in_place.in_place(functions.abs, "abs_")
    exp_, log_ = in_place.in_place(functions.exp, "exp_"), in_place.in_place(functions.log, "log_")
    sqrt_, rsqrt_ = in_place.in_place(powers.sqrt, "sqrt_"), in_place.in_place(powers.rsqrt, "rsqrt_")
    square_ = in_place.in_place(powers.square, "square_")
    sin_, cos_ = in_place.in_place(functions.sin, "sin_"), in_place.in_place(functions.cos, "cos_")
    reciprocal_ = in_place.in_place(arithmetic.reciprocal, "reciprocal_")
    tanh_, sigmoid_ = (
        in_place.in_place(activations.tanh, "tanh_"),
        in_place.in_place(activations.sigmoid, "sigmoid_"),
    )
    relu_ = in_place.in_place(activations.relu, "relu_")
    clamp_ = clip_ = in_place.in_place(choosing.clamp, "clamp_")
    masked_fill_ = in_place.in_place(choosing.masked_fill, "masked_fill_")
    index_put_ = in_place.in_place(indexing.index_put, "index_put_")
    logical_and_ = in_place.in_place(comparison.logical_and, "logical_and_")
    logical_or_ = in_place.in_place(comparison.logical_or, "logical_or_")
    addmm_ = in_place.in_place(linalg.addmm, "addmm_")
    copy_, fill_, zero_, detach_ = in_place.copy_, in_place.fill_, in_place.zero_, in_place.detach_

    # ---- conversion ----------------------------------------------------------------------------------------

    to, type, type_as = conversion.to, conversion.type_, conversion.type_as
    float, double, half = conversion.float_, conversion.double, conversion.half
    long, int, short, bool = conversion.long, conversion.int_, conversion.short, conversion.bool_
    numpy, item, tolist = conversion.numpy, conversion.item, conversion.tolist
    cpu = conversion.cpu
    __array__ = conversion.array
    __float__, __int__, __bool__ = conversion.as_float, conversion.as_int, conversion.as_bool
    __index__, __complex__ = conversion.as_index, conversion.as_complex

    def new_zeros(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Any:
        """Zeros of this size, of `self`'s type."""
        return creation.zeros(*size, dtype=dtype or self._dtype, requires_grad=requires_grad)

    def new_ones(self, *size: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Any:
        """Ones of this size, of `self`'s type."""
        return creation.ones(*size, dtype=dtype or self._dtype, requires_grad=requires_grad)

    def new_full(
        self, size: Any, fill_value: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False
    ) -> Any:
        """A filled tensor of this size, of `self`'s type."""
        return creation.full(size, fill_value, dtype=dtype or self._dtype, requires_grad=requires_grad)

    def new_tensor(self, data: Any, dtype: Any = None, device: Any = None, requires_grad: Any = False) -> Any:
        """A copy of `data`, of `self`'s type."""
        return creation.tensor(data, dtype=dtype or self._dtype, requires_grad=requires_grad)

    def __len__(self) -> Any:
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(joining.unbind(self, 0))

    def __contains__(self, element: Any) -> Any:
        return builtins.bool((self == element).any())

    def __repr__(self, *, tensor_contents: Any = None) -> str:
        return printing.tensor_text(**conversion.text_arguments(self))

    def __format__(self, specification: str) -> str:
        if not self._array.ndim:
            return self.item().__format__(specification)
        return object.__format__(self, specification)


bind(Tensor)


def _calibrate() -> None:
    """Measure reference counts on gradients that only the running graph sees: one adds up, one arrives."""
    global is_exclusive
    leaf, hooked = creation.ones(2, requires_grad=True), creation.ones(2, requires_grad=True)
    hooked.register_hook(lambda grad: wrap(np.ones(2, np.float32)))
    constant = wrap(np.ones(2, np.float32))
    checks = graph_engine.can_accumulate_in_place, is_exclusive
    graph_engine.can_accumulate_in_place, is_exclusive = (
        ownership.measure_buffered,
        ownership.measure_arriving,
    )
    (leaf * constant + leaf * constant + hooked * constant).backward(constant)
    graph_engine.can_accumulate_in_place, is_exclusive = checks


_calibrate()
