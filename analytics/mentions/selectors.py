"""Reads of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db.models import BooleanField, Exists, F, OuterRef, Prefetch, QuerySet
from django.db.models.expressions import RawSQL

from analytics.listening.query import QueryError, parse
from analytics.mentions.models import Mention, MentionMatch, MonthlyTally
from analytics.mentions.search import tsquery
from kernel.errors import ValidationFailed
from kernel.lookups import one


@dataclass(frozen=True, slots=True)
class MentionFilter:
    """What to narrow the mentions down to; None and empty leave all of them. `since` is inclusive, `until` not.
    `search` is written in the listening language."""

    query_id: str | None = None
    sentiment: str | None = None
    language: str | None = None
    source: str | None = None
    kind: str | None = None
    author_id: str | None = None
    thread: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: str | None = None


def stored_in(month: date) -> int:
    """How many mentions were stored in a month, named by its first day."""
    return MonthlyTally.objects.filter(month=month).values_list("stored", flat=True).first() or 0


def is_understood(origin: str) -> bool:
    """Whether no stored mention of an import or feed waits to be understood."""
    return not Mention.objects.filter(origin=origin, understood_at=None).exists()


_PLAIN = ("sentiment", "language", "source", "kind", "author_id", "thread")


def mentions(wanted: MentionFilter = MentionFilter()) -> QuerySet[Mention]:
    """Mentions with their authors and matches. Raises ValidationFailed (/search) for a search that does not parse."""
    rows = Mention.objects.select_related("author").prefetch_related(
        Prefetch("matches", MentionMatch.objects.select_related("query").order_by("query__name"))
    )
    for name in _PLAIN:
        value = getattr(wanted, name)
        if value is not None:
            rows = rows.filter(**{name: value})
    if wanted.since is not None:
        rows = rows.filter(posted_at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(posted_at__lt=wanted.until)
    if wanted.query_id is not None:
        rows = rows.filter(Exists(_matched(query_id=wanted.query_id)))
    if wanted.search is not None:
        rows = rows.filter(_found(wanted.search))
    return rows


def _found(search: str) -> RawSQL:
    try:
        literal = tsquery(parse(search))
    except QueryError as error:
        raise ValidationFailed.of("/search", str(error), code="query_syntax") from None
    # Django's own lookup would send the literal through to_tsquery, which stems and splits it again.
    return RawSQL('"mentions_mention"."search" @@ %s::tsquery', [literal], output_field=BooleanField())


def _matched(**queries: Any) -> QuerySet[MentionMatch]:
    """Matches of the outer mention that are settled: the others may come to nothing."""
    return MentionMatch.objects.filter(mention=OuterRef("pk"), settled=True, **queries)


def mention_of(mention_id: str) -> Mention:
    """One mention. Raises NotFound."""
    return one(mentions(), mention_id)


def most_engaging(*, query_ids: Sequence[str], since: datetime, until: datetime, limit: int) -> list[Mention]:
    """The mentions of some queries that people reacted to most; reposts, which only repeat, are left out."""
    matched = _matched(query_id__in=list(query_ids))
    rows = mentions(MentionFilter(since=since, until=until)).filter(Exists(matched)).exclude(kind="repost")
    return list(rows.order_by((F("likes") + F("reposts") + F("replies")).desc(), "-posted_at", "-id")[:limit])
