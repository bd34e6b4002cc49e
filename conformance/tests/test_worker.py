"""What a worker makes of a case, whatever the subject does to it."""

import os
import shutil
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from conformance import subject
from conformance.runner import Worker, WorkerClosedError
from conformance.subject import Subject, SubjectError, load
from conformance.tests import toy_catalog
from conformance.tests.toy_catalog.processes import gone

CATALOG = toy_catalog.__name__
PLAIN = f"{CATALOG}.fakes:plain"
UNFORKED = f"{CATALOG}.fakes:unforked"

SKELETON = "import os, sys, time\ndef tensor(data): return data\nclass Tensor: pass\n"


@pytest.fixture(scope="module")
def worker():
    with Worker(PLAIN, catalog=CATALOG) as worker:
        yield worker


@pytest.fixture(scope="module")
def unforked():
    with Worker(UNFORKED, catalog=CATALOG) as worker:
        yield worker


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Write a module that a worker can import."""
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(textwrap.dedent(text), "utf-8")
        return name

    return write


@pytest.fixture
def pids(tmp_path, monkeypatch):
    """The file in which cases leave the ids of processes."""
    file = tmp_path / "pids"
    monkeypatch.setenv("TOY_PIDS", str(file))
    return file


def values(record):
    return [item["aspects"]["value"] for item in record["observations"]]


def labels(record):
    return [item["label"] for item in record["observations"]]


# A case that ends


def test_a_record_holds_all_fields(worker):
    record = worker.run("small::labels")
    assert record.pop("seconds") >= 0
    assert values(record) == [1, 2, {"tuple": [3, 4]}, {"tuple": [5, 6]}]
    assert labels(record) == ["named", "observation 2", "pair", "observation 4"]
    del record["observations"]
    assert record == {
        "record": "case",
        "id": "small::labels",
        "end": {"how": "returned"},
        "stdout": "",
        "stderr": "",
        "warnings": [],
    }


def test_output_is_kept_however_it_is_written(worker, unforked):
    for each in (worker, unforked):
        record = each.run("small::speaks")
        assert record["stdout"] == "printed <object object at 0x…>\nwritten\nunfinished"
        assert record["stderr"] == "complained\n"


def test_much_output_is_cut(worker, unforked):
    for each in (worker, unforked):
        assert each.run("small::floods")["stdout"] == f"{'x' * 65536}… (cut after 65536 characters)"


def test_output_without_end_fills_no_disk(worker):
    record = worker.run("small::writes_without_end", timeout=10.0)
    assert record["end"]["error type"] == "OSError"
    assert len(record["stdout"]) < 66_000


def test_closed_outputs_harm_nothing(worker, unforked):
    for each in (worker, unforked):
        assert values(each.run("small::closes_outputs")) == [1]
        assert each.run("small::speaks")["stderr"] == "complained\n"


def test_a_printed_reply_is_no_reply(worker, unforked):
    for each in (worker, unforked):
        record = each.run("small::forges")
        assert labels(record) == ["true"]
        assert record["end"]["error message"] == "true"
        assert record["stdout"].count("\n") == 3


def test_every_warning_is_kept_without_where_it_was_triggered(worker, unforked):
    for each in (worker, unforked):
        assert each.run("small::warns")["warnings"] == [["UserWarning", "careful"]] * 2


def test_the_warning_of_a_fork_with_threads_is_not_the_cases_own():
    with Worker(f"{CATALOG}.fakes:threaded", catalog=CATALOG) as threaded:
        assert threaded.run("small::last")["warnings"] == []


def test_random_numbers_start_from_one_seed(worker, unforked):
    once, again, elsewhere = (each.run("small::random_numbers") for each in (worker, worker, unforked))
    assert values(once) == values(again) == values(elsewhere)
    assert values(once)[1] == 0


def test_forked_cases_do_not_reach_each_other(worker, unforked):
    for case in ("small::changes_the_subject", "small::changes_the_subject_again"):
        assert values(worker.run(case)) == [False]
    assert values(unforked.run("small::changes_the_subject")) == [False]
    assert values(unforked.run("small::changes_the_subject_again")) == [True]


DISORDER = ("raises_midway", "exits", "dies", "hangs", "leaves_a_process", "leaves_an_orphan", "leaves_a_thread")


def test_shared_cases_of_a_file_run_in_one_process_as_long_as_they_leave_it_in_order(pids):
    marks = "small::changes_the_subject", "small::changes_the_subject_again"

    def marked(worker):
        return values(worker.run(marks[1], shared=True)) == [True]

    with Worker(PLAIN, catalog=CATALOG) as worker:
        assert values(worker.run(marks[0], shared=True)) == [False]
        assert marked(worker)
        assert values(worker.run(marks[0])) == [False]  # alone
        assert not marked(worker)
        assert marked(worker)
        for disorder in DISORDER:
            worker.run(f"small::{disorder}", timeout=1.0, shared=True)
            assert not marked(worker), disorder
            assert marked(worker)


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
    assert [values(record) for record in records] == [[False], [True], [False]]


def test_what_was_yielded_is_not_kept_alive(worker, unforked):
    for each in (worker, unforked):
        assert each.run("small::lets_go")["observations"][1]["aspects"] == {"value": 0}


# A case that does not end well


def test_what_was_seen_before_an_error_is_kept(worker, unforked):
    for each in (worker, unforked):
        record = each.run("small::raises_midway")
        assert values(record) == [1]
        assert record["end"] == {
            "how": "raised",
            "error type": "RuntimeError",
            "error message": "it went wrong at 0x…",
            "line": "torch.fail()",
        }


def test_system_exit_is_an_error_like_any_other(worker, unforked):
    for each in (worker, unforked):
        record = each.run("small::raises_system_exit")
        assert record["end"]["error type"] == "SystemExit"
        assert values(record) == [1]


def test_an_exit_is_a_crash(worker, unforked):
    for each in (worker, unforked):
        record = each.run("small::exits")
        assert record["end"] == {"how": "crash", "exit": 0}
        assert values(record) == [1]
        assert each.run("small::last")["end"] == {"how": "returned"}
    assert worker.run("small::exits")["stdout"] == "last words\n"


def test_a_signal_is_a_crash(worker, unforked):
    for each in (worker, unforked):
        assert each.run("small::dies")["end"] == {"how": "crash", "exit": -9}
        assert each.run("small::last")["end"] == {"how": "returned"}


@pytest.mark.parametrize("spec", [PLAIN, UNFORKED])
def test_a_case_that_hangs_is_ended_with_all_that_it_started(spec, pids):
    with Worker(spec, catalog=CATALOG) as each:
        record = each.run("small::hangs", timeout=1.5)
        assert record["end"] == {"how": "timeout", "after": 1.5}
        assert record["stdout"] == ("waiting\n" if spec == PLAIN else "")
        assert values(record) == [1]
        case, started = pids.read_text().split()
        assert gone(case)
        assert gone(started)
        assert each.run("small::last")["end"] == {"how": "returned"}


def test_a_closed_worker_leaves_no_process_and_one_that_died_is_started_again(pids):
    with Worker(PLAIN, catalog=CATALOG) as each:
        each.run("small::tells_its_worker")
        os.kill(int(pids.read_text()), 9)
        assert gone(int(pids.read_text()))
        each.run("small::tells_its_worker")
        each.run("small::leaves_a_process")
    assert [gone(pid) for pid in pids.read_text().split()] == [True, True, True]
    with pytest.raises(WorkerClosedError):
        each.run("small::last")


def test_an_interrupted_case_does_not_speak_into_the_next(worker, monkeypatch):
    with monkeypatch.context() as patched:
        patched.setattr("conformance.runner.Process.receive", lambda *_: sys.exit("interrupted"))
        with pytest.raises(SystemExit):
            worker.run("small::speaks")
    assert labels(worker.run("small::forges")) == ["true"]


def test_an_unknown_case_is_refused(worker):
    with pytest.raises(ValueError, match="no case 'small::nope'; see: python -m conformance list"):
        worker.run("small::nope")


# An API that the subject lacks


def test_a_missing_function_ends_the_case_by_name(worker):
    record = worker.run("small::lacks_function")
    assert record["end"]["missing"] == "torch.nope"
    assert record["end"]["line"] == "torch.nope(2)"


def test_a_failed_lookup_names_what_is_missing_and_a_fault_names_nothing(worker):
    found = {item["label"]: item.get("missing") for item in worker.run("small::lacks_many")["observations"]}
    assert found == {
        "namespace": "torch.nope",
        "below": "torch.nn.functional.nope",
        "tensor": "Tensor.nope",
        "class": "Tensor.nope",
        "node": "Node.nope",
        "other object": "Handle.nope",
        "lookup in python": "Lazy.nope",
        "not implemented": "Tensor.unfinished",
        "optional module": "a_module_that_nobody_has",
        "own fault": None,
        "property": None,
        "property before a lookup": None,
        "None": None,
        "other error": None,
        "nothing": None,
    }


def test_before_python_3_10_the_message_tells_what_is_missing():
    namespace = toy_catalog.fakes.Fake()
    for message, name in {
        "'Fake' object has no attribute 'nope'": "torch.nope",
        "'Tensor' object has no attribute 'nope'": "Tensor.nope",
        "type object 'Tensor' has no attribute 'nope'": "Tensor.nope",
        "'MulBackward0' object has no attribute 'nope'": "Node.nope",
        "'NoneType' object has no attribute 'nope'": None,
        "module 'os' has no attribute 'nope'": None,
        "something else": None,
    }.items():
        assert missing(AttributeError(message), namespace) == name


def test_a_lookup_on_a_module_is_named_as_in_pytorch():
    torch = pytest.importorskip("torch")
    assert missing_lookup(lambda: torch.nope, torch) == "torch.nope"
    assert missing_lookup(lambda: torch.nn.functional.nope, torch) == "torch.nn.functional.nope"
    assert missing_lookup(lambda: torch.ones(1).nope, torch) == "Tensor.nope"
    assert missing_lookup(lambda: torch.float32.nope, torch) == "dtype.nope"
    x = torch.ones(1, requires_grad=True)
    assert missing_lookup(lambda: (x * x).grad_fn.nope, torch) == "Node.nope"
    assert missing_lookup(lambda: os.nope, torch) is None
    assert missing_lookup(lambda: x.grad.nope, torch) is None


def missing_lookup(look, namespace):
    try:
        look()
    except AttributeError as error:
        return subject.missing_api(error, namespace, os.path.dirname(__file__))
    raise AssertionError


def missing(error, namespace):
    def fail():
        raise error

    return missing_lookup(fail, namespace)


# Loading a subject


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
        ("time.sleep(600)", "could not be loaded within 1 seconds; "),
        ("del Tensor", "is not shaped like torch: it has no `tensor` and `Tensor`; "),
    ],
)
def test_a_subject_that_cannot_be_loaded_is_told_in_a_sentence(text, sentence, module):
    module("broken", f"{SKELETON}{text}\n")
    limit = 1.0 if "sleep" in text else 60.0
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
