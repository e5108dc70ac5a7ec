"""Cuts the text of a query into symbols, in one pass; what is inside them is the parser's business."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from analytics.listening.tree import QueryError

SymbolKind = Literal["word", "phrase", "AND", "OR", "NOT", "(", ")", "end"]
_OPERATORS: dict[str, SymbolKind] = {"AND": "AND", "OR": "OR", "NOT": "NOT"}
# Word processors and Japanese keyboards turn the plain signs into these.
_OPENING = "(\uff08"
_CLOSING = ")\uff09"
_QUOTES = '"\u201c\u201d\u201e\u201f\uff02'
_MINUS = "-\u2010\u2011\u2012\u2013\u2212\uff0d"
_UNSEEN = "\u200b\u200c\u200d\u200e\u200f\u2060\u202a-\u202e\u2066-\u2069\ufeff"

_SKIP = re.compile(rf"[\s{_UNSEEN}]+")
_WORD = re.compile(rf"[^\s{_OPENING}{_CLOSING}{_QUOTES}]+")
_QUOTE = re.compile(f"[{_QUOTES}]")
_REFUSED = re.compile(r"[\x00-\x08\x0e-\x1b\x7f\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol: its kind, what it holds (a word or the inside of a phrase) and where it begins (0-based)."""

    kind: SymbolKind
    text: str
    position: int


def symbols(text: str) -> Iterator[Symbol]:
    """Text of a query -> its symbols, an "end" last. Linear. Raises QueryError for an open quotation mark, a minus
    on its own and control characters."""
    refused = _REFUSED.search(text)
    if refused:
        raise QueryError(
            "The query contains a control character or half of a surrogate pair.",
            refused.start(),
            suggestion="Delete the character at this position and type it again.",
        )
    position = 0
    while True:
        gap = _SKIP.match(text, position)
        if gap:
            position = gap.end()
        if position == len(text):
            yield Symbol("end", "", position)
            return
        character = text[position]
        if character in _OPENING:
            yield Symbol("(", "", position)
            position += 1
        elif character in _CLOSING:
            yield Symbol(")", "", position)
            position += 1
        elif character in _QUOTES:
            closing = _QUOTE.search(text, position + 1)
            if closing is None:
                raise QueryError(
                    "The phrase that begins here has no closing quotation mark.",
                    position,
                    expected='"',
                    suggestion='Close the phrase, as in "flat white".',
                )
            yield Symbol("phrase", text[position + 1 : closing.start()], position)
            position = closing.end()
        elif character in _MINUS:
            following = text[position + 1 : position + 2]
            if not following or following.isspace() or following in _CLOSING:
                raise QueryError(
                    "A minus stands directly before what it excludes.",
                    position,
                    expected="a term without a space before it",
                    suggestion="Write -decaf or NOT decaf.",
                )
            yield Symbol("NOT", "", position)
            position += 1
        else:
            found = _WORD.match(text, position)
            assert found is not None  # every other first character has been dealt with
            word = found[0]
            operator = _OPERATORS.get(unicodedata.normalize("NFKC", word)) if len(word) <= 3 else None
            yield Symbol(operator or "word", word, position)
            position = found.end()
