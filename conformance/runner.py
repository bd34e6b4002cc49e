"""Starts workers in the subject's interpreter, hands them cases and gathers the records."""

from __future__ import annotations

import functools
import importlib
import os
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from datetime import datetime, timezone
from pathlib import Path
from types import TracebackType

from .case import Case
from .process import Process
from .recording import FORMAT, Record, Recording, RecordingWriter
from .resuming import earlier
from .subject import SubjectError

CATALOG = "conformance.catalog"
TIMEOUT = 20.0
LOAD_TIMEOUT = 120.0
MEMORY = 2.0
"""GiB that a process of a worker may hold."""

GIB = 1 << 30
FEW = 50
"""Cases that one worker has run before a second one would have loaded its subject."""

GRACE = 5.0
"""How much longer than a case's timeout a worker, which should end the case itself, may be silent."""

OnRecord = Callable[[int, int, Record], None]
"""Called with the number of records so far, how many there will be, and the record that has just come."""


class WorkerClosedError(Exception):
    """A worker was closed while it ran a case, or was used afterwards."""


class Worker:
    """A process that runs one case at a time on a subject, and is started again after a crash or a timeout.

        with Worker("engine") as worker:
            record = worker.run("accumulation::backward_adds_to_grad")

    `spec@path/to/python` runs the subject in another interpreter. A worker may be closed from another thread.
    """

    def __init__(
        self,
        spec: str,
        device: str = "cpu",
        *,
        catalog: str = CATALOG,
        load_timeout: float = LOAD_TIMEOUT,
        memory: float = MEMORY,
    ) -> None:
        """Nothing is started before it is needed; `memory` is in GiB."""
        self.spec, self.device, self.catalog, self.load_timeout = spec, device, catalog, load_timeout
        self.memory = int(memory * GIB)
        self._lock = threading.Lock()
        self._process: Process | None = None
        self._hello: Record = {}
        self._closed = False

    def __enter__(self) -> Worker:
        """Use the worker in a `with` statement."""
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the worker."""
        self.close()

    @property
    def header(self) -> Record:
        """What a recording's header says about the subject, its platform and the catalog."""
        self._running()
        return dict(self._hello["header"])

    @property
    def cases(self) -> list[str]:
        """The ids of the catalog's cases, in its order."""
        return list(_ids(self.catalog))

    def run(self, case_id: str, timeout: float = TIMEOUT, *, shared: bool = False) -> Record:
        """The record of one case, whatever becomes of the subject meanwhile.

        A case has a process of its own, unless the subject does not fork; a `shared` one, which is quicker, may follow
        other such cases in theirs.
        """
        if case_id not in _ids(self.catalog):
            raise ValueError(f"there is no case {case_id!r}; see: python -m conformance list")
        started = time.monotonic()
        record: Record = {"record": "case", "id": case_id, "observations": [], "end": None}
        record.update(stdout="", stderr="", warnings=[])
        try:
            status = self._gather(record, {"case": case_id, "timeout": timeout, "shared": shared})
        except TimeoutError:
            status = None
        except EOFError:
            status = self._stop()
            record["end"] = None  # the case has ended its worker, whatever it said before
        except BaseException:
            self._stop()  # what it still says about this case must not be taken for the next
            raise
        if self._closed:
            raise WorkerClosedError(f"the worker of {self.spec!r} was closed")
        memory = record.pop("memory", None)
        if record["end"] is None or status != 0:
            record["end"] = {"how": "timeout", "after": timeout}
            if status is not None:
                record["end"] = {"how": "crash", "exit": status}
                if memory is not None:
                    record["end"]["memory"] = memory
        spent = record.pop("spent", False)
        if status is None or spent or not (self._hello["fork"] or record["end"]["how"] == "returned"):
            self._stop()  # the whole process group, with whatever the case has started, or left in disorder
        record.setdefault("seconds", round(time.monotonic() - started, 4))
        return record

    def close(self) -> None:
        """End the worker and everything that it started."""
        with self._lock:
            self._closed = True
        self._stop(ask=True)

    def _gather(self, record: Record, request: Record) -> int | None:
        """Fill a record with what the worker sends; the exit status of the case, None if it timed out."""
        process = self._began(request)
        if process is None:  # it died while it had nothing to do
            self._stop()
            process = self._began(request)
        if process is None:
            raise EOFError
        grace = GRACE if self._hello["fork"] else 0.0
        deadline = time.monotonic() + request["timeout"] + grace
        while True:
            message = process.receive(deadline)
            if "observation" in message:
                record["observations"].append(message["observation"])
            elif "exit" in message:
                status = message.pop("exit")
                record.update(message)
                return status
            else:
                record.update(message)

    def _began(self, request: Record) -> Process | None:
        """The process, which has begun to run a case; None if it was not there any more."""
        process = self._running()
        try:
            if process.ask(request) and "began" in process.receive(time.monotonic() + self.load_timeout):
                return process
        except EOFError:
            pass
        return None

    def _running(self) -> Process:
        """The process, started and past its greeting."""
        with self._lock:
            if self._closed:
                raise WorkerClosedError(f"the worker of {self.spec!r} was closed")
            if self._process is not None:
                return self._process
            process = self._process = Process(
                "worker.py", self.spec, self.device, self.catalog, memory=self.memory
            )
        self._hello = self._greeted(process)
        self._hello["header"]["subject"]["spec"] = self.spec
        return process

    def _greeted(self, process: Process) -> Record:
        try:
            hello = process.receive(time.monotonic() + self.load_timeout)
        except TimeoutError:
            self._stop()
            raise SubjectError(
                f"the subject {self.spec!r} could not be loaded within {self.load_timeout:g} seconds; "
                "import it by hand to see what it waits for"
            ) from None
        except EOFError:
            if self._closed:
                raise WorkerClosedError(f"the worker of {self.spec!r} was closed") from None
            words, status = process.last_words(), self._stop()
            raise SubjectError(
                f"the subject {self.spec!r} ended its interpreter with status {status}"
                f"{words and f' ({words})'}; import it by hand to see why"
            ) from None
        if "error" in hello:
            self._stop()
            raise SubjectError(hello["error"])
        if "memory" in hello:
            self._stop()
            raise SubjectError(
                f"the subject {self.spec!r} takes more than {self.memory / GIB:g} GiB of memory to be loaded; "
                "allow it more with --memory"
            )
        return hello

    def _stop(self, *, ask: bool = False) -> int:
        with self._lock:
            process, self._process = self._process, None
        return process.end(ask=ask) if process else 0


def record(
    spec: str,
    cases: Iterable[Case | str],
    device: str = "cpu",
    workers: int | None = None,
    timeout: float = TIMEOUT,
    on_record: OnRecord | None = None,
    *,
    output: str | os.PathLike[str] | None = None,
    catalog: str = CATALOG,
    load_timeout: float = LOAD_TIMEOUT,
    memory: float = MEMORY,
    resume: bool = False,
    shard: str = "",
    shared: bool = False,
) -> Recording:
    """Run cases on a subject, and write the recording to `output` if that is given.

    One worker runs a few cases, two run more, if `workers` says nothing else. A case has a process of its own; `shared`
    has cases share one while they leave it in order, which is quicker, and for what is looked into again if it departs:
    see `confirmed`.
    Each record is written as it comes, so that a run which is killed leaves them; with `resume`, they are not
    run again. The header names `shard`, if these cases are one. The finished recording has them in the catalog's order.
    Raises `SubjectError` if the subject cannot be run, `RecordingError` if the output cannot be written, `ValueError`
    for a case that the catalog does not have.
    """
    asked = dict.fromkeys(case.id if isinstance(case, Case) else case for case in cases)
    if not asked:
        raise ValueError("there is no case to run; see: python -m conformance list")
    count = workers or (1 if len(asked) <= FEW else 2)
    started = time.monotonic()
    with ExitStack() as stack:
        writer = stack.enter_context(RecordingWriter(output)) if output is not None else None
        crew = _Crew(spec, device, catalog, load_timeout, memory, min(count, len(asked)))
        stack.callback(crew.close)
        header = _header(crew.first, asked) | ({"shard": shard} if shard else {})
        found: dict[str, Record] = {}
        held = earlier(writer.path, writer.partial, header) if writer and resume else None
        if held is not None:
            header, found = held.header, dict(held.cases)
        if writer and (held is None or held.path != writer.partial):
            for item in (header, *found.values()):
                writer.add(item)
        before = sum(item["seconds"] for item in found.values())
        left = [case_id for case_id in header["cases"] if case_id not in found]
        for item in crew.records(left, timeout, shared):
            found[item["id"]] = item
            if writer:
                writer.add(item)
            if on_record:
                on_record(len(found), len(asked), item)
        crew.close()
        seconds = round(before + time.monotonic() - started, 3)
        footer = {"record": "footer", "cases": len(found), "seconds": seconds}
        in_order = {case_id: found[case_id] for case_id in header["cases"]}
        finished = Recording(header, in_order, footer, Path(output) if output is not None else None)
        if writer:
            writer.finish(finished)
    return finished


@functools.cache
def _ids(catalog: str) -> dict[str, None]:
    return dict.fromkeys(case.id for case in importlib.import_module(catalog).load())


def _header(worker: Worker, asked: Iterable[str]) -> Record:
    known = _ids(worker.catalog)
    unknown = [case_id for case_id in asked if case_id not in known]
    if unknown:
        raise ValueError(f"there is no case {unknown[0]!r}; see: python -m conformance list")
    wanted = set(asked)
    started = datetime.now(timezone.utc).isoformat(timespec="seconds")
    return {
        "record": "header",
        "format": FORMAT,
        **worker.header,
        "cases": [case_id for case_id in known if case_id in wanted],
        "started": started,
    }


class _Crew:
    """Workers for one subject, each with a thread that hands it cases."""

    def __init__(
        self, spec: str, device: str, catalog: str, load_timeout: float, memory: float, size: int
    ) -> None:
        self._workers = [
            Worker(spec, device, catalog=catalog, load_timeout=load_timeout, memory=memory)
            for _ in range(max(1, size))
        ]
        self._threads: list[threading.Thread] = []
        self.first = self._workers[0]

    def records(self, cases: list[str], timeout: float, shared: bool) -> Iterator[Record]:
        """The records in the order in which the cases end; shared ones are handed out several at a time."""
        todo: queue.SimpleQueue[list[str]] = queue.SimpleQueue()
        done: queue.SimpleQueue[Record | BaseException] = queue.SimpleQueue()
        # few enough that all workers have something to do
        at_once = len(cases) // (16 * len(self._workers)) + 1 if shared else 1
        for start in range(0, len(cases), at_once):
            todo.put(cases[start : start + at_once])
        for worker in self._workers:
            thread = threading.Thread(target=_work, args=(worker, todo, done, timeout, shared), daemon=True)
            thread.start()
            self._threads.append(thread)
        for _ in cases:
            item = done.get()
            if isinstance(item, BaseException):
                raise item
            yield item

    def close(self) -> None:
        """End all workers, whatever they are doing."""
        for worker in self._workers:
            worker.close()
        for thread in self._threads:
            thread.join()


def _work(
    worker: Worker,
    todo: queue.SimpleQueue[list[str]],
    done: queue.SimpleQueue[Record | BaseException],
    timeout: float,
    shared: bool,
) -> None:
    try:
        while True:
            for case_id in todo.get_nowait():
                done.put(worker.run(case_id, timeout, shared=shared))
    except queue.Empty:
        return
    except BaseException as error:  # for the thread that waits for the records
        done.put(error)
