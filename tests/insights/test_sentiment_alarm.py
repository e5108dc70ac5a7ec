"""How often the alarm on sentiment is false, what it sees, and when it does not dare to say."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.insights.sentiment_alarm import LEAST_DAYS, LEAST_READ, Reading, change

TRIED = 1_500
SHARES = (0.2, 0.4, 0.4)


def days(
    dice: np.random.Generator, count: int, mean: float, shares: tuple[float, ...], alike: float | None
) -> list[Reading]:
    """Readings of so many days; `alike` is how concentrated a day's own shares are around `shares`, None: all alike."""
    found = []
    for _ in range(count):
        own = shares if alike is None else dice.dirichlet(np.array(shares) * alike)
        negative, neutral, positive = dice.multinomial(dice.poisson(mean), own)
        found.append((int(negative), int(neutral), int(positive)))
    return found


@pytest.mark.parametrize("mean", [3, 30, 300])
@pytest.mark.parametrize("alike", [None, 20.0, 5.0])
def test_unchanged_sentiment_seldom_alarms(mean: float, alike: float | None) -> None:
    """Half of 1 in 100 lies below a 99 % interval. With 1,500 weeks tried, 17 come up about one time in 1,000."""
    dice = np.random.default_rng(3)
    alarms = 0
    for _ in range(TRIED):
        found = change(days(dice, 28, mean, SHARES, alike), days(dice, 7, mean, SHARES, alike))
        alarms += found is not None and found.dropped

    assert alarms <= 17, f"{alarms / TRIED:.2%} of ordinary weeks"


def test_a_drop_is_seen_and_a_rise_is_none() -> None:
    dice = np.random.default_rng(4)
    worse, better = (0.35, 0.4, 0.25), (0.05, 0.4, 0.55)
    seen = [change(days(dice, 28, 30, SHARES, None), days(dice, 7, 30, worse, None)) for _ in range(200)]
    risen = [change(days(dice, 28, 30, SHARES, None), days(dice, 7, 30, better, None)) for _ in range(200)]

    assert sum(found is not None and found.dropped for found in seen) >= 180
    assert not any(found is not None and found.dropped for found in risen)


def test_days_that_differ_widen_the_interval() -> None:
    even, recent = [(5, 10, 10)] * 28, [(5, 10, 10)] * 7
    uneven = [(10, 5, 10), (0, 15, 10)] * 14

    steady, restless = change(even, recent), change(uneven, recent)

    assert steady is not None
    assert restless is not None
    assert steady.before == restless.before == pytest.approx(0.2)
    assert restless.high - restless.low > steady.high - steady.low
    assert steady.low < steady.difference < steady.high


def test_what_is_certain_and_small_is_no_alarm() -> None:
    found = change([(30_000, 40_000, 30_000)] * 28, [(31_000, 40_000, 29_000)] * 7)

    assert found is not None
    assert found.high < 0
    assert not found.dropped


@pytest.mark.parametrize(
    ("before", "recent"),
    [
        ([], [(5, 5, 5)] * 7),
        ([(5, 5, 5)] * 28, []),
        ([(1, 0, 0)] * (LEAST_READ - 1), [(5, 5, 5)] * 7),
        ([(5, 5, 5)] * 28, [(LEAST_READ - 1, 0, 0)]),
        ([(5, 5, 5)] * (LEAST_DAYS - 1) + [(0, 0, 0)] * 15, [(5, 5, 5)] * 7),
    ],
)
def test_too_little_to_say(before: list[Reading], recent: list[Reading]) -> None:
    assert change(before, recent) is None


def test_all_of_one_opinion_still_has_an_interval() -> None:
    found = change([(0, 0, 2)] * 28, [(30, 0, 0)])

    assert found is not None
    assert found.dropped
    assert -1 <= found.expected_low < found.expected_high <= 1


def test_what_is_out_of_the_ordinary_lies_outside_of_the_ordinary_range() -> None:
    for neutral in range(16):
        found = change([(1, 0, 39)] * 28, [(0, neutral, 15 - neutral)])
        assert found is not None
        assert (found.high < 0) == (found.value < found.expected_low)
        found = change([(39, 0, 1)] * 28, [(15 - neutral, neutral, 0)])
        assert found is not None
        assert (found.low > 0) == (found.value > found.expected_high)
