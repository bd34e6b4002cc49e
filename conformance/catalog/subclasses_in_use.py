"""Instances of subclasses among plain tensors, as parameters of modules, changed in place, copied and printed."""

from __future__ import annotations

import copy
import pickle

from conformance import case, raises

PAGE = "Extending PyTorch: Subclassing torch.Tensor"


def logged(torch, seen):
    """A subclass that notes the functions that it is asked for, with the types of their arguments."""

    class Logged(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            seen.append((func.__name__, [type(each).__name__ for each in args]))
            return super().__torch_function__(func, types, args, kwargs)

    return Logged


def matrix(torch):
    """Two rows of two."""
    return torch.tensor([[1.5, -2.0], [0.5, 3.0]])


@case(PAGE)
def operators_beside_plain_tensors(torch):
    """Operators hand over their operands in the order in which they stand, and by the names of methods."""
    seen = []
    x, y = matrix(torch), matrix(torch).as_subclass(logged(torch, seen))
    for operation in (
        lambda: x + y,
        lambda: y - x,
        lambda: x * y,
        lambda: x / y,
        lambda: x @ y,
        lambda: y > x,
        lambda: 1 - y,
        lambda: 2 / y,
        lambda: y**2,
        lambda: -y,
    ):
        operation()
    yield "seen", seen


@case(PAGE)
def changed_in_place_by_the_other(torch):
    """What a change in place returns is an instance if one of the operands is: after `x += y`, x is."""
    seen = []
    x, y = matrix(torch), matrix(torch).as_subclass(logged(torch, seen))
    x += y
    x[0] = y[1]
    x.mul_(y)
    y -= x
    y[0, 0] = 7.0
    y.copy_(matrix(torch))
    yield "types", (type(x).__name__, type(y).__name__)
    yield "values", (x.tolist(), y.tolist())
    yield "seen", seen


@case(PAGE)
def indexed_by_an_instance(torch):
    """An index that is an instance makes the result one."""
    seen = []
    x, y = matrix(torch), matrix(torch).as_subclass(logged(torch, seen))
    yield "mask", type(x[y > 1]).__name__
    yield "integers", type(x[torch.tensor([0, 1]).as_subclass(type(y))]).__name__
    yield "seen", seen


@case(PAGE)
def iterated_and_measured(torch):
    """Iteration asks for the dimensions and the parts; `len`, `in` and `bool` ask by their own names."""
    seen = []
    y = matrix(torch).as_subclass(logged(torch, seen))
    yield "parts", [type(each).__name__ for each in y]
    yield "answers", (len(y), 3.0 in y, bool(y[0, 0]), float(y[0, 1]))
    yield "seen", seen


@case(PAGE)
def gradients_of_instances(torch):
    """`.grad` of an instance is what was accumulated, a plain tensor; `backward` and `grad` ask the class."""
    seen = []
    y = matrix(torch).as_subclass(logged(torch, seen)).requires_grad_()
    (y * y).sum().backward()
    yield "gradient", (type(y.grad).__name__, y.grad.tolist())
    (found,) = torch.autograd.grad((y * 3).sum(), [y])
    yield "found", (type(found).__name__, found.tolist())
    yield "seen", [name for name, _ in seen]


@case(PAGE)
def parameter_of_a_subclass(torch):
    """A parameter of an instance is an instance that says that it is a parameter, and a module takes it for one."""

    class Marked(torch.Tensor):
        pass

    parameter = torch.nn.Parameter(matrix(torch).as_subclass(Marked))
    yield (
        "type",
        (type(parameter).__name__, isinstance(parameter, torch.nn.Parameter), parameter.requires_grad),
    )
    yield "text", repr(parameter)
    module = torch.nn.Module()
    module.weight = parameter
    yield "names", [name for name, _ in module.named_parameters()]
    loss = (module.weight * module.weight).sum()
    loss.backward()
    torch.optim.SGD(module.parameters(), lr=0.125).step()
    yield "trained", (type(module.weight).__name__, module.weight.tolist())


@case(PAGE)
def class_of_parameters(torch):
    """Operations on instances of a class derived from `Parameter` give plain tensors."""

    class Scale(torch.nn.Parameter):
        pass

    scale = Scale(torch.tensor([1.5, -2.0]))
    yield "types", [type(each).__name__ for each in (scale, scale * 2, scale.detach(), scale.data, scale[0])]
    yield "text", repr(scale)
    yield "copy", type(copy.deepcopy(scale)).__name__
    module = torch.nn.Module()
    module.scale = scale
    yield "registered", [type(each).__name__ for each in module.parameters()]


@case(PAGE)
def copies_of_instances(torch):
    """An instance is copied deeply only if its class makes new tensors of its own type; it is pickled as it is."""

    class Plain(torch.Tensor):
        pass

    class Renewing(torch.Tensor):
        def new_empty(self, *args, **kwargs):
            return torch.empty(*args, **kwargs).as_subclass(Renewing)

    yield "plain", raises(lambda: copy.deepcopy(matrix(torch).as_subclass(Plain)))
    copied = copy.deepcopy(matrix(torch).as_subclass(Renewing))
    yield "renewing", (type(copied).__name__, copied.tolist())
    yield "clone", type(matrix(torch).as_subclass(Plain).clone()).__name__
    yield "pickled", type(raises(lambda: pickle.dumps(matrix(torch).as_subclass(Plain))).error).__name__


@case(PAGE)
def texts_of_instances_formatted(torch):
    """Only plain tensors without dimensions take a format; an instance is refused."""

    class Named(torch.Tensor):
        pass

    number = torch.tensor(2.5)
    yield "plain", f"{number:.2f} {number}"
    yield "instance", raises(lambda: f"{number.as_subclass(Named):.2f}")
    yield "without a format", f"{number.as_subclass(Named)}"
    yield "parameter", raises(lambda: f"{torch.nn.Parameter(number):.2f}")
