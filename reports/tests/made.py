"""Hand-made cases and recordings: a reference, and subjects that depart from it in known ways."""

from __future__ import annotations

import base64
import copy
import struct
from collections.abc import Callable
from typing import Any

from conformance import case
from conformance.case import Case
from conformance.recording import Recording

CATALOG = "made"
HOSTILE = "<script>alert(1)</script>"
ESCAPES = "\x1b[31m</script><script>alert(2)</script><img src=x onerror=alert(3)>\u202etxt"


@case("Automatic differentiation with torch.autograd", "E5")
def accumulates(torch):
    """A second `backward` adds to `.grad`, it does not overwrite it."""
    x = torch.ones(3, requires_grad=True)  # <b>not bold</b>
    yield "gradient", x.grad


@case("Automatic differentation and gradient descend", "A2", "A12", builds_on=("made::accumulates",))
def draws(torch):
    """The graph of `mean(5 * x)` leads to its leaf."""
    x = torch.ones(3, requires_grad=True)
    yield "result", (5 * x).mean()


@case("Gradients and autograd, first steps", "B5")
def refuses(torch):
    """`backward` of a vector raises."""
    yield "root", torch.ones(3).backward()


@case("torch.Tensor: repr")
def prints(torch):
    """A tensor prints its values."""
    yield "print", repr(torch.ones(3))


@case("Gradients and autograd, first steps", "B5")
def agrees(torch):
    """A number is a number."""
    yield "number", 3


CASES: list[Case] = [accumulates, draws, refuses, prints, agrees]


def tensor(*values: float) -> dict[str, Any]:
    data = base64.b64encode(struct.pack(f"<{len(values)}f", *values)).decode()
    return {"tensor": {"dtype": "float32", "shape": [len(values)], "data": data}}


def graph(*nodes: str) -> dict[str, Any]:
    """A chain of nodes."""
    return {"nodes": list(nodes), "edges": [[at, 0, at + 1, 0] for at in range(len(nodes) - 1)]}


def observed(label: str, **aspects: Any) -> dict[str, Any]:
    return {
        "label": label,
        "aspects": {
            name.replace("_type", " type").replace("_message", " message"): data
            for name, data in aspects.items()
        },
    }


def record(case_id: str, *observations: dict[str, Any]) -> dict[str, Any]:
    return {
        "record": "case",
        "id": case_id,
        "observations": list(observations),
        "end": {"how": "returned"},
        "stdout": "",
        "stderr": "",
        "warnings": [],
        "seconds": 0.25,
    }


def recording(name: str, version: str, records: list[dict[str, Any]], complete: bool = True) -> Recording:
    header = {
        "record": "header",
        "format": 1,
        "subject": {
            "spec": name,
            "name": name,
            "version": version,
            "device": "cpu",
            "build": {"flags": "-O3"},
        },
        "platform": {"python": "3.11.7", "numpy": "2.4.6", "system": "Linux", "machine": "x86_64"},
        "catalog": CATALOG,
        "cases": [one.id for one in CASES],
        "started": "2026-11-22T06:30:12Z",
    }
    footer = {"record": "footer", "cases": len(records), "seconds": 1.5}
    return Recording(header, {one["id"]: one for one in records}, footer if complete else None)


def reference() -> Recording:
    leaf = graph("MeanBackward0", "MulBackward0", "AccumulateGrad")
    return recording(
        "torch",
        "2.13.0+cpu",
        [
            record(
                "made::accumulates",
                observed("gradient", value=tensor(2, 4, 6), is_leaf=True, text="tensor([2., 4., 6.])"),
            ),
            record("made::draws", observed("result", value=tensor(5), grad_fn="MeanBackward0", graph=leaf)),
            record("made::refuses", observed("root", error_type="RuntimeError", error_message="grad can be")),
            record("made::prints", observed("print", text="tensor([1., 1., 1.])")),
            record("made::agrees", observed("number", value=3)),
        ],
    )


def subject(
    name: str = "engine", version: str = "0.1", complete: bool = True, **changes: Callable[[Any], None]
) -> Recording:
    """A copy of the reference under another name, the named cases' records changed in place."""
    records = copy.deepcopy(reference().cases)
    for case_name, change in changes.items():
        change(records[f"made::{case_name}"])
    return recording(name, version, list(records.values()), complete)


def overwrites(one: dict[str, Any]) -> None:
    one["observations"][0]["aspects"].update(value=tensor(2, 2, 6), text="tensor([2., 2., 6.])")


def expands(one: dict[str, Any]) -> None:
    one["observations"][0]["aspects"]["graph"] = graph(
        "MeanBackward0", "ExpandBackward0", "MulBackward0", "AccumulateGrad"
    )


def returns(one: dict[str, Any]) -> None:
    one["observations"] = [observed("root", value=None) | {"returned": True}]


def shouts(one: dict[str, Any]) -> None:
    one["observations"][0]["aspects"]["text"] = f"tensor([1., 1., 1.]) {ESCAPES}"
    one["stdout"], one["stderr"] = ESCAPES, ESCAPES
    one["warnings"] = [[HOSTILE, ESCAPES]]


def dies(one: dict[str, Any]) -> None:
    one["observations"] = []
    one["end"] = {"how": "crash", "exit": -11}


def lacks(one: dict[str, Any]) -> None:
    one["observations"] = []
    one["end"] = {
        "how": "raised",
        "error type": "AttributeError",
        "error message": "no attribute 'item'",
        "line": "yield 3",
        "missing": "Tensor.item",
    }


def faulty(name: str = "engine", version: str = "0.1") -> Recording:
    """Silent, blocked (it builds on the first), silent, different, unsupported."""
    return subject(
        name,
        version,
        accumulates=overwrites,
        draws=expands,
        refuses=returns,
        prints=shouts,
        agrees=lacks,
    )


def hostile() -> Recording:
    """A subject that tries to break out of the page wherever a text of its own is shown."""
    made = faulty(HOSTILE, '"></style><script>alert(4)</script>')
    made.header["subject"]["build"] = {HOSTILE: ESCAPES}
    draws_record = made.cases["made::draws"]["observations"][0]["aspects"]
    draws_record["graph"] = graph("MeanBackward0", "</text></symbol><script>alert(5)</script>", ESCAPES)
    draws_record["grad_fn"] = HOSTILE
    made.cases["made::accumulates"]["observations"][0]["aspects"]["text"] = "W" * 3000
    made.cases["made::refuses"]["end"] = {
        "how": "raised",
        "error type": HOSTILE,
        "error message": ESCAPES,
        "line": HOSTILE,
    }
    return made
