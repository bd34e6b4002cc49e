"""Modules that hold modules or parameters, and layers: their texts, items and gradients."""

from __future__ import annotations

from collections import OrderedDict

from conformance import case, raises

SEQUENTIAL = "torch.nn: Sequential"


def names(model):
    """The names of a module's children."""
    return [name for name, _ in model.named_children()]


def kinds(model):
    """The classes of a container's modules."""
    return [type(module).__name__ for module in model]


@case(SEQUENTIAL)
def sequence_of_modules(torch):
    """A sequence passes its input through its modules, numbered or named."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    model = torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Softplus(), torch.nn.Sigmoid())
    yield "text", repr(model)
    out = model(x)
    yield "output", out
    out.backward(torch.tensor([1.0, 0.5]))
    yield "gradient", x.grad
    named = torch.nn.Sequential(OrderedDict([("first", torch.nn.Tanh()), ("then", torch.nn.ReLU())]))
    yield "named", repr(named)
    yield "by name", type(named.then).__name__
    yield "empty", torch.nn.Sequential()(7)


@case(SEQUENTIAL)
def items_of_a_sequence(torch):
    """Items are read, replaced and deleted by position, negative ones and slices too; the rest is numbered anew."""
    model = torch.nn.Sequential(torch.nn.Tanh(), torch.nn.ReLU(), torch.nn.Sigmoid(), torch.nn.Identity())
    yield "length", len(model)
    yield "last", type(model[-1]).__name__
    yield "slice", repr(model[1:3])
    yield "beyond", raises(lambda: model[4])
    yield "no number", raises(lambda: model["first"])
    model[1] = torch.nn.Softplus()
    yield "replaced", kinds(model)
    del model[0]
    yield "deleted", repr(model)
    del model[1:]
    yield "slice deleted", repr(model)
    yield "popped", type(model.pop(0)).__name__
    yield "left", len(model)


@case(SEQUENTIAL)
def growing_a_sequence(torch):
    """Modules are appended, inserted and added; `*` repeats the same modules."""
    model = torch.nn.Sequential(torch.nn.Tanh())
    yield "append returns", model.append(torch.nn.ReLU()) is model
    model.insert(1, torch.nn.Sigmoid())
    model.extend([torch.nn.Identity()])
    yield "grown", repr(model)
    joined = model + torch.nn.Sequential(torch.nn.Softplus())
    yield "joined", kinds(joined)
    model += torch.nn.Sequential(torch.nn.Softplus())
    yield "added", names(model)
    twice = torch.nn.Sequential(torch.nn.Linear(2, 2)) * 2
    yield "repeated", [len(twice), twice[0] is twice[1], len(list(twice.parameters()))]
    yield "wrong sum", raises(lambda: model + [torch.nn.Tanh()])  # noqa: RUF005 - the sum is the point
    yield "zero times", raises(lambda: model * 0)
    yield "half", raises(lambda: model * 0.5)
    yield "beyond", raises(lambda: model.insert(9, torch.nn.Tanh()))
    yield "no module", raises(lambda: model.append(3))
    yield "nothing inserted", raises(lambda: model.insert(0, 3))


@case("torch.nn: ModuleList")
def list_of_modules(torch):
    """A list registers its modules; equal neighbours share a line of its text."""
    layers = torch.nn.ModuleList([torch.nn.Tanh(), torch.nn.Tanh(), torch.nn.Linear(2, 3)])
    yield "text", repr(layers)
    yield "parameters", [name for name, _ in layers.named_parameters()]
    layers.append(torch.nn.ReLU()).extend([torch.nn.ReLU(), torch.nn.Sequential(torch.nn.Tanh())])
    yield "longer", repr(layers)
    layers.insert(0, torch.nn.Identity())
    yield "inserted", kinds(layers)
    del layers[1:3]
    yield "deleted", names(layers)
    yield "slice", repr(layers[:2])
    yield "joined", kinds(layers + [torch.nn.Sigmoid()])  # noqa: RUF005 - the sum is the point
    yield "empty", repr(torch.nn.ModuleList())
    yield "beyond", raises(lambda: layers[9])
    yield "called", raises(lambda: layers(torch.tensor([1.5])))
    yield "no list", raises(lambda: layers.extend(3))


@case("torch.nn: ModuleDict")
def dictionary_of_modules(torch):
    """A dictionary registers its modules under their keys."""
    layers = torch.nn.ModuleDict({"tanh": torch.nn.Tanh(), "linear": torch.nn.Linear(2, 1, bias=False)})
    yield "text", repr(layers)
    yield "keys", list(layers)
    yield "has", ["tanh" in layers, "relu" in layers]
    layers["relu"] = torch.nn.ReLU()
    layers.update([["sigmoid", torch.nn.Sigmoid()]])
    yield "more", [(key, type(module).__name__) for key, module in layers.items()]
    yield "popped", type(layers.pop("tanh")).__name__
    yield "length", len(layers)
    yield "missing", raises(lambda: layers["tanh"])
    yield "wrong pairs", raises(lambda: layers.update([["one", torch.nn.Tanh(), 3]]))
    yield "no pairs", raises(lambda: layers.update([3]))
    yield "nothing to go through", raises(lambda: layers.update(3))
    yield "no module", raises(lambda: layers.update({"x": 3}))
    layers.clear()
    yield "empty", repr(layers)


@case("torch.nn: ParameterList")
def list_of_parameters(torch):
    """Tensors become parameters of the list; other values are kept as they are."""
    values = torch.nn.ParameterList(
        [torch.nn.Parameter(torch.tensor([1.5, -2.0])), torch.tensor([[3.0]]), "text"]
    )
    yield "text", repr(values)
    yield "parameters", list(values.parameters())
    values.append(torch.tensor(5.0, dtype=torch.float64))
    values[0] = torch.tensor([7.0])
    yield "then", repr(values)
    yield "slice", repr(values[1:])
    yield "length", len(values)
    (values[0] * values[1]).sum().backward()
    yield "gradients", [values[0].grad, values[1].grad]
    yield "beyond", raises(lambda: values[9])
    yield "called", raises(lambda: values(1.5))
    yield "no list", raises(lambda: values.extend(torch.tensor([1.5])))


@case("torch.nn: ParameterDict")
def dictionary_of_parameters(torch):
    """Tensors become parameters under their keys; a plain mapping is taken in the order of its keys."""
    values = torch.nn.ParameterDict({"b": torch.tensor([1.5, -2.0]), "a": torch.tensor([3.0])})
    yield "text", repr(values)
    values["c"] = 5
    yield "keys", list(values)
    yield "reversed", list(reversed(values))
    yield "parameters", list(values.parameters())
    yield "default", values.setdefault("d", torch.tensor([4.0]))
    yield "get", [values.get("c"), values.get("z", 9)]
    yield "popped", values.pop("a")
    yield "last item", values.popitem()
    yield "joined", list((values | torch.nn.ParameterDict({"e": torch.tensor([6.0])})).keys())
    yield "no string", raises(lambda: values[3])
    yield "missing", raises(lambda: values["z"])
    yield "called", raises(lambda: values(1.5))
    values.clear()
    yield "empty", len(values)


@case("torch.nn: Linear")
def linear_layer(torch):
    """A linear layer is `x @ weight.T + bias`; its text gives its sizes."""
    layer = torch.nn.Linear(3, 2)
    with torch.no_grad():
        layer.weight.copy_(torch.tensor([[0.5, -1.5, 2.0], [3.0, 0.25, -0.75]]))
        layer.bias.copy_(torch.tensor([0.125, -4.0]))
    yield "text", repr(layer)
    x = torch.tensor([[1.5, -2.0, 0.5]], requires_grad=True)
    out = layer(x)
    yield "output", out
    out.backward(torch.tensor([[1.0, 0.5]]))
    yield "gradients", [x.grad, layer.weight.grad, layer.bias.grad]
    without = torch.nn.Linear(3, 2, bias=False, dtype=torch.float64)
    yield "without a bias", repr(without)
    yield "bias", without.bias
    yield "parameters", [(name, str(value.dtype)) for name, value in without.named_parameters()]
    yield "vector", layer(torch.tensor([1.5, -2.0, 0.5]))
    yield "wrong size", raises(lambda: layer(torch.tensor([[1.5, -2.0]])))


@case("torch.nn: Linear")
def first_values_of_a_linear_layer(torch):
    """A linear layer draws its weight, then its bias, uniformly from ±1/sqrt(in_features)."""
    torch.manual_seed(3)
    layer = torch.nn.Linear(3, 2)
    yield "weight", layer.weight
    yield "bias", layer.bias
    yield "float64", torch.nn.Linear(5, 1, dtype=torch.float64).weight
    layer.reset_parameters()
    yield "again", layer.weight
    yield "another layer", torch.nn.Linear(1, 1, bias=False).weight


@case("torch.nn: init")
def filled_parameters(torch):
    """The functions of `torch.nn.init` fill in place from the random stream, unrecorded."""
    torch.manual_seed(3)
    weight = torch.nn.Parameter(torch.zeros(3, 4))
    init = torch.nn.init
    yield "returns", init.uniform_(weight, -2.5, 0.5) is weight
    yield "uniform", weight
    yield "normal", init.normal_(weight, 1.5, 0.25)
    yield "xavier_uniform", init.xavier_uniform_(weight, gain=3.0)
    yield "xavier_normal", init.xavier_normal_(weight)
    yield "kaiming_uniform", init.kaiming_uniform_(weight, nonlinearity="relu")
    yield "kaiming_normal", init.kaiming_normal_(weight, a=0.5, mode="fan_out")
    yield "constant", init.constant_(weight, 0.75)
    yield "ones", init.ones_(weight)
    yield "zeros", init.zeros_(weight)
    yield "one dimension", raises(lambda: init.kaiming_uniform_(torch.zeros(3)))
    yield "mode", raises(lambda: init.kaiming_uniform_(weight, mode="fan"))
    yield "empty", init.kaiming_uniform_(torch.zeros(0, 3))


@case("torch.nn: init")
def gains(torch):
    """`calculate_gain` gives the recommended factor of a nonlinearity."""
    gain = torch.nn.init.calculate_gain
    for name in ("linear", "conv2d", "sigmoid", "tanh", "relu", "selu", "leaky_relu"):
        yield name, gain(name)
    yield "slope", gain("leaky_relu", 0.5)
    yield "no number", raises(lambda: gain("leaky_relu", True))
    yield "unknown", raises(lambda: gain("step"))


@case("torch.nn: Non-linear Activations")
def activation_modules(torch):
    """Activations as modules compute what the functions do, and show their options."""
    x = torch.tensor([[0.5, -1.5, 2.5]], requires_grad=True)
    modules = [
        torch.nn.ReLU(),
        torch.nn.Tanh(),
        torch.nn.Sigmoid(),
        torch.nn.Softplus(beta=2, threshold=4),
        torch.nn.Softmax(dim=1),
        torch.nn.LogSoftmax(dim=-1),
        torch.nn.LogSigmoid(),
    ]
    for module in modules:
        x.grad = None
        out = module(x)
        out.backward(torch.tensor([[1.0, 0.5, -2.0]]))
        yield repr(module), out
        yield f"gradient of {type(module).__name__}", x.grad
    yield "in place", repr(torch.nn.ReLU(inplace=True))
    y = x * 3
    yield "changed", torch.nn.ReLU(inplace=True)(y) is y
    yield "dimension not given", torch.nn.Softmax()(x)


@case("torch.nn: Loss Functions")
def loss_modules(torch):
    """Losses as modules compute what the functions do; weights are buffers."""
    x = torch.tensor([0.5, -1.5, 2.5], requires_grad=True)
    target = torch.tensor([1.0, 0.25, 0.0])
    for reduction in ("mean", "sum"):
        yield f"squares, {reduction}", torch.nn.MSELoss(reduction=reduction)(x, target)
        yield f"cross entropy, {reduction}", torch.nn.BCEWithLogitsLoss(reduction=reduction)(x, target)
    yield "elements", torch.nn.MSELoss(reduction="none")(x, target)
    weighted = torch.nn.BCEWithLogitsLoss(
        weight=torch.tensor([3.0, 0.5, 1.5]), pos_weight=torch.tensor([1.5, 2.5, 0.5])
    )
    loss = weighted(x, target)
    loss.backward()
    yield "weighted", loss
    yield "gradient", x.grad
    yield "buffers", [name for name, _ in weighted.named_buffers()]
    yield "text", repr(weighted)
    yield "old arguments", torch.nn.MSELoss(size_average=False).reduction
    yield "old argument", torch.nn.MSELoss(reduce=False).reduction


@case("torch.nn: Identity")
def identity(torch):
    """`Identity` takes any arguments and returns its input itself."""
    x = torch.tensor([1.5, -2.0])
    module = torch.nn.Identity(54, unused=0.1)
    yield "text", repr(module)
    yield "output", module(x) is x


@case("torch: typename")
def names_of_types(torch):
    """`typename` gives the full name of a type; tensors have that of their legacy class."""
    for label, value in {
        "floats": torch.tensor([1.5]),
        "integers": torch.tensor([3]),
        "a number": 3,
        "a string": "text",
        "None": None,
        "a module": torch.nn.Tanh(),
        "a class of modules": torch.nn.Linear,
        "a class": int,
    }.items():
        yield label, torch.typename(value)


@case("torch.nn: Module")
def missing_arguments_of_modules(torch):
    """Arguments that are missing or too many are refused by the name of the method."""
    module = torch.nn.Module()
    yield "register_buffer", raises(lambda: module.register_buffer("a"))
    yield "add_module", raises(lambda: module.add_module())
    yield "train", raises(lambda: module.train(True, False))
    yield "register_forward_hook", raises(lambda: module.register_forward_hook())
    yield "register_full_backward_hook", raises(lambda: module.register_full_backward_hook())
    yield "Linear", raises(lambda: torch.nn.Linear(2))
    yield "call of Linear", raises(lambda: torch.nn.Linear(2, 1)())
    yield "Softmax", raises(lambda: torch.nn.Softmax(1, 2))
    yield "Tanh", raises(lambda: torch.nn.Tanh(3))
    yield "Sequential", raises(lambda: torch.nn.Sequential(3))
