"""A post prepared for answering "is this in it, and where?" without reading it again."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass
from functools import cached_property

from analytics.listening.facts import NOTHING, Facts
from analytics.listening.text import Scan, Tag

Span = tuple[int, int]


@dataclass(frozen=True)
class Document:
    """A scanned text with, for each key, where it stands: word positions, and tags by their first word's position.

    `title_length` is how many characters at the beginning are the title; `facts` is what is known beside the text.
    """

    scanned: Scan
    positions: dict[str, list[int]]
    tags: dict[str, dict[int, Tag]]
    title_length: int = 0
    facts: Facts = NOTHING

    def span(self, first: int, last: int) -> Span:
        """Offsets [start, end) of the words `first` to `last`, both included."""
        return self.scanned.starts[first], self.scanned.ends[last]

    @cached_property
    def keys(self) -> frozenset[str]:
        """`Facts.keys()`."""
        return frozenset(self.facts.keys()) if self.facts is not NOTHING else frozenset()

    @cached_property
    def language(self) -> str | None:
        """The language, asked for once; None where it is not known."""
        return None if self.facts.language is None else self.facts.language()

    @cached_property
    def title(self) -> Document:
        """The title alone, without facts; its offsets are those of the whole."""
        whole = self.scanned
        # The title ends with a line break, which ends every word and tag.
        count = bisect_left(whole.starts, self.title_length)
        scanned = Scan(
            whole.words[:count],
            whole.starts[:count],
            whole.ends[:count],
            {place for place in whole.glued if place < count},
            [tag for tag in whole.tags if tag.first < count],
            whole.text,
        )
        return read(scanned)


def read(scanned: Scan, *, title_length: int = 0, facts: Facts = NOTHING) -> Document:
    """A scanned text as a Document; linear. Of the text the first `title_length` characters are the title, followed
    by a line break (0: it has none)."""
    positions: dict[str, list[int]] = {}
    for position, key in enumerate(scanned.words):
        places = positions.get(key)
        if places is None:
            positions[key] = [position]
        else:
            places.append(position)
    tags: dict[str, dict[int, Tag]] = {}
    for tag in scanned.tags:
        tags.setdefault(tag.key, {})[tag.first] = tag
    return Document(scanned, positions, tags, title_length, facts)
