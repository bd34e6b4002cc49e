"""Adagrad.

Source: torch.optim.Adagrad; Duchi et al., "Adaptive Subgradient Methods for Online Learning and Stochastic Optimization"
(2011).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from ..ops.creation import full_like
from ._functional import adagrad as adagrad  # PyTorch has the update as a function here, too
from .updating import (
    UpdatingOptimizer,
    check_fused,
    check_fused_param,
    check_lr,
    check_not_negative,
    count,
    next_step,
    run,
    scalar,
)


class Adagrad(UpdatingOptimizer):
    """Gradients divided by the root of the sum of all squares so far."""

    _refuses_sparse = ""
    _added: ClassVar[dict[str, Any]] = {
        "foreach": None,
        "maximize": False,
        "differentiable": False,
        "fused": None,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_lr(lr)
        check_not_negative("Invalid lr_decay value: {}", lr_decay)
        check_not_negative("Invalid weight_decay value: {}", weight_decay)
        check_not_negative("Invalid initial_accumulator_value value: {}", initial_accumulator_value)
        check_not_negative("Invalid epsilon value: {}", eps)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "foreach": foreach,
            "maximize": maximize,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)
        for group in self.param_groups:
            for each in group["params"]:
                self._begin(group, each, self.state[each])

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _prepare(self, group: dict[str, Any], param: Any) -> None:
        if group["fused"]:
            check_fused_param(param)
        super()._prepare(group, param)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        value = self.defaults["initial_accumulator_value"]
        state["step"] = count(fused=group["fused"])
        state["sum"] = full_like(param.detach(), complex(value, value) if param.is_complex() else value)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        rate = scalar(group["lr"]) / (1 + (next_step(state) - 1) * group["lr_decay"])
        if grad._is_sparse:
            _adapt_rows(group, param, state["sum"], grad, -rate)
            return
        options = group["weight_decay"], group["eps"]
        run(_adapt, group, (param, state["sum"]), (1, 1), grad, -rate, *options)


def _adapt(kernel: Any, operands: Any, rate: Any, decay: float, eps: float) -> None:
    param, total, grad = operands
    if decay:
        grad = kernel.add(grad, param, decay)
    kernel.addcmul_(total, grad, grad, 1)
    kernel.addcdiv_(param, grad, kernel.sqrt(total) + eps, rate)


def _adapt_rows(group: dict[str, Any], param: Any, total: Any, grad: Any, rate: float) -> None:
    from .. import sparse_operations

    if group["weight_decay"]:
        raise RuntimeError("weight_decay option is not compatible with sparse gradients")
    rows, values = sparse_operations.in_order(-grad if group["maximize"] else grad)
    sparse_operations.add_rows(total, rows, values * values)
    roots = np.sqrt(total._array[rows]) + values.dtype.type(group["eps"])
    sparse_operations.add_rows(param, rows, values / roots * values.dtype.type(rate))
