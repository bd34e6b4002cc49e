"""Options of layers' functions that are of a wrong type, and sizes of zero: the same line on both, compared by its text."""

import warnings

import pytest

import engine

torch = pytest.importorskip("torch")

OPTIONS = """
F.nll_loss(ones(3, 4), classes, ignore_index=1.5)
F.nll_loss(ones(3, 4), classes, ignore_index=True)
F.nll_loss(ones(3, 4), classes, weight=[1, 2, 3, 4])
F.cross_entropy(ones(3, 4), classes, ignore_index=None)
F.cross_entropy(ones(3, 4), classes, ignore_index=torch.tensor(1))
F.cross_entropy(ones(3, 4), classes, label_smoothing="a")
F.smooth_l1_loss(ones(2), ones(2), beta=None)
F.huber_loss(ones(2), ones(2), delta="a")
F.poisson_nll_loss(ones(2), ones(2), eps="a")
F.kl_div(ones(2), ones(2), reduction="sum", log_target="a")
F.margin_ranking_loss(ones(3), ones(3), ones(3), margin="a")
F.hinge_embedding_loss(ones(3), ones(3), margin="a")
F.cosine_embedding_loss(ones(2, 3), ones(2, 3), ones(2), margin="a")
F.multi_margin_loss(ones(3, 4), classes, margin="a")
F.triplet_margin_loss(ones(2, 3), ones(2, 3), ones(2, 3), p="a")
F.cosine_similarity(ones(2, 3), ones(2, 3), eps=-1)
F.cosine_similarity(ones(2, 3), ones(2, 3), eps=float("nan"))
F.cosine_similarity(ones(2, 3), ones(2, 3), dim=1.0)
F.cosine_similarity(ones(2, 3), ones(2, 3), True)
F.layer_norm(ones(2, 3), (3,), eps=True)
F.leaky_relu(ones(3), "a")
F.leaky_relu_(ones(3), None)
F.elu(ones(3), "a")
F.celu(ones(3), "a", True)
F.rrelu(ones(3), 0.1, "a")
F.hardtanh(ones(3), "a", "b")
F.softplus(ones(3), "a")
F.softshrink(ones(3), lambd="a")
F.hardshrink(ones(3), "a")
F.gelu(ones(3), approximate=None)
F.glu(ones(4), dim=0.0)
F.threshold(ones(3), 0.1)
__import__(torch.__name__ + ".nn.utils.prune", fromlist=["_"]).is_pruned(3)
"""
SIZES = """
F.interpolate(ones(1, 1, 4, 4), size=(2, 2.0), mode="bilinear")
F.interpolate(ones(1, 1, 4, 4), size=2.5, mode="bilinear")
F.interpolate(ones(1, 1, 4), size=2.5)
F.interpolate(ones(1, 1, 4), scale_factor=torch.tensor(2.0))
F.interpolate(ones(1, 1, 4, 4), scale_factor=(2, "a"), mode="bilinear", antialias=True)
F.interpolate(ones(1, 1, 4), size=2, mode="bicubic")
F.interpolate(ones(1, 1, 4, 4), size=2, mode="lanczos")
F.interpolate(ones(1, 1, 4, 4), size=2.5, mode="area")
F.adaptive_avg_pool1d(ones(2, 5), None)
F.adaptive_avg_pool2d(ones(2, 5, 5), 2.5)
F.adaptive_avg_pool2d(ones(2, 5, 5), (2.5, 1))
F.adaptive_max_pool1d(ones(2, 5), (None,))
F.adaptive_max_pool3d(ones(2, 5, 5, 5), "abc")
"""
OF_ZERO = """
torch.autograd.grad(F.conv2d(ones(2, 0, 5, 5), ones(4, 0, 3, 3), bias := ones(4).requires_grad_()).sum(), bias)
F.conv1d(ones(2, 0, 5), ones(4, 0, 3))
F.conv3d(ones(2, 0, 3, 3, 3), ones(4, 0, 2, 2, 2))
torch.native_layer_norm(ones(2, 0), (0,), None, None, 1e-5)
torch.autograd.grad(F.layer_norm(x := ones(2, 0).requires_grad_(), (0,)).sum(), x)
F.cross_entropy(ones(0, 4).requires_grad_(), ones(0, 4))
"""


def shown(namespace, line):
    names = {"torch": namespace, "F": namespace.nn.functional, "ones": namespace.ones}
    names["classes"] = namespace.tensor([0, 1, 2])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            return repr(eval(line, names))
        except Exception as error:
            return f"{type(error).__name__}: {error}"


@pytest.mark.parametrize(
    "line", [line for lines in (OPTIONS, SIZES, OF_ZERO) for line in lines.split("\n") if line]
)
def test_an_option_is_taken_or_refused_as_by_pytorch(line):
    assert shown(engine, line) == shown(torch, line)
