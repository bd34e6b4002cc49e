"""Products of three tensors, summed up over some of their common dimensions."""

from __future__ import annotations

import numpy as np

from ..dtypes import bool_, not_implemented
from ..op import op
from .operands import in_single


def _names(count, left_out):
    return "".join(["abcdefghijklmnopqrstuvwxyz"[axis] for axis in range(count) if axis not in left_out])


@op(
    i1=lambda grad, i2, i3, expand1, expand2, expand3, sumdim: trilinear(
        grad, i2, i3, sumdim, expand2, expand3, expand1
    ),
    i2=lambda grad, i1, i3, expand1, expand2, expand3, sumdim: trilinear(
        i1, grad, i3, expand1, sumdim, expand3, expand2
    ),
    i3=lambda grad, i1, i2, expand1, expand2, expand3, sumdim: trilinear(
        i1, i2, grad, expand1, expand2, sumdim, expand3
    ),
    node="TrilinearBackward0",
    exact=True,
)
def trilinear(i1, i2, i3, expand1, expand2, expand3, sumdim):
    """The product, with each tensor repeated along its `expand` dimensions, summed up over `sumdim`."""
    if i1.dtype.kind == "b" and i1.size and i2.size and i3.size:
        raise not_implemented("bmm", bool_)
    count = i1.ndim + len(expand1)
    subscripts = ",".join([_names(count, left_out) for left_out in (expand1, expand2, expand3)])
    into = f"{subscripts}->{_names(count, sumdim)}"
    return in_single(lambda *factors: np.einsum(into, *factors, optimize=True), i1, i2, i3)
