"""Reads of the influence maps."""

from __future__ import annotations

from django.db.models import QuerySet, Sum

from analytics.influence.models import DailyEdge, InfluenceMap, InfluenceScore
from analytics.insights.contracts import Period
from kernel.errors import NotFound
from kernel.lookups import one


def maps() -> QuerySet[InfluenceMap]:
    """All maps, newest first."""
    return InfluenceMap.objects.all()


def map_of(map_id: str) -> InfluenceMap:
    """One map, or the newest one for `latest`. Raises NotFound."""
    if map_id != "latest":
        return one(maps(), map_id)
    newest = maps().first()
    if newest is None:
        raise NotFound()
    return newest


def edges_of(period: Period) -> QuerySet[DailyEdge]:
    """The interactions that a map of a period (UTC days) is drawn from.

    The brands' own accounts are left out: everybody speaks to them, and the question is which people carry.
    """
    return DailyEdge.objects.filter(
        day__gte=period.start, day__lte=period.end, source__is_brand=False, target__is_brand=False
    )


def drawn_map(period: Period) -> InfluenceMap | None:
    """The newest map of just this period, if as many interactions went into it as there are now."""
    there = edges_of(period).aggregate(total=Sum("interactions"))["total"] or 0
    newest = maps().filter(start=period.start, end=period.end).order_by("-id").first()
    return newest if newest is not None and newest.interactions == there else None


def top(drawn: InfluenceMap, *, limit: int) -> list[InfluenceScore]:
    """The best-ranked authors of a map, best first."""
    return list(drawn.scores.select_related("author").order_by("rank", "author_id")[:limit])
