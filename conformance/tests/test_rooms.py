"""Who may know whom: each room is imported by itself, and its text is read for what it imports later."""

import ast
import gc
import json
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

from conformance.adapters import BUNDLED

CHECKOUT = Path(__file__).parents[2]
ROOMS = ("engine", "conformance", "reference", "reports")

FORBIDDEN = {
    "engine": {"torch", "conformance", "reference", "reports"},
    "conformance": {"torch", "engine", "reference", "reports"},
    "reference": {"engine", "reports"},
    "reports": {"torch", "engine", "reference"},
}
ALLOWED = {
    "engine": {"numpy", "scipy", "ml_dtypes"},
    "conformance": {"numpy", "pytest", "rich", "jsonschema", "nbformat"},
    "reference": {"torch", "conformance"},
    "reports": {"conformance", "jinja2", "markupsafe", "pygments", "pygraphviz", "numpy"},
}
CANNOT_BE_IMPORTED = {"engine.utils.tensorboard"}  # it says what to do instead
IN_THE_SUBJECT_S_INTERPRETER = [
    "conformance/__init__.py",
    "conformance/case.py",
    "conformance/observe.py",
    "conformance/subject.py",
    "conformance/supervisor.py",
    "conformance/untouched.py",
    "conformance/worker.py",
    "conformance/naming.py",
    "conformance/probing.py",
    "conformance/replay/player.py",
]


ADAPTERS = {f"{name}.py" for name in BUNDLED}


def modules_of(room):
    """The paths of a room's modules, without its tests, and without adapters, which import their engines."""
    paths = [path for path in sorted((CHECKOUT / room).rglob("*.py")) if "tests" not in path.parts]
    return [path for path in paths if path.parent.name != "adapters" or path.name not in ADAPTERS]


@cache
def worker_side():
    return [
        *(CHECKOUT / name for name in IN_THE_SUBJECT_S_INTERPRETER),
        *modules_of("conformance/catalog"),
        *modules_of("conformance/adapters"),
    ]


def dotted(path):
    return ".".join(path.relative_to(CHECKOUT).with_suffix("").parts).removesuffix(".__init__")


@pytest.fixture
def collecting_no_garbage():
    """While the texts are parsed, of which nothing is garbage; it would be looked for in all that is there already."""
    gc.disable()
    yield
    gc.enable()


def statements(node):
    """A node and all statements below it; nothing is imported in an expression."""
    yield node
    for field in ("body", "handlers", "cases", "orelse", "finalbody"):
        for below in getattr(node, field, ()):
            yield from statements(below)


@cache
def imported_by(path):
    """The top-level packages that a module's text imports by name, wherever in it; it is read as Python 3.9 if it must be."""
    version = (3, 9) if path in worker_side() else None
    found = set()
    for node in statements(ast.parse(path.read_text(encoding="utf-8"), str(path), feature_version=version)):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0:
            found.add(node.module.partition(".")[0])
    return found


@cache
def loaded_with(*modules):
    """The top-level packages that a fresh interpreter loads when it imports some modules and nothing else."""
    code = (
        "import importlib, json, sys; sys.argv = ['']; bare = set(sys.modules)\n"
        "for name in json.load(sys.stdin): importlib.import_module(name)\n"
        "print(json.dumps(sorted({name.partition('.')[0] for name in sys.modules.keys() - bare})))"
    )
    names = json.dumps(
        [name for name in modules if not name.endswith("__main__") and name not in CANNOT_BE_IMPORTED]
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=names, capture_output=True, text=True, cwd=CHECKOUT, check=False
    )
    assert done.returncode == 0, done.stderr
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_loads_no_room_that_it_must_not_know(room):
    if room in ("reference", "reports"):
        pytest.importorskip({"reference": "torch", "reports": "jinja2"}[room])
    loaded = loaded_with(*map(dotted, modules_of(room)))
    assert room in loaded
    assert loaded & FORBIDDEN[room] == set()


@pytest.mark.usefixtures("collecting_no_garbage")
@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_what_it_may_and_itself_relatively(room):
    strangers, beside_a_subject = {}, worker_side()
    for path in modules_of(room):
        allowed = {*sys.stdlib_module_names, *ALLOWED[room]}
        if path in beside_a_subject:
            # cases name the package; the worker, started by its path, has to as well
            allowed.add("conformance")
        if foreign := imported_by(path) - allowed:
            strangers[dotted(path)] = foreign
    assert strangers == {}


def test_what_runs_beside_a_subject_needs_the_standard_library_alone_and_python_3_9():
    strangers = {
        dotted(path): found
        for path in worker_side()
        if (found := imported_by(path) - {*sys.stdlib_module_names, "conformance"})
    }
    assert strangers == {}


def test_what_runs_beside_a_subject_loads_the_standard_library_alone():
    loaded = loaded_with(*map(dotted, worker_side()))
    assert loaded - sys.stdlib_module_names == {"conformance"}


def test_the_engine_is_loaded_without_what_it_needs_only_for_bfloat16():
    assert "ml_dtypes" not in loaded_with(*map(dotted, modules_of("engine")))


def test_the_suite_is_loaded_without_what_it_needs_only_for_some_things():
    assert loaded_with("conformance.cli") & {"rich", "jsonschema", "pytest", "jinja2", "torch"} == set()
