"""`torch.func.functional_call` and `stack_module_state`: modules as functions of their parameters."""

from __future__ import annotations

from conformance import case, raises

CALL = "torch.func: torch.func.functional_call"
STACK = "torch.func: torch.func.stack_module_state"


def _class_of(torch):
    class Net(torch.nn.Module):
        def __init__(self, first=2.0, shift=0.5):
            super().__init__()
            self.w = torch.nn.Parameter(torch.tensor([first, 3.0]))
            self.register_buffer("shift", torch.tensor([shift, 1.5]))

        def forward(self, x, scale=1.0):
            return ((self.w * x + self.shift) ** 2).sum() * scale

    return Net


def _make(torch):
    return _class_of(torch)()


def _detached(named):
    return {name: tensor.detach() for name, tensor in named}


@case(CALL)
def call_with_other_parameters(torch):
    """`functional_call` calls a module with other parameters, and leaves its own as they are."""
    net, x = _make(torch), torch.tensor([1.5, -2.0])
    yield "called", torch.func.functional_call(net, {"w": torch.tensor([1.0, 4.0])}, (x,))
    yield "own", net.w
    yield "is its own", dict(net.named_parameters())["w"] is net.w
    yield "called as usual", net(x)


@case(CALL)
def arguments_of_the_call(torch):
    """A single argument needs no tuple; keyword arguments come in a dictionary."""
    net, x = _make(torch), torch.tensor([1.5, -2.0])
    new = {"w": torch.tensor([1.0, 4.0])}
    yield "one argument", torch.func.functional_call(net, new, x)
    yield "two", torch.func.functional_call(net, new, (x, 3.0))
    yield "keywords", torch.func.functional_call(net, new, x, {"scale": 3.0})
    yield "keywords only", torch.func.functional_call(net, new, kwargs={"x": x, "scale": 0.5})


@case(CALL)
def parameters_and_buffers_in_two_dictionaries(torch):
    """Several dictionaries are taken together; a name in two of them is refused."""
    net, x = _make(torch), torch.tensor([1.5, -2.0])
    w, shift = {"w": torch.tensor([1.0, 4.0])}, {"shift": torch.tensor([0.25, -0.5])}
    yield "tuple", torch.func.functional_call(net, (w, shift), x)
    yield "list", torch.func.functional_call(net, [shift, w], x)
    yield "twice", raises(lambda: torch.func.functional_call(net, (w, {"w": x}), x))


@case(CALL)
def wrong_kinds_of_state_are_refused(torch):
    """What is no dictionary of tensors is refused."""
    net, x = _make(torch), torch.tensor([1.5, -2.0])
    yield "number", raises(lambda: torch.func.functional_call(net, 3, x))
    yield "tuple of numbers", raises(lambda: torch.func.functional_call(net, (3,), x))
    yield "number for a tensor", raises(lambda: torch.func.functional_call(net, {"w": 3.0}, x))


@case(CALL)
def names_are_checked_when_strict(torch):
    """With `strict=True` all parameters and buffers must be given, and no others; otherwise others are ignored."""
    net, x = _make(torch), torch.tensor([1.5, -2.0])
    call = torch.func.functional_call
    yield "other name", call(net, {"bias": x}, x)
    yield "missing", raises(lambda: call(net, {"w": x}, x, strict=True))
    yield "unexpected", raises(lambda: call(net, {"w": x, "shift": x, "bias": x}, x, strict=True))
    yield "both", raises(lambda: call(net, {"w": x, "bias": x}, x, strict=True))
    yield "complete", call(net, {"w": x, "shift": x}, x, strict=True)


@case(CALL)
def parameters_of_submodules(torch):
    """Parameters of submodules are named with dots, as in `named_parameters`."""

    class Outer(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.inner = _make(torch)
            self.factor = torch.nn.Parameter(torch.tensor(2.0))

        def forward(self, x):
            return self.inner(x) * self.factor

    outer, x = Outer(), torch.tensor([1.5, -2.0])
    new = {"inner.w": torch.tensor([1.0, -1.0]), "factor": torch.tensor(5.0)}
    yield "called", torch.func.functional_call(outer, new, x)
    yield "own", outer(x)


@case(CALL)
def tied_weights(torch):
    """A parameter with two names is replaced under both, unless `tie_weights=False`; two values are refused."""

    class Tied(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.a = torch.nn.Parameter(torch.tensor([2.0, 3.0]))
            self.b = self.a

        def forward(self, x):
            return (self.a * x).sum() + (self.b * x * x).sum()

    tied, x = Tied(), torch.tensor([1.5, -2.0])
    new = torch.tensor([1.0, 0.5])
    yield "tied", torch.func.functional_call(tied, {"a": new}, x)
    yield "by the other name", torch.func.functional_call(tied, {"b": new}, x)
    yield "not tied", torch.func.functional_call(tied, {"a": new}, x, tie_weights=False).detach()
    yield "two values", raises(lambda: torch.func.functional_call(tied, {"a": new, "b": x}, x))


@case(CALL)
def buffer_changed_by_the_call(torch):
    """A buffer that the module changes in place changes where it came from; the module's own does not."""

    class Counter(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("count", torch.tensor(0.5))

        def forward(self, x):
            self.count.add_(1)
            return x * self.count

    counter, given = Counter(), torch.tensor(10.0)
    yield "called", torch.func.functional_call(counter, {"count": given}, torch.tensor([1.5, -2.0]))
    yield "given", given
    yield "own", counter.count


@case(CALL)
def own_parameters_are_back_after_a_failure(torch):
    """If forward raises, the module has its own parameters again."""

    class Failing(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.w = torch.nn.Parameter(torch.tensor([1.0, 2.5]))

        def forward(self, x):
            raise ValueError(f"no {self.w.tolist()}")

    failing = Failing()
    yield raises(lambda: torch.func.functional_call(failing, {"w": torch.tensor([7.0, 8.0])}, torch.ones(1)))
    yield "own", failing.w


@case(CALL)
def gradient_by_the_parameters(torch):
    """`grad` of a functional call gives gradients by name, and leaves the module's `.grad` alone."""
    net, x = _make(torch), torch.tensor([1.5, -2.0])
    params, buffers = _detached(net.named_parameters()), _detached(net.named_buffers())
    loss = lambda params: torch.func.functional_call(net, (params, buffers), x)  # noqa: E731
    yield "gradients", torch.func.grad(loss)(params)
    yield "with value", torch.func.grad_and_value(loss)(params)
    yield "own", net.w.grad


@case(CALL)
def own_parameters_given_to_the_call(torch):
    """With its own parameters given, the result's history leads to them."""
    net, x = _make(torch), torch.tensor([1.5, -2.0])
    result = torch.func.functional_call(net, dict(net.named_parameters()), x)
    yield "result", result
    result.backward()
    yield "grad", net.w.grad


@case(CALL)
def gradients_of_a_module_for_each_example(torch):
    """`vmap(grad(...))` over a functional call gives the gradients of each example."""
    net = _make(torch)
    params, buffers = _detached(net.named_parameters()), _detached(net.named_buffers())
    x = torch.tensor([[1.0, 2.0], [3.0, -4.0], [0.5, 5.0]])
    loss = lambda params, x: torch.func.functional_call(net, (params, buffers), (x,))  # noqa: E731
    yield torch.func.vmap(torch.func.grad(loss), in_dims=(None, 0))(params, x)


@case(CALL)
def jacobian_by_the_parameters(torch):
    """`jacrev` by a dictionary of parameters gives a dictionary of Jacobians."""
    linear = torch.nn.Linear(2, 2)
    params = {"weight": torch.tensor([[1.0, -2.0], [0.5, 3.0]]), "bias": torch.tensor([0.25, -1.0])}
    x = torch.tensor([1.5, -2.0])
    yield torch.func.jacrev(lambda params: torch.func.functional_call(linear, params, x).tanh())(params)


@case(STACK)
def states_of_several_modules(torch):
    """`stack_module_state` stacks parameters, as leaves that require grad, and buffers of several modules."""
    net = _class_of(torch)
    yield torch.func.stack_module_state([net(1.0, 2.0), net(3.0, 4.0)])


@case(STACK)
def ensemble_of_modules(torch):
    """`vmap` over stacked states calls all modules at once, and gradients reach the stacked parameters."""
    net = _class_of(torch)
    models = [net(1.0, 2.0), net(3.0, 4.0)]
    params, buffers = torch.func.stack_module_state(models)
    call = lambda p, b, x: torch.func.functional_call(models[0], (p, b), (x,))  # noqa: E731
    results = torch.func.vmap(call, in_dims=(0, 0, None))(params, buffers, torch.tensor([1.5, -2.0]))
    yield "results", results.detach()
    (results * torch.tensor([1.0, -0.5])).sum().backward()
    yield "gradients", params["w"].grad
    yield "own", [model.w.grad for model in models]


@case(STACK)
def modules_that_cannot_be_stacked(torch):
    """No modules, modules of different classes, and modules in different modes are refused."""
    net = _make(torch)
    trained, evaluated = torch.nn.Linear(1, 1), torch.nn.Linear(1, 1).eval()
    yield "none", raises(lambda: torch.func.stack_module_state([]))
    yield "classes", raises(lambda: torch.func.stack_module_state([net, trained]))
    yield "modes", raises(lambda: torch.func.stack_module_state([trained, evaluated]))


@case(CALL)
def what_a_module_assigns_is_handed_back(torch):
    """A buffer that `forward` assigns anew, the mapping given has afterwards; the module keeps its own."""

    class Counting(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("calls", torch.tensor([2.0]))

        def forward(self, x):
            self.calls = self.calls + 1.5
            return x * self.calls

    module, given = Counting(), {"calls": torch.tensor([-3.0])}
    yield "result", torch.func.functional_call(module, given, torch.tensor([0.5, 2.0]))
    yield "given", given["calls"]
    yield "module's own", module.calls
    yield "of several mappings", torch.func.functional_call(module, [given], torch.tensor([0.5, 2.0]))
    yield "given in a list", given["calls"]


@case(CALL)
def attributes_that_are_computed(torch):
    """A tensor given under the name of a parametrized parameter is used as it is, and only for this call."""

    class Doubled(torch.nn.Module):
        def forward(self, x):
            return x * 2

    layer = torch.nn.Linear(2, 1, bias=False)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.5, -1.0]]))
    torch.nn.utils.parametrize.register_parametrization(layer, "weight", Doubled())
    x = torch.tensor([[1.5, 0.25]])
    yield "own", layer(x)
    yield (
        "given",
        raises(lambda: torch.func.functional_call(layer, {"weight": torch.tensor([[3.0, 5.0]])}, x)),
    )
    original = {"parametrizations.weight.original": torch.tensor([[3.0, 5.0]])}
    yield "the original given", torch.func.functional_call(layer, original, x)
    yield "own again", layer(x)
    yield "no such name", raises(lambda: torch.func.functional_call(layer, {"width": torch.ones(1)}, x))
