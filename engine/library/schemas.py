"""Schemas of operators: `name.overload(Tensor x, int n=2, *, float? eps=None) -> Tensor`.

Source: "PyTorch Custom Operators Manual", "Writing schemas"; `torch.FunctionSchema`.
"""

from __future__ import annotations

import re
from typing import Any

from .types import KINDS, NUMBERED_FORMATS, NUMBERED_LAYOUTS, NUMBERED_TYPES, SHORT_NAMES, Type

TOKEN = re.compile(
    r"\s*(?:(?P<arrow>->)|(?P<number>-?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?)|(?P<ident>[A-Za-z_]\w*)"
    r"|(?P<string>\"[^\"]*\"|'[^']*')|(?P<other>::|[()\[\],?*!=.|:-]))"
)
CONSTANTS = ("None", "True", "False")
UNKNOWN_TYPE = (
    "\nunknown type specifier. Common valid schema types include Tensor, SymInt, int, float, bool, Scalar; for a full list, "
    "please see https://github.com/pytorch/pytorch/blob/main/aten/src/ATen/native/README.md#func "
)


class AliasInfo:
    """Which memory a value shares with another, and whether it is written to."""

    def __init__(self, before: set[str], write: bool, after: set[str]) -> None:
        self.before_set, self.is_write, self.after_set = before, write, after

    def text(self) -> str:
        """As a schema writes it."""
        after = f" -> {'|'.join(sorted(self.after_set))}" if self.after_set != self.before_set else ""
        return f"({'|'.join(sorted(self.before_set))}{'!' if self.is_write else ''}{after})"


class Argument:
    """An argument of an operator, or what it returns."""

    __module__ = "torch"

    def __init__(self, name: str, kind: Type, alias: AliasInfo | None) -> None:
        self.name = name
        self.type = self.real_type = kind
        self.alias_info = alias
        self.default_value: Any = None
        self.default_text: str | None = None
        self.kwarg_only = False
        self.N = kind.size

    @property
    def is_write(self) -> bool:
        """Whether the operator writes to it."""
        return self.alias_info is not None and self.alias_info.is_write

    @property
    def is_out(self) -> bool:
        """Whether it is given for a result to be written to."""
        return self.kwarg_only and self.is_write

    def has_default_value(self) -> bool:
        """Whether it may be left out."""
        return self.default_text is not None

    def text(self) -> str:
        """As a schema writes it."""
        kind = self.type.text(self.alias_info.text() if self.alias_info else "")
        named = f"{kind} {self.name}" if self.name else kind
        return named if self.default_text is None else f"{named}={self.default_text}"


class FunctionSchema:
    """What an operator is called, takes and returns."""

    __module__ = "torch"

    def __init__(
        self, name: str, overload_name: str, arguments: list[Argument], returns: list[Argument]
    ) -> None:
        self.name = name
        self.overload_name = overload_name
        self.arguments = arguments
        self.returns = returns
        self.positional = [each for each in arguments if not each.kwarg_only]

    @property
    def is_mutable(self) -> bool:
        """Whether the operator writes to an argument."""
        return any(each.is_write for each in self.arguments)

    def _is_view_op(self) -> bool:
        return any(each.alias_info is not None and not each.is_write for each in self.arguments)

    def __str__(self) -> str:
        parts = [each.text() for each in self.positional]
        if len(self.positional) < len(self.arguments):
            parts += ["*", *(each.text() for each in self.arguments if each.kwarg_only)]
        returned = [each.text() for each in self.returns]
        bare = len(returned) == 1 and self.returns[0].type.kind != "tuple"
        name = f"{self.name}.{self.overload_name}" if self.overload_name else self.name
        return f"{name}({', '.join(parts)}) -> {returned[0] if bare else '(' + ', '.join(returned) + ')'}"

    __repr__ = __str__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, FunctionSchema) and str(self) == str(other)

    __hash__ = object.__hash__


def parse_schema(text: str) -> FunctionSchema:
    """The schema that a text describes; `RuntimeError` points at what does not belong there."""
    return _Parser(text).schema()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens: list[tuple[str, str, int]] = []
        position = 0
        while text[position:].strip():
            found = TOKEN.match(text, position)
            if found is None:
                position += len(text[position:]) - len(text[position:].lstrip())
                raise RuntimeError(f"expected a valid token but found ' ' here:{self._shown(position, 1)}")
            kind = str(found.lastgroup)
            word = found.group(kind)
            if kind == "other" or word in CONSTANTS:
                kind = word
            self.tokens.append((kind, word, found.start(found.lastgroup or 0)))
            position = found.end()
        self.tokens.append(("eof", "", len(text)))
        self.index = 0

    # ---- tokens --------------------------------------------------------------------------------------------

    def _shown(self, position: int, length: int) -> str:
        if position >= len(self.text):
            return f"\n{self.text}"
        return f"\n{self.text}\n{' ' * position}{'~' * length} <--- HERE\n"

    def _refuse(self, message: str) -> RuntimeError:
        _, word, position = self.tokens[self.index]
        return RuntimeError(f"{message}:{self._shown(position, len(word))}")

    def _at(self, kind: str) -> bool:
        return self.tokens[self.index][0] == kind

    def _take(self, kind: str) -> bool:
        if self._at(kind):
            self.index += 1
            return True
        return False

    def _expect(self, kind: str) -> str:
        found, word, _ = self.tokens[self.index]
        if found != kind:
            raise self._refuse(f"expected {kind} but found '{found}' here")
        self.index += 1
        return word

    # ---- the schema ----------------------------------------------------------------------------------------

    def schema(self) -> FunctionSchema:
        name, overload = self._expect("ident"), ""
        while self._take("::"):
            name += f"::{self._expect('ident')}"
        if self._take("."):
            overload = self._expect("ident")
        if not self._at("("):
            raise self._refuse(f"expected eof but found '{self.tokens[self.index][0]}' here")
        arguments = self._arguments()
        self._expect("arrow")
        returns = self._returns()
        self._expect("eof")
        found = FunctionSchema(name, overload, arguments, returns)
        _check_order(found)
        return found

    def _arguments(self) -> list[Argument]:
        self._expect("(")
        found: list[Argument] = []
        keyword_only = False
        if self._take(")"):
            return found
        while True:
            if self._take("*"):
                keyword_only = True
            else:
                argument = self._typed()
                argument.name = self._expect("ident")
                argument.kwarg_only = keyword_only
                if self._take("="):
                    argument.default_value, argument.default_text = self._default(argument.type)
                found.append(argument)
            if not self._take(","):
                self._expect(")")
                return found

    def _returns(self) -> list[Argument]:
        if not self._at("("):
            return [self._returned()]
        self._expect("(")
        found: list[Argument] = []
        if self._take(")"):
            return found
        if self._at("("):  # a tuple of one, as `((Tensor))`
            (inside,) = self._returns()
            inside.type = Type("tuple", inside.type)
            found.append(inside)
        else:
            found.append(self._returned())
        while self._take(","):
            found.append(self._returned())
        self._expect(")")
        return found

    def _returned(self) -> Argument:
        argument = self._typed()
        if self._at("ident"):
            argument.name = self._expect("ident")
        return argument

    def _typed(self) -> Argument:
        name = self._expect("ident")
        if name not in KINDS:
            self.index -= 1
            raise self._refuse(UNKNOWN_TYPE)
        kind, alias = Type(name), self._alias() if self._at("(") else None
        while True:
            if self._take("?"):
                kind = Type("optional", kind)
            elif self._take("["):
                size = None if self._take("]") else int(self._expect("number"))
                if size is not None:
                    self._expect("]")
                kind = Type("list", kind, size)
                if alias is None and self._at("("):
                    alias = self._alias()
            else:
                return Argument("", kind, alias)

    def _alias(self) -> AliasInfo:
        self._expect("(")
        before, write = self._set(), self._take("!")
        after = self._set() if self._take("arrow") else before
        self._expect(")")
        return AliasInfo(before, write, after)

    def _set(self) -> set[str]:
        if self._take("*"):
            return {"*"}
        found = {self._expect("ident")}
        while self._take("|"):
            found.add(self._expect("ident"))
        return found

    # ---- defaults ------------------------------------------------------------------------------------------

    def _default(self, kind: Type) -> tuple[Any, str]:
        """A default, and its text as PyTorch prints it."""
        if kind.kind == "optional" and kind.inner is not None:
            return (None, "None") if self._take("None") else self._default(kind.inner)
        if kind.kind == "list" and kind.inner is not None:
            return self._default_list(kind)
        if kind.kind == "Tensor":
            self._expect("None")
            return None, "None"
        if kind.kind == "bool":
            for name, truth in (("True", True), ("False", False)):
                if self._take(name):
                    return truth, name
        if kind.kind in ("str", "Device"):
            value = self._expect("string")[1:-1]
            return kind.cast(value), f'"{value}"' if kind.kind == "str" else value
        if self._at("ident"):
            return self._named_default(kind)
        word = self._expect("number")
        if kind.kind == "float" or (kind.kind == "Scalar" and not word.lstrip("-").isdigit()):
            return float(word), shown_float(float(word))
        return (int(word) if word.lstrip("-").isdigit() else float(word)), word

    def _named_default(self, kind: Type) -> tuple[Any, str]:
        word = self.tokens[self.index][1]
        if kind.kind in ("int", "SymInt") and word in ("Mean", "Sum"):
            self.index += 1
            return (number := {"Mean": 1, "Sum": 2}[word]), str(number)
        for names, kinds in (
            (NUMBERED_TYPES, "ScalarType int"),
            (NUMBERED_LAYOUTS, "Layout int"),
            (NUMBERED_FORMATS, "MemoryFormat int"),
        ):
            name = SHORT_NAMES.get(word, word)
            if kind.kind in kinds.split() and name in names:
                self.index += 1
                number = names.index(name)
                return (None if kind.kind == "MemoryFormat" else kind.cast(number)), str(number)
        raise RuntimeError(
            f"\ninvalid numeric default value:{self._shown(self.tokens[self.index + 1][2], 1)}"
        )

    def _default_list(self, kind: Type) -> tuple[Any, str]:
        inner: Any = kind.inner
        if kind.size is not None and not self._at("["):
            value, text = self._default(inner)
            return [value] * kind.size, text
        self._expect("[")
        found: list[tuple[Any, str]] = []
        while not self._take("]"):
            if found:
                self._expect(",")
            found.append(self._default(inner))
        return [value for value, _ in found], f"[{', '.join(text for _, text in found)}]"


def shown_float(value: float) -> str:
    """A number as PyTorch prints the defaults of floats: all its digits, and a point behind whole ones."""
    text = f"{value:.17g}"
    return f"{text}." if text.lstrip("-").isdigit() else text


def _check_order(schema: FunctionSchema) -> None:
    defaults = False
    for each in schema.positional:
        if defaults and not each.has_default_value():
            raise RuntimeError(
                '!seen_default_arg || arg.kwarg_only() INTERNAL ASSERT FAILED at "aten/src/ATen/core/function_schema.h":342, '
                "please report a bug to PyTorch. Non-default positional argument follows default argument. Parameter "
                f"{each.name} in {schema}"
            )
        defaults = each.has_default_value()
