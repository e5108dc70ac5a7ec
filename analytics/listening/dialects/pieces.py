"""Pieces of a translated query: text in our language, with what is needed to put pieces together."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

Kind = Literal["word", "near", "fact", "not", "and", "or"]

_PLAIN = re.compile(r"[#@$]?[\w*?][\w*?'\u2019.&_\u0080-\U0010ffff-]*\Z|[^\x00-\x7f]+\Z")
_OPERATOR = re.compile(r"(?:AND|OR|NOT|O?NEAR(?:/.*)?)\Z", re.DOTALL)
_MINUS = "\u2010\u2011\u2012\u2013\u2212\uff0d"


@dataclass(frozen=True, slots=True)
class Piece:
    """`text` in our language. A "word" may stand in nearness, a "fact" (a field) may not; `parts` are what an "and" or
    an "or" joins. Where `good` is false something in it could not be said, and has been named."""

    text: str
    kind: Kind
    parts: tuple[Piece, ...] = ()
    good: bool = True


BAD = Piece("", "word", good=False)


def spelled(word: str) -> str:
    """A word of another dialect as it is written in ours: in quotation marks where its signs would mean something."""
    if _PLAIN.match(word) and not _OPERATOR.match(word) and word[0] not in _MINUS:
        return word
    return '"' + word.replace('"', " ") + '"'


def enclosed(piece: Piece) -> str:
    return f"({piece.text})" if piece.kind in ("and", "or", "near") else piece.text


def negated(piece: Piece) -> Piece:
    return Piece(f"NOT {enclosed(piece)}", "not", (piece,), piece.good)


def joined(parts: Sequence[Piece], kind: Literal["and", "or"]) -> Piece:
    """One or more pieces as one. Precedence is written out, so that people need not know it."""
    if len(parts) == 1:
        return parts[0]
    operator = " AND " if kind == "and" else " OR "
    texts = []
    for position, part in enumerate(parts):
        if kind == "and" and part.kind == "not" and position:
            texts.append(f" {part.text}")  # "a NOT b" is how analysts write "a AND NOT b"
        else:
            plain = part.kind in ("word", "fact", "near", "not") or part.kind == kind
            texts.append((operator if position else "") + (part.text if plain else f"({part.text})"))
    good = all(part.good for part in parts)
    return Piece("".join(texts) if good else "", kind, tuple(parts), good)


def is_nearable(piece: Piece) -> bool:
    """Whether it can stand beside NEAR: words, phrases, nearness, and ORs of those."""
    return piece.kind in ("word", "near") or (piece.kind == "or" and all(is_nearable(part) for part in piece.parts))


def near(left: Piece, right: Piece, *, between: int, ordered: bool) -> Piece:
    """Both with at most `between` other words between them."""
    good = left.good and right.good
    operator = f"{'O' if ordered else ''}NEAR/{between + 1}"
    text = f"{enclosed(left)} {operator} {enclosed(right)}" if good else ""
    return Piece(text, "near", (left, right), good)
