"""Rolling-origin evaluation: forecast from many past days as if each were today, and compare."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

from analytics.foresight.forecast.candidates import forecast_count, forecast_mean
from analytics.foresight.forecast.conformal import half_widths, interval, to_scale
from analytics.foresight.forecast.contract import Backtest, ForecastKind
from analytics.foresight.forecast.series import DailySeries

MAX_HORIZON = 60
_MAX_WINDOWS = 60  # at least MAX_HORIZON, so that the farthest step, too, is tried once
_MAX_STRIDE = 3  # days; not the season's, so that every weekday serves as an origin


def first_origin(length: int, season: int) -> int:
    """How many days the earliest backtested forecast gets to see: four weeks, less of a short history, never under
    two seasons."""
    return max(2 * season, min(28, length // 2))


def predict(values: Floats, weights: Floats, horizon: int, season: int, kind: ForecastKind) -> Floats:
    if kind == "count":
        return forecast_count(values, horizon, season)
    return forecast_mean(values, weights, horizon, season)


@dataclass(frozen=True, slots=True)
class Windows:
    """Past forecasts and what came: `forecasts` and `actuals` have shape (windows, horizon), NaN in `actuals` where the
    day is not over yet or a gap. Window w knew the first `origins[w]` days; origins ascend."""

    origins: tuple[int, ...]
    forecasts: Floats
    actuals: Floats
    kind: ForecastKind

    @property
    def errors(self) -> Floats:
        """Absolute errors on the comparing scale."""
        import numpy as np

        return np.abs(to_scale(self.actuals, self.kind) - to_scale(self.forecasts, self.kind))


def roll(series: DailySeries, horizon: int, season: int, kind: ForecastKind) -> Windows:
    import numpy as np

    length = len(series.values)
    first = first_origin(length, season)
    stride = min(max((length - first) // _MAX_WINDOWS, 1), _MAX_STRIDE)
    known = np.cumsum(~np.isnan(series.values))  # of means, the first weeks may be mostly gaps: nothing to learn from
    usable = [origin for origin in range(length - 1, first - 1, -stride) if known[origin - 1] >= 2 * season]
    origins = usable[:_MAX_WINDOWS][::-1]
    actuals = np.full((len(origins), horizon), np.nan)
    forecasts = np.empty((len(origins), horizon))
    for row, origin in enumerate(origins):
        coming = series.values[origin : origin + horizon]
        actuals[row, : len(coming)] = coming
        forecasts[row] = predict(series.values[:origin], series.weights[:origin], horizon, season, kind)
    return Windows(tuple(origins), forecasts, actuals, kind)


def judge(windows: Windows, series: DailySeries, season: int, levels: tuple[int, ...]) -> Backtest:
    """MASE of the point forecasts, and coverage of intervals built at each origin from errors known by then."""
    import numpy as np

    errors = windows.errors
    origins = np.array(windows.origins)
    horizon = errors.shape[1]
    targets = origins[:, None] + np.arange(horizon)
    seen = ~np.isnan(errors)
    inside = [0] * len(levels)
    checked = 0
    for row, origin in enumerate(windows.origins):
        known = seen & (targets < origin)
        pooled = errors[known]
        for step in np.flatnonzero(seen[row]).tolist():
            widths = half_widths(errors[known[:, step], step], pooled, levels)
            if widths is None:
                continue
            checked += 1
            for place, width in enumerate(widths[0]):
                low, high = interval(float(windows.forecasts[row, step]), width, windows.kind)
                inside[place] += low <= windows.actuals[row, step] <= high
    # by "as a week ago" over the whole history: the scale of Hyndman & Koehler 2006 in its seasonal form
    changes = np.abs(series.values[season:] - series.values[:-season])
    changes = changes[~np.isnan(changes)]
    scale = float(changes.mean()) if len(changes) else 0.0
    missed = np.abs(windows.actuals - windows.forecasts)[seen]
    return Backtest(
        mase=float(missed.mean()) / scale if scale > 0 else None,
        coverage=tuple(int(count) / checked if checked else None for count in inside),
        checked=checked,
        windows=len(origins),
    )
