"""The schema of a function, read off the annotations of its parameters. Source: torch.library.infer_schema."""

from __future__ import annotations

import collections.abc
import inspect
import typing
from collections.abc import Callable, Iterator
from types import GenericAlias
from typing import Any

from ..device import device
from ..dtypes import dtype
from ..tensor import Tensor
from ..types import Number
from .names import Tag, as_tags

WRONG_MUTATES = "mutates_args must either be a sequence of the names of the arguments that are mutated or the string 'unknown'. "


def _lists_of(kind: Any) -> tuple[Any, ...]:
    typed: Any = typing
    return (
        typed.Sequence[kind],
        typed.List[kind],
        GenericAlias(collections.abc.Sequence, (kind,)),
        GenericAlias(list, (kind,)),
    )


def _forms(kind: Any, name: str, forms: str) -> Iterator[tuple[Any, str]]:
    """The annotations around a type: itself, optional, and as `forms` says in lists, of optionals, or optional lists."""
    optional: Any = typing.Optional
    yield kind, name
    yield optional[kind], f"{name}?"
    if "list" in forms:
        yield from [(each, f"{name}[]") for each in _lists_of(kind)]
    if "elements" in forms:
        yield from [(each, f"{name}?[]") for each in _lists_of(optional[kind])]
    if "whole" in forms:
        yield from [(optional[each], f"{name}[]?") for each in _lists_of(kind)]


GroupName = typing.NewType("GroupName", str)  # what distributed operators call a group of processes
GroupName.__module__ = "torch.distributed.distributed_c10d"
PARAMETERS: dict[Any, str] = {
    annotation: name
    for kind, base, forms in (
        (Tensor, "Tensor", "list elements"),
        (int, "SymInt", "list whole"),
        (float, "float", "list whole"),
        (bool, "bool", "list whole"),
        (str, "str", ""),
        (Number, "Scalar", "list"),
        (dtype, "ScalarType", ""),
        (device, "Device", ""),
        (GroupName, "str", ""),
    )
    for annotation, name in _forms(kind, base, forms)
}
RETURNS: dict[Any, str] = {
    Tensor: "Tensor",
    typing.List[Tensor]: "Tensor[]",  # noqa: UP006
    list[Tensor]: "Tensor[]",
    int: "SymInt",
    float: "float",
    bool: "bool",
    Number: "Scalar",
}


def infer_schema(
    prototype_function: Callable[..., Any],
    /,
    *,
    mutates_args: Any,
    op_name: str | None = None,
    tags: Any = (),
) -> str:
    """The schema that the annotations of a function describe.

    `mutates_args` names the parameters that it writes to, or is "unknown". Raises `ValueError` for annotations that no schema
    can express. Source: torch.library.infer_schema.
    """
    return _Inferred(prototype_function, mutates_args, as_tags(tags)).schema(op_name)


class _Inferred:
    def __init__(self, function: Callable[..., Any], mutates_args: Any, tags: list[Any]) -> None:
        self.function = function
        self.signature = inspect.signature(function)
        self.is_in_place, self.is_out = Tag.inplace in tags, Tag.out in tags
        if self.is_in_place and self.is_out:
            raise AssertionError("torch.Tag.inplace and torch.Tag.out are mutually exclusive")
        self.mutates = mutates_args if isinstance(mutates_args, str) else tuple(mutates_args)
        self.outs: list[tuple[str, str]] = []  # names and aliases
        self.first: tuple[str, str, str] | None = None  # the first parameter's name, type and alias

    def refusal(self, what: str) -> ValueError:
        text = f"infer_schema(func): {what} Got func with signature {self.signature})"
        for each in (dtype, device):
            text = text.replace(f"{each.__module__}.{each.__name__}", f"torch.{each.__name__}")
        return ValueError(text)

    def schema(self, op_name: str | None) -> str:
        parts: list[str] = []
        for number, (name, parameter) in enumerate(self.signature.parameters.items()):
            if parameter.kind not in (parameter.POSITIONAL_OR_KEYWORD, parameter.KEYWORD_ONLY):
                raise self.refusal("We do not support positional-only args, varargs, or varkwargs.")
            if parameter.kind is parameter.KEYWORD_ONLY and "*" not in parts:
                parts.append("*")
            parts.append(self._parameter(number, name, parameter))
        if self.mutates != "unknown" and (unseen := set(self.mutates) - set(self.signature.parameters)):
            raise self.refusal(
                f"{unseen} in mutates_args were not found in the custom op's signature. mutates_args should contain the names of "
                "all args that the custom op mutates, or just the string 'unknown' if you don't know."
            )
        return f"{op_name or ''}({', '.join(parts)}) -> {self._returned()}"

    def _evaluated(self, annotation: Any) -> Any:
        if isinstance(annotation, str):
            try:
                return eval(annotation, self.function.__globals__)
            except NameError as error:
                raise self.refusal(
                    f"Unsupported type annotation {annotation}. It is not a type. ({error}). If you are using 'from __future__ "
                    "import annotations', note that annotations are evaluated lazily as strings; make sure all types referenced "
                    "in annotations are importable at module scope, not only inside a local function."
                ) from error
            except Exception as error:
                raise self.refusal(
                    f"Unsupported type annotation {annotation}. It is not a type. ({type(error).__name__}: {error})"
                ) from error
        origin, args = typing.get_origin(annotation), typing.get_args(annotation)
        if origin is not None and any(isinstance(each, str) for each in args):
            return GenericAlias(origin, tuple([self._evaluated(each) for each in args]))
        return annotation

    # ---- parameters ----------------------------------------------------------------------------------------

    def _parameter(self, number: int, name: str, parameter: inspect.Parameter) -> str:
        if parameter.annotation is parameter.empty:
            raise self.refusal(f"Parameter {name} must have a type annotation.")
        kind = self._kind(name, parameter)
        if self.first is None and parameter.kind is parameter.POSITIONAL_OR_KEYWORD:
            self.first = (name, kind, f"a{number}")
        if self._is_mutated(name, kind):
            kind = f"Tensor(a{number}!){kind[len('Tensor') :]}"
            if self.is_out:
                if parameter.kind is not parameter.KEYWORD_ONLY:
                    raise self.refusal("torch.Tag.out requires mutable arguments to be keyword-only.")
                if not kind.endswith(")"):
                    raise self.refusal("torch.Tag.out only supports mutable keyword-only Tensor arguments.")
                self.outs.append((name, f"a{number}"))
        if parameter.default is parameter.empty:
            return f"{kind} {name}"
        return f"{kind} {name}={self._default(name, parameter.default)}"

    def _kind(self, name: str, parameter: inspect.Parameter) -> str:
        annotation = self._evaluated(parameter.annotation)
        try:
            return PARAMETERS[annotation]
        except (KeyError, TypeError):
            pass
        valid = f"The valid types are: {PARAMETERS.keys()}."
        unsupported = f"Parameter {name} has unsupported type {parameter.annotation}."
        if typing.get_origin(annotation) is not tuple:
            raise self.refusal(f"{unsupported} {valid}")
        suggested = _as_list(annotation)
        example = f"For example, {suggested}.\n\n" if suggested in PARAMETERS else "\n\n"
        raise self.refusal(
            f"{unsupported} We do not support Tuple inputs in schema. As a workaround, please try to use List instead. "
            f"{example}{valid}"
        )

    def _is_mutated(self, name: str, kind: str) -> bool:
        if isinstance(self.mutates, str):
            if self.mutates != "unknown":
                raise ValueError(WRONG_MUTATES)
            return kind.startswith("Tensor")
        if name not in self.mutates:
            return False
        if not kind.startswith("Tensor"):
            raise self.refusal(
                f"Parameter {name} is in mutable_args but only Tensors or collections of Tensors can be mutated"
            )
        return True

    def _default(self, name: str, default: Any) -> str:
        if default is None or isinstance(default, (int, float, bool)):
            return str(default)
        if isinstance(default, (str, device)):
            return f'"{default}"'
        if isinstance(default, dtype):
            return str(default).removeprefix("torch.")
        raise self.refusal(
            f"Parameter {name} has an unsupported default value type {type(default)}. Please file an issue on GitHub so we can "
            "prioritize this."
        )

    # ---- results -------------------------------------------------------------------------------------------

    def _returned(self) -> str:
        if self.is_in_place:
            self._check_in_place()
        if self.is_out and not self.outs:
            raise self.refusal("torch.Tag.out requires at least one mutable keyword-only Tensor argument.")
        annotation = self._evaluated(self.signature.return_annotation)
        if self.is_out:
            return self._outs(annotation)
        found = self._results(annotation)
        if not self.is_in_place:
            return found
        if found != "Tensor":
            raise self.refusal("torch.Tag.inplace requires the return annotation to be torch.Tensor.")
        return f"Tensor({self.first[2]}!)"  # type: ignore[index]

    def _results(self, annotation: Any) -> str:
        if annotation is None:
            return "()"
        if annotation is inspect.Parameter.empty:
            raise self.refusal("No return type annotation was provided. Please add one.")
        several = typing.get_origin(annotation) is tuple
        kinds = typing.get_args(annotation) if several else (annotation,)
        if any(each not in RETURNS for each in kinds):
            raise self.refusal(f"Return has unsupported type {annotation}. The valid types are: {RETURNS}.")
        names = ", ".join([RETURNS[each] for each in kinds])
        if not several:
            return names
        return f"(({names}))" if len(kinds) == 1 else f"({names})"

    def _check_in_place(self) -> None:
        if self.first is None:
            raise self.refusal("torch.Tag.inplace requires a positional Tensor argument.")
        if self.first[1] != "Tensor":
            raise self.refusal("torch.Tag.inplace requires the first positional argument to be a Tensor.")
        if isinstance(self.mutates, str) or set(self.mutates) != {self.first[0]}:
            raise self.refusal(
                f"torch.Tag.inplace requires mutates_args to contain exactly the first positional argument, got {self.mutates}."
            )

    def _outs(self, annotation: Any) -> str:
        fits = (
            annotation is Tensor
            if len(self.outs) == 1
            else typing.get_args(annotation) == (Tensor,) * len(self.outs)
        )
        if not fits:
            names = tuple(name for name, _ in self.outs)
            raise self.refusal(
                f"torch.Tag.out requires the return annotation to match the mutable keyword-only Tensor arguments {names}."
            )
        returned = [f"Tensor({alias}!)" for _, alias in self.outs]
        return returned[0] if len(returned) == 1 else f"({', '.join(returned)})"


def _as_list(annotation: Any) -> Any:
    """The list annotation to be used instead of a tuple's."""
    args = typing.get_args(annotation)
    if not args:
        return list
    if len(args) == 1 or (len(args) == 2 and args[1] is Ellipsis):
        return GenericAlias(list, (args[0],))
    return GenericAlias(list, (typing.Union[args],))  # noqa: UP007 - of a tuple
