"""`python -m reports RECORDING RECORDING... -o DIR`: the first is what the others are judged by.

Parts of one recording, such as shards, are put together, in whatever order they are given.
`python -m reports changes` and `python -m reports history` compare runs of one subject.
"""

from __future__ import annotations

import gc
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from .writing import Parser, ReportError, libraries, replace

if TYPE_CHECKING:
    from conformance.recording import Recording
    from conformance.verdict import Comparison

EPILOG = """\
Two more commands compare runs of one subject: python -m reports changes --help, and python -m reports history --help.
"""
URL = ":/?#[]@!$&'()*+,;=%"
"""What stands in an address as it is; what does not is written otherwise in a link."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments say; returns the exit code."""
    from conformance.showing import print_no_more, visible

    given = sys.argv[1:] if arguments is None else [*arguments]
    try:
        if given[:1] in (["changes"], ["history"]):
            code: int = import_module(f".{given[0]}", __package__).main(given[1:])
            sys.stdout.flush()
            return code
        chosen = _parser().parse_args(given)
        print(
            write(chosen.recordings, chosen.output, chosen.note, chosen.select, chosen.url, chosen.verdicts)
        )
    except ReportError as error:
        print(f"reports: {visible(str(error))}", file=sys.stderr)
        return 2
    except BrokenPipeError:
        print_no_more()
    return 0


def write(
    paths: Sequence[Path],
    folder: Path,
    notes: Sequence[str] = (),
    select: str = "",
    url: str = "",
    verdicts: Path | None = None,
) -> Path:
    """Write a report of recordings into a folder and return the page's path; raises `ReportError`.

    Shards of one subject, and other parts that have no case in common, are put together first. `select` is a
    query; `url` is where the folder is going to be published; `verdicts` is a file of what was judged already.
    """
    from conformance.choosing import ChoosingError
    from conformance.comparison import ComparisonError
    from conformance.query import QueryError
    from conformance.showing import visible

    with libraries():
        from .badge import to_svg
        from .export import to_json
        from .junit import to_junit
        from .markdown import to_markdown
        from .model import build
        from .page import render
    recordings, told = _read(paths)
    known = [_judged(verdicts, recordings)] if verdicts else []
    try:
        report = build(recordings, notes=[*notes, *told], select=select, comparisons=known)
    except (ChoosingError, ComparisonError, QueryError) as error:
        raise ReportError(str(error)) from error
    made = {
        "index.html": render(report),
        "report.json": to_json(report),
        "junit.xml": to_junit(report),
        "summary.md": to_markdown(report, f"{quote(url, safe=URL)}index.html"),
    }
    for number, score in enumerate(report.scores, 1):
        made["badge.svg" if len(report.scores) == 1 else f"badge-{number}.svg"] = to_svg(report, score)
    replace(folder, made)
    for note in told:
        print(f"reports: {visible(note)}", file=sys.stderr)
    return folder / "index.html"


def _read(paths: Sequence[Path]) -> tuple[list[Recording], list[str]]:
    """The recordings, of which the first is the reference, and what there is to say of parts that were put together."""
    from conformance.merging import MergeError, merged
    from conformance.recording import RecordingError, read

    if len(paths) < 2:
        raise ReportError("a report needs the reference's recording and at least one subject's: name both")
    try:
        recordings, told = merged(map(read, paths))
    except (MergeError, RecordingError) as error:
        raise ReportError(str(error)) from error
    if len(recordings) < 2:
        raise ReportError("these are parts of one recording: a report needs another, to compare it with")
    if not recordings[0].complete:
        raise ReportError(f"the reference {paths[0]} is incomplete (it has no footer): record it again")
    if not recordings[0].cases:
        raise ReportError(f"the reference {paths[0]} holds no case, which makes no score: record it again")
    return recordings, told


def _judged(path: Path, recordings: Sequence[Recording]) -> Comparison:
    """What two recordings were judged, as `conformance.verdict.to_json` wrote it."""
    from conformance.verdict import from_json

    try:
        comparison = from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReportError(f"{path} holds no verdicts ({error}): leave it out") from error
    if [recording.header for recording in recordings] != [comparison.reference, comparison.subject]:
        raise ReportError(f"{path} holds the verdicts on other recordings: leave it out")
    return comparison


def _parser() -> Parser:
    parser = Parser(
        prog="python -m reports",
        description="Recordings as a page, as JSON and JUnit XML, as a badge and a summary in Markdown.",
        epilog=EPILOG,
    )
    add = parser.add_argument
    add("recordings", nargs="+", type=Path, metavar="RECORDING", help="the reference's, then the subjects'")
    add("-o", "--output", required=True, type=Path, metavar="DIR", help="the folder to write into")
    add("--select", default="", metavar="QUERY", help="only the cases that it means (docs/queries.md)")
    add("--note", action="append", default=[], metavar="TEXT", help="a remark to show on the page")
    add(
        "--verdicts",
        type=Path,
        metavar="FILE",
        help="what the two recordings were judged already (python -m conformance run hands it over)",
    )
    add(
        "--url",
        default="",
        metavar="URL",
        help="the folder that the summary's links lead to, with its last /",
    )
    return parser


if __name__ == "__main__":
    gc.disable()  # a report is made in one go, and next to nothing of it is freed before the end
    sys.exit(main())
