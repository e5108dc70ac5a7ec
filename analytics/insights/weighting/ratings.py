"""What ratings look like, and what they say of those who did not rate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analytics.insights.measures import Estimate
from analytics.insights.weighting.bounds import Bounds
from analytics.insights.weighting.sample import Floats, Integers, effective_size

LEAST, MOST = 1, 5
_Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class Ratings:
    """Ratings of 1 to 5. `shares` are of 1, 2, … 5, rounded to whole ones. `j_shaped` says that both ends are more
    frequent than what lies beside them towards the middle: buyers who are delighted or angry rate, the others do not,
    and the mean describes neither (Hu, Zhang and Pavlou, 2009). `bounds` are those of the mean of everybody, where the
    share of people who rated is known (Manski, 1990)."""

    n: int
    mean: Estimate
    shares: tuple[float, ...]
    j_shaped: bool
    bounds: Bounds | None


def ratings_of(
    rating: Floats, weights: Floats, *, independent: Sequence[Integers], response_rate: float | None
) -> Ratings | None:
    """What the ratings (NaN: none) say; None without any, and where one lies outside of 1..5: the scale is another one
    then, or there are several. `independent` are columns of units, one or more, as in `sample.figures`."""
    there = ~np.isnan(rating) & (weights > 0)
    if not there.any() or rating[there].min() < LEAST or rating[there].max() > MOST:
        return None
    values, used = rating[there], weights[there]
    size = min(float(len(values)), *(effective_size(used, column[there]) for column in independent))
    mean = float(np.average(values, weights=used))
    # Two more ratings, one at each end, as Agresti and Min do for shares: an interval over equal ratings stays open.
    padded, share = np.append(values, (LEAST, MOST)), np.append(used * (size / used.sum()), (1.0, 1.0))
    centre = float(np.average(padded, weights=share))
    half = _Z95 * float(np.sqrt(np.average((padded - centre) ** 2, weights=share) / (size + 2)))
    low, high = min(mean, max(float(LEAST), centre - half)), max(mean, min(float(MOST), centre + half))
    places = np.clip(np.rint(values).astype(np.int64), LEAST, MOST) - LEAST
    shares = np.bincount(places, weights=used, minlength=MOST - LEAST + 1) / used.sum()
    bounds = None
    if response_rate is not None:
        silent = 1.0 - response_rate
        bounds = Bounds(response_rate * low + silent * LEAST, response_rate * high + silent * MOST)
    return Ratings(
        len(values),
        Estimate(mean, low, high, len(values)),
        tuple(float(each) for each in shares),
        bool(shares[0] > shares[1] and shares[4] > shares[3]),
        bounds,
    )
