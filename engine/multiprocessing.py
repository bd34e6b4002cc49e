"""`torch.multiprocessing`: Python's own; forked processes share what `share_memory_` moved."""

from __future__ import annotations

from collections.abc import Callable
from multiprocessing import *  # noqa: F403 - it is the same module under another name
from multiprocessing import get_context
from typing import Any


def spawn(fn: Callable[..., Any], args: tuple[Any, ...] = (), nprocs: int = 1, join: bool = True) -> Any:
    """Run a function in several processes, each of which gets its number first; raises where one of them failed."""
    context = get_context("spawn")
    processes = [context.Process(target=fn, args=(number, *args)) for number in range(nprocs)]
    for each in processes:
        each.start()
    if not join:
        return processes
    for number, each in enumerate(processes):
        each.join()
        if each.exitcode:
            raise RuntimeError(f"process {number} terminated with exit code {each.exitcode}")
    return None


def get_sharing_strategy() -> str:
    """How memory is shared."""
    return "file_descriptor"


def set_sharing_strategy(new_strategy: str) -> None:
    """Keeps nothing: there is one way."""
