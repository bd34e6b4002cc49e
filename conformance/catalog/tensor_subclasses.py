"""Subclasses of `Tensor`: what operations on them give, and `__torch_function__`."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Extending PyTorch: Extending torch Python API"


def named(torch):
    """A subclass with a method and an attribute of its own."""

    class Named(torch.Tensor):
        def __new__(cls, data, tag="none"):
            made = torch.as_tensor(data).as_subclass(cls)
            made.tag = tag
            return made

        def doubled(self):
            return self * 2

    return Named


@case(PAGE)
def results_are_of_the_subclass(torch):
    """Operations, methods and functions with an instance of a subclass give instances of it."""
    x = named(torch)([[1.5, -2.5], [0.25, 4.0]], tag="a")
    plain = torch.ones(2, 2)
    results = {
        "x + 1": x + 1,
        "2 * x": 2 * x,
        "plain - x": plain - x,
        "x.sum()": x.sum(),
        "x[0]": x[0],
        "x.T": x.T,
        "sin": torch.sin(x),
        "cat": torch.cat([plain, x]),
        "max": x.max(dim=1).values,
        "relu": torch.nn.functional.relu(x),
        "doubled": x.doubled(),
        "x > 0": x > 0,
    }
    for name, value in results.items():
        yield name, (type(value).__name__, isinstance(value, torch.Tensor), repr(value))
    yield "attribute", (x.tag, hasattr(x + 1, "tag"))
    yield "numbers", (x.tolist(), type(x.shape).__name__, x.sum().item())


@case(PAGE)
def gradients_of_subclasses(torch):
    """Gradients flow through instances of a subclass, and are plain tensors."""
    x = named(torch)([1.5, -2.5]).requires_grad_()
    y = (x * x * torch.tensor([1.0, 3.0])).sum()
    yield "result", (type(y).__name__, y.grad_fn.name())
    y.backward()
    yield "gradient", (type(x.grad).__name__, x.grad.tolist())
    yield "detached", type(x.detach()).__name__


@case(PAGE)
def torch_function_sees_calls(torch):
    """`__torch_function__` gets the function, the types and the arguments of each call, and decides what it gives."""
    seen = []

    class Logged(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            seen.append((func.__name__, [each.__name__ for each in types], len(args), sorted(kwargs or {})))
            return super().__torch_function__(func, types, args, kwargs)

    x = torch.tensor([1.5, -2.5]).as_subclass(Logged)
    yield "result", type(torch.sin(x)).__name__
    torch.add(torch.ones(2), x, alpha=2)
    x.mul(3)
    torch.stack([x, x])
    yield "seen", seen


@case(PAGE, builds_on=("tensor_subclasses::torch_function_sees_calls",))
def torch_function_replaces_results(torch):
    """What `__torch_function__` returns is the result; where all return NotImplemented, the call is refused."""

    class Constant(torch.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            return NotImplemented if func.__name__ == "cos" else f"{func.__name__} was called"

    x = torch.tensor([1.5]).as_subclass(Constant)
    yield "sin", torch.sin(x)
    yield "exp", x.exp()
    yield "cos", type(raises(lambda: torch.cos(x)).error).__name__


@case(PAGE)
def texts_of_subclasses(torch):
    """A subclass prints under its own name, a parameter as a parameter."""
    x = named(torch)([[1.5, -2.5], [0.25, 4.0]])
    yield "subclass", repr(x)
    yield "tracked", repr(x.requires_grad_())
    yield "parameter", repr(torch.nn.Parameter(torch.tensor([1.5])))
    yield "classes", (repr(torch.Tensor), repr(torch.nn.Parameter), type(torch.ones(1)).__name__)


@case(PAGE)
def layers_give_instances_of_the_subclass(torch):
    """A layer that gets an instance of a subclass gives one, for what it calls goes through the class."""
    nn = torch.nn

    class Marked(torch.Tensor):
        pass

    x = torch.tensor([[0.5, -1.0, 2.0], [1.5, 0.25, -0.75]]).as_subclass(Marked)
    images = torch.linspace(-1.0, 1.5, 36).reshape(1, 1, 6, 6).as_subclass(Marked)
    for layer in (
        nn.Linear(3, 2),
        nn.ReLU(),
        nn.LayerNorm(3),
        nn.Softmax(1),
        nn.GELU(),
        nn.Tanh(),
        nn.Sigmoid(),
        nn.Dropout(),
    ):
        yield type(layer).__name__, type(layer(x)).__name__
    for layer in (
        nn.Conv2d(1, 1, 3),
        nn.MaxPool2d(2),
        nn.BatchNorm2d(1),
        nn.Flatten(),
        nn.Upsample(scale_factor=2),
    ):
        yield type(layer).__name__, type(layer(images)).__name__
    yield (
        "losses",
        (type(nn.MSELoss()(x, x)).__name__, type(nn.CrossEntropyLoss()(x, torch.tensor([0, 2]))).__name__),
    )
    yield "function", type(torch.nn.functional.linear(x, torch.ones(2, 3))).__name__
