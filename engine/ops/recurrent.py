"""Recurrent layers and cells, composed of other operations as PyTorch composes them.

Source: torch.nn, "Recurrent Layers".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from ..base import storage
from ..dtypes import float32
from ..nn.functions.linear import linear
from .activations import relu, sigmoid, tanh
from .from_data import warn_once
from .joining import cat, stack, unbind
from .linalg import matmul
from .lstm import lstm_layer
from .slicing import narrow
from .splitting import unsafe_chunk
from .views import transpose

# ---- one step ----------------------------------------------------------------------------------------------


class Weights(NamedTuple):
    """The weights and biases of one layer in one direction; `hr` projects the hidden state."""

    ih: Any
    hh: Any
    bias_ih: Any = None
    bias_hh: Any = None
    hr: Any = None

    def of_input(self, input: Any) -> Any:
        """What the input adds to the gates."""
        return linear(input, self.ih, self.bias_ih)

    def of_hidden(self, hidden: Any) -> Any:
        """What the hidden state adds to the gates."""
        return linear(hidden, self.hh, self.bias_hh)


def tanh_cell_step(inner: Any, hidden: Any, weights: Weights) -> Any:
    """tanh of what input and hidden state add; `inner` is the input's part."""
    return tanh(weights.of_hidden(hidden) + inner)


def relu_cell_step(inner: Any, hidden: Any, weights: Weights) -> Any:
    """The positive part of what input and hidden state add."""
    return relu(weights.of_hidden(hidden) + inner)


def lstm_cell_step(inner: Any, states: Any, weights: Weights) -> tuple[Any, Any]:
    """The next hidden state and cell."""
    hidden, cell = states
    gates = unsafe_chunk(weights.of_hidden(hidden) + inner, 4, 1)
    enters, stays = sigmoid(gates[0]), sigmoid(gates[1])
    new, leaves = tanh(gates[2]), sigmoid(gates[3])
    cell = stays * cell + enters * new
    hidden = leaves * tanh(cell)
    return (hidden if weights.hr is None else matmul(hidden, weights.hr.t())), cell


def gru_cell_step(inner: Any, hidden: Any, weights: Weights) -> Any:
    """The next hidden state."""
    by_input = unsafe_chunk(inner, 3, 1)
    by_hidden = unsafe_chunk(weights.of_hidden(hidden), 3, 1)
    reset = sigmoid(by_hidden[0] + by_input[0])
    stays = sigmoid(by_hidden[1] + by_input[1])
    new = tanh(by_input[2] + by_hidden[2] * reset)
    return (hidden - new) * stays + new


Step = Callable[[Any, Any, Weights], Any]


def _output_of(states: Any) -> Any:
    return states[0] if isinstance(states, tuple) else states


def _each(function: Callable[..., Any], *states: Any) -> Any:
    """Apply to hidden states, or to pairs of hidden state and cell."""
    if isinstance(states[0], tuple):
        return tuple([function(*parts) for parts in zip(*states)])
    return function(*states)


# ---- all steps of a layer ----------------------------------------------------------------------------------


def over_time(step: Step, input: Any, states: Any, weights: Weights, reverse: bool) -> tuple[Any, Any]:
    """The outputs of all steps and the last states; `input` is (time, batch, features)."""
    inner = unbind(weights.of_input(input), 0)
    if not inner:
        raise RuntimeError("Expected sequence length to be larger than 0 in RNN")
    outputs = []
    for each in reversed(inner) if reverse else inner:
        states = step(each, states, weights)
        outputs.append(_output_of(states))
    if reverse:
        outputs.reverse()
    return stack(outputs, 0), states


class Packed(NamedTuple):
    """Sequences of several lengths, time step after time step, and how many there are at each."""

    data: Any
    batch_sizes: list[int]


def over_packed(step: Step, input: Packed, states: Any, weights: Weights, reverse: bool) -> tuple[Any, Any]:
    """The same for packed sequences."""
    inner = weights.of_input(input.data)
    run = _backwards if reverse else _forwards
    outputs, states = run(step, inner, input.batch_sizes, states, weights)
    return Packed(cat(outputs, 0), input.batch_sizes), states


def _forwards(step: Step, inner: Any, sizes: list[int], states: Any, weights: Weights) -> tuple[Any, Any]:
    """Sequences end on the way: their last states are kept apart."""
    outputs, ended, start, last = [], [], 0, sizes[0]
    for size in sizes:
        each = narrow(inner, 0, start, size)
        start += size
        if size < last:
            ended.append(
                _each(lambda state, size=size, last=last: narrow(state, 0, size, last - size), states)
            )
            states = _each(lambda state, size=size: narrow(state, 0, 0, size), states)
        last = size
        states = step(each, states, weights)
        outputs.append(_output_of(states))
    ended.append(states)
    return outputs, _each(lambda *parts: cat(parts, 0), *reversed(ended))


def _backwards(step: Step, inner: Any, sizes: list[int], states: Any, weights: Weights) -> tuple[Any, Any]:
    """Sequences join on the way, the longest first."""
    first, outputs, end, last = states, [], inner._array.shape[0], sizes[-1]
    states = _each(lambda state: narrow(state, 0, 0, last), first)
    for size in reversed(sizes):
        if size > last:
            joining = _each(lambda state, size=size, last=last: narrow(state, 0, last, size - last), first)
            states = _each(lambda *parts: cat(parts, 0), states, joining)
        end -= size
        last = size
        states = step(narrow(inner, 0, end, size), states, weights)
        outputs.append(_output_of(states))
    outputs.reverse()
    return outputs, states


def _in_one_node(step: Step, input: Any, states: Any, weights: Weights, reverse: bool) -> tuple[Any, Any]:
    """A layer of an LSTM, as one operation."""
    biases = weights[2:4]
    if weights.bias_ih is None:
        zeros = weights.ih.new_zeros(weights.ih._array.shape[0])
        biases = (zeros, zeros)
    output, hidden, cell, _ = lstm_layer([input, weights.ih, weights.hh, *biases, *states], reverse)
    return output, (hidden, cell)


# ---- all layers --------------------------------------------------------------------------------------------


class Options(NamedTuple):
    """How the layers of a network are stacked."""

    has_biases: bool
    num_layers: int
    dropout: float
    train: bool
    bidirectional: bool


def _by_layer(params: Sequence[Any], has_biases: bool, projected: bool) -> Iterator[Weights]:
    count = 2 + 2 * has_biases + projected
    for start in range(0, len(params), count):
        group = list(params[start : start + count])
        hr = group.pop() if projected else None
        biases = group[2:] if has_biases else (None, None)
        yield Weights(group[0], group[1], biases[0], biases[1], hr)


def _layers(
    run: Any, step: Step, input: Any, states: Sequence[Any], weights: list[Weights], options: Options
) -> tuple[Any, list[Any]]:
    """The output of the last layer, and the last states of each layer and direction."""
    directions = 2 if options.bidirectional else 1
    last: list[Any] = []
    for layer in range(options.num_layers):
        outputs = []
        for direction in range(directions):
            index = layer * directions + direction
            output, final = run(step, input, states[index], weights[index], direction == 1)
            outputs.append(output)
            last.append(final)
        input = outputs[0] if directions == 1 else _beside(outputs)
        if options.dropout and options.train and layer < options.num_layers - 1:
            input = _dropped(input, options.dropout)
    return input, last


def _beside(outputs: list[Any]) -> Any:
    if isinstance(outputs[0], Packed):
        return Packed(cat([each.data for each in outputs], -1), outputs[0].batch_sizes)
    return cat(outputs, outputs[0]._array.ndim - 1)


def _dropped(input: Any, p: float) -> Any:
    from ..nn.functions.dropout import dropout

    if isinstance(input, Packed):
        return Packed(dropout(input.data, p, True), input.batch_sizes)
    return dropout(input, p, True)


def _network(step: Step, input: Any, states: Any, params: Any, options: Options, batch_first: bool) -> Any:
    """Output and last hidden states of a network whose state is the hidden state alone."""
    weights = list(_by_layer(params, options.has_biases, False))
    if batch_first:
        input = transpose(input, 0, 1)
    run = over_packed if isinstance(input, Packed) else over_time
    output, last = _layers(run, step, input, unbind(states, 0), weights, options)
    if isinstance(output, Packed):
        output = output.data
    elif batch_first:
        output.transpose_(0, 1)
    return output, stack(last, 0)


def _of_network(step: Step, name: str) -> Any:
    def call(input: Any, second: Any, third: Any, *options: Any) -> Any:
        if isinstance(third, (list, tuple)):
            *stacked, batch_first = options
            return _network(step, input, second, third, Options(*stacked), batch_first)
        params, *stacked = options
        return _network(step, Packed(input, second.tolist()), third, params, Options(*stacked), False)

    call.__name__ = call.__qualname__ = name
    call.__doc__ = (
        f"Output and last hidden states of `{name}`; a packed input is followed by its batch sizes."
    )
    return call


rnn_tanh = _of_network(tanh_cell_step, "rnn_tanh")
rnn_relu = _of_network(relu_cell_step, "rnn_relu")
gru = _of_network(gru_cell_step, "gru")


def lstm(input: Any, second: Any, third: Any, *options: Any) -> tuple[Any, Any, Any]:
    """Output, last hidden states and cells; a packed input is followed by its batch sizes."""
    if isinstance(second, (list, tuple)):
        *stacked, batch_first = options
        return _lstm(input, second, third, Options(*stacked), batch_first)
    params, *stacked = options
    return _lstm(Packed(input, second.tolist()), third, params, Options(*stacked), False)


def _lstm(input: Any, states: Any, params: Any, options: Options, batch_first: bool) -> tuple[Any, Any, Any]:
    if len(states) != 2:
        raise RuntimeError("lstm expects two hidden states")
    hidden, cell = states
    projected = hidden._array.shape[2] != cell._array.shape[2]
    weights = list(_by_layer(params, options.has_biases, projected))
    packed = isinstance(input, Packed)
    if not packed and input._dtype is float32 and input._array.size:
        if not projected:
            return _lstm_in_nodes(input, hidden, cell, weights, options, batch_first)
        warn_once("LSTM with projections is not supported with oneDNN. Using default implementation.")
    if batch_first:
        input = transpose(input, 0, 1)
    run = over_packed if packed else over_time
    pairs = list(zip(unbind(hidden, 0), unbind(cell, 0)))
    output, last = _layers(run, lstm_cell_step, input, pairs, weights, options)
    if packed:
        output = output.data
    elif batch_first:
        output = transpose(output, 0, 1)
    return output, stack([each[0] for each in last], 0), stack([each[1] for each in last], 0)


def _lstm_in_nodes(
    input: Any, hidden: Any, cell: Any, weights: list[Weights], options: Options, batch_first: bool
) -> tuple[Any, Any, Any]:
    if batch_first:
        input = transpose(input, 0, 1)
    input, hidden, cell = input.contiguous(), hidden.contiguous(), cell.contiguous()
    pairs = [(hidden.select(0, index), cell.select(0, index)) for index in range(len(weights))]
    output, last = _layers(_in_one_node, lstm_cell_step, input, pairs, weights, options)
    last_hidden, last_cell = stack([each[0] for each in last], 0), stack([each[1] for each in last], 0)
    return transpose(output, 0, 1) if batch_first else output, last_hidden, last_cell


# ---- cells -------------------------------------------------------------------------------------------------


def _changed(result: Any, times: int) -> Any:
    """A result that PyTorch makes by changes in place, which its version shows."""
    storage(result).version = times
    return result


def rnn_tanh_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next hidden state, by tanh."""
    return _cell(tanh_cell_step, input, hx, Weights(w_ih, w_hh, b_ih, b_hh))


def rnn_relu_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next hidden state, by its positive part."""
    return _cell(relu_cell_step, input, hx, Weights(w_ih, w_hh, b_ih, b_hh))


def gru_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next hidden state of a GRU."""
    return _changed(_cell(gru_cell_step, input, hx, Weights(w_ih, w_hh, b_ih, b_hh)), 2)


def lstm_cell(input: Any, hx: Any, w_ih: Any, w_hh: Any, b_ih: Any = None, b_hh: Any = None) -> Any:
    """The next hidden state and cell of an LSTM."""
    hidden, cell = _cell(lstm_cell_step, input, hx, Weights(w_ih, w_hh, b_ih, b_hh))
    return hidden, _changed(cell, 1)


def _cell(step: Step, input: Any, states: Any, weights: Weights) -> Any:
    for number, state in enumerate(states if isinstance(states, (tuple, list)) else (states,)):
        _check_cell(input, state, weights, number)
    return step(weights.of_input(input), tuple(states) if isinstance(states, list) else states, weights)


def _check_cell(input: Any, state: Any, weights: Weights, number: int) -> None:
    sizes, found = input._array.shape, state._array.shape
    features, hidden = weights.ih._array.shape[1], weights.hh._array.shape[1]
    if sizes[1] != features:
        raise RuntimeError(f"input has inconsistent input_size: got {sizes[1]} expected {features}")
    if sizes[0] != found[0]:
        raise RuntimeError(f"Input batch size {sizes[0]} doesn't match hidden{number} batch size {found[0]}")
    if found[1] != hidden:
        raise RuntimeError(f"hidden{number} has inconsistent hidden_size: got {found[1]}, expected {hidden}")
