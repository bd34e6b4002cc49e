"""The versions of gradients: how often PyTorch's formulas wrote into them, and that they do not inside transforms."""

from __future__ import annotations

from conformance import case

BCE = "torch.nn.functional: binary_cross_entropy_with_logits"
FUNC = "torch.func: torch.func.grad"


def gradient_of_loss(torch, forward, backward, options):
    """The gradient of the loss by its input, with hooks on saved tensors around forward, backward or both."""
    hooks = torch.autograd.graph.saved_tensors_hooks
    x = torch.tensor([1.5, 2.5, -4.0], requires_grad=True)
    target = torch.tensor([0.2, 0.4, 0.9])
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    if forward:
        with hooks(lambda tensor: tensor, lambda tensor: tensor):
            found = loss(x, target, **options)
    else:
        found = loss(x, target, **options)
    if backward:
        with hooks(lambda tensor: tensor, lambda tensor: tensor):
            found.sum().backward()
    else:
        found.sum().backward()
    return x.grad


@case(BCE)
def loss_with_hooks_on_saved_tensors(torch):
    """Hooks on saved tensors do not change how a gradient is computed, nor its version."""
    for label, options in (
        ("mean", {}),
        ("sum", {"reduction": "sum"}),
        ("weight", {"weight": torch.tensor([1.5, 2.0, 3.0])}),
        ("pos_weight", {"pos_weight": torch.tensor([1.5, 2.0, 3.0])}),
    ):
        for forward, backward in ((False, False), (True, False), (False, True), (True, True)):
            yield f"{label}, {forward}, {backward}", gradient_of_loss(torch, forward, backward, options)


def selections(torch):
    """Functions of a vector whose formulas write into zeros."""
    places = torch.tensor([0, 2])
    return (
        ("max along a dimension", lambda x: x.max(0).values),
        ("min along a dimension", lambda x: x.min(0).values),
        ("max", lambda x: x.max()),
        ("index", lambda x: x[places].sum()),
        ("gather", lambda x: x.gather(0, places).sum()),
        ("index_select", lambda x: x.index_select(0, places).sum()),
    )


@case(FUNC)
def gradients_by_grad(torch):
    """Inside `grad`, formulas write nothing in place: the version of each gradient is 0."""
    x = torch.tensor([1.5, 7.0, -2.5])
    for label, function in selections(torch):
        grad = torch.func.grad(function)(x)
        yield label, grad
        x.requires_grad_()
        yield f"{label}, by backward", torch.autograd.grad(function(x), x)[0]
        x = x.detach()


@case("torch.func: torch.func.vmap")
def gradients_of_examples(torch):
    """The same for the gradients of examples, by `vmap` of `grad` and by `grad` of `vmap`."""
    x = torch.tensor([[1.5, 7.0, -2.5], [3.0, 0.5, 2.0]])
    for label, function in selections(torch):
        yield label, torch.func.vmap(torch.func.grad(function))(x)
        total = torch.func.grad(lambda x, function=function: torch.func.vmap(function)(x).sum())
        yield f"{label}, grad of vmap", total(x)


@case("torch.func: torch.func.vmap")
def gradients_through_vmap(torch):
    """`backward` through `vmap` runs outside of it, where the formulas of all examples write in place."""
    for label, function in selections(torch)[:4]:
        x = torch.tensor([[1.5, 7.0, -2.5], [3.0, 0.5, 2.0]], requires_grad=True)
        torch.func.vmap(function)(x).backward(torch.tensor([2.0, 0.5]))
        yield label, x.grad


@case(FUNC)
def loss_inside_grad(torch):
    """The gradient of a loss inside `grad` has version 0."""
    target = torch.tensor([0.2, 0.4, 0.9])
    loss = torch.nn.functional.binary_cross_entropy_with_logits
    yield torch.func.grad(lambda x: loss(x, target))(torch.tensor([1.5, 2.5, -4.0]))
