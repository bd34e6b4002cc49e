"""How operations are done on all examples at once: a few kinds of rules, by the operations' names.

A rule gets the level, the operation and its arguments, does what is to be done on the values below, and gives the
result as a tensor of the level. What has no rule here is done for one example after the other.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base import TensorBase
from ..dtypes import bool_
from ..op import result_type
from ..ops import joining, linalg, losses, reductions, views
from ..ops.conversion import cast
from ..saved import SavedList
from .batched import BatchLevel

_RUNNING_OF_ALL = (
    "Batch norm got a batched tensor as input while the running_mean or running_var, which will be updated in place, were not "
    "batched.\nIf you are using a module and do not need eval mode, please set `track_running_stats` to be False.If you are using "
    "a prebuilt module and do not need eval mode, please see the functorch website for resources on how to patch your module to "
    "work with vmap"
)
Rule = Callable[[BatchLevel, Any, tuple[Any, ...]], Any]


# ---- element by element ------------------------------------------------------------------------------------


def _rank(value: Any) -> int:
    return len(value._array.shape) if isinstance(value, TensorBase) else 0


def aligned(level: BatchLevel, args: tuple[Any, ...], rank: int) -> list[Any]:
    """The arguments' values, their examples first and then as many dimensions as the widest of them has."""
    found = []
    for each in args:
        if level.holds(each):
            missing = rank - _rank(each)
            value = level.front(each)
            if missing > 0:
                sizes = (level.size, *(1,) * missing, *each._array.shape)
                value = views.view(value, sizes)
            each = value
        found.append(each)
    return found


def _alike(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """One tensor goes in, and one of its sizes comes out."""
    value = args[0]
    return level.tensor(operation(value._value, *args[1:]), value._dim)


def _pointwise(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    tensors = [each for each in args if isinstance(each, TensorBase)]
    if len(tensors) == 1:
        return level.tensor(
            operation(*level.value_of(args)), next(each._dim for each in args if level.holds(each))
        )
    values = aligned(level, args, max(map(_rank, tensors)))
    return level.tensor(operation(*values))


def _promoted_pointwise(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """As above; an example without dimensions promotes as such, though all of them together have one."""
    one, other = args
    if isinstance(other, TensorBase) and one._dtype is not other._dtype and 0 in (_rank(one), _rank(other)):
        dtype = result_type(one, other)
        args = tuple([_cast_example(level, each, dtype) for each in args])
    return _pointwise(level, operation, args)


def _cast_example(level: BatchLevel, value: Any, dtype: Any) -> Any:
    if level.holds(value):
        return level.tensor(cast(value._value, dtype), value._dim)
    return cast(value, dtype)


# ---- dimensions --------------------------------------------------------------------------------------------


def _shifted(dim: Any, rank: int) -> Any:
    """A dimension of an example, or several, as that of all examples; none means all."""
    if dim is None or (isinstance(dim, (tuple, list)) and not dim):
        return tuple(range(1, rank + 1))
    if isinstance(dim, (tuple, list)):
        return tuple([_shifted(each, rank) for each in dim])
    return dim % rank + 1


def _along(*positions: int) -> Rule:
    """Some arguments are dimensions."""

    def rule(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
        tensors = [each for each in args if isinstance(each, TensorBase)]
        rank = max(map(_rank, tensors))
        if not rank:
            return NotImplemented
        values = aligned(level, args, rank)
        if len(tensors) > 1:
            values = [
                level.everywhere(each) if isinstance(each, TensorBase) and each is value else value
                for each, value in zip(args, values)
            ]
        for position in positions:
            values[position] = _shifted(values[position], rank)
        return level.tensors(operation(*values))

    return rule


def _flipped(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """Along no dimension, nothing is turned round: unlike sums, a flip does not take none for all."""
    return _along(1)(level, operation, args) if args[1] else _alike(level, operation, args)


def _of_sizes_along(*positions: int) -> Rule:
    """The second argument are the sizes of an example, others are dimensions of it."""

    def rule(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
        sizes = args[1]
        values = [level.front(args[0]), (level.size, *sizes), *args[2:]]
        for position in positions:
            values[position] = _shifted(values[position], len(sizes))
        return level.tensor(operation(*values))

    return rule


def _over_all(along: Callable[..., Any]) -> Rule:
    """Over all the elements of each example."""

    def rule(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
        rank = _rank(args[0])
        if not rank:
            return NotImplemented
        return level.tensor(along(level.front(args[0]), rank, *args[1:]))

    return rule


def _flat(value: Any, rank: int) -> Any:
    """The elements of each example in one dimension."""
    return value if rank == 1 else views.reshape(value, (value._array.shape[0], -1))


def _truth_of_all(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """`all`, `any`, `argmax` and `argmin`, over one dimension or all."""
    value, dim, keepdim = args
    rank = _rank(value)
    if not rank or (dim is None and keepdim):
        return NotImplemented
    if dim is None:
        return level.tensor(operation(_flat(level.front(value), rank), 1, False))
    return level.tensor(operation(level.front(value), _shifted(dim, rank), keepdim))


# ---- views -------------------------------------------------------------------------------------------------


def _sized(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    return level.tensor(views.reshape(level.front(args[0]), (level.size, *args[1])))


def _expanded(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    (value,) = aligned(level, args[:1], len(args[1]))
    return level.tensor(operation(value, (level.size, *args[1])))


def _permuted(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    value, dims = args
    return level.tensor(operation(level.front(value), (0, *_shifted(dims, _rank(value)))))


def _in_front(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """The last dimensions are those that matter."""
    return level.tensor(operation(level.front(args[0]), *args[1:]))


def _cloned(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """A copy; one whose elements are to be in order has the examples first."""
    return (_in_front if args[1] else _alike)(level, operation, args)


def _turned(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    (value,) = args
    return value if _rank(value) < 2 else level.tensor(views.transpose(level.front(value), 1, 2))


def _unsqueezed(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    value, dim = args
    return level.tensor(operation(level.front(value), dim % (_rank(value) + 1) + 1))


def _squeezed(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    value, *options = args
    rank = _rank(value)
    dims = options[0] if options else range(rank)
    dims = (dims,) if isinstance(dims, int) else tuple(dims)
    if not rank:
        return level.tensor(views.alias(value._value), value._dim)
    axes = tuple([dim % rank + 1 for dim in dims])
    if operation is views.squeeze_inside:
        return level.tensor(views.squeeze_dims_inside(level.front(value), axes, axes))
    return level.tensor(views.squeeze(level.front(value), axes))


def _strided(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """By strides: every example is seen as the first one is, from where it starts."""
    value, sizes, strides, offset = args
    whole, dim = value._value, value._dim
    step = whole.stride(dim)
    return level.tensor(operation(whole, (level.size, *sizes), (step, *strides), offset))


def _split(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    value, _, node_class, (dim, *parts) = args
    whole, axis = level.front(value), dim % _rank(value) + 1
    if node_class is joining.UnbindBackward0:
        return level.tensors(joining.unbind(whole, axis))
    return level.tensors(joining.split(whole, parts[0], axis))


# ---- several tensors ---------------------------------------------------------------------------------------


def _joined(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    tensors, dim = args[0], args[1]
    rank = _rank(tensors[0]) + (operation is joining._stack)
    values = [level.everywhere(each) for each in tensors]
    if operation is not joining._stack:
        return level.tensor(joining.cat(values, dim % rank + 1))
    turned = [views._permute(each, tuple(range(rank))) for each in values]  # as PyTorch's rule does
    return level.tensor(joining.stack(turned, dim % rank + 1))


def _mm(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    return level.tensor(linalg.matmul(*aligned(level, args, 0)))


def _mv(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    matrix, vector = args
    if not level.holds(matrix):
        product = linalg.mm(matrix, views.permute(level.front(vector), 1, 0))
        return level.tensor(views.permute(product, 1, 0))
    if not level.holds(vector):
        return level.tensor(linalg.matmul(level.front(matrix), vector))
    columns = views.unsqueeze(level.front(vector), 2)
    return level.tensor(views.squeeze(linalg.bmm(level.front(matrix), columns), 2))


def _dot(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    one, other = args if level.holds(args[0]) else args[::-1]
    if not level.holds(other):
        return level.tensor(linalg.mv(level.front(one), views._t(other)))
    rows, columns = views.unsqueeze(level.front(one), 1), views.unsqueeze(level.front(other), 2)
    return level.tensor(views.squeeze(views.squeeze(linalg.bmm(rows, columns), 2), 1))


def _addmm(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    bias, one, other, beta, alpha = args
    product = (
        linalg.matmul(*aligned(level, (one, other), 0)) if level.is_batched((one, other)) else one.mm(other)
    )
    (shift,) = aligned(level, (bias,), 2)
    return level.tensor(shift * beta + product * alpha)


def _indexed(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    value, indices, *others = args
    if any(level.holds(each) and each._dtype is bool_ for each in indices):
        raise RuntimeError(
            "vmap: We do not support batching operators that can support dynamic shape. Attempting to batch over indexing "
            "with a boolean mask."
        )
    if others or level.is_batched(indices) or not level.holds(value):
        return NotImplemented
    return level.tensor(operation(level.front(value), SavedList((None, *indices))))


def _into_own(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """The operation writes into its first argument, which nobody else sees: each example has its own."""
    own, *others = args
    if level.holds(own):
        return NotImplemented
    repeated = level.tensor(views._clone(level.everywhere(own), views.contiguous_format))
    return level.one_by_one(operation, (repeated, *others))


def _loss(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """A loss of each element, and then their sum or mean over each example."""
    *tensors, reduction = args
    rank = max(map(_rank, tensors))
    found = operation(*aligned(level, tuple(tensors), rank), losses.NONE)
    if reduction != losses.NONE and rank:
        dims = tuple(range(1, rank + 1))
        found = found.mean(dims) if reduction == losses.MEAN else found.sum(dims)
    return level.tensor(found)


def _masked_select(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    if not level.holds(args[1]):
        return NotImplemented
    raise RuntimeError(
        "vmap: Attempted to vmap over `mask` in torch.masked_select(self, mask) We cannot support this because for each batch "
        "this would return a differently shaped Tensor. Please file an issue at https://github.com/pytorch/pytorch/issues if "
        "you need this feature."
    )


# ---- which operation follows which rule --------------------------------------------------------------------

RULES: dict[str, Rule] = {}


def is_pointwise_change(name: str) -> bool:
    """Whether the change in place of this name does the same to each element, whatever the dimensions."""
    return name in _POINTWISE_CHANGES or RULES.get(name.removesuffix("_")) is _alike


_POINTWISE_CHANGES = {"add_", "sub_", "mul_", "div_", "copy_"}


def _follow(rule: Rule, names: str) -> None:
    for name in names.split():
        RULES[name] = rule


_follow(
    _alike,
    "neg reciprocal exp exp2 expm1 log log1p log2 log10 sin cos tan asin acos atan sinh cosh tanh sigmoid relu abs sqrt "
    "rsqrt sign sgn floor ceil trunc round log_sigmoid add_scalar sub_scalar mul_scalar div_scalar _rsub_number alias "
    "fw_primal detach cast _softplus _leaky_relu _elu _celu _gelu _silu _mish _hardtanh _hardsigmoid _hardswish "
    "_softshrink _hardshrink _threshold logical_not isnan isinf isfinite bitwise_not",
)
_follow(
    _promoted_pointwise,
    "add_op _sub mul div_op _maximum _minimum _pow_tensors eq ne lt le gt ge bitwise_and bitwise_or bitwise_xor logical_and "
    "logical_or logical_xor",
)
_follow(
    _pointwise,
    "_add_scaled _sub_scaled _div_mode _remainder _remainder_by_number tanh_backward sigmoid_backward threshold_backward "
    "_leaky_relu_backward _elu_backward _gelu_backward _hardtanh_backward _hardsigmoid_backward _hardswish_backward "
    "_softshrink_backward _hardshrink_backward "
    "_softplus_backward log_sigmoid_backward _where _masked_fill_number _masked_fill_tensor _clamp_tensors _clamp_numbers "
    "_pow_number _pow_of_number",
)
_follow(
    _along(1),
    "_sum_dims _mean_dims _prod_dim _cumsum _logsumexp _softmax _log_softmax _amax _amin select_op "
    "slice_op _max_forward _min_forward",
)
_follow(_flipped, "_flip")
_follow(_along(1), "_var _std")
_follow(_along(2), "_vector_norm")
_follow(_cloned, "_clone")
_follow(_in_front, "_tril _triu _view_as_real _view_as_complex")
_follow(_along(2), "_softmax_backward_data _log_softmax_backward_data")
_follow(_along(1, 2), "_transpose")
_follow(_along(2, 3), "_diagonal")
_follow(_of_sizes_along(2), "_select_backward slice_backward")
_follow(_of_sizes_along(3, 4), "diagonal_backward")
_follow(_truth_of_all, "all any argmax argmin")
_follow(_sized, "_view _reshape_alias unsafe_view")
_follow(_expanded, "_expand")
_follow(_permuted, "_permute")
_follow(_turned, "_t")
_follow(_unsqueezed, "_unsqueeze")
_follow(_squeezed, "_squeeze_all _squeeze_forward _squeeze_dims")
_follow(_strided, "strided_op")
_follow(_split, "_views")
_follow(_joined, "_cat _stack")
_follow(_mm, "_mm _bmm")
_follow(_mv, "_mv")
_follow(_dot, "_dot")
_follow(_addmm, "_addmm")
_follow(_indexed, "index_op")
_follow(_loss, "_mse")
_follow(_into_own, "_index_put_into _scatter_add _index_add")


def _batch_norm(level: BatchLevel, operation: Any, args: tuple[Any, ...]) -> Any:
    """Each example alone; running statistics that are not there for each cannot take what all of them bring."""
    running_mean, running_var, training = args[3:6]
    if training and any(each is not None and not level.holds(each) for each in (running_mean, running_var)):
        raise RuntimeError(_RUNNING_OF_ALL)
    return NotImplemented


RULES["batch_norm"] = _batch_norm
RULES["masked_select_op"] = _masked_select
RULES["_sum_all"] = _over_all(
    lambda value, rank, dtype: reductions._sum_dims(value, tuple(range(1, rank + 1)), False, dtype)
)
RULES["_mean_all"] = _over_all(
    lambda value, rank: reductions._mean_dims(value, tuple(range(1, rank + 1)), False)
)
RULES["_prod_all"] = _over_all(lambda value, rank: reductions._prod_dim(_flat(value, rank), 1, False))
RULES["_max_all"] = _over_all(lambda value, rank: _flat(value, rank).max(1)[0])
RULES["_min_all"] = _over_all(lambda value, rank: _flat(value, rank).min(1)[0])
