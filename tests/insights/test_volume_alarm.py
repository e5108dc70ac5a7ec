"""How often the alarm on volume is false, what it sees, and when it does not dare to say."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.insights.volume_alarm import HISTORY_DAYS, LEAST_DAYS, LEAST_SPIKE, expected

TRIED = 1_000


def days(dice: np.random.Generator, mean: float, dispersion: float, week: float, count: int, drift: float) -> list[int]:
    """Mentions of so many days: weekdays that differ by `week`, a level that wanders by `drift` a day, and a variance
    of `dispersion` times the mean."""
    factors = np.exp(dice.normal(0, week, 7))
    level = mean * np.exp(np.cumsum(dice.normal(0, drift, count)))
    means = level * factors[np.arange(count) % 7] / factors.mean()
    if dispersion > 1:
        means = dice.gamma(means / (dispersion - 1), dispersion - 1)
    return [int(value) for value in dice.poisson(means)]


def false_alarms(mean: float, dispersion: float, week: float, history: int, drift: float) -> int:
    """How many of 1,000 ordinary days alarm."""
    dice = np.random.default_rng(7)
    alarms = 0
    for _ in range(TRIED):
        *before, day = days(dice, mean, dispersion, week, history + 1, drift)
        range_ = expected(before)
        assert range_ is not None
        alarms += (day > range_.high and day >= LEAST_SPIKE) or day < range_.low
    return alarms


@pytest.mark.parametrize(
    ("mean", "dispersion", "week", "history", "drift"),
    [
        (0.3, 1, 0.3, 28, 0.0),
        (2, 3, 0.3, 28, 0.0),
        (10, 1, 0.3, 28, 0.0),
        (50, 3, 0.3, 28, 0.0),
        (50, 3, 0.0, 14, 0.0),
        (50, 10, 0.3, 28, 0.0),
        (400, 1, 0.3, 28, 0.0),
        (400, 20, 1.0, 28, 0.0),
        (50, 3, 0.3, 28, 0.05),
    ],
)
def test_ordinary_days_seldom_alarm(mean: float, dispersion: float, week: float, history: int, drift: float) -> None:
    """1 in 100 is what a 99 % interval promises. Of 1,000 days, more than 20 are one time in 600 if it is kept."""
    assert false_alarms(mean, dispersion, week, history, drift) <= 20


def test_where_few_mentions_come_in_bursts_alarms_are_false_more_often() -> None:
    """Two a day with ten times the variance of chance: four weeks are too short to have seen enough of its bursts. What
    docs/glossary.md says of it."""
    assert 10 <= false_alarms(2, 10, 0.3, 28, 0.0) <= 40


def test_days_that_double_or_halve_are_seen() -> None:
    dice = np.random.default_rng(8)
    spikes = drops = 0
    for _ in range(300):
        *before, _ = days(dice, 100, 3, 0.3, 29, 0.0)
        own = sum(before[-7::-7]) / 4
        range_ = expected(before)
        assert range_ is not None
        spikes += 2 * own > range_.high
        drops += own / 3 < range_.low

    assert spikes >= 270
    assert drops >= 270


def test_a_past_outbreak_hardly_widens_what_is_ordinary() -> None:
    calm = days(np.random.default_rng(9), 100, 1, 0.0, 28, 0.0)
    wild = [*calm]
    wild[10] = 2_000

    before, after = expected(calm), expected(wild)

    assert before is not None
    assert after is not None
    assert after.high < 2 * before.high
    assert after.mean == pytest.approx(before.mean, rel=0.25)


def test_each_weekday_has_its_own_range() -> None:
    week = [10, 10, 10, 10, 10, 100, 100]

    weekday, weekend = expected(week * 4), expected((week[5:] + week[:5]) * 4)

    assert weekday is not None
    assert weekend is not None
    assert weekday.high < 50 < 60 < weekend.low


def test_the_last_four_weeks_count_and_less_than_two_are_too_few() -> None:
    four = [5, 7, 3, 9] * 7

    assert expected(four[: LEAST_DAYS - 1]) is None
    assert expected([]) is None
    assert expected([1_000] * 50 + four) == expected(four)
    assert [found.days for found in (expected(four),) if found] == [HISTORY_DAYS]


def test_silence_is_ordinary_after_silence() -> None:
    range_ = expected([0] * 28)

    assert range_ is not None
    assert range_.low == 0
    assert range_.high <= 1


def test_less_than_nothing_is_refused() -> None:
    with pytest.raises(ValueError):
        expected([3] * 20 + [-1])
