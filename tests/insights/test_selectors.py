"""KPIs and series as the rollups give them: a client's own days, shares that add up, and nothing where nothing is."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from analytics.insights import selectors as insights
from analytics.insights.contracts import Period
from analytics.insights.models import HourlyRollup
from analytics.listening.models import Query
from analytics.listening.services import create_query
from tests.cast import Cast

_names = count()


def query(kind: str = "brand", name: str = "") -> Query:
    return create_query(name=name or f"{kind} {next(_names)}", kind=kind, text="juniper")


def rollup(of: Query, hour: datetime, mentions: int = 1, source: str = "web", **sums: int) -> None:
    HourlyRollup.objects.create(query=of, hour=hour, source=source, mentions=mentions, **sums)


def by_day(of: Query, period: Period, zone: str) -> dict[date, int]:
    (series,) = insights.daily(period=period, zone=zone, queries=[of])
    assert [day.day for day in series.days] == [period.start + timedelta(days=index) for index in range(period.days)]
    return {day.day: day.mentions for day in series.days}


class TestDaysOfAZone:
    @pytest.mark.parametrize(
        ("day", "hours"),
        [(date(2026, 3, 28), 24), (date(2026, 3, 29), 23), (date(2026, 10, 24), 24), (date(2026, 10, 25), 25)],
    )
    def test_a_day_has_as_many_hours_as_its_clocks_show(self, in_client: Cast, day: date, hours: int) -> None:
        """Berlin loses an hour in spring and gains one in autumn; every hour counts for one day and one only."""
        own = query()
        first = datetime.combine(day, datetime.min.time(), UTC) - timedelta(hours=12)
        for step in range(48):
            rollup(own, first + timedelta(hours=step))
        period = Period(day - timedelta(days=1), day + timedelta(days=1))
        days = by_day(own, period, "Europe/Berlin")
        assert days[day] == hours
        assert sum(days.values()) == 48
        assert by_day(own, Period(day, day), "Europe/Berlin") == {day: hours}

    def test_bounds_are_the_local_midnights(self) -> None:
        since, until = insights.bounds(Period(date(2026, 3, 29), date(2026, 3, 29)), "Europe/Berlin")
        assert (since.astimezone(UTC), until.astimezone(UTC)) == (
            datetime(2026, 3, 28, 23, tzinfo=UTC),
            datetime(2026, 3, 29, 22, tzinfo=UTC),
        )
        since, until = insights.bounds(Period(date(2026, 10, 25), date(2026, 10, 26)), "Europe/Berlin")
        assert until.astimezone(UTC) - since.astimezone(UTC) == timedelta(hours=49)

    def test_the_same_hour_belongs_to_different_days_of_different_clients(self, in_client: Cast) -> None:
        own = query()
        rollup(own, datetime(2026, 3, 2, 23, tzinfo=UTC))
        period = Period(date(2026, 3, 1), date(2026, 3, 4))
        for zone, day in (("UTC", 2), ("Europe/Berlin", 3), ("America/Los_Angeles", 2), ("Pacific/Kiritimati", 3)):
            assert [day.day for day, mentions in by_day(own, period, zone).items() if mentions] == [day]

    def test_midnight_that_does_not_exist(self, in_client: Cast) -> None:
        """In Beirut the clocks of 29 March 2026 go from 23:59 to 01:00; that day begins at one."""
        own = query()
        day = date(2026, 3, 29)
        for step in range(72):
            rollup(own, datetime(2026, 3, 28, tzinfo=UTC) + timedelta(hours=step))
        assert by_day(own, Period(day, day), "Asia/Beirut") == {day: 23}

    @pytest.mark.parametrize(
        ("zone", "day_of_1800", "day_of_1900"),
        [
            # Half past eleven at night and half past midnight: the hour from 18:00 to 19:00 UTC spans midnight.
            ("Asia/Kolkata", 2, 3),
            # 23:45 and 00:45.
            ("Asia/Kathmandu", 2, 3),
        ],
    )
    def test_an_hour_that_spans_midnight_counts_for_the_day_it_starts_in(
        self, in_client: Cast, zone: str, day_of_1800: int, day_of_1900: int
    ) -> None:
        own = query()
        rollup(own, datetime(2026, 3, 2, 18, tzinfo=UTC), mentions=10)
        rollup(own, datetime(2026, 3, 2, 19, tzinfo=UTC), mentions=1)
        days = by_day(own, Period(date(2026, 3, 1), date(2026, 3, 4)), zone)
        assert days[date(2026, 3, day_of_1800)] == 10
        assert days[date(2026, 3, day_of_1900)] == 1

    @pytest.mark.parametrize("zone", ["Asia/Kolkata", "Asia/Kathmandu", "Australia/Adelaide", "America/St_Johns"])
    def test_totals_of_days_are_the_days_of_the_series_in_such_zones_too(self, in_client: Cast, zone: str) -> None:
        own = query()
        for step in range(96):
            rollup(own, datetime(2026, 3, 1, tzinfo=UTC) + timedelta(hours=step), mentions=step)
        for day in (date(2026, 3, 2), date(2026, 3, 3)):
            (row,) = insights.totals(period=Period(day, day), zone=zone)
            assert row.mentions == by_day(own, Period(day, day), zone)[day]
            assert row.mentions == by_day(own, Period(day - timedelta(days=1), day + timedelta(days=1)), zone)[day]

    @settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(
        st.sampled_from(
            ["UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "Africa/Casablanca"]
        ),
        st.lists(
            st.datetimes(min_value=datetime(2025, 12, 1), max_value=datetime(2026, 12, 31)), min_size=1, max_size=12
        ),
    )
    def test_every_hour_counts_once_on_the_local_day_it_starts(
        self, in_client: Cast, zone: str, moments: list[datetime]
    ) -> None:
        own = query()
        hours = sorted({moment.replace(minute=0, second=0, microsecond=0, tzinfo=UTC) for moment in moments})
        for hour in hours:
            rollup(own, hour)
        period = Period(date(2025, 11, 29), date(2027, 1, 2))
        expected: dict[date, int] = {}
        for hour in hours:
            day = hour.astimezone(ZoneInfo(zone)).date()
            expected[day] = expected.get(day, 0) + 1
        assert {day: mentions for day, mentions in by_day(own, period, zone).items() if mentions} == expected


class TestNothing:
    def test_a_client_without_queries_or_mentions(self, in_client: Cast) -> None:
        period = Period(date(2026, 3, 1), date(2026, 3, 3))
        assert insights.covered("Europe/London") is None
        assert insights.totals(period=period, zone="Europe/London") == []
        assert insights.daily(period=period, zone="Europe/London", queries=[]) == []

    def test_a_query_without_mentions_has_days_of_zeros_and_no_rates(self, in_client: Cast) -> None:
        own = query()
        period = Period(date(2026, 3, 1), date(2026, 3, 3))
        (row,) = insights.totals(period=period, zone="UTC")
        assert (row.mentions, row.unread, row.engagement_rate) == (0, 0, None)
        assert (row.net_sentiment.value, row.net_sentiment.n) == (None, 0)
        assert row.share_of_voice is not None
        assert (row.share_of_voice.value, row.share_of_voice.n) == (None, 0)
        assert by_day(own, period, "UTC") == {date(2026, 3, day): 0 for day in (1, 2, 3)}

    def test_a_period_that_ends_before_it_starts(self) -> None:
        with pytest.raises(ValueError):
            Period(date(2026, 3, 2), date(2026, 3, 1))


class TestTotals:
    PERIOD = Period(date(2026, 3, 1), date(2026, 3, 31))

    def test_shares_of_voice_add_up_to_one_without_topics(self, in_client: Cast) -> None:
        for number, kind in enumerate(("brand", "competitor", "competitor", "topic"), start=1):
            rollup(query(kind), datetime(2026, 3, number, tzinfo=UTC), mentions=number * 10)
        rows = insights.totals(period=self.PERIOD, zone="UTC")
        voices = [row.share_of_voice for row in rows if row.share_of_voice is not None]
        assert sum(voice.value or 0.0 for voice in voices) == pytest.approx(1.0)
        assert {voice.n for voice in voices} == {60}
        assert [row.kind for row in rows if row.share_of_voice is None] == ["topic"]
        for voice in voices:
            assert voice.low is not None
            assert voice.high is not None
            assert voice.value is not None
            assert 0 <= voice.low <= voice.value <= voice.high <= 1

    def test_own_brands_come_first_then_competitors_then_topics_each_by_mentions(self, in_client: Cast) -> None:
        for kind, mentions in (("topic", 99), ("competitor", 5), ("brand", 1), ("competitor", 7), ("brand", 3)):
            rollup(query(kind), datetime(2026, 3, 1, tzinfo=UTC), mentions=mentions)
        rows = insights.totals(period=self.PERIOD, zone="UTC")
        assert [(row.kind, row.mentions) for row in rows] == [
            ("brand", 3), ("brand", 1), ("competitor", 7), ("competitor", 5), ("topic", 99),
        ]  # fmt: skip

    def test_sums_over_sources_and_hours_within_the_period_only(self, in_client: Cast) -> None:
        own = query()
        for source, hour in (("web", 0), ("rss", 0), ("web", 1)):
            rollup(
                own,
                datetime(2026, 3, 31, hour, tzinfo=UTC),
                mentions=4,
                source=source,
                reach=100,
                engagement=10,
                negative=1,
                neutral=1,
                positive=1,
            )
        rollup(own, datetime(2026, 2, 28, 23, tzinfo=UTC), mentions=1000)
        rollup(own, datetime(2026, 4, 1, 0, tzinfo=UTC), mentions=1000)
        (row,) = insights.totals(period=self.PERIOD, zone="UTC")
        assert (row.mentions, row.reach, row.engagement, row.unread) == (12, 300, 30, 3)
        assert row.engagement_rate == pytest.approx(0.1)
        assert (row.net_sentiment.value, row.net_sentiment.n) == (0.0, 9)

    def test_an_inactive_query_is_neither_shown_nor_part_of_the_whole(self, in_client: Cast) -> None:
        own, other = query(), query("competitor")
        rollup(own, datetime(2026, 3, 1, tzinfo=UTC), mentions=1)
        rollup(other, datetime(2026, 3, 1, tzinfo=UTC), mentions=9)
        Query.objects.filter(id=other.id).update(active=False)
        (row,) = insights.totals(period=self.PERIOD, zone="UTC")
        assert row.query_id == own.id
        assert row.share_of_voice is not None
        assert row.share_of_voice.value == 1.0

    def test_covered_is_in_the_clients_days(self, in_client: Cast) -> None:
        own = query()
        rollup(own, datetime(2026, 3, 1, 23, tzinfo=UTC))
        rollup(own, datetime(2026, 3, 9, 23, tzinfo=UTC))
        assert insights.covered("UTC") == Period(date(2026, 3, 1), date(2026, 3, 9))
        assert insights.covered("Europe/Berlin") == Period(date(2026, 3, 2), date(2026, 3, 10))

    def test_series_come_in_the_order_asked_for(self, in_client: Cast) -> None:
        queries = [query(kind) for kind in ("topic", "brand", "competitor")]
        series = insights.daily(period=self.PERIOD, zone="UTC", queries=queries[::-1])
        assert [row.query_id for row in series] == [row.id for row in queries[::-1]]
