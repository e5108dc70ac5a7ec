"""Full-text search with the listening language: the same tokens and the same operators, on stored mentions.

PostgreSQL's own parser cannot cut Chinese, Japanese or Thai. So the words of `listening.text` are written as the
tsvector, and a query's tree is written as the tsquery: what a query matches, a search for it finds.
"""

from __future__ import annotations

from analytics.listening.query import And, Handle, Hashtag, Node, Not, Or, Phrase, Prefix, Term
from analytics.listening.text import Scan, scan

# Limits of PostgreSQL: positions above 16,383 are clamped, at most 256 per lexeme, a lexeme is at most 2,046 bytes.
_MAX_POSITION = 16_383
_MAX_PER_LEXEME = 255
_MAX_LEXEME_BYTES = 2_046
# A tsvector holds at most 1 MiB of lexemes; far fewer distinct words fit on 16,383 positions of ordinary text.
_MAX_VECTOR_BYTES = 900_000


def vector(scanned: Scan) -> str:
    """A tokenised text as a tsvector literal. Positions start at 1; a hashtag or handle stands where its first word
    stands. A word that PostgreSQL cannot hold is left out but keeps its place, so that phrases stay exact."""
    places: dict[str, list[int]] = {}
    room = _MAX_VECTOR_BYTES
    entries = list(enumerate(scanned.words))
    entries += [(tag.first, tag.key) for tag in scanned.tags]
    for index, key in entries:
        if index >= _MAX_POSITION or not _fits(key) or "\x00" in key:
            continue
        found = places.get(key)
        if found is None:
            room -= len(key.encode()) + 8
            if room < 0:
                break
            places[key] = [index + 1]
        elif len(found) < _MAX_PER_LEXEME:
            found.append(index + 1)
    return " ".join(f"{_quoted(key)}:{','.join(map(str, found))}" for key, found in places.items())


def tsquery(node: Node) -> str:
    """A parsed query as a tsquery literal."""
    match node:
        case Term(text):
            return _sequence([text])
        case Phrase(parts):
            return _sequence(list(parts))
        case Prefix(text):
            return f"{_quoted(text)}:*"
        case Hashtag(text):
            return _quoted(f"#{text}")
        case Handle(text):
            return _quoted(f"@{text}")
        case And(children):
            return " & ".join(f"({tsquery(child)})" for child in children)
        case Or(children):
            return " | ".join(f"({tsquery(child)})" for child in children)
        case Not(child):
            return f"!({tsquery(child)})"


def _sequence(parts: list[str]) -> str:
    """Lexemes that stand one after the other; a tag counts as many places as it has words."""
    text, distance = "", 0
    for part in parts:
        scanned = scan(part)
        steps = [(part, len(scanned.words))] if part[0] in "#@" else [(word, 1) for word in scanned.words]
        for lexeme, width in steps:
            text += (f" <{distance}> " if text else "") + _quoted(lexeme)
            distance = width
    return text


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"


def _fits(lexeme: str) -> bool:
    return len(lexeme) * 4 <= _MAX_LEXEME_BYTES or len(lexeme.encode("utf-8", "surrogatepass")) <= _MAX_LEXEME_BYTES
