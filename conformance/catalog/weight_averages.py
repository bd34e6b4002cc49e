"""`torch.optim.swa_utils`: averaged models, and the schedule that goes with them."""

from __future__ import annotations

from conformance import case, raises

PAGE = "torch.optim: Weight Averaging (SWA and EMA)"


def model_and_values(torch):
    """A linear model, and a function that gives it other weights."""
    model = torch.nn.Linear(2, 1)

    def fill(number):
        with torch.no_grad():
            model.weight.copy_(torch.tensor([[0.5 + number, -1.5 * number]]))
            model.bias.copy_(torch.tensor([0.25 * number**2]))

    return model, fill


@case(PAGE)
def averaged_models(torch):
    """`AveragedModel` keeps the mean of a model's parameters, or what a function makes of them."""
    utils = torch.optim.swa_utils
    for label, options in (
        ("mean", {}),
        ("function", {"avg_fn": lambda average, current, count: 0.75 * average + 0.25 * current}),
        ("exponential", {"avg_fn": utils.get_ema_avg_fn(0.8)}),
        ("exponential, all at once", {"multi_avg_fn": utils.get_ema_multi_avg_fn(0.8)}),
        ("mean, all at once", {"multi_avg_fn": utils.get_swa_multi_avg_fn()}),
        ("buffers, too", {"use_buffers": True}),
    ):
        model, fill = model_and_values(torch)
        fill(1)
        averaged = utils.AveragedModel(model, **options)
        for number in (2, 3, 5):
            fill(number)
            averaged.update_parameters(model)
        yield f"state, {label}", dict(averaged.state_dict())
        yield f"output, {label}", averaged(torch.tensor([[0.3, -0.7]]))


@case(PAGE, builds_on=("weight_averages::averaged_models",))
def averaging_that_is_refused(torch):
    """Decays are between 0 and 1, and one function averages."""
    utils = torch.optim.swa_utils
    model, _ = model_and_values(torch)
    yield "decay", raises(lambda: utils.get_ema_avg_fn(1.5))
    yield "decay of many", raises(lambda: utils.get_ema_multi_avg_fn(-0.5))
    yield "two", raises(lambda: utils.AveragedModel(model, avg_fn=lambda *_: 1, multi_avg_fn=lambda *_: 2))


@case(PAGE, builds_on=("lr_schedulers::every_few_epochs",))
def annealing_to_a_constant_rate(torch):
    """`SWALR` moves the rates to a constant one within some epochs."""
    utils = torch.optim.swa_utils
    for options in (
        {"anneal_epochs": 3},
        {"anneal_epochs": 2, "anneal_strategy": "linear"},
        {"anneal_epochs": 0},
    ):
        groups = [
            {"params": [torch.tensor([0.5], requires_grad=True)]},
            {"params": [torch.tensor([1.5], requires_grad=True)], "lr": 0.01},
        ]
        optimizer = torch.optim.SGD(groups, lr=0.5)
        scheduler = utils.SWALR(optimizer, swa_lr=0.05, **options)
        seen = []
        for _ in range(5):
            optimizer.step()
            scheduler.step()
            seen.append(scheduler.get_last_lr())
        yield str(options), seen
        yield f"state under {options}", scheduler.state_dict()
    yield "strategy", raises(lambda: utils.SWALR(optimizer, 0.05, anneal_strategy="other"))
    yield "epochs", raises(lambda: utils.SWALR(optimizer, 0.05, anneal_epochs=-1))
    yield "too few", raises(lambda: utils.SWALR(optimizer, [0.05]))
