"""The process between a runner and the interpreter of a subject: whatever that leaves behind ends with it.

It runs none of the subject's code. It waits for the interpreter, ends every process below it that holds too much
memory, and when the interpreter or the runner is gone, it ends what is left and removes the temporary files. What it
finds in `/proc` it knows on Linux only; elsewhere the process group is all that is ended, and memory has no limit.
"""

from __future__ import annotations

import faulthandler
import os
import select
import shutil
import signal
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import NoReturn

PAUSE = 0.05
PATIENCE = 1.0
DIE_WITH_PARENT, ADOPT_ORPHANS = 1, 36


def supervise(memory: int | None, folder: str, tell: Callable[..., None], replies: int) -> int:
    """Go on in a child of this process, which stays behind as its supervisor and ends as the child does.

    `folder` is for temporary files, and removed at the end. `tell(memory=..)` is called before a process is ended that holds more than `memory` bytes. What is written to
    the descriptor that is returned reaches `replies` only if the supervisor is still there.
    """
    if not hasattr(os, "fork"):
        return replies
    runner = os.getppid()
    woken, wake = os.pipe()
    passed, entry = os.pipe()
    os.set_blocking(wake, False)
    asked: list[int] = []
    signal.signal(signal.SIGTERM, lambda number, frame: asked.append(number))
    signal.signal(signal.SIGCHLD, lambda number, frame: None)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _control(ADOPT_ORPHANS)
    child = os.fork()
    if child == 0:
        for descriptor in (woken, wake, passed):
            os.close(descriptor)
        _be_supervised(folder)
        return entry
    os.close(entry)
    os.set_blocking(passed, False)
    faulthandler.disable()  # a signal that ends the child is passed on, and is no fault of this process
    signal.set_wakeup_fd(wake)
    status = -int(signal.SIGKILL)
    try:
        while not asked and os.getppid() == runner:
            ended = _reaped(child)
            if ended is not None:
                status = ended
                break
            if memory is not None:
                _limit_memory(memory, tell)
            if woken in select.select([woken, passed], [], [], PAUSE)[0]:
                os.read(woken, 4096)
            _pass_on(passed, replies)
        _pass_on(passed, replies)
    finally:
        end_below()
        shutil.rmtree(folder, ignore_errors=True)
        _end_with(status)


def _be_supervised(folder: str) -> None:
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.default_int_handler)
    os.environ["TMPDIR"] = tempfile.tempdir = folder
    _control(DIE_WITH_PARENT, signal.SIGKILL)
    _control(ADOPT_ORPHANS)


def _pass_on(source: int, replies: int) -> None:
    try:
        while data := os.read(source, 1 << 16):
            while data:
                data = data[os.write(replies, data) :]
    except BlockingIOError:
        pass  # that was all


def children(pid: int) -> list[int]:
    """The processes that a process has started, or adopted, and that are not waited for yet."""
    found: list[int] = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", "rb") as file:
                found += map(int, file.read().split())
    except OSError:  # it has ended meanwhile, or this is no Linux
        pass
    return found


def end_below(spared: tuple[int, ...] = ()) -> None:
    """End every process that this one has started or adopted, and what those have started."""
    deadline = time.monotonic() + PATIENCE
    while left := [pid for pid in children(os.getpid()) if pid not in spared]:
        for pid in (*left, *(below for each in left for below in _below(each))):
            with suppress(OSError):  # it has ended by itself
                os.kill(pid, signal.SIGKILL)
        for pid in left:
            with suppress(OSError):  # it is waited for elsewhere
                os.waitpid(pid, os.WNOHANG)
        if time.monotonic() > deadline:
            return
        time.sleep(0.001)


def _below(pid: int) -> Iterator[int]:
    """All processes below one."""
    for child in children(pid):
        yield child
        yield from _below(child)


def _limit_memory(most: int, tell: Callable[..., None]) -> None:
    for pid in _below(os.getpid()):
        if _resident(pid) > most:
            tell(memory=most)
            with suppress(OSError):  # it has ended by itself
                os.kill(pid, signal.SIGKILL)


def _resident(pid: int) -> int:
    """How many bytes of memory a process holds; what it only reserves, as PyTorch does, takes none."""
    try:
        with open(f"/proc/{pid}/statm", "rb") as file:
            return int(file.read().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):  # it has ended meanwhile
        return 0


def _reaped(child: int) -> int | None:
    """The exit status of the child if it has ended, negative for a signal; adopted processes are forgotten."""
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return -signal.SIGKILL
        if pid == child:
            return os.waitstatus_to_exitcode(status)
        if pid == 0:
            return None


def _end_with(status: int) -> NoReturn:
    """End as the child has ended."""
    if status < 0:
        with suppress(OSError, ValueError):  # nothing can be done about this signal
            signal.signal(-status, signal.SIG_DFL)
        os.kill(os.getpid(), -status)
    os._exit(status if status >= 0 else 1)


def _control(operation: int, argument: int = 1) -> None:
    """Call Linux's `prctl`, where there is one."""
    try:
        import ctypes

        ctypes.CDLL(None).prctl(operation, argument, 0, 0, 0)
    except (ImportError, OSError, AttributeError, TypeError):
        pass
