"""float16 and bfloat16: how they round, overflow, print and promote, and in which dtype gradients arrive."""

from __future__ import annotations

from conformance import case, raises

PAGE = "Tensor Attributes: torch.dtype"
GRADIENTS = "Autograd mechanics: Gradients and dtypes"
ROUNDS = "half_precision::numbers_are_rounded"
KINDS = ("float16", "bfloat16")
CLOSE_TO_A_STEP = "one step of float16 or bfloat16 in functions that libraries round differently"
ONE_ROUNDING = "sums, products and quotients are exact but for one rounding"
EXACT = (1e-6, 0.0)
STEP = (1.0e-2, 1.0e-4)


def both(torch, numbers, requires_grad=False):
    """These numbers in each of the two dtypes, with its name."""
    for name in KINDS:
        yield name, torch.tensor(numbers, dtype=getattr(torch, name), requires_grad=requires_grad)


@case(PAGE)
def numbers_are_rounded(torch):
    """float16 keeps 11 binary digits, bfloat16 8 with the range of float32."""
    for name, x in both(torch, [0.1, 1.0009765625, 1.00390625, 2049.0, 70000.0, 1e-8, -3.14159265]):
        yield name, x
        yield f"{name} in double", x.double()
    yield "cast", torch.tensor([0.1, 257.0, 1e39, -1e-40], dtype=torch.float64).bfloat16()
    yield "to and from", torch.tensor([0.1, 65519.0, 65520.0]).half().float()
    yield "names", [str(torch.half), str(torch.bfloat16), torch.bfloat16.is_floating_point]
    yield "sizes", [torch.tensor(1.5).bfloat16().element_size(), torch.tensor(1.5).bfloat16().type()]


@case(PAGE, builds_on=(ROUNDS,))
def ties_are_rounded_to_even(torch):
    """A number half-way between two neighbours goes to the even one."""
    yield "float16", torch.tensor([2049.0, 2051.0, 2050.5, 65519.996]).half()
    yield "bfloat16", torch.tensor([257.0, 259.0, 258.5, 1.01171875]).bfloat16()
    yield "float16 to bfloat16", torch.tensor([1.00390625, 1.01171875], dtype=torch.float16).bfloat16()
    yield "bfloat16 to float16", torch.tensor([70000.0, 1e-7], dtype=torch.bfloat16).half()


@case(PAGE, builds_on=(ROUNDS,))
def printing_of_reduced_numbers(torch):
    """Both print with four decimals of the rounded number, and their dtype."""
    for name, x in both(torch, [[0.1, -2.5], [1000.0, 3.14159265]]):
        yield name, x
        yield f"{name} whole", torch.tensor([1.0, -30.0], dtype=x.dtype)
        yield f"{name} number", x[0, 0]
        yield f"{name} formatted", f"{x[1, 1]:.3f}"
        yield f"{name} tracked", x.requires_grad_() * 2
    yield "small", torch.tensor([1e-6, 1.0], dtype=torch.bfloat16)
    yield "special", torch.tensor([float("nan"), float("inf"), -0.0, 1.5], dtype=torch.bfloat16)
    yield "empty", torch.tensor([], dtype=torch.bfloat16)


@case(PAGE, builds_on=(ROUNDS,))
def arithmetic_in_reduced_numbers(torch):
    """Each operation computes in float32 and rounds once."""
    for name, x in both(torch, [0.1, 1.0, 3.0, 1000.0]):
        y = torch.tensor([0.2, 0.001, 7.0, 0.3], dtype=x.dtype)
        yield f"{name} +", x + y
        yield f"{name} -", x - y
        yield f"{name} *", x * y
        yield f"{name} /", x / y
        yield f"{name} negative", -x
        yield f"{name} %", x % y
        yield f"{name} //", x // y
        yield f"{name} **", x**2
        yield f"{name} compared", x > y


@case(
    PAGE, builds_on=("half_precision::arithmetic_in_reduced_numbers",), tolerance=EXACT, reason=ONE_ROUNDING
)
def numbers_beside_reduced_tensors(torch):
    """A Python number is not rounded to the reduced dtype before it is used."""
    for name, x in both(torch, [3.0, 7.0, -0.3, 1000.0]):
        yield f"{name} * 2.1", x * 2.1
        yield f"{name} + 0.001", x + 0.001
        yield f"0.1 - {name}", 0.1 - x
        yield f"{name} / 3", x / 3
        yield f"{name} / 0.3", x / 0.3
        yield f"{name} + 2049", x + 2049
        yield f"{name} * 0-d double", x * torch.tensor(2.1, dtype=torch.float64)
        yield f"{name} compared", x == 3.0


@case(PAGE, builds_on=(ROUNDS,))
def overflow_of_reduced_numbers(torch):
    """float16 overflows beyond 65504; bfloat16 only where float32 does."""
    for name, x in both(torch, [60000.0, -300.0, 1e-7]):
        yield f"{name} doubled", x * 2
        yield f"{name} squared", x * x
        yield f"{name} sum", torch.stack([x, x]).sum(0)
        yield f"{name} exp", torch.tensor([12.0, 89.0, -20.0], dtype=x.dtype).exp()


@case(PAGE, builds_on=(ROUNDS,))
def sums_of_reduced_numbers(torch):
    """Sums and means are computed in float32 and rounded at the end."""
    for name, x in both(torch, [0.1, 2048.0, 1.0, 1.0, 1.0]):
        many = x.repeat(40)
        yield f"sum, {name}", many.sum()
        yield f"mean, {name}", many.mean()
        yield f"sum over rows, {name}", torch.stack([x, -x * 3]).sum(1)
        yield f"mean over rows, {name}", torch.stack([x, -x * 3]).mean(1, keepdim=True)
        yield f"sum in float32, {name}", many.sum(dtype=torch.float32)
        yield f"ones, {name}", torch.ones(3000, dtype=x.dtype).sum()


@case(PAGE, builds_on=("half_precision::sums_of_reduced_numbers",), tolerance=STEP, reason=CLOSE_TO_A_STEP)
def other_reductions_of_reduced_numbers(torch):
    """Products, running sums, variances, norms and extremes keep the reduced dtype."""
    for name, x in both(torch, [[0.1, 2.5, -1.5], [3.0, 0.25, 7.0]]):
        for function in ("prod", "var", "std", "norm", "max", "amin", "argmax"):
            yield f"{function}, {name}", getattr(x, function)()
        yield f"cumsum, {name}", x.cumsum(0)
        yield f"logsumexp, {name}", x.logsumexp(1)
        yield f"max over rows, {name}", x.max(1)[0]
        yield f"softmax, {name}", x.softmax(1)
        yield f"log_softmax, {name}", x.log_softmax(0)


@case(PAGE, builds_on=(ROUNDS,), tolerance=STEP, reason=CLOSE_TO_A_STEP)
def functions_of_reduced_numbers(torch):
    """Functions of reduced numbers keep their dtype."""
    names = "exp log sqrt rsqrt sin cos tanh sigmoid relu abs sign floor round reciprocal log1p expm1 square"
    for name, x in both(torch, [0.1, 2.5, 0.75]):
        for function in names.split():
            yield f"{function}, {name}", getattr(x, function)()
        yield f"clamp, {name}", x.clamp(0.3, 2)
        yield f"maximum, {name}", torch.maximum(x, x.flip(0))
        yield f"where, {name}", torch.where(x > 1, x, 0.1)
        yield f"softplus, {name}", torch.nn.functional.softplus(x)


@case(PAGE, builds_on=("half_precision::sums_of_reduced_numbers",), tolerance=STEP, reason=CLOSE_TO_A_STEP)
def products_of_reduced_matrices(torch):
    """Matrix products add up in float32 and round at the end."""
    for name, a in both(torch, [[0.1, 2.5], [-1.5, 3.0], [0.3, 1000.0]]):
        b = torch.tensor([[1.0, -0.7], [2.0, 0.125]], dtype=a.dtype)
        yield f"mm, {name}", a @ b
        yield f"mv, {name}", a @ b[0]
        yield f"dot, {name}", a[2] @ b[1]
        yield f"bmm, {name}", torch.stack([a, a * 2]) @ torch.stack([b, b])
        yield f"other dtype, {name}", raises(lambda a=a: a @ torch.tensor([[1.0], [2.0]]))


@case(PAGE, builds_on=(ROUNDS,))
def promotion_of_reduced_numbers(torch):
    """float16 and bfloat16 together give float32; beside others each behaves as a float of 16 bits."""
    half, brain = (torch.tensor([1.5, -2.0], dtype=getattr(torch, name)) for name in KINDS)
    yield "float16 + bfloat16", half + brain
    yield "bfloat16 * float32", brain * torch.tensor([0.1, 0.2])
    yield "bfloat16 * int64", brain * torch.tensor([3, 4])
    yield "bfloat16 + bool", brain + torch.tensor([True, False])
    yield "bfloat16 + 0-d float64", brain + torch.tensor(0.1, dtype=torch.float64)
    yield "bfloat16 / number", brain / 3
    yield "integer / bfloat16", torch.tensor([1, 2]) / brain
    yield "bfloat16 * complex64", brain * torch.tensor([1j, 2.0])
    yield "joined", torch.cat([half, brain])
    yield "where", torch.where(torch.tensor([True, False]), brain, torch.tensor(0.1))


@case(GRADIENTS, builds_on=(ROUNDS,))
def gradients_of_reduced_leaves(torch):
    """The gradient of a reduced leaf is computed in its dtype."""
    for name, x in both(torch, [0.1, 2.5, -1.5], True):
        weights = torch.tensor([0.3, -2.0, 0.7], dtype=x.dtype)
        y = (x * x + 3 * x) / 0.7
        y.backward(weights)
        yield f"result, {name}", y
        yield f"gradient, {name}", x.grad
        yield f"by a product, {name}", torch.autograd.grad(x.prod(), x)
        yield f"by a mean, {name}", torch.autograd.grad(x.mean(), x)


@case(GRADIENTS, builds_on=("half_precision::gradients_of_reduced_leaves",))
def gradients_between_precisions(torch):
    """Gradients arrive in each leaf's own dtype, rounded where they leave float32."""
    for name in KINDS:
        x = torch.tensor([0.1, 2.5, -1.5], dtype=getattr(torch, name), requires_grad=True)
        wide = torch.tensor([0.3, -2.0, 0.7], requires_grad=True)
        y = x * wide
        y.backward(torch.tensor([1.1, 0.9, 0.3]))
        yield f"result, {name}", y
        yield f"reduced, {name}", x.grad
        yield f"float32 beside {name}", wide.grad
        cast = x.float().exp()
        yield f"through a cast, {name}", torch.autograd.grad(cast, x, torch.tensor([1.1, 0.9, 0.3]))


@case(GRADIENTS, builds_on=("half_precision::gradients_between_precisions",))
def master_weights(torch):
    """A float32 parameter used through a reduced copy gets a float32 gradient of reduced precision."""
    for name in KINDS:
        weight = torch.tensor([[0.1, -0.2], [0.3, 0.4]], requires_grad=True)
        x = torch.tensor([[1.5, -0.7]], dtype=getattr(torch, name))
        loss = (x @ weight.to(x.dtype).t()).float().pow(2).sum()
        loss.backward()
        yield f"gradient, {name}", weight.grad
        with torch.no_grad():
            weight -= 0.1 * weight.grad
        yield f"weight, {name}", weight


@case(GRADIENTS, builds_on=("half_precision::gradients_of_reduced_leaves",))
def loss_scaling_saves_small_gradients(torch):
    """A gradient too small for float16 becomes zero, unless the loss is scaled up and the gradient down."""
    x = torch.tensor([1e-4, 2e-4], dtype=torch.float16, requires_grad=True)
    factor = torch.tensor([3e-5, 5e-5], dtype=torch.float16)
    (x * factor * factor[0]).sum().backward()
    yield "lost", x.grad
    x.grad = None
    ((x * factor).sum().float() * 3e-5 * 65536).backward()
    yield "scaled", x.grad.float() / 65536
    brain = x.detach().bfloat16().requires_grad_()
    (brain * factor.bfloat16() * 3e-5).sum().backward()
    yield "bfloat16", brain.grad


@case(GRADIENTS, builds_on=("half_precision::gradients_of_reduced_leaves",))
def accumulated_gradients_are_rounded(torch):
    """`.grad` adds up in the leaf's dtype: small steps on a large gradient are lost."""
    for name, x in both(torch, [1.0, 2.0], True):
        x.grad = torch.tensor([2048.0, 0.0], dtype=x.dtype)
        for _ in range(3):
            (x * 1.5).sum().backward()
        yield name, x.grad


@case(PAGE, builds_on=(ROUNDS,))
def reduced_changes_in_place(torch):
    """In-place operations keep the reduced dtype, whatever the other operand's."""
    for name, x in both(torch, [0.1, 2.5, -1.5]):
        x.add_(torch.tensor([0.001, 1.0, 2.0]))
        yield f"add_, {name}", x
        x.mul_(2.1).sub_(0.3).div_(3)
        yield f"numbers, {name}", x
        x[1] = 0.1
        yield f"assigned, {name}", x
        x.fill_(0.3)
        yield f"fill_, {name}", x
        x.copy_(torch.tensor([0.1, 0.2, 0.3], dtype=torch.float64))
        yield f"copy_, {name}", x
        yield f"zero_, {name}", x.zero_()


@case(PAGE, builds_on=(ROUNDS,))
def factories_of_reduced_tensors(torch):
    """The factories make reduced tensors where asked to."""
    for name in KINDS:
        kind = getattr(torch, name)
        yield f"zeros, {name}", torch.zeros(2, dtype=kind)
        yield f"ones_like, {name}", torch.ones_like(torch.tensor([2.5]), dtype=kind)
        yield f"full, {name}", torch.full((2,), 0.1, dtype=kind)
        yield f"arange, {name}", torch.arange(0, 1, 0.3, dtype=kind)
        yield f"eye, {name}", torch.eye(2, dtype=kind)
        yield f"new_tensor, {name}", torch.zeros(1, dtype=kind).new_tensor([0.1, 0.2])
        yield f"item, {name}", torch.tensor(0.1, dtype=kind).item()
        yield f"tolist, {name}", torch.tensor([0.1, 2.5], dtype=kind).tolist()
        yield f"to whole numbers, {name}", torch.tensor([2.7, -2.7], dtype=kind).long()
        yield f"from whole numbers, {name}", torch.tensor([2049, 257]).to(kind)
        yield f"float, {name}", float(torch.tensor(0.1, dtype=kind))


@case(PAGE, builds_on=(ROUNDS,))
def bfloat16_is_unknown_to_numpy(torch):
    """NumPy has float16 but no bfloat16: `numpy()` refuses it."""
    yield "float16", torch.tensor([0.1], dtype=torch.float16).numpy().tolist()
    yield "bfloat16", raises(lambda: torch.tensor([0.1], dtype=torch.bfloat16).numpy())


@case(PAGE, builds_on=(ROUNDS,))
def special_reduced_numbers(torch):
    """nan, infinities and signed zeros behave in the reduced dtypes as elsewhere."""
    for name, x in both(torch, [float("nan"), float("inf"), -float("inf"), -0.0, 0.0]):
        yield f"isnan, {name}", x.isnan()
        yield f"isfinite, {name}", x.isfinite()
        yield f"reciprocal, {name}", 1 / x
        yield f"sign, {name}", x.sign()
        yield f"maximum, {name}", torch.maximum(x, torch.full_like(x, -1.5))
        yield f"equal, {name}", x == x


@case(GRADIENTS, builds_on=("half_precision::gradients_of_reduced_leaves",))
def graph_of_reduced_gradients(torch):
    """With `create_graph`, reduced gradients have the graph of others, with casts where dtypes meet."""
    for name, x in both(torch, [0.5, 2.5, -1.5], True):
        weights = torch.tensor([0.3, -2.0, 0.7], requires_grad=True)
        (gradient,) = torch.autograd.grad(
            x * weights * x, x, torch.tensor([1.1, 0.9, 0.3]), create_graph=True
        )
        yield f"gradient, {name}", gradient
        yield f"second, {name}", torch.autograd.grad(gradient.float().sum() * 0.7, (x, weights))
