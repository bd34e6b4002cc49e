"""`torch.nn.utils.rnn`: sequences of several lengths, padded and packed, and networks over them."""

from __future__ import annotations

from math import prod

from conformance import case, raises

PAGE = "torch.nn.utils: rnn"


def numbers(torch, *sizes, start=1, dtype=None):
    """Numbers between -0.9 and 0.9, no two of which are the same at first."""
    values = [((29 * index + 37 * start) % 97) / 54 - 0.9 for index in range(prod(sizes))]
    return torch.tensor(values, dtype=dtype).reshape(sizes)


def filled(torch, module):
    """The module with such numbers for parameters."""
    with torch.no_grad():
        for place, parameter in enumerate(module.parameters()):
            parameter.copy_(numbers(torch, *parameter.shape, start=place + 5))
    return module


def weighed(torch, *tensors):
    """A sum in which each element counts differently."""
    return sum(
        (each * numbers(torch, *each.shape, start=9 + place)).sum() for place, each in enumerate(tensors)
    )


@case(f"{PAGE}.pad_sequence")
def padded_sequences(torch):
    """`pad_sequence` puts sequences side by side, and fills up the shorter ones on either side."""
    pad_sequence = torch.nn.utils.rnn.pad_sequence
    parts = [numbers(torch, length, 2, start=length).requires_grad_() for length in (3, 1, 2)]
    found = pad_sequence(parts)
    yield "time first", found
    yield "batch first", pad_sequence(parts, batch_first=True, padding_value=-7.5)
    yield "on the left", pad_sequence(parts, padding_side="left", padding_value=0.25)
    weighed(torch, found).backward()
    yield "grads", [each.grad for each in parts]
    yield "whole numbers", pad_sequence([torch.tensor([1, 2]), torch.tensor([3])], padding_value=9)


@case(f"{PAGE}.pad_sequence")
def refused_sequences(torch):
    """What is no list of sequences that fit together is refused."""
    pad_sequence = torch.nn.utils.rnn.pad_sequence
    yield "nothing", raises(lambda: pad_sequence([]))
    yield "a number", raises(lambda: pad_sequence(3))
    yield "side", raises(lambda: pad_sequence([torch.zeros(2)], padding_side="top"))
    yield "features", raises(lambda: pad_sequence([torch.zeros(2, 2), torch.zeros(2, 3)]))
    yield "ranks", raises(lambda: pad_sequence([torch.zeros(2), torch.zeros(2, 2)]))
    yield "scalars", raises(lambda: pad_sequence(torch.zeros(2)))
    yield "no tensor", raises(lambda: pad_sequence([torch.zeros(2), 3]))


@case(f"{PAGE}.pack_padded_sequence")
def packed_and_unpacked(torch):
    """Packing keeps what is no padding, step by step; unpacking gives it back with the lengths."""
    rnn = torch.nn.utils.rnn
    padded = numbers(torch, 3, 2, 2).requires_grad_()
    packed = rnn.pack_padded_sequence(padded, [3, 1])
    yield "text", repr(packed)
    yield "data", packed.data
    yield "batch sizes", packed.batch_sizes
    output, lengths = rnn.pad_packed_sequence(packed, padding_value=0.5)
    yield "unpacked", output
    yield "lengths", lengths
    weighed(torch, output).backward()
    yield "grad", padded.grad


@case(f"{PAGE}.pack_padded_sequence")
def packed_with_the_batch_first(torch):
    """With `batch_first` the padded sequences are (batch, time, features); `total_length` pads further."""
    rnn = torch.nn.utils.rnn
    padded = numbers(torch, 3, 3, 2).requires_grad_()
    packed = rnn.pack_padded_sequence(padded, torch.tensor([3, 3, 2]), batch_first=True)
    yield "data", packed.data
    output, lengths = rnn.pad_packed_sequence(packed, batch_first=True, total_length=5)
    yield "unpacked", output
    yield "lengths", lengths
    weighed(torch, output).backward()
    yield "grad", padded.grad


@case(f"{PAGE}.pack_padded_sequence")
def packed_in_any_order(torch):
    """Without `enforce_sorted` the sequences are sorted by length, and come back in their own order."""
    rnn = torch.nn.utils.rnn
    padded = numbers(torch, 4, 3).requires_grad_()
    packed = rnn.pack_padded_sequence(padded, [2, 4, 1], enforce_sorted=False)
    yield "packed", tuple(packed)
    output, lengths = rnn.pad_packed_sequence(packed)
    yield "unpacked", output
    yield "lengths", lengths
    weighed(torch, output).backward()
    yield "grad", padded.grad


@case(f"{PAGE}.pack_padded_sequence")
def refused_lengths(torch):
    """Lengths that do not fit, are not sorted or not positive are refused."""
    rnn = torch.nn.utils.rnn
    padded = numbers(torch, 3, 2, 2)
    yield "not sorted", raises(lambda: rnn.pack_padded_sequence(padded, [1, 3]))
    yield "zero", raises(lambda: rnn.pack_padded_sequence(padded, [1, 0]))
    yield "too few", raises(lambda: rnn.pack_padded_sequence(padded, [1]))
    yield "two dimensions", raises(lambda: rnn.pack_padded_sequence(padded, torch.tensor([[3, 1]])))
    yield "nothing to pack", raises(lambda: rnn.pack_padded_sequence(torch.zeros(0, 2, 2), [1, 1]))
    packed = rnn.pack_padded_sequence(padded, [3, 1])
    yield "total length", raises(lambda: rnn.pad_packed_sequence(packed, total_length=2))


@case(f"{PAGE}.pack_sequence")
def sequences_packed_directly(torch):
    """`pack_sequence` packs a list of sequences, `unpack_sequence` gives the list back."""
    rnn = torch.nn.utils.rnn
    packed = rnn.pack_sequence(
        [torch.tensor([1.5, 2.5]), torch.tensor([3.5, 4.5, 5.5])], enforce_sorted=False
    )
    yield "text", repr(packed)
    yield "unpacked", rnn.unpack_sequence(packed)
    yield "not sorted", raises(lambda: rnn.pack_sequence([torch.zeros(1), torch.zeros(2)]))


@case(f"{PAGE}.unpad_sequence")
def sequences_without_padding(torch):
    """`unpad_sequence` cuts off the padding; time first, it turns the tensor that it is given."""
    rnn = torch.nn.utils.rnn
    padded = numbers(torch, 3, 2)
    yield "parts", rnn.unpad_sequence(padded, torch.tensor([3, 1]))
    yield "turned", padded
    yield "batch first", rnn.unpad_sequence(numbers(torch, 2, 3, 2), torch.tensor([1, 2]), batch_first=True)


@case(f"{PAGE}.PackedSequence")
def methods_of_packed_sequences(torch):
    """A packed sequence is a named tuple with the methods that change its type."""
    packed = torch.nn.utils.rnn.pack_sequence([torch.tensor([1.5, 2.25, 3.0]), torch.tensor([4.0, 5.75])])
    yield "fields", list(packed._fields)
    yield "length", len(packed)
    for name in ("double", "half", "float", "long", "int", "short", "char", "byte"):
        yield name, getattr(packed, name)().data
    yield "the same type", packed.float() is packed
    yield "to a type", packed.to(torch.float64)
    yield "to the cpu", packed.to("cpu") is packed
    yield "cpu", packed.cpu() is packed
    yield "is_cuda", packed.is_cuda
    yield "is_pinned", packed.is_pinned()


@case(f"{PAGE}.PackedSequence")
def packed_sequences_made_by_hand(torch):
    """A pair of data and batch sizes makes one; the order is undone where it is given."""
    packed_class = torch.nn.utils.rnn.PackedSequence
    data, sizes = torch.tensor([1.5, 2.5, 3.5]), torch.tensor([2, 1])
    yield "a pair", packed_class((data, sizes))
    made = packed_class(data, sizes, sorted_indices=torch.tensor([1, 0]))
    yield "undone", made.unsorted_indices
    yield "alone", raises(lambda: packed_class(data))
    yield "permutation", torch.nn.utils.rnn.invert_permutation(torch.tensor([2, 0, 3, 1]))
    yield "none", torch.nn.utils.rnn.invert_permutation(None)


@case(f"{PAGE}.PackedSequence")
def networks_over_packed_sequences(torch):
    """Networks take packed sequences; what they return is packed, and the last states are those of each sequence."""
    rnn = torch.nn.utils.rnn
    for name in ("RNN", "LSTM", "GRU"):
        net = filled(torch, getattr(torch.nn, name)(2, 2))
        padded = numbers(torch, 3, 2, 2).requires_grad_()
        packed, states = net(rnn.pack_padded_sequence(padded, [3, 1]))
        output, lengths = rnn.pad_packed_sequence(packed)
        states = list(states) if isinstance(states, tuple) else [states]
        yield f"{name} data", packed.data
        yield f"{name} lengths", lengths
        yield f"{name} states", states
        weighed(torch, output, *states).backward()
        yield f"{name} grad", padded.grad
        yield f"{name} grad of a weight", net.weight_hh_l0.grad


@case(f"{PAGE}.PackedSequence")
def networks_in_both_directions_over_packed_sequences(torch):
    """Backwards each sequence begins at its own end; states that are given are put in the order of the packing."""
    rnn = torch.nn.utils.rnn
    for name in ("LSTM", "GRU"):
        net = filled(torch, getattr(torch.nn, name)(2, 2, bidirectional=True, num_layers=2))
        padded = numbers(torch, 3, 3, 2)
        given = numbers(torch, 4, 3, 2, start=3).requires_grad_()
        packed = rnn.pack_padded_sequence(padded, [1, 3, 2], enforce_sorted=False)
        packed, states = net(packed, (given, given * 0.5) if name == "LSTM" else given)
        output, lengths = rnn.pad_packed_sequence(packed, batch_first=True)
        states = list(states) if isinstance(states, tuple) else [states]
        yield f"{name} output", output.detach()
        yield f"{name} lengths", lengths
        yield f"{name} states", [each.detach() for each in states]
        weighed(torch, output, *states).backward()
        yield f"{name} grad of the given states", given.grad


@case(f"{PAGE}.PackedSequence")
def refused_packed_sequences(torch):
    """A network checks packed sequences and states as others."""
    packed = torch.nn.utils.rnn.pack_padded_sequence(numbers(torch, 3, 2, 2), [3, 1])
    yield "features", raises(lambda: torch.nn.GRU(3, 2)(packed))
    yield "state", raises(lambda: torch.nn.GRU(2, 3)(packed, torch.zeros(1, 3, 3)))
    yield "type", raises(lambda: torch.nn.GRU(2, 3)(packed.double()))
