"""Muon: momentum whose matrices are made orthogonal.

Source: torch.optim.Muon; Jordan, "Muon: An optimizer for hidden layers in neural networks" (2024); Liu et al., "Muon is
Scalable for LLM Training" (2025).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from ..ops.creation import zeros_like
from .tensors import lerp_
from .updating import UpdatingOptimizer, check_lr, check_not_negative, plain_number, scalar


class Muon(UpdatingOptimizer):
    """Updates of matrices by the orthogonal matrix nearest to their momentum."""

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.775, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_lr(lr, "Learning rate should be >= 0 but is: {}")
        check_not_negative("momentum should be >= 0 but is: {}", momentum)
        check_not_negative("weight decay should be >= 0 but is: {}", weight_decay)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Adjust learning rate function {adjust_lr_fn} is not supported")
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for each in group["params"]:
                if each.dim() != 2:
                    raise ValueError(
                        f"Muon only supports 2D parameters whereas we found a parameter with size: {each.size()}"
                    )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _prepare(self, group: dict[str, Any], param: Any) -> None:
        if param.is_complex():
            raise RuntimeError("Muon does not support complex parameters")
        super()._prepare(group, param)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        state["momentum_buffer"] = zeros_like(param._grad)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        lr, momentum, buffer = scalar(group["lr"]), group["momentum"], state["momentum_buffer"]
        lerp_(buffer, grad, 1 - momentum)
        update = buffer
        if group["nesterov"]:
            update = grad.clone()
            lerp_(update, buffer, momentum)
        update = _orthogonal(update, group["ns_coefficients"], group["ns_steps"], group["eps"])
        rows, columns = param.shape
        ratio = math.sqrt(max(1, rows / columns))
        if group["adjust_lr_fn"] == "match_rms_adamw":
            ratio = 0.2 * math.sqrt(max(rows, columns))
        param.mul_(1 - lr * group["weight_decay"])
        param.add_(update, alpha=plain_number(-(lr * ratio)))


def _orthogonal(matrix: Any, coefficients: tuple[float, float, float], steps: int, eps: float) -> Any:
    """The nearest orthogonal matrix, by steps of Newton and Schulz in bfloat16."""
    if steps >= 100:
        raise ValueError("Number of steps must be less than 100 for computational efficiency")
    if len(coefficients) != 3:
        raise ValueError("Coefficients must be a tuple of exactly 3 values")
    a, b, c = coefficients
    tall = matrix.size(0) > matrix.size(1)
    found = matrix.bfloat16()
    found = found.T if tall else found
    found = found / found.norm().clamp(min=eps)
    for _ in range(steps):
        gram = found @ found.T
        found = _sum_with_product(found, a, _sum_with_product(gram, b, gram, gram, c), found)
    return found.T if tall else found


def _sum_with_product(addend: Any, beta: float, left: Any, right: Any, alpha: float = 1) -> Any:
    """beta * addend + alpha * (left @ right), rounded to bfloat16 once."""
    return (addend.float() * beta + (left.float() @ right.float()) * alpha).bfloat16()
