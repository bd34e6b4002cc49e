"""`out=`: what is written, the types that are taken, and under which name what requires grad is refused; beside live PyTorch."""

import warnings

import pytest

import engine

torch = pytest.importorskip("torch")

CALLS = """
torch.softmax(x, 0, out=out)
torch.log_softmax(input=x, dim=0, out=out)
torch.scatter(x, 0, zeros, x, out=out)
torch.scatter_add(x, 0, zeros, x, out=out)
torch.scatter_reduce(x, 0, zeros, x, "sum", out=out)
torch.index_add(x, 0, both, x, out=out)
torch.index_copy(x, 0, both, x, out=out)
torch.index_reduce(x, 0, both, x, "amax", out=out)
torch.addmv(x[0], x, x[0], out=out)
torch.baddbmm(x[None], x[None], x[None], out=out)
torch.argmax(x, 0, out=out)
torch.neg(x, out=out)
torch.floor(x, out=out)
torch.renorm(x, 2, 0, 1.0, out=out)
torch.linalg.det(x, out=out)
torch.linalg.inv(x, out=out)
torch.linalg.vector_norm(x, out=out)
torch.linalg.qr(x, out=(out, out.clone()))
torch.cummax(x, 0, out=(out, zeros.clone()))
torch.kthvalue(x, 1, out=(out, zeros.clone()))
torch.special.i1(x, out=out)
torch.hstack([x, x], out=out)
"""


def called(namespace, line, kind, required):
    """What a call gives or raises, and what stands in `out` then."""
    x = namespace.tensor([[3.0, 1.0], [-1.0, 2.0]])
    out = namespace.empty(0, dtype=getattr(namespace, kind), requires_grad=required)
    known = {"torch": namespace, "x": x, "out": out}
    known.update(zeros=namespace.zeros(2, 2).long(), both=namespace.tensor([0, 1]))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            eval(line, known)
        except Exception as error:
            return f"{type(error).__name__}: {error}"
    return str(out.dtype), [[round(each, 5) for each in row] for row in out.reshape(1, -1).tolist()]


@pytest.mark.parametrize("line", [line for line in CALLS.split("\n") if line])
def test_results_are_written_where_the_type_is_theirs(line):
    for kind in ("float32", "float64", "int32"):
        if kind == "float32" or not line.startswith(("torch.kthvalue", "torch.cummax", "torch.hstack")):
            assert called(engine, line, kind, False) == called(torch, line, kind, False)


@pytest.mark.parametrize("line", [line for line in CALLS.split("\n") if line and "argmax" not in line])
def test_what_requires_grad_is_refused_under_the_kernels_name(line):
    assert called(engine, line, "float32", True) == called(torch, line, "float32", True)
