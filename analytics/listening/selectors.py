"""Reads of saved queries, and the matcher compiled from them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from django.db.models import QuerySet

from analytics.listening.matcher import Matcher
from analytics.listening.models import Query
from analytics.listening.query import handles, parse
from kernel.lookups import one


@dataclass(frozen=True, slots=True)
class Listener:
    """All active queries of one client, compiled; equal where the same queries were. `active` are (id, version, text)
    of each, `versions` maps a query's id to the version that was compiled; `public_handles` are the handles they name,
    folded and without `@`: accounts of brands, not of people."""

    active: tuple[tuple[str, int, str], ...]
    matcher: Matcher[str] = field(compare=False)
    versions: dict[str, int] = field(compare=False)
    public_handles: frozenset[str] = field(compare=False)


def queries() -> QuerySet[Query]:
    """All saved queries of the client, newest first."""
    return Query.objects.all()


def query_of(query_id: str) -> Query:
    """One query. Raises NotFound for an id that this client does not have."""
    return one(Query.objects.all(), query_id)


def listener() -> Listener:
    """The client's active queries, compiled; compiled again only when one of them has changed."""
    active = Query.objects.filter(active=True).order_by("id").values_list("id", "version", "text")
    return _compiled(tuple(active))


@lru_cache(maxsize=256)
def _compiled(active: tuple[tuple[str, int, str], ...]) -> Listener:
    trees = [(query_id, parse(text)) for query_id, _, text in active]
    named = frozenset[str]().union(*(handles(tree) for _, tree in trees))
    return Listener(active, Matcher(trees), {query_id: version for query_id, version, _ in active}, named)
