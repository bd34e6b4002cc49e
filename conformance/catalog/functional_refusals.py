"""What `torch.autograd.functional` refuses, and how it says so."""

from __future__ import annotations

from conformance import case, raises

PAGE = "torch.autograd: Functional higher level API"
PRODUCTS = ("vjp", "jvp", "vhp", "hvp")
MATRICES = ("jacobian", "hessian")


def _refusals(torch, names, function, *args, **options):
    """What each of these functions says to the same arguments."""
    for name in names:
        call = getattr(torch.autograd.functional, name)
        yield name, raises(lambda call=call: call(function, *args, **options))


@case(PAGE)
def inputs_that_are_no_tensors(torch):
    """Inputs must be tensors, or tuples of them."""
    yield from _refusals(torch, PRODUCTS + MATRICES, torch.sum, 2.5)
    x = torch.tensor([0.5, -1.5])
    for name, outcome in _refusals(torch, PRODUCTS + MATRICES, torch.add, (x, 3)):
        yield f"{name} of a tuple", outcome
    for name, outcome in _refusals(torch, PRODUCTS + MATRICES, torch.add, [x]):
        yield f"{name} of a list", outcome


@case(PAGE)
def outputs_that_are_no_tensors(torch):
    """The function must return tensors, or a tuple of them."""
    x = torch.tensor([0.5, -1.5])
    yield from _refusals(torch, ("vjp", *MATRICES), lambda x: 2.5, x)
    for name, outcome in _refusals(torch, ("vjp", "jacobian"), lambda x: (x, None), x):
        yield f"{name} of a tuple", outcome
    for name, outcome in _refusals(torch, ("vjp", "jacobian"), lambda x: [x], x):
        yield f"{name} of a list", outcome


@case(PAGE)
def vectors_that_do_not_fit(torch):
    """The vector must have the structure and the sizes of what it belongs to."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.5])
    wrong = torch.tensor([1.0, 2.0, 3.0])
    for name, outcome in _refusals(torch, PRODUCTS, lambda x: (x**2).sum(0, True), x, wrong):
        yield f"{name}, size", outcome
    for name, outcome in _refusals(torch, PRODUCTS, lambda x: (x**2).sum(0, True), x, (x, x)):
        yield f"{name}, too many", outcome
    for name, outcome in _refusals(torch, PRODUCTS, lambda x, y: (x * y, x), (x, y), (x,)):
        yield f"{name}, too few", outcome
    for name, outcome in _refusals(torch, PRODUCTS, lambda x, y: (x * y, x), (x, y), (x, wrong)):
        yield f"{name}, size of an entry", outcome
    for name, outcome in _refusals(torch, PRODUCTS, lambda x: (x**2).sum(0, True), x, 3.0):
        yield f"{name}, no tensor", outcome


@case(PAGE)
def missing_vectors(torch):
    """The vector may be left out only for a single tensor of one element."""
    x = torch.tensor([0.5, -1.5])
    yield from _refusals(torch, PRODUCTS, lambda x: x**2, x)
    one = torch.tensor([2.5])
    for name, outcome in _refusals(torch, PRODUCTS, lambda x, y: (x * y, x), (one, one)):
        yield f"{name} of two", outcome


@case(PAGE)
def hessians_of_several_numbers(torch):
    """A Hessian belongs to a function with a single number as its result."""
    x, vector = torch.tensor([0.5, -1.5]), torch.tensor([3.0, -0.5])
    yield "vhp", raises(lambda: torch.autograd.functional.vhp(lambda x: x**2, x, vector))
    yield "hvp", raises(lambda: torch.autograd.functional.hvp(lambda x: x**2, x, vector))
    yield "hessian", raises(lambda: torch.autograd.functional.hessian(lambda x: x**2, x))
    for name, outcome in _refusals(torch, ("vhp", "hvp"), lambda x: (x.sum(),), x, vector):
        yield f"{name} of a tuple", outcome
    yield "hessian of a tuple", raises(lambda: torch.autograd.functional.hessian(lambda x: (x.sum(),), x))


@case(PAGE)
def strictly_constant_outputs(torch):
    """Strict mode refuses an output that does not depend on the inputs."""
    x, vector = torch.tensor([0.5, -1.5]), torch.tensor([3.0, -0.5])
    constant = torch.tensor(2.5)
    yield from _refusals(torch, PRODUCTS, lambda x: constant, x, vector, strict=True)
    for name, outcome in _refusals(torch, MATRICES, lambda x: constant, x, strict=True):
        yield name, outcome
    for name, outcome in _refusals(torch, ("vjp", "jacobian"), lambda x: (x * 2, constant), x, strict=True):
        yield f"second output of {name}", outcome


@case(PAGE)
def strictly_unused_inputs(torch):
    """Strict mode refuses an input that the outputs do not depend on."""
    x, y = torch.tensor([0.5, -1.5]), torch.tensor([2.5, 0.25])
    yield from _refusals(torch, ("vjp",), lambda x, y: x**3, (x, y), x, strict=True)
    second_order = ("jvp", "vhp", "hvp")
    yield from _refusals(torch, second_order, lambda x, y: (x**3).sum(), (x, y), (x, y), strict=True)
    yield from _refusals(torch, MATRICES, lambda x, y: (x**3).sum(), (x, y), strict=True)


@case(PAGE)
def strictly_linear_functions(torch):
    """Strict mode refuses a function whose Jacobian, or Hessian, does not depend on the inputs."""
    functional = torch.autograd.functional
    x, vector = torch.tensor([0.5, -1.5], requires_grad=True), torch.tensor([3.0, -0.5])
    yield "jvp", raises(lambda: functional.jvp(lambda x: x * 3, x, vector, strict=True))
    yield "vhp", raises(lambda: functional.vhp(lambda x: (x * 3).sum(), x, vector, strict=True))
    yield "hvp", raises(lambda: functional.hvp(lambda x: (x * 3).sum(), x, vector, strict=True))
    yield "hessian", raises(lambda: functional.hessian(lambda x: (x * 3).sum(), x, strict=True))
    graph = {"strict": True, "create_graph": True}
    yield "vjp, graph", raises(lambda: functional.vjp(lambda x: x * 3, x, vector, **graph))
    yield "jacobian, graph", raises(lambda: functional.jacobian(lambda x: x * 3, x, **graph))
    yield "vhp of a square", raises(lambda: functional.vhp(lambda x: (x**2).sum(), x, vector, **graph))
    yield "hvp of a square", raises(lambda: functional.hvp(lambda x: (x**2).sum(), x, vector, **graph))


@case(PAGE)
def unknown_strategies(torch):
    """A strategy is one of two names."""
    functional = torch.autograd.functional
    x = torch.tensor([0.5, -1.5])
    yield "jacobian", raises(lambda: functional.jacobian(lambda x: x**2, x, strategy="forward"))
    yield (
        "hessian",
        raises(lambda: functional.hessian(lambda x: (x**2).sum(), x, outer_jacobian_strategy="reverse")),
    )


@case(PAGE)
def forward_mode_with_other_options(torch):
    """Forward mode needs `vectorize=True` and knows neither `strict` nor `create_graph`."""
    functional = torch.autograd.functional
    x = torch.tensor([0.5, -1.5])
    for options in ({}, {"strict": True}, {"create_graph": True}, {"strict": True, "vectorize": True}):
        yield (
            f"jacobian, {sorted(options)}",
            raises(lambda given=options: functional.jacobian(torch.sin, x, strategy="forward-mode", **given)),
        )
    forward = {"outer_jacobian_strategy": "forward-mode"}
    yield "hessian", raises(lambda: functional.hessian(lambda x: (x**3).sum(), x, **forward))


@case(PAGE)
def vectorize_with_strict(torch):
    """`vectorize` and `strict` exclude each other."""
    x = torch.tensor([0.5, -1.5])
    yield from _refusals(torch, ("jacobian",), lambda x: x**2, x, strict=True, vectorize=True)
    yield from _refusals(torch, ("hessian",), lambda x: (x**3).sum(), x, strict=True, vectorize=True)


@case(PAGE)
def integers_are_not_differentiated(torch):
    """Integer inputs cannot require grad."""
    numbers = torch.tensor([3, 4])
    yield from _refusals(torch, ("vjp", "jvp", "jacobian"), lambda x: x * 2, numbers)
    yield from _refusals(torch, ("hessian",), lambda x: (x * 2).sum(), numbers)


@case(PAGE)
def outputs_of_vectorized_functions(torch):
    """A vectorized function must return tensors, too; that of forward mode has no name in the message."""
    functional = torch.autograd.functional
    x = torch.tensor([0.5, -1.5])
    forward = {"vectorize": True, "strategy": "forward-mode"}
    yield "a constant", functional.jacobian(lambda x: x * 3, x, **forward)
    yield "an array", raises(lambda: functional.jacobian(lambda x: x.numpy(), x, **forward))
    yield "no tensor", raises(lambda: functional.jacobian(lambda x: 2.5, x, **forward))
    yield "no tensor in a tuple", raises(lambda: functional.jacobian(lambda x: (x, 2.5), x, **forward))
