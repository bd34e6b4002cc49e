"""The file in which an engine's author says which cases are expected to depart, and why.

One expectation a line: a case's id, or a pattern with `*`, `?` and `[]`, then `#` and the reason.

    # what stands on a line of its own after `#` is a comment
    accumulation::backward_adds_to_grad  # grads are overwritten until the rewrite of the tape
    graph::*                             # there is no graph to walk
"""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from fnmatch import fnmatchcase
from pathlib import Path


class ExpectationsError(ValueError):
    """An expectations file that cannot be used, in one sentence for the user."""


def nearest(case_id: str, ids: Sequence[str]) -> str:
    """What to end an error message with: the id most like the one given, or where all of them are shown."""
    found = difflib.get_close_matches(case_id, ids, n=1)
    return f"; did you mean {found[0]}?" if found else "; python -m conformance list shows all"


def read(path: Path, ids: Sequence[str]) -> dict[str, str]:
    """The reason for each case that is expected to depart, by its id; later lines go before earlier ones.

    Raises `ExpectationsError` for a file that cannot be read, and for a line without a reason or a case.
    """
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise ExpectationsError(f"the expectations file {path} cannot be read: {reason}") from error
    reasons: dict[str, str] = {}
    for number, line in enumerate(lines, 1):
        pattern, _, reason = (part.strip() for part in line.partition("#"))
        if not pattern:
            continue
        where = f"{path}, line {number}"
        if not reason:
            raise ExpectationsError(f"{where}: {pattern} stands without a reason; write one after a #")
        matching = [case_id for case_id in ids if fnmatchcase(case_id, pattern)]
        if not matching:
            raise ExpectationsError(f"{where}: no case matches {pattern}{nearest(pattern, ids)}")
        reasons.update(dict.fromkeys(matching, reason))
    return reasons
