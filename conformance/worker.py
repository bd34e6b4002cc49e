"""Runs cases inside the subject's interpreter: `python -u conformance/worker.py SPEC DEVICE CATALOG`.

Requests come in and replies go out as lines of JSON, on copies of the first two file descriptors that only
the worker knows; what the subject prints, to descriptors 1 and 2, is no part of the conversation.

    in   {"token": .., "memory": bytes or null, "folder": for temporary files}
         then, any number: {"case": id, "timeout": seconds, "shared": bool}
    out  {"header": .., "fork": bool}  or  {"error": sentence}
         then, for each case:
         {"began": id}
         {"observation": ..}   as soon as it is taken, any number
         {"end": .., "warnings": ..}   unless the case's process died
         {"exit": status or null after a timeout, "stdout": .., "stderr": .., "seconds": ..,
          "spent": whether no other case may follow in this worker}
         {"memory": bytes}   at any time, from the supervisor: a process held more and was ended

Every reply carries the token, which no one can guess who writes to whatever descriptors there are.
"""

from __future__ import annotations

import importlib
import os
import sys

if __name__ == "__main__":  # started by its path: the folder of this file is no place to import from
    FOLDER = os.path.dirname(os.path.realpath(__file__))
    others = [path for path in sys.path if os.path.realpath(path) != FOLDER]
    sys.path[:] = [os.path.dirname(FOLDER), os.getcwd(), *others]
    importlib.import_module("conformance.worker").main(*sys.argv[1:])
    sys.exit()

import functools
import gc
import io
import json
import linecache
import platform
import random
import re
import tempfile
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import closing
from types import ModuleType
from typing import IO, Any

from . import untouched
from .case import Case
from .forking import Fork
from .observe import clean, describe, observe
from .subject import Subject, SubjectError, load, missing_api
from .supervisor import supervise

resource: ModuleType | None
try:
    import resource
except ImportError:  # Windows
    resource = None

OUTPUT_LIMIT = 64 * 1024
FILE_LIMIT = 64 * 1024 * 1024
WARNING_LIMIT = 1_000
OBSERVATION_LIMIT = 10_000
MOST_SHARED = 100  # cases in one process: a new one costs as much as several cases
TRIGGERED = re.compile(r" \(Triggered internally at .*\)$", re.DOTALL)

Send = Callable[..., None]


LATE_TIMEOUT = 10.0
COMES_LATE = (
    "autograd.forward_ad",
    "autograd.functional",
    "autograd.gradcheck",
    "fft.fft",
    "func.vmap",
    "linalg.solve",
    "nn.Linear",
    "nn.functional.relu",
    "optim.SGD",
    "utils.checkpoint",
)


def main(spec: str, device: str, catalog: str) -> None:
    """Load a subject and a catalog, say what they are, and run the cases that are asked for."""
    requests, send = conversation()
    _limit("RLIMIT_CORE", 0)
    try:
        subject = load(spec, device)
    except SubjectError as error:
        send(error=clean(str(error)))
        return
    cases = importlib.import_module(catalog)
    untouched.use(vars(cases))
    forks = subject.fork and hasattr(os, "fork")
    if forks and _survives(lambda: _import_what_comes_late(subject.namespace), requests):
        _import_what_comes_late(subject.namespace)
    header = {"subject": subject.described(), "platform": _platform(), "catalog": cases.digest()}
    call_if_there(subject.namespace, "set_warn_always", True)
    send(header=header, fork=forks)
    gc.collect()
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:

        def run(case_id: str) -> bool:
            return _run(cases.find(case_id), subject, send)

        runs = _in_forks(run, out, err, requests) if forks else _here(run, out, err)
        around = untouched.surroundings()
        for line in requests:
            request = json.loads(line)
            started = time.monotonic()
            for file in (out, err):
                file.seek(0)
                file.truncate()
            cases.find(request["case"])  # its file is imported here, and not in each fork
            subject.begin()
            send(began=request["case"])
            status = runs(request)
            spent = not forks and untouched.are_changed(around)
            send(exit=status, spent=spent, stdout=kept(out), stderr=kept(err), seconds=_since(started))


def _survives(action: Callable[[], None], requests: IO[bytes]) -> bool:
    """Whether a process comes through an action of the subject in time; tried in a fork, which may die of it."""

    def act(_: str) -> bool:
        action()
        return False

    fork = Fork(act, (1, 2), requests.fileno())
    status = fork.run("", LATE_TIMEOUT)
    fork.end()
    return status == 0


def _import_what_comes_late(namespace: Any) -> None:
    """Import what subjects import when it is first used: once, and not in the fork of each case that uses it."""
    for path in COMES_LATE:
        try:
            functools.reduce(getattr, path.split("."), namespace)
        except BaseException:  # noqa: PERF203 - a subject may raise anything; cases that use it will show
            continue


def conversation() -> tuple[IO[bytes], Send]:
    """The requests, and a function that sends a reply; descriptors 0 and 1 are left to the subject.

    What follows runs below a supervisor, with the standard library as it is now, whatever the subject makes of it.
    """
    requests, replies = os.fdopen(os.dup(0), "rb"), os.dup(1)
    terms = json.loads(requests.readline())
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, 0)
    os.close(nothing)
    os.dup2(2, 1)

    def send(**message: Any) -> None:
        line = json.dumps({**message, "token": terms["token"]}, ensure_ascii=False, allow_nan=False)
        data = f"\n{line}\n".encode()  # it may follow what a process that was killed did not finish
        while data:
            data = data[os.write(last if "exit" in message else replies, data) :]

    last = replies
    last = supervise(terms["memory"], terms["folder"], send, replies)
    untouched.keep()
    return requests, send


def _platform() -> dict[str, Any]:
    numpy = getattr(sys.modules.get("numpy"), "__version__", None)  # if the subject uses it
    system, machine = platform.system(), platform.machine()
    return {"python": platform.python_version(), "numpy": numpy, "system": system, "machine": machine}


def _in_forks(
    run: Callable[[str], bool], out: IO[bytes], err: IO[bytes], requests: IO[bytes]
) -> Callable[[dict[str, Any]], int | None]:
    """What runs a case in a process of its own, so that nothing it does reaches another case.

    What is asked to be shared runs in one process with such cases before it, if they left it in order.
    """
    fork: Fork | None = None
    places = 0  # for more cases in this process

    def runs(request: dict[str, Any]) -> int | None:
        nonlocal fork, places
        if fork and not (request["shared"] and places):
            fork.end()
            fork = None
        if not fork:
            if hasattr(gc, "freeze"):
                gc.freeze()  # a fork need neither look through nor copy what was there before it
            fork, places = Fork(limited, (out.fileno(), err.fileno()), requests.fileno()), MOST_SHARED
        places -= 1
        status = fork.run(request["case"], request["timeout"])
        if not (request["shared"] and fork.in_order()):
            fork.end()
            fork = None
        return status

    def limited(case_id: str) -> bool:
        _limit("RLIMIT_FSIZE", FILE_LIMIT)
        return run(case_id)

    return runs


def _here(run: Callable[[str], bool], out: IO[bytes], err: IO[bytes]) -> Callable[[dict[str, Any]], int]:
    """What runs a case in the worker itself; if it takes too long, the runner ends the worker."""

    def runs(request: dict[str, Any]) -> int:
        saved = os.dup(1), os.dup(2)
        os.dup2(out.fileno(), 1)
        os.dup2(err.fileno(), 2)
        before = _limit("RLIMIT_FSIZE", FILE_LIMIT)
        try:
            run(request["case"])
        finally:
            _limit("RLIMIT_FSIZE", before)
            for descriptor, copy in enumerate(saved, 1):
                os.dup2(copy, descriptor)
                os.close(copy)
        return 0

    return runs


def _run(case: Case, subject: Subject, send: Send) -> bool:
    """Send the observations of a case as they are taken, then how it ended and what it warned of; whether it returned."""
    sys.stdout, sys.stderr = output(1), output(2)
    gc.collect()  # so that the next collection does not depend on what ran before
    if hasattr(gc, "freeze"):
        gc.freeze()  # nor look again at what a subject in this process has imported meanwhile
    call_if_there(subject.namespace, "manual_seed", 0)
    random.seed(0)
    call_if_there(sys.modules.get("numpy.random"), "seed", 0)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        end = _end_of(case, subject, send)
    for stream in (sys.stdout, sys.stderr):
        call_if_there(stream, "flush")
    send(end=end, warnings=[_warning(item) for item in caught[:WARNING_LIMIT]])
    return end["how"] == "returned"


def _end_of(case: Case, subject: Subject, send: Send) -> dict[str, Any]:
    folder = os.path.dirname(case.function.__code__.co_filename)
    untouched.use(case.function.__globals__)
    taken = 0

    def missing(error: BaseException) -> str | None:
        return missing_api(error, subject.namespace, folder)

    def take(number: int, item: Any) -> None:
        nonlocal taken
        labelled = type(item) is tuple and len(item) == 2 and type(item[0]) is str
        label, value = item if labelled else (f"observation {number}", item)
        given[label] = given.get(label, 0) + 1
        if given[label] > 1:
            label = f"{label} ({given[label]})"
        for observation in observe(label, value, subject.namespace, missing):
            taken += 1
            if taken > OBSERVATION_LIMIT:
                raise OverflowError(f"more than {OBSERVATION_LIMIT} observations")
            send(observation=observation)

    number = 0
    given: dict[str, int] = {}  # how often each label was given: a loop need not tell its rounds apart
    try:
        steps: Any = iter(case.function(subject.namespace))
        with closing(steps):
            while True:
                number += 1
                take(number, next(steps))  # not held here while the case goes on, as that would keep it alive
    except StopIteration:
        return {"how": "returned"}
    except BaseException as error:  # a subject may raise anything
        return _raised(error, missing(error), folder)


def _raised(error: BaseException, missing: str | None, folder: str) -> dict[str, Any]:
    kind, message = describe(error)
    line = ""
    for frame, number in traceback.walk_tb(error.__traceback__):
        if os.path.dirname(frame.f_code.co_filename) == folder:
            line = linecache.getline(frame.f_code.co_filename, number).strip()
    end = {"how": "raised", "error type": kind, "error message": message, "line": line}
    return end if missing is None else dict(end, missing=missing)


def output(descriptor: int) -> io.TextIOWrapper:
    """A stream that keeps nothing back, as what is held in memory is lost in a crash."""
    raw = open(descriptor, "wb", buffering=0, closefd=False)  # noqa: SIM115 - it is used until the case ends
    return io.TextIOWrapper(raw, "utf-8", "backslashreplace", write_through=True)


def kept(file: IO[bytes]) -> str:
    """What a case has written to a file, up to a limit."""
    file.seek(0)
    data = file.read(4 * OUTPUT_LIMIT + 400)  # enough for so many characters of any size
    return clean(data.decode("utf-8", "replace"), OUTPUT_LIMIT)


def _warning(caught: warnings.WarningMessage) -> list[str]:
    category, message = describe(caught.message)
    return [category, TRIGGERED.sub("", message)]


def _limit(name: str, most: int) -> int:
    """Set a limit of this process, and return what it was."""
    if resource is None:
        return most
    kind = getattr(resource, name)
    before, highest = resource.getrlimit(kind)
    resource.setrlimit(kind, (most, highest))
    return int(before)


def call_if_there(holder: Any, name: str, *arguments: Any) -> None:
    """Call a function of the subject that may be missing or broken."""
    try:
        getattr(holder, name)(*arguments)
    except BaseException:  # a subject need not have it, and may raise anything
        return


def _since(started: float) -> float:
    return round(time.monotonic() - started, 4)
