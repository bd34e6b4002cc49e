"""A case as a few lines to paste into a fresh interpreter."""

from __future__ import annotations

import ast
import json
import os
import re
from functools import cache

from .adapters import BUNDLED
from .case import Case, parsed
from .showing import as_text, visible
from .values import kind
from .verdict import WHOLE, Finding

RAISES = """\
def raises(call):
    try:
        return call()
    except BaseException as error:
        return f"{type(error).__name__}: {error}"
"""

CAUGHT = """\
class raises:
    def __init__(self, call):
        self.value = self.error = None
        try:
            self.value = call()
        except BaseException as error:
            self.error = error
    def __repr__(self):
        return f"{type(self.error).__name__}: {self.error}" if self.error else repr(self.value)
"""
"""The same, for a case that looks at the error itself."""

GRAPH = """\
def graph(node):
    seen = [node] if node else []
    for node in seen:
        print("   ", node.name(), [following and following.name() for following, _ in node.next_functions])
        for following, _ in node.next_functions:
            if following and following not in seen:
                seen.append(following)
"""

NUMBERS = """\
def shown(value):
    if isinstance(value, (list, tuple)):
        return [shown(item) for item in value]
    if isinstance(value, dict):
        return {key: shown(item) for key, item in value.items()}
    return value.tolist() if hasattr(value, "tolist") else value
"""
"""For tensors behind an adapter, which need not print."""

SHOWN = {
    "value": "{}.tolist()",
    "dtype": "{}.dtype",
    "shape": "{}.shape",
    "requires_grad": "{}.requires_grad",
    "is_leaf": "{}.is_leaf",
    "version": "{}._version",
    "grad_fn": 'getattr({0}, "grad_fn", {0})',
    "graph": 'graph(getattr({0}, "grad_fn", {0}))',
}
"""How to show an aspect that printing the observation does not show."""

RANDOM = re.compile(
    r"""[."'](?:rand|normal|uniform|bernoulli|dropout|multinomial|exponential|initial_seed)"""
)
LONGEST = 20


def snippet(case: Case, subject_spec: str, finding: Finding | None = None, device: str = "cpu") -> str:
    """The case as text that runs on the named subject, pasted into an interpreter or saved as a script.

    With a finding, the aspect that differs is printed too, and a comment at the end says what PyTorch shows.
    """
    module = _module(case.file)
    name = case.function.__name__
    used = module.used_by(name)
    blocks = [f"# {case.id}", *subject_lines(subject_spec, device), *module.imports(used)]
    body = [module.text_of(definition) for definition in module.definitions_of(used)]
    body.append(module.text_of(name))
    if RANDOM.search("\n".join(body)):
        blocks.append("torch.manual_seed(0)")
    if finding is not None and finding.observation == "warnings":
        blocks += ["import warnings", 'warnings.simplefilter("always")']
    if any("__file__" in text for text in body):  # pasted lines have none
        blocks.append(f"__file__ = {_quoted(os.path.basename(case.file))}")
    blocks.append("")
    plain = _plain(subject_spec.partition("@")[0], device)
    if "raises" in used:
        blocks.append(CAUGHT if any(").error" in text for text in body) else RAISES)
    if not plain:
        blocks.append(NUMBERS)
    if finding is not None and _expression(finding).startswith("graph("):
        blocks.append(GRAPH)
    blocks += [*body, _loop(name, module.labels_all(name), finding, "value" if plain else "shown(value)")]
    if finding is not None:
        blocks.append(_expected(finding))
    return "\n".join(blocks) + "\n"


def subject_lines(spec: str, device: str) -> list[str]:
    """The lines of a snippet that bind the subject to the name `torch`."""
    spec, _, interpreter = spec.partition("@")
    plain = _plain(spec, device)
    lines = []
    if interpreter:
        place = "" if plain else ", in the folder of this suite"
        lines = [f"# to be run by {_quoted(interpreter)}{place}"]
    if plain:
        return [*lines, "import torch" if spec == "torch" else f"import {spec} as torch"]
    arguments = ", ".join(map(_quoted, [spec] if device == "cpu" else [spec, device]))
    return [*lines, "from conformance.subject import load", f"torch = load({arguments}).namespace"]


def _plain(spec: str, device: str) -> bool:
    """Whether a subject is a module that can be imported in the place of PyTorch."""
    return device == "cpu" and spec not in BUNDLED and all(part.isidentifier() for part in spec.split("."))


def _loop(name: str, labelled: bool, finding: Finding | None, shown: str) -> str:
    if labelled:
        lines = [f"for label, value in {name}(torch):"]
    else:
        lines = [
            f"for number, seen in enumerate({name}(torch), 1):",
            "    labelled = isinstance(seen, tuple) and len(seen) == 2 and isinstance(seen[0], str)",
            '    label, value = seen if labelled else (f"observation {number}", seen)',
        ]
    lines.append(f'    print(label, {shown}, sep=": ")')
    if finding is not None and finding.aspect == "text" and shown != "value":
        label, path = _split(finding.observation)
        lines += [f"    if label == {_quoted(label)}:", f'        print("text:", value{path})']
    if finding is not None and (expression := _expression(finding)):
        label, _ = _split(finding.observation)
        called = (
            expression
            if expression.startswith("graph(")
            else f"print({_quoted(finding.aspect + ':')}, {shown.replace('value', expression)})"
        )
        lines += [f"    if label == {_quoted(label)}:", f"        {called}"]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _expression(finding: Finding) -> str:
    """What to print beside an observation so that a finding can be seen; empty if that shows it itself."""
    if finding.aspect == "value" and not kind(finding.reference) == kind(finding.subject) == "tensor":
        return ""
    _, path = _split(finding.observation)
    return SHOWN.get(finding.aspect, "").format(f"value{path}")


def _split(label: str) -> tuple[str, str]:
    """The label that a case yielded, and the way to the item: `grads (2)[0]` is the first of the second `grads`."""
    found = re.fullmatch(r"(.+?)(?: \(\d+\))?((?:\[(?:\d+|'[^'\\\[\]]*')\])*)", label, re.DOTALL)
    return (found[1], found[2]) if found else (label, "")


def _expected(finding: Finding) -> str:
    if finding.aspect in WHOLE:
        lines = [f"# {_quoted(finding.observation)}: {' '.join(visible(finding.note).split())}"]
        if isinstance(finding.reference, str) and finding.aspect == "error type":
            lines = [f"# PyTorch raises for {_quoted(finding.observation)}:", *_indented(finding.reference)]
        return "\n".join(lines)
    return "\n".join(
        [
            f"# PyTorch shows as {finding.aspect} of {_quoted(finding.observation)}:",
            *_indented(as_text(finding.aspect, finding.reference)),
        ]
    )


def _indented(text: str) -> list[str]:
    lines = visible(text).split("\n")
    rest = len(lines) - LONGEST
    shown = [f"#     {line}" for line in lines[:LONGEST]]
    return [*shown, f"#     … {rest} lines more"] if rest > 0 else shown


class _Module:
    """A catalog module's text, taken apart into what stands at its top level."""

    def __init__(self, file: str):
        text, tree = parsed(file)
        self.lines = text.splitlines()
        self.nodes: dict[str, ast.stmt] = {}
        self._used: dict[str, set[str]] = {}
        self._texts: dict[str, str] = {}
        for node in tree.body:
            for name in _names_bound(node):
                self.nodes[name] = node

    def used_by(self, name: str) -> list[str]:
        """The module's names that a definition uses, directly or through others, in the order of the text."""
        found: set[str] = set()
        waiting = [name]
        while waiting:
            for used in self._names_used_by(waiting.pop()):
                if used in self.nodes and used not in found and used != name:
                    found.add(used)
                    waiting.append(used)
        return [name for name in self.nodes if name in found]

    def _names_used_by(self, name: str) -> set[str]:
        if name not in self._used:
            self._used[name] = _names_used(self.nodes[name])
        return self._used[name]

    def imports(self, names: list[str]) -> list[str]:
        """The import statements that bind any of the names, but for the suite's own."""
        lines = []
        for name in names:
            node = self.nodes[name]
            if (
                isinstance(node, (ast.Import, ast.ImportFrom))
                and getattr(node, "module", "") != "conformance"
            ):
                alias = next(
                    alias for alias in node.names if (alias.asname or alias.name.split(".")[0]) == name
                )
                lines.append(ast.unparse(_import_of(node, alias)))
        return list(dict.fromkeys(lines))

    def definitions_of(self, names: list[str]) -> list[str]:
        """Those of the names that are defined here rather than imported; once for each statement."""
        once = {id(self.nodes[name]): name for name in reversed(names)}
        return [
            name
            for name in names
            if once[id(self.nodes[name])] == name
            and not isinstance(self.nodes[name], (ast.Import, ast.ImportFrom))
        ]

    def text_of(self, name: str) -> str:
        """A definition's text without blank lines, as an interactive interpreter takes it.

        A case is taken without its decorator.
        """
        if name not in self._texts:
            self._texts[name] = self._text_of(self.nodes[name])
        return self._texts[name]

    def _text_of(self, node: ast.stmt) -> str:
        start, stop = node.lineno, node.end_lineno or node.lineno
        decorators = getattr(node, "decorator_list", [])
        if decorators and not any(_is_case(decorator) for decorator in decorators):
            start = decorators[0].lineno
        inside = {line for first, last in _long_strings(node) for line in range(first + 1, last + 1)}
        kept = [
            self.lines[number - 1]
            for number in range(start, stop + 1)
            if number in inside or self.lines[number - 1].strip()
        ]
        block = isinstance(node, (ast.FunctionDef, ast.ClassDef))
        return "\n".join(kept) + ("\n" if block else "")

    def labels_all(self, name: str) -> bool:
        """Whether every observation of a case visibly is a pair of label and value."""
        yields = [node for node in _walk(self.nodes[name]) if isinstance(node, (ast.Yield, ast.YieldFrom))]
        return all(isinstance(node.value, ast.Tuple) and len(node.value.elts) == 2 for node in yields)


@cache
def _module(file: str) -> _Module:
    return _Module(file)


@cache
def _walk(node: ast.stmt) -> list[ast.AST]:
    """A statement and everything below it, which is looked through more than once; `ast.walk` takes twice as long."""
    nodes: list[ast.AST] = [node]
    for each in nodes:
        for name in each._fields:
            below = getattr(each, name, None)
            if isinstance(below, ast.AST):
                nodes.append(below)
            elif isinstance(below, list):
                nodes += [item for item in below if isinstance(item, ast.AST)]
    return nodes


def _is_case(decorator: ast.expr) -> bool:
    return (
        isinstance(decorator, ast.Call)
        and isinstance(decorator.func, ast.Name)
        and decorator.func.id == "case"
    )


def _import_of(node: ast.Import | ast.ImportFrom, alias: ast.alias) -> ast.stmt:
    if isinstance(node, ast.Import):
        return ast.Import([alias])
    return ast.ImportFrom(node.module, [alias], node.level)


def _names_bound(node: ast.stmt) -> list[str]:
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.split(".")[0] for alias in node.names]
    if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return [
            name.id
            for name in ast.walk(node)
            if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store)
        ]
    return []


def _names_used(node: ast.stmt) -> set[str]:
    """The names that a definition reads from its module: what it binds itself is not looked up there."""
    decorators = getattr(node, "decorator_list", [])
    declaring = {part for decorator in decorators if _is_case(decorator) for part in ast.walk(decorator)}
    read: set[str] = set()
    own: set[str] = set()
    for part in _walk(node):
        if isinstance(part, ast.Name) and part not in declaring:
            (read if isinstance(part.ctx, ast.Load) else own).add(part.id)
        elif isinstance(part, ast.arg):
            own.add(part.arg)
        elif isinstance(part, ast.FunctionDef) and part is not node:
            own.add(part.name)
    return read - own


def _long_strings(node: ast.stmt) -> list[tuple[int, int]]:
    return [
        (part.lineno, part.end_lineno or part.lineno)
        for part in _walk(node)
        if isinstance(part, ast.JoinedStr) or (isinstance(part, ast.Constant) and isinstance(part.value, str))
    ]
