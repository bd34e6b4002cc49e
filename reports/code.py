"""Python source with light highlighting: enough to read by, and nothing that makes pages grow."""

from __future__ import annotations

import keyword
import re
from html import escape

from markupsafe import Markup

from .text import visible

_QUOTED = r'(?s:"""(?:\\.|.)*?"""|' + r"'''(?:\\.|.)*?''')" + r"""|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*'"""
_TOKENS = re.compile(
    "|".join(
        [
            r"(?P<c>#[^\n]*)",
            rf"(?P<s>\b[rbfuRBFU]{{1,2}}(?:{_QUOTED})|{_QUOTED})",
            r"(?P<a>^[ ]*@[\w.]+)",
            rf"(?P<k>\b(?:{'|'.join(keyword.kwlist)})\b)",
            r"(?P<m>\b(?:\d[\d_]*\.?\d*(?:[eE][-+]?\d+)?|0[xX][\da-fA-F]+)j?\b|\B\.\d+)",
        ]
    ),
    re.MULTILINE,
)


def highlighted(source: str) -> Markup:
    """The source as HTML: comments, texts, decorators, keywords and numbers are elements of their own."""
    html, end = [], 0
    text = visible(source)
    for token in _TOKENS.finditer(text):
        before = escape(text[end : token.start()])
        html.append(f"{before}<i class={token.lastgroup}>{escape(token[0])}</i>")
        end = token.end()
    return Markup("".join([*html, escape(text[end:])]))
