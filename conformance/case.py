"""What a case is: the decorator that declares one, and `raises` for errors that are observed."""

from __future__ import annotations

import ast
import functools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Case:
    """One behaviour: a generator function that takes a torch-shaped namespace and yields observations.

    `claim` is the docstring in one line, `document` the title (and section) that the case was drawn from,
    `rows` the keys of that document's rows, `builds_on` the ids of cases that this one presupposes,
    `tolerance` an (rtol, atol) that replaces the one of the dtype, for `reason`.
    """

    id: str
    claim: str
    document: str
    rows: tuple[str, ...]
    builds_on: tuple[str, ...]
    tolerance: tuple[float, float] | None
    reason: str | None
    function: Callable[[Any], Iterator[Any]] = field(compare=False)

    @property
    def file(self) -> str:
        """The path of the catalog module that holds the case."""
        return self.function.__code__.co_filename

    @property
    def line(self) -> int:
        """The line of the case's decorator, from 1."""
        return self.function.__code__.co_firstlineno

    @property
    def source(self) -> str:
        """The case's text, decorator included."""
        lines, ends = _text(self.file)
        return "".join(lines[self.line - 1 : ends[self.function.__name__]])


@functools.cache
def parsed(file: str) -> tuple[str, ast.Module]:
    """The text of a catalog module and its syntax tree."""
    text = Path(file).read_text(encoding="utf-8")
    return text, ast.parse(text)


@functools.cache
def _stem(file: str) -> str:
    return Path(file).stem


@functools.cache
def _text(file: str) -> tuple[list[str], dict[str, int]]:
    """The lines of a catalog module, and the last line of each function in it."""
    text, tree = parsed(file)
    functions = [node for node in tree.body if isinstance(node, ast.FunctionDef)]
    return text.splitlines(keepends=True), {node.name: node.end_lineno or 0 for node in functions}


def case(
    document: str,
    *rows: str,
    builds_on: tuple[str, ...] = (),
    tolerance: tuple[float, float] | None = None,
    reason: str | None = None,
) -> Callable[[Callable[[Any], Iterator[Any]]], Case]:
    """Declare the generator function below as a case of the catalog.

    Raises `ValueError` if the function has no docstring (the claim), or if a tolerance comes without its reason.
    """

    def declare(function: Callable[[Any], Iterator[Any]]) -> Case:
        where = f"{_stem(function.__code__.co_filename)}::{function.__name__}"
        if not function.__doc__:
            raise ValueError(f"{where}: a case states its claim in its docstring")
        if (tolerance is None) != (reason is None):
            raise ValueError(f"{where}: a tolerance and its reason go together")
        return Case(
            id=where,
            claim=" ".join(function.__doc__.split()),
            document=document,
            rows=rows,
            builds_on=builds_on,
            tolerance=tolerance,
            reason=reason,
            function=function,
        )

    return declare


@dataclass(frozen=True)
class Outcome:
    """What `raises` saw: the exception, or the value that came back where none was raised."""

    error: BaseException | None
    value: Any


def raises(call: Callable[[], Any]) -> Outcome:
    """Run `call` and keep what it raised, as something to yield."""
    try:
        return Outcome(None, call())
    except GeneratorExit:
        raise
    except BaseException as error:  # a subject may raise anything
        return Outcome(error, None)
