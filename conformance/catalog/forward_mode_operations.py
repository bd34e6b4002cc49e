"""Forward mode: the tangents of the operations, by family."""

from __future__ import annotations

from conformance import case

FORWARD = "torch.autograd: Forward-mode Automatic Differentiation"


def _tangents(torch, operations, *pairs):
    """The results and tangents of operations on duals made of (values, tangent) pairs, in double precision."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        duals = [
            fw.make_dual(
                torch.tensor(values, dtype=torch.float64), torch.tensor(tangent, dtype=torch.float64)
            )
            for values, tangent in pairs
        ]
        for name, operation in operations.items():
            unpacked = fw.unpack_dual(operation(*duals))
            yield name, unpacked.primal
            yield f"tangent of {name}", unpacked.tangent


X = ([0.375, -0.625, 0.75], [0.5, -3.0, 7.0])
Y = ([1.25, 2.5, -1.75], [4.0, 0.25, -2.0])
POSITIVE = ([0.375, 2.5, 1.75], [0.5, -3.0, 7.0])
MATRIX = ([[1.5, -0.5, 0.25], [2.5, 0.75, -1.25]], [[0.5, -3.0, 7.0], [1.0, -2.0, 0.25]])
OTHER_MATRIX = ([[0.5, 1.25], [-1.5, 0.75], [2.25, -0.25]], [[1.0, -0.5], [3.0, 0.25], [-2.0, 5.0]])


@case(FORWARD)
def sums_and_products(torch):
    """The rules of sums, differences, products and quotients hold for two duals."""
    yield from _tangents(
        torch,
        {
            "add": lambda x, y: x + y,
            "add with alpha": lambda x, y: torch.add(x, y, alpha=3),
            "sub": lambda x, y: x - y,
            "sub with alpha": lambda x, y: torch.sub(x, y, alpha=3),
            "mul": lambda x, y: x * y,
            "div": lambda x, y: x / y,
            "remainder": lambda x, y: x % y,
            "pow": lambda x, y: x.abs() ** y,
        },
        X,
        Y,
    )


@case(FORWARD)
def one_dual_operand(torch):
    """A tensor or number without a tangent counts as constant, on either side."""
    other = torch.tensor([1.25, 2.5, -1.75], dtype=torch.float64)
    yield from _tangents(
        torch,
        {
            "x + 3": lambda x: x + 3,
            "3 - x": lambda x: 3 - x,
            "x * 3": lambda x: x * 3,
            "x / 4": lambda x: x / 4,
            "3 / x": lambda x: 3 / x,
            "x % 0.5": lambda x: x % 0.5,
            "3 ** x": lambda x: 3**x,
            "other - x": lambda x: other - x,
            "other * x": lambda x: other * x,
            "x / other": lambda x: x / other,
            "other / x": lambda x: other / x,
            "other ** x": lambda x: other.abs() ** x,
        },
        X,
    )


@case(FORWARD)
def broadcast_operands(torch):
    """A tangent is broadcast with its values."""
    row = ([0.375, -0.625, 0.75], [0.5, -3.0, 7.0])
    column = ([[1.25], [2.5]], [[4.0], [0.25]])
    operations = {
        "add": lambda x, y: x + y,
        "sub": lambda x, y: x - y,
        "mul": lambda x, y: x * y,
        "div": lambda x, y: x / y,
        "maximum": lambda x, y: torch.maximum(x, y),
        "where": lambda x, y: torch.where(x > 0, x, y),
    }
    yield from _tangents(torch, operations, row, column)


@case(FORWARD)
def missing_tangents_are_exact_zeros(torch):
    """What has no tangent adds nothing, even where it is multiplied with infinity, and signs of zero stay."""
    fw = torch.autograd.forward_ad
    huge = torch.tensor([float("inf"), 2.0])
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([3.0, -0.0]))
        yield "times infinity", fw.unpack_dual(dual * huge).tangent
        infinite = fw.make_dual(huge, torch.tensor([1.0, -0.0]))
        yield "infinity times", fw.unpack_dual(infinite * torch.tensor([2.0, 3.0])).tangent
        yield "sum", fw.unpack_dual(dual + huge).tangent
        yield "difference", fw.unpack_dual(huge - dual).tangent
        yield "quotient", fw.unpack_dual(dual / torch.tensor([4.0, 0.5])).tangent
        zero = fw.make_dual(torch.tensor([2.0, 3.0]), torch.tensor([0.0, -0.0]))
        yield "a tangent of zeros", fw.unpack_dual(zero * huge).tangent


@case(FORWARD)
def elementary_functions(torch):
    """Exponentials, logarithms and roots have the derivatives that `backward` computes."""
    names = ["exp", "exp2", "expm1", "log", "log2", "log10", "log1p", "sqrt", "rsqrt", "reciprocal", "square"]
    yield from _tangents(torch, {name: getattr(torch, name) for name in names}, POSITIVE)


@case(FORWARD)
def trigonometric_functions(torch):
    """Trigonometric and hyperbolic functions have the derivatives that `backward` computes."""
    names = ["sin", "cos", "tan", "asin", "acos", "atan", "sinh", "cosh", "tanh"]
    yield from _tangents(torch, {name: getattr(torch, name) for name in names}, X)


@case(FORWARD)
def functions_with_kinks(torch):
    """Rounding has a tangent of zeros; `abs`, `relu` and `clamp` have the slope at each element."""
    operations = {
        name: getattr(torch, name)
        for name in ["abs", "neg", "sign", "sgn", "floor", "ceil", "trunc", "round", "relu"]
    }
    operations["clamp"] = lambda x: x.clamp(-0.5, 0.5)
    operations["clamp at a bound"] = lambda x: x.clamp(min=0.375)
    yield from _tangents(torch, operations, X)


@case(FORWARD)
def kinks_themselves(torch):
    """At the kinks the tangent is what PyTorch takes as the slope there."""
    at_zero = ([0.0, 1.0], [3.0, 7.0])
    operations = {
        "abs": torch.abs,
        "relu": torch.relu,
        "sqrt": torch.sqrt,
        "clamp": lambda x: x.clamp(0.0, 1.0),
        "pow 0": lambda x: x**0,
        "pow 0.5": lambda x: x**0.5,
        "maximum": lambda x: torch.maximum(x, x * 2),
        "norm": lambda x: (x * 0).norm(),
    }
    yield from _tangents(torch, operations, at_zero)


@case(FORWARD)
def activations(torch):
    """Activations and softmaxes push the tangent through their own formulas."""
    functional = torch.nn.functional
    operations = {
        "sigmoid": torch.sigmoid,
        "softplus": functional.softplus,
        "softmax": lambda x: x.softmax(0),
        "log_softmax": lambda x: x.log_softmax(0),
        "logsumexp": lambda x: x.logsumexp(0),
        "logsumexp, kept": lambda x: x.logsumexp(0, True),
    }
    yield from _tangents(torch, operations, X)


@case(FORWARD)
def sums_and_means(torch):
    """Sums, means and running sums are linear: the tangent is the same of the tangent."""
    operations = {
        "sum": lambda x: x.sum(),
        "sum of columns": lambda x: x.sum(0),
        "sum, kept": lambda x: x.sum(1, True),
        "mean": lambda x: x.mean(),
        "mean of rows": lambda x: x.mean(1),
        "cumsum": lambda x: x.cumsum(1),
    }
    yield from _tangents(torch, operations, MATRIX)


@case(FORWARD)
def products_of_elements(torch):
    """The tangent of a product sums the products of all but one element with that one's tangent, also with zeros."""
    with_zero = ([[1.5, 0.0, 0.25], [2.5, 0.75, -1.25]], [[0.5, -3.0, 7.0], [1.0, -2.0, 0.25]])
    for name, pair in (("no zero", MATRIX), ("a zero", with_zero)):
        operations = {
            f"prod, {name}": lambda x: x.prod(),
            f"prod of rows, {name}": lambda x: x.prod(1),
            f"prod of columns, kept, {name}": lambda x: x.prod(0, True),
        }
        yield from _tangents(torch, operations, pair)


@case(FORWARD)
def extremes(torch):
    """The largest and smallest elements carry their tangents; ties share them."""
    tied = ([[1.5, 2.5, 2.5], [2.5, -0.75, -1.25]], [[0.5, -3.0, 7.0], [1.0, -2.0, 0.25]])
    operations = {
        "max": lambda x: x.max(),
        "min": lambda x: x.min(),
        "max of rows": lambda x: x.max(1).values,
        "min of columns, kept": lambda x: x.min(0, True).values,
        "amax": lambda x: x.amax(1),
        "amin of all": lambda x: x.amin(),
        "amax, kept": lambda x: x.amax((0, 1), True),
    }
    yield from _tangents(torch, operations, tied)


@case(FORWARD)
def the_larger_of_two(torch):
    """`maximum` and `minimum` take the winner's tangent, and half of each where they are equal."""
    one = ([1.5, 2.5, -1.0], [4.0, 0.25, -2.0])
    two = ([1.5, -0.5, 1.0], [0.5, -3.0, 7.0])
    operations = {
        "maximum": torch.maximum,
        "minimum": torch.minimum,
        "clamp from below": lambda x, y: torch.clamp(x, min=y),
        "clamp from above": lambda x, y: torch.clamp(x, max=y),
        "clamp between": lambda x, y: torch.clamp(x * 2, y, y + 1),
    }
    yield from _tangents(torch, operations, one, two)


@case(FORWARD)
def spreads(torch):
    """Variances, deviations and norms have tangents along every dimension."""
    operations = {
        "var": lambda x: x.var(),
        "var of rows": lambda x: x.var(1),
        "var, uncorrected": lambda x: x.var(0, unbiased=False),
        "std": lambda x: x.std(),
        "std of rows, kept": lambda x: x.std(1, keepdim=True),
        "norm": lambda x: x.norm(),
        "1-norm of columns": lambda x: x.norm(1, 0),
        "3-norm": lambda x: x.norm(3),
        "largest": lambda x: x.norm(float("inf")),
    }
    yield from _tangents(torch, operations, MATRIX)


@case(FORWARD)
def matrix_products(torch):
    """Matrix products follow the product rule."""
    operations = {
        "mm": lambda a, b: a.mm(b),
        "matmul": lambda a, b: a @ b,
        "with itself": lambda a, b: a @ a.t(),
        "vector": lambda a, b: a @ b[:, 0],
        "from the left": lambda a, b: a[0] @ b,
        "dot": lambda a, b: a[0].dot(b[:, 1]),
        "outer": lambda a, b: torch.outer(a[0], b[0]),
        "bmm": lambda a, b: torch.stack([a, a * 2]).bmm(torch.stack([b, b])),
        "stack times matrix": lambda a, b: torch.stack([a, a * 2]) @ b,
        "addmm": lambda a, b: torch.addmm(a[:, :2], a, b, beta=0.5, alpha=3),
        "linear": lambda a, b: torch.nn.functional.linear(a, b.t(), b[0]),
    }
    yield from _tangents(torch, operations, MATRIX, OTHER_MATRIX)


@case(FORWARD)
def shapes(torch):
    """A view's tangent is the same view of the tangent."""
    operations = {
        "view": lambda x: x.view(3, 2),
        "reshape of the transposed": lambda x: x.t().reshape(2, 3),
        "permute": lambda x: x.permute(1, 0),
        "unsqueeze": lambda x: x.unsqueeze(1),
        "squeeze": lambda x: x.unsqueeze(1).squeeze(1),
        "expand": lambda x: x.unsqueeze(0).expand(2, 2, 3),
        "flatten": lambda x: x.flatten(),
        "row": lambda x: x[1],
        "slice": lambda x: x[:, ::2],
        "narrow": lambda x: x.narrow(1, 1, 2),
        "diagonal": lambda x: x.diagonal(1),
        "as_strided": lambda x: x.as_strided((2, 2), (1, 2), 1),
        "chunk": lambda x: x.chunk(2, 1)[0],
        "unbind": lambda x: x.unbind(1)[2],
        "split": lambda x: x.split([1, 2], 1)[1],
    }
    yield from _tangents(torch, operations, MATRIX)


@case(FORWARD)
def copies_in_another_arrangement(torch):
    """Copies and joins arrange the tangents as the values; what has none is zeros."""
    plain = torch.tensor([[9.0, 8.0, 7.0]], dtype=torch.float64)
    operations = {
        "clone": lambda x: x.clone(),
        "flip": lambda x: x.flip(1),
        "repeat": lambda x: x.repeat(1, 2),
        "tril": lambda x: x.tril(),
        "triu": lambda x: x.triu(1),
        "diag": lambda x: x[0].diag(),
        "cat": lambda x: torch.cat([x, plain, x]),
        "stack": lambda x: torch.stack([plain[0], x[1]], 1),
    }
    yield from _tangents(torch, operations, MATRIX)


@case(FORWARD)
def indexed_and_chosen(torch):
    """Indexing takes the tangents of the elements that it takes; a mask or constant leaves zeros."""
    rows = torch.tensor([1, 0, 1])
    mask = torch.tensor([[True, False, True], [False, True, True]])
    operations = {
        "index": lambda x: x[rows],
        "pairs": lambda x: x[rows, torch.tensor([2, 0, 2])],
        "mask": lambda x: x[mask],
        "masked_fill": lambda x: x.masked_fill(mask, 5.0),
        "masked_fill with a dual": lambda x: x.masked_fill(mask, x[0, 0]),
        "where": lambda x: torch.where(mask, x, -1.0),
        "gather": lambda x: x.gather(1, torch.tensor([[2, 2], [0, 1]])),
        "scatter": lambda x: x.scatter(1, torch.tensor([[2], [0]]), x * 10),
        "scatter of a number": lambda x: x.scatter(1, torch.tensor([[2], [0]]), 4.0),
        "index_put": lambda x: x.index_put((rows[:2],), x[0] * 10),
    }
    yield from _tangents(torch, operations, MATRIX)


@case(FORWARD)
def losses_of_duals(torch):
    """Losses push both tangents, whatever the reduction."""
    functional = torch.nn.functional
    operations = {}
    for reduction in ("mean", "sum", "none"):
        operations[f"mse, {reduction}"] = lambda x, y, r=reduction: functional.mse_loss(x, y, reduction=r)
        operations[f"bce, {reduction}"] = lambda x, y, r=reduction: (
            functional.binary_cross_entropy_with_logits(x, y, reduction=r)
        )
    yield from _tangents(torch, operations, X, ([0.25, 0.75, 0.5], [4.0, 0.25, -2.0]))


@case(FORWARD)
def casts(torch):
    """A cast casts the tangent."""
    fw = torch.autograd.forward_ad
    with fw.dual_level():
        dual = fw.make_dual(torch.tensor([1.5, -2.5]), torch.tensor([0.3, 4.7]))
        for dtype in (torch.float64, torch.float16):
            unpacked = fw.unpack_dual(dual.to(dtype))
            yield f"{dtype}", unpacked.primal
            yield f"tangent of {dtype}", unpacked.tangent
        mixed = dual + torch.tensor([1.0, 2.0], dtype=torch.float64)
        yield "promoted", fw.unpack_dual(mixed).tangent


@case(FORWARD)
def a_small_network(torch):
    """The tangent of a loss by its weights goes through a network of two layers."""
    fw = torch.autograd.forward_ad
    first = torch.tensor([[0.5, -0.25], [0.75, 1.0], [-0.5, 0.125]])
    second = torch.tensor([[0.25, -1.0, 0.5]])
    inputs, target = torch.tensor([[1.0, 2.0], [-0.5, 0.25]]), torch.tensor([[0.5], [-1.0]])
    with fw.dual_level():
        weights = fw.make_dual(first, torch.tensor([[1.0, 0.5], [-2.0, 0.25], [0.125, 4.0]]))
        hidden = torch.tanh(inputs @ weights.t())
        loss = ((hidden @ second.t() - target) ** 2).mean()
        yield "hidden", fw.unpack_dual(hidden).tangent
        yield "loss", fw.unpack_dual(loss).tangent
