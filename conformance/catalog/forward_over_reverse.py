"""Forward mode through what `backward` computes, and backward through tangents."""

from __future__ import annotations

from conformance import case

FORWARD = "torch.autograd: Forward-mode Automatic Differentiation"


def _graphs(torch, operations):
    """The graphs of the tangents of operations on a leaf with a tangent that is one, too, and on another leaf."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        x = torch.tensor([1.5, 0.75], requires_grad=True)
        tangent = torch.tensor([0.5, -3.0], requires_grad=True)
        other = torch.tensor([2.5, 3.5], requires_grad=True)
        for name, operation in operations.items():
            yield name, fw.unpack_dual(operation(fw.make_dual(x, tangent), other)).tangent


@case(FORWARD)
def tracked_duals(torch):
    """Both parts of a dual may require grad: the primal is a view of the leaf, the tangent the leaf itself."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    tangent = torch.tensor([0.25, 4.0], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, tangent)
        yield "dual", dual
        primal, found = fw.unpack_dual(dual)
        yield "primal", primal
        yield "tangent", found
        result = fw.unpack_dual(dual * dual)
        yield "tangent of the square", result.tangent
        result.tangent.backward(torch.tensor([1.0, 0.5]))
        yield "gradient of x", x.grad.clone()
        yield "gradient of the tangent", tangent.grad.clone()


@case(FORWARD)
def graphs_of_pointwise_tangents(torch):
    """The tangent of a function of one input is recorded as its derivative's formula on the tangent."""
    names = [
        "exp",
        "log",
        "sin",
        "tanh",
        "sigmoid",
        "relu",
        "sqrt",
        "neg",
        "abs",
        "reciprocal",
        "square",
        "floor",
    ]
    yield from _graphs(torch, {name: lambda x, y, n=name: getattr(torch, n)(x) for name in names})


@case(FORWARD)
def graphs_of_arithmetic_tangents(torch):
    """The rules of sums and products are recorded in full, also where the other operand has no tangent."""
    operations = {
        "x + y": lambda x, y: x + y,
        "x - y": lambda x, y: x - y,
        "x * y": lambda x, y: x * y,
        "y * x": lambda x, y: y * x,
        "x * x": lambda x, y: x * x,
        "x * 3": lambda x, y: x * 3,
        "x / y": lambda x, y: x / y,
        "y / x": lambda x, y: y / x,
        "x / 3": lambda x, y: x / 3,
        "3 / x": lambda x, y: 3 / x,
        "1 - x": lambda x, y: 1 - x,
        "x ** 3": lambda x, y: x**3,
        "x ** y": lambda x, y: x**y,
        "2 ** x": lambda x, y: 2**x,
        "maximum": lambda x, y: torch.maximum(x, y),
    }
    yield from _graphs(torch, operations)


@case(FORWARD)
def graphs_of_linear_tangents(torch):
    """A linear operation's tangent is recorded as the same operation."""
    operations = {
        "sum": lambda x, y: x.sum(),
        "mean": lambda x, y: x.mean(0),
        "view": lambda x, y: x.view(2, 1),
        "index": lambda x, y: x[torch.tensor([1, 0, 1])],
        "select": lambda x, y: x[1],
        "expand": lambda x, y: x.expand(3, 2),
        "cumsum": lambda x, y: x.cumsum(0),
        "cat": lambda x, y: torch.cat([x, y]),
        "stack": lambda x, y: torch.stack([x, x]),
        "where": lambda x, y: torch.where(x > 1, x, y),
        "to": lambda x, y: x.double(),
        "masked_fill": lambda x, y: x.masked_fill(x > 1, 4.0),
        "unbind": lambda x, y: x.unbind()[0],
    }
    yield from _graphs(torch, operations)


@case(FORWARD)
def graphs_of_other_tangents(torch):
    """Reductions, softmaxes and products have forward formulas of their own."""
    operations = {
        "mm": lambda x, y: x.view(1, 2).mm(y.view(2, 1)),
        "dot": lambda x, y: x.dot(y),
        "addmm": lambda x, y: torch.addmm(y, x.view(1, 2), torch.eye(2)),
        "max": lambda x, y: x.max(),
        "max of a dimension": lambda x, y: x.max(0).values,
        "prod": lambda x, y: x.prod(),
        "softmax": lambda x, y: x.softmax(0),
        "log_softmax": lambda x, y: x.log_softmax(0),
        "logsumexp": lambda x, y: x.logsumexp(0),
        "var": lambda x, y: x.var(),
        "norm": lambda x, y: x.norm(),
    }
    yield from _graphs(torch, operations)


@case(FORWARD)
def gradients_of_duals_have_tangents(torch):
    """The gradient computed of a dual has a tangent: the Hessian times the input's tangent."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([0.25, 4.0]))
        for name, function in {
            "cube": lambda x: (x**3).sum(),
            "product of two branches": lambda x: (x * x.exp()).sum(),
            "mixed": lambda x: x[0] ** 2 * x[1] + torch.sin(x[0] * x[1]),
        }.items():
            (grad,) = torch.autograd.grad(function(dual), dual)
            primal, tangent = fw.unpack_dual(grad)
            yield f"gradient of {name}", primal.clone()
            yield f"its tangent, of {name}", tangent.clone()


@case(FORWARD)
def hessian_vector_products_agree(torch):
    """Forward over reverse gives the same product with the Hessian as backward twice."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([0.5, -1.5, 0.75], dtype=torch.float64, requires_grad=True)
    vector = torch.tensor([3.0, -0.5, 2.0], dtype=torch.float64)

    def function(x):
        return (torch.tanh(x[:2] * x[1:]) ** 2).sum() + x.prod()

    (grad,) = torch.autograd.grad(function(x), x, create_graph=True)
    (twice,) = torch.autograd.grad(grad, x, vector)
    yield "reverse over reverse", twice
    with fw.dual_level():
        dual = fw.make_dual(x, vector)
        (grad,) = torch.autograd.grad(function(dual), dual)
        yield "forward over reverse", fw.unpack_dual(grad).tangent.clone()


@case(FORWARD)
def tangents_of_matrix_gradients(torch):
    """The gradients of a matrix product, of both factors, have tangents when one factor has."""
    fw = torch.autograd.forward_ad
    a = torch.tensor([[1.5, -0.5], [2.5, 0.75]], requires_grad=True)
    b = torch.tensor([[0.25, 4.0], [-2.0, 1.0]], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(a, torch.tensor([[0.5, -3.0], [7.0, 2.0]]))
        loss = ((dual @ b) ** 2).mean()
        first, second = torch.autograd.grad(loss, (dual, b))
        yield "of the dual", fw.unpack_dual(first).tangent
        yield "of the other", fw.unpack_dual(second).tangent


@case(FORWARD)
def third_derivatives_with_one_level(torch):
    """Tangents of gradients that were computed with `create_graph` can be differentiated again."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.5, -2.5], dtype=torch.float64, requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([0.25, 4.0], dtype=torch.float64))
        (grad,) = torch.autograd.grad((dual**4).sum(), dual, create_graph=True)
        tangent = fw.unpack_dual(grad).tangent
        yield "second derivative times the tangent", tangent.detach()
        (third,) = torch.autograd.grad(tangent.sum(), x)
    yield "third derivative", third.clone()


@case(FORWARD)
def jacobian_products_from_both_sides(torch):
    """A vector times (the Jacobian times a tangent) is (the vector times the Jacobian) times the tangent."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([0.5, -1.5, 0.75], dtype=torch.float64, requires_grad=True)
    tangent = torch.tensor([3.0, -0.5, 2.0], dtype=torch.float64)
    vector = torch.tensor([0.25, 4.0], dtype=torch.float64)

    def function(x):
        return torch.stack([x.prod(), (x.exp() * x.flip(0)).sum()])

    with fw.dual_level():
        pushed = fw.unpack_dual(function(fw.make_dual(x, tangent))).tangent
    (pulled,) = torch.autograd.grad(function(x), x, vector)
    yield "forward", pushed.detach() @ vector
    yield "backward", pulled @ tangent


@case(FORWARD)
def saved_results_keep_their_tangents(torch):
    """A result that its own node saved has its tangent when backward takes it out."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([3.0, -0.5]))
        for name in ("exp", "tanh", "sigmoid", "tan", "expm1"):
            (grad,) = torch.autograd.grad(getattr(torch, name)(dual).sum(), dual)
            yield name, fw.unpack_dual(grad).tangent
        result = dual.exp()
        yield "saved result", fw.unpack_dual(result.grad_fn._saved_result).tangent


@case(FORWARD)
def accumulated_gradients_lose_their_tangents(torch):
    """A first gradient is kept in `.grad` without its tangent; what is added later brings its own."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([1.5, -2.5], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([0.5, 3.0]))
        (dual**3).sum().backward()
        yield "first", fw.unpack_dual(x.grad).tangent
        (dual**3).sum().backward()
        yield "second", fw.unpack_dual(x.grad).tangent
        y = torch.tensor([2.0, 4.0], requires_grad=True)
        product = y * dual
        product.retain_grad()
        (product * dual).sum().backward()
        yield "retained", fw.unpack_dual(product.grad).tangent
        yield "of the other leaf", fw.unpack_dual(y.grad).tangent


@case(FORWARD)
def hooks_see_tangents(torch):
    """Hooks on tensors and nodes get gradients with their tangents."""
    fw = torch.autograd.forward_ad
    y = torch.tensor([2.0, 4.0], requires_grad=True)
    seen = []
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([0.5, 3.0]))
        y.register_hook(lambda grad: seen.append(fw.unpack_dual(grad).tangent))
        product = y * dual
        product.grad_fn.register_hook(lambda inputs, outputs: seen.append(fw.unpack_dual(inputs[0]).tangent))
        product.register_hook(lambda grad: grad * dual)
        product.sum().backward()
        yield "seen", seen


@case(FORWARD)
def changes_in_place_save_tangents(torch):
    """What a change in place saved of the old or new values has its tangent when backward takes it out."""
    fw = torch.autograd.forward_ad
    x = torch.tensor([0.5, 1.5], requires_grad=True)
    with fw.dual_level():
        dual = fw.make_dual(x, torch.tensor([3.0, -0.5]))
        for name in ("square_", "exp_", "sin_", "tanh_", "sqrt_", "log_"):
            changed = dual * 2
            getattr(changed, name)()
            (grad,) = torch.autograd.grad((changed * 3).sum(), dual)
            yield name, fw.unpack_dual(grad).tangent.clone()
        changed = dual * 2
        changed.mul_(dual)
        (grad,) = torch.autograd.grad(changed.sum(), dual)
        yield "mul_", fw.unpack_dual(grad).tangent.clone()
        changed = dual * 2
        changed[1].exp_()
        (grad,) = torch.autograd.grad(changed.sum(), dual)
        yield "exp_ of a part", fw.unpack_dual(grad).tangent.clone()
