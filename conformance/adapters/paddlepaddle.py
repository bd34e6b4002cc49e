"""paddlepaddle: Baidu's engine, whose tape and names are close to PyTorch's.

Mapped: a tensor requires grad unless it says `stop_gradient`; `axis` is `dim` where it says so; `concat` is `cat`.
Functions of `paddle.compat`, which it has for programs in PyTorch's words, go before its others, and those of
`paddle.nn.functional` stand by their names, with PyTorch's defaults and order of arguments, and the opposite of what
means the opposite, as `exclusive` of `avg_pool2d`. A number beside a tensor in `add`, `mul_` and their like
becomes a tensor, as it wants; lists of tensors that it returns are tuples.

Not offered are its random numbers, which come from other streams, its ways to print and to name the nodes of its
graph, functions that mean something else by the same name (`gather`, `scatter`, `norm`), and what it says that it has
not: the derivative of some derivatives, or a function for a type of elements.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, NamedTuple

import paddle
import paddle.compat.nn.functional as compatible
import paddle.nn.functional as functional

from ..observe import MissingError
from .base import Adapter, below, parameters

NAMES = "float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 bool complex64 complex128".split()
AS_AXIS = (
    "sum mean prod amax amin argmax argmin cumsum cumprod logsumexp var std squeeze unsqueeze all any".split()
)
COMPATIBLE = "equal slogdet sort split median nanmedian unique".split()
PAIRS = "kthvalue mode cummax cummin".split()
BESIDE = {
    **{
        name: name
        for name in "add divide floor_divide multiply pow remainder subtract greater_equal greater_than less_equal "
        "less_than not_equal bitwise_and bitwise_or bitwise_xor bitwise_left_shift bitwise_right_shift".split()
    },
    "sub": "subtract",
    "mul": "multiply",
    "div": "divide",
    "true_divide": "divide",
    "eq": "equal",
    "ne": "not_equal",
    "lt": "less_than",
    "le": "less_equal",
    "gt": "greater_than",
    "ge": "greater_equal",
    "greater": "greater_than",
    "less": "less_than",
}
CHANGING = {
    f"{name}_": f"{own}_"
    for name, own in BESIDE.items()
    if hasattr(paddle.Tensor, f"{own}_") and name != "pow"  # which takes a number
}
OTHERWISE = """topk gather scatter norm dist summary save load gradient histogram device autocast amp seed manual_seed
initial_seed get_rng_state set_rng_state randn rand rand_like randn_like randint randint_like randperm normal bernoulli
poisson multinomial binomial set_default_dtype set_default_device get_default_device""".split()
FILLERS = "normal_ uniform_ bernoulli_ exponential_ geometric_ cauchy_ log_normal_ random_".split()


def _axis(name: str) -> Any:
    """A function of paddle whose `axis` is PyTorch's `dim`, and which stands in the same place."""
    return lambda x, *args, **kwargs: getattr(paddle, name)(x, *args, **kwargs)


def _extreme(function: Any) -> Any:
    """`max` and `min`, whose second argument is a dimension or a tensor."""

    def call(x: Any, dim: Any = None, keepdim: bool = False) -> Any:
        if dim is None or isinstance(dim, paddle.Tensor):
            return function(x) if dim is None else function(x, dim)
        return function(x, dim, keepdim)

    return call


def _beside(name: str) -> Any:
    """A method whose second tensor may be a number in PyTorch."""

    def call(x: Any, other: Any, **options: Any) -> Any:
        if isinstance(x, paddle.Tensor) and isinstance(other, (bool, int, float)):
            whole = isinstance(other, int) and x.dtype != paddle.bool
            kept = whole or isinstance(other, bool) or x.is_floating_point() or x.is_complex()
            other = paddle.to_tensor(other, dtype=x.dtype if kept else None)
        return getattr(paddle.Tensor, name)(x, other, **options)

    return call


class Found(NamedTuple):
    """Values and their places."""

    values: Any
    indices: Any


def _pair(name: str) -> Any:
    """A function that returns both."""
    return lambda x, *args, **kwargs: Found(*getattr(paddle, name)(x, *args, **kwargs))


def _listed(given: tuple[Any, ...]) -> Any:
    """Sizes, or dimensions, that PyTorch takes one by one as well."""
    return given[0] if len(given) == 1 else given


def _grad(
    outputs: Any,
    inputs: Any,
    grad_outputs: Any = None,
    retain_graph: Any = None,
    create_graph: bool = False,
    allow_unused: Any = None,
) -> Any:
    unused = {"allow_unused": bool(allow_unused)}
    return tuple(paddle.grad(outputs, inputs, grad_outputs, retain_graph, create_graph, **unused))


def _einsum(equation: Any, *operands: Any) -> Any:
    if not isinstance(equation, str):
        raise MissingError("torch.einsum(tensors and lists)")
    return paddle.einsum(equation, *operands)


RANDOM = """dropout dropout1d dropout2d dropout3d alpha_dropout feature_alpha_dropout gumbel_softmax
fractional_max_pool2d fractional_max_pool3d""".split()
COMPATIBLE_FUNCTIONAL = "linear pad scaled_dot_product_attention unfold".split()


def _average(function: Callable[..., Any]) -> Any:
    """An average, that counts what is padded unless it is `exclusive`."""

    def call(
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        **options: Any,
    ) -> Any:
        exclusive = not count_include_pad
        return function(x, kernel_size, stride, padding, ceil_mode=ceil_mode, exclusive=exclusive, **options)

    return call


def _largest(function: Callable[..., Any]) -> Any:
    """A maximum, that has no dilation."""

    def call(
        x: Any,
        kernel_size: Any,
        stride: Any = None,
        padding: Any = 0,
        dilation: Any = 1,
        ceil_mode: bool = False,
        return_indices: bool = False,
    ) -> Any:
        if any(size != 1 for size in (dilation if isinstance(dilation, (list, tuple)) else [dilation])):
            raise MissingError("torch.nn.functional.max_pool(dilation=...)")
        return function(x, kernel_size, stride, padding, ceil_mode=ceil_mode, return_mask=return_indices)

    return call


def _cross_entropy(
    x: Any,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Any:
    """Classes are the second dimension, and probabilities are told by their type."""
    return functional.cross_entropy(
        x,
        target,
        weight,
        ignore_index,
        reduction,
        soft_label=target.is_floating_point(),
        axis=min(1, x.ndim - 1),
        label_smoothing=label_smoothing,
    )


def _norm(function: Callable[..., Any], epsilon: str) -> Any:
    """A normalization, whose momentum is the share of what was there."""

    def call(
        x: Any,
        running_mean: Any = None,
        running_var: Any = None,
        weight: Any = None,
        bias: Any = None,
        own: bool = function is functional.instance_norm,
        momentum: float = 0.1,
        eps: float = 1e-5,
        **options: Any,
    ) -> Any:
        own = options.pop("training", options.pop("use_input_stats", own))
        kept = {"momentum": 1 - momentum, epsilon: eps}
        return function(x, running_mean, running_var, weight, bias, own, **kept, **options)

    return call


def _rrelu(x: Any, lower: float = 1 / 8, upper: float = 1 / 3, training: bool = False) -> Any:
    if training:
        raise MissingError("torch.nn.functional.rrelu(training=True)")
    return functional.rrelu(x, lower, upper, training=False)


def _interpolate(
    x: Any, size: Any = None, scale_factor: Any = None, mode: str = "nearest", **options: Any
) -> Any:
    """Sizes are lists."""
    sizes = [size] * (x.ndim - 2) if isinstance(size, int) else size
    given = {name: value for name, value in options.items() if value is not None}
    return functional.interpolate(x, sizes, scale_factor, mode, **given)


def _bilinear(x1: Any, x2: Any, weight: Any, bias: Any = None) -> Any:
    return functional.bilinear(x1, x2, weight, bias if bias is None else bias.reshape([1, -1]))


OWN = {
    **{f"avg_pool{count}d": _average(getattr(functional, f"avg_pool{count}d")) for count in (1, 2, 3)},
    **{f"max_pool{count}d": _largest(getattr(functional, f"max_pool{count}d")) for count in (1, 2, 3)},
    **{name: getattr(compatible, name) for name in COMPATIBLE_FUNCTIONAL},
    **dict.fromkeys(RANDOM),
    "batch_norm": _norm(functional.batch_norm, "epsilon"),
    "bilinear": _bilinear,
    "cross_entropy": _cross_entropy,
    "fold": lambda x, output_size, kernel_size, dilation=1, padding=0, stride=1: functional.fold(
        x, output_size, kernel_size, stride, padding, dilation
    ),
    "grid_sample": lambda x, grid, mode="bilinear", padding_mode="zeros", align_corners=None: (
        functional.grid_sample(x, grid, mode, padding_mode, bool(align_corners))
    ),
    "affine_grid": lambda theta, size, align_corners=None: functional.affine_grid(
        theta, size, bool(align_corners)
    ),
    "group_norm": lambda x, num_groups, weight=None, bias=None, eps=1e-5: functional.group_norm(
        x, num_groups, eps, weight, bias
    ),
    "huber_loss": lambda x, y, reduction="mean", delta=1.0: functional.smooth_l1_loss(x, y, reduction, delta),
    "instance_norm": _norm(functional.instance_norm, "eps"),
    "interpolate": _interpolate,
    "log_softmax": lambda x, dim, dtype=None: functional.log_softmax(x, dim, dtype),
    "rrelu": _rrelu,
    "smooth_l1_loss": lambda x, y, reduction="mean", beta=1.0: functional.smooth_l1_loss(
        x, y, reduction, beta, is_huber=False
    ),
    "softmax": lambda x, dim, dtype=None: functional.softmax(x, dim, dtype),
}
FUNCTIONS = {
    **below("nn.functional", functional),
    **{f"nn.functional.{name}": function for name, function in OWN.items()},
}
"""By PyTorch's names."""


class Paddle(Adapter):
    """The wiring."""

    package, kind, modules = "paddlepaddle", paddle.Tensor, (paddle,)
    dtypes = {name: getattr(paddle, name) for name in NAMES}
    keywords = {"dim": "axis", "eps": "epsilon", "return_indices": "return_mask"}
    declines = (
        r"doesn't have any grad op|kernel .* is not registered|not compiled with CUDA|has too many arguments|"
        r"argument '(?!x')\w+' \(position \d+\) must be Tensor, but got|must be Tensor or list of Tensor|"
        r"'(int|float|complex|bool)' object has no attribute 'shape'|index must be Tensor|"
        r"\(External\) (NotThere|Missing|NotImplemented)Error|missing \d+ required positional argument|"
        r"incompatible function arguments|can only be '|should be in \[|Paddle supports CPUPlace|device value error|"
        r"Can't constructs a|should be list or tuple but received|The type of 'value' must be|"
        r"must be tensor type, but got <class 'int'>"
    )
    functions = {
        **FUNCTIONS,
        **{name: _axis(name) for name in AS_AXIS},
        **{name: _beside(own) for name, own in {**BESIDE, **CHANGING}.items()},
        **{name: getattr(paddle.compat, name) for name in COMPATIBLE},
        **{name: _pair(name) for name in PAIRS},
        **{name: FUNCTIONS[f"nn.functional.{name}"] for name in ("softmax", "log_softmax")},
        "relu": functional.relu,
        "flip": lambda x, *dims: paddle.flip(x, _listed(dims)),
        "tile": lambda x, *counts: paddle.tile(x, _listed(counts)),
        "permute": lambda x, *dims: paddle.transpose(x, _listed(dims)),
        "reshape": lambda x, *sizes: paddle.reshape(x, _listed(sizes)),
        "allclose": lambda x, y, *options, **named: bool(paddle.allclose(x, y, *options, **named)),
        "max": _extreme(paddle.compat.max),
        "min": _extreme(paddle.compat.min),
        "cat": lambda tensors, dim=0: paddle.concat(tensors, axis=dim),
        "einsum": _einsum,
        "transpose": lambda x, dim0, dim1: paddle.swapaxes(x, dim0, dim1),
        "autograd.grad": _grad,
        "no_grad": lambda: paddle.no_grad(),
        **dict.fromkeys(OTHERWISE),
    }
    methods = {
        **dict.fromkeys(["grad_fn", "data", "gradient", "type", "device", *FILLERS]),
        "item": lambda x: _readable(x).item(),
        "stride": lambda x, dim=None: tuple(x.strides) if dim is None else x.strides[dim],
    }

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """The flag is the other way round."""
        return paddle.to_tensor(data, dtype=dtype, stop_gradient=not requires_grad)

    def read(self, raw: Any) -> Any:
        """Its own; `bfloat16` would be read as bits."""
        return _readable(raw).tolist()

    def strictly(self, name: str, function: Any, args: Any, kwargs: Any) -> Any:
        """The last place of many a function is for a `name`, where PyTorch has none."""
        places = [*parameters(function)]
        if "name" in places and len(args) > places.index("name"):
            raise MissingError(f"{name}({', '.join(['...'] * len(args))})")
        return super().strictly(name, function, args, kwargs)

    def wrap(self, value: Any) -> Any:
        """Tensors in a list are a tuple of them in PyTorch."""
        several = (
            type(value) is list and bool(value) and all(isinstance(item, paddle.Tensor) for item in value)
        )
        return super().wrap(tuple(value) if several else value)

    def backward(self, raw: Any, gradient: Any, **options: Any) -> None:
        """As in PyTorch, without `create_graph`."""
        self.strictly("Tensor.backward", raw.backward, () if gradient is None else (gradient,), options)

    def get_requires_grad(self, raw: Any) -> bool:
        """The flag is the other way round."""
        return not raw.stop_gradient

    def set_requires_grad(self, raw: Any, flag: bool) -> None:
        """The flag is the other way round."""
        raw.stop_gradient = not flag

    def get_is_leaf(self, raw: Any) -> bool:
        """Its own."""
        return bool(raw.is_leaf)

    def get_real(self, raw: Any) -> Any:
        """A method there."""
        return raw.real()

    def get_imag(self, raw: Any) -> Any:
        """A method there."""
        return raw.imag()

    def get__version(self, raw: Any) -> int:
        """Counted under a name of its own."""
        return int(raw.inplace_version)


def _readable(raw: Any) -> Any:
    return raw.astype(paddle.float32) if raw.dtype == paddle.bfloat16 else raw


def subject() -> Any:
    """The subject of the suite."""
    return Paddle().subject()
