"""torch.einsum: its notation, its products, its refusals."""

from __future__ import annotations

from conformance import case, raises

EINSUM = "torch: Other Operations"


def _numbers(torch, *sizes):
    count = 1
    for size in sizes:
        count *= size
    return (torch.arange(float(count)) * 0.75 - 2).reshape(sizes).requires_grad_()


def _gradient(torch, out, x):
    weights = (torch.arange(float(out.numel())) * 0.5 - 1.25).reshape(out.shape).to(out.dtype)
    return torch.autograd.grad(out, x, weights)


@case(EINSUM)
def one_operand(torch):
    """With one operand, einsum permutes, sums, and takes diagonals."""
    x, square = _numbers(torch, 2, 3), _numbers(torch, 3, 3)
    for equation in ("ij->ji", "ij->", "ij->j", "...->", "ba"):
        y = torch.einsum(equation, x)
        yield equation, y
        yield f"gradient of {equation}", _gradient(torch, y, x)
    for equation in ("ii->i", "ii", "ij->j"):
        y = torch.einsum(equation, square)
        yield f"{equation} of a square", y
        yield f"gradient of {equation} of a square", _gradient(torch, y, square)


@case(EINSUM)
def two_operands(torch):
    """Products of two operands: inner, outer, matrix, batched and element by element."""
    x, y, v, w = _numbers(torch, 2, 3), _numbers(torch, 3, 4), _numbers(torch, 3), _numbers(torch, 3)
    a, b = _numbers(torch, 2, 2, 3), _numbers(torch, 2, 3, 2)
    pairs = {
        "i,i->": (v, w),
        "i,j->ij": (v, w),
        "ij,j->i": (x, v),
        "ij,jk->ik": (x, y),
        "ij,ij->ij": (x, x.detach().flip(0).requires_grad_()),
        "bij,bjk->bik": (a, b),
        "bij,bjk->ik": (a, b),
        "ij,jk->": (x, y),
        "ij,jk": (x, y),
    }
    for equation, operands in pairs.items():
        out = torch.einsum(equation, *operands)
        yield equation, out
        yield f"gradient of {equation}", _gradient(torch, out, operands)


@case(EINSUM)
def ellipsis(torch):
    """An ellipsis stands for the dimensions that are not named, and broadcasts."""
    a, b = _numbers(torch, 2, 1, 2, 3), _numbers(torch, 4, 3, 2)
    yield "batched product", torch.einsum("...ij,...jk->...ik", a, b)
    yield "summed over", torch.einsum("...j->j", b)
    yield "moved", torch.einsum("i...->...i", b).shape
    yield "gradient", _gradient(torch, torch.einsum("...ij,...jk->...ik", a, b), (a, b))


@case(EINSUM)
def three_operands(torch):
    """More operands are multiplied from left to right, and summed as soon as possible."""
    x, y, z = _numbers(torch, 2, 3), _numbers(torch, 3, 2), _numbers(torch, 2, 4)
    v, w = _numbers(torch, 2), _numbers(torch, 3)
    yield "a chain", torch.einsum("ij,jk,kl->il", x, y, z)
    yield "a bilinear form", torch.einsum("i,ij,j->", v, x, w)
    yield "gradient", _gradient(torch, torch.einsum("i,ij,j->", v, x, w), (v, x, w))


@case(EINSUM)
def sublists(torch):
    """Subscripts may be given as lists of numbers, and operands as a list."""
    x, y = _numbers(torch, 2, 3), _numbers(torch, 3, 2)
    yield "two operands", torch.einsum(x, [0, 1], y, [1, 2], [0, 2])
    yield "without an output", torch.einsum(x, [1, 0])
    yield "with an ellipsis", torch.einsum(x, [Ellipsis, 5], [5, Ellipsis])
    yield "a list of operands", torch.einsum("ij,jk->ik", [x, y])
    yield "spaces", torch.einsum(" i j , j k -> k i ", x, y)
    yield "out of range", raises(lambda: torch.einsum(x, [0, 52]))


@case(EINSUM)
def refusals(torch):
    """Equations that do not fit are refused with the operand and the subscript."""
    x, y = torch.ones(2, 3), torch.ones(3, 4)
    equations = [
        "ij,jk",
        "i",
        "ijk",
        "i1",
        "ij->ii",
        "ij->k",
        "ii",
        "i.j",
        "...i...",
        "ij-ij",
        "ij->i.",
        "ij->i1",
    ]
    for equation in equations:
        yield equation, raises(lambda equation=equation: torch.einsum(equation, x))
    yield "too many operands", raises(lambda: torch.einsum("ij", x, y))
    yield "sizes", raises(lambda: torch.einsum("ij,kj->ik", x, y))
    yield "more subscripts than dimensions", raises(lambda: torch.einsum("...ijk->i", x))
    yield "types", raises(lambda: torch.einsum("ij,jk->ik", x, y.double()))
    yield "no operand", raises(lambda: torch.einsum("ij"))
