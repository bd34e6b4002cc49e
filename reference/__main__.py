"""The command line of the room: since when PyTorch does what it does, and the recordings that tell."""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any, NoReturn

from conformance import catalog
from conformance.expectations import nearest
from conformance.progress import Progress
from conformance.publishing import PublishingError
from conformance.recording import Recording, RecordingError
from conformance.showing import print_no_more, visible
from conformance.subject import SubjectError

from .history import History, HistoryError, drift, histories, recordings
from .recorder import RecorderError, chosen, is_current, refresh

DONE, REFUSED, STOPPED = 0, 2, 130


class _ArgumentsError(Exception):
    """Arguments that make no sense, in one sentence."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        """Refuse the arguments in one sentence, without the usage."""
        raise _ArgumentsError(f"{message}; see {self.prog} --help")


REFUSALS = (HistoryError, PublishingError, RecorderError, RecordingError, SubjectError, _ArgumentsError)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command line and return its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    try:
        if given[:1] == ["record"]:
            _record(given[1:])
        else:
            _tell(given)
        sys.stdout.flush()
    except REFUSALS as error:
        print(f"reference: {visible(str(error))}", file=sys.stderr)
        return REFUSED
    except KeyboardInterrupt:
        print("reference: stopped", file=sys.stderr)
        return STOPPED
    except BrokenPipeError:
        print_no_more()
    return DONE


def _record(arguments: list[str]) -> None:
    parser = _Parser(
        prog="python -m reference record",
        description="Record versions of PyTorch on the CPU, each in an environment that is made for it and removed.",
    )
    parser.add_argument(
        "versions",
        nargs="*",
        metavar="VERSION",
        help="such as 2.13.0; without any, all those whose recording is not of the installed catalog",
    )
    names = parser.parse_args(arguments).versions
    failed = {}
    for version in chosen(names):
        if not names and is_current(version):
            print(f"PyTorch {version.number}: kept already", flush=True)
            continue
        try:
            with Progress(f"torch=={version.number}", len(catalog.load())) as progress:
                changed = refresh(version, progress.advance)
        except (RecorderError, RecordingError, SubjectError) as error:
            # the other versions can be had all the same
            failed[version.number] = error
            continue
        told = "recorded" if changed else "recorded, and as before"
        print(f"PyTorch {version.number}: {told}, {version.path.stat().st_size:,} bytes", flush=True)
    if failed:
        raise RecorderError("; ".join(f"PyTorch {number}: {error}" for number, error in failed.items()))


def _tell(arguments: list[str]) -> None:
    parser = _Parser(
        prog="python -m reference",
        description="Since when PyTorch does what it does, by the recordings of its versions. "
        "`python -m reference record` makes these.",
    )
    parser.add_argument("case", nargs="?", help="a case's id; without it, all that changed, and a table")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all that is known, as JSON")
    parser.add_argument(
        "-o", "--output", type=Path, metavar="DIR", help="write a page of what each version changed"
    )
    options = parser.parse_args(arguments)
    cases = catalog.load()
    known = [case.id for case in cases]
    if options.case is not None and options.case not in known:
        raise _ArgumentsError(f"there is no case {options.case}{nearest(options.case, known)}")
    held = recordings()
    found = histories(held, [case for case in cases if options.case in (None, case.id)])
    if options.json is not None:
        _write(options.json, held, found)
    if options.output is not None:
        print(f"Page: {_publish(options.output, held, found)}")
    if options.json is not None or options.output is not None:
        return
    if options.case is not None:
        print("\n".join(map(visible, told(found[0], next(iter(held))))))
    else:
        print("\n".join(map(visible, overview(found, list(held)))))


def told(history: History, oldest: str) -> list[str]:
    """What there is to say of one case."""
    lines = [history.case]
    if history.stable_since is None:
        lines.append(f"  lacking: {history.changes[-1].reason if history.changes else history.lacking}")
    else:
        since = (
            f"{history.stable_since}, the oldest" if history.stable_since == oldest else history.stable_since
        )
        lines.append(f"  stable since {since}")
    if history.added_in:
        lines.append(f"  added in {history.added_in}: before it there is no {history.lacking}")
    lines += [f"  changed in {change.version}: {change.reason}" for change in history.changes]
    return lines


def overview(found: Sequence[History], versions: Sequence[str]) -> list[str]:
    """The cases that are not the same everywhere, and how many each version added and changed."""
    lines = [
        line for history in found if not history.is_the_same_everywhere for line in told(history, versions[0])
    ]
    added = Counter(history.added_in for history in found)
    changed = Counter(version for history in found for version in history.changed_in)
    lines += ["", f"{'version':>8}{'added':>8}{'changed':>8}"]
    lines += [f"{version:>8}{added[version]:>8}{changed[version]:>8}" for version in versions]
    same = sum(history.is_the_same_everywhere for history in found)
    return [*lines, "", f"{same} of {len(found)} cases are the same in all {len(versions)} versions"]


def _write(path: Path, held: dict[str, Recording], found: Sequence[History]) -> None:
    headers = {
        version: {part: one.header[part] for part in ("subject", "platform")} for version, one in held.items()
    }
    data = {"versions": headers, "drift": drift(found), "cases": [_plain(history) for history in found]}
    try:
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(data, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise _ArgumentsError(f"cannot write {path}: {error.strerror}; choose another place") from error


def _plain(history: History) -> dict[str, Any]:
    """A history as JSON, with what each finding says in words; both sides' data stand in the recordings."""
    changes = [
        {
            "version": change.version,
            "reason": change.reason,
            "findings": [
                {"observation": finding.observation, "aspect": finding.aspect, "note": finding.note}
                for finding in change.findings
            ],
        }
        for change in history.changes
    ]
    return {**asdict(replace(history, changes=())), "changes": changes}


def _publish(folder: Path, held: dict[str, Recording], found: Sequence[History]) -> Path:
    """Write the page of what changed; the reports room draws it, in a program of its own."""
    path = folder / "versions.json"
    _write(path, held, found)
    command = [sys.executable, "-m", "reports.single", "versions", str(path), "-o", str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip().splitlines() or ["it gave no reason"]
        raise PublishingError(f"the histories are in {path}, but no page was written: {said[-1]}")
    return folder / "index.html"


if __name__ == "__main__":
    sys.exit(main())
