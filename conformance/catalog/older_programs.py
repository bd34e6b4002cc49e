"""What programs of years ago call: numbers before the tensors that they scale, and names that have been taken away."""

from __future__ import annotations

from conformance import case, raises

POINTWISE = "torch: Math operations, Pointwise Ops"
PRODUCTS = "torch: BLAS and LAPACK Operations"
TENSOR = "torch.Tensor: Tensor class reference"


def _pair(torch):
    return torch.tensor([1.5, -2.0], requires_grad=True), torch.tensor([3.0, 0.5], requires_grad=True)


@case(POINTWISE)
def factor_before_the_other_operand(torch):
    """`add(alpha, other)` and `sub(alpha, other)` take the factor first, as functions and methods and in place."""
    x, y = _pair(torch)
    found = torch.add(x, 2, y) + x.sub(-0.5, y)
    yield "value", found
    found.backward(torch.tensor([1.0, -3.0]))
    yield "gradients", [x.grad, y.grad]
    p = torch.tensor([1.0, 4.0])
    yield "in place", [p.add_(-0.1, torch.tensor([2.0, 5.0])), p._version]
    yield "a tensor for the factor", p.sub_(torch.tensor(0.5), torch.tensor([2.0, 4.0]))
    yield "refused", raises(lambda: p.add_(torch.tensor([1.0, 2.0]), torch.tensor([1.0, 2.0])))


@case(POINTWISE)
def value_before_the_tensors_of_addcmul(torch):
    """`addcmul(value, a, b)` and `addcdiv(value, a, b)` take the factor first, as old optimizers call them."""
    x, y = _pair(torch)
    found = x.addcmul(0.5, y, y) + x.addcdiv(-2, x, y)
    yield "value", found
    found.backward(torch.tensor([1.0, -3.0]))
    yield "gradients", [x.grad, y.grad]
    grad, average, square = torch.tensor([0.5, -2.0]), torch.zeros(2), torch.zeros(2)
    average.mul_(0.9).add_(1 - 0.9, grad)
    square.mul_(0.99).addcmul_(1 - 0.99, grad, grad)
    yield "of Adam", [average, square]
    yield "its step", torch.tensor([1.0, 2.0]).addcdiv_(-0.1, average, square.sqrt().add_(1e-8))


@case(PRODUCTS)
def factors_among_the_operands_of_products(torch):
    """`addmm(beta, input, alpha, a, b)` and alike take their numbers by position, one of them or both."""
    m = torch.tensor([[1.0, -2.0], [0.5, 3.0]], requires_grad=True)
    v = torch.tensor([2.0, -1.0])
    b = m.detach().unsqueeze(0)
    found = torch.addmm(2, m, 3, m, m) + m.addmm(0.5, m, m)
    yield "addmm", found
    found.backward(torch.tensor([[1.0, 0.5], [-1.0, 2.0]]))
    yield "gradient", m.grad
    n = m.detach()
    yield "addmv", [torch.addmv(2, v, 3, n, v), v.addmv(0.5, -1, n, v), v.clone().addmv_(2, n, v)]
    yield "addr", [torch.addr(2, n, 3, v, v), n.addr(0.5, -1, v, v), n.clone().addr_(2, v, v)]
    yield "addbmm", [torch.addbmm(2, n, 3, b, b), n.addbmm(0.5, b, b)]
    yield "baddbmm", [torch.baddbmm(2, b, 3, b, b), b.baddbmm(0.5, b, b), b.clone().baddbmm_(2, -1, b, b)]


@case(PRODUCTS)
def functions_of_linear_algebra_taken_away(torch):
    """`eig`, `symeig`, `solve`, `lstsq` and `matrix_rank` of `torch` are gone, and say what to call instead."""
    m = torch.tensor([[2.0, 1.0], [1.0, 3.0]])
    yield "eig", raises(lambda: torch.eig(m, eigenvectors=True))
    yield "symeig", raises(lambda: torch.symeig(m))
    yield "solve", raises(lambda: torch.solve(m, m))
    yield "lstsq", raises(lambda: torch.lstsq(m, m))
    yield "matrix_rank", raises(lambda: torch.matrix_rank(m))
    yield "methods", [raises(lambda: m.eig()), raises(lambda: m.symeig()), raises(lambda: m.solve(m))]


@case(TENSOR)
def resize_out_of_place(torch):
    """`resize` and `resize_as` give the elements in another shape, and refuse another number of them."""
    x = torch.tensor([1.5, -2.0, 0.5, 3.0], requires_grad=True)
    y = x.resize(2, 2)
    yield "result", y
    (y * torch.tensor([[1.0, -1.0], [2.0, 0.5]])).sum().backward()
    yield "gradient", x.grad
    yield "like another", x.resize_as(torch.ones(4, 1))
    yield "too few", raises(lambda: x.resize(3))


@case(TENSOR)
def reinforce_taken_away(torch):
    """`reinforce` of tensors is gone, and says how to write the same with distributions."""
    yield raises(lambda: torch.tensor([1.0]).reinforce(2.0))
