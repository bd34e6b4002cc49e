"""The cells of a notebook, a script or a page of Markdown, as Python that runs without IPython."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

MARK = re.compile(r"^# ?%%.*$", re.MULTILINE)
FENCE = re.compile(
    r"^(?P<fence>`{3,}|~{3,})[ \t]*(?:python3?|py)\b[^\n]*\n(?P<code>.*?)^(?P=fence)[ \t]*$", re.M | re.S
)
MAGIC = re.compile(r"^(\s*)([%!].*)$", re.MULTILINE)


class CellsError(ValueError):
    """A file that has no cells to run, in one sentence for the user."""


@dataclass(frozen=True)
class Cell:
    """One piece of a program: its code, and the line of the file where it begins (of a notebook, its number)."""

    code: str
    place: int


def read(path: Path) -> list[Cell]:
    """The cells of an `.ipynb`, `.py` or `.md` file; raises `CellsError` where there is none."""
    readers = {".ipynb": _of_notebook, ".py": _of_script, ".md": _of_page}
    if path.suffix not in readers:
        raise CellsError(
            f"{path} is no notebook, script or page: name a file that ends in {', '.join(readers)}"
        )
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise CellsError(f"{path} cannot be read: {reason}") from error
    cells = [Cell(_without_magic(cell.code), cell.place) for cell in readers[path.suffix](path, text)]
    cells = [cell for cell in cells if cell.code.strip()]
    if not cells:
        raise CellsError(f"{path} holds no Python to run")
    return cells


def _of_notebook(path: Path, text: str) -> list[Cell]:
    try:
        import nbformat
    except ModuleNotFoundError:
        raise CellsError(
            "nbformat is not installed, which reads notebooks: pip install 'autograd-conformance[replay]'"
        ) from None
    try:
        notebook = nbformat.reads(text, as_version=4)
    except Exception as error:
        raise CellsError(f"{path} is no notebook that nbformat can read: {error}") from error
    return [
        Cell(cell.source, number)
        for number, cell in enumerate(notebook.cells, 1)
        if cell.cell_type == "code" and not cell.source.startswith("%%")
    ]


def _of_script(path: Path, text: str) -> list[Cell]:
    """What stands between `# %%` marks; without any, each group of statements between blank lines."""
    marks = [mark.start() for mark in MARK.finditer(text)]
    if marks:
        bounds = [0, *marks, len(text)]
        pieces = [(text.count("\n", 0, start) + 1, text[start:end]) for start, end in pairwise(bounds)]
        return [Cell(code, line) for line, code in pieces]
    try:
        body = ast.parse(text).body
    except SyntaxError:
        return [Cell(text, 1)]
    lines = text.splitlines()
    groups: list[tuple[int, int]] = []
    for statement in body:
        start = min([statement.lineno, *[each.lineno for each in getattr(statement, "decorator_list", [])]])
        end = statement.end_lineno or start
        if groups and not any(not line.strip() for line in lines[groups[-1][1] : start - 1]):
            groups[-1] = groups[-1][0], end
        else:
            groups.append((start, end))
    return [Cell("\n".join(lines[start - 1 : end]), start) for start, end in groups]


def _of_page(path: Path, text: str) -> list[Cell]:
    return [
        Cell(found["code"], text.count("\n", 0, found.start("code")) + 1) for found in FENCE.finditer(text)
    ]


def _without_magic(code: str) -> str:
    """The code without IPython's own lines, which become remarks."""
    try:
        ast.parse(code)
    except SyntaxError:
        return MAGIC.sub(r"\1pass  # \2", code)
    return code


def names(code: str) -> tuple[set[str], set[str]]:
    """The names that a cell binds, and those that it uses; none where it cannot be parsed."""
    try:
        tree = ast.parse(code)
    except SyntaxError:
        return set(), set()
    bound: set[str] = set()
    used: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Name):
            (used if isinstance(node.ctx, ast.Load) else bound).add(node.id)
        elif isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            bound.add(node.name)
        elif isinstance(node, ast.alias):
            bound.add((node.asname or node.name).partition(".")[0])
    return bound, used
