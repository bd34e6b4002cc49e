"""How a subject is loaded, and what is said of one that cannot be."""

import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from conformance.runner import Worker
from conformance.subject import Subject, SubjectError, load
from conformance.tests import toy_catalog

CATALOG = toy_catalog.__name__
PLAIN = f"{CATALOG}.fakes:plain"

SKELETON = "import os, sys, time\ndef tensor(data): return data\nclass Tensor: pass\n"


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module that a worker can import."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text), "utf-8")
        return name

    return write


def test_a_plain_module_is_a_subject(module):
    loaded = load(module("shaped", SKELETON + "__version__ = '1.2'"))
    assert (loaded.name, loaded.version, loaded.device, loaded.fork) == ("shaped", "1.2", "cpu", True)
    assert load(module("unversioned", SKELETON)).version == "unknown"


def test_an_attribute_may_be_a_namespace_or_make_one(module):
    module(
        "adapters",
        SKELETON
        + """
        from types import SimpleNamespace
        from conformance.subject import Subject
        inner = SimpleNamespace(space=SimpleNamespace(tensor=tensor, Tensor=Tensor))
        ready = Subject(inner.space, "any", "named", "3.0")
        def made(): return inner.space
        def on(device="cpu"): return Subject(inner.space, "any", "on", "1.0", device)
        """.replace("\n        ", "\n"),
    )
    assert load("adapters:inner.space").name == "inner.space"
    namespace = load("adapters:made").namespace
    assert load("adapters:ready") == Subject(namespace, "adapters:ready", "named", "3.0")
    assert load("adapters:on", "tpu").device == "tpu"
    for spec in ("adapters", "adapters:made", "adapters:ready"):
        with pytest.raises(SubjectError, match="only knows the device 'cpu', not 'tpu'; choose 'cpu'"):
            load(spec, "tpu")


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("1 / 0", "cannot be imported: ZeroDivisionError: division by zero"),
        ("import absent", "cannot be imported: ModuleNotFoundError: No module named 'absent'"),
        ("sys.exit(3)", "cannot be imported: SystemExit: 3"),
        ("raise KeyboardInterrupt", "cannot be imported: KeyboardInterrupt"),
        ("raise ValueError('two\\nlines')", "cannot be imported: ValueError: two lines"),
        ("os.write(2, b'all lost\\n'); os._exit(7)", "ended its interpreter with status 7 (all lost); "),
        ("time.sleep(600)", "could not be loaded within 0.2 seconds; "),
        ("del Tensor", "is not shaped like torch: it has no `tensor` and `Tensor`; "),
    ],
)
def test_a_subject_that_cannot_be_loaded_is_told_in_a_sentence(text, sentence, module):
    module("broken", f"{SKELETON}{text}\n")
    limit = 0.2 if "sleep" in text else 60.0
    with Worker("broken", catalog=CATALOG, load_timeout=limit) as each, pytest.raises(SubjectError) as caught:
        each.run("small::last")
    assert str(caught.value).startswith(f"the subject 'broken' {sentence}")
    assert "\n" not in str(caught.value)


def test_a_subject_that_cannot_be_loaded_is_tried_again(module):
    with Worker(module("later", "1 / 0\n"), catalog=CATALOG) as each:
        with pytest.raises(SubjectError, match="ZeroDivisionError"):
            each.run("small::last")
        module("later", SKELETON)
        assert each.run("small::last")["end"] == {"how": "returned"}


@pytest.mark.parametrize(
    ("spec", "sentence"),
    [
        ("no_such_module", "no module 'no_such_module' can be imported; install it, or run where"),
        ("os:nowhere", "the module 'os' has no 'nowhere'; give module:attribute as it stands in the module"),
        ("conformance.tests.toys:no_tensors", "is not shaped like torch"),
    ],
)
def test_a_subject_that_is_not_there_is_told_in_a_sentence(spec, sentence):
    with pytest.raises(SubjectError) as caught:
        load(spec)
    assert sentence in str(caught.value)
    assert "\n" not in str(caught.value)


def test_an_interpreter_that_is_not_there_is_told_in_a_sentence():
    sentence = "there is no Python interpreter 'no/such/python'; check the path after the @"
    with Worker("engine@no/such/python") as each, pytest.raises(SubjectError, match=sentence):
        assert each.header


def test_warnings_while_the_subject_is_imported_are_no_errors(module, monkeypatch):
    monkeypatch.setenv("PYTHONWARNINGS", "error")
    with Worker(module("warns", SKELETON + "import warnings; warnings.warn('old')"), catalog=CATALOG) as each:
        assert each.header["subject"]["name"] == "warns"


def test_what_a_forked_case_imports_is_compiled_once(module, monkeypatch):
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    name = module("compiled", SKELETON + "__version__ = str(sys.dont_write_bytecode)")
    with Worker(name, catalog=CATALOG) as each:
        assert each.header["subject"]["version"] == "False"


def test_what_the_subject_prints_while_it_is_imported_harms_nothing(module):
    module("talks", SKELETON + "print('{\"error\": 1}', flush=True); sys.stdout.close(); os.close(1)")
    with Worker("talks", catalog=CATALOG) as worker:
        assert worker.header["subject"]["name"] == "talks"
        assert worker.run("small::speaks")["end"] == {"how": "returned"}
        assert worker.run("small::speaks")["stdout"].endswith("written\nunfinished")


def test_a_worker_runs_without_anything_installed(tmp_path):
    python = tmp_path / "python"
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" -S "$@"\n', "ascii")
    python.chmod(0o755)
    with Worker(f"{PLAIN}@{python}", catalog=CATALOG) as bare:
        assert bare.header["platform"]["numpy"] is None
        assert bare.header["subject"]["spec"] == f"{PLAIN}@{python}"
        assert bare.run("small::tensor")["end"] == {"how": "returned"}


def test_a_worker_runs_on_python_3_9():
    python = shutil.which("python3.9")
    if python is None or subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode != 0:
        pytest.skip("no Python 3.9 here")
    with Worker(f"{PLAIN}@python3.9", catalog=CATALOG) as old:
        assert old.run("small::lacks_function")["end"]["missing"] == "torch.nope"


def test_what_runs_in_a_worker_imports_nothing_but_the_standard_library():
    names = "case, observe, subject, worker, catalog"
    command = [sys.executable, "-S", "-c", f"from conformance import {names}"]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])


@pytest.mark.parametrize("harm", ["os._exit(3)", "os.kill(os.getpid(), 9)", "raise SystemExit"])
def test_a_subject_that_dies_of_what_it_imports_late_is_run_all_the_same(module, harm):
    name = module(
        "dies_late",
        SKELETON + f"def __getattr__(name):\n    if name == 'func': {harm}\n    raise AttributeError(name)\n",
    )
    with Worker(name, catalog=CATALOG) as worker:
        assert worker.run("small::labels")["end"] is not None


def test_a_process_in_which_a_case_cannot_begin_is_replaced(module):
    module(
        "tired",
        """
        from conformance.subject import Subject
        from conformance.tests.toy_catalog.fakes import Fake
        begun = []
        def begin():
            begun.append(len(begun))
            if begun[-1] == 2:
                raise RuntimeError("the device is lost")
        def subject():
            return Subject(Fake(), "tired", "tired", fork=False, begin=begin)
        """,
    )
    with Worker("tired:subject", catalog=CATALOG) as worker:
        records = [worker.run("small::changes_the_subject_again") for _ in range(3)]
    marks = [record["observations"][0]["aspects"]["value"] for record in records]
    assert marks == [False, True, False]
