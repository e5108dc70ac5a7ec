"""Many queries against batches of posts: compiled where numba is there, by the Python index where it is not.

`compile_matcher(queries)` gives an object with `pairs(posts)`, `with_changes(added, removed)` and a length.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterable, Sequence
from importlib.util import find_spec
from typing import Protocol, TypeVar

from analytics.listening.facts import Readable
from analytics.listening.tree import Node

K = TypeVar("K", bound=Hashable)


class Compiled(Protocol[K]):
    """Queries compiled for batches of posts. Never changes, so any number of threads may share it."""

    def __len__(self) -> int: ...

    def pairs(self, posts: Sequence[Readable]) -> list[list[tuple[K, bool]]]:
        """For each post the keys of the queries that match it, in order, and whether each answer is pending."""
        ...

    def with_changes(self, added: Iterable[tuple[K, Node]], removed: Collection[K] = ()) -> Compiled[K]:
        """One that also has the `added` queries (each in place of one with the same key), but not the `removed`."""
        ...


def compile_matcher(queries: Iterable[tuple[K, Node]]) -> Compiled[K]:
    """Queries, no two with the same key, as one index. Raises ValueError for a query without an anchor."""
    # Imported here: numba takes half a second to load, which commands that match nothing need not wait for.
    if find_spec("numba") is None:
        from analytics.listening.engine.plain import PlainMatcher

        return PlainMatcher(queries)
    from analytics.listening.engine.matching import BatchMatcher

    return BatchMatcher(queries)
