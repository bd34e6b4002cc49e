"""Adam that adapts each parameter only once its averages can be trusted.

Source: torch.optim.RAdam; Liu et al., "On the Variance of the Adaptive Learning Rate and Beyond" (2019).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ._functional import radam as radam  # PyTorch has the update as a function here, too
from .updating import (
    UpdatingOptimizer,
    blank,
    check_betas,
    check_lr,
    check_not_negative,
    count,
    next_step,
    plain_number,
    run,
    scalar,
)


class RAdam(UpdatingOptimizer):
    """Adam with a rectified variance."""

    _added: ClassVar[dict[str, Any]] = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: Any = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
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
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "decoupled_weight_decay": decoupled_weight_decay,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        state["step"] = count()
        state["exp_avg"] = blank(param)
        state["exp_avg_sq"] = blank(param)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        lr, decay, decoupled = scalar(group["lr"]), group["weight_decay"], group["decoupled_weight_decay"]
        step = next_step(state)
        correction = 1 - beta2**step
        longest = 2 / (1 - beta2) - 1
        length = longest - 2 * step * beta2**step / correction
        rectified = None
        if length > 5.0:
            variance = (
                (length - 4) * (length - 2) * longest / ((longest - 4) * (longest - 2) * length)
            ) ** 0.5
            rectified = correction**0.5, variance
        shrink = 1 - lr * decay if decay and decoupled else 1.0
        written = param, state["exp_avg"], state["exp_avg_sq"]
        changes = (1 + bool(decay and decoupled), 1, 2)
        options = 0 if decoupled else decay, shrink, 1 - beta1, beta2, 1 - beta1**step, group["eps"]
        run(_adapt, group, written, changes, grad, lr, rectified, *options)


def _adapt(
    kernel: Any,
    operands: Any,
    lr: Any,
    rectified: tuple[float, float] | None,
    decay: float,
    shrink: Any,
    weight: float,
    beta2: float,
    correction: float,
    eps: float,
) -> None:
    param, exp_avg, exp_avg_sq, grad = operands
    if plain_number(shrink) != 1:
        kernel.mul_(param, shrink)
    if decay:
        grad = kernel.add(grad, param, decay)
    kernel.lerp_(exp_avg, grad, weight)
    kernel.mul_(exp_avg_sq, beta2)
    kernel.addcmul_(exp_avg_sq, grad, grad, 1 - beta2)
    update = exp_avg / correction * lr
    if rectified is not None:
        root, variance = rectified
        update = update * (root / (kernel.sqrt(exp_avg_sq) + eps)) * variance
    kernel.add_(param, update, -1.0)
