"""The iterators of a `DataLoader`.

Source: torch.utils.data, "Single- and Multi-process Data Loading".
"""

from __future__ import annotations

import contextlib
import multiprocessing
import os
import pickle
import queue
import warnings
from itertools import cycle
from typing import Any

from .sampler import drawn_seed
from .worker import INTERVAL, EndOfData, ExceptionWrapper, IterableFetcher, MapFetcher, Order, Resume, work

MAP, ITERABLE = 0, 1


class _BaseDataLoaderIter:
    """One pass over the data."""

    def __init__(self, loader: Any) -> None:
        self._dataset = loader.dataset
        self._dataset_kind = loader._dataset_kind
        self._IterableDataset_len_called = loader._IterableDataset_len_called
        self._auto_collation = loader._auto_collation
        self._drop_last = loader.drop_last
        self._index_sampler = loader._index_sampler
        self._num_workers = loader.num_workers
        if loader.pin_memory and loader.pin_memory_device:
            warnings.warn(
                "pin_memory_device is deprecated, the current accelerator will be used as the device,ignore "
                f"pin_memory_device='{loader.pin_memory_device}'.",
                stacklevel=3,
            )
        if loader.pin_memory:
            warnings.warn(
                "'pin_memory' argument is set as true but no accelerator is found, then device pinned memory won't be used.",
                stacklevel=3,
            )
        self._timeout = loader.timeout
        self._collate_fn = loader.collate_fn
        self._sampler_iter = iter(self._index_sampler)
        self._base_seed = drawn_seed(loader.generator)
        self._persistent_workers = loader.persistent_workers
        self._num_yielded = 0

    def __iter__(self) -> Any:
        return self

    def _reset(self, loader: Any, first_iter: bool = False) -> None:
        self._sampler_iter = iter(self._index_sampler)
        self._num_yielded = 0
        self._IterableDataset_len_called = loader._IterableDataset_len_called

    def _next_index(self) -> Any:
        return next(self._sampler_iter)

    def _next_data(self) -> Any:
        raise NotImplementedError

    def __next__(self) -> Any:
        data = self._next_data()
        self._num_yielded += 1
        expected = self._IterableDataset_len_called
        if self._dataset_kind == ITERABLE and expected is not None and self._num_yielded > expected:
            text = (
                f"Length of IterableDataset {self._dataset} was reported to be {expected}(when accessing len(dataloader)), but "
                f"{self._num_yielded} samples have been fetched. "
            )
            if self._num_workers > 0:
                text += (
                    "For multiprocessing data-loading, this could be caused by not properly configuring the IterableDataset "
                    "replica at each worker. Please see https://pytorch.org/docs/stable/data.html#torch.utils.data.IterableDataset "
                    "for examples."
                )
            warnings.warn(text, stacklevel=2)
        return data

    def __len__(self) -> int:
        return len(self._index_sampler)

    def __getstate__(self) -> Any:
        raise NotImplementedError("{} cannot be pickled", type(self).__name__)

    def _fetching(self) -> tuple[Any, tuple[Any, ...]]:
        """The class that fetches, and its arguments."""
        fetcher = MapFetcher if self._dataset_kind == MAP else IterableFetcher
        return fetcher, (self._dataset, self._auto_collation, self._collate_fn, self._drop_last)


class _SingleProcessDataLoaderIter(_BaseDataLoaderIter):
    """Fetches in the program itself."""

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        if self._timeout != 0:
            raise AssertionError("_SingleProcessDataLoaderIter requires timeout == 0")
        fetcher, arguments = self._fetching()
        self._dataset_fetcher = fetcher(*arguments)

    def _next_data(self) -> Any:
        index = self._next_index()  # before the fetcher, whose StopIteration means something else
        return self._dataset_fetcher.fetch(index)


class _MultiProcessingDataLoaderIter(_BaseDataLoaderIter):
    """Has worker processes fetch ahead, and gives what they send in order."""

    _shutdown = True  # nothing to end before workers were started

    def __init__(self, loader: Any) -> None:
        super().__init__(loader)
        self._prefetch_factor = loader.prefetch_factor
        self._in_order = loader.in_order
        if self._prefetch_factor <= 0:
            raise AssertionError("prefetch_factor must be greater than 0 for MultiProcessingDataLoaderIter")
        context = loader.multiprocessing_context or multiprocessing
        self._results = context.Queue()
        self._done = context.Event()
        self._index_queues, self._workers = [], []
        self._shutdown, self._owner = False, os.getpid()
        for number in range(self._num_workers):
            order = Order(
                number, self._num_workers, self._base_seed, *self._fetching(), loader.worker_init_fn
            )
            indices = context.Queue()
            indices.cancel_join_thread()
            worker = context.Process(target=work, args=(order, indices, self._results, self._done))
            worker.daemon = True
            worker.start()
            self._index_queues.append(indices)
            self._workers.append(worker)
        self._reset(loader, first_iter=True)

    def _reset(self, loader: Any, first_iter: bool = False) -> None:
        super()._reset(loader, first_iter)
        self._sent = self._received = self._outstanding = 0
        # by number: the worker, and the data if it came too early
        self._tasks: dict[int, tuple[Any, ...]] = {}
        self._alive = [True] * self._num_workers
        self._loads = [0] * self._num_workers
        self._turns = cycle(range(self._num_workers))
        if not first_iter:
            for indices in self._index_queues:
                indices.put(Resume())
            waiting = self._num_workers
            while waiting:
                waiting -= isinstance(self._get_data()[0], Resume)
        for _ in range(self._prefetch_factor * self._num_workers):
            self._ask()

    def _get_data(self) -> Any:
        """What the next worker that is done sends."""
        while True:
            with contextlib.suppress(queue.Empty):
                return pickle.loads(self._results.get(timeout=self._timeout or INTERVAL))
            self._check_workers()
            if self._timeout:
                raise RuntimeError(f"DataLoader timed out after {self._timeout} seconds")

    def _check_workers(self) -> None:
        """Raise `RuntimeError` if a worker is gone."""
        dead = [
            number
            for number, worker in enumerate(self._workers)
            if self._alive[number] and not worker.is_alive()
        ]
        for number in dead:
            self._dismiss(number)
        if dead:
            pids = ", ".join(str(self._workers[number].pid) for number in dead)
            raise RuntimeError(f"DataLoader worker (pid(s) {pids}) exited unexpectedly")

    def _next_data(self) -> Any:
        while True:
            self._skip_ended()
            if self._received == self._sent:
                if not self._persistent_workers:
                    self._shutdown_workers()
                raise StopIteration
            if len(self._tasks[self._received]) == 2:
                return self._hand_out(self._received, self._tasks[self._received][1])
            number, data = self._get_data()
            self._outstanding -= 1
            if isinstance(data, EndOfData):
                if self._persistent_workers:
                    self._alive[data.worker_id] = False
                else:
                    self._dismiss(data.worker_id)
                self._ask()
            elif number == self._received or not self._in_order:
                return self._hand_out(number, data)
            else:
                self._tasks[number] += (data,)

    def _skip_ended(self) -> None:
        """Go past what was asked of workers whose data have ended."""
        while self._received < self._sent:
            task = self._tasks.get(self._received)
            if task is not None:
                if len(task) == 2 or self._alive[task[0]]:
                    return
                del self._tasks[self._received]
            self._received += 1

    def _hand_out(self, number: int, data: Any) -> Any:
        self._loads[self._tasks.pop(number)[0]] -= 1
        self._received += number == self._received
        self._ask()
        if isinstance(data, ExceptionWrapper):
            data.reraise()
        return data

    def _ask(self) -> None:
        """Ask the worker whose turn it is for the next batch, if there is one."""
        try:
            index = self._next_index()
        except StopIteration:
            return
        for _ in range(self._num_workers):
            worker = next(self._turns)
            share = self._prefetch_factor * self._num_workers // max(1, sum(self._alive))
            if self._alive[worker] and (self._in_order or self._loads[worker] < share):
                break
        else:
            return
        self._index_queues[worker].put((self._sent, index))
        self._tasks[self._sent] = (worker,)
        self._loads[worker] += 1
        self._outstanding += 1
        self._sent += 1

    def _dismiss(self, worker: int) -> None:
        self._index_queues[worker].put(None)
        self._alive[worker] = False

    def _shutdown_workers(self) -> None:
        if self._shutdown or os.getpid() != self._owner:  # a later worker has a copy of this iterator
            return
        self._shutdown = True
        self._done.set()
        for number in range(self._num_workers):
            if self._persistent_workers or self._alive[number]:
                self._dismiss(number)
        for worker in self._workers:
            worker.join(timeout=INTERVAL)
        for indices in self._index_queues:
            indices.cancel_join_thread()
            indices.close()
        for worker in self._workers:
            if worker.is_alive():
                worker.terminate()
                worker.join(timeout=INTERVAL)

    def __del__(self) -> None:
        self._shutdown_workers()
