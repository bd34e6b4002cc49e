"""Products beyond the plain ones: baddbmm, tensordot, kron, cross, chains of matrices."""

from __future__ import annotations

from conformance import case, raises

BLAS = "torch: BLAS and LAPACK Operations"
OTHER = "torch: Other Operations"


def _numbers(torch, *sizes):
    count = 1
    for size in sizes:
        count *= size
    return (torch.arange(float(count)) * 0.75 - 2).reshape(sizes).requires_grad_()


def _gradient(torch, out, x):
    weights = (torch.arange(float(out.numel())) * 0.5 - 1.25).reshape(out.shape).to(out.dtype)
    return torch.autograd.grad(out, x, weights)


@case(BLAS)
def addmv_and_addr(torch):
    """addmv and addr add a product to something, each times a number; beta=0 ignores what is there."""
    m, v, w = _numbers(torch, 2, 3), _numbers(torch, 3), _numbers(torch, 2)
    results = {
        "addmv": torch.addmv(w, m, v),
        "addmv scaled": w.addmv(m, v, beta=0.5, alpha=-2),
        "addmv of a row": torch.addmv(w[:1], m, v, alpha=3),
        "addr": torch.addr(m, w, v),
        "addr scaled": m.addr(w, v, beta=-1.5, alpha=0.25),
    }
    for name, y in results.items():
        yield name, y
        yield f"gradient of {name}", _gradient(torch, y, (m, v, w))
    yield "beta of 0", torch.addmv(torch.full((2,), float("nan")), m, v, beta=0)


@case(BLAS)
def addmv_and_addr_refuse(torch):
    """addmv and addr need vectors and matrices that fit."""
    m, v, w = torch.ones(2, 3), torch.ones(3), torch.ones(2)
    yield "other length", raises(lambda: torch.addmv(w, m, w))
    yield "summand of another length", raises(lambda: torch.addmv(v, m, v))
    yield "a matrix for the vector", raises(lambda: torch.addmv(w, m, m))
    yield "other types", raises(lambda: torch.addmv(w.double(), m, v))
    yield "addr of matrices", raises(lambda: torch.addr(m, m, v))
    yield "addr, summand of another size", raises(lambda: torch.addr(m, v, v))
    yield "floats beside integers", raises(lambda: torch.addr(m.long(), w.long(), v.long(), beta=0.5))


@case(BLAS)
def stacks_added(torch):
    """baddbmm adds the products of two stacks one by one, addbmm their sum."""
    a, b = _numbers(torch, 2, 2, 3), _numbers(torch, 2, 3, 2)
    s = torch.tensor([[1.5, -2.0], [0.5, 3.0]], requires_grad=True)
    results = {
        "baddbmm": torch.baddbmm(s, a, b),
        "baddbmm scaled": s.expand(2, 2, 2).baddbmm(a, b, beta=0.5, alpha=-2),
        "addbmm": torch.addbmm(s, a, b),
        "addbmm scaled": s.addbmm(a, b, beta=-1.5, alpha=0.25),
    }
    for name, y in results.items():
        yield name, y
        yield f"gradient of {name}", _gradient(torch, y, (s, a, b))
    yield "in place", torch.ones(2, 2, 2).baddbmm_(a.detach(), b.detach(), alpha=0.5)
    yield "not fitting", raises(lambda: torch.baddbmm(torch.ones(2, 3), a, b))
    yield "a matrix", raises(lambda: torch.addbmm(s, a, s))


@case(BLAS)
def addmm_in_full(torch):
    """addmm scales both parts, broadcasts the summand, and ignores it where beta is 0."""
    a, b = _numbers(torch, 2, 3), _numbers(torch, 3, 2)
    s = torch.tensor([1.5, -2.0], requires_grad=True)
    y = torch.addmm(s, a, b, beta=0.5, alpha=2)
    yield "scaled", y
    yield "gradients", _gradient(torch, y, (s, a, b))
    yield "beta of 0", torch.addmm(torch.full((2, 2), float("nan")), a, b, beta=0)
    yield "not fitting", raises(lambda: torch.addmm(torch.ones(3), a, b))
    yield "a vector", raises(lambda: torch.addmm(s, a, s))


@case(BLAS)
def inner(torch):
    """inner sums products over the last dimension of both; numbers multiply."""
    x, v = _numbers(torch, 2, 3), _numbers(torch, 3)
    yield "vectors", torch.inner(v, v * 2)
    yield "matrix and vector", torch.inner(x, v)
    yield "matrices", x.inner(x * 0.5)
    yield "with a number", torch.inner(v, torch.tensor(2.5))
    yield "gradient", _gradient(torch, torch.inner(x, v), (x, v))
    yield "not fitting", raises(lambda: torch.inner(x, torch.ones(2)))
    yield "other types", raises(lambda: torch.inner(x, v.double()))


@case(OTHER)
def tensordot(torch):
    """tensordot contracts the last and the first dimensions, or those listed."""
    a, b = _numbers(torch, 2, 3, 4), _numbers(torch, 4, 3, 2)
    yield "one", torch.tensordot(a, b, 1)
    yield "listed", torch.tensordot(a, b, dims=([1, 2], [1, 0]))
    yield "none", torch.tensordot(a[0, 0], b[0, 0], dims=0)
    yield "all", torch.tensordot(a[0], a[0], dims=([0, 1], [0, 1]))
    yield "of size 1", torch.tensordot(a, b[:1, :, 0], 1)
    yield "gradient", _gradient(torch, torch.tensordot(a, b, dims=([0, 1], [2, 1])), (a, b))


@case(OTHER)
def tensordot_refuses(torch):
    """tensordot needs dimensions that fit, as many of one as of the other."""
    a, b = torch.ones(2, 3), torch.ones(4, 5)
    yield "not fitting", raises(lambda: torch.tensordot(a, b, 1))
    yield "negative", raises(lambda: torch.tensordot(a, b, -1))
    yield "too many", raises(lambda: torch.tensordot(a, b, 3))
    yield "other lengths", raises(lambda: torch.tensordot(a, b, dims=([0], [0, 1])))
    yield "other types", raises(lambda: torch.tensordot(a, a.double().t(), 1))


@case(OTHER)
def kron(torch):
    """kron replaces each element by itself times the other tensor."""
    a, b = _numbers(torch, 2, 2), _numbers(torch, 3)
    y = torch.kron(a, b)
    yield "product", y
    yield "gradient", _gradient(torch, y, (a, b))
    yield "of a number", torch.kron(torch.tensor(2.5), b)


@case(OTHER)
def cross(torch):
    """cross gives the perpendicular vector; without a dimension it takes the first of size 3, with a warning."""
    a = torch.tensor([[1.5, -2.0, 0.5], [3.0, 0.25, -1.0]], requires_grad=True)
    b = torch.tensor([[0.5, 4.0, -3.0]], requires_grad=True)
    y = torch.linalg.cross(a, b)
    yield "product", y
    yield "gradient", _gradient(torch, y, (a, b))
    yield "torch.cross", torch.cross(a, a.flip(1), dim=1)
    yield "without a dimension", torch.cross(a.t(), a.t().flip(0))
    yield "no dimension of size 3", raises(lambda: torch.cross(a[:, :2], a[:, :2]))
    yield "of another size", raises(lambda: torch.linalg.cross(a, b, dim=0))
    yield "other numbers of dimensions", raises(lambda: torch.linalg.cross(a, b[0]))


@case("torch.linalg: Matrix Products")
def chains(torch):
    """multi_dot multiplies a chain in the cheapest order; the ends may be vectors."""
    a, b, c = _numbers(torch, 2, 5), _numbers(torch, 5, 3), _numbers(torch, 3, 2)
    yield "three", torch.linalg.multi_dot([a, b, c])
    yield "four", torch.linalg.multi_dot((a, b, c, a))
    yield "vectors at the ends", torch.linalg.multi_dot([a[0], b, c[:, 0]])
    yield "gradient", _gradient(torch, torch.linalg.multi_dot([a, b, c]), (a, b, c))
    yield "chain_matmul", torch.chain_matmul(a, b, c)
    yield "one", raises(lambda: torch.linalg.multi_dot([a]))
    yield "not fitting", raises(lambda: torch.linalg.multi_dot([a, c]))
    yield "a vector inside", raises(lambda: torch.linalg.multi_dot([a, b[0], c]))
    yield "other types", raises(lambda: torch.linalg.multi_dot([a, b.double()]))


@case("torch.linalg: Matrix Products")
def vecdot_and_matrix_power(torch):
    """vecdot sums products along a dimension; matrix_power multiplies by squaring."""
    x, v = _numbers(torch, 2, 3), _numbers(torch, 3)
    yield "vecdot", torch.linalg.vecdot(x, v)
    yield "vecdot of vectors", torch.linalg.vecdot(v, v * 2)
    z = torch.complex(x.detach(), x.detach().flip(0))
    yield "vecdot of complex numbers", torch.linalg.vecdot(z, z.flip(1))
    square = torch.tensor([[0.5, -1.0], [0.25, 2.0]], requires_grad=True)
    for n in (-2, 0, 1, 2, 3, 5):
        yield f"power {n}", torch.matrix_power(square, n)
    yield "gradient", _gradient(torch, torch.linalg.matrix_power(square, 5), square)
    yield "not square", raises(lambda: torch.linalg.matrix_power(x, 2))
    yield "a vector", raises(lambda: torch.matrix_power(v, 2))


@case(OTHER)
def trace_and_vander(torch):
    """trace sums a diagonal; vander lists powers."""
    x = _numbers(torch, 2, 3)
    yield "trace", torch.trace(x)
    yield "gradient of trace", torch.autograd.grad(x.trace(), x, torch.tensor(2.5))
    yield "trace of a vector", raises(lambda: torch.trace(x[0]))
    v = torch.tensor([1.5, -2.0, 3.0])
    yield "vander", torch.vander(v)
    yield "vander, increasing", torch.vander(v, 2, increasing=True)
    yield "torch.linalg.vander", torch.linalg.vander(x, N=4)
    yield "gradient of torch.linalg.vander", _gradient(torch, torch.linalg.vander(x), x)
    yield "vander of a matrix", raises(lambda: torch.vander(x))
