"""A device's name in printed tensors is no departure, and whatever else is said of it is."""

import pytest

from conformance.catalog import digest
from conformance.comparison import compare
from conformance.devices import unplaced
from conformance.recording import Recording
from conformance.tests.handmade import case, error, record, tensor, text

CPU, GPU = "tensor([1.5000], requires_grad=True)", "tensor([1.5000], device='cuda:0', requires_grad=True)"


def header(device):
    return {
        "subject": {"name": "torch", "version": "2.13", "device": device},
        "catalog": digest(),
        "cases": ["file::name"],
    }


def recorded(device, *observations, **changes):
    held = {"file::name": record(*observations, **changes)}
    return Recording(header(device), held, {"record": "footer", "cases": 1})


def judged(device, ours, theirs=CPU, **changes):
    found = compare(
        recorded("cpu", text("print", theirs)),
        recorded(device, text("print", ours), **changes),
        cases=[case()],
    )
    return found.cases[0].verdict


@pytest.mark.parametrize("device", ["cuda", "cuda:0"])
def test_the_device_of_the_recording_is_not_held_against_printed_tensors(device):
    assert judged(device, GPU) == "identical"


@pytest.mark.parametrize(
    ("device", "shown"),
    [
        ("cpu", GPU),
        ("cuda:1", GPU),
        ("cuda", GPU.replace("1.5000", "2.5000")),
        ("cuda", "tensor([1.5000], device='cpu', requires_grad=True)"),
        ("cuda", "tensor([1.5000], device='cuda:1', requires_grad=True)"),
        ("cuda", "tensor([1.5000], device='cudaX0', requires_grad=True)"),
    ],
)
def test_another_device_or_another_text_is_a_departure(device, shown):
    assert judged(device, shown) == "different"


def test_a_device_on_a_line_of_its_own_goes_with_its_line():
    assert judged("cuda", "tensor([1.5000],\n       device='cuda:0')", "tensor([1.5000])") == "identical"


def test_what_speaks_of_a_device_otherwise_is_compared():
    shown = "device(type='cuda', index=0)"
    assert judged("cuda", shown, "device(type='cpu')") == "different"
    sides = [error("call", message="a tensor"), error("call", message="tensors on cuda:0 and cpu")]
    found = compare(recorded("cpu", sides[0]), recorded("cuda", sides[1]), cases=[case()])
    assert found.cases[0].verdict == "different"


def test_it_goes_from_all_texts_and_nothing_else_changes():
    value = tensor("x", [1.5], text=GPU)
    whole = record(value, stdout=f"{GPU}\n", warnings=[["UserWarning", GPU]])
    left = record(tensor("x", [1.5], text=CPU), stdout=f"{CPU}\n", warnings=[["UserWarning", CPU]])
    assert unplaced(whole, header("cuda")) == left
    assert unplaced(whole, header("cpu")) == whole


def test_a_reference_on_a_gpu_judges_a_subject_without():
    sides = recorded("cuda", text("print", GPU)), recorded("cpu", text("print", CPU))
    assert compare(*sides, cases=[case()]).cases[0].verdict == "identical"


def test_readers_are_told():
    sides = recorded("cpu", text("print", CPU)), recorded("cuda", text("print", GPU))
    told = "tensors of torch are compared without the device='cuda:0' that they print"
    assert compare(*sides, cases=[case()]).notes == [told]
    assert compare(sides[0], sides[0], cases=[case()]).notes == []
