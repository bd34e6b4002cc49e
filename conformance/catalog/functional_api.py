"""`torch.autograd.functional`: products with Jacobians and Hessians, and the matrices themselves."""

from __future__ import annotations

from conformance import case

PAGE = "torch.autograd: Functional higher level API"


def _named(name):
    return f"torch.autograd: torch.autograd.functional.{name}"


@case(_named("vjp"))
def vector_times_jacobian(torch):
    """`vjp` gives the outputs and the product of a vector with the Jacobian, both without a graph."""
    functional = torch.autograd.functional
    x = torch.tensor([0.5, -1.5, 0.75])
    outputs, product = functional.vjp(lambda x: x.exp() * x[0], x, torch.tensor([3.0, -0.5, 2.0]))
    yield "outputs", outputs
    yield "product", product
    yield "x", x


@case(_named("vjp"))
def vjp_of_a_single_number(torch):
    """For a single number the vector may be left out."""
    x = torch.tensor([0.5, -1.5, 0.75])
    yield "0-d", torch.autograd.functional.vjp(lambda x: (x**3).sum(), x)
    yield "one element", torch.autograd.functional.vjp(lambda x: (x**3).sum(0, True), x)


@case(_named("vjp"))
def vjp_of_tuples(torch):
    """Tuples of inputs and outputs give tuples of the same structure; what does not matter gets zeros."""
    functional = torch.autograd.functional
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.5, 0.25])
    vectors = (torch.tensor([3.0, -0.5]), torch.tensor(2.0))
    yield "two inputs and outputs", functional.vjp(lambda x, y: (x * y, x.prod()), (x, y), vectors)
    yield "a tuple of one", functional.vjp(lambda x: (x**2,), (x,), (vectors[0],))
    yield "unused input", functional.vjp(lambda x, y: x**2, (x, y), vectors[0])


@case(_named("jvp"))
def jacobian_times_vector(torch):
    """`jvp` gives the outputs and the product of the Jacobian with a vector, both without a graph."""
    x = torch.tensor([0.5, -1.5, 0.75])
    outputs, product = torch.autograd.functional.jvp(
        lambda x: x.exp() * x[0], x, torch.tensor([3.0, -0.5, 2.0])
    )
    yield "outputs", outputs
    yield "product", product


@case(_named("jvp"))
def jvp_of_tuples(torch):
    """The product has the outputs' structure; the vector has the inputs'."""
    functional = torch.autograd.functional
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.5, 0.25])
    vectors = (torch.tensor([3.0, -0.5]), torch.tensor([2.0, 4.0]))
    yield "two inputs and outputs", functional.jvp(lambda x, y: (x * y, x.prod()), (x, y), vectors)
    yield "no vector", functional.jvp(lambda x: x * torch.tensor([2.0, 3.0]), torch.tensor([1.5]))
    yield "constant output", functional.jvp(lambda x: (x**2, torch.ones(3)), x, vectors[0])


@case(_named("hvp"))
def hessian_times_vector(torch):
    """`hvp` and `vhp` give the same product of the Hessian with a vector."""
    x = torch.tensor([0.5, -1.5, 0.75], dtype=torch.float64)
    vector = torch.tensor([3.0, -0.5, 2.0], dtype=torch.float64)
    for name in ("hvp", "vhp"):
        function = getattr(torch.autograd.functional, name)
        outputs, product = function(lambda x: (x.exp() * x.prod()).sum(), x, vector)
        yield f"output of {name}", outputs
        yield f"product of {name}", product
        yield f"{name} without a vector", function(lambda x: (x**4).sum(), torch.tensor([1.5]))


@case(_named("vhp"))
def hessian_products_of_tuples(torch):
    """With several inputs the product takes all blocks of the Hessian together."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.5, 0.25])
    vectors = (torch.tensor([3.0, -0.5]), torch.tensor([2.0, 4.0]))
    for name in ("hvp", "vhp"):
        function = getattr(torch.autograd.functional, name)
        yield name, function(lambda x, y: (x**2 * y).sum() + y.prod(), (x, y), vectors)
        yield f"{name} with an unused input", function(lambda x, y: (x**3).sum(), (x, y), vectors)
        yield f"{name} of a linear function", function(lambda x: (x * 3).sum(), x, vectors[0])


@case(_named("jacobian"))
def jacobian_of_one_function(torch):
    """The Jacobian's shape is the output's followed by the input's."""
    functional = torch.autograd.functional
    x = torch.tensor([[0.5, -1.5], [0.75, 2.5]])
    yield "matrix to matrix", functional.jacobian(lambda x: x @ x, x)
    yield "matrix to vector", functional.jacobian(lambda x: x.prod(1), x)
    yield "matrix to number", functional.jacobian(lambda x: x.prod(), x)
    yield "number to vector", functional.jacobian(lambda x: x * torch.tensor([2.0, 3.0]), torch.tensor(1.5))


@case(_named("jacobian"))
def jacobian_of_tuples(torch):
    """Several outputs and inputs give a tuple of tuples: first by output, then by input."""
    functional = torch.autograd.functional
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.5])
    yield "both", functional.jacobian(lambda x, y: (x * y, x.prod()), (x, y))
    yield "two outputs", functional.jacobian(lambda x: (x**2, x.prod()), x)
    yield "two inputs", functional.jacobian(lambda x, y: x * y, (x, y))
    yield "constant output", functional.jacobian(lambda x: (torch.ones(2), x * 3), x)
    yield "tuples of one", functional.jacobian(lambda x: (x**2,), (x,))


@case(_named("jacobian"))
def jacobian_with_a_graph(torch):
    """With `create_graph=True` the Jacobian can be differentiated, by what the inputs were made of."""
    leaf = torch.tensor([0.5, -1.5], requires_grad=True)
    x = leaf * 2
    plain = torch.autograd.functional.jacobian(lambda x: x**3, x)
    yield "without", plain.requires_grad
    matrix = torch.autograd.functional.jacobian(lambda x: x**3, x, create_graph=True)
    yield "requires_grad", matrix.requires_grad
    (matrix * torch.tensor([[1.0, 3.0], [5.0, 0.5]])).sum().backward()
    yield "gradient", leaf.grad


@case(PAGE)
def products_with_a_graph(torch):
    """With `create_graph=True` outputs and products require grad and lead back to the inputs' own graph."""
    functional = torch.autograd.functional
    for name in ("vjp", "jvp", "hvp", "vhp"):
        leaf = torch.tensor([0.5, -1.5], requires_grad=True)
        outputs, product = getattr(functional, name)(
            lambda x: (x**4).sum(0, True),
            leaf * 2,
            None if name == "vjp" else torch.tensor([3.0, -0.5]),
            create_graph=True,
        )
        yield f"outputs of {name}", outputs.detach()
        yield f"requires_grad of {name}", (outputs.requires_grad, product.requires_grad)
        (grad,) = torch.autograd.grad(product.sum(), leaf)
        yield f"derivative of {name}", grad


@case(PAGE)
def callers_modes_and_tensors_stay(torch):
    """The function runs with gradients enabled also under `no_grad`, and the caller's tensors are not touched."""
    functional = torch.autograd.functional
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    seen = []

    def function(given):
        seen.append((given is x, given.requires_grad, given.is_leaf, torch.is_grad_enabled()))
        return (given**3).sum()

    with torch.no_grad():
        yield "vjp", functional.vjp(function, x)[1]
        yield "hessian", functional.hessian(function, x)
        yield "still off", torch.is_grad_enabled()
    functional.jvp(function, x, x, create_graph=True)
    functional.jacobian(function, torch.tensor([1.5]))
    yield "seen", seen
    yield "gradient of x", x.grad


@case(_named("hessian"))
def hessian_of_one_function(torch):
    """The Hessian's shape is the input's twice."""
    functional = torch.autograd.functional
    yield "vector", functional.hessian(lambda x: (x.exp() * x[0]).sum(), torch.tensor([0.5, -1.5]))
    yield "matrix", functional.hessian(lambda x: (x @ x).prod(), torch.tensor([[0.5, -1.5], [0.75, 2.5]]))
    yield "number", functional.hessian(lambda x: x**4, torch.tensor(1.5))
    yield "one element", functional.hessian(lambda x: (x**4).sum(0, True), torch.tensor([0.5, -1.5]))


@case(_named("hessian"))
def hessian_of_tuples(torch):
    """Several inputs give all blocks, as a tuple of tuples; blocks of inputs that do not meet are zeros."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.5])
    yield "blocks", torch.autograd.functional.hessian(lambda x, y: (x**2 * y).sum(), (x, y))
    yield "apart", torch.autograd.functional.hessian(lambda x, y: (x**3).sum() + (y**4).sum(), (x, y))
    yield "tuple of one", torch.autograd.functional.hessian(lambda x: (x**3).sum(), (x,))


@case(_named("hessian"))
def hessian_with_a_graph(torch):
    """With `create_graph=True` the Hessian has derivatives: the third ones of the function."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    matrix = torch.autograd.functional.hessian(lambda x: (x**4).sum() + x.prod() ** 3, x, create_graph=True)
    yield "Hessian", matrix.detach()
    (grad,) = torch.autograd.grad((matrix * torch.tensor([[1.0, 3.0], [5.0, 0.5]])).sum(), x)
    yield "derivative", grad


@case(_named("jacobian"))
def vectorized_jacobian(torch):
    """`vectorize=True` gives the same Jacobians."""
    functional = torch.autograd.functional
    x, y = torch.tensor([[0.5, -1.5], [0.75, 2.5]]), torch.tensor([2.5, 0.25])
    yield "one", functional.jacobian(lambda x: x @ x, x, vectorize=True)
    yield "tuples", functional.jacobian(lambda x, y: (x @ y, y.prod()), (x, y), vectorize=True)
    yield "unused input", functional.jacobian(lambda x, y: x @ x, (x, y), vectorize=True)
    yield "hessian", functional.hessian(lambda x: (x @ x).prod(), x, vectorize=True)


@case(_named("jacobian"))
def jacobian_by_forward_mode(torch):
    """`strategy="forward-mode"` gives the Jacobian column by column, and lists for several outputs."""
    functional = torch.autograd.functional
    x, y = torch.tensor([[0.5, -1.5], [0.75, 2.5]]), torch.tensor([2.5, 0.25])
    options = {"vectorize": True, "strategy": "forward-mode"}
    yield "one", functional.jacobian(lambda x: x.exp() @ x, x, **options)
    yield "tuples", functional.jacobian(lambda x, y: (x @ y, y.prod()), (x, y), **options)
    yield "two outputs", functional.jacobian(lambda y: (y * 3, y.prod()), y, **options)
    yield "two inputs", functional.jacobian(lambda x, y: x @ y, (x, y), **options)


@case(_named("hessian"))
def hessian_by_forward_mode(torch):
    """`outer_jacobian_strategy="forward-mode"` runs forward mode over backward."""
    functional = torch.autograd.functional
    x = torch.tensor([0.5, -1.5], dtype=torch.float64)
    matrix = functional.hessian(
        lambda x: (x.exp() * x[0]).sum(), x, vectorize=True, outer_jacobian_strategy="forward-mode"
    )
    yield "Hessian", matrix.detach()


@case(PAGE)
def strict_functions(torch):
    """In strict mode a function that depends on all its inputs gives the same as otherwise."""
    functional = torch.autograd.functional
    x, vector = torch.tensor([0.5, -1.5]), torch.tensor([3.0, -0.5])
    for name in ("vjp", "jvp"):
        yield name, getattr(functional, name)(lambda x: x.exp() * x[0], x, vector, strict=True)[1]
    for name in ("vhp", "hvp"):
        yield name, getattr(functional, name)(lambda x: (x**3).sum(), x, vector, strict=True)[1]
    yield "jacobian", functional.jacobian(lambda x: x.exp() * x[0], x, strict=True)
    yield "hessian", functional.hessian(lambda x: (x**3).sum(), x, strict=True)


@case(_named("jacobian"))
def vectorized_functions_are_called_once(torch):
    """With `vectorize=True` the function is called once, for rows and for columns."""
    functional = torch.autograd.functional
    x = torch.tensor([0.5, -1.5, 0.75])
    for strategy in ("reverse-mode", "forward-mode"):
        calls = []

        def function(x, calls=calls):
            calls.append(tuple(x.shape))
            return x.exp() * x[0]

        yield strategy, functional.jacobian(function, x, vectorize=True, strategy=strategy)
        yield f"calls, {strategy}", calls


@case(_named("jacobian"))
def vectorized_jacobian_with_a_graph(torch):
    """A vectorized Jacobian with `create_graph=True` can be differentiated."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    options = {"vectorize": True, "create_graph": True}
    matrix = torch.autograd.functional.jacobian(lambda x: x**3 * x[0], x, **options)
    yield "requires_grad", matrix.requires_grad
    yield "values", matrix.detach()
    (matrix * torch.tensor([[1.0, 3.0], [5.0, 0.5]])).sum().backward()
    yield "gradient", x.grad.clone()
    hessian = torch.autograd.functional.hessian(lambda x: (x**4).sum() * x[0], x, **options)
    yield "Hessian", hessian.detach()
