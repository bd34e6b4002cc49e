"""Adadelta.

Source: torch.optim.Adadelta; Zeiler, "ADADELTA: An Adaptive Learning Rate Method" (2012).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ._functional import adadelta as adadelta  # PyTorch has the update as a function here, too
from .updating import (
    UpdatingOptimizer,
    blank,
    check_lr,
    check_not_negative,
    count,
    next_step,
    run,
    scalar,
)


class Adadelta(UpdatingOptimizer):
    """Gradients scaled by the averages of past updates over those of past gradients."""

    _added: ClassVar[dict[str, Any]] = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }
    _capturable = ("params and state_steps", "")

    def __init__(
        self,
        params: Any,
        lr: Any = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 <= rho <= 1.0:
            raise ValueError(f"Invalid rho value: {rho}")
        check_not_negative("Invalid epsilon value: {}", eps)
        check_not_negative("Invalid weight_decay value: {}", weight_decay)
        defaults = {
            "lr": lr,
            "rho": rho,
            "eps": eps,
            "weight_decay": weight_decay,
            "maximize": maximize,
            "capturable": capturable,
            "foreach": foreach,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        state["step"] = count()
        state["square_avg"] = blank(param)
        state["acc_delta"] = blank(param)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        next_step(state)
        written = param, state["square_avg"], state["acc_delta"]
        options = scalar(group["lr"]), group["weight_decay"], group["rho"], group["eps"]
        run(_adapt, group, written, (1, 2, 2), grad, *options)


def _adapt(kernel: Any, operands: Any, lr: Any, decay: float, rho: float, eps: float) -> None:
    param, square_avg, acc_delta, grad = operands
    if decay:
        grad = kernel.add(grad, param, decay)
    kernel.mul_(square_avg, rho)
    kernel.addcmul_(square_avg, grad, grad, 1 - rho)
    root = kernel.sqrt(square_avg + eps)
    delta = kernel.kept(kernel.sqrt(acc_delta + eps)) / root * grad
    kernel.mul_(acc_delta, rho)
    kernel.addcmul_(acc_delta, delta, delta, 1 - rho)
    kernel.add_(param, delta, -lr)
