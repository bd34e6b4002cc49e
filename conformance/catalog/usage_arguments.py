"""How arguments are given: NumPy's names for them, the input by its name, and what is refused."""

from __future__ import annotations

from conformance import case, raises

PAGE = "torch: Math operations"


def _matrix(torch):
    return torch.tensor([[3.0, -1.5, 2.0], [0.5, 4.0, -2.5]])


@case(f"{PAGE}: Reduction Ops")
def reductions_take_axis_and_keepdims(torch):
    """Reductions of tensors take NumPy's `axis` for `dim` and `keepdims` for `keepdim`."""
    x = _matrix(torch)
    yield "sum", x.sum(axis=1)
    yield "sum over several", x.sum(axis=(0, 1), keepdims=True)
    yield "mean", x.mean(axis=0, keepdims=True)
    yield "max", list(x.max(axis=1))
    yield "argmax", x.argmax(axis=1, keepdims=True)
    yield "std", x.std(axis=0, keepdims=True)
    yield "prod", x.prod(axis=1)
    yield "any", (x > 3).any(axis=1)
    yield "logsumexp", x.logsumexp(axis=1)
    yield "median", list(x.median(axis=1, keepdims=True))
    yield "keepdims alone", raises(lambda: x.argmin(keepdims=True))


@case(f"{PAGE}: Reduction Ops")
def functions_take_axis_and_keepdims(torch):
    """The namespace's reductions, too, take `axis` and `keepdims`, and gradients flow through them."""
    x = _matrix(torch).requires_grad_()
    found = torch.sum(x, axis=1, keepdims=True) * torch.softmax(x, axis=1) + torch.mean(x, axis=0)
    yield "value", found
    found.backward(torch.tensor([[1.0, 0.5, -2.0], [0.25, 3.0, 1.5]]))
    yield "gradient", x.grad
    x = x.detach()
    yield "amax", torch.amax(x, axis=0)
    yield "var", torch.var(x, axis=1, keepdims=True)
    yield "cumsum", torch.cumsum(x, axis=1)
    yield "sort", list(torch.sort(x, axis=1))
    yield "topk", list(torch.topk(x, 2, axis=1))


@case("torch: Indexing, Slicing, Joining, Mutating Ops")
def shapes_take_axis(torch):
    """What joins, splits and reshapes takes `axis` for `dim`."""
    x = _matrix(torch)
    yield "cat", torch.cat([x, -x], axis=1)
    yield "stack", torch.stack([x, -x], axis=2)
    yield "unsqueeze", x.unsqueeze(axis=1)
    yield "squeeze", torch.squeeze(x[:, :1], axis=1)
    yield "unbind", list(torch.unbind(x, axis=1))
    yield "chunk", list(x.chunk(2, axis=1))
    yield "gather", x.gather(axis=1, index=torch.tensor([[2], [0]]))
    yield "index_select", torch.index_select(x, axis=1, index=torch.tensor([2, 0]))


@case(f"{PAGE}: Pointwise Ops")
def inputs_by_name(torch):
    """Operands may be given as `input` and `other`, or by NumPy's names `x`, `a`, `x1` and `x2`."""
    x, y = _matrix(torch), torch.tensor([2.0, -3.0, 0.5])
    yield "add", torch.add(input=x, other=y)
    yield "sub, NumPy's names", torch.sub(x1=x, x2=y)
    yield "method", x.mul(x2=y)
    yield "exp", torch.exp(x=y)
    yield "abs", torch.abs(a=x)
    yield "matmul", torch.matmul(input=x, other=y)
    yield "softmax", torch.softmax(input=x, dim=1)
    yield "max", list(torch.max(input=x, dim=1))
    yield "transpose", torch.transpose(input=x, dim0=0, dim1=1)
    yield "reshape", torch.reshape(input=x, shape=(3, 2))
    yield "where", torch.where(condition=x > 0, input=x, other=-x * 2)


@case("torch: Creation Ops")
def sizes_that_are_no_integers(torch):
    """A size that is no integer is refused, with its position."""
    for label, call in (
        ("text", lambda: torch.ones("a")),
        ("a float", lambda: torch.zeros(2, 2.5)),
        ("a float in a tuple", lambda: torch.zeros((2, 2.5))),
        ("none", lambda: torch.ones()),
        ("sizes of full", lambda: torch.full(2, 1.5)),
        ("sizes of randint", lambda: torch.randint(3, 4)),
        ("no value", lambda: torch.full((2,))),
    ):
        yield label, raises(call)


@case("torch.Tensor: Tensor class reference")
def shapes_that_are_refused(torch):
    """Methods that change the shape say which argument is wrong, or list their signatures."""
    x = _matrix(torch)
    for label, call in (
        ("view", lambda: x.view("a")),
        ("view, second size", lambda: x.view(2, 3.0)),
        ("reshape", lambda: x.reshape(6.0)),
        ("expand", lambda: x.expand(2, 2, 3.5)),
        ("unsqueeze", lambda: x.unsqueeze(0.5)),
        ("unsqueeze without", lambda: x.unsqueeze()),
        ("squeeze", lambda: x.squeeze("a")),
        ("transpose", lambda: x.transpose("a", 1)),
        ("a number for the sizes", lambda: torch.reshape("a", (6,))),
    ):
        yield label, raises(call)


@case(f"{PAGE}: Reduction Ops")
def reductions_that_are_refused(torch):
    """Wrong dimensions, missing inputs and unknown keywords of reductions are refused with the list of signatures."""
    x = _matrix(torch)
    for label, call in (
        ("a float", lambda: x.sum(1.5)),
        ("among dimensions", lambda: x.sum(dim=[0, 1.5])),
        ("text", lambda: torch.mean(x, "a")),
        ("nothing", lambda: torch.sum()),
        ("an unknown keyword", lambda: torch.sum(x, along=1)),
        ("a list", lambda: torch.max([1.0, 2.0])),
        ("a keyword of max", lambda: x.max(along=1)),
        ("argmax", lambda: x.argmax("a")),
        ("softmax without", lambda: torch.softmax(x)),
        ("topk", lambda: x.topk(1.5)),
        ("std", lambda: x.std("a")),
    ):
        yield label, raises(call)


@case("torch: Indexing, Slicing, Joining, Mutating Ops")
def operands_that_are_refused(torch):
    """What joins and looks up names the argument that is no tensor."""
    x = _matrix(torch)
    for label, call in (
        ("cat of a tensor", lambda: torch.cat(x)),
        ("cat of a number", lambda: torch.cat([x, 1])),
        ("stack of text", lambda: torch.stack(["a"])),
        ("gather", lambda: x.gather(0, [1])),
        ("gather without", lambda: torch.gather(x, 0)),
        ("index_select", lambda: x.index_select(0, [1])),
        ("mm", lambda: torch.mm(x)),
        ("mm of text", lambda: torch.mm(x, "a")),
        ("eq", lambda: x.eq("a")),
        ("masked_fill", lambda: x.masked_fill(x > 0, "a")),
        ("exp", lambda: torch.exp(2.0)),
        ("exp without", lambda: torch.exp()),
    ):
        yield label, raises(call)


@case("torch.autograd: Variable (deprecated)")
def variable_gives_a_tensor(torch):
    """`Variable` gives a tensor of the same memory, without history, which may require grad."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    variable = torch.autograd.Variable(x * 2, requires_grad=True)
    yield variable
    variable.square().sum().backward()
    yield "its gradient", variable.grad
    yield "gradient behind", x.grad
    yield "is a Variable", isinstance(x, torch.autograd.Variable)
    yield "without flag", torch.autograd.Variable(x)
    yield "a number", raises(lambda: torch.autograd.Variable(1.5))


@case("torch: Indexing, Slicing, Joining, Mutating Ops")
def arguments_by_the_names_of_each_form(torch):
    """Where a function has several forms, each takes its arguments by the names that it has for them."""
    x = torch.tensor([3.0, -1.0, 2.0, 0.5, 4.0, -2.5])
    yield "split", x.split(split_size=4)
    yield "function of split", torch.split(tensor=x, split_size_or_sections=[2, 4])
    yield "other of split", raises(lambda: x.split(split_size_or_sections=2))
    yield "tensor_split by number", x.tensor_split(sections=4)
    yield "tensor_split by indices", torch.tensor_split(x, indices=(1, 4))
    yield "hsplit", x.hsplit(sections=2)
    yield "max", torch.max(x, other=-x)
    yield "method of min", x.min(other=-x)
    yield "pow", x.pow(exponent=2)
    yield "in place", torch.relu_(input=x.clone())
    yield "resize_", x.clone().resize_(size=(2,))
    yield "sum_to_size", x.sum_to_size(size=(1,))


@case("torch.linalg: Matrix Decompositions")
def arguments_of_linear_algebra_that_are_refused(torch):
    """Functions of linear algebra and of Fourier transforms name the argument that does not fit."""
    matrix = torch.tensor([[2.0, 0.5], [0.5, 1.0]])
    for name in ("cholesky", "inv", "svd", "norm", "matrix_rank", "tensorsolve"):
        function = getattr(torch.linalg, name)
        yield f"{name} of nothing", raises(lambda: function())  # noqa: B023
        yield f"{name} of a number", raises(lambda: function(3))  # noqa: B023
        yield f"{name}, strange name", raises(lambda: function(matrix, foo=1))  # noqa: B023
        yield f"{name}, too many", raises(lambda: function(matrix, matrix, matrix, matrix, matrix, matrix))  # noqa: B023
    yield "input by name", torch.linalg.cholesky(input=matrix)
    yield "its old name", raises(lambda: torch.linalg.cholesky(A=matrix))
    yield "matrix by name", torch.linalg.inv(A=matrix)
    yield "text for a flag", raises(lambda: torch.linalg.svd(matrix, "x"))
    yield "fft of text", raises(lambda: torch.fft.fft("a"))
    yield "norm that is no text", raises(lambda: torch.fft.rfft(matrix, norm=3))
