"""`torch.nn.RNNCell`, `LSTMCell` and `GRUCell`: one step of a recurrent network."""

from __future__ import annotations

from math import prod

from conformance import case, raises

RNN_CELL, LSTM_CELL, GRU_CELL = "torch.nn: RNNCell", "torch.nn: LSTMCell", "torch.nn: GRUCell"


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


@case(RNN_CELL)
def rnn_cell(torch):
    """An RNN cell gives the next hidden state: tanh or the positive part of what input and state add."""
    for nonlinearity in ("tanh", "relu"):
        cell = filled(torch, torch.nn.RNNCell(3, 2, nonlinearity=nonlinearity))
        source, state = numbers(torch, 2, 3).requires_grad_(), numbers(torch, 2, 2, start=2).requires_grad_()
        found = cell(source, state)
        yield f"{nonlinearity}", found
        weighed(torch, found).backward()
        yield f"{nonlinearity}: grads", [source.grad, state.grad, *[each.grad for each in cell.parameters()]]
        yield f"{nonlinearity}: text", repr(cell)


@case(LSTM_CELL)
def lstm_cell(torch):
    """An LSTM cell gives the next hidden state and cell, and shows the operations that it is composed of."""
    cell = filled(torch, torch.nn.LSTMCell(2, 3))
    source = numbers(torch, 2, 2).requires_grad_()
    states = (numbers(torch, 2, 3, start=2).requires_grad_(), numbers(torch, 2, 3, start=3).requires_grad_())
    hidden, kept = cell(source, states)
    yield "hidden", hidden
    yield "cell", kept
    weighed(torch, hidden, kept).backward()
    yield "grads", [source.grad, states[0].grad, states[1].grad, *[each.grad for each in cell.parameters()]]


@case(GRU_CELL)
def gru_cell(torch):
    """A GRU cell gives the next hidden state, and shows the operations that it is composed of."""
    cell = filled(torch, torch.nn.GRUCell(2, 3))
    source, state = numbers(torch, 2, 2).requires_grad_(), numbers(torch, 2, 3, start=2).requires_grad_()
    found = cell(source, state)
    yield "hidden", found
    weighed(torch, found).backward()
    yield "grads", [source.grad, state.grad, *[each.grad for each in cell.parameters()]]


@case(RNN_CELL)
def cells_in_a_loop(torch):
    """A loop over a cell carries its state from step to step, and gradients back through all of them."""
    for name in ("RNNCell", "LSTMCell", "GRUCell"):
        cell = filled(torch, getattr(torch.nn, name)(2, 2, bias=name != "GRUCell"))
        state, outputs = None, []
        for step in range(4):
            state = cell(numbers(torch, 1, 2, start=step), state)
            outputs.append(state[0] if isinstance(state, tuple) else state)
        yield f"{name} outputs", torch.stack(outputs).detach()
        weighed(torch, *outputs).backward()
        yield f"{name} grad", cell.weight_hh.grad


@case(RNN_CELL)
def cells_without_a_batch(torch):
    """An input of one dimension is one example; so is what a cell returns for it."""
    for name in ("RNNCell", "LSTMCell", "GRUCell"):
        cell = filled(torch, getattr(torch.nn, name)(2, 3))
        yield f"{name} from zeros", cell(numbers(torch, 2))
        state = numbers(torch, 3, start=2)
        yield f"{name} from a state", cell(numbers(torch, 2), (state, state) if name == "LSTMCell" else state)


@case(RNN_CELL)
def texts_and_first_weights_of_cells(torch):
    """The text of a cell shows its sizes and options; weights are drawn in the order of the parameters."""
    nn = torch.nn
    for name, options in (
        ("RNNCell", {"nonlinearity": "relu", "bias": False}),
        ("LSTMCell", {}),
        ("GRUCell", {}),
    ):
        torch.manual_seed(4)
        cell = getattr(nn, name)(2, 2, **options)
        yield f"{name}", repr(cell)
        yield f"{name} parameters", dict(cell.named_parameters())
        yield f"{name} bias", cell.bias_ih is None


@case(RNN_CELL)
def refused_inputs_of_cells(torch):
    """Inputs and states of wrong sizes or ranks are refused, and say what was expected."""
    for name in ("RNNCell", "LSTMCell", "GRUCell"):
        cell = getattr(torch.nn, name)(2, 3)

        def given(*sizes, name=name):
            """A state of these sizes, or a pair of such."""
            state = torch.zeros(*sizes)
            return (state, state) if name == "LSTMCell" else state

        yield f"{name} rank", raises(lambda cell=cell: cell(torch.zeros(1, 2, 2)))
        yield (
            f"{name} rank of state",
            raises(lambda cell=cell, given=given: cell(torch.zeros(2, 2), given(1, 2, 3))),
        )
        yield f"{name} features", raises(lambda cell=cell: cell(torch.zeros(2, 5)))
        yield f"{name} batch", raises(lambda cell=cell, given=given: cell(torch.zeros(2, 2), given(4, 3)))
        yield (
            f"{name} hidden size",
            raises(lambda cell=cell, given=given: cell(torch.zeros(2, 2), given(2, 4))),
        )
    cell = torch.nn.RNNCell(2, 3, nonlinearity="selu")
    yield "nonlinearity", raises(lambda: cell(torch.zeros(2, 2)))


@case("torch: lstm_cell")
def cells_as_functions(torch):
    """The functions of the namespace take the weights one by one; biases may be left out."""
    source, state = numbers(torch, 2, 2), numbers(torch, 2, 3, start=2)

    def weights(gates):
        """Both weights of a cell."""
        return numbers(torch, 3 * gates, 2, start=3), numbers(torch, 3 * gates, 3, start=4)

    yield "rnn_tanh_cell", torch.rnn_tanh_cell(source, state, *weights(1))
    yield "rnn_relu_cell", torch.rnn_relu_cell(source, state, *weights(1))
    yield (
        "gru_cell",
        torch.gru_cell(source, state, *weights(3), numbers(torch, 9), numbers(torch, 9, start=2)),
    )
    yield "lstm_cell", torch.lstm_cell(source, [state, state * 0.5], *weights(4))
