"""Which blocks of a matrix of scores attention has to compute. Source: torch.nn.attention.flex_attention, `BlockMask`."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ...op import wrap

Mask = Callable[[Any, Any, Any, Any], Any]
_DEFAULT_SPARSE_BLOCK_SIZE = 128
WHOLE = 1 << 30  # the size of blocks of a mask that masks nothing


def noop_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Any:
    """Masks nothing."""
    from ...ops.new import new_ones

    return new_ones(batch, (), dtype=_bool())


def _bool() -> Any:
    from ...dtypes import bool_

    return bool_


def sliced_mask(batch: Any, head: Any, token_q: Any, token_kv: Any) -> Any:
    """The mask of a part of a `BlockMask`, which cannot be asked."""
    raise RuntimeError("Cannot use mask_mod from a sliced BlockMask")


def ordered(dense: Any) -> tuple[Any, Any]:
    """For each row of blocks: how many are there, and the columns, those that are there first."""
    counts = dense.sum(-1).astype(np.int32)
    columns = np.argsort(1 - dense.astype(np.int8), axis=-1, kind="stable").astype(np.int32)
    return counts, columns


def dense(counts: Any, columns: Any, width: int) -> Any:
    """The blocks that are there, as ones and zeros."""
    found = np.zeros((*columns.shape[:-1], width), np.int32)
    used = np.arange(columns.shape[-1]) < counts[..., None]
    for place in np.argwhere(used):
        spot = (*place[:-1], columns[tuple(place)])
        found[spot] = 1
    return found


def _tensors(arrays: Any) -> Any:
    return tuple([None if each is None else wrap(np.ascontiguousarray(each)) for each in arrays])


class BlockMask:
    """A mask by blocks: those that hold anything, and among them those that are whole.

    `kv_num_blocks` says how many blocks of each row are partly masked, `kv_indices` which; `full_...` the same of blocks
    that nothing is masked in, `q_...` of columns. `mask_mod(b, h, q, kv)` masks single elements.
    """

    __module__ = "torch.nn.attention.flex_attention"

    def __init__(
        self,
        seq_lengths: tuple[int, int],
        kv: tuple[Any, Any, Any, Any],
        q: tuple[Any, Any, Any, Any],
        BLOCK_SIZE: tuple[int, int],  # noqa: N803 - PyTorch's own name
        mask_mod: Mask,
    ) -> None:
        self.seq_lengths = seq_lengths
        self.kv_num_blocks, self.kv_indices, self.full_kv_num_blocks, self.full_kv_indices = kv
        self.q_num_blocks, self.q_indices, self.full_q_num_blocks, self.full_q_indices = q
        self.BLOCK_SIZE = BLOCK_SIZE
        self.mask_mod = mask_mod

    @classmethod
    def from_kv_blocks(
        cls,
        kv_num_blocks: Any,
        kv_indices: Any,
        full_kv_num_blocks: Any = None,
        full_kv_indices: Any = None,
        BLOCK_SIZE: Any = _DEFAULT_SPARSE_BLOCK_SIZE,  # noqa: N803
        mask_mod: Mask | None = None,
        seq_lengths: tuple[int, int] | None = None,
        compute_q_blocks: bool = True,
    ) -> BlockMask:
        """A mask of the blocks of each row; `RuntimeError` for indices of less than two dimensions."""
        if kv_indices.dim() < 2:
            raise RuntimeError("BlockMask must have at least 2 dimensions")
        if (full_kv_num_blocks is None) != (full_kv_indices is None):
            raise AssertionError("full_kv_num_blocks and full_kv_indices must be both provided or omitted")
        size = (BLOCK_SIZE, BLOCK_SIZE) if isinstance(BLOCK_SIZE, int) else tuple(BLOCK_SIZE)
        rows, columns = kv_indices.shape[-2:]
        if seq_lengths is None:
            seq_lengths = (rows * size[0], columns * size[1])
        q: list[Any] = [None] * 4
        if compute_q_blocks:
            q[:2] = _turned(kv_num_blocks, kv_indices)
            if full_kv_indices is not None:
                q[2:] = _turned(full_kv_num_blocks, full_kv_indices)
        kv = (kv_num_blocks, kv_indices, full_kv_num_blocks, full_kv_indices)
        return cls(seq_lengths, kv, _tensors(q), size, mask_mod or noop_mask)

    def as_tuple(self, flatten: bool = True) -> tuple[Any, ...]:
        """All parts."""
        sizes = self.BLOCK_SIZE if flatten else (self.BLOCK_SIZE,)
        lengths = self.seq_lengths if flatten else (self.seq_lengths,)
        return (
            *lengths,
            *(self.kv_num_blocks, self.kv_indices, self.full_kv_num_blocks, self.full_kv_indices),
            *(self.q_num_blocks, self.q_indices, self.full_q_num_blocks, self.full_q_indices),
            *(None,) * 4,  # the order in which a GPU writes gradients
            *sizes,
            self.mask_mod,
        )

    @property
    def shape(self) -> tuple[int, ...]:
        """Of the whole matrix of scores, with batches and heads."""
        return (*self.kv_indices.shape[:-2], *self.seq_lengths)

    def numel(self) -> int:
        """How many scores there are."""
        return math.prod(self.shape)

    def sparsity(self) -> float:
        """How much of the scores is not computed, in percent; blocks beyond the edge count as computed."""
        computed = int(self.kv_num_blocks.sum())
        if self.full_kv_num_blocks is not None:
            computed += int(self.full_kv_num_blocks.sum())
        return 100 * (1 - computed * self.BLOCK_SIZE[0] * self.BLOCK_SIZE[1] / self.numel())

    def to_dense(self) -> Any:
        """The blocks as ones and zeros."""
        return wrap(self._dense())

    def _dense(self) -> Any:
        width = self.kv_indices.shape[-1]
        found = dense(self.kv_num_blocks._array, self.kv_indices._array, width)
        if self.full_kv_indices is not None:
            found |= dense(self.full_kv_num_blocks._array, self.full_kv_indices._array, width)
        return found

    def to(self, device: Any) -> BlockMask:
        """The same mask: there is one device."""
        moved: Any = [each.to(device) if hasattr(each, "to") else each for each in self._parts()]
        return BlockMask(self.seq_lengths, tuple(moved[:4]), tuple(moved[4:]), self.BLOCK_SIZE, self.mask_mod)

    def _parts(self) -> tuple[Any, ...]:
        return self.as_tuple(flatten=False)[1:9]

    def __getitem__(self, index: Any) -> BlockMask:
        padded = (*(index if isinstance(index, tuple) else (index,)), slice(None), slice(None), slice(None))[
            :3
        ]
        sizes = self.kv_num_blocks.shape
        where = tuple(
            [
                slice(each % size, each % size + 1) if isinstance(each, int) else each
                for each, size in zip(padded, sizes)
            ]
        )
        kv: Any = [None if each is None else each[where] for each in self._parts()[:4]]
        return BlockMask.from_kv_blocks(
            kv[0],
            kv[1],
            kv[2],
            kv[3],
            BLOCK_SIZE=self.BLOCK_SIZE,
            mask_mod=sliced_mask,
            seq_lengths=self.seq_lengths,
            compute_q_blocks=self.q_indices is not None,
        )

    def _adjust(self, new_q_len: int, new_kv_len: int) -> BlockMask:
        rows, columns = -(-new_q_len // self.BLOCK_SIZE[0]), -(-new_kv_len // self.BLOCK_SIZE[1])
        kv: list[Any] = []
        for counts, indices in (self._parts()[:2], self._parts()[2:4]):
            if counts is None:
                kv += [None, None]
                continue
            indices = indices[:, :, :rows, :columns]
            counts = counts[:, :, :rows].where(counts[:, :, :rows] < columns, columns)
            inside = (indices < columns).sum(-1).to(counts.dtype)
            kv += [counts.minimum(inside), indices]
        return BlockMask.from_kv_blocks(
            kv[0],
            kv[1],
            kv[2],
            kv[3],
            BLOCK_SIZE=self.BLOCK_SIZE,
            mask_mod=self.mask_mod,
            seq_lengths=(new_q_len, new_kv_len),
        )

    def to_string(self, grid_size: Any = (20, 20), limit: int = 4) -> str:
        """A picture of the blocks, of at most `limit` batches and heads."""
        found = self._dense()
        *batches, rows, columns = found.shape
        most = (grid_size, grid_size) if isinstance(grid_size, int) else grid_size
        steps = [max(1, -(-size // wanted)) for size, wanted in zip((rows, columns), most)]
        texts = []
        for number, place in enumerate(itertools.product(*[range(each) for each in batches])):
            if number == limit:
                texts += [
                    "...",
                    "To print out more, set BlockMask.to_string(limit=N)",
                    "You can also index (BlockMask[batch, head]) to choose a specific batch or head",
                ]
                break
            texts.append(f"{place}\n{_picture(found[place], *steps)}")
        return "\n".join(texts)

    def __str__(self) -> str:
        return (
            f"BlockMask(shape={self.shape}, sparsity={self.sparsity():.2f}%, \n{self.to_string().strip()}\n)"
        )

    def __repr__(self) -> str:
        names = "kv_num_blocks kv_indices full_kv_num_blocks full_kv_indices q_num_blocks q_indices full_q_num_blocks full_q_indices"
        shapes = [
            f"    {name}={None if each is None else each.shape},\n"
            for name, each in zip(names.split(), self._parts())
        ]
        return (
            f"BlockMask(\n{''.join(shapes)}    BLOCK_SIZE={self.BLOCK_SIZE},\n    shape={self.shape},\n"
            f"    sparsity={self.sparsity():.2f}%,\n    mask_mod={getattr(self.mask_mod, '__name__', self.mask_mod)}\n)"
        )


def _turned(counts: Any, indices: Any) -> tuple[Any, Any]:
    """The blocks of each column, from those of each row."""
    found = dense(counts._array, indices._array, indices.shape[-1])
    return ordered(found.swapaxes(-1, -2))


def _picture(blocks: Any, row_step: int, column_step: int) -> str:
    text = ""
    for row in range(0, blocks.shape[0], row_step):
        for column in range(0, blocks.shape[1], column_step):
            share = blocks[row : row + row_step, column : column + column_step].mean()
            text += ("█" if share == 1 else "░" if share else " ") * 2
        text += "\n"
    return text


def from_mask(mask: Any, mask_mod: Mask, lengths: tuple[int, int], size: tuple[int, int]) -> BlockMask:
    """The blocks of a mask of single elements, an array of four dimensions."""
    padding = [(0, -length % block) for length, block in zip(mask.shape[2:], size)]
    whole = np.pad(mask, [(0, 0), (0, 0), *padding])
    batch, heads, rows, columns = whole.shape
    counts = whole.reshape(batch, heads, rows // size[0], size[0], columns // size[1], size[1]).sum((3, 5))
    full = counts == size[0] * size[1]
    kv: Any = (*ordered((counts > 0) & ~full), *ordered(full))
    parts = _tensors(kv)
    return BlockMask.from_kv_blocks(
        parts[0], parts[1], parts[2], parts[3], BLOCK_SIZE=size, mask_mod=mask_mod, seq_lengths=lengths
    )
