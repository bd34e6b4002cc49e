"""`GradScaler`: scales losses up, so that gradients in short types do not vanish, and gradients down again.

Source: "Automatic Mixed Precision package", "Gradient Scaling".
"""

from __future__ import annotations

import warnings
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

import numpy as np

from .. import dtypes
from ..base import TensorBase
from ..grad_mode import no_grad
from ..op import wrap
from ..ops import creation
from ..shown import Shown

READY, UNSCALED, STEPPED = range(3)
_FIX = "This may indicate your script did not use scaler.scale(loss or outputs) earlier in the iteration."


def _fresh() -> dict[str, Any]:
    return {"stage": READY, "found_inf": None}


class GradScaler(Shown):
    """Scales losses by a factor that grows as long as gradients are finite; where they are not, a step is left out."""

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 65536.0,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        self._device, self._enabled = device, enabled
        if enabled and device == "cuda":
            warnings.warn(
                "torch.cuda.amp.GradScaler is enabled, but CUDA is not available.  Disabling.",
                UserWarning,
                stacklevel=2,
            )
            self._enabled = False
        if not self._enabled:
            return
        if growth_factor <= 1.0:
            raise AssertionError("The growth factor must be > 1.0.")
        if backoff_factor >= 1.0:
            raise AssertionError("The backoff factor must be < 1.0.")
        self._init_scale, self._scale = init_scale, None
        self._growth_factor, self._backoff_factor = growth_factor, backoff_factor
        self._growth_interval, self._init_growth_tracker = growth_interval, 0
        self._growth_tracker: Any = None
        self._per_optimizer_states: defaultdict[int, dict[str, Any]] = defaultdict(_fresh)

    def _begin(self) -> None:
        self._scale = creation.full((), self._init_scale, dtype=dtypes.float32)
        self._growth_tracker = creation.full((), self._init_growth_tracker, dtype=dtypes.int32)

    def _check(self, name: str) -> None:
        if self._scale is None:
            raise AssertionError(f"Attempted {name} but _scale is None.  {_FIX}")

    def scale(self, outputs: Any) -> Any:
        """The tensor, or each of several, times the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, TensorBase):
            if self._scale is None:
                self._begin()
            scale: Any = self._scale
            return outputs * scale
        if isinstance(outputs, Iterable):
            scaled = map(self.scale, outputs)
            return type(outputs)(scaled) if isinstance(outputs, (list, tuple)) else scaled
        raise ValueError("outputs must be a Tensor or an iterable of Tensors")

    def unscale_(self, optimizer: Any) -> None:
        """Divide the gradients of the optimizer's parameters by the scale, in place; at most once between updates."""
        if not self._enabled:
            return
        self._check("unscale_")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] == UNSCALED:
            raise RuntimeError(
                "unscale_() has already been called on this optimizer since the last update()."
            )
        if state["stage"] == STEPPED:
            raise RuntimeError("unscale_() is being called after step().")
        scale: Any = self._scale
        state["found_inf"] = _unscale_gradients(optimizer, scale.double().reciprocal().float())
        state["stage"] = UNSCALED

    def step(self, optimizer: Any, *args: Any, **kwargs: Any) -> Any:
        """`optimizer.step` with unscaled gradients, if they are finite."""
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        self._check("step")
        state = self._per_optimizer_states[id(optimizer)]
        if state["stage"] == STEPPED:
            raise RuntimeError("step() has already been called since the last update().")
        if state["stage"] == READY:
            self.unscale_(optimizer)
        if state["found_inf"] is None:
            raise AssertionError("No inf checks were recorded for this optimizer.")
        found = None if state["found_inf"] else optimizer.step(*args, **kwargs)
        state["stage"] = STEPPED
        return found

    def update(self, new_scale: Any = None) -> None:
        """Adapt the scale: down if gradients were not finite, up after enough steps in which they were."""
        if not self._enabled:
            return
        self._check("update")
        scale: Any = self._scale
        if new_scale is not None:
            scale.fill_(new_scale)
        else:
            found = [state["found_inf"] for state in self._per_optimizer_states.values()]
            found = [each for each in found if each is not None]
            if not found:
                raise AssertionError("No inf checks were recorded prior to update.")
            self._adapt(any(found))
        self._per_optimizer_states = defaultdict(_fresh)

    def _adapt(self, found_inf: bool) -> None:
        scale: Any = self._scale
        if found_inf:
            scale.mul_(self._backoff_factor)
            self._growth_tracker.fill_(0)
        elif self._growth_tracker.item() + 1 == self._growth_interval:
            grown = scale * self._growth_factor
            if np.isfinite(grown.item()):
                scale.copy_(grown)
            self._growth_tracker.fill_(0)
        else:
            self._growth_tracker.add_(1)

    def get_scale(self) -> float:
        """The present scale; 1 where scaling is off."""
        if not self._enabled:
            return 1.0
        return self._init_scale if self._scale is None else self._scale.item()

    def get_growth_factor(self) -> float:
        """By what the scale grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set by what the scale grows."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """By what the scale shrinks."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set by what the scale shrinks."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """After how many steps the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set after how many steps the scale grows."""
        self._growth_interval = new_interval

    def _get_growth_tracker(self) -> int:
        if not self._enabled:
            return 0
        return self._init_growth_tracker if self._growth_tracker is None else self._growth_tracker.item()

    def is_enabled(self) -> bool:
        """Whether losses are scaled."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """The scale and how it adapts; empty where scaling is off."""
        if not self._enabled:
            return {}
        return {
            "scale": self.get_scale(),
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._get_growth_tracker(),
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take over what `state_dict` gave."""
        if not self._enabled:
            return
        if len(state_dict) == 0:
            raise RuntimeError(
                "The source state dict is empty, possibly because it was saved from a disabled instance of GradScaler."
            )
        self._init_scale = state_dict["scale"]
        self._growth_factor, self._backoff_factor = (
            state_dict["growth_factor"],
            state_dict["backoff_factor"],
        )
        self._growth_interval = state_dict["growth_interval"]
        self._init_growth_tracker = state_dict["_growth_tracker"]
        if self._scale is not None:
            self._scale.fill_(self._init_scale)
            self._growth_tracker.fill_(self._init_growth_tracker)


def _unscale_gradients(optimizer: Any, inverse: Any) -> bool:
    """Multiply the gradients; whether one was not finite."""
    found_inf = False
    with no_grad():
        for group in optimizer.param_groups:
            for param in group["params"]:
                gradient = param.grad
                if gradient is None:
                    continue
                if gradient._dtype is dtypes.float16:
                    raise ValueError("Attempting to unscale FP16 gradients.")
                found_inf = found_inf or not np.isfinite(gradient._array).all()
                gradient.mul_(wrap(inverse._array))
    return found_inf
