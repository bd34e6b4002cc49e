"""How each engine is asked for a value and its gradients.

Each idiom makes a `Run` of a function from a namespace and arrays to one number. Calling it goes forward and
back once, and with a rate takes a step of gradient descent; it gives the number and the leaves' gradients.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

Arrays = Sequence[np.ndarray]
Forward = Callable[..., Any]
Rate = float | None
Run = Callable[[], tuple[Any, ...]]


def torch_run(torch: Any, forward: Forward, constants: Arrays, values: Arrays, rate: Rate) -> Run:
    """Leaves that require grad, `backward`, and their `grad`: for PyTorch and for the engine."""
    inputs = [torch.tensor(value) for value in constants]
    leaves = [torch.tensor(value, requires_grad=True) for value in values]

    def run() -> tuple[Any, ...]:
        for leaf in leaves:
            leaf.grad = None
        value = forward(torch, *inputs, *leaves)
        value.backward()
        if rate is not None:
            with torch.no_grad():
                for leaf in leaves:
                    leaf -= rate * leaf.grad
        return (value, *[leaf.grad for leaf in leaves])

    return run


def autograd_run(autograd: Any, forward: Forward, constants: Arrays, values: Arrays, rate: Rate) -> Run:
    """`value_and_grad` of a function of plain arrays."""
    arguments = [value.copy() for value in values]
    places = tuple(range(len(arguments)))

    def function(*leaves: Any) -> Any:
        return forward(autograd.numpy, *constants, *leaves)

    gradient = autograd.value_and_grad(function, places if len(places) > 1 else 0)

    def run() -> tuple[Any, ...]:
        value, grads = gradient(*arguments)
        if len(places) == 1:
            grads = (grads,)
        if rate is not None:
            for argument, grad in zip(arguments, grads, strict=True):
                argument -= rate * grad
        return (value, *grads)

    return run


def mygrad_run(mygrad: Any, forward: Forward, constants: Arrays, values: Arrays, rate: Rate) -> Run:
    """Leaf tensors, `backward`, and their `grad`, which a leaf's next use resets; constants stay arrays."""
    leaves = [mygrad.tensor(value) for value in values]

    def run() -> tuple[Any, ...]:
        value = forward(mygrad, *constants, *leaves)
        value.backward()
        if rate is not None:
            for leaf in leaves:
                leaf.data -= rate * leaf.grad
        return (value, *[leaf.grad for leaf in leaves])

    return run


def unrecorded(name: str, module: Any, forward: Forward, values: Arrays) -> Run:
    """The value alone, of what would require a gradient if it were recorded; autograd then computes on arrays."""
    if name == "autograd":
        return lambda: (forward(module.numpy, *values),)
    mygrad = name == "mygrad"
    leaves = [
        module.tensor(value) if mygrad else module.tensor(value, requires_grad=True) for value in values
    ]
    off = module.no_autodiff if mygrad else module.no_grad()

    def run() -> tuple[Any, ...]:
        with off:
            return (forward(module, *leaves),)

    return run
