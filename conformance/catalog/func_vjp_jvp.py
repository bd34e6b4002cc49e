"""`torch.func.vjp` and `jvp`: products with the Jacobian of a function, from the left and from the right."""

from __future__ import annotations

from conformance import case, raises

VJP = "torch.func: torch.func.vjp"
JVP = "torch.func: torch.func.jvp"


# ---- vjp ---------------------------------------------------------------------------------------------------


@case(VJP)
def output_and_pullback(torch):
    """`vjp` gives the output, and a function that takes a gradient of it to a tuple of gradients of the inputs."""
    x, y = torch.tensor([0.5, -1.5, 3.0]), torch.tensor([2.0, 0.25, -1.0])
    output, pull = torch.func.vjp(lambda x, y: x * y.exp(), x, y)
    yield "output", output
    yield "gradients", pull(torch.tensor([1.0, -2.0, 0.5]))
    yield "once more", pull(torch.tensor([0.25, 1.0, 3.0]))


@case(VJP)
def one_input_gives_a_tuple_of_one(torch):
    """The pullback of a function of one input gives a tuple that holds one gradient."""
    x = torch.tensor([0.5, -1.5, 3.0])
    yield torch.func.vjp(lambda x: x.sin(), x)[1](torch.tensor([1.0, -2.0, 0.5]))


@case(VJP)
def pullback_of_nested_outputs(torch):
    """The pullback takes gradients in the structure of the outputs, and gives them in that of the inputs."""
    x = {"a": torch.tensor([0.5, -1.5]), "b": torch.tensor(3.0)}
    output, pull = torch.func.vjp(lambda d: (d["a"] * d["b"], [d["b"] ** 2]), x)
    yield "output", output
    yield "gradients", pull((torch.tensor([1.0, -2.0]), [torch.tensor(0.5)]))


@case(VJP)
def pullback_with_other_structure_is_refused(torch):
    """Gradients in another structure than the outputs', or of another shape, are refused."""
    x = torch.tensor([0.5, -1.5, 3.0])
    pull = torch.func.vjp(lambda x: x**2, x)[1]
    pull_of_two = torch.func.vjp(lambda x: (x**2, {"sum": x.sum()}), x)[1]
    yield "tuple for a tensor", raises(lambda: pull((x, x)))
    yield "tensor for a tuple", raises(lambda: pull_of_two(x))
    yield "list for a tuple", raises(lambda: pull_of_two([x, {"sum": x[0]}]))
    yield "other key", raises(lambda: pull_of_two((x, {"mean": x[0]})))
    yield "other shape", raises(lambda: pull(x[:2]))


@case(VJP)
def outputs_must_be_floating_tensors(torch):
    """Outputs that are integers, numbers, None or empty are refused."""
    x = torch.tensor([0.5, -1.5])
    yield "integers", raises(lambda: torch.func.vjp(lambda x: x.long(), x))
    yield "bools", raises(lambda: torch.func.vjp(lambda x: (x, x > 0), x))
    yield "number", raises(lambda: torch.func.vjp(lambda x: 3.0, x))
    yield "number beside a tensor", raises(lambda: torch.func.vjp(lambda x: (x, 3), x))
    yield "None", raises(lambda: torch.func.vjp(lambda x: None, x))
    yield "empty", raises(lambda: torch.func.vjp(lambda x: (), x))


@case(VJP)
def inputs_must_be_floating_tensors(torch):
    """All inputs of `vjp` are differentiated, so none may be a number or hold integers."""
    x = torch.tensor([0.5, -1.5])
    yield "number", raises(lambda: torch.func.vjp(lambda x, y: x * y, x, 2.0))
    yield "integers", raises(lambda: torch.func.vjp(lambda x: x * 2.0, torch.tensor([1, 2])))


@case(VJP)
def auxiliary_output_of_vjp(torch):
    """With `has_aux=True` auxiliary values come third; they are not differentiated."""
    x = torch.tensor([0.5, -1.5])
    output, pull, aux = torch.func.vjp(lambda x: (x * x, {"more": x * 3}), x, has_aux=True)
    yield "output", output
    yield "aux", aux
    yield "gradients", pull(torch.tensor([1.0, -2.0]))
    yield "no pair", raises(lambda: torch.func.vjp(lambda x: x * 2, x, has_aux=True))


@case(VJP)
def unused_input_of_vjp(torch):
    """An input that the outputs do not depend on has a gradient of zeros."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([[3.0]])
    yield torch.func.vjp(lambda x, y: x * 2, x, y)[1](torch.tensor([1.0, -2.0]))
    yield "none used", torch.func.vjp(lambda x: torch.ones(2), x)[1](torch.tensor([1.0, -2.0]))


@case(VJP)
def input_returned_as_it_is(torch):
    """A function that returns its input has the gradient itself as gradient."""
    x = torch.tensor([0.5, -1.5])
    output, pull = torch.func.vjp(lambda x: x, x)
    yield "output", output
    yield "gradients", pull(torch.tensor([1.0, -2.0]))


@case(VJP)
def pullback_under_no_grad(torch):
    """The pullback's gradients have a history outside unless it is called under `no_grad`."""
    x = torch.tensor([0.5, -1.5, 3.0], requires_grad=True)
    vector = torch.tensor([1.0, -2.0, 0.5])
    output, pull = torch.func.vjp(lambda x: x**3, x)
    yield "output", output
    yield "gradients", pull(vector)
    with torch.no_grad():
        yield "under no_grad", pull(vector)
        output, pull = torch.func.vjp(lambda x: x**3, x)
    yield "output made under no_grad", output
    yield "pullback made under no_grad", pull(vector)


@case(VJP)
def pullback_is_differentiable(torch):
    """The pullback's result can be differentiated by the gradient it was given, and by the input."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    vector = torch.tensor([1.0, -2.0], requires_grad=True)
    (found,) = torch.func.vjp(lambda x: x**3, x)[1](vector)
    yield "found", found
    yield "derivatives", torch.autograd.grad(found, (x, vector), torch.tensor([0.5, 3.0]))


@case(VJP)
def vjp_inside_grad(torch):
    """`vjp` inside a function that `grad` differentiates: the pullback is a function like any other."""
    x, vector = torch.tensor([0.5, -1.5]), torch.tensor([1.0, -2.0])

    def f(x):
        (found,) = torch.func.vjp(lambda y: y**3 * x, x)[1](vector)
        return (found * found).sum()

    yield torch.func.grad(f)(x)


# ---- jvp ---------------------------------------------------------------------------------------------------


@case(JVP)
def output_and_its_change(torch):
    """`jvp` gives the output, and the directional derivative of it."""
    x, y = torch.tensor([0.5, -1.5, 3.0]), torch.tensor([2.0, 0.25, -1.0])
    directions = (torch.tensor([1.0, -2.0, 0.5]), torch.tensor([0.25, 1.0, 3.0]))
    yield torch.func.jvp(lambda x, y: x * y.exp(), (x, y), directions)


@case(JVP)
def change_of_nested_outputs(torch):
    """Inputs and directions may be nested; outputs and their changes come in the structure of the outputs."""
    x = {"a": torch.tensor([0.5, -1.5]), "b": [torch.tensor(3.0)]}
    v = {"a": torch.tensor([1.0, -2.0]), "b": [torch.tensor(0.25)]}
    yield torch.func.jvp(lambda d: {"product": d["a"] * d["b"][0], "square": (d["b"][0] ** 2,)}, (x,), (v,))


@case(JVP)
def text_of_tensors_inside_jvp(torch):
    """Inside `jvp`, tensors print as `GradTrackingTensor`, without their tangents."""
    x = torch.tensor([0.5, -1.5])

    def f(x):
        print(x)
        print(x * 2)
        print(x.requires_grad, x.shape)
        return x**2

    yield torch.func.jvp(f, (x,), (torch.tensor([1.0, 3.0]),))


@case(JVP)
def inputs_of_jvp_that_do_not_fit_are_refused(torch):
    """Inputs that are no tuple, or differ from the directions in structure, kind or shape, are refused."""
    x = torch.tensor([0.5, -1.5, 3.0])
    jvp = torch.func.jvp
    yield "no tuple", raises(lambda: jvp(lambda x: x**2, x, x))
    yield "more directions", raises(lambda: jvp(lambda x: x**2, (x,), (x, x)))
    yield "a list of directions", raises(lambda: jvp(lambda x: x**2, (x,), [x]))
    yield "other shape", raises(lambda: jvp(lambda x: x**2, (x,), (x[:2],)))
    yield "number", raises(lambda: jvp(lambda x: x**2, (3.0,), (x,)))
    yield "number as direction", raises(lambda: jvp(lambda x: x**2, (x,), (1.0,)))
    yield "nothing", raises(lambda: jvp(lambda: x, (), ()))


@case(JVP)
def outputs_of_jvp_must_be_tensors(torch):
    """Outputs that are numbers or None are refused."""
    x = torch.tensor([0.5, -1.5])
    yield "number", raises(lambda: torch.func.jvp(lambda x: 3.0, (x,), (x,)))
    yield "None", raises(lambda: torch.func.jvp(lambda x: None, (x,), (x,)))
    yield "empty", raises(lambda: torch.func.jvp(lambda x: [], (x,), (x,)))


@case(JVP)
def output_independent_of_the_input(torch):
    """An output that does not depend on the input changes by zeros; with `strict=True` it is refused."""
    x = torch.tensor([0.5, -1.5])
    constant = torch.tensor([[2.0], [3.0]])
    yield "zeros", torch.func.jvp(lambda x: constant * 2, (x,), (x,))
    yield "strict", raises(lambda: torch.func.jvp(lambda x: constant * 2, (x,), (x,), strict=True))


@case(JVP)
def auxiliary_output_of_jvp(torch):
    """With `has_aux=True` auxiliary values come third."""
    x = torch.tensor([0.5, -1.5])
    yield torch.func.jvp(lambda x: (x * x, [x + 5]), (x,), (torch.tensor([1.0, 3.0]),), has_aux=True)
    yield "no pair", raises(lambda: torch.func.jvp(lambda x: x * x, (x,), (x,), has_aux=True))


@case(JVP)
def history_of_output_and_change_outside(torch):
    """Of an input that requires grad, output and change both have a history on the ordinary tape."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    output, change = torch.func.jvp(lambda x: x**3, (x,), (torch.tensor([1.0, 3.0]),))
    yield "output", (output.requires_grad, output.detach())
    yield "change", change.detach()
    (output + change * 2).sum().backward()
    yield "x.grad", x.grad


@case(JVP)
def jvp_of_jvp(torch):
    """Nested `jvp` gives the second directional derivative, each level its own."""
    x, v, w = torch.tensor([0.5, -1.5]), torch.tensor([1.0, 3.0]), torch.tensor([-2.0, 0.5])

    def first(x):
        return torch.func.jvp(lambda y: y**3 * x, (x,), (v,))[1]

    yield torch.func.jvp(first, (x,), (w,))


@case(JVP)
def forward_over_reverse_and_the_other_way(torch):
    """`jvp` of `grad`, and `grad` of `jvp`, both give the Hessian's product with the direction."""
    x, v = torch.tensor([0.5, -1.5]), torch.tensor([1.0, 3.0])
    f = lambda x: (x**3 * x.flip(0)).sum()  # noqa: E731
    yield "forward over reverse", torch.func.jvp(torch.func.grad(f), (x,), (v,))
    yield "reverse over forward", torch.func.grad(lambda x: torch.func.jvp(f, (x,), (v,))[1])(x)


@case(JVP)
def directions_are_not_confused(torch):
    """A direction of the inner `jvp` that depends on the outer variable is constant for the inner level only."""
    x = torch.tensor(1.5)
    one = torch.tensor(1.0)
    inner = lambda x: torch.func.jvp(lambda y: x * y, (x,), (x,))[1]  # noqa: E731
    yield torch.func.jvp(inner, (x,), (one,))
