"""`python -m reports RECORDING RECORDING... -o DIR`: the first is what the others are judged by."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NoReturn

EXTRA = "pip install 'autograd-conformance[report]'"
LIBRARIES = ("jinja2", "markupsafe", "pygraphviz")


class ReportError(Exception):
    """Why no report was written, in one sentence for the user."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse arguments in one sentence."""
        raise ReportError(f"{message}: see python -m reports --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a report as the arguments say; returns the exit code."""
    try:
        chosen = _parser().parse_args(arguments)
        written = write(chosen.recordings, chosen.output, chosen.note)
    except ReportError as error:
        print(f"reports: {error}", file=sys.stderr)
        return 2
    print(written)
    return 0


def write(paths: Sequence[Path], folder: Path, notes: Sequence[str] = ()) -> Path:
    """Write a report of recordings into a folder and return the page's path; raises `ReportError`."""
    if len(paths) < 2:
        raise ReportError("a report needs the reference's recording and at least one subject's: name both")
    try:
        from conformance.comparison import ComparisonError
        from conformance.recording import RecordingError, read

        from .export import to_json
        from .junit import to_junit
        from .model import build
        from .page import render
    except ModuleNotFoundError as error:
        if error.name not in LIBRARIES:
            raise
        raise ReportError(f"{error.name} is not installed, which reports are drawn with: {EXTRA}") from error
    try:
        recordings = [read(path) for path in paths]
        if not recordings[0].complete:
            raise ReportError(f"the reference {paths[0]} is incomplete (it has no footer): record it again")
        if not recordings[0].cases:
            raise ReportError(
                f"the reference {paths[0]} holds no case, which makes no score: record it again"
            )
        report = build(recordings, notes=notes)
    except (RecordingError, ComparisonError) as error:
        raise ReportError(str(error)) from error
    made = {"index.html": render(report), "report.json": to_json(report), "junit.xml": to_junit(report)}
    replace(folder, made)
    return folder / "index.html"


def replace(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder, all beside their places first, so that a failure leaves what was there."""
    fresh = {folder / f".{name}.{os.getpid()}": folder / name for name in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(fresh, files.values(), strict=True):
            path.write_text(text, encoding="utf-8", newline="\n")
        for path, place in fresh.items():
            os.replace(path, place)
    except OSError as error:
        raise ReportError(f"cannot write into {folder} ({error.strerror}): name another folder") from error
    finally:
        for path in fresh:
            if path.parent.is_dir():
                path.unlink(missing_ok=True)


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="python -m reports", description="Recordings as a page, as JSON and as JUnit XML.")
    add = parser.add_argument
    add("recordings", nargs="+", type=Path, metavar="RECORDING", help="the reference's, then the subjects'")
    add("-o", "--output", required=True, type=Path, metavar="DIR", help="the folder to write into")
    add("--note", action="append", default=[], metavar="TEXT", help="a remark to show on the page")
    return parser


if __name__ == "__main__":
    sys.exit(main())
