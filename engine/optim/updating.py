"""What the optimizers share: the walk over parameters, and the choice between arrays and tensors.

An optimizer gives an update as a function of a kernel (`arrays` or `tensors`), of a list of operands (the parameter, its
state, its gradient) and of numbers. On arrays it runs in pieces that stay in the processor's cache, and nothing is recorded.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

import numpy as np

from .. import dtypes
from ..base import Storage, TensorBase, memory, storage
from ..grad_mode import enable_grad, mode, set_grad_enabled
from ..histories import refresh_views
from ..op import wrap
from ..ops.complex import view_as_real
from ..ops.creation import zeros_like
from . import arrays, tensors
from .optimizer import Optimizer

PIECE = 1 << 14  # elements
_REAL = {"f": None, "d": None, "F": np.float32, "D": np.float64}
CAPTURABLE = "If capturable=True, {} must be on supported devices: ['cuda', 'xpu', 'hpu', 'privateuseone'{}]."


class UpdatingOptimizer(Optimizer):
    """An optimizer that updates each parameter by itself."""

    _added: ClassVar[dict[str, Any]] = {}  # options that state dicts of older versions lack
    _counts: tuple[str, ...] = ("step",)  # entries of the state that once were plain numbers
    _keeps_state = True  # of every parameter that it updates
    _capturable = ("params and state_steps", ", 'xla'")
    _refuses_sparse = "{} does not support sparse gradients"

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        for group in self.param_groups:
            for name, value in self._added.items():
                group.setdefault(name, value)
            for each in group["params"]:
                held = self.state.get(each, {})
                for name in self._counts:
                    if name in held and not isinstance(held[name], TensorBase):
                        held[name] = count(held[name], group.get("fused"))

    def _take_step(self, closure: Callable[[], Any] | None) -> Any:
        """Update every parameter that has a gradient; the closure, if given, computes the loss anew first."""
        loss = None
        with set_grad_enabled(self.defaults.get("differentiable", False)):
            if closure is not None:
                with enable_grad():
                    loss = closure()
            for group in self.param_groups:
                ready = [each for each in group["params"] if each._grad is not None]
                for each in ready:
                    if each._grad._is_sparse and self._refuses_sparse:
                        raise RuntimeError(self._refuses_sparse.format(type(self).__name__))
                    self._prepare(group, each)
                if group.get("capturable") and ready:
                    raise AssertionError(CAPTURABLE.format(*self._capturable))
                for each in ready:
                    self._update(group, each, each._grad, self.state[each] if self._keeps_state else {})
        return loss

    def _prepare(self, group: dict[str, Any], param: Any) -> None:
        state = self.state[param]
        if not state:
            self._begin(group, param, state)

    def _begin(self, group: dict[str, Any], param: Any, state: dict[str, Any]) -> None:
        """Make the state of a parameter at its first step."""
        raise NotImplementedError

    def _update(self, group: dict[str, Any], param: Any, grad: Any, state: dict[str, Any]) -> None:
        raise NotImplementedError


# ---- checks ------------------------------------------------------------------------------------------------


def check_lr(lr: Any, text: str = "Invalid learning rate: {}") -> None:
    """Raise `ValueError` for a learning rate that is negative or no single number."""
    if isinstance(lr, TensorBase) and lr._array.size != 1:
        raise ValueError("Tensor lr must be 1-element")
    check_not_negative(text, lr)


def check_not_negative(text: str, value: Any) -> None:
    """Raise `ValueError` with this text unless 0 <= value."""
    if not value >= 0.0:
        raise ValueError(text.format(value))


def check_betas(betas: Any) -> None:
    """Raise `ValueError` unless both are in [0, 1)."""
    for index in (0, 1):
        if not 0.0 <= betas[index] < 1.0:
            raise ValueError(f"Invalid beta parameter at index {index}: {betas[index]}")


def check_fused(fused: Any, foreach: Any, differentiable: Any) -> None:
    """Raise `RuntimeError` where `fused` is combined with another way."""
    if fused and differentiable:
        raise RuntimeError("`fused` does not support `differentiable`")
    if fused and foreach:
        raise RuntimeError("`fused` and `foreach` cannot be `True` together.")


def check_fused_param(param: Any) -> None:
    """Raise `RuntimeError` for a parameter that is not of a floating type."""
    if not param._dtype.is_floating_point:
        raise RuntimeError(
            "`fused=True` requires all the params to be floating point Tensors of supported devices: "
            f"['mps', 'cuda', 'xpu', 'hpu', 'cpu', 'mtia', 'privateuseone'] but {param._dtype} and cpu"
        )


# ---- state -------------------------------------------------------------------------------------------------


def count(value: float = 0.0, fused: Any = None) -> Any:
    """A number of the state, such as the count of steps, as the 0-d tensor that PyTorch keeps."""
    default = dtypes.get_default_dtype()
    kind = dtypes.float64 if default is dtypes.float64 and not fused else dtypes.float32
    return wrap(kind.numpy.type(value), kind)


def set_count(held: Any, value: Any) -> float:
    """Write a number of the state in place, and return it rounded to the state's type."""
    array = held._array
    rounded = array.dtype.type(value)
    if isinstance(array, np.ndarray):
        array[...] = rounded
    else:
        held._array = rounded
    (held._storage or storage(held)).version += 1
    return float(rounded)


def next_step(state: dict[str, Any]) -> float:
    """Count a step, and return its number."""
    held = state["step"]
    return set_count(held, held._array + 1)


def blank(param: Any) -> Any:
    """A state tensor of zeros for a parameter."""
    return zeros_like(param.detach())


def scalar(value: Any) -> Any:
    """A tensor of one element without dimensions; anything else as it is."""
    return value.squeeze() if isinstance(value, TensorBase) and value._array.ndim else value  # type: ignore[attr-defined]


def plain_number(value: Any) -> Any:
    """A Python number, read from a tensor where it is one."""
    return value.item() if isinstance(value, TensorBase) else value  # type: ignore[attr-defined]


# ---- the update --------------------------------------------------------------------------------------------


def run(
    update: Callable[..., None],
    group: dict[str, Any],
    written: tuple[Any, ...],
    changes: tuple[int, ...],
    grad: Any,
    *numbers: Any,
) -> None:
    """Update a parameter and its state, `written`, which are changed in place that many times, `changes`."""
    found = None if group["differentiable"] else _plain_arrays((*written, grad))
    if found is None:
        if grad._dtype.is_complex:
            *written, grad = map(view_as_real, (*written, grad))  # type: ignore[assignment]
        if group["maximize"]:
            grad = -grad
        update(tensors, [*written, grad], *numbers)
        return
    plain = [plain_number(each) for each in numbers]
    if found[0].size <= PIECE:
        _run_piece(update, group, found, plain)
    else:
        for pieces in _pieces(found):
            _run_piece(update, group, pieces, plain)
    if group.get("fused"):
        return  # PyTorch's fused kernels do not count
    for each, times in zip(written, changes):
        shared = each._storage or storage(each)
        shared.version += times
        if shared.views:
            refresh_views(each)


def add_scaled(tensor: Any, other: Any, factor: Any) -> None:
    """tensor += factor * other, where the factor may be a tensor."""
    run(
        _add_scaled,
        {"differentiable": False, "maximize": False},
        (tensor,),
        (1,),
        other,
        plain_number(factor),
    )


def _add_scaled(kernel: Any, operands: Any, factor: float) -> None:
    kernel.add_(*operands, factor)


def _run_piece(update: Any, group: dict[str, Any], found: list[Any], numbers: list[Any]) -> None:
    if group["maximize"]:
        found = [*found[:-1], np.negative(found[-1])]
    update(arrays, found, *numbers)


def _plain_arrays(operands: tuple[Any, ...]) -> list[Any] | None:
    """The arrays of tensors that may be changed below autograd, complex ones as pairs of numbers; None if one may not."""
    first = operands[0]
    dtype, shape = first._dtype, first._array.shape
    if mode.recording or dtype.numpy.char not in _REAL:
        return None
    found = []
    for each in operands:
        array = memory(each)
        shared = each._storage
        if (
            each._dtype is not dtype
            or array.shape != shape
            or (each._base is not None and each is not operands[-1])
            or type(array) is not np.ndarray
            or not (array.flags.c_contiguous or array.flags.f_contiguous)
            or (shared is not None and type(shared) is not Storage)
        ):
            return None
        found.append(array)
    parts = _REAL[dtype.numpy.char]
    if parts is None:
        return found
    if not all(array.flags.c_contiguous for array in found):
        return None
    return [array.reshape(-1).view(parts) for array in found]


def _pieces(found: list[Any]) -> Any:
    if not all(array.flags.c_contiguous for array in found):
        yield found
        return
    flat = [array.reshape(-1) for array in found]
    for start in range(0, flat[0].size, PIECE):
        yield [array[start : start + PIECE] for array in flat]
