"""jax: derivatives of functions, without a tape that a program could hold.

Mapped: a tensor is an array, with 64 bits allowed; `jax.numpy` and `jax.nn` have `torch`'s functions; `grad`, `jacrev`,
`jacfwd`, `hessian` and `vmap` are those of `torch.func`. `requires_grad=True`, `backward` and `.grad` are not offered: a
tape for them would be the adapter's and not the engine's.
"""

from __future__ import annotations

from typing import Any

import jax
import jax.numpy as np

from ..observe import MissingError
from . import numpy_like
from .base import alike
from .functional import OfFunctions, of_one, transforms

jax.config.update("jax_enable_x64", True)
jax.config.update("jax_platforms", "cpu")


def _to_a_number(function: Any) -> Any:
    """A function whose result has no dimensions; PyTorch's `hessian` has its own way with one of one element."""

    def call(*inputs: Any) -> Any:
        found = function(*inputs)
        if found.shape:
            raise MissingError("torch.autograd.functional.hessian(of a function to a vector)")
        return found

    return call


class Jax(OfFunctions):
    """The wiring."""

    package, kind, array = "jax", jax.Array, np.array
    dtypes = alike("float16 bfloat16 float32 float64 int8 int16 int32 int64 uint8 bool complex64 complex128")
    functions = {
        **numpy_like.names(np),
        **transforms(grad=jax.grad, jacrev=jax.jacrev, jacfwd=jax.jacfwd, hessian=jax.hessian),
        "vmap": lambda function, in_dims=0, out_dims=0: jax.vmap(function, in_dims, out_dims),
        "autograd.functional.jacobian": of_one(jax.jacrev),
        "autograd.functional.hessian": of_one(
            lambda function, place: jax.hessian(_to_a_number(function), place)
        ),
        "relu": jax.nn.relu,
        "sigmoid": jax.nn.sigmoid,
        "softmax": lambda x, dim: jax.nn.softmax(x, axis=dim),
        "log_softmax": lambda x, dim: jax.nn.log_softmax(x, axis=dim),
        "logsumexp": lambda x, dim, keepdim=False: jax.nn.logsumexp(x, axis=dim, keepdims=keepdim),
        "nn.functional.relu": jax.nn.relu,
        "nn.functional.sigmoid": jax.nn.sigmoid,
        "nn.functional.softplus": lambda x: jax.nn.softplus(x),
        "nn.functional.softmax": lambda x, dim: jax.nn.softmax(x, axis=dim),
        "nn.functional.log_softmax": lambda x, dim: jax.nn.log_softmax(x, axis=dim),
    }
    declines = r"is not allowed; use|does not accept dtype"
    methods = {"clone": lambda x: x.copy(), "__setitem__": None}


def subject() -> Any:
    """The subject of the suite."""
    made = Jax().subject()
    made.namespace.func.vmap = made.namespace.vmap
    return made
