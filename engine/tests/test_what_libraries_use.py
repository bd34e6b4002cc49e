"""What libraries that are written for PyTorch import, ask and name, beyond what programs do."""

import pickle
import subprocess
import sys
import threading
import typing
from abc import ABC

import pytest

import engine as torch


@pytest.mark.parametrize(
    ("package", "name"),
    [
        ("optim", "Adam"),
        ("optim.lr_scheduler", "StepLR"),
        ("nn", "Linear"),
        ("nn.functional", "relu"),
        ("distributions", "Normal"),
    ],
)
def test_a_package_s_dict_holds_what_it_has(package, name):
    program = f"import engine\nprint({name!r} in vars(engine.{package}), engine.{package}.__dict__[{name!r}].__name__)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["True", name]


def test_distributions_can_have_bases_with_a_class_of_their_own():
    class Kind(type):
        pass

    class Mine(torch.distributions.Normal, metaclass=Kind):
        pass

    class Prior(torch.distributions.Distribution, torch.nn.Module, ABC):
        pass

    assert Mine(0.0, 1.0).log_prob(torch.tensor(0.0)) == torch.distributions.Normal(0.0, 1.0).log_prob(
        torch.tensor(0.0)
    )
    assert repr(torch.distributions.Normal) == "<class 'torch.distributions.normal.Normal'>"
    assert issubclass(Prior, ABC)
    assert pickle.loads(pickle.dumps(torch.distributions.Normal(2.0, 1.0))).mean == 2.0


@pytest.mark.parametrize(
    ("module", "name"),
    [
        ("fx", "symbolic_trace"),
        ("fx", "GraphModule"),
        ("onnx", "export"),
        ("export", "export"),
        ("jit", "trace"),
        ("utils.cpp_extension", "load"),
        ("_subclasses.fake_tensor", "FakeTensorMode"),
    ],
)
def test_what_is_not_there_can_be_imported_and_is_refused_when_it_is_used(module, name):
    place = __import__(f"engine.{module}", fromlist=[name])
    with pytest.raises(NotImplementedError, match=rf"torch\.{module}\.{name} is not there: "):
        getattr(place, name)(None)


def test_what_asks_for_a_compiler_or_another_process_gets_an_answer():
    assert torch.onnx.is_in_onnx_export() is False
    assert torch.compiler.is_exporting() is False
    assert torch.jit.annotate(int, 3) == 3
    assert torch.jit.wait(torch.jit.fork(lambda x: x + 1, torch.tensor(1.0))) == 2
    assert str(torch.distributed.ReduceOp.SUM) == "RedOpType.SUM"
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        torch.distributed.all_gather_object([None], 3)
    with pytest.raises(ValueError, match="Default process group has not been initialized"):
        torch.distributed.nn.functional.all_reduce(torch.ones(1))
    with torch.cuda.stream(None):
        pass


def test_fx_marks_functions_of_a_module_only():
    with pytest.raises(NotImplementedError, match="wrap must be called at the top level of a module"):
        torch.fx.wrap(len)
    with pytest.raises(RuntimeError, match="Unsupported type for global function"):
        torch.fx.wrap(3)


# ---- futures -----------------------------------------------------------------------------------------------


def test_a_future_is_waited_for():
    future = torch.futures.Future()
    assert not future.done()
    threading.Timer(0.01, future.set_result, [3]).start()
    assert future.wait() == future.value() == 3
    with pytest.raises(RuntimeError, match="Attempting to mark a completed Future as complete again"):
        future.set_result(4)


def test_what_follows_a_future():
    future = torch.futures.Future()
    doubled, broken = future.then(lambda done: done.value() * 2), future.then(lambda done: 1 / 0)
    seen = []
    future.add_done_callback(lambda done: seen.append(done.value()))
    future.set_result(5)
    assert (doubled.wait(), seen) == (10, [5])
    with pytest.raises(
        RuntimeError, match="Got the following error when running the callback: ZeroDivisionError"
    ):
        broken.wait()


def test_several_futures_are_one():
    first, second = torch.futures.Future(), torch.futures.Future()
    together = torch.futures.collect_all([first, second])
    first.set_result(1)
    assert not together.done()
    second.set_result(2)
    assert torch.futures.wait_all([first, second]) == [1, 2]
    assert together.wait() == [first, second]
    failed = torch.futures.Future()
    failed.set_exception(ValueError("no"))
    with pytest.raises(ValueError, match="no"):
        torch.futures.wait_all([first, failed])
    assert torch.futures.wait_all([]) == []


# ---- authors of optimizers ---------------------------------------------------------------------------------


def test_an_optimizer_written_as_pytorch_s_are():
    from engine.optim.optimizer import Optimizer, _get_value, _use_grad_for_differentiable, _view_as_real

    class Mine(Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr, "differentiable": False})

        @_use_grad_for_differentiable
        def step(self, closure=None):
            assert not torch.is_grad_enabled()
            for group in self.param_groups:
                params, grads = list(group["params"]), [each.grad for each in group["params"]]
                _view_as_real(params, grads)
                torch._foreach_add_(params, grads, alpha=-_get_value(torch.tensor(group["lr"])))

    x = torch.tensor([1 + 2j], requires_grad=True)
    x.abs().square().sum().backward()
    Mine([x], 0.5).step()
    assert x.tolist() == [0j]


# ---- names of arguments ------------------------------------------------------------------------------------


def test_arguments_by_the_names_of_each_form():
    x = torch.arange(6.0)
    assert [each.tolist() for each in x.split(split_size=4)] == [[0, 1, 2, 3], [4, 5]]
    assert len(torch.split(tensor=x, split_size_or_sections=[2, 4])) == 2
    assert torch.max(x, other=-x).tolist() == x.max(other=-x).tolist() == x.tolist()
    assert (x.pow(exponent=2) == x * x).all()
    assert len(x.tensor_split(sections=4)) == 4
    assert len(torch.hsplit(x, indices=(1, 2))) == len(x.hsplit(indices=(1, 2))) == 3
    assert torch.relu_(input=torch.tensor([-1.0])) == 0
    assert x.clone().resize_(size=(2,)).tolist() == [0, 1]
    assert x.sum_to_size(size=(1,)).tolist() == [15]
    assert torch.zeros(2).uniform_(**{"from": 2, "to": 2}).tolist() == [2, 2]
    assert torch.zeros(2).normal_(mean=torch.tensor(1.0), std=torch.tensor(0.0)).tolist() == [1, 1]
    assert torch.cholesky_solve(input=torch.ones(1, 1), input2=torch.tensor([[2.0]])) == 0.25


@pytest.mark.parametrize(
    ("call", "sentence"),
    [
        (lambda: torch.linalg.cholesky(A=torch.eye(2)), 'linalg_cholesky() missing 1 required positional arguments: "input"'),
        (lambda: torch.linalg.inv(3), "linalg_inv(): argument 'A' (position 1) must be Tensor, not int"),
        (lambda: torch.linalg.det(torch.eye(2), foo=1), "linalg_det() got an unexpected keyword argument 'foo'"),
        (lambda: torch.linalg.svd(torch.eye(2), "x"), "linalg_svd(): argument 'full_matrices' (position 2) must be bool, not str"),
        (lambda: torch.fft.fft("a"), "fft_fft(): argument 'input' (position 1) must be Tensor, not str"),
        (lambda: torch.fft.rfft(torch.ones(2), norm=3), "fft_rfft(): argument 'norm' must be str, not int"),
        (lambda: torch.zeros(2).normal_(torch.ones(2)), "normal_(): argument 'mean' (position 1) must be float, not Tensor"),
    ],
)  # fmt: skip
def test_wrong_arguments_are_refused_in_pytorch_s_words(call, sentence):
    with pytest.raises(TypeError) as refusal:
        call()
    assert str(refusal.value) == sentence


# ---- points that fill a cube -------------------------------------------------------------------------------


def test_sobol_points_are_those_of_the_sequence():
    engine = torch.quasirandom.SobolEngine(3)
    points = engine.draw(4)
    assert points.tolist() == [[0, 0, 0], [0.5, 0.5, 0.5], [0.75, 0.25, 0.25], [0.25, 0.75, 0.75]]
    assert engine.reset().fast_forward(2).draw(1).tolist() == points[2:3].tolist()
    assert engine.reset().draw_base2(2).tolist() == points.tolist()
    with pytest.raises(ValueError, match="require n to be a power of 2"):
        engine.draw_base2(3)
    with pytest.raises(ValueError, match=r"is \[1, 21201\]"):
        torch.quasirandom.SobolEngine(0)


def test_scrambled_points_are_pytorch_s():
    reference = pytest.importorskip("torch")
    mine = torch.quasirandom.SobolEngine(5, scramble=True, seed=3).draw(6, dtype=torch.float64)
    theirs = reference.quasirandom.SobolEngine(5, scramble=True, seed=3).draw(6, dtype=reference.float64)
    assert mine.tolist() == theirs.tolist()


# ---- models that libraries build ---------------------------------------------------------------------------


def test_hints_of_types_of_modules_of_one_s_own():
    class Mine(torch.nn.Module):
        size: int

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            return x

    assert typing.get_type_hints(Mine)["size"] is int
    assert typing.get_type_hints(torch.nn.LSTM)["hidden_size"] is int
    assert typing.get_type_hints(torch.utils.data.DataLoader)


def test_types_of_few_bits_have_names_and_limits_and_are_refused_in_use():
    kind = torch.float8_e4m3fn
    assert (str(kind), kind.itemsize, torch.finfo(kind).max) == ("torch.float8_e4m3fn", 1, 448.0)
    assert pickle.loads(pickle.dumps(kind)) is kind
    with pytest.raises(NotImplementedError, match="NumPy has no such type: use float32"):
        torch.ones(2).to(kind)


def test_a_storage_reads_a_file(tmp_path):
    path = str(tmp_path / "numbers")
    (tmp_path / "numbers").write_bytes(torch.tensor([1.0, 2.0, 3.0]).numpy().tobytes())
    read = torch.UntypedStorage.from_file(path, nbytes=12)
    assert torch.asarray(read[4:12], dtype=torch.uint8).view(dtype=torch.float32).tolist() == [2, 3]
    assert read.filename is None
    assert torch.UntypedStorage.from_file(path, True, 12).filename == path
    assert torch.UntypedStorage.from_file("nowhere").nbytes() == 0
    with pytest.raises(RuntimeError, match="is smaller than the required mapping size <100>"):
        torch.UntypedStorage.from_file(path, False, 100)


@pytest.mark.parametrize("name", ["relu", "elu", "hardswish", "dropout"])
def test_activations_in_place_on_meta(name):
    x = torch.empty(2, 3, device="meta", requires_grad=True) * 2
    y = getattr(torch.nn.functional, name)(x, inplace=True)
    assert y is x
    assert x.grad_fn is not None


def test_shapes_on_meta_change_in_place():
    x = torch.empty(2, device="meta")
    assert x.unsqueeze_(0).shape == (1, 2)
    assert x.resize_(3, 2).shape == (3, 2)
    with torch.device("meta"):
        assert torch.get_default_device() == torch.device("meta")


def test_what_stands_for_nothing_asked_is_no_gradient():
    x, weight = torch.randn(1, 2, 3, 3), torch.randn(2, 2, 2, 2)

    def of(x):
        return torch.nn.functional.conv2d(x, weight).pow(3).sum()

    along = torch.func.jvp(torch.func.grad(of), (x,), (x,))[1]
    assert torch.allclose(along, 2 * torch.func.grad(of)(x), atol=1e-4)  # a form of the third degree
