"""Reads of the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from django.db.models import BooleanField, Exists, F, OuterRef, Prefetch, Q, QuerySet
from django.db.models.expressions import RawSQL

from analytics.mentions.bounds import Condition
from analytics.mentions.models import Mention, MentionMatch, MonthlyTally
from kernel.lookups import one


@dataclass(frozen=True, slots=True)
class MentionFilter:
    """What to narrow the mentions down to; None and empty leave all of them. `since` is inclusive, `until` not.
    `corrected` is a field that people have set, or `any`, or `none`; `irony_from` a probability.
    `search` is what a search needs at least (see `bounds`). `noise` says which to list of those that noise filters
    hide, of the query or, without one, of any: `shown` (by a query, or matched by none), `hidden`, or `all`. `once`
    keeps of each story only the newest of those that fit; not together with `search`. `within` are ids."""

    query_id: str | None = None
    sentiment: str | None = None
    emotion: str | None = None
    intent: str | None = None
    irony_from: float | None = None
    corrected: str | None = None
    model_id: str | None = None
    language: str | None = None
    source: str | None = None
    kind: str | None = None
    author_id: str | None = None
    thread: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    search: Condition | None = None
    story: UUID | None = None
    noise: str = "all"
    once: bool = False
    within: QuerySet[Any, Any] | None = None


def stored_in(month: date) -> int:
    """How many mentions were stored in a month, named by its first day."""
    return MonthlyTally.objects.filter(month=month).values_list("stored", flat=True).first() or 0


def is_understood(origin: str) -> bool:
    """Whether no stored mention of an import or feed waits to be understood."""
    return not Mention.objects.filter(origin=origin, understood_at=None).exists()


_PLAIN = ("sentiment", "model_id", "language", "source", "kind", "author_id", "thread", "story")


def mentions(wanted: MentionFilter = MentionFilter()) -> QuerySet[Mention]:
    """Mentions with their authors and matches."""
    rows = Mention.objects.select_related("author", "noise").prefetch_related(
        Prefetch("matches", MentionMatch.objects.select_related("query").order_by("query__name"))
    )
    rows = _narrowed(rows, wanted)
    if wanted.once:
        later = Q(posted_at__gt=OuterRef("posted_at")) | Q(posted_at=OuterRef("posted_at"), id__gt=OuterRef("id"))
        rows = rows.exclude(Exists(_narrowed(Mention.objects.filter(later, story=OuterRef("story")), wanted)))
    return rows


def _narrowed(rows: QuerySet[Mention], wanted: MentionFilter) -> QuerySet[Mention]:
    for name in _PLAIN:
        value = getattr(wanted, name)
        if value is not None:
            rows = rows.filter(**{name: value})
    rows = _read_so(rows, wanted)
    if wanted.since is not None:
        rows = rows.filter(posted_at__gte=wanted.since)
    if wanted.until is not None:
        rows = rows.filter(posted_at__lt=wanted.until)
    if wanted.query_id is not None:
        hidden = {"shown": {"hidden": False}, "hidden": {"hidden": True}, "all": {}}[wanted.noise]
        rows = rows.filter(Exists(_matched(query_id=wanted.query_id, **hidden)))
    elif wanted.noise == "hidden":
        rows = rows.filter(Exists(_matched(hidden=True)))
    elif wanted.noise == "shown":
        rows = rows.exclude(Exists(_matched(hidden=True)), ~Exists(_matched(hidden=False)))
    if wanted.within is not None:
        rows = rows.filter(id__in=wanted.within)
    if wanted.search is not None:
        sql, parameters = wanted.search.sql()
        # Written by `bounds`; what people typed is in the parameters.
        rows = rows.filter(RawSQL(sql, parameters, output_field=BooleanField()))  # noqa: S611
    return rows


def _read_so(rows: QuerySet[Mention], wanted: MentionFilter) -> QuerySet[Mention]:
    if wanted.emotion is not None:
        rows = rows.filter(emotions__contains=[wanted.emotion])
    if wanted.intent is not None:
        rows = rows.filter(intents__contains=[wanted.intent])
    if wanted.irony_from is not None:
        rows = rows.filter(irony__gte=wanted.irony_from)
    match wanted.corrected:
        case "any":
            rows = rows.exclude(corrected=[])
        case "none":
            rows = rows.filter(corrected=[])
        case str(field):
            rows = rows.filter(corrected__contains=[field])
    return rows


def _matched(**which: Any) -> QuerySet[MentionMatch]:
    """Matches of the outer mention that are settled: the others may come to nothing."""
    return MentionMatch.objects.filter(mention=OuterRef("pk"), settled=True, **which)


def mention_of(mention_id: str) -> Mention:
    """One mention. Raises NotFound."""
    return one(mentions(), mention_id)


def most_engaging(*, query_ids: Sequence[str], since: datetime, until: datetime, limit: int) -> list[Mention]:
    """The mentions of some queries that people reacted to most; reposts, which only repeat, are left
    out, and what noise filters hide."""
    matched = _matched(query_id__in=list(query_ids), hidden=False)
    rows = mentions(MentionFilter(since=since, until=until)).filter(Exists(matched)).exclude(kind="repost")
    return list(rows.order_by((F("likes") + F("reposts") + F("replies")).desc(), "-posted_at", "-id")[:limit])
