"""Adafactor: Adam with squares kept by rows and columns only.

Source: torch.optim.Adafactor; Shazeer and Stern, "Adafactor: Adaptive Learning Rates with Sublinear Memory Cost" (2018).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..limits import finfo
from ..ops.creation import zeros_like
from .tensors import lerp_
from .updating import (
    UpdatingOptimizer,
    check_lr,
    check_not_negative,
    count,
    next_step,
    plain_number,
    scalar,
)


class Adafactor(UpdatingOptimizer):
    """Relative steps, divided by the root of a factored average of squares."""

    _added: ClassVar[dict[str, Any]] = {"foreach": None}

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_lr(lr, "Learning rate should be >= 0 but is: {}")
        if not beta2_decay <= 0.0:
            raise ValueError(f"beta2_decay should be <= 0 but is: {beta2_decay}")
        if eps[0] is not None:
            check_not_negative("epsilon1 should be >= 0 but is: {}", eps[0])
        check_not_negative("epsilon2 should be >= 0 but is: {}", eps[1])
        if not d >= 1.0:
            raise ValueError(f"Clipping threshold d should be >= 1 but is: {d}")
        check_not_negative("weight_decay should be >= 0 but is: {}", weight_decay)
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "foreach": foreach,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _prepare(self, group: dict[str, Any], param: Any) -> None:
        if param.is_complex():
            raise RuntimeError("Adafactor does not support complex parameters")
        super()._prepare(group, param)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        grad = param._grad
        state["step"] = count()
        if grad.dim() > 1:
            *others, rows, columns = grad.shape
            state["row_var"] = grad.new_zeros([*others, rows, 1])
            state["col_var"] = grad.new_zeros([*others, 1, columns])
        else:
            state["variance"] = zeros_like(grad)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        grad = -grad if group["maximize"] else grad
        lr, (eps1, eps2) = scalar(group["lr"]), group["eps"]
        if eps1 is None:
            eps1 = finfo(param.dtype).eps
        step = next_step(state)
        size = param.numel() ** 0.5
        rate = max(eps2, param.norm(2).item() / size) * min(lr, 1 / step**0.5)
        if group["weight_decay"] != 0:
            param.mul_(1 - lr * group["weight_decay"])
        squares = _average_of_squares(grad, state, step ** group["beta2_decay"], eps1)
        update = squares.clamp(min=eps1 * eps1).rsqrt().mul_(grad)
        excess = max(1.0, update.norm(2).item() / (size * group["d"]))
        param.add_(update, alpha=plain_number(-rate / excess))


def _average_of_squares(grad: Any, state: dict[str, Any], weight: float, eps: float) -> Any:
    if grad.dim() <= 1:
        lerp_(state["variance"], grad * grad, weight)
        return state["variance"]
    rows, columns = state["row_var"], state["col_var"]
    lerp_(rows, grad.norm(dim=-1, keepdim=True).square_().div_(grad.size(-1)), weight)
    lerp_(columns, grad.norm(dim=-2, keepdim=True).square_().div_(grad.size(-2)), weight)
    return (rows @ columns).div_(rows.mean(dim=-2, keepdim=True).clamp(min=eps))
