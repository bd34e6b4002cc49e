"""Operators that a program defines by `torch.library`: their schema, gradients, and what is refused."""

from __future__ import annotations

from contextlib import contextmanager

from conformance import case, raises

PAGE = "torch.library: Creating new custom ops in Python"


@contextmanager
def defined(torch, name, function, schema, mutates_args=()):
    """The function as an operator of a namespace of the case's own, which is gone afterwards."""
    made = torch.library.custom_op(name, mutates_args=mutates_args, schema=schema)(function)
    try:
        yield made
    finally:
        made._lib._destroy()


def operator(torch, name):
    """`x³ + weight · y`."""

    def cubed(x, y, weight=2.0):
        return x * x * x + weight * y

    return defined(torch, f"case_{name}::cubed", cubed, "(Tensor x, Tensor y, float weight=2.0) -> Tensor")


def differentiate(cubed):
    """Give the operator its gradients."""

    def setup_context(ctx, inputs, output):
        x, _, weight = inputs
        ctx.save_for_backward(x)
        ctx.weight = weight

    def backward(ctx, grad):
        (x,) = ctx.saved_tensors
        return 3 * x * x * grad, ctx.weight * grad, None

    cubed.register_autograd(backward, setup_context=setup_context)


def operands(torch):
    """Two tensors, of which both require grad."""
    return torch.tensor([1.5, -2.0], requires_grad=True), torch.tensor([0.5, 3.0], requires_grad=True)


@case(PAGE)
def operator_called(torch):
    """An operator is called by its function and through `torch.ops`, by position and by name."""
    with operator(torch, "called") as cubed:
        x, y = (each.detach() for each in operands(torch))
        yield "function", cubed(x, y)
        yield "by name", cubed(x, y=y, weight=-1.0)
        yield "through torch.ops", torch.ops.case_called.cubed(x, y, 0.5)
        yield "default", torch.ops.case_called.cubed.default(x, y)


@case(PAGE, builds_on=("custom_operators::operator_called",))
def operator_has_a_schema(torch):
    """The schema of an operator is inferred from the annotations."""
    with operator(torch, "schema") as cubed:
        yield "schema", str(cubed._opoverload._schema)
        yield "name", torch.ops.case_schema.cubed.default.name()


@case(PAGE, builds_on=("custom_operators::operator_called",))
def operator_with_gradients(torch):
    """With `register_autograd`, gradients flow through the operator by its formula."""
    with operator(torch, "gradients") as cubed:
        differentiate(cubed)
        x, y = operands(torch)
        result = cubed(x, y, weight=4.0)
        yield "requires grad", (result.requires_grad, result.is_leaf)
        result.backward(torch.tensor([1.0, -0.5]))
        yield "x", x.grad
        yield "y", y.grad


@case(PAGE, builds_on=("custom_operators::operator_with_gradients",))
def operator_asked_for_one_gradient(torch):
    """Where one input requires grad, only that one gets its gradient."""
    with operator(torch, "one") as cubed:
        differentiate(cubed)
        x, y = operands(torch)
        (found,) = torch.autograd.grad(cubed(x.detach(), y).sum(), [y])
        yield "y", found
        yield "none", cubed(x.detach(), y.detach()).requires_grad
        with torch.no_grad():
            yield "no_grad", cubed(x, y).requires_grad


@case(PAGE, builds_on=("custom_operators::operator_called",))
def operator_without_gradients(torch):
    """An operator without a formula computes, and `backward` through it is refused."""
    with operator(torch, "without") as cubed:
        x, y = operands(torch)
        result = cubed(x, y)
        yield "requires grad", result.requires_grad
        yield "backward", raises(lambda: result.sum().backward())


@case(PAGE, builds_on=("custom_operators::operator_with_gradients",))
def operator_twice_differentiated(torch):
    """A formula of operations that have gradients can be differentiated again."""
    with operator(torch, "twice") as cubed:
        differentiate(cubed)
        x, y = operands(torch)
        (first,) = torch.autograd.grad(cubed(x, y).sum(), [x], create_graph=True)
        (second,) = torch.autograd.grad(first.sum(), [x])
        yield "first", first.detach()
        yield "second", second


@case(PAGE, builds_on=("custom_operators::operator_called",))
def operator_that_changes_its_input(torch):
    """An operator that names what it changes counts as a change of it, and is a change in place to autograd."""

    def scale(x, factor):
        x.mul_(factor)

    with defined(torch, "case_changes::scale_", scale, "(Tensor(a!) x, float factor) -> ()", {"x"}) as scale_:
        x = torch.tensor([1.5, -2.0])
        version = x._version
        yield "returned", scale_(x, 3.0)
        yield "changed", x.tolist()
        yield "version grew", x._version > version
        yield "schema", str(scale_._opoverload._schema)
        leaf = torch.tensor([1.5], requires_grad=True)
        saved = leaf * 2
        squared = saved * saved
        with torch.no_grad():
            scale_(saved.detach(), 2.0)
        yield "saved", type(raises(lambda: squared.backward()).error).__name__


@case(PAGE, builds_on=("custom_operators::operator_called",))
def operator_that_returns_its_input(torch):
    """What an operator returns may not be what it was given."""

    with defined(torch, "case_returns::same", lambda x: x, "(Tensor x) -> Tensor") as same:
        yield "refused", type(raises(lambda: same(torch.ones(2))).error).__name__


@case(PAGE, builds_on=("custom_operators::operator_called",))
def operators_badly_defined(torch):
    """Names without a namespace, arguments without types and types that no operator has are refused."""

    def untyped(x):
        return x

    def define(name, **options):
        torch.library.custom_op(name, mutates_args=(), **options)(untyped)

    yield "untyped", raises(lambda: define("case_bad::untyped"))
    yield (
        "no namespace",
        type(raises(lambda: define("untyped", schema="(Tensor x) -> Tensor")).error).__name__,
    )
    yield (
        "type",
        type(raises(lambda: define("case_bad::wrong", schema="(Object x) -> Tensor")).error).__name__,
    )
    yield "unknown", hasattr(torch.ops.case_bad, "nowhere")


@case(PAGE, builds_on=("custom_operators::operator_called",))
def operator_with_wrong_arguments(torch):
    """Arguments that do not fit the schema are refused before anything runs."""
    calls = []

    def halve(x, times=1):
        calls.append(times)
        return x / 2**times

    with defined(torch, "case_wrong::halved", halve, "(Tensor x, int times=1) -> Tensor") as halved:
        x = torch.tensor([3.0])
        yield "too few", type(raises(lambda: halved()).error).__name__
        yield "too many", type(raises(lambda: halved(x, 1, 2)).error).__name__
        yield "unknown name", type(raises(lambda: halved(x, count=2)).error).__name__
        yield "no tensor", type(raises(lambda: halved("x")).error).__name__
        yield "no int", type(raises(lambda: halved(x, 1.5)).error).__name__
        yield "right", halved(x, times=2)
        yield "calls", calls
