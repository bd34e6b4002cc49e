"""`torch.nn.Module`: what it registers, its attributes, its texts, and its state."""

from __future__ import annotations

from collections import OrderedDict

from conformance import case, raises

MODULE = "torch.nn.Module"


def parameter(torch, *values):
    """A parameter of these values."""
    return torch.nn.Parameter(torch.tensor(values))


def tree(torch):
    """A module with parameters, buffers and submodules on two levels; one submodule is there twice."""
    inner = torch.nn.Module()
    inner.weight = parameter(torch, 3.0, 4.0)
    inner.register_buffer("count", torch.tensor(7))
    outer = torch.nn.Module()
    outer.scale = parameter(torch, 1.5, -2.0)
    outer.first = inner
    outer.again = inner
    outer.register_buffer("mean", torch.tensor([0.25]))
    outer.register_buffer("cache", torch.tensor([0.75]), persistent=False)
    outer.register_parameter("bias", None)
    outer.register_buffer("none", None)
    return outer


def said(call):
    """What an error says of an attribute that is not there, as text: its absence is observed, no API is missing."""
    try:
        return call()
    except AttributeError as error:
        return f"{type(error).__name__}: {error}"


@case(f"{MODULE}: named_parameters")
def names_of_what_is_registered(torch):
    """Parameters, buffers and submodules have dotted names, in the order of registration; each comes once."""
    module = tree(torch)
    module.tied = module.scale
    yield "parameters", [name for name, _ in module.named_parameters()]
    yield "own parameters", [name for name, _ in module.named_parameters(recurse=False)]
    yield "with a prefix", [name for name, _ in module.named_parameters(prefix="net")]
    yield "with duplicates", [name for name, _ in module.named_parameters(remove_duplicate=False)]
    yield "values", list(module.parameters())
    yield "buffers", [name for name, _ in module.named_buffers()]
    yield "values of buffers", list(module.buffers())
    yield "children", [name for name, _ in module.named_children()]
    yield "modules", [name for name, _ in module.named_modules()]
    yield "modules with duplicates", [name for name, _ in module.named_modules(remove_duplicate=False)]
    yield "number of modules", len(list(module.modules()))


@case(f"{MODULE}: register_parameter")
def assigned_parameters(torch):
    """A parameter that is assigned is registered; a plain tensor is an attribute, and cannot replace a parameter."""
    module = torch.nn.Module()
    module.weight = parameter(torch, 1.5, -2.0)
    module.constant = torch.tensor([3.0])
    yield "parameters", [name for name, _ in module.named_parameters()]
    yield "tensor", raises(lambda: setattr(module, "weight", torch.tensor([3.0])))
    yield "number", raises(lambda: setattr(module, "weight", 3))
    module.weight = None
    yield "None", module.weight
    yield "parameters then", [name for name, _ in module.named_parameters()]
    module.weight = parameter(torch, 5.0)
    yield "another", module.weight
    module.constant = parameter(torch, 7.0)
    yield "attribute replaced", [name for name, _ in module.named_parameters()]


@case(f"{MODULE}: register_parameter")
def refused_parameters(torch):
    """Names and values of parameters are checked."""
    module = tree(torch)
    value = parameter(torch, 1.5)
    for name in ("", "a.b", 3, None, "scale", "forward", "mean"):
        yield f"named {name!r}", raises(lambda name=name: module.register_parameter(name, value))
    yield "tensor", raises(lambda: module.register_parameter("other", torch.tensor([1.5])))
    yield "string", raises(lambda: module.register_parameter("other", "text"))
    yield "result", raises(lambda: module.register_parameter("other", value * 2))


@case(f"{MODULE}: register_buffer")
def refused_buffers(torch):
    """Names and values of buffers are checked."""
    module = tree(torch)
    value = torch.tensor([1.5])
    for name in ("", "a.b", 3, "scale", "first", "mean"):
        yield f"named {name!r}", raises(lambda name=name: module.register_buffer(name, value))
    yield "list", raises(lambda: module.register_buffer("other", [1.5]))
    yield "number", raises(lambda: module.register_buffer("other", 1.5))
    yield "assigned number", raises(lambda: setattr(module, "mean", 1.5))


@case(f"{MODULE}: add_module")
def refused_submodules(torch):
    """Names and values of submodules are checked."""
    module = tree(torch)
    child = torch.nn.Identity()
    for name in ("", "a.b", 3, "scale", "first"):
        yield f"named {name!r}", raises(lambda name=name: module.add_module(name, child))
    yield "tensor", raises(lambda: module.add_module("other", torch.tensor([1.5])))
    yield "class", raises(lambda: module.add_module("other", torch.nn.Identity))
    yield "function", raises(lambda: module.register_module("other", len))
    yield "assigned tensor", raises(lambda: setattr(module, "first", torch.tensor([1.5])))
    module.first = None
    yield "assigned None", module.first
    yield "children", [name for name, _ in module.named_children()]


@case(f"{MODULE}: register_buffer")
def assigned_buffers(torch):
    """A tensor assigned to a buffer's name is the buffer from now on; `torch.nn.Buffer` makes one by assignment."""
    module = torch.nn.Module()
    module.register_buffer("mean", torch.tensor([0.25]))
    module.mean = torch.tensor([0.5, 0.75])
    module.total = torch.nn.Buffer(torch.tensor([3.0]))
    module.cache = torch.nn.Buffer(torch.tensor([4.0]), persistent=False)
    yield "buffers", dict(module.named_buffers())
    yield "state", list(module.state_dict())
    module.mean = None
    yield "None", [name for name, _ in module.named_buffers()]
    yield "is a Buffer", [isinstance(value, torch.nn.Buffer) for value in (module.total, torch.tensor([1.5]))]


@case("torch.nn: Module")
def attributes_that_move_between_kinds(torch):
    """A name stands for one thing: registering another kind of value under it takes the old one away."""
    module = torch.nn.Module()
    module.value = torch.nn.Identity()
    module.value = parameter(torch, 1.5)
    yield "module, then parameter", [len(list(module.children())), len(list(module.parameters()))]
    yield "parameter, then module", raises(lambda: setattr(module, "value", torch.nn.Identity()))
    del module.value
    module.register_buffer("value", torch.tensor([3.0]))
    module.value = parameter(torch, 4.0)
    yield "buffer, then parameter", [len(list(module.buffers())), len(list(module.parameters()))]


@case("torch.nn: Module")
def missing_attributes(torch):
    """Reading or deleting what is not there names the class and the attribute."""
    module = tree(torch)
    yield "read", said(lambda: module.missing)
    yield "deleted", type(raises(lambda: delattr(module, "missing")).error).__name__  # Python's own message
    del module.scale, module.mean, module.first
    for name in ("scale", "mean", "first"):
        yield name, said(lambda name=name: getattr(module, name))
    yield "has", [hasattr(module, name) for name in ("scale", "again", "bias")]
    yield "read of a subclass", said(lambda: torch.nn.Linear(2, 1).wight)


@case("torch.nn: Module")
def assignment_before_init(torch):
    """Before `Module.__init__` nothing can be registered, plain attributes can be set."""

    class Early(torch.nn.Module):
        def __init__(self, value):
            self.value = value

    yield "parameter", raises(lambda: Early(parameter(torch, 1.5)))
    yield "module", raises(lambda: Early(torch.nn.Identity()))
    yield "number", Early(3).value
    yield "register_buffer", raises(lambda: Early(3).register_buffer("b", torch.tensor([1.5])))
    yield "register_parameter", raises(lambda: Early(3).register_parameter("p", None))


@case("torch.nn: Module")
def arguments_of_the_base_class(torch):
    """The base class takes no arguments."""
    yield "positional", raises(lambda: torch.nn.Module(1, 2))
    yield "keyword", raises(lambda: torch.nn.Module(size=3))


@case(f"{MODULE}: forward")
def module_without_forward(torch):
    """Calling a module that has no forward says so."""

    class Empty(torch.nn.Module):
        pass

    yield "base class", raises(lambda: torch.nn.Module()(torch.tensor([1.5])))
    yield "subclass", raises(lambda: Empty()())


@case(f"{MODULE}: get_submodule")
def dotted_names(torch):
    """Submodules, parameters and buffers are found by dotted names; what is missing or of another kind is refused."""
    module = tree(torch)
    yield "itself", module.get_submodule("") is module
    yield "submodule", module.get_submodule("first") is module.first
    yield "parameter", module.get_parameter("first.weight")
    yield "buffer", module.get_buffer("first.count")
    yield "missing module", raises(lambda: module.get_submodule("first.other"))
    yield "no module", raises(lambda: module.get_submodule("first.weight"))
    yield "missing parameter", raises(lambda: module.get_parameter("first.bias"))
    yield "no parameter", raises(lambda: module.get_parameter("first.count"))
    yield "no buffer", raises(lambda: module.get_buffer("first.weight"))


@case(f"{MODULE}: set_submodule")
def replaced_submodules(torch):
    """A submodule is replaced by its dotted name; `strict` refuses new names."""
    module = tree(torch)
    module.set_submodule("first", torch.nn.Tanh())
    module.set_submodule("again.deeper", torch.nn.Sigmoid())
    yield "text", repr(module)
    yield "strict", raises(lambda: module.set_submodule("other", torch.nn.Tanh(), strict=True))
    yield "no name", raises(lambda: module.set_submodule("", torch.nn.Tanh()))
    yield "no module", raises(lambda: module.set_submodule("first", 3))
    yield "not in place of a parameter", raises(lambda: module.set_submodule("scale", torch.nn.Tanh()))


@case(f"{MODULE}: train")
def training_mode(torch):
    """`train` and `eval` set the mode of all submodules and return the module."""
    module = tree(torch)
    yield "at first", [each.training for each in module.modules()]
    yield "eval returns", module.eval() is module
    yield "then", [each.training for each in module.modules()]
    module.first.train()
    yield "one in training", [each.training for each in module.modules()]
    yield "wrong", raises(lambda: module.train(1))


@case(f"{MODULE}: requires_grad_")
def frozen_module(torch):
    """`requires_grad_` freezes all parameters, buffers stay as they are."""
    module = tree(torch)
    yield "returns", module.requires_grad_(False) is module
    yield "parameters", [value.requires_grad for value in module.parameters()]
    module.first.requires_grad_()
    yield "one unfrozen", [value.requires_grad for value in module.parameters()]
    yield "buffers", [value.requires_grad for value in module.buffers()]


@case(f"{MODULE}: zero_grad")
def gradients_of_a_module(torch):
    """`zero_grad` sets all gradients to None, or to zeros in place."""
    module = tree(torch)
    (module.scale * module.first.weight).backward(torch.tensor([1.0, 0.5]))
    yield "before", [value.grad for value in module.parameters()]
    module.zero_grad(set_to_none=False)
    yield "zeros", [value.grad for value in module.parameters()]
    module.zero_grad()
    yield "None", [value.grad for value in module.parameters()]


@case(f"{MODULE}: zero_grad", builds_on=("modules::gradients_of_a_module",))
def gradients_with_a_history_are_detached(torch):
    """`zero_grad(set_to_none=False)` detaches a gradient that has a history, and changes it in place."""
    module = tree(torch)
    module.scale.grad = module.scale * 2
    held = module.scale.grad
    yield "gradient", held
    module.zero_grad(set_to_none=False)
    yield "gradient then", module.scale.grad
    yield "same tensor", module.scale.grad is held


@case(f"{MODULE}: apply")
def function_on_all_modules(torch):
    """`apply` calls a function on all submodules, the deepest first, and returns the module."""
    model = torch.nn.Sequential(torch.nn.Sequential(torch.nn.Tanh()), torch.nn.Identity())
    seen = []
    yield "returns", model.apply(lambda module: seen.append(type(module).__name__)) is model
    yield "seen", seen


@case(f"{MODULE}: to")
def types_of_a_module(torch):
    """`double` and alike cast floating parameters, which stay the same tensors, their gradients, and buffers."""
    module = tree(torch)
    weight, mean = module.scale, module.mean
    (module.scale * 3).backward(torch.tensor([1.0, 0.5]))
    yield "returns", module.double() is module
    yield "parameters", list(module.parameters())
    yield "gradient", module.scale.grad
    yield "buffers", list(module.buffers())
    yield "same parameter", module.scale is weight
    yield "same buffer", module.mean is mean
    module.to(torch.float16)
    yield "half", module.scale
    module.to(torch.tensor([1.5]))
    yield "like a tensor", module.scale
    module.to(dtype=torch.float64)
    yield "by keyword", module.mean
    yield "float", module.float().scale
    yield "integers", raises(lambda: module.to(torch.int64))


@case(f"{MODULE}: extra_repr")
def text_of_modules(torch):
    """A module's text has its class, what `extra_repr` says, and its submodules, indented."""

    class Described(torch.nn.Module):
        def __init__(self, text, *children):
            super().__init__()
            self.text = text
            for number, child in enumerate(children):
                self.add_module(f"child{number}", child)

        def extra_repr(self):
            return self.text

    leaf = Described("one line")
    yield "empty", repr(Described(""))
    yield "one line", repr(leaf)
    yield "two lines", repr(Described("size=3\nscale=0.5"))
    yield "a child", repr(Described("", leaf))
    yield "a line and children", repr(Described("size=3", leaf, Described("two\nlines", Described(""))))
    yield "None as a child", repr(Described("size=3", None))
    yield "str", str(leaf)


@case(f"{MODULE}: __dir__")
def names_in_dir(torch):
    """`dir` lists parameters, buffers and submodules beside the attributes, and no names that start with a digit."""
    names = dir(tree(torch))
    yield "listed", [name in names for name in ("scale", "bias", "mean", "first", "training", "forward")]
    yield "digits", [name for name in dir(torch.nn.Sequential(torch.nn.Tanh())) if name.isdigit()]
    yield "sorted", names == sorted(names)


@case(f"{MODULE}: state_dict")
def state_of_a_module(torch):
    """The state has parameters and persistent buffers by dotted names, detached, with the module's own memory."""
    module = tree(torch)
    state = module.state_dict()
    yield "type", type(state) is OrderedDict
    yield "state", dict(state)
    yield "types", [type(value) is torch.Tensor for value in state.values()]
    with torch.no_grad():
        module.scale.mul_(10)
    yield "after a change", state["scale"]
    yield "prefix", list(module.state_dict(prefix="net."))
    kept = module.state_dict(keep_vars=True)
    yield "keep_vars", [kept["scale"] is module.scale, kept["mean"] is module.mean]
    yield "metadata", {name: dict(notes) for name, notes in state._metadata.items()}


@case(f"{MODULE}: load_state_dict", builds_on=("modules::state_of_a_module",))
def loaded_state(torch):
    """Loading copies the values into the module's own tensors, and says that all keys matched."""
    module = tree(torch)
    state = {name: value * 10 for name, value in module.state_dict().items()}
    weight = module.scale
    yield "result", repr(module.load_state_dict(state))
    yield "parameter", module.scale
    yield "buffer", module.mean
    yield "same tensor", module.scale is weight
    yield "version", weight._version


@case(f"{MODULE}: load_state_dict", builds_on=("modules::loaded_state",))
def state_that_does_not_match(torch):
    """Missing and unexpected keys and sizes that differ are listed in one error; `strict=False` returns the keys."""
    module = tree(torch)
    state = module.state_dict()
    del state["scale"]
    state["other"] = torch.tensor([1.5])
    state["first.more.deep"] = torch.tensor([1.5])
    yield "keys", raises(lambda: module.load_state_dict(state))
    found = module.load_state_dict(state, strict=False)
    yield "missing", found.missing_keys
    yield "unexpected", found.unexpected_keys
    yield "text", repr(found)
    state["mean"] = torch.tensor([1.5, 2.5])
    yield "size", raises(lambda: module.load_state_dict(state))
    yield "size, not strict", raises(lambda: module.load_state_dict(state, strict=False))
    state["mean"] = [1.5]
    yield "no tensor", raises(lambda: module.load_state_dict(state, strict=False))
    yield "no dictionary", raises(lambda: module.load_state_dict([1.5]))


@case(f"{MODULE}: load_state_dict", builds_on=("modules::loaded_state",))
def assigned_state(torch):
    """With `assign=True` the tensors of the state take the place of the module's; parameters keep their flags."""
    module = tree(torch)
    module.first.weight.requires_grad_(False)
    state = {name: value.clone().double() for name, value in module.state_dict().items()}
    module.load_state_dict(state, assign=True)
    yield "parameters", list(module.parameters())
    yield "types", [type(value) is torch.nn.Parameter for value in module.parameters()]
    yield "buffer", module.mean is state["mean"]


@case(f"{MODULE}: get_extra_state")
def extra_state(torch):
    """A module may keep something else in its state."""

    class Counting(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.count = 3

        def get_extra_state(self):
            return self.count

        def set_extra_state(self, state):
            self.count = state * 10

    model = torch.nn.Sequential(Counting())
    state = model.state_dict()
    yield "state", dict(state)
    yield "loaded", repr(model.load_state_dict(state))
    yield "count", model[0].count
    yield "missing", raises(lambda: model.load_state_dict({}))
    yield "not there", raises(lambda: torch.nn.Tanh().get_extra_state())
