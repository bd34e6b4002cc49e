"""Of few elements, results are PyTorch's to the last bit wherever its arithmetic is known."""

import numpy as np
import pytest

import engine

torch = pytest.importorskip("torch")
capability = torch.backends.cpu.get_cpu_capability()
in_its_order = pytest.mark.skipif(
    capability not in ("AVX2", "AVX512"), reason=f"PyTorch adds in another order on {capability}"
)

CLOSE = (
    "acos asin atan cos cosh exp exp2 expm1 log log10 log1p log2 sigmoid sin sinh tan tanh erf "
    "nn.functional.elu nn.functional.logsigmoid nn.functional.mish nn.functional.silu nn.functional.softplus"
)
SHAPES = (
    (3,),
    (5,),
    (8,),
    (13,),
    (64,),
    (1000,),
    (4000,),
    (5, 3),
    (64, 10),
    (17, 40),
    (3, 100),
    (9, 5, 7),
    (4, 20, 16),
)


@pytest.fixture(autouse=True)
def _one_thread():
    """As the catalog runs PyTorch: what several threads add up, they add in another order."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def numbers(*sizes, kind=np.float32):
    return np.random.default_rng(sum(sizes)).standard_normal(sizes).astype(kind)


def found(compute, *arrays):
    """The bits that both namespaces compute of the same arrays."""
    results = [compute(each, *map(each.tensor, arrays)).detach().numpy() for each in (torch, engine)]
    assert results[0].shape == results[1].shape
    return results


def share_of_equal(compute, *arrays):
    ours, theirs = found(compute, *arrays)
    return (ours == theirs).mean()


def gradient(compute, weights):
    """A function that gives the gradient instead; what arrives at the result are the weights."""

    def call(namespace, tensor):
        tensor.requires_grad_()
        compute(namespace, tensor).backward(namespace.tensor(weights))
        return tensor.grad

    return call


def named(path):
    def call(namespace, tensor):
        for name in path.split("."):
            namespace = getattr(namespace, name)
        return namespace(tensor)

    return call


@pytest.mark.parametrize("path", CLOSE.split())
def test_elementary_functions_and_their_gradients(path):
    array = np.clip(numbers(60, 60), -0.99, None) if path in ("log1p", "expm1") else numbers(60, 60)
    array = np.abs(array) if path.startswith("log") else np.clip(array, -1, 1) if path[0] == "a" else array
    assert share_of_equal(named(path), array) > 0.9
    if path != "nn.functional.mish":
        assert share_of_equal(gradient(named(path), numbers(60, 60)), np.clip(array, -0.9, 3)) > 0.75


@in_its_order
@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("sizes", SHAPES, ids=str)
def test_sums_means_and_norms(sizes, kind):
    array = numbers(*sizes, kind=kind)
    array = array if array.nbytes <= 16384 else array[..., :2000]
    every = [None, *range(len(sizes)), *([(0, 1), (1, 2)] if len(sizes) == 3 else [])]
    for dim in every:
        for keepdim in (False, True):
            options = {} if dim is None else {"dim": dim, "keepdim": keepdim}
            np.testing.assert_array_equal(*found(lambda _, x, given=options: x.sum(**given), array))
            np.testing.assert_array_equal(*found(lambda _, x, given=options: x.mean(**given), array))
    if len(array.reshape(-1)) >= 8:
        np.testing.assert_array_equal(*found(lambda _, x: x.norm(), array))


@pytest.mark.parametrize(
    "compute",
    [
        lambda _, x, y, z: x.add(y, alpha=0.3),
        lambda _, x, y, z: x.sub(y, alpha=0.3),
        lambda _, x, y, z: x.addcmul(y, z, value=0.7),
        lambda _, x, y, z: x.lerp(y, 0.3),
        lambda _, x, y, z: x.lerp(y, 0.8),
        lambda _, x, y, z: x.lerp(y, z),
    ],
)
def test_products_are_added_with_one_rounding(compute):
    np.testing.assert_array_equal(*found(compute, *(numbers(50, 40 + more)[:, :40] for more in range(3))))


@in_its_order
@pytest.mark.parametrize("reduction", ["none", "mean", "sum"])
@pytest.mark.parametrize("count", [1, 2, 16, 17, 18, 40, 300])
def test_losses_of_classes(count, reduction):
    array = numbers(count, 7)

    def loss(namespace, x):
        target = namespace.arange(count) % 7
        return namespace.nn.functional.nll_loss(x, target, reduction=reduction)

    np.testing.assert_array_equal(*found(loss, array))


@pytest.mark.skipif(
    capability != "AVX512", reason="the vectors of PyTorch's softmax are as long as the processor's"
)
@pytest.mark.parametrize("width", [2, 5, 10, 16, 17, 40, 64])
@pytest.mark.parametrize("name", ["softmax", "log_softmax"])
def test_softmax(name, width):
    array, weights = numbers(30, width), numbers(width, 30).T.copy()
    compute = lambda _, x: getattr(x, name)(1)  # noqa: E731 - for both namespaces
    assert share_of_equal(compute, array) > 0.75
    assert share_of_equal(gradient(compute, weights), array) > 0.6


@pytest.mark.parametrize("name", ["exp", "tanh", "log", "sum", "softmax"])
def test_many_elements_are_close_to_the_same(name):
    array = np.abs(numbers(100, 200))
    options = {"softmax": {"dim": 1}, "sum": {"dim": 1}}.get(name, {})
    whole = getattr(engine.tensor(array), name)(**options).numpy()
    rows = np.concatenate([getattr(engine.tensor(row[None]), name)(**options).numpy() for row in array])
    np.testing.assert_allclose(whole, rows, rtol=1e-6)


@in_its_order
@pytest.mark.parametrize("sizes", [(16, 64), (33, 64), (32, 16)], ids=str)
def test_normalization_by_the_batch(sizes):
    def normalized(namespace, x):
        weight, bias = (namespace.arange(1.0, sizes[1] + 1) / each for each in (3, 7))
        return namespace.nn.functional.batch_norm(x, None, None, weight, bias, training=True)

    np.testing.assert_array_equal(*found(normalized, numbers(*sizes)))
    assert (
        share_of_equal(gradient(normalized, numbers(sizes[0], sizes[1] + 1)[:, :-1].copy()), numbers(*sizes))
        > 0.9
    )


@pytest.mark.parametrize("terms", [0, 1, 2, 7, 12])
def test_stacks_of_small_products(terms):
    first, second = numbers(3, 4, terms), numbers(3, terms, 8)
    np.testing.assert_array_equal(*found(lambda _, x, y: x.bmm(y), first, second))
    np.testing.assert_array_equal(*found(lambda each, x, y: each.einsum("bij,bjk->bik", x, y), first, second))


@pytest.mark.skipif(capability != "AVX512", reason="seen on processors with AVX512")
@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize("padding", ["zeros", "border", "reflection"])
def test_sampling_of_images(padding, align_corners):
    def sampled(namespace, images, maps):
        functional, maps = namespace.nn.functional, maps.requires_grad_()
        grid = functional.affine_grid(maps, (2, 3, 6, 7), align_corners=align_corners)
        options = {"padding_mode": padding, "align_corners": align_corners}
        values = functional.grid_sample(images, grid, **options)
        (values * values.detach()).sum().backward()
        return namespace.cat([grid.reshape(-1), values.reshape(-1), maps.grad.reshape(-1)])

    np.testing.assert_array_equal(*found(sampled, numbers(2, 3, 9, 8), numbers(2, 2, 3)))


@pytest.mark.parametrize("name", ["addmm", "linear", "baddbmm", "addbmm", "addmv"])
def test_sums_with_products_of_halves_are_rounded_once(name):
    def summed(namespace, x, y, z):
        x, y, z = (each.to(namespace.bfloat16) for each in (x, y, z))
        if name == "linear":
            return namespace.nn.functional.linear(x, y[0].t(), z[0]).float()
        if name == "addmv":
            return namespace.addmv(z[:, 0], x[0], y[0, :, 0], beta=0.5, alpha=3).float()
        if name == "addmm":
            return namespace.addmm(z, x[0], y[0], beta=0.5, alpha=3).float()
        return getattr(namespace, name)(z, x, y, beta=0.5, alpha=3).float()

    arrays = numbers(2, 6, 40), numbers(2, 40, 7), numbers(6, 7)
    np.testing.assert_array_equal(*found(summed, *arrays))


@pytest.mark.parametrize("align_corners", [True, False])
@pytest.mark.parametrize(
    ("mode", "sizes", "wanted"),
    [
        ("linear", (2, 3, 7), (12,)),
        ("bilinear", (2, 3, 5, 7), (8, 9)),
        ("bilinear", (1, 17, 4, 5), (7, 3)),
        ("trilinear", (1, 2, 3, 4, 5), (5, 3, 7)),
    ],
)
def test_resampling_between_neighbours(mode, sizes, wanted, align_corners):
    def compute(each, x):
        return each.nn.functional.interpolate(x, wanted, mode=mode, align_corners=align_corners)

    np.testing.assert_array_equal(*found(compute, numbers(*sizes)))


@pytest.mark.parametrize(
    "compute",
    [
        lambda each, x, y: each.linalg.cross(x.view(-1, 3), y.view(-1, 3)),
        lambda each, x, y: each.rsub(x, y, alpha=0.3),
        lambda each, x, y: each.addr(x.view(-1, 3)[:3], x[:3], y[:3], beta=0.6, alpha=0.2),
        lambda each, x, y: x.view(12, 12).trace(),
        lambda each, x, y: each.nn.functional.batch_norm(
            x.view(4, 6, 6), y[:6], y[6:12].abs() + 0.1, y[12:18], y[18:24]
        ),
    ],
)
def test_other_products_are_added_with_one_rounding(compute):
    np.testing.assert_array_equal(*found(compute, numbers(144), numbers(145)[1:]))


@in_its_order
@pytest.mark.parametrize("momentum", [0.1, 1 / 3, None])
@pytest.mark.parametrize("sizes", [(3, 5), (8, 30), (2, 3, 4, 5), (6, 4, 3, 3), (4, 6, 7)], ids=str)
def test_what_batch_normalization_remembers(sizes, momentum):
    array = numbers(*sizes)

    def remembered(namespace, x):
        kind = {2: "1d", 3: "1d", 4: "2d"}[len(sizes)]
        layer = getattr(namespace.nn, f"BatchNorm{kind}")(sizes[1], momentum=momentum)
        for factor in (1, 2, 3):
            layer(x * factor + factor)
        return namespace.stack([layer.running_mean, layer.running_var])

    np.testing.assert_array_equal(*found(remembered, array))


def test_averages_of_models():
    def averaged(namespace, x):
        model = namespace.nn.Linear(20, 30)
        average = namespace.optim.swa_utils.AveragedModel(model)
        for factor in (1, 2, 3, 4):
            model.weight.data = x * factor**0.5
            average.update_parameters(model)
        return average.module.weight

    np.testing.assert_array_equal(*found(averaged, numbers(30, 20)))
