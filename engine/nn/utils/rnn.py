"""Sequences of several lengths, packed for a recurrent network or padded to one length.

Source: torch.nn.utils.rnn.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

from ...dtypes import int64
from ...ops import creation, packed
from ...ops.refusals import check_number
from ...shown import Shown

__all__ = [
    "PackedSequence",
    "invert_permutation",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]


class PackedSequence_(NamedTuple):  # noqa: N801 - PyTorch's own name
    """The fields of a `PackedSequence`."""

    data: Any
    batch_sizes: Any
    sorted_indices: Any
    unsorted_indices: Any


PackedSequence_.__module__ = "torch.nn.utils.rnn"  # as it prints


class PackedSequence(Shown, PackedSequence_):
    """Sequences in one tensor, time step after time step; `batch_sizes` says how many sequences reach each step."""

    __module__ = "torch.nn.utils.rnn"

    def __new__(
        cls, data: Any, batch_sizes: Any = None, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> PackedSequence:
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        if batch_sizes is None:
            if not (isinstance(data, (list, tuple)) and len(data) == 2):
                raise AssertionError("Expected data to be a list or tuple of length 2")
            data, batch_sizes = data
        elif batch_sizes.device.type != "cpu":
            raise ValueError(
                "batch_sizes should always be on CPU. Instances of PackedSequence should never be created manually. They should "
                "be instantiated by functions like pack_sequence and pack_padded_sequences in nn.utils.rnn. "
                "https://pytorch.org/docs/stable/nn.html#torch.nn.utils.rnn.pack_sequence"
            )
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same with the data in another type or on another device."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        return type(self)(data, self.batch_sizes, self.sorted_indices, self.unsorted_indices)

    def cpu(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """The same on the CPU."""
        return self.to(*args, **kwargs)

    def double(self) -> PackedSequence:
        """The same in float64."""
        return self.to(_named_type("float64"))

    def float(self) -> PackedSequence:
        """The same in float32."""
        return self.to(_named_type("float32"))

    def half(self) -> PackedSequence:
        """The same in float16."""
        return self.to(_named_type("float16"))

    def long(self) -> PackedSequence:
        """The same in int64."""
        return self.to(_named_type("int64"))

    def int(self) -> PackedSequence:
        """The same in int32."""
        return self.to(_named_type("int32"))

    def short(self) -> PackedSequence:
        """The same in int16."""
        return self.to(_named_type("int16"))

    def char(self) -> PackedSequence:
        """The same in int8."""
        return self.to(_named_type("int8"))

    def byte(self) -> PackedSequence:
        """The same in uint8."""
        return self.to(_named_type("uint8"))

    def cuda(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Refused: there is no GPU."""
        return type(self)(self.data.cuda(*args, **kwargs), *self[1:])

    def pin_memory(self) -> PackedSequence:
        """Refused: there is no GPU that could read the memory."""
        return type(self)(self.data.pin_memory(), *self[1:])

    @property
    def is_cuda(self) -> bool:
        """Always false: there is only the CPU."""
        return False

    def is_pinned(self) -> bool:
        """Always false: there is no other device to pin memory for."""
        return False


def _named_type(name: str) -> Any:
    from ... import dtypes

    return getattr(dtypes, name)


def invert_permutation(permutation: Any) -> Any:
    """The permutation that undoes this one; None of None."""
    if permutation is None:
        return None
    output = creation.empty_like(permutation)
    return output.scatter_(0, permutation, creation.arange(permutation.numel()))


def pack_padded_sequence(
    input: Any, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack padded sequences of these lengths; without `enforce_sorted` they are sorted by length first."""
    lengths = creation.as_tensor(lengths, dtype=int64)
    indices = None
    if not enforce_sorted:
        lengths, indices = packed.sorted_descending(lengths)
        input = input.index_select(0 if batch_first else 1, indices)
    data, batch_sizes = packed.pack_padded_sequence(input, lengths, batch_first)
    return PackedSequence(data, batch_sizes, indices, None)


def pad_packed_sequence(
    sequence: PackedSequence,
    batch_first: bool = False,
    padding_value: float = 0.0,
    total_length: int | None = None,
) -> tuple[Any, Any]:
    """Padded sequences, and their lengths."""
    longest = sequence.batch_sizes.size(0)
    if total_length is not None and total_length < longest:
        raise ValueError(
            "Expected total_length to be at least the length of the longest sequence in input, but got "
            f"total_length={total_length} and max sequence length being {longest}"
        )
    length = longest if total_length is None else total_length
    check_number(padding_value, "_pad_packed_sequence", "padding_value", 4)
    output, lengths = packed.pad_packed_sequence(
        sequence.data, sequence.batch_sizes, batch_first, padding_value, length
    )
    indices = sequence.unsorted_indices
    if indices is None:
        return output, lengths
    return output.index_select(0 if batch_first else 1, indices), lengths[indices]


def pad_sequence(
    sequences: Any, batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Any:
    """Sequences side by side in one tensor, the shorter ones padded."""
    if not isinstance(sequences, Iterable):
        raise RuntimeError(
            f"pad_sequence: Expected iterable for input sequences, but got arg of type: {type(sequences)}"
        )
    return packed.pad_sequence(tuple(sequences), batch_first, padding_value, padding_side)


def unpad_sequence(padded_sequences: Any, lengths: Any, batch_first: bool = False) -> list[Any]:
    """The sequences without their padding."""
    if not batch_first:
        padded_sequences.transpose_(0, 1)
    places = creation.arange(padded_sequences.shape[1])
    if len(padded_sequences) != len(lengths):
        which = "shorter" if len(lengths) < len(padded_sequences) else "longer"
        raise ValueError(f"zip() argument 2 is {which} than argument 1")
    return [sequence[places < length] for sequence, length in zip(padded_sequences, lengths)]


def pack_sequence(sequences: Any, enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of several lengths."""
    lengths = creation.as_tensor([each.size(0) for each in sequences])
    return pack_padded_sequence(pad_sequence(sequences), lengths, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Any]:
    """The sequences that were packed."""
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
