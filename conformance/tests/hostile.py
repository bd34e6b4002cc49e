"""A catalog of what a subject may do to the process that runs it, and to those around; it is its own subject."""

from __future__ import annotations

import builtins
import json
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from typing import Any

from conformance import case
from conformance.case import Case
from conformance.subject import Subject

from .toy_catalog import fakes
from .toy_catalog.small import leave_pid

vars(fakes)["len"] = len  # this namespace computes the same whatever is replaced

HOSTILE = "Hostile document"

ENDS: dict[str, dict[str, Any]] = {}
"""How each case ends, as far as that is the same in a fork and without one."""

TIMEOUT = {"how": "timeout"}
CRASH = {"how": "crash"}
RETURNED = {"how": "returned"}

FORGED = b"".join(
    b"\n" + json.dumps(message).encode() + b"\n"
    for message in (
        {"header": {}, "fork": False},
        {"observation": {"label": "forged", "aspects": {"value": 1}}},
        {"end": RETURNED, "warnings": []},
        {"exit": 0, "stdout": "", "stderr": "", "seconds": 0},
    )
)


def ends(how, **more):
    """Declare how a case ends; it is a case of this catalog."""

    def declare(function):
        made = case(HOSTILE)(function)
        ENDS[made.id] = {**how, **more}
        return made

    return declare


def load() -> list[Case]:
    """The cases, in the order in which they stand here."""
    return [value for value in globals().values() if isinstance(value, Case)]


def find(case_id: str) -> Case:
    """The case of that id."""
    return next(case for case in load() if case.id == case_id)


def digest() -> str:
    """What would identify the catalog's text."""
    return "hostile"


def subject() -> Subject:
    """A namespace whose cases run in processes of their own."""
    return Subject(fakes.Fake(), "hostile", "hostile")


def unforked() -> Subject:
    """A namespace whose cases run in one process."""
    return Subject(fakes.Fake(), "hostile", "hostile", fork=False)


def poisoned() -> Subject:
    """A subject that has replaced, when it is loaded, what the suite might call."""
    poison()
    return subject()


def poison() -> None:
    """Replace what the suite might call."""

    def broken(*arguments: Any, **options: Any) -> Any:
        raise RuntimeError("replaced by the subject")

    for name in ("print", "len", "isinstance", "open", "repr", "sorted", "getattr", "hasattr", "any", "all"):
        setattr(builtins, name, broken)
    for module, names in {
        json: ("dumps", "loads"),
        os: ("write", "fork", "_exit", "dup2", "waitpid", "kill", "getppid"),
        time: ("monotonic", "sleep"),
        tempfile: ("TemporaryFile",),
        signal: ("signal",),
    }.items():
        for name in names:
            vars(module)[name] = broken


class Ill:
    """An object of which nothing can be asked."""

    def __getattribute__(self, name: str) -> Any:
        raise KeyError(name)

    __repr__ = __str__ = __eq__ = __bool__ = __len__ = __iter__ = __hash__ = __getattribute__  # type: ignore[assignment]


@ends(RETURNED)
def sound(torch):
    """A case that nothing befalls."""
    yield "tensor", torch.tensor([1.0, 2.5])
    yield "marked", hasattr(torch, "mark")


@ends(TIMEOUT)
def loops_in_c(torch):
    """A loop in C never ends."""
    yield "first", 1
    re.match(r"(a+)+$", "a" * 64 + "b")


@ends(TIMEOUT)
def ignores_signals(torch):
    """Every signal that can be is ignored, and the case never ends."""
    yield "first", 1
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGCHLD}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        pass


@ends(TIMEOUT)
def stops_itself(torch):
    """The process is stopped, and not ended."""
    yield "first", 1
    os.kill(os.getpid(), signal.SIGSTOP)


@ends(CRASH, exit=-6)
def aborts(torch):
    """The process aborts."""
    yield "first", 1
    os.abort()


@ends(CRASH, exit=-11)
def recurses(torch):
    """The stack overflows."""
    yield "first", 1
    os.kill(os.getpid(), signal.SIGSEGV)


@ends(CRASH)
def kills_what_started_it(torch):
    """The process above is killed, and the case says that all is well."""
    yield "first", 1
    os.kill(os.getppid(), signal.SIGKILL)


@ends(CRASH)
def kills_all_that_is_above(torch):
    """The worker and its supervisor are killed, and the case says that all is well."""
    yield "first", 1
    with open(f"/proc/{os.getppid()}/stat", encoding="ascii") as file:
        above = int(file.read().rpartition(")")[2].split()[1])
    for pid in {above, os.getppid()} - {int(os.environ["TOY_RUNNER"])}:
        os.kill(pid, signal.SIGKILL)


@ends(CRASH, exit=0)
def exits_when_all_is_said(torch):
    """The process ends by itself behind the last observation."""
    yield "first", 1
    os._exit(0)


@ends({"how": "crash", "exit": -9, "memory": 1 << 27})
def grows(torch):
    """More and more memory is taken."""
    yield "first", 1
    held = []
    while True:
        held.append(b"x" * (1 << 23))
        time.sleep(0.002)


@ends({"how": "raised", "error type": "OverflowError"})
def shows_without_end(torch):
    """There is no end of observations."""
    while True:
        yield "again", 1


@ends(CRASH, exit=0)
def forges(torch):
    """Replies are written to every descriptor, and the process ends as if all were well."""
    yield "first", 1
    for descriptor in range(64):
        with suppress(OSError):
            os.write(descriptor, FORGED + b"\xff" * 100)
    os._exit(0)


@ends(CRASH)
def closes_everything(torch):
    """Every descriptor is closed."""
    yield "first", 1
    os.closerange(0, 256)
    yield "second", 2


@ends(RETURNED)
def poisons(torch):
    """Builtins and functions of the standard library are replaced."""
    yield "first", 1
    poison()
    yield "tensor", torch.tensor([1.0])
    yield "text", "text"


@ends(RETURNED)
def shows_what_is_ill(torch):
    """An object of which nothing can be asked is shown all the same."""
    yield "ill", Ill()
    yield "among others", [Ill(), torch.tensor([1.0])]


@ends(TIMEOUT)
def shows_what_never_answers(torch):
    """An object hangs when it is printed."""
    yield "first", 1

    class Endless:
        def __repr__(self) -> str:
            while True:
                pass

    yield "endless", Endless()


@ends({"how": "raised", "error type": "EOFError"})
def asks_the_user(torch):
    """There is nobody to ask."""
    yield "first", 1
    input()


@ends(RETURNED)
def leaves_things_behind(torch):
    """A process in a session of its own, a thread, a file and a folder are left behind."""
    code = """
import os, time
os.fork() and os._exit(0)
os.setsid()
os.fork() and os._exit(0)
open(os.environ["TOY_PIDS"], "a").write(f"{os.getpid()}\\n")
os.close(1)  # which the case waits for
time.sleep(600)
"""
    subprocess.run([sys.executable, "-S", "-c", code], check=True, stdout=subprocess.PIPE)
    threading.Thread(target=time.sleep, args=(600,), daemon=True).start()
    leave_pid(tempfile.mkdtemp())
    yield "first", 1


@ends({"how": "raised", "error type": "RuntimeError"})
def fails_in_disorder(torch):
    """The subject is left changed by a case that fails."""
    yield "first", 1
    torch.mark = True
    torch.fail()
