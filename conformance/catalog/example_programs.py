"""The programs in `examples/`, run as they stand: every line that they print is observed."""

from __future__ import annotations

import builtins
import re
import sys
from functools import reduce
from importlib.util import find_spec
from pathlib import Path
from types import ModuleType

from conformance import case

DOCUMENT = "PyTorch examples: programs as people write them"
FOLDER = Path(find_spec("conformance").origin).parents[1] / "examples"
BESIDE = Path(__file__).parent
"""Where a program seems to stand: what it does not find in its subject is found to be lacking, as for a case."""
NUMBER = re.compile(r"[-+]?(?:\d+\.\d*(?:e[-+]?\d+)?|\d+e[-+]?\d+)")
TRAINED = {
    "tolerance": (1e-4, 1e-5),
    "reason": "what rounding does to a sum grows over the steps of a training",
}


def printed(torch, program):
    """The lines that a program prints, with its measured numbers apart."""
    lines = []

    def show(*values, sep=" ", end="\n"):
        lines.append(sep.join(map(str, values)))

    def load(name, context=None, local=None, names=(), level=0):
        root, _, below = name.partition(".")
        if root == "images":
            return run("images", {})
        if root != "engine":
            return builtins.__import__(name, context, local, names, level)
        return reduce(getattr, below.split("."), torch) if below and names else torch

    def run(stem, more):
        module = ModuleType(f"{__name__}.{stem}")
        module.__dict__.update(more, __builtins__={**vars(builtins), "__import__": load})
        sys.modules[module.__name__] = module
        try:
            source = (FOLDER / f"{stem}.py").read_text(encoding="utf-8")
            exec(compile(source, str(BESIDE / f"{stem}.py"), "exec", dont_inherit=True), module.__dict__)
        finally:
            del sys.modules[module.__name__]
        return module

    run(program, {"print": show})
    for number, line in enumerate("\n".join(lines).split("\n"), 1):
        yield f"line {number}", NUMBER.sub("#", " ".join(line.split()))
        measured = [float(found) for found in NUMBER.findall(line)]
        if measured:
            yield f"numbers of line {number}", torch.tensor(measured, dtype=torch.float64)


@case(DOCUMENT, **TRAINED)
def regression_from_scratch(torch):
    """A line is fitted by gradients and steps written out."""
    yield from printed(torch, "regression_from_scratch")


@case(DOCUMENT, **TRAINED)
def regression_with_modules(torch):
    """A network is fitted with modules, Adam and a shuffling data loader."""
    yield from printed(torch, "regression_with_modules")


@case(DOCUMENT, **TRAINED)
def mlp_on_images(torch):
    """A perceptron with dropout learns to tell generated images apart."""
    yield from printed(torch, "mlp_on_images")


@case(DOCUMENT, **TRAINED)
def conv_net_on_images(torch):
    """A convolutional network with batch normalization learns on generated images."""
    yield from printed(torch, "conv_net_on_images")


@case(DOCUMENT, **TRAINED)
def custom_functions(torch):
    """Functions with a backward of their own give the gradients that it says."""
    yield from printed(torch, "custom_functions")


@case(DOCUMENT, **TRAINED)
def character_model(torch):
    """An embedding model of characters is trained and sampled from."""
    yield from printed(torch, "character_model")


@case(DOCUMENT, **TRAINED)
def lstm(torch):
    """Two layers of long short-term memory learn to continue a wave."""
    yield from printed(torch, "lstm")


@case(DOCUMENT, **TRAINED)
def gpt(torch):
    """A small GPT with attention written out learns a repeating text."""
    yield from printed(torch, "gpt")


@case(DOCUMENT, **TRAINED)
def variational_autoencoder(torch):
    """A variational autoencoder is trained with samples of the same generator."""
    yield from printed(torch, "variational_autoencoder")


@case(DOCUMENT, **TRAINED)
def adversarial_pair(torch):
    """A generator and a discriminator are trained against each other."""
    yield from printed(torch, "adversarial_pair")


@case(DOCUMENT, **TRAINED)
def physics_fit(torch):
    """A network is fitted to a differential equation by second derivatives."""
    yield from printed(torch, "physics_fit")


@case(DOCUMENT, **TRAINED)
def handwritten_backward(torch):
    """A backward written by hand agrees with autograd's at every intermediate result."""
    yield from printed(torch, "handwritten_backward")


@case(DOCUMENT, **TRAINED)
def checkpointed_training(torch):
    """A training resumed from its checkpoint ends where the first one did."""
    yield from printed(torch, "checkpointed_training")
