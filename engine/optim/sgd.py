"""Stochastic gradient descent.

Source: torch.optim.SGD; Sutskever et al., "On the importance of initialization and momentum in deep learning" (2013).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from ..base import TensorBase
from ._functional import sgd as sgd  # PyTorch has the update as a function here, too
from .updating import (
    UpdatingOptimizer,
    blank,
    check_fused,
    check_fused_param,
    run,
    scalar,
)


class SGD(UpdatingOptimizer):
    """Stochastic gradient descent with momentum, dampening, weight decay, and Nesterov's momentum."""

    _keeps_state = False  # but where there is momentum
    _refuses_sparse = ""
    _added: ClassVar[dict[str, Any]] = {
        "nesterov": False,
        "maximize": False,
        "foreach": None,
        "differentiable": False,
        "fused": False,
    }

    def __init__(
        self,
        params: Any,
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: Any = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        if isinstance(lr, TensorBase) and lr._array.size != 1:
            raise ValueError("Tensor lr must be 1-element")
        if lr < 0.0:
            raise ValueError(f"Invalid learning rate: {lr}")
        if momentum < 0.0:
            raise ValueError(f"Invalid momentum value: {momentum}")
        if weight_decay < 0.0:
            raise ValueError(f"Invalid weight_decay value: {weight_decay}")
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
            "foreach": foreach,
            "differentiable": differentiable,
            "fused": fused,
        }
        super().__init__(params, defaults)
        check_fused(fused, foreach, differentiable)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        return self._take_step(closure)

    def _prepare(self, group: dict[str, Any], param: Any) -> None:
        if group["fused"]:
            check_fused_param(param)

    def _update(self, group: dict[str, Any], param: Any, grad: Any, _: Any) -> None:
        lr, decay, momentum = scalar(group["lr"]), group["weight_decay"], group["momentum"]
        if grad._is_sparse:
            self._update_rows(group, param, grad)
            return
        if not momentum:
            run(_descend, group, (param,), (1,), grad, lr, decay)
            return
        state = self.state[param]
        buffer = state.get("momentum_buffer")
        first = buffer is None
        if first:
            buffer = state["momentum_buffer"] = blank(param)
        options = momentum, group["dampening"], group["nesterov"], first
        run(_roll, group, (param, buffer), (1, 0 if first else 2), grad, lr, decay, *options)

    def _update_rows(self, group: dict[str, Any], param: Any, grad: Any) -> None:
        """The same by a sparse gradient, and with a sparse buffer."""
        grad = -grad if group["maximize"] else grad
        if group["weight_decay"]:
            grad = grad.add(param, alpha=group["weight_decay"])
        if momentum := group["momentum"]:
            state = self.state[param]
            buffer = state.get("momentum_buffer")
            if buffer is None:
                buffer = state["momentum_buffer"] = grad.detach().clone()
            else:
                buffer.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
            grad = grad.add(buffer, alpha=momentum) if group["nesterov"] else buffer
        param.add_(grad, alpha=-scalar(group["lr"]))


def _descend(kernel: Any, operands: Any, lr: Any, decay: Any) -> None:
    param, grad = operands
    if decay:
        grad = kernel.add(grad, param, decay)
    kernel.descend_(param, grad, lr)


def _roll(
    kernel: Any,
    operands: Any,
    lr: Any,
    decay: Any,
    momentum: Any,
    dampening: Any,
    nesterov: bool,
    first: bool,
) -> None:
    param, buffer, grad = operands
    if decay:
        grad = kernel.add(grad, param, decay)
    if first:
        kernel.keep(buffer, grad)
    else:
        kernel.mul_(buffer, momentum)
        kernel.add_(buffer, grad, 1 - dampening)
    kernel.descend_(param, kernel.add(grad, buffer, momentum) if nesterov else buffer, lr)
