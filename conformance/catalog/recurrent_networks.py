"""`torch.nn.RNN`, `LSTM` and `GRU`: numbers, gradients, the graph they show, texts and refusals."""

from __future__ import annotations

import copy
from math import prod

from conformance import case, raises

RNN, LSTM, GRU = "torch.nn: RNN", "torch.nn: LSTM", "torch.nn: GRU"


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


def gradients(module):
    """The gradients of all parameters by name."""
    return {name: parameter.grad for name, parameter in module.named_parameters()}


@case(RNN)
def rnn_over_time(torch):
    """An RNN applies tanh to the sum of input and state at each step; it returns all outputs and the last state."""
    net = filled(torch, torch.nn.RNN(3, 2))
    source = numbers(torch, 4, 2, 3).requires_grad_()
    output, last = net(source)
    yield "output", output
    yield "last", last
    weighed(torch, output, last).backward()
    yield "grad of the input", source.grad
    yield "grads of the parameters", gradients(net)


@case(RNN)
def rnn_with_relu(torch):
    """With `nonlinearity='relu'` an RNN takes the positive part; a fourth positional argument is the nonlinearity."""
    net = filled(torch, torch.nn.RNN(2, 3, 1, "relu", False))
    yield "text", repr(net)
    yield "nonlinearity", net.nonlinearity
    source = numbers(torch, 3, 2, 2).requires_grad_()
    output, last = net(source, numbers(torch, 1, 2, 3, start=2))
    yield "output", output
    weighed(torch, output, last).backward()
    yield "grad", source.grad
    yield "mode", net.mode


@case(LSTM)
def lstm_over_time(torch):
    """An LSTM in float32 shows one node for each layer; its output, last states and gradients."""
    net = filled(torch, torch.nn.LSTM(3, 2))
    source = numbers(torch, 3, 2, 3).requires_grad_()
    output, (hidden, cell) = net(source)
    yield "output", output
    yield "hidden", hidden
    yield "cell", cell
    weighed(torch, output, hidden, cell).backward()
    yield "grad of the input", source.grad
    yield "grads of the parameters", gradients(net)


@case(LSTM)
def lstm_in_double_precision(torch):
    """An LSTM in float64 is composed of other operations, whose nodes show."""
    net = filled(torch, torch.nn.LSTM(2, 2, dtype=torch.float64))
    source = numbers(torch, 2, 1, 2, dtype=torch.float64).requires_grad_()
    output, (hidden, cell) = net(source)
    yield "output", output
    yield "cell", cell
    weighed(torch, output.float(), hidden.float()).backward()
    yield "grad", source.grad
    yield "grads of the parameters", gradients(net)


@case(LSTM)
def lstm_from_given_states(torch):
    """First states that are given get gradients; those of each layer and direction are slices of them."""
    net = filled(torch, torch.nn.LSTM(2, 3, num_layers=2, bidirectional=True))
    source = numbers(torch, 3, 2, 2)
    hidden = numbers(torch, 4, 2, 3, start=2).requires_grad_()
    cell = numbers(torch, 4, 2, 3, start=3).requires_grad_()
    output, (last_hidden, last_cell) = net(source, (hidden, cell))
    yield "output", output
    yield "last hidden", last_hidden
    weighed(torch, output, last_hidden, last_cell).backward()
    yield "grad of hidden", hidden.grad
    yield "grad of cell", cell.grad


@case(LSTM)
def lstm_with_projections(torch):
    """With `proj_size` the hidden state is projected; PyTorch says that it cannot use its quick way."""
    net = filled(torch, torch.nn.LSTM(2, 4, num_layers=2, proj_size=3))
    yield "text", repr(net)
    yield "sizes", {name: list(parameter.shape) for name, parameter in net.named_parameters()}
    output, (hidden, cell) = net(numbers(torch, 3, 2, 2))
    yield "output", output
    yield "hidden", hidden
    yield "cell", cell
    weighed(torch, output).backward()
    yield "grad of the projection", net.weight_hr_l0.grad


@case(LSTM)
def second_derivatives_of_an_lstm(torch):
    """The gradient of an LSTM that shows one node can be differentiated again."""
    net = filled(torch, torch.nn.LSTM(2, 2))
    source = numbers(torch, 3, 1, 2).requires_grad_()
    output, (hidden, _) = net(source)
    (first,) = torch.autograd.grad(weighed(torch, output.pow(2), hidden), source, create_graph=True)
    yield "first", first.detach()
    second = torch.autograd.grad(weighed(torch, first), [source, *net.parameters()], allow_unused=True)
    yield "second", [each.clone() for each in second if each is not None]


@case(GRU)
def gru_over_time(torch):
    """A GRU's output, last state, gradients and graph."""
    net = filled(torch, torch.nn.GRU(2, 2))
    source = numbers(torch, 2, 2, 2).requires_grad_()
    output, last = net(source)
    yield "output", output
    yield "last", last
    weighed(torch, output, last).backward()
    yield "grad of the input", source.grad
    yield "grads of the parameters", gradients(net)


@case(GRU)
def gru_in_both_directions(torch):
    """`bidirectional` adds a network that reads backwards; layers above see both outputs side by side."""
    net = filled(torch, torch.nn.GRU(2, 2, num_layers=2, bidirectional=True, batch_first=True))
    source = numbers(torch, 2, 3, 2).requires_grad_()
    output, last = net(source, numbers(torch, 4, 2, 2, start=4))
    yield "output", output.detach()
    yield "strides", output.stride()
    yield "last", last.detach()
    weighed(torch, output, last).backward()
    yield "grad", source.grad


@case(RNN)
def batch_first(torch):
    """With `batch_first` input and output are (batch, time, features); the states are not."""
    for name in ("RNN", "LSTM", "GRU"):
        net = filled(torch, getattr(torch.nn, name)(2, 3, batch_first=True))
        output, states = net(numbers(torch, 2, 4, 2))
        yield f"{name} output", output
        yield f"{name} strides", output.stride()
        yield f"{name} shape of the state", list((states[0] if isinstance(states, tuple) else states).shape)


@case(RNN)
def without_a_batch(torch):
    """An input of two dimensions is one sequence; the states then have two as well."""
    for name in ("RNN", "LSTM", "GRU"):
        net = filled(torch, getattr(torch.nn, name)(2, 3))
        output, states = net(numbers(torch, 4, 2))
        yield f"{name} output", output
        yield f"{name} states", states
        given = numbers(torch, 1, 3, start=2)
        output, states = net(numbers(torch, 4, 2), (given, given) if name == "LSTM" else given)
        yield f"{name} from a given state", output


@case(RNN)
def parameters_of_recurrent_networks(torch):
    """The parameters are named by layer and direction, in the order of `all_weights`."""
    for net in (
        torch.nn.RNN(2, 3, 2, bidirectional=True),
        torch.nn.LSTM(2, 3, bias=False),
        torch.nn.LSTM(4, 3, 2, proj_size=2),
        torch.nn.GRU(2, 3, 2),
    ):
        yield net.mode, {name: list(parameter.shape) for name, parameter in net.named_parameters()}
        yield "all_weights", [[list(each.shape) for each in weights] for weights in net.all_weights]
        yield "flatten_parameters", net.flatten_parameters()
        yield "state", list(net.state_dict())


@case(RNN)
def first_weights_of_recurrent_networks(torch):
    """All weights are drawn in the order of the parameters, uniformly from ±1/sqrt(hidden_size)."""
    for name, options in (
        ("RNN", {}),
        ("LSTM", {"num_layers": 2, "proj_size": 1}),
        ("GRU", {"bidirectional": True, "bias": False}),
    ):
        torch.manual_seed(11)
        net = getattr(torch.nn, name)(2, 3, **options)
        for place, parameter in net.named_parameters():
            yield f"{name} {place}", parameter
        yield "what is drawn next", torch.rand(2)


@case(RNN)
def texts_of_recurrent_networks(torch):
    """The text of a network shows the sizes, and the options that differ from their defaults."""
    nn = torch.nn
    for net in (
        nn.RNN(10, 20),
        nn.RNN(10, 20, nonlinearity="relu"),
        nn.RNN(10, 20, 2, bias=False, batch_first=True, dropout=0.25, bidirectional=True),
        nn.LSTM(4, 5, proj_size=3),
        nn.GRU(input_size=4, hidden_size=5, num_layers=3, dropout=0.5),
        nn.Sequential(nn.LSTM(2, 3), nn.GRU(3, 4)),
    ):
        yield repr(net)


@case(RNN)
def dropout_between_layers(torch):
    """Dropout works on the outputs of all layers but the last, while training only."""
    for name in ("RNN", "LSTM", "GRU"):
        net = filled(torch, getattr(torch.nn, name)(2, 4, num_layers=2, dropout=0.5))
        source = numbers(torch, 3, 2, 2)
        torch.manual_seed(5)
        yield f"{name} in training", net(source)[0]
        net.eval()
        yield f"{name} in evaluation", net(source)[0]


@case(RNN)
def refused_options_of_recurrent_networks(torch):
    """Options of wrong types or values are refused; dropout on one layer is warned of."""
    nn = torch.nn
    yield "nonlinearity", raises(lambda: nn.RNN(2, 3, nonlinearity="selu"))
    yield "projection of an RNN", raises(lambda: nn.RNN(2, 3, proj_size=2))
    yield "projection of a GRU", raises(lambda: nn.GRU(2, 3, proj_size=2))
    yield "projection as large", raises(lambda: nn.LSTM(2, 3, proj_size=3))
    yield "negative projection", raises(lambda: nn.LSTM(2, 3, proj_size=-1))
    yield "dropout above 1", raises(lambda: nn.LSTM(2, 3, dropout=1.5))
    yield "dropout as bool", raises(lambda: nn.LSTM(2, 3, dropout=True))
    yield "bias", raises(lambda: nn.LSTM(2, 3, bias=1))
    yield "batch_first", raises(lambda: nn.GRU(2, 3, batch_first=0))
    yield "input size", raises(lambda: nn.GRU(2.0, 3))
    yield "no input", raises(lambda: nn.GRU(0, 3))
    yield "hidden size", raises(lambda: nn.GRU(2, "3"))
    yield "no hidden state", raises(lambda: nn.RNN(2, 0))
    yield "no layers", raises(lambda: nn.RNN(2, 3, 0))
    yield "a mode that is none", raises(lambda: nn.RNNBase("LSTM2", 2, 3))
    yield "dropout on one layer", repr(nn.LSTM(2, 3, dropout=0.5))


@case(RNN)
def refused_inputs_of_recurrent_networks(torch):
    """Inputs and states of wrong sizes, ranks or types are refused, and say what was expected."""
    for name in ("RNN", "LSTM", "GRU"):
        net = getattr(torch.nn, name)(2, 3)

        def given(*sizes, name=name):
            """A state of these sizes, or a pair of such."""
            state = numbers(torch, *sizes)
            return (state, state) if name == "LSTM" else state

        yield f"{name} rank", raises(lambda net=net: net(numbers(torch, 2)))
        yield f"{name} features", raises(lambda net=net: net(numbers(torch, 2, 2, 4)))
        yield f"{name} type", raises(lambda net=net: net(numbers(torch, 2, 2, 2, dtype=torch.float64)))
        yield (
            f"{name} state",
            raises(lambda net=net, given=given: net(numbers(torch, 2, 2, 2), given(1, 3, 3))),
        )
        yield (
            f"{name} rank of state",
            raises(lambda net=net, given=given: net(numbers(torch, 2, 2, 2), given(2, 3))),
        )
        yield (
            f"{name} state without a batch",
            raises(lambda net=net, given=given: net(numbers(torch, 2, 2), given(1, 1, 3))),
        )
        yield f"{name} no steps", raises(lambda net=net: net(torch.zeros(0, 2, 2)))


@case(LSTM)
def refused_states_of_an_lstm(torch):
    """Hidden state and cell are checked one after the other."""
    net = torch.nn.LSTM(2, 4, proj_size=3)
    source = numbers(torch, 3, 2, 2, start=4)
    yield "hidden", raises(lambda: net(source, (torch.zeros(1, 2, 4), torch.zeros(1, 2, 4))))
    yield "cell", raises(lambda: net(source, (torch.zeros(1, 2, 3), torch.zeros(1, 2, 3))))
    yield "ranks", raises(lambda: net(source, (torch.zeros(1, 2, 3), torch.zeros(2, 4))))


@case(RNN)
def copies_of_recurrent_networks(torch):
    """A deep copy has weights of its own; a change of type and a loaded state are seen by the next forward."""
    net = filled(torch, torch.nn.LSTM(2, 2))
    other = copy.deepcopy(net)
    with torch.no_grad():
        other.weight_ih_l0.mul_(-0.5)
    source = numbers(torch, 2, 1, 2)
    yield "the network", net(source)[0].detach()
    yield "its copy", other(source)[0].detach()
    other.load_state_dict(net.state_dict())
    yield "after loading", other(source)[0].detach()
    net.double()
    yield "in double precision", net(source.double())[0].detach()
    net.weight_hh_l0 = torch.nn.Parameter(numbers(torch, 8, 2, start=8, dtype=torch.float64))
    yield "with another weight", net(source.double())[0].detach()


@case(LSTM)
def lstm_without_recording(torch):
    """In `no_grad` the outputs do not require grad, and are the same."""
    net = filled(torch, torch.nn.LSTM(2, 3, num_layers=2))
    with torch.no_grad():
        output, (hidden, cell) = net(numbers(torch, 3, 2, 2))
    yield "output", output
    yield "hidden", hidden
    yield "cell", cell


@case(LSTM)
def one_part_of_what_an_lstm_returns(torch):
    """Gradients flow from the last cell alone, and from one step's output alone."""
    net = filled(torch, torch.nn.LSTM(2, 2, num_layers=2))
    source = numbers(torch, 3, 2, 2).requires_grad_()
    _, (_, cell) = net(source)
    yield "by the cell", torch.autograd.grad(weighed(torch, cell), source)[0]
    output, _ = net(source)
    yield "by the second step", torch.autograd.grad(weighed(torch, output[1]), source)[0]
    output, (hidden, _) = net(source.detach())
    weighed(torch, hidden[0]).backward()
    yield (
        "parameters behind the first layer",
        {name: parameter.grad is None for name, parameter in net.named_parameters()},
    )
