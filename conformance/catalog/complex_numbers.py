"""Complex numbers: arithmetic and products, and gradients between complex and real tensors."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Autograd mechanics: Autograd for Complex Numbers"
DTYPES = "Tensor Attributes: torch.dtype"
PRODUCTS = "complex_numbers::product_conjugates_the_other_factor"
REAL_LEAF = "complex_numbers::real_leaf_of_a_complex_product"


def numbers(torch, requires_grad=True):
    """Three complex numbers that no conjugation and no part leaves as they are."""
    return torch.tensor([1.5 + 2j, 0.75 - 0.5j, -2.25 - 1.25j], requires_grad=requires_grad)


def weights(torch):
    """An incoming gradient with three different directions."""
    return torch.tensor([0.5 - 1j, 2 + 0.25j, -1.5 + 3j])


@case(DTYPES)
def complex_literals(torch):
    """Complex literals make complex64, and a mixture with other numbers is complex."""
    yield "vector", torch.tensor([1 + 2j, 3.5 - 0.25j])
    yield "number", torch.tensor(2j)
    yield "mixed", torch.tensor([1j, 2, 0.5, True])
    yield "double", torch.tensor([1 + 2j], dtype=torch.complex128)
    yield "whole numbers made complex", torch.tensor([1, 2], dtype=torch.complex64)
    yield "full", torch.full((2,), 1.5 - 2j)
    yield "names", [str(torch.cfloat), str(torch.cdouble), torch.complex64.is_complex]
    yield "tensor's flags", [torch.is_complex(torch.tensor(1j)), torch.tensor(1j).is_floating_point()]
    yield "element size", torch.tensor(1j).element_size()
    yield "class", torch.tensor(1j).type()


@case(DTYPES, builds_on=("complex_numbers::complex_literals",))
def complex_factories(torch):
    """zeros, ones, eye and their likes make complex tensors where asked to."""
    kind = torch.complex64
    yield "zeros", torch.zeros(2, dtype=kind)
    yield "ones", torch.ones((2, 1), dtype=torch.complex128)
    yield "eye", torch.eye(2, dtype=kind)
    yield "ones_like", torch.ones_like(torch.tensor([2j]), requires_grad=True)
    yield "zeros_like in complex", torch.zeros_like(torch.tensor([2.5]), dtype=kind)
    yield "new_full", torch.tensor([2j]).new_full((2,), 1.5)
    yield "linspace", torch.linspace(0, 1, 5, dtype=kind)
    yield "arange", raises(lambda: torch.arange(3, dtype=kind))


@case(DTYPES, builds_on=("complex_numbers::complex_literals",))
def complex_prints_both_parts(torch):
    """Both parts of complex numbers are printed in columns of their own, each in its own notation."""
    yield "whole and not", torch.tensor([1 + 2.5j, 10 - 3j])
    yield "whole", torch.tensor([[1 + 2j, -30 - 4j], [0j, 5]])
    yield "one part in scientific notation", torch.tensor([1e-6 + 2j, 3 - 4.5j])
    yield "nan and inf", torch.tensor([complex("nan"), complex(1.5, float("-inf")), 2j])
    yield "signed zeros", torch.tensor([complex(-0.0, 0.0), complex(0.0, -0.0), complex(1.5, -0.0)])
    yield "number", torch.tensor(-1.25 + 0.5j)
    yield "double", torch.tensor([1.5 - 2j], dtype=torch.complex128)
    yield "empty", torch.tensor([], dtype=torch.complex64)
    yield "long", torch.tensor([complex(number, 0.5 - number) for number in range(12)])
    yield "tracked", torch.tensor([1.5 - 2j], requires_grad=True) * 2j


@case(PAGE)
def complex_arithmetic(torch):
    """Sums, differences, products, quotients and powers of complex numbers, and beside numbers."""
    x, y = numbers(torch, False), weights(torch)
    yield "x + y", x + y
    yield "x - y", x - y
    yield "x * y", x * y
    yield "x / y", x / y
    yield "-x", -x
    yield "x + 2j", x + 2j
    yield "2 - x", 2 - x
    yield "x * (1 - 2j)", x * (1 - 2j)
    yield "x / 4", x / 4
    yield "1j / x", 1j / x
    yield "x == y", x == x * 1
    yield "x != 0.75 - 0.5j", x != 0.75 - 0.5j


@case(PAGE)
def real_loss_of_complex_numbers(torch):
    """The gradient of a real loss points where it grows: that of |z|² is 2z, not 2 conj(z)."""
    z = numbers(torch)
    loss = (z.real**2 + z.imag**2).sum()
    loss.backward()
    yield "loss", loss
    yield "gradient", z.grad


@case(PAGE, builds_on=("complex_numbers::real_loss_of_complex_numbers",))
def descent_on_complex_numbers(torch):
    """Steps against the gradient take a complex number to the minimum of a real loss."""
    z = torch.tensor(3.0 - 4.0j, requires_grad=True)
    for step in range(5):
        loss = (z - (1 + 2j)).abs() ** 2
        (gradient,) = torch.autograd.grad(loss, z)
        z = (z - 0.25 * gradient).detach().requires_grad_()
        yield f"loss before step {step + 1}", loss
    yield "found", z


@case(PAGE)
def product_conjugates_the_other_factor(torch):
    """The gradient of a product is the incoming one times the conjugate of the other factor."""
    x, y = numbers(torch), weights(torch).requires_grad_()
    found = torch.autograd.grad(x * y, (x, y), torch.tensor([1 - 1j, 0.5j, 2.0]))
    yield "by x", found[0]
    yield "by y", found[1]
    yield "saved", (x * y).grad_fn._saved_other


@case(PAGE, builds_on=(PRODUCTS,))
def quotient_conjugates(torch):
    """The gradients of a quotient are divided by the conjugate of the divisor."""
    x, y = numbers(torch), weights(torch).requires_grad_()
    yield "x / y", torch.autograd.grad(x / y, (x, y), torch.tensor([1 - 1j, 0.5j, 2.0]))
    yield "1 / x", torch.autograd.grad(1 / x, x, weights(torch))
    yield "x / 2j", torch.autograd.grad(x / 2j, x, weights(torch))
    yield "reciprocal", torch.autograd.grad(x.reciprocal(), x, weights(torch))


@case(PAGE, builds_on=(PRODUCTS,))
def complex_numbers_as_factors(torch):
    """A complex Python number beside a complex tensor is conjugated in the gradient."""
    x = numbers(torch)
    yield "x * 2j", torch.autograd.grad(x * (0.5 + 2j), x, weights(torch))
    yield "x + 2j", torch.autograd.grad(x + 2j, x, weights(torch))
    yield "2j - x", torch.autograd.grad(2j - x, x, weights(torch))
    y = weights(torch).requires_grad_()
    yield "x + alpha * y", torch.autograd.grad(torch.add(x, y, alpha=1 + 2j), (x, y), weights(torch))
    yield "x - alpha * y", torch.autograd.grad(torch.sub(x, y, alpha=1 - 2j), (x, y), weights(torch))


@case(PAGE, builds_on=(PRODUCTS,))
def real_leaf_of_a_complex_product(torch):
    """A real factor receives the real part of the gradient; a complex one all of it."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    z = numbers(torch)
    out = x * z
    out.backward(weights(torch))
    yield "product", out
    yield "real factor's", x.grad
    yield "complex factor's", z.grad


@case(PAGE, builds_on=(REAL_LEAF,))
def real_leaf_through_each_operation(torch):
    """Whatever makes a real tensor complex sends back the real part of the gradient."""
    z = numbers(torch, False)
    operations = {
        "sum": lambda x: x + z,
        "difference": lambda x: z - x,
        "quotient": lambda x: x / z,
        "divisor": lambda x: z / x,
        "number": lambda x: x * (2 - 3j),
        "power": lambda x: x ** (0.5 + 1j),
        "base": lambda x: z**x,
        "exponent of a number": lambda x: (1 + 2j) ** x,
        "cast": lambda x: x.to(torch.complex64),
        "joined": lambda x: torch.cat([x, z])[:3],
    }
    for name, operation in operations.items():
        x = torch.tensor([1.5, 0.25, -0.5], requires_grad=True)
        yield name, torch.autograd.grad(operation(x), x, weights(torch))


@case(PAGE, builds_on=(REAL_LEAF,))
def real_leaf_that_was_broadcast(torch):
    """The gradient of a real leaf is made real before it is summed to the leaf's shape."""
    x = torch.tensor([[1.5], [-2.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(
        x * numbers(torch, False), x, weights(torch) * torch.tensor([[1.5], [0.5]]), create_graph=True
    )
    yield "gradient", gradient
    scalar = torch.tensor(2.5, requires_grad=True)
    yield "of a number", torch.autograd.grad(scalar * numbers(torch, False), scalar, weights(torch))


@case(PAGE, builds_on=(REAL_LEAF,))
def real_leaf_in_another_precision(torch):
    """The gradient of a float32 leaf beside complex128 is real and float32."""
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    z = numbers(torch, False).to(torch.complex128)
    yield "product", x * z
    yield "gradient", torch.autograd.grad(x * z, x, weights(torch).to(torch.complex128))
    double = x.detach().double().requires_grad_()
    yield (
        "float64 beside complex64",
        torch.autograd.grad(double * numbers(torch, False), double, weights(torch).to(torch.complex128)),
    )


@case(PAGE)
def complex_roots_are_refused(torch):
    """`backward` of a complex number needs a gradient; the refusal names the dtype."""
    z = numbers(torch)
    yield "number", raises(lambda: z.sum().backward())
    yield "vector", raises(lambda: z.backward())
    yield "grad", raises(lambda: torch.autograd.grad(z.prod(), z))
    yield "double", raises(lambda: (z.sum() * torch.tensor(1j, dtype=torch.complex128)).backward())
    z.sum().backward(torch.tensor(2 - 1j))
    yield "with a gradient", z.grad


@case(PAGE, builds_on=("complex_numbers::complex_roots_are_refused",))
def incoming_gradient_of_another_kind(torch):
    """The incoming gradient of a complex root must be complex, and of a real root real."""
    z = numbers(torch)
    yield "real for complex", raises(lambda: (z * 2).backward(torch.tensor([1.0, 2.0, 3.0])))
    yield "complex for real", raises(lambda: z.abs().backward(weights(torch)))
    yield "other precision", torch.autograd.grad(z * 2j, z, weights(torch).to(torch.complex128))


@case(PAGE)
def assigned_gradient_of_a_complex_leaf(torch):
    """`.grad` of a complex leaf must be complex."""
    z = numbers(torch)

    def assign():
        z.grad = torch.tensor([1.0, 2.0, 3.0])

    yield "real", raises(assign)
    z.grad = weights(torch)
    (z * 2j).backward(weights(torch))
    yield "added to", z.grad


@case(PAGE)
def complex_reductions(torch):
    """Sums, means, running sums and products of complex numbers, with their gradients."""
    z = torch.tensor([[1.5 + 2j, 0.75 - 0.5j], [-2.25 - 1.25j, 0.5 + 1j]], requires_grad=True)
    single, pair = torch.tensor(2 - 0.5j), torch.tensor([2 - 0.5j, 1j])
    for name, result, incoming in (
        ("sum", z.sum(), single),
        ("sum over rows", z.sum(1), pair),
        ("mean", z.mean(), single),
        ("mean over columns", z.mean(0, keepdim=True), pair.reshape(1, 2)),
        ("prod", z.prod(), single),
        ("prod over rows", z.prod(1), pair),
        ("cumsum", z.cumsum(0), torch.stack([pair, pair * 1j])),
        ("logsumexp", z.logsumexp(1), pair),
    ):
        yield name, result
        yield f"gradient of {name}", torch.autograd.grad(result, z, incoming)


@case(PAGE, builds_on=("complex_numbers::complex_reductions",))
def complex_products_with_zeros(torch):
    """The derivative of a complex product with zeros is the conjugate of the product of the others."""
    for name, parts in (("one", [1 + 2j, 0j, 3 - 1j]), ("two", [0j, 2 - 1j, 0j])):
        z = torch.tensor(parts, requires_grad=True)
        yield f"{name} zeros", torch.autograd.grad(z.prod(), z, torch.tensor(2 - 0.5j))


@case(PAGE, builds_on=("complex_numbers::complex_reductions",))
def complex_spread_is_real(torch):
    """Variances, deviations and norms of complex numbers are real, their gradients complex."""
    z = numbers(torch)
    weight = torch.tensor(2.5)
    for name, result in (
        ("var", z.var()),
        ("var without correction", z.var(correction=0)),
        ("std", z.std()),
        ("norm", z.norm()),
        ("1-norm", z.norm(1)),
        ("3-norm", z.norm(3)),
        ("largest", z.norm(float("inf"))),
    ):
        yield name, result
        yield f"gradient of {name}", torch.autograd.grad(result, z, weight)


@case(PAGE, builds_on=(PRODUCTS,))
def complex_matrix_products(torch):
    """The gradients of a matrix product are products with the conjugate transpose of the other factor."""
    a = torch.tensor([[1 + 2j, -0.5j], [2.0, 1 - 1j], [0.5 + 0.5j, -3j]], requires_grad=True)
    b = torch.tensor([[2 - 1j, 1.5], [0.25j, -1 + 1j]], requires_grad=True)
    v = torch.tensor([1 - 1j, 2j], requires_grad=True)
    w = torch.tensor([0.5 + 1j, -2.0], requires_grad=True)
    matrix = torch.tensor([[1j, 2.0], [0.5, 1 - 1j], [-1.0, 0.25j]])
    products = {
        "mm": (a @ b, (a, b), matrix),
        "mv": (a @ v, (a, v), matrix[:, 0]),
        "vm": (v @ b, (v, b), matrix[0]),
        "dot": (v @ w, (v, w), torch.tensor(2 - 0.5j)),
        "vdot": (torch.vdot(v, w), (v, w), torch.tensor(2 - 0.5j)),
        "outer": (torch.outer(v, w), (v, w), matrix[:2]),
        "transposed": (b.t() @ a.t(), (a, b), matrix.t()),
        "bmm": (torch.stack([a, a * 1j]) @ torch.stack([b, b]), (a, b), torch.stack([matrix, -matrix])),
        "addmm": (torch.addmm(matrix, a, b, beta=2, alpha=1 + 1j), (a, b), matrix),
    }
    for name, (product, factors, incoming) in products.items():
        yield name, product
        yield f"gradients of {name}", torch.autograd.grad(product, factors, incoming)


@case(PAGE, builds_on=("complex_numbers::complex_matrix_products",))
def real_matrix_times_complex_matrix(torch):
    """Matrix products do not promote: a real beside a complex matrix is refused."""
    real, mixed = torch.tensor([[1.0, 2.0]]), torch.tensor([[1j], [2.0]])
    yield "mm", raises(lambda: real @ mixed)
    yield "mv", raises(lambda: real @ mixed[:, 0])
    yield "dot", raises(lambda: real[0] @ mixed[:, 0])


@case(PAGE, builds_on=(PRODUCTS,))
def complex_powers(torch):
    """Powers of complex numbers, by numbers and by tensors, with their gradients."""
    z = numbers(torch)
    exponents = torch.tensor([2 - 1j, 0.5j, 1.5], requires_grad=True)
    for name, result in (
        ("square", z.square()),
        ("z ** 3", z**3),
        ("z ** -1", z**-1),
        ("z ** 0.5", z**0.5),
        ("z ** 0", z**0),
        ("z ** (1.5 + 1j)", z ** (1.5 + 1j)),
        ("2 ** z", 2**z),
        ("(1 - 2j) ** z", (1 - 2j) ** z),
    ):
        yield name, result
        yield f"gradient of {name}", torch.autograd.grad(result, z, weights(torch))
    yield "tensors", z**exponents
    yield "gradients", torch.autograd.grad(z**exponents, (z, exponents), weights(torch))


@case(PAGE, builds_on=(PRODUCTS,))
def graph_of_a_complex_gradient(torch):
    """The graph of a complex gradient shows the conjugations."""
    z, y = numbers(torch), weights(torch).requires_grad_()
    incoming = torch.tensor([1 - 1j, 0.5j, 2.0], requires_grad=True)
    for name, result in (("product", z * y), ("quotient", z / y), ("exp", z.exp()), ("square", z.square())):
        yield name, torch.autograd.grad(result, z, incoming, create_graph=True)
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    yield "real factor", torch.autograd.grad(x * y, x, incoming, create_graph=True)


@case(PAGE, builds_on=("complex_numbers::graph_of_a_complex_gradient",))
def second_derivatives_of_complex_functions(torch):
    """Second derivatives pass through conjugations, too."""
    for name, function in (
        ("product", lambda z: z * z * 1j),
        ("exp", lambda z: z.exp()),
        ("reciprocal", lambda z: 1 / z),
        ("abs", lambda z: z.abs() * 1j),
        ("tanh", lambda z: z.tanh()),
        ("sigmoid", lambda z: z.sigmoid()),
    ):
        z = numbers(torch)
        incoming = weights(torch).requires_grad_()
        (gradient,) = torch.autograd.grad(function(z), z, incoming, create_graph=True)
        second = torch.autograd.grad(gradient, (z, incoming), torch.tensor([2 - 1j, 0.5, 1j]))
        yield f"by z, {name}", second[0]
        yield f"by the incoming gradient, {name}", second[1]


@case(PAGE)
def complex_gradients_accumulate(torch):
    """Complex gradients of several uses are added, also into a real leaf."""
    z = numbers(torch)
    x = torch.tensor([1.5, -2.0, 0.5], requires_grad=True)
    for factor in (1j, 2 - 1j):
        ((z * x).sum() * factor + x.sum() * 2).backward(torch.tensor(1 + 0.5j))
    yield "complex leaf", z.grad
    yield "real leaf", x.grad


@case(PAGE, builds_on=(PRODUCTS,))
def complex_changes_in_place(torch):
    """In-place arithmetic on complex results is recorded with conjugating formulas."""
    z = numbers(torch)
    out = z * 1
    out.mul_(weights(torch)).add_(2j).div_(1 + 1j)
    yield "result", out
    yield "gradient", torch.autograd.grad(out, z, weights(torch))
    yield "real by complex", raises(lambda: torch.tensor([1.5]).mul_(1j))
    yield "real by a complex tensor", raises(lambda: torch.tensor([1.5]).add_(torch.tensor([1j])))


@case(PAGE)
def shapes_of_complex_tensors(torch):
    """Indexing, joining and reshaping pass complex gradients on unchanged."""
    z = torch.tensor([[1.5 + 2j, 0.75 - 0.5j], [-2.25 - 1.25j, 0.5 + 1j]], requires_grad=True)
    incoming = torch.tensor([[0.5 - 1j, 2 + 0.25j], [-1.5 + 3j, 1j]])
    for name, result, gradient in (
        ("reshape", z.reshape(4), incoming.reshape(4)),
        ("transpose", z.t(), incoming),
        ("row", z[1], incoming[0]),
        ("element", z[0, 1], incoming[1, 1]),
        ("stack", torch.stack([z, z * 1j]), torch.stack([incoming, incoming])),
        ("expand", z[0].expand(3, 2), incoming[[0, 1, 0]]),
        ("where", torch.where(torch.tensor([True, False]), z, 1j), incoming),
        ("masked_fill", z.masked_fill(torch.tensor([True, False]), 2 - 1j), incoming),
    ):
        yield name, result
        yield f"gradient of {name}", torch.autograd.grad(result, z, gradient)
