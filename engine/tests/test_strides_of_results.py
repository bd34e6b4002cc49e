"""How results lie in memory, of operands that do not lie in order: as PyTorch's do, dimension by dimension."""

import pytest

import engine

torch = pytest.importorskip("torch")

FUNCTIONS = """
x.unsqueeze(-1)
x[..., None]
x.unsqueeze(1).squeeze((1,))
x[:1, :1].squeeze()
x[0].ravel()
torch.atleast_3d(x)
x.cumsum(0)
x.cumprod(-1)
x.logcumsumexp(0)
x.cummax(1)
x.int().cumsum(0)
x.flip(0)
x.flip(0, 1)
x.roll(1, 0)
torch.rot90(x)
torch.rot90(x, 2)
torch.rot90(x, 3, (1, 0))
x.softmax(0)
x.log_softmax(1)
x.clamp(x, x.contiguous())
x.maximum(x.contiguous())
torch.addcmul(x, x.contiguous(), x.contiguous())
torch.addcdiv(x, x.contiguous(), x.contiguous() + 9)
torch.lerp(x, x.contiguous(), 0.5)
torch.lerp(x, x.contiguous(), x)
torch.where(x > 0, x.contiguous(), x)
x == x.contiguous()
x.masked_fill(x > 0, 1.0)
x.masked_scatter(x > 0, x.contiguous())
x.sum(0, keepdim=True)
x.mean(0)
x.var(0)
x.std(1, keepdim=True)
x.prod(0)
x.amax(0)
x.argmax(0)
x.any(0, keepdim=True)
x.logsumexp(0)
x.aminmax(dim=1, keepdim=True)
torch.var_mean(x, 0)
x.norm(p=1, dim=0)
x.double()
x.exp()
x.erf()
x.nan_to_num()
x.sinh()
x.scatter_add(0, torch.zeros(x.shape).long(), x)
x.scatter_reduce(0, torch.zeros(x.shape).long(), x, "amax")
x.index_add(0, torch.arange(x.shape[0]), x)
x.index_copy(0, torch.arange(x.shape[0]), x)
x.index_fill(0, torch.tensor([0]), 1.0)
x.index_put((torch.tensor([0]),), torch.tensor(1.0))
torch.renorm(x, 2, 0, 1.0)
x.tril()
torch.heaviside(x, x.contiguous())
torch.div(x, x.contiguous() + 9, rounding_mode="floor")
torch.remainder(x, x.contiguous() + 9)
torch.cdist(x, x)
torch.nn.functional.logsigmoid(x)
torch.nn.functional.mse_loss(x, x.contiguous(), reduction="none")
torch.nn.functional.smooth_l1_loss(x, x.contiguous(), reduction="none")
torch.nn.functional.rms_norm(x, x.shape[-1:])
"""
LAYOUTS = {
    "the last two exchanged": lambda torch, x: x.mT.contiguous().mT,
    "turned round": lambda torch, x: x.permute(2, 1, 0).contiguous().permute(2, 1, 0),
    "channels last": lambda torch, x: x.movedim(1, -1).contiguous().movedim(-1, 1),
    "every second": lambda torch, x: torch.stack([x, x], -1)[..., 0],
    "the first repeated": lambda torch, x: x[:1].expand(x.shape),
}


def strides(namespace, line, layout):
    x = LAYOUTS[layout](namespace, namespace.arange(60.0).reshape(3, 4, 5) / 9 - 3)
    found = eval(line, {"torch": namespace, "x": x})
    return [each.stride() for each in (found if isinstance(found, tuple) else (found,))]


@pytest.mark.parametrize("layout", LAYOUTS)
def test_results_lie_as_pytorchs_do(layout):
    lines = [line for line in FUNCTIONS.split("\n") if line]
    assert {line: strides(engine, line, layout) for line in lines} == {
        line: strides(torch, line, layout) for line in lines
    }


def test_a_matrix_turned_by_a_quarter_is_a_transposed_copy():
    assert engine.rot90(engine.ones(2, 3)).stride() == torch.rot90(torch.ones(2, 3)).stride()


VIEWS = """
torch.ones(1, 3, 1).permute(1, 2, 0).view(3, 1)
torch.ones(3, 1, 1).permute(1, 2, 0).view(1, 1, 3)
torch.ones(3, 1).t().contiguous().t().reshape(3, 1, 1)
torch.ones(4, 1, 2).mT.unsqueeze(0).view(1, 4, 2, 1, 1)
torch.ones(2, 3, 4).permute(2, 0, 1).view(4, 1, 6, 1)
torch.ones(2, 1, 3).permute(0, 2, 1).unsqueeze(0)
torch.ones(2, 1, 3).permute(1, 0, 2).unsqueeze(1)
torch.ones(2, 3, 1).permute(2, 1, 0).reshape(1, 3, 1, 2)
torch.ones(3).expand(2, 3).view(2, 1, 3, 1)
torch.einsum("ij,jc->ci", torch.ones(1, 3), torch.ones(3, 3))
torch.einsum("bijh,bjhc->bihc", torch.ones(2, 4, 3, 2), torch.ones(2, 3, 2, 1))
torch.einsum("bijh,bjhc->cbhi", torch.ones(1, 1, 3, 1), torch.ones(1, 3, 1, 3))
"""


@pytest.mark.parametrize("line", [line for line in VIEWS.split("\n") if line])
def test_dimensions_of_size_1_step_as_pytorchs_do(line):
    assert eval(line, {"torch": engine}).stride() == eval(line, {"torch": torch}).stride()
