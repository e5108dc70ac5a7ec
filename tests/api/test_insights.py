"""Insights and charts through the API."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from analytics.insights.models import HourlyRollup
from analytics.journey.services import enrich
from analytics.listening.models import Query
from kernel import db as schemas
from tests.api.conftest import NOW, Api
from tests.cast import Cast
from tests.journey.heard import ORIGIN, hear_all, post
from tests.language.toy import Engines, ToyEngine, said

KINDS = ("summary", "timeseries", "share_of_voice", "charts/volume", "charts/share_of_voice", "charts/sentiment")


@pytest.fixture
def rollups(cast: Cast) -> dict[str, str]:
    """A brand with 30 mentions and a competitor with 10 over two days, and a topic with none."""
    with schemas.enter(cast.client.schema_name):
        made = {kind: Query.objects.create(name=kind, kind=kind, text="x") for kind in ("brand", "competitor", "topic")}
        for kind, mentions, ago in (("brand", 20, 0), ("brand", 10, 1), ("competitor", 10, 0)):
            HourlyRollup.objects.create(
                hour=NOW - timedelta(days=ago), query=made[kind], source="web", mentions=mentions, reach=100,
                engagement=10, positive=5, negative=1, neutral=2,
            )  # fmt: skip
    return {kind: query.id for kind, query in made.items()}


def test_a_summary_has_estimates_with_intervals(api: Api, place: str, rollups: dict[str, str]) -> None:
    summary = api("viewer").get(f"{place}/insights/summary?start=2026-03-01&end=2026-03-31").json()

    assert (summary["start"], summary["end"], summary["time_zone"]) == ("2026-03-01", "2026-03-31", "Europe/London")
    brand, competitor, topic = summary["queries"]
    assert (brand["query"], brand["mentions"], brand["unread"]) == (rollups["brand"], 30, 14)
    assert (brand["share_of_voice"]["value"], brand["share_of_voice"]["n"]) == (0.75, 40)
    assert brand["net_sentiment"]["low"] < brand["net_sentiment"]["value"] < brand["net_sentiment"]["high"]
    assert competitor["share_of_voice"]["value"] == 0.25
    assert (topic["share_of_voice"], topic["net_sentiment"]) == (
        None,
        dict.fromkeys(("value", "low", "high")) | {"n": 0},
    )


def test_a_period_left_out_is_the_last_thirty_days_covered(api: Api, place: str, rollups: dict[str, str]) -> None:
    summary = api("viewer").get(f"{place}/insights/summary").json()
    ending = api("viewer").get(f"{place}/insights/summary?end=2026-01-31").json()

    assert (summary["start"], summary["end"]) == ("2026-03-02", "2026-03-31")
    assert (ending["start"], ending["end"]) == ("2026-01-02", "2026-01-31")


def test_days_are_gapless_and_in_the_clients_zone(api: Api, place: str, rollups: dict[str, str]) -> None:
    url = f"{place}/insights/timeseries?start=2026-03-28&end=2026-03-31&query={rollups['brand']}"

    london = api("viewer").get(url).json()
    api("manager").patch(place, {"time_zone": "Pacific/Auckland"})
    auckland = api("viewer").get(url).json()

    assert [(day["day"], day["mentions"]) for day in london["series"][0]["days"]] == [
        ("2026-03-28", 0), ("2026-03-29", 0), ("2026-03-30", 10), ("2026-03-31", 20)
    ]  # fmt: skip
    assert [day["mentions"] for day in auckland["series"][0]["days"]] == [0, 0, 0, 10]
    assert len(london["series"]) == 1


def test_voices_are_those_that_compete(api: Api, place: str, rollups: dict[str, str]) -> None:
    voices = api("viewer").get(f"{place}/insights/share_of_voice").json()["data"]

    assert [(voice["kind"], voice["mentions"]) for voice in voices] == [("brand", 30), ("competitor", 10)]


def test_a_chart_is_a_vega_lite_specification(api: Api, place: str, rollups: dict[str, str]) -> None:
    api("manager").patch(f"{place}/branding", {"primary": "#0b5d3b"})

    for chart in ("volume", "share_of_voice", "sentiment"):
        spec = api("viewer").get(f"{place}/insights/charts/{chart}").json()
        assert "vega-lite" in spec["$schema"]
        assert "http" not in str(spec).replace(spec["$schema"], "")
    assert "#0b5d3b" in str(api("viewer").get(f"{place}/insights/charts/volume").json())


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_without_a_mention_gets_zeros(api: Api, place: str, kind: str) -> None:
    assert api("viewer").get(f"{place}/insights/{kind}").status_code == 200


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("period", "pointer"),
    [
        ("start=2026-03-31&end=2026-03-01", "/end"),
        ("start=2000-01-01&end=2026-03-01", "/end"),
        ("start=20260301", "/start"),
        ("start=2026-02-30", "/start"),
        ("end=9999-12-31", "/end"),
        ("start=0001-01-01", "/start"),
        ("end=2026-W10-1", "/end"),
        ("start=%D9%A2026-01-01", "/start"),
        ("start=", "/start"),
        ("end=today", "/end"),
    ],
)
def test_a_period_that_cannot_be_is_named(api: Api, place: str, kind: str, period: str, pointer: str) -> None:
    refused = api("viewer").get(f"{place}/insights/{kind}?{period}")

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


@pytest.mark.parametrize(
    ("path", "pointer"),
    [("timeseries?interval=hour", "/interval"), ("summary?query=x", "/query"), ("share_of_voice?query=x", "/query")],
)
def test_a_parameter_that_cannot_be_is_named(api: Api, place: str, path: str, pointer: str) -> None:
    refused: Any = api("viewer").get(f"{place}/insights/{path}")

    assert (refused.status_code, refused.json()["errors"][0]["pointer"]) == (400, pointer)


def test_emotions_irony_and_intents_come_with_shares_and_intervals(
    api: Api, cast: Cast, place: str, engines: Engines
) -> None:
    moods: dict[str, Any] = {
        "one": {"emotions": ["joy"], "irony": 0.9, "intents": ["praise"]},
        "two": {"emotions": [], "irony": 0.1, "intents": []},
        "three": {"emotions": None, "irony": None, "intents": None},
    }
    engines(ToyEngine("toy/1", lambda text: said("toy/1", **moods[text.split()[-1]])))
    with schemas.enter(cast.client.schema_name):
        query = Query.objects.create(name="Bread", kind="brand", text="bread")
        hear_all(cast, [post(n, f"bread {name}") for n, name in enumerate(moods)])
        enrich(origin=ORIGIN, limit=10, now=NOW)
    period = {"start": "2026-03-01", "end": "2026-03-04"}

    told = api("viewer").get(f"{place}/insights/readings", period).json()
    (row,) = told["queries"]
    assert (row["query"], row["mentions"], row["emotions"]["read"], row["emotions"]["untold"]) == (query.id, 3, 2, 1)
    emotions = {each["label"]: each for each in row["emotions"]["labels"]}
    assert len(emotions) == 8
    share = emotions["joy"]["share"]
    assert (emotions["joy"]["mentions"], share["value"], share["n"]) == (1, 0.5, 2)
    assert 0 < share["low"] < 0.5 < share["high"] < 1
    assert (row["irony"]["ironic"], row["irony"]["read"]) == (1, 2)
    assert {each["label"] for each in row["intents"]["labels"] if each["mentions"]} == {"praise"}

    days = api("viewer").get(f"{place}/insights/readings_timeseries", {**period, "query": query.id}).json()
    (series,) = days["series"]
    assert [day["mentions"] for day in series["days"]] == [0, 0, 3, 0]
    assert series["days"][2]["emotions"] == row["emotions"]
    assert api("viewer").get(f"{place}/insights/readings", {"from": "x"}).status_code == 400
