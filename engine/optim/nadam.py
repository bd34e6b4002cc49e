"""Adam with Nesterov's momentum.

Source: torch.optim.NAdam; Dozat, "Incorporating Nesterov Momentum into Adam" (2016).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ._functional import nadam as nadam  # PyTorch has the update as a function here, too
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
    set_count,
)


class NAdam(UpdatingOptimizer):
    """Adam that looks one step of momentum ahead."""

    _added: ClassVar[dict[str, Any]] = {
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
    }
    _counts = ("step", "mu_product")
    _capturable = ("params, mu_products and state_steps", ", 'xla'")

    def __init__(
        self,
        params: Any,
        lr: Any = 2e-3,
        betas: Any = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
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
        check_not_negative("Invalid momentum_decay value: {}", momentum_decay)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        state["step"] = count()
        state["mu_product"] = count(1.0)
        state["exp_avg"] = blank(param)
        state["exp_avg_sq"] = blank(param)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        lr, decay, decoupled = scalar(group["lr"]), group["weight_decay"], group["decoupled_weight_decay"]
        step, slowing = next_step(state), group["momentum_decay"]
        mu = beta1 * (1.0 - 0.5 * 0.96 ** (step * slowing))
        mu_next = beta1 * (1.0 - 0.5 * 0.96 ** ((step + 1) * slowing))
        held = state["mu_product"]
        product: Any = set_count(held, held._array * held._array.dtype.type(mu))
        if group["differentiable"]:
            product = held
        rates = -lr * (1.0 - mu) / (1.0 - product), -lr * mu_next / (1.0 - product * mu_next)
        shrink = 1 - lr * decay if decay and decoupled else 1.0
        written = param, state["exp_avg"], state["exp_avg_sq"]
        changes = (2 + bool(decay and decoupled), 1, 2)
        options = (
            0 if decoupled else decay,
            shrink,
            1 - beta1,
            beta2,
            1 - beta2**step,
            group["eps"],
            group["differentiable"],
        )
        run(_adapt, group, written, changes, grad, *rates, *options)


def _adapt(
    kernel: Any,
    operands: Any,
    rate: Any,
    rate_ahead: Any,
    decay: float,
    shrink: Any,
    weight: float,
    beta2: float,
    correction: float,
    eps: float,
    recorded: bool,
) -> None:
    param, exp_avg, exp_avg_sq, grad = operands
    if plain_number(shrink) != 1:
        kernel.mul_(param, shrink)
    if decay:
        grad = kernel.add(grad, param, decay)
    kernel.lerp_(exp_avg, grad, weight)
    kernel.mul_(exp_avg_sq, beta2)
    kernel.addcmul_(exp_avg_sq, grad, grad, 1 - beta2)
    denominator = kernel.sqrt(exp_avg_sq / correction) + eps
    if recorded:
        grad, exp_avg, rate, rate_ahead = grad * rate, exp_avg * rate_ahead, 1, 1
    kernel.addcdiv_(param, grad, denominator, rate)
    kernel.addcdiv_(param, exp_avg, denominator, rate_ahead)
