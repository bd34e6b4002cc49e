"""`torch.library` and `torch.ops`: each program says the same with PyTorch and with the engine."""

import re
import typing
import warnings

import numpy as np
import pytest

import engine

torch = pytest.importorskip("torch")


def said(call):
    """What a call gives as text, or what it raises; without addresses and paths."""
    try:
        text = str(call())
    except Exception as error:
        text = f"{type(error).__module__}.{type(error).__name__}: {error}"
    text = re.sub(r"0x[0-9a-f]+|from '[^']*'|registered at \S+", "...", text)
    return text.replace("engine.", "torch.")


def both(program):
    """Run a program with PyTorch and with the engine, and compare line by line."""
    expected, found = list(program(torch)), list(program(engine))
    assert found == expected


def sine(torch, name="tests::sine"):
    @torch.library.custom_op(name, mutates_args=())
    def sine(x: torch.Tensor) -> torch.Tensor:
        return torch.from_numpy(np.sin(x.detach().numpy()))

    return sine


def test_a_custom_operator_is_an_operator_of_its_namespace():
    def program(torch):
        op = sine(torch)
        packet = torch.ops.tests.sine
        yield from map(
            str, (op, packet, packet.default, packet.default._schema, packet.overloads(), type(op))
        )
        yield repr(packet)
        yield said(lambda: torch.ops.tests.nothing)
        yield said(lambda: packet.nothing)
        yield packet.default.name(), packet.default.namespace, packet.__module__
        yield packet(torch.ones(2)).tolist(), packet.default(x=torch.ones(2)).tolist()

    both(program)


def test_arguments_that_do_not_fit_the_schema_are_refused():
    def program(torch):
        @torch.library.custom_op("tests::scaled", mutates_args=())
        def scaled(x: torch.Tensor, n: int, *, by: float = 1e-6) -> torch.Tensor:
            return x * n * by

        x = torch.ones(2)
        yield str(scaled._opoverload._schema)
        calls = [(), (x,), (x, 1.5), (x, "a"), (3, 1), (x, 1, 2), ([x], 1), (x, True), (x, torch.tensor(2))]
        for call in calls:
            yield said(lambda call=call: scaled(*call))
        yield said(lambda: scaled(x, 1, by="a"))
        yield said(lambda: scaled(x, n=1, wrong=1))
        yield said(lambda: scaled(x, 2, by=3))
        yield said(lambda: scaled(x, x=x))

    both(program)


def test_without_a_formula_backward_is_refused_and_with_one_it_can_be_differentiated_twice():
    def program(torch):
        op = sine(torch, "tests::sine_with_formula")
        x = torch.tensor([1.0, 2.0], requires_grad=True)
        yield str(op(x))
        yield said(lambda: op(x).sum().backward())

        def setup(ctx, inputs, output):
            ctx.save_for_backward(inputs[0])
            ctx.seen = (len(inputs), ctx.needs_input_grad, output.requires_grad)

        def backward(ctx, grad):
            return grad * ctx.saved_tensors[0].cos()

        op.register_autograd(backward, setup_context=setup)
        y = op(x)
        yield y.grad_fn.name(), y.grad_fn.seen, type(y.grad_fn).__name__
        (first,) = torch.autograd.grad(y.sum(), x, create_graph=True)
        yield str(first), str(torch.autograd.grad(first.sum(), x))
        yield said(lambda: torch.func.grad(lambda z: op(z).sum())(torch.ones(2)))

    both(program)


def test_results_must_not_share_memory_with_arguments_and_writes_are_counted():
    def program(torch):
        @torch.library.custom_op("tests::same", mutates_args=())
        def same(x: torch.Tensor) -> torch.Tensor:
            return x.view(-1)

        @torch.library.custom_op("tests::written_", mutates_args={"x"})
        def written_(x: torch.Tensor) -> None:
            np.negative(x.numpy(), out=x.numpy())

        x = torch.ones(2)
        yield said(lambda: same(x))
        yield str(written_._schema), written_(x), x.tolist(), x._version
        yield said(lambda: written_.register_autograd(lambda ctx, grad: grad))

    both(program)


def test_lists_of_tensors_are_differentiated_as_lists():
    def program(torch):
        @torch.library.custom_op("tests::weighted", mutates_args=())
        def weighted(ts: list[torch.Tensor], by: list[float]) -> torch.Tensor:
            return sum(each * factor for each, factor in zip(ts, by))

        def setup(ctx, inputs, output):
            ctx.by = inputs[1]

        weighted.register_autograd(
            lambda ctx, grad: ([grad * each for each in ctx.by], None), setup_context=setup
        )
        x = torch.ones(2, requires_grad=True)
        y = weighted([x, torch.ones(2)], [2, 3.0])
        yield str(y), str(torch.autograd.grad(y.sum(), x))
        weighted.register_autograd(lambda ctx, grad: (None, None), setup_context=setup)
        yield said(lambda: torch.autograd.grad(weighted([x], [2.0]).sum(), x))

    both(program)


def test_schemas_are_inferred_and_refused_in_the_words_of_pytorch():
    def program(torch):
        def many(
            x: torch.Tensor,
            sizes: list[int],
            o: typing.Optional[torch.Tensor],  # noqa: UP045 - PyTorch refuses the other form
            d: torch.dtype = torch.float32,
            *,
            q: float = 1e-6,
        ) -> tuple[torch.Tensor, int]:
            """Takes much."""

        def bare(x):
            """Has no annotations."""

        def wrong(x: torch.Tensor, y: dict) -> torch.Tensor:
            """Takes what no schema can express."""

        def unreturned(x: torch.Tensor):
            """Says not what it returns."""

        for function in (many, bare, wrong, unreturned):
            yield said(lambda function=function: torch.library.infer_schema(function, mutates_args=()))
        yield said(lambda: torch.library.infer_schema(many, mutates_args=("x", "o"), op_name="many"))
        yield said(lambda: torch.library.infer_schema(many, mutates_args="unknown"))
        yield said(lambda: torch.library.infer_schema(many, mutates_args=("q",)))
        yield said(lambda: torch.library.infer_schema(many, mutates_args=("z",)))

    both(program)


SCHEMAS = (
    "a(Tensor x, float b=2.0, *, int? c=None) -> Tensor",
    "b(Tensor(a!) x, int[2] n=1, str s='t', bool w=True) -> (Tensor, Tensor[])",
    "c(Tensor? x=None, ScalarType t=float32, Device d='cpu', float e=0.1) -> ()",
    "d Tensor",
    "e(Tensor a)",
    "f(Tensorr a) -> Tensor",
    "g(Tensor a -> Tensor",
    "h(int a=b) -> Tensor",
)


def test_libraries_define_operators_and_run_their_kernels():
    def program(torch):
        library = torch.library.Library("tests_of_libraries", "FRAGMENT")
        for schema in SCHEMAS:
            yield said(lambda schema=schema: library.define(schema))
        for name in "abc":
            yield str(getattr(torch.ops.tests_of_libraries, name).default._schema)
        library.impl("a", lambda x, b=2.0, *, c=None: x * b + (c or 0), "CPU")
        x = torch.ones(2, requires_grad=True)
        yield str(torch.ops.tests_of_libraries.a(x, 3, c=1))
        torch.library.register_autograd("tests_of_libraries::a", lambda ctx, grad: (grad * 5, None))
        y = torch.ops.tests_of_libraries.a(x, 3, c=1)
        yield str(y), str(torch.autograd.grad(y.sum(), x))
        yield said(lambda: library.impl("a", 3, "CPU"))
        yield said(lambda: library.impl("a", abs, "Nowhere"))

    both(program)


def test_without_any_formula_registered_backward_warns():
    def program(torch):
        library = torch.library.Library("tests_of_warnings", "FRAGMENT")
        library.define("cut(Tensor x) -> Tensor")
        library.impl("cut", lambda x: x.detach() * 2, "CPU")
        x = torch.ones(2, requires_grad=True)
        y = torch.ops.tests_of_warnings.cut(x)
        yield str(y), y.grad_fn.name()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            y.sum().backward()
        yield [str(each.message).partition(" (Triggered")[0] for each in caught], x.grad

    both(program)


def test_what_is_registered_besides_kernels():
    def program(torch):
        @torch.library.custom_op("tests::doubled", mutates_args=())
        def doubled(x: torch.Tensor) -> torch.Tensor:
            return x * 2

        yield said(lambda: torch.library.opcheck(doubled, (torch.ones(2),)))
        yield said(lambda: doubled(torch.ones(2, device="meta")))
        doubled.register_fake(lambda x: torch.empty_like(x))
        yield said(lambda: doubled(torch.ones(2, device="meta")).shape)
        yield said(lambda: torch.library.opcheck(doubled, (torch.ones(2),)))

        @doubled.register_vmap
        def rule(info, in_dims, x):
            return doubled(x) + info.batch_size, in_dims[0]

        yield torch.vmap(doubled, in_dims=1)(torch.ones(2, 3)).tolist()
        doubled.register_kernel("cpu")(lambda x: x * 7)
        yield doubled(torch.ones(1)).tolist()
        with doubled.set_kernel_enabled("cpu", enabled=False):
            yield doubled(torch.ones(1)).tolist()

    both(program)
