"""PyTorch as a subject."""

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

import reference
from conformance.runner import Worker
from conformance.subject import SubjectError, load

torch = pytest.importorskip("torch")

BARE = "conformance.tests.toy_catalog.fakes:bare_torch"


def recorded(spec, step, device="cpu"):
    """The header, and the records of a few cases without times, run in the order that `step` gives."""
    with Worker(spec, device) as worker:
        cases = [case for case in worker.cases if case.startswith("grad_modes::")][:5][::step]
        return worker.header, {case: {**worker.run(case), "seconds": 0} for case in cases}


@pytest.fixture(scope="module")
def runs():
    """PyTorch forwards, and backwards in another worker that has nothing prepared."""
    with ThreadPoolExecutor() as pool:
        return list(pool.map(recorded, ["torch", BARE], [1, -1]))


def test_torch_is_a_subject(runs):
    subject = runs[0][0]["subject"]
    build = subject.pop("build")
    assert subject == {"spec": "torch", "name": "torch", "version": torch.__version__, "device": "cpu"}
    assert build["git"] == torch.version.git_version
    assert build["cpu capability"] == torch.backends.cpu.get_cpu_capability()
    assert "gpu" not in build
    assert max(len(text) for item in build.items() for text in item) <= 40


def test_records_do_not_depend_on_order_on_the_worker_or_on_what_is_imported_beforehand(runs):
    (_, forwards), (_, backwards) = runs
    assert forwards == backwards
    assert {record["end"]["how"] for record in forwards.values()} == {"returned"}
    assert all(record["observations"] for record in forwards.values())


def test_nothing_else_is_imported_when_the_room_is():
    script = "import sys, reference; sys.exit('torch' in sys.modules or 'engine' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(reference.__file__).parents[1])


def test_an_unknown_device_is_refused_in_a_sentence():
    with pytest.raises(SubjectError, match="on 'cpu' or 'cuda', not on 'tpu'; choose one of these"):
        load("torch", "tpu")


def test_without_a_gpu_cuda_is_refused_in_a_sentence(monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(SubjectError, match="this PyTorch sees no GPU; choose the device 'cpu', or run where"):
        load("torch", "cuda")


def test_without_pytorch_it_is_told_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "torch", None)
    with pytest.raises(SubjectError, match=r"PyTorch is not installed; pip install torch==2\.13\.0"):
        load("torch")


def test_a_worker_runs_pytorch_on_a_gpu():
    if not torch.cuda.is_available():
        pytest.skip("PyTorch sees no GPU here")
    header, records = recorded("torch", 1, "cuda")
    assert header["subject"]["device"] == "cuda"
    assert header["subject"]["build"]["gpu"] == torch.cuda.get_device_name()
    assert header["subject"]["build"]["cuda"] == torch.version.cuda
    assert {record["end"]["how"] for record in records.values()} == {"returned"}
    assert "device='cuda:0'" in str(records)
