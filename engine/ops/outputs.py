"""Functions of the namespace that write their result into a tensor given as `out`.

Methods and operators have no `out`, so that it costs them nothing.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from typing import Any

from ..arguments import again, asks, stumbled
from ..base import TensorBase, memory, storage
from ..declaration import parameters
from ..dtypes import dtype as dtype_class
from ..grad_mode import mode as grad_mode
from ..grad_mode import no_grad
from ..histories import is_tracked
from ..in_place import check_overlap, store
from ..shape_changes import resized
from . import (
    activations,
    arithmetic,
    choosing,
    comparison,
    functions,
    joining,
    linalg,
    named,
    powers,
    reductions,
)

_NONE: Any = object()
Check = Callable[[dtype_class, dtype_class, Any], None]


def _castable(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found.category > wanted.category:
        raise RuntimeError(
            f"result type {found.legacy_name} can't be cast to the desired output type {wanted.legacy_name}"
        )


def _same(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found is not wanted:
        raise RuntimeError(f"Found dtype {wanted.legacy_name} but expected {found.legacy_name}")


def _expected(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found is not wanted:
        raise RuntimeError(f"Expected out type to be {found.legacy_name} but got {wanted.legacy_name}")


def _same_as_input(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found is not wanted:
        raise RuntimeError(
            f"Expected the dtype for input and out to match, but got {found.legacy_name} for input's dtype and "
            f"{wanted.legacy_name} for out's dtype."
        )


def _truth(name: str) -> Check:
    def check(found: dtype_class, wanted: dtype_class, args: Any) -> None:
        if wanted.name not in ("bool", "uint8"):
            raise RuntimeError(f"{name} only supports bool tensor for result, got: {wanted.legacy_name}")

    return check


def _only_truth(name: str) -> Check:
    def check(found: dtype_class, wanted: dtype_class, args: Any) -> None:
        if wanted.name != "bool":
            raise RuntimeError(f"{name} does not support non-boolean outputs.")

    return check


def _places(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found is not wanted:
        narrow = found.name == "int32"
        raise RuntimeError(
            "torch.searchsorted(): output tensor's dtype is wrong, it can only be Int(int32) or Long(int64) depending on whether "
            f"out_int32 flag is True, but we got output tensor's dtype {wanted.legacy_name} and out_int32 flag is {narrow}"
        )


def _equal(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found is not wanted:
        raise RuntimeError(
            f"Expected out tensor to have dtype {found.c_name}, but got {wanted.c_name} instead"
        )


_EQUAL = (
    "addmv argmax argmin baddbmm cross det eigvalsh inv isin linalg_cross lu_solve msort norm "
    "index_reduce renorm scatter_reduce solve svdvals take_along_dim vector_norm"
)


def _hashes(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found is not wanted:
        raise RuntimeError(f"Expected result to be of dtype uint64, but got {wanted.legacy_name}")


COPIES = (
    "alias_copy as_strided_copy detach_copy diagonal_copy expand_copy narrow_copy permute_copy select_copy slice_copy "
    "squeeze_copy t_copy transpose_copy unfold_copy unsqueeze_copy view_as_complex_copy view_as_real_copy view_copy"
)

CHECKS: dict[str, Check] = {  # of functions that take another type than one to which the result can be cast
    **dict.fromkeys(_EQUAL.split(), _equal),
    **dict.fromkeys(
        ("bitwise_not", "ceil", "conj_physical", "floor", "frac", "round", "sgn", "sign", "trunc"), _same
    ),
    **{name: _truth(name) for name in ("all", "any")},
    **{name: _only_truth(name) for name in ("isneginf", "isposinf")},
    **dict.fromkeys(("amax", "amin"), _same_as_input),
    **dict.fromkeys(("bucketize", "searchsorted"), _places),
    **dict.fromkeys(COPIES.split(), _equal),
    "hash_tensor": _hashes,
}


def _same_in_reduction(asked: Any, wanted: dtype_class) -> None:
    if asked not in (None, wanted):
        raise RuntimeError(
            f"Expected out tensor to have dtype {asked.c_name}, but got {wanted.c_name} instead"
        )


def _same_in_product(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found is wanted:
        return
    if all(each._array.ndim == 1 for each in args[:2]):
        raise RuntimeError(
            f"result dtype {wanted.legacy_name} does not match input dtype {found.legacy_name}"
        )
    raise RuntimeError(f"Expected out tensor to have dtype {found.c_name}, but got {wanted.c_name} instead")


def _joinable(found: dtype_class, wanted: dtype_class, args: Any) -> None:
    if found.category > wanted.category:
        raise TypeError(
            f"torch.cat(): input types can't be cast to the desired output type {wanted.legacy_name}"
        )


def _tensors(values: Any) -> Iterator[Any]:
    for value in values:
        if isinstance(value, TensorBase):
            yield value
        elif isinstance(value, (tuple, list)):
            yield from _tensors(value)


# where PyTorch refuses what requires grad under the name of the kernel that a function ends in
_KERNELS = {
    **dict.fromkeys(("column_stack", "dstack", "hstack", "vstack"), "cat"),
    **dict.fromkeys(("fftn", "ifftn", "ihfftn"), "_fft_c2c"),
    **dict.fromkeys(("hfft", "hfftn", "irfft", "irfftn"), "_fft_c2r"),
    **dict.fromkeys(("rfft", "rfftn"), "_fft_r2c"),
    **{
        name: f"linalg_{name}"
        for name in (
            "cross",
            "eig",
            "householder_product",
            "lu_solve",
            "pinv",
            "qr",
            "solve_triangular",
            "vector_norm",
        )
    },
    **{
        name: f"special_{name}"
        for name in ("entr", "erfcx", "i0e", "i1", "i1e", "log_ndtr", "ndtri", "xlog1py", "zeta")
    },
    **{name: f"aten::{name}" for name in ("floor_divide", "heaviside", "log_softmax", "softmax")},
    "det": "_linalg_det",
    "eigvalsh": "_linalg_eigh",
    "float_power": "pow",
    "inv": "linalg_inv_ex",
    "msort": "sort",
    "norm": "linalg_vector_norm",
    "outer": "mul",
    "solve": "_linalg_solve_ex",
    "square": "pow",
    "svdvals": "_linalg_svd",
    "take_along_dim": "gather",
}
_PRODUCTS = {(1, 1): "dot", (2, 1): "mv", (2, 2): "mm"}


def refused_transform(name: str, tensors: Any) -> NotImplementedError | None:
    """What to raise after the result was written where a tensor has a tangent; raises where one has examples at once.

    Neither forward mode nor `vmap` has functions with `out`; PyTorch asks for tangents when the values are there.
    """
    from ..forward_ad import has_tangent

    if any(each._of_examples for each in tensors):
        raise RuntimeError(
            f"Batching rule not implemented for aten::{name}.out; the fallback path doesn't work on out= or view ops."
        )
    if not has_tangent(*tensors):
        return None
    if name == "matmul":
        name = _PRODUCTS.get(tuple([each._array.ndim for each in tensors[:2]]), "bmm")
    return NotImplementedError(
        f"Trying to use forward AD with {name}_out that does not support it because it is an out= function"
    )


def refuse_tracked(name: str, tensors: Any) -> None:
    """Raise `RuntimeError` where a tensor requires grad: functions with `out` are not recorded."""
    if grad_mode.enabled and any(is_tracked(each) for each in tensors):
        raise RuntimeError(
            f"{_KERNELS.get(name, name)}(): functions with out=... arguments don't support automatic differentiation, but one of "
            "the arguments requires grad."
        )


def _into(
    out: Any, function: Callable[..., Any], check: Check | None, args: Any, options: dict[str, Any]
) -> Any:
    """Compute the result, and write it into `out`, in whose type it is computed where nothing has to be checked."""
    name = function.__name__
    if not isinstance(out, TensorBase):
        raise TypeError(f"{name}(): argument 'out' must be Tensor, not {type(out).__name__}")
    operands = list(_tensors(args))
    refuse_tracked(name, (*operands, out))
    refusal = refused_transform(name, (*operands, out)) if grad_mode.recording > 1 else None
    with no_grad():
        if check is None:
            options = {"dtype": out._dtype, **options}
            _same_in_reduction(options["dtype"], out._dtype)
        result = function(*args, **options)
        if check is not None:
            check(result._dtype, out._dtype, args)
    fit(out, result._array.shape)
    check_overlap(out, *operands)
    store(out, result._array)
    if refusal is not None:
        raise refusal
    return out


def into_equal(out: Any, function: Callable[..., Any], args: Any, options: dict[str, Any]) -> Any:
    """Write what a function gives into `out`, which has to be of its type."""
    return _into(out, function, _equal, args, options)


def fit(out: Any, shape: tuple[int, ...]) -> None:
    """Give `out` the sizes of the result, with a warning unless it is empty."""
    found = out._array.shape
    if found == shape:
        return
    if out._array.size:
        warnings.warn(
            f"An output with one or more elements was resized since it had shape {list(found)}, which does not match the required "
            f"output shape {list(shape)}. This behavior is deprecated, and in a future PyTorch release outputs will not be "
            "resized unless they have zero elements. You can explicitly reuse an out tensor t by resizing it, inplace, to zero "
            "elements with t.resize_(0).",
            UserWarning,
            stacklevel=4,
        )
    out._array = resized(memory(out), shape)
    storage(out)


def _of_one(function: Callable[..., Any], check: Check | None = _castable) -> Any:
    name = function.__name__

    def call(input: Any = _NONE, *, out: Any = None, x: Any = None, a: Any = None, x1: Any = None) -> Any:
        try:
            return function(input) if out is None else _into(out, function, check, (input,), {})
        except AttributeError as error:
            for other in (x, a, x1):
                if input is _NONE and other is not None:
                    return call(other, out=out)
            if stumbled((input,), {"out": out}) and asks(call):
                return call(input) if out is None else call(input, out=out)
            if input is not _NONE:
                _check_tensors(function, (input,))
            return again(call, name, () if input is _NONE else (input,), {}, error)

    return _named(call, function)


def _of_several(function: Callable[..., Any], check: Check | None = _castable) -> Any:
    def call(*args: Any, out: Any = None, **options: Any) -> Any:
        try:
            return function(*args, **options) if out is None else _into(out, function, check, args, options)
        except (AttributeError, TypeError) as error:
            if stumbled(args, options) and asks(call):
                return call(*args, **options)
            if isinstance(error, AttributeError):
                _check_tensors(function, args)
            return again(call, function.__name__, args, options, error)

    return _named(call, function)


def _check_tensors(function: Callable[..., Any], args: Any) -> None:
    """Raise PyTorch's `TypeError` for the first operand that is no tensor: asked after the function stumbled over it."""
    names = ("input", *parameters(function)[1:2])
    for position, (name, value) in enumerate(zip(names, args), 1):
        if not isinstance(value, TensorBase):
            kind = type(value).__name__
            raise TypeError(
                f"{function.__name__}(): argument '{name}' (position {position}) must be Tensor, not {kind}"
            ) from None


def _named(call: Any, function: Callable[..., Any]) -> Any:
    call.__name__ = call.__qualname__ = function.__name__
    call.__doc__ = function.__doc__
    return call


add, sub, mul, div, pow = map(_of_several, (named.add, named.sub, named.mul, named.div, named.pow))
maximum, minimum = _of_several(named.maximum), _of_several(named.minimum)
floor_divide, remainder = _of_several(named.floor_divide), _of_several(named.remainder)
eq, ne, lt = _of_several(named.eq), _of_several(named.ne), _of_several(named.lt)
le, gt, ge = _of_several(named.le), _of_several(named.gt), _of_several(named.ge)
neg, reciprocal = _of_one(arithmetic.neg, _same), _of_one(arithmetic.reciprocal)
exp, exp2, expm1 = _of_one(functions.exp), _of_one(functions.exp2), _of_one(functions.expm1)
log, log1p = _of_one(functions.log), _of_one(functions.log1p)
log2, log10 = _of_one(functions.log2), _of_one(functions.log10)
sin, cos, tan = _of_one(functions.sin), _of_one(functions.cos), _of_one(functions.tan)
asin, acos, atan = _of_one(functions.asin), _of_one(functions.acos), _of_one(functions.atan)
sinh, cosh, tanh = _of_one(functions.sinh), _of_one(functions.cosh), _of_one(activations.tanh)
sigmoid = _of_one(activations.sigmoid)
sqrt, rsqrt, square = _of_one(powers.sqrt), _of_one(powers.rsqrt), _of_one(powers.square)
abs, clamp = _of_one(functions.abs, _same), _of_several(choosing.clamp, _same)
logical_not = _of_one(comparison.logical_not)
sum, prod = _of_several(reductions.sum, None), _of_several(reductions.prod, None)
mean, cumsum = _of_several(reductions.mean), _of_several(reductions.cumsum, None)
matmul, mm = _of_several(named.matmul, _same_in_product), _of_several(linalg.mm, _same_in_product)
mv, bmm = _of_several(linalg.mv, _same_in_product), _of_several(linalg.bmm, _same_in_product)
dot = _of_several(linalg.dot, _same_in_product)
cat, stack = _of_several(joining.cat, _joinable), _of_several(joining.stack, _joinable)
