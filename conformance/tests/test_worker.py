"""What a worker makes of a case, whatever the subject does to it."""

import os
import sys

import pytest

from conformance import observe, subject
from conformance.runner import Worker, WorkerClosedError
from conformance.tests import toy_catalog
from conformance.tests.toy_catalog.processes import gone

CATALOG = toy_catalog.__name__
PLAIN = f"{CATALOG}.fakes:plain"
UNFORKED = f"{CATALOG}.fakes:unforked"


@pytest.fixture(scope="module")
def worker():
    with Worker(PLAIN, catalog=CATALOG) as worker:
        yield worker


@pytest.fixture(scope="module")
def unforked():
    with Worker(UNFORKED, catalog=CATALOG) as worker:
        yield worker


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


def test_a_label_that_is_given_again_is_numbered(worker):
    record = worker.run("small::repeated_labels")
    assert labels(record) == ["round", "after 1", "round (2)", "after 2", "round (3)", "after 3"]


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


DISORDER = (
    "raises_midway",
    "exits",
    "dies",
    "hangs",
    "leaves_a_process",
    "leaves_an_orphan",
    "leaves_a_thread",
)


def test_shared_cases_run_in_one_process_as_long_as_they_leave_it_in_order(pids):
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
            worker.run(f"small::{disorder}", timeout=0.3, shared=True)
            assert not marked(worker), disorder
            assert marked(worker)


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
        record = each.run("small::hangs", timeout=0.5)
        assert record["end"] == {"how": "timeout", "after": 0.5}
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
        "'package._C.Tensor' object has no attribute 'nope'": "Tensor.nope",
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


def test_a_name_that_cannot_be_imported_is_missing():
    namespace = toy_catalog.fakes.Fake()
    for message, name in {
        "cannot import name 'nn' from 'toy' (unknown location)": "torch.nn",
        "cannot import name 'Function' from '<unknown module name>' (unknown location)": "torch.Function",
        "something else": None,
    }.items():
        assert missing(ImportError(message), namespace) == name


def test_what_an_adapter_says_is_missing_is_so_wherever_it_was_called():
    error = observe.MissingError("Tensor.relu")  # as from a method that `raises` was given itself
    assert subject.missing_api(error, toy_catalog.fakes.Fake(), "/") == "Tensor.relu"


def test_an_operator_that_tensors_have_not_is_missing():
    namespace = toy_catalog.fakes.Fake()
    for message, name in {
        "unsupported operand type(s) for %: 'package._C.Tensor' and 'int'": "Tensor.__mod__",
        "unsupported operand type(s) for %=: 'Tensor' and 'int'": "Tensor.__mod__",
        "unsupported operand type(s) for ** or pow(): 'int' and 'Tensor'": "Tensor.__rpow__",
        "bad operand type for unary +: 'Tensor'": "Tensor.__pos__",
        "unsupported operand type(s) for +: 'int' and 'str'": None,
        "something else": None,
    }.items():
        assert missing(TypeError(message), namespace) == name
    torch = pytest.importorskip("torch")
    assert missing_lookup(lambda: torch.ones(1) << "text", torch) is None


def missing_lookup(look, namespace):
    try:
        look()
    except (AttributeError, ImportError, TypeError) as error:
        return subject.missing_api(error, namespace, os.path.dirname(__file__))
    raise AssertionError


def missing(error, namespace):
    def fail():
        raise error

    return missing_lookup(fail, namespace)
