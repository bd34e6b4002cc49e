"""`torch.utils.data.DataLoader` and the samplers: batches, their order, and what they take of the random stream."""

from __future__ import annotations

import warnings

from conformance import case, raises

LOADING = "torch.utils.data: Loading Batched and Non-Batched Data"
ORDER = "torch.utils.data: Data Loading Order and Sampler"
BATCHES = "data_loading::batches_in_order"


def five_rows(torch):
    """Five samples: two numbers and a label."""
    return torch.utils.data.TensorDataset(
        torch.tensor([[0.5, 1.5], [-2.0, 0.25], [3.5, -0.75], [1.25, 2.5], [0.1, -0.3]]),
        torch.tensor([3, 1, 4, 1, 5]),
    )


@case(LOADING, builds_on=("data_sets::batches_of_numbers",))
def batches_in_order(torch):
    """A loader gives batches in order; the last may be smaller, or is dropped."""
    loader = torch.utils.data.DataLoader(five_rows(torch), batch_size=2)
    yield "length", len(loader)
    yield "batches", list(loader)
    short = torch.utils.data.DataLoader(five_rows(torch), batch_size=2, drop_last=True)
    yield "length without the last", len(short)
    yield "batches without the last", list(short)


@case(LOADING, builds_on=(BATCHES,))
def samples_one_by_one(torch):
    """With `batch_size=None` a loader gives the samples themselves."""
    loader = torch.utils.data.DataLoader(five_rows(torch), batch_size=None)
    yield "length", len(loader)
    yield "samples", list(loader)


@case(LOADING, builds_on=(BATCHES,))
def function_that_makes_batches(torch):
    """`collate_fn` makes a batch of a list of samples."""
    loader = torch.utils.data.DataLoader(
        five_rows(torch), batch_size=3, collate_fn=lambda samples: [label.item() for _, label in samples]
    )
    yield list(loader)


@case(ORDER, builds_on=(BATCHES,))
def shuffled(torch):
    """The seed decides the order of a shuffling loader, which is another in each epoch."""
    torch.manual_seed(7)
    loader = torch.utils.data.DataLoader(list(range(12)), batch_size=5, shuffle=True)
    for epoch in ("first", "second"):
        yield f"{epoch} epoch", list(loader)
    yield "next number", torch.rand(2)


@case(ORDER, builds_on=("data_loading::shuffled",))
def what_an_epoch_draws(torch):
    """Each pass takes a seed from the stream, also without shuffling, when it begins."""
    for options in ({}, {"shuffle": True}, {"batch_size": None}):
        torch.manual_seed(11)
        loader = torch.utils.data.DataLoader(list(range(4)), **options)
        yield f"made, {options}", torch.rand(1)
        passing = iter(loader)
        yield f"begun, {options}", torch.rand(1)
        next(passing)
        yield f"first batch, {options}", torch.rand(1)
        list(passing)
        yield f"ended, {options}", torch.rand(1)


@case(ORDER, builds_on=("data_loading::shuffled",))
def shuffled_by_a_generator(torch):
    """A loader with a generator draws from it only, and goes on with it in the next epoch."""
    generator = torch.Generator().manual_seed(5)
    loader = torch.utils.data.DataLoader(list(range(9)), batch_size=4, shuffle=True, generator=generator)
    torch.manual_seed(1)
    yield "first epoch", list(loader)
    yield "second epoch", list(loader)
    yield "next of the generator", torch.rand(2, generator=generator)
    yield "next of the default stream", torch.rand(2)


@case(ORDER, builds_on=("data_loading::shuffled",))
def random_samplers(torch):
    """Samplers draw without replacement, with it, or from a part; how many is free."""
    data = torch.utils.data
    torch.manual_seed(2)
    for label, sampler in (
        ("all", data.RandomSampler(range(7))),
        ("more than there are", data.RandomSampler(range(5), num_samples=13)),
        ("with replacement", data.RandomSampler(range(50), replacement=True, num_samples=40)),
        ("of a part", data.SubsetRandomSampler([30, 10, 40, 20])),
        ("with a generator", data.RandomSampler(range(7), generator=torch.Generator().manual_seed(3))),
        ("in order", data.SequentialSampler(range(4))),
    ):
        yield label, (len(sampler), list(sampler))
    yield "next number", torch.rand(2)


@case(ORDER, builds_on=("data_loading::random_samplers",))
def samplers_by_weight(torch):
    """`WeightedRandomSampler` draws indices by their weights, with or without replacement."""
    kind = torch.utils.data.WeightedRandomSampler
    torch.manual_seed(4)
    weights = [0.1, 0.9, 0.4, 0.7, 3.0, 0.6]
    yield "with replacement", list(kind(weights, 12))
    yield "without", list(kind(weights, 4, replacement=False))
    yield "with a generator", list(kind(weights, 5, generator=torch.Generator().manual_seed(8)))
    yield "next number", torch.rand(2)
    yield "weights", kind(weights, 2).weights


@case(ORDER, builds_on=("data_loading::random_samplers",))
def batches_of_a_sampler(torch):
    """`BatchSampler` gathers the indices of any sampler; a loader takes it as `batch_sampler`."""
    data = torch.utils.data
    for drop_last in (False, True):
        sampler = data.BatchSampler(data.SequentialSampler(range(8)), 3, drop_last)
        yield f"drop_last={drop_last}", (len(sampler), list(sampler))
    loader = data.DataLoader(five_rows(torch), batch_sampler=[[3, 1], [0], [4, 4, 2]])
    yield "labels", [labels for _, labels in loader]
    yield (
        "by a sampler",
        [labels for _, labels in data.DataLoader(five_rows(torch), sampler=[4, 0, 2], batch_size=2)],
    )


@case(ORDER, builds_on=("data_loading::random_samplers",))
def samplers_of_one_among_several_processes(torch):
    """`DistributedSampler` takes every n-th index, repeats some to come out even, and shuffles by the epoch."""
    kind = torch.utils.data.DistributedSampler
    for options in ({}, {"shuffle": False}, {"drop_last": True}, {"seed": 3}):
        sampler = kind(range(7), num_replicas=3, rank=1, **options)
        seen = [len(sampler), list(sampler)]
        sampler.set_epoch(2)
        yield str(options), [*seen, list(sampler)]
    yield "far fewer", list(kind(range(2), num_replicas=5, rank=4, shuffle=False))
    yield "rank", raises(lambda: kind(range(7), num_replicas=3, rank=3))


@case(ORDER, builds_on=("data_loading::random_samplers",))
def samplers_that_are_refused(torch):
    """Samplers name the argument that is out of range."""
    data = torch.utils.data
    for label, call in (
        ("replacement", lambda: data.RandomSampler(range(3), replacement=1)),
        ("no samples", lambda: data.RandomSampler(range(3), num_samples=0)),
        ("nothing to sample", lambda: data.RandomSampler([])),
        ("weights of two dimensions", lambda: data.WeightedRandomSampler([[0.5]], 2)),
        ("no weighted samples", lambda: data.WeightedRandomSampler([0.5], True)),
        ("weighted replacement", lambda: data.WeightedRandomSampler([0.5], 2, 1)),
        ("batch size", lambda: data.BatchSampler([0], 2.5, False)),
        ("drop_last", lambda: data.BatchSampler([0], 2, 1)),
    ):
        yield label, raises(call)


@case(LOADING, builds_on=(BATCHES,))
def loaders_that_are_refused(torch):
    """Loaders name the options that exclude each other, and some cannot change afterwards."""
    kind, data = torch.utils.data.DataLoader, five_rows(torch)
    for options in (
        {"num_workers": -1},
        {"timeout": -1},
        {"prefetch_factor": 2},
        {"num_workers": 1, "prefetch_factor": -1},
        {"persistent_workers": True},
        {"shuffle": True, "sampler": [1]},
        {"batch_sampler": [[1]], "batch_size": 2},
        {"batch_size": None, "drop_last": True},
        {"batch_size": 0},
        {"multiprocessing_context": "fork"},
        {"num_workers": 1, "multiprocessing_context": "other"},
    ):
        yield str(options), raises(lambda options=options: kind(data, **options))
    loader = kind(data)
    for name in ("batch_size", "sampler", "dataset"):
        yield name, raises(lambda name=name: setattr(loader, name, 3))


@case(LOADING, builds_on=(BATCHES, "data_sets::data_sets_of_their_own"))
def batches_of_an_iterable(torch):
    """An iterable data set is batched as it comes; a length that it gives is compared with what came."""

    class Numbers(torch.utils.data.IterableDataset):
        def __iter__(self):
            return iter([3, 1, 4, 1, 5])

        def __len__(self):
            return 3

        def __repr__(self):
            return "Numbers()"

    kind = torch.utils.data.DataLoader
    yield "batches", list(kind(Numbers(), batch_size=2))
    yield "without the last", list(kind(Numbers(), batch_size=2, drop_last=True))
    yield "samples", list(kind(Numbers(), batch_size=None))
    loader = kind(Numbers(), batch_size=2)
    yield "length", len(loader)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        list(loader)
    yield "warnings", [str(each.message) for each in caught]
    for options in ({"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}):
        yield str(options), raises(lambda options=options: kind(Numbers(), **options))


@case(LOADING, builds_on=(BATCHES,))
def several_samples_at_once(torch):
    """A data set with `__getitems__` is asked for a batch at once."""
    asked = []

    class Squares(torch.utils.data.Dataset):
        def __len__(self):
            return 5

        def __getitems__(self, indices):
            asked.append(indices)
            return [index * index for index in indices]

    yield "batches", list(torch.utils.data.DataLoader(Squares(), batch_size=3))
    yield "asked", asked


@case(LOADING, builds_on=(BATCHES,))
def pinned_memory_without_an_accelerator(torch):
    """`pin_memory` only warns where there is nothing to pin memory for."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield (
            "labels",
            [labels for _, labels in torch.utils.data.DataLoader(five_rows(torch), pin_memory=True)],
        )
    yield "warnings", [str(each.message) for each in caught]


@case(LOADING, builds_on=("data_loading::shuffled", "optimizer_base::optimizer_in_a_training_loop"))
def training_on_shuffled_batches(torch):
    """A model that learns from a shuffling loader has the same losses and weights."""
    torch.manual_seed(6)
    weight = torch.randn(2, 1, requires_grad=True)
    loader = torch.utils.data.DataLoader(five_rows(torch), batch_size=2, shuffle=True)
    optimizer = torch.optim.Adam([weight], lr=0.1)
    losses = []
    for _ in range(2):
        for inputs, labels in loader:
            optimizer.zero_grad()
            loss = ((inputs @ weight).squeeze(1) - labels).pow(2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
    yield "losses", torch.stack(losses)
    yield "weight", weight
