"""Keeping the hourly rollups: added to in the very transaction that writes the mentions."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from analytics.mentions.contracts import Stored
from analytics.mentions.copytext import array, plain_array
from kernel.ids import decode

_MEASURES = ("mentions", "reach", "engagement", "negative", "neutral", "positive")
Key = tuple[str, datetime, str]


@dataclass(frozen=True, slots=True)
class Reading:
    """A sentiment that one mention was given: which query and hour it counts for."""

    query_id: str
    posted_at: datetime
    source: str
    sentiment: str


def hour_of(moment: datetime) -> datetime:
    return moment.replace(minute=0, second=0, microsecond=0)


def add_mentions(stored: Iterable[Stored]) -> None:
    """Count mentions that are new to the store. Call it in the transaction that stores them."""
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * len(_MEASURES))
    for row in stored:
        mention = row.mention
        hour = hour_of(mention.posted_at)
        for hit in mention.hits:
            cell = sums[hit.query_id, hour, mention.source]
            cell[0] += 1
            cell[1] += mention.reach
            cell[2] += mention.engagement
    _add(sums)


def add_readings(readings: Iterable[Reading]) -> None:
    """Count sentiments that mentions were given. Call it in the transaction that writes them."""
    place = {"negative": 3, "neutral": 4, "positive": 5}
    sums: dict[Key, list[int]] = defaultdict(lambda: [0] * len(_MEASURES))
    for reading in readings:
        if reading.sentiment:
            sums[reading.query_id, hour_of(reading.posted_at), reading.source][place[reading.sentiment]] += 1
    _add(sums)


def rebuild(query_id: str) -> None:
    """Count one query anew from its matches, after it was matched anew."""
    sums = ", ".join(f"{name} = EXCLUDED.{name}" for name in _MEASURES)
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM insights_hourlyrollup WHERE query_id = %s", [decode("qry", query_id)])
        cursor.execute(
            "INSERT INTO insights_hourlyrollup "
            "(query_id, hour, source, mentions, reach, engagement, negative, neutral, positive) "
            "SELECT q.query_id, date_trunc('hour', m.posted_at, 'UTC'), m.source, count(*), sum(m.reach), "
            "sum(m.likes + m.reposts + m.replies), count(*) FILTER (WHERE m.sentiment = 'negative'), "
            "count(*) FILTER (WHERE m.sentiment = 'neutral'), count(*) FILTER (WHERE m.sentiment = 'positive') "
            "FROM mentions_mentionmatch q JOIN mentions_mention m ON m.id = q.mention_id "
            f"WHERE q.query_id = %s GROUP BY 1, 2, 3 ON CONFLICT (query_id, hour, source) DO UPDATE SET {sums}",
            [decode("qry", query_id)],
        )


def _add(sums: dict[Key, list[int]]) -> None:
    if not sums:
        return
    # In a fixed order, so that two writers can never wait for each other's rows.
    keys = sorted(sums)
    updates = ", ".join(f"{name} = insights_hourlyrollup.{name} + EXCLUDED.{name}" for name in _MEASURES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO insights_hourlyrollup (query_id, hour, source, {', '.join(_MEASURES)}) "
            "SELECT * FROM unnest(%s::uuid[], %s::timestamptz[], %s::text[], "
            "%s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[], %s::bigint[]) "
            f"ON CONFLICT (query_id, hour, source) DO UPDATE SET {updates}",
            [
                plain_array([decode("qry", query).hex for query, _, _ in keys]),
                plain_array([hour.isoformat() for _, hour, _ in keys]),
                array([source for _, _, source in keys]),
                *(plain_array(measure) for measure in zip(*(sums[key] for key in keys), strict=True)),
            ],
        )
