"""Tensors that are conjugated only when they are read, written into others: as gradients, and by assignment."""

from __future__ import annotations

from conformance import case

COMPLEX = "Autograd mechanics: Autograd for Complex Numbers"

VALUES = [0.5 - 1.5j, 2.0 + 0.25j, -0.75 + 1.0j]
OTHER = [3.0 + 0.5j, -1.0 - 2.0j, 0.25 + 4.0j]


@case(COMPLEX)
def conjugated_gradients_reach_parts(torch):
    """A gradient that is conjugated only when it is read is so where it is put back into zeros."""
    z = torch.tensor(VALUES, requires_grad=True)
    grad = torch.tensor(OTHER).conj()
    places = torch.tensor([2, 0, 1])
    mask = torch.tensor([True, False, True])
    for name, part, given in (
        ("element", z[1], grad[1]),
        ("slice", z[1:], grad[1:]),
        ("diagonal", z.reshape(1, 3).diagonal(), grad[:1]),
        ("indices", z[places], grad),
        ("mask", z.masked_select(mask), grad[:2]),
        ("copy", torch.zeros(3, dtype=z.dtype).copy_(z), grad),
    ):
        yield name, torch.autograd.grad(part, z, given)[0].resolve_conj()


@case(COMPLEX)
def conjugated_values_are_written(torch):
    """Values that are conjugated only when they are read are written so, however they are assigned."""
    given = torch.tensor(OTHER).conj()
    zeros = torch.zeros(2, 3, dtype=given.dtype)
    zeros[0] = given
    yield "row", zeros.clone()
    zeros[1, torch.tensor([2, 0, 1])] = given
    yield "indices", zeros.clone()
    zeros[torch.tensor([[True, False, False], [False, False, True]])] = given[1]
    yield "mask", zeros.clone()
    yield "index_put", zeros.index_put((torch.tensor([1]),), given)
    yield "index_copy", zeros.index_copy(1, torch.tensor([0]), given[:2].reshape(2, 1))
    yield "scatter", zeros.scatter(1, torch.tensor([[2, 1, 0]]), given.reshape(1, 3))
    yield "masked_scatter", given.masked_scatter(torch.tensor([True, False, True]), given)
