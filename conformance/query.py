"""One small language that says which cases are meant; `docs/queries.md` shows it.

The report's page understands the same, by `reports/templates/query.js`; one table of examples holds for both.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, NoReturn

from .aspects import ASPECTS
from .verdict import AGREEMENT, DEPARTURES, NOT_JUDGED, ORDER

Row = Mapping[str, Any]
"""A case as a query sees it: its `id`, `claim`, `document`, `rows` and `topic`; `verdicts`, by the subject's
name; and `aspects`, by that name the worst verdict on each aspect."""

FIELDS = ("document", "topic", "verdict", "aspect", "subject")
WORDS = {"verdict": (*ORDER, NOT_JUDGED), "aspect": (*ASPECTS, "label", "end")}
DEEPEST = 50

TOKEN = re.compile(r'\s*(?:([()!])|"([^"]*)("?)|([^\s()"]+))')
FIELD = re.compile(r"([A-Za-z_]+):(?!:)(.*)")
KEY = re.compile(r"([a-z])\d*")


class QueryError(ValueError):
    """A query that cannot be understood: why, and at which of its characters, counted from 0."""

    def __init__(self, message: str, position: int, text: str):
        """Show the query below the sentence, and a caret under the character."""
        shown = "".join(letter if letter.isprintable() else "·" for letter in text)
        super().__init__(f"{message}\n  {shown}\n  {' ' * position}^")
        self.message, self.position = message, position


class _Token(NamedTuple):
    """A piece of a query: `kind` is `(`, `)`, `!`, `word`, `phrase` or `end`."""

    kind: str
    text: str
    start: int
    stop: int

    def means(self, *words: str) -> bool:
        return self.kind == "word" and self.text.lower() in words


class _Term(NamedTuple):
    """Whether a row fits, given the subjects that are spoken of; `judges` if that depends on each of them."""

    fits: Callable[[Row, Sequence[str]], bool]
    judges: bool = False


class _Value(NamedTuple):
    """What is looked for, cut where a `*` stands for any text."""

    parts: list[str]

    def equals(self, text: str) -> bool:
        """Whether it is the text as a whole."""
        text = _plain(text)
        first, *middle, last = self.parts if len(self.parts) > 1 else (*self.parts, "")
        if len(self.parts) == 1:
            return text == first
        at, end = len(first), len(text) - len(last)
        if end < at or not (text.startswith(first) and text.endswith(last)):
            return False
        for part in middle:
            found = text.find(part, at, end)
            if found < 0:
                return False
            at = found + len(part)
        return True

    def stands_in(self, text: str) -> bool:
        """Whether it is somewhere in the text; with a `*`, the text as a whole."""
        return self.parts[0] in _plain(text) if len(self.parts) == 1 else self.equals(text)

    def names(self, subject: str) -> bool:
        """Whether it is a subject's name, or the first words of it."""
        return self.equals(subject) or (
            len(self.parts) == 1 and _plain(subject).startswith(f"{self.parts[0]} ")
        )


def compile_query(text: str, subjects: Sequence[str] | None = None) -> Callable[[Row], bool]:
    """What says of a row whether a query means it; one without any term means all.

    `subjects` are the names that rows will have verdicts for: with none, a query that asks for verdicts is
    refused, and so is one that names another subject. Raises `QueryError`.
    """
    term = _Reader(text, subjects).whole()
    return lambda row: term.fits(row, list(row["verdicts"]))


class _Reader:
    """Reads a query from left to right, a method for each kind of part."""

    def __init__(self, text: str, subjects: Sequence[str] | None):
        self.text, self.subjects = text, subjects
        self.tokens = list(self._tokens())
        self.depth = 0

    def whole(self) -> _Term:
        if self.tokens[0].kind == "end":
            return _Term(lambda row, names: True)
        term = self._either()
        if self.tokens[0].kind != "end":
            self._refuse("this parenthesis closes nothing", self.tokens[0].start)
        return term

    def _either(self) -> _Term:
        terms = [self._group()]
        while self.tokens[0].means("or"):
            self.tokens.pop(0)
            terms.append(self._group())
        if len(terms) == 1:
            return terms[0]
        return _Term(lambda row, names: any(term.fits(row, names) for term in terms))

    def _group(self) -> _Term:
        """Terms side by side: where one judges a subject, all of them speak of the same one."""
        terms = [self._term()]
        while self.tokens[0].kind not in (")", "end") and not self.tokens[0].means("or"):
            if self.tokens[0].means("and"):
                self.tokens.pop(0)
            terms.append(self._term())
        if len(terms) == 1:
            return _Term(terms[0].fits)
        if not any(term.judges for term in terms):
            return _Term(lambda row, names: all(term.fits(row, names) for term in terms))
        return _Term(lambda row, names: any(all(term.fits(row, [name]) for term in terms) for name in names))

    def _term(self) -> _Term:
        token = self.tokens.pop(0)
        if token.kind == "!" or token.means("not"):
            term = self._deeper(token, self._term)
            return _Term(lambda row, names: not term.fits(row, names))
        if token.kind == "(":
            term = self._deeper(token, self._either)
            self._close(token)
            return term
        if token.kind in (")", "end") or token.means("and", "or"):
            self._refuse("a term is missing here", token.start)
        if token.kind == "word" and self.tokens[0].kind == "(" and self.tokens[0].start == token.stop:
            return self._agreement(token)
        field = FIELD.fullmatch(token.text) if token.kind == "word" else None
        if field is None:
            value = _value(token)
            return _Term(lambda row, names: value.stands_in(row["id"]) or value.stands_in(row["claim"]))
        return self._field(field[1], self._operand(token, field))

    def _deeper(self, token: _Token, read: Callable[[], _Term]) -> _Term:
        self.depth += 1
        if self.depth > DEEPEST:
            self._refuse(
                f"more than {DEEPEST} parentheses and negations stand in each other here", token.start
            )
        term = read()
        self.depth -= 1
        return term

    def _close(self, opening: _Token) -> None:
        if self.tokens.pop(0).kind != ")":
            self._refuse("this parenthesis is not closed", opening.start)

    def _agreement(self, token: _Token) -> _Term:
        opening = self.tokens.pop(0)
        if not token.means("agree"):
            self._refuse("only agree takes parentheses: put text with parentheses in quotes", opening.start)
        inside = []
        while self.tokens[0].kind in ("word", "phrase", "!"):
            inside.append(self.tokens.pop(0))
        if not inside:
            self._refuse("the name of a subject is missing here", self.tokens[0].start)
        self._close(opening)
        value = _value(inside[0]._replace(text=" ".join(each.text for each in inside)))
        self._check_subject(value, inside[0].start)
        return _Term(lambda row, names: _agrees(row, value))

    def _operand(self, token: _Token, field: re.Match[str]) -> _Token:
        """The value after a field's colon."""
        name, rest = field.groups()
        if name.lower() not in FIELDS:
            known = ", ".join(FIELDS)
            self._refuse(
                f'there is no field "{name}", but {known}: put text with a colon in quotes', token.start
            )
        if rest:
            return _Token("word", rest, token.start + len(name) + 1, token.stop)
        if self.tokens[0].kind != "phrase" or self.tokens[0].start > token.stop:
            self._refuse(f'a value belongs here, right after "{name}:"', token.stop)
        return self.tokens.pop(0)

    def _field(self, name: str, operand: _Token) -> _Term:
        name, value = name.lower(), _value(operand)
        if name == "document":
            return _Term(lambda row, names: _is_of_document(row, value))
        if name == "topic":
            return _Term(lambda row, names: value.equals(row["topic"]))
        if name == "subject":
            self._check_subject(value, operand.start)
            return _Term(lambda row, names: any(map(value.names, names)), judges=True)
        value = _Value([part.replace("_", " ") for part in value.parts])
        words = [word for word in WORDS[name] if value.equals(word.replace("_", " "))]
        if not words:
            self._refuse(f'there is no {name} "{operand.text}", but {", ".join(WORDS[name])}', operand.start)
        self._check_verdicts(operand.start)
        if name == "verdict":
            return _Term(
                lambda row, names: any(row["verdicts"][each] in words for each in names), judges=True
            )
        return _Term(lambda row, names: any(_departs(row, each, words) for each in names), judges=True)

    def _check_subject(self, value: _Value, position: int) -> None:
        self._check_verdicts(position)
        if self.subjects is not None and not any(map(value.names, self.subjects)):
            self._refuse(f"no subject has this name, but {', '.join(self.subjects)}", position)

    def _check_verdicts(self, position: int) -> None:
        if self.subjects is not None and not self.subjects:
            self._refuse("this asks for verdicts, which only recordings of both sides have", position)

    def _tokens(self) -> Iterator[_Token]:
        end = len(self.text.rstrip())
        at = 0
        while at < end and (found := TOKEN.match(self.text, at)):
            sign, phrase, closing, word = found.groups()
            start, at = found.end() - len(found[0].lstrip()), found.end()
            if phrase is not None and not closing:
                self._refuse("this quote is not closed", start)
            if phrase is not None and not phrase.strip():
                self._refuse("nothing stands between these quotes", start)
            kind = sign or ("word" if word else "phrase")
            yield _Token(kind, word or phrase or sign, start, at)
        yield _Token("end", "", end, end)

    def _refuse(self, message: str, position: int) -> NoReturn:
        raise QueryError(message, position, self.text)


def _plain(text: str) -> str:
    """A text as it is compared: without what marks code in claims, and in small letters."""
    return text.replace("`", "").lower()


def _value(token: _Token) -> _Value:
    """A token as something to look for; in quotes, a `*` is one."""
    text = _plain(token.text)
    return _Value([text] if token.kind == "phrase" else text.split("*"))


def _is_of_document(row: Row, value: _Value) -> bool:
    """Whether a case is of a document, by its key or title, of a section, or of a row, by its key."""
    keys = [*row["rows"], *{key.rstrip("0123456789") for key in row["rows"]}]
    if any(map(value.equals, keys)):
        return True
    return KEY.fullmatch(value.parts[0]) is None and value.stands_in(row["document"])


def _departs(row: Row, subject: str, aspects: Sequence[str]) -> bool:
    found = row["aspects"].get(subject, {})
    return any(found.get(aspect) in DEPARTURES for aspect in aspects)


def _agrees(row: Row, value: _Value) -> bool:
    """Whether all subjects of a name agree."""
    named = [verdict for subject, verdict in row["verdicts"].items() if value.names(subject)]
    return bool(named) and all(verdict in AGREEMENT for verdict in named)
