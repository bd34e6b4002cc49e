"""How far a run has come: a bar on a terminal that has rich, dots everywhere else."""

from __future__ import annotations

import importlib.util
import sys
from types import TracebackType
from typing import Any, TextIO

LINE = 80


class Progress:
    """A context in which `advance` is called once for each case that was run."""

    def __init__(self, what: str, total: int, stream: TextIO | None = None, *, unit: str = "cases"):
        """Show nothing yet."""
        self.stream = sys.stderr if stream is None else stream
        self.what = what
        self.total = total
        self.unit = unit
        self.done = 0
        self.bar: Any = None

    def __enter__(self) -> Progress:
        """Show nothing yet: what cannot be run is refused without a beginning."""
        return self

    def advance(self, done: int, _total: int, _record: object) -> None:
        """Show that so many cases are done; what was recorded does not matter here."""
        if not self.done:
            self._begin()
        self.done = done
        if self.bar is not None:
            self.bar.update(self.bar.task_ids[0], completed=done)
        else:
            self._write("." + (f" {done}\n" if done % LINE == 0 else ""))

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End the bar, or the line."""
        if self.bar is not None:
            self.bar.stop()
        elif self.done % LINE:
            self._write("\n")

    def _begin(self) -> None:
        if self.stream.isatty() and importlib.util.find_spec("rich") is not None:
            self.bar = _bar(self.what, self.total, self.stream)
            self.bar.start()
        else:
            self._write(f"{self.what}: {self.total} {self.unit}\n")

    def _write(self, text: str) -> None:
        self.stream.write(text)
        self.stream.flush()


def _bar(what: str, total: int, stream: TextIO) -> Any:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
    from rich.progress import Progress as Bar

    columns = TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn()
    bar = Bar(*columns, console=Console(file=stream))
    bar.add_task(what, total=total)
    return bar
