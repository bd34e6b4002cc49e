"""Faults in recurrent networks, packed sequences and attention."""

from . import Fault

FAULTS = [
    Fault(
        "an LSTM's forget gate and input gate are exchanged in backward",
        "ops/lstm.py",
        before="np.multiply(before, _slope(f), out=inner[:, :, 1])",
        after="np.multiply(before, _slope(i), out=inner[:, :, 1])",
        caught_by="recurrent_networks::lstm_over_time",
    ),
    Fault(
        "an LSTM's gradient of the cell does not pass the forget gate",
        "ops/lstm.py",
        before="dc *= f[step]",
        after="dc *= 1",
        caught_by="recurrent_networks::lstm_over_time",
    ),
    Fault(
        "a GRU's reset gate works on the hidden state before its map",
        "ops/recurrent.py",
        before="new = tanh(by_input[2] + by_hidden[2] * reset)",
        after="new = tanh((by_input[2] + by_hidden[2]) * reset)",
        caught_by="recurrent_networks::gru_over_time",
    ),
    Fault(
        "the outputs of the backward direction stay turned round",
        "ops/recurrent.py",
        before="    if reverse:\n        outputs.reverse()\n",
        after="",
        caught_by="recurrent_networks::gru_in_both_directions",
    ),
    Fault(
        "dropout works on the last layer, too",
        "ops/recurrent.py",
        before="and layer < options.num_layers - 1",
        after="and layer < options.num_layers",
        caught_by="recurrent_networks::dropout_between_layers",
    ),
    Fault(
        "packed sequences forget the states of those that ended",
        "ops/recurrent.py",
        before="return outputs, _each(lambda *parts: cat(parts, 0), *reversed(ended))",
        after="return outputs, _each(lambda *parts: cat(parts, 0), *ended)",
        caught_by="packed_sequences::networks_over_packed_sequences",
    ),
    Fault(
        "unpacking gives the order of the packing",
        "nn/utils/rnn.py",
        before="unsorted_indices = invert_permutation(sorted_indices)",
        after="unsorted_indices = sorted_indices",
        caught_by="packed_sequences::packed_in_any_order",
    ),
    Fault(
        "causal attention hides the query's own place",
        "ops/attention.py",
        before="np.full((rows, columns), -np.inf, kind), 1)",
        after="np.full((rows, columns), -np.inf, kind), 0)",
        caught_by="attention::causal_attention",
    ),
    Fault(
        "a query that sees nothing gets nan",
        "ops/attention.py",
        before="highest[highest == -np.inf] = 0",
        after="pass",
        caught_by="attention::masks_of_what_takes_part",
    ),
    Fault(
        "attention's gradient of the keys is not scaled",
        "ops/attention.py",
        before="of_keys *= of_keys.dtype.type(scale)",
        after="of_keys *= 1",
        caught_by="attention::scale_of_attention",
    ),
    Fault(
        "the mask of padding replaces the other mask",
        "nn/functions/attention.py",
        before="return padding if self.mask is None else self.mask + padding",
        after="return padding",
        caught_by="multihead_attention::both_masks",
    ),
    Fault(
        "a decoder's second attention looks at the decoder itself",
        "nn/modules/transformer.py",
        before="return self._attended(self.multihead_attn, self.dropout2, x, mem, *masks)",
        after="return self._attended(self.multihead_attn, self.dropout2, x, x, *masks)",
        caught_by="transformers::layer_of_a_decoder",
    ),
]
