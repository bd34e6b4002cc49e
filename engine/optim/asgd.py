"""Averaged stochastic gradient descent.

Source: torch.optim.ASGD; Polyak and Juditsky, "Acceleration of stochastic approximation by averaging" (1992).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ._functional import asgd as asgd  # PyTorch has the update as a function here, too
from .updating import (
    UpdatingOptimizer,
    blank,
    check_lr,
    check_not_negative,
    count,
    next_step,
    plain_number,
    run,
    scalar,
    set_count,
)


class ASGD(UpdatingOptimizer):
    """Stochastic gradient descent that keeps an average of the parameters, in the state."""

    _added: ClassVar[dict[str, Any]] = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }
    _counts = ("step", "eta", "mu")
    _capturable = ("params, mus, etas, and state_steps", ", 'xla'")

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative("Invalid weight_decay value: {}", weight_decay)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "capturable": capturable,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        state["step"] = count()
        state["eta"] = count(plain_number(group["lr"]))
        state["mu"] = count(1.0)
        state["ax"] = blank(param)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        step, lr, lambd = next_step(state), scalar(group["lr"]), group["lambd"]
        eta, mu = float(state["eta"]._array), float(state["mu"]._array)
        options = group["weight_decay"], 1 - lambd * eta, -eta, mu
        run(_average, group, (param, state["ax"]), (2, 1), grad, *options)
        set_count(state["eta"], plain_number(lr / (1 + lambd * lr * step) ** group["alpha"]))
        set_count(state["mu"], 1 / max(1, step - group["t0"]))


def _average(kernel: Any, operands: Any, decay: float, shrink: float, rate: float, mu: float) -> None:
    param, average, grad = operands
    if decay:
        grad = kernel.add(grad, param, decay)
    kernel.mul_(param, shrink)
    kernel.add_(param, grad, rate)
    if mu == 1:
        kernel.copy_(average, param)
    else:
        kernel.add_(average, (param - average) * mu)
