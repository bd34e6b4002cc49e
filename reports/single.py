"""Pages made of one JSON file that a command of the suite has left: `python -m reports.single replay|coverage|versions FILE -o DIR`."""

from __future__ import annotations

import json
import sys
from pathlib import Path

from .writing import Parser, ReportError, libraries, replace

TEMPLATES = {"replay": "replay.html.j2", "coverage": "coverage.html.j2", "versions": "versions.html.j2"}


def main(arguments: list[str] | None = None) -> int:
    """Write a page as the arguments say; returns the exit code."""
    parser = Parser(prog="python -m reports.single", description=__doc__)
    parser.add_argument("kind", choices=TEMPLATES)
    parser.add_argument("file", type=Path, help="what the command of that name wrote")
    parser.add_argument(
        "-o", "--output", required=True, type=Path, metavar="DIR", help="the folder to write into"
    )
    try:
        chosen = parser.parse_args(arguments)
        print(write(chosen.kind, chosen.file, chosen.output))
    except ReportError as error:
        print(f"reports: {error}", file=sys.stderr)
        return 2
    return 0


def write(kind: str, path: Path, folder: Path) -> Path:
    """Write the page into a folder and return its path; raises `ReportError`."""
    with libraries():
        from .page import asset, environment
    try:
        data = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ReportError(f"{path} cannot be read ({error}): make it again") from error
    page = environment().get_template(TEMPLATES[kind]).render(data=data, style=asset("style.css"))
    replace(folder, {"index.html": page})
    return folder / "index.html"


if __name__ == "__main__":
    sys.exit(main())
