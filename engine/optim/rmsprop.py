"""RMSprop.

Source: torch.optim.RMSprop; Hinton, "Neural Networks for Machine Learning", lecture 6; Graves, "Generating Sequences With
Recurrent Neural Networks" (2013).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ._functional import rmsprop as rmsprop  # PyTorch has the update as a function here, too
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


class RMSprop(UpdatingOptimizer):
    """Gradients divided by the root of a running average of their squares."""

    _added: ClassVar[dict[str, Any]] = {
        "momentum": 0,
        "centered": False,
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        check_not_negative("Invalid epsilon value: {}", eps)
        check_not_negative("Invalid momentum value: {}", momentum)
        check_not_negative("Invalid weight_decay value: {}", weight_decay)
        check_not_negative("Invalid alpha value: {}", alpha)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "capturable": capturable,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        state["step"] = count()
        state["square_avg"] = blank(param)
        if group["momentum"] > 0:
            state["momentum_buffer"] = blank(param)
        if group["centered"]:
            state["grad_avg"] = blank(param)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        next_step(state)
        written, changes = [param, state["square_avg"]], [1, 2]
        if group["centered"]:
            written.append(state["grad_avg"])
            changes.append(1)
        if group["momentum"] > 0:
            written.append(state["momentum_buffer"])
            changes.append(2)
        options = scalar(group["lr"]), group["weight_decay"], group["alpha"], group["momentum"], group["eps"]
        run(_adapt, group, tuple(written), tuple(changes), grad, *options)


def _adapt(
    kernel: Any, operands: Any, lr: Any, decay: float, alpha: float, momentum: float, eps: float
) -> None:
    param, square_avg, *others, grad = operands
    buffer = others.pop() if momentum > 0 else None
    if decay:
        grad = kernel.add(grad, param, decay)
    kernel.mul_(square_avg, alpha)
    kernel.addcmul_(square_avg, grad, grad, 1 - alpha)
    if others:
        kernel.lerp_(others[0], grad, 1 - alpha)
        square_avg = kernel.addcmul(square_avg, others[0], others[0], -1)
    root = kernel.sqrt(square_avg) + eps
    if buffer is None:
        kernel.addcdiv_(param, grad, root, -lr)
    else:
        kernel.mul_(buffer, momentum)
        kernel.addcdiv_(buffer, grad, root)
        kernel.add_(param, buffer, -lr)
