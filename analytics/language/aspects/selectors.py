"""Reads of what mentions speak of."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from typing import Any

from django.db.models import Q, QuerySet

from analytics.language.aspects.models import MentionAspect
from analytics.listening.models import Query
from kernel.ids import decode


def aspects_of(mention_ids: Sequence[str]) -> dict[str, list[MentionAspect]]:
    """What some mentions speak of, by mention, in reading order; with one look."""
    rows = MentionAspect.objects.filter(mention__in=list(mention_ids)).select_related("own", "entity", "about")
    found: dict[str, list[MentionAspect]] = defaultdict(list)
    for row in rows.order_by("mention", "start", "end", "id"):
        found[str(row.mention_id)].append(row)
    return found


def speaking_of(aspect: str, sentiment: str | None = None, query_id: str | None = None) -> QuerySet[Any, Any]:
    """The ids of mentions that speak of an aspect (its key, those of its parts included, or an own aspect's id), in
    this way where one is named; of a brand's or competitor's query, what is said of another one counts no more than in
    its figures."""
    if aspect.startswith("asp_"):
        rows = MentionAspect.objects.filter(own=decode("asp", aspect))
    else:
        rows = MentionAspect.objects.filter(Q(aspect=aspect) | Q(aspect__startswith=f"{aspect}."))
    if query_id is not None and Query.objects.filter(id=query_id).exclude(kind=Query.Kind.TOPIC).exists():
        rows = rows.filter(Q(about=None) | Q(about=query_id))
    if sentiment is not None:
        rows = rows.filter(sentiment=sentiment)
    return rows.values("mention_id")
