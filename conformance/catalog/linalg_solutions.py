"""torch.linalg: determinants, inverses, and solutions of linear equations."""

from __future__ import annotations

from conformance import case, raises

LINALG = "torch.linalg: Solvers"


def _numbers(torch, *sizes):
    count = 1
    for size in sizes:
        count *= size
    return (torch.arange(float(count)) * 0.75 - 2).reshape(sizes).requires_grad_()


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


@case(LINALG)
def det(torch):
    """The determinant and its gradient; batches give one each."""
    a = _regular(torch)
    y = torch.linalg.det(a)
    yield "det", y
    yield "gradient", torch.autograd.grad(y, a, torch.tensor(0.5, dtype=torch.float64))
    both = torch.stack([a, a * 2])
    yield "of two", torch.det(both)
    yield "gradient of two", _gradient(torch, both.det(), a)
    yield "of a singular one", torch.linalg.det(_singular(torch))


@case(LINALG)
def det_of_a_singular_matrix_has_no_gradient(torch):
    """Where the determinant is 0, PyTorch multiplies its gradient by it: it is 0, and not the matrix of cofactors."""
    a = torch.tensor([[1.0, 2.0], [2.0, 4.0]], dtype=torch.float64, requires_grad=True)
    yield "gradient", torch.autograd.grad(torch.linalg.det(a), a, torch.tensor(3.0, dtype=torch.float64))


@case(LINALG)
def slogdet_and_logdet(torch):
    """slogdet gives a sign and a logarithm by name; logdet is nan for negative determinants."""
    a = _regular(torch)
    sign, logarithm = torch.linalg.slogdet(a)
    yield "sign", sign
    yield "logarithm", logarithm
    yield "gradient", torch.autograd.grad(logarithm, a, torch.tensor(1.5, dtype=torch.float64))
    yield "printed", repr(torch.linalg.slogdet(a.detach()))
    yield "logdet", torch.logdet(a)
    yield "gradient of logdet", torch.autograd.grad(a.logdet(), a, torch.tensor(-0.5, dtype=torch.float64))
    yield "logdet of a negative one", torch.logdet(torch.tensor([[0.5, 2.0], [1.5, 1.0]]))
    yield "of a singular one", torch.linalg.slogdet(_singular(torch)).logabsdet


@case(LINALG)
def inverse(torch):
    """The inverse, its gradient, and its second derivative."""
    a = _regular(torch)
    y = torch.linalg.inv(a)
    yield "inv", y
    yield "strides", y.stride()
    weights = _right(torch).detach() @ torch.tensor([[1.0, 2.0, -1.0], [0.5, 0.25, 3.0]], dtype=torch.float64)
    (first,) = torch.autograd.grad(y, a, weights, create_graph=True)
    yield "gradient", first
    yield "second", torch.autograd.grad(first, a, weights.t())
    yield "torch.inverse", torch.inverse(a.detach().float())
    yield "of two", torch.stack([a, a.t() * 2]).inverse()


@case(LINALG)
def singular_matrices_are_refused(torch):
    """What cannot be inverted raises torch.linalg.LinAlgError, which names the place and the matrix of a batch."""
    s = _singular(torch)
    batch = torch.stack([torch.eye(2), s])
    yield "inv", raises(lambda: torch.linalg.inv(s))
    yield "inv of a batch", raises(lambda: torch.linalg.inv(batch))
    yield "inverse", raises(lambda: s.inverse())
    yield "solve", raises(lambda: torch.linalg.solve(s, torch.ones(2)))
    yield "solve of a batch", raises(lambda: torch.linalg.solve(batch, torch.ones(2, 2, 1)))
    yield "inv_ex says where", torch.linalg.inv_ex(s).info
    yield "inv_ex, checked", raises(lambda: torch.linalg.inv_ex(s, check_errors=True))
    yield "solve_ex says where", torch.linalg.solve_ex(batch, torch.ones(2, 2, 1)).info
    yield "a RuntimeError", issubclass(torch.linalg.LinAlgError, RuntimeError)


@case(LINALG)
def shapes_and_types_are_refused(torch):
    """Functions of matrices name what they need: floating numbers, two dimensions, squares."""
    wide, vector, whole = torch.ones(2, 3), torch.ones(2), torch.eye(2, dtype=torch.int64)
    for name in ("det", "inv", "slogdet", "cholesky", "eigh", "eigvals", "matrix_exp"):
        function = getattr(torch.linalg, name)
        yield f"{name} of a wide matrix", raises(lambda function=function: function(wide))
        yield f"{name} of a vector", raises(lambda function=function: function(vector))
        yield f"{name} of integers", raises(lambda function=function: function(whole))
    for name in ("svd", "qr", "lu", "lu_factor"):
        yield f"{name} of a vector", raises(lambda name=name: getattr(torch.linalg, name)(vector))


@case(LINALG)
def solve(torch):
    """solve divides by a matrix, from the left or the right, a vector or several columns."""
    a, b = _regular(torch), _right(torch)
    v = b[:, 0].detach().requires_grad_()
    results = {
        "columns": (torch.linalg.solve(a, b), (a, b)),
        "a vector": (torch.linalg.solve(a, v), (a, v)),
        "from the right": (torch.linalg.solve(a, b.t(), left=False), (a, b)),
        "two matrices": (torch.linalg.solve(torch.stack([a, a.t()]), b), (a, b)),
    }
    for name, (y, inputs) in results.items():
        yield name, y
        yield f"gradients of {name}", _gradient(torch, y, inputs)
    yield "solve_ex", torch.linalg.solve_ex(a, b).result
    yield "not fitting", raises(lambda: torch.linalg.solve(a, b[:2]))
    yield "other types", raises(lambda: torch.linalg.solve(a, v.float()))
    yield "not square", raises(lambda: torch.linalg.solve(b, v))


@case(LINALG)
def solve_of_complex_numbers(torch):
    """Gradients of complex equations conjugate."""
    a = torch.tensor([[2.0 + 1j, -1j], [0.5, 3.0 - 2j]], dtype=torch.complex128, requires_grad=True)
    v = torch.tensor([1.0 - 1j, 2.0 + 0.5j], dtype=torch.complex128, requires_grad=True)
    y = torch.linalg.solve(a, v)
    yield "solution", y
    yield "gradients", torch.autograd.grad(y, (a, v), torch.tensor([1.0 + 2j, -0.5j], dtype=torch.complex128))
    yield "det", torch.linalg.det(a)
    yield "gradient of inv", torch.autograd.grad(torch.linalg.inv(a).abs().sum(), a)


@case(LINALG)
def solve_triangular(torch):
    """solve_triangular looks at one triangle only, and gives a gradient for that one only."""
    a, b = _regular(torch), _right(torch)
    for upper in (True, False):
        for unitriangular in (True, False):
            y = torch.linalg.solve_triangular(a, b, upper=upper, unitriangular=unitriangular)
            label = f"upper={upper}, unitriangular={unitriangular}"
            yield label, y
            yield f"gradients, {label}", _gradient(torch, y, (a, b))
    yield "from the right", torch.linalg.solve_triangular(a, b.t(), upper=False, left=False)
    yield "not fitting", raises(lambda: torch.linalg.solve_triangular(a, b.t(), upper=True))
    yield "torch.triangular_solve", torch.triangular_solve(b, a, upper=False)


@case(LINALG)
def lu(torch):
    """lu, lu_factor and lu_solve: the triangles, and what is solved by them."""
    a, b = _regular(torch), _right(torch)
    p, lower, upper = torch.linalg.lu(a)
    yield "P", p
    yield "L", lower
    yield "U", upper
    yield (
        "gradient of the triangles",
        torch.autograd.grad((lower, upper), a, (a.detach() * 2, a.detach().t())),
    )
    packed, pivots = torch.linalg.lu_factor(a)
    yield "packed", packed
    yield "pivots", pivots
    y = torch.linalg.lu_solve(packed, pivots, b)
    yield "solved", y
    yield "gradients through the factorization", _gradient(torch, y, (a, b))
    yield (
        "solved by the adjoint",
        torch.linalg.lu_solve(packed.detach(), pivots, b.t(), left=False, adjoint=True),
    )
    yield "unpacked", torch.lu_unpack(packed.detach(), pivots)[2]
    yield "singular", raises(lambda: torch.linalg.lu_factor(_singular(torch)))
    yield "singular, with its place", torch.linalg.lu_factor_ex(_singular(torch)).info


@case(LINALG)
def tensors_as_matrices(torch):
    """tensorinv and tensorsolve take several dimensions together."""
    a = (
        torch.eye(4, dtype=torch.float64) * 2 + torch.arange(16.0, dtype=torch.float64).view(4, 4) * 0.1
    ).requires_grad_()
    y = torch.linalg.tensorinv(a.view(2, 2, 4), ind=2)
    yield "tensorinv", y
    yield "gradient", _gradient(torch, y, a)
    z = torch.linalg.tensorsolve(a.view(2, 2, 2, 2), _numbers(torch, 2, 2).double())
    yield "tensorsolve", z
    yield "not square", raises(lambda: torch.linalg.tensorinv(torch.ones(2, 3)))
    yield "not fitting", raises(lambda: torch.linalg.tensorsolve(torch.ones(2, 3), torch.ones(2)))


@case(LINALG)
def least_squares(torch):
    """lstsq finds what leaves the smallest residuals; the pseudo-inverse does so for all right sides."""
    a = torch.tensor([[1.0, 2.0], [3.0, -1.0], [0.5, 4.0]], dtype=torch.float64, requires_grad=True)
    b = _right(torch)
    found = torch.linalg.lstsq(a, b)
    yield "solution", found.solution
    yield "rank", found.rank
    yield "gradients", _gradient(torch, found.solution, (a, b))
    y = torch.linalg.pinv(a)
    yield "pinv", y
    yield "gradient of pinv", _gradient(torch, y, a)
    yield "pinv of a wide matrix", torch.pinverse(a.t())
    yield "pinv of a singular one", torch.linalg.pinv(_singular(torch), hermitian=True)
    yield "unknown driver", raises(lambda: torch.linalg.lstsq(a, b, driver="x"))
    yield "not fitting", raises(lambda: torch.linalg.lstsq(a, b[:2]))
    yield "rank of a singular one", torch.linalg.matrix_rank(_singular(torch))
    yield (
        "rank within a tolerance",
        torch.linalg.matrix_rank(torch.diag(torch.tensor([3.0, 0.5, 0.1])), atol=0.2),
    )
