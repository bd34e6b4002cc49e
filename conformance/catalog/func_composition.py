"""Function transforms of one another, and of functions whose inputs belong to the ordinary tape."""

from __future__ import annotations

from collections import OrderedDict, namedtuple

from conformance import case, raises

VMAP = "torch.func: torch.vmap"
COMPOSED = "torch.func: What are composable function transforms?"


def _rows(torch):
    return torch.tensor([[0.5, -1.5, 3.0], [1.5, 2.5, -4.0]])


# ---- per-example gradients ---------------------------------------------------------------------------------


@case(COMPOSED)
def gradient_for_each_example(torch):
    """`vmap(grad(f))` gives the gradient of each example, not their sum."""
    weight, targets = torch.tensor([2.0, 3.0, 4.0]), torch.tensor([1.0, -0.5])

    def loss(weight, x, target):
        return (weight.dot(x).tanh() - target) ** 2

    each = torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0, 0))(weight, _rows(torch), targets)
    yield "for each", each
    yield "one by one", [torch.func.grad(loss)(weight, x, t) for x, t in zip(_rows(torch), targets)]


@case(COMPOSED)
def gradient_of_a_mapped_function(torch):
    """`grad` of a function that uses `vmap` inside adds up what all examples contribute."""
    weight = torch.tensor([2.0, 3.0, 4.0])
    x = _rows(torch)
    f = lambda w: torch.func.vmap(lambda x: (w * x).sum().sin())(x).sum()  # noqa: E731
    yield torch.func.grad(f)(weight)


@case(COMPOSED)
def text_of_levels_in_both_orders(torch):
    """The text of a tensor inside shows which transform is around which."""
    weight, x = torch.tensor([2.0, 3.0, 4.0]), _rows(torch)

    def f(weight, x):
        for each in (weight, x, weight * x):
            print(each)
        return (weight * x).sum()

    yield "vmap of grad", torch.func.vmap(torch.func.grad(f), in_dims=(None, 0))(weight, x)
    mapped = torch.func.vmap(f, in_dims=(None, 0))
    yield "grad of vmap", torch.func.grad(lambda w: mapped(w, x).sum())(weight)


@case(COMPOSED)
def jacobian_for_each_example(torch):
    """`vmap` of `jacrev`, `jacfwd` and `hessian` gives one for each example."""
    x = _rows(torch)
    f = lambda x: (x**3).sum() * x[:2].sin()  # noqa: E731
    yield "jacrev", torch.func.vmap(torch.func.jacrev(f))(x)
    yield "jacfwd", torch.func.vmap(torch.func.jacfwd(f))(x)
    yield "hessian", torch.func.vmap(torch.func.hessian(lambda x: f(x)[0]))(x)


@case(COMPOSED)
def second_derivative_for_each_example(torch):
    """`vmap(grad(grad(f)))` works on scalars of examples."""
    x = torch.tensor([0.5, -1.5, 3.0])
    f = lambda x: x.sin() * x**2  # noqa: E731
    yield torch.func.vmap(torch.func.grad(torch.func.grad(f)))(x)


@case(COMPOSED)
def pullback_of_many_gradients(torch):
    """`vmap` over the pullback of `vjp` takes many gradients back at once."""
    x = torch.tensor([0.5, -1.5, 3.0])
    pull = torch.func.vjp(lambda x: (x**2, x.sum()), x)[1]
    vectors = torch.tensor([[1.0, 2.0, 3.0], [0.5, -0.5, 0.25]]), torch.tensor([1.0, -2.0])
    yield torch.func.vmap(pull)(vectors)


@case(COMPOSED)
def many_directions_at_once(torch):
    """`vmap` over the directions of `jvp` gives the change in each."""
    x = torch.tensor([0.5, -1.5, 3.0])
    push = lambda v: torch.func.jvp(lambda x: x**2 * x.sum(), (x,), (v,))[1]  # noqa: E731
    yield torch.func.vmap(push)(_rows(torch))


@case(COMPOSED)
def gradients_through_many_operations_for_each_example(torch):
    """Per-example gradients of reductions, views, indexing, products and choices equal those one by one."""
    x = torch.arange(12, dtype=torch.float64).reshape(2, 2, 3).sin()
    weight = torch.tensor([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]], dtype=torch.float64)
    functions = {
        "softmax": lambda x: (x.softmax(-1) * weight).sum(),
        "log_softmax": lambda x: (x.log_softmax(0) * weight).sum(),
        "max": lambda x: x.max() * x.max(1)[0][0],
        "amin": lambda x: (x.amin(0) * weight[0]).sum(),
        "prod": lambda x: x.prod() + (x.prod(1) * weight[:, 0]).sum(),
        "mean and var": lambda x: x.mean() * x.var() + x.mean(0)[1],
        "norm": lambda x: x.norm(),
        "cumsum": lambda x: (x.cumsum(1) * weight).sum(),
        "logsumexp": lambda x: x.logsumexp(1).prod(),
        "views": lambda x: (x.t().reshape(2, 3) * weight).sum() + x[0, 1:].sum() * x[:, -1].prod(),
        "index": lambda x: (x[torch.tensor([1, 1, 0])] * weight[0]).sum(),
        "cat": lambda x: (torch.cat([x, weight]).pow(2) * 0.5).sum(),
        "stack": lambda x: torch.stack([x[0], x[1], x[0]], 1).pow(3).sum(),
        "unbind": lambda x: (x.unbind(1)[1] * x.unbind(1)[0]).sum(),
        "matmul": lambda x: (x @ weight.t() @ x).sum(),
        "where": lambda x: torch.where(x > 0.1, x * 3, x**2).sum(),
        "clamp and relu": lambda x: x.clamp(-0.5, 0.5).sum() * x.relu().sum(),
        "diagonal": lambda x: (x.diagonal() * x.tril().sum()).sum(),
        "tanh and sigmoid": lambda x: (x.tanh() * x.sigmoid() / (x.exp() + 1)).sum(),
        "in place": lambda x: (x * 2).add_(weight).mul_(x).sum(),
    }
    for name, f in functions.items():
        together = torch.func.vmap(torch.func.grad(f))(x)
        yield name, together.clone()
        yield f"{name}, one by one", torch.stack([torch.func.grad(f)(each) for each in x])


@case(COMPOSED)
def directions_through_many_operations(torch):
    """Directional derivatives for many directions at once, and Hessian-vector products, of many kinds of operations."""
    x = torch.arange(6, dtype=torch.float64).reshape(2, 3).sin()
    directions = torch.arange(12, dtype=torch.float64).reshape(2, 2, 3).cos()
    weight = torch.tensor([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]], dtype=torch.float64)
    functions = {
        "softplus": lambda x: torch.nn.functional.softplus(x) * weight,
        "log_softmax": lambda x: x.log_softmax(1) * weight,
        "power": lambda x: (x + 2) ** 1.5 + 2**x,
        "quotient": lambda x: (1 - x) * (x - 2) / (3 - x),
        "variance": lambda x: x.var(1) * x.mean(),
        "maximum": lambda x: torch.maximum(x, weight) * x.max(),
        "products": lambda x: x @ weight.t() @ x,
        "index": lambda x: x[:, torch.tensor([0, 2])] * x[-1, 1],
        "joined": lambda x: torch.cat([x * x, weight], 1).cumsum(1),
        "in place": lambda x: (x * 2).add_(weight).mul_(x),
    }
    for name, f in functions.items():
        change = torch.func.vmap(lambda v, f=f: torch.func.jvp(f, (x,), (v,))[1])(directions)
        yield f"{name}, changes", change.clone()
        loss = lambda x, f=f: (f(x) * f(x).detach().cos()).sum()  # noqa: E731
        yield f"{name}, of the gradient", torch.func.jvp(torch.func.grad(loss), (x,), (weight,))[1].clone()


@case(COMPOSED)
def assignment_in_a_mapped_gradient(torch):
    """Assignments to new tensors of an example are differentiated for each example."""

    def f(x):
        y = torch.zeros_like(x)
        y[0] = x[1] * x[2]
        y[1:] = x[1:] ** 2
        return (y * torch.tensor([1.0, 2.0, -0.5])).sum()

    yield torch.func.vmap(torch.func.grad(f))(_rows(torch))


# ---- with the ordinary tape --------------------------------------------------------------------------------


@case(VMAP)
def history_outside_of_mapped_operations(torch):
    """What `vmap` did with an input that requires grad is one operation on all examples in the history outside."""
    x = _rows(torch).requires_grad_()
    weight = torch.tensor([2.0, 3.0, 4.0], requires_grad=True)
    vmap = torch.func.vmap
    yield "product", vmap(lambda x: x * weight)(x)
    yield "sum", vmap(lambda x: x.sum())(x)
    yield "mean of a dimension", vmap(lambda x: x.mean(0))(x)
    yield "maximum", vmap(lambda x: x.max())(x)
    yield "element", vmap(lambda x: x[1])(x)
    yield "slice", vmap(lambda x: x[1:])(x)
    yield "reshaped", vmap(lambda x: x.reshape(3, 1))(x)
    yield "number and vector", vmap(lambda x: x[0] + weight)(x)
    yield "dot", vmap(lambda x: x.dot(weight))(x)
    yield "matrix times each", vmap(lambda x: torch.ones(2, 3) @ x)(x)
    yield "joined", vmap(lambda x: torch.cat([x, x]))(x)
    yield "stacked", vmap(lambda x: torch.stack([x, x]))(x)
    yield "as it is", vmap(lambda x: x)(x) is x


@case(VMAP)
def gradients_through_vmap(torch):
    """`backward` goes through `vmap` to inputs with examples and to tensors without."""
    x = _rows(torch).requires_grad_()
    weight = torch.tensor([2.0, 3.0, 4.0], requires_grad=True)
    result = torch.func.vmap(lambda x: (x * weight).sum().sin() + x)(x)
    (result * torch.tensor([[1.0], [-2.0]])).sum().backward()
    yield "x.grad", x.grad
    yield "weight.grad", weight.grad


@case(VMAP)
def no_grad_around_vmap(torch):
    """Under `no_grad`, outside or inside, `vmap` leaves no history."""
    x = _rows(torch).requires_grad_()
    with torch.no_grad():
        yield "outside", torch.func.vmap(lambda x: x * 2)(x)

    def f(x):
        with torch.no_grad():
            return x * 2

    yield "inside", torch.func.vmap(f)(x)


@case(COMPOSED)
def closure_of_a_mapped_gradient(torch):
    """A tensor from outside that requires grad gets its gradient through per-example gradients, added up."""
    weight = torch.tensor([2.0, 3.0, 4.0], requires_grad=True)
    each = torch.func.vmap(torch.func.grad(lambda x: (x**2 * weight).sum()))(_rows(torch))
    yield "for each", each
    (each * torch.tensor([[1.0], [-0.5]])).sum().backward()
    yield "weight.grad", weight.grad


@case(COMPOSED)
def function_is_left_in_the_right_order(torch):
    """A failure inside nested transforms leaves all levels: the next call starts with the first."""
    x = _rows(torch)
    f = lambda x: x.sum() if x[0] > 0 else x.prod()  # noqa: E731
    yield raises(lambda: torch.func.vmap(torch.func.grad(f))(x))
    torch.func.vmap(lambda x: (print(x), x)[1])(torch.tensor([0.5, -1.5]))
    torch.func.grad(lambda x: (print(x), x.sum())[1])(torch.tensor([0.5, -1.5]))


@case(COMPOSED)
def linear_regression_by_newton(torch):
    """One Newton step with `hessian` and `grad` solves a least-squares problem in one variable."""
    x, y = torch.tensor([0.5, -1.5, 3.0]), torch.tensor([2.0, 0.25, -1.0])
    loss = lambda w: ((w * x - y) ** 2).mean()  # noqa: E731
    weight = torch.tensor(0.75)
    step = weight - torch.func.grad(loss)(weight) / torch.func.hessian(loss)(weight)
    yield "weight", step
    yield "gradient there", torch.func.grad(loss)(step)


Point = namedtuple("Point", "x y")


@case(COMPOSED)
def named_tuples_and_ordered_dictionaries(torch):
    """Named tuples and ordered dictionaries are containers, which gradients and mapped results keep."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([3.0, 4.0])
    yield "named tuple", torch.func.grad(lambda p: (p.x * p.y**2).sum())(Point(x, y))
    ordered = OrderedDict([("z", x), ("a", y)])
    yield "ordered", torch.func.grad(lambda d: (d["z"] * d["a"] ** 2).sum())(ordered)
    mapped = torch.func.vmap(lambda p: Point(p.y * 2, p.x))(Point(x, y))
    yield "mapped", (type(mapped).__name__, mapped.x, mapped.y)


@case(COMPOSED)
def vmap_in_three_levels(torch):
    """Three nested `vmap` with inputs along different dimensions."""
    x = torch.arange(8, dtype=torch.float32).reshape(2, 2, 2)
    vmap = torch.func.vmap
    yield "single elements", vmap(vmap(vmap(lambda a: a * 2 + 1), in_dims=1), in_dims=2)(x)
    rows = vmap(vmap(lambda a, b: (a * b).sum(), in_dims=(0, None)), in_dims=(None, 0))
    yield "all pairs of rows", rows(x[0], x[1])


@case(COMPOSED)
def transforms_of_transforms(torch):
    """Gradients of Jacobians, Jacobians of mapped functions and pullbacks of pullbacks."""
    x = torch.tensor([0.5, -1.5, 3.0], dtype=torch.float64)
    func = torch.func
    ones = torch.ones(3, dtype=torch.float64)
    yield "grad of jacrev", func.grad(lambda a: func.jacrev(lambda b: b**3)(a).sum())(x)
    yield "grad of jacfwd", func.grad(lambda a: func.jacfwd(lambda b: b**3)(a).sum())(x)
    yield "jacfwd of jacfwd", func.jacfwd(func.jacfwd(lambda b: b**3 * b.sum()))(x)
    yield "jacrev of vmap", func.jacrev(func.vmap(lambda a: a.sin() * a))(x)
    yield "vjp of vjp", func.vjp(lambda a: func.vjp(lambda b: b**3, a)[1](ones)[0], x)[1](x)
    yield "jvp of vjp", func.jvp(lambda a: func.vjp(lambda b: b**3, a)[1](ones)[0], (x,), (x,))


@case(COMPOSED)
def changes_through_views_inside(torch):
    """A change of a view inside shows in the base and in other views, and in the gradients, for each example."""

    def through_a_view(x):
        y = x * 2
        y[1:].mul_(x[:2])
        return (y * torch.tensor([1.0, 2.0, -0.5])).sum()

    def of_the_base(x):
        y = x * 2
        view = y.view(3, 1)[1:]
        y.mul_(x)
        return (view * torch.tensor([[2.0], [-0.5]])).sum()

    for f in (through_a_view, of_the_base):
        yield f"{f.__name__}, one", torch.func.grad(f)(_rows(torch)[0])
        yield f"{f.__name__}, each", torch.func.vmap(torch.func.grad(f))(_rows(torch))


@case(COMPOSED)
def modes_set_inside(torch):
    """A function that runs under `no_grad` altogether has a gradient of zeros."""
    x = torch.tensor([0.5, -1.5])
    square = lambda x: (x * x).sum()  # noqa: E731
    yield "grad", torch.func.grad(torch.no_grad()(square))(x)
    yield "vjp", torch.func.vjp(torch.no_grad()(square), x)[1](torch.tensor(2.5))
    yield "gradient, enabled again inside", torch.func.grad(torch.no_grad()(torch.enable_grad()(square)))(x)


@case(COMPOSED)
def tangents_of_what_is_written_in_parts(torch):
    """What is assigned to parts of a fresh tensor inside has tangents, for each example too, and second derivatives."""

    def assigned(x):
        y = x.new_zeros(3)
        y[0] = x[0] * x[1]
        y[1:] = x[:2] ** 2
        return y

    def written_through_a_view(x):
        y = x * 2
        y.view(3, 1).mul_(x[:, None])
        return y

    def filled(x):
        y = x.clone()
        y[0].fill_(0.0)
        return y * x

    def jvp(f):
        return lambda x: torch.func.jvp(f, (x,), (x * x,))[1]

    def cubes(f):
        return lambda x: f(x).pow(3).sum()

    for f in (assigned, written_through_a_view, filled):
        yield f"{f.__name__}, jvp of each", torch.func.vmap(jvp(f))(_rows(torch))
        yield f"{f.__name__}, jacfwd of each", torch.func.vmap(torch.func.jacfwd(f))(_rows(torch))
        yield f"{f.__name__}, hessian", torch.func.hessian(cubes(f))(_rows(torch)[0])
        yield f"{f.__name__}, hessian of each", torch.func.vmap(torch.func.hessian(cubes(f)))(_rows(torch))


@case(COMPOSED)
def forward_over_reverse_of_layers(torch):
    """`jvp` of `grad`, and `hessian`, of convolutions and normalizations."""
    functional = torch.nn.functional
    kernel = (torch.arange(16.0) - 7.0).reshape(2, 2, 2, 2) / 5
    scale, shift, mean, variance = (
        torch.tensor(each) for each in ([0.5, -1.5], [0.25, 1.0], [0.1, -0.3], [2.0, 0.7])
    )
    x = (torch.arange(18.0) % 7 - 2.5).reshape(1, 2, 3, 3) / 3
    functions = {
        "convolution": lambda x: functional.conv2d(x, kernel, shift),
        "transposed convolution": lambda x: functional.conv_transpose2d(x, kernel),
        "batch norm in use": lambda x: functional.batch_norm(x, mean, variance, scale, shift),
        "batch norm in training": lambda x: functional.batch_norm(x, None, None, scale, shift, training=True),
        "layer norm without weights": lambda x: functional.layer_norm(x, (3,)),
        "group norm": lambda x: functional.group_norm(x, 1, scale, shift),
    }
    for name, f in functions.items():

        def cubes(x, f=f):
            return f(x).pow(3).sum()

        yield f"{name}, jvp of grad", torch.func.jvp(torch.func.grad(cubes), (x,), (x * x,))[1]
        yield f"{name}, diagonal of the hessian", torch.func.hessian(cubes)(x).reshape(18, 18).diagonal()
    of_kernel = lambda kernel: functional.conv2d(x, kernel).pow(3).sum()  # noqa: E731
    yield "kernel, jvp of grad", torch.func.jvp(torch.func.grad(of_kernel), (kernel,), (kernel * kernel,))[1]


@case(VMAP)
def images_with_the_channels_last(torch):
    """Images whose channels lie last in memory are convolved, pooled and enlarged for each example."""
    functional = torch.nn.functional
    images = ((torch.arange(96.0) % 11 - 5.0) / 4).reshape(2, 1, 4, 4, 3).permute(0, 1, 4, 2, 3)
    kernels = ((torch.arange(24.0) % 5 - 2.0) / 3).reshape(2, 1, 3, 2, 2)
    functions = {
        "conv2d": lambda x: functional.conv2d(x, kernels[0]),
        "max_pool2d": lambda x: functional.max_pool2d(x, 2),
        "avg_pool2d": lambda x: functional.avg_pool2d(x, 2),
        "interpolate": lambda x: functional.interpolate(x, scale_factor=2.0),
    }
    for name, f in functions.items():
        yield name, torch.func.vmap(f)(images)
        yield f"{name}, gradient", torch.func.vmap(torch.func.grad(lambda x: f(x).square().sum()))(images)  # noqa: B023
    yield "kernels", torch.func.vmap(lambda kernel: functional.conv2d(images[0], kernel))(kernels)
