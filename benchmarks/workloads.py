"""The workloads by letter: what is differentiated, on which numbers, and what the engine may cost there.

A forward function gets the engine's namespace, the constants and the leaves. Where all engines use the same
names there is one for all of them; elsewhere each has its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy

from .idioms import Forward, Run, autograd_run, mygrad_run, torch_run, unrecorded

Values = list[numpy.ndarray]

CHAIN, LONG_CHAIN, USES = 1_000, 100_000, 10_000
ELEMENTS, SIDE = 4_000_000, 1024
SEQUENCES, LENGTH, WIDTH, HEADS = 8, 64, 128, 4
SCALE = (WIDTH // HEADS) ** -0.5
ROWS, LOOKED_UP = 1000, 4096


def normal(*shapes: tuple[int, ...], scale: float = 1.0) -> Values:
    """Arrays of normal float32 numbers, the same at each call."""
    generator = numpy.random.default_rng(0)
    return [scale * generator.standard_normal(shape, dtype=numpy.float32) for shape in shapes]


def literal(*values: Any) -> Values:
    """Arrays of these float32 numbers."""
    return [numpy.array(value, dtype=numpy.float32) for value in values]


def chain(length: int, x: Any, factor: Any, term: Any) -> Any:
    """Multiply, which saves both operands, and add, which saves none, in turn: `length` operations in all."""
    for _ in range(length // 2):
        x = x * factor
        x = x + term
    return x


def repeated(_: Any, x: Any) -> Any:
    """Add `x` up, so that its gradient is gathered from `USES` places."""
    total = x
    for _ in range(USES - 1):
        total = total + x
    return total


def step_torch(torch: Any, inputs: Any, targets: Any, *parameters: Any) -> Any:
    """The mean squared error of a network of two layers; weights have the shape (out, in)."""
    weight, bias, weight2, bias2 = parameters
    functional = torch.nn.functional
    hidden = functional.relu(functional.linear(inputs, weight, bias))
    return functional.mse_loss(functional.linear(hidden, weight2, bias2), targets)


def step_autograd(np: Any, inputs: Any, targets: Any, *parameters: Any) -> Any:
    """The mean squared error of a network of two layers; weights have the shape (out, in)."""
    weight, bias, weight2, bias2 = parameters
    hidden = np.maximum(np.dot(inputs, weight.T) + bias, 0)
    return np.mean((np.dot(hidden, weight2.T) + bias2 - targets) ** 2)


def step_mygrad(mygrad: Any, inputs: Any, targets: Any, *parameters: Any) -> Any:
    """The mean squared error of a network of two layers; weights have the shape (out, in)."""
    weight, bias, weight2, bias2 = parameters
    hidden = mygrad.nnet.activations.relu(inputs @ weight.T + bias)
    return ((hidden @ weight2.T + bias2 - targets) ** 2).mean()


def attention(np: Any, softmax: Callable[[Any], Any], x: Any, *weights: Any) -> Any:
    """Attention of several heads, and the mean square of what it gives."""
    shape = (SEQUENCES, LENGTH, HEADS, WIDTH // HEADS)
    query, key, value = [np.swapaxes((x @ weight).reshape(shape), 1, 2) for weight in weights[:3]]
    attended = softmax(query @ np.swapaxes(key, 2, 3)) @ value
    joined = np.swapaxes(attended, 1, 2).reshape(SEQUENCES, LENGTH, WIDTH)
    return ((joined @ weights[3]) ** 2).mean()


def attention_torch(torch: Any, *leaves: Any) -> Any:
    """Attention with PyTorch's softmax."""
    return attention(torch, lambda scores: torch.softmax(scores * SCALE, -1), *leaves)


def attention_autograd(np: Any, *leaves: Any) -> Any:
    """Attention with a softmax written out, as autograd has none."""

    def softmax(scores: Any) -> Any:
        scaled = scores * SCALE
        exponentials = np.exp(scaled - np.max(scaled, axis=-1, keepdims=True))
        return exponentials / np.sum(exponentials, axis=-1, keepdims=True)

    return attention(np, softmax, *leaves)


def attention_mygrad(mygrad: Any, *leaves: Any) -> Any:
    """Attention with mygrad's softmax; mygrad makes float64 of float32 times a Python number."""
    softmax, scale = mygrad.nnet.activations.softmax, numpy.float32(SCALE)
    return attention(mygrad, lambda scores: softmax(scores * scale), *leaves)


def images_torch(torch: Any, inputs: Any, targets: Any, *parameters: Any) -> Any:
    """The mean squared error of a convolution, its largest values in squares of four, and a linear layer."""
    weight, bias, weight2, bias2 = parameters
    functional = torch.nn.functional
    hidden = functional.max_pool2d(functional.relu(functional.conv2d(inputs, weight, bias)), 2)
    return functional.mse_loss(functional.linear(hidden.flatten(1), weight2, bias2), targets)


def images_autograd(np: Any, inputs: Any, targets: Any, *parameters: Any) -> Any:
    """The same with autograd's convolution, which turns its kernel round."""
    from autograd.scipy.signal import convolve

    weight, bias, weight2, bias2 = parameters
    axes, turned = ([2, 3], [2, 3]), weight[:, :, ::-1, ::-1]
    convolved = convolve(inputs, turned, axes=axes, dot_axes=([1], [1]), mode="valid")
    hidden = np.maximum(convolved + np.reshape(bias, (1, -1, 1, 1)), 0)
    count, channels, height, width = hidden.shape
    squares = np.reshape(hidden, (count, channels, height // 2, 2, width // 2, 2))
    pooled = np.reshape(np.max(np.max(squares, axis=5), axis=3), (count, -1))
    return np.mean((np.dot(pooled, weight2.T) + bias2 - targets) ** 2)


def images_mygrad(mygrad: Any, inputs: Any, targets: Any, *parameters: Any) -> Any:
    """The same with mygrad's layers."""
    weight, bias, weight2, bias2 = parameters
    convolved = mygrad.nnet.layers.conv_nd(inputs, weight, stride=1) + bias.reshape(1, -1, 1, 1)
    hidden = mygrad.nnet.activations.relu(convolved)
    pooled = mygrad.nnet.layers.max_pool(hidden, (2, 2), 2).reshape(len(inputs), -1)
    return ((pooled @ weight2.T + bias2 - targets) ** 2).mean()


def broadcast_torch(_: Any, x: Any, row: Any, column: Any) -> Any:
    """A matrix less its rows' means, times a row, plus a column; the squares of its columns' means summed."""
    return (((x - x.mean(1, keepdim=True)) * row + column).mean(0) ** 2).sum()


def broadcast_numpy(_: Any, x: Any, row: Any, column: Any) -> Any:
    """The same in NumPy's words."""
    return (((x - x.mean(axis=1, keepdims=True)) * row + column).mean(axis=0) ** 2).sum()


def rows_torch(torch: Any, left: Any, right: Any, table: Any) -> Any:
    """Rows of a table, many of them several times, side by side; the mean of their squares."""
    return (torch.cat([table[left], table[right]], 1) ** 2).mean()


def rows_numpy(np: Any, left: Any, right: Any, table: Any) -> Any:
    """The same in NumPy's words."""
    return (np.concatenate([table[left], table[right]], axis=1) ** 2).mean()


def looked_up() -> Values:
    """Which rows are looked up, on the left and on the right."""
    generator = numpy.random.default_rng(1)
    return [generator.integers(ROWS, size=LOOKED_UP) for _ in range(2)]


@dataclass(frozen=True)
class Workload:
    """Something to differentiate, and what it may cost."""

    title: str
    target: float | None  # the engine's CPU time, torch's being 1; None: it is only watched
    repeats: int  # runs in one sample: so many that the clock's resolution does not matter
    values: Callable[[], Values]  # of the leaves
    torch: Forward
    autograd: Forward
    mygrad: Forward
    constants: Callable[[], Values] = list
    rate: float | None = None  # of a step of gradient descent that follows
    recorded: bool = True  # whether gradients are wanted

    def build(self, name: str, module: Any) -> Run:
        """Make it ready to run on the engine `name`."""
        idiom, forward = {
            "autograd": (autograd_run, self.autograd),
            "mygrad": (mygrad_run, self.mygrad),
        }.get(name, (torch_run, self.torch))
        if not self.recorded:
            return unrecorded(name, module, forward, self.values())
        return idiom(module, forward, self.constants(), self.values(), self.rate)


def _common(
    title: str, target: float | None, repeats: int, values: Callable[[], Values], forward: Forward
) -> Workload:
    return Workload(title, target, repeats, values, forward, forward, forward)


def _chain(title: str, target: float, repeats: int, length: int) -> Workload:
    return _common(
        title, target, repeats, lambda: literal(1, 1.0001, 0.001), lambda _, *leaves: chain(length, *leaves)
    )


def _images_as_leaves(forward: Forward) -> Forward:
    def call(module: Any, targets: Any, inputs: Any, *parameters: Any) -> Any:
        return forward(module, inputs, targets, *parameters)

    return call


def _parameters() -> Values:
    return normal((16, 3, 5, 5), (16,), (10, 16 * 14 * 14), (10,), scale=0.05)


WORKLOADS = {
    "a": _common(
        "mean((5x)²), 4 elements", 0.35, 200, lambda: literal([1, 2, 3, 4]), lambda _, x: ((5 * x) ** 2).mean()
    ),
    "b": _chain("chain of 1,000 scalar ops", 0.45, 5, CHAIN),
    "c": _chain("chain of 100,000 scalar ops", 0.4, 1, LONG_CHAIN),
    "d": Workload(
        "MLP step, 64 × 784-128-10", 0.9, 20,
        lambda: normal((128, 784), (128,), (10, 128), (10,), scale=0.05),
        step_torch, step_autograd, step_mygrad,
        constants=lambda: normal((64, 784), (64, 10)), rate=0.1,
    ),
    "e": _common(
        "tanh(xy) + exp(-x), 4M float32", 0.95, 1,
        lambda: normal((ELEMENTS,), (ELEMENTS,)), lambda np, x, y: (np.tanh(x * y) + np.exp(-x)).sum(),
    ),
    "f": _common(
        "matmul, 1024²", 1.12, 1, lambda: normal((SIDE, SIDE), (SIDE, SIDE)), lambda _, x, y: (x @ y).sum()
    ),
    "g": Workload(
        "conv net step, 16×3×32×32, 5×5", 1.1, 10,
        _parameters,
        images_torch, images_autograd, images_mygrad,
        constants=lambda: normal((16, 3, 32, 32), (16, 10)), rate=0.01,
    ),
    "h": Workload(
        "attention block, 8×64×128, 4 heads", 1.3, 2,
        lambda: normal((SEQUENCES, LENGTH, WIDTH)) + normal(*[(WIDTH, WIDTH)] * 4, scale=WIDTH**-0.5),
        attention_torch, attention_autograd, attention_mygrad,
    ),
    "i": Workload(
        "broadcasts and reductions, 1000²", 0.45, 2,
        lambda: normal((1000, 1000), (1000,), (1000, 1)), broadcast_torch, broadcast_numpy, broadcast_numpy,
    ),
    "j": Workload(
        "rows by index with repeats, cat", 1.4, 2,
        lambda: normal((ROWS, 64)), rows_torch, rows_numpy, rows_numpy, constants=looked_up,
    ),
    "k": _common("one leaf used 10,000 times", 0.75, 1, lambda: literal(1), repeated),
    "l": replace(_chain("chain of 1,000 under no_grad", 0.45, 5, CHAIN), recorded=False),
    "m": Workload(
        "conv net, with the images' gradient", 1.3, 10,
        lambda: normal((16, 3, 32, 32)) + _parameters(),
        _images_as_leaves(images_torch), _images_as_leaves(images_autograd), _images_as_leaves(images_mygrad),
        constants=lambda: normal((16, 10)),
    ),
}  # fmt: skip
