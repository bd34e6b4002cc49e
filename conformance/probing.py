"""Tries what every case needs, in the subject's interpreter: `python -u conformance/probing.py SPEC DEVICE`.

    out  {"header": ..}  or  {"error": sentence}, then for each probe {"probe": key, "how": .., "told": ..}

`how` is "works", "missing" (told: the name), "wrong" (told: both values) or "raised" (told: the exception).
"""

from __future__ import annotations

import importlib
import os
import sys

if __name__ == "__main__":  # started by its path: the folder of this file is no place to import from
    FOLDER = os.path.dirname(os.path.realpath(__file__))
    others = [path for path in sys.path if os.path.realpath(path) != FOLDER]
    sys.path[:] = [os.path.dirname(FOLDER), os.getcwd(), *others]
    importlib.import_module("conformance.probing").main(*sys.argv[1:])
    sys.exit()

from collections.abc import Callable
from typing import Any

from .observe import MissingError, clean, describe
from .subject import SubjectError, load, missing_api
from .worker import conversation

Probe = Callable[[Any, Any], "tuple[Any, Any]"]
"""Takes the namespace and what was made so far; returns what was found, and what is right (None: anything)."""


class Made:
    """Tensors that later probes use: of three numbers, or of one where the engine has only scalars."""

    x: Any = None
    y: Any = None
    numbers: Any = None


def _tensor(torch: Any, made: Made) -> tuple[Any, Any]:
    made.numbers = 1.5
    made.x = torch.tensor(1.5)
    try:
        made.x = torch.tensor([1.5, -2.0, 3.0])
        made.numbers = [1.5, -2.0, 3.0]
    except MissingError:  # an engine of scalars, as its adapter says
        pass
    return isinstance(made.x, torch.Tensor), True


def _each(made: Made, function: Callable[[float], float]) -> Any:
    return (
        [function(number) for number in made.numbers]
        if isinstance(made.numbers, list)
        else function(made.numbers)
    )


def _tracked(torch: Any, made: Made) -> tuple[Any, Any]:
    made.x = torch.tensor(made.numbers, requires_grad=True)
    return None, None


def _backward(torch: Any, made: Made) -> tuple[Any, Any]:
    made.y = made.x * made.x + 2 * made.x
    (made.y.sum() if isinstance(made.numbers, list) else made.y).backward()
    return None, None


def _func(torch: Any, made: Made) -> tuple[Any, Any]:
    return torch.func.grad(lambda x: x * x + 2 * x)(torch.tensor(1.5)).tolist(), 5.0


def _given(torch: Any, made: Made) -> tuple[Any, Any]:
    x = torch.tensor(made.numbers, requires_grad=True)
    (x * 3).backward(torch.tensor(_each(made, lambda number: 2.0)))
    return x.grad.tolist(), _each(made, lambda number: 6.0)


def _no_grad(torch: Any, made: Made) -> tuple[Any, Any]:
    with torch.no_grad():
        held = made.x * 2
    return held.requires_grad, False


PROBES: dict[str, Probe] = {
    "makes a tensor": _tensor,
    "reads its numbers": lambda torch, made: (made.x.tolist(), made.numbers),
    "has its shape": lambda torch, made: (
        tuple(made.x.shape),
        (3,) if isinstance(made.numbers, list) else (),
    ),
    "calculates": lambda torch, made: (
        (made.x * made.x + 2 * made.x).tolist(),
        _each(made, lambda n: n * n + 2 * n),
    ),
    "makes a tensor that requires grad": _tracked,
    "runs backward": _backward,
    "reads the gradient": lambda torch, made: (made.x.grad.tolist(), _each(made, lambda n: 2 * n + 2)),
    "differentiates a function": _func,
    "takes an incoming gradient": _given,
    "switches gradients off": _no_grad,
    "has functions": lambda torch, made: (type(torch.exp(made.x)).__name__, type(made.x).__name__),
    "has methods": lambda torch, made: (type(made.x.exp()).__name__, type(made.x).__name__),
    "has torch.nn.functional": lambda torch, made: (
        torch.nn.functional.relu(made.x).tolist(),
        _each(made, lambda n: max(n, 0.0)),
    ),
    "is indexed": lambda torch, made: (made.x[1:].tolist(), made.numbers[1:]),
    "tells its type of elements": lambda torch, made: (str(made.x.dtype), "torch.float32"),
    "tells whether it requires grad": lambda torch, made: (made.x.requires_grad, True),
    "tells whether it is a leaf": lambda torch, made: (made.x.is_leaf, True),
    "tells its node": lambda torch, made: ((made.x * 2).grad_fn is not None, True),
    "counts its versions": lambda torch, made: (made.x._version, 0),
    "prints as PyTorch does": lambda torch, made: (repr(torch.ones(2)), "tensor([1., 1.])"),
}
"""What is tried, in this order; `smoke.py` says which of it every case needs."""


def main(spec: str, device: str) -> None:
    """Load a subject and try everything."""
    _, send = conversation()
    try:
        subject = load(spec, device)
    except SubjectError as error:
        send(error=clean(str(error)))
        return
    send(header=subject.described())
    made = Made()
    for key, probe in PROBES.items():
        how, told = _tried(probe, subject.namespace, made)
        send(probe=key, how=how, told=clean(told, 300))


def _tried(probe: Probe, namespace: Any, made: Made) -> tuple[str, str]:
    try:
        found, right = probe(namespace, made)
        if right is None or found == right:
            return "works", ""
    except BaseException as error:  # a subject may raise anything
        name = missing_api(error, namespace, os.path.dirname(__file__))
        kind, message = describe(error)
        return ("missing", name) if name else ("raised", f"{kind}: {message}")
    else:
        return "wrong", f"{found!r} instead of {right!r}"
