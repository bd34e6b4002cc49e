"""A process that runs a script in the subject's interpreter, and the conversation with it: a JSON object a line."""

from __future__ import annotations

import functools
import json
import os
import queue
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from pathlib import Path

from .recording import Record
from .subject import SubjectError

LONGEST_LINE = 1 << 28
"""More than the longest reply: what a subject writes to the runner without end is dropped in pieces of this size."""

OLDEST = (3, 9)
PROBE_TIMEOUT = 30.0
PATIENCE = 2.0
"""How long an idle worker may take to clean up after itself."""

ENVIRONMENT = {
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "MALLOC_PERTURB_": "165",  # memory that nobody wrote to is no zeros by luck, and the same in each run (glibc)
}

UNWANTED = {"PYTHONWARNINGS", "PYTHONDONTWRITEBYTECODE"}
"""What warns where PyTorch does not; and what would have each forked case compile anew the modules that it imports."""


class Process:
    """A script that runs in the subject's interpreter and leads a process group, and the conversation with it."""

    def __init__(self, script: str, spec: str, *arguments: str, memory: int | None = None) -> None:
        spec, _, interpreter = spec.partition("@")
        python = found(interpreter) if interpreter else sys.executable
        command = [python, "-u", "-X", "faulthandler", str(Path(__file__).parent / script)]
        environment = {name: value for name, value in os.environ.items() if name not in UNWANTED}
        # both are needed until the process has ended
        self._words = tempfile.TemporaryFile()  # noqa: SIM115
        self._folder = tempfile.mkdtemp(prefix="conformance-")
        try:
            self._process = subprocess.Popen(
                [*command, spec, *arguments],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._words,
                env={**environment, **ENVIRONMENT},
                start_new_session=True,
            )
        except OSError as error:
            self._clean_up()
            raise SubjectError(f"cannot start {python}: {error.strerror}; check it after the @") from error
        self._token = secrets.token_hex(16)
        self._messages: queue.SimpleQueue[Record | None] = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.ask({"token": self._token, "memory": memory, "folder": self._folder})

    def _read(self) -> None:
        """Queue the replies; what has not the token is none, whoever wrote it."""
        assert self._process.stdout is not None
        with self._process.stdout as stream:
            while line := stream.readline(LONGEST_LINE):
                message = _parsed(line)
                if message.pop("token", None) == self._token:
                    self._messages.put(message)
        self._messages.put(None)

    def ask(self, request: Record) -> bool:
        """Send a request; whether the process was there to take it."""
        assert self._process.stdin is not None
        self._busy = True
        try:
            self._process.stdin.write(json.dumps(request).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:
            return False
        return True

    def receive(self, deadline: float) -> Record:
        """The next message; raises `TimeoutError` at the deadline, `EOFError` when the process has ended."""
        try:
            message = self._messages.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            raise TimeoutError from None
        if message is None:
            raise EOFError
        self._busy = not message.keys() & {"exit", "header"}
        return message

    def last_words(self) -> str:
        """The last line that the process wrote to its standard error."""
        self._words.seek(0)
        lines = self._words.read().decode("utf-8", "replace").split("\n")
        return next((line.strip() for line in reversed(lines) if line.strip()), "")

    def end(self, *, ask: bool) -> int:
        """End the process with its whole group; if asked for and it is idle, it may clean up first."""
        assert self._process.stdin is not None
        with suppress(OSError):
            self._process.stdin.close()
        if ask and not self._busy:
            self._reader.join(PATIENCE)
        if hasattr(os, "killpg"):
            if self._reader.is_alive():
                with suppress(OSError):
                    os.kill(self._process.pid, signal.SIGTERM)  # the supervisor ends what is below it
                self._reader.join(PATIENCE)
            with suppress(OSError):  # not waited for yet, so that its number is still its own
                os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.kill()
        status = self._process.wait()
        self._reader.join(PATIENCE)
        self._clean_up()
        return status

    def _clean_up(self) -> None:
        """Close and remove what only lives as long as the process; its supervisor, which does so too, may be killed."""
        self._words.close()
        shutil.rmtree(self._folder, ignore_errors=True)


def _parsed(line: bytes) -> Record:
    """The JSON object on a line, empty if there is none."""
    try:
        message = json.loads(line)
    except (ValueError, RecursionError):  # an empty line, or what a case that was killed did not finish
        return {}
    return message if isinstance(message, dict) else {}


@functools.cache
def found(interpreter: str) -> str:
    """The path of a Python interpreter that can run the suite; raises `SubjectError` if there is none."""
    python = shutil.which(interpreter)
    if python is None:
        raise SubjectError(f"there is no Python interpreter {interpreter!r}; check the path after the @")
    told = "import sys; print('Python %d %d' % sys.version_info[:2])"
    try:
        asked = subprocess.run(
            [python, "-c", told],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=PROBE_TIMEOUT,
            check=False,
        )
        version = asked.stdout.decode("ascii").partition("Python ")[2].split()
        known = int(version[0]), int(version[1])
    except OSError as error:
        raise SubjectError(f"cannot start {python}: {error.strerror}; check it after the @") from error
    except (subprocess.TimeoutExpired, ValueError, IndexError):
        raise SubjectError(f"{interpreter!r} is no Python interpreter; check the path after the @") from None
    if known < OLDEST:
        needed = ".".join(map(str, OLDEST))
        raise SubjectError(
            f"{interpreter!r} is Python {'.'.join(version)}, and the suite needs {needed} or later; name another after the @"
        )
    return python
