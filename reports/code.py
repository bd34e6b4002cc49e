"""Python source with light highlighting: a handful of classes, so that pages stay small."""

from __future__ import annotations

from markupsafe import Markup, escape
from pygments.lexers.python import PythonLexer
from pygments.token import Comment, Keyword, Name, Number, Operator, String, _TokenType

from .text import visible

_CLASSES = (
    (Comment, "c"),
    (String, "s"),
    (Number, "m"),
    (Name.Decorator, "a"),
    (Keyword, "k"),
    (Operator.Word, "k"),
)


def highlighted(source: str) -> Markup:
    """Return the source as HTML, its keywords, texts, numbers, comments and decorators in elements of their own."""
    html: list[Markup] = []
    pending, pending_class = "", ""
    for token, text in PythonLexer(stripnl=False).get_tokens(visible(source)):
        name = _class_of(token)
        if name != pending_class and text.strip():
            html.append(_element(pending, pending_class))
            pending, pending_class = "", name
        pending += text
    html.append(_element(pending, pending_class))
    return Markup("").join(html)


def _class_of(token: _TokenType) -> str:
    return next((name for kind, name in _CLASSES if token in kind), "")


def _element(text: str, name: str) -> Markup:
    return Markup('<i class="{}">{}</i>').format(name, text) if name else escape(text)
