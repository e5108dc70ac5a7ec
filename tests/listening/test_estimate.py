"""How many posts a day a query would bring, and how sure that is."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import chi2

from analytics.listening.estimate import FEWEST_EXAMINED, Rate, Stratum, estimate


def rate(strata: list[Stratum], days: float = 1.0) -> Rate:
    found = estimate(strata, days=days).rate
    assert found is not None
    return found


@pytest.mark.parametrize("matched", [1, 5, 40])
def test_one_stratum_has_garwoods_exact_interval(matched: int) -> None:
    found = rate([Stratum(10_000, 1_000, matched)], days=2)
    assert found.posts_a_day == pytest.approx(matched * 10 / 2)
    assert found.low == pytest.approx(chi2.ppf(0.025, 2 * matched) / 2 * 5)
    assert found.high == pytest.approx(chi2.ppf(0.975, 2 * matched + 2) / 2 * 5)


def test_no_match_still_leaves_room_above() -> None:
    found = rate([Stratum(10_000, 1_000, 0)])
    assert (found.posts_a_day, found.low) == (0, 0)
    assert found.high == pytest.approx(36.9, abs=0.1), "the rule of three, two-sided"


@pytest.mark.parametrize(
    ("strata", "days", "reason"),
    [
        ([], 1.0, "nothing"),
        ([Stratum(0, 0, 0)], 1.0, "nothing"),
        ([Stratum(1_000, FEWEST_EXAMINED - 1, 3)], 1.0, "needs 100"),
        ([Stratum(1_000, 500, 3)], 0.01, "hour"),
    ],
)
def test_too_little_gives_a_reason_and_no_number(strata: list[Stratum], days: float, reason: str) -> None:
    found = estimate(strata, days=days)
    assert found.rate is None
    assert reason in found.reason


def test_the_interval_covers_the_truth_as_often_as_it_says() -> None:
    """Two strata, one examined whole and one in part, as stored mentions are."""
    random = np.random.default_rng(11)
    covered, trials = 0, 2_000
    for _ in range(trials):
        # 3 a day in the newest 500 posts, 12 a day in the 20,000 before, of which 2,500 are looked at.
        newest, before = random.poisson(3), random.binomial(random.poisson(12), 2_500 / 20_000)
        found = rate([Stratum(500, 500, int(newest)), Stratum(20_000, 2_500, int(before))])
        covered += found.low <= 15 <= found.high
    assert covered / trials >= 0.95
