"""A command of the command line, which says of itself what the list of all says of it."""

from __future__ import annotations

import argparse
from typing import Any


def add_command(commands: Any, name: str, told: str, epilog: str | None = None) -> argparse.ArgumentParser:
    """The parser of a new command; `told` says in a few words what it does."""
    described = f"{told[0].upper()}{told[1:]}."
    parser: argparse.ArgumentParser = commands.add_parser(
        name, help=told, description=described, epilog=epilog
    )
    return parser
