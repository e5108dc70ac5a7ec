"""KPIs, time series and share of voice, read from the rollups alone."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Max, Min

from analytics.insights import measures
from analytics.insights.contracts import DayTotals, Period, QueryTotals, Series
from analytics.insights.models import HourlyRollup
from analytics.listening.models import Query
from kernel.ids import encode

_SUMS = "sum(mentions), sum(reach), sum(engagement), sum(negative), sum(neutral), sum(positive), sum(hidden)"


def bounds(period: Period, zone: str) -> tuple[datetime, datetime]:
    """The period as [first instant, first instant after it) in the client's time zone."""
    tz = ZoneInfo(zone)
    return (
        datetime.combine(period.start, time.min, tz),
        datetime.combine(period.end + timedelta(days=1), time.min, tz),
    )


def covered(zone: str) -> Period | None:
    """From the day of the first stored mention to that of the last; None where there is none."""
    found = HourlyRollup.objects.aggregate(first=Min("hour"), last=Max("hour"))
    if found["first"] is None:
        return None
    tz = ZoneInfo(zone)
    return Period(found["first"].astimezone(tz).date(), found["last"].astimezone(tz).date())


def totals(*, period: Period, zone: str) -> list[QueryTotals]:
    """One row per active query, own brands first, then competitors, then topics, each by mentions.

    Share of voice is a query's part of the mentions of all brand and competitor queries; a mention that matches two
    of them counts for both.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT query_id, {_SUMS} FROM insights_hourlyrollup WHERE hour >= %s AND hour < %s GROUP BY query_id",
            bounds(period, zone),
        )
        sums = {encode("qry", row[0]): [int(value) for value in row[1:]] for row in cursor.fetchall()}
    queries = list(Query.objects.filter(active=True))
    voice = sum(sums[query.id][0] for query in queries if query.kind != Query.Kind.TOPIC and query.id in sums)
    rows = [_totals(query, sums.get(query.id, [0] * 7), voice) for query in queries]
    order = [Query.Kind.BRAND, Query.Kind.COMPETITOR, Query.Kind.TOPIC]
    return sorted(rows, key=lambda row: (order.index(Query.Kind(row.kind)), -row.mentions, row.name))


def _totals(query: Query, sums: list[int], voice: int) -> QueryTotals:
    mentions, reach, engagement, negative, neutral, positive, hidden = sums
    return QueryTotals(
        query_id=query.id,
        name=query.name,
        kind=query.kind,
        mentions=mentions,
        reach=reach,
        engagement=engagement,
        engagement_rate=measures.engagement_rate(engagement, reach),
        negative=negative,
        neutral=neutral,
        positive=positive,
        unread=mentions - negative - neutral - positive,
        hidden=hidden,
        net_sentiment=measures.net_sentiment(negative, neutral, positive),
        share_of_voice=None if query.kind == Query.Kind.TOPIC else measures.share(mentions, voice),
    )


def daily(*, period: Period, zone: str, queries: Sequence[Query]) -> list[Series]:
    """The days of each query, in the order given; days without a mention are there with zeros.

    Rollups are by the UTC hour: in a zone off by half an hour, an hour counts for the day it starts in.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT query_id, (hour AT TIME ZONE %s)::date, {_SUMS} FROM insights_hourlyrollup "
            "WHERE hour >= %s AND hour < %s AND query_id = ANY(%s::uuid[]) GROUP BY 1, 2",
            [zone, *bounds(period, zone), _uuids(queries)],
        )
        found = {(encode("qry", row[0]), row[1]): [int(value) for value in row[2:]] for row in cursor.fetchall()}
    days = [period.start + timedelta(days=index) for index in range(period.days)]
    return [
        Series(query.id, query.name, query.kind, tuple(_day(day, found.get((query.id, day))) for day in days))
        for query in queries
    ]


def _uuids(queries: Sequence[Query]) -> list[Any]:
    field = Query._meta.pk
    return [field.get_prep_value(query.id) for query in queries]


def _day(day: date, sums: list[int] | None) -> DayTotals:
    mentions, reach, engagement, negative, neutral, positive, hidden = sums or [0] * 7
    net = measures.net_sentiment(negative, neutral, positive)
    return DayTotals(day, mentions, reach, engagement, negative, neutral, positive, hidden, net)
