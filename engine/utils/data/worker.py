"""What runs in a worker process of a `DataLoader`, and how samples are fetched there or in the program itself.

Source: torch.utils.data, "Single- and Multi-process Data Loading".
"""

from __future__ import annotations

import contextlib
import os
import queue
import random
import sys
import traceback
from dataclasses import dataclass
from itertools import islice
from multiprocessing.reduction import ForkingPickler
from typing import Any

import numpy as np

from ...ops.creation import manual_seed

INTERVAL = 5.0  # seconds between looks at whether the other side is still there


@dataclass(frozen=True)
class WorkerInfo:
    """What a worker may know of itself."""

    id: int
    num_workers: int
    seed: int
    dataset: Any


_worker_info: WorkerInfo | None = None


def get_worker_info() -> WorkerInfo | None:
    """The worker that this runs in; None in the program itself."""
    return _worker_info


@dataclass(frozen=True)
class EndOfData:
    """Says that a worker's iterable data set has come to its end."""

    worker_id: int


class Resume:
    """Tells a worker to begin its data set anew, and is sent back when it did."""


class KeyErrorMessage(str):
    """A text that shows with its line breaks in a `KeyError`."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


class ExceptionWrapper:
    """An exception of a worker with its traceback as text, because tracebacks cannot be sent."""

    def __init__(self, where: str) -> None:
        self.exc_type: Any = sys.exc_info()[0]
        self.exc_msg = traceback.format_exc()
        self.where = where

    def reraise(self) -> None:
        """Raise an exception of the same type that tells where it came from."""
        text = f"Caught {self.exc_type.__name__} {self.where}.\nOriginal {self.exc_msg}"
        if self.exc_type is KeyError:
            raise KeyError(KeyErrorMessage(text))
        if getattr(self.exc_type, "message", None):
            raise self.exc_type(message=text)
        try:
            exception = self.exc_type(text)
        except Exception:
            raise RuntimeError(text) from None
        raise exception


class MapFetcher:
    """Fetches samples by index."""

    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Any, drop_last: bool) -> None:
        self.dataset, self.auto_collation, self.collate_fn = dataset, auto_collation, collate_fn

    def fetch(self, index: Any) -> Any:
        """The batch, or the sample, of this index."""
        if not self.auto_collation:
            return self.collate_fn(self.dataset[index])
        together = getattr(self.dataset, "__getitems__", None)
        return self.collate_fn(together(index) if together else [self.dataset[each] for each in index])


class IterableFetcher:
    """Fetches the next samples."""

    def __init__(self, dataset: Any, auto_collation: bool, collate_fn: Any, drop_last: bool) -> None:
        self.auto_collation, self.collate_fn, self.drop_last = auto_collation, collate_fn, drop_last
        self.dataset_iter = iter(dataset)
        self.ended = False

    def fetch(self, index: Any) -> Any:
        """The next batch of as many samples, or the next sample."""
        if self.ended:
            raise StopIteration
        if not self.auto_collation:
            return self.collate_fn(next(self.dataset_iter))
        data = list(islice(self.dataset_iter, len(index)))
        self.ended = len(data) < len(index)
        if not data or (self.drop_last and len(data) < len(index)):
            raise StopIteration
        return self.collate_fn(data)


@dataclass(frozen=True)
class Order:
    """What a worker needs to know."""

    worker_id: int
    num_workers: int
    base_seed: int
    fetcher: Any
    arguments: tuple[Any, ...]  # of the fetcher; the data set comes first
    init_fn: Any


def work(order: Order, indices: Any, results: Any, done: Any) -> None:
    """Fetch what the queue of indices asks for, until it says None or the program is gone."""
    global _worker_info
    seed = order.base_seed + order.worker_id
    random.seed(seed)
    manual_seed(seed)
    words = [order.worker_id, order.base_seed & 0xFFFFFFFF, order.base_seed >> 32, 0]
    np.random.seed(np.random.SeedSequence(words).generate_state(4))
    _worker_info = WorkerInfo(order.worker_id, order.num_workers, seed, order.arguments[0])
    with contextlib.suppress(KeyboardInterrupt):  # the program itself reports it
        _serve(order, indices, results, done)
    if done.is_set():
        results.cancel_join_thread()
        results.close()


def _serve(order: Order, indices: Any, results: Any, done: Any) -> None:
    where = f"in DataLoader worker process {order.worker_id}"
    failure: Any = None
    try:
        if order.init_fn is not None:
            order.init_fn(order.worker_id)
        fetcher = order.fetcher(*order.arguments)
    except Exception:
        failure = ExceptionWrapper(where)
    parent, ended = os.getppid(), False
    while os.getppid() == parent:
        try:
            request = indices.get(timeout=INTERVAL)
        except queue.Empty:
            continue
        if request is None:
            return
        if isinstance(request, Resume):
            results.put(bytes(ForkingPickler.dumps((request, None))))
            ended = False
            fetcher = order.fetcher(*order.arguments)
            continue
        if done.is_set() or ended:
            continue
        number, index = request
        try:
            data = failure or fetcher.fetch(index)
        except Exception as error:
            ended = isinstance(error, StopIteration) and order.fetcher is IterableFetcher
            data = EndOfData(order.worker_id) if ended else ExceptionWrapper(where)
        failure = None
        results.put(_packed(number, data, where))


def _packed(number: int, data: Any, where: str) -> Any:
    """The data as bytes; packed here, because the thread of the queue could not tell the program of an error."""
    try:
        return bytes(ForkingPickler.dumps((number, data)))
    except Exception:
        return bytes(ForkingPickler.dumps((number, ExceptionWrapper(where))))
