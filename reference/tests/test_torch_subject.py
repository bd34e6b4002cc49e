"""PyTorch as a subject."""

import subprocess
import sys
from pathlib import Path

import pytest

import reference
from conformance.runner import Worker
from conformance.subject import SubjectError, load

torch = pytest.importorskip("torch")

gpu = pytest.mark.skipif(not torch.cuda.is_available(), reason="PyTorch sees no GPU here")


@pytest.fixture(scope="module")
def subject():
    return load("torch")


def test_torch_is_a_subject(subject):
    assert subject.namespace is torch
    assert (subject.spec, subject.name, subject.version) == ("torch", "torch", torch.__version__)
    assert (subject.device, subject.fork) == ("cpu", True)
    assert torch.get_num_threads() == 1


def test_the_build_tells_what_results_depend_on(subject):
    assert subject.build["git"] == torch.version.git_version
    assert subject.build["cpu capability"] == torch.backends.cpu.get_cpu_capability()
    assert all(type(text) is str and len(text) <= 40 for item in subject.build.items() for text in item)
    assert ("gpu" in subject.build) is False


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


def test_records_do_not_depend_on_order_on_the_worker_or_on_what_is_imported_beforehand():
    with Worker("torch") as prepared, Worker("conformance.tests.toy_catalog.fakes:bare_torch") as bare:
        assert prepared.header["subject"]["version"] == torch.__version__
        cases = [case for case in prepared.cases if case.startswith(("accumulation::", "optimizers::"))][::8]
        forwards = {case: {**prepared.run(case), "seconds": 0} for case in cases}
        backwards = {case: {**bare.run(case), "seconds": 0} for case in reversed(cases)}
    assert forwards == backwards
    assert {record["end"]["how"] for record in forwards.values()} == {"returned"}


@gpu
def test_a_worker_runs_pytorch_on_a_gpu():
    with Worker("torch", "cuda") as worker:
        described = worker.header["subject"]
        assert described["device"] == "cuda"
        assert described["build"]["gpu"] == torch.cuda.get_device_name()
        assert described["build"]["cuda"] == torch.version.cuda
        records = [worker.run(case) for case in worker.cases if case.startswith("accumulation::")][:3]
    assert [record["end"] for record in records] == [{"how": "returned"}] * 3
    texts = [item["aspects"].get("text", "") for record in records for item in record["observations"]]
    assert any("device='cuda:0'" in text for text in texts)
