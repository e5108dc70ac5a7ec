"""What a client tells of itself: its own brands, by whole days where it lives."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from analytics.insights import measures
from analytics.insights.models import HourlyRollup
from analytics.insights.summaries import summarise
from analytics.listening.models import Query
from analytics.sources.models import Feed
from tenants.portfolio.contracts import Summary
from tests.cast import Cast

pytestmark = pytest.mark.usefixtures("in_client")

NOW = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
ZONE = "UTC"


def brand(name: str = "own", kind: str = Query.Kind.BRAND, *, days: int = 90, **more: Any) -> Query:
    """A query that has been listened for since `days` ago."""
    query = Query.objects.create(name=name, kind=kind, text="x", **more)
    Query.objects.filter(id=query.id).update(created_at=NOW - timedelta(days=days))
    return query


def put(query: Query, ago: int, mentions: int, *, hour: int = 12, **more: int) -> None:
    """Mentions of the day that was `ago` days ago, at this hour in UTC."""
    moment = (NOW - timedelta(days=ago)).replace(hour=hour, minute=0)
    HourlyRollup.objects.create(hour=moment, query=query, source="web", mentions=mentions, **more)


def steady(query: Query, *, first: int = 40, mentions: int = 20, **more: int) -> None:
    """The same every day from `first` days ago up to the day before yesterday."""
    for ago in range(2, first + 1):
        put(query, ago, mentions, **more)


def kinds(summary: Summary) -> list[str]:
    return [alert.kind for alert in summary.alerts]


def test_days_are_whole_and_end_yesterday() -> None:
    query = brand()
    for ago, mentions in ((0, 1), (1, 2), (7, 4), (8, 8), (14, 16), (15, 32), (30, 64), (31, 128)):
        put(query, ago, mentions, engagement=mentions)

    told = summarise(zone=ZONE, now=NOW)

    assert (told.mentions_today, told.mentions_7d, told.mentions_previous_7d) == (1, 2 + 4, 8 + 16)
    assert (told.mentions_30d, told.engagement_7d) == (2 + 4 + 8 + 16 + 32 + 64, 6)


@pytest.mark.parametrize(
    ("zone", "today", "week"), [("UTC", 10, 1), ("Pacific/Auckland", 10, 1), ("America/Los_Angeles", 0, 11)]
)
def test_a_day_begins_where_the_client_lives(zone: str, today: int, week: int) -> None:
    """03:00 UTC is still yesterday in Los Angeles; 12:30 UTC is tomorrow in Auckland, whose day began at 11:00."""
    query = brand()
    now = NOW if zone != "Pacific/Auckland" else NOW + timedelta(hours=1)
    put(query, 0, 10, hour=3 if zone != "Pacific/Auckland" else 12)
    put(query, 5, 1)

    told = summarise(zone=zone, now=now)

    assert (told.mentions_today, told.mentions_7d) == (today, week)


def test_only_active_queries_of_own_brands_count_and_nothing_of_tomorrow() -> None:
    own = brand()
    put(own, 1, 5)
    put(own, -1, 100)
    put(brand("second"), 1, 7)
    for other in (
        brand("idle", active=False),
        brand("rival", Query.Kind.COMPETITOR),
        brand("topic", Query.Kind.TOPIC),
    ):
        put(other, 1, 1_000, positive=9)

    told = summarise(zone=ZONE, now=NOW)

    assert (told.mentions_7d, told.mentions_today, told.sentiment_n) == (12, 0, 0)


def test_without_a_brand_nothing_is_told_rather_than_zeros() -> None:
    put(brand("topic", Query.Kind.TOPIC), 1, 9)

    assert summarise(zone=ZONE, now=NOW) == Summary()


def test_a_brand_that_nobody_named_has_zeros_and_no_sentiment() -> None:
    brand()
    told = summarise(zone=ZONE, now=NOW)

    assert (told.mentions_7d, told.mentions_previous_7d, told.net_sentiment, told.sentiment_n) == (0, 0, None, 0)
    assert told.alerts == ()


def test_a_week_before_listening_began_is_unknown() -> None:
    query = brand(days=13)
    put(query, 1, 5)
    assert summarise(zone=ZONE, now=NOW).mentions_previous_7d is None

    put(query, 14, 0)  # what was imported reaches further back than the query
    assert summarise(zone=ZONE, now=NOW).mentions_previous_7d == 0


def test_net_sentiment_is_the_houses() -> None:
    query = brand()
    put(query, 1, 50, negative=5, neutral=10, positive=25)
    put(query, 20, 50, negative=15, neutral=10, positive=5)
    put(query, 31, 50, negative=50)

    told = summarise(zone=ZONE, now=NOW)

    month, week = measures.net_sentiment(20, 20, 30), measures.net_sentiment(5, 10, 25)
    assert (told.net_sentiment, told.net_sentiment_low, told.net_sentiment_high, told.sentiment_n) == (
        month.value, month.low, month.high, month.n
    )  # fmt: skip
    assert (told.net_sentiment_7d, told.sentiment_n_7d) == (week.value, week.n)


def test_yesterdays_burst_is_an_alert_with_what_was_ordinary() -> None:
    query = brand()
    steady(query)
    put(query, 1, 90)

    (alert,) = summarise(zone=ZONE, now=NOW).alerts

    assert (alert.kind, alert.value, alert.n) == ("volume_spike", 90, 28)
    assert alert.low is not None
    assert alert.high is not None
    assert alert.low <= 20 <= alert.high < 90
    assert alert.since == datetime(2026, 3, 30, tzinfo=UTC)


def test_todays_burst_is_one_as_soon_as_it_exceeds_a_whole_day() -> None:
    query = brand()
    steady(query)
    put(query, 1, 20)
    put(query, 0, 20, hour=1)
    assert kinds(summarise(zone=ZONE, now=NOW)) == []

    put(query, 0, 70, hour=2)
    (alert,) = summarise(zone=ZONE, now=NOW).alerts
    assert (alert.kind, alert.value, alert.since) == ("volume_spike", 90, datetime(2026, 3, 31, tzinfo=UTC))


def test_silence_is_an_alert_only_where_somebody_listened() -> None:
    steady(brand(), mentions=60)
    assert kinds(summarise(zone=ZONE, now=NOW)) == []

    feed = Feed.objects.create(url="https://news.example/feed", name="News", polled_at=NOW - timedelta(hours=13))
    assert kinds(summarise(zone=ZONE, now=NOW)) == []

    Feed.objects.filter(id=feed.id).update(polled_at=NOW - timedelta(minutes=5))
    (alert,) = summarise(zone=ZONE, now=NOW).alerts
    assert (alert.kind, alert.value) == ("volume_drop", 0)


def test_thirteen_days_of_listening_are_too_few_for_an_alert() -> None:
    query = brand(days=14)
    steady(query, first=14)
    put(query, 1, 500)
    assert kinds(summarise(zone=ZONE, now=NOW)) == []

    Query.objects.filter(id=query.id).update(created_at=NOW - timedelta(days=15))
    assert kinds(summarise(zone=ZONE, now=NOW)) == ["volume_spike"]


def test_a_brand_that_came_later_makes_no_burst() -> None:
    steady(brand())
    late = brand("late", days=1)
    put(late, 1, 500)

    assert kinds(summarise(zone=ZONE, now=NOW)) == []


def test_worse_readings_are_an_alert() -> None:
    query = brand()
    for ago in range(1, 36):
        good, bad = (3, 12) if ago <= 7 else (12, 3)
        put(query, ago, 20, positive=good, neutral=5, negative=bad)

    (alert,) = summarise(zone=ZONE, now=NOW).alerts

    assert (alert.kind, alert.value, alert.n) == ("sentiment_drop", -0.45, 140)
    assert alert.low is not None
    assert alert.low > -0.45
    assert alert.since == datetime(2026, 3, 24, tzinfo=UTC)


def test_feeds_that_fail_for_an_hour_are_an_alert(in_client: Cast) -> None:
    for number, minutes in enumerate((59, 61, 600)):
        since = NOW - timedelta(minutes=minutes)
        Feed.objects.create(url=f"https://n{number}.example/feed", name="n", problem="gone", failing_since=since)
    Feed.objects.create(url="https://fine.example/feed", name="n", polled_at=NOW)
    Feed.objects.create(url="https://off.example/feed", name="n", active=False, failing_since=NOW - timedelta(days=9))

    (alert,) = summarise(zone=ZONE, now=NOW).alerts

    assert (alert.kind, alert.value, alert.high, alert.n) == ("feed_failing", 2, 0, 4)
    assert alert.since == NOW - timedelta(minutes=600)


def test_mentions_are_never_read(django_assert_num_queries: Any) -> None:
    query = brand()
    steady(query)
    put(query, 1, 20)
    summarise(zone=ZONE, now=NOW)
    with django_assert_num_queries(3) as sent:
        summarise(zone=ZONE, now=NOW)
    assert not [query for query in sent.captured_queries if "mentions_mention" in query["sql"]]
