"""From a caller's days and values to one value per day, checked."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

from analytics.foresight.forecast.contract import ForecastKind

MAX_HISTORY = 400  # days; what people posted before that says little about the next two weeks and costs time to fit


@dataclass(frozen=True, slots=True)
class DailySeries:
    """`values[i]` belongs to the day `start` + i; NaN is a gap (means only). `weights[i]` is the sample size behind it,
    0 for a gap."""

    start: date
    values: Floats
    weights: Floats

    @property
    def end(self) -> date:
        return self.start + timedelta(days=len(self.values) - 1)

    @property
    def observed(self) -> int:
        import numpy as np

        return int(np.count_nonzero(~np.isnan(self.values)))


def read_series(
    days: Sequence[date],
    values: Sequence[float],
    weights: Sequence[float] | None,
    kind: ForecastKind,
    end: date | None = None,
) -> DailySeries | None:
    """The last `MAX_HISTORY` days up to `end` (the last day given, where that is None) on a daily grid, or None without
    any day. Raises ValueError naming the argument."""
    import numpy as np

    _check(days, values, weights, kind)
    if weights is None:
        weights = [1.0] * len(days)
    known = [(day, value, weight) for day, value, weight in zip(days, values, weights, strict=True) if weight > 0]
    if not known:
        return None
    last = end or max(day for day, _, _ in known)
    if any(day > last for day, _, _ in known):
        raise ValueError("end must not lie before any of the days")
    first = max(min(day for day, _, _ in known), last - timedelta(days=MAX_HISTORY - 1))
    length = (last - first).days + 1
    grid = np.full(length, 0.0 if kind == "count" else np.nan)
    sizes = np.full(length, 1.0 if kind == "count" else 0.0)
    for day, value, weight in known:
        place = (day - first).days
        if place >= 0:
            grid[place], sizes[place] = value, weight
    return DailySeries(first, grid, sizes)


def _check(days: Sequence[date], values: Sequence[float], weights: Sequence[float] | None, kind: ForecastKind) -> None:
    if kind not in ("count", "mean"):
        raise ValueError("kind must be count or mean")
    if any(isinstance(day, datetime) or not isinstance(day, date) for day in days):
        raise ValueError("days must be dates without a time")
    if len(set(days)) != len(days):
        raise ValueError("days must not repeat")
    if len(values) != len(days):
        raise ValueError("values must be as many as days")
    if not all(math.isfinite(value) for value in values):
        raise ValueError("values must be finite numbers")
    if kind == "count" and any(value < 0 for value in values):
        raise ValueError("values of a count must be at least 0")
    if kind == "mean" and any(abs(value) > 1 for value in values):
        raise ValueError("values of a mean must be between -1 and 1")
    if weights is None:
        return
    if kind == "count":
        raise ValueError("weights belong to a mean, not to a count")
    if len(weights) != len(days):
        raise ValueError("weights must be as many as days")
    if not all(math.isfinite(weight) and weight >= 0 for weight in weights):
        raise ValueError("weights must be finite numbers of at least 0")
