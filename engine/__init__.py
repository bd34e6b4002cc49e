"""A NumPy autograd engine that behaves as PyTorch does: `import engine as torch`.

NumPy's floating point warnings are turned off in each thread that uses it: PyTorch computes inf and nan without a
word, and asking NumPy for silence at each operation would cost more than the operation.
"""

import sys as _sys

import numpy as _numpy

from . import autograd, optim, random, utils
from . import tensor as _tensor  # before the function of that name takes its place
from .arguments import function as _function
from .dtypes import (
    bfloat16, cdouble, cfloat, chalf, complex32, complex64, complex128, double, dtype, float16, float32, float64, get_default_dtype, half, int8, int16,
    int32, int64, long, set_default_dtype, short, uint8,
)  # fmt: skip
from .dtypes import bool_ as bool
from .dtypes import float_ as float
from .dtypes import int_ as int
from .grad_mode import (
    enable_grad, inference_mode, is_grad_enabled, is_inference_mode_enabled, no_grad, set_grad_enabled,
)  # fmt: skip
from .inference import is_inference
from .late import attributes as _attributes
from .names import FUNCTIONS as _FUNCTIONS
from .names import SUBMODULES as _SUBMODULES
from .naming import renamed as _renamed
from .ops.activations import log_softmax, relu, softmax
from .ops.comparison import isfinite, isinf, isnan
from .ops.creation import (
    arange, as_tensor, default_generator, empty, empty_like, eye, from_numpy, full, full_like, linspace, manual_seed, ones,
    ones_like, rand, rand_like, randint, randint_like, randn, randn_like, randperm, tensor, zeros, zeros_like,
)  # fmt: skip
from .ops.complex import (
    adjoint, conj, imag, is_conj, is_neg, isreal, real, resolve_conj, resolve_neg,
    view_as_complex, view_as_real,
)  # fmt: skip
from .limits import can_cast, finfo, iinfo, promote_types, result_type
from .ops.along import scatter, scatter_add
from .ops.assigning import index_put
from .ops.slices import index_add, index_copy, index_fill, masked_scatter
from .ops.outputs import (
    abs, acos, add, asin, atan, bmm, cat, clamp, cos, cosh, cumsum, div, dot, eq, exp, exp2, expm1, floor_divide, ge,
    gt, le, log, log10, log1p, log2, logical_not, lt, matmul, maximum, mean, minimum, mm, mul, mv, ne, neg, pow, prod,
    reciprocal, remainder, rsqrt, sigmoid, sin, sinh, sqrt, square, stack, sub, sum, tan, tanh,
)  # fmt: skip
from .ops.choosing import masked_fill
from .ops.results_given import (
    addmm, complex, conj_physical, diag, gather, index_select, masked_select, outer, polar, tril, triu, vdot, where,
)  # fmt: skip
from .layouts import contiguous_format, memory_format, preserve_format
from .ops.views import clone
from .ops.arranging import flip
from .ops.joining import chunk, split, unbind
from .ops.splitting import dsplit, hsplit, tensor_split, unsafe_chunk, unsafe_split, vsplit
from .ops.slicing import as_strided, diagonal, narrow, select
from .ops.views import broadcast_to, flatten, permute, ravel, reshape, squeeze, t, transpose, unsqueeze
from .generator import Generator
from .printing import set_printoptions
from .random import get_rng_state, initial_seed, seed, set_rng_state
from .size import Size
from .tensor import Tensor
from .torch_version import TorchVersion as _TorchVersion
from .typename import typename
from .device import device

# the PyTorch that it is like, as programs compare it, and its own
__version__ = _TorchVersion("2.13.0+engine0.1.0")

# glibc gives large arrays back to the system when they are freed, and each new one then costs more for its pages than for
# what is computed in it. Freeing one of nearly 32 MB, which nobody has touched, makes it keep the memory.
_numpy.empty((32 << 20) - (64 << 10), _numpy.uint8)

inf, nan, pi, e, newaxis = _numpy.inf, _numpy.nan, _numpy.pi, _numpy.e, None
for _name, _same in {
    "absolute": abs, "clip": clamp, "concat": cat, "negative": neg, "subtract": sub, "multiply": mul, "divide": div,
    "true_divide": div, "swapaxes": transpose,
}.items():  # fmt: skip
    globals()[_name] = _renamed(_same, _name)
for _name in [
    "adjoint",
    "addmm",
    "as_strided",
    "broadcast_to",
    "chunk",
    "clone",
    "conj",
    "conj_physical",
    "diag",
    "diagonal",
    "flatten",
    "flip",
    "gather",
    "imag",
    "index_add",
    "index_copy",
    "index_fill",
    "index_put",
    "index_select",
    "isfinite",
    "isinf",
    "isnan",
    "isreal",
    "log_softmax",
    "masked_fill",
    "masked_scatter",
    "masked_select",
    "narrow",
    "outer",
    "permute",
    "ravel",
    "real",
    "reshape",
    "resolve_conj",
    "resolve_neg",
    "scatter",
    "scatter_add",
    "select",
    "softmax",
    "split",
    "squeeze",
    "swapaxes",
    "t",
    "tensor_split",
    "transpose",
    "tril",
    "triu",
    "unbind",
    "unsafe_chunk",
    "unsafe_split",
    "unsqueeze",
    "vdot",
    "view_as_complex",
    "dsplit",
    "hsplit",
    "vsplit",
    "eye",
    "full",
    "linspace",
    "randint",
    "randperm",
    "where",
    "zeros_like",
    "ones_like",
    "rand_like",
    "randn_like",
    "full_like",
]:
    globals()[_name] = _function(globals()[_name])


def gradient(input: Tensor, **options: object) -> object:
    """The slopes of a sampled function; the name is that of a module of the engine, which it hides."""
    from .ops.slopes import gradient as slopes

    return slopes(input, **options)


def is_complex(input: Tensor) -> bool:  # type: ignore[valid-type]
    """Whether the tensor's type is complex."""
    return input.is_complex()


def is_floating_point(input: Tensor) -> bool:  # type: ignore[valid-type]
    """Whether the tensor's type is a floating one."""
    return input.is_floating_point()


def is_tensor(obj: object) -> bool:  # type: ignore[valid-type]
    """Whether this is a tensor."""
    return isinstance(obj, Tensor)


globals().pop("ops")  # the package of the engine's operations: the name is that of the operators of programs
torch = _sys.modules[__name__]  # as in PyTorch, whose `torch.torch` programs do write


def _made(name: str, value: object) -> object:
    # `torch.relu_` is the method, but that it takes `input=`
    return _function(value) if name.endswith("_") and callable(value) else value


__getattr__, __dir__ = _attributes(__name__, _FUNCTIONS, _SUBMODULES, _made)
