"""What a report shows is what the rooms below answer: the same figures, with their sample sizes, and nobody's name."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from random import Random

import pytest

from analytics.foresight.models import Forecast
from analytics.influence.models import InfluenceMap
from analytics.influence.services import draw_map
from analytics.insights import selectors as insights
from analytics.insights.contracts import Period
from analytics.journey.requests import change_query
from analytics.listening.models import Query
from analytics.listening.services import create_query
from analytics.reports.compose import compose
from analytics.reports.content import Brand, ReportContent
from analytics.reports.models import Report
from analytics.sources.services import accept_upload
from kernel import db
from kernel.queue.testing import drain
from tenants.models import Client
from tests.cast import Cast

PERIOD = Period(date(2026, 3, 1), date(2026, 3, 31))
BRAND = Brand(agency_name="Northlight", primary="#102030", accent="#abcdef", logo_png=None)


@pytest.fixture
def posts(in_client: Cast) -> None:
    """Two months of posts of two brands and a topic, by forty people who answer each other."""
    for name, kind, text in (
        ("Juniper", "brand", "juniper"),
        ("Rye", "competitor", "rye"),
        ("Bread", "topic", "bread"),
    ):
        create_query(name=name, kind=kind, text=text)
    dice, lines = Random(6), []
    for n in range(400):
        day = date(2026, 2, 1) + timedelta(days=n % 59)
        subject = dice.choice(["Juniper", "Juniper", "Rye", "Juniper and Rye", "Juniper bread"])
        word, other = dice.choice(["lovely", "awful", "there"]), f"@guest{dice.randrange(40)}_example"
        text = f"{subject} is {word} today said {other} {n}"
        author = f"guest{dice.randrange(40)}_example"
        lines.append(f"p{n},{day}T{n % 24:02}:30:00Z,{author},{text},{dice.randrange(50)},100")
    header = "id,created_at,author_handle,text,likes,followers"
    accept_upload(
        chunks=["\n".join([header, *lines]).encode()], file_name="p.csv", source="web", mapping={}, options={}
    )
    drain()


def composed(cast: Cast, *, locale: str = "en-GB", period: Period = PERIOD) -> ReportContent:
    report = Report.objects.create(job_id="job_x", start=period.start, end=period.end, locale=locale)
    Report.objects.filter(id=report.id).update(created_at=datetime(2026, 4, 2, 9, tzinfo=UTC))
    with db.public():
        client = Client.objects.get(id=cast.client.id)
    return compose(report=Report.objects.get(id=report.id), client=client, brand=BRAND)


def test_figures_are_those_of_the_insights(posts: None, in_client: Cast) -> None:
    content = composed(in_client)
    own, rye, bread = insights.totals(period=PERIOD, zone="Europe/London")
    figures = {kpi.key: kpi for kpi in content.kpis}
    assert figures["mentions"].value == own.mentions > 50
    assert figures["reach"].value == own.reach
    assert figures["engagement"].value == own.engagement
    assert (figures["net_sentiment"].value, figures["net_sentiment"].n) == (
        own.net_sentiment.value,
        own.net_sentiment.n,
    )
    assert own.share_of_voice is not None
    assert figures["share_of_voice"].value == own.share_of_voice.value
    assert [(share.name, share.mentions) for share in content.share_of_voice] == [
        ("Juniper", own.mentions),
        ("Rye", rye.mentions),
    ]
    assert [(row.name, row.positive, row.neutral, row.negative) for row in content.sentiment_split] == [
        (row.name, row.positive, row.neutral, row.negative) for row in (own, rye, bread)
    ]


def test_figures_are_compared_with_as_many_days_before(posts: None, in_client: Cast) -> None:
    period = Period(date(2026, 3, 11), date(2026, 3, 20))
    before = insights.totals(period=Period(date(2026, 3, 1), date(2026, 3, 10)), zone="Europe/London")[0]
    content = composed(in_client, period=period)
    assert next(kpi for kpi in content.kpis if kpi.key == "mentions").previous == before.mentions
    content = composed(in_client, period=Period(date(2026, 2, 1), date(2026, 2, 10)))
    assert all(kpi.previous is None for kpi in content.kpis)


def test_series_cover_every_day_of_the_period(posts: None, in_client: Cast) -> None:
    content = composed(in_client)
    assert [series.name for series in content.volume_series] == ["Juniper", "Rye", "Bread"]
    for series in content.volume_series:
        assert (series.days[0], series.days[-1], len(series.days)) == (PERIOD.start, PERIOD.end, 31)
    (own, _, _) = insights.daily(
        period=PERIOD,
        zone="Europe/London",
        queries=[Query.objects.get(name=name) for name in ("Juniper", "Rye", "Bread")],
    )
    assert content.volume_series[0].counts == tuple(day.mentions for day in own.days)


def test_a_map_and_a_forecast_are_made_where_there_are_none_and_used_where_there_are(
    posts: None, in_client: Cast
) -> None:
    first = composed(in_client)
    assert (InfluenceMap.objects.count(), Forecast.objects.filter(measure="volume").count()) == (1, 1)
    second = composed(in_client)
    assert (InfluenceMap.objects.count(), Forecast.objects.filter(measure="volume").count()) == (1, 1)
    assert first == second
    newer = draw_map(period=PERIOD, seed=99)
    composed(in_client)
    assert InfluenceMap.objects.latest("id") == newer


def test_a_map_is_drawn_anew_when_more_has_come(posts: None, in_client: Cast) -> None:
    composed(in_client)
    rows = [f"late{n},2026-03-20T10:00:00Z,guest{n}_example,Juniper said @guest{n + 1}_example" for n in range(9)]
    text = "\n".join(["id,created_at,author_handle,text", *rows])
    accept_upload(chunks=[text.encode()], file_name="l.csv", source="web", mapping={}, options={})
    drain()
    composed(in_client)
    before, after = InfluenceMap.objects.order_by("id")
    assert after.interactions == before.interactions + 9


def test_forecast_and_influencers_come_with_their_ranges(posts: None, in_client: Cast) -> None:
    content = composed(in_client)
    assert content.forecast is not None
    assert content.forecast.days[0] == date(2026, 4, 1)
    assert len(content.forecast.days) == len(content.forecast.mean) == len(content.forecast.low95) == 14
    assert content.forecast.n == 59
    assert content.influencers
    assert all(one.rank_low <= one.rank <= one.rank_high for one in content.influencers)


def test_nobody_is_named_and_samples_are_the_most_engaging_of_the_own_brand(posts: None, in_client: Cast) -> None:
    content = composed(in_client)
    assert "_example" not in repr(content)
    assert len(content.samples) == 8
    engagement = [sample.engagement for sample in content.samples]
    assert engagement == sorted(engagement, reverse=True)
    assert all("Juniper" in sample.text for sample in content.samples)


def test_a_query_that_is_asleep_is_not_shown(posts: None, in_client: Cast) -> None:
    change_query(query=Query.objects.get(name="Rye"), active=False)
    drain()
    content = composed(in_client)
    assert [series.name for series in content.volume_series] == ["Juniper", "Bread"]
    assert [share.name for share in content.share_of_voice] == ["Juniper"]


def test_without_an_own_brand_there_are_no_figures_and_no_forecast(posts: None, in_client: Cast) -> None:
    change_query(query=Query.objects.get(name="Juniper"), kind="topic")
    content = composed(in_client)
    assert (content.kpis, content.forecast, content.sentiment_series, content.samples) == ((), None, None, ())
    assert [share.name for share in content.share_of_voice] == ["Rye"]


def test_a_client_about_whom_nothing_is_known(in_client: Cast) -> None:
    content = composed(in_client)
    assert (content.kpis, content.volume_series, content.share_of_voice, content.influencers) == ((), (), (), ())
    create_query(name="Juniper", kind="brand", text="juniper")
    content = composed(in_client)
    figures = {kpi.key: kpi for kpi in content.kpis}
    assert (figures["mentions"].value, figures["net_sentiment"].value) == (0, None)
    assert content.share_of_voice == ()
