"""Prediction intervals from a method's own past errors.

Split conformal prediction (Vovk et al. 2005; Lei et al. 2018) over rolling-origin errors, one set per step ahead
(Hyndman & Athanasopoulos 2021, section 5.10): the half-width for level L is the k-th smallest of n past absolute
errors, k = ceil((n + 1) L / 100), which covers at least L % when errors are exchangeable. Errors of a drifting series
are not quite, and errors from overlapping windows are not independent: hence the measured coverage beside every
forecast.

Counts are compared as square roots, which gives small and large Poisson counts about the same variance (Bartlett 1936),
so that errors of busy and quiet weekdays may stand for one another. Means are compared as they are.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

from analytics.foresight.forecast.contract import ForecastKind


def to_scale(values: Floats, kind: ForecastKind) -> Floats:
    import numpy as np

    return np.sqrt(values) if kind == "count" else values


def interval(centre: float, width: float, kind: ForecastKind) -> tuple[float, float]:
    """Low and high around `centre`, `width` being on the comparing scale; within the bounds of the kind."""
    if kind == "mean":
        return max(centre - width, -1.0), min(centre + width, 1.0)
    root = centre**0.5
    # rounding may put the square of a root beside the number it came from
    return min(max(root - width, 0.0) ** 2, centre), max((root + width) ** 2, centre)


def errors_needed(level: int) -> int:
    """How many past errors it takes before a level can be promised: 19 for 95 %, 4 for 80 %, 99 for 99 %."""
    return -(-100 // (100 - level)) - 1


def half_widths(own: Floats, pooled: Floats, levels: tuple[int, ...]) -> tuple[tuple[float, ...], bool] | None:
    """A half-width per level, and whether they come from the pooled errors, this step's own being too few.

    None when even the pooled errors are too few. All levels use the same set, so that wider levels enclose narrower.
    """
    import numpy as np

    needed = errors_needed(levels[-1])
    is_pooled = len(own) < needed
    errors = pooled if is_pooled else own
    if len(errors) < needed:
        return None
    ascending = np.sort(errors)
    places = [-(-(len(errors) + 1) * level // 100) - 1 for level in levels]
    return tuple(float(ascending[place]) for place in places), is_pooled
