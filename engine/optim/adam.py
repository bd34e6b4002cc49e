"""Adam, with AMSGrad and decoupled weight decay.

Source: torch.optim.Adam; Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2014); Reddi et al., "On the
Convergence of Adam and Beyond" (2018).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..base import TensorBase
from ._functional import adam as adam  # PyTorch has the update as a function here, too
from .updating import (
    UpdatingOptimizer,
    blank,
    check_betas,
    check_fused,
    check_fused_param,
    check_lr,
    check_not_negative,
    count,
    next_step,
    plain_number,
    run,
    scalar,
)

_FOREACH = "{} as a Tensor is not supported for capturable=False and foreach=True"


class Adam(UpdatingOptimizer):
    """Running averages of the gradient and of its square, both corrected for their start at zero."""

    _refuses_sparse = "Adam does not support sparse gradients, please consider SparseAdam instead"
    _added: ClassVar[dict[str, Any]] = {
        "amsgrad": False,
        "maximize": False,
        "foreach": None,
        "capturable": False,
        "differentiable": False,
        "decoupled_weight_decay": False,
        "fused": None,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: Any = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        if isinstance(lr, TensorBase) and foreach and not capturable:
            raise ValueError(_FOREACH.format("lr"))
        check_lr(lr)
        check_not_negative("Invalid epsilon value: {}", eps)
        check_betas(betas)
        check_not_negative("Invalid weight_decay value: {}", weight_decay)
        _check_kinds_of_betas(betas, foreach and not capturable)
        defaults = {
            "lr": lr,
            "betas": tuple(map(scalar, betas)),
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "foreach": foreach,
            "capturable": capturable,
            "differentiable": differentiable,
            "fused": fused,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _prepare(self, group: dict[str, Any], param: Any) -> None:
        super()._prepare(group, param)
        if group["differentiable"] and self.state[param]["step"].requires_grad:
            raise RuntimeError("`requires_grad` is not supported for `step` in differentiable mode")
        if group["foreach"] and isinstance(group["lr"], TensorBase) and not group["capturable"]:
            raise RuntimeError(_FOREACH.format("lr"))

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        if group["fused"]:
            check_fused_param(param)
        state["step"] = count(fused=group["fused"])
        state["exp_avg"] = blank(param)
        state["exp_avg_sq"] = blank(param)
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = blank(param)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        beta1, beta2 = group["betas"]
        lr, decay, decoupled = scalar(group["lr"]), group["weight_decay"], group["decoupled_weight_decay"]
        step: Any = next_step(state)
        if group["differentiable"]:
            step = state["step"].clone()  # and so the corrections are rounded to its type
        step_size = lr / (1 - beta1**step)
        correction = 1 - beta2**step
        correction = correction.sqrt() if group["differentiable"] else correction**0.5
        shrink = 1 - lr * decay if decay and decoupled else 1.0
        written = [param, state["exp_avg"], state["exp_avg_sq"]]
        changes = [1 + bool(decay and decoupled), 1, 2]
        if group["amsgrad"]:
            written.append(state["max_exp_avg_sq"])
            changes.append(1)
        options = 0 if decoupled else decay, shrink, 1 - beta1, beta2, 1 - beta2, correction, group["eps"]
        run(_adapt, group, tuple(written), tuple(changes), grad, -step_size, *options)


def _check_kinds_of_betas(betas: Any, refused: Any) -> None:
    kinds = [isinstance(each, TensorBase) for each in betas]
    if kinds != [True, True] and not all(isinstance(each, float) for each in betas):
        raise ValueError("betas must be either both floats or both Tensors")
    for index, each in enumerate(betas):
        if kinds[index] and refused:
            raise ValueError(_FOREACH.format(f"betas[{index}]"))
        if kinds[index] and each._array.size != 1:
            raise ValueError(f"Tensor betas[{index}] must be 1-element")


def _adapt(
    kernel: Any,
    operands: Any,
    rate: Any,
    decay: Any,
    shrink: Any,
    weight: Any,
    beta2: Any,
    rest2: Any,
    correction: Any,
    eps: float,
) -> None:
    param, exp_avg, exp_avg_sq, *greatest, grad = operands
    if plain_number(shrink) != 1:
        kernel.mul_(param, shrink)
    if decay:
        grad = kernel.add(grad, param, decay)
    kernel.lerp_(exp_avg, grad, weight)
    kernel.mul_(exp_avg_sq, beta2)
    kernel.addcmul_(exp_avg_sq, grad, grad, rest2)
    if greatest:
        kernel.maximum_(greatest[0], exp_avg_sq)
        exp_avg_sq = greatest[0]
    if isinstance(correction, TensorBase):
        root = kernel.sqrt(exp_avg_sq) / (correction * rate) + eps / rate
        kernel.addcdiv_(param, kernel.kept(exp_avg), root)
    else:
        kernel.addcdiv_(param, exp_avg, kernel.sqrt(exp_avg_sq) / correction + eps, rate)
