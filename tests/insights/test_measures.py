"""The KPI formulas against statsmodels, and within their bounds."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import proportion_confint
from statsmodels.stats.weightstats import DescrStatsW

from analytics.insights.measures import NOTHING, engagement_rate, net_sentiment, share

sizes = st.integers(0, 10**7)


@given(sizes, sizes)
def test_a_share_has_statsmodels_wilson_interval(part: int, rest: int) -> None:
    found = share(part, part + rest)
    if part + rest == 0:
        assert found is NOTHING
        return
    low, high = proportion_confint(part, part + rest, alpha=0.05, method="wilson")
    assert (found.value, found.n) == (part / (part + rest), part + rest)
    assert found.low == pytest.approx(low, abs=1e-9)
    assert found.high == pytest.approx(high, abs=1e-9)


@given(sizes, sizes)
def test_a_share_lies_within_its_interval_and_that_within_0_and_1(part: int, rest: int) -> None:
    found = share(part, part + rest + 1)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high, "never certain"


@pytest.mark.parametrize(("part", "whole"), [(-1, 3), (4, 3), (1, 0), (0, -1)])
def test_a_share_of_less_than_its_part_is_refused(part: int, whole: int) -> None:
    with pytest.raises(ValueError, match="between"):
        share(part, whole)


@given(sizes, sizes, sizes)
def test_net_sentiment_has_the_interval_of_a_mean_of_plus_and_minus_ones(down: int, even: int, up: int) -> None:
    found = net_sentiment(down, even, up)
    n = down + even + up
    if n == 0:
        assert found is NOTHING
        return
    assert (found.value, found.n) == ((up - down) / n, n)
    # Agresti and Min add one reading to either side; statsmodels divides the variance by n - 1.
    readings = DescrStatsW([-1.0, 0.0, 1.0], weights=[down + 1, even, up + 1], ddof=0)
    half = 1.959963984540054 * readings.std_mean * math.sqrt((n + 1) / (n + 2))
    assert found.low == pytest.approx(min(found.value or 0, max(-1, readings.mean - half)), abs=1e-9)
    assert found.high == pytest.approx(max(found.value or 0, min(1, readings.mean + half)), abs=1e-9)


@given(sizes, sizes, sizes)
def test_net_sentiment_lies_within_its_interval_and_turns_with_its_sign(down: int, even: int, up: int) -> None:
    found, turned = net_sentiment(down, even, up + 1), net_sentiment(up + 1, even, down)
    assert found.low is not None
    assert found.high is not None
    assert found.value is not None
    assert -1 <= found.low <= found.value <= found.high <= 1
    assert found.low < found.high, "never certain"
    assert (turned.value, turned.low, turned.high) == pytest.approx((-found.value, -found.high, -found.low), abs=1e-12)


def test_engagement_rate_is_per_person_reached() -> None:
    assert engagement_rate(5, 20) == 0.25
    assert engagement_rate(5, 0) is None
