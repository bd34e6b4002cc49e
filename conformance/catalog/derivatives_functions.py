"""First and second derivatives of functions of one tensor, element by element."""

from __future__ import annotations

from conformance import case

POINTWISE = "torch: Pointwise Ops"


def gradients(result, inputs, incoming):
    """What a backward from a result leaves in the `.grad` of leaves, which hold nothing before."""
    leaves = inputs if isinstance(inputs, tuple) else (inputs,)
    for leaf in leaves:
        leaf.grad = None
    result.backward(incoming)
    return tuple(leaf.grad for leaf in leaves)


@case(POINTWISE)
def derivative_of_exp(torch):
    """The derivative of `exp` is its result."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.exp()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_log(torch):
    """The derivative of `log` is 1 / x."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([0.125, 0.5, 1.5, 4.0], dtype=dtype, requires_grad=True)
        y = x.log()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_log1p(torch):
    """The derivative of `log1p` is 1 / (x + 1)."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-0.75, 0.25, 0.9, 3.0], dtype=dtype, requires_grad=True)
        y = torch.log1p(x)
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_expm1(torch):
    """The derivative of `expm1` is its result plus 1."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 1e-06, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = torch.expm1(x)
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_sqrt(torch):
    """The derivative of `sqrt` is 1 / (2 · result)."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([0.125, 0.5, 1.5, 4.0], dtype=dtype, requires_grad=True)
        y = x.sqrt()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_rsqrt(torch):
    """The derivative of `rsqrt` is −result³ / 2."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([0.125, 0.5, 1.5, 4.0], dtype=dtype, requires_grad=True)
        y = x.rsqrt()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_square(torch):
    """The derivative of `square` is 2x."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.square()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_reciprocal(torch):
    """The derivative of `reciprocal` is −result²."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.reciprocal()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_sin(torch):
    """The derivative of `sin` is the cosine."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.sin()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_cos(torch):
    """The derivative of `cos` is minus the sine."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.cos()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_tan(torch):
    """The derivative of `tan` is 1 + result²."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.25, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.tan()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_tanh(torch):
    """The derivative of `tanh` is 1 − result²."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.tanh()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_sigmoid(torch):
    """The derivative of `sigmoid` is result · (1 − result)."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.sigmoid()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_relu(torch):
    """The derivative of `relu` is 1 above zero and 0 below."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.relu()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_softplus(torch):
    """The derivative of `softplus` is the sigmoid."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 30.0], dtype=dtype, requires_grad=True)
        y = torch.nn.functional.softplus(x)
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_softplus_with_beta_and_threshold(torch):
    """`softplus` is the identity where beta · x exceeds the threshold."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 0.7, 2.0], dtype=dtype, requires_grad=True)
        y = torch.nn.functional.softplus(x, beta=3.0, threshold=2.0)
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
        (second,) = gradients(gradient, x, torch.tensor([0.5, 1.0, -1.5, 3.0], dtype=dtype))
        yield f"second derivative in {name}", second


@case(POINTWISE)
def derivative_of_abs(torch):
    """The derivative of `abs` is the sign."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.abs()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient


@case(POINTWISE)
def derivative_of_neg(torch):
    """The derivative of a negation is −1."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = -x
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient


@case(POINTWISE)
def derivative_of_sign(torch):
    """The derivative of `sign` is zero."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.sign()
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient


@case(POINTWISE)
def derivative_of_clamp(torch):
    """The derivative of `clamp` is 1 inside the bounds and 0 outside."""
    for name in ("float32", "float64"):
        dtype = getattr(torch, name)
        x = torch.tensor([-1.5, 0.25, 2.0, 0.75], dtype=dtype, requires_grad=True)
        y = x.clamp(-1, 1.5)
        weights = torch.tensor([1.0, -2.0, 0.5, 0.25], dtype=dtype)
        (gradient,) = torch.autograd.grad(y, x, weights, create_graph=True)
        yield f"value in {name}", y
        yield f"gradient in {name}", gradient
