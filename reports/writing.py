"""What all commands of this room share: how they refuse, and how they write files."""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import NoReturn

EXTRA = "pip install 'autograd-conformance[report]'"
LIBRARIES = ("jinja2", "markupsafe", "pygraphviz")


class ReportError(Exception):
    """Why nothing was written, in one sentence for the user."""


class Parser(argparse.ArgumentParser):
    """A parser of arguments that refuses in one sentence."""

    def error(self, message: str) -> NoReturn:
        """Refuse arguments without the usage."""
        raise ReportError(f"{message}: see {self.prog} --help")


@contextmanager
def libraries() -> Iterator[None]:
    """Say how to get the libraries that pages are drawn with, where the imports inside do not find one."""
    try:
        yield
    except ModuleNotFoundError as error:
        if error.name not in LIBRARIES:
            raise
        raise ReportError(f"{error.name} is not installed, which reports are drawn with: {EXTRA}") from error


def replace(folder: Path, files: Mapping[str, str]) -> None:
    """Write files into a folder, all beside their places first, so that a failure leaves what was there."""
    fresh = {folder / f".{name}.{os.getpid()}": folder / name for name in files}
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for path, text in zip(fresh, files.values(), strict=True):
            path.write_text(text, encoding="utf-8", newline="\n")
        for path, place in fresh.items():
            os.replace(path, place)
    except OSError as error:
        raise ReportError(f"cannot write into {folder} ({error.strerror}): name another folder") from error
    finally:
        for path in fresh:
            if path.parent.is_dir():
                path.unlink(missing_ok=True)
