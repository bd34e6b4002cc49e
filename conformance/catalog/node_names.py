"""The names of the nodes that each operation puts into the graph, and the edges between them."""

from __future__ import annotations

from conformance import case


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_arithmetic_nodes(torch):
    """An operator's node is named after its function, whichever side the number stands on."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    yield "x + 1", (x + 1).grad_fn
    yield "1 + x", (1 + x).grad_fn
    yield "x - 1", (x - 1).grad_fn
    yield "x * 2", (x * 2).grad_fn
    yield "2 * x", (2 * x).grad_fn
    yield "x / 2", (x / 2).grad_fn
    yield "x / x", (x / x).grad_fn
    yield "-x", (-x).grad_fn
    yield "x + x", torch.add(x, x).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name", builds_on=("node_names::names_of_arithmetic_nodes",))
def number_minus_tensor_and_number_over_tensor(torch):
    """`1 - x` is a RsubBackward1, and `2 / x` is the reciprocal multiplied by 2."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    difference = 1 - x
    quotient = 2 / x
    yield "1 - x", difference
    yield "2 / x", quotient
    (difference * quotient).sum().backward()
    yield "gradient", x.grad


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_power_nodes(torch):
    """`**` has a node of its own for a number as exponent, for two tensors, and for a number as base."""
    x = torch.tensor([1.5, 2.0], requires_grad=True)
    yield "x ** 2", (x**2).grad_fn
    yield "x ** 0.5", (x**0.5).grad_fn
    yield "x ** x", (x**x).grad_fn
    yield "x ** constant", (x ** torch.tensor([2.0, 3.0])).grad_fn
    yield "constant ** x", (torch.tensor([2.0, 3.0]) ** x).grad_fn
    yield "2 ** x", (2**x).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_remainder_nodes(torch):
    """`%` has a node for a number and another for a tensor; that of `//` is called NotImplemented."""
    x = torch.tensor([5.5, -2.0], requires_grad=True)
    yield "x % 3", (x % 3).grad_fn
    yield "x % constant", (x % torch.tensor([3.0, 4.0])).grad_fn
    yield "x // 2", (x // 2).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_pointwise_nodes(torch):
    """The node of a pointwise function is named after the function."""
    x = torch.tensor([0.5, 0.75], requires_grad=True)
    for name in ("exp", "log", "sqrt", "sin", "cos", "tan", "tanh", "sigmoid", "relu", "abs", "sign", "neg"):
        yield name, getattr(torch, name)(x).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_further_pointwise_nodes(torch):
    """`log1p` leaves a Log1PBackward0 with a capital P, `square` a power."""
    x = torch.tensor([0.5, 0.75], requires_grad=True)
    for name in ("rsqrt", "reciprocal", "square", "expm1", "log1p"):
        yield name, getattr(torch, name)(x).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_choosing_nodes(torch):
    """`clamp` by numbers is ClampBackward1, by tensors ClampBackward0."""
    x = torch.tensor([0.5, -0.75], requires_grad=True)
    constant = torch.tensor([1.0, -1.0])
    yield "clamp by numbers", x.clamp(-1, 1).grad_fn
    yield "clamp by a minimum", x.clamp(min=0).grad_fn
    yield "clamp by tensors", torch.clamp(x, torch.tensor(-1.0), torch.tensor(1.0)).grad_fn
    yield "maximum", torch.maximum(x, constant).grad_fn
    yield "minimum", torch.minimum(constant, x).grad_fn
    yield "where", torch.where(x > 0, x, constant).grad_fn
    yield "masked_fill", x.masked_fill(x > 0, 3.0).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_reduction_nodes(torch):
    """A reduction over everything and one over a dimension have nodes of different number."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "sum", x.sum().grad_fn
    yield "sum over a dimension", x.sum(1).grad_fn
    yield "sum over dimensions", x.sum((0, 1)).grad_fn
    yield "mean", x.mean().grad_fn
    yield "mean over a dimension", x.mean(0).grad_fn
    yield "prod", x.prod().grad_fn
    yield "prod over a dimension", x.prod(1).grad_fn
    yield "var", x.var().grad_fn
    yield "var over a dimension", x.var(0).grad_fn
    yield "std", x.std().grad_fn
    yield "norm", x.norm().grad_fn
    yield "norm over a dimension", x.norm(dim=1).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_extremum_nodes(torch):
    """`max()` is MaxBackward1, `max(dim)` MaxBackward0, `amax` AmaxBackward0; indices are not tracked."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "max", x.max().grad_fn
    yield "max over a dimension", x.max(1)[0].grad_fn
    yield "its indices", x.max(1)[1].grad_fn
    yield "min", x.min().grad_fn
    yield "min over a dimension", x.min(0)[0].grad_fn
    yield "amax", x.amax().grad_fn
    yield "amin over a dimension", x.amin(1).grad_fn
    yield "max of two tensors", torch.max(x, torch.tensor(0.0)).grad_fn
    yield "argmax", x.argmax().grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_normalizing_nodes(torch):
    """cumsum, logsumexp, softmax and log_softmax each are one node."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "cumsum", x.cumsum(0).grad_fn
    yield "logsumexp", x.logsumexp(1).grad_fn
    yield "softmax", torch.softmax(x, 0).grad_fn
    yield "log_softmax", torch.log_softmax(x, 1).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_shape_nodes(torch):
    """reshape, view and flatten are ViewBackward0; `T` permutes, but `t()` has its own node."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    v = torch.tensor([1.0, 2.0, 3.0], requires_grad=True)
    yield "reshape", x.reshape(3, 2).grad_fn
    yield "view", x.view(6).grad_fn
    yield "flatten", x.flatten().grad_fn
    yield "t()", x.t().grad_fn
    yield "T", x.T.grad_fn
    yield "transpose", x.transpose(0, 1).grad_fn
    yield "permute", x.permute(1, 0).grad_fn
    yield "expand", v.expand(2, 3).grad_fn
    yield "expand_as", v.expand_as(x).grad_fn
    yield "broadcast_to", torch.broadcast_to(v, (2, 3)).grad_fn
    yield "repeat", v.repeat(2).grad_fn
    yield "flip", v.flip(0).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_squeezing_nodes(torch):
    """`squeeze()` is SqueezeBackward0, over a dimension SqueezeBackward1, over several SqueezeBackward2."""
    x = torch.tensor([[[0.5, -1.5, 2.0]]], requires_grad=True)
    yield "squeeze", x.squeeze().grad_fn
    yield "squeeze a dimension", x.squeeze(0).grad_fn
    yield "squeeze a dimension of size 3", x.squeeze(2).grad_fn
    yield "squeeze dimensions", x.squeeze((0, 1)).grad_fn
    yield "unsqueeze", x.unsqueeze(-1).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def reshape_of_a_transposed_tensor_copies(torch):
    """Where reshape cannot view, it is an UnsafeView of a Clone; a view of a transposed one is an alias."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "reshape of t()", x.t().reshape(6)
    yield "flatten of t()", x.t().flatten()
    yield "reshape to the same shape", x.reshape(2, 3)
    yield "reshape of t() to its own shape", x.t().reshape(3, 2)
    yield "flatten of a vector is itself", x[0].flatten().grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_indexing_nodes(torch):
    """An int selects, a slice slices, None unsqueezes, masks and integer tensors index: a node for each."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "x[0]", x[0].grad_fn
    yield "x[0, 1]", x[0, 1].grad_fn
    yield "x[:, 1]", x[:, 1].grad_fn
    yield "x[1:]", x[1:].grad_fn
    yield "x[1:, :2]", x[1:, :2].grad_fn
    yield "x[None]", x[None].grad_fn
    yield "x[..., 0]", x[..., 0].grad_fn
    yield "x[mask]", x[x > 0].grad_fn
    yield "x[[0, 1, 0]]", x[[0, 1, 0]].grad_fn
    yield "x[:, integers]", x[:, torch.tensor([2, 0])].grad_fn
    yield "narrow", x.narrow(1, 0, 2).grad_fn
    yield "select", x.select(0, 1).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def index_that_takes_everything(torch):
    """`x[:]` is a SliceBackward0 and `x[...]` an AliasBackward0: neither is x itself."""
    x = torch.tensor([[0.5, -1.5], [1.0, 0.25]], requires_grad=True)
    yield "x[:]", x[:]
    yield "x[...]", x[...]
    yield "x[:] is x", x[:] is x
    yield "x[...] is x", x[...] is x


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_joining_and_splitting_nodes(torch):
    """Iteration is an unbind, chunk a split; a split by several sizes has a node of its own."""
    x = torch.tensor([[0.5, -1.5, 2.0], [1.0, 0.25, -3.0]], requires_grad=True)
    yield "cat", torch.cat([x, x]).grad_fn
    yield "stack", torch.stack([x, x]).grad_fn
    yield "unbind", x.unbind(0)[1].grad_fn
    yield "iteration", next(iter(x)).grad_fn
    yield "split", x.split(2, dim=1)[1].grad_fn
    yield "chunk", x.chunk(3, dim=1)[1].grad_fn
    yield "split by sizes", x.split([1, 2], dim=1)[1].grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_triangle_and_diagonal_nodes(torch):
    """`diag` of a matrix is a DiagonalBackward0_copy, and of a vector a DiagEmbedBackward0."""
    x = torch.tensor([[0.5, -1.5], [1.0, 0.25]], requires_grad=True)
    yield "diagonal", x.diagonal().grad_fn
    yield "diag of a matrix", x.diag().grad_fn
    yield "diag of a vector", x[0].diag().grad_fn
    yield "tril", x.tril().grad_fn
    yield "triu", x.triu().grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_product_nodes(torch):
    """Each product of vectors and matrices has its node, and `@` picks it by the ranks."""
    x = torch.tensor([[0.5, -1.5], [1.0, 0.25]], requires_grad=True)
    v = torch.tensor([1.0, 2.0], requires_grad=True)
    batch = torch.tensor([[[1.0, 2.0], [3.0, 4.0]]], requires_grad=True)
    yield "matrix @ matrix", (x @ x).grad_fn
    yield "matrix @ vector", (x @ v).grad_fn
    yield "vector @ vector", (v @ v).grad_fn
    yield "vector @ matrix", (v @ x).grad_fn
    yield "batch @ batch", (batch @ batch).grad_fn
    yield "batch @ matrix", (batch @ x).grad_fn
    yield "mm", x.mm(x).grad_fn
    yield "mv", x.mv(v).grad_fn
    yield "dot", v.dot(v).grad_fn
    yield "bmm", batch.bmm(batch).grad_fn
    yield "outer", torch.outer(v, v).grad_fn
    yield "addmm", torch.addmm(v, x, x).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_casting_and_copying_nodes(torch):
    """A cast is a ToCopyBackward0; a cast to the tensor's own dtype is the tensor itself."""
    x = torch.tensor([0.5, -1.5], requires_grad=True)
    yield "double", x.double()
    yield "half", x.half()
    yield "to(float64)", x.to(torch.float64)
    yield "clone", x.clone()
    yield "float() is x", x.float() is x
    yield "to(float32) is x", x.to(torch.float32) is x
    yield "cast to integers", x.long()


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_in_place_nodes(torch):
    """An in-place operation leaves the node of the operation that it stands for, on top of what was there."""
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    changes = {
        "add_": lambda y: y.add_(1),
        "sub_": lambda y: y.sub_(1),
        "mul_": lambda y: y.mul_(2),
        "div_": lambda y: y.div_(2),
        "pow_": lambda y: y.pow_(3),
        "neg_": lambda y: y.neg_(),
        "exp_": lambda y: y.exp_(),
        "sqrt_": lambda y: y.sqrt_(),
        "tanh_": lambda y: y.tanh_(),
        "sigmoid_": lambda y: y.sigmoid_(),
        "relu_": lambda y: y.relu_(),
        "clamp_": lambda y: y.clamp_(0.3, 0.6),
    }
    for name, change in changes.items():
        y = x.clone()
        change(y)
        yield name, y.grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_overwriting_nodes(torch):
    """zero_, fill_ and copy_ leave nodes of their own: ZeroBackward0, FillBackward2 or 3, CopyBackwards."""
    x = torch.tensor([0.5, 0.25], requires_grad=True)
    constant = torch.tensor([2.0, 3.0])
    yield "zero_", x.clone().zero_().grad_fn
    yield "fill_ by a number", x.clone().fill_(3).grad_fn
    yield "fill_ by a tensor", x.clone().fill_(x[0]).grad_fn
    yield "copy_ of a constant", x.clone().copy_(constant).grad_fn
    yield "copy_ of x", x.clone().copy_(x * 2).grad_fn
    yield "copy_ of x into a constant", constant.clone().copy_(x).grad_fn
    yield "copy_ of a number, expanded", x.clone().copy_(x[1]).grad_fn


@case("torch.autograd: torch.autograd.graph.Node.name")
def names_of_nn_functional_nodes(torch):
    """The functions of `nn.functional` leave the nodes of the operations that they are made of."""
    functional = torch.nn.functional
    x = torch.tensor([[0.5, -1.5], [1.0, 0.25]], requires_grad=True)
    target = torch.tensor([[1.0, 0.0], [0.0, 1.0]])
    for name in ("relu", "sigmoid", "tanh", "softplus"):
        yield name, getattr(functional, name)(x).grad_fn
    yield "softmax", functional.softmax(x, dim=1).grad_fn
    yield "log_softmax", functional.log_softmax(x, dim=0).grad_fn
    yield "mse_loss", functional.mse_loss(x, target).grad_fn
    yield "binary cross entropy", functional.binary_cross_entropy_with_logits(x, target).grad_fn
    yield "linear", functional.linear(target, x).grad_fn
    yield "linear with bias", functional.linear(target, x, x[0]).grad_fn
    yield "linear of a vector", functional.linear(target[0], x).grad_fn
