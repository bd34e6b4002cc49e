"""Arguments of a call beside the schema of an operator, and results: both converted, or refused in PyTorch's words."""

from __future__ import annotations

from typing import Any

from .schemas import Argument, FunctionSchema
from .types import CastError


def bound(
    schema: FunctionSchema, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[list[Any], dict[str, Any]]:
    """The arguments as a kernel gets them: by position, and those that have names only.

    What equals its default at the end is left out, as PyTorch leaves it out: a kernel has defaults of its own.
    """
    arguments, positional = schema.arguments, schema.positional
    if len(args) + len(kwargs) > len(arguments):
        raise RuntimeError(
            f"{schema.name}() expected at most {len(arguments)} argument(s) but received {len(args) + len(kwargs)} argument(s). "
            f"Declaration: {schema}"
        )
    if len(args) > len(positional):
        raise RuntimeError(
            f"{schema.name}() takes {len(positional)} positional argument(s) but {len(args)} was/were given.  Declaration: "
            f"{schema}"
        )
    found, used = [], 0
    for number, argument in enumerate(arguments):
        if number < len(args):
            found.append(_cast(schema, argument, number, args[number]))
        elif argument.name in kwargs:
            used += 1
            found.append(_cast(schema, argument, number, kwargs[argument.name]))
        elif argument.has_default_value():
            found.append(argument.default_value)
        else:
            raise RuntimeError(
                f"{schema.name}() is missing value for argument '{argument.name}'. Declaration: {schema}"
            )
    if used < len(kwargs):
        _refuse_keyword(schema, args, kwargs)
    return trimmed(schema, found)


def _cast(schema: FunctionSchema, argument: Argument, number: int, value: Any) -> Any:
    try:
        return argument.type.cast(value)
    except CastError as refused:
        shown = "Tensor" if hasattr(value, "grad_fn") else type(value).__name__
        raise RuntimeError(
            f"{schema.name}() Expected a value of type '{argument.type}' for argument '{argument.name}' but instead found type "
            f"'{shown}'.\nPosition: {number}\nValue: {value!r}\nDeclaration: {schema}\nCast error details: {refused}"
        ) from None


def _refuse_keyword(schema: FunctionSchema, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
    names = [each.name for each in schema.arguments]
    for name in kwargs:
        if name not in names:
            raise RuntimeError(
                f"Unknown keyword argument '{name}' for operator '{schema.name}'. Schema: {schema}"
            )
        if names.index(name) < len(args):
            raise RuntimeError(
                f"Argument '{name}' specified both as positional and keyword argument. Schema: {schema}"
            )


def trimmed(schema: FunctionSchema, values: list[Any]) -> tuple[list[Any], dict[str, Any]]:
    """Values for all arguments, without the defaults at the end."""
    number = len(schema.positional)
    keyword_only = {
        argument.name: value
        for argument, value in zip(schema.arguments[number:], values[number:])
        if not _is_default(argument, value)
    }
    positional = values[:number]
    while positional and _is_default(schema.positional[len(positional) - 1], positional[-1]):
        positional.pop()
    return positional, keyword_only


def _is_default(argument: Argument, value: Any) -> bool:
    return (
        argument.has_default_value()
        and type(value) is type(argument.default_value)
        and value == argument.default_value
    )


def filled(
    schema: FunctionSchema, args: Any, keyword_only: dict[str, Any]
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """The arguments with the defaults that were left out."""
    rest = schema.positional[len(args) :]
    names = {
        each.name: keyword_only.get(each.name, each.default_value)
        for each in schema.arguments
        if each.kwarg_only
    }
    return (*args, *[each.default_value for each in rest]), names


def returned(schema: FunctionSchema, result: Any) -> Any:
    """What a kernel returned as the types of the schema; `RuntimeError` or `TypeError` for what is not of them."""
    kinds = [each.type for each in schema.returns]
    if not kinds:
        if result is not None:
            raise RuntimeError(
                f"Expected PythonKernelHolder for {schema.name} to return None but it returned something else instead."
            )
        return None
    try:
        if len(kinds) == 1:
            return kinds[0].cast(result)
        if not isinstance(result, (tuple, list)):
            shown = "Tensor" if hasattr(result, "grad_fn") else type(result).__name__
            raise TypeError(f"Object of type '{shown}' is not an instance of 'sequence'")
        found = tuple([kind.cast(value) for kind, value in zip(kinds, result)])
    except CastError as refused:
        raise RuntimeError(str(refused)) from None
    return found if len(found) != 1 else found[0]
