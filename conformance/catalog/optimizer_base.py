"""`torch.optim.Optimizer`: groups, names, state dicts, hooks, copies, and optimizers that programs write themselves."""

from __future__ import annotations

import copy
import pickle
from importlib import import_module

from conformance import case, raises

BASE = "torch.optim: Base class"
HOOKS = "torch.optim: Optimizer hooks"
ADAM = "optimizer_updates::adam"


def pair(torch):
    """Two parameters with gradients."""
    params = [
        torch.tensor([[0.5, -1.5], [2.0, 0.25]], requires_grad=True),
        torch.tensor([1.25, -0.75], requires_grad=True),
    ]
    params[0].grad = torch.tensor([[0.3, -1.2], [0.05, 2.0]])
    params[1].grad = torch.tensor([0.7, -0.4])
    return params


@case(BASE, builds_on=(ADAM,))
def printed_optimizers(torch):
    """An optimizer prints its groups with their options in order of the alphabet."""
    params = pair(torch)
    for name in ("SGD", "Adam", "AdamW", "Adamax", "NAdam", "RAdam", "RMSprop", "Adagrad"):
        yield name, repr(getattr(torch.optim, name)(params, lr=0.25))
    for name in ("Adadelta", "ASGD", "Rprop", "LBFGS", "Adafactor", "SparseAdam"):
        yield name, repr(getattr(torch.optim, name)(params))
    groups = [{"params": params[:1], "lr": 0.5}, {"params": params[1:], "name": "second"}]
    yield "two groups", repr(torch.optim.SGD(groups, lr=0.25))


@case(BASE, builds_on=(ADAM,))
def defaults_and_groups(torch):
    """The defaults stay with the optimizer; each group has them all, and what it says itself."""
    params = pair(torch)
    optimizer = torch.optim.Adam([{"params": params[:1], "lr": 0.5}, {"params": params[1:]}], lr=0.25)
    yield "defaults", optimizer.defaults
    for number, group in enumerate(optimizer.param_groups):
        yield f"options of group {number}", {key: each for key, each in group.items() if key != "params"}
        yield f"parameter of group {number}", group["params"][0] is params[number]


@case(BASE, builds_on=(ADAM,))
def named_parameters(torch):
    """Parameters may come with names, which the groups and state dicts keep."""
    params = pair(torch)
    optimizer = torch.optim.SGD([("weight", params[0]), ("bias", params[1])], lr=0.25)
    yield "names", optimizer.param_groups[0]["param_names"]
    yield "state dict", optimizer.state_dict()
    third = torch.tensor([0.5], requires_grad=True)
    yield "a group without", raises(lambda: optimizer.add_param_group({"params": [third]}))
    optimizer.add_param_group({"params": [("third", third)]})
    yield "printed", repr(optimizer)
    yield "some without", raises(lambda: torch.optim.SGD([("weight", params[0]), params[1]]))


@case(BASE, builds_on=(ADAM,))
def refused_groups(torch):
    """Groups are dicts of ordered leaf tensors that no other group has."""
    params = pair(torch)
    optimizer = torch.optim.SGD(params, lr=0.25)
    for label, group in (
        ("no dict", params),
        ("a set", {"params": set(params)}),
        ("known", {"params": params[1]}),
        ("no tensor", {"params": [3.5]}),
        ("no leaf", {"params": [params[0] * 2]}),
    ):
        yield label, raises(lambda group=group: optimizer.add_param_group(group))
    yield "groups left", len(optimizer.param_groups)


@case(BASE, builds_on=(ADAM,))
def state_dicts(torch):
    """A state dict numbers the parameters over all groups, and holds the very tensors of the state."""
    params = pair(torch)
    optimizer = torch.optim.Adam([{"params": params[:1], "lr": 0.5}, {"params": params[1:]}], lr=0.25)
    yield "before a step", optimizer.state_dict()
    optimizer.step()
    state = optimizer.state_dict()
    yield "after a step", state
    yield "same tensor", state["state"][1]["exp_avg"] is optimizer.state[params[1]]["exp_avg"]
    optimizer.step()
    yield "after another step", state["state"][1]["step"]


@case(BASE, builds_on=("optimizer_base::state_dicts",))
def loaded_state_goes_on(torch):
    """An optimizer with the loaded state of another goes on as that one does."""
    for name in ("SGD", "Adam", "RMSprop", "ASGD"):
        options = {"momentum": 0.9} if name == "SGD" else {}
        params, others = pair(torch), pair(torch)
        optimizer = getattr(torch.optim, name)(params, lr=0.1, **options)
        optimizer.step()
        with torch.no_grad():
            for param, other in zip(params, others):
                other.copy_(param)
        second = getattr(torch.optim, name)(others, lr=0.7)
        second.load_state_dict(copy.deepcopy(optimizer.state_dict()))
        for each in (optimizer, second):
            each.step()
        yield f"learning rate of {name}", second.param_groups[0]["lr"]
        for number, (param, other) in enumerate(zip(params, others)):
            yield f"parameter {number} of {name}", other
            yield f"as the other, {name} {number}", torch.equal(param, other)


@case(BASE, builds_on=("optimizer_base::state_dicts",))
def loaded_state_is_cast(torch):
    """Loaded tensors take the parameter's type, except for the counts of steps."""
    params = pair(torch)
    optimizer = torch.optim.Adam(params, lr=0.1)
    optimizer.step()
    doubles = [each.detach().double().requires_grad_() for each in params]
    second = torch.optim.Adam(doubles, lr=0.1)
    second.load_state_dict(optimizer.state_dict())
    yield dict(second.state[doubles[1]])


@case(BASE, builds_on=("optimizer_base::state_dicts",))
def state_of_an_older_version(torch):
    """Options and tensors that an older version did not save are filled in: the count of steps was a number."""
    params = pair(torch)
    optimizer = torch.optim.Adam(params, lr=0.1)
    state = {
        "state": {
            0: {"step": 3, "exp_avg": params[0].detach() * 0.1, "exp_avg_sq": params[0].detach() ** 2 * 0.2}
        },
        "param_groups": [{"lr": 0.5, "betas": (0.8, 0.9), "eps": 1e-6, "weight_decay": 0, "params": [0, 1]}],
    }
    optimizer.load_state_dict(state)
    yield "group", {key: each for key, each in optimizer.param_groups[0].items() if key != "params"}
    yield "steps", optimizer.state[params[0]]["step"]
    optimizer.step()
    yield "parameter", params[0]


@case(BASE, builds_on=("optimizer_base::state_dicts",))
def state_dicts_that_do_not_fit(torch):
    """A state dict with other numbers of groups or parameters is refused."""
    params = pair(torch)
    optimizer = torch.optim.SGD(params, lr=0.25)
    fewer = torch.optim.SGD(params[:1], lr=0.25).state_dict()
    groups = torch.optim.SGD([{"params": params[:1]}, {"params": params[1:]}], lr=0.25).state_dict()
    yield "fewer parameters", raises(lambda: optimizer.load_state_dict(fewer))
    yield "more groups", raises(lambda: optimizer.load_state_dict(groups))


@case(HOOKS, builds_on=(ADAM,))
def step_hooks(torch):
    """Hooks run before and after a step, with its arguments; a removed one does not."""
    params, seen = pair(torch), []
    optimizer = torch.optim.SGD(params, lr=0.25)
    before = optimizer.register_step_pre_hook(
        lambda opt, args, kwargs: seen.append(
            ("before", opt is optimizer, len(args), sorted(kwargs), params[1].tolist())
        )
    )
    optimizer.register_step_post_hook(
        lambda opt, args, kwargs: seen.append(("after", opt is optimizer, len(args), params[1].tolist()))
    )
    optimizer.step()
    before.remove()
    optimizer.step(closure=None)
    yield seen


@case(HOOKS, builds_on=("optimizer_base::step_hooks",))
def step_hooks_that_change_arguments(torch):
    """A hook before a step may return other arguments for it, and nothing else."""
    params = pair(torch)
    optimizer = torch.optim.SGD(params, lr=0.25)
    handle = optimizer.register_step_pre_hook(lambda opt, args, kwargs: ((opt, lambda: "a closure"), {}))
    yield "step returns", optimizer.step()
    handle.remove()
    optimizer.register_step_pre_hook(lambda opt, args, kwargs: "something")
    error = raises(lambda: optimizer.step()).error
    yield "type of the error", type(error).__name__
    yield "text of the error", str(error).split(" at ")[0] + str(error).split(">")[-1]


@case(HOOKS, builds_on=("optimizer_base::step_hooks",))
def hooks_of_all_optimizers(torch):
    """Hooks may be registered for all optimizers at once; they run around those of one."""
    module, order = import_module(f"{torch.__name__}.optim.optimizer"), []
    handles = [
        module.register_optimizer_step_pre_hook(lambda opt, args, kwargs: order.append("all before")),
        module.register_optimizer_step_post_hook(lambda opt, args, kwargs: order.append("all after")),
    ]
    try:
        optimizer = torch.optim.SGD(pair(torch), lr=0.25)
        optimizer.register_step_pre_hook(lambda opt, args, kwargs: order.append("before"))
        optimizer.register_step_post_hook(lambda opt, args, kwargs: order.append("after"))
        optimizer.step()
    finally:
        for each in handles:
            each.remove()
    optimizer.step()
    yield order


@case(HOOKS, builds_on=("optimizer_base::state_dicts",))
def state_dict_hooks(torch):
    """Hooks run around making and loading a state dict, and may give another one."""
    optimizer, seen = torch.optim.SGD(pair(torch), lr=0.25), []
    optimizer.register_state_dict_pre_hook(lambda opt: seen.append("before making"))
    optimizer.register_state_dict_post_hook(lambda opt, state: {**state, "more": 3})
    optimizer.register_state_dict_post_hook(lambda opt, state: seen.append(sorted(state)), prepend=True)
    state = optimizer.state_dict()
    yield "made", state

    def halve(opt, state):
        seen.append("before loading")
        groups = [{**each, "lr": each["lr"] / 2} for each in state["param_groups"]]
        return {**state, "param_groups": groups}

    optimizer.register_load_state_dict_pre_hook(halve)
    optimizer.register_load_state_dict_post_hook(lambda opt: seen.append(opt.param_groups[0]["lr"]))
    optimizer.load_state_dict(state)
    yield "seen", seen
    yield "the given dict", state["param_groups"][0]["lr"]


@case(BASE, builds_on=(ADAM,))
def copied_optimizers(torch):
    """A deep copy has parameters and state of its own; pickling gives one back, too."""
    params = pair(torch)
    optimizer = torch.optim.Adam(params, lr=0.25)
    optimizer.step()
    for label, twin in (
        ("deepcopy", copy.deepcopy(optimizer)),
        ("pickle", pickle.loads(pickle.dumps(optimizer))),
    ):
        param = twin.param_groups[0]["params"][1]
        yield f"{label}: same parameter", param is params[1]
        yield f"{label}: printed", repr(twin)
        yield f"{label}: state", dict(twin.state[param])
        param.grad = torch.tensor([0.7, -0.4])
        twin.step()
        yield f"{label}: parameter after a step", param
    yield "parameter of the first", params[1]


@case(BASE, builds_on=(ADAM,))
def closures(torch):
    """A closure runs with grad mode on, once, before the update; its loss is returned."""
    for name in ("SGD", "Adam", "Rprop"):
        weight = torch.tensor([0.5, -1.5], requires_grad=True)
        optimizer = getattr(torch.optim, name)([weight], lr=0.1)
        modes = []

        def closure(weight=weight, optimizer=optimizer, modes=modes):
            modes.append(torch.is_grad_enabled())
            optimizer.zero_grad()
            loss = (weight * weight * torch.tensor([0.3, 1.2])).sum()
            loss.backward()
            return loss

        with torch.no_grad():
            yield f"loss, {name}", optimizer.step(closure)
            yield f"grad mode afterwards, {name}", torch.is_grad_enabled()
        yield f"grad mode inside, {name}", modes
        yield f"weight, {name}", weight


@case(BASE, builds_on=(ADAM,))
def optimizers_of_their_own(torch):
    """A program may derive an optimizer from `Optimizer`, with options that are required."""

    class Signs(torch.optim.Optimizer):
        def __init__(self, params, lr=0.1):
            super().__init__(params, {"lr": lr, "momentum": 0.5})

        @torch.no_grad()
        def step(self, closure=None):
            for group in self.param_groups:
                for param in group["params"]:
                    state = self.state[param]
                    state["steps"] = state.get("steps", 0) + 1
                    param.add_(param.grad.sign(), alpha=-group["lr"] * group["momentum"] ** state["steps"])
            return "stepped"

    params = pair(torch)
    optimizer = Signs(params)
    seen = []
    optimizer.register_step_post_hook(lambda opt, args, kwargs: seen.append(type(opt).__name__))
    yield "step returns", optimizer.step()
    optimizer.step()
    yield "parameter", params[0]
    yield "printed", repr(optimizer)
    yield "hooks", seen
    yield "state dict", optimizer.state_dict()
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    scheduler.step()
    yield "scheduled", optimizer.param_groups[0]["lr"]


@case(BASE, builds_on=(ADAM,))
def base_class_does_not_step(torch):
    """`Optimizer` itself has no update."""
    optimizer = torch.optim.Optimizer(pair(torch), {"lr": 0.1})
    yield "printed", repr(optimizer)
    yield "step", raises(lambda: optimizer.step())
    yield "empty", raises(lambda: torch.optim.Optimizer([], {}))
    yield "a tensor", raises(lambda: torch.optim.Optimizer(pair(torch)[0], {}))


@case(BASE, builds_on=(ADAM,))
def state_begins_at_the_first_step(torch):
    """A parameter gets its state at the first step for which it has a gradient."""
    params = pair(torch)
    params[0].grad = None
    optimizer = torch.optim.Adam(params, lr=0.1)
    yield "before", len(optimizer.state)
    optimizer.step()
    yield "after one", [each in optimizer.state for each in params]
    params[0].grad = torch.tensor([[0.3, -1.2], [0.05, 2.0]])
    optimizer.step()
    yield "counts", [optimizer.state[each]["step"].item() for each in params]


@case(BASE, builds_on=(ADAM,))
def ways_of_computing(torch):
    """`foreach` and `fused` give the same parameters as the plain loop."""
    for name in ("SGD", "Adam", "AdamW", "Adagrad"):
        for options in ({"foreach": True}, {"foreach": False}, {"fused": True}):
            params = pair(torch)
            optimizer = getattr(torch.optim, name)(params, lr=0.1, weight_decay=0.1, **options)
            for _ in range(2):
                optimizer.step()
            yield f"{name}, {options}", params[0]
            yield f"version, {name}, {options}", params[0]._version


@case(BASE, builds_on=("optimizer_base::state_begins_at_the_first_step",))
def optimizer_in_a_training_loop(torch):
    """A small network learns the same weights, and the losses go down alike."""
    inputs = torch.tensor([[0.1, 0.9], [0.8, 0.2], [0.4, 0.5], [0.9, 0.7]])
    targets = torch.tensor([[0.3], [0.9], [0.5], [1.1]])
    for name, options in (("SGD", {"momentum": 0.9}), ("Adam", {}), ("RMSprop", {})):
        first = torch.tensor([[0.3, -0.2, 0.5], [0.1, 0.4, -0.6]], requires_grad=True)
        second = torch.tensor([[0.7], [-0.3], [0.2]], requires_grad=True)
        optimizer = getattr(torch.optim, name)([first, second], lr=0.05, **options)
        losses = []
        for _ in range(5):
            optimizer.zero_grad()
            loss = ((torch.tanh(inputs @ first) @ second - targets) ** 2).mean()
            loss.backward()
            optimizer.step()
            losses.append(loss.detach())
        yield f"losses, {name}", torch.stack(losses)
        yield f"weights, {name}", second


@case(BASE, builds_on=("optimizer_base::state_begins_at_the_first_step",))
def descent_without_momentum_keeps_no_state(torch):
    """`SGD` without momentum has no state after a step."""
    x = torch.tensor([1.5, -2.0], requires_grad=True)
    for momentum in (0, 0.5):
        optimizer = torch.optim.SGD([x], lr=0.1, momentum=momentum)
        x.grad = torch.tensor([0.5, 3.0])
        optimizer.step()
        yield f"momentum {momentum}", optimizer.state_dict()["state"]
