"""`torch.func.grad` and `grad_and_value`: derivatives of functions, without leaves and `.grad`."""

from __future__ import annotations

from conformance import case, raises

GRAD = "torch.func: torch.func.grad"
GRAD_AND_VALUE = "torch.func: torch.func.grad_and_value"
LIMITS = "torch.func: UX Limitations"


@case(GRAD)
def gradient_of_a_function(torch):
    """`grad(f)` is a function that gives the gradient of f's scalar result, and leaves no trace on the input."""
    x = torch.tensor([0.5, -1.5, 3.0])
    found = torch.func.grad(lambda x: (x.sin() * x).sum())(x)
    yield "gradient", found
    yield "input", x
    yield "the input's .grad", x.grad


@case(GRAD)
def with_respect_to_the_first_argument(torch):
    """Without `argnums`, the gradient is that of the first argument, whatever follows it."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([3.0, 4.0])
    yield torch.func.grad(lambda x, y, power: (x**power * y).sum())(x, y, 3)


@case(GRAD)
def with_respect_to_another_argument(torch):
    """`argnums=1` differentiates by the second argument, `argnums=-1` by the last."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([3.0, 4.0])
    f = lambda x, y: (x * y * y).sum()  # noqa: E731
    yield "second", torch.func.grad(f, argnums=1)(x, y)
    yield "last", torch.func.grad(f, argnums=-1)(x, y)
    yield "first from the back", torch.func.grad(f, argnums=-2)(x, y)


@case(GRAD)
def with_respect_to_several_arguments(torch):
    """A tuple of `argnums` gives a tuple of gradients in the order of the tuple."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([3.0, 4.0])
    f = lambda x, y: (x * y * y).sum()  # noqa: E731
    yield "in order", torch.func.grad(f, argnums=(0, 1))(x, y)
    yield "turned round", torch.func.grad(f, argnums=(1, 0))(x, y)
    yield "one in a tuple", torch.func.grad(f, argnums=(0,))(x, y)


@case(GRAD)
def argnums_that_do_not_fit_are_refused(torch):
    """`argnums` that are out of range, empty, repeated or no numbers are refused, each with its own message."""
    x = torch.tensor([0.5, -1.5])
    for argnums in (2, -3, (), (0, 0), (0, 2), "x", (0, "x"), [0]):
        grad = torch.func.grad(lambda x, y: (x * y).sum(), argnums=argnums)
        yield f"argnums={argnums!r}", raises(lambda grad=grad: grad(x, x))


@case(GRAD)
def gradients_in_the_structure_of_the_argument(torch):
    """The gradient of a nest of containers is a nest of the same structure."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([3.0, 4.0])
    nest = {"b": x, "a": [y, (x * y,)]}
    found = torch.func.grad(lambda nest: (nest["b"] * nest["a"][0] ** 2 + nest["a"][1][0]).sum())(nest)
    yield "keys", list(found)
    yield "gradients", found


@case(GRAD)
def unused_argument_has_zero_gradient(torch):
    """The gradient of an argument that the result does not depend on is zeros, not None."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([[3.0], [4.0]])
    yield "unused", torch.func.grad(lambda x, y: (x**2).sum(), argnums=1)(x, y)
    yield "constant result", torch.func.grad(lambda x: torch.tensor(3.0))(x)
    yield "of doubles", torch.func.grad(lambda x: torch.tensor(3.0))(x.double())


@case(GRAD)
def what_a_function_returns_must_be_a_scalar_tensor(torch):
    """A result that is a vector, a number, a tuple or None is refused; the message names what it was."""
    x = torch.tensor([0.5, -1.5])
    yield "vector", raises(lambda: torch.func.grad(lambda x: x * 2)(x))
    yield "matrix of one element", raises(lambda: torch.func.grad(lambda x: x.sum().view(1, 1))(x))
    yield "number", raises(lambda: torch.func.grad(lambda x: 3.0)(x))
    yield "tuple", raises(lambda: torch.func.grad(lambda x: (x.sum(), 1))(x))
    yield "None", raises(lambda: torch.func.grad(lambda x: None)(x))


@case(GRAD)
def what_is_differentiated_must_be_a_floating_tensor(torch):
    """A number in the place of the differentiated argument is refused, and so are integers."""
    x = torch.tensor([0.5, -1.5])
    yield "number", raises(lambda: torch.func.grad(lambda x: x * 2)(3.0))
    yield "number in a container", raises(lambda: torch.func.grad(lambda d: d["a"].sum())({"a": x, "b": 1.0}))
    yield "integers", raises(lambda: torch.func.grad(lambda x: x.sum())(torch.tensor([1, 2])))
    yield "bools", raises(lambda: torch.func.grad(lambda x: x.sum())(torch.tensor([True])))


@case(GRAD)
def complex_result_is_refused(torch):
    """The gradient of a complex scalar cannot be created implicitly."""
    yield raises(lambda: torch.func.grad(lambda x: x.sum())(torch.tensor([1.0 + 2.0j])))


@case(GRAD)
def keyword_arguments_are_handed_on(torch):
    """Keyword arguments reach the function, and are not differentiated."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([3.0, 4.0])
    yield torch.func.grad(lambda x, *, by, power: (x**power * by).sum())(x, by=y, power=2)


@case(GRAD)
def auxiliary_output(torch):
    """With `has_aux=True` the function returns a pair, of which the second comes back beside the gradient."""
    x = torch.tensor([0.5, -1.5])
    found = torch.func.grad(lambda x: ((x * x).sum(), {"thrice": x * 3, "more": (x + 1,)}), has_aux=True)(x)
    yield "both", found


@case(GRAD)
def auxiliary_output_must_be_a_pair_of_tensors(torch):
    """With `has_aux=True` anything but a pair is refused, and auxiliary values that are no tensors are as well."""
    x = torch.tensor([0.5, -1.5])
    grad = torch.func.grad
    yield "no tuple", raises(lambda: grad(lambda x: (x * x).sum(), has_aux=True)(x))
    yield "three", raises(lambda: grad(lambda x: ((x * x).sum(), x, x), has_aux=True)(x))
    yield "list", raises(lambda: grad(lambda x: [(x * x).sum(), x], has_aux=True)(x))
    yield "number", raises(lambda: grad(lambda x: ((x * x).sum(), 2), has_aux=True)(x))


@case(GRAD_AND_VALUE)
def gradient_and_value(torch):
    """`grad_and_value(f)` gives the gradient and f's result; with `has_aux=True` the result comes with its pair."""
    x = torch.tensor([0.5, -1.5, 3.0])
    yield "both", torch.func.grad_and_value(lambda x: (x**3).sum())(x)
    yield "aux", torch.func.grad_and_value(lambda x: ((x**3).sum(), x + 1), has_aux=True)(x)
    yield "two", torch.func.grad_and_value(lambda x, y: (x * y).sum(), argnums=(0, 1))(x, x + 1)


@case(GRAD_AND_VALUE)
def value_keeps_its_history_outside(torch):
    """Of an input that requires grad, gradient and value both have the history that belongs to the ordinary tape."""
    x = torch.tensor([0.5, -1.5, 3.0], requires_grad=True)
    found, value = torch.func.grad_and_value(lambda x: (x * x).sum())(x)
    yield "gradient", found
    yield "value", value
    (found * torch.tensor([1.0, 0.5, -2.0])).sum().backward()
    yield "gradient of the gradient", x.grad


# ---- nesting -----------------------------------------------------------------------------------------------


@case(GRAD)
def derivatives_of_higher_order(torch):
    """`grad` of `grad` of `grad` is the third derivative."""
    f = lambda x: (x * 0.5).sin() * x**3  # noqa: E731
    x = torch.tensor(1.25, dtype=torch.float64)
    for order in (1, 2, 3):
        f = torch.func.grad(f)
        yield f"order {order}", f(x)


@case(GRAD)
def inner_variable_is_not_taken_for_the_outer_one(torch):
    """Nested gradients do not confuse their variables: d/dx x·(d/dy (x·y + y)) is 2x + 1, at each level its own."""
    grad = torch.func.grad
    x = torch.tensor(1.5)
    yield "product with the inner derivative", grad(lambda x: x * grad(lambda y: x * y + y)(x))(x)
    yield "inner derivative that is one", grad(lambda x: x * grad(lambda y: x + y)(torch.tensor(3.0)))(x)
    yield "inner by the same object", grad(lambda x: grad(lambda y: x * y * y)(x))(x)


@case(GRAD)
def mixed_second_derivative(torch):
    """The gradient by y of the gradient by x is the mixed derivative."""
    f = lambda x, y: (x**2 * y**3).sum()  # noqa: E731
    x, y = torch.tensor(1.5), torch.tensor(-0.5)
    yield "by x, then y", torch.func.grad(torch.func.grad(f, argnums=0), argnums=1)(x, y)
    yield "by y, then x", torch.func.grad(torch.func.grad(f, argnums=1), argnums=0)(x, y)


# ---- what the function sees --------------------------------------------------------------------------------


@case(GRAD)
def what_the_function_gets(torch):
    """Inside, the argument is a leaf that requires grad, with the sizes and values it has outside."""
    x = torch.tensor([[0.5, -1.5, 3.0]])

    def f(x):
        print(
            x.requires_grad, x.is_leaf, x.grad_fn, x.grad, x.shape, x.dim(), x.dtype, x._version, x.stride()
        )
        y = x.sin()
        print(y.requires_grad, y.is_leaf, type(y.grad_fn).__name__, y.shape)
        return y.sum()

    yield torch.func.grad(f)(x)


@case(GRAD)
def text_of_tensors_inside(torch):
    """Inside, tensors print as `GradTrackingTensor` with their level: also results, detached and new ones."""
    x = torch.tensor([0.5, -1.5])

    def f(x):
        for each in (x, x * 2, x.sum(), x[0], x > 0, x.detach(), torch.zeros(2), torch.tensor(3), x.data):
            print(each)
        return x.sum()

    yield torch.func.grad(f)(x)


@case(GRAD)
def text_of_nested_levels(torch):
    """In the function of a nested `grad` a tensor prints with both of its levels, one inside the other."""
    x = torch.tensor([1.5, 2.5])

    def inner(y, x):
        print(y)
        print(x)
        print(x * y)
        return (x * y**2).sum()

    yield torch.func.grad(lambda x: torch.func.grad(inner)(x * 2, x).sum())(x)


@case(GRAD)
def text_of_an_argument_with_history(torch):
    """The text of a tensor inside shows that its value requires grad, or which node it comes from, outside."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)

    def f(x):
        print(x)
        print(x * 2)
        return x.sum()

    yield "of a leaf", torch.func.grad(f)(x)
    yield "of a result", torch.func.grad(f)(x * 3)


@case(GRAD)
def only_the_differentiated_argument_requires_grad(torch):
    """Of several arguments only those named by `argnums` require grad inside; other tensors are constants there."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([3.0, 4.0], requires_grad=True)
    held = torch.tensor([1.5, 2.5], requires_grad=True)

    def f(x, y):
        print(
            x.requires_grad,
            y.requires_grad,
            (y * 2).requires_grad,
            (held * 2).requires_grad,
            held.requires_grad,
        )
        return (x * y * held).sum()

    yield "by the first", torch.func.grad(f)(x, y)
    yield "by the second", torch.func.grad(f, argnums=1)(x, y)


@case(GRAD)
def values_can_be_read_inside(torch):
    """Inside `grad`, elements can be read and decide which way the function goes."""

    def f(x):
        print(x.item(), x.tolist(), bool(x > 1))
        return x * x if x > 1 else -x

    yield "above", torch.func.grad(f)(torch.tensor(2.5))
    yield "below", torch.func.grad(f)(torch.tensor(0.5))
