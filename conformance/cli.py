"""The command line: list, record, compare, run, show, and what `replay` and `coverage` add."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NoReturn

from . import catalog, choosing, coverage, merging, new_subject, recording, runner, smoke
from .case import Case
from .choosing import ChoosingError, chosen_cases, restricted
from .commands import add_command
from .comparison import ComparisonError, compare, compare_case
from .confirming import confirmed
from .devices import unplaced
from .expectations import nearest
from .merging import MergeError
from .progress import Progress
from .publishing import PublishingError, publish
from .query import QueryError
from .recording import Recording, RecordingError
from .replay import command as replay
from .replay.cells import CellsError
from .resuming import standing
from .sharding import SHARD_HELP, ShardError, share
from .showing import departures, heading, named, print_no_more, side_by_side, summary, visible
from .snippet import snippet
from .sources import (
    Source,
    SourceError,
    located,
    reference_source,
    refuse_unwritable,
    refuse_unwritable_file,
    selected,
    source,
)
from .subject import SubjectError
from .verdict import AGREEMENT, Comparison

AGREES, DEPARTS, REFUSED, STOPPED = 0, 1, 2, 130
SHOWN = 15

DESCRIPTION = """\
Does an autograd engine behave as PyTorch does? The catalog of cases is run on a subject, which leaves a
recording; two recordings are compared, and every case gets a verdict.
"""
EXITS = """\
The exit code is 0 if every case agrees (or PyTorch disagrees with itself about it), 1 if any does not,
and 2, with one sentence on the standard error, if the input is not usable; nothing is written then.
"""


class _RefusedError(Exception):
    """Input that cannot be used, in one sentence for the user."""


REFUSALS = (
    _RefusedError,
    CellsError,
    ChoosingError,
    ComparisonError,
    MergeError,
    PublishingError,
    QueryError,
    RecordingError,
    ShardError,
    SourceError,
    SubjectError,
)


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse the arguments in one sentence, without the usage."""
        raise _RefusedError(f"{message}; see {self.prog} --help")


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    chosen = argparse.Namespace()
    try:
        _parser().parse_args(arguments, chosen)
        code: int = chosen.command(chosen)
        sys.stdout.flush()
    except REFUSALS as error:
        print(f"conformance: {visible(str(error))}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        kept = "; the same command with --resume goes on from there" if "resume" in chosen else ""
        print(f"conformance: stopped{kept}", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        print_no_more()
        return AGREES
    return code


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="conformance", description=DESCRIPTION, epilog=EXITS)
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND", parser_class=_Parser)

    listed = add_command(commands, "list", "show the cases of the catalog")
    choosing.add_options(listed)
    listed.set_defaults(command=_list)

    recorded = add_command(commands, "record", "run the catalog on a subject and keep what it did")
    recorded.add_argument("subject", help="a module, or module:attribute, or either @path/to/another/python")
    recorded.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help="the recording (.jsonl)"
    )
    _add_run_options(recorded)
    recorded.set_defaults(command=_record)

    _add_comparing_commands(commands)

    replay.add_parser(commands, _number)
    coverage.add_parser(commands)
    new_subject.add_parser(commands)
    smoke.add_parser(commands)
    merging.add_parser(commands)

    shown = add_command(commands, "show", "show a case, and what recordings hold of it")
    shown.add_argument("case", help="the case's id")
    shown.add_argument("recordings", nargs="*", help="recordings, or torch==VERSION; PyTorch's first")
    shown.set_defaults(command=_show)
    return parser


def _add_comparing_commands(commands: Any) -> None:
    compared = add_command(commands, "compare", "judge a recording by that of PyTorch", epilog=EXITS)
    compared.add_argument(
        "reference", help="the recording of PyTorch: a file, or torch==VERSION if it is kept"
    )
    compared.add_argument("subject", help="the recording of the subject")
    compared.add_argument(
        "--others",
        nargs="+",
        default=[],
        metavar="FILE",
        help="more recordings of PyTorch: where it varies, nothing is held against the subject",
    )
    compared.add_argument("--select", default="", metavar="QUERY", help=choosing.SELECT_HELP)
    compared.add_argument(
        "-o", "--output", type=Path, metavar="FILE", help="also write the verdicts, as JSON"
    )
    compared.set_defaults(command=_compare)

    run = add_command(commands, "run", "record, compare, and write a report", epilog=EXITS)
    run.add_argument("--subject", default="engine", help="a subject or a recording (engine)")
    run.add_argument(
        "--reference",
        default="torch",
        help="PyTorch, a version of it that is kept (torch==VERSION), or a recording of it (torch)",
    )
    run.add_argument(
        "-o", "--output", type=Path, default=Path("report"), metavar="DIR", help="the report (report)"
    )
    _add_run_options(run)
    run.set_defaults(command=_run)


def _add_run_options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--device", default="cpu", help="the subject's device (cpu)")
    choosing.add_options(parser)
    parser.add_argument("--shard", default="", metavar="N/COUNT", help=SHARD_HELP)
    parser.add_argument(
        "--workers", type=_number(int), help="how many processes run cases (2, or 1 for a few)"
    )
    parser.add_argument(
        "--timeout",
        type=_number(float),
        default=runner.TIMEOUT,
        help=f"seconds for one case ({runner.TIMEOUT:g})",
    )
    parser.add_argument(
        "--memory",
        type=_number(float),
        default=runner.MEMORY,
        metavar="GIB",
        help=f"memory for one case ({runner.MEMORY:g})",
    )
    parser.add_argument(
        "--resume", action="store_true", help="go on with a run that was stopped, from what it has recorded"
    )


def _number(kind: type[int] | type[float]) -> Any:
    def positive(text: str) -> float:
        number = kind(text)
        if not number > 0:
            raise ValueError(text)
        return number

    positive.__name__ = "positive number"
    return positive


def _list(chosen: argparse.Namespace) -> int:
    cases = chosen_cases(chosen.only, chosen.select)
    for case in cases:
        _print_lines(heading(case))
    print(f"{len(cases)} cases")
    return AGREES


def _record(chosen: argparse.Namespace) -> int:
    cases = share(chosen_cases(chosen.only, chosen.select), chosen.shard)
    refuse_unwritable_file(chosen.output)
    held = _recorded(chosen.subject, cases, chosen.device, chosen, chosen.output)
    print(f"{len(held.cases)} cases of {visible(named(held.header))} recorded in {chosen.output}")
    return AGREES


def _compare(chosen: argparse.Namespace) -> int:
    if chosen.output is not None:
        refuse_unwritable_file(chosen.output)
    paths = [chosen.reference, chosen.subject, *chosen.others]
    reference, subject, *others = [recording.read(located(path)) for path in paths]
    comparison = restricted(compare(reference, subject, others), chosen.select)
    _print_lines(departures(comparison), summary(comparison, _by_id(catalog.load())))
    if chosen.output is not None:
        text = json.dumps(asdict(comparison), ensure_ascii=False, indent=1)
        chosen.output.write_text(text + "\n", encoding="utf-8")
    return _exit_code(comparison)


def _run(chosen: argparse.Namespace) -> int:
    sides = {"subject": source(chosen.subject), "reference": reference_source(chosen.reference)}
    known = {name: side.recording for name, side in sides.items()}
    cases = share(chosen_cases(chosen.only, chosen.select, **known), chosen.shard)
    refuse_unwritable(chosen.output / "recordings")
    if sides["reference"].recording is None and chosen.reference != "torch":
        with runner.Worker(chosen.reference) as worker:
            worker.header  # noqa: B018 - a reference that cannot be run is refused before the subject's run
    devices = {"subject": chosen.device, "reference": "cpu"}
    unfinished = {name: chosen.output / "recordings" / f"{name}.unfinished" for name in sides}
    with standing(chosen.output / "recordings"):
        held = {
            name: _recording_of(side, cases, devices[name], chosen, unfinished[name])
            for name, side in sides.items()
        }
    if sides["subject"].recording is None:

        def alone(doubtful: Sequence[str]) -> Recording:
            return _recorded(chosen.subject, doubtful, chosen.device, chosen, what="departures, each alone")

        held["subject"], comparison = confirmed(held["reference"], held["subject"], alone)
    else:
        comparison = compare(held["reference"], held["subject"])
    notes = [side.note for side in sides.values() if side.note]
    _print_lines(departures(comparison, SHOWN), summary(comparison, _by_id(cases)), notes)
    page = publish(chosen.output, held, notes, comparison)
    for path in unfinished.values():
        path.unlink(missing_ok=True)
    print(f"Report: {page}")
    return _exit_code(comparison)


def _show(chosen: argparse.Namespace) -> int:
    by_id = _by_id(catalog.load())
    if chosen.case not in by_id:
        raise _RefusedError(f"there is no case {chosen.case}{nearest(chosen.case, list(by_id))}")
    case = by_id[chosen.case]
    held = [recording.read(located(path)) for path in chosen.recordings]
    for path, one in zip(chosen.recordings, held, strict=True):
        if case.id not in one.cases:
            raise _RefusedError(f"the recording {path} does not hold {case.id}: record it again")
    _print_lines(heading(case), [f"  {case.file}:{case.line}", "", case.source])
    if held:
        _print_lines(side_by_side(_by_name(chosen.recordings, held, case.id)), [""])
    finding, spec = None, held[-1].header["subject"]["spec"] if held else "torch"
    if len(held) > 1:
        theirs, ours = (unplaced(one.cases[case.id], one.header) for one in held[:2])
        judged = compare_case(case, theirs, ours)
        finding, spec = judged.first, held[1].header["subject"]["spec"]
        _print_lines([f"{judged.verdict}: {judged.reason}".removesuffix(": "), ""])
    _print_lines(snippet(case, spec, finding).splitlines())
    return AGREES


def _by_name(paths: Sequence[str], held: Sequence[Recording], case_id: str) -> dict[str, Any]:
    """The records of a case by what the recordings are of, or by path where that is the same."""
    names = [named(one.header) for one in held]
    if len(set(names)) < len(names):
        names = list(paths)
    return {name: one.cases[case_id] for name, one in zip(names, held, strict=True)}


def _recording_of(
    side: Source, cases: Sequence[Case], device: str, chosen: argparse.Namespace, output: Path
) -> Recording:
    if side.recording is not None:
        return selected(side.recording, [case.id for case in cases])
    return _recorded(side.text, cases, device, chosen, output, shared=True)


def _recorded(
    spec: str,
    cases: Sequence[Case | str],
    device: str,
    chosen: argparse.Namespace,
    output: Path | None = None,
    what: str = "",
    *,
    shared: bool = False,
) -> Recording:
    with Progress(what or spec, len(cases)) as progress:
        return runner.record(
            spec,
            cases,
            device,
            chosen.workers,
            chosen.timeout,
            progress.advance,
            output=output,
            memory=chosen.memory,
            resume=chosen.resume and output is not None,
            shared=shared,
            shard=chosen.shard,
        )


def _by_id(cases: Sequence[Case]) -> Mapping[str, Case]:
    return {case.id: case for case in cases}


def _print_lines(*parts: Iterable[str]) -> None:
    for part in parts:
        for line in part:
            print(visible(line))


def _exit_code(comparison: Comparison) -> int:
    agreed = AGREEMENT | {"unspecified"}
    return AGREES if all(case.verdict in agreed for case in comparison.cases) else DEPARTS
