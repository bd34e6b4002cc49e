"""Results as text."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def table(workloads: Mapping[str, Mapping[str, Any]]) -> str:
    """A line for each workload: torch's time, the others' ratios to it, the target, and whether it is met.

    Where torch was not timed, the times themselves stand instead of ratios.
    """
    names = list(next(iter(workloads.values()))["engines"])
    names.sort(key=lambda name: name != "torch")
    lines = [["", "workload", *names, "target", ""]]
    for letter, row in workloads.items():
        target = "" if row["target"] is None else f"{row['target']:.2f}"
        cells = [cell(name, row["engines"][name]) for name in names]
        lines.append([letter, row["title"], *cells, target, row["verdict"]])
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    return "\n".join(_line(line, widths) for line in lines)


def _line(cells: list[str], widths: list[int]) -> str:
    left = (0, 1, len(cells) - 1)
    aligned = [
        text.ljust(width) if column in left else text.rjust(width)
        for column, (text, width) in enumerate(zip(cells, widths, strict=True))
    ]
    return "  ".join(aligned).rstrip()


def cell(name: str, times: Mapping[str, Any]) -> str:
    """The ratio to torch, or the time of torch itself and where there is no torch."""
    if "failure" in times:
        return "failed"
    if name == "torch" or times["ratio"] is None:
        return duration(times["median"])
    return f"{times['ratio']:.2f}"


def duration(seconds: float) -> str:
    """Three digits or so in the unit that suits."""
    for unit, size in (("s", 1.0), ("ms", 1e-3)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds / 1e-6:.3g} µs"


def failures(workloads: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """A sentence for each engine that was not timed."""
    return [
        f"{name} was not timed in workload {letter}: {times['failure']}"
        for letter, row in workloads.items()
        for name, times in row["engines"].items()
        if "failure" in times
    ]


def import_line(cost: Mapping[str, Any]) -> str:
    """What importing the engine costs."""
    engine = f"import engine costs {cost['median']:.1f} ms ({cost['min']:.1f} to {cost['max']:.1f})"
    numpy = f"beside import numpy ({cost['numpy']:.1f} ms)"
    return f"{engine} {numpy}, target {cost['target']:.0f} ms: {cost['verdict']}"


def memory_lines(report: Mapping[str, Any]) -> list[str]:
    """What a node weighs, and what is left behind."""
    freed = report["freed"]
    weights = ", ".join(f"{name} {_weight(answer)}" for name, answer in report["resident"].items())
    left = freed.get("failure")
    if left is None:
        alive = ", ".join(freed["alive"]) or "nothing"
        left = f"{alive} still alive, {freed['collected']} objects left to the collector"
    weight = f"a chain of {report['nodes']:,} nodes takes {_weight(report)}"
    return [
        f"{weight}, target {report['target']:.0f}: {report['verdict']}",
        f"the process grows by: {weights}",
        f"run and freed with a low recursion limit and no cyclic collector: {left}: {freed['verdict']}",
    ]


def _weight(answer: Mapping[str, Any]) -> str:
    if "failure" in answer:
        return f"failed ({answer['failure']})"
    weight = answer["bytes_per_node"]
    return "unknown here" if weight is None else f"{weight:.0f} bytes a node"
