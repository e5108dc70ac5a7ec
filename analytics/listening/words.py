"""What stands in a text: terms, phrases, patterns, tags, spellings and nearness, as objects that find themselves in a
Document, by word positions (for nearness) and by offsets (for showing)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Protocol

from analytics.listening.document import Document, Span
from analytics.listening.near import Places, shortest, stretches
from analytics.listening.text import Tag, scan, spelling
from analytics.listening.tree import (
    Cased,
    Cashtag,
    Handle,
    Hashtag,
    Near,
    Node,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Term,
)
from analytics.listening.wildcard import Wildcard, is_wild

SIGILS = "#@$"


class Words(Protocol):
    """Something made of words."""

    def found(self, document: Document) -> bool:
        """Whether it is there at all."""
        ...

    def places(self, document: Document) -> list[tuple[int, int]]:
        """The first and last word of each occurrence."""
        ...

    def spans(self, document: Document) -> list[Span]:
        """The offsets [start, end) of each occurrence."""
        ...


@dataclass(frozen=True, slots=True)
class _Word:
    key: str

    def found(self, document: Document) -> bool:
        return self.key in document.positions

    def places(self, document: Document) -> list[tuple[int, int]]:
        return [(place, place) for place in document.positions.get(self.key, ())]

    def spans(self, document: Document) -> list[Span]:
        return [document.span(place, place) for place in document.positions.get(self.key, ())]


@dataclass(frozen=True, slots=True)
class _Prefix:
    text: str

    def found(self, document: Document) -> bool:
        text = self.text
        return any(key.startswith(text) for key in document.positions)

    def places(self, document: Document) -> list[tuple[int, int]]:
        text = self.text
        return [(at, at) for key, places in document.positions.items() if key.startswith(text) for at in places]

    def spans(self, document: Document) -> list[Span]:
        return [document.span(first, last) for first, last in self.places(document)]


@dataclass(frozen=True, slots=True)
class _Pattern:
    wildcard: Wildcard

    def found(self, document: Document) -> bool:
        return any(map(self.wildcard.fits, document.positions))

    def places(self, document: Document) -> list[tuple[int, int]]:
        fits = self.wildcard.fits
        return [(at, at) for key, places in document.positions.items() if fits(key) for at in places]

    def spans(self, document: Document) -> list[Span]:
        return [document.span(first, last) for first, last in self.places(document)]


@dataclass(frozen=True, slots=True)
class Tagged:
    """A tag: its key with the sigil, or the beginning of its key."""

    key: str
    starred: bool = False

    def tags(self, document: Document) -> Iterable[Tag]:
        if not self.starred:
            return document.tags.get(self.key, {}).values()
        return (tag for key, tags in document.tags.items() if key.startswith(self.key) for tag in tags.values())

    def found(self, document: Document) -> bool:
        return next(iter(self.tags(document)), None) is not None

    def known(self, keys: frozenset[str]) -> bool:
        """Whether it is among keys that have no place in the text."""
        return any(key.startswith(self.key) for key in keys) if self.starred else self.key in keys

    def places(self, document: Document) -> list[tuple[int, int]]:
        return [(tag.first, tag.first + tag.width - 1) for tag in self.tags(document)]

    def spans(self, document: Document) -> list[Span]:
        return [(tag.start, tag.end) for tag in self.tags(document)]


@dataclass(frozen=True, slots=True)
class _Row:
    """Words in a row, none of them a tag; `glued` are the indices that must directly follow the one before, `wild`
    those that are patterns (in `keys` only for show), `spelled` the spelling of each where that matters."""

    keys: list[str]
    glued: tuple[int, ...]
    wild: dict[int, Wildcard]
    spelled: tuple[str, ...] = ()

    def firsts(self, document: Document) -> Iterator[int]:
        """Where it begins, from the rarest word of it outwards; ascending unless it holds only patterns."""
        rarest, fewest = 0, None
        for index, key in enumerate(self.keys):
            if index not in self.wild:
                places = document.positions.get(key)
                if places is None:
                    return
                if fewest is None or len(places) < len(fewest):
                    rarest, fewest = index, places
        if fewest is None:
            fits = self.wild[0].fits
            fewest = [place for key, places in document.positions.items() if fits(key) for place in places]
        for place in fewest:
            if place >= rarest and self.stands_at(document, place - rarest):
                yield place - rarest

    def stands_at(self, document: Document, first: int) -> bool:
        """Whether the words stand in a row from position `first` on."""
        scanned, keys = document.scanned, self.keys
        words = scanned.words[first : first + len(keys)]
        if self.wild:
            if len(words) < len(keys) or not all(
                self.wild[index].fits(word) if index in self.wild else word == keys[index]
                for index, word in enumerate(words)
            ):
                return False
        elif words != keys:
            return False
        if not all(first + index in scanned.glued for index in self.glued):
            return False
        return all(
            spelling(scanned.text[scanned.starts[first + index] : scanned.ends[first + index]]) == spelled
            for index, spelled in enumerate(self.spelled)
        )

    def found(self, document: Document) -> bool:
        return next(self.firsts(document), None) is not None

    def places(self, document: Document) -> list[tuple[int, int]]:
        width = len(self.keys)
        return [(first, first + width - 1) for first in self.firsts(document)]

    def spans(self, document: Document) -> list[Span]:
        return [document.span(first, last) for first, last in self.places(document)]


@dataclass(frozen=True, slots=True)
class _Mixed:
    """A phrase with tags in it: pieces in a row, a tag as wide as the words it covers."""

    pieces: tuple[Tagged | _Row, ...]

    def _occurrences(self, document: Document) -> Iterator[tuple[int, int, Span]]:
        head = self.pieces[0]
        firsts = head.firsts(document) if isinstance(head, _Row) else [tag.first for tag in head.tags(document)]
        at = {tag.first: tag for piece in self.pieces if isinstance(piece, Tagged) for tag in piece.tags(document)}
        for first in firsts:
            place, start, end = first, -1, -1
            for piece in self.pieces:
                if isinstance(piece, Tagged):
                    tag = at.get(place)
                    if tag is None or not (tag.key.startswith(piece.key) if piece.starred else tag.key == piece.key):
                        break
                    place += tag.width
                    begin, end = tag.start, tag.end
                else:
                    if not piece.stands_at(document, place):
                        break
                    begin, end = document.span(place, place + len(piece.keys) - 1)
                    place += len(piece.keys)
                start = begin if start < 0 else start
            else:
                yield first, place - 1, (start, end)

    def found(self, document: Document) -> bool:
        return next(self._occurrences(document), None) is not None

    def places(self, document: Document) -> list[tuple[int, int]]:
        return [(first, last) for first, last, _ in self._occurrences(document)]

    def spans(self, document: Document) -> list[Span]:
        return [span for _, _, span in self._occurrences(document)]


@dataclass(frozen=True, slots=True)
class _Either:
    """Several things that can stand in one place of a Near."""

    children: tuple[Words, ...]

    def found(self, document: Document) -> bool:
        return any(child.found(document) for child in self.children)

    def places(self, document: Document) -> list[tuple[int, int]]:
        return [place for child in self.children for place in child.places(document)]

    def spans(self, document: Document) -> list[Span]:
        return [span for child in self.children for span in child.spans(document)]


@dataclass(frozen=True, slots=True)
class _Near:
    children: tuple[Words, ...]
    slack: int
    ordered: bool

    def _things(self, document: Document) -> list[Places] | None:
        # Most often one is missing: that is seen before anything is measured, and without looking for nearness.
        if not all(child.found(document) for child in self.children if not isinstance(child, _Near)):
            return None
        return [Places.of(child.places(document)) for child in self.children]

    def _shortest(self, document: Document) -> Iterator[tuple[int, int]]:
        things = self._things(document)
        return iter(()) if things is None else shortest(things, self.slack, ordered=self.ordered)

    def found(self, document: Document) -> bool:
        return next(self._shortest(document), None) is not None

    def places(self, document: Document) -> list[tuple[int, int]]:
        things = self._things(document)
        return [] if things is None else list(stretches(things, self.slack, ordered=self.ordered).pairs())

    def spans(self, document: Document) -> list[Span]:
        return [document.span(first, last) for first, last in self._shortest(document)]


def _row(parts: Iterable[str]) -> _Row:
    keys: list[str] = []
    glued: list[int] = []
    wild: dict[int, Wildcard] = {}
    for part in parts:
        if is_wild(part):
            wild[len(keys)] = Wildcard(part)
            keys.append(part)
            continue
        scanned = scan(part)
        glued += [len(keys) + index for index in sorted(scanned.glued)]
        keys += scanned.words
    return _Row(keys, tuple(glued), wild)


def _spelled(parts: tuple[str, ...]) -> _Row:
    row = _row(parts)
    pieces = [(part, scan(part)) for part in parts]
    spelled = [
        spelling(part[start:end])
        for part, scanned in pieces
        for start, end in zip(scanned.starts, scanned.ends, strict=True)
    ]
    return _Row(row.keys, row.glued, {}, tuple(spelled))


def tagged(part: str) -> Tagged:
    """A tag with its sigil, perhaps with a star at its end."""
    return Tagged(part.removesuffix("*"), part.endswith("*"))


def _phrase(parts: tuple[str, ...]) -> Words:
    pieces: list[Tagged | _Row] = []
    plain: list[str] = []
    for part in parts:
        if part[0] in SIGILS:
            if plain:
                pieces.append(_row(plain))
                plain = []
            pieces.append(tagged(part))
        else:
            plain.append(part)
    if plain:
        pieces.append(_row(plain))
    return pieces[0] if len(pieces) == 1 else _Mixed(tuple(pieces))


def words_of(node: Node) -> Words:
    """Compile a leaf over words, a Near, or an Or of such. Raises ValueError for any other node."""
    match node:
        case Term(text):
            row = _row([text])
            return _Word(row.keys[0]) if len(row.keys) == 1 else row
        case Phrase(parts):
            return _phrase(parts)
        case Prefix(text):
            return _Prefix(text)
        case Pattern(text):
            return _Pattern(Wildcard(text))
        case Hashtag(text):
            return tagged(f"#{text}")
        case Handle(text):
            return tagged(f"@{text}")
        case Cashtag(text):
            return tagged(f"${text}")
        case Cased(parts):
            return _spelled(parts)
        case Near(children, slack, ordered):
            return _Near(tuple(words_of(child) for child in children), slack, ordered)
        case Or(children):
            return _Either(tuple(words_of(child) for child in children))
        case _:
            raise ValueError("only words can be near each other")
