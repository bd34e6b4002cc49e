"""`torch.func.jacrev`, `jacfwd` and `hessian`: all derivatives of a function at once."""

from __future__ import annotations

from conformance import case, raises

JACREV = "torch.func: torch.func.jacrev"
JACFWD = "torch.func: torch.func.jacfwd"
HESSIAN = "torch.func: torch.func.hessian"


@case(JACREV)
def jacobian_by_reverse_mode(torch):
    """`jacrev` gives the Jacobian: the output's dimensions first, then the input's."""
    x = torch.tensor([[0.5, -1.5], [3.0, 2.0], [0.25, -1.0]])
    weight = torch.tensor([1.0, -2.0])
    yield "of a vector", torch.func.jacrev(lambda x: (x.sin() @ weight) * x[:, 0])(x)
    yield "of a matrix", torch.func.jacrev(lambda x: x.t() @ x.cos())(x)


@case(JACFWD)
def jacobian_by_forward_mode(torch):
    """`jacfwd` gives the same Jacobian, column by column."""
    x = torch.tensor([[0.5, -1.5], [3.0, 2.0], [0.25, -1.0]])
    weight = torch.tensor([1.0, -2.0])
    yield "of a vector", torch.func.jacfwd(lambda x: (x.sin() @ weight) * x[:, 0])(x)
    yield "of a matrix", torch.func.jacfwd(lambda x: x.t() @ x.cos())(x)


@case(JACREV)
def jacobians_of_several_outputs_and_inputs(torch):
    """For several outputs and inputs there is a Jacobian for each pair: by output, then by input."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.0, 3.0])
    f = lambda x, y: {"product": x * y.flip(0), "sum": [(x**2).sum()]}  # noqa: E731
    yield "reverse", torch.func.jacrev(f, argnums=(0, 1))(x, y)
    yield "forward", torch.func.jacfwd(f, argnums=(0, 1))(x, y)
    yield "by the second", torch.func.jacrev(f, argnums=1)(x, y)


@case(JACREV)
def jacobian_by_a_nested_input(torch):
    """The Jacobian by a dictionary is a dictionary inside the structure of the outputs."""
    nest = {"a": torch.tensor([0.5, -1.5]), "b": torch.tensor(3.0)}
    f = lambda nest: nest["a"] ** 2 * nest["b"]  # noqa: E731
    yield "reverse", torch.func.jacrev(f)(nest)
    yield "forward", torch.func.jacfwd(f)(nest)


@case(JACREV)
def jacobian_of_a_scalar(torch):
    """The Jacobian of a scalar has the input's sizes; that by a scalar has the output's."""
    x = torch.tensor([0.5, -1.5])
    scalar = torch.tensor(1.5)
    for name in ("jacrev", "jacfwd"):
        jacobian = getattr(torch.func, name)
        yield f"{name} of a scalar", jacobian(lambda x: (x**3).sum())(x)
        yield f"{name} by a scalar", jacobian(lambda s: s**2 * torch.tensor([1.0, -0.5]))(scalar)
        yield f"{name} of and by a scalar", jacobian(lambda s: s**2)(scalar)


@case(JACREV)
def jacobian_in_chunks(torch):
    """`chunk_size` limits how many rows are computed at once; the result does not change, 0 is refused."""
    x = torch.tensor([0.5, -1.5, 3.0])
    f = lambda x: x**2 * x.sum()  # noqa: E731
    for chunk_size in (1, 2, 3, 7):
        yield f"chunk_size={chunk_size}", torch.func.jacrev(f, chunk_size=chunk_size)(x)
    yield "0", raises(lambda: torch.func.jacrev(f, chunk_size=0))
    yield "negative", raises(lambda: torch.func.jacrev(f, chunk_size=-1))


@case(JACREV)
def jacobian_with_auxiliary_output(torch):
    """With `has_aux=True` the auxiliary output comes beside the Jacobian, once and not for each row."""
    x = torch.tensor([0.5, -1.5])
    yield "reverse", torch.func.jacrev(lambda x: (x**2, x * 3), has_aux=True)(x)
    yield "forward", torch.func.jacfwd(lambda x: (x**2, x * 3), has_aux=True)(x)
    yield "no pair", raises(lambda: torch.func.jacrev(lambda x: x**2, has_aux=True)(x))
    yield "no pair, forward", raises(lambda: torch.func.jacfwd(lambda x: x**2, has_aux=True)(x))


@case(JACREV)
def jacobians_of_complex_numbers_are_refused(torch):
    """Complex inputs are refused."""
    z = torch.tensor([1.0 + 2.0j])
    yield "reverse", raises(lambda: torch.func.jacrev(lambda z: z * 2)(z))
    yield "forward", raises(lambda: torch.func.jacfwd(lambda z: z * 2)(z))
    yield "second input", raises(lambda: torch.func.jacrev(lambda x, z: x * 2)(torch.ones(1), z))


@case(JACREV)
def jacobian_of_what_is_no_tensor_is_refused(torch):
    """Outputs that are no floating tensors, and inputs of integers, are refused as by `vjp` and `jvp`."""
    x = torch.tensor([0.5, -1.5])
    yield "number", raises(lambda: torch.func.jacrev(lambda x: 3.0)(x))
    yield "number, forward", raises(lambda: torch.func.jacfwd(lambda x: 3.0)(x))
    yield "integers out", raises(lambda: torch.func.jacrev(lambda x: x.long())(x))
    yield "integers in", raises(lambda: torch.func.jacrev(lambda x: x * 2.0)(torch.tensor([1, 2])))
    yield "argnums", raises(lambda: torch.func.jacrev(lambda x: x * 2.0, argnums=1)(x))
    yield "argnums, forward", raises(lambda: torch.func.jacfwd(lambda x: x * 2.0, argnums=1)(x))


@case(JACFWD)
def what_functions_see_inside_jacobians(torch):
    """Inside `jacrev` there is one level; inside `jacfwd` a second one below, of the unit vectors."""
    x = torch.tensor([0.5, -1.5])

    def f(x):
        print(x)
        return x**2

    yield "reverse", torch.func.jacrev(f)(x)
    yield "forward", torch.func.jacfwd(f)(x)


@case(JACREV)
def jacobian_has_a_history_outside(torch):
    """The Jacobian at a point that requires grad can be differentiated on by the ordinary tape."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    for name in ("jacrev", "jacfwd"):
        jacobian = getattr(torch.func, name)(lambda x: x**3 * x.sum())(x)
        yield f"{name} requires grad", jacobian.requires_grad
        yield (
            f"{name} differentiated",
            torch.autograd.grad(jacobian, x, torch.tensor([[1.0, 2.0], [-0.5, 3.0]])),
        )


@case(JACREV)
def jacobian_is_of_the_function_only(torch):
    """Under `no_grad` the Jacobian is the same, without history."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    with torch.no_grad():
        yield "reverse", torch.func.jacrev(lambda x: x**3)(x)
        yield "forward", torch.func.jacfwd(lambda x: x**3)(x)


@case(JACREV)
def jacobian_of_an_unused_input_is_zero(torch):
    """The Jacobian by an input that is not used is zeros of the sizes of both."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([[2.0], [3.0], [4.0]])
    yield "reverse", torch.func.jacrev(lambda x, y: x**2, argnums=(0, 1))(x, y)
    yield "forward", torch.func.jacfwd(lambda x, y: x**2, argnums=(0, 1))(x, y)


@case(HESSIAN)
def hessian_of_a_function(torch):
    """`hessian` gives all second derivatives."""
    x = torch.tensor([0.5, -1.5, 3.0], dtype=torch.float64)
    yield torch.func.hessian(lambda x: (x**3).sum() * x[0] + (x[1] * x[2]).sin())(x)


@case(HESSIAN)
def hessian_in_other_ways(torch):
    """All four compositions of `jacrev` and `jacfwd` give the Hessian."""
    x = torch.tensor([0.5, -1.5], dtype=torch.float64)
    f = lambda x: (x.exp() * x.flip(0)).sum()  # noqa: E731
    for outer in ("jacrev", "jacfwd"):
        for inner in ("jacrev", "jacfwd"):
            yield f"{outer} of {inner}", getattr(torch.func, outer)(getattr(torch.func, inner)(f))(x)


@case(HESSIAN)
def hessian_by_two_arguments(torch):
    """`argnums` of `hessian` gives the blocks of second derivatives in nested tuples."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.0])
    yield torch.func.hessian(lambda x, y: (x**2 * y**3).sum(), argnums=(0, 1))(x, y)


@case(HESSIAN)
def text_of_tensors_inside_hessian(torch):
    """Inside `hessian` a tensor has the level of `jacrev` above that of `jacfwd`."""

    def f(x):
        print(x)
        return (x**3).sum()

    yield torch.func.hessian(f)(torch.tensor([0.5, -1.5]))
