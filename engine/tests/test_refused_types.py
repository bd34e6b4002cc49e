"""Types that PyTorch's kernels do not take, and operands of different types: the same line on both, compared by its text."""

import warnings

import pytest

import engine

torch = pytest.importorskip("torch")

PRODUCTS_OF_TRUTHS = """
torch.mm(zeros(2, 3), zeros(3, 4))
torch.mm(zeros(2, 0), zeros(0, 4))
zeros(2, 3) @ zeros(3)
zeros(3) @ zeros(3, 4)
zeros(2, 2, 3) @ zeros(3, 4)
zeros(2, 2, 3) @ zeros(2, 3, 4)
zeros(2, 20, 20) @ zeros(2, 20, 20)
torch.bmm(zeros(0, 2, 3), zeros(0, 3, 4))
torch.addmm(zeros(4), zeros(2, 3), zeros(3, 4))
torch.addmv(zeros(2), zeros(2, 3), zeros(3))
torch.addbmm(zeros(2, 4), zeros(2, 2, 3), zeros(2, 3, 4))
torch.baddbmm(zeros(2, 2, 4), zeros(2, 2, 3), zeros(2, 3, 4))
torch.baddbmm(zeros(2, 20, 20), zeros(2, 20, 20), zeros(2, 20, 20))
torch.nn.functional.linear(zeros(2, 2, 3), zeros(4, 3), zeros(4))
torch.nn.functional.bilinear(zeros(2, 3), zeros(2, 3), zeros(4, 3, 3))
torch.einsum("i,i->", zeros(3), zeros(3))
torch.linalg.cross(zeros(2, 3), zeros(2, 3))
torch.trace(zeros(2, 2))
torch.dist(zeros(3), zeros(3))
torch.clamp(zeros(2), zeros(2), zeros(2))
"""
OTHERS = """
torch._standard_gamma(torch.zeros(2).long())
torch._sample_dirichlet(torch.zeros(2).long())
torch.dot(torch.zeros(1), torch.zeros(3).half())
torch.linalg.cross(torch.zeros(2, 3), torch.zeros(2, 3).half())
torch.cdist(torch.zeros(2, 2).half(), torch.zeros(2, 2).half())
torch.cdist(torch.zeros(2, 2), torch.zeros(2, 2).double())
torch.cdist(torch.zeros(30, 2), torch.zeros(2, 2).double())
torch.cdist(torch.zeros(30, 2).bfloat16(), torch.zeros(2, 2).bfloat16()).dtype
torch.cdist(torch.zeros(2, 2) + 0j, torch.zeros(2, 2))
torch.renorm(torch.zeros(3, 2).long(), 2, 0, 1.0)
torch.clamp_max(torch.zeros(2) + 0j, torch.zeros(2))
torch.clamp_max(torch.zeros(2) + 0j, 1.0)
"""
MIXED = """
torch.baddbmm(torch.ones(1, 2, 2), torch.ones(1, 2, 2).double(), torch.ones(1, 2, 2))
torch.baddbmm(torch.ones(1, 2, 2), torch.ones(1, 2, 2), torch.ones(1, 2, 2).double())
torch.addbmm(torch.ones(2, 2), torch.ones(1, 2, 2).double(), torch.ones(1, 2, 2))
torch.addmm(torch.ones(2), torch.ones(2, 2).double(), torch.ones(2, 2).half())
torch.addr(torch.ones(2, 2), torch.ones(2).long(), torch.ones(2).long()).dtype
torch.nn.functional.bilinear(torch.ones(2, 2), torch.ones(2, 2), torch.ones(3, 2, 2).double())
torch.linalg.vecdot(torch.ones(2, 2), torch.ones(2, 2).double())
torch.cholesky_solve(torch.ones(2, 1), torch.eye(2).double())
torch.ldexp(torch.ones(2), torch.ones(()).double()).dtype
torch.ldexp(torch.ones(2).half(), torch.ones(2).long()).dtype
torch.ldexp(torch.ones(2), torch.tensor([True, False]))
torch.normal(torch.ones(2), torch.ones(2).double()).dtype
torch.nn.functional.huber_loss(torch.ones(2), torch.ones(2).double()).dtype
torch.nn.functional.soft_margin_loss(torch.ones(2).half(), torch.ones(2)).dtype
torch.nn.functional.binary_cross_entropy(torch.ones(2), torch.ones(2), torch.ones(2).double())
torch.nn.functional.binary_cross_entropy_with_logits(torch.ones(2).double(), torch.ones(2)).dtype
torch.nn.functional.conv_transpose2d(torch.ones(1, 1, 2, 2), torch.ones(1, 1, 2, 2), torch.ones(1).double()).dtype
torch.nn.functional.conv_transpose2d(torch.ones(1, 1, 2, 2).int(), torch.ones(1, 1, 2, 2).int())
torch.nn.functional.layer_norm(torch.ones(2, 2).long(), (2,), torch.ones(2), torch.ones(2))
torch.nn.functional.group_norm(torch.ones(2, 2, 2), 1, torch.ones(2), torch.ones(2).double())
torch.nn.functional.batch_norm(torch.ones(2, 2) + 0j, None, None, training=True)
torch.nn.functional.max_pool2d(torch.ones(1, 2, 2) + 0j, 2)
torch.nn.functional.avg_pool3d(torch.ones(1, 2, 2, 2).half(), 2)
torch.nn.functional.adaptive_avg_pool2d(torch.ones(1, 2, 2) + 0j, 2)
torch.nn.functional.max_unpool2d(torch.ones(1, 1, 1).long(), torch.zeros(1, 1, 1).long(), 2)
torch.nn.functional.interpolate(torch.ones(1, 1, 2) + 0j, 3)
torch.nn.functional.grid_sample(torch.ones(1, 1, 2, 2).long(), torch.zeros(1, 1, 1, 2), align_corners=False)
torch.median(torch.tensor([True]), 0)
torch.round(torch.tensor([1]), decimals=0)
"""


def shown(namespace, line):
    def zeros(*sizes):
        return namespace.zeros(sizes, dtype=namespace.bool)

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            return repr(eval(line, {"torch": namespace, "zeros": zeros}))
        except Exception as error:
            return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(
    "line", [line for lines in (PRODUCTS_OF_TRUTHS, OTHERS, MIXED) for line in lines.split("\n") if line]
)
def test_a_type_is_refused_in_pytorchs_words(line):
    assert shown(engine, line) == shown(torch, line)
