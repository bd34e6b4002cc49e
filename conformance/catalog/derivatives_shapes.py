"""Derivatives of operations that change the shape: views, transposes, expansions, repetitions, diagonals."""

from __future__ import annotations

from conformance import case, raises

SHAPES = "torch: Indexing, Slicing, Joining, Mutating Ops"


def gradients(result, inputs, incoming):
    """What a backward from a result leaves in the `.grad` of leaves, which hold nothing before."""
    leaves = inputs if isinstance(inputs, tuple) else (inputs,)
    for leaf in leaves:
        leaf.grad = None
    result.backward(incoming)
    return tuple(leaf.grad for leaf in leaves)


@case(SHAPES)
def reshape_and_view(torch):
    """The gradient of a view is the gradient in the shape of the input."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0], [0.5, 3.0], [4.0, -8.0]])
    yield "view", torch.autograd.grad(x.view(3, 2), x, weights)
    yield "reshape", torch.autograd.grad(x.reshape(3, -1), x, weights)
    yield "reshape of t()", torch.autograd.grad(x.t().reshape(3, 2), x, weights)
    yield "reshape of t() into six", torch.autograd.grad(x.t().reshape(6), x, weights.view(6))
    yield "flatten", torch.autograd.grad(x.flatten(), x, weights.view(6))
    yield "flatten of t()", torch.autograd.grad(x.t().flatten(), x, weights.view(6))


@case(SHAPES)
def squeeze_and_unsqueeze(torch):
    """squeeze drops dimensions of size 1, unsqueeze makes them; the gradient has the input's shape."""
    x = torch.tensor([[[1.5], [-2.0], [0.25]]], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.5])
    yield "squeeze", torch.autograd.grad(x.squeeze(), x, weights)
    yield "squeeze of dim 0", torch.autograd.grad(x.squeeze(0), x, weights.view(3, 1))
    yield "squeeze of dim 1, which is no 1", torch.autograd.grad(x.squeeze(1), x, weights.view(1, 3, 1))
    yield "squeeze of dims 0 and -1", torch.autograd.grad(x.squeeze((0, -1)), x, weights)
    yield "unsqueeze", torch.autograd.grad(x.unsqueeze(1), x, weights.view(1, 1, 3, 1))
    yield "unsqueeze at the end", torch.autograd.grad(x.unsqueeze(-1), x, weights.view(1, 3, 1, 1))


@case(SHAPES)
def transposes_and_permutations(torch):
    """The gradient of a permutation is permuted back."""
    x = torch.arange(12.0).reshape(2, 3, 2).requires_grad_()
    weights = torch.arange(12.0) * 0.5 - 2
    y = x.permute(2, 0, 1)
    yield "permute", y
    yield "gradient of permute", gradients(y, x, weights.view(2, 2, 3))
    yield "permute by negatives", gradients(x.permute(-1, 0, -2), x, weights.view(2, 2, 3))
    yield "transpose", gradients(x.transpose(0, 1), x, weights.view(3, 2, 2))
    matrix = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    yield "t()", gradients(matrix.t(), matrix, weights[:6].view(3, 2))
    yield "T", gradients(matrix.T, matrix, weights[:6].view(3, 2))


@case(SHAPES)
def expand(torch):
    """The gradient of an expansion is summed over what was expanded."""
    x = torch.tensor([[1.5], [-2.0]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [3.0, 4.0, -8.0]])
    yield "expand", x.expand(2, 3)
    yield "gradient", gradients(x.expand(2, 3), x, weights)
    yield "expand by -1", gradients(x.expand(-1, 3), x, weights)
    yield "expand_as", gradients(x.expand_as(weights), x, weights)
    two = torch.stack([weights, -weights * 3])
    yield "broadcast_to", gradients(torch.broadcast_to(x, (2, 2, 3)), x, two)
    scalar = torch.tensor(7.0, requires_grad=True)
    yield "of a 0-d tensor", gradients(scalar.expand(2, 3), scalar, weights)
    yield "refused", raises(lambda: x.expand(3, 3))


@case(SHAPES)
def repeat(torch):
    """The gradient of a repetition is summed over the copies."""
    x = torch.tensor([[1.5, -2.0]], requires_grad=True)
    weights = torch.arange(12.0) * 0.5 - 2
    yield "repeat", x.repeat(2, 3)
    yield "gradient", gradients(x.repeat(2, 3), x, weights.view(2, 6))
    yield "with a new dimension", gradients(x.repeat(3, 2, 1), x, weights.view(3, 2, 2))
    yield "by 1", gradients(x.repeat(1, 1), x, weights[:2].view(1, 2))
    yield "too few numbers", raises(lambda: x.repeat(2))


@case(SHAPES)
def flip(torch):
    """The gradient of a flip is flipped back."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [3.0, 4.0, -8.0]])
    yield "dim 0", gradients(x.flip(0), x, weights)
    yield "dim 1", gradients(x.flip(1), x, weights)
    yield "both", gradients(x.flip(0, 1), x, weights)


@case(SHAPES)
def triangles(torch):
    """tril and triu pass the gradient only where they left the input."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0], [4.0, 8.0, -0.5]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [3.0, 4.0, -8.0], [0.1, 0.2, -0.3]])
    yield "tril", gradients(x.tril(), x, weights)
    yield "triu", gradients(x.triu(), x, weights)
    yield "tril of diagonal -1", gradients(x.tril(-1), x, weights)
    yield "triu of diagonal 1", gradients(x.triu(1), x, weights)


@case(SHAPES)
def diagonals(torch):
    """The gradient of a diagonal lands on it; that of a matrix made of a diagonal is taken from it."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    yield "diagonal", gradients(x.diagonal(), x, torch.tensor([1.0, -2.0]))
    yield "diagonal 1", gradients(x.diagonal(1), x, torch.tensor([1.0, -2.0]))
    yield "diag of a matrix", gradients(x.diag(-1), x, torch.tensor([3.0]))
    v = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "diag of a vector", v.diag()
    yield "its gradient", gradients(v.diag(), v, torch.tensor([[1.0, 2.0], [3.0, 4.0]]))
    yield "diag 1 of a vector", gradients(v.diag(1), v, torch.arange(9.0).view(3, 3))


@case(SHAPES)
def clone_and_detach(torch):
    """clone passes the gradient on, detach does not."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x.clone() * x.detach()
    y.backward(torch.tensor([1.0, -3.0]))
    yield "value", y
    yield "gradient", x.grad
    yield "clone", x.clone()
    yield "detach", x.detach()


@case(SHAPES)
def casts(torch):
    """The gradient of a cast is cast back; rounding on the way is not undone."""
    x = torch.tensor([1.0001, -2.0, 70000.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0, 0.1])
    yield "to float64", gradients(x.double(), x, weights.double())
    yield "to float16", x.half()
    yield "gradient through float16", gradients(x.half(), x, weights.half())
    yield "product in float64", gradients(x.double() * x, x, weights.double())
    yield "through integers", raises(lambda: torch.autograd.grad(x.long().float().sum(), x))


@case(SHAPES, builds_on=("derivatives_shapes::transposes_and_permutations",))
def chain_of_views(torch):
    """A chain of views has the gradient placed back through all of them."""
    x = torch.arange(12.0).reshape(2, 3, 2).requires_grad_()
    y = x.permute(2, 0, 1)[1].t()[1:].unsqueeze(1).expand(2, 3, 2)
    weights = torch.arange(12.0).reshape(2, 3, 2) * 0.5 - 2
    yield "y", y
    yield "gradient", gradients(y, x, weights)


@case(SHAPES, builds_on=("derivatives_shapes::transposes_and_permutations",))
def arithmetic_of_transposed_tensors(torch):
    """Operands of different memory layout give right values and gradients."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    y = torch.tensor([[4.0, 8.0], [-0.5, 1.0], [2.0, -3.0]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.1, -8.0]])
    yield "x * y.t()", x * y.t()
    yield "gradients of x * y.t()", gradients(x * y.t(), (x, y), weights)
    yield "x[:, ::2] + y.t()[:, 1:]", gradients(x[:, ::2] + y.t()[:, 1:], (x, y), weights[:, :2])
    yield "exp of t()", gradients(x.t().exp(), x, weights.t())


@case(SHAPES)
def gradients_have_the_leaf_s_layout(torch):
    """`.grad` has the strides of its leaf, however the gradient was computed."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    (x.t() * torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])).sum().backward()
    yield "gradient of a contiguous leaf", x.grad
    yield "its strides", x.grad.stride()
    transposed = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]]).t().requires_grad_()
    (transposed * 2).sum().backward()
    yield "strides of a transposed leaf's", transposed.grad.stride()
    expanded = torch.tensor([1.5, -2.0]).expand(3, 2).requires_grad_()
    (expanded * 2).sum().backward()
    yield "strides of an expanded leaf's", expanded.grad.stride()


@case(SHAPES)
def shapes_that_are_refused(torch):
    """Transposing, permuting and squeezing need dimensions that exist, each once."""
    x = torch.tensor([[1.5, -2.0, 0.25]])
    yield "t() of three dimensions", raises(lambda: x.unsqueeze(0).t())
    yield "transpose", raises(lambda: x.transpose(0, 2))
    yield "permute of too few", raises(lambda: x.permute(0))
    yield "permute of repeats", raises(lambda: x.permute(0, 0))
    yield "unsqueeze", raises(lambda: x.unsqueeze(4))
    yield "squeeze", raises(lambda: x.squeeze(2))
    yield "expand to fewer dimensions", raises(lambda: x.expand(3))
