"""`python -m conformance new-subject`: a commented skeleton of an adapter, with its test."""

from __future__ import annotations

import json
import keyword
import subprocess
import sys
from argparse import Namespace
from pathlib import Path
from string import Template
from typing import Any

from .commands import add_command
from .sources import refuse_unwritable
from .subject import SubjectError

LOOK = """
import importlib, inspect, json, pkgutil, sys
sys.path.insert(0, "")
name = sys.argv[1]
module = importlib.import_module(name)
import importlib.metadata as metadata
owners = getattr(metadata, "packages_distributions", dict)().get(name, [name])

failed = []

def kinds_of(modules):
    found = {}
    for held in modules:
        for key, value in sorted(vars(held).items()):
            calculates = hasattr(value, "__add__") or hasattr(value, "__mul__")
            if inspect.isclass(value) and calculates and callable(getattr(value, "backward", None)):
                found.setdefault(value, (held.__name__, key))
    return [(path, key, kind) for kind, (path, key) in found.items()]

def inside():
    for below in pkgutil.iter_modules(getattr(module, "__path__", ())):
        if not below.name.startswith("_"):
            try:
                importlib.import_module(name + "." + below.name)
            except BaseException as error:
                failed.append(f"{name}.{below.name}: {error}")
    return [held for path, held in sorted(sys.modules.items()) if path.startswith(name + ".")]

found = kinds_of([module]) or kinds_of(inside())
kinds = []
for path, key, kind in found:
    try:
        parameters = list(inspect.signature(kind).parameters)
    except (TypeError, ValueError):
        parameters = []
    kinds.append([path, key, parameters])
print("\\n" + json.dumps({"package": owners[0], "kinds": kinds, "failed": failed}))
"""
"""What the engine's own interpreter says of it: its distribution, and its classes with `backward` and arithmetic."""

SKELETON = Template('''\
"""$name as a subject of the conformance suite.

Say here what is mapped and why: whoever reads the report will ask. What the engine has under another name, or by another
idiom, is mapped; what it has not is left out and reported as `unsupported`, never as a departure.
"""

from typing import Any

import $imported

from conformance.adapters.base import Adapter, alike, below  # noqa: F401 - `alike` and `below` are for the comments


class $title(Adapter):
    """What differs from PyTorch; the lines with a hash are there for the taking."""

    package = "$package"  # the distribution, whose version is recorded
    kind = $kind  # the class of tensors: what has backward()
    modules = ($imported,)  # where functions are found by PyTorch's names
    dtypes = {}  # its types of elements by PyTorch's names, as in alike("float32 float64"); empty: it has none
    # scalars = True  # it has only numbers, and no tensors with dimensions
    # prints = True  # hold it to PyTorch's way to print a tensor
    # keeps_graph = False  # its backward cannot run twice through one graph, and it has no retain_graph
    # keywords = {"dim": "axis", "keepdim": "keepdims"}  # other names of arguments
    # same = "exp log relu"  # if not all of its names mean what they mean in PyTorch: those that do
    functions = {
        # "cat": lambda tensors, dim=0: $imported.concatenate(tensors, dim),  # another name
        # "max": None,  # it has one that means something else
        # **below("nn.functional", $imported.functional),  # a module full of functions
    }
    methods = {
        # "clone": lambda x: x.copy(),
    }

    def make(self, data: Any, dtype: Any, requires_grad: bool) -> Any:
        """A tensor of the engine from a number or nested lists."""
        return $made

    # def read(self, raw: Any) -> Any:
    #     """The elements as nested lists; by itself it looks for tolist(), numpy() and data."""
    #     return raw.data.tolist()

    # def get_grad(self, raw: Any) -> Any:
    #     """The gradient; an array or a number becomes a tensor. get_NAME and set_NAME serve any attribute."""
    #     return raw.grad

    # def incoming(self, raw: Any) -> Any:
    #     """What backward() wants as the incoming gradient."""
    #     return raw.data


def subject() -> Any:
    """The subject: --subject ${name}_adapter:subject."""
    return $title().subject()
''')

TEST = Template('''\
"""Run with: python -m pytest test_${name}_adapter.py"""

from conformance.smoke import check

SUBJECT = "${name}_adapter:subject$interpreter"


def test_the_wiring_is_sound():
    assert not check(SUBJECT).unsound


def test_a_gradient_comes_out():
    how, told = check(SUBJECT).probes["reads the gradient"]
    assert how == "works", told
''')


def add_parser(commands: Any) -> None:
    """Add the command to the command line."""
    made = add_command(commands, "new-subject", "write the skeleton of an adapter, with its test")
    made.add_argument("name", help="the engine's module, or module@path/to/another/python")
    made.add_argument("-o", "--output", type=Path, default=Path(), metavar="DIR", help="where to (here)")
    made.set_defaults(command=run)


def run(chosen: Namespace) -> int:
    """Write both files, and say what comes next."""
    module, at, interpreter = chosen.name.partition("@")
    name = module.replace(".", "_")
    if not all(part.isidentifier() and not keyword.iskeyword(part) for part in module.split(".")):
        raise SubjectError(f"{module!r} is no name of a module; give the one that you import")
    paths = [chosen.output / f"{name}_adapter.py", chosen.output / f"test_{name}_adapter.py"]
    for path in paths:
        if path.exists():
            raise SubjectError(
                f"{path} is there already and is left as it is; move it away, or choose another -o"
            )
    if not chosen.output.is_dir():
        raise SubjectError(f"there is no folder {chosen.output}; make it first")
    refuse_unwritable(chosen.output)
    looked = _looked(module, interpreter or sys.executable)
    texts = _texts(module, name, looked, at + interpreter)
    for path, text in zip(paths, texts, strict=True):
        path.write_text(text, encoding="utf-8")
        print(f"Written: {path}")
    if not looked["kinds"]:
        print(
            f"No class with backward() and arithmetic was found in {module}: set `kind` in {paths[0].name} by hand."
        )
        for told in looked["failed"]:
            print(f"  not looked into, as it cannot be imported: {told}")
    print(f"Next: python -m conformance smoke {name}_adapter:subject{at}{interpreter}")
    return 0


def _looked(module: str, python: str) -> dict[str, Any]:
    try:
        done = subprocess.run(
            [python, "-c", LOOK, module], capture_output=True, text=True, check=False, timeout=120
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SubjectError(
            f"{python} does not import {module}: {error}; check the path after the @"
        ) from error
    if done.returncode:
        told = (done.stderr.strip().splitlines() or ["it gave no reason"])[-1]
        raise SubjectError(
            f"{python} cannot import {module} ({told}); install it there, or name another interpreter"
        )
    found: dict[str, Any] = json.loads(done.stdout.strip().splitlines()[-1])
    return found


def _texts(module: str, name: str, looked: dict[str, Any], interpreter: str) -> tuple[str, str]:
    kinds = looked["kinds"] or [[module, "Tensor", ["data", "requires_grad"]]]
    path, key, parameters = next((kind for kind in kinds if kind[1] == "Tensor"), kinds[0])
    flag = ", requires_grad=requires_grad" if "requires_grad" in parameters else ""
    shown = {
        "name": name,
        "imported": path,
        "title": name.title().replace("_", ""),
        "package": looked["package"],
        "kind": f"{path}.{key}",
        "made": f"self.kind(data{flag})",
    }
    skeleton = SKELETON.substitute(shown)
    return skeleton, TEST.substitute(name=name, interpreter=interpreter)
