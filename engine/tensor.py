"""`Tensor`: its fields' public face, and its methods, each assigned from the family that declares it."""

from __future__ import annotations

import builtins
from collections.abc import Iterator
from typing import Any

import numpy as np

from . import (
    arguments,
    copying,
    dtypes,
    filling,
    gradient,
    histories,
    hooks,
    in_place,
    inference,
    late,
    shape_changes,
)
from . import backward as _backward
from .base import TensorBase, memory, owner_and_offset
from .device import CPU, device
from .dtypes import dtype as dtype_class
from .layouts import contiguous_format, is_laid_out, layout, strided
from .names import ABSENT_METHODS, METHODS
from .node import Node, ReadOnly
from .op import bind
from .ops import (
    activations,
    along,
    arithmetic,
    arranging,
    assigning,
    choosing,
    comparison,
    complex,
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
    random,
    reductions,
    slices,
    slicing,
    splitting,
    spread,
    views,
)  # fmt: skip
from .size import Size
from .size import new as size_of


class Tensor(TensorBase):
    """An array that remembers how it was computed. Source: torch.Tensor."""

    __module__ = "torch"  # as it prints
    __hash__ = object.__hash__  # by identity, though == compares elements
    __array_priority__ = 1000

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        """`Tensor([..])` or `Tensor(2, 3)`: of the default floating type."""
        from .legacy import construct

        made = construct(args, dtypes.get_default_dtype(), kwargs, keeps=False)
        return made if cls is Tensor else made._as(cls)

    def __init_subclass__(cls, **options: Any) -> None:
        super().__init_subclass__(**options)
        of_parameters = getattr(cls.__mro__[1], "__module__", "") == "torch.nn.parameter"
        if late.is_foreign(cls) and ("__torch_function__" in vars(cls) or not of_parameters):
            from .subclasses import adopt

            adopt(cls)

    @classmethod
    def __torch_function__(cls, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """What subclasses may override: called instead of functions and methods that get an instance of one."""
        from .overriding import default_torch_function

        return default_torch_function(cls, func, types, args, kwargs)

    as_subclass, _as = copying.as_subclass, copying.reclassed
    _make_subclass = staticmethod(copying.make_subclass)

    # ---- what it is ----------------------------------------------------------------------------------------

    @ReadOnly
    def dtype(self) -> dtype_class:
        """The type of the elements."""
        return self._dtype

    @ReadOnly
    def shape(self) -> Size:
        """The size of each dimension."""
        return size_of(Size, self._array.shape)

    @ReadOnly
    def device(self) -> device:
        """The CPU, but for tensors on `meta`, which have their own."""
        return CPU

    @ReadOnly
    def layout(self) -> layout:
        """Strided, but for sparse tensors, which have their own."""
        return strided

    def size(self, dim: int | None = None) -> Any:
        """All sizes, or that of one dimension."""
        return self.shape if dim is None else self._array.shape[dims.wrap_dim(dim, self._array.ndim)]

    def stride(self, dim: int | None = None) -> Any:
        """The steps between neighbours along each dimension, in elements."""
        array = self._array
        if array.size:
            steps = tuple([step // array.itemsize for step in array.strides])
        else:  # NumPy's are 0
            steps = dims.contiguous_steps(array.shape)
        return steps if dim is None else steps[dims.wrap_dim(dim, array.ndim)]

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
    ndim = ReadOnly(dim)

    def element_size(self) -> int:
        """Bytes of one element."""
        return self._dtype.itemsize

    def is_contiguous(self, memory_format: Any = contiguous_format) -> bool:
        """Whether the elements lie in memory in order, or as `memory_format` says."""
        if memory_format is not contiguous_format:
            return is_laid_out(memory(self), memory_format)
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

    @ReadOnly
    def grad_fn(self) -> Node | None:
        """The node that computed it; None for leaves."""
        if self._unsettled is not None:
            self._unsettled(self)
        node = self._node
        if node is not None:
            node.describe_output(self)
        return node

    @ReadOnly
    def is_leaf(self) -> bool:
        """Whether it was made by the user, not by a recorded operation."""
        return self.grad_fn is None

    @ReadOnly
    def output_nr(self) -> int:
        """Which output of its node it is."""
        return self._output_nr

    @property
    def requires_grad(self) -> bool:
        """Whether gradients are to be computed for it."""
        return self._requires_grad or self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        if not isinstance(value, bool):
            raise RuntimeError("requires_grad must be a bool")
        if value and self._unsettled is not None and not histories.is_settled(self):
            return
        if self.grad_fn is not None:
            if value:
                return
            raise RuntimeError(
                "you can only change requires_grad flags of leaf variables. If you want to use a computed variable in a subgraph "
                "that doesn't require differentiation use var_no_grad = var.detach()."
            )
        if value and self._dtype.category <= dtypes.INTEGER:
            raise RuntimeError("only Tensors of floating point and complex dtype can require gradients")
        if value:
            inference.check_may_require_grad(self)
        self._requires_grad = value
        histories.note_base_requires_grad(self, value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Set `requires_grad` in place."""
        if not isinstance(requires_grad, bool):
            kind = type(requires_grad).__name__
            raise TypeError(
                f"requires_grad_(): argument 'requires_grad' (position 1) must be bool, not {kind}"
            )
        if requires_grad and self._node is None and self._dtype.category <= dtypes.INTEGER:
            raise RuntimeError("only Tensors of floating point dtype can require gradients")
        self.requires_grad = requires_grad
        return self

    grad, grad_dtype, retain_grad = gradient.grad, gradient.grad_dtype, gradient.retain_grad
    _accumulate, _accumulate_retained = gradient.accumulate, gradient.accumulate_retained
    register_hook = hooks.register_hook
    register_post_accumulate_grad_hook = hooks.register_post_accumulate_grad_hook

    @ReadOnly
    def retains_grad(self) -> bool:
        """Whether `.grad` is filled although this is no leaf."""
        return self._retains_grad

    backward = _backward.backward_of_tensor

    @ReadOnly
    def _version(self) -> int:
        """How often the memory was changed in place."""
        return 0 if self._storage is None else self._storage.shown_version()

    is_inference = inference.is_inference

    def _is_view(self) -> bool:
        return self._base is not None

    data = shape_changes.data

    def _reduce_to(self, sizes: Any, dtype: Any, node: Any = None, index: int = 0) -> Any:
        if self._array.shape == sizes and self._dtype is dtype:
            return self
        return reductions.reduce_to(self, sizes, dtype, node, index)

    # ---- operators -----------------------------------------------------------------------------------------

    add = named.method(arithmetic.add)
    sub = subtract = named.method(arithmetic.sub)
    mul = multiply = named.method(arithmetic.mul)
    div = divide = true_divide = named.method(arithmetic.div)
    __add__ = __radd__ = arithmetic.add_op
    __sub__, __rsub__ = arithmetic.sub, arithmetic.rsub
    __mul__ = __rmul__ = arithmetic.mul
    __truediv__, __rtruediv__ = arithmetic.div_op, arithmetic.rdiv
    __div__, __rdiv__ = arithmetic.div_op, arithmetic.rdiv
    __floordiv__, __rfloordiv__ = arithmetic.floor_divide, arithmetic.rfloor_divide
    __mod__, __rmod__ = arithmetic.remainder, arithmetic.rremainder
    __pow__, __rpow__ = powers.pow, powers.rpow
    __matmul__, __rmatmul__ = linalg.matmul, linalg.rmatmul
    __neg__, __pos__, __abs__ = arithmetic.neg, conversion.positive, functions.abs
    __eq__, __ne__ = comparison.eq, comparison.ne
    __lt__, __le__, __gt__, __ge__ = comparison.lt, comparison.le, comparison.gt, comparison.ge
    __and__ = __rand__ = comparison.bitwise_and
    __or__ = __ror__ = comparison.bitwise_or
    __xor__ = __rxor__ = comparison.bitwise_xor
    __invert__ = comparison.invert
    __getitem__ = indexing.getitem
    __setitem__, __delitem__ = assigning.setitem, assigning.delitem

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
    asinh, acosh, atanh = functions.asinh, functions.acosh, functions.atanh
    sign, sgn, angle = functions.sign, functions.sgn, functions.angle
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

    # ---- complex numbers -----------------------------------------------------------------------------------

    conj, conj_physical, adjoint = complex.conj, complex.conj_physical, complex.adjoint
    is_conj, resolve_conj = complex.is_conj, complex.resolve_conj
    is_neg, resolve_neg = complex.is_neg, complex.resolve_neg
    isreal, vdot = complex.isreal, linalg.vdot
    real, imag = property(complex.real, complex.set_real), property(complex.imag, complex.set_imag)

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
    t, permute = views.t, views.permute
    transpose = swapaxes = swapdims = views.transpose
    squeeze, unsqueeze = views.squeeze, views.unsqueeze
    select, narrow, diagonal, as_strided = (
        slicing.select,
        slicing.narrow,
        slicing.diagonal,
        slicing.as_strided,
    )
    detach = views.detach
    unbind, split, chunk = joining.unbind, joining.split, joining.chunk
    tensor_split, hsplit = splitting.tensor_split, splitting.hsplit
    vsplit, dsplit = splitting.vsplit, splitting.dsplit
    unsafe_split, unsafe_chunk = splitting.unsafe_split, splitting.unsafe_chunk
    flip, repeat = arranging.flip, arranging.repeat
    tril, triu, diag = arranging.tril, arranging.triu, arranging.diag
    scatter, scatter_add, gather = along.scatter, along.scatter_add, along.gather
    index_select, index_add = slices.index_select, slices.index_add
    index_copy, index_fill = slices.index_copy, slices.index_fill
    masked_select, masked_scatter = slices.masked_select, slices.masked_scatter
    index_put = assigning.index_put

    @ReadOnly
    def T(self) -> Any:  # noqa: N802 - PyTorch's own name
        """The dimensions in reverse order."""
        return views.permute(self, 1, 0) if self._array.ndim == 2 else _of_no_matrix(self, "T")

    @ReadOnly
    def H(self) -> Any:  # noqa: N802 - PyTorch's own name
        """A matrix with its dimensions exchanged, conjugated."""
        return complex.adjoint(self) if self._array.ndim == 2 else _of_no_matrix(self, "H")

    @ReadOnly
    def mH(self) -> Any:  # noqa: N802 - PyTorch's own name
        """The last two dimensions exchanged, conjugated."""
        return complex.adjoint(self) if self._array.ndim > 1 else _of_no_matrix(self, "mH")

    @ReadOnly
    def mT(self) -> Any:  # noqa: N802 - PyTorch's own name
        """The last two dimensions exchanged."""
        return views.transpose(self, -2, -1) if self._array.ndim > 1 else _of_no_matrix(self, "mT")

    def reshape_as(self, other: Any) -> Any:
        """Reshaped to the shape of `other`."""
        return views.reshape(self, other._array.shape)

    # ---- products ------------------------------------------------------------------------------------------

    matmul = named.method(linalg.matmul)
    mm, bmm, mv = linalg.mm, linalg.bmm, linalg.mv
    dot, outer, addmm = linalg.dot, linalg.outer, linalg.addmm

    # ---- in place ------------------------------------------------------------------------------------------

    __iadd__, add_ = in_place.operator_and_method(arithmetic.add, "add_", np.add)
    __isub__, sub_ = in_place.operator_and_method(arithmetic.sub, "sub_", np.subtract)
    __imul__, mul_ = in_place.operator_and_method(arithmetic.mul, "mul_", np.multiply)
    __itruediv__, div_ = in_place.operator_and_method(arithmetic.div, "div_", np.true_divide)
    subtract_, multiply_, divide_ = sub_, mul_, div_
    __ifloordiv__, floor_divide_ = in_place.operator_and_method(arithmetic.floor_divide, "floor_divide_")
    __imod__, remainder_ = in_place.operator_and_method(arithmetic.remainder, "remainder_")
    __ipow__, pow_ = in_place.operator_and_method(powers.pow, "pow_")
    __iand__, bitwise_and_ = in_place.operator_and_method(comparison.bitwise_and, "bitwise_and_")
    __ior__, bitwise_or_ = in_place.operator_and_method(comparison.bitwise_or, "bitwise_or_")
    __ixor__, bitwise_xor_ = in_place.operator_and_method(comparison.bitwise_xor, "bitwise_xor_")
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
    masked_fill_ = filling.masked_fill_
    index_put_ = assigning.index_put_
    scatter_, scatter_add_ = (
        in_place.in_place(along.scatter, "scatter_"),
        in_place.in_place(along.scatter_add, "scatter_add_"),
    )
    index_add_ = in_place.in_place(slices.index_add, "index_add_")
    index_copy_ = in_place.in_place(slices.index_copy, "index_copy_")
    index_fill_ = in_place.in_place(slices.index_fill, "index_fill_", indexed="mask] = scalar")
    masked_scatter_ = in_place.in_place(slices.masked_scatter, "masked_scatter_")
    logical_and_ = in_place.in_place(comparison.logical_and, "logical_and_")
    logical_or_ = in_place.in_place(comparison.logical_or, "logical_or_")
    addmm_ = in_place.in_place(linalg.addmm, "addmm_")
    copy_, fill_, zero_, detach_ = filling.copy_, filling.fill_, filling.zero_, shape_changes.detach_

    uniform_, normal_, random_ = random.uniform_, random.normal_, random.random_
    bernoulli_, exponential_ = random.bernoulli_, random.exponential_
    t_, squeeze_, unsqueeze_ = shape_changes.t_, shape_changes.squeeze_, shape_changes.unsqueeze_
    transpose_ = swapdims_ = shape_changes.transpose_
    swapaxes_, as_strided_, set_ = shape_changes.swapaxes_, shape_changes.as_strided_, shape_changes.set_
    resize_, resize_as_ = shape_changes.resize_, shape_changes.resize_as_

    # ---- conversion ----------------------------------------------------------------------------------------

    to, type, type_as = conversion.to, conversion.type_, conversion.type_as
    float, double, half = conversion.float_, conversion.double, conversion.half
    bfloat16, cfloat, cdouble = conversion.bfloat16, conversion.cfloat, conversion.cdouble
    long, int, short, bool = conversion.long, conversion.int_, conversion.short, conversion.bool_
    numpy, item, tolist = conversion.numpy, conversion.item, conversion.tolist
    cpu = conversion.cpu
    __array__, __array_wrap__ = conversion.array, conversion.array_wrap
    __float__, __int__, __bool__ = conversion.as_float, conversion.as_int, conversion.as_bool
    __index__, __complex__ = conversion.as_index, conversion.as_complex

    __deepcopy__, __copy__, __reduce_ex__ = copying.deepcopy, copying.shallow, copying.reduce

    def __reversed__(self) -> Any:
        return arranging.flip(self, 0) if self._array.ndim else self

    def __len__(self) -> Any:
        if not self._array.ndim:
            raise TypeError("len() of a 0-d tensor")
        return self._array.shape[0]

    def __iter__(self) -> Iterator[Any]:
        if not self._array.ndim:
            raise TypeError("iteration over a 0-d tensor")
        return iter(joining.unbind(self, 0))

    def __contains__(self, element: Any) -> Any:
        if isinstance(element, (TensorBase, builtins.int, builtins.float, builtins.bool, builtins.complex)):
            return builtins.bool((self == element).any())
        raise RuntimeError(
            f"Tensor.__contains__ only supports Tensor or scalar, but you passed in a {builtins.type(element)}."
        )

    __repr__, __format__ = conversion.text, conversion.formatted


def _of_no_matrix(self: Any, name: str) -> Any:
    from .attributes import of_no_matrix

    return of_no_matrix(self, name)


bind(Tensor)
late.add_methods(Tensor, METHODS)
late.add_absent(Tensor, ABSENT_METHODS)
arguments.take_numpy_names(Tensor)
gradient.calibrate(creation.ones(2, requires_grad=True))
