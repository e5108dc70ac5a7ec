"""Full-text search with the listening language: the same tokens, written as PostgreSQL's tsvectors and tsqueries.

PostgreSQL's own parser cannot cut Chinese, Japanese or Thai. So the words of `listening.text` are written as the
tsvector, and `bounds` writes a query's tree as tsqueries and other conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from analytics.listening.document import Document

# Limits of PostgreSQL: positions above 16,383 are clamped, at most 256 per lexeme, a lexeme is at most 2,046 bytes.
_MAX_POSITION = 16_383
_MAX_PER_LEXEME = 255
_MAX_LEXEME_BYTES = 2_046
_SURELY_FITS = _MAX_LEXEME_BYTES // 4  # characters
# A tsvector holds at most 1 MiB of lexemes; far fewer distinct words fit on 16,383 positions of ordinary text.
_MAX_VECTOR_BYTES = 900_000
_SURELY_ROOM = 300  # lexemes of any length with their positions, of which all words of a text together have 16,383


def vector(document: Document) -> str:
    """A tokenised text as a tsvector literal. Positions start at 1; a hashtag or handle stands where its first word
    stands. A word that PostgreSQL cannot hold is left out but keeps its place, so that phrases stay exact."""
    entries: list[str] = []
    # Keys hold letters, digits, marks, emoji and `#@_.-`: nothing that a literal would have to escape.
    for places in (document.positions, document.tags):
        for key, found in places.items():
            if len(key) > _SURELY_FITS and len(key.encode()) > _MAX_LEXEME_BYTES:
                continue
            if len(found) == 1:
                (first,) = found
                if first < _MAX_POSITION:
                    entries.append(f"'{key}':{first + 1}")
            else:
                among = [str(place + 1) for place in found if place < _MAX_POSITION][:_MAX_PER_LEXEME]
                if among:
                    entries.append(f"'{key}':{','.join(among)}")
    return " ".join(entries if len(entries) <= _SURELY_ROOM else _as_many_as_fit(entries))


def _as_many_as_fit(entries: list[str]) -> Iterator[str]:
    room = _MAX_VECTOR_BYTES
    for entry in entries:
        room -= len(entry.encode()) + 8
        if room < 0:
            return
        yield entry


def sequence(steps: Sequence[tuple[str, int]]) -> str:
    """Lexemes that stand one after the other, as a tsquery: each as written there, and how many words it covers."""
    text, distance = "", 0
    for lexeme, width in steps:
        text += (f" <{distance}> " if text else "") + lexeme
        distance = width
    return text


def quoted(lexeme: str) -> str:
    """A lexeme as a tsquery holds it."""
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
