"""Which cases a machine runs where several share the work: `3/16` is the third of sixteen shards.

The cases are put in a line whose order has nothing to do with what they are about, and the line is cut where the
recorded durations say, so that every shard takes about as long, on any subject. It depends on nothing but the ids
and `durations.json`; a case that is added moves each cut by its own length at most.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import re
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from .case import Case
from .recording import Recording, RecordingError, read

DURATIONS = Path(__file__).with_name("durations.json")
"""Milliseconds: of each long case, and of each of the others, new ones among them."""

SHARD_HELP = "only a share of these cases, such as the third of sixteen: 3/16 (docs/ci.md)"

LONG = 100
"""Milliseconds; a case that takes less counts as the average of such."""

WRITTEN = re.compile(r"(\d{1,9})/(\d{1,9})")


class ShardError(ValueError):
    """A shard that there is not, in one sentence for the user."""


@dataclass(frozen=True)
class Shard:
    """One of `count` shards; the first has the number 1."""

    number: int
    count: int

    def __str__(self) -> str:
        return f"{self.number}/{self.count}"


@dataclass(frozen=True)
class Durations:
    """How many milliseconds each of the `long` cases takes, and each of the `others`."""

    long: Mapping[str, int]
    others: int

    def of(self, case_id: str) -> int:
        """How long a case takes, as far as is known."""
        return self.long.get(case_id, self.others)


def shard_of(text: str) -> Shard:
    """The shard that `3/16` names; raises `ShardError`."""
    written = WRITTEN.fullmatch(text)
    shard = Shard(*map(int, written.groups())) if written else Shard(0, 0)
    if not 1 <= shard.number <= shard.count:
        raise ShardError(f"{text!r} is no shard: write the third of sixteen as 3/16")
    return shard


def share(cases: Sequence[Case], text: str) -> list[Case]:
    """Those of the cases that the shard `3/16` has, or all of them for an empty text; raises `ShardError`."""
    if not text:
        return list(cases)
    ours = part((case.id for case in cases), shard_of(text))
    if not ours:
        raise ShardError(f"shard {text} of {len(cases)} cases has none: share them out among fewer")
    return [case for case in cases if case.id in ours]


def part(case_ids: Iterable[str], shard: Shard, durations: Durations | None = None) -> set[str]:
    """The ids of those cases that belong to a shard; the shards of one `count` share them all out."""
    durations = recorded_durations() if durations is None else durations
    line = sorted(case_ids, key=lambda case_id: (hashlib.sha256(case_id.encode()).digest(), case_id))
    whole = sum(map(durations.of, line))
    found, before = set(), 0
    for case_id in line:
        own = durations.of(case_id)
        if (2 * before + own) * shard.count // (2 * whole) == shard.number - 1:  # where the middle of it lies
            found.add(case_id)
        before += own
    return found


def recorded_durations() -> Durations:
    """What comes with the suite."""
    held = json.loads(DURATIONS.read_text("utf-8"))
    return Durations(held["long"], held["others"])


def measured(recordings: Sequence[Recording]) -> Durations:
    """How long cases take in recordings of several subjects, all together; raises `ShardError` without times."""
    seconds: Counter[str] = Counter()
    for recording in recordings:
        for case_id, record in recording.cases.items():
            seconds[case_id] += record.get("seconds", 0)
    taken = {case_id: round(1000 * spent) for case_id, spent in sorted(seconds.items())}
    short = [spent for spent in taken.values() if spent < LONG]
    if not sum(short):
        raise ShardError("these recordings do not say how long cases take: name some that have not been kept")
    long = {case_id: spent for case_id, spent in taken.items() if spent >= LONG}
    return Durations(long, -(-sum(short) // len(short)))


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `durations.json` anew: `python -m conformance.sharding engine.jsonl torch.jsonl`."""
    parser = argparse.ArgumentParser(prog="python -m conformance.sharding", description=main.__doc__)
    parser.add_argument("recordings", nargs="+", metavar="RECORDING")
    try:
        found = measured([read(path) for path in parser.parse_args(arguments).recordings])
    except (RecordingError, ShardError) as error:
        print(f"sharding: {error}", file=sys.stderr)
        return 2
    text = json.dumps({"others": found.others, "long": found.long}, indent=1)
    DURATIONS.write_text(text + "\n", encoding="utf-8")
    print(f"{len(found.long)} cases take {LONG} ms or more, the others {found.others} ms: {DURATIONS}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
