"""What a client tells the agency of itself, read from the rollups of its own brands' queries alone."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.db import connection
from django.db.models import Count, Min, Q

from analytics.insights import measures
from analytics.insights.contracts import Period
from analytics.insights.selectors import bounds
from analytics.insights.sentiment_alarm import BEFORE_DAYS, RECENT_DAYS, change
from analytics.insights.volume_alarm import HISTORY_DAYS, LEAST_SPIKE, expected
from analytics.listening.models import Query
from analytics.sources.models import Feed
from tenants.portfolio.contracts import FEED_FAILING, SENTIMENT_DROP, VOLUME_DROP, VOLUME_SPIKE, Alert, Summary

# A feed is read every ten minutes; that many failures in a row are no hiccup.
FAILING_AFTER = timedelta(hours=1)
_DAY = timedelta(days=1)
_LOOKED_BACK = RECENT_DAYS + BEFORE_DAYS


@dataclass(frozen=True, slots=True)
class _Days:
    """The days up to and with `today`, by date, as (mentions, engagement, negative, neutral, positive); `start` is the
    first on which all brands were listened for."""

    zone: str
    today: date
    start: date
    sums: dict[date, tuple[int, int, int, int, int]]

    def of(self, first: int, last: int) -> list[tuple[int, int, int, int, int]]:
        """The days from `first` to `last` days ago, both included, in order."""
        return [self.sums.get(self.today - _DAY * ago, (0, 0, 0, 0, 0)) for ago in range(first, last - 1, -1)]

    def readings(self, first: int, last: int) -> list[tuple[int, int, int]]:
        """Negative, neutral and positive readings of the same, as far as all brands were listened for."""
        ago = min(first, (self.today - self.start).days)
        return [day[2:] for day in self.of(ago, last)]

    def mentions(self, first: int, last: int) -> int:
        return sum(day[0] for day in self.of(first, last))

    def begins(self, ago: int) -> datetime:
        """The first instant of a day, in UTC."""
        return datetime.combine(self.today - _DAY * ago, time.min, ZoneInfo(self.zone)).astimezone(UTC)


def summarise(*, zone: str, now: datetime) -> Summary:
    """The client as it stands at `now`, with what is worth an alert."""
    feeds = _failing_feeds(now)
    days = _days(zone, now)
    if days is None:
        return Summary(alerts=feeds)
    month = measures.net_sentiment(*(sum(column) for column in zip(*(day[2:] for day in days.of(30, 1)), strict=True)))
    week = measures.net_sentiment(*(sum(column) for column in zip(*(day[2:] for day in days.of(7, 1)), strict=True)))
    return Summary(
        mentions_today=days.mentions(0, 0),
        mentions_7d=days.mentions(7, 1),
        mentions_previous_7d=days.mentions(14, 8) if days.start <= days.today - _DAY * 14 else None,
        mentions_30d=days.mentions(30, 1),
        engagement_7d=sum(day[1] for day in days.of(7, 1)),
        net_sentiment=month.value,
        net_sentiment_low=month.low,
        net_sentiment_high=month.high,
        sentiment_n=month.n,
        net_sentiment_7d=week.value,
        sentiment_n_7d=week.n,
        alerts=(*_volume(days), *_sentiment(days), *feeds),
    )


def _days(zone: str, now: datetime) -> _Days | None:
    """None where no own brand is listened for."""
    today = now.astimezone(ZoneInfo(zone)).date()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT least(q.created_at, (SELECT min(hour) FROM insights_hourlyrollup r WHERE r.query_id = q.id)) "
            "FROM listening_query q WHERE q.active AND q.kind = %s",
            [Query.Kind.BRAND],
        )
        begun = [row[0] for row in cursor.fetchall()]
        if not begun:
            return None
        start, _ = bounds(Period(today - _DAY * _LOOKED_BACK, today), zone)
        cursor.execute(
            "SELECT (r.hour AT TIME ZONE %s)::date, sum(r.mentions), sum(r.engagement), sum(r.negative), "
            "sum(r.neutral), sum(r.positive) FROM insights_hourlyrollup r JOIN listening_query q ON q.id = r.query_id "
            "WHERE q.active AND q.kind = %s AND r.hour >= %s AND r.hour <= %s GROUP BY 1",
            [zone, Query.Kind.BRAND, start, now],
        )
        sums = {row[0]: (int(row[1]), int(row[2]), int(row[3]), int(row[4]), int(row[5])) for row in cursor.fetchall()}
    return _Days(zone, today, max(begun).astimezone(ZoneInfo(zone)).date(), sums)


def _volume(days: _Days) -> list[Alert]:
    """One look at each day, and one alarm at most: today's as soon as today alone exceeds what a whole day may have,
    which is no second chance for a false one; yesterday's otherwise."""
    for ago in (0, 1):
        history = min(HISTORY_DAYS, (days.today - days.start).days - ago)
        range_ = expected([day[0] for day in days.of(ago + history, ago + 1)]) if history > 0 else None
        if range_ is None:
            continue
        mentions = days.mentions(ago, ago)
        kind = None
        if mentions > range_.high and mentions >= LEAST_SPIKE:
            kind = VOLUME_SPIKE
        elif ago and mentions < range_.low and _was_listening(days.begins(0)):
            kind = VOLUME_DROP
        if kind:
            return [Alert(kind, mentions, range_.low, range_.high, range_.days, days.begins(ago))]
    return []


def _was_listening(after: datetime) -> bool:
    """Whether a feed was read since. Without one, silence may only mean that nothing was uploaded yet."""
    return Feed.objects.filter(active=True, failing_since=None, polled_at__gte=after).exists()


def _sentiment(days: _Days) -> list[Alert]:
    found = change(days.readings(RECENT_DAYS + BEFORE_DAYS, RECENT_DAYS + 1), days.readings(RECENT_DAYS, 1))
    if found is None or not found.dropped:
        return []
    return [
        Alert(SENTIMENT_DROP, found.value, found.expected_low, found.expected_high, found.n, days.begins(RECENT_DAYS))
    ]


def _failing_feeds(now: datetime) -> tuple[Alert, ...]:
    failing = Q(failing_since__lte=now - FAILING_AFTER)
    found = Feed.objects.filter(active=True).aggregate(
        all=Count("id"), failing=Count("id", filter=failing), since=Min("failing_since", filter=failing)
    )
    if not found["failing"]:
        return ()
    return (Alert(FEED_FAILING, found["failing"], None, 0, found["all"], found["since"]),)
