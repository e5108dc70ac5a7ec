"""Which of many queries match a text, and where: an index over the queries' anchors, then the rest of each query.

A text that holds no anchor costs its tokens and one set intersection, however many queries there are.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

from analytics.listening.anchors import find_anchors
from analytics.listening.document import Document, Span, read
from analytics.listening.residual import Residual, build
from analytics.listening.text import scan, vocabulary
from analytics.listening.tree import Node

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Match(Generic[K]):
    """A query that matches: its key and, in order and without overlaps, the [start, end) offsets into the original
    text of the terms that make it match. Terms under a NOT and branches that do not match show nothing."""

    key: K
    spans: tuple[Span, ...]


def merge(spans: Iterable[Span]) -> tuple[Span, ...]:
    """Sort spans and join those that overlap (not those that only touch)."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start < merged[-1][1]:
            if end > merged[-1][1]:
                merged[-1] = (merged[-1][0], end)
        else:
            merged.append((start, end))
    return tuple(merged)


class Matcher(Generic[K]):
    """All queries compiled into one index. Never changes once built, so any number of threads may share it.

    `queries` are pairs of a key of the caller's and a parsed query. Raises ValueError for a query without an anchor
    (`parse` never gives one).
    """

    __slots__ = ("_by_key", "_by_prefix", "_keys", "_prefix_heads", "_prefix_lengths", "_queries", "_shortest")

    def __init__(self, queries: Iterable[tuple[K, Node]]) -> None:
        compiled: list[tuple[K, Residual]] = []
        by_key: dict[str, list[int]] = {}
        by_prefix: dict[str, list[int]] = {}
        for number, (key, node) in enumerate(queries):
            anchors = find_anchors(node)
            if anchors is None:
                raise ValueError("a query must have a term that every matching text contains")
            for anchor in anchors.keys:
                by_key.setdefault(anchor, []).append(number)
            for anchor in anchors.prefixes:
                by_prefix.setdefault(anchor, []).append(number)
            compiled.append((key, build(node)))
        self._queries = tuple(compiled)
        self._by_key = by_key
        self._keys = frozenset(by_key)
        self._by_prefix = by_prefix
        self._prefix_lengths = tuple(sorted({len(prefix) for prefix in by_prefix}))
        self._shortest = min(self._prefix_lengths, default=0)
        self._prefix_heads = frozenset(prefix[: self._shortest] for prefix in by_prefix)

    def __len__(self) -> int:
        return len(self._queries)

    def _candidates(self, found: Collection[str]) -> set[int]:
        """The numbers of the queries of which an anchor is among the keys found."""
        numbers: set[int] = set()
        for key in self._keys.intersection(found):
            numbers.update(self._by_key[key])
        if self._shortest:
            heads, shortest, by_prefix = self._prefix_heads, self._shortest, self._by_prefix
            for key in [key for key in found if key[:shortest] in heads]:
                for length in self._prefix_lengths:
                    numbers.update(by_prefix.get(key[:length], ()))
        return numbers

    def match(self, text: str) -> list[Match[K]]:
        """The queries that match `text` (any string), in the order in which they were given."""
        numbers = self._candidates(vocabulary(text))
        return self._matches(numbers, read(scan(text))) if numbers else []

    def match_document(self, document: Document) -> list[Match[K]]:
        """`match` for a text that was read before: faster where the document is needed anyway."""
        numbers = self._candidates(document.positions)
        if document.tags:
            numbers |= self._candidates(document.tags)
        return self._matches(numbers, document) if numbers else []

    def _matches(self, numbers: set[int], document: Document) -> list[Match[K]]:
        matches: list[Match[K]] = []
        for number in sorted(numbers):
            key, residual = self._queries[number]
            spans = residual.spans(document)
            if spans is not None:
                matches.append(Match(key, merge(spans)))
        return matches
