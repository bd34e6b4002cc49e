"""Adapters of engines that are not shaped like PyTorch, or not in all: `conformance.adapters.NAME:subject`.

They run in the subject's interpreter, with the standard library and the engine only; `base.py` is what they start from.
"""

BUNDLED = (
    "autograd",
    "cotangent",
    "jax",
    "jungrad",
    "micrograd",
    "mygrad",
    "paddlepaddle",
    "puretorch",
    "raxis",
    "synapgrad",
    "tinygrad",
)
"""The engines that are subjects by their names; `peers.txt` has their versions."""
