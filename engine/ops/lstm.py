"""A layer of an LSTM as one operation with one node, as PyTorch has it for float32.

Source: torch.nn.LSTM; Hochreiter and Schmidhuber, "Long short-term memory" (1997).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from ..grad_mode import mode
from ..node import ReadOnly
from ..op import op, wrap
from ..saved import unpack
from .refusals import no_forward_mode


def _layer_backward(grads, tensors, result0, result3, reverse):
    """The gradients of input, weights, biases, and both first states."""
    if mode.recording:
        return _differentiable_backward(grads, tensors, reverse)
    arrays = [None if grad is None else grad._array for grad in grads[:3]]
    found = _gradients(arrays, [each._array for each in tensors], result0._array, result3._array, reverse)
    return [wrap(array) for array in found]


def _differentiable_backward(grads, tensors, reverse):
    """The same by way of the operations that the layer is composed of, so that it can be differentiated again."""
    from ..backward import grad as gradients_of
    from .recurrent import Weights, lstm_cell_step, over_time

    wanted = [each.requires_grad for each in tensors]
    below = [_at_running_levels(each) for each in tensors]
    tracked = any(each is not None and each.requires_grad for each in (*below, *grads))
    inputs = [_recorded(each) if asked else each for each, asked in zip(below, wanted)]
    input, *weights, h, c = inputs
    output, (hy, cy) = over_time(lstm_cell_step, input, (h, c), Weights(*weights), reverse)
    pairs = [(each, grad) for each, grad in zip((output, hy, cy), grads) if grad is not None]
    found = iter(
        gradients_of(
            [each for each, _ in pairs],
            [each for each, asked in zip(inputs, wanted) if asked],
            [grad for _, grad in pairs],
            create_graph=True,
            allow_unused=True,
        )
    )
    ordered = [next(found) if asked else None for asked in wanted]
    return ordered if tracked else [None if each is None else each.detach() for each in ordered]


def _at_running_levels(tensor):
    """What a tensor is below the function transforms that have returned, which record nothing any more."""
    while getattr(tensor, "_level", None) is not None and tensor._level.over:
        tensor = tensor._value
    return tensor


def _recorded(tensor):
    """The tensor, or if nothing follows it a leaf of these values."""
    if tensor.requires_grad:
        return tensor
    leaf = tensor.detach()
    leaf._requires_grad = True
    return leaf


@op(
    tensors=_layer_backward,
    outputs=("result0", "result1", "result2", "result3"),
    exact=True,
    jvp=no_forward_mode("mkldnn_rnn_layer"),
    node="MkldnnRnnLayerBackward0",
)
def lstm_layer(tensors, reverse):
    """Output, last states, and what backward needs: the gates (input, forget, output, new cell), cells and their tanh.

    Each gate has an array of its own, (time, batch, features), so that most steps work on memory without gaps.
    """
    input, weight_ih, weight_hh, bias_ih, bias_hh, h, c = tensors
    steps, batch, features = input.shape
    size = h.shape[1]
    workspace = np.empty((6, steps, batch, size), input.dtype)
    flat = np.matmul(input.reshape(steps * batch, features), _by_kind(weight_ih, size).T)
    biases = _by_kind(bias_ih + bias_hh, size).reshape(4, 1, 1, size)
    np.add(np.moveaxis(flat.reshape(steps, batch, 4, size), 2, 0), biases, out=workspace[:4])
    turned = np.ascontiguousarray(_by_kind(weight_hh, size).T)
    output = np.empty((steps, batch, size), input.dtype)
    inner, product = np.empty((batch, 4 * size), input.dtype), np.empty((batch, size), input.dtype)
    by_gate = inner.reshape(batch, 4, size).swapaxes(0, 1)
    for step in range(steps - 1, -1, -1) if reverse else range(steps):
        gates, sigmoids = workspace[:4, step], workspace[:3, step]
        enters, stays, leaves, new, cell, squashed = workspace[:, step]
        np.matmul(h, turned, out=inner)
        np.add(gates, by_gate, out=gates)
        np.exp(sigmoids, out=sigmoids)
        np.add(sigmoids, 1, out=sigmoids)
        np.reciprocal(sigmoids, out=sigmoids)
        np.tanh(new, out=new)
        np.multiply(stays, c, out=cell)
        np.multiply(enters, new, out=product)
        np.add(cell, product, out=cell)
        np.tanh(cell, out=squashed)
        h = np.multiply(leaves, squashed, out=output[step])
        c = cell
    return output, h.copy(), c.copy(), workspace


def _by_kind(weight, size):
    """Rows in the order input, forget, output, new cell; the first three negated, as `exp` of a sigmoid wants them."""
    return np.concatenate((-weight[: 2 * size], -weight[3 * size :], weight[2 * size : 3 * size]))


def _gradients(grads, tensors, output, workspace, reverse):
    input, weight_ih, weight_hh, _, _, first_h, first_c = tensors
    steps, batch, size = output.shape
    i, f, o, g, cells, squashed = workspace
    before = _shifted(cells, first_c, reverse)
    inner = np.empty((steps, batch, 4, size), output.dtype)  # of the gates before their activations
    np.multiply(g, _slope(i), out=inner[:, :, 0])
    np.multiply(before, _slope(f), out=inner[:, :, 1])
    through = 1 - squashed * squashed
    through *= o
    np.multiply(i, 1 - g * g, out=inner[:, :, 2])
    np.multiply(squashed, _slope(o), out=inner[:, :, 3])
    of_output, of_h, of_c = grads
    summed, product, zeros = np.zeros((3, batch, size), output.dtype)
    dh = zeros if of_h is None else of_h
    dc = zeros.copy() if of_c is None else of_c.copy()
    for step in range(steps) if reverse else range(steps - 1, -1, -1):
        if of_output is not None:
            dh = np.add(dh, of_output[step], out=summed)
        dc += np.multiply(dh, through[step], out=product)
        row = inner[step]
        row[:, :3] *= dc[:, None]
        row[:, 3] *= dh
        dc *= f[step]
        dh = np.matmul(row.reshape(batch, 4 * size), weight_hh)
    flat = inner.reshape(steps * batch, 4 * size)
    turned = flat.T
    hidden = _shifted(output, first_h, reverse).reshape(steps * batch, size)
    of_bias = np.matmul(np.ones(steps * batch, flat.dtype), flat)
    return [
        np.matmul(flat, weight_ih).reshape(input.shape),
        np.matmul(turned, input.reshape(steps * batch, -1)),
        np.matmul(turned, hidden),
        of_bias,
        of_bias.copy(),
        dh,
        dc,
    ]


def _slope(sigmoid):
    slope = 1 - sigmoid
    slope *= sigmoid
    return slope


def _shifted(states, first, reverse):
    """The state before each step."""
    return np.concatenate((states[1:], first[None]) if reverse else (first[None], states[:-1]))


def show_inputs(node_class: Any, names: tuple[str, ...]) -> None:
    """Show what was saved as a list under the inputs' own names."""
    del node_class._saved_tensors, node_class._raw_saved_tensors
    for index, name in enumerate(names):
        setattr(node_class, f"_saved_{name}", _saved(index))


def _saved(index: int) -> Any:
    return ReadOnly(lambda node: unpack(node._saved[0], node)[index])


show_inputs(
    lstm_layer.declaration.node_class, ("input", "weight0", "weight1", "weight2", "weight3", "hx_", "cx_")
)
