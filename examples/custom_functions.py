"""Functions with a backward of their own: a clipped gradient, a straight-through step, and a stable softplus."""

import engine as torch
from engine.autograd import Function, gradcheck


class ClippedGradient(Function):
    """The identity; its gradient is clipped."""

    @staticmethod
    def forward(ctx, x, limit):
        """Keep the limit for backward."""
        ctx.limit = limit
        return x.view_as(x)

    @staticmethod
    def backward(ctx, grad):
        """The gradient between -limit and limit."""
        return grad.clamp(-ctx.limit, ctx.limit), None


class Step(Function):
    """0 or 1 by the sign; gradients pass straight through where |x| <= 1."""

    @staticmethod
    def forward(ctx, x):
        """Keep x for backward."""
        ctx.save_for_backward(x)
        return (x > 0).to(x.dtype)

    @staticmethod
    def backward(ctx, grad):
        """The straight-through estimate."""
        (x,) = ctx.saved_tensors
        return grad * (x.abs() <= 1)


class Softplus(Function):
    """log(1 + exp(x)) that overflows nowhere."""

    @staticmethod
    def forward(x):
        """Compute it without a context, which `setup_context` gets."""
        return x.clamp(min=0) + torch.log1p(torch.exp(-x.abs()))

    @staticmethod
    def setup_context(ctx, inputs, output):
        """Keep the input."""
        ctx.save_for_backward(*inputs)

    @staticmethod
    def backward(ctx, grad):
        """The sigmoid."""
        (x,) = ctx.saved_tensors
        return grad * torch.sigmoid(x)


x = torch.tensor([-3.0, -0.5, 0.25, 2.0], requires_grad=True)
(ClippedGradient.apply(x, 1.5) ** 3).sum().backward()
print("clipped", x.grad)

x.grad = None
y = Step.apply(x)
print("steps", y)
(y * torch.tensor([1.0, 2.0, 3.0, 4.0])).sum().backward()
print("straight through", x.grad)

large = torch.tensor([-800.0, -1.0, 0.5, 800.0], dtype=torch.float64, requires_grad=True)
print("softplus", Softplus.apply(large))
inputs = torch.tensor([-2.0, 0.3, 1.7], dtype=torch.float64, requires_grad=True)
print("checked", gradcheck(Softplus.apply, (inputs,)))
