"""Names that PyTorch keeps only to say what took their place, and the methods `resize` and `resize_as`, which it deprecates.

Source: torch.Tensor; "torch.linalg".
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from math import prod
from typing import Any, NoReturn

from .function import Function

_GONE = "This function was deprecated since version 1.9 and is now removed."
_EIG = (
    f"{_GONE} `torch.linalg.eig` returns complex tensors of dtype `cfloat` or `cdouble` rather than real tensors mimicking "
    "complex tensors.\n\nL, _ = torch.eig(A) should be replaced with:\nL_complex = torch.linalg.eigvals(A)\n\nand\n\nL, V = "
    "torch.eig(A, eigenvectors=True) should be replaced with:\nL_complex, V_complex = torch.linalg.eig(A)"
)
_LSTSQ = (
    f"{_GONE} `torch.lstsq` is deprecated in favor of `torch.linalg.lstsq`.\n`torch.linalg.lstsq` has reversed arguments and does "
    "not return the QR decomposition in the returned tuple (although it returns other information about the problem).\n\nTo get "
    "the QR decomposition consider using `torch.linalg.qr`.\n\nThe returned solution in `torch.lstsq` stored the residuals of the "
    "solution in the last m - n columns of the returned value whenever m > n. In torch.linalg.lstsq, the residuals are in the "
    "field 'residuals' of the returned named tuple.\n\nThe unpacking of the solution, as in\nX, _ = torch.lstsq(B, "
    "A).solution[:A.size(1)]\nshould be replaced with:\nX = torch.linalg.lstsq(A, B).solution"
)
_MATRIX_RANK = (
    f"{_GONE}\nPlease use the `torch.linalg.matrix_rank` function instead. The parameter 'symmetric' was renamed in "
    "`torch.linalg.matrix_rank()` to 'hermitian'."
)
_SOLVE = (
    f"{_GONE} `torch.solve` is deprecated in favor of `torch.linalg.solve`. `torch.linalg.solve` has its arguments reversed and "
    "does not return the LU factorization.\n\nTo get the LU factorization see `torch.lu`, which can be used with "
    "`torch.lu_solve` or `torch.lu_unpack`.\nX = torch.solve(B, A).solution should be replaced with:\nX = torch.linalg.solve(A, B)"
)
_SYMEIG = (
    f"{_GONE} The default behavior has changed from using the upper triangular portion of the matrix by default to using the "
    "lower triangular portion.\n\nL, _ = torch.symeig(A, upper=upper) should be replaced with:\nL = torch.linalg.eigvalsh(A, "
    "UPLO='U' if upper else 'L')\n\nand\n\nL, V = torch.symeig(A, eigenvectors=True) should be replaced with:\nL, V = "
    "torch.linalg.eigh(A, UPLO='U' if upper else 'L')"
)
_REINFORCE = (
    "reinforce() was removed.\nUse torch.distributions instead.\nSee https://pytorch.org/docs/main/distributions.html\n\n"
    "Instead of:\n\nprobs = policy_network(state)\naction = probs.multinomial()\nnext_state, reward = env.step(action)\n"
    "action.reinforce(reward)\naction.backward()\n\nUse:\n\nprobs = policy_network(state)\n# NOTE: categorical is equivalent to "
    "what used to be called multinomial\nm = torch.distributions.Categorical(probs)\naction = m.sample()\nnext_state, reward = "
    "env.step(action)\nloss = -m.log_prob(action) * reward\nloss.backward()\n"
)


def _removed(name: str, sentence: str) -> Callable[..., NoReturn]:
    def call(*args: Any, **options: Any) -> NoReturn:
        raise RuntimeError(sentence)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = "Removed; it says what took its place."
    return call


eig, lstsq, symeig = _removed("eig", _EIG), _removed("lstsq", _LSTSQ), _removed("symeig", _SYMEIG)
matrix_rank, solve = _removed("matrix_rank", _MATRIX_RANK), _removed("solve", _SOLVE)
reinforce = _removed("reinforce", _REINFORCE)


class Resize(Function):
    """The elements in another shape, as a function of a program would give them."""

    __module__ = "torch.autograd._functions.tensor"

    @staticmethod
    def forward(ctx: Any, tensor: Any, sizes: Any) -> Any:
        """The elements in this shape; refused where their number differs."""
        if tensor.numel() != prod(sizes):
            wanted, given = ("x".join(map(str, each)) for each in (sizes, tensor.size()))
            raise RuntimeError(
                f"requested resize to {wanted} ({prod(sizes)} elements in total), but the given tensor has a size of {given} "
                f"({tensor.numel()} elements). autograd's resize can only change the shape of a given tensor, while preserving "
                "the number of elements. "
            )
        ctx.input_sizes = tensor.size()
        return tensor.detach().contiguous().view(*sizes)

    @staticmethod
    def backward(ctx: Any, grad_output: Any) -> Any:
        """The gradient in the shape of before."""
        return grad_output.contiguous().view(ctx.input_sizes), None


def resize(self: Any, *sizes: int) -> Any:
    """The elements in another shape; deprecated."""
    warnings.warn("non-inplace resize is deprecated", stacklevel=2)
    return Resize.apply(self, sizes)


def resize_as(self: Any, tensor: Any) -> Any:
    """The elements in the shape of another tensor; deprecated."""
    warnings.warn("non-inplace resize_as is deprecated", stacklevel=2)
    return Resize.apply(self, tensor.size())
