"""Parametrizations that are often used: orthogonal matrices, weight and spectral normalization.

Source: torch.nn.utils.parametrizations.
"""

from __future__ import annotations

from enum import Enum, auto
from typing import Any

import numpy as np

from ...base import TensorBase
from ...grad_mode import no_grad
from ...op import wrap
from ...ops import creation
from ...ops.joining import cat
from ...ops.linalg import mv, vdot
from ...ops.weight_norms import _weight_norm, norm_except_dim
from ..functions.distance import normalize
from ..modules.conv import ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from ..modules.module import Module
from . import parametrize

__all__ = ["orthogonal", "spectral_norm", "weight_norm"]


# ---- orthogonal matrices -----------------------------------------------------------------------------------


class _OrthMaps(Enum):
    matrix_exp = auto()
    cayley = auto()
    householder = auto()


def _is_orthogonal(matrix: Any) -> bool:
    rows, columns = matrix._array.shape[-2:]
    tolerance = 10.0 * rows * float(np.finfo(matrix._array.dtype).eps)
    identity = creation.eye(columns, dtype=matrix._dtype)
    return (matrix.mH @ matrix).allclose(identity, atol=tolerance)


def _make_orthogonal(matrix: Any) -> Any:
    """The orthogonal matrix nearest in the sense of its columns' directions."""
    q, r = np.linalg.qr(matrix._array)
    signs = np.sign(np.diagonal(r, axis1=-2, axis2=-1))[..., None, :]
    return wrap((q * signs).astype(matrix._array.dtype))


class _Orthogonal(Module):
    base: Any

    def __init__(self, weight: Any, orthogonal_map: _OrthMaps, *, use_trivialization: bool = True) -> None:
        super().__init__()
        if weight.is_complex() and orthogonal_map is _OrthMaps.householder:
            raise ValueError("The householder parametrization does not support complex tensors.")
        self.shape = weight.shape
        self.orthogonal_map = orthogonal_map
        if use_trivialization:
            self.register_buffer("base", None)

    def forward(self, X: Any) -> Any:  # noqa: N803 - PyTorch's own name
        """The orthogonal matrix that belongs to a free one."""
        transposed = X.size(-2) < X.size(-1)
        if transposed:
            X = X.mT  # noqa: N806
        found = self._reflections(X) if self.orthogonal_map is _OrthMaps.householder else self._rotation(X)
        if hasattr(self, "base"):
            found = self.base @ found
        return found.mT if transposed else found

    def _rotation(self, free: Any) -> Any:
        rows, columns = free.size(-2), free.size(-1)
        free = free.tril()
        if rows != columns:
            zeros = free.new_zeros(rows, rows - columns).expand(*free.shape[:-2], -1, -1)
            free = cat([free, zeros], dim=-1)
        skew = free - free.mH
        if self.orthogonal_map is _OrthMaps.matrix_exp:
            from ...linalg import matrix_exp

            found = matrix_exp(skew)
        else:
            from ...linalg import solve

            identity = creation.eye(rows, dtype=skew._dtype)
            found = solve(identity.add(skew, alpha=-0.5), identity.add(skew, alpha=0.5))
        return found if rows == columns else found[..., :columns]

    def _reflections(self, free: Any) -> Any:
        from ...linalg import householder_product

        vectors = free.tril(diagonal=-1)
        tau = 2.0 / (1.0 + (vectors * vectors).sum(dim=-2))
        found = householder_product(vectors, tau)
        return found * free.diagonal(dim1=-2, dim2=-1).int().unsqueeze(-2)

    def right_inverse(self, Q: Any) -> Any:  # noqa: N803 - PyTorch's own name
        """What `forward` makes this matrix of; one that is not orthogonal is made so first."""
        if Q.shape != self.shape:
            raise ValueError(
                f"Expected a matrix or batch of matrices of shape {self.shape}. Got a tensor of shape {Q.shape}."
            )
        with no_grad():
            transposed = Q.size(-2) < Q.size(-1)
            tall = Q.mT if transposed else Q
            if not hasattr(self, "base"):
                return self._reflectors(tall, transposed)
            self.base = self._square(tall)
            negative = creation.zeros_like(Q)
            negative.diagonal(dim1=-2, dim2=-1).fill_(-1.0)
            return negative

    def _square(self, tall: Any) -> Any:
        rows, columns = tall.size(-2), tall.size(-1)
        if rows == columns:
            return tall.clone() if _is_orthogonal(tall) else _make_orthogonal(tall)
        drawn = creation.randn(*tall.shape[:-2], rows, rows - columns, dtype=tall._dtype)
        return _make_orthogonal(cat([tall, drawn], dim=-1))

    def _reflectors(self, tall: Any, transposed: bool) -> Any:
        if self.orthogonal_map is not _OrthMaps.householder:
            raise NotImplementedError(
                "It is not possible to assign to the matrix exponential or the Cayley parametrizations when use_trivialization=False."
            )
        from ...linalg.older import geqrf

        found, tau = geqrf(tall)
        diagonal = found.diagonal(dim1=-2, dim2=-1)
        signs = diagonal.sign()
        diagonal.copy_(signs.where(tau != 0.0, -signs))
        return found.mT if transposed else found


def orthogonal(
    module: Any, name: str = "weight", orthogonal_map: str | None = None, *, use_trivialization: bool = True
) -> Any:
    """Keep a weight orthogonal."""
    weight = _tensor_named(module, name)
    if weight.ndim < 2:
        raise ValueError(f"Expected a matrix or batch of matrices. Got a tensor of {weight.ndim} dimensions.")
    if orthogonal_map is None:
        square = weight.size(-2) == weight.size(-1)
        orthogonal_map = "matrix_exp" if square or weight.is_complex() else "householder"
    kind = getattr(_OrthMaps, orthogonal_map, None)
    if kind is None:
        raise ValueError(
            f'orthogonal_map has to be one of "matrix_exp", "cayley", "householder". Got: {orthogonal_map}'
        )
    made = _Orthogonal(weight, kind, use_trivialization=use_trivialization)
    parametrize.register_parametrization(module, name, made, unsafe=True)
    return module


def _tensor_named(module: Any, name: str) -> Any:
    weight = getattr(module, name, None)
    if not isinstance(weight, TensorBase):
        raise ValueError(f"Module '{module}' has no parameter or buffer with name '{name}'")
    return weight


# ---- lengths and directions --------------------------------------------------------------------------------


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Any, weight_v: Any) -> Any:
        """The weight."""
        return _weight_norm(weight_v, weight_g, self.dim)

    def right_inverse(self, weight: Any) -> tuple[Any, Any]:
        """Its lengths and directions."""
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Any, name: str = "weight", dim: int = 0) -> Any:
    """Split a weight into lengths and directions."""
    parametrize.register_parametrization(module, name, _WeightNorm(dim), unsafe=True)

    def from_older(state_dict: Any, prefix: str, *others: Any) -> None:
        keys = [f"{prefix}{name}_g", f"{prefix}{name}_v"]
        if all(key in state_dict for key in keys):
            for number, key in enumerate(keys):
                state_dict[f"{prefix}parametrizations.{name}.original{number}"] = state_dict.pop(key)

    module._register_load_state_dict_pre_hook(from_older)
    return module


# ---- the largest singular value ----------------------------------------------------------------------------


def dim_of_outputs(module: Any) -> int:
    """The dimension of a module's weight that stands for its outputs."""
    return int(isinstance(module, (ConvTranspose1d, ConvTranspose2d, ConvTranspose3d)))


class _SpectralNorm(Module):
    _u: Any
    _v: Any

    def __init__(self, weight: Any, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        ndim = weight.ndim
        if dim >= ndim or dim < -ndim:
            raise IndexError(
                f"Dimension out of range (expected to be in range of [-{ndim}, {ndim - 1}] but got {dim})"
            )
        if n_power_iterations <= 0:
            raise ValueError(
                f"Expected n_power_iterations to be positive, but got n_power_iterations={n_power_iterations}"
            )
        self.dim = dim if dim >= 0 else dim + ndim
        self.eps = eps
        if ndim > 1:
            self.n_power_iterations = n_power_iterations
            matrix = self._reshape_weight_to_matrix(weight)
            u, v = (matrix.new_zeros(size).normal_(0, 1) for size in matrix.size())
            self.register_buffer("_u", normalize(u, dim=0, eps=eps))
            self.register_buffer("_v", normalize(v, dim=0, eps=eps))
            self._power_method(matrix, 15)

    def _reshape_weight_to_matrix(self, weight: Any) -> Any:
        if self.dim != 0:
            weight = weight.permute(self.dim, *(axis for axis in range(weight.dim()) if axis != self.dim))
        return weight.flatten(1)

    def _power_method(self, weight_mat: Any, n_power_iterations: int) -> None:
        with no_grad():
            for _ in range(n_power_iterations):
                self._u = normalize(mv(weight_mat, self._v), dim=0, eps=self.eps, out=self._u)
                self._v = normalize(mv(weight_mat.H, self._u), dim=0, eps=self.eps, out=self._v)

    def forward(self, weight: Any) -> Any:
        """The weight, divided by its largest singular value."""
        if weight.ndim == 1:
            return normalize(weight, dim=0, eps=self.eps)
        matrix = self._reshape_weight_to_matrix(weight)
        if self.training:
            self._power_method(matrix, self.n_power_iterations)
        return weight / vdot(self._u.clone(), mv(matrix, self._v.clone()))

    def right_inverse(self, value: Any) -> Any:
        """The value itself: it is not scaled up again."""
        return value


def spectral_norm(
    module: Any,
    name: str = "weight",
    n_power_iterations: int = 1,
    eps: float = 1e-12,
    dim: int | None = None,
) -> Any:
    """Divide a weight by its largest singular value."""
    weight = _tensor_named(module, name)
    dim = dim_of_outputs(module) if dim is None else dim
    made = _SpectralNorm(weight, n_power_iterations, dim, eps)
    parametrize.register_parametrization(module, name, made)
    return module
