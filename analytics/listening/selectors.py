"""Reads of saved queries, and the matcher compiled from them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import TypeAlias

from django.db.models import QuerySet

from analytics.listening.engine import Compiled, compile_matcher
from analytics.listening.facts import Readable
from analytics.listening.matcher import Matcher
from analytics.listening.models import Query
from analytics.listening.query import Between, Handle, Is, Node, handles, leaves
from analytics.listening.saved import UnreadableQuery, read_saved
from kernel.logs import get_logger
from kernel.lookups import one

log = get_logger(__name__)

# Posts times queries from which on the engine's start is soon made up for.
_MUCH = 200_000

Active: TypeAlias = tuple[str, int, str, str]
"""A query's id and version, its text, and its snippets as JSON."""


@dataclass(frozen=True, slots=True)
class Listener:
    """All active queries of one client, compiled; equal where the same queries were. `versions` maps a query's id to
    the version that was compiled; `public_handles` are the handles they look for, folded and without `@`: accounts of
    brands, not of people. `asks_facts`: whether any of them asks for more than the text shows."""

    active: tuple[Active, ...]
    matcher: Matcher[str] = field(compare=False)
    versions: dict[str, int] = field(compare=False)
    public_handles: frozenset[str] = field(compare=False)
    asks_facts: bool = field(compare=False)

    def pairs(self, posts: Sequence[Readable]) -> list[list[tuple[str, bool]]]:
        """`Matcher.pairs`, by the engine where there is much to do."""
        if len(posts) * len(self.active) < _MUCH:
            return self.matcher.pairs(posts)
        return _engine(self.active).pairs(posts)


def queries() -> QuerySet[Query]:
    """All saved queries of the client, newest first."""
    return Query.objects.all()


def query_of(query_id: str) -> Query:
    """One query. Raises NotFound for an id that this client does not have."""
    return one(Query.objects.all(), query_id)


def tree_of(query: Query) -> Node:
    """What a saved query looks for, with its snippets as this version has them. Raises UnreadableQuery."""
    return read_saved(query.text, query.snippets)


def problem_of(query: Query) -> str | None:
    """Why a saved query cannot be read any more, and so finds nothing new; None for all that can."""
    try:
        tree_of(query)
    except UnreadableQuery as problem:
        return problem.detail
    return None


def asks_facts(trees: Iterable[Node]) -> bool:
    """Whether some queries ask for more than a text shows: of others, posts need no facts."""
    return any(isinstance(leaf, (Is, Between, Handle)) for tree in trees for leaf in leaves(tree))


def listener() -> Listener:
    """The client's active queries, compiled; compiled again only when one of them has changed."""
    rows = Query.objects.filter(active=True).order_by("id").values_list("id", "version", "text", "snippets")
    return _compiled(
        tuple([(key, version, text, json.dumps(snippets, sort_keys=True)) for key, version, text, snippets in rows])
    )


@lru_cache(maxsize=256)
def _compiled(active: tuple[Active, ...]) -> Listener:
    trees = _trees(active)
    return Listener(
        active=active,
        matcher=Matcher(trees),
        versions={query_id: version for query_id, version, _, _ in active},
        public_handles=frozenset[str]().union(*(handles(tree) for _, tree in trees)),
        asks_facts=asks_facts(tree for _, tree in trees),
    )


@lru_cache(maxsize=16)
def _engine(active: tuple[Active, ...]) -> Compiled[str]:
    return compile_matcher(_trees(active))


def _trees(active: tuple[Active, ...]) -> list[tuple[str, Node]]:
    trees = []
    for query_id, version, text, snippets in active:
        try:
            trees.append((query_id, read_saved(text, json.loads(snippets))))
        except UnreadableQuery:  # all others are heard; who asks for this one is told
            log.error("listening.unreadable_query", query=query_id, version=version)
    return trees
