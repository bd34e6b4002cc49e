"""`python -m conformance smoke`: whether a subject is wired soundly, in seconds, and what to do next."""

from __future__ import annotations

import time
from argparse import Namespace
from dataclasses import dataclass
from typing import Any

from .commands import add_command
from .process import Process
from .showing import visible
from .subject import SubjectError

LOAD_TIMEOUT = 120.0
PROBE_TIMEOUT = 30.0

NEEDED = {
    "makes a tensor": "give `make` of the adapter, which makes the engine's tensor of nested lists",
    "reads its numbers": "give `read` of the adapter, which makes nested lists of the engine's tensor",
    "has its shape": "give `get_shape` of the adapter",
    "calculates": "check that `kind` of the adapter is the class with the engine's operators",
}
"""What no case can do without, and what to look at where it does not work."""

TAPE = {
    "makes a tensor that requires grad": "see that `make` of the adapter hands on `requires_grad`",
    "runs backward": "give `backward` of the adapter, which runs the engine's",
    "reads the gradient": "give `get_grad` of the adapter, which returns the engine's gradient",
}
"""What is needed besides, unless the engine differentiates functions."""

INSTEAD = "differentiates a function"
WORDS = {"works": "works", "missing": "not offered", "wrong": "WRONG", "raised": "FAILS"}


@dataclass(frozen=True)
class Smoke:
    """What was tried on a subject: a probe's name, how it went and what is told of it."""

    subject: dict[str, Any]
    probes: dict[str, tuple[str, str]]

    @property
    def unsound(self) -> dict[str, str]:
        """What has to be mended before the catalog can be run, and the advice for each."""
        held = {key: how for key, (how, _) in self.probes.items()}
        needed = NEEDED if held.get(INSTEAD) == "works" else {**NEEDED, **TAPE}
        return {key: advice for key, advice in needed.items() if held.get(key) != "works"}


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    tried = add_command(commands, "smoke", "say in seconds whether a subject is wired soundly")
    tried.add_argument("subject", help="a module, or module:attribute, or either @path/to/another/python")
    tried.add_argument("--device", default="cpu", help="the subject's device (cpu)")
    tried.set_defaults(command=run)


def run(chosen: Namespace) -> int:
    """Try a subject and print what was found; 0 if the catalog can be run, 1 if something has to be mended."""
    smoke = check(chosen.subject, chosen.device)
    print(f"{visible(smoke.subject['name'])} {visible(smoke.subject['version'])}, as {chosen.subject}")
    width = max(map(len, smoke.probes))
    for key, (how, told) in smoke.probes.items():
        print(visible(f"  {key:<{width}}  {WORDS[how]}{told and f': {told.splitlines()[0]}'}"))
    unsound = smoke.unsound
    missing = sum(how == "missing" for how, _ in smoke.probes.values())
    if unsound:
        print(f"The wiring is not sound yet: it does not come through `{next(iter(unsound))}`.")
        print(f"Next: {next(iter(unsound.values()))}, and run this again.")
        return 1
    wrong = [key for key, (how, _) in smoke.probes.items() if how in ("wrong", "raised")]
    print(
        f"The wiring is sound. Not offered: {missing}, which is reported as `unsupported` and never as a departure."
    )
    if wrong:
        print(
            f"Look at `{wrong[0]}` first: is it the engine, or the adapter? Departures of the engine may stay."
        )
    print(f"Next: python -m conformance run --subject {chosen.subject} -o report")
    return 0


def check(spec: str, device: str = "cpu") -> Smoke:
    """What of the probes works on a subject; raises `SubjectError` if it cannot be loaded."""
    process = Process("probing.py", spec, device)
    try:
        hello = process.receive(time.monotonic() + LOAD_TIMEOUT)
        if "error" in hello:
            raise SubjectError(hello["error"])
        return Smoke(hello["header"], _probes(process))
    except (TimeoutError, EOFError):
        words = process.last_words()
        raise SubjectError(
            f"the subject {spec!r} did not come through its import{words and f' ({words})'}; import it by hand to see why"
        ) from None
    finally:
        process.end(ask=False)


def _probes(process: Process) -> dict[str, tuple[str, str]]:
    """The probes that were told; one that ends the interpreter, or takes too long, is the last."""
    from .probing import PROBES

    found: dict[str, tuple[str, str]] = {}
    for key in PROBES:
        try:
            told = process.receive(time.monotonic() + PROBE_TIMEOUT)
        except TimeoutError:
            found[key] = ("raised", f"it did not end within {PROBE_TIMEOUT:g} seconds")
            break
        except EOFError:
            found[key] = ("raised", "the interpreter died of it")
            break
        found[told["probe"]] = (told["how"], told["told"])
    return found
