"""The updates of each optimizer of `torch.optim` under its options, and the state that it keeps."""

from __future__ import annotations

from conformance import case, raises

GRADIENTS = (
    ([[0.3, -1.2], [0.05, 2.0]], [0.7, -0.4]),
    ([[-0.6, 0.9], [0.25, 1.5]], [0.1, 0.35]),
    ([[1.1, -0.3], [-0.45, 0.8]], [-0.9, 0.6]),
    ([[0.2, 0.4], [0.15, -1.3]], [0.55, -0.15]),
)
SGD = "optimizers::one_step"


def trained(torch, name, steps=4, dtype=None, **options):
    """Two parameters after some steps with given gradients, and what the optimizer keeps of them."""
    dtype = dtype or torch.float32
    params = [
        torch.tensor([[0.5, -1.5], [2.0, 0.25]], dtype=dtype, requires_grad=True),
        torch.tensor([1.25, -0.75], dtype=dtype, requires_grad=True),
    ]
    optimizer = getattr(torch.optim, name)(params, **options)
    for gradients in GRADIENTS[:steps]:
        for param, gradient in zip(params, gradients):
            param.grad = torch.tensor(gradient, dtype=dtype)
        optimizer.step()
    for number, param in enumerate(params):
        yield f"parameter {number}", param
        yield f"state {number}", dict(optimizer.state[param]) if param in optimizer.state else None


def under(torch, name, *variants):
    """The same training with each set of options."""
    for options in variants:
        for label, value in trained(torch, name, **options):
            yield (
                f"{label}, {', '.join(f'{key}={each}' for key, each in options.items()) or 'defaults'}",
                value,
            )


@case("torch.optim: SGD", builds_on=(SGD,))
def sgd_with_all_its_options(torch):
    """SGD under momentum, dampening, Nesterov's momentum, weight decay and `maximize`, over several steps."""
    yield from under(
        torch,
        "SGD",
        {"lr": 0.1, "momentum": 0.9, "dampening": 0.3},
        {"lr": 0.1, "momentum": 0.8, "nesterov": True, "weight_decay": 0.05},
        {"lr": 0.1, "momentum": 0.5, "weight_decay": 0.2, "maximize": True},
    )


@case("torch.optim: Adam", builds_on=(SGD,))
def adam(torch):
    """Adam divides a running average of gradients by the root of that of their squares, both corrected."""
    yield from under(torch, "Adam", {}, {"lr": 0.1}, {"lr": 0.1, "betas": (0.5, 0.75), "eps": 0.01})


@case("torch.optim: Adam", builds_on=("optimizer_updates::adam",))
def adam_with_weight_decay(torch):
    """Weight decay is added to the gradient, or taken off the parameter where it is decoupled."""
    yield from under(
        torch,
        "Adam",
        {"lr": 0.1, "weight_decay": 0.3},
        {"lr": 0.1, "weight_decay": 0.3, "decoupled_weight_decay": True, "maximize": True},
    )


@case("torch.optim: Adam", builds_on=("optimizer_updates::adam",))
def adam_with_amsgrad(torch):
    """With `amsgrad` the greatest average of squares so far is what divides, and is kept."""
    yield from under(torch, "Adam", {"lr": 0.1, "amsgrad": True, "betas": (0.9, 0.3)})


@case("torch.optim: Adam", builds_on=("optimizer_updates::adam",))
def adam_in_float64(torch):
    """The averages have the parameter's type; the count of steps stays float32."""
    yield from trained(torch, "Adam", dtype=torch.float64, lr=0.1, weight_decay=0.1)


@case("torch.optim: AdamW", builds_on=("optimizer_updates::adam",))
def adamw(torch):
    """AdamW shrinks the parameters by a hundredth of lr unless told otherwise."""
    yield from under(
        torch, "AdamW", {}, {"lr": 0.1, "weight_decay": 0.3}, {"lr": 0.1, "amsgrad": True, "maximize": True}
    )
    weight = torch.ones(1, requires_grad=True)
    optimizer = torch.optim.AdamW([weight])
    yield "is an Adam", isinstance(optimizer, torch.optim.Adam)
    yield optimizer.defaults


@case("torch.optim: Adamax", builds_on=("optimizer_updates::adam",))
def adamax(torch):
    """Adamax divides by the greatest gradient, which fades."""
    yield from under(
        torch, "Adamax", {}, {"lr": 0.1, "betas": (0.5, 0.75), "weight_decay": 0.2, "maximize": True}
    )


@case("torch.optim: NAdam", builds_on=("optimizer_updates::adam",))
def nadam(torch):
    """NAdam looks ahead by a momentum that grows with the steps, whose product is kept."""
    yield from under(
        torch,
        "NAdam",
        {},
        {"lr": 0.1, "weight_decay": 0.2, "momentum_decay": 0.1},
        {"lr": 0.1, "weight_decay": 0.2, "decoupled_weight_decay": True},
    )


@case("torch.optim: RAdam", builds_on=("optimizer_updates::adam",))
def radam(torch):
    """RAdam does not adapt at first; with short averages it begins to within a few steps."""
    yield from under(
        torch,
        "RAdam",
        {"lr": 0.1},
        {"lr": 0.1, "betas": (0.5, 0.999), "weight_decay": 0.2},
        {"betas": (0.9, 0.7)},
    )
    weight = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.RAdam([weight], lr=0.1)
    weight.grad = torch.tensor([0.3, -0.2])
    for _ in range(8):
        optimizer.step()
    yield "after eight steps", weight


@case("torch.optim: RMSprop", builds_on=(SGD,))
def rmsprop(torch):
    """RMSprop divides by the root of a running average of squares, also centered, also with momentum."""
    yield from under(
        torch,
        "RMSprop",
        {},
        {"lr": 0.1, "alpha": 0.7, "momentum": 0.9},
        {"lr": 0.1, "alpha": 0.6, "centered": True, "weight_decay": 0.2},
        {"lr": 0.1, "centered": True, "momentum": 0.5, "maximize": True},
    )


@case("torch.optim: Adagrad", builds_on=(SGD,))
def adagrad(torch):
    """Adagrad divides by the root of the sum of all squares; its state is there before the first step."""
    yield from under(
        torch,
        "Adagrad",
        {},
        {"lr": 0.1, "lr_decay": 0.2, "weight_decay": 0.1, "initial_accumulator_value": 0.5},
    )
    weight = torch.tensor([0.5, -1.5], requires_grad=True)
    yield (
        "before the first step",
        dict(torch.optim.Adagrad([weight], initial_accumulator_value=0.25).state[weight]),
    )


@case("torch.optim: Adadelta", builds_on=(SGD,))
def adadelta(torch):
    """Adadelta scales gradients by the averages of past updates."""
    yield from under(
        torch, "Adadelta", {}, {"lr": 0.7, "rho": 0.6, "eps": 0.001, "weight_decay": 0.1, "maximize": True}
    )


@case("torch.optim: ASGD", builds_on=(SGD,))
def asgd(torch):
    """ASGD averages the parameters from the step `t0` on, in its state."""
    yield from under(torch, "ASGD", {}, {"lr": 0.1, "lambd": 0.1, "alpha": 0.5, "t0": 1, "weight_decay": 0.1})


@case("torch.optim: Rprop", builds_on=(SGD,))
def rprop(torch):
    """Rprop's steps grow while the sign of a gradient stays, and shrink when it turns."""
    yield from under(
        torch, "Rprop", {}, {"lr": 0.1, "etas": (0.3, 1.7), "step_sizes": (0.01, 0.2), "maximize": True}
    )


@case("torch.optim: Adafactor", builds_on=(SGD,))
def adafactor(torch):
    """Adafactor keeps the squares of a matrix as a column and a row, those of a vector as they are."""
    yield from under(torch, "Adafactor", {}, {"lr": 0.1, "eps": (0.001, 0.05), "d": 1.5, "weight_decay": 0.1})


@case("torch.optim: LBFGS", builds_on=(SGD,))
def lbfgs(torch):
    """LBFGS calls its closure many times in a step, and keeps directions for the next."""
    for options in (
        {"lr": 0.5, "max_iter": 4},
        {"line_search_fn": "strong_wolfe", "history_size": 3, "max_iter": 6},
    ):
        weights = torch.tensor([-1.2, 1.0], dtype=torch.float64, requires_grad=True)
        scale = torch.tensor([3.0, 0.5], dtype=torch.float64)
        optimizer = torch.optim.LBFGS([weights], **options)
        calls = []

        def closure(weights=weights, scale=scale, optimizer=optimizer, calls=calls):
            optimizer.zero_grad()
            loss = (scale * (weights - 0.7) ** 2).sum() + (weights[0] * weights[1]) ** 2
            loss.backward()
            calls.append(loss.item())
            return loss

        for step in ("first", "second"):
            yield f"loss returned, {step} step", optimizer.step(closure)
            yield f"weights, {step} step", weights
            yield f"calls, {step} step", len(calls)
        state = optimizer.state[weights]
        yield "counts", (state["n_iter"], state["func_evals"], len(state["old_dirs"]))
        yield "names of the state", sorted(state)


@case("torch.optim: LBFGS", builds_on=("optimizer_updates::lbfgs",))
def lbfgs_that_has_arrived(torch):
    """Where the gradient is small already, LBFGS calls the closure once and changes nothing."""
    weights = torch.tensor([0.7, 0.3], requires_grad=True)
    optimizer = torch.optim.LBFGS([weights], tolerance_grad=0.5)

    def closure():
        optimizer.zero_grad()
        loss = (weights * torch.tensor([0.1, -0.2])).sum()
        loss.backward()
        return loss

    yield "loss", optimizer.step(closure)
    yield "weights", weights
    yield "state", dict(optimizer.state[weights])


@case("torch.optim: Muon", builds_on=(SGD,))
def muon_refuses_vectors(torch):
    """Muon takes matrices only."""
    vector = torch.tensor([0.5, -1.5], requires_grad=True)
    yield raises(lambda: torch.optim.Muon([vector]))
    yield raises(
        lambda: torch.optim.Muon([vector.detach().reshape(1, 2).requires_grad_()], adjust_lr_fn="other")
    )


@case("torch.optim: SparseAdam", builds_on=(SGD,))
def sparse_adam_refuses_dense_gradients(torch):
    """SparseAdam steps for sparse gradients only."""
    weight = torch.tensor([0.5, -1.5], requires_grad=True)
    optimizer = torch.optim.SparseAdam([weight])
    optimizer.step()
    yield "nothing to do", weight
    weight.grad = torch.tensor([0.3, -0.2])
    yield "a dense gradient", raises(lambda: optimizer.step())
    yield "complex", raises(lambda: torch.optim.SparseAdam([torch.tensor([0.5 + 1j], requires_grad=True)]))


@case("torch.optim: Algorithms", builds_on=("optimizer_updates::adam",))
def complex_parameters(torch):
    """Optimizers treat a complex parameter as pairs of real ones."""
    for name, options in (
        ("SGD", {"lr": 0.1, "momentum": 0.5}),
        ("Adam", {"lr": 0.1}),
        ("RMSprop", {"lr": 0.1, "centered": True}),
        ("Adagrad", {"lr": 0.1}),
        ("Rprop", {"lr": 0.1}),
    ):
        weight = torch.tensor([0.5 + 1.5j, -2.0 + 0.25j], requires_grad=True)
        optimizer = getattr(torch.optim, name)([weight], **options)
        for gradient in ([0.3 - 0.2j, -0.7 + 1.1j], [0.6 + 0.4j, 0.1 - 0.9j]):
            weight.grad = torch.tensor(gradient)
            optimizer.step()
        yield name, weight
        yield f"state of {name}", dict(optimizer.state[weight])


@case("torch.optim: Algorithms", builds_on=("optimizer_updates::adam",))
def versions_after_a_step(torch):
    """Each optimizer changes parameters in place, so a graph that saved them is refused."""
    for name in ("SGD", "Adam", "RMSprop", "NAdam"):
        weight = torch.tensor([0.5, -1.5], requires_grad=True)
        optimizer = getattr(torch.optim, name)([weight], lr=0.1)
        loss = (weight * weight).sum()
        loss.backward(retain_graph=True)
        optimizer.step()
        yield f"version after {name}", weight._version
        yield f"backward after {name}", raises(lambda loss=loss: loss.backward())


@case("torch.optim: Algorithms", builds_on=("optimizer_updates::adam",))
def learning_rate_as_a_tensor(torch):
    """A learning rate may be a tensor of one element, which is read at each step."""
    for name in ("SGD", "Adam", "AdamW", "RMSprop", "ASGD"):
        weight = torch.tensor([0.5, -1.5], requires_grad=True)
        rate = torch.tensor(0.1)
        optimizer = getattr(torch.optim, name)([weight], lr=rate, weight_decay=0.1)
        for factor in (1.0, 0.25):
            rate.fill_(0.1 * factor)
            weight.grad = torch.tensor([0.3, -0.2])
            optimizer.step()
        yield name, weight
    yield "two elements", raises(lambda: torch.optim.SGD([weight], lr=torch.tensor([0.1, 0.2])))
    yield "foreach", raises(lambda: torch.optim.Adam([weight], lr=torch.tensor(0.1), foreach=True))


@case("torch.optim: Algorithms", builds_on=("optimizer_updates::adam",))
def differentiable_steps(torch):
    """With `differentiable` a step is recorded, and gradients flow through it to where the gradients came from."""
    for name, options in (("SGD", {"momentum": 0.5}), ("Adam", {}), ("RMSprop", {}), ("Adagrad", {})):
        start = torch.tensor([0.5, -1.5], dtype=torch.float64, requires_grad=True)
        weight = start.clone()
        optimizer = getattr(torch.optim, name)([weight], lr=0.1, differentiable=True, **options)
        weight.grad = start * start + 0.3
        optimizer.step()
        (weight * torch.tensor([1.5, -0.7], dtype=torch.float64)).sum().backward()
        yield f"weight, {name}", weight.detach()
        yield f"gradient through the step, {name}", start.grad


@case("torch.optim: Algorithms", builds_on=("optimizer_updates::adam",))
def options_that_are_refused(torch):
    """Each optimizer names the option that is out of range."""
    weight = torch.tensor([0.5, -1.5], requires_grad=True)
    for name, options in (
        ("Adam", {"lr": -1.0}),
        ("Adam", {"eps": -1.0}),
        ("Adam", {"betas": (1.0, 0.5)}),
        ("Adam", {"betas": (0.5, -0.5)}),
        ("Adam", {"betas": (0.5, torch.tensor(0.5))}),
        ("AdamW", {"weight_decay": -1.0}),
        ("Adamax", {"eps": -1.0}),
        ("NAdam", {"momentum_decay": -1.0}),
        ("RAdam", {"betas": (0.5, 1.5)}),
        ("RMSprop", {"alpha": -1.0}),
        ("RMSprop", {"momentum": -1.0}),
        ("Adagrad", {"lr_decay": -1.0}),
        ("Adagrad", {"initial_accumulator_value": -1.0}),
        ("Adadelta", {"rho": 1.5}),
        ("ASGD", {"weight_decay": -1.0}),
        ("Rprop", {"etas": (1.5, 1.2)}),
        ("Adafactor", {"d": 0.5}),
        ("Adafactor", {"beta2_decay": 0.5}),
        ("LBFGS", {"lr": -1.0}),
        ("SparseAdam", {"lr": 0.0}),
        ("Adam", {"fused": True, "foreach": True}),
        ("SGD", {"fused": True, "differentiable": True}),
    ):
        yield (
            f"{name} {sorted(options)}",
            raises(lambda name=name, options=options: getattr(torch.optim, name)([weight], **options)),
        )


@case("torch.optim: Algorithms", builds_on=("optimizer_updates::adam",))
def capturable_needs_a_device(torch):
    """`capturable` is refused at the first step on the CPU."""
    for name in ("Adam", "NAdam", "Adadelta", "ASGD", "Rprop"):
        weight = torch.tensor([0.5, -1.5], requires_grad=True)
        weight.grad = torch.tensor([0.3, -0.2])
        optimizer = getattr(torch.optim, name)([weight], capturable=True)
        yield name, raises(lambda optimizer=optimizer: optimizer.step())
        yield f"weight under {name}", weight
