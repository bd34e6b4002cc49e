"""The optimizers as functions of lists of tensors, which programs call that keep the state themselves.

Source: torch.optim, "Algorithms"; the update is that of the class of the same module. Each changes the parameters and the
state in place. Raises: `RuntimeError` where the steps are no tensors, `TypeError` for numbers that are missing.
"""

from __future__ import annotations

from importlib import import_module
from itertools import chain
from typing import Any

from ..base import TensorBase
from ..grad_mode import mode, set_grad_enabled
from .updating import CAPTURABLE

__all__ = [
    "adadelta",
    "adagrad",
    "adam",
    "adamax",
    "adamw",
    "asgd",
    "nadam",
    "radam",
    "rmsprop",
    "rprop",
    "sgd",
]


def _check_steps(state_steps: Any) -> None:
    if not all(isinstance(each, TensorBase) for each in state_steps):
        raise RuntimeError("API has changed, `state_steps` argument must contain a list of singleton tensors")


def _recording(*tensors: Any) -> Any:
    """Record only what somebody could derive: the rest is updated as `step` does it."""
    return set_grad_enabled(mode.enabled and any(each.requires_grad for each in chain(*tensors)))


def _update(name: str, params: Any, grads: Any, state: dict[str, Any], **group: Any) -> None:
    """Update each parameter by the class of this name; `state` has a list for each of its entries."""
    kind = getattr(import_module(f".{name.lower()}", __package__), name)
    if group.get("capturable") and params:
        raise AssertionError(CAPTURABLE.format(*kind._capturable))
    optimizer = object.__new__(kind)
    whole = {"differentiable": False, "maximize": False, "foreach": None, "fused": None, **group}
    with _recording(params, grads):
        for index, (param, grad) in enumerate(zip(params, grads)):
            held = {entry: values[index] for entry, values in state.items() if values}
            optimizer.state = {param: held}
            optimizer._update(whole, param, grad, held)


def sgd(
    params: Any,
    d_p_list: Any,
    momentum_buffer_list: Any,
    has_sparse_grad: bool = False,
    foreach: bool | None = None,
    fused: bool | None = None,
    grad_scale: Any = None,
    found_inf: Any = None,
    *,
    weight_decay: float,
    momentum: float,
    lr: Any,
    dampening: float,
    nesterov: bool,
    maximize: bool,
) -> None:
    """`SGD` once; where a buffer is None, the list is given the one that it makes."""
    from .sgd import SGD

    optimizer: Any = object.__new__(SGD)
    group = {"weight_decay": weight_decay, "momentum": momentum, "lr": lr, "dampening": dampening}
    group |= {"nesterov": nesterov, "maximize": maximize, "fused": fused, "differentiable": False}
    with _recording(params, d_p_list):
        for index, (param, grad) in enumerate(zip(params, d_p_list)):
            held = {"momentum_buffer": momentum_buffer_list[index]} if momentum else {}
            optimizer.state = {param: held}
            optimizer._update(group, param, grad, held)
            if momentum:
                momentum_buffer_list[index] = held["momentum_buffer"]


def adam(
    params: Any,
    grads: Any,
    exp_avgs: Any,
    exp_avg_sqs: Any,
    max_exp_avg_sqs: Any,
    state_steps: Any,
    foreach: bool | None = None,
    capturable: bool = False,
    differentiable: bool = False,
    fused: bool | None = None,
    grad_scale: Any = None,
    found_inf: Any = None,
    has_complex: bool = False,
    decoupled_weight_decay: bool = False,
    *,
    amsgrad: bool,
    beta1: Any,
    beta2: Any,
    lr: Any,
    weight_decay: float,
    eps: float,
    maximize: bool,
) -> None:
    """`Adam` once."""
    _check_steps(state_steps)
    state = {"exp_avg": exp_avgs, "exp_avg_sq": exp_avg_sqs, "max_exp_avg_sq": max_exp_avg_sqs}
    _update(
        "Adam",
        params,
        grads,
        {**state, "step": state_steps},
        betas=(beta1, beta2),
        amsgrad=amsgrad,
        lr=lr,
        weight_decay=weight_decay,
        eps=eps,
        maximize=maximize,
        capturable=capturable,
        differentiable=differentiable,
        fused=fused,
        decoupled_weight_decay=decoupled_weight_decay,
    )


def adamw(
    params: Any,
    grads: Any,
    exp_avgs: Any,
    exp_avg_sqs: Any,
    max_exp_avg_sqs: Any,
    state_steps: Any,
    foreach: bool | None = None,
    capturable: bool = False,
    differentiable: bool = False,
    fused: bool | None = None,
    grad_scale: Any = None,
    found_inf: Any = None,
    has_complex: bool = False,
    *,
    amsgrad: bool,
    beta1: Any,
    beta2: Any,
    lr: Any,
    weight_decay: float,
    eps: float,
    maximize: bool,
) -> None:
    """`AdamW` once."""
    adam(
        params,
        grads,
        exp_avgs,
        exp_avg_sqs,
        max_exp_avg_sqs,
        state_steps,
        foreach,
        capturable,
        differentiable,
        fused,
        decoupled_weight_decay=True,
        amsgrad=amsgrad,
        beta1=beta1,
        beta2=beta2,
        lr=lr,
        weight_decay=weight_decay,
        eps=eps,
        maximize=maximize,
    )


def rmsprop(
    params: Any,
    grads: Any,
    square_avgs: Any,
    grad_avgs: Any,
    momentum_buffer_list: Any,
    state_steps: Any,
    foreach: bool | None = None,
    maximize: bool = False,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    *,
    lr: Any,
    alpha: float,
    eps: float,
    weight_decay: float,
    momentum: float,
    centered: bool,
) -> None:
    """`RMSprop` once."""
    _check_steps(state_steps)
    state = {"square_avg": square_avgs, "grad_avg": grad_avgs, "momentum_buffer": momentum_buffer_list}
    options = {"lr": lr, "alpha": alpha, "eps": eps, "weight_decay": weight_decay, "momentum": momentum}
    how = {"maximize": maximize, "differentiable": differentiable, "capturable": capturable}
    _update("RMSprop", params, grads, {**state, "step": state_steps}, centered=centered, **options, **how)


def adagrad(
    params: Any,
    grads: Any,
    state_sums: Any,
    state_steps: Any,
    fused: bool | None = None,
    grad_scale: Any = None,
    found_inf: Any = None,
    has_sparse_grad: bool = False,
    foreach: bool | None = None,
    differentiable: bool = False,
    has_complex: bool = False,
    *,
    lr: Any,
    weight_decay: float,
    lr_decay: float,
    eps: float,
    maximize: bool,
) -> None:
    """`Adagrad` once."""
    _check_steps(state_steps)
    options = {"lr": lr, "weight_decay": weight_decay, "lr_decay": lr_decay, "eps": eps, "maximize": maximize}
    how = {"differentiable": differentiable, "fused": fused}
    _update("Adagrad", params, grads, {"sum": state_sums, "step": state_steps}, **options, **how)


def adadelta(
    params: Any,
    grads: Any,
    square_avgs: Any,
    acc_deltas: Any,
    state_steps: Any,
    capturable: bool = False,
    foreach: bool | None = None,
    differentiable: bool = False,
    has_complex: bool = False,
    *,
    lr: Any,
    rho: float,
    eps: float,
    weight_decay: float,
    maximize: bool,
) -> None:
    """`Adadelta` once."""
    _check_steps(state_steps)
    state = {"square_avg": square_avgs, "acc_delta": acc_deltas, "step": state_steps}
    options = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
    _update("Adadelta", params, grads, state, differentiable=differentiable, capturable=capturable, **options)


def adamax(
    params: Any,
    grads: Any,
    exp_avgs: Any,
    exp_infs: Any,
    state_steps: Any,
    foreach: bool | None = None,
    maximize: bool = False,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    *,
    eps: float,
    beta1: float,
    beta2: float,
    lr: Any,
    weight_decay: float,
) -> None:
    """`Adamax` once."""
    _check_steps(state_steps)
    state = {"exp_avg": exp_avgs, "exp_inf": exp_infs, "step": state_steps}
    options = {"betas": (beta1, beta2), "eps": eps, "lr": lr, "weight_decay": weight_decay}
    how = {"maximize": maximize, "differentiable": differentiable, "capturable": capturable}
    _update("Adamax", params, grads, state, **options, **how)


def asgd(
    params: Any,
    grads: Any,
    axs: Any,
    mus: Any,
    etas: Any,
    state_steps: Any,
    foreach: bool | None = None,
    maximize: bool = False,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    *,
    lambd: float,
    lr: Any,
    t0: float,
    alpha: float,
    weight_decay: float,
) -> None:
    """`ASGD` once."""
    state = {"ax": axs, "mu": mus, "eta": etas, "step": state_steps}
    options = {"lambd": lambd, "lr": lr, "t0": t0, "alpha": alpha, "weight_decay": weight_decay}
    how = {"maximize": maximize, "differentiable": differentiable, "capturable": capturable}
    _update("ASGD", params, grads, state, **options, **how)


def nadam(
    params: Any,
    grads: Any,
    exp_avgs: Any,
    exp_avg_sqs: Any,
    mu_products: Any,
    state_steps: Any,
    decoupled_weight_decay: bool = False,
    foreach: bool | None = None,
    capturable: bool = False,
    differentiable: bool = False,
    has_complex: bool = False,
    maximize: bool = False,
    *,
    beta1: float,
    beta2: float,
    lr: Any,
    weight_decay: float,
    momentum_decay: float,
    eps: float,
) -> None:
    """`NAdam` once."""
    _check_steps(state_steps)
    if not all(isinstance(each, TensorBase) for each in mu_products):
        raise RuntimeError("API has changed, `mu_products` argument must contain a list of singleton tensors")
    state = {
        "exp_avg": exp_avgs,
        "exp_avg_sq": exp_avg_sqs,
        "mu_product": mu_products,
        "step": state_steps,
    }
    options = {"betas": (beta1, beta2), "lr": lr, "weight_decay": weight_decay, "eps": eps}
    how = {"maximize": maximize, "differentiable": differentiable, "capturable": capturable}
    options |= {"momentum_decay": momentum_decay, "decoupled_weight_decay": decoupled_weight_decay}
    _update("NAdam", params, grads, state, **options, **how)


def radam(
    params: Any,
    grads: Any,
    exp_avgs: Any,
    exp_avg_sqs: Any,
    state_steps: Any,
    decoupled_weight_decay: bool = False,
    foreach: bool | None = None,
    differentiable: bool = False,
    capturable: bool = False,
    has_complex: bool = False,
    maximize: bool = False,
    *,
    beta1: float,
    beta2: float,
    lr: Any,
    weight_decay: float,
    eps: float,
) -> None:
    """`RAdam` once."""
    _check_steps(state_steps)
    state = {"exp_avg": exp_avgs, "exp_avg_sq": exp_avg_sqs, "step": state_steps}
    options = {"betas": (beta1, beta2), "lr": lr, "weight_decay": weight_decay, "eps": eps}
    how = {"maximize": maximize, "differentiable": differentiable, "capturable": capturable}
    _update("RAdam", params, grads, state, decoupled_weight_decay=decoupled_weight_decay, **options, **how)


def rprop(
    params: Any,
    grads: Any,
    prevs: Any,
    step_sizes: Any,
    state_steps: Any,
    foreach: bool | None = None,
    capturable: bool = False,
    maximize: bool = False,
    differentiable: bool = False,
    has_complex: bool = False,
    *,
    step_size_min: float,
    step_size_max: float,
    etaminus: float,
    etaplus: float,
) -> None:
    """`Rprop` once."""
    _check_steps(state_steps)
    state = {"prev": prevs, "step_size": step_sizes, "step": state_steps}
    options = {"etas": (etaminus, etaplus), "step_sizes": (step_size_min, step_size_max)}
    how = {"maximize": maximize, "differentiable": differentiable, "capturable": capturable}
    _update("Rprop", params, grads, state, **options, **how)
