"""`torch.profiler`: how often each operation ran, and how long it took, by the clock on the wall.

The operations of the thread that began it are counted, backward's too. There are no traces of threads, memory or shapes.
Source: torch.profiler.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterable
from contextlib import ContextDecorator
from enum import Enum
from typing import Any

from .autograd import profiler as _labels
from .grad_mode import mode
from .transforms import Transform
from .utils.selective_checkpoint import OPERATORS

__all__ = [
    "ProfilerAction",
    "ProfilerActivity",
    "profile",
    "record_function",
    "schedule",
    "supported_activities",
    "tensorboard_trace_handler",
]

record_function = _labels.record_function


class ProfilerActivity(Enum):
    """What can be watched; only the CPU is."""

    CPU = 0
    XPU = 1
    CUDA = 2


class ProfilerAction(Enum):
    """What a profiler does in a step."""

    NONE = 0
    WARMUP = 1
    RECORD = 2
    RECORD_AND_SAVE = 3


def supported_activities() -> set[ProfilerActivity]:
    """The CPU."""
    return {ProfilerActivity.CPU}


def schedule(
    *, wait: int, warmup: int, active: int, repeat: int = 0, skip_first: int = 0, skip_first_wait: int = 0
) -> Callable[[int], ProfilerAction]:
    """Skip, wait, warm up and record so many steps, again and again."""

    def of_step(step: int) -> ProfilerAction:
        step -= skip_first - (wait if skip_first_wait else 0)
        cycle = wait + warmup + active
        if step < 0 or (repeat > 0 and step >= repeat * cycle):
            return ProfilerAction.NONE
        within = step % cycle
        if within < wait:
            return ProfilerAction.NONE
        if within < wait + warmup:
            return ProfilerAction.WARMUP
        return ProfilerAction.RECORD if within < cycle - 1 else ProfilerAction.RECORD_AND_SAVE

    return of_step


def tensorboard_trace_handler(dir_name: str, worker_name: str | None = None, use_gzip: bool = False) -> Any:
    """Refused: there is nothing that would draw it."""
    raise NotImplementedError(
        "torch.profiler.tensorboard_trace_handler is not there: print prof.key_averages().table(), or use "
        "prof.export_chrome_trace"
    )


class Event:
    """All runs of one operation or label."""

    def __init__(self, key: str) -> None:
        self.key = self.name = key
        self.count = 0
        self.cpu_time_total = self.self_cpu_time_total = 0.0

    @property
    def cpu_time(self) -> float:
        """Microseconds for one run."""
        return self.cpu_time_total / max(self.count, 1)

    def __repr__(self) -> str:
        return f"<{self.key}: {self.count} calls, {self.cpu_time_total:.3f}us>"


class Events(list[Any]):
    """What was recorded, as a list and as a table."""

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of everything."""
        return sum(each.self_cpu_time_total for each in self)

    def table(self, sort_by: str | None = None, row_limit: int = 100, **options: Any) -> str:
        """A line for each operation: its share of the time, its times and how often it ran."""
        rows = sorted(self, key=lambda each: -getattr(each, sort_by)) if sort_by else list(self)
        whole = self.self_cpu_time_total or 1.0
        cells = [("Name", "Self CPU %", "Self CPU", "CPU total %", "CPU total", "CPU time avg", "# of Calls")]
        for each in rows[: row_limit if row_limit > 0 else None]:
            own, total = each.self_cpu_time_total, each.cpu_time_total
            times = (
                f"{own / whole:.2%}",
                _shown(own),
                f"{total / whole:.2%}",
                _shown(total),
                _shown(each.cpu_time),
            )
            cells.append((each.key, *times, str(each.count)))
        widths = [max(map(len, column)) for column in zip(*cells)]
        lines = ["  ".join(f"{cell:>{width}}" for cell, width in zip(row, widths)) for row in cells]
        rule = "  ".join("-" * width for width in widths)
        return "\n".join(
            [rule, lines[0], rule, *lines[1:], rule, f"Self CPU time total: {_shown(whole)}", ""]
        )


def _shown(microseconds: float) -> str:
    for unit, size in (("s", 1e6), ("ms", 1e3)):
        if microseconds >= size:
            return f"{microseconds / size:.3f}{unit}"
    return f"{microseconds:.3f}us"


class _Watch(Transform):
    """Sees every operation, and the labels, and notes when each began and ended."""

    computes = False

    def __init__(self) -> None:
        # name, begin, microseconds, those of what it called
        self.spans: list[tuple[str, float, float, float]] = []
        self._inner: list[float] = []

    def run(self, operation: Any, args: tuple[Any, ...]) -> Any:
        """The operation, timed."""
        declaration = getattr(operation, "declaration", None)
        name: str = getattr(declaration.forward if declaration else operation, "__name__", "made")
        name = OPERATORS[name][0].partition(".")[0] if name in OPERATORS else name.strip("_")
        self.begin()
        begun = time.perf_counter()
        try:
            return operation(*args)
        finally:
            self.end(f"aten::{name}", begun)

    def begin(self) -> None:
        """Something starts, inside what has started and not ended."""
        self._inner.append(0.0)

    def end(self, name: str, begun: float) -> None:
        """What started last has ended."""
        microseconds = (time.perf_counter() - begun) * 1e6
        inner = self._inner.pop()
        if self._inner:
            self._inner[-1] += microseconds
        self.spans.append((name, begun, microseconds, inner))


class profile(ContextDecorator):  # noqa: N801 - PyTorch's own name
    """Times what runs inside; `step` tells a schedule that a step of the program has ended."""

    __module__ = "torch.profiler.profiler"

    def __init__(
        self,
        *,
        activities: Iterable[ProfilerActivity] | None = None,
        schedule: Callable[[int], ProfilerAction] | None = None,
        on_trace_ready: Callable[[Any], Any] | None = None,
        **options: Any,
    ) -> None:
        self.activities = set(activities) if activities else supported_activities()
        self.schedule = schedule or (lambda step: ProfilerAction.RECORD)
        self.on_trace_ready = on_trace_ready
        self.step_num = 0
        self.current_action = ProfilerAction.NONE
        self._watch = _Watch()
        self._before: Any = None

    def __enter__(self) -> profile:
        self.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()

    def start(self) -> None:
        """Begin with step 0."""
        self.current_action = self.schedule(self.step_num)
        self._record()

    def stop(self) -> None:
        """End; what was recorded since it was last handed over is handed over."""
        was_recording = self._before is not None
        self._pause()
        if was_recording and self.on_trace_ready:
            self.on_trace_ready(self)

    def step(self) -> None:
        """A step of the program has ended."""
        ended, self.step_num = self.current_action, self.step_num + 1
        self.current_action = self.schedule(self.step_num)
        if ended is ProfilerAction.RECORD_AND_SAVE:
            self._pause()
            if self.on_trace_ready:
                self.on_trace_ready(self)
        self._record()

    def _record(self) -> None:
        recording = self.current_action in (ProfilerAction.RECORD, ProfilerAction.RECORD_AND_SAVE)
        if recording and self._before is None:
            self._before, self._watch = mode.transforms, _Watch()
            mode.set_transforms((*mode.transforms, self._watch))
            _labels.watching.append(self._watch)

    def _pause(self) -> None:
        if self._before is not None:
            mode.set_transforms(tuple(each for each in mode.transforms if each is not self._watch))
            _labels.watching.remove(self._watch)
            self._before = None

    def events(self) -> Events:
        """Every run, one by one."""
        found = Events()
        for span in self._watch.spans:
            found.append(_event(span[0], [span]))
        return found

    def key_averages(self, *options: Any, **more: Any) -> Events:
        """The runs of each operation together."""
        spans: dict[str, list[Any]] = {}
        for span in self._watch.spans:
            spans.setdefault(span[0], []).append(span)
        return Events(_event(key, runs) for key, runs in spans.items())

    def export_chrome_trace(self, path: str) -> None:
        """Write what was recorded as JSON that browsers draw."""
        spans = [
            {"ph": "X", "cat": "cpu_op", "name": name, "pid": 0, "tid": 0, "ts": begun * 1e6, "dur": duration}
            for name, begun, duration, _ in self._watch.spans
        ]
        with open(path, "w", encoding="utf-8") as file:
            json.dump({"traceEvents": spans}, file)


class OlderProfile(profile):
    """`torch.autograd.profiler.profile`, which has no steps, and what it recorded as attributes."""

    __module__ = "torch.autograd.profiler"

    def __init__(self) -> None:
        super().__init__()
        self.entered = False

    def __enter__(self) -> OlderProfile:
        if self.entered:
            raise RuntimeError("Profiler context manager is not reentrant")
        self.entered = True
        super().__enter__()
        return self

    @property
    def function_events(self) -> Events:
        """Every run, one by one."""
        return self.events()

    @property
    def self_cpu_time_total(self) -> float:
        """Microseconds of everything."""
        return self.events().self_cpu_time_total

    def table(self, sort_by: str | None = None, row_limit: int = 100, **options: Any) -> str:
        """A line for each run."""
        return self.events().table(sort_by, row_limit, **options)

    def total_average(self) -> Event:
        """All runs together."""
        return _event("Total", self._watch.spans)

    def __str__(self) -> str:
        return self.table() if self.entered else "[]"


OlderProfile.__name__ = OlderProfile.__qualname__ = "profile"  # as it prints


def _event(key: str, spans: list[Any]) -> Event:
    event = Event(key)
    for _, _, duration, inner in spans:
        event.count += 1
        event.cpu_time_total += duration
        event.self_cpu_time_total += duration - inner
    return event
