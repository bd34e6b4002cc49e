"""`python -m conformance coverage`: which of PyTorch's public names a subject has."""

from __future__ import annotations

import importlib.util
import json
import subprocess
import sys
import textwrap
import time
from argparse import Namespace
from pathlib import Path
from typing import Any

from .commands import add_command
from .process import Process
from .publishing import PublishingError
from .runner import LOAD_TIMEOUT
from .showing import visible
from .sources import refuse_unwritable, refuse_unwritable_file
from .subject import SubjectError

Names = dict[str, list[str]]

KEPT = "names-torch-2.13.0.json"
"""PyTorch's names, beside its recordings: `python -m conformance coverage --subject torch --json FILE` made them."""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    covered = add_command(commands, "coverage", "list which of PyTorch's names a subject has")
    covered.add_argument("--subject", default="engine", help="a subject (engine)")
    covered.add_argument("--json", type=Path, metavar="FILE", help="also write the names, as JSON")
    covered.add_argument("-o", "--output", type=Path, metavar="DIR", help="also write a page")
    covered.set_defaults(command=run)


def run(chosen: Namespace) -> int:
    """Compare the names and print what is missing; always 0, as a missing name is no departure."""
    if chosen.json:
        refuse_unwritable_file(chosen.json)
    if chosen.output:
        refuse_unwritable(chosen.output)
    reference, wanted = _reference()
    subject, found = names(chosen.subject, wanted)
    namespaces = {
        name: {
            "present": [each for each in listed if each in set(found[name])],
            "missing": [each for each in listed if each not in set(found[name])],
        }
        for name, listed in wanted.items()
    }
    data = {"reference": reference, "subject": subject, "namespaces": namespaces}
    for name, held in namespaces.items():
        total = len(wanted[name])
        share = f"{len(held['present']) / total:.0%}" if total else "-"
        print(f"{name}: {len(held['present'])} of {total} names ({share})")
        missing = visible(" ".join(held["missing"]))
        print(textwrap.indent(textwrap.fill(missing, 100, break_on_hyphens=False), "    "))
    text = json.dumps(data, ensure_ascii=False, indent=1) + "\n"
    if chosen.json:
        chosen.json.write_text(text, encoding="utf-8")
    if chosen.output:
        print(f"Page: {_publish(text, chosen.output)}")
    return 0


def names(spec: str, wanted: Names | None = None) -> tuple[dict[str, Any], Names]:
    """What a subject is, and which of the wanted names it has; all its public ones if none are wanted."""
    process = Process("naming.py", spec, "cpu")
    try:
        hello = process.receive(time.monotonic() + LOAD_TIMEOUT)
        if "error" in hello:
            raise SubjectError(hello["error"])
        process.ask({"names": wanted})
        found = process.receive(time.monotonic() + LOAD_TIMEOUT)["found"]
    except (TimeoutError, EOFError):
        words = process.last_words()
        raise SubjectError(
            f"the subject {spec!r} does not say what names it has{words and f' ({words})'}; import it by hand to see why"
        ) from None
    finally:
        process.end(ask=False)
    return dict(hello["header"]["subject"]), found


def _reference() -> tuple[dict[str, Any], Names]:
    """PyTorch's names: live, or from where they are kept."""
    if importlib.util.find_spec("torch") is not None:
        return names("torch")
    spec = importlib.util.find_spec("reference")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "recordings" / KEPT
        if path.is_file():
            data = json.loads(path.read_text(encoding="utf-8"))
            return data["reference"], {name: held["present"] for name, held in data["namespaces"].items()}
    raise SubjectError("PyTorch is not installed and no list of its names is here: install torch")


def _publish(text: str, folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "coverage.json"
    path.write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "reports.single", "coverage", str(path), "-o", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise PublishingError(f"the names are in {path}, but no page was written: {told[-1]}")
    return folder / "index.html"
