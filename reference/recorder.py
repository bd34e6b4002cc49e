"""Records versions of PyTorch, each in an environment of its own, and keeps the recordings."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from conformance import catalog
from conformance.keeping import keep, settled
from conformance.recording import Recording, RecordingError, read
from conformance.runner import OnRecord, record

from .versions import BASE, VERSIONS, Version

TIMEOUT = 120.0
"""A machine that is busy must not make a time-out part of what is kept."""


class RecorderError(Exception):
    """A version that cannot be recorded; the message is one sentence that says what to do."""


def chosen(names: list[str]) -> list[Version]:
    """The versions of these numbers or tox environments; all, the base first, if there are no names."""
    known = {name: version for version in VERSIONS for name in (version.number, version.environment)}
    if unknown := [name for name in names if name not in known]:
        held = ", ".join(version.number for version in VERSIONS)
        raise RecorderError(
            f"{unknown[0]} is no version of PyTorch that is recorded here; choose from {held}, "
            "or add it to reference/versions.py"
        )
    return [known[name] for name in names] or [BASE, *(item for item in VERSIONS if item is not BASE)]


def is_current(version: Version) -> bool:
    """Whether the recording that is kept of a version is of the installed catalog, and of today's base."""
    try:
        held = read(version.path)
        return held.complete and held.header["catalog"] == catalog.digest()
    except RecordingError:
        return False


def refresh(version: Version, on_record: OnRecord | None = None) -> bool:
    """Record a version and keep that; returns whether it says anything else than what was kept before."""
    if version is not BASE and not is_current(BASE):
        raise RecorderError(
            f"what is kept of PyTorch {version.number} is what differs from {BASE.number}, which was made from "
            f"another catalog: record that first, with python -m reference record {BASE.number}"
        )
    with environment(version) as python:
        places = {str(python.parents[1]): "<environment>", str(catalog.FOLDER.parents[1]): "<checkout>"}
        if version is BASE:  # whose cases leave nothing behind
            made = record(f"torch@{python}", catalog.load(), timeout=TIMEOUT, on_record=on_record)
        else:
            made = _recorded(f"reference:forked_torch@{python}", places, on_record)
        made.header["subject"]["spec"] = "torch"
        return keep(version.path, made, None if version is BASE else BASE.path, places)


def _recorded(spec: str, places: dict[str, str], on_record: OnRecord | None) -> Recording:
    """What a version does: cases that differ from the base's where they share processes are recorded again alone."""
    made = record(spec, catalog.load(), timeout=TIMEOUT, on_record=on_record, shared=True)
    base = read(BASE.path).cases
    differing = [case for case, found in made.cases.items() if settled(found, places) != base[case]]
    if not differing:
        return made
    alone = record(spec, differing, timeout=TIMEOUT, on_record=on_record)
    return replace(made, cases={**made.cases, **alone.cases})


@contextmanager
def environment(version: Version) -> Iterator[Path]:
    """A Python in which a version of PyTorch is installed, in a folder that is removed afterwards."""
    beside = os.path.dirname(sys.executable)
    uv = shutil.which("uv", path=os.pathsep.join([beside, os.environ.get("PATH", "")]))
    if uv is None:
        raise RecorderError("environments are made with uv, which is not installed: pip install uv")
    with tempfile.TemporaryDirectory(prefix="torch-") as folder:
        place = Path(os.path.realpath(folder))
        python = place / "environment" / "bin" / "python"
        cache = ["--cache-dir", str(place / "cache")]
        _run(uv, "venv", "--python", _interpreter(version), str(python.parents[1]), *cache)
        wanted = f"torch=={version.number}", f"numpy=={version.numpy}"
        _run(uv, "pip", "install", "--python", str(python), *wanted, *cache, *_links(version))
        shutil.rmtree(place / "cache")
        yield python


def _links(version: Version) -> list[str]:
    """Where pip looks for wheels that the registry does not have, such as builds for the CPU alone."""
    known = os.environ.get("PIP_FIND_LINKS", "").split() if "+" in version.number else []
    return [part for link in known for part in ("--find-links", link)]


def _interpreter(version: Version) -> str:
    """The Python for a version: one of pyenv's, which are not all on the path, or what uv finds or fetches."""
    root = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser()
    found = [path for path in root.glob(f"versions/{version.python}.*/bin/python") if path.is_file()]
    return str(
        max(found, key=lambda path: int(path.parents[1].name.rpartition(".")[2]), default=version.python)
    )


def _run(*command: str) -> None:
    """Run a command quietly; what it says goes into the sentence if it fails."""
    done = subprocess.run([*command, "--quiet"], capture_output=True, text=True, check=False)
    if done.returncode:
        said = " ".join(done.stderr.split())
        raise RecorderError(f"{' '.join(command[1:3])} failed: {said[-300:]}; mend it and run this again")
