"""A Python that has loaded the suite already: what it is told to run is run by a copy of its process.

`programs` is a folder for the PATH of a shell. Its `python` and `pytest` hand arguments, folder, environment and streams
to a process that has imported what the suite's programs import; a fork of it runs the program as `python -m` does. What
is no program of the suite is run by the interpreter itself, and so is every subject. That the programs load what they
need is proved where they are run without this, as by `test_cli.py`.
"""

import array
import atexit
import gc
import marshal
import os
import runpy
import select
import socket
import subprocess
import sys
import tempfile
import threading
import traceback
from contextlib import suppress
from pathlib import Path

import pytest

PROGRAMS = {"conformance", "reports", "reports.single", "pytest"}
LENGTH = 4
"""Bytes that say how long a request is, and of each file descriptor that comes with it."""

COMMAND = """\
#!/bin/sh
exec "{python}" -IS "{request}" "$0" "$@"
"""
REQUEST = """\
import _socket, marshal, os, sys
_, path, *arguments = sys.argv
name = os.path.basename(path)
if name != "python":
    arguments = ["-m", name, *arguments]
if arguments[:1] != ["-m"] or arguments[1:2] == [] or arguments[1] not in {programs}:
    os.execv({python!r}, [{python!r}, *arguments])
request = marshal.dumps((path, name == "python", arguments[1:], os.getcwd(), dict(os.environb)))
with_streams = [(_socket.SOL_SOCKET, _socket.SCM_RIGHTS, b"".join(n.to_bytes(4, sys.byteorder) for n in (0, 1, 2)))]
there = _socket.socket(_socket.AF_UNIX, _socket.SOCK_STREAM)
there.connect({address!r})
there.sendmsg([len(request).to_bytes(4, "big")], with_streams)
there.sendall(request)
os._exit(int(there.recv(4) or b"70"))
"""


@pytest.fixture(scope="session")
def programs():
    """The folder of `python` and `pytest`."""
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as listening:
        address, request = (str(Path(folder, name)) for name in ("address", "request.py"))
        Path(request).write_text(
            REQUEST.format(python=sys.executable, programs=PROGRAMS, address=address), "utf-8"
        )
        for name in ("python", "pytest"):
            path = Path(folder, "bin", name)
            path.parent.mkdir(exist_ok=True)
            path.write_text(COMMAND.format(python=sys.executable, request=request), "utf-8")
            path.chmod(0o755)
        listening.bind(address)
        listening.listen()
        command = [sys.executable, "-m", __name__, str(listening.fileno())]
        checkout = Path(__file__).resolve().parents[2]
        # it ends with its standard input
        with subprocess.Popen(command, stdin=subprocess.PIPE, pass_fds=[listening.fileno()], cwd=checkout):
            listening.close()
            yield path.parent


@pytest.fixture
def warm_reports(programs, monkeypatch):
    """Reports of this process are drawn by a Python that is warm."""
    monkeypatch.setattr(sys, "executable", str(programs / "python"))


def serve(listening):
    """Answer each request by a fork, until the standard input ends."""
    while sys.stdin not in select.select([listening, sys.stdin], [], [])[0]:
        connection, _ = listening.accept()
        if os.fork() == 0:
            listening.close()
            _answer(connection)
        connection.close()
        with suppress(ChildProcessError):
            while os.waitpid(-1, os.WNOHANG)[0]:
                pass


def _answer(connection):
    size = array.array("i").itemsize
    length, ancillary, _, _ = connection.recvmsg(LENGTH, 64 + 3 * size)
    for number, descriptor in enumerate(array.array("i", ancillary[0][2])):
        os.dup2(descriptor, number)
        os.close(descriptor)
    with connection.makefile("rb") as stream:
        request = marshal.loads(stream.read(int.from_bytes(length, "big")))
    code = 1
    try:
        code = _run(*request)
    except BaseException:
        traceback.print_exc()
    threading._shutdown()
    atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError, ValueError):
            stream.flush()
    connection.sendall(str(code).encode())
    os._exit(0)


def _run(executable, with_folder, arguments, folder, environment):
    """What `python -m` does in a fresh process; returns the exit code."""
    os.chdir(folder)
    os.environb.clear()
    os.environb.update(environment)
    sys.executable = str(Path(executable).with_name("python"))
    sys.argv = arguments
    paths = os.environ.get("PYTHONPATH", "").split(os.pathsep)
    sys.path[:] = [*([folder] if with_folder else []), *filter(None, paths), *sys.path]
    with suppress(ModuleNotFoundError):
        import sitecustomize  # noqa: F401 - it is what a test puts there
    try:
        runpy.run_module(arguments[0], run_name="__main__", alter_sys=True)
    except SystemExit as end:
        if end.code is None or isinstance(end.code, int):
            return end.code or 0
        print(end.code, file=sys.stderr)
        return 1
    return 0


def main(descriptor):
    """Load what programs of the suite load, and serve."""
    from conformance import catalog, cli, judging, plugin, sharding  # noqa: F401
    from reports import badge, changes, export, history, junit, markdown, model, page  # noqa: F401

    catalog.load()
    gc.collect()
    gc.freeze()
    sys.path.pop(0)  # the folder of the checkout: whoever asks says where he stands
    serve(socket.socket(fileno=descriptor))


if __name__ == "__main__":
    main(int(sys.argv[1]))
