"""Functions of the namespace that are made of a method when a program first asks for them; they take `input=` and `out=`.

What is a function only, and no method, stands in a module named here.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from importlib import import_module
from typing import Any

from .. import late, op
from ..arguments import NUMPY_NAMES, OVERLOADED, again, asks, refused, stumbled
from ..base import TensorBase
from ..grad_mode import mode as grad_mode  # `mode` is a function that is made here
from ..grad_mode import no_grad
from ..in_place import check_overlap, store
from ..return_types import named
from .outputs import CHECKS, COPIES, _castable, _into, _tensors, fit, refuse_tracked, refused_transform

FUNCTIONS = {
    "ops.binary": "rsub",
    "ops.copies": COPIES,
    "ops.hashing": "hash_tensor",
    "ops.distances": "cdist pdist",
    "ops.rectifiers": "threshold",
    "ops.searching": "bucketize isin searchsorted",
    "ops.scans": "cumulative_trapezoid trapezoid trapz",
    "ops.moments": "std_mean var_mean",
}
TAKE_NUMBERS = frozenset(("bucketize", "isin", "polygamma", "special_polygamma"))
# Python functions in PyTorch
WITHOUT_NUMPY_NAMES = frozenset(("cdist", "norm", "unique", "unique_consecutive"))
IN_TYPE_OF_OUT = frozenset(("cumprod", "nansum", "float_power"))
_modules = late.by_name(FUNCTIONS)


def __getattr__(name: str) -> Any:
    if name.startswith("__"):
        raise AttributeError(name)
    owner = import_module(f"{late.ROOT}.{_modules[name]}") if name in _modules else op.Tensor
    return made_of(getattr(owner, name), name)


def made_of(method: Callable[..., Any], name: str) -> Callable[..., Any]:
    """The function of the namespace that does what this method does."""
    check = None if name in IN_TYPE_OF_OUT else CHECKS.get(name, _castable)
    method = getattr(method, "__wrapped__", method)

    def call(*args: Any, out: Any = None, **options: Any) -> Any:
        if "input" in options:
            args = (options.pop("input"), *args)
        try:
            if out is None:
                return method(*args, **options)
            if isinstance(out, (tuple, list)):
                return _into_several(out, method, args, options)
            return _into(out, method, check, args, options)
        except (AttributeError, TypeError) as error:
            given = options if out is None else {**options, "out": out}
            return _failed(call, name, args, given, error)

    call.__name__ = call.__qualname__ = name
    call.__doc__, call.__wrapped__ = method.__doc__, method  # type: ignore[attr-defined]
    return call


def _failed(call: Any, name: str, args: Any, options: dict[str, Any], error: Exception) -> Any:
    """Call again with the engine's names of the arguments, or say what is wrong with them."""
    if stumbled(args, options) and asks(call):
        return call(*args, **options)
    renamed = NUMPY_NAMES.keys() | OVERLOADED.get(name, {}).keys()
    if renamed & options.keys() and name not in WITHOUT_NUMPY_NAMES:
        return again(call, name, args, options, error)
    found = refused(error, name, args, options, is_method=False)
    if found is error:
        _check_first(name, args)
        found = _of_function(error, name) if isinstance(error, TypeError) else error
    raise found from None


# functions of two tensors of which one may be a number, and what their second parameter is called
OF_TENSOR_OR_NUMBER = {
    "clamp_max": "max",
    "clamp_min": "min",
    "copysign": "other",
    "float_power": "exponent",
    "special_xlog1py": "other",
    "special_zeta": "other",
    "xlogy": "other",
    **dict.fromkeys(("bitwise_and", "bitwise_or", "bitwise_xor"), "other"),
    **dict.fromkeys(("bitwise_left_shift", "bitwise_right_shift"), "other"),
}
ONLY_SECOND_A_NUMBER = frozenset(("clamp_max", "clamp_min", "copysign"))


def _invalid_combination(name: str, args: Any) -> TypeError:
    """PyTorch's refusal of numbers where one operand at least must be a tensor."""
    kinds = ", ".join("Tensor" if isinstance(each, TensorBase) else type(each).__name__ for each in args)
    first, second = ("x", "n") if "_polynomial_" in name else ("input", OF_TENSOR_OR_NUMBER[name])
    number = first if "_polynomial_" in name else "self"
    lines = [f"(Tensor {first}, Tensor {second}, *, Tensor out = None)"]
    if name.startswith("bitwise_"):
        refused = f"!{type(args[0]).__name__}!, " + (
            "Tensor" if kinds.endswith("Tensor") else f"!{kinds.split()[-1]}!"
        )
        lines.append(
            f"(Number self, Tensor {second})\n      didn't match because some of the arguments have invalid types: ({refused})"
        )
    elif name not in ONLY_SECOND_A_NUMBER:
        lines.append(f"(Number {number}, Tensor {second}, *, Tensor out = None)")
    lines.append(f"(Tensor {first}, Number {second}, *, Tensor out = None)")
    forms = "".join(f" * {line}\n" for line in lines)
    return TypeError(
        f"{name}() received an invalid combination of arguments - got ({kinds}), but expected one of:\n{forms}"
    )


def _check_first(name: str, args: Any) -> None:
    """Raise PyTorch's `TypeError` where the first operand is no tensor: asked after the method stumbled over it."""
    takes_number = name in OF_TENSOR_OR_NUMBER or "_polynomial_" in name
    if takes_number and len(args) == 2 and not isinstance(args[0], TensorBase):
        raise _invalid_combination(name, args) from None
    if args and name not in TAKE_NUMBERS and not isinstance(args[0], TensorBase):
        kind = type(args[0]).__name__
        raise TypeError(f"{name}(): argument 'input' (position 1) must be Tensor, not {kind}") from None


def _of_function(error: TypeError, name: str) -> TypeError:
    """A method's refusal of its arguments, as the function says it: there the tensor is an argument, too."""
    missing = re.match(r"\S+\(\) missing (\d+) required positional arguments?: (.*)", str(error))
    if missing is not None:
        names = [f'"{each}"'.replace("self", "input") for each in re.findall(r"'(\w+)'", missing[2])]
        plural = "s" if len(names) == 1 else ""  # the other way round than it should be, in PyTorch
        return TypeError(
            f"{name}() missing {len(names)} required positional argument{plural}: {', '.join(names)}"
        )
    sentence = re.sub(
        rf"^({re.escape(name)}\(\): argument '\w+' \(position )(\d+)\)",
        lambda found: f"{found[1]}{int(found[2]) + 1})",
        str(error),
    )
    return TypeError(sentence)


def _into_several(out: Any, method: Callable[..., Any], args: Any, options: dict[str, Any]) -> Any:
    """Write several results into as many tensors."""
    refuse_tracked(method.__name__, [*_tensors(args), *out])
    refusal = None
    if grad_mode.recording > 1:
        refusal = refused_transform(method.__name__, [*_tensors(args), *out])
    with no_grad():
        results = method(*args, **options)
    for tensor, result in zip(out, results):
        if tensor._dtype is not result._dtype:
            raise RuntimeError(
                f"Expected out tensor to have dtype {result._dtype.c_name}, but got {tensor._dtype.c_name} instead"
            )
        fit(tensor, result._array.shape)
        check_overlap(tensor, *args)
        store(tensor, result._array)
    if refusal is not None:
        raise refusal
    kind = type(results)
    if kind is tuple:
        return tuple(out)
    return named(f"{kind.__name__}_out", *kind._fields)(out)
