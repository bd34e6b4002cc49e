"""`torch.utils.benchmark`: how long a statement takes, measured with Python's `timeit`.

Source: torch.utils.benchmark.
"""

from __future__ import annotations

import statistics
import timeit
from collections.abc import Callable
from typing import Any

__all__ = ["Compare", "Measurement", "Timer", "timer"]

timer = timeit.default_timer


def _shown(seconds: float) -> str:
    for unit, size in (("ns", 1e-9), ("us", 1e-6), ("ms", 1e-3)):
        if seconds < size * 1e3:
            return f"{seconds / size:.2f} {unit}"
    return f"{seconds:.2f} s"


class Measurement:
    """What a statement took: `times` for one run each, from samples of `number_per_run` runs."""

    __module__ = "torch.utils.benchmark.utils.common"

    def __init__(
        self, number_per_run: int, raw_times: list[float], task_spec: Any, metadata: Any = None
    ) -> None:
        self.number_per_run, self.raw_times, self.task_spec = number_per_run, raw_times, task_spec
        self.metadata = metadata

    def __getattr__(self, name: str) -> Any:
        if name in ("stmt", "label", "sub_label", "description", "env", "num_threads"):
            return getattr(self.task_spec, name)
        raise AttributeError(name)

    @property
    def title(self) -> str:
        """What was timed: its label, or the statement."""
        title: str = self.task_spec.title
        return title

    @property
    def as_row_name(self) -> str:
        """What names the row of a table: `sub_label`, or the statement."""
        return self.sub_label or self.stmt or "[Unknown]"

    @property
    def times(self) -> list[float]:
        """Seconds of one run, by sample."""
        return [each / self.number_per_run for each in self.raw_times]

    @property
    def mean(self) -> float:
        """The mean of `times`."""
        return statistics.mean(self.times)

    @property
    def median(self) -> float:
        """The median of `times`."""
        return statistics.median(self.times)

    @property
    def iqr(self) -> float:
        """How far the first quartile of `times` is from the third."""
        if len(self.times) < 2:
            return 0.0
        quartiles = statistics.quantiles(self.times, n=4, method="inclusive")
        return quartiles[2] - quartiles[0]

    def __repr__(self) -> str:
        runs = "runs" if self.number_per_run > 1 else "run"
        samples = len(self.raw_times)
        middle = "" if samples == 1 else f"Median: {_shown(self.median)}\n  IQR:    {_shown(self.iqr)}\n  "
        middle = middle or f"{_shown(self.median)}\n  "
        lines = [f"{object.__repr__(self)}", self.title]
        if self.description is not None:
            lines.append(self.description)
        if self.task_spec.setup != "pass":
            lines.append(f"setup: {self.task_spec.setup}")
        counted = f"{samples} measurement{'s' * (samples != 1)}, {self.number_per_run} {runs} {'per measurement, ' * (samples > 1)}"
        return "\n".join([*lines, f"  {middle}{counted.rstrip()} {self.task_spec.num_threads} thread"])


class Timer:
    """Times a statement of Python that is run after `setup`, with the names that `globals` gives it."""

    def __init__(
        self,
        stmt: str | Callable[[], Any] = "pass",
        setup: str | Callable[[], Any] = "pass",
        global_setup: str = "",
        timer: Callable[[], float] = timer,
        globals: dict[str, Any] | None = None,
        label: str | None = None,
        sub_label: str | None = None,
        description: str | None = None,
        env: str | None = None,
        num_threads: int = 1,
        language: Any = "python",
    ) -> None:
        if str(language).lower() not in ("python", "py"):
            raise NotImplementedError(
                "torch.utils.benchmark.Timer times Python only: there is no compiler of C++"
            )
        self.stmt, self.setup = stmt, setup
        self.label, self.sub_label, self.description, self.env = label, sub_label, description, env
        self.num_threads = num_threads
        self._timer = timeit.Timer(stmt, setup, timer, {"torch": _namespace(), **(globals or {})})

    @property
    def title(self) -> str:
        """What is shown of the statement."""
        return f"{self.label or self.stmt}{f': {self.sub_label}' if self.sub_label else ''}"

    def timeit(self, number: int = 1000000) -> Measurement:
        """One sample of so many runs."""
        self._timer.timeit(max(number // 100, 2))
        return Measurement(number, [self._timer.timeit(number)], self)

    def repeat(self, repeat: int = -1, number: int = -1) -> None:
        """Refused, as in PyTorch."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def autorange(self, callback: Callable[[int, float], Any] | None = None) -> None:
        """Refused, as in PyTorch."""
        raise NotImplementedError("See `Timer.blocked_autorange.`")

    def blocked_autorange(self, callback: Any = None, min_run_time: float = 0.2) -> Measurement:
        """Samples of equally many runs, enough of them to fill `min_run_time` seconds."""
        number, took = 1, self._timer.timeit(1)
        while took < min_run_time / 1000:
            number *= 10
            took = self._timer.timeit(number)
        samples: list[float] = []
        while sum(samples) < min_run_time:
            samples.append(self._timer.timeit(number))
            if callback:
                callback(number, samples[-1])
        return Measurement(number, samples, self)

    adaptive_autorange = blocked_autorange


def _namespace() -> Any:
    import sys

    return sys.modules[__name__.partition(".")[0]]


class Compare:
    """Measurements as a table: a row for each `sub_label`, a column for each `description`."""

    def __init__(self, results: list[Measurement]) -> None:
        self._results = list(results)

    def extend_results(self, results: list[Measurement]) -> None:
        """Add measurements."""
        self._results.extend(results)

    def trim_significant_figures(self) -> None:
        """Nothing: the figures are few already."""

    colorize = trim_significant_figures

    def print(self) -> None:
        """Print the table."""
        print(str(self))

    def __str__(self) -> str:
        tables = []
        for label in dict.fromkeys(each.label for each in self._results):
            chosen = [each for each in self._results if each.label == label]
            columns = list(dict.fromkeys(each.description or "" for each in chosen))
            rows = list(
                dict.fromkeys((each.sub_label or str(each.stmt), each.num_threads) for each in chosen)
            )
            cells = {
                ((each.sub_label or str(each.stmt), each.num_threads), each.description or ""): _shown(
                    each.median
                )
                for each in chosen
            }
            lines = [["", *columns]] + [
                [row[0], *(cells.get((row, column), "") for column in columns)] for row in rows
            ]
            widths = [max(map(len, column)) for column in zip(*lines)]
            body = ["  |  ".join(f"{cell:>{width}}" for cell, width in zip(line, widths)) for line in lines]
            tables.append("\n".join([f"[{label or ''}]", *body]))
        return "\n\n".join(tables)
