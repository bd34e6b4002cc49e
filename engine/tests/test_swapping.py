"""`torch.__future__`, `swap_tensors`, and what of `torch.utils` looks at modules and tensors from outside."""

import io

import pytest

import engine
import engine.utils.deterministic
import engine.utils.module_tracker
import engine.utils.weak

torch = pytest.importorskip("torch")
import torch.utils.deterministic  # noqa: E402, F811
import torch.utils.module_tracker  # noqa: E402
import torch.utils.weak  # noqa: E402

BOTH = pytest.mark.parametrize("torch", [torch, engine], ids=["torch", "engine"])


@BOTH
def test_conversions_may_exchange_what_parameters_hold(torch):
    layer = torch.nn.Linear(2, 2)
    weight = layer.weight
    layer(torch.ones(1, 2)).sum().backward()
    torch.__future__.set_swap_module_params_on_conversion(True)
    try:
        layer.to(torch.float64)
        assert layer.weight is weight
        assert (weight.dtype, weight.grad.dtype, weight.is_leaf) == (torch.float64, torch.float64, True)
        layer.load_state_dict({"weight": torch.ones(2, 2), "bias": torch.zeros(2)})
        assert (weight.dtype, weight._version, weight.sum().item()) == (torch.float64, 1, 4.0)
        view = weight.view(-1)
        with pytest.raises(RuntimeError, match=r"_apply\(\): Couldn't swap Linear.weight"):
            layer.half()
        del view
    finally:
        torch.__future__.set_swap_module_params_on_conversion(False)


@BOTH
def test_conversions_may_make_new_parameters(torch):
    layer = torch.nn.Linear(2, 2)
    weight = layer.weight
    torch.__future__.set_overwrite_module_params_on_conversion(True)
    try:
        layer.to(torch.float64)
    finally:
        torch.__future__.set_overwrite_module_params_on_conversion(False)
    assert layer.weight is not weight
    assert (layer.weight.dtype, weight.dtype) == (torch.float64, torch.float32)


@BOTH
def test_swapped_tensors_stay_the_objects_they_are(torch):
    one, other = torch.ones(2), torch.zeros(3, dtype=torch.int64)
    torch.utils.swap_tensors(one, other)
    assert (one.tolist(), other.tolist(), one.dtype) == ([0, 0, 0], [1.0, 1.0], torch.int64)


@BOTH
def test_a_module_tracker_knows_which_modules_run(torch):
    tracker = torch.utils.module_tracker.ModuleTracker()
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.Sequential(torch.nn.ReLU()))
    seen = []
    net[1][0].register_forward_hook(lambda *args: seen.append((sorted(tracker.parents), tracker.is_bw)))
    net[0].weight.register_hook(lambda grad: seen.append((sorted(tracker.parents), tracker.is_bw)))
    with tracker:
        net(torch.ones(1, 2)).sum().backward()
    assert seen == [
        (["Global", "Sequential", "Sequential.1"], False),
        (["Global", "Sequential", "Sequential.0"], True),
    ]


@BOTH
def test_dictionaries_compare_tensors_by_identity_and_do_not_keep_them(torch):
    one, other = torch.ones(2), torch.ones(2)
    found = torch.utils.weak.WeakTensorKeyDictionary({one: 1, other: 2})
    assert (found[one], one in found, torch.ones(2) in found) == (1, True, False)
    del one
    assert list(found.values()) == [2]
    reference = torch.utils.weak.TensorWeakRef(other)
    assert reference() is other
    with pytest.raises(AssertionError, match=r"expected torch.Tensor, got <class 'int'>\."):
        torch.utils.weak.TensorWeakRef(3)


@BOTH
def test_filling_memory_is_a_setting(torch):
    assert torch.utils.deterministic.fill_uninitialized_memory is True
    with pytest.raises(RuntimeError, match="expected a bool, but got int"):
        torch.utils.deterministic.fill_uninitialized_memory = 3


@BOTH
def test_saving_may_leave_out_the_elements(torch):
    file = io.BytesIO()
    with torch.serialization.skip_data():
        torch.save({"a": torch.ones(3, dtype=torch.float64)}, file)
    file.seek(0)
    found = torch.load(file)["a"]
    assert (found.shape, found.dtype) == ((3,), torch.float64)
    assert found.tolist() != [1.0, 1.0, 1.0]
