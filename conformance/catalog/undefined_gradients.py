"""Gradients that do not arrive at all, which is not the same as zeros, and gradients without elements."""

from __future__ import annotations

from conformance import case, raises

MECHANICS = "Autograd mechanics: Gradients for non-differentiable functions"
GRAD = "torch.autograd: torch.autograd.grad"
NOTHING = "undefined_gradients::nothing_flows_on"


def stopper(torch):
    """A function whose input gets no gradient."""

    class Stop(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            return x * 1.5

        @staticmethod
        def backward(ctx, grad):
            return None

    return Stop.apply


@case(MECHANICS)
def nothing_flows_on(torch):
    """Where a function gives None as gradient, the nodes behind it give none either, and the leaf keeps None."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    y = stopper(torch)((x * w).exp() + x)
    y.backward(torch.tensor([1.0, 0.5]))
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    yield "again", raises(lambda: y.backward(torch.tensor([1.0, 0.5])))


@case(MECHANICS, builds_on=(NOTHING,))
def nothing_beside_something(torch):
    """A gradient that arrives on another way is passed on as if the missing one were not there."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    shared = x**2
    (stopper(torch)(shared) + shared * 3).backward(torch.tensor([1.0, 0.5]))
    yield "x.grad", x.grad
    (stopper(torch)(x) * x).sum().backward()
    yield "added", x.grad


@case(MECHANICS, builds_on=(NOTHING,))
def nothing_leaves_a_gradient_as_it_is(torch):
    """Nothing added to a gradient leaves the object and its version."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x.grad = torch.tensor([7.0, 8.0])
    before = x.grad
    stopper(torch)(x).sum().backward()
    yield "gradient", x.grad
    yield "the same object", x.grad is before


@case(MECHANICS, builds_on=(NOTHING,))
def hooks_where_nothing_arrives(torch):
    """Hooks of tensors and nodes run all the same, with None; nothing can be put in its place."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 3
    y.retain_grad()
    seen = []
    y.register_hook(lambda grad: seen.append(("y", grad)))
    x.register_hook(lambda grad: seen.append(("x", grad)))
    y.grad_fn.register_prehook(lambda grads: seen.append(("before", grads)))
    y.grad_fn.register_hook(lambda before, after: seen.append(("after", before, after)))
    stopper(torch)(y).sum().backward()
    yield "seen", seen
    yield "y.grad", y.grad
    z = x * 5
    z.register_hook(lambda grad: torch.tensor([1.0, 2.0]))
    yield "replaced", raises(lambda: stopper(torch)(z).sum().backward())


@case(GRAD, builds_on=(NOTHING,))
def grad_where_nothing_arrives(torch):
    """For `grad` an input that nothing arrives at is unused: refused, None, or zeros."""
    x = torch.tensor([[1.5], [-2.0]], requires_grad=True)
    y = x * 3
    z = stopper(torch)(y).sum()
    yield "refused", raises(lambda: torch.autograd.grad(z, x, retain_graph=True))
    yield "None", torch.autograd.grad(z, [y, x], retain_graph=True, allow_unused=True)
    yield "zeros", torch.autograd.grad(z, [y, x], materialize_grads=True)


@case(MECHANICS, builds_on=(NOTHING,))
def nothing_frees_the_graph(torch):
    """Nodes that get no gradient are freed by the run as well."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x**2
    stopper(torch)(y).sum().backward()
    yield "saved tensor", raises(lambda: y.grad_fn._saved_self)
    yield "backward", raises(lambda: y.sum().backward())
    yield "x.grad", x.grad


@case(MECHANICS, builds_on=(NOTHING,))
def one_of_several_results_unused(torch):
    """Of a function with several results, what is not used sends nothing; what flows back is what is used."""
    x = torch.tensor([[1.5, -2.0], [0.5, 4.0]], requires_grad=True)
    values, indices = x.max(dim=1)
    yield "indices require grad", indices.requires_grad
    first, _ = x.unbind()
    (first * 3).sum().backward()
    yield "unbind", x.grad
    x.grad = None
    one, two, three = torch.tensor([1.0, 2.0, 3.0], requires_grad=True).split(1)
    yield "split", torch.autograd.grad(two * 5, [one, two, three], allow_unused=True)
    values.backward(torch.tensor([1.0, 0.5]))
    yield "max", x.grad


@case(MECHANICS)
def zeros_are_a_gradient(torch):
    """A gradient of zeros is a gradient: it fills `.grad`, and is no unused input."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([0.5, 3.0], requires_grad=True)
    (x * 0 + w * 2.5).backward(torch.tensor([0.5, 1.5]))
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    yield "grad", torch.autograd.grad((x * 0).sum(), x)


@case(MECHANICS)
def gradients_without_elements(torch):
    """Tensors without elements have gradients of their shape, which accumulate like any other."""
    x = torch.zeros([0, 3], requires_grad=True)
    w = torch.tensor([0.5, 3.0, 1.0], requires_grad=True)
    y = (x * w).exp() + 1
    y.backward(torch.zeros([0, 3]))
    yield "x.grad", x.grad
    yield "w.grad", w.grad
    y = (x @ w) * 2
    y.backward(torch.zeros([0]))
    yield "x.grad afterwards", x.grad
    yield "w.grad afterwards", w.grad
    yield "implicit", raises(lambda: (x * 2).backward())
    yield "grad", torch.autograd.grad(x.sum(), [x, w], allow_unused=True)


@case(MECHANICS, builds_on=("undefined_gradients::gradients_without_elements",))
def shapes_without_elements_are_different(torch):
    """Shapes without elements are different shapes, too."""
    x = torch.zeros([0, 3], requires_grad=True)
    for shape in ([0], [3, 0], [0, 2], [1, 0, 3]):
        yield f"gradient of {shape}", raises(lambda shape=shape: (x * 2).backward(torch.zeros(shape)))
        yield f"assigned {shape}", raises(lambda shape=shape: setattr(x, "grad", torch.zeros(shape)))
    yield "x.grad", x.grad


@case(MECHANICS)
def part_without_elements(torch):
    """An empty part of a tensor sends zeros to the rest."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    x[:0].sum().backward()
    yield "empty slice", x.grad
    x[torch.tensor([False, False])].sum().backward()
    yield "empty mask", x.grad
    first, second = x.split([0, 2])
    (first.sum() + (second * torch.tensor([3.0, 5.0])).sum()).backward()
    yield "empty piece", x.grad
