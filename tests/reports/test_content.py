from __future__ import annotations

import math
from dataclasses import FrozenInstanceError
from datetime import date, datetime

import pytest

from analytics.reports.content import (
    Brand,
    ForecastView,
    Influencer,
    Kpi,
    QuerySeries,
    SampleMention,
    SentimentSeries,
    SentimentSplit,
    Share,
)
from tests.reports.sample_content import sample_content

DAY = date(2026, 3, 1)


@pytest.mark.parametrize("colour", ["teal", "#12345", "#1234567", "#12345g", "", '#123456"', "#12345\u0666"])
def test_a_brand_needs_real_colours(colour: str) -> None:
    with pytest.raises(ValueError, match="primary"):
        Brand("Bright Fox", colour, "#000000")


def test_a_brand_needs_a_name_and_a_png() -> None:
    with pytest.raises(ValueError, match="agency_name"):
        Brand("  ", "#000000", "#000000")
    with pytest.raises(ValueError, match="logo_png"):
        Brand("Bright Fox", "#000000", "#000000", b"<svg/>")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Kpi("mentions", -1, "count"),
        lambda: Kpi("mentions", math.nan, "count"),
        lambda: Kpi("mentions", math.inf, "count"),
        lambda: Kpi("share_of_voice", 1.2, "share"),
        lambda: Kpi("net_sentiment", 0.1, "score", low=0.2, high=0.3),
        lambda: Kpi("net_sentiment", 0.1, "points"),  # type: ignore[arg-type]
        lambda: QuerySeries("a", "brand", (DAY,), ()),
        lambda: QuerySeries("a", "brand", (DAY,), (-1,)),
        lambda: QuerySeries("a", "own", (DAY,), (1,)),  # type: ignore[arg-type]
        lambda: SentimentSeries((DAY,), (1.5,), (1,)),
        lambda: SentimentSeries((DAY,), (None,), ()),
        lambda: Share("a", 1, 0.5, 0.6, 0.7),
        lambda: Share("a", 1, 0.5, -0.1, 0.7),
        lambda: SentimentSplit("a", 1, -1, 1),
        lambda: Influencer("a", "b", 0.1, 3, 4, 5, 1),
        lambda: Influencer("a", "b", 2.0, 3, 2, 5, 1),
        lambda: ForecastView((DAY,), (1.0,), (2.0,), (3.0,), (0.0,), (4.0,)),
        lambda: ForecastView((DAY,), (1.0,)),
        lambda: ForecastView(coverage95=1.5),
        lambda: SampleMention("a", "rss", "en", datetime(2026, 3, 1), None, 0, "b"),
        lambda: sample_content(period_end=date(2020, 1, 1)),
        lambda: sample_content(time_zone="Mars/Olympus"),
        lambda: sample_content(time_zone="../../etc/passwd"),
        lambda: sample_content(generated_on=datetime(2026, 6, 2)),
    ],
)
def test_impossible_content_is_refused(make: object) -> None:
    assert callable(make)
    with pytest.raises(ValueError):
        make()


def test_content_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        sample_content().client_name = "Somebody else"  # type: ignore[misc]
