"""What `__torch_function__` is handed, on both sides, as JSON: a process of its own, because functions ask from then on.

Run as a program by `test_overriding.py`.
"""

from __future__ import annotations

import inspect
import json
import sys
import warnings

import torch

import engine

SPACES = ("", "nn.functional", "linalg", "fft", "special")
ON_SUBCLASSES = """
    x+s | x-s | x*s | x@s | x**s | x//s | x<s | x==s | s-x | 1-s | 2/s | s**2 | 2**s | -s | abs(s) | ~(s>1) | x.add(s) | x.add_(s)
    s.add_(x) | x.copy_(s) | torch.where(s>0,x,s) | x[s>0] | s[0] | float(s[0,0]) | list(s) | len(s) | s.shape | s.T | s.data
    s.grad | s.is_leaf | s.dtype | s.requires_grad_() | (s*2).sum().backward() | s.grad | s.max(0) | s.tolist() | s.double()
    s.new_zeros(2) | torch.zeros_like(s) | torch.cat([s,s]) | s.split(1) | torch.einsum("ij,jk->ik",x,s.detach()) | s.norm()
    torch.nn.functional.relu(s) | torch.nn.Linear(2,2)(s.detach()) | torch.linalg.norm(s) | repr(s.detach())
    f"{s[0,0].detach():.2f}" | 1. in s.detach() | __import__("copy").deepcopy(s.detach()) | torch.nn.Parameter(s.detach()) | hash(s)
    torch.tensor(x) | s.std() | s.unique() | s._version | torch.nn.Parameter(s.detach()).requires_grad | setattr(s, "grad", None)
""".replace("\n", "|")


def duck(handed):
    """A class that is no tensor, and notes what it is handed."""

    class Duck:
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            handed.append((func, [each.__name__ for each in types], args, kwargs))
            return -1

    return Duck


def shown(value):
    """A Duck as its name, the others as they print."""
    if isinstance(value, (list, tuple)):
        return [shown(each) for each in value]
    return type(value).__name__ if type(value).__name__ == "Duck" else repr(value)


def functions():
    """The functions that ask in PyTorch, by their names, with the number of arguments that they need."""
    signatures = torch.overrides.get_testing_overrides()
    for space in SPACES:
        module = operator_of(torch, space)
        for function in torch.overrides.get_overridable_functions()[module]:
            if function not in signatures:
                continue
            wanted = inspect.getfullargspec(signatures[function])
            count = len(wanted.args) - len(wanted.defaults or ())
            name = (torch.overrides.resolve_name(function) or "").split(".")[-1]
            if count and hasattr(operator_of(engine, space), name):
                yield space, name, count


def operator_of(namespace, path):
    """The module of a namespace by its dotted name."""
    for part in path.split("."):
        namespace = getattr(namespace, part) if part else namespace
    return namespace


def asked_by_functions():
    """For each function, what both hand over to an object that is no tensor."""
    found = {}
    for space, name, count in functions():
        sides = []
        for namespace in (engine, torch):
            handed: list = []
            kind = duck(handed)
            try:
                getattr(operator_of(namespace, space), name)(*[kind() for _ in range(count)])
            except Exception as error:
                handed.append((type(error), str(error), None, None))
            function, types, args, kwargs = handed[0]
            sides.append(
                [function.__name__, types, shown(args), {k: shown(v) for k, v in (kwargs or {}).items()}]
            )
        found[f"{space}.{name}".strip(".")] = sides
    return found


def asked_on_subclasses(namespace):
    """For each statement, what a subclass is handed and what type the result has."""
    handed: list = []

    class Sub(namespace.Tensor):
        @classmethod
        def __torch_function__(cls, func, types, args=(), kwargs=None):
            handed.append(
                [func.__name__, [type(each).__name__ for each in args], shown(sorted((kwargs or {}).items()))]
            )
            return super().__torch_function__(func, types, args, kwargs)

    names = {"torch": namespace, "x": namespace.ones(2, 2), "s": namespace.full((2, 2), 2.0).as_subclass(Sub)}
    found = []
    for statement in filter(None, map(str.strip, ON_SUBCLASSES.split("|"))):
        handed.clear()
        try:
            result = type(eval(statement, names)).__name__
        except Exception as error:
            result = f"{type(error).__name__}: {error}"
        found.append([statement, [*handed], result])
    return found


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    engine.sin(duck([])())
    json.dump(
        {"functions": asked_by_functions(), "subclasses": [*map(asked_on_subclasses, (engine, torch))]},
        sys.stdout,
    )
