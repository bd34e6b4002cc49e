"""`torch.optim.lr_scheduler`: the learning rates of each schedule, their state, warnings and refusals."""

from __future__ import annotations

import copy
import warnings

from conformance import case, raises

PAGE = "torch.optim: How to adjust learning rate"
STEP_LR = "lr_schedulers::every_few_epochs"


def two_groups(torch, name="SGD", **options):
    """An optimizer with two groups of different learning rates."""
    first = torch.tensor([0.5], requires_grad=True)
    second = torch.tensor([1.5], requires_grad=True)
    options.setdefault("lr", 0.1)
    if name == "SGD":
        options.setdefault("momentum", 0.9)
    return getattr(torch.optim, name)([{"params": [first]}, {"params": [second], "lr": 0.5}], **options)


def rates(torch, make, epochs=9, name="SGD", **options):
    """The learning rates of both groups from epoch to epoch."""
    optimizer = two_groups(torch, name, **options)
    scheduler = make(torch.optim.lr_scheduler, optimizer)
    seen = [[float(group["lr"]) for group in optimizer.param_groups]]
    for _ in range(epochs):
        optimizer.step()
        scheduler.step()
        seen.append([float(group["lr"]) for group in optimizer.param_groups])
    return seen, scheduler, optimizer


@case(PAGE, builds_on=("optimizers::groups_with_their_own_options",))
def every_few_epochs(torch):
    """`StepLR` multiplies every few epochs, `MultiStepLR` at milestones, by which it counts one given twice."""
    seen, scheduler, _ = rates(torch, lambda module, each: module.StepLR(each, step_size=3, gamma=0.5))
    yield "StepLR", seen
    yield "last", scheduler.get_last_lr()
    yield "state", scheduler.state_dict()
    seen, scheduler, _ = rates(torch, lambda module, each: module.MultiStepLR(each, [2, 5, 5], gamma=0.5))
    yield "MultiStepLR", seen
    yield "milestones", scheduler.milestones


@case(PAGE, builds_on=(STEP_LR,))
def by_functions(torch):
    """`LambdaLR` multiplies the initial rate, `MultiplicativeLR` the present one, by a function of the epoch."""
    both = [lambda epoch: 0.9**epoch, lambda epoch: 1 / (epoch + 2)]
    seen, scheduler, _ = rates(torch, lambda module, each: module.LambdaLR(each, both))
    yield "LambdaLR", seen
    yield "state", scheduler.state_dict()
    yield (
        "MultiplicativeLR",
        rates(torch, lambda module, each: module.MultiplicativeLR(each, lambda epoch: 0.8))[0],
    )
    for name in ("LambdaLR", "MultiplicativeLR"):
        kind = getattr(torch.optim.lr_scheduler, name)
        yield f"too few for {name}", raises(lambda kind=kind: kind(two_groups(torch), both[:1]))
    yield "no function", raises(lambda: torch.optim.lr_scheduler.MultiplicativeLR(two_groups(torch), 0.5))


@case(PAGE, builds_on=(STEP_LR,))
def warming_up(torch):
    """`ConstantLR` and `LinearLR` lower the rate for the first epochs."""
    yield (
        "ConstantLR",
        rates(torch, lambda module, each: module.ConstantLR(each, factor=0.25, total_iters=4))[0],
    )
    yield "LinearLR", rates(torch, lambda module, each: module.LinearLR(each, 0.25, 0.75, total_iters=6))[0]
    module = torch.optim.lr_scheduler
    yield "factor", raises(lambda: module.ConstantLR(two_groups(torch), factor=1.5))
    yield "start", raises(lambda: module.LinearLR(two_groups(torch), start_factor=0.0))
    yield "end", raises(lambda: module.LinearLR(two_groups(torch), end_factor=1.5))


@case(PAGE, builds_on=(STEP_LR,))
def decaying(torch):
    """`ExponentialLR` and `PolynomialLR` lower the rate every epoch, the latter to zero."""
    yield "ExponentialLR", rates(torch, lambda module, each: module.ExponentialLR(each, gamma=0.85))[0]
    yield (
        "PolynomialLR",
        rates(torch, lambda module, each: module.PolynomialLR(each, total_iters=6, power=2.0))[0],
    )


@case(PAGE, builds_on=(STEP_LR,))
def along_a_cosine(torch):
    """`CosineAnnealingLR` goes down to `eta_min` and up again."""
    seen, scheduler, _ = rates(
        torch, lambda module, each: module.CosineAnnealingLR(each, 4, eta_min=0.02), 11
    )
    yield seen
    yield "state", scheduler.state_dict()


@case(PAGE, builds_on=("lr_schedulers::along_a_cosine",))
def with_warm_restarts(torch):
    """`CosineAnnealingWarmRestarts` begins again, each time for longer; it can go to a part of an epoch."""
    seen, scheduler, _ = rates(
        torch, lambda module, each: module.CosineAnnealingWarmRestarts(each, 3, T_mult=2, eta_min=0.02), 11
    )
    yield seen
    yield "state", scheduler.state_dict()
    scheduler.step(4.5)
    yield "between epochs", scheduler.get_last_lr()
    kind = torch.optim.lr_scheduler.CosineAnnealingWarmRestarts
    for options in ({"T_0": 2.5}, {"T_0": 3, "T_mult": 0}, {"T_0": 3, "eta_min": "0.1"}):
        yield str(options), raises(lambda options=options: kind(two_groups(torch), **options))
    yield "negative", raises(lambda: scheduler.step(-1))


@case(PAGE, builds_on=(STEP_LR,))
def in_cycles(torch):
    """`CyclicLR` goes up and down, and the momentum against it."""
    seen, scheduler, optimizer = rates(torch, lambda module, each: module.CyclicLR(each, 0.01, 0.1, 3, 2))
    yield "triangular", seen
    yield "momentum", [group["momentum"] for group in optimizer.param_groups]
    yield "state", scheduler.state_dict()
    for mode in ("triangular2", "exp_range"):
        seen, _, optimizer = rates(
            torch,
            lambda module, each, mode=mode: module.CyclicLR(
                each, [0.01, 0.02], [0.1, 0.3], 2, mode=mode, gamma=0.9
            ),
            name="Adam",
        )
        yield mode, seen
        yield f"betas, {mode}", [group["betas"] for group in optimizer.param_groups]


@case(PAGE, builds_on=("lr_schedulers::in_cycles",))
def cycles_with_a_function(torch):
    """The amplitude of cycles may be a function, and an optimizer without momentum has to be told apart."""
    seen, scheduler, _ = rates(
        torch,
        lambda module, each: module.CyclicLR(
            each, 0.01, 0.1, 2, scale_fn=lambda x: 0.5**x, scale_mode="iterations", cycle_momentum=False
        ),
    )
    yield seen
    yield "state", scheduler.state_dict()
    kind = torch.optim.lr_scheduler.CyclicLR
    yield "mode", raises(lambda: kind(two_groups(torch), 0.01, 0.1, mode="other"))
    yield "no momentum", raises(lambda: kind(two_groups(torch, "Adagrad"), 0.01, 0.1))
    yield "too few", raises(lambda: kind(two_groups(torch), [0.01], 0.1))


@case(PAGE, builds_on=("lr_schedulers::in_cycles",))
def one_cycle(torch):
    """`OneCycleLR` goes up once and far down, in two phases or three; a step too many is refused."""
    seen, scheduler, optimizer = rates(
        torch, lambda module, each: module.OneCycleLR(each, 0.5, total_steps=10)
    )
    yield "cosine", seen
    yield "group", {key: each for key, each in optimizer.param_groups[1].items() if key != "params"}
    yield "state", scheduler.state_dict()
    scheduler.step()
    yield "a step too many", raises(lambda: scheduler.step())
    seen, _, optimizer = rates(
        torch,
        lambda module, each: module.OneCycleLR(
            each, [0.5, 0.7], epochs=3, steps_per_epoch=4, anneal_strategy="linear", three_phase=True
        ),
        name="Adam",
    )
    yield "three phases", seen
    yield "betas", optimizer.param_groups[0]["betas"]


@case(PAGE, builds_on=("lr_schedulers::one_cycle",))
def one_cycle_refusals(torch):
    """`OneCycleLR` has to know the number of steps, and names what is out of range."""
    kind = torch.optim.lr_scheduler.OneCycleLR
    for options in (
        {},
        {"total_steps": -1},
        {"epochs": 3, "steps_per_epoch": 0},
        {"epochs": 2.5, "steps_per_epoch": 2},
        {"total_steps": 5, "pct_start": 1.5},
        {"total_steps": 5, "anneal_strategy": "other"},
    ):
        yield str(options), raises(lambda options=options: kind(two_groups(torch), 0.5, **options))


@case(PAGE, builds_on=(STEP_LR,))
def on_a_plateau(torch):
    """`ReduceLROnPlateau` lowers the rates once a measure has not improved for long enough."""
    measures = [3.0, 2.0, 2.0, 2.1, 1.9999, 2.2, 2.2, 1.0, 1.5, 1.2, 1.1]
    for options in (
        {"patience": 1, "factor": 0.5},
        {
            "mode": "max",
            "patience": 0,
            "cooldown": 2,
            "threshold": 0.1,
            "threshold_mode": "abs",
            "min_lr": [0.03, 0.1],
        },
    ):
        optimizer = two_groups(torch)
        scheduler = torch.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        seen = []
        for each in measures:
            scheduler.step(torch.tensor(each))
            seen.append((scheduler.get_last_lr(), scheduler.num_bad_epochs, scheduler.in_cooldown))
        yield str(options), seen
        yield f"state under {options}", scheduler.state_dict()


@case(PAGE, builds_on=("lr_schedulers::on_a_plateau",))
def plateau_refusals(torch):
    """`ReduceLROnPlateau` names the option that is out of range."""
    kind = torch.optim.lr_scheduler.ReduceLROnPlateau
    for options in ({"factor": 1.0}, {"mode": "other"}, {"threshold_mode": "other"}, {"min_lr": [0.1]}):
        yield str(options), raises(lambda options=options: kind(two_groups(torch), **options))
    optimizer = two_groups(torch)
    scheduler = kind(optimizer, patience=0, min_lr=[0.01, 0.02])
    optimizer.add_param_group({"params": [torch.tensor([2.5], requires_grad=True)]})
    scheduler.step(1.0)
    yield "a group more", raises(lambda: scheduler.step(2.0))


@case(PAGE, builds_on=("lr_schedulers::warming_up",))
def one_after_the_other(torch):
    """`SequentialLR` changes schedules at milestones, each of which begins at its own epoch zero."""
    seen, scheduler, _ = rates(
        torch,
        lambda module, each: module.SequentialLR(
            each,
            [
                module.LinearLR(each, 0.5, total_iters=2),
                module.ExponentialLR(each, 0.8),
                module.StepLR(each, 1, 0.5),
            ],
            milestones=[3, 6],
        ),
    )
    yield seen
    yield "last", scheduler.get_last_lr()
    yield "state", scheduler.state_dict()


@case(PAGE, builds_on=("lr_schedulers::warming_up",))
def several_at_once(torch):
    """`ChainedScheduler` has every schedule multiply what the one before it left."""
    seen, scheduler, _ = rates(
        torch,
        lambda module, each: module.ChainedScheduler(
            [module.ConstantLR(each, 0.5, total_iters=3), module.ExponentialLR(each, 0.9)], optimizer=each
        ),
    )
    yield seen
    yield "last", scheduler.get_last_lr()
    yield "state", scheduler.state_dict()


@case(PAGE, builds_on=("lr_schedulers::several_at_once",))
def combinations_that_are_refused(torch):
    """Combined schedules belong to one optimizer, number one more than milestones, and step without a measure."""
    module = torch.optim.lr_scheduler
    optimizer = two_groups(torch)
    yield "none", raises(lambda: module.SequentialLR(optimizer, [], []))
    yield "none chained", raises(lambda: module.ChainedScheduler([]))
    yield "milestones", raises(lambda: module.SequentialLR(optimizer, [module.StepLR(optimizer, 2)], [3]))
    yield "plateau", raises(lambda: module.ChainedScheduler([module.ReduceLROnPlateau(optimizer)]))
    yield "no schedule", raises(lambda: module.SequentialLR(optimizer, [3.5], []))
    other = torch.optim.SGD([torch.tensor([2.5], requires_grad=True)], lr=0.75)
    yield (
        "another optimizer",
        raises(lambda: module.ChainedScheduler([module.StepLR(optimizer, 2), module.StepLR(other, 2)])),
    )


@case(PAGE, builds_on=(STEP_LR,))
def resumed(torch):
    """A schedule goes on from its state dict, or from an epoch that is given with the initial rates."""
    for name, options in (
        ("StepLR", {"step_size": 2}),
        ("CosineAnnealingLR", {"T_max": 5}),
        ("LinearLR", {}),
    ):
        kind = getattr(torch.optim.lr_scheduler, name)
        optimizer = two_groups(torch)
        scheduler = kind(optimizer, **options)
        for _ in range(3):
            optimizer.step()
            scheduler.step()
        state, of_optimizer = copy.deepcopy((scheduler.state_dict(), optimizer.state_dict()))
        again = two_groups(torch)
        later = kind(again, **options)
        again.load_state_dict(of_optimizer)
        later.load_state_dict(state)
        again.step()
        later.step()
        yield f"{name} by its state", (later.last_epoch, later.get_last_lr())
        given = kind(again, **options, last_epoch=3)
        yield f"{name} by the epoch", (given.last_epoch, given.get_last_lr())
    yield (
        "without initial rates",
        raises(lambda: torch.optim.lr_scheduler.StepLR(two_groups(torch), 2, last_epoch=3)),
    )


@case(PAGE, builds_on=(STEP_LR,))
def order_of_steps(torch):
    """A schedule that steps before the optimizer does, or whose optimizer was changed, warns once."""
    optimizer = two_groups(torch)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        scheduler.step()
        optimizer.step()
        scheduler.step()
        other = two_groups(torch)
        second = torch.optim.lr_scheduler.ExponentialLR(other, 0.5)
        other.step = lambda: None
        second.step()
    yield [str(each.message) for each in caught]
    yield "rates", scheduler.get_last_lr()


@case(PAGE, builds_on=(STEP_LR,))
def epochs_that_are_given(torch):
    """`step(epoch)` uses the closed form and warns; `get_lr` outside a step warns, too."""
    for name, options in (
        ("StepLR", {"step_size": 3}),
        ("MultiStepLR", {"milestones": [2, 4]}),
        ("ConstantLR", {}),
        ("LinearLR", {}),
        ("ExponentialLR", {"gamma": 0.9}),
        ("PolynomialLR", {"power": 2.0}),
        ("CosineAnnealingLR", {"T_max": 7}),
        ("LambdaLR", {"lr_lambda": lambda epoch: 0.7**epoch}),
    ):
        optimizer = two_groups(torch)
        scheduler = getattr(torch.optim.lr_scheduler, name)(optimizer, **options)
        optimizer.step()
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            scheduler.step(4)
            yield name, scheduler.get_last_lr()
            scheduler.get_lr()
        yield f"warnings of {name}", [str(each.message) for each in caught]


@case(PAGE, builds_on=(STEP_LR,))
def rates_that_are_tensors(torch):
    """A learning rate that is a tensor is changed in place; what a schedule keeps are copies."""
    weight = torch.tensor([0.5], requires_grad=True)
    rate = torch.tensor(0.5)
    optimizer = torch.optim.SGD([weight], lr=rate)
    scheduler = torch.optim.lr_scheduler.ExponentialLR(optimizer, 0.5)
    for _ in range(2):
        optimizer.step()
        scheduler.step()
    yield "rate", rate
    yield "same", optimizer.param_groups[0]["lr"] is rate
    yield "last", scheduler.get_last_lr()
    yield "base", scheduler.base_lrs


@case(PAGE, builds_on=(STEP_LR,))
def schedules_of_their_own(torch):
    """A program may derive a schedule from `LRScheduler`, whose `get_lr` is called at once and at each step."""

    class Halving(torch.optim.lr_scheduler.LRScheduler):
        def get_lr(self):
            return [base / (self.last_epoch + 1) for base in self.base_lrs]

    seen, scheduler, _ = rates(torch, lambda module, each: Halving(each), 4)
    yield seen
    yield "state", scheduler.state_dict()
    yield "no get_lr", raises(lambda: torch.optim.lr_scheduler.LRScheduler(two_groups(torch)))
    yield "no optimizer", raises(lambda: torch.optim.lr_scheduler.StepLR("SGD", 2))
