"""What is typical of an agency's clients, said so that it tells nothing of one of them. Pure.

Who reads it and knows their own figures must not learn another's:
 - at least five clients, each counted alike, or no figure at all;
 - the interquartile mean: no value of a single client is ever the answer, as a median or an extreme is, and one whose
   value is far off moves it no further than its neighbours stand apart;
 - rounded to steps of at least a twentieth;
 - one version every seven days, over those days and without a filter: there is no second set that differs by a client,
   and the next one differs by everybody's week;
 - of the number of clients, only how many there are at the least.
This is no differential privacy. Among five clients its noise would drown every figure, and the agency, which sees all
of them anyway, is no adversary; only clients' own people are.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

LEAST_CLIENTS = 5
MENTIONS = "mentions_7d"
GROWTH = "change"
NET_SENTIMENT = "net_sentiment_7d"
ENGAGEMENT = "engagement_per_mention"
MEASURES = (MENTIONS, GROWTH, NET_SENTIMENT, ENGAGEMENT)

# From how many of what a client's own figure says anything.
_LEAST_MENTIONS = 10
_LEAST_READ = 30
_STEP = 0.05
_FLOORS = (5, 10, 20, 50, 100, 200, 500, 1000)


@dataclass(frozen=True, slots=True)
class Week:
    """One client's last seven days; None where it cannot tell."""

    mentions: int | None
    previous: int | None
    engagement: int | None
    net_sentiment: float | None
    read: int


@dataclass(frozen=True, slots=True)
class Figure:
    """A typical value, rounded, and the least number of clients it rests on."""

    value: float
    at_least: int


def figures(weeks: Sequence[Week]) -> dict[str, Figure]:
    """What is typical of these clients, by measure; measures that fewer than five of them can tell are left out."""
    values: dict[str, list[float]] = {name: [] for name in MEASURES}
    for week in weeks:
        # Who is listened for since less than two weeks is not yet like the others.
        if week.mentions is None or week.previous is None or week.mentions + week.previous == 0:
            continue
        values[MENTIONS].append(week.mentions)
        if week.previous >= _LEAST_MENTIONS:
            values[GROWTH].append(week.mentions / week.previous - 1)
        if week.net_sentiment is not None and week.read >= _LEAST_READ:
            values[NET_SENTIMENT].append(week.net_sentiment)
        if week.engagement is not None and week.mentions >= _LEAST_MENTIONS:
            values[ENGAGEMENT].append(week.engagement / week.mentions)
    return {
        name: Figure(_rounded(name, interquartile_mean(found)), max(floor for floor in _FLOORS if floor <= len(found)))
        for name, found in values.items()
        if len(found) >= LEAST_CLIENTS
    }


def interquartile_mean(values: Sequence[float]) -> float:
    """The mean of the middle half. Where a quarter is no whole number, the outermost values left count in part.

    Raises ValueError for no values.
    """
    if not values:
        raise ValueError("nothing has no mean")
    quarter = len(values) / 4
    cut, part = int(quarter), 1 - quarter % 1
    middle = sorted(values)[cut : len(values) - cut]
    if len(middle) < 3:
        return math.fsum(middle) / len(middle)
    weights = [part, *[1.0] * (len(middle) - 2), part]
    return math.fsum(w * value for w, value in zip(weights, middle, strict=True)) / math.fsum(weights)


def _rounded(measure: str, value: float) -> float:
    if measure in (GROWTH, NET_SENTIMENT):
        return round(round(value / _STEP) * _STEP, 2)
    if value <= 0:
        return 0.0
    # 10, 15, 20 … 95, 100, 150 …: a step is never finer than a twentieth of the value.
    unit = 10.0 ** (math.floor(math.log10(value)) - 1) * 5
    return round(round(value / unit) * unit, 6)
