"""Adam with the greatest gradient seen instead of an average of squares.

Source: torch.optim.Adamax; Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2014).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ._functional import adamax as adamax  # PyTorch has the update as a function here, too
from .updating import (
    UpdatingOptimizer,
    blank,
    check_betas,
    check_lr,
    check_not_negative,
    count,
    next_step,
    run,
    scalar,
)


class Adamax(UpdatingOptimizer):
    """Adam based on the infinity norm."""

    _added: ClassVar[dict[str, Any]] = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: Any = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative("Invalid epsilon value: {}", eps)
        check_betas(betas)
        check_not_negative("Invalid weight_decay value: {}", weight_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
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
        state["exp_avg"] = blank(param)
        state["exp_inf"] = blank(param)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        rate = scalar(group["lr"]) / (1 - beta1 ** next_step(state))
        written = param, state["exp_avg"], state["exp_inf"]
        options = group["weight_decay"], 1 - beta1, beta2, group["eps"]
        run(_adapt, group, written, (1, 1, 2), grad, -rate, *options)


def _adapt(
    kernel: Any, operands: Any, rate: Any, decay: float, weight: float, beta2: float, eps: float
) -> None:
    param, exp_avg, exp_inf, grad = operands
    if decay:
        grad = kernel.add(grad, param, decay)
    kernel.lerp_(exp_avg, grad, weight)
    kernel.mul_(exp_inf, beta2)
    kernel.raise_to_(exp_inf, kernel.absolute(grad) + eps)
    kernel.addcdiv_(param, exp_avg, exp_inf, rate)
