"""Has net sentiment dropped, comparing the last seven days with the four weeks before? Pure.

The difference of two independent net sentiments, with one positive and one negative reading added to each sample
(Agresti and Caffo 2000, for differences; Agresti and Min 2005, for shares of one sample). Readings of one day are
alike: a thread, a story, one loud voice. So the variance is multiplied by the design effect (Kish 1965) of days as
clusters, estimated from the four weeks, where it is above 1; and the quantile is Student's, with as many degrees of
freedom as those days give.

Agresti, A. & Caffo, B. (2000). Simple and effective confidence intervals for proportions and differences of
proportions result from adding two successes and two failures. The American Statistician 54.
Agresti, A. & Min, Y. (2005). See docs/glossary.md.
Kish, L. (1965). Survey sampling. Wiley.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

RECENT_DAYS = 7
BEFORE_DAYS = 28
LEVEL = 0.99
# Readings in each of the two samples, and days of the four weeks that have any.
LEAST_READ = 15
LEAST_DAYS = 14
# With very many readings the smallest of differences is certain, and still nothing to act upon.
LEAST_DROP = 0.05

Reading = tuple[int, int, int]
"""Negative, neutral and positive mentions of one day."""


@dataclass(frozen=True, slots=True)
class Change:
    """Net sentiment of the last seven days (`value`, -1..1) and of the days before, the difference with its 99 %
    interval, and how many readings are behind the former. `expected_low` and `expected_high` are where `value` would
    have lain 99 times of 100 had nothing changed."""

    value: float
    before: float
    difference: float
    low: float
    high: float
    expected_low: float
    expected_high: float
    n: int

    @property
    def dropped(self) -> bool:
        return self.high < 0 and self.difference <= -LEAST_DROP


def change(before: Sequence[Reading], recent: Sequence[Reading]) -> Change | None:
    """Compare the days in `recent` with those in `before`, in any order.

    None (an abstention) with fewer than 15 readings in either, or fewer than 14 days with any in `before`.
    """
    from scipy import stats

    days = [day for day in before if sum(day)]
    n_before, n_recent = sum(map(sum, before)), sum(map(sum, recent))
    if min(n_before, n_recent) < LEAST_READ or len(days) < LEAST_DAYS:
        return None
    effect = _design_effect(days)
    old, old_variance = _adjusted(before)
    new, new_variance = _adjusted(recent)
    degrees = len(days) - 1
    half = float(stats.t.ppf((1 + LEVEL) / 2, degrees)) * math.sqrt(effect * (old_variance + new_variance))
    value, past = _net(recent), _net(before)
    stretch = (n_recent + 2) / n_recent  # from a net sentiment to which two readings were added to one as it shows
    return Change(
        value=value,
        before=past,
        difference=value - past,
        low=new - old - half,
        high=new - old + half,
        expected_low=max(-1.0, (old - half) * stretch),
        expected_high=min(1.0, (old + half) * stretch),
        n=n_recent,
    )


def _net(days: Sequence[Reading]) -> float:
    return sum(positive - negative for negative, _, positive in days) / sum(map(sum, days))


def _adjusted(days: Sequence[Reading]) -> tuple[float, float]:
    """Net sentiment with one reading added to either side, and its variance were readings independent."""
    up, down = sum(day[2] for day in days) + 1, sum(day[0] for day in days) + 1
    total = sum(map(sum, days)) + 2
    net = (up - down) / total
    return net, ((up + down) / total - net**2) / total


def _design_effect(days: Sequence[Reading]) -> float:
    """How many times as large the variance of net sentiment is as it would be were readings independent; at least 1."""
    total, net, (_, plain) = sum(map(sum, days)), _net(days), _adjusted(days)
    squares = sum((day[2] - day[0] - net * sum(day)) ** 2 for day in days)
    clustered = squares / total**2 * len(days) / (len(days) - 1)
    return max(1.0, clustered / plain)
