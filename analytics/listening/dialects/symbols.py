"""Cuts a query of any of the dialects into symbols, in one pass. Nothing is an error here: what no dialect knows
becomes a symbol of the kind "stray", for the reader to name."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

_QUOTES = '"\u201c\u201d\u201e\u201f\uff02'
_OPENING = "(\uff08"
_CLOSING = ")\uff09"
_MINUS = "-\u2010\u2011\u2012\u2013\u2212\uff0d"
_STOPS = rf"\s{_QUOTES}{_OPENING}{_CLOSING}{{}}\[\]~"

_SPACE = re.compile(r"\s+")
_COMMENT = re.compile(r"<<<(.*?)>>>", re.DOTALL)
_QUOTE = re.compile(f"[{_QUOTES}]")
_CASED = re.compile(r"\{([^{}]*)\}")
_RANGE = re.compile(r"\[([^\[\]]*)\]")
_TILDE = re.compile(r"~([0-9]{0,9})")
_FIELD = re.compile(r"([A-Za-z][A-Za-z_.]*):(?!//)")
_VALUE = re.compile(rf"[^{_STOPS}]+")
_WORD = re.compile(rf"(?:(?!<<<)[^{_STOPS}])+")
_NEAR = re.compile(r"(O?)NEAR(?:/(.*))?\Z", re.DOTALL)
_DISTANCE = re.compile(r"([0-9]{1,9})([fF]?)\Z")
_UNDERSTOOD = {"&&": "AND", "||": "OR", "|": "OR", "!": "NOT", "AND": "AND", "OR": "OR", "NOT": "NOT"}


@dataclass(frozen=True, slots=True)
class Symbol:
    """One symbol [start, end) of the query. `kind` is word, phrase, cased, range, comment, field, tilde, minus, plus,
    "(", ")", AND, OR, NOT, NEAR or stray; `text` is what it holds, without the signs around it. `distance` is that of
    a NEAR or tilde, None where there is none, -1 where it is no number; `ordered` says that a NEAR keeps the order.
    `signs` says that an operator was written in signs, such as &&."""

    kind: str
    start: int
    end: int
    text: str = ""
    distance: int | None = None
    ordered: bool = False
    signs: bool = False


def _operator(word: str, start: int, *, any_case: bool) -> Symbol | None:
    shown = word.upper() if any_case else word
    kind = _UNDERSTOOD.get(shown)
    if kind:
        return Symbol(kind, start, start + len(word), word, signs=not word.isalpha())
    near = _NEAR.match(shown)
    if near is None:
        return None
    ordered, distance = bool(near[1]), None
    if near[2] is not None:
        number = _DISTANCE.match(near[2])
        distance = int(number[1]) if number else -1
        ordered = ordered or bool(number and number[2])
    return Symbol("NEAR", start, start + len(word), word, distance, ordered)


def symbols(text: str, *, any_case: bool) -> Iterator[Symbol]:
    """Text of a query -> its symbols; with `any_case`, `and` is an operator as AND is. Linear, raises nothing."""
    position, value_follows = 0, False
    while position < len(text):
        space = _SPACE.match(text, position)
        if space:
            position = space.end()
            continue
        symbol = _next(text, position, value_follows, any_case)
        value_follows = symbol.kind == "field"
        position = symbol.end
        yield symbol


def _next(text: str, start: int, value_follows: bool, any_case: bool) -> Symbol:
    character = text[start]
    if character in _OPENING:
        return Symbol("(", start, start + 1)
    if character in _CLOSING:
        return Symbol(")", start, start + 1)
    if character in _QUOTES:
        closing = _QUOTE.search(text, start + 1)
        if closing is None:
            return Symbol("stray", start, len(text), "quote")
        return Symbol("phrase", start, closing.end(), text[start + 1 : closing.start()])
    if text.startswith("<<<", start):
        comment = _COMMENT.match(text, start)
        if comment is None:
            return Symbol("stray", start, len(text), "comment")
        return Symbol("comment", start, comment.end(), comment[1])
    for pattern, kind in ((_CASED, "cased"), (_RANGE, "range")):
        found = pattern.match(text, start)
        if found:
            return Symbol(kind, start, found.end(), found[1])
    tilde = _TILDE.match(text, start)
    if tilde:
        return Symbol("tilde", start, tilde.end(), distance=int(tilde[1]) if tilde[1] else None)
    if character in "{}[]":
        return Symbol("stray", start, start + 1, "bracket")
    if value_follows:
        value = _VALUE.match(text, start)
        assert value is not None  # every character that could stop it has been dealt with
        return Symbol("word", start, value.end(), value[0])
    if character in _MINUS and start + 1 < len(text) and not text[start + 1].isspace():
        return Symbol("minus", start, start + 1)
    if character == "+" and start + 1 < len(text) and (text[start + 1] in _QUOTES + "+" or text[start + 1].isalnum()):
        end = start + 2 if text[start + 1] == "+" else start + 1
        return Symbol("plus", start, end, text[start:end])
    field = _FIELD.match(text, start)
    if field:
        return Symbol("field", start, field.end(), field[1])
    word = _WORD.match(text, start)
    assert word is not None  # a "<<<" has been dealt with, and so has every stop
    return _operator(word[0], start, any_case=any_case) or Symbol("word", start, word.end(), word[0])
