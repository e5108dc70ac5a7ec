"""A text prepared for answering "is this term in it, and where?" without reading it again."""

from __future__ import annotations

from dataclasses import dataclass

from analytics.listening.text import Scan, Tag

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Document:
    """A scanned text with, for each key, where it stands: word positions, and tags by their first word's position."""

    scanned: Scan
    positions: dict[str, list[int]]
    tags: dict[str, dict[int, Tag]]

    def span(self, first: int, last: int) -> Span:
        """Offsets [start, end) of the words `first` to `last`, both included."""
        return self.scanned.starts[first], self.scanned.ends[last]


def read(scanned: Scan) -> Document:
    """A scanned text as a Document; linear."""
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
    return Document(scanned, positions, tags)
