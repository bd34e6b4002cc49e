"""`torch.random`: the state of the stream of random numbers, to keep and to go back to.

Source: torch.random. The state's bytes are PyTorch's own, so that a state of one is a state of the other.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from .base import TensorBase
from .generator import Generator
from .op import wrap
from .ops.creation import default_generator, manual_seed

__all__ = [
    "default_generator",
    "fork_rng",
    "get_rng_state",
    "initial_seed",
    "manual_seed",
    "seed",
    "set_rng_state",
]

WORDS = 624
# seed, words left, whether seeded, next word, the words, three numbers for normals (the second is kept for the next
# draw), whether one is kept; what follows belongs to a way of drawing that is not used
_LAYOUT = struct.Struct(f"<QiiQ{WORDS}Qdddi12x")


def get_rng_state() -> Any:
    """The state of the default stream, as a tensor of bytes."""
    return state_of(default_generator)


def set_rng_state(new_state: Any) -> None:
    """Go back to a state that `get_rng_state` gave."""
    restore(default_generator, new_state)


def state_of(generator: Generator) -> Any:
    """The state of a stream, as a tensor of bytes."""
    return wrap(np.frombuffer(_packed(generator), np.uint8).copy())


def restore(generator: Generator, new_state: Any) -> None:
    """Have a stream go back to such a state."""
    if not isinstance(new_state, TensorBase) or new_state._array.dtype != np.uint8:
        raise TypeError("RNG state must be a torch.ByteTensor")
    if new_state._array.size != _LAYOUT.size:
        raise RuntimeError(
            f"Expected a CPUGeneratorImplState of size {_LAYOUT.size} but found the input RNG state size to be "
            f"{new_state._array.size}"
        )
    _restore(generator, new_state._array.tobytes())


@contextmanager
def fork_rng(
    devices: Any = None,
    enabled: bool = True,
    _caller: str = "fork_rng",
    _devices_kw: str = "devices",
    device_type: str = "cuda",
) -> Iterator[None]:
    """Afterwards the default stream goes on as if nothing had been drawn inside."""
    if not enabled:
        yield
        return
    state = get_rng_state()
    try:
        yield
    finally:
        set_rng_state(state)


def initial_seed() -> int:
    """The seed of the default stream."""
    return default_generator.initial_seed()


def seed() -> int:
    """Start the default stream anew, from a seed that the operating system gives."""
    return default_generator.seed()


def _packed(generator: Generator) -> bytes:
    kept = generator._cached_normal
    if generator._bits is None:  # nothing was drawn yet
        words, used = _first_words(generator), 0
    else:
        state: Any = generator._bits.state["state"]
        words, used = state["key"], state["pos"]
    left = WORDS + 1 - used if used else 1
    normal = 0.0 if kept is None else kept
    return _LAYOUT.pack(generator._seed, left, 1, used, *words.tolist(), 0.0, normal, 0.0, kept is not None)


def _first_words(generator: Generator) -> Any:
    fresh = Generator()
    fresh._seed = generator._seed
    state: Any = fresh._begin().state
    return state["state"]["key"]


def _restore(generator: Generator, state: bytes) -> None:
    seed_of_state, _, _, used, *rest = _LAYOUT.unpack(state)
    generator._start(seed_of_state)
    if not used:
        return
    bits = generator._begin()
    content: Any = bits.state
    content["state"] = {"key": np.array(rest[:WORDS], np.uint32), "pos": used}
    bits.state = content
    if rest[-1]:
        generator._cached_normal = rest[WORDS + 1]
