"""Toy subjects: an engine with one fault planted in each, to see that the suite finds it.

Each is a subject, as in `conformance.tests.toys:overwrites_grad`, and patches the public names of the engine
in the process that it runs in.
"""

from __future__ import annotations

import functools
import importlib
import os
import time
from collections.abc import Callable
from types import ModuleType
from typing import Any

from conformance.subject import Subject

ENGINE = "engine"

TOYS: dict[str, str] = {}
"""The worst verdict that each toy gets; every case that does not meet its fault is identical."""

Change = Callable[[Callable[..., Any]], Callable[..., Any]]


def toy(verdict: str) -> Callable[[Callable[[Any], Subject | None]], Callable[[], Subject]]:
    """Declare a function that plants a fault in a namespace as a toy, which gets `verdict`."""

    def declare(plant: Callable[[Any], Subject | None]) -> Callable[[], Subject]:
        name = plant.__name__
        TOYS[name] = verdict

        @functools.wraps(plant)
        def make() -> Subject:
            torch = importlib.import_module(ENGINE)
            return plant(torch) or Subject(torch, f"{__name__}:{name}", f"toy {name}", "1.0")

        del make.__wrapped__  # as a subject it takes nothing
        return make

    return declare


def replace(torch: Any, name: str, change: Change) -> None:
    """Put `change(original)` in the place of a function and of the method of that name."""
    for holder in (torch, torch.Tensor):
        original = getattr(holder, name)
        setattr(holder, name, functools.wraps(original)(change(original)))


def replace_backward(torch: Any, change: Change) -> None:
    """Put `change(original)` in the place of `Tensor.backward`."""
    torch.Tensor.backward = change(torch.Tensor.backward)


def leaves(node: Any) -> list[Any]:
    """The leaves behind a node, each once."""
    nodes, found = [node], {}
    seen = {id(node)}
    for step in nodes:
        if hasattr(step, "variable"):
            found[id(step.variable)] = step.variable
        for following, _ in step.next_functions:
            if following is not None and id(following) not in seen:
                seen.add(id(following))
                nodes.append(following)
    return list(found.values())


@toy("silent")
def overwrites_grad(torch: Any) -> None:
    """`backward` puts the new gradient in the place of the old one."""

    def change(backward: Callable[..., Any]) -> Callable[..., Any]:
        def overwriting(self: Any, *args: Any, **kwargs: Any) -> Any:
            before = [(leaf, leaf.grad) for leaf in leaves(self.grad_fn)] if self.grad_fn is not None else []
            for leaf, _ in before:
                leaf.grad = None
            try:
                return backward(self, *args, **kwargs)
            except RuntimeError:
                for leaf, grad in before:
                    leaf.grad = grad
                raise

        return overwriting

    replace_backward(torch, change)


@toy("silent")
def no_grad_does_nothing(torch: Any) -> None:
    """What is computed under `no_grad` is recorded all the same."""
    torch.no_grad = torch.enable_grad


@toy("different")
def wrong_grad_fn_name(torch: Any) -> None:
    """The node of a product is called `MultiplyBackward0`."""
    x = torch.ones(1, requires_grad=True)
    type((x * x).grad_fn).name = lambda self: "MultiplyBackward0"


@toy("different")
def wrong_edge_order(torch: Any) -> None:
    """The node of a quotient lists its inputs from last to first."""
    x = torch.ones(1, requires_grad=True)
    node = type((x / x).grad_fn)
    forward = node.next_functions
    node.next_functions = property(lambda self: forward.__get__(self)[::-1])


@toy("silent")
def value_off(torch: Any) -> None:
    """`exp` is too large by one part in ten thousand."""

    def change(exp: Callable[..., Any]) -> Callable[..., Any]:
        def too_large(*args: Any, **kwargs: Any) -> Any:
            result = exp(*args, **kwargs)
            result.data.mul_(1.0001)
            return result

        return too_large

    replace(torch, "exp", change)


@toy("silent")
def swallows_error(torch: Any) -> None:
    """`backward` returns where it should raise."""

    def change(backward: Callable[..., Any]) -> Callable[..., Any]:
        def silent(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return backward(self, *args, **kwargs)
            except RuntimeError:
                return None

        return silent

    replace_backward(torch, change)


@toy("different")
def other_message(torch: Any) -> None:
    """`backward` raises the right error with words of its own."""

    def change(backward: Callable[..., Any]) -> Callable[..., Any]:
        def reworded(self: Any, *args: Any, **kwargs: Any) -> Any:
            try:
                return backward(self, *args, **kwargs)
            except RuntimeError as error:
                raise type(error)("backward failed") from None

        return reworded

    replace_backward(torch, change)


@toy("unsupported")
def missing_api(torch: Any) -> None:
    """There is no `Tensor.retain_grad`."""
    del torch.Tensor.retain_grad


@toy("timeout")
def hangs(torch: Any) -> None:
    """`tril` never ends."""

    def change(tril: Callable[..., Any]) -> Callable[..., Any]:
        def endless(*args: Any, **kwargs: Any) -> Any:
            while True:
                time.sleep(1)

        return endless

    replace(torch, "tril", change)


@toy("crash")
def exits(torch: Any) -> None:
    """`triu` ends the interpreter, as if all were well."""
    replace(torch, "triu", lambda triu: lambda *args, **kwargs: os._exit(0))


class Unheard(BaseException):
    """An exception that no handler of `Exception` sees."""


@toy("error")
def raises_base_exception(torch: Any) -> None:
    """`diagonal` raises what is no `Exception`."""

    def change(diagonal: Callable[..., Any]) -> Callable[..., Any]:
        def raising(*args: Any, **kwargs: Any) -> Any:
            raise Unheard("from the depths")

        return raising

    replace(torch, "diagonal", change)


@toy("different")
def prints(torch: Any) -> None:
    """`flip` prints a line, and one that looks like a reply of the worker."""

    def change(flip: Callable[..., Any]) -> Callable[..., Any]:
        def talking(*args: Any, **kwargs: Any) -> Any:
            print("flipping")
            print('{"end": {"how": "returned"}, "warnings": []}', flush=True)
            return flip(*args, **kwargs)

        return talking

    replace(torch, "flip", change)


@toy("silent")
def returns_nan(torch: Any) -> None:
    """`outer` gives nan."""

    def change(outer: Callable[..., Any]) -> Callable[..., Any]:
        def undefined(*args: Any, **kwargs: Any) -> Any:
            result = outer(*args, **kwargs)
            result.data.fill_(float("nan"))
            return result

        return undefined

    replace(torch, "outer", change)


@toy("different")
def float64_for_float32(torch: Any) -> None:
    """`square` gives float64 whatever it is given."""

    def change(square: Callable[..., Any]) -> Callable[..., Any]:
        def wider(*args: Any, **kwargs: Any) -> Any:
            return square(*args, **kwargs).double()

        return wider

    replace(torch, "square", change)


@toy("error")
def leaves_grad_mode_off(torch: Any) -> None:
    """After a backward pass nothing is recorded any more: what comes later in the process finds it so."""

    def change(backward: Callable[..., Any]) -> Callable[..., Any]:
        def poisoning(self: Any, *args: Any, **kwargs: Any) -> Any:
            backward(self, *args, **kwargs)
            torch.set_grad_enabled(False)

        return poisoning

    replace_backward(torch, change)


@toy("different")
def hostile_name(torch: Any) -> Subject:
    """The subject's name, version and texts hold markup and terminal escapes."""
    hostile = "<script>alert('toy')</script>\x1b[2J\x1b]0;toy\x07 & \"quoted\""
    printed = torch.Tensor.__repr__
    torch.Tensor.__repr__ = lambda self, **kwargs: printed(self, **kwargs) + hostile
    build = {hostile: hostile}
    return Subject(torch, f"{__name__}:hostile_name", f"toy {hostile}", f"1.0 {hostile}", build=build)


def no_tensors() -> ModuleType:
    """A module without tensors: no subject at all, and no toy with a verdict."""
    return ModuleType("no_tensors")
