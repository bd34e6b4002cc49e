"""HIPS autograd: derivatives of functions of NumPy, without a tape that a program could hold.

Mapped: a tensor is an array; `autograd.numpy` has `torch`'s functions; `grad`, `jacobian` and `hessian` are those of
`torch.func` and `torch.autograd.functional`; of a box, the value inside is read. `requires_grad=True`, `backward` and
`.grad` are not offered: a tape for them would be the adapter's and not the engine's.
"""

from __future__ import annotations

from typing import Any

import autograd
import autograd.numpy as np
from autograd.numpy.numpy_boxes import ArrayBox
from autograd.tracer import getval

from . import numpy_like
from .base import alike
from .functional import OfFunctions, of_one, transforms

OFFERED = {"grad": autograd.grad, "hessian": autograd.hessian}


class Autograd(OfFunctions):
    """The wiring; a box stands for an array while a function is differentiated."""

    package, kind, array = "autograd", (np.ndarray, np.generic, ArrayBox), np.array
    dtypes = alike("float16 float32 float64 int8 int16 int32 int64 uint8 bool complex64 complex128")
    functions = {
        **numpy_like.names(np),
        **transforms(jacrev=autograd.jacobian, **OFFERED),
        "autograd.functional.jacobian": of_one(autograd.jacobian),
        "autograd.functional.hessian": of_one(autograd.hessian),
    }
    methods = {"clone": lambda x: x.copy()}

    def read(self, raw: Any) -> Any:
        """Of a box, what is in it."""
        return getval(raw).tolist()


def subject() -> Any:
    """The subject of the suite."""
    return Autograd().subject()
