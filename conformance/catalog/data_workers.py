"""`torch.utils.data.DataLoader` with worker processes: order, seeds, errors, and what workers know of themselves."""

from __future__ import annotations

import warnings

from conformance import case, raises

PAGE = "torch.utils.data: Multi-process data loading"
BATCHES = "data_workers::batches_of_workers"


class Numbers:
    """Tens, but an error at one index."""

    def __init__(self, size, failing=None, error=ValueError):
        self.size, self.failing, self.error = size, failing, error

    def __len__(self):
        return self.size

    def __getitem__(self, index):
        if index == self.failing:
            raise self.error("this sample is broken")
        return index * 10


@case(PAGE, builds_on=("data_loading::shuffled",))
def batches_of_workers(torch):
    """Two workers give the batches in order, shuffled by the same seed as without workers."""
    torch.manual_seed(7)
    loader = torch.utils.data.DataLoader(Numbers(7), batch_size=2, shuffle=True, num_workers=2)
    yield "prefetch factor", loader.prefetch_factor
    yield "batches", list(loader)
    yield "next number", torch.rand(2)


@case(PAGE, builds_on=(BATCHES,))
def errors_of_workers(torch):
    """An error in a worker is raised where the batch is taken, and says where it comes from."""
    for error in (ValueError, KeyError):
        loader = torch.utils.data.DataLoader(Numbers(4, 2, error), num_workers=1)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DeprecationWarning)  # Python's own, of a fork beside a thread
            batches = iter(loader)
        yield f"before, {error.__name__}", [next(batches), next(batches)]
        outcome = raises(lambda batches=batches: next(batches)).error
        yield f"type, {error.__name__}", type(outcome).__name__
        lines = str(outcome).splitlines()
        yield f"text, {error.__name__}", [lines[0], lines[1], lines[-1].strip("'\"")]
        yield f"after, {error.__name__}", next(batches)


@case(PAGE, builds_on=(BATCHES,))
def what_workers_know(torch):
    """A worker knows its number, its seed and its data set; each has seeds of its own from one of the program."""

    class Told(Numbers):
        def __getitem__(self, index):
            import random

            info = torch.utils.data.get_worker_info()
            return (
                index,
                info.id,
                info.num_workers,
                info.seed,
                len(info.dataset),
                torch.rand(1).item(),
                random.random(),
            )

    torch.manual_seed(5)
    loader = torch.utils.data.DataLoader(Told(4), batch_size=None, num_workers=2)
    yield list(loader)
    yield "in the program", torch.utils.data.get_worker_info()


@case(PAGE, builds_on=(BATCHES,))
def workers_that_stay(torch):
    """Persistent workers serve the next epoch, too; `worker_init_fn` runs once in each."""
    told = []

    def begin(number):
        told.append(number + 100)

    class Told(Numbers):
        def __getitem__(self, index):
            return index, list(told)

    torch.manual_seed(5)
    loader = torch.utils.data.DataLoader(
        Told(3), batch_size=None, num_workers=1, persistent_workers=True, worker_init_fn=begin
    )
    yield "first epoch", list(loader)
    yield "second epoch", list(loader)
    yield "same iterator", iter(loader) is iter(loader)
    yield "in the program", told


@case(PAGE, builds_on=(BATCHES, "data_loading::batches_of_an_iterable"))
def iterables_in_workers(torch):
    """Each worker iterates over the whole of an iterable data set, and the loader takes turns."""

    class Letters(torch.utils.data.IterableDataset):
        def __iter__(self):
            info = torch.utils.data.get_worker_info()
            return iter([f"{letter}{info.id}" for letter in ("abc" if info.id else "ab")])

    yield list(torch.utils.data.DataLoader(Letters(), batch_size=2, num_workers=2))


@case(PAGE, builds_on=(BATCHES,))
def tensors_of_workers(torch):
    """Tensors come through whole: types, values, and whether they require grad."""

    class Tensors(torch.utils.data.Dataset):
        def __len__(self):
            return 2

        def __getitem__(self, index):
            weight = torch.tensor([0.5, 1.5], requires_grad=True)
            return weight if index else torch.tensor([index, 7], dtype=torch.int32)

    batches = iter(torch.utils.data.DataLoader(Tensors(), batch_size=None, num_workers=1))
    yield "first", next(batches)
    yield "second", next(batches)
