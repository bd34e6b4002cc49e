"""Derivatives of products of vectors, matrices and batches of matrices."""

from __future__ import annotations

from conformance import case, raises

BLAS = "torch: BLAS and LAPACK Operations"


def gradients(result, inputs, incoming):
    """What a backward from a result leaves in the `.grad` of leaves, which hold nothing before."""
    leaves = inputs if isinstance(inputs, tuple) else (inputs,)
    for leaf in leaves:
        leaf.grad = None
    result.backward(incoming)
    return tuple(leaf.grad for leaf in leaves)


def numbers(torch, *shape):
    """A leaf of that shape with numbers that do not repeat, all of them exact in binary."""
    count = 1
    for size in shape:
        count *= size
    values = [((5 * position + 3) % 17 - 8) / 4 for position in range(count)]
    return torch.tensor(values).reshape(shape).requires_grad_()


@case(BLAS)
def vector_by_vector(torch):
    """`@` of two vectors is their dot product; each gradient is the other vector."""
    x = torch.tensor([1.5, -2.0, 0.25], requires_grad=True)
    y = torch.tensor([0.5, 4.0, -3.0], requires_grad=True)
    yield "x @ y", x @ y
    yield "gradients", gradients(x @ y, (x, y), torch.tensor(2.5))
    yield "dot of x and x", gradients(x.dot(x), x, torch.tensor(2.5))


@case(BLAS)
def matrix_by_vector(torch):
    """`@` of matrix and vector has as gradients an outer product and a product with the transpose."""
    a = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    x = torch.tensor([0.5, 4.0, -3.0], requires_grad=True)
    weights = torch.tensor([1.0, -2.0])
    yield "a @ x", a @ x
    yield "gradients", gradients(a @ x, (a, x), weights)
    yield "mv", gradients(a.mv(x), (a, x), weights)


@case(BLAS)
def vector_by_matrix(torch):
    """`@` of vector and matrix treats the vector as a row."""
    x = torch.tensor([0.5, 4.0], requires_grad=True)
    a = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    yield "x @ a", x @ a
    yield "gradients", gradients(x @ a, (x, a), torch.tensor([1.0, -2.0, 0.5]))


@case(BLAS)
def matrix_by_matrix(torch):
    """`@` of two matrices: the gradients are products with the other one transposed."""
    a = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    b = torch.tensor([[0.5, 4.0], [-3.0, 1.0], [2.0, -0.5]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    yield "a @ b", a @ b
    yield "gradients of a @ b", gradients(a @ b, (a, b), weights)
    yield "a.mm(b)", gradients(a.mm(b), (a, b), weights)
    yield "a @ a.t()", gradients(a @ a.t(), a, weights)
    yield "b.t() @ a.t()", gradients(b.t() @ a.t(), (a, b), weights)


@case(BLAS, builds_on=("derivatives_matmul::matrix_by_matrix",))
def batch_by_batch(torch):
    """`@` of two batches multiplies pair by pair, as does bmm."""
    a, b = numbers(torch, 2, 2, 3), numbers(torch, 2, 3, 2)
    weights = numbers(torch, 2, 2, 2).detach()
    yield "a @ b", a @ b
    yield "gradients of a @ b", gradients(a @ b, (a, b), weights)
    yield "a.bmm(b)", a.bmm(b)
    yield "gradients of a.bmm(b)", gradients(a.bmm(b), (a, b), weights)


@case(BLAS, builds_on=("derivatives_matmul::batch_by_batch",))
def batch_by_matrix(torch):
    """`@` of a batch and a matrix shares the matrix, whose gradient is the sum over the batch."""
    a, b = numbers(torch, 2, 2, 3), numbers(torch, 3, 2)
    weights = numbers(torch, 2, 2, 2).detach()
    yield "a @ b", a @ b
    yield "gradients", gradients(a @ b, (a, b), weights)


@case(BLAS, builds_on=("derivatives_matmul::batch_by_batch",))
def matrix_by_batch(torch):
    """`@` of a matrix and a batch shares the matrix, too."""
    a, b = numbers(torch, 2, 3), numbers(torch, 2, 3, 2)
    weights = numbers(torch, 2, 2, 2).detach()
    yield "a @ b", a @ b
    yield "gradients", gradients(a @ b, (a, b), weights)


@case(BLAS, builds_on=("derivatives_matmul::batch_by_batch",))
def batch_by_vector(torch):
    """`@` of a batch and a vector multiplies each matrix by the vector."""
    a, x = numbers(torch, 2, 2, 3), numbers(torch, 3)
    yield "a @ x", a @ x
    yield "gradients", gradients(a @ x, (a, x), torch.tensor([[1.0, -2.0], [0.5, 3.0]]))


@case(BLAS, builds_on=("derivatives_matmul::batch_by_batch",))
def vector_by_batch(torch):
    """`@` of a vector and a batch multiplies the vector, as a row, by each matrix."""
    x, a = numbers(torch, 3), numbers(torch, 2, 3, 2)
    yield "x @ a", x @ a
    yield "gradients", gradients(x @ a, (x, a), torch.tensor([[1.0, -2.0], [0.5, 3.0]]))


@case(BLAS, builds_on=("derivatives_matmul::batch_by_batch",))
def batches_that_are_broadcast(torch):
    """The batch dimensions of `@` are broadcast, and the gradients summed over what was."""
    for first, second in (((2, 1, 2, 3), (3, 3, 2)), ((1, 2, 2), (2, 2, 3)), ((2, 2, 2), (1, 2, 1))):
        a, b = numbers(torch, *first), numbers(torch, *second)
        y = a @ b
        weights = numbers(torch, *y.shape).detach()
        yield f"{first} @ {second}", y
        yield f"gradients of {first} @ {second}", gradients(y, (a, b), weights)


@case(BLAS)
def outer_product(torch):
    """The gradients of an outer product are products of the weights with the other vector."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    y = torch.tensor([0.5, 4.0, -3.0], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0, 0.5], [3.0, 0.25, -1.0]])
    yield "outer", torch.outer(x, y)
    yield "gradients", gradients(torch.outer(x, y), (x, y), weights)


@case(BLAS)
def addmm(torch):
    """addmm adds a product to a matrix or to a vector, which gets the sum of the gradient."""
    bias = torch.tensor([0.5, -0.25], requires_grad=True)
    a = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    b = torch.tensor([[0.5, 4.0], [-3.0, 1.0], [2.0, -0.5]], requires_grad=True)
    weights = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    yield "addmm", torch.addmm(bias, a, b)
    yield "gradients", gradients(torch.addmm(bias, a, b), (bias, a, b), weights)
    y = torch.addmm(bias, a, b, beta=0.5, alpha=-2)
    yield "with beta and alpha", y
    yield "gradients with beta and alpha", gradients(y, (bias, a, b), weights)


@case("torch.nn.functional: Linear functions")
def linear(torch):
    """`linear` multiplies by the transposed weight and adds the bias."""
    x = torch.tensor([[1.5, -2.0, 0.25], [3.0, 0.5, -1.0]], requires_grad=True)
    weight = torch.tensor([[0.5, 4.0, -3.0], [1.0, 2.0, -0.5]], requires_grad=True)
    bias = torch.tensor([0.5, -0.25], requires_grad=True)
    gradient = torch.tensor([[1.0, -2.0], [0.5, 3.0]])
    y = torch.nn.functional.linear(x, weight, bias)
    yield "with bias", y
    yield "gradients with bias", gradients(y, (x, weight, bias), gradient)
    y = torch.nn.functional.linear(x, weight)
    yield "without bias", y
    yield "gradients without bias", gradients(y, (x, weight), gradient)


@case("torch.nn.functional: Linear functions", builds_on=("derivatives_matmul::linear",))
def linear_of_other_ranks(torch):
    """`linear` takes a vector or a batch, too."""
    weight = torch.tensor([[0.5, 4.0, -3.0], [1.0, 2.0, -0.5]], requires_grad=True)
    bias = torch.tensor([0.5, -0.25], requires_grad=True)
    for name, shape in (("vector", (3,)), ("batch", (2, 1, 3))):
        x = numbers(torch, *shape)
        y = torch.nn.functional.linear(x, weight, bias)
        yield name, y
        gradient = numbers(torch, *y.shape).detach()
        yield f"gradients of {name}", gradients(y, (x, weight, bias), gradient)


@case(BLAS)
def shapes_that_do_not_multiply(torch):
    """Products of shapes that do not fit are refused, with both shapes in the message."""
    matrix, vector = torch.ones(2, 3), torch.ones(2)
    yield "matrix @ matrix", raises(lambda: matrix @ matrix)
    yield "matrix @ vector", raises(lambda: matrix @ vector)
    yield "vector @ matrix", raises(lambda: torch.ones(3) @ matrix)
    yield "vector @ vector", raises(lambda: vector @ torch.ones(3))
    yield "a 0-d tensor", raises(lambda: torch.tensor(2.0) @ vector)
    yield "batches", raises(lambda: torch.ones(2, 2, 3) @ torch.ones(3, 3, 2))
    yield "mm of a vector", raises(lambda: matrix.mm(vector))
    yield "bmm of matrices", raises(lambda: matrix.bmm(matrix))
    yield "dot of matrices", raises(lambda: matrix.dot(matrix))


@case(BLAS)
def dtypes_that_do_not_multiply(torch):
    """`@` does not promote: operands of different dtypes are refused."""
    matrix = torch.tensor([[1.0, 2.0], [3.0, 4.0]])
    yield "float32 @ float64", raises(lambda: matrix @ matrix.double())
    yield "float32 @ int64", raises(lambda: matrix @ torch.tensor([1, 2]))
    yield "int64 @ int64", torch.tensor([[1, 2], [3, 4]]) @ torch.tensor([5, 6])


@case(BLAS, builds_on=("derivatives_matmul::matrix_by_matrix",))
def two_layers(torch):
    """The gradients of two layers with tanh between them, and a mean of squares behind."""
    x = numbers(torch, 3, 2).detach()
    w1, b1 = numbers(torch, 2, 3), numbers(torch, 3)
    w2, b2 = numbers(torch, 3, 1), numbers(torch, 1)
    loss = ((torch.tanh(x @ w1 + b1) @ w2 + b2) ** 2).mean()
    loss.backward()
    yield "loss", loss
    for name, parameter in (("w1", w1), ("b1", b1), ("w2", w2), ("b2", b2)):
        yield f"gradient of {name}", parameter.grad
