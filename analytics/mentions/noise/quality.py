"""How good a filter is, told from labelled samples: precision and recall, with intervals.

A sample is drawn at random within bands of the score, so every level of the filter hides whole bands. With N mentions
in a band, n of them labelled and x of those noise, N * x / n estimates its noise without bias (Horvitz and Thompson
1952); the precision of a level is the noise in the bands it hides by the mentions in them, its recall the noise in the
bands it hides by the noise in all. The 95 % intervals are percentiles of 2,000 draws from each band's posterior: a
share p from Beta(x + 1/2, n - x + 1/2) (Jeffreys' prior), and of the N - n mentions that nobody labelled a number from
Binomial(N - n, p) in its normal form; so what was looked at in full has no uncertainty left.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from analytics.mentions.noise.contracts import LEVELS, threshold

METHOD = "stratified, Jeffreys posterior, 95 %"
FEWEST = 10
"""Labels that every band needs, or all its mentions where it has fewer; without them nothing is said."""
_DRAWS = 2_000
_BOUNDS = tuple(limit for level in LEVELS if (limit := threshold(level)) is not None)  # the highest first
BANDS = (*(f"{bound}" for bound in _BOUNDS), "0")
"""Bands of the score, named by where they begin; the highest first."""


@dataclass(frozen=True, slots=True)
class Band:
    """One band of a sample: 0 <= noise <= labelled <= drawn <= mentions."""

    name: str
    mentions: int
    drawn: int
    labelled: int
    noise: int

    @property
    def missing(self) -> int:
        """How many labels it still needs."""
        return max(0, min(FEWEST, self.mentions) - self.labelled)


@dataclass(frozen=True, slots=True)
class Share:
    """An estimated share, 0..1, with its interval."""

    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Quality:
    """How a level of the filter does. `hidden` counts what it hides of the sample's mentions. Null shares: there is
    nothing to divide by (it hides nothing; there is no noise)."""

    level: str
    hidden: int
    precision: Share | None
    recall: Share | None


def band_of(score: float) -> str:
    """The band that a score of 0..1 falls into."""
    return next((f"{bound}" for bound in _BOUNDS if score >= bound), "0")


def is_enough(bands: Sequence[Band]) -> bool:
    """Whether every band has the labels it needs, and there is any mention."""
    return any(band.mentions for band in bands) and not any(band.missing for band in bands)


def qualities(bands: Sequence[Band], *, seed: int) -> list[Quality]:
    """Each level but `off`, the one that hides least first. Raises ValueError where `is_enough` is not so."""
    if not is_enough(bands):
        raise ValueError("too few labels")
    bands = [band for band in bands if band.mentions]
    rng = Random(seed)  # noqa: S311 - reproducible on purpose, nothing secret
    noise = [band.mentions * band.noise / band.labelled for band in bands]
    draws = [[_drawn(band, rng) for band in bands] for _ in range(_DRAWS)]
    found = []
    for level in LEVELS:
        limit = threshold(level)
        if limit is None:
            continue
        taken = [float(band.name) >= limit for band in bands]
        hidden = sum(band.mentions for band, is_in in zip(bands, taken, strict=True) if is_in)
        precision = recall = None
        if hidden:
            precision = _share([(_sum(noise, taken), hidden)], [(_sum(draw, taken), hidden) for draw in draws])
        if sum(noise):
            recall = _share([(_sum(noise, taken), sum(noise))], [(_sum(draw, taken), sum(draw)) for draw in draws])
        found.append(Quality(level, hidden, precision, recall))
    return found


def _drawn(band: Band, rng: Random) -> float:
    share = rng.betavariate(band.noise + 0.5, band.labelled - band.noise + 0.5)
    unseen = band.mentions - band.labelled
    more = rng.gauss(unseen * share, math.sqrt(unseen * share * (1 - share)))
    return band.noise + min(max(more, 0.0), unseen)


def _sum(values: Sequence[float], taken: Sequence[bool]) -> float:
    return sum(value for value, is_in in zip(values, taken, strict=True) if is_in)


def _share(value: list[tuple[float, float]], draws: list[tuple[float, float]]) -> Share:
    ((part, whole),) = value
    shares = sorted(part / whole for part, whole in draws if whole)
    low, high = shares[int(0.025 * (len(shares) - 1))], shares[round(0.975 * (len(shares) - 1))]
    estimate = part / whole
    return Share(round(estimate, 4), round(min(low, estimate), 4), round(max(high, estimate), 4))
