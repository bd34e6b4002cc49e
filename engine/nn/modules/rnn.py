"""Recurrent networks: RNN, LSTM and GRU. The cells, which do one step, stand in `rnn_cells`.

Source: torch.nn, "Recurrent Layers".
"""

from __future__ import annotations

import math
import numbers
import warnings
from typing import Any

from ...late import attributes
from ...naming import name_after
from ...ops import creation, recurrent
from ...transforms import lowering
from .. import init
from ..parameter import Parameter
from ..utils.rnn import PackedSequence
from .module import Module

__all__ = ["GRU", "LSTM", "RNN", "RNNBase"]

__getattr__, __dir__ = attributes(__name__, {"nn.modules.rnn_cells": "GRUCell LSTMCell RNNCell RNNCellBase"})

_GATES = {"LSTM": 4, "GRU": 3, "RNN_TANH": 1, "RNN_RELU": 1}


class RNNBase(Module):
    """What RNN, LSTM and GRU share: the weights of their layers, and the checks of what they are given."""

    mode: str
    input_size: int
    hidden_size: int
    num_layers: int
    bias: bool
    batch_first: bool
    dropout: float
    bidirectional: bool
    proj_size: int

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size
        _check_dropout(dropout, num_layers)
        self._check_options()
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for suffix in ("", "_reverse") if bidirectional else ("",):
                self._add_layer(layer, suffix, {"device": device, "dtype": dtype})
        self.reset_parameters()

    def _check_options(self) -> None:
        for name in ("bias", "batch_first"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                raise TypeError(f"{name} should be of type bool, got: {type(value).__name__}")
        for name in ("input_size", "hidden_size"):
            value = getattr(self, name)
            if not isinstance(value, int):
                raise TypeError(f"{name} should be of type int, got: {type(value).__name__}")
            if value <= 0:
                raise ValueError(f"{name} must be greater than zero")
        if self.num_layers <= 0:
            raise ValueError("num_layers must be greater than zero")
        if self.proj_size < 0:
            raise ValueError("proj_size should be a positive integer or zero to disable projections")
        if self.proj_size >= self.hidden_size:
            raise ValueError("proj_size has to be smaller than hidden_size")
        if self.mode not in _GATES:
            raise ValueError("Unrecognized RNN mode: " + self.mode)

    def _add_layer(self, layer: int, suffix: str, factory: dict[str, Any]) -> None:
        directions = 2 if self.bidirectional else 1
        gates = _GATES[self.mode] * self.hidden_size
        outer = self._state_size()
        sizes: dict[str, tuple[int, ...]] = {
            "weight_ih": (gates, self.input_size if layer == 0 else outer * directions),
            "weight_hh": (gates, outer),
        }
        if self.bias:
            sizes.update(bias_ih=(gates,), bias_hh=(gates,))
        if self.proj_size:
            sizes["weight_hr"] = (self.proj_size, self.hidden_size)
        names = []
        for name, size in sizes.items():
            names.append(f"{name}_l{layer}{suffix}")
            setattr(self, names[-1], Parameter(creation.empty(size, **factory)))
        self._all_weights.append(names)

    def _state_size(self) -> int:
        return self.proj_size or self.hidden_size

    @property
    def _flat_weights_names(self) -> list[str]:
        return [name for names in self._all_weights for name in names]

    @property
    def _flat_weights(self) -> list[Any]:
        return [getattr(self, name, None) for name in self._flat_weights_names]

    @property
    def all_weights(self) -> list[list[Any]]:
        """The parameters, a list for each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def flatten_parameters(self) -> None:
        """Nothing on the CPU: a program may call it before each forward."""

    def reset_parameters(self) -> None:
        """Draw all weights anew, uniformly from ±1/sqrt(hidden_size)."""
        bound = 1.0 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for weight in self.parameters():
            init.uniform_(weight, -bound, bound)

    # ---- checks --------------------------------------------------------------------------------------------

    def check_input(self, input: Any, batch_sizes: Any) -> None:
        """Raise where type or sizes of the input do not fit the weights."""
        wanted = self._flat_weights[0].dtype
        if input.dtype != wanted and not lowering():
            raise ValueError(
                f"RNN input dtype ({input.dtype}) does not match weight dtype ({wanted}). Convert input: input.to({wanted}), "
                f"or convert model: model.to({input.dtype})"
            )
        ndim = 2 if batch_sizes is not None else 3
        if input.dim() != ndim:
            raise RuntimeError(f"input must have {ndim} dimensions, got {input.dim()}")
        if self.input_size != input.size(-1):
            raise RuntimeError(
                f"input.size(-1) must be equal to input_size. Expected {self.input_size}, got {input.size(-1)}"
            )

    def get_expected_hidden_size(self, input: Any, batch_sizes: Any) -> tuple[int, int, int]:
        """The sizes that the hidden state must have."""
        return (self._layers(), self._batch(input, batch_sizes), self._state_size())

    def _layers(self) -> int:
        return self.num_layers * (2 if self.bidirectional else 1)

    def _batch(self, input: Any, batch_sizes: Any) -> int:
        if batch_sizes is not None:
            return int(batch_sizes[0])
        size: int = input.size(0 if self.batch_first else 1)
        return size

    def check_hidden_size(
        self, hx: Any, expected_hidden_size: Any, msg: str = "Expected hidden size {}, got {}"
    ) -> None:
        """Raise where the hidden state has other sizes."""
        if hx.size() != expected_hidden_size:
            raise RuntimeError(msg.format(expected_hidden_size, list(hx.size())))

    def check_forward_args(self, input: Any, hidden: Any, batch_sizes: Any) -> None:
        """Raise where input or hidden state do not fit."""
        self.check_input(input, batch_sizes)
        self.check_hidden_size(hidden, self.get_expected_hidden_size(input, batch_sizes))

    def permute_hidden(self, hx: Any, permutation: Any) -> Any:
        """The states of the batch in another order."""
        return hx if permutation is None else hx.index_select(1, permutation)

    # ---- forward -------------------------------------------------------------------------------------------

    def forward(self, input: Any, hx: Any = None) -> Any:
        """The outputs of all steps, and the last state of each layer."""
        if isinstance(input, PackedSequence):
            return self._forward_packed(input, hx)
        self._check_ranks(input, hx)
        batched = input.dim() == 3
        batch_dim = 0 if self.batch_first else 1
        if not batched:
            input = input.unsqueeze(batch_dim)
            hx = None if hx is None else self._each(lambda state: state.unsqueeze(1), hx)
        if hx is None:
            hx = self._first_states(input, input.size(batch_dim))
        self.check_forward_args(input, hx, None)
        output, last = self._run(input, hx, self._flat_weights, *self._options(), self.batch_first)
        if not batched:
            output = output.squeeze(batch_dim)
            last = self._each(lambda state: state.squeeze(1), last)
        return output, last

    def _forward_packed(self, input: Any, hx: Any) -> Any:
        data, batch_sizes, sorted_indices, unsorted_indices = input
        if hx is None:
            hx = self._first_states(data, int(batch_sizes[0]))
        else:
            hx = self.permute_hidden(hx, sorted_indices)
        self._check_packed(data, hx, batch_sizes)
        output, last = self._run(data, batch_sizes, hx, self._flat_weights, *self._options())
        packed = PackedSequence(output, batch_sizes, sorted_indices, unsorted_indices)
        return packed, self.permute_hidden(last, unsorted_indices)

    def _check_packed(self, data: Any, hx: Any, batch_sizes: Any) -> None:
        self.check_forward_args(data, hx, batch_sizes)

    def _options(self) -> tuple[Any, ...]:
        return self.bias, self.num_layers, self.dropout, self.training, self.bidirectional

    def _first_states(self, input: Any, batch: int) -> Any:
        sizes = (self._layers(), batch, self._state_size())
        return creation.zeros(sizes, dtype=input.dtype, device=input.device)

    def _check_ranks(self, input: Any, hx: Any) -> None:
        """Raise where input or states have another number of dimensions than a batch, or one example, has."""
        ndim = input.dim()
        if ndim not in (2, 3):
            raise ValueError(self._wrong_rank(ndim))
        if hx is not None:
            self._check_rank_of_states(hx, ndim, "unbatched 2-D" if ndim == 2 else "batched 3-D")

    def _check_rank_of_states(self, hx: Any, ndim: int, kind: str) -> None:
        if hx.dim() != ndim:
            raise RuntimeError(f"For {kind} input, hx should also be {ndim}-D but got {hx.dim()}-D tensor")

    def _wrong_rank(self, ndim: int) -> str:
        return f"{self._get_name()}: Expected input to be 2D or 3D, got {ndim}D instead"

    @staticmethod
    def _each(function: Any, states: Any) -> Any:
        return function(states)

    def _run(self, *args: Any) -> tuple[Any, Any]:
        raise NotImplementedError(f"{type(self).__name__} says no forward of its own: use RNN, LSTM or GRU")

    def extra_repr(self) -> str:
        """The sizes, and the options that differ from the default."""
        text = f"{self.input_size}, {self.hidden_size}"
        defaults = {
            "proj_size": 0,
            "num_layers": 1,
            "bias": True,
            "batch_first": False,
            "dropout": 0,
            "bidirectional": False,
        }
        for name, default in defaults.items():
            value = getattr(self, name)
            if value != default:
                text += f", {name}={value}"
        return text


def _check_dropout(dropout: Any, num_layers: int) -> None:
    if not isinstance(dropout, numbers.Number) or isinstance(dropout, bool) or not 0 <= dropout <= 1:  # type: ignore[operator]
        raise ValueError(
            "dropout should be a number in range [0, 1] representing the probability of an element being zeroed"
        )
    if dropout and num_layers == 1:
        warnings.warn(
            "dropout option adds dropout after all but last recurrent layer, so non-zero dropout expects num_layers greater "
            f"than 1, but got dropout={dropout} and num_layers={num_layers}",
            stacklevel=4,
        )


def _refuse_projection(kwargs: dict[str, Any]) -> None:
    if "proj_size" in kwargs:
        raise ValueError("proj_size argument is only supported for LSTM, not RNN or GRU")


class RNN(RNNBase):
    """An Elman network: the hidden state is tanh, or the positive part, of what input and hidden state add."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        if len(args) > 3:
            nonlinearity = args[3]
            args = args[:3] + args[4:]
        else:
            nonlinearity = kwargs.pop("nonlinearity", "tanh")
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"Unknown nonlinearity '{nonlinearity}'. Select from 'tanh' or 'relu'.")
        super().__init__(f"RNN_{nonlinearity.upper()}", *args, **kwargs)
        self.nonlinearity = nonlinearity

    def _run(self, *args: Any) -> tuple[Any, Any]:
        run = recurrent.rnn_tanh if self.mode == "RNN_TANH" else recurrent.rnn_relu
        output, last = run(*args)
        return output, last

    def _wrong_rank(self, ndim: int) -> str:
        return f"RNN: Expected input to be 2D or 3D, got {ndim}D tensor instead"


class GRU(RNNBase):
    """Gated recurrent units."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        _refuse_projection(kwargs)
        super().__init__("GRU", *args, **kwargs)

    def _run(self, *args: Any) -> tuple[Any, Any]:
        output, last = recurrent.gru(*args)
        return output, last


class LSTM(RNNBase):
    """Long short-term memory: its state is a pair of hidden state and cell."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__("LSTM", *args, **kwargs)

    def get_expected_cell_size(self, input: Any, batch_sizes: Any) -> tuple[int, int, int]:
        """The sizes that the cell must have."""
        return (self._layers(), self._batch(input, batch_sizes), self.hidden_size)

    def check_forward_args(self, input: Any, hidden: Any, batch_sizes: Any) -> None:
        """Raise where input, hidden state or cell do not fit."""
        self.check_input(input, batch_sizes)
        wanted = (
            self.get_expected_hidden_size(input, batch_sizes),
            self.get_expected_cell_size(input, batch_sizes),
        )
        for number in (0, 1):
            self.check_hidden_size(
                hidden[number], wanted[number], f"Expected hidden[{number}] size {{}}, got {{}}"
            )

    def _check_packed(self, data: Any, hx: Any, batch_sizes: Any) -> None:
        """Nothing: PyTorch lets an LSTM's arithmetic refuse what does not fit."""

    def permute_hidden(self, hx: Any, permutation: Any) -> Any:
        """Both states of the batch in another order."""
        return hx if permutation is None else tuple([each.index_select(1, permutation) for each in hx])

    def _first_states(self, input: Any, batch: int) -> Any:
        sizes = (self._layers(), batch, self.hidden_size)
        cells = creation.zeros(sizes, dtype=input.dtype, device=input.device)
        return super()._first_states(input, batch), cells

    def _check_rank_of_states(self, hx: Any, ndim: int, kind: str) -> None:
        one, two = hx[0].dim(), hx[1].dim()
        if one != ndim or two != ndim:
            raise RuntimeError(
                f"For {kind} input, hx and cx should also be {ndim}-D but got ({one}-D, {two}-D) tensors"
            )

    @staticmethod
    def _each(function: Any, states: Any) -> Any:
        return tuple([function(each) for each in states])

    def _run(self, *args: Any) -> tuple[Any, Any]:
        output, *last = recurrent.lstm(*args)
        return output, tuple(last)


name_after("forward", RNN, GRU, LSTM)
