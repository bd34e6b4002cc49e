"""Resilient backpropagation.

Source: torch.optim.Rprop; Riedmiller and Braun, "A Direct Adaptive Method for Faster Backpropagation Learning" (1993).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..ops.creation import full_like
from ._functional import rprop as rprop  # PyTorch has the update as a function here, too
from .updating import UpdatingOptimizer, blank, check_lr, count, next_step, plain_number, run


class Rprop(UpdatingOptimizer):
    """Steps whose sizes depend on whether the sign of the gradient stays, not on its size."""

    _added: ClassVar[dict[str, Any]] = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "capturable": False,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_lr(lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Invalid eta values: {etas[0]}, {etas[1]}")
        defaults = {
            "lr": lr,
            "etas": etas,
            "step_sizes": step_sizes,
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
        lr = plain_number(group["lr"])
        state["step"] = count()
        state["prev"] = blank(param)
        state["step_size"] = full_like(param.grad, complex(lr, lr) if param.is_complex() else lr)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        next_step(state)
        written = param, state["prev"], state["step_size"]
        run(_adapt, group, written, (1, 1, 2), grad, *group["etas"], *group["step_sizes"])


def _adapt(
    kernel: Any, operands: Any, decrease: float, increase: float, smallest: float, greatest: float
) -> None:
    param, previous, step_size, grad = operands
    factor = kernel.sign(grad * kernel.kept(previous))
    factor = kernel.where(factor > 0, increase, factor)
    factor = kernel.where(factor < 0, decrease, factor)
    factor = kernel.where(factor == 0, 1, factor)
    kernel.mul_(step_size, factor)
    kernel.clamp_(step_size, smallest, greatest)
    grad = kernel.where(factor == decrease, 0, kernel.kept(grad))
    kernel.addcmul_(param, kernel.sign(grad), step_size, -1)
    kernel.copy_(previous, grad)
