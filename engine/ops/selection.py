"""Which of several equal elements PyTorch chooses: that follows from the algorithms by which it selects and sorts.

`topk`, `mode` and `sort` use the C++ library's `nth_element`, `partial_sort` and `sort`, none of which
keeps equal elements in their order; `kthvalue` has a quickselect of its own. They are gone through here as libstdc++ and
PyTorch do, element by element, so only where equal elements compete and groups are small. Source: bits/stl_algo.h and
bits/stl_heap.h of libstdc++; torch.topk, torch.kthvalue, torch.mode, torch.sort.

A group is a list of pairs of a rank and an index; a pair is less than another if its rank is.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

Pair = tuple[int, int]
MOST = 1 << 18  # elements of groups with equal ones; of more, time matters more
_FEW = 16  # elements that `sort` leaves to the insertion at the end


def exchanged(
    indices: Any, array: Any, dim: int, competing: Any, choice: Callable[[list[Pair]], list[int]]
) -> Any:
    """The indices found, with those that `choice` makes for the groups along a dimension where equal elements compete."""
    if not 0 < np.count_nonzero(competing) * array.shape[dim] <= MOST:
        return indices
    groups, found = np.moveaxis(array, dim, -1), np.moveaxis(indices.copy(), dim, -1)
    for group in zip(*np.nonzero(np.atleast_1d(competing))) if competing.ndim else [()]:
        values = groups[group]
        wide = values.astype(np.float32) if values.dtype.kind == "V" else values
        ranks = np.unique(wide, return_inverse=True)[1].tolist()  # nan is the largest, and all are equal
        found[group] = choice(list(zip(ranks, range(len(ranks)))))
    return np.moveaxis(found, -1, dim)


def are_equal(one: Any, two: Any) -> Any:
    """Whether elements are equal, or both nan."""
    return (one == two) | ((one != one) & (two != two))


def _largest_first(pairs: list[Pair]) -> list[Pair]:
    return [(-rank, index) for rank, index in pairs]


def first_of(pairs: list[Pair], count: int, largest: bool, in_order: bool) -> list[int]:
    """The indices of so many least (or `largest`) pairs, as `topk` finds them."""
    pairs = _largest_first(pairs) if largest else pairs
    if count * 64 <= len(pairs):
        _heap_select(pairs, 0, count, len(pairs))
        _sort_heap(pairs, 0, count)
    else:
        nth_element(pairs, count - 1)
        if in_order:
            sort(pairs, count - 1)
    return [index for _, index in pairs[:count]]


def in_order(pairs: list[Pair], descending: bool) -> list[int]:
    """The indices of all pairs, as `sort` orders them where it need not be stable."""
    pairs = _largest_first(pairs) if descending else pairs
    sort(pairs, len(pairs))
    return [index for _, index in pairs]


# ---- nth_element -------------------------------------------------------------------------------------------


def nth_element(pairs: list[Pair], place: int) -> None:
    """Have at this place what would stand there in order, and nothing greater before it."""
    first, last = 0, len(pairs)
    limit = 2 * (last.bit_length() - 1)
    while last - first > 3:
        if not limit:
            _heap_select(pairs, first, place + 1, last)
            pairs[first], pairs[place] = pairs[place], pairs[first]
            return
        limit -= 1
        cut = _partition(pairs, first, last)
        if cut <= place:
            first = cut
        else:
            last = cut
    _insert_in_order(pairs, first, last)


def _partition(pairs: list[Pair], first: int, last: int) -> int:
    """Part by the median of three, which comes first; returns where the second part begins."""
    _median_to_first(pairs, first, first + 1, first + (last - first) // 2, last - 1)
    pivot = pairs[first][0]
    low, high = first + 1, last
    while True:
        while pairs[low][0] < pivot:
            low += 1
        high -= 1
        while pivot < pairs[high][0]:
            high -= 1
        if low >= high:
            return low
        pairs[low], pairs[high] = pairs[high], pairs[low]
        low += 1


def _median_to_first(pairs: list[Pair], first: int, one: int, two: int, three: int) -> None:
    a, b, c = pairs[one][0], pairs[two][0], pairs[three][0]
    if a < b:
        middle = two if b < c else three if a < c else one
    else:
        middle = one if a < c else three if b < c else two
    pairs[first], pairs[middle] = pairs[middle], pairs[first]


# ---- sort --------------------------------------------------------------------------------------------------


def sort(pairs: list[Pair], last: int) -> None:
    """Sort the pairs before `last`."""
    if last > 1:
        _part_until_few(pairs, 0, last, 2 * (last.bit_length() - 1))
        _insert_in_order(pairs, 0, last)


def _part_until_few(pairs: list[Pair], first: int, last: int, limit: int) -> None:
    while last - first > _FEW:
        if not limit:
            _heap_select(pairs, first, last, last)
            _sort_heap(pairs, first, last)
            return
        limit -= 1
        cut = _partition(pairs, first, last)
        _part_until_few(pairs, cut, last, limit)
        last = cut


def _insert_in_order(pairs: list[Pair], first: int, last: int) -> None:
    """Insertion, which keeps equal pairs in their order: so Python's sort does the same."""
    pairs[first:last] = sorted(pairs[first:last], key=_rank)


def _rank(pair: Pair) -> int:
    return pair[0]


def last_of_most_frequent(pairs: list[Pair]) -> list[int]:
    """Of the most frequent rank, the lowest of several, the index that sorting brings to the end, as `mode` finds it."""
    sort(pairs, len(pairs))
    ranks = [rank for rank, _ in pairs]
    frequent = int(np.argmax(np.bincount(ranks)))
    return [pairs[len(ranks) - 1 - ranks[::-1].index(frequent)][1]]


# ---- heaps -------------------------------------------------------------------------------------------------


def _heap_select(pairs: list[Pair], first: int, middle: int, last: int) -> None:
    """Have the least pairs before `middle`, as a heap with the greatest first."""
    count = middle - first
    for parent in range((count - 2) // 2, -1, -1):
        _adjust_heap(pairs, first, parent, count, pairs[first + parent])
    for place in range(middle, last):
        if pairs[place][0] < pairs[first][0]:
            _exchange_greatest(pairs, first, count, place)


def _sort_heap(pairs: list[Pair], first: int, last: int) -> None:
    while last - first > 1:
        last -= 1
        _exchange_greatest(pairs, first, last - first, last)


def _exchange_greatest(pairs: list[Pair], first: int, count: int, place: int) -> None:
    value = pairs[place]
    pairs[place] = pairs[first]
    _adjust_heap(pairs, first, 0, count, value)


def _adjust_heap(pairs: list[Pair], first: int, hole: int, count: int, value: Pair) -> None:
    """Let the greater children rise into the hole down to a leaf, and the value rise from there."""
    top = child = hole
    while child < (count - 1) // 2:
        child = 2 * child + 2
        if pairs[first + child][0] < pairs[first + child - 1][0]:
            child -= 1
        pairs[first + hole] = pairs[first + child]
        hole = child
    if count % 2 == 0 and child == (count - 2) // 2:
        child = 2 * child + 1
        pairs[first + hole] = pairs[first + child]
        hole = child
    while hole > top and pairs[first + (hole - 1) // 2][0] < value[0]:
        pairs[first + hole] = pairs[first + (hole - 1) // 2]
        hole = (hole - 1) // 2
    pairs[first + hole] = value


# ---- PyTorch's own quickselect -----------------------------------------------------------------------------


def quickselect(pairs: list[Pair], place: int) -> list[int]:
    """The index of what stands at this place in order, as `kthvalue` finds it."""

    def exchange(one: int, two: int) -> None:
        pairs[one], pairs[two] = pairs[two], pairs[one]

    def exchange_if_greater(one: int, two: int) -> None:
        if pairs[one][0] > pairs[two][0]:
            exchange(one, two)

    first, last = 0, len(pairs) - 1
    while last > first + 1:
        exchange(first + (last - first) // 2, first + 1)
        exchange_if_greater(first + 1, last)
        exchange_if_greater(first, last)
        exchange_if_greater(first + 1, first)
        low, high, pivot = first + 1, last, pairs[first][0]
        while True:
            low += 1
            while pivot > pairs[low][0]:
                low += 1
            high -= 1
            while pairs[high][0] > pivot:
                high -= 1
            if high < low:
                break
            exchange(low, high)
        exchange(first, high)
        if high <= place:
            first = low
        if high >= place:
            last = high - 1
    if last == first + 1:
        exchange_if_greater(first, last)
    return [pairs[place][1]]
