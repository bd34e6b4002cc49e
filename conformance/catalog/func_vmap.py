"""`torch.func.vmap`: a function of one example, done for all examples at once."""

from __future__ import annotations

from conformance import case, raises

VMAP = "torch.func: torch.vmap"


def _rows(torch):
    return torch.tensor([[0.5, -1.5, 3.0], [1.5, 2.5, -4.0]])


@case(VMAP)
def function_of_each_row(torch):
    """`vmap(f)` calls f once, with a tensor that stands for each row, and stacks what it gives."""
    calls = []

    def f(row):
        calls.append(tuple(row.shape))
        return row * 2 + row.sum()

    yield "result", torch.func.vmap(f)(_rows(torch))
    yield "calls", calls
    yield "the same as torch.vmap", torch.vmap is torch.func.vmap


@case(VMAP)
def another_dimension_of_the_inputs(torch):
    """`in_dims` says along which dimension the examples lie, from the front or from the back."""
    x = _rows(torch)
    f = lambda column: column.flip(0) * 2  # noqa: E731
    yield "1", torch.func.vmap(f, in_dims=1)(x)
    yield "-1", torch.func.vmap(f, in_dims=-1)(x)
    yield "-2", torch.func.vmap(f, in_dims=-2)(x)
    yield "in a tuple", torch.func.vmap(f, in_dims=(1,))(x)


@case(VMAP)
def inputs_without_examples(torch):
    """`None` in `in_dims` hands an input to every call as it is, whether it is a tensor or not."""
    x, weight = _rows(torch), torch.tensor([2.0, 3.0, 4.0])
    yield "tensor", torch.func.vmap(lambda x, w: x.dot(w), in_dims=(0, None))(x, weight)
    yield "number", torch.func.vmap(lambda x, s: x * s, in_dims=(0, None))(x, 2.5)
    yield "closure", torch.func.vmap(lambda x: x * weight)(x)


@case(VMAP)
def inputs_along_different_dimensions(torch):
    """Each input may have its examples along a dimension of its own."""
    x, y = _rows(torch), _rows(torch).t().contiguous() + 1
    yield torch.func.vmap(lambda a, b: a * b.flip(0), in_dims=(0, 1))(x, y)


@case(VMAP)
def nested_inputs(torch):
    """`in_dims` may be given in the structure of nested inputs, or by one number for all below."""
    x, weight = _rows(torch), torch.tensor([2.0, 3.0, 4.0])
    f = lambda d: d["x"] * d["w"][0]  # noqa: E731
    yield "by name", torch.func.vmap(f, in_dims=({"x": 0, "w": [None]},))({"x": x, "w": [weight]})
    yield "for a whole", torch.func.vmap(f, in_dims=({"x": 0, "w": 1},))({"x": x, "w": [x.t()]})


@case(VMAP)
def nested_outputs(torch):
    """Outputs may be nested; each tensor in them is stacked."""
    yield torch.func.vmap(lambda x: {"x": x * 2, "more": [x.sum(), (x[1:],)]})(_rows(torch))


@case(VMAP)
def where_the_examples_go(torch):
    """`out_dims` says which dimension of each output the examples become."""
    x = _rows(torch)
    f = lambda x: (x * 2, x.outer(x))  # noqa: E731
    yield "1", torch.func.vmap(lambda x: x * 2, out_dims=1)(x)
    yield "one for each", torch.func.vmap(f, out_dims=(1, 2))(x)
    yield "one for all", torch.func.vmap(f, out_dims=1)(x)
    yield "from the back", torch.func.vmap(f, out_dims=(-1, -2))(x)


@case(VMAP)
def output_without_examples(torch):
    """An output that does not depend on the examples is repeated for each; with `out_dims=None` it comes as it is."""
    x, weight = _rows(torch), torch.tensor([2.0, 3.0])
    yield "repeated", torch.func.vmap(lambda x: weight * 2)(x)
    yield "as it is", torch.func.vmap(lambda x: (x, weight * 2), out_dims=(0, None))(x)
    yield "a number", torch.func.vmap(lambda x: (x, 2.5), out_dims=(0, None))(x)


@case(VMAP)
def what_the_function_sees(torch):
    """Inside, a tensor has the sizes of one example, and does not require grad."""
    x = _rows(torch).requires_grad_()

    def f(x):
        y = x * 2
        print(x.shape, x.dim(), x.size(0), x.numel(), len(x), x.stride(), x.is_contiguous(), x.dtype)
        print(x.requires_grad, x.is_leaf, x.grad_fn, y.requires_grad, y.is_leaf, y.grad_fn)
        return y

    yield torch.func.vmap(f)(x)


@case(VMAP)
def text_of_tensors_inside_vmap(torch):
    """Inside, tensors print as `BatchedTensor` with all the examples; what has none prints as usual."""
    weight = torch.tensor([2.0, 3.0, 4.0])

    def f(x):
        for each in (
            x,
            x * weight,
            x[0],
            x.sum(),
            x > 0,
            weight * 2,
            torch.zeros(2),
            torch.ones_like(x),
            x.new_zeros(1),
        ):
            print(each)
        return x

    torch.func.vmap(f)(_rows(torch))
    yield "along another dimension", torch.func.vmap(lambda x: (print(x), x)[1], in_dims=1)(_rows(torch))


@case(VMAP)
def text_of_an_argument_with_history(torch):
    """The text of a tensor inside shows the history that its values have outside."""
    x = _rows(torch).requires_grad_()
    yield torch.func.vmap(lambda x: (print(x), print(x * 2), x.sin())[2])(x)


@case(VMAP)
def nested_vmap(torch):
    """`vmap` of `vmap` works on single elements; each level prints with its own number."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.0, 3.0, 4.0])
    product = torch.func.vmap(torch.func.vmap(lambda a, b: a * b, in_dims=(None, 0)), in_dims=(0, None))
    yield "outer product", product(x, y)
    yield "rows", torch.func.vmap(torch.func.vmap(lambda a: (print(a), a + 1)[1]))(_rows(torch))


@case(VMAP)
def operands_with_different_numbers_of_dimensions(torch):
    """Inside, broadcasting goes by the sizes of one example: one number of an example beside a vector of all."""
    x, weight = _rows(torch), torch.tensor([[2.0, 3.0, 4.0], [-1.0, 0.5, 0.25]])
    yield "number and vector", torch.func.vmap(lambda x: x[0] - weight[0])(x)
    yield "vector and matrix", torch.func.vmap(lambda x: x * weight)(x)
    yield "both with examples", torch.func.vmap(lambda x, y: x * y.outer(y))(x, weight)


@case(VMAP)
def types_inside(torch):
    """Types are promoted as for one example: a single number of an example does not widen a vector."""
    numbers = torch.tensor([1.5, -2.0])
    yield "half vector", torch.func.vmap(lambda s: s + torch.ones(2, dtype=torch.float16))(numbers)
    yield "integer number", torch.func.vmap(lambda i: i * torch.tensor([1.5, 2.5]))(torch.tensor([2, 3]))
    yield "double vector", torch.func.vmap(lambda s: s * torch.ones(2, dtype=torch.float64))(numbers)
    yield "converted", torch.func.vmap(lambda s: s.double())(numbers)


@case(VMAP)
def reductions_inside(torch):
    """Reductions go over one example, over all its dimensions or some, counted from the front or the back."""
    x = torch.arange(12, dtype=torch.float32).reshape(2, 2, 3).sin()

    def f(x):
        return [
            x.sum(), x.sum(0), x.sum(-1, keepdim=True), x.mean(), x.mean(1), x.prod(), x.prod(0), x.max(), x.max(1)[1],
            x.amax(0), x.argmax(), x.argmin(1), x.logsumexp(1), x.cumsum(0), x.softmax(-1), x.log_softmax(0), x.var(),
            x.std(0), x.norm(), (x > 0).all(), (x > 0.5).any(1), x.min(),
        ]  # fmt: skip

    yield "of the first dimension", torch.func.vmap(f)(x)
    yield "of the last dimension", torch.func.vmap(f, in_dims=2)(x)


@case(VMAP)
def views_inside(torch):
    """Views are those of one example."""
    x = torch.arange(12, dtype=torch.float32).reshape(2, 2, 3)

    def f(x):
        return [
            x.t(), x.transpose(0, -1), x.permute(1, 0), x.reshape(-1), x.contiguous().view(3, 2), x.unsqueeze(0), x.unsqueeze(-1),
            x[0], x[:, 1:], x[..., -1], x[None], x.unsqueeze(1).squeeze(1), x.unsqueeze(0).squeeze(), x.expand(2, 2, 3),
            x.diagonal(), x.flatten(), x.select(1, -1), x.narrow(1, 1, 2), x.flip(0), x.tril(), x.repeat(2, 1),
            *x.unbind(), *x.split(2, 1), *x.chunk(2, -1),
        ]  # fmt: skip

    yield "of the first dimension", torch.func.vmap(f)(x)
    yield "of the second dimension", torch.func.vmap(f, in_dims=1, out_dims=-1)(x)


@case(VMAP)
def joining_inside(torch):
    """Joined tensors may have examples or not."""
    x, weight = _rows(torch), torch.tensor([2.0, 3.0, 4.0])
    yield "cat", torch.func.vmap(lambda x: torch.cat([x, weight, x[:1]]))(x)
    yield "stack", torch.func.vmap(lambda x: torch.stack([weight, x], -1))(x)
    yield "where", torch.func.vmap(lambda x: torch.where(x > 1, x, weight))(x)
    yield "masked_fill", torch.func.vmap(lambda x: x.masked_fill(x > 1, -7.0))(x)


@case(VMAP)
def matrix_products_inside(torch):
    """Products of vectors and matrices of which one or both have examples."""
    x = _rows(torch)
    matrices = torch.arange(12, dtype=torch.float32).reshape(2, 2, 3) - 4
    matrix = torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]])
    vector = torch.tensor([2.0, 3.0, 4.0])
    vmap = torch.func.vmap
    yield "dot", vmap(lambda x: x.dot(vector))(x)
    yield "dot of both", vmap(lambda x, y: x.dot(y))(x, x + 1)
    yield "matrix and vector", vmap(lambda x: matrix @ x)(x)
    yield "matrices and vector", vmap(lambda m: m @ vector)(matrices)
    yield "matrices and vectors", vmap(lambda m, x: m @ x)(matrices, x)
    yield "vector and matrix", vmap(lambda x: x @ matrix.t())(x)
    yield "matrices and matrix", vmap(lambda m: m @ matrix.t())(matrices)
    yield "matrix and matrices", vmap(lambda m: matrix.t() @ m)(matrices)
    yield "matrices and matrices", vmap(lambda m, n: m @ n.t())(matrices, matrices + 1)
    yield "linear", vmap(lambda x: torch.nn.functional.linear(x, matrix, torch.tensor([0.5, -1.0])))(x)


@case(VMAP)
def indices_with_examples(torch):
    """An index may be different for each example, of a tensor that is the same for all or is not."""
    x, weight = _rows(torch), torch.tensor([2.0, 3.0, 4.0])
    yield "number each", torch.func.vmap(lambda x, i: x[i])(x, torch.tensor([0, 2]))
    yield "of one tensor", torch.func.vmap(lambda i: weight[i])(torch.tensor([2, 1]))
    yield "vector each", torch.func.vmap(lambda x, i: x[i])(x, torch.tensor([[0, 2], [1, 1]]))
    yield "the same for all", torch.func.vmap(lambda x: x[[2, 0]])(x)
    yield "gather", torch.func.vmap(lambda x, i: x.gather(0, i))(x, torch.tensor([[0, 2], [1, 1]]))


@case(VMAP)
def changes_in_place_inside(torch):
    """A tensor with examples may be changed in place; the tensor outside changes with it."""
    x, weight = _rows(torch), torch.tensor([2.0, 3.0, 4.0])
    yield "result", torch.func.vmap(lambda x: x.add_(weight).mul_(x))(x)
    yield "outside", x

    def assign(x):
        x[0] = x[1] * 2
        x[1:] = 7.5
        return x.sum()

    yield "assignment", torch.func.vmap(assign)(x)
    yield "outside then", x


@case(VMAP)
def new_tensors_to_be_filled(torch):
    """`zeros_like` and `new_zeros` make tensors with examples, to which values of examples can be assigned."""

    def f(x):
        first, second = torch.zeros_like(x), x.new_full((2,), 5.0)
        first[1] = x[0] * 2
        second[0] = x.sum()
        return first, second

    yield torch.func.vmap(f)(_rows(torch))


@case(VMAP)
def some_examples_at_a_time(torch):
    """`chunk_size` limits how many examples are computed at once; the result does not change."""
    x = torch.arange(10, dtype=torch.float32).reshape(5, 2)
    sizes = []

    def f(x, y):
        print(x)
        return x * y, (x.sum(),)

    for chunk_size in (2, 5, 9):
        yield f"chunk_size={chunk_size}", torch.func.vmap(f, chunk_size=chunk_size, out_dims=(1, 0))(x, x + 1)
    yield "0", raises(lambda: torch.func.vmap(f, chunk_size=0))
    yield "sizes", sizes


@case(VMAP)
def no_examples(torch):
    """Of no examples the result has none either, and the right sizes."""
    yield torch.func.vmap(lambda x: (x * 2, x.sum()))(torch.ones(0, 3))
