"""What a query was, from one change to the next."""

from __future__ import annotations

from django.db.models import QuerySet

from analytics.listening.models import Query, QueryVersion
from analytics.listening.query import Node
from analytics.listening.saved import read_saved
from kernel.errors import NotFound


def keep_version(query: Query, *, cause: str, by: str = "", restores: int | None = None) -> QueryVersion:
    """Write down what a query is now, in the transaction that changes it."""
    return QueryVersion.objects.create(
        query=query,
        version=query.version,
        text=query.text,
        snippets=query.snippets,
        cause=cause,
        made_by=by,
        restores=restores,
    )


def versions(query: Query) -> QuerySet[QueryVersion]:
    """All versions of a query that are known, the newest first."""
    return QueryVersion.objects.filter(query=query)


def version_of(query: Query, version: int) -> QueryVersion:
    """One version. Raises NotFound."""
    found = versions(query).filter(version=version).first()
    if found is None:
        raise NotFound()
    return found


def tree_of_version(version: QueryVersion) -> Node:
    """What it looked for, with its snippets as they were. Raises UnreadableQuery."""
    return read_saved(version.text, version.snippets)
