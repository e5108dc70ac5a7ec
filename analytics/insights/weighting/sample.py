"""Mentions as columns, and figures from them under weights."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from analytics.insights.measures import NOTHING, Estimate

NEGATIVE, NEUTRAL, POSITIVE, UNREAD = 0, 1, 2, -1
_Z95: Final = 1.959963984540054

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Sample:
    """n mentions. `sentiment` (n) is 0 negative, 1 neutral, 2 positive, -1 unread. `author` and `story` (n) are numbers
    that mentions of one author, or of one story, share; an unknown author has a number of its own. `age` (n) is in days
    before the end of the period, >= 0. `source`, `country` and `language` (n) index the lists of names, `reader` (n)
    the list `readers` of (model id, language); the model id is "" where people set the sentiment. `rating` (n) is NaN
    without one. Raises ValueError for columns of unlike length."""

    sentiment: Integers
    author: Integers
    story: Integers
    age: Floats
    source: Integers
    country: Integers
    language: Integers
    reader: Integers
    rating: Floats
    sources: tuple[str, ...]
    countries: tuple[str, ...]
    languages: tuple[str, ...]
    readers: tuple[tuple[str, str], ...]

    def __post_init__(self) -> None:
        columns = (
            self.author,
            self.story,
            self.age,
            self.source,
            self.country,
            self.language,
            self.reader,
            self.rating,
        )
        if any(len(column) != len(self.sentiment) for column in columns):
            raise ValueError("all columns have one entry per mention")

    def __len__(self) -> int:
        return len(self.sentiment)

    def margin(self, name: str) -> tuple[Integers, tuple[str, ...]]:
        """The codes and names of "source", "country" or "language". Raises KeyError."""
        return {
            "source": (self.source, self.sources),
            "country": (self.country, self.countries),
            "language": (self.language, self.languages),
        }[name]


@dataclass(frozen=True, slots=True)
class Figures:
    """Shares of the three sentiments and net sentiment (positive minus negative) among what was read, each with its
    95 % interval. `n` mentions were read and have weight; `n_effective` is how many independent ones they are worth."""

    n: int
    n_effective: float
    negative: Estimate
    neutral: Estimate
    positive: Estimate
    net: Estimate


def effective_size(weights: Floats, units: Integers) -> float:
    """Kish's (1965) effective sample size, (sum w)² / sum w², over the weights that independent `units` have together:
    what one author says twice is not two opinions. 0 where nothing has weight."""
    if not len(weights):
        return 0.0
    together = np.bincount(units - units.min(), weights=weights)
    squares = float((together**2).sum())
    return float(together.sum()) ** 2 / squares if squares > 0 else 0.0


def figures(sample: Sample, weights: Floats, *, independent: tuple[Integers, ...] = ()) -> Figures:
    """Shares and net sentiment under `weights` (n, >= 0). `independent` are columns of units of which mentions of the
    same are taken as one observation; the effective size is the least of theirs. Without any, each mention is one.

    Intervals are Wilson's (1927) and Agresti and Min's (2005) at the effective size, and so never closed. Kish's takes
    weights for unrelated to what is said. Where they hang on it, as after response rates, a figure that rests on a few
    heavy mentions is worth less; then its own size counts, by its linearised variance (Woodruff, 1971)."""
    there = (sample.sentiment != UNREAD) & (weights > 0)
    n = int(there.sum())
    if n == 0:
        return Figures(0, 0.0, NOTHING, NOTHING, NOTHING, NOTHING)
    used, labels = weights[there], sample.sentiment[there]
    columns = [column[there] for column in independent] or [np.arange(n)]
    size = min(float(n), *(effective_size(used, column) for column in columns))
    shares = np.bincount(labels, weights=used, minlength=3) / used.sum()

    def own(values: Floats) -> float:
        return min(size, *(size_of_mean(values[labels], used, column) for column in columns))

    negative, neutral, positive = (
        share_at(float(share), own(is_it), n) for share, is_it in zip(shares, np.eye(3), strict=True)
    )
    net = net_at(float(shares[0]), float(shares[2]), own(np.array([-1.0, 0.0, 1.0])), n)
    return Figures(n, size, negative, neutral, positive, net)


def size_of_mean(values: Floats, weights: Floats, units: Integers) -> float:
    """How many independent values would tell their mean as well as these do under these weights; infinite where nothing
    varies."""
    total = float(weights.sum())
    off = values - float(np.average(values, weights=weights))
    together = np.bincount(units - units.min(), weights=weights * off)
    variance = float((together**2).sum()) / total**2
    spread = float((weights * off**2).sum()) / total
    return spread / variance if variance > 0 and spread > 0 else math.inf


def share_at(share: float, size: float, n: int) -> Estimate:
    """A share with Wilson's interval at an effective size > 0; n mentions behind it."""
    z2 = _Z95**2
    centre = (share + z2 / (2 * size)) / (1 + z2 / size)
    half = _Z95 * math.sqrt(share * (1 - share) / size + z2 / (4 * size**2)) / (1 + z2 / size)
    return Estimate(share, min(share, max(0.0, centre - half)), max(share, min(1.0, centre + half)), n)


def net_at(negative: float, positive: float, size: float, n: int) -> Estimate:
    """Positive minus negative share, as `measures.net_sentiment` has it, at an effective size."""
    value = positive - negative
    up, down, total = positive * size + 1, negative * size + 1, size + 2
    centre = (up - down) / total
    half = _Z95 * math.sqrt(max(0.0, (up + down) / total - centre**2) / total)
    return Estimate(value, min(value, max(-1.0, centre - half)), max(value, min(1.0, centre + half)), n)
