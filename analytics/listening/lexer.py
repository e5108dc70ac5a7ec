"""Cuts the text of a query into symbols, in one pass; what is inside them is the parser's business."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analytics.listening.fields import FIELDS, NUMBERS
from analytics.listening.tree import QueryError

SymbolKind = Literal["word", "phrase", "cased", "field", "range", "AND", "OR", "NOT", "NEAR", "(", ")", "end"]
MAX_NEARNESS = 100  # words

_OPERATORS: dict[str, SymbolKind] = {"AND": "AND", "OR": "OR", "NOT": "NOT"}
# Word processors and Japanese keyboards turn the plain signs into these.
_OPENING = "(\uff08"
_CLOSING = ")\uff09"
_QUOTES = '"\u201c\u201d\u201e\u201f\uff02'
_MINUS = "-\u2010\u2011\u2012\u2013\u2212\uff0d"
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff"

_SKIP = re.compile(rf"[\s{_UNSEEN}]+")
_WORD = re.compile(rf"(?:(?!<<<)[^\s{_OPENING}{_CLOSING}{_QUOTES}])+")
_QUOTE = re.compile(f"[{_QUOTES}]")
_REFUSED = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")
_FIELD = re.compile(r"([A-Za-z]+)[:\uff1a]")
_NEARNESS = re.compile(r"(O?)NEAR/([0-9]{1,4})(f?)")
_NEARLY = re.compile(r"O?NEAR(?:/|\Z)")
_LONGEST_OPERATOR = 12
_WITHIN = re.compile(r"~([0-9]{1,4})(?![0-9])")
_RANGE = re.compile(r"\[\s*([^\s\[\]]+)\s+TO\s+([^\s\[\]]+)\s*\]")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol: its kind, what it holds and where it stands ([position, end), 0-based).

    `text` is a word, the inside of a phrase or of braces, the name of a field in lower case, or the lower end of a
    range (`high` has the upper one). `words` is the n of NEAR/n and of a phrase with ~n, else 0; `ordered` says ONEAR.
    """

    kind: SymbolKind
    text: str
    position: int
    end: int
    words: int = 0
    ordered: bool = False
    high: str = ""


def symbols(text: str) -> Iterator[Symbol]:
    """Text of a query -> its symbols without comments, an "end" last. Linear. Raises QueryError for what is opened and
    not closed, a minus or field on its own, malformed nearness and control characters."""
    refused = _REFUSED.search(text)
    if refused:
        raise QueryError(
            "The query contains a control character or half of a surrogate pair.",
            refused.start(),
            expected="a letter, digit, sign or space",
            suggestion="Delete the character at this position and type it again.",
        )
    position = 0
    waiting: Symbol | None = None  # the field that the next symbol is the value of
    while True:
        if waiting is None:
            position = _skipped(text, position)
        if position == len(text):
            yield Symbol("end", "", position, position)
            return
        symbol = _symbol(text, position, waiting)
        yield symbol
        position = symbol.end
        waiting = symbol if symbol.kind == "field" else None


def _skipped(text: str, position: int) -> int:
    """Past spaces, what nobody can see, and comments."""
    while True:
        gap = _SKIP.match(text, position)
        if gap:
            position = gap.end()
        if not text.startswith("<<<", position):
            return position
        closing = text.find(">>>", position + 3)
        if closing < 0:
            raise QueryError(
                "The comment that begins here is never closed.",
                position,
                expected=">>>",
                suggestion="Close the comment, as in <<<seen in March>>>.",
            )
        position = closing + 3


def _symbol(text: str, position: int, waiting: Symbol | None) -> Symbol:
    character = text[position]
    if character in _OPENING:
        return Symbol("(", "", position, position + 1)
    if character in _CLOSING:
        return Symbol(")", "", position, position + 1)
    if character in _QUOTES:
        return _phrase(text, position)
    if character == "{":
        return _cased(text, position)
    if character == "[" and waiting is not None and waiting.text in NUMBERS:
        return _range(text, position)
    if character in _MINUS and waiting is None:
        following = text[position + 1 : position + 2]
        if not following or following.isspace() or following in _CLOSING:
            raise QueryError(
                "A minus stands directly before what it excludes.",
                position,
                expected="a term without a space before it",
                suggestion="Write -decaf or NOT decaf.",
            )
        return Symbol("NOT", "", position, position + 1)
    found = _WORD.match(text, position)
    assert found is not None or text.startswith("<<<", position)  # every other first character has been dealt with
    return _word(text, position, position if found is None else found.end(), waiting)


def _word(text: str, position: int, end: int, waiting: Symbol | None) -> Symbol:
    field = _FIELD.match(text, position, end)
    if field and field[1].lower() in FIELDS:
        return _field(text, field[1].lower(), position, field.end())
    word = text[position:end]
    if waiting is None:
        plain = unicodedata.normalize("NFKC", word[:_LONGEST_OPERATOR])
        if len(word) > _LONGEST_OPERATOR:
            plain += "…"  # enough to tell that it is none
        if plain in _OPERATORS:
            return Symbol(_OPERATORS[plain], "", position, end)
        near = _NEARNESS.fullmatch(plain)
        if near and 1 <= int(near[2]) <= MAX_NEARNESS:
            return Symbol("NEAR", "", position, end, int(near[2]), bool(near[1] or near[3]))
        if _NEARLY.match(plain):
            raise QueryError(
                f"NEAR needs a slash and a number from 1 to {MAX_NEARNESS}.",
                position,
                expected="NEAR/n, ONEAR/n or NEAR/nf",
                suggestion="Write coffee NEAR/5 slow; to search for the word itself write it in lower case.",
            )
    return Symbol("word", word, position, end)


def _field(text: str, name: str, position: int, end: int) -> Symbol:
    following = text[end : end + 1]
    if not following or following.isspace() or following in _CLOSING or following in _MINUS or _SKIP.match(following):
        raise QueryError(
            f"{name}: needs a value directly after the colon.",
            position,
            expected="a value without a space before it",
            suggestion="Remove the space; to exclude a value put the minus before the field; to search for the word "
            "put it in quotation marks.",
        )
    return Symbol("field", name, position, end)


def _phrase(text: str, position: int) -> Symbol:
    closing = _QUOTE.search(text, position + 1)
    if closing is None:
        raise QueryError(
            "The phrase that begins here has no closing quotation mark.",
            position,
            expected='"',
            suggestion='Close the phrase, as in "flat white".',
        )
    inside, end = text[position + 1 : closing.start()], closing.end()
    if not text.startswith("~", end):
        return Symbol("phrase", inside, position, end)
    within = _WITHIN.match(text, end)
    if within is None or not 1 <= int(within[1]) <= MAX_NEARNESS:
        raise QueryError(
            f"After a phrase and ~ stands a number from 1 to {MAX_NEARNESS}.",
            end,
            expected="~n, without spaces",
            suggestion='Write "slow coffee"~5 for at most five other words among these.',
        )
    return Symbol("phrase", inside, position, within.end(), int(within[1]))


def _cased(text: str, position: int) -> Symbol:
    closing = text.find("}", position)
    if closing < 0:
        raise QueryError(
            "The brace that opens here is never closed.",
            position,
            expected="}",
            suggestion="Close it, as in {Apple}, or remove it.",
        )
    return Symbol("cased", text[position + 1 : closing], position, closing + 1)


def _range(text: str, position: int) -> Symbol:
    found = _RANGE.match(text, position)
    if found is None:
        raise QueryError(
            "A range is two numbers with TO between them, in brackets.",
            position,
            expected="[a TO b]",
            suggestion="Write [10 TO 500], or [10 TO *] for an open end.",
        )
    return Symbol("range", found[1], position, found.end(), high=found[2])
