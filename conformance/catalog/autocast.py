"""`torch.autocast` on the CPU: what is computed in bfloat16, what in float32, and which gradients arrive."""

from __future__ import annotations

from conformance import case

OPS = "Automatic Mixed Precision package: CPU Op-Specific Behavior"
PAIRED = (
    "mse_loss l1_loss smooth_l1_loss huber_loss binary_cross_entropy binary_cross_entropy_with_logits soft_margin_loss "
    "poisson_nll_loss hinge_embedding_loss kl_div"
)
CLOSE = (2e-2, 2e-3)
ROUNDED = "sums of bfloat16 are added up in the order and precision that a library's product has"


def _numbers(torch, requires_grad=False):
    return torch.tensor(
        [[0.25, 0.5, 0.75], [0.625, 0.375, 0.125], [0.875, 0.0625, 0.3125]], requires_grad=requires_grad
    )


def _types(values):
    return [str(each.dtype) for each in values]


@case(OPS, tolerance=CLOSE, reason=ROUNDED)
def products_in_bfloat16(torch):
    """Products of matrices, linear layers and convolutions give bfloat16, and gradients come in float32."""
    x = _numbers(torch, requires_grad=True)
    functional = torch.nn.functional
    with torch.autocast("cpu", dtype=torch.bfloat16):
        found = [x @ x, torch.mm(x, x), functional.linear(x, x), torch.einsum("ij,kj->ik", x, x)]
        found += [functional.conv2d(x[None, None], x[None, None]), torch.addmm(x, x, x)]
        yield "types", _types(found)
        yield "beside them", _types([x + x, x.exp(), x.sum(), torch.softmax(found[0], 1), x[0].dot(x[1])])
    found[0].backward(torch.tensor([[1.0, 0.5, -1.0], [2.0, -0.5, 1.0], [0.0, 1.5, 1.0]]).bfloat16())
    yield "gradient", x.grad


@case(OPS)
def losses_in_float32(torch):
    """Losses of bfloat16 are computed and returned in float32."""
    x = _numbers(torch).bfloat16()
    target = torch.tensor([[0.5, 0.25, 0.75], [0.125, 1.0, 0.5], [0.25, 0.75, 0.0]])
    functional = torch.nn.functional
    for name in PAIRED.split():
        with torch.autocast("cpu", dtype=torch.bfloat16):
            yield name, getattr(functional, name)(x, target, reduction="sum")
    classes = torch.tensor([2, 0, 1])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        yield "cross_entropy", functional.cross_entropy(x, classes)
        yield "multi_margin_loss", functional.multi_margin_loss(x, classes)
        yield "triplet_margin_loss", functional.triplet_margin_loss(x, x.flip(0), x.roll(1, 1))
        yield (
            "cosine_embedding_loss",
            functional.cosine_embedding_loss(x, x.flip(0), torch.tensor([1, -1, 1])),
        )
        yield "margin_ranking_loss", functional.margin_ranking_loss(x[0], x[1], x[2])


@case(OPS)
def loss_of_a_result_in_bfloat16(torch):
    """A loss between a layer's bfloat16 and a float32 target casts the layer's result, and the node shows it."""
    weight = _numbers(torch, requires_grad=True)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        out = torch.eye(3) @ weight
        loss = torch.nn.functional.mse_loss(out, torch.tensor([[0.5, 0.25, 0.75]]).expand(3, 3))
    yield "loss", loss
    yield "behind it", loss.grad_fn.next_functions[0][0].name()
    loss.backward()
    yield "gradient", weight.grad


@case(OPS)
def functions_in_float32(torch):
    """`prod`, `cdist`, `quantile`, `trace`, and factors of matrices are computed in float32."""
    x = _numbers(torch).bfloat16()
    with torch.autocast("cpu", dtype=torch.bfloat16):
        yield "prod", [x.prod(), x.prod(0)]
        yield "quantile", torch.quantile(x, torch.tensor([0.25, 0.5]))
        yield "trace", x.trace()
        yield "cdist", torch.cdist(x, x.flip(0))
        yield "inverse", torch.inverse(x)
        yield "solution", torch.linalg.solve(x, x[0])
        yield "singular values", torch.linalg.svdvals(x)
        yield "eigenvalues", torch.linalg.eigvalsh(x)
        yield "polar", torch.polar(x, x)
        yield (
            "grid",
            torch.nn.functional.grid_sample(x[None, None], torch.zeros(1, 1, 2, 2), align_corners=True),
        )


@case(OPS, tolerance=CLOSE, reason=ROUNDED)
def layers_of_several_operations_in_bfloat16(torch):
    """Attention and LSTM take float32 and give bfloat16; GRU, which consists of known operations, does as these."""
    x = _numbers(torch)
    lstm, gru = torch.nn.LSTM(3, 2), torch.nn.GRU(3, 2)
    for layer in (lstm, gru):
        for index, each in enumerate(layer.parameters()):
            torch.nn.init.constant_(each, 0.125 * (index + 1))
    with torch.autocast("cpu", dtype=torch.bfloat16):
        yield "attention", torch.nn.functional.scaled_dot_product_attention(x[None], x[None], x[None])
        yield "LSTM", lstm(x)[0]
        yield "GRU", str(gru(x)[0].dtype)
        yield "bilinear", str(torch.nn.functional.bilinear(x, x, x[None]).dtype)


@case("Automatic Mixed Precision package: Autocasting")
def older_names_for_the_cpu(torch):
    """`torch.cpu.amp.autocast` is `torch.autocast("cpu")`, in bfloat16 by default."""
    x = _numbers(torch)
    with torch.cpu.amp.autocast():
        yield "type", str((x @ x).dtype)
        yield "enabled", torch.is_autocast_enabled("cpu")
    with torch.cpu.amp.autocast(enabled=False):
        yield "disabled", str((x @ x).dtype)
