"""Edges: empty tensors, 0-d tensors, other dtypes, nan and infinities, long graphs."""

from __future__ import annotations

from conformance import case, raises

BACKWARD = "torch.autograd: torch.Tensor.backward"


@case(BACKWARD)
def empty_tensors(torch):
    """An empty tensor has an empty gradient, and its sum is zero."""
    x = torch.ones(0, requires_grad=True)
    y = (x * 2).exp()
    yield "result", y
    yield "sum", y.sum()
    y.sum().backward()
    yield "gradient", x.grad
    rows = torch.ones(0, 3, requires_grad=True)
    rows.sum(0).backward(torch.tensor([1.0, 2.0, 3.0]))
    yield "gradient of no rows", rows.grad


@case(BACKWARD, builds_on=("edges::empty_tensors",))
def reductions_of_empty_tensors(torch):
    """An empty sum is 0, an empty product 1, an empty mean nan; there is no empty maximum."""
    x = torch.ones(0, requires_grad=True)
    yield "sum", x.sum()
    yield "prod", x.prod()
    yield "mean", x.mean()
    yield "norm", x.norm()
    yield "logsumexp", x.logsumexp(0)
    yield "cumsum", x.cumsum(0)
    yield "max", raises(lambda: x.max())
    yield "max over a dimension", raises(lambda: x.max(0))
    yield "amin", raises(lambda: x.amin())
    yield "argmax", raises(lambda: x.argmax())


@case(BACKWARD, builds_on=("edges::reductions_of_empty_tensors",))
def gradients_of_empty_reductions(torch):
    """The gradients of empty reductions are empty, or zeros where a dimension is left."""
    for name in ("sum", "prod", "norm"):
        x = torch.ones(0, requires_grad=True)
        yield name, torch.autograd.grad(getattr(x, name)(), x, torch.tensor(2.5))
    x = torch.ones(2, 0, requires_grad=True)
    yield "sum over the empty dimension", torch.autograd.grad(x.sum(1), x, torch.tensor([1.0, -2.0]))
    yield "prod over the empty dimension", x.prod(1)


@case(BACKWARD, builds_on=("edges::empty_tensors",))
def products_of_empty_matrices(torch):
    """A matrix product over an empty dimension is zero, with empty gradients."""
    a = torch.ones(2, 0, requires_grad=True)
    b = torch.ones(0, 3, requires_grad=True)
    yield "a @ b", a @ b
    weights = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]])
    yield "gradients", torch.autograd.grad(a @ b, (a, b), weights)


@case(BACKWARD, builds_on=("edges::empty_tensors",))
def empty_pieces(torch):
    """Empty slices, masks that pick nothing and empty indices give empty results and zero gradients."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    yield "slice", torch.autograd.grad(x[3:], x, torch.ones(0))
    yield "mask", torch.autograd.grad(x[x > 100].sum(), x)
    yield "integers", torch.autograd.grad(x[torch.tensor([], dtype=torch.int64)].sum(), x)
    joined = torch.cat([x[:0], x * 2])
    yield "cat with an empty piece", torch.autograd.grad(joined, x, torch.tensor([1.0, 2.0, 3.0]))


@case(BACKWARD)
def zero_dimensional_tensors(torch):
    """0-d leaves have 0-d gradients, in any expression of them."""
    x = torch.tensor(1.5, requires_grad=True)
    y = torch.tensor(-2.0, requires_grad=True)
    z = x * y.exp() + (x / y).sin() - x**2
    yield "z", z
    z.backward()
    yield "x.grad", x.grad
    yield "y.grad", y.grad


@case(BACKWARD, builds_on=("edges::zero_dimensional_tensors",))
def one_element_is_not_0d(torch):
    """A leaf of one element keeps its shape in the gradient."""
    for shape in ((1,), (1, 1), (1, 1, 1)):
        x = torch.full(shape, 1.5, requires_grad=True)
        s = torch.tensor(3.0, requires_grad=True)
        (x * s * s).backward()
        yield f"gradient of {shape}", x.grad
        yield f"gradient of the 0-d factor of {shape}", s.grad


@case("torch: Tensor Attributes")
def gradients_of_mixed_dtypes(torch):
    """Each gradient has its leaf's dtype, where operands were promoted."""
    x = torch.tensor([1.5, -2.0], dtype=torch.float16, requires_grad=True)
    y = torch.tensor([3.0, 0.1], requires_grad=True)
    z = torch.tensor([0.3, 7.0], dtype=torch.float64, requires_grad=True)
    product = x * y * z
    yield "product", product
    product.backward(torch.tensor([1.0, -0.5], dtype=torch.float64))
    for name, leaf in (("x", x), ("y", y), ("z", z)):
        yield f"gradient of {name}", leaf.grad


@case("torch: Tensor Attributes", builds_on=("edges::gradients_of_mixed_dtypes",))
def integer_operands(torch):
    """Integers and booleans may be operands of tracked tensors, and get no gradient."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    whole = torch.tensor([2, 3, -4])
    truth = torch.tensor([True, False, True])
    yield "times integers", torch.autograd.grad(x * whole, x, torch.tensor([1.0, 2.0, 3.0]))
    yield "times booleans", torch.autograd.grad(x * truth, x, torch.tensor([1.0, 2.0, 3.0]))
    yield "to the power of integers", torch.autograd.grad(x**whole, x, torch.tensor([1.0, 2.0, 3.0]))
    yield "over integers", torch.autograd.grad(x / whole, x, torch.tensor([1.0, 2.0, 3.0]))
    yield "the node", (x * whole).grad_fn


@case("torch: Tensor Attributes", builds_on=("edges::gradients_of_mixed_dtypes",))
def half_precision(torch):
    """In float16 each step is rounded, and what exceeds 65504 becomes infinite."""
    x = torch.tensor([0.1, 3.0, 300.0], dtype=torch.float16, requires_grad=True)
    y = x * x
    yield "x * x", y
    y.backward(torch.tensor([0.1, 1.0, 200.0], dtype=torch.float16))
    yield "gradient", x.grad
    x.grad = None
    (x.exp() / 3).backward(torch.tensor([1.0, 0.5, 0.25], dtype=torch.float16))
    yield "gradient of exp", x.grad


@case(BACKWARD)
def nan_and_infinity_flow_through(torch):
    """nan and infinities flow through sums and products, forward and backward, without a word."""
    x = torch.tensor([float("nan"), float("inf"), 2.0, 0.0], requires_grad=True)
    y = torch.tensor([1.0, 0.0, float("-inf"), float("nan")], requires_grad=True)
    yield "x * y", x * y
    yield "gradients of x * y", torch.autograd.grad(x * y, (x, y), torch.tensor([1.0, 2.0, 0.0, -1.0]))
    weights = torch.tensor([1.0, float("nan"), 0.0, float("inf")])
    yield "gradients of x - y", torch.autograd.grad(x - y, (x, y), weights)


@case(BACKWARD)
def gradient_of_zero_is_a_gradient(torch):
    """A gradient that is zero everywhere is accumulated as zeros; it is not None."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    w = torch.tensor([3.0, 4.0], requires_grad=True)
    (x * 0 + w.detach()).backward(torch.tensor([1.0, 2.0]))
    yield "x.grad", x.grad
    yield "w.grad", w.grad


@case(BACKWARD)
def long_chains(torch):
    """A chain of 20000 operations goes backward, and is dropped, without recursion."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x
    for number in range(20000):
        y = y + x if number % 10000 == 0 else y * 1.0
    y.backward(torch.tensor([1.0, -3.0]))
    yield "value", y.detach()
    yield "gradient", x.grad
    del y
    (x * x).backward(torch.tensor([1.0, -3.0]))
    yield "gradient after the graph was dropped", x.grad


@case(BACKWARD, builds_on=("edges::long_chains",))
def wide_graphs(torch):
    """A leaf with a thousand uses, added up pairwise, gets the sum of all gradients."""
    x = torch.tensor([1.0, -0.5], requires_grad=True)
    terms = [x * (number % 7) for number in range(1000)]
    while len(terms) > 1:
        pairs = len(terms) // 2
        terms = [terms[2 * pair] + terms[2 * pair + 1] for pair in range(pairs)] + terms[2 * pairs :]
    terms[0].backward(torch.tensor([1.0, 2.0]))
    yield "value", terms[0].detach()
    yield "gradient", x.grad


@case(BACKWARD)
def exponential_number_of_paths(torch):
    """Sixty doublings make 2⁶⁰ paths, but a graph of sixty nodes, each run once."""
    x = torch.tensor([1.0, -3.0], dtype=torch.float64, requires_grad=True)
    y = x
    calls = []
    for _ in range(60):
        y = y + y
        y.register_hook(lambda grad: calls.append(1))
    y.backward(torch.tensor([1.0, 0.5], dtype=torch.float64))
    yield "gradient", x.grad
    yield "nodes run", len(calls)


@case(BACKWARD)
def tensors_made_from_a_tracked_tensor(torch):
    """zeros_like, full_like and comparisons of a tracked tensor are constants."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = x * 2
    yield "zeros_like", torch.zeros_like(y)
    yield "full_like", torch.full_like(y, 7.0)
    yield "comparison", y > 0
    yield "step", (y > 0) * y
    yield "as a number", y[0].item()
    yield "as a list", y.tolist()
    yield "numpy is refused", raises(lambda: y.numpy())


@case(BACKWARD)
def version_of_a_gradient(torch):
    """A gradient that is handed over has version 0, one that had to be copied 1; each accumulation adds 1."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    weights = torch.tensor([1.0, -3.0])
    (x * 2).backward(weights)
    yield "handed over", x.grad
    (x * 2).backward(weights)
    yield "accumulated by two calls", x.grad
    x.grad = None
    (x * 2 + x.exp()).backward(weights)
    yield "summed within a call", x.grad
    x.grad = None
    (x + 1).backward(weights)
    yield "copied from what was given", x.grad


@case(BACKWARD)
def gradient_is_a_plain_tensor(torch):
    """A gradient is a leaf without requires_grad, which can be assigned; computing with it is not tracked."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    (x**2).sum().backward()
    yield "gradient", x.grad
    yield "computed from it", x.grad * 2
    x.grad = torch.tensor([10.0, 20.0])
    (x**2).sum().backward()
    yield "accumulated onto what was assigned", x.grad
    yield "another shape is refused", raises(lambda: setattr(x, "grad", torch.tensor([1.0])))
    yield "another dtype is refused", raises(lambda: setattr(x, "grad", torch.tensor([1.0, 2.0]).double()))
