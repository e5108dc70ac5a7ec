"""Growth, its intervals, and what counts as emerging: by hand and by simulation."""

from __future__ import annotations

import numpy as np
import pytest

from analytics.topics.trends import discoveries, emerging, growth


def test_growth_by_hand() -> None:
    found = growth([2, 2, 2, 2, 8, 8], [20] * 6, later_days=2)
    assert found is not None
    assert (found.earlier, found.later) == (8, 16)
    assert found.rate == pytest.approx((16.5 / 2) / (8.5 / 4))
    assert found.share == pytest.approx((16.5 / 40) / (8.5 / 80))
    assert found.rate_low < found.rate < found.rate_high
    assert found.p < 0.01


def test_what_all_do_is_no_growing_share() -> None:
    found = growth([1, 1, 1, 1, 5, 5], [10, 10, 10, 10, 50, 50], later_days=2)
    assert found is not None
    assert found.rate > 3
    assert found.share == pytest.approx(1.0, abs=0.2)
    assert found.p > 0.2


def test_where_nothing_can_be_compared() -> None:
    assert growth([1, 2], [3, 4], later_days=2) is None
    assert growth([0, 2], [0, 4], later_days=1) is None
    with pytest.raises(ValueError):
        growth([1], [1, 2], later_days=1)


def test_intervals_hold_for_overdispersed_days() -> None:
    rng = np.random.default_rng(11)
    covered = []
    for _ in range(800):
        everything = rng.negative_binomial(20, 20 / (20 + 300), 28)
        days = rng.binomial(everything, rng.beta(3, 57, 28))  # 5 % of them, more on some days
        found = growth(days.tolist(), everything.tolist(), later_days=7)
        assert found is not None
        covered.append(found.share_low <= 1.0 <= found.share_high)
    assert 0.92 <= np.mean(covered) <= 0.985


def test_few_of_those_flagged_are_false() -> None:
    rng = np.random.default_rng(12)
    false, flagged = 0, 0
    for _ in range(60):
        everything = rng.poisson(400, 28)
        rates = np.full(30, 0.02)
        table = rng.poisson(everything[None, :] * rates[:, None])
        table[:6, 21:] = rng.poisson(everything[None, 21:] * 0.05, (6, 7))  # six do grow
        answers = emerging([growth(row.tolist(), everything.tolist(), later_days=7) for row in table])
        false += sum(answers[6:])
        flagged += sum(answers)
        assert sum(answers[:6]) == 6
    assert false / flagged <= 0.06


def test_benjamini_and_hochberg_by_hand() -> None:
    ps = [0.01, 0.04, 0.03, 0.005, 0.2]
    assert discoveries(ps, rate=0.05) == [True, True, True, True, False]
    assert discoveries([0.04, 0.06], rate=0.05) == [False, False]
    assert discoveries([]) == []


def test_too_few_stories_are_never_emerging() -> None:
    found = growth([0] * 20 + [2, 2], [500] * 22, later_days=2)
    assert found is not None
    assert found.p < 0.05
    assert emerging([found, None]) == [False, False]
