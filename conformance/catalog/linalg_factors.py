"""torch.linalg: factorizations, eigenvalues, singular values, norms."""

from __future__ import annotations

from conformance import case, raises

LINALG = "torch.linalg: Decompositions"


def _gradient(torch, out, x):
    weights = (torch.arange(float(out.numel())) * 0.5 - 1.25).reshape(out.shape).to(out.dtype)
    return torch.autograd.grad(out, x, weights)


def _regular(torch):
    rows = [[2.5, -1.0, 0.5], [1.0, 3.0, -2.0], [0.25, 1.5, 4.0]]
    return torch.tensor(rows, dtype=torch.float64, requires_grad=True)


def _right(torch):
    rows = [[1.5, -2.0], [0.5, 3.0], [-1.0, 0.25]]
    return torch.tensor(rows, dtype=torch.float64, requires_grad=True)


def _singular(torch):
    return torch.tensor([[1.0, 2.0], [2.0, 4.0]])


def _positive(torch):
    """A symmetric matrix with eigenvalues above 0."""
    a = _regular(torch).detach()
    return (a @ a.t() + torch.eye(3, dtype=torch.float64)).requires_grad_()


@case(LINALG)
def cholesky(torch):
    """The Cholesky factor, upper or lower, and the symmetric gradient."""
    a = _positive(torch)
    weights = _regular(torch).detach()
    for name, y in {
        "lower": torch.linalg.cholesky(a),
        "upper": torch.linalg.cholesky(a, upper=True),
        "torch.cholesky": torch.cholesky(a),
    }.items():
        yield name, y
        yield f"gradient of {name}", torch.autograd.grad(y, a, weights)
    yield "strides", torch.linalg.cholesky(a).stride()
    yield "of two", torch.linalg.cholesky(torch.stack([a, a * 4]))


@case(LINALG)
def cholesky_refuses(torch):
    """A matrix that is not positive-definite is refused with the order of the minor that is not."""
    s = torch.tensor([[4.0, 2.0, 0.0], [2.0, 1.0, 3.0], [0.0, 3.0, 5.0]])
    yield "cholesky", raises(lambda: torch.linalg.cholesky(s))
    yield "of a batch", raises(lambda: torch.linalg.cholesky(torch.stack([torch.eye(3), -s])))
    yield "torch.cholesky", raises(lambda: torch.cholesky(-s))
    yield "cholesky_ex says where", torch.linalg.cholesky_ex(-s).info
    yield "checked", raises(lambda: torch.linalg.cholesky_ex(s, check_errors=True))


@case(LINALG)
def solutions_by_cholesky(torch):
    """cholesky_solve and cholesky_inverse start from the factor."""
    a, b = _positive(torch), _right(torch)
    lower = torch.linalg.cholesky(a.detach()).requires_grad_()
    y = torch.cholesky_solve(b, lower)
    yield "solved", y
    yield "gradients", _gradient(torch, y, (lower, b))
    z = torch.cholesky_inverse(lower)
    yield "inverse", z
    yield "gradient of the inverse", _gradient(torch, z, lower)
    yield "with the upper factor", torch.cholesky_solve(b.detach(), lower.detach().t(), upper=True)


@case(LINALG)
def qr(torch):
    """The factors of qr multiply to the matrix; its gradient comes from both."""
    a = _regular(torch)
    q, r = torch.linalg.qr(a)
    yield "the product", q @ r
    yield "orthonormal", (q.t() @ q).detach().round(decimals=6) + 0.0
    yield "size of R", r.diagonal().abs()
    tall, wide = _right(torch), _right(torch).detach().t().requires_grad_()
    for name, x in {"square": a, "tall": tall, "wide": wide}.items():
        q, r = torch.linalg.qr(x)
        loss = (q @ torch.tanh(r)).pow(3)
        yield f"gradient of a {name} one", _gradient(torch, loss, x)
    yield "shapes of complete ones", [each.shape for each in torch.linalg.qr(tall, mode="complete")]
    yield "R alone", torch.linalg.qr(tall.detach(), mode="r").Q
    yield "unknown mode", raises(lambda: torch.linalg.qr(a, mode="full"))
    yield "R has no gradient", raises(lambda: torch.linalg.qr(a, mode="r").R.sum().backward())


@case(LINALG)
def eigenvalues_of_symmetric_matrices(torch):
    """eigh gives ascending eigenvalues, and a symmetric gradient."""
    a = _positive(torch)
    values, vectors = torch.linalg.eigh(a)
    yield "values", values
    yield "what they multiply to", vectors @ torch.diag(values) @ vectors.t()
    yield (
        "gradient of the values",
        torch.autograd.grad(values, a, torch.tensor([1.0, -2.0, 0.5], dtype=torch.float64)),
    )
    weights = _regular(torch).detach()
    again = torch.linalg.eigh(a).eigenvectors
    yield "gradient of the vectors", torch.autograd.grad(again.pow(2), a, weights)
    yield "eigvalsh", torch.linalg.eigvalsh(a, UPLO="U")
    yield "unknown triangle", raises(lambda: torch.linalg.eigh(a, UPLO="X"))


@case(LINALG)
def eigenvalues_of_any_matrices(torch):
    """eig gives complex eigenvalues, of which a function without phases has a real gradient."""
    turn = torch.tensor([[0.0, 1.0], [-1.0, 0.0]])
    yield "of a rotation", torch.linalg.eigvals(turn)
    a = _regular(torch)
    values = torch.linalg.eigvals(a)
    yield "size of their sum", values.sum().abs()
    yield "gradient", torch.autograd.grad(values.abs().pow(3).sum(), a)
    vectors = torch.linalg.eig(a).eigenvectors
    yield "gradient of the vectors", torch.autograd.grad(vectors.abs().pow(2).prod(0).sum(), a)
    yield "not finite", raises(lambda: torch.linalg.eig(turn / 0))


@case(LINALG)
def singular_values(torch):
    """svd gives descending singular values; the factors multiply to the matrix."""
    tall = _right(torch)
    upper, s, vh = torch.linalg.svd(tall, full_matrices=False)
    yield "values", s
    yield "the product", upper @ torch.diag(s) @ vh
    yield (
        "gradient of the values",
        torch.autograd.grad(s, tall, torch.tensor([1.5, -0.5], dtype=torch.float64)),
    )
    for name, x in {"tall": tall, "wide": tall.detach().t().requires_grad_()}.items():
        u, s, vh = torch.linalg.svd(x, full_matrices=False)
        yield f"gradient of a {name} one", _gradient(torch, u.pow(2) @ s.diag() @ vh.pow(2), x)
    yield "svdvals", torch.linalg.svdvals(tall)
    yield "shapes in full", [each.shape for each in torch.linalg.svd(tall)]
    yield "torch.svd gives V", [each.shape for each in torch.svd(tall.detach().t())]
    yield "not finite", raises(lambda: torch.linalg.svd(torch.full((2, 2), float("nan"))))


@case(LINALG)
def vector_norms(torch):
    """vector_norm of any order, along any dimensions, in another type."""
    x = torch.tensor([[1.5, -2.0, 0.5], [3.0, 0.25, -4.0]], requires_grad=True)
    for order in (0, 0.5, 1, 2, 3, float("inf"), -float("inf")):
        y = torch.linalg.vector_norm(x, order, dim=1)
        yield f"order {order}", y
        if order:
            yield f"gradient of order {order}", _gradient(torch, y, x)
    yield "of all", torch.linalg.vector_norm(x)
    yield "keepdim", torch.linalg.vector_norm(x, 3, dim=(0, 1), keepdim=True)
    yield "in another type", torch.linalg.vector_norm(x, dtype=torch.float64)
    yield "of integers", raises(lambda: torch.linalg.vector_norm(torch.tensor([1, 2])))
    yield "largest of nothing", raises(lambda: torch.linalg.vector_norm(torch.ones(0), float("inf")))


@case(LINALG)
def matrix_norms(torch):
    """matrix_norm knows seven orders; the largest and smallest take rows, columns or singular values."""
    x = _regular(torch)
    for order in ("fro", "nuc", 1, -1, 2, -2, float("inf"), -float("inf")):
        y = torch.linalg.matrix_norm(x, order)
        yield f"order {order}", y
        yield f"gradient of order {order}", torch.autograd.grad(y, x, torch.tensor(1.5, dtype=torch.float64))
    batch = torch.stack([x.detach(), x.detach() * 2])
    yield "of two", torch.linalg.matrix_norm(batch, 2, keepdim=True)
    yield "other dimensions", torch.linalg.matrix_norm(batch, 1, dim=(2, 0))
    yield "unknown order", raises(lambda: torch.linalg.matrix_norm(x, 3))
    yield "unknown name", raises(lambda: torch.linalg.matrix_norm(x, "max"))
    yield "one dimension twice", raises(lambda: torch.linalg.matrix_norm(x, dim=(0, -2)))
    yield "a vector", raises(lambda: torch.linalg.matrix_norm(x[0]))


@case(LINALG)
def norm_chooses(torch):
    """norm is of vectors or matrices, as the dimensions say; without an order, of all elements."""
    x = _regular(torch).detach()
    batch = torch.stack([x, x * 2])
    yield "of a matrix", torch.linalg.norm(x)
    yield "of a matrix, order 2", torch.linalg.norm(x, 2)
    yield "of a vector, order 3", torch.linalg.norm(x[0], 3)
    yield "along one dimension", torch.linalg.norm(batch, 1, dim=-1)
    yield "in two dimensions", torch.linalg.norm(batch, float("inf"), dim=(0, 2))
    yield "of a batch", torch.linalg.norm(batch)
    yield "of a batch, order 2", raises(lambda: torch.linalg.norm(batch, 2))
    yield "torch.norm, nuclear", torch.norm(x, "nuc")
    yield "torch.norm along dimensions", torch.norm(batch, "fro", dim=(1, 2))


@case(LINALG)
def condition_numbers(torch):
    """cond compares a matrix with its inverse, in one of the norms."""
    x = _regular(torch)
    for order in (None, 2, -2, 1, float("inf"), "fro", "nuc"):
        yield f"order {order}", torch.linalg.cond(x, order)
    yield "gradient", torch.autograd.grad(torch.linalg.cond(x), x, torch.tensor(0.5, dtype=torch.float64))
    yield "of a singular one", torch.linalg.cond(_singular(torch), 1)
    yield "unknown order", raises(lambda: torch.linalg.cond(x, 3))


@case(LINALG)
def matrix_exponential(torch):
    """matrix_exp of small and large matrices, and its gradient."""
    a = _regular(torch)
    yield "exponential", torch.linalg.matrix_exp(a * 0.5)
    yield "of a nilpotent one", torch.matrix_exp(torch.tensor([[0.0, 3.0], [0.0, 0.0]]))
    yield "of two sizes", torch.matrix_exp(torch.stack([a.detach() * 0.01, a.detach()]))
    yield "gradient", _gradient(torch, torch.matrix_exp(a * 0.25), a)


@case(LINALG)
def householder_product(torch):
    """householder_product multiplies reflections; the gradient reaches both of its inputs."""
    a = torch.tensor([[1.0, 2.0], [0.5, -1.0], [0.25, 3.0]], dtype=torch.float64, requires_grad=True)
    tau = torch.tensor([1.25, 0.5], dtype=torch.float64, requires_grad=True)
    y = torch.linalg.householder_product(a, tau)
    yield "product", y
    yield "gradients", [each * 2 for each in _gradient(torch, y, (a, tau))]
    yield "a wide matrix", raises(lambda: torch.linalg.householder_product(a.t(), tau))


@case(LINALG)
def out_of_linalg(torch):
    """Functions of torch.linalg write into `out`, one tensor or several."""
    a = _positive(torch).detach()
    out = torch.empty(0, dtype=torch.float64)
    yield "inv", torch.linalg.inv(a, out=out)
    yield "the same tensor", torch.linalg.det(a, out=out) is out
    values, vectors = torch.empty(0, dtype=torch.float64), torch.empty(0, dtype=torch.float64)
    torch.linalg.eigh(a, out=(values, vectors))
    yield "eigh", values


@case(LINALG)
def phases_of_complex_singular_vectors(torch):
    """A loss that depends on the phases of complex singular vectors has no gradient; one of their products has."""
    rows = [[1.5 + 0.5j, -1.0, 0.25j], [0.5, 2.0 - 1.0j, -0.75]]
    a = torch.tensor(rows, dtype=torch.complex128, requires_grad=True)
    weights = torch.tensor([[0.5, -1.25, 2.0], [1.5, 0.75, -0.5]], dtype=torch.float64)

    def gradient(loss):
        return torch.autograd.grad(loss(*torch.linalg.svd(a, full_matrices=False)), a)

    yield "left", raises(lambda: gradient(lambda u, s, vh: (u.real * weights[:, :2]).sum()))
    yield "right", raises(lambda: gradient(lambda u, s, vh: (vh.imag * weights).sum()))
    yield "sizes", gradient(lambda u, s, vh: (vh.abs() * weights).sum())
    yield "both", gradient(lambda u, s, vh: ((u @ vh).real * weights).sum())
    yield "all", gradient(lambda u, s, vh: ((u * s.pow(2)) @ vh).imag.mul(weights).sum())
