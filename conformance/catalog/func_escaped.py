"""Tensors that outlive the function transform that made them, and the graph of a product in `vmap`."""

from __future__ import annotations

from conformance import case, raises

GRAD = "torch.func: torch.func.grad"


def escaped(torch):
    """An input of a function that `grad` transformed, and a result in it, after `grad` has returned."""
    kept = []

    def function(x):
        y = x * 2.5
        kept.extend((x, y))
        return y.sum()

    torch.func.grad(function)(torch.tensor([1.5, -2.0]))
    return kept


@case(GRAD)
def flags_of_escaped_tensors(torch):
    """A tensor that escaped from `grad` still says that it requires grad, and which node made it."""
    for name, tensor in zip(("input", "result"), escaped(torch)):
        yield name, (tensor.requires_grad, tensor.is_leaf)
        yield f"{name}: node", None if tensor.grad_fn is None else tensor.grad_fn.name()


@case(GRAD)
def operations_on_escaped_tensors(torch):
    """Nothing is recorded any more for a tensor that escaped from `grad`."""
    for name, tensor in zip(("input", "result"), escaped(torch)):
        found = tensor + 1
        yield f"{name}: values", found.tolist()
        yield f"{name}: requires grad", found.requires_grad
        yield f"{name}: as text", repr(tensor)


@case(GRAD)
def refusals_of_escaped_tensors(torch):
    """A tensor that escaped from `grad` gives no array; asked to require grad, it is as it was."""
    for name, tensor in zip(("input", "result"), escaped(torch)):
        yield f"{name}: numpy", raises(lambda tensor=tensor: tensor.numpy())
        yield f"{name}: requires_grad_", tensor.requires_grad_() is tensor


@case("torch.func: torch.func.vmap")
def linear_of_one_vector_in_vmap(torch):
    """`linear` of one vector an example is one product of matrices, from whose result a dimension is taken."""
    weight = torch.tensor([[1.5, 2.0], [-3.0, 4.0]], requires_grad=True)
    x = torch.tensor([[1.0, 2.5], [3.0, -4.0], [5.0, 0.5]])
    y = torch.func.vmap(lambda v: torch.nn.functional.linear(v, weight))(x)
    yield "result", y
    y.backward(torch.tensor([[1.0, 2.0], [-1.0, 0.5], [3.0, 4.0]]))
    yield "gradient", weight.grad
