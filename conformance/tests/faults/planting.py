"""Plants a fault in the engine and runs cases on it, judged by the recording of PyTorch that is kept."""

from __future__ import annotations

import atexit
import compileall
import importlib
import importlib.util
import os
import pkgutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

from conformance import catalog
from conformance.comparison import compare_case
from conformance.recording import Recording, read
from conformance.runner import Worker
from conformance.sources import shipped
from conformance.verdict import AGREEMENT

from . import Fault
from .host import WHERE

HERE = Path(__file__).parent


def faults(topic: str) -> list[Fault]:
    """The faults of one topic."""
    return importlib.import_module(f"{__package__}.{topic}").FAULTS


def topics() -> list[str]:
    """The names of all topics."""
    own = {"__main__", "host", "planting"}
    return sorted(module.name for module in pkgutil.iter_modules([str(HERE)]) if module.name not in own)


@cache
def _engine() -> Path:
    """The engine's folder, found without importing it, and compiled so that only what is planted has to be."""
    spec = importlib.util.find_spec("engine")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent
    compileall.compile_dir(folder, quiet=2)
    return folder


@cache
def _reference() -> Recording:
    path = shipped()
    assert path is not None, "the recording of PyTorch is missing; see CONTRIBUTING.md"
    return read(path)


@contextmanager
def planted(fault: Fault) -> Iterator[str]:
    """What the host has to know of an engine with the fault: its folder, the file that is planted, and where."""
    text = (_engine() / fault.file).read_text(encoding="utf-8")
    count = text.count(fault.before)
    if count != 1:
        raise ValueError(
            f"the fault {fault.name!r} does not fit {fault.file} any more: its text occurs {count} times"
        )
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "planted.py"
        path.write_text(text.replace(fault.before, fault.after), encoding="utf-8")
        yield f"{_engine()}\n{fault.file}\n{path}"


def recorded() -> list[str]:
    """The ids of all cases in the recording of PyTorch."""
    return list(_reference().cases)


def departures(fault: Fault, cases: Iterable[str]) -> Iterator[tuple[str, str]]:
    """The cases among these that depart with the fault planted, each with its verdict, as they are run."""
    with planted(fault) as description:
        worker = _worker()
        Path(os.environ[WHERE]).write_text(description, encoding="utf-8")
        for case_id in cases:
            record = worker.run(case_id)
            verdict = compare_case(catalog.find(case_id), _reference().cases[case_id], record).verdict
            if verdict not in AGREEMENT:
                yield case_id, verdict


@cache
def _worker() -> Worker:
    """One for all faults, which ends with this process."""
    descriptor, path = tempfile.mkstemp()
    os.close(descriptor)
    os.environ[WHERE] = path
    worker = Worker(f"{__package__}.host:subject")
    atexit.register(os.unlink, path)
    atexit.register(worker.close)
    return worker
