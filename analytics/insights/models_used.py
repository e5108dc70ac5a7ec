"""Which models read the mentions behind some figures, and how many people have labelled themselves. Read from the
matches of the period: what a mention was read by is no sum."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import connection

from analytics.insights.contracts import ModelUse, Period
from analytics.insights.selectors import bounds
from analytics.mentions.copytext import plain_array
from kernel.ids import decode


def models_used(*, period: Period, zone: str, query_ids: Sequence[str]) -> list[ModelUse]:
    """What read the mentions that some queries show in a period, each mention once, the model that read most first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.model_id, count(*), count(*) FILTER (WHERE m.corrected <> '{}') FROM mentions_mention m "
            "WHERE m.posted_at >= %s AND m.posted_at < %s AND EXISTS (SELECT FROM mentions_mentionmatch q "
            "WHERE q.mention_id = m.id AND q.query_id = ANY(%s::uuid[]) AND q.settled AND NOT q.hidden) "
            "GROUP BY 1 ORDER BY 2 DESC, 1",
            [*bounds(period, zone), plain_array([decode("qry", each).hex for each in query_ids])],
        )
        return [ModelUse(*row) for row in cursor.fetchall()]
