"""Tests as PyTorch writes its own, and what programs ran into."""

from __future__ import annotations

import warnings

from conformance import case, raises


@case("torch.autograd: torch.autograd.grad")
def gradients_through_a_difference_made_in_place(torch):
    """A tensor from which another was subtracted in place has the gradients of the difference."""
    x = torch.tensor([1.5, -2.5, 4.0], requires_grad=True)
    weight = torch.tensor([0.5, 3.0, -1.0])
    y = (x * 2).clone()
    y -= x * x
    yield "grad", torch.autograd.grad((y * weight).sum(), x, retain_graph=True)
    y.register_hook(lambda grad: grad * 2)
    yield "with a hook", torch.autograd.grad((y * weight).sum(), x)
    many = torch.arange(10000.0).requires_grad_()
    z = many * 0.5
    z -= many.sin()
    z *= many.cos()
    yield "of many", torch.autograd.grad((z * 0.25).sum(), many)[0][::1500]


@case("Double Backward with Custom Functions: Saving Intermediate Results")
def custom_functions_with_unused_outputs_twice(torch):
    """A custom function that changes its gradients in place, with unused outputs, passes second-order checks."""

    class Sinh(torch.autograd.Function):
        @staticmethod
        def forward(ctx, x):
            up, down = torch.exp(x), torch.exp(-x)
            ctx.save_for_backward(up, down)
            return (up - down) / 2, up, down

        @staticmethod
        def backward(ctx, grad, grad_up, grad_down):
            up, down = ctx.saved_tensors
            result = grad * (up + down) / 2
            result += grad_up * up
            result -= grad_down * down
            return result

    x = torch.tensor([0.5, -1.25], dtype=torch.float64, requires_grad=True)
    yield "first", torch.autograd.gradcheck(lambda x: Sinh.apply(x)[0], (x,))
    yield "second", torch.autograd.gradgradcheck(lambda x: Sinh.apply(x)[0], (x,))


@case("torch.func: torch.func.linearize")
def linear_approximation_of_a_function(torch):
    """`linearize` gives the output, and a function of tangents that refuses what does not look like the primals."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what PyTorch warns of is how it traces
        output, change = torch.func.linearize(
            lambda x, y: (x.sin() * y, x * 3), torch.tensor([0.5, 1.0]), torch.tensor([2.0, 3.0])
        )
    yield "output", output
    yield "change", change(torch.tensor([1.0, 0.5]), torch.tensor([0.1, 0.2]))
    yield "again", change(torch.tensor([0.0, 2.0]), torch.tensor([-1.0, 0.5]))
    right = torch.tensor([1.0, 0.5])
    yield "too few", raises(lambda: change(right))
    yield "another shape", raises(lambda: change(torch.tensor([1.0]), right))
    yield "another type", raises(lambda: change(right, right.double()))


@case("torch.func: torch.func.functionalize")
def functions_without_changes_in_place(torch):
    """`functionalize` gives the same results, and composes with other transforms."""

    def doubled(x):
        y = x.clone()
        y.mul_(x)
        return y.sum()

    x = torch.tensor([1.5, -2.0])
    yield "result", torch.func.functionalize(doubled)(x)
    yield "gradient", torch.func.grad(torch.func.functionalize(doubled))(x)
    yield "refusal", raises(lambda: torch.func.functionalize(doubled, remove="all")(x))


AMP = "torch.amp: CPU Ops that can autocast to bfloat16"


@case(AMP)
def layers_in_a_row_under_autocast(torch):
    """Under `autocast`, the lowered result of a layer meets the float32 weights of the next."""
    nn = torch.nn
    model = nn.Sequential(nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1))
    with torch.no_grad():
        model[0].weight.copy_(torch.tensor([[0.5, -1.5], [2.0, 0.25]]))
        model[0].bias.copy_(torch.tensor([0.75, -0.5]))
        model[2].weight.copy_(torch.tensor([[1.5, -0.75]]))
        model[2].bias.copy_(torch.tensor([0.125]))
    x = torch.tensor([[1.5, -2.0], [0.5, 3.0]])
    with torch.autocast("cpu", dtype=torch.bfloat16):
        result = model(x)
        loss = torch.nn.functional.mse_loss(result, torch.tensor([[1.0], [-2.0]]))
    yield "result", result.detach()
    yield "loss", loss.detach()
    loss.backward()
    yield "grad", model[0].weight.grad


@case(AMP)
def products_of_two_types_under_autocast(torch):
    """Under `autocast`, products take operands of bfloat16 and float32; outside they refuse them."""
    functional = torch.nn.functional
    low = torch.tensor([[1.5, -2.0], [0.5, 3.0]], dtype=torch.bfloat16)
    high = torch.tensor([[0.25, 4.0], [-1.5, 2.0]])
    bias = torch.tensor([0.5, -1.0])
    calls = (
        ("mm", lambda: low.mm(high)),
        ("matmul", lambda: high @ low),
        ("bmm", lambda: low[None].bmm(high[None])),
        ("addmm", lambda: torch.addmm(bias, low, high)),
        ("linear", lambda: functional.linear(low, high, bias)),
        ("conv1d", lambda: functional.conv1d(low[None], high[None], bias[:1])),
        ("attention", lambda: functional.scaled_dot_product_attention(low[None], high[None], high[None])),
        ("einsum", lambda: torch.einsum("ij,kj->ik", low, high)),
        ("prelu", lambda: functional.prelu(low, bias[:1])),
    )
    for name, call in calls:
        with torch.autocast("cpu"):
            yield name, call()
    with torch.autocast("cpu"), torch.autocast("cpu", enabled=False):
        yield "turned off", raises(calls[0][1])
    yield "outside", raises(calls[3][1])


@case("torch.optim: Algorithms")
def everything_from_a_package(torch):
    """`from torch.optim.lr_scheduler import *` and alike give the classes of the package."""
    for package, wanted in (
        ("optim.lr_scheduler", "StepLR LambdaLR ReduceLROnPlateau"),
        ("optim", "SGD Adam Optimizer"),
        ("nn", "Linear Module Sequential"),
        ("nn.functional", "relu mse_loss"),
        ("utils.data", "Dataset DataLoader random_split"),
        ("autograd", "Function grad backward"),
    ):
        found: dict[str, object] = {}
        exec(f"from {torch.__name__}.{package} import *", found)
        yield package, [name in found for name in wanted.split()]
