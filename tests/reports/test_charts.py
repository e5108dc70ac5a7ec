from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest
from altair.utils.schemapi import validate_jsonschema
from altair.vegalite.v6.schema.core import load_schema

from analytics.reports.charts import (
    MAX_SERIES,
    drawn_series,
    forecast_chart,
    render_svg,
    sentiment_chart,
    sentiment_split_chart,
    sov_chart,
    topics_chart,
    volume_chart,
)
from analytics.reports.content import QuerySeries, SentimentSeries, SentimentSplit, Share
from analytics.reports.locale import Wording
from analytics.reports.svg_labels import lift_labels
from tests.reports.sample_content import DAYS, sample_content, wave
from tests.reports.sample_topics import sample_topics

PRIMARY = "#134e5e"


def every_chart(tag: str = "en-GB") -> dict[str, dict[str, Any]]:
    content, wording = sample_content(), Wording.of(tag)
    assert content.sentiment_series
    assert content.forecast
    return {
        "volume": volume_chart(content.volume_series, wording=wording, primary=PRIMARY),
        "shares": sov_chart(content.share_of_voice, wording=wording, primary=PRIMARY),
        "split": sentiment_split_chart(content.sentiment_split, wording=wording),
        "sentiment": sentiment_chart(content.sentiment_series, wording=wording),
        "topics": topics_chart(sample_topics().topics, wording=wording, primary=PRIMARY),
        "forecast": forecast_chart(content.forecast, wording=wording, primary=PRIMARY),
    }


NAMES = tuple(every_chart())


def words(spec: dict[str, Any]) -> list[str]:
    return [label.text for label in lift_labels(render_svg(spec)).labels]


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_is_plain_json_and_valid_vega_lite(name: str) -> None:
    spec = every_chart()[name]
    assert json.loads(json.dumps(spec, allow_nan=False)) == spec
    assert spec["$schema"].startswith("https://vega.github.io/schema/vega-lite/")
    assert all(isinstance(rows, list) for rows in spec.get("datasets", {}).values())
    validate_jsonschema(spec, load_schema())


@pytest.mark.parametrize("name", NAMES)
def test_a_chart_is_drawn_the_same_every_time(name: str) -> None:
    assert every_chart()[name] == every_chart()[name]
    first = render_svg(every_chart()[name])
    render_svg(every_chart()["volume"])  # moves Vega's own counters on
    assert render_svg(every_chart()[name]) == first


@pytest.mark.parametrize("name", NAMES)
def test_all_words_are_lifted_out_of_the_drawing(name: str) -> None:
    drawing = lift_labels(render_svg(every_chart()[name]))
    assert "<text" not in drawing.svg
    assert drawing.labels
    for label in drawing.labels:
        assert 0 <= label.x <= drawing.width
        assert 0 <= label.y <= drawing.height


def test_lines_carry_the_names_and_the_brand_its_colour() -> None:
    spec = every_chart()["volume"]
    assert {"Harbour Lane", "Corner Roasters", "Oat milk", "1 Mar"} <= set(words(spec))
    scale = spec["encoding"]["color"]["scale"]
    assert scale["range"][scale["domain"].index("Harbour Lane")] == PRIMARY


def test_days_do_not_shift_with_the_machines_time_zone() -> None:
    assert every_chart()["volume"]["encoding"]["x"]["scale"]["type"] == "utc"


def test_axes_speak_the_readers_language() -> None:
    spec = every_chart("de-DE")["forecast"]
    assert {"Beobachtet", "Erwartet", "80-%-Intervall", "20. Apr."} <= set(words(spec))
    big = (QuerySeries("a", "brand", DAYS, tuple(count * 1000 for count in wave(40, 10, 0))),)
    assert "20.000" in words(volume_chart(big, wording=Wording.of("de-DE"), primary=PRIMARY))
    share = words(every_chart("fr-FR")["shares"])
    assert any(word.endswith("\u00a0%") or word.endswith("\u202f%") or word.endswith(" %") for word in share)


def test_a_year_is_labelled_by_months() -> None:
    days = tuple(date(2025, 1, 1) + timedelta(days=at) for at in range(365))
    year = (QuerySeries("a", "brand", days, (1,) * 365),)
    assert "Jul 2025" in words(volume_chart(year, wording=Wording.of("en-GB"), primary=PRIMARY))


def test_only_so_many_lines_are_drawn_and_brands_come_first() -> None:
    crowd = tuple(QuerySeries(f"q{at}", "topic", DAYS[:2], (at, at)) for at in range(9))
    drawn = drawn_series((*crowd, QuerySeries("own", "brand", DAYS[:2], (0, 0))))
    assert [item.name for item in drawn][:2] == ["own", "q8"]
    assert len(drawn) == MAX_SERIES


def test_queries_of_one_name_stay_apart() -> None:
    shares = (Share("Same", 2, 0.6, 0.5, 0.7), Share("Same", 1, 0.4, 0.3, 0.5))
    found = words(sov_chart(shares, wording=Wording.of("en"), primary=PRIMARY))
    assert {"Same", "Same (2)"} <= set(found)


def test_intervals_are_drawn_where_they_are() -> None:
    spec = every_chart()["shares"]
    rows = next(iter(spec["datasets"].values()))
    assert rows[0] == {"query": "Harbour Lane", "share": 0.494, "low": 0.483, "high": 0.505, "mentions": 4132}
    bands = next(rows for rows in every_chart()["forecast"]["datasets"].values() if "band" in rows[0])
    assert {row["band"] for row in bands} == {"80% interval", "95% interval"}
    assert all(row["low"] <= row["high"] for row in bands)


def test_days_without_mentions_have_no_bar() -> None:
    series = SentimentSeries(DAYS[:3], (0.5, None, -0.5), (4, 0, 1))
    rows = next(
        rows for rows in sentiment_chart(series, wording=Wording.of("en"))["datasets"].values() if len(rows) > 1
    )
    assert [row["day"] for row in rows] == ["2026-03-01", "2026-03-03"]
    assert rows[0]["weight"] > rows[1]["weight"]


def test_queries_without_rated_mentions_are_left_out_of_the_split() -> None:
    spec = sentiment_split_chart((SentimentSplit("a", 1, 1, 2), SentimentSplit("b", 0, 0, 0)), wording=Wording.of("en"))
    rows = next(iter(spec["datasets"].values()))
    assert [(row["query"], row["share"]) for row in rows] == [("a", 0.5), ("a", 0.25), ("a", 0.25)]


@pytest.mark.parametrize("name", ["🧑🏿‍🚀" * 40, "𝓯𝓪𝓷𝓬𝔂" * 40, "<b>&amp;\u0000\ud800", "مرحبا", ""])
def test_hostile_names_can_be_drawn(name: str) -> None:
    spec = sov_chart((Share(name, 1, 1.0, 0.2, 1.0, is_own=True),), wording=Wording.of("en"), primary=PRIMARY)
    assert lift_labels(render_svg(spec)).labels


def test_a_drawing_must_be_an_svg() -> None:
    with pytest.raises(ValueError, match="SVG"):
        lift_labels("<svg")
    with pytest.raises(ValueError, match="SVG"):
        lift_labels("<svg xmlns='http://www.w3.org/2000/svg'/>")


def test_a_spec_that_cannot_be_drawn_is_refused() -> None:
    with pytest.raises(ValueError, match="Vega"):
        render_svg({"mark": "no such mark"})
