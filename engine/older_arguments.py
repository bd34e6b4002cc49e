"""Calls as programs wrote them before PyTorch 1.5: numbers stand before the tensors that they scale.

`p.add_(-lr, grad)` was `p.add_(grad, alpha=-lr)`, and `addmm(beta, input, alpha, mat1, mat2)` had its numbers in between.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from .arguments import refused
from .base import TensorBase

NUMBERS = (int, float, complex, np.generic)
OPERANDS = {
    "add": ("other",),
    "sub": ("other",),
    "addcmul": ("tensor1", "tensor2"),
    "addcdiv": ("tensor1", "tensor2"),
    "addmm": ("mat1", "mat2"),
    "addmv": ("mat", "vec"),
    "addr": ("vec1", "vec2"),
    "addbmm": ("batch1", "batch2"),
    "baddbmm": ("batch1", "batch2"),
}  # what each operation takes beside the first tensor
FACTORS = {
    "add": "alpha",
    "sub": "alpha",
    "addcmul": "value",
    "addcdiv": "value",
}  # products have beta and alpha
_WITH_TYPE = ("addmm", "baddbmm")  # the functions that also take the type of the result
_warned: list[str] = []


def as_before(
    operation: Callable[..., Any], given: tuple[Any, ...], is_method: bool = False, **options: Any
) -> Any:
    """Call the operation with its numbers by name; `given` begins with the tensor of a method."""
    tensors, numbers = sorted_out(operation.__name__, given, is_method)
    return operation(*tensors, **numbers, **options)


def sorted_out(name: str, given: tuple[Any, ...], is_method: bool) -> tuple[list[Any], dict[str, Any]]:
    """The tensors, and the numbers by their names; raises `TypeError` for what was never taken."""
    base = name.rstrip("_")
    if base in FACTORS:
        found, tensors = {FACTORS[base]: _number(given[1])}, [given[0], *given[2:]]
    else:
        tensors = [each for each in given if isinstance(each, TensorBase)]
        numbers = [_number(each) for each in given if not isinstance(each, TensorBase)]
        found = dict(zip(("beta", "alpha"), numbers))
    count = len(OPERANDS.get(base, ())) + 1
    fits = len(tensors) == count and len(found) == len(given) - count and isinstance(tensors[0], TensorBase)
    if not fits or base not in OPERANDS or None in found.values():
        error = TypeError(
            f"{name}() takes {count - is_method} positional arguments but {len(given) - is_method} were given"
        )
        raise refused(error, name, given[is_method:], {}, is_method)
    _warn(name, base, given, is_method, found)
    return tensors, found


def _number(value: Any) -> Any:
    if isinstance(value, TensorBase) and not value._array.ndim and not value._requires_grad:
        return value.item()  # type: ignore[attr-defined]
    if isinstance(value, np.generic):
        return value.item()
    return value if isinstance(value, NUMBERS) else None


def _warn(name: str, base: str, given: tuple[Any, ...], is_method: bool, found: dict[str, Any]) -> None:
    """Warn of the first such call, whichever operation it is of; of each after `set_warn_always(True)`."""
    from .ops.from_data import warn_once
    from .settings import is_warn_always_enabled

    if _warned and not is_warn_always_enabled():
        return
    _warned.append(name)
    behind = [f"Tensor {each}" for each in OPERANDS[base]]
    numbers = [f"Number {each}" for each in found]
    first = [] if is_method else ["Tensor input"]
    before = [*first, *numbers, *behind]
    if not is_method and base not in FACTORS:
        before = [numbers[0], *first, *numbers[1:], *behind]
    out = [] if is_method else ["Tensor out = None"]
    every = [f"Number {each} = 1" for each in ([FACTORS[base]] if base in FACTORS else ("beta", "alpha"))]
    now = [[*first, *behind, "*", *every, *out]]
    if not is_method and base in _WITH_TYPE:
        now.append([*first, *behind, "torch.dtype out_dtype", "*", *every, *out])
    instead = "".join(f"\n\t{name}({', '.join(each)})" for each in now)
    warn_once(
        f"This overload of {name} is deprecated:\n\t{name}({', '.join([*before, *(['*'] if out else []), *out])})\n"
        f"Consider using one of the following signatures instead:{instead}"
    )
