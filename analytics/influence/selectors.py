"""Reads of the influence maps."""

from __future__ import annotations

from django.db.models import QuerySet

from analytics.influence.models import InfluenceMap, InfluenceScore
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


def top(drawn: InfluenceMap, *, limit: int) -> list[InfluenceScore]:
    """The best-ranked authors of a map, best first."""
    return list(drawn.scores.select_related("author").order_by("rank", "author_id")[:limit])
