"""A NumPy autograd engine that behaves as PyTorch does: `import engine as torch`.

NumPy's floating point warnings are turned off in each thread that uses it: PyTorch computes inf and nan without a
word, and asking NumPy for silence at each operation would cost more than the operation.
"""

import numpy as _numpy

from . import autograd, nn, optim
from .dtypes import (
    cdouble, cfloat, complex64, complex128, double, dtype, float16, float32, float64, get_default_dtype, half, int8, int16,
    int32, int64, long, set_default_dtype, short, uint8,
)  # fmt: skip
from .dtypes import bool_ as bool
from .dtypes import float_ as float
from .dtypes import int_ as int
from .grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from .ops.activations import log_softmax, relu, sigmoid, softmax, tanh
from .ops.comparison import (
    allclose, bitwise_not, equal, isclose, isfinite, isinf, isnan, logical_not,
)  # fmt: skip
from .ops.creation import (
    arange, as_tensor, default_generator, empty, empty_like, eye, from_numpy, full, full_like, linspace, manual_seed, ones,
    ones_like, rand, rand_like, randint, randint_like, randn, randn_like, randperm, tensor, zeros, zeros_like,
)  # fmt: skip
from .ops.indexing import gather, index_put, scatter
from .ops.linalg import addmm, bmm, dot, mm, mv, outer
from .ops.named import (
    add, bitwise_and, bitwise_or, bitwise_xor, div, eq, floor_divide, ge, gt, le, logical_and, logical_or, logical_xor, lt,
    matmul, maximum, minimum, mul, ne, pow,
    remainder, sub,
)  # fmt: skip
from .ops.arithmetic import neg, reciprocal
from .ops.choosing import clamp, masked_fill, where
from .ops.functions import (
    abs, acos, asin, atan, ceil, cos, cosh, exp, exp2, expm1, floor, log, log1p, log2, log10, round, sgn, sign, sin, sinh, tan, trunc,
)  # fmt: skip
from .ops.powers import rsqrt, sqrt, square
from .ops.views import clone, contiguous_format, memory_format, preserve_format
from .ops.extremes import amax, amin, argmax, argmin, max, min
from .ops.reductions import all, any, cumsum, logsumexp, mean, prod, sum
from .ops.spread import norm, std, var
from .ops.arranging import diag, flip, tril, triu
from .ops.joining import cat, chunk, split, stack, unbind
from .ops.slicing import as_strided, diagonal, narrow, select
from .ops.views import broadcast_to, flatten, permute, ravel, reshape, squeeze, t, transpose, unsqueeze
from .generator import Generator
from .printing import set_printoptions
from .size import Size
from .tensor import Tensor
from .device import device

__version__ = "0.1.0"

inf, nan, pi, e = _numpy.inf, _numpy.nan, _numpy.pi, _numpy.e
absolute, clip, concat, negative, subtract, multiply, divide, true_divide, swapaxes = (
    abs, clamp, cat, neg, sub, mul, div, div, transpose,
)  # fmt: skip
FloatTensor = Tensor


def is_tensor(obj: object) -> bool:  # type: ignore[valid-type]
    """Whether this is a tensor."""
    return isinstance(obj, Tensor)
