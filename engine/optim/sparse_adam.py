"""Adam for sparse gradients, which the engine does not have.

Source: torch.optim.SparseAdam.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from ..base import TensorBase
from .updating import UpdatingOptimizer, check_betas


class SparseAdam(UpdatingOptimizer):
    """Refuses the dense gradients that there are."""

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
        refused = [
            [index, position]
            for index, group in enumerate(self.param_groups)
            for position, each in enumerate(group["params"])
            if each.is_complex()
        ]
        if refused:
            raise ValueError(
                f"Complex params at indices {refused}: SparseAdam does not support complex parameters"
            )

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Raise if any parameter has a gradient, which is dense."""
        return self._take_step(closure)

    def _prepare(self, group: dict[str, Any], param: Any) -> None:
        raise RuntimeError("SparseAdam does not support dense gradients, please consider Adam instead")
