"""`torch.utils.data`: data sets, what is made of them, and how samples become batches."""

from __future__ import annotations

import warnings
from collections import OrderedDict, namedtuple

from conformance import case, raises

SETS = "torch.utils.data: Dataset Types"
COLLATE = "torch.utils.data: Working with collate_fn"
Point = namedtuple("Point", "x y")


def five_rows(torch):
    """Five samples: two numbers and a label."""
    return torch.utils.data.TensorDataset(
        torch.tensor([[0.5, 1.5], [-2.0, 0.25], [3.5, -0.75], [1.25, 2.5], [0.1, -0.3]]),
        torch.tensor([3, 1, 4, 1, 5]),
    )


@case(SETS)
def tensors_as_a_data_set(torch):
    """`TensorDataset` gives tuples of rows, by index, slice or tensor."""
    data = five_rows(torch)
    yield "length", len(data)
    yield "a sample", data[1]
    yield "the last", data[-1]
    yield "a slice", data[1:3]
    yield "by a tensor", data[torch.tensor([4, 0])]
    yield "outside", raises(lambda: data[5])
    yield "unequal", raises(lambda: torch.utils.data.TensorDataset(torch.ones(2), torch.ones(3)))


@case(SETS, builds_on=("data_sets::tensors_as_a_data_set",))
def data_sets_side_by_side(torch):
    """`StackDataset` gives a sample of each, as a tuple or by name."""
    kind = torch.utils.data.StackDataset
    pair = kind([3, 1, 4], five_rows(torch).tensors[1][:3])
    yield "a tuple", pair[2]
    yield "several", pair.__getitems__([2, 0])
    named = kind(first=[3, 1, 4], second=[0.5, 1.5, 2.5])
    yield "by name", named[1]
    yield "several by name", named.__getitems__([1, 2])
    yield "length", len(named)
    yield "unequal", raises(lambda: kind([1], [2, 3]))
    yield "none", raises(lambda: kind())
    yield "both", raises(lambda: kind([1], second=[2]))


@case(SETS, builds_on=("data_sets::tensors_as_a_data_set",))
def data_sets_behind_each_other(torch):
    """`ConcatDataset`, or `+`, continues one data set by another."""
    data = five_rows(torch) + torch.utils.data.Subset(five_rows(torch), [4, 2])
    yield "length", len(data)
    yield "ends", data.cumulative_sizes
    yield "in the second", data[5]
    yield "from the end", data[-7]
    yield "before the first", raises(lambda: data[-8])
    yield "none", raises(lambda: torch.utils.data.ConcatDataset([]))


@case(SETS, builds_on=("data_sets::tensors_as_a_data_set",))
def parts_of_data_sets(torch):
    """`Subset` gives the samples of some indices; a class that overrides one way of access overrides both."""
    part = torch.utils.data.Subset(five_rows(torch), [3, 1])
    yield "length", len(part)
    yield "a sample", part[0]
    yield "several", part.__getitems__([1, 0])
    yield "by a list", part[[1, 0]]

    class Doubled(torch.utils.data.Subset):
        def __getitem__(self, index):
            return 2 * super().__getitem__(index)

    yield "half overridden", raises(lambda: Doubled([1, 2], [0]))


@case(SETS, builds_on=("data_sets::parts_of_data_sets",))
def random_parts(torch):
    """`random_split` shuffles by the seed, or a generator, into parts of given lengths or shares."""
    split = torch.utils.data.random_split
    torch.manual_seed(3)
    yield "lengths", [part.indices for part in split(range(10), [3, 5, 2])]
    generator = torch.Generator().manual_seed(5)
    yield "shares", [part.indices for part in split(range(11), [0.5, 0.3, 0.2], generator=generator)]
    yield "next number", torch.rand(2, generator=generator)
    yield "next number of the default stream", torch.rand(2)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        yield "an empty part", [len(part) for part in split(range(2), [0.6, 0.3, 0.1])]
    yield "warnings", [str(each.message) for each in caught]
    yield "too many", raises(lambda: split(range(10), [3, 8]))
    yield "a share below 0", raises(lambda: split(range(10), [1.5, -0.5]))


@case(SETS)
def data_sets_of_their_own(torch):
    """A program derives from `Dataset` or `IterableDataset`; iterable ones chain."""
    yield "no access", raises(lambda: torch.utils.data.Dataset()[0])

    class Numbers(torch.utils.data.IterableDataset):
        def __init__(self, end):
            self.end = end

        def __iter__(self):
            return iter(range(self.end))

        def __len__(self):
            return self.end

    both = Numbers(2) + Numbers(3)
    yield "chained", list(both)
    yield "length", len(both)
    yield "no iterable", raises(lambda: list(torch.utils.data.ChainDataset([Numbers(1), [3]])))
    yield "iterable behind another", raises(lambda: torch.utils.data.ConcatDataset([Numbers(1)]))


@case(COLLATE)
def batches_of_numbers(torch):
    """Numbers become tensors, floats of float64; tensors are stacked; texts stay."""
    collate = torch.utils.data.default_collate
    for batch in ([3, 1, 4], [0.5, 1.5], [True, False], ["a", "b"], [b"a", b"b"]):
        yield str(batch), collate(batch)
    yield "tensors", collate([torch.tensor([0.5, 1.5]), torch.tensor([-2.0, 0.25])])
    yield "unequal tensors", raises(lambda: collate([torch.ones(2), torch.ones(3)]))
    weight = torch.tensor([0.5, 1.5], requires_grad=True)
    yield "graph", collate([weight * 2, weight * 3])


@case(COLLATE, builds_on=("data_sets::batches_of_numbers",))
def batches_of_containers(torch):
    """Dicts, tuples and lists are batched part by part and stay what they are, but tuples become lists."""
    collate = torch.utils.data.default_collate
    yield "dicts", collate([{"a": 3, "b": [0.5, "x"]}, {"a": 1, "b": [1.5, "y"]}])
    yield "tuples", collate([(3, 0.5), (1, 1.5)])
    yield "lists", collate([[3, torch.ones(2)], [1, torch.zeros(2)]])
    found = collate([Point(3, 0.5), Point(1, 1.5)])
    yield "named tuple", (type(found).__name__, found._fields)
    yield "its field", found.y
    yield "ordered dict", type(collate([OrderedDict(a=3), OrderedDict(a=1)])).__name__
    yield "unequal lengths", raises(lambda: collate([[1, 2], [3]]))
    yield "None", raises(lambda: collate([None, None]))


@case(COLLATE, builds_on=("data_sets::batches_of_numbers",))
def samples_without_batches(torch):
    """`default_convert` leaves numbers and texts, and walks through containers."""
    convert = torch.utils.data.default_convert
    for value in (3, 0.5, "a", [1, 2.5], (1, "b"), {"a": 1}, None):
        yield str(value), convert(value)
    tensor = torch.tensor([0.5])
    yield "the same tensor", convert([tensor])[0] is tensor
