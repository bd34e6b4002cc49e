"""`torch.optim`: stochastic gradient descent.

Source: torch.optim.SGD; Sutskever et al., "On the importance of initialization and momentum in deep learning" (2013).
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Callable, Iterable
from itertools import chain
from typing import Any

from .base import TensorBase
from .grad_mode import enable_grad, no_grad

_DUPLICATES = (
    "optimizer contains a parameter group with duplicate parameters; in future, this will cause an error; see "
    "github.com/pytorch/pytorch/issues/40967 for more information"
)


class Optimizer:
    """Parameters in groups, each group with its options, and a state for each parameter."""

    def __init__(self, params: Any, defaults: dict[str, Any]) -> None:
        if isinstance(params, TensorBase):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got "
                f"torch.{params._dtype.legacy_name}Tensor"
            )
        self.defaults = defaults
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add a group; options that it does not give are the defaults."""
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        params = param_group["params"]
        if isinstance(params, TensorBase):
            params = [params]
        elif isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be organized in ordered collections, but the ordering of tensors in sets will change "
                "between runs. Please use a list instead."
            )
        params = list(params)
        for each in params:
            if not isinstance(each, TensorBase):
                raise TypeError(
                    f"optimizer can only optimize Tensors, but one of the params is {type(each).__name__}"
                )
            if each._node is not None:
                raise ValueError("can't optimize a non-leaf Tensor")
        group = {**param_group, "params": params}
        for name, default in self.defaults.items():
            group.setdefault(name, default)
        if len({id(each) for each in params}) != len(params):
            warnings.warn(_DUPLICATES, stacklevel=3)
        known = {id(each) for other in self.param_groups for each in other["params"]}
        if any(id(each) in known for each in params):
            raise ValueError("some parameters appear in more than one parameter group")
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Reset every parameter's `.grad`, to None or to zeros."""
        for each in chain.from_iterable(group["params"] for group in self.param_groups):
            if each._grad is None:
                continue
            if set_to_none:
                each.grad = None
            else:
                if each._grad._node is not None:
                    each._grad.detach_()
                else:
                    each._grad.requires_grad_(False)
                each._grad.zero_()

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        loss = None
        if closure is not None:
            with enable_grad():
                loss = closure()
        with no_grad():
            for group in self.param_groups:
                self._update(group, [each for each in group["params"] if each._grad is not None])
        return loss

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        """The state and the options, with parameters as their numbers."""
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for each in group["params"]:
                numbers.setdefault(id(each), len(numbers))
            options = {name: value for name, value in group.items() if name != "params"}
            groups.append({**options, "params": [numbers[id(each)] for each in group["params"]]})
        state = {numbers[id(each)]: value for each, value in self.state.items()}
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over the state and the options of a `state_dict`."""
        groups = state_dict["param_groups"]
        if len(groups) != len(self.param_groups):
            raise ValueError("loaded state dict has a different number of parameter groups")
        if any(
            len(saved["params"]) != len(group["params"]) for saved, group in zip(groups, self.param_groups)
        ):
            raise ValueError(
                "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
            )
        by_number: dict[int, Any] = {}
        for saved, group in zip(groups, self.param_groups):
            by_number.update(zip(saved["params"], group["params"]))
            group.update({name: value for name, value in saved.items() if name != "params"})
        self.state = defaultdict(dict)
        for number, value in state_dict["state"].items():
            self.state[by_number[number]] = {
                name: each.clone() if isinstance(each, TensorBase) else each  # type: ignore[attr-defined]
                for name, each in value.items()
            }

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for index, group in enumerate(self.param_groups):
            lines += (
                ["Parameter Group " + str(index)] if index == 0 else ["", "Parameter Group " + str(index)]
            )
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


class SGD(Optimizer):
    """Stochastic gradient descent with momentum, dampening, weight decay, and Nesterov's momentum."""

    def __init__(
        self,
        params: Iterable[Any],
        lr: Any = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
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

    def _update(self, group: dict[str, Any], params: list[Any]) -> None:
        momentum = group["momentum"]
        for param in params:
            grad = -param._grad if group["maximize"] else param._grad
            if group["weight_decay"]:
                grad = grad.add(param, alpha=group["weight_decay"])
            if momentum:
                state = self.state[param]
                buffer = state.get("momentum_buffer")
                if buffer is None:
                    buffer = state["momentum_buffer"] = grad.detach().clone()
                else:
                    buffer.mul_(momentum).add_(grad, alpha=1 - group["dampening"])
                grad = grad.add(buffer, alpha=momentum) if group["nesterov"] else buffer
            param.add_(grad, alpha=-group["lr"])
