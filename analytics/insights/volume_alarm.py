"""Is a day's number of mentions out of the ordinary, going by the weeks before it? Pure.

The quasi-Poisson detector of Farrington et al. (1996), with what Noufaily et al. (2013) improved: the days before
give a mean and an overdispersion, days that were outbreaks themselves weigh less, and the bounds are quantiles of a
negative binomial with that mean and variance. Two things are ours. The mean is a level times a weekday factor, the
factor shrunk towards 1 by a gamma prior, because four weeks hold only four of each weekday. And the variance is
stretched by the square of Student's quantile over the normal one, because an overdispersion that was estimated from
four weeks is itself uncertain.

Farrington, C. P., Andrews, N. J., Beale, A. D. & Catchpole, M. A. (1996). A statistical algorithm for the early
detection of outbreaks of infectious disease. Journal of the Royal Statistical Society A 159.
Noufaily, A. et al. (2013). An improved algorithm for outbreak detection in multiple surveillance systems. Statistics
in Medicine 32.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

HISTORY_DAYS = 28
LEAST_DAYS = 14
LEVEL = 0.99
# A third mention where two were the most is no news to anybody.
LEAST_SPIKE = 5

_SEASON = 7
# As a prior, what this many mentions on each weekday would say: that all weekdays are alike.
_PRIOR = 10.0
_OUTLYING = 2.58
# One outbreak hides in the dispersion it makes; each round shows more of it.
_ROUNDS = 10


@dataclass(frozen=True, slots=True)
class Expected:
    """What the days before suggest for a day: 99 of 100 ordinary days have `low` to `high` mentions, both included.
    `days` is how many days that rests on."""

    mean: float
    low: int
    high: int
    days: int


def expected(before: Sequence[int]) -> Expected | None:
    """The ordinary range for the day after `before`, daily mentions (>= 0) in order, of which the last 28 count.

    None (an abstention) with fewer than 14 days. Raises ValueError for a negative number.
    """
    import numpy as np
    from scipy import stats

    counts = np.asarray(before[-HISTORY_DAYS:], dtype=np.float64)
    if (counts < 0).any():
        raise ValueError("mentions cannot be negative")
    days = len(counts)
    if days < LEAST_DAYS:
        return None
    # Days back from the day in question, modulo a week: 0 is its own weekday.
    weekday = np.arange(days, 0, -1) % _SEASON
    weights = np.ones(days)
    for _ in range(_ROUNDS):
        means, own, spread = _fit(counts, weekday, weights)
        dispersion = max(1.0, float((weights * (counts - means) ** 2 / means).sum()) / (weights.sum() - _SEASON))
        leverage = 1.0 - np.minimum(0.9, _SEASON / weights.sum())
        residual = np.abs(counts - means) / np.sqrt(dispersion * means * leverage)
        known, weights = weights, (_OUTLYING / np.maximum(residual, _OUTLYING)) ** 2
        if np.allclose(weights, known, atol=0.001):
            break
    tail = (1 - LEVEL) / 2
    stretch = float(stats.t.ppf(tail, days - _SEASON) / stats.norm.ppf(tail)) ** 2
    variance = stretch * dispersion * (own + own**2 * spread)
    low, high = _quantiles(own, variance, tail)
    return Expected(own, low, high, days)


def _fit(counts: Any, weekday: Any, weights: Any) -> tuple[Any, float, float]:
    """The mean of each past day, that of the day in question, and the latter's squared relative standard error per
    unit of overdispersion."""
    import numpy as np

    total = float((weights * counts).sum()) + 0.5  # Jeffreys' half: never having been named does not make it impossible
    level = total / float(weights.sum())
    seen = np.bincount(weekday, weights * counts, _SEASON)
    fair = np.bincount(weekday, weights, _SEASON) * level
    factors = (seen + _PRIOR) / (fair + _PRIOR)
    return level * factors[weekday], float(level * factors[0]), 1.0 / (float(fair[0]) + _PRIOR) + 1.0 / total


def _quantiles(mean: float, variance: float, tail: float) -> tuple[int, int]:
    from scipy import stats

    size, chance = mean**2 / (variance - mean), mean / variance
    return int(stats.nbinom.ppf(tail, size, chance)), int(stats.nbinom.ppf(1 - tail, size, chance))
