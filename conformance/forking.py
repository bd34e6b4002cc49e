"""Forks of the worker, in which cases run; it is part of the worker, and knows nothing of cases.

A fork runs one case, or goes on with the next ones as long as each leaves it in order.
"""

from __future__ import annotations

import os
import select
import signal
import time
import traceback
import warnings
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from .supervisor import children, end_below

PAUSE = 0.02


class Fork:
    """A copy of this process that runs cases by their ids; what it prints goes to the descriptors `outputs`."""

    def __init__(self, run: Callable[[str], bool], outputs: tuple[int, int], unwanted: int) -> None:
        """`run` returns whether the fork can go on; the descriptor `unwanted` is not for it, nor for what it starts."""
        self._before = children(os.getpid())
        asked, self._ask = os.pipe()
        self._done, done = os.pipe()
        # the fork is waited for, whatever the subject made of this signal
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Python 3.12 warns of a fork if the subject has threads
            self._pid = os.fork()
        if self._pid == 0:
            for descriptor in (unwanted, self._ask, self._done):
                os.close(descriptor)
            _serve(run, outputs, asked, done)
        os.close(asked)
        os.close(done)

    def run(self, case_id: str, timeout: float) -> int | None:
        """Run a case: 0, or the status that the fork ended with; None if it was killed after `timeout` seconds."""
        runner, deadline = os.getppid(), time.monotonic() + timeout
        with suppress(OSError):  # it has ended, as is found out below
            os.write(self._ask, f"{case_id}\n".encode())
        while not self._is_done():
            ended, status = os.waitpid(self._pid, os.WNOHANG)
            if ended:
                self._pid = 0
                return os.waitstatus_to_exitcode(status)
            if os.getppid() != runner:
                os.kill(0, signal.SIGKILL)  # the runner is gone: end the worker's own process group
            if time.monotonic() > deadline:
                self.end()
                return None
        return 0

    def in_order(self) -> bool:
        """Whether it waits for the next case, and the last one has left no thread and no process behind."""
        if not self._pid or children(self._pid) or {*children(os.getpid())} - {*self._before, self._pid}:
            return False
        try:
            return len(os.listdir(f"/proc/{self._pid}/task")) == 1
        except OSError:  # this is no Linux
            return True

    def end(self) -> None:
        """End it, and what its cases have started and left behind."""
        if self._pid:
            os.kill(self._pid, signal.SIGKILL)
            os.waitpid(self._pid, 0)
            self._pid = 0
        end_below(tuple(self._before))
        for descriptor in (self._ask, self._done):
            with suppress(OSError):  # it was ended before
                os.close(descriptor)

    def _is_done(self) -> bool:
        """Whether it says so within a moment; a process that it has started may keep its end from being heard of."""
        if not select.select([self._done], [], [], PAUSE)[0]:
            return False
        if os.read(self._done, 1):
            return True
        time.sleep(PAUSE / 20)  # it is ending
        return False


def _serve(run: Callable[[str], bool], outputs: tuple[int, int], asked: int, done: int) -> NoReturn:
    """Be the fork."""
    status = 1
    try:
        for descriptor, output in enumerate(outputs, 1):
            os.dup2(output, descriptor)
        with os.fdopen(asked, "rb") as ids:
            while (line := ids.readline()) and run(line.decode().strip()):
                os.write(done, b".")
        status = 0
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(status)  # no clean-up of the worker's own, no threads and no exit handlers of the subject
