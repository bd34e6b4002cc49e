"""What stands around computing: profilers, timers, `torch.compile`, `torch.jit.script`, and what is fetched."""

import importlib
import json
import warnings

import pytest

import engine as torch
from engine import nn, profiler
from engine.utils import benchmark


def network():
    """Two layers."""
    return nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 1))


def test_a_profile_counts_operations_and_labels_of_forward_and_backward(tmp_path):
    model = network()
    with profiler.profile(activities=[profiler.ProfilerActivity.CPU], record_shapes=True) as found:
        with profiler.record_function("forward"):
            loss = model(torch.ones(2, 4)).sum()
        loss.backward()
    counts = {event.key: event.count for event in found.key_averages()}
    assert (counts["forward"], counts["aten::addmm"], counts["aten::relu"]) == (1, 2, 1)
    assert counts["aten::mm"] > 1  # of backward
    forward = next(event for event in found.key_averages() if event.key == "forward")
    assert forward.cpu_time_total > forward.self_cpu_time_total > 0
    table = found.key_averages().table(sort_by="cpu_time_total", row_limit=1).splitlines()
    assert table[3].split()[0] == max(found.key_averages(), key=lambda event: event.cpu_time_total).key
    found.export_chrome_trace(str(tmp_path / "trace.json"))
    assert len(json.loads((tmp_path / "trace.json").read_text())["traceEvents"]) == len(found.events())
    assert model[0].weight.grad.shape == (3, 4)


def test_after_a_profile_operations_take_their_short_path_again():
    from engine.grad_mode import mode

    with profiler.profile():
        assert mode.transforms
    assert not mode.transforms


def test_the_older_profiler_has_what_it_recorded_as_attributes():
    x = torch.ones(2, requires_grad=True)
    with torch.autograd.profiler.profile() as found:
        (x * 2).sum().backward()
    assert [event.name for event in found.function_events][:2] == ["aten::mul", "aten::sum"]
    assert found.total_average().self_cpu_time_total == pytest.approx(found.self_cpu_time_total)
    assert found.table() == str(found)
    with pytest.raises(RuntimeError, match="not reentrant"), found:
        pass


def test_a_schedule_hands_over_what_was_recorded_at_the_end_of_each_cycle():
    seen = []
    plan = profiler.schedule(wait=1, warmup=1, active=2, repeat=2)
    with profiler.profile(
        schedule=plan, on_trace_ready=lambda found: seen.append(len(found.events()))
    ) as found:
        for _ in range(10):
            torch.ones(2) * 2
            found.step()
    assert len(seen) == 2
    assert seen[0] == seen[1] > 0


def test_a_timer_measures_one_run_and_compares():
    timer = benchmark.Timer("x + 1", globals={"x": torch.ones(3)}, label="add", description="ours")
    once, often = timer.timeit(20), timer.blocked_autorange(min_run_time=0.01)
    assert len(once.times) == 1
    assert sum(often.raw_times) >= 0.01
    assert once.mean > 0
    assert str(benchmark.Compare([once, often])).startswith("[add]\n")
    assert "1 measurement, 20 runs" in repr(once)


def test_a_measurement_is_titled_by_its_label_and_rows_by_what_tells_them_apart():
    measured = benchmark.Timer("1 + 1", label="add", sub_label="numbers", description="ours").timeit(3)
    assert (measured.title, measured.as_row_name) == ("add: numbers", "numbers")
    assert repr(measured).splitlines()[1:3] == ["add: numbers", "ours"]
    plain = benchmark.Timer("1 + 1").timeit(3)
    assert (plain.title, plain.as_row_name) == ("1 + 1", "1 + 1")


def test_a_compiled_module_holds_the_module_and_has_its_attributes():
    model = network()
    compiled = torch.compile(model)
    assert str(type(compiled)) == "<class 'torch._dynamo.eval_frame.OptimizedModule'>"
    assert next(iter(compiled.state_dict())) == "_orig_mod.0.weight"
    assert torch.equal(compiled(torch.ones(2, 4)), model(torch.ones(2, 4)))
    compiled.eval()
    compiled.mark = 3
    assert (model.training, model[1].training, model.mark) == (False, False, 3)
    with pytest.raises(AttributeError, match="'Sequential' object has no attribute 'nothing'"):
        compiled.nothing  # noqa: B018


def test_functions_are_compiled_and_scripted_to_themselves_and_modules_are_not_scripted():
    def double(x):
        return x * 2

    assert torch.compile(double) is torch.compile(fullgraph=True)(double) is double
    with pytest.warns(DeprecationWarning, match="torch.jit.script"):
        assert torch.jit.script(double) is double
    with pytest.raises(NotImplementedError, match="call the function or module itself"):
        torch.jit.script(network())


@pytest.mark.parametrize("name", ["load", "load_state_dict_from_url", "download_url_to_file"])
def test_what_would_be_fetched_is_refused_when_it_is_called(name):
    hub = importlib.import_module("engine.hub")
    with pytest.raises(NotImplementedError, match="download the file yourself"):
        getattr(hub, name)("somewhere")


def test_a_group_of_processes_is_refused_when_it_is_begun():
    with pytest.raises(NotImplementedError, match="use the module as it is, without DistributedDataParallel"):
        torch.distributed.init_process_group("gloo", rank=0, world_size=1)


GROUPS = """
torch.distributed.get_rank()
torch.distributed.get_world_size()
torch.distributed.barrier()
torch.distributed.all_reduce(torch.ones(2))
torch.distributed.new_group([0])
torch.distributed.destroy_process_group()
torch.distributed.is_torchelastic_launched()
torch.distributed.nothing_of_this_name
torch.nn.parallel.DistributedDataParallel
torch.nn.parallel.DistributedDataParallel(torch.nn.Linear(2, 2))
torch.nn.parallel.nothing_of_this_name
"""


@pytest.mark.parametrize("line", [line for line in GROUPS.split("\n") if line])
def test_without_a_group_of_processes_calls_answer_as_pytorchs_do(line):
    pytorch = pytest.importorskip("torch")

    def answer(namespace):
        try:
            return repr(eval(line, {"torch": namespace}))
        except Exception as error:
            return type(error), str(error)

    assert answer(torch) == answer(pytorch)


def test_the_version_is_that_of_pytorch_and_names_the_engine():
    assert torch.__version__ > (2, 12)
    assert torch.__version__.partition("+")[2].startswith("engine")


def test_sparse_tensors_refuse_what_they_lack_and_say_what_to_call():
    sparse = torch.tensor([[0.0, 1.5], [2.5, 0.0]]).to_sparse()
    for call in (lambda: torch.exp(sparse), lambda: sparse[0], lambda: torch.ones(2, 2).hypot(sparse)):
        with pytest.raises(NotImplementedError, match=r"call (its )?to_dense\(\)"):
            call()
    with pytest.raises(NotImplementedError, match="layout"):
        torch.ones(2).to_sparse(layout=torch.sparse_csr)


def test_tensors_without_elements_do_not_mix_with_others():
    full, empty = torch.zeros(2), torch.empty(2, device="meta")
    with pytest.raises(NotImplementedError, match=r"^Cannot copy out of meta tensor; no data!$"):
        full.copy_(empty)
    with pytest.raises(NotImplementedError, match=r"^Cannot copy out of meta tensor; no data!$"):
        full[:] = empty
    for join in (torch.cat, torch.stack):
        with pytest.raises(RuntimeError, match=r"^Tensor on device meta is not on the expected device cpu!$"):
            join([full, empty])
    assert empty.copy_(full).is_meta


def test_what_pytorch_warns_of_once_is_warned_of_once(monkeypatch):
    monkeypatch.setattr(importlib.import_module("engine.ops.from_data"), "_warned", set())
    x = torch.ones(2, 3, requires_grad=True)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for _ in range(2):
            x.grad = None
            (x * 2).sum().backward(create_graph=True)
            torch.ones(3).T  # noqa: B018
            (torch.ones(2) + 1j).to(torch.float32)
            x.grad = torch.ones(3, 2).t()
            x.sum().backward()
    assert len(caught) == 4
