"""Has a player run a program's cells, and gathers what they showed, whatever becomes of the player."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from ..process import Process
from ..runner import LOAD_TIMEOUT
from ..subject import SubjectError
from .cells import Cell

PLAYER = "replay/player.py"
TIMEOUT = 600.0

Played = dict[str, Any]
"""What a cell did: `stdout`, `stderr`, `shown`, `error`, `seconds`; or `lost`, a sentence, where it came to no end."""


def play(
    spec: str,
    cells: Sequence[Cell],
    folder: Path,
    device: str = "cpu",
    timeout: float = TIMEOUT,
    on_cell: Callable[[int], None] = lambda number: None,
) -> tuple[dict[str, Any], list[Played]]:
    """Run the cells in a fresh process; what the subject is, and what each cell did.

    After a cell that ends the process or takes more than `timeout` seconds, the rest is lost. Raises `SubjectError`.
    """
    process = Process(PLAYER, spec, device)
    played: list[Played] = []
    try:
        header = _header(process, spec)
        process.ask({"cells": [cell.code for cell in cells], "folder": str(folder)})
        for number in range(len(cells)):
            message = process.receive(time.monotonic() + timeout)
            played.append({key: part for key, part in message.items() if key != "cell"})
            on_cell(number + 1)
    except TimeoutError:
        played.append({"lost": f"it took more than {timeout:g} seconds"})
    except EOFError:
        played.append({"lost": f"it ended its process ({process.last_words() or 'without a word'})"})
    finally:
        process.end(ask=False)
    rest = [{"lost": "it was not run, as an earlier cell ended the process"}] * (len(cells) - len(played))
    return header, [*played, *rest]


def _header(process: Process, spec: str) -> dict[str, Any]:
    try:
        hello = process.receive(time.monotonic() + LOAD_TIMEOUT)
    except (TimeoutError, EOFError):
        words = process.last_words()
        raise SubjectError(
            f"the subject {spec!r} cannot be loaded{words and f' ({words})'}; import it by hand to see why"
        ) from None
    if "error" in hello:
        raise SubjectError(hello["error"])
    return dict(hello["header"]["subject"], spec=spec)
