"""Forecasts out of the rollups: what history they rest on, and that they are kept as they were made."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from analytics.foresight.models import Forecast
from analytics.foresight.selectors import forecast_of, latest
from analytics.foresight.services import make_forecasts
from analytics.insights.models import HourlyRollup
from analytics.journey.requests import request_forecasts
from analytics.listening.models import Query
from analytics.listening.services import create_query
from kernel.errors import NotFound
from kernel.jobs.models import Job
from kernel.queue import send
from kernel.queue.testing import drain
from tests.cast import Cast

FIRST = date(2026, 1, 1)
VOLUME, NET = Forecast.Measure.VOLUME, Forecast.Measure.NET_SENTIMENT


def history(query: Query, days: int, *, hour: int = 12, seed: int = 3, start: date = FIRST) -> None:
    """Daily mentions around 20, more at weekends, two thirds of them read and mostly well-meaning."""
    dice = Random(seed)
    for step in range(days):
        day = start + timedelta(days=step)
        mentions = 14 + dice.randrange(8) + (8 if day.weekday() >= 5 else 0)
        read = mentions * 2 // 3
        HourlyRollup.objects.create(
            query=query,
            hour=datetime(day.year, day.month, day.day, hour, tzinfo=UTC),
            source="web",
            mentions=mentions,
            negative=read // 4,
            neutral=read // 4,
            positive=read - 2 * (read // 4),
        )


@pytest.fixture
def query(in_client: Cast) -> Query:
    return create_query(name="Juniper", kind="brand", text="juniper")


def numbers(forecast: Forecast) -> tuple[object, ...]:
    return forecast.points, forecast.backtest, forecast.model_id, forecast.n, forecast.history_end


def test_both_measures_are_forecast_for_the_days_after_the_history(query: Query) -> None:
    history(query, 60)
    made = make_forecasts(queries=[query], zone="UTC", today=date(2026, 4, 1), horizon=7)
    assert [row.measure for row in made] == [VOLUME, NET]
    for row in made:
        assert (row.history_start, row.history_end, row.n) == (FIRST, date(2026, 3, 1), 60)
        assert [point["day"] for point in row.points] == [f"2026-03-{day:02}" for day in range(2, 9)]
        for point in row.points:
            assert point["low_95"] <= point["low_80"] <= point["mean"] <= point["high_80"] <= point["high_95"]
        assert row.backtest is not None
        assert row.backtest["coverage"].keys() == {"80", "95"}
        assert row.model_id
        assert forecast_of(row.id) == row
    volume, net = made
    assert all(10 < point["mean"] < 35 and point["low_95"] >= 0 for point in volume.points)
    assert all(point["low_95"] >= -1 and point["high_95"] <= 1 for point in net.points)


def test_the_running_day_is_left_out(query: Query) -> None:
    history(query, 60)
    (volume, _) = make_forecasts(queries=[query], zone="UTC", today=date(2026, 3, 1), horizon=3)
    assert (volume.history_end, volume.n) == (date(2026, 2, 28), 59)
    assert volume.points[0]["day"] == "2026-03-01"


def test_history_is_in_the_clients_days(query: Query) -> None:
    history(query, 60, hour=23)
    (volume, _) = make_forecasts(queries=[query], zone="Europe/Berlin", today=date(2026, 4, 1), horizon=3)
    assert (volume.history_start, volume.history_end) == (date(2026, 1, 2), date(2026, 3, 2))


def test_days_without_a_mention_are_zeros_and_not_gaps(query: Query) -> None:
    history(query, 30)
    history(query, 10, start=FIRST + timedelta(days=45))
    (volume, net) = make_forecasts(queries=[query], zone="UTC", today=date(2026, 4, 1), horizon=3)
    assert volume.n == 55
    assert net.n == 40


def test_both_forecasts_follow_the_history_though_the_last_days_were_not_read(query: Query) -> None:
    history(query, 60)
    HourlyRollup.objects.filter(hour__gte=datetime(2026, 2, 20, tzinfo=UTC)).update(negative=0, neutral=0, positive=0)
    for row in make_forecasts(queries=[query], zone="UTC", today=date(2026, 4, 1), horizon=3):
        assert row.history_end == date(2026, 3, 1)
        assert [point["day"] for point in row.points] == ["2026-03-02", "2026-03-03", "2026-03-04"]


def test_a_query_long_unread_abstains(query: Query) -> None:
    history(query, 60)
    HourlyRollup.objects.create(query=query, hour=datetime(2027, 6, 1, tzinfo=UTC), source="web", mentions=1)
    (_, net) = make_forecasts(queries=[query], zone="UTC", today=date(2027, 7, 1), horizon=3)
    assert (net.abstain_reason, net.n) == ("too_short", 0)


def test_a_message_that_comes_again_after_its_job_has_ended_makes_nothing(query: Query) -> None:
    history(query, 40)
    job = request_forecasts(horizon=5)
    drain()
    before = Forecast.objects.count()
    send("foresight.make_forecasts", job.id, [], 5)
    drain()
    assert Forecast.objects.count() == before > 0


def test_the_same_history_gives_the_same_numbers(query: Query) -> None:
    history(query, 60)
    first, second = (
        [numbers(row) for row in make_forecasts(queries=[query], zone="UTC", today=date(2026, 4, 1))] for _ in range(2)
    )
    assert first == second
    assert Forecast.objects.count() == 4


@pytest.mark.parametrize("days", [0, 1, 5])
def test_too_little_history_abstains_and_says_why(query: Query, days: int) -> None:
    history(query, days)
    for row in make_forecasts(queries=[query], zone="UTC", today=date(2026, 4, 1)):
        assert row.abstain_reason
        assert (row.points, row.backtest) == ([], None)
        assert row.n <= days


def test_a_history_that_is_all_in_the_future_of_today_abstains(query: Query) -> None:
    history(query, 30)
    for row in make_forecasts(queries=[query], zone="UTC", today=date(2025, 12, 1)):
        assert row.abstain_reason


def test_the_newest_of_a_measure_is_the_latest(query: Query) -> None:
    history(query, 40)
    other = create_query(name="Other", kind="topic", text="other")
    make_forecasts(queries=[query, other], zone="UTC", today=date(2026, 4, 1))
    again = make_forecasts(queries=[query], zone="UTC", today=date(2026, 4, 1))
    assert latest(query_id=query.id, measure=VOLUME) == again[0]
    assert latest(query_id=query.id, measure=NET) == again[1]
    assert latest(query_id="qry_" + "0" * 32, measure=VOLUME) is None
    with pytest.raises(NotFound):
        forecast_of("fct_" + "0" * 32)


def test_the_actor_forecasts_all_active_queries_or_those_named(query: Query) -> None:
    history(query, 40)
    other = create_query(name="Other", kind="topic", text="other")
    create_query(name="Asleep", kind="topic", text="asleep")
    Query.objects.filter(name="Asleep").update(active=False)
    job = request_forecasts(horizon=5)
    drain()
    job.refresh_from_db()
    assert (job.state, job.done, job.total) == (Job.State.SUCCEEDED, 2, 2)
    assert set(Forecast.objects.values_list("query__name", "horizon")) == {("Juniper", 5), ("Other", 5)}
    request_forecasts(query_ids=[other.id], horizon=2)
    drain()
    assert set(Forecast.objects.filter(horizon=2).values_list("query__name", flat=True)) == {"Other"}
