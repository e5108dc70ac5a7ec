"""Daily forecasts on series whose truth is known, and on series that should be refused."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.foresight.forecast import Forecast, forecast_daily

START = date(2026, 1, 1)
WEEK = [30.0, 28.0, 26.0, 31.0, 35.0, 12.0, 8.0]


def days(count: int, start: date = START) -> list[date]:
    return [start + timedelta(days=place) for place in range(count)]


def poisson_days(seed: int, count: int, mean: float = 20.0) -> list[float]:
    """Poisson counts with a weekly swing of half the mean either way."""
    means = mean * (1 + 0.5 * np.sin(2 * np.pi * np.arange(count) / 7))
    return [float(value) for value in np.random.default_rng(seed).poisson(means)]


def sentiment_days(seed: int, count: int, posts: float = 15.0) -> tuple[list[float], list[float]]:
    """Net sentiment of days on which each post is positive with probability 0.65, else negative; and their posts."""
    random = np.random.default_rng(seed)
    sizes = 1 + random.poisson(posts, count)
    positive = random.binomial(sizes, 0.65)
    return [float(value) for value in (2 * positive - sizes) / sizes], [float(size) for size in sizes]


def hits(forecast: Forecast, actual: Sequence[float]) -> list[int]:
    """How many days fell inside the interval, per level."""
    return [
        sum(
            point.lows[level] <= value <= point.highs[level]
            for point, value in zip(forecast.points, actual, strict=True)
        )
        for level in range(len(forecast.levels))
    ]


def test_a_pure_weekly_pattern_goes_on() -> None:
    values = WEEK * 8
    forecast = forecast_daily(days(56), values, kind="count", horizon=14)
    assert [point.day for point in forecast.points] == days(14, START + timedelta(days=56))
    assert [point.mean for point in forecast.points] == pytest.approx(WEEK * 2, rel=0.02)
    assert forecast.n == 56
    # every week repeats the last, so there is no error of "as a week ago" to scale by
    assert forecast.backtest is not None
    assert forecast.backtest.mase is None


def test_a_noisy_weekly_pattern_beats_a_week_ago_and_finds_the_truth() -> None:
    forecast = forecast_daily(days(90), poisson_days(1, 90), kind="count")
    truth = 20 * (1 + 0.5 * np.sin(2 * np.pi * np.arange(90, 104) / 7))
    assert forecast.backtest is not None
    assert forecast.backtest.mase is not None
    # two independent Poisson days differ by the square root of 2 more than a day from its mean: 0.71 is perfect
    assert forecast.backtest.mase < 0.9
    assert forecast.backtest.windows == 60
    # eight or so effective weeks of Poisson(20) leave a standard error of about 8 %
    assert [point.mean for point in forecast.points] == pytest.approx(truth, rel=0.3)


def test_the_backtest_reports_mase_and_coverage_of_each_level() -> None:
    backtest = forecast_daily(days(90), poisson_days(2, 90), kind="count", levels=(50, 80, 95)).backtest
    assert backtest is not None
    assert backtest.checked > 300
    narrow, middle, wide = backtest.coverage
    assert narrow is not None
    assert middle is not None
    assert wide is not None
    assert 0.35 < narrow < 0.65 < middle < 0.92 < wide <= 1


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["count", "mean"])
def test_intervals_cover_what_comes(kind: str) -> None:
    """Days of one series share an interval and so err together: the tolerance counts each series as four days."""
    covered = np.zeros(2)
    series, horizon = 30, 14
    for seed in range(series):
        if kind == "count":
            values = poisson_days(100 + seed, 60 + horizon)
            forecast = forecast_daily(days(60), values[:60], kind="count", horizon=horizon)
        else:
            values, sizes = sentiment_days(100 + seed, 60 + horizon)
            forecast = forecast_daily(days(60), values[:60], kind="mean", weights=sizes[:60], horizon=horizon)
        covered += hits(forecast, values[60:])
    for level, share in zip((0.80, 0.95), covered / (series * horizon), strict=True):
        tolerance = 3 * (level * (1 - level) / (series * 4)) ** 0.5
        assert level - tolerance < share < level + tolerance


def test_the_forecast_of_a_mean_finds_its_level_through_gaps() -> None:
    values, sizes = sentiment_days(3, 120)
    kept = [place for place in range(120) if place % 5]  # every fifth day is missing
    forecast = forecast_daily(
        [days(120)[place] for place in kept],
        [values[place] for place in kept],
        weights=[sizes[place] for place in kept],
        kind="mean",
    )
    assert forecast.n == len(kept)
    assert forecast.points[0].day == START + timedelta(days=120)
    assert all(abs(point.mean - 0.3) < 0.12 for point in forecast.points)


def test_large_samples_outweigh_small_ones() -> None:
    """Days of one post shout +1; days of a hundred say -0.2. The truth of the posts is near -0.2."""
    values = [1.0 if place % 2 else -0.2 + 0.02 * (place % 3) for place in range(60)]
    sizes = [1.0 if place % 2 else 100.0 for place in range(60)]
    heavy = forecast_daily(days(60), values, weights=sizes, kind="mean", season=1)
    alike = forecast_daily(days(60), values, kind="mean", season=1)
    assert heavy.points[0].mean < alike.points[0].mean - 0.2


def test_a_day_of_weight_zero_is_a_gap() -> None:
    values, sizes = sentiment_days(4, 60)
    silent = [*values[:30], 1.0, *values[31:]]
    weights = [*sizes[:30], 0.0, *sizes[31:]]
    without = forecast_daily(
        days(30) + days(29, START + timedelta(days=31)),
        values[:30] + values[31:],
        weights=sizes[:30] + sizes[31:],
        kind="mean",
    )
    assert forecast_daily(days(60), silent, weights=weights, kind="mean") == without
    assert without.n == 59


def test_a_missing_day_of_a_count_is_a_day_without_any() -> None:
    values = poisson_days(5, 60, mean=2.0)
    assert 0.0 in values[1:-1]
    kept = [place for place, value in enumerate(values) if value or place in (0, 59)]
    sparse = forecast_daily([days(60)[place] for place in kept], [values[place] for place in kept], kind="count")
    assert sparse == forecast_daily(days(60), values, kind="count")


def test_order_of_days_does_not_matter_and_old_history_is_left_out() -> None:
    values = poisson_days(6, 430)
    forecast = forecast_daily(days(430)[::-1], values[::-1], kind="count")
    assert forecast == forecast_daily(days(430)[30:], values[30:], kind="count")
    assert forecast.n == 400


@pytest.mark.parametrize(
    ("make", "reason", "n"),
    [
        (lambda: forecast_daily([], [], kind="count"), "too_short", 0),
        (lambda: forecast_daily(days(27), poisson_days(1, 27), kind="count"), "too_short", 27),
        (lambda: forecast_daily(days(60)[::3], [0.5] * 20, kind="mean"), "too_short", 20),
        (lambda: forecast_daily(days(40), [0.5] * 40, weights=[0.0] * 40, kind="mean"), "too_short", 0),
        (lambda: forecast_daily(days(50), poisson_days(1, 50), kind="count", season=14), "too_short", 50),
        (lambda: forecast_daily(days(60), [0.0] * 60, kind="count"), "no_signal", 60),
        (lambda: forecast_daily(days(60), [0.0] * 60, kind="mean"), "no_signal", 60),
        (lambda: forecast_daily(days(40), poisson_days(1, 40), kind="count", horizon=30), "too_short_for_horizon", 40),
        (
            lambda: forecast_daily(days(28), poisson_days(1, 28), kind="count", horizon=1, levels=(95,)),
            "too_few_residuals",
            28,
        ),
    ],
)
def test_abstains_with_a_reason(make: Callable[[], Forecast], reason: str, n: int) -> None:
    forecast = make()
    assert (forecast.abstained, forecast.reason, forecast.points, forecast.backtest) == (True, reason, (), None)
    assert forecast.n == n
    assert forecast.model_id


def test_four_weeks_are_enough_and_say_that_errors_are_pooled() -> None:
    short = forecast_daily(days(28), poisson_days(7, 28), kind="count")
    assert not short.abstained
    assert all(point.pooled for point in short.points)
    long = forecast_daily(days(90), poisson_days(7, 90), kind="count")
    assert not any(point.pooled for point in long.points)
    # 62 days leave 34 windows: the 15th step ahead has 20 errors of its own, the 17th has 18, one short of 95 %
    between = forecast_daily(days(62), poisson_days(7, 62), kind="count", horizon=17)
    assert [point.pooled for point in between.points] == [False] * 16 + [True]


def test_counts_never_fall_below_zero_and_means_stay_in_bounds() -> None:
    rare = forecast_daily(days(60), poisson_days(8, 60, mean=0.3), kind="count")
    assert min(point.lows[-1] for point in rare.points) == 0
    assert all(point.mean >= 0 for point in rare.points)
    split = [float(value) for value in np.random.default_rng(8).choice([-1.0, 1.0], 60)]
    bold = forecast_daily(days(60), split, kind="mean")
    assert all(point.lows[-1] == -1 and point.highs[-1] == 1 for point in bold.points)


VALUES = st.one_of(
    st.lists(st.integers(0, 3).map(float), min_size=28, max_size=36),
    st.lists(st.floats(0, 1e9), min_size=28, max_size=36),
)


@given(VALUES, st.sampled_from([1, 2, 7]))
@settings(max_examples=25, deadline=None)
def test_any_counts_give_ordered_finite_intervals(values: list[float], season: int) -> None:
    forecast = forecast_daily(days(len(values)), values, kind="count", season=season, horizon=7)
    assert forecast.abstained == (not any(values))
    for point in forecast.points:
        assert 0 <= point.lows[1] <= point.lows[0] <= point.mean <= point.highs[0] <= point.highs[1] < float("inf")


@given(st.lists(st.tuples(st.floats(-1, 1), st.integers(0, 50).map(float)), min_size=40, max_size=60))
@settings(max_examples=25, deadline=None)
def test_any_means_give_ordered_intervals_within_bounds(drawn: list[tuple[float, float]]) -> None:
    values, weights = [value for value, _ in drawn], [weight for _, weight in drawn]
    forecast = forecast_daily(days(len(drawn)), values, weights=weights, kind="mean", horizon=7)
    for point in forecast.points:
        assert -1 <= point.lows[1] <= point.lows[0] <= point.mean <= point.highs[0] <= point.highs[1] <= 1


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"values": [1.0] * 39}, "values"),
        ({"values": [float("nan")] + [1.0] * 39}, "values"),
        ({"values": [float("inf")] + [1.0] * 39}, "values"),
        ({"values": [-1.0] + [1.0] * 39}, "values"),
        ({"values": [1.1] + [1.0] * 39, "kind": "mean"}, "values"),
        ({"days": days(39)}, "values"),
        ({"days": [START, *days(39)]}, "days"),
        ({"days": [datetime(2026, 2, 20, 12), *days(39)]}, "days"),
        ({"kind": "sum"}, "kind"),
        ({"horizon": 0}, "horizon"),
        ({"horizon": 61}, "horizon"),
        ({"season": 0}, "season"),
        ({"season": 15}, "season"),
        ({"levels": ()}, "levels"),
        ({"levels": (100,)}, "levels"),
        ({"levels": (0.8,)}, "levels"),
        ({"weights": [1.0] * 40}, "weights"),
        ({"weights": [1.0] * 39, "kind": "mean"}, "weights"),
        ({"weights": [-1.0] + [1.0] * 39, "kind": "mean"}, "weights"),
        ({"weights": [float("nan")] + [1.0] * 39, "kind": "mean"}, "weights"),
    ],
)
def test_bad_arguments_are_named(changes: dict[str, object], named: str) -> None:
    arguments = {"days": days(40), "values": [1.0] * 40, "kind": "count", **changes}
    with pytest.raises(ValueError, match=f"^{named} "):
        forecast_daily(arguments.pop("days"), arguments.pop("values"), **arguments)  # type: ignore[arg-type]


def test_levels_come_back_ascending_and_once() -> None:
    forecast = forecast_daily(days(40), poisson_days(9, 40), kind="count", levels=(95, 80, 95))
    assert forecast.levels == (80, 95)
    assert forecast == forecast_daily(days(40), poisson_days(9, 40), kind="count")


@pytest.mark.slow
def test_same_input_same_bytes_whatever_the_hash_seed_and_threads() -> None:
    program = (
        "from tests.foresight.test_forecast import *; values, sizes = sentiment_days(4, 60); "
        "print(repr(forecast_daily(days(60), poisson_days(4, 60), kind='count')), "
        "repr(forecast_daily(days(60), values, weights=sizes, kind='mean')))"
    )
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={
                **os.environ,
                "PYTHONHASHSEED": seed,
                "OMP_NUM_THREADS": seed,
                "OPENBLAS_NUM_THREADS": seed,
                "PYTHONPATH": os.pathsep.join(sys.path),
            },
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("1", "2")
    }
    assert len(printed) == 1
    here = repr(forecast_daily(days(60), poisson_days(4, 60), kind="count"))
    assert printed.pop().startswith(here.encode())
