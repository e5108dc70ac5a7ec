"""Compiled queries: small objects that answer, for one Document, whether they match and which spans show it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Protocol

from analytics.listening.document import Document, Span
from analytics.listening.text import scan
from analytics.listening.tree import And, Handle, Hashtag, Node, Not, Or, Phrase, Prefix, Term


class Residual(Protocol):
    """What is left to check of a query once its anchor was seen."""

    def spans(self, document: Document) -> list[Span] | None:
        """None where the document does not match; else what shows that it does (empty under a NOT)."""
        ...


@dataclass(frozen=True, slots=True)
class _Word:
    key: str

    def spans(self, document: Document) -> list[Span] | None:
        places = document.positions.get(self.key)
        if places is None:
            return None
        starts, ends = document.scanned.starts, document.scanned.ends
        return [(starts[place], ends[place]) for place in places]


@dataclass(frozen=True, slots=True)
class _Prefix:
    text: str

    def spans(self, document: Document) -> list[Span] | None:
        text = self.text
        found = [
            document.span(place, place)
            for key, places in document.positions.items()
            if key.startswith(text)
            for place in places
        ]
        return found or None


@dataclass(frozen=True, slots=True)
class _Tag:
    key: str

    def spans(self, document: Document) -> list[Span] | None:
        tags = document.tags.get(self.key)
        return [(tag.start, tag.end) for tag in tags.values()] if tags else None


@dataclass(frozen=True, slots=True)
class _Words:
    """Words in a row, none of them a tag; `glued` are the indices that must directly follow the one before."""

    keys: list[str]
    glued: tuple[int, ...]

    def spans(self, document: Document) -> list[Span] | None:
        keys, width = self.keys, len(self.keys)
        rarest = 0
        fewest: list[int] | None = None
        for index, key in enumerate(keys):
            places = document.positions.get(key)
            if places is None:
                return None
            if fewest is None or len(places) < len(fewest):
                rarest, fewest = index, places
        found = [
            document.span(place - rarest, place - rarest + width - 1)
            for place in fewest or ()
            if place >= rarest and self.stands_at(document, place - rarest)
        ]
        return found or None

    def stands_at(self, document: Document, first: int) -> bool:
        """Whether the words stand in a row from position `first` on."""
        scanned = document.scanned
        return scanned.words[first : first + len(self.keys)] == self.keys and all(
            first + index in scanned.glued for index in self.glued
        )


@dataclass(frozen=True, slots=True)
class _Mixed:
    """A phrase with hashtags or handles in it: pieces in a row, a tag as wide as the words it covers."""

    pieces: tuple[_Tag | _Words, ...]

    def spans(self, document: Document) -> list[Span] | None:
        found = [span for first in self._beginnings(document) if (span := self._span_from(document, first)) is not None]
        return found or None

    def _beginnings(self, document: Document) -> Iterable[int]:
        head = self.pieces[0]
        if isinstance(head, _Tag):
            return document.tags.get(head.key, ())
        return document.positions.get(head.keys[0], ())

    def _span_from(self, document: Document, first: int) -> Span | None:
        place, start, end = first, -1, -1
        for piece in self.pieces:
            if isinstance(piece, _Tag):
                tag = document.tags.get(piece.key, {}).get(place)
                if tag is None:
                    return None
                place += tag.width
                begin, end = tag.start, tag.end
            else:
                if not piece.stands_at(document, place):
                    return None
                begin, end = document.span(place, place + len(piece.keys) - 1)
                place += len(piece.keys)
            start = begin if start < 0 else start
        return start, end


@dataclass(frozen=True, slots=True)
class _All:
    children: tuple[Residual, ...]

    def spans(self, document: Document) -> list[Span] | None:
        together: list[Span] = []
        for child in self.children:
            found = child.spans(document)
            if found is None:
                return None
            together += found
        return together


@dataclass(frozen=True, slots=True)
class _Any:
    children: tuple[Residual, ...]

    def spans(self, document: Document) -> list[Span] | None:
        matched = [found for child in self.children if (found := child.spans(document)) is not None]
        return [span for found in matched for span in found] if matched else None


@dataclass(frozen=True, slots=True)
class _None:
    child: Residual

    def spans(self, document: Document) -> list[Span] | None:
        return [] if self.child.spans(document) is None else None


def _piece(parts: Iterable[str]) -> _Words:
    keys: list[str] = []
    glued: list[int] = []
    for part in parts:
        scanned = scan(part)
        glued += [len(keys) + index for index in sorted(scanned.glued)]
        keys += scanned.words
    return _Words(keys, tuple(glued))


def _phrase(parts: tuple[str, ...]) -> Residual:
    pieces: list[_Tag | _Words] = []
    plain: list[str] = []
    for part in parts:
        if part[0] in "#@":
            if plain:
                pieces.append(_piece(plain))
                plain = []
            pieces.append(_Tag(part))
        else:
            plain.append(part)
    if plain:
        pieces.append(_piece(plain))
    return pieces[0] if len(pieces) == 1 else _Mixed(tuple(pieces))


def build(node: Node) -> Residual:
    """Compile a tree, as `parse` gives it, for evaluation."""
    match node:
        case Term(text):
            words = _piece([text])
            return _Word(words.keys[0]) if len(words.keys) == 1 else words
        case Phrase(parts):
            return _phrase(parts)
        case Prefix(text):
            return _Prefix(text)
        case Hashtag(text):
            return _Tag(f"#{text}")
        case Handle(text):
            return _Tag(f"@{text}")
        case Not(child):
            return _None(build(child))
        case And(children):
            # What must not be there last: it decides least often.
            ordered = sorted(children, key=lambda child: isinstance(child, Not))
            return _All(tuple(build(child) for child in ordered))
        case Or(children):
            return _Any(tuple(build(child) for child in children))
