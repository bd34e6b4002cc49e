"""`python -m conformance replay FILE`: the first cell that differs, side by side, and a page of all cells."""

from __future__ import annotations

import json
import subprocess
import sys
from argparse import Namespace
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict
from itertools import zip_longest
from pathlib import Path
from typing import Any

from ..commands import add_command
from ..progress import Progress
from ..publishing import PublishingError
from ..showing import visible
from ..sources import refuse_unwritable
from .cells import Cell, read
from .judging import Judged, judge
from .playing import TIMEOUT, Played, play

DEPARTURES = ("different", "blocked")
WIDTH = 56


def add_parser(commands: Any, number: Any) -> None:
    """Add the command to the command line; `number` makes the type of a positive number."""
    replayed = add_command(commands, "replay", "run a notebook, script or page on a subject and on PyTorch")
    replayed.add_argument(
        "file", type=Path, help="an .ipynb, .py or .md file; its cells are run in its folder"
    )
    replayed.add_argument("--subject", default="engine", help="what runs it (engine)")
    replayed.add_argument("--reference", default="torch", help="PyTorch, or what stands for it (torch)")
    replayed.add_argument("--device", default="cpu", help="the subject's device (cpu)")
    replayed.add_argument(
        "-o", "--output", type=Path, default=Path("replay"), metavar="DIR", help="the page (replay)"
    )
    replayed.add_argument(
        "--timeout", type=number(float), default=TIMEOUT, help=f"seconds for one cell ({TIMEOUT:g})"
    )
    replayed.set_defaults(command=run)


def run(chosen: Namespace) -> int:
    """Replay a file and say how far it agrees; 0 if no cell departs, 1 if any does."""
    cells = read(chosen.file)
    refuse_unwritable(chosen.output)
    header, reference = _played(chosen.reference, cells, chosen, "cpu")
    subject_header, subject = _played(chosen.subject, cells, chosen, chosen.device)
    judged = judge(cells, reference, subject)
    if any(each.verdict in DEPARTURES for each in judged):  # does PyTorch agree with itself there?
        judged = judge(cells, reference, subject, _played(chosen.reference, cells, chosen, "cpu")[1])
    departing = [each for each in judged if each.verdict in DEPARTURES]
    if departing:
        _print(_side_by_side(departing[0], header, subject_header))
    counts = Counter(each.verdict for each in judged)
    agreeing = counts["identical"] + counts["close"]
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    _print([f"{agreeing} of {len(judged)} cells of {chosen.file.name} agree: {told}"])
    print(f"Page: {_publish(chosen, header, subject_header, judged)}")
    return 1 if departing else 0


def _played(
    spec: str, cells: Sequence[Cell], chosen: Namespace, device: str
) -> tuple[dict[str, Any], list[Played]]:
    folder = chosen.file.resolve().parent
    with Progress(spec, len(cells), unit="cells") as progress:
        return play(
            spec, cells, folder, device, chosen.timeout, lambda done: progress.advance(done, len(cells), None)
        )


def _side_by_side(judged: Judged, reference: dict[str, Any], subject: dict[str, Any]) -> list[str]:
    lines = [
        f"The first cell that differs is cell {judged.number} (line {judged.place}): {judged.reason}",
        "",
    ]
    lines += [f"    {line}" for line in judged.code.strip().splitlines()[:20]]
    left, right = (_shown(played).splitlines() for played in (judged.reference, judged.subject))
    lines += ["", f"{_title(reference):<{WIDTH}} | {_title(subject)}", f"{'-' * WIDTH} | {'-' * WIDTH}"]
    for one, other in list(zip_longest(left, right, fillvalue=""))[:40]:
        lines.append(f"{one[:WIDTH]:<{WIDTH}} {' ' if one == other else '≠'} {other[:WIDTH]}")
    return [*lines, ""]


def _title(header: dict[str, Any]) -> str:
    return f"{header['name']} {header['version']}"


def _shown(played: Played) -> str:
    if "lost" in played:
        return f"({played['lost']})"
    parts = [played["stdout"], played["shown"] or ""]
    if played["error"]:
        parts.append(f"{played['error']['type']}: {played['error']['message']}")
    return "\n".join(part.rstrip("\n") for part in parts if part)


def _publish(
    chosen: Namespace, reference: dict[str, Any], subject: dict[str, Any], judged: Sequence[Judged]
) -> Path:
    """Write what was seen, and have the reports room make the page of it."""
    data = {
        "file": chosen.file.name,
        "reference": reference,
        "subject": subject,
        "cells": [asdict(each) for each in judged],
    }
    chosen.output.mkdir(parents=True, exist_ok=True)
    path = chosen.output / "replay.json"
    path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    command = [sys.executable, "-m", "reports.single", "replay", str(path), "-o", str(chosen.output)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        told = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise PublishingError(f"what the cells did is in {path}, but no page was written: {told[-1]}")
    return chosen.output / "index.html"


def _print(lines: Sequence[str]) -> None:
    for line in lines:
        print(visible(line))
