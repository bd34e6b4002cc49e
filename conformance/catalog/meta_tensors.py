"""Tensors on the device `meta`: sizes, types and histories without elements."""

from __future__ import annotations

from conformance import case, raises

META = "Meta device: Meta device"
IDIOMS = "Meta device: Idioms for working with meta tensors"


@case(META)
def tensors_without_elements(torch):
    """A tensor on `meta` has sizes, a type and a node, prints no elements, and computes sizes only."""
    x = torch.empty(3, 4, device="meta")
    yield "text", repr(x)
    yield "kind", (repr(x.device), x.is_meta, tuple(x.shape), x.stride(), repr(x.dtype), x.nbytes)
    for name, call in {
        "of numbers": lambda: torch.tensor([1, 2], device="meta"),
        "moved": lambda: torch.tensor([1.5, 2.5]).to("meta"),
        "product": lambda: x @ x.T,
        "sum": lambda: x.sum(0, keepdim=True),
        "with a number": lambda: x + 1,
        "in place": lambda: x.add_(1),
        "random": lambda: torch.rand(2, 5, device="meta"),
        "another type": lambda: x.half(),
        "requires grad": lambda: x.detach().requires_grad_() * 2,
        "a row": lambda: x[0],
        "like it": lambda: torch.zeros_like(x),
        "like it, elsewhere": lambda: torch.zeros_like(x, device="cpu"),
    }.items():
        yield name, repr(call())


@case(META, builds_on=("meta_tensors::tensors_without_elements",))
def elements_that_are_not_there(torch):
    """What needs the elements of a tensor on `meta` is refused, and so is a tensor of another device beside it."""
    x = torch.empty(2, 2, device="meta")
    yield "to the CPU", raises(lambda: x.to("cpu"))
    yield "cpu()", raises(x.cpu)
    yield "numpy", raises(x.numpy)
    yield "lists", raises(x.tolist)
    yield "one element", raises(lambda: x.sum().item())
    yield "bool", raises(lambda: bool(x.sum()))
    yield "shape", raises(lambda: x.view(5))
    yield "another device", raises(lambda: x + torch.ones(2, 2))
    yield "a number as tensor", repr(x + torch.tensor(1.5))


@case(IDIOMS, builds_on=("meta_tensors::tensors_without_elements",))
def modules_on_meta(torch):
    """A module is made on `meta` by `device` or `with`, computes sizes there, and gets elements from a state."""
    nn = torch.nn
    with torch.device("meta"):
        made = nn.Sequential(nn.Linear(4, 3), nn.ReLU(), nn.Linear(3, 2), nn.BatchNorm1d(2))
    yield "parameter", repr(made[0].weight)
    yield "its class", isinstance(made[0].weight, nn.Parameter)
    yield "all", [str(each.device) for each in (*made.parameters(), *made.buffers())]
    yield "result", repr(made(torch.empty(5, 4, device="meta")))
    state = {name: torch.zeros(each.shape, dtype=each.dtype) for name, each in made.state_dict().items()}
    yield "loaded", repr(made.load_state_dict(state, assign=True))
    yield "afterwards", [str(each.device) for each in made.parameters()]
    yield "computes", made(torch.ones(2, 4)).tolist()
    by_option = nn.Linear(4, 3, device="meta")
    yield "moved away", by_option.to_empty(device="cpu").weight.shape
    moved = nn.Linear(2, 2).to("meta")
    yield "moved there", repr(moved.bias)
    yield "moved back", raises(lambda: moved.to("cpu"))
    given = {"weight": torch.tensor([[0.5, -1.0], [2.0, 1.5]]), "bias": torch.tensor([0.25, -0.5])}
    yield (
        "called with other parameters",
        torch.func.functional_call(moved, given, (torch.tensor([[1.0, -2.0]]),)),
    )


@case(META)
def recurrent_layers_without_elements(torch):
    """Recurrent layers and cells on `meta` start from states on `meta`."""
    for name in ("RNN", "LSTM", "GRU"):
        x = torch.empty(5, 2, 3, device="meta")
        output, state = getattr(torch.nn, name)(3, 4, device="meta")(x)
        yield name, [repr(each.device) for each in (output, state[0])]
        yield f"{name}: sizes", [tuple(output.shape), tuple(state[0].shape)]
        cell = getattr(torch.nn, f"{name}Cell")(3, 4, device="meta")(x[0])
        yield f"{name}Cell", tuple((cell[0] if name == "LSTM" else cell).shape)
    yield "mask", torch.nn.Transformer.generate_square_subsequent_mask(3, "meta").device.type
    yield "initialized", torch.nn.init.trunc_normal_(torch.empty(2, 3, device="meta")).device.type
