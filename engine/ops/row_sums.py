"""Rows added up by an index that may name a place several times, as embeddings' gradients need it.

NumPy's `add.at` on rows takes several times as long as PyTorch. The sums are those of PyTorch to the last bit: each is
added up in the order of the index, beginning with +0.
"""

from __future__ import annotations

from typing import Any

import numpy as np

_FEW = 65_536  # elements up to which sorting costs more than it saves
_NARROW = 16
_LONG = 64  # rows of one sum from which on it is worth a call of its own


def sum_rows(index: Any, rows: Any, count: int) -> Any:
    """`count` rows; at each place the sum of those `rows` whose `index` names it. `index` has one dimension."""
    width = rows.shape[1]
    sums = np.zeros((count, width), rows.dtype)
    if not rows.size:
        return sums
    if rows.size <= _FEW or width <= _NARROW:
        flat = sums.reshape(-1)
        np.add.at(flat, (index[:, None] * width + np.arange(width)).reshape(-1), rows.reshape(-1))
        return sums
    order = (index.astype(np.uint16) if count <= 1 << 16 else index).argsort(kind="stable")
    _add_runs(sums, index[order], rows, order)
    return sums


def _add_runs(sums: Any, index: Any, rows: Any, order: Any) -> None:
    """Add up runs of equal numbers in a sorted index, those of about one length together."""
    edges = np.flatnonzero(np.diff(index, prepend=-1, append=-1))
    starts, ends = edges[:-1], edges[1:]
    lengths, places = ends - starts, index[starts]
    low, longest = 0, int(lengths.max())
    high = 1
    while low < longest:
        chosen = np.flatnonzero((lengths > low) & (lengths <= high))
        if high > _LONG and chosen.size < _LONG:
            for run in chosen.tolist():
                np.add.reduce(rows[order[starts[run] : ends[run]]], 0, out=sums[places[run]], initial=0)
        elif chosen.size:
            sums[places[chosen]] = _padded_sums(rows, order, starts[chosen], ends[chosen], high)
        low, high = high, 2 * high


def _padded_sums(rows: Any, order: Any, starts: Any, ends: Any, length: int) -> Any:
    """The sums of runs no longer than `length`: shorter ones are filled up with zeros."""
    if length == 1:
        return rows[order[starts]] + rows.dtype.type(0)
    at = starts + np.arange(length)[:, None]
    beyond = at >= ends
    at[beyond] = 0
    taken = rows[order[at]]
    taken[beyond] = 0
    return np.add.reduce(taken, axis=0, initial=0)
