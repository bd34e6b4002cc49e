"""Recordings that are parts of one run: shards, or cases that were chosen apart, put together again."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterable, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any

from . import catalog
from .commands import add_command
from .recording import Record, Recording, read, write
from .showing import named, visible

IDENTITY = ("spec", "name", "version", "device")
SHOWN = 10

Run = list[Recording]


class MergeError(ValueError):
    """Recordings that make no whole, in one sentence for the user."""


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    merging = add_command(commands, "merge", "put the parts of one recording together, such as its shards")
    merging.add_argument("recordings", nargs="+", metavar="RECORDING", help="the parts, in any order")
    merging.add_argument(
        "-o", "--output", required=True, type=Path, metavar="FILE", help="the whole recording (.jsonl)"
    )
    merging.set_defaults(command=run)


def run(chosen: Namespace) -> int:
    """Write the whole recording, and say what is missing in it."""
    found, notes = merged(map(read, chosen.recordings))
    if len(found) > 1:
        names = " and ".join(named(one.header) for one in found[:2])
        raise MergeError(f"these are no parts of one recording, but of {names}: name those of one run")
    write(chosen.output, found[0])
    for note in notes:
        print(visible(note))
    return 0


def merged(recordings: Iterable[Recording]) -> tuple[list[Recording], list[str]]:
    """The recordings, parts of one subject put together where the first of them stood; and notes on these.

    A recording goes on with an earlier one of the same subject, version and device if they have no case in common;
    otherwise it is another run. Shards that overlap go together too, if they agree about what they share. Raises
    `MergeError` for parts of different catalogs, and for shards of different versions, or that do not agree.
    """
    runs: list[Run] = []
    for recording in recordings:
        run = next((run for run in runs if _goes_on(run, recording)), None)
        if run is None:
            runs.append([recording])
        else:
            run.append(recording)
    for run in runs[1:]:
        whole = next((other for other in runs[: runs.index(run)] if _overlap(other, run)), None)
        if whole is not None:
            whole += run
            runs.remove(run)
    for one, other in combinations(runs, 2):
        _refuse_halves_of_two_versions(one, other)
    return [_joined(run) for run in runs], [_note(run) for run in runs if len(run) > 1 or _is_sharded(run)]


def _identity(run: Run) -> list[Any]:
    return [run[0].header["subject"].get(name) for name in IDENTITY]


def _is_sharded(run: Run) -> bool:
    return any("shard" in part.header for part in run)


def _held(run: Run) -> dict[str, Record]:
    return {case_id: record for part in run for case_id, record in part.cases.items()}


def _goes_on(run: Run, recording: Recording) -> bool:
    asked = {case_id for part in run for case_id in part.header["cases"]}
    return _identity(run) == _identity([recording]) and asked.isdisjoint(recording.header["cases"])


def _overlap(one: Run, other: Run) -> bool:
    """Whether shards of two runs share some cases but not all; raises `MergeError` if they do not agree about those."""
    theirs, ours = _held(one), _held(other)
    sharded = _is_sharded(one) and _is_sharded(other)
    if not sharded or _identity(one) != _identity(other) or theirs.keys() == ours.keys():
        return False
    for case_id in sorted(theirs.keys() & ours.keys()):
        if _timeless(theirs[case_id]) != _timeless(ours[case_id]):
            raise MergeError(
                f"two shards of {named(one[0].header)} hold {case_id}, and not the same of it: name those of one run"
            )
    return True


def _timeless(record: Record) -> Record:
    return {name: part for name, part in record.items() if name != "seconds"}


def _refuse_halves_of_two_versions(one: Run, other: Run) -> None:
    (spec, name, version, device), (*theirs, their_version, their_device) = _identity(one), _identity(other)
    of_one_subject = [spec, name, device] == [*theirs, their_device] and version != their_version
    sharded = _is_sharded(one) and _is_sharded(other)
    if of_one_subject and sharded and _held(one).keys().isdisjoint(_held(other)):
        raise MergeError(
            f"a shard is of {named(one[0].header)}, another of {named(other[0].header)}, and they share no case: "
            "record all shards with one version"
        )


def _joined(run: Run) -> Recording:
    """One recording of all parts; it is complete if all of them are."""
    if len(run) == 1:
        return run[0]
    if len({part.header["catalog"] for part in run}) > 1:
        raise MergeError(
            f"parts of {named(run[0].header)} were made from different catalogs: record all with one"
        )
    asked = {case_id for part in run for case_id in part.header["cases"]}
    held = _held(run)
    header = {name: part for name, part in run[0].header.items() if name != "shard"}
    header["cases"] = [case.id for case in catalog.load() if case.id in asked]
    header["platform"] = _said(part.header["platform"] for part in run)
    build = _said(part.header["subject"]["build"] for part in run)
    header["subject"] = {**header["subject"], "build": build}
    cases = {case_id: held[case_id] for case_id in header["cases"] if case_id in held}
    complete = all(part.complete for part in run)
    return Recording(header, cases, {"record": "footer", "cases": len(cases)} if complete else None)


def _said(sides: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """What the machines say of themselves: where they differ, what each of them says."""
    said: dict[str, dict[Any, None]] = {}
    for side in sides:
        for name, value in side.items():
            said.setdefault(name, {})[value] = None
    return {
        name: next(iter(values)) if len(values) == 1 else ", ".join(map(str, values))
        for name, values in said.items()
    }


def _note(run: Run) -> str:
    """What a reader must know of a recording that was put together: of what, and which cases are missing."""
    known, held = [case.id for case in catalog.load()], _held(run)
    shards = dict.fromkeys(part.header["shard"] for part in run if "shard" in part.header)
    parts = f"shard {', '.join(shards)}" if shards else f"{len(run)} recordings"
    missing = [case_id for case_id in known if case_id not in held]
    if not missing:
        return f"{named(run[0].header)}: {parts}, with all {len(known)} cases of the catalog"
    more = f" and {len(missing) - SHOWN} more" if len(missing) > SHOWN else ""
    return (
        f"{named(run[0].header)}: {parts}; {len(missing)} of the catalog's {len(known)} cases are missing: "
        f"{', '.join(missing[:SHOWN])}{more}"
    )
