"""What stands in for the kernel where numba is missing: the Python index in the same shape."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from typing import Generic, TypeVar

from analytics.listening.facts import Readable
from analytics.listening.matcher import Matcher
from analytics.listening.tree import Node

K = TypeVar("K", bound=Hashable)


class PlainMatcher(Generic[K]):
    """`Matcher` with `with_changes`; a change compiles everything anew."""

    __slots__ = ("_matcher", "_queries")

    def __init__(self, queries: Iterable[tuple[K, Node]]) -> None:
        pairs = list(queries)
        self._queries = dict(pairs)
        if len(self._queries) < len(pairs):
            raise ValueError("two queries have the same key")
        self._matcher = Matcher(self._queries.items())

    def __len__(self) -> int:
        return len(self._queries)

    def pairs(self, posts: Sequence[Readable]) -> list[list[tuple[K, bool]]]:
        """For each post the keys of the queries that match it, in order, and whether each answer is pending."""
        return self._matcher.pairs(posts)

    def with_changes(self, added: Iterable[tuple[K, Node]], removed: Collection[K] = ()) -> PlainMatcher[K]:
        """A matcher that also has the `added` queries, at the end, and not the `removed` ones nor, of those with the
        key of one that is added, the old ones."""
        fresh = list(added)
        out = {*removed, *(key for key, _ in fresh)}
        return PlainMatcher([*((key, node) for key, node in self._queries.items() if key not in out), *fresh])
