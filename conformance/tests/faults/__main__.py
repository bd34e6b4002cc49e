"""`python -m conformance.tests.faults [TOPIC ...]`: plants each fault and prints which case caught it.

With `--all`, the whole catalog is run on each, and all that caught it are counted. The exit code is 1 if a fault was
not caught.
"""

from __future__ import annotations

import argparse

from . import Fault
from .planting import departures, faults, recorded, topics


def main() -> int:
    """Run the command."""
    parser = argparse.ArgumentParser(prog="python -m conformance.tests.faults", description=__doc__)
    parser.add_argument("topic", nargs="*", choices=[[], *topics()], help="all if none is named")
    parser.add_argument("--all", action="store_true", help="run the whole catalog on each fault")
    options = parser.parse_args()
    missed = 0
    for topic in options.topic or topics():
        print(topic)
        for fault in faults(topic):
            found = _caught(fault, options.all)
            print(f"  {fault.name}: {found or 'NOT CAUGHT'}", flush=True)
            missed += not found
    return 1 if missed else 0


def _caught(fault: Fault, everything: bool) -> str:
    if fault.caught_by and not everything:
        return "".join(f"{verdict}, by {case}" for case, verdict in departures(fault, [fault.caught_by]))
    found = dict(departures(fault, recorded()))
    first = next(iter(found), "")
    return first and f"{found[first]}, by {first}" + (f" and {len(found) - 1} more" if len(found) > 1 else "")


if __name__ == "__main__":
    raise SystemExit(main())
