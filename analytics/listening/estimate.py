"""How many posts a day a query finds, from samples of what came: with an interval, and without one that is too small.

Posts are taken to come as a Poisson process and each stratum to be sampled uniformly, so the count of a stratum is
Poisson too, thinned by its sampling fraction. The estimate is the sum of the counts, each weighted by posts per
sampled post; its interval is the gamma interval for weighted sums of Poisson counts (Fay and Feuer 1997, Statistics in
Medicine 16), which for one stratum is the exact one of Garwood (1936). It covers chance, not change: posts that come
in bursts vary more than this.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

METHOD = "weighted Poisson counts with a gamma interval (Fay and Feuer 1997)"
LEVEL = 0.95
FEWEST_EXAMINED = 100
"""Posts that must have been looked at before anything is said."""
FEWEST_DAYS = 1 / 24


@dataclass(frozen=True, slots=True)
class Stratum:
    """`examined` posts, drawn uniformly from `population` (>= examined), of which `matched` do."""

    population: int
    examined: int
    matched: int


@dataclass(frozen=True, slots=True)
class Rate:
    """Posts a day, with the interval that holds the true rate with probability LEVEL if the model holds."""

    posts_a_day: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Estimate:
    """What was examined and what follows. `rate` is None where that is too little to go by, with the reason."""

    examined: int
    population: int
    matched: int
    days: float
    rate: Rate | None
    reason: str = ""


def estimate(strata: Sequence[Stratum], *, days: float) -> Estimate:
    """The rate of matching posts in `days` (> 0, fractions too) that the strata together cover.

    Abstains (`rate` None) with fewer than FEWEST_EXAMINED posts examined, and for less than an hour.
    """
    examined = sum(stratum.examined for stratum in strata)
    population = sum(stratum.population for stratum in strata)
    matched = sum(stratum.matched for stratum in strata)
    reason = ""
    if examined == 0:
        reason = "There is nothing to try the query on yet."
    elif examined < FEWEST_EXAMINED:
        reason = f"Only {examined} posts could be looked at; an estimate needs {FEWEST_EXAMINED}."
    elif days < FEWEST_DAYS:
        reason = "The posts cover less than an hour."
    rate = None if reason else _rate([stratum for stratum in strata if stratum.examined], days)
    return Estimate(examined, population, matched, days, rate, reason)


def _rate(strata: Sequence[Stratum], days: float) -> Rate:
    from scipy.special import gammaincinv  # takes a tenth of a second to load

    weights = [stratum.population / stratum.examined for stratum in strata]
    total = sum(weight * stratum.matched for weight, stratum in zip(weights, strata, strict=True))
    variance = sum(weight**2 * stratum.matched for weight, stratum in zip(weights, strata, strict=True))
    tail = (1 - LEVEL) / 2
    low = variance / total * float(gammaincinv(total**2 / variance, tail)) if total else 0.0
    heaviest = max(weights)
    above, spread = total + heaviest, variance + heaviest**2
    high = spread / above * float(gammaincinv(above**2 / spread, 1 - tail))
    return Rate(total / days, low / days, high / days)
