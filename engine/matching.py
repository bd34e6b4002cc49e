"""Whether arguments match a signature, and PyTorch's sentences about those that match none."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import cache
from typing import Any, NamedTuple

import numpy as np

from .arguments import NUMPY_NAMES
from .base import TensorBase
from .dtypes import dtype as dtype_class
from .signatures import FUNCTIONS, METHODS, SHORT
from .typename import kind_text

_LIST = "tuple of ints"


class Parameter(NamedTuple):
    """One parameter of a signature."""

    kind: str
    name: str
    optional: bool
    by_keyword: bool


class Signature(NamedTuple):
    """One way to call a function, and how PyTorch writes it."""

    text: str
    parameters: tuple[Parameter, ...]

    @property
    def required(self) -> int:
        """How many arguments a call must have."""
        return sum(not each.optional for each in self.parameters)

    @property
    def positional(self) -> int:
        """How many arguments may be given by position."""
        return sum(not each.by_keyword for each in self.parameters)


def refusal(name: str, args: Any, options: dict[str, Any], is_method: bool = False) -> str | None:
    """PyTorch's sentence about arguments that no signature of this name takes; None if it is not known to refuse them."""
    signatures = _signatures(name, is_method)
    found = [_mismatch(each, name, args, options) for each in signatures]
    if not signatures:
        return None
    if None in found:
        return _mismatch(signatures[found.index(None)], name, args, options, _wrong_inside)
    if len(signatures) == 1:
        return found[0]
    count = len(args) + len(options)
    plausible = [
        sentence
        for each, sentence in zip(signatures, found)
        if each.required <= count <= len(each.parameters)
    ]
    return plausible[0] if len(plausible) == 1 else _invalid(name, signatures, args, options)


def invalid(name: str, overloads: Sequence[str], args: Any, options: dict[str, Any]) -> str:
    """PyTorch's sentence about arguments that fit none of these signatures."""
    return _invalid(name, [Signature(each, ()) for each in overloads], args, options)


@cache
def _signatures(name: str, is_method: bool) -> tuple[Signature, ...]:
    tables = (METHODS, FUNCTIONS) if is_method else (FUNCTIONS,)
    for table in tables:
        for text, names in table.items():
            if name in names.split():
                for short, whole in SHORT.items():
                    text = text.replace(short, whole)
                of_function = is_method and table is FUNCTIONS
                found = [_without_input(each) if of_function else each for each in text.split(" | ")]
                return tuple([_parsed(each) for each in found if each])
    return ()


def _without_input(text: str) -> str:
    """The signature of the method: without the input and `out`."""
    if not text.startswith(("(Tensor input", "(Tensor* input")):
        return ""
    text = re.sub(r"^\(Tensor\*? input(, )?", "(", text)
    text = re.sub(r",? ?\*, (Tensor|tuple of Tensors) out = None\)$", ")", text)
    return re.sub(r", (Tensor|tuple of Tensors) out = None\)$", ")", text)


def _parsed(text: str) -> Signature:
    parameters, by_keyword = [], False
    for part in text[1:-1].split(", "):
        if part == "*":
            by_keyword = True
        elif part:
            declared, _, default = part.partition(" = ")
            kind, _, name = declared.rpartition(" ")
            parameters.append(Parameter(kind, name, bool(default), by_keyword))
    return Signature(text.replace("*  ", "").replace("Tensor* ", "Tensor "), tuple(parameters))


def _mismatch(
    signature: Signature, name: str, args: Any, options: dict[str, Any], wrong: Any = None
) -> str | None:
    """Why these arguments do not fit one signature; None if they do. `wrong` looks at one of them."""
    parameters = signature.parameters
    most = signature.positional
    takes_many = most == 1 and parameters[0].kind == _LIST
    if len(args) > most and not takes_many:
        return _too_many(signature, name, len(args))
    left, position = set(options), 0
    for index, each in enumerate(parameters):
        by_position = position < len(args)
        if by_position and each.by_keyword:
            return _too_many(signature, name, len(args))
        keyword = "" if by_position else next((key for key in _names_of(each) if key in options), "")
        if not by_position and not keyword:
            if not each.optional:
                return _missing(name, parameters[index:])
            continue
        value = args[position] if by_position else options[keyword]
        left.discard(keyword)
        if by_position and takes_many and not _fits(value, each) and _are_sizes(args):
            value = args
            position = len(args) - 1
        sentence = (wrong or _wrong)(name, each, value, position + 1 if by_position else 0)
        if sentence is not None:
            return sentence
        position += by_position
    return _left_over(signature, name, left) if left else None


def _names_of(parameter: Parameter) -> list[str]:
    return [
        parameter.name,
        *[numpy_name for numpy_name, name in NUMPY_NAMES.items() if name == parameter.name],
    ]


def _too_many(signature: Signature, name: str, given: int) -> str:
    most, least = signature.positional, signature.required
    if most != least:
        return f"{name}() takes from {least} to {most} positional arguments but {given} were given"
    return f"{name}() takes {most} positional argument{'s' * (most != 1)} but {given} {'was' if given == 1 else 'were'} given"


def _missing(name: str, parameters: Any) -> str:
    names = [f'"{each.name}"' for each in parameters if not each.optional]
    plural = "s" if len(names) == 1 else ""  # the other way round than it should be, in PyTorch
    return f"{name}() missing {len(names)} required positional argument{plural}: {', '.join(names)}"


def _left_over(signature: Signature, name: str, left: set[str]) -> str:
    keyword = min(left)
    if any(each.name == keyword for each in signature.parameters):
        return f"{name}() got multiple values for argument '{keyword}'"
    return f"{name}() got an unexpected keyword argument '{keyword}'"


def _wrong(name: str, parameter: Parameter, value: Any, position: int) -> str | None:
    """What is wrong with one argument; `position` is 0 for one given by its name."""
    if value is None and parameter.optional:
        return None
    where = f" (position {position})" if position else ""
    kind = parameter.kind.rstrip("*")
    if not _fits(value, parameter):
        if kind == _LIST and isinstance(value, (tuple, list)):
            found = f"but found element of type {kind_text(value[0])} at pos 0"
            return f"{name}(): argument '{parameter.name}'{where} must be {kind}, {found}"
        return f"{name}(): argument '{parameter.name}'{where} must be {kind}, not {kind_text(value)}"
    return None


def check_kind(value: Any, kind: str, name: str, argument: str, position: int) -> None:
    """Raise `TypeError` for an argument, without a default of None, that is not of this kind."""
    if not _TESTS[kind](value):
        raise TypeError(
            f"{name}(): argument '{argument}' (position {position}) must be {kind}, not {kind_text(value)}"
        )


def _wrong_inside(name: str, parameter: Parameter, value: Any, position: int) -> str | None:
    """What is wrong inside of one argument: PyTorch looks there after it has chosen the signature."""
    if isinstance(value, (tuple, list)):
        for index, each in enumerate(value):
            if parameter.kind == _LIST and not _is_integer(each):
                return (
                    f"{name}(): argument '{parameter.name}' failed to unpack the object at pos {index + 1} with error "
                    f'"type must be {_LIST},but got {kind_text(each)}"'
                )
            if parameter.kind == "tuple of Tensors" and not isinstance(each, TensorBase):
                return f"expected Tensor as element {index} in argument {max(position - 1, 0)}, but got {kind_text(each)}"
    return None


def _is_integer(value: Any) -> bool:
    if isinstance(value, TensorBase):
        return value._array.size == 1 and not value._dtype.is_floating_point
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def _is_number(value: Any) -> bool:
    if isinstance(value, TensorBase):
        return value._array.ndim == 0
    return isinstance(value, (int, float, complex, np.number, np.bool_))


def _are_sizes(value: Any) -> bool:
    return isinstance(value, (tuple, list)) and (not value or _is_integer(value[0]))


def _fits(value: Any, parameter: Parameter) -> bool:
    kind = parameter.kind
    if kind == _LIST:
        return _are_sizes(value) or (_takes_one(parameter) and _is_integer(value))
    test = _TESTS.get(kind)
    return test is None or test(value)


def _takes_one(parameter: Parameter) -> bool:
    """Whether PyTorch takes one number for all dimensions; it does not for the strides of `as_strided`."""
    if parameter.name in ("stride", "padding", "output_padding", "dilation"):
        return parameter.optional
    return parameter.name in ("dim", "shifts", "kernel_size")


_TESTS: dict[str, Callable[[Any], bool]] = {
    "Tensor": lambda value: isinstance(value, TensorBase),
    "Tensor*": lambda value: isinstance(value, TensorBase) or _is_number(value),
    "tuple of Tensors": lambda value: isinstance(value, (tuple, list)),
    "int": _is_integer,
    "Number": _is_number,
    "float": lambda value: _is_number(value) and not isinstance(value, complex),
    "bool": lambda value: isinstance(value, (bool, np.bool_)),
    "str": lambda value: isinstance(value, str),
    "torch.dtype": lambda value: isinstance(value, dtype_class) or value in (float, int, bool, complex),
}


def _type_with_elements(value: Any) -> str:
    """The type of an argument; for a list or a tuple, with those of what is in it."""
    if type(value) not in (list, tuple):
        return kind_text(value)
    inner = ", ".join(map(kind_text, value))
    if isinstance(value, list):
        return f"list of [{inner}]"
    return f"tuple of ({inner}{',' * (len(value) == 1)})"


def _invalid(name: str, signatures: Any, args: Any, options: dict[str, Any]) -> str:
    """The sentence that lists every signature, with what is wrong about those of as many arguments."""
    given = [*map(kind_text, args), *[f"{key}={kind_text(value)}" for key, value in options.items()]]
    described = ", ".join(given) + (", " if options and not args else "")
    lines = [
        f"{name}() received an invalid combination of arguments - got ({described}), but expected one of:"
    ]
    for each in signatures:
        lines.append(f" * {each.text}")
        parts = each.text[1:-1].split(", ")
        if len(parts) != len(given):
            continue
        known = [part.rpartition(" ") for part in parts]  # PyTorch takes a default for the name
        if "*" in parts:  # what follows fits nothing, for PyTorch
            star = parts.index("*")
            known[star:] = [("", "", key) for _, _, key in known[star:]]
        unknown = [key for key in options if key not in [name for _, _, name in known]]
        if unknown:
            why = f"some of the keywords were incorrect: {', '.join(unknown)}"
        else:
            why = f"some of the arguments have invalid types: ({', '.join(_marked(known, args, options))})"
        lines.append(f"      didn't match because {why}")
    return "\n".join((*lines, ""))


def _marked(known: Any, args: Any, options: dict[str, Any]) -> list[str]:
    """The types of the arguments, with marks around those that are not the signature's."""
    found = []
    for index, (kind, _, name) in enumerate(known):
        by_keyword = index >= len(args)
        given = _type_with_elements(options[name] if by_keyword else args[index])
        text = f"{name}={given}" if by_keyword else given
        found.append(text if given == kind else f"!{text}!")
    return found
