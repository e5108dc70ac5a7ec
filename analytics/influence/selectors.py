"""Reads of the influence maps."""

from __future__ import annotations

from django.db.models import QuerySet

from analytics.influence.models import InfluenceMap, InfluenceScore
from kernel.errors import NotFound


def maps() -> QuerySet[InfluenceMap]:
    """All maps, newest first."""
    return InfluenceMap.objects.all()


def map_of(map_id: str) -> InfluenceMap:
    """One map, or the newest one for `latest`. Raises NotFound."""
    try:
        found = maps().first() if map_id == "latest" else maps().filter(id=map_id).first()
    except ValueError:
        found = None
    if found is None:
        raise NotFound()
    return found


def top(drawn: InfluenceMap, *, limit: int) -> list[InfluenceScore]:
    """The best-ranked authors of a map, best first."""
    return list(drawn.scores.select_related("author").order_by("rank", "author_id")[:limit])
