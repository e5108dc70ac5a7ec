"""Full-text search with the listening language: the same tokens and the same operators, on stored mentions.

PostgreSQL's own parser cannot cut Chinese, Japanese or Thai. So the tokens of `listening.text` are written as the
tsvector, and a query's tree is written as the tsquery: what a query matches, a search for it finds.
"""

from __future__ import annotations

from collections.abc import Iterable

# Limits of PostgreSQL: positions above 16,383 are clamped, at most 256 per lexeme, a lexeme is at most 2,046 bytes.
_MAX_POSITION = 16_383
_MAX_PER_LEXEME = 255
_MAX_LEXEME_BYTES = 2_046


def quote(lexeme: str) -> str:
    """A lexeme as tsvector and tsquery literals take it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def fits(lexeme: str) -> bool:
    return len(lexeme) * 4 <= _MAX_LEXEME_BYTES or len(lexeme.encode()) <= _MAX_LEXEME_BYTES


def vector(tokens: Iterable[str]) -> str:
    """The tokens of one text, in order, as a tsvector literal. Positions start at 1; a token that PostgreSQL cannot
    hold is left out but keeps its place, so that phrases stay exact."""
    places: dict[str, list[int]] = {}
    for position, token in enumerate(tokens, start=1):
        if position > _MAX_POSITION:
            break
        if fits(token):
            found = places.setdefault(token, [])
            if len(found) < _MAX_PER_LEXEME:
                found.append(position)
    return " ".join(f"{quote(token)}:{','.join(map(str, found))}" for token, found in places.items())
