"""PyTorch as a subject."""

import dataclasses
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


def test_torch_is_a_subject():
    subject = load("torch").described()
    build = subject.pop("build")
    assert subject == {"spec": "torch", "name": "torch", "version": torch.__version__, "device": "cpu"}
    assert build["git"] == torch.version.git_version
    assert build["cpu capability"] == torch.backends.cpu.get_cpu_capability()
    assert "gpu" not in build
    assert max(len(text) for item in build.items() for text in item) <= 40


def test_records_do_not_depend_on_order_on_the_worker_on_its_device_or_on_what_is_imported_beforehand():
    with ThreadPoolExecutor() as pool:
        both = pool.map(recorded, ["torch", BARE], [1, -1], ["cpu:0", "cpu"])
        (header, forwards), (_, backwards) = both
    assert header["subject"]["device"] == "cpu:0"
    assert forwards == backwards
    assert len(forwards) == 5
    assert {record["end"]["how"] for record in forwards.values()} == {"returned"}
    assert all(record["observations"] for record in forwards.values())


def test_nothing_else_is_imported_when_the_room_is():
    script = "import sys, reference; sys.exit('torch' in sys.modules or 'engine' in sys.modules)"
    subprocess.run([sys.executable, "-c", script], check=True, cwd=Path(reference.__file__).parents[1])


@pytest.fixture
def cpu_as_another_device():
    yield reference.torch_subject("cpu:0")
    torch.set_default_device(None)


def test_cases_on_another_device_run_as_if_the_program_had_set_it(cpu_as_another_device):
    subject = cpu_as_another_device
    assert str(torch.get_default_device()) == subject.device == "cpu:0"
    torch.set_default_device(None)  # as a case may
    subject.begin()
    assert str(torch.get_default_device()) == "cpu:0"


def test_what_a_case_makes_on_another_device_is_made_there(cpu_as_another_device):
    subject = reference.on_device(dataclasses.replace(cpu_as_another_device, namespace=torch, device="meta"))
    subject.begin()
    made = subject.namespace
    assert {x.device.type for x in (made.ones(2), made.tensor([1.5]), made.nn.LSTM(2, 2).weight_ih_l0)} == {
        "meta"
    }
    # there is no such generator, which tells where it was made
    with pytest.raises(RuntimeError, match="META"):
        made.Generator()


def test_generators_are_pytorch_s_own_in_all_but_their_device(cpu_as_another_device):
    made, plain = cpu_as_another_device.namespace.Generator(), torch.Generator()
    assert isinstance(made, torch.Generator)
    assert repr(made).partition(" at ")[0] == repr(plain).partition(" at ")[0]
    assert torch.equal(*(torch.randn(3, generator=each.manual_seed(5)) for each in (made, plain)))
    assert torch.Generator is type(plain)  # what PyTorch makes for itself stays as it is


def test_on_the_cpu_cases_get_pytorch_itself():
    assert reference.torch_subject().namespace is torch


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
    with Worker("torch", "cuda") as worker:
        worker.run("devices::default_device")  # which takes the default back
        later = worker.run(next(iter(records)))
    assert later["observations"] == next(iter(records.values()))["observations"]
