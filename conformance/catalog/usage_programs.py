"""What tutorials' programs do in passing: bags of uneven lengths, orders in memory behind a layer, values left out."""

from __future__ import annotations

from conformance import case, raises


@case("torch.nn: EmbeddingBag")
def bags_that_are_uneven(torch):
    """Bags that together hold as many rows as even ones would are summed each by its own length."""
    weight = torch.tensor([[1.5, -2.0], [0.25, 3.0], [-4.0, 0.5], [2.5, 7.0], [-0.75, 1.25]])
    indices = torch.tensor([0, 1, 2, 3, 4, 0, 2, 2, 1, 4, 0, 3])
    for offsets in ([0, 3, 5], [0, 4, 8], [0, 2, 8], [0, 5, 8]):
        for mode in ("sum", "mean"):
            bags = torch.nn.EmbeddingBag.from_pretrained(weight, freeze=False, mode=mode)
            found = bags(indices, torch.tensor(offsets))
            yield f"{mode} of bags from {offsets}", found
            found.backward(torch.tensor([[1.0, -0.5], [0.25, 2.0], [-3.0, 1.5]]))
            yield f"gradient of {mode} of bags from {offsets}", bags.weight.grad


@case("torch.nn: BatchNorm1d")
def order_in_memory_behind_batch_norm(torch):
    """What batch norm gives lies in order, also where its input was transposed; so its transpose has no view."""
    x = torch.arange(24.0).reshape(2, 3, 4).transpose(1, 2)
    layer = torch.nn.BatchNorm1d(4)
    for label, found in (("training", layer(x)), ("evaluation", layer.eval()(x))):
        yield label, found
        yield f"strides, {label}", found.stride()
        yield f"view of the transpose, {label}", raises(lambda y=found: y.transpose(1, 2).view(2, 12))
    images = torch.arange(120.0).reshape(2, 3, 4, 5)
    layer = torch.nn.BatchNorm2d(5)
    yield "channels last", layer(images.permute(0, 3, 1, 2)).stride()
    yield "two dimensions exchanged", torch.nn.BatchNorm2d(3)(images.transpose(2, 3)).stride()
    x = (x * 1.5).requires_grad_()
    torch.nn.BatchNorm1d(4)(x).pow(3).sum().backward()
    yield "gradient", x.grad.stride()


@case("torch: Other Operations")
def histogram_without_bins(torch):
    """`histogram` has 100 bins if it is not told how many."""
    x = torch.tensor([0.53, -1.5, 2.01, 2.5, 2.5, -0.27])
    counts, edges = torch.histogram(x)
    yield "counts", counts
    yield "edges", edges
    yield "method", x.histogram()[0].nonzero()
