"""The functions that `torch.optim` has beside its classes, beside PyTorch: parameters and state to the last bit."""

import importlib

import pytest
import torch

import engine

BETAS = {"beta1": 0.9, "beta2": 0.99}
COMMON = {"lr": 0.1, "weight_decay": 0.1}
# the lists of state of each, of zeros, ones, or numbers without dimensions, and the numbers
FUNCTIONS = {
    "sgd": (["none"], {**COMMON, "momentum": 0.9, "dampening": 0.0, "nesterov": True, "maximize": False}),
    "adam": (["zeros"] * 3 + ["step"], {**COMMON, **BETAS, "amsgrad": True, "eps": 1e-8, "maximize": False}),
    "adamw": (
        ["zeros"] * 2 + ["empty", "step"],
        {**COMMON, **BETAS, "amsgrad": False, "eps": 1e-8, "maximize": True},
    ),
    "rmsprop": (
        ["zeros"] * 3 + ["step"],
        {**COMMON, "alpha": 0.9, "eps": 1e-8, "momentum": 0.5, "centered": True},
    ),
    "adagrad": (["zeros", "step"], {**COMMON, "lr_decay": 0.01, "eps": 1e-8, "maximize": False}),
    "adadelta": (["zeros", "zeros", "step"], {**COMMON, "rho": 0.9, "eps": 1e-6, "maximize": False}),
    "adamax": (["zeros", "zeros", "step"], {**COMMON, **BETAS, "eps": 1e-6}),
    "asgd": (["zeros", "one", "one", "step"], {**COMMON, "lambd": 0.01, "t0": 2.0, "alpha": 0.75}),
    "nadam": (["zeros", "zeros", "one", "step"], {**COMMON, **BETAS, "momentum_decay": 0.004, "eps": 1e-8}),
    "radam": (["zeros", "zeros", "step"], {**COMMON, **BETAS, "eps": 1e-8}),
    "rprop": (
        ["zeros", "ones", "step"],
        {"step_size_min": 1e-6, "step_size_max": 50.0, "etaminus": 0.5, "etaplus": 1.2},
    ),
}


def lists_of_state(library, name, params):
    """The lists of state that a program begins with."""
    made = {
        "zeros": lambda each: library.zeros_like(each),
        "ones": lambda each: library.ones_like(each),
        "step": lambda each: library.tensor(0.0),
        "one": lambda each: library.tensor(1.0),
        "none": lambda each: None,
    }
    return [[] if kind == "empty" else [made[kind](each) for each in params] for kind in FUNCTIONS[name][0]]


def trained(library, name):
    """Parameters and state after some steps, with their versions."""
    update = getattr(importlib.import_module(f"{library.__name__}.optim.{name}"), name)
    params = [library.tensor([1.0, -2.0, 0.5]), library.tensor([[0.3, 0.7]])]
    state = lists_of_state(library, name, params)
    for step in range(4):
        grads = [library.tensor([0.5, 0.25, -1.0]) * (step - 1.5), library.tensor([[0.1, -0.2]]) * (step + 1)]
        update(params, grads, *state, **FUNCTIONS[name][1])
    return [[(each.tolist(), each._version) for each in values] for values in (params, *state)]


@pytest.mark.parametrize("name", FUNCTIONS)
def test_function_updates_as_pytorchs_does(name):
    assert trained(engine, name) == trained(torch, name)


def refusals(library, name):
    """The errors of wrong calls."""
    update = getattr(library.optim._functional, name)
    params = [library.tensor([1.0])]
    state = lists_of_state(library, name, params)
    calls = [lambda: update(), lambda: update(params, params, *state)]
    if name not in ("sgd", "asgd"):
        calls.append(lambda: update(params, params, *state[:-1], [1], **FUNCTIONS[name][1]))
    if name not in ("sgd", "adagrad"):
        calls.append(lambda: update(params, params, *state, capturable=True, **FUNCTIONS[name][1]))
    found = []
    for call in calls:
        with pytest.raises(Exception) as error:  # noqa: PT011 - which one is what is compared
            call()
        found.append((error.type.__name__, str(error.value)))
    return found


@pytest.mark.parametrize("name", FUNCTIONS)
def test_wrong_calls_are_refused_in_pytorchs_words(name):
    importlib.import_module("torch.optim._functional")
    assert refusals(engine, name) == refusals(torch, name)
