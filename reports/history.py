"""Many runs of a subject: agreement over time, and what changed from each run to the next."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

from .changes import KINDS, Changes
from .runs import Run, read_runs
from .writing import Parser, ReportError, libraries, replace

WIDTH, HEIGHT = 760, 250
LEFT, RIGHT, TOP, BOTTOM = 56, 30, 16, 40
"""Pixels of the picture, and those beside its plot."""

STEPS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25)
"""How far apart the lines of a scale may be, as shares of the cases; as few of them are drawn as show three."""


@dataclass(frozen=True)
class Point:
    """A run in the picture; `number` leads to its row in the table."""

    run: Run
    number: int
    x: float
    y: float


@dataclass(frozen=True)
class Picture:
    """Where the runs lie, and the lines of the scale, each with its label."""

    points: tuple[Point, ...]
    scale: tuple[tuple[float, str], ...]
    dates: tuple[tuple[float, str], ...]
    width: int = WIDTH
    height: int = HEIGHT
    left: int = LEFT
    right: int = WIDTH - RIGHT
    bottom: int = HEIGHT - BOTTOM


def ordered(runs: Sequence[Run]) -> list[Run]:
    """The runs by date; as they were given, if one of them has none."""
    if not all(run.moment for run in runs):
        return list(runs)
    return sorted(runs, key=lambda run: run.moment.timestamp() if run.moment else 0.0)


def picture(runs: Sequence[Run]) -> Picture:
    """The share of agreeing cases over time; runs without dates stand at equal distances."""
    shares = [run.agreeing / run.total for run in runs]
    low, high, ticks = _scale(min(shares), max(shares))
    places = _places(runs)
    points = tuple(
        Point(run, number, LEFT + place * (WIDTH - LEFT - RIGHT), _height(share, low, high))
        for number, (run, share, place) in enumerate(zip(runs, shares, places, strict=True), 1)
    )
    scale = tuple((_height(tick, low, high), f"{tick * 100:g}%") for tick in ticks)
    ends = (points[0], points[-1])
    return Picture(points, scale, tuple((point.x, point.run.when) for point in ends))


def _height(share: float, low: float, high: float) -> float:
    return HEIGHT - BOTTOM - (share - low) / (high - low) * (HEIGHT - TOP - BOTTOM)


def _scale(low: float, high: float) -> tuple[float, float, list[float]]:
    """The ends of a scale that holds both shares, and where its lines are."""
    step = next((step for step in STEPS if (high - low) / step <= 4), STEPS[-1])
    first = max(int(low / step) - 1, 0)
    last = min(int(high / step) + 2, round(1 / step))
    return first * step, last * step, [number * step for number in range(first, last + 1)]


def _places(runs: Sequence[Run]) -> list[float]:
    """Where the runs lie in time, from 0 to 1."""
    moments = [run.moment.timestamp() for run in runs if run.moment]
    if len(moments) < len(runs) or moments[0] == moments[-1]:
        moments = [float(number) for number in range(len(runs))]
    return [(moment - moments[0]) / (moments[-1] - moments[0] or 1) for moment in moments]


def render(runs: Sequence[Run]) -> str:
    """The history as a page."""
    from .page import asset, environment

    steps = [None, *(Changes(*pair) for pair in pairwise(runs))]
    return (
        environment()
        .get_template("history.html.j2")
        .render(runs=runs, steps=steps, picture=picture(runs), kinds=KINDS, style=asset("style.css"))
    )


def main(arguments: Sequence[str]) -> int:
    """Write the history of the runs that the arguments name. Raises `ReportError`."""
    chosen = _parser().parse_args(arguments)
    runs = ordered(read_runs(chosen.runs))
    if len(runs) < 2:
        raise ReportError(
            "a history is of two runs or more: name PyTorch's recording and then the subject's, "
            "or the report.json of each"
        )
    with libraries():
        page = render(runs)
    replace(chosen.output, {"history.html": page})
    print(chosen.output / "history.html")
    return 0


def _parser() -> Parser:
    parser = Parser(
        prog="python -m reports history", description="The runs of a subject over time, as a page."
    )
    add = parser.add_argument
    add(
        "runs",
        nargs="+",
        metavar="FILE",
        help="PyTorch's recording, then the subject's; or each run's report.json",
    )
    add(
        "-o",
        "--output",
        required=True,
        type=Path,
        metavar="DIR",
        help="the folder to write history.html into",
    )
    return parser
