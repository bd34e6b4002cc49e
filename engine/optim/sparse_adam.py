"""Adam for sparse gradients: only the rows that have a gradient are updated, and so are only their moments.

Source: torch.optim.SparseAdam; Kingma and Ba, "Adam: A Method for Stochastic Optimization" (2014).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from ..base import TensorBase
from .updating import UpdatingOptimizer, blank, check_betas, scalar


class SparseAdam(UpdatingOptimizer):
    """Adam's update of rows, for embeddings with `sparse=True`."""

    _refuses_sparse = ""
    _counts = ()

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        if isinstance(lr, TensorBase) and lr._array.size != 1:
            raise ValueError("Tensor lr must be 1-element")
        if not lr > 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if not eps > 0.0:
            raise ValueError(f"Invalid epsilon value: {eps}")
        check_betas(betas)
        super().__init__(params, {"lr": lr, "betas": betas, "eps": eps, "maximize": maximize})
        places = [
            ([index, position], each)
            for index, group in enumerate(self.param_groups)
            for position, each in enumerate(group["params"])
        ]
        sparse = [place for place, each in places if each.is_sparse]
        if sparse:
            raise ValueError(
                f"Sparse params at indices {sparse}: SparseAdam requires dense parameter tensors"
            )
        refused = [place for place, each in places if each.is_complex()]
        if refused:
            raise ValueError(
                f"Complex params at indices {refused}: SparseAdam does not support complex parameters"
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update the rows that have a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _prepare(self, group: dict[str, Any], param: Any) -> None:
        if not param._grad._is_sparse:
            raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
        super()._prepare(group, param)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        state.update(step=0, exp_avg=blank(param), exp_avg_sq=blank(param))

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        from ..sparse_operations import add_rows, in_order

        state["step"] += 1
        rows, values = in_order(-grad if group["maximize"] else grad)
        if not values.size:
            return
        number = values.dtype.type
        moments = []
        for name, new, beta in zip(("exp_avg", "exp_avg_sq"), (values, values * values), group["betas"]):
            old = state[name]._array[rows]
            change = (new - old) * number(1 - beta)
            add_rows(state[name], rows, change)
            moments.append(change + old)
        beta1, beta2 = (1 - beta ** state["step"] for beta in group["betas"])
        step_size = scalar(group["lr"]) * math.sqrt(beta2) / beta1
        add_rows(
            param, rows, number(-step_size) * (moments[0] / (np.sqrt(moments[1]) + number(group["eps"])))
        )
