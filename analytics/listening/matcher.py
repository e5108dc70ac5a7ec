"""Which of many queries match a post, and where: an index over the queries' anchors, then the rest of each query.

A post that holds no anchor costs its tokens and one set intersection, however many queries there are.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

from analytics.listening.anchors import find_anchors
from analytics.listening.document import Document, Span, read
from analytics.listening.facts import NOTHING, Facts, Readable
from analytics.listening.residual import NO, PENDING, Residual, build
from analytics.listening.text import scan, vocabulary
from analytics.listening.tree import Is, Node, leaves

K = TypeVar("K", bound=Hashable)


@dataclass(frozen=True, slots=True)
class Match(Generic[K]):
    """A query that matches: its key and, in order and without overlaps, the [start, end) offsets into the original
    text of what makes it match. Facts, terms under a NOT and branches that do not match show nothing.

    `pending`: whether it matches in the end depends on something that is not known of the post yet.
    """

    key: K
    spans: tuple[Span, ...]
    pending: bool = False


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

    __slots__ = (
        "_by_key", "_by_prefix", "_keys", "_nodes", "_numbers", "_prefix_heads", "_prefix_lengths", "_queries",
        "_shortest",
    )  # fmt: skip

    def __init__(self, queries: Iterable[tuple[K, Node]]) -> None:
        compiled: list[tuple[K, Residual]] = []
        nodes: list[Node] = []
        by_key: dict[str, list[int]] = {}
        by_prefix: dict[str, list[int]] = {}
        numbers: dict[K, list[int]] = {}
        for number, (key, node) in enumerate(queries):
            anchors = find_anchors(node)
            if anchors is None:
                raise ValueError("a query must have a term that every matching text contains")
            for anchor in anchors.keys:
                by_key.setdefault(anchor, []).append(number)
            for anchor in anchors.prefixes:
                by_prefix.setdefault(anchor, []).append(number)
            numbers.setdefault(key, []).append(number)
            compiled.append((key, build(node)))
            nodes.append(node)
        self._queries = tuple(compiled)
        self._nodes = tuple(nodes)
        self._numbers = numbers
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

    def _candidates_in(self, text: str, facts: Facts) -> set[int]:
        numbers = self._candidates(vocabulary(text))
        if facts is not NOTHING:
            numbers |= self._candidates(facts.keys())
        return numbers

    def match(self, text: str, *, title_length: int = 0, facts: Facts = NOTHING) -> list[Match[K]]:
        """The queries that match a post (any string, the title in front; what is known of it), in the order in which
        they were given; also those of which the answer is pending."""
        numbers = self._candidates_in(text, facts)
        return list(self._looked(numbers, read(scan(text), title_length=title_length, facts=facts))) if numbers else []

    def match_document(self, document: Document) -> list[Match[K]]:
        """`match` for a post that was read before: faster where the document is needed anyway."""
        numbers = self._candidates(document.positions)
        for keys in (document.tags, document.keys):
            if keys:
                numbers |= self._candidates(keys)
        return list(self._looked(numbers, document)) if numbers else []

    def spans(self, document: Document, keys: Iterable[K]) -> list[Match[K]]:
        """`match_document` for some of the queries only, in the order of all; keys that are not here are passed over.

        For what another matcher has found already: nothing is looked up in the index.
        """
        return list(self._looked({number for key in keys for number in self._numbers.get(key, ())}, document))

    def values_of(self, key: K, field: str) -> tuple[str, ...]:
        """The values that the query names of a field (`sentiment`, `emotion` …), wanted or not, in order."""
        named = [leaf for number in self._numbers.get(key, ()) for leaf in leaves(self._nodes[number])]
        return tuple(sorted({leaf.value for leaf in named if isinstance(leaf, Is) and leaf.field == field}))

    def pairs(self, posts: Sequence[Readable]) -> list[list[tuple[K, bool]]]:
        """For each post the queries that match it, in the order in which they were given, each with whether the answer
        is pending."""
        answers: list[list[tuple[K, bool]]] = []
        for post in posts:
            found: list[tuple[K, bool]] = []
            numbers = self._candidates_in(post.text, post.facts)
            if numbers:
                document = read(scan(post.text), title_length=post.title_length, facts=post.facts)
                for number in sorted(numbers):
                    key, residual = self._queries[number]
                    truth = residual.truth(document)
                    if truth != NO:
                        found.append((key, truth == PENDING))
            answers.append(found)
        return answers

    def _looked(self, numbers: set[int], document: Document) -> Iterator[Match[K]]:
        for number in sorted(numbers):
            key, residual = self._queries[number]
            truth, spans = residual.look(document)
            if truth != NO:
                yield Match(key, merge(spans), truth == PENDING)
