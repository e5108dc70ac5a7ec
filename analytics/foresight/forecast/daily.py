"""The daily forecast of a count or of a mean."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from numpy.typing import NDArray

from analytics.foresight.forecast.backtest import MAX_HORIZON, Windows, first_origin, judge, predict, roll
from analytics.foresight.forecast.conformal import half_widths, interval
from analytics.foresight.forecast.contract import Forecast, ForecastKind, Point
from analytics.foresight.forecast.series import DailySeries, read_series

MIN_HISTORY = 28
MAX_SEASON = 14
MODEL_IDS: dict[ForecastKind, str] = {"count": "daily-count-median/1", "mean": "daily-mean-median/1"}
"""Raise the version whenever a change to candidates or intervals may change a number."""


def forecast_daily(
    days: Sequence[date],
    values: Sequence[float],
    *,
    horizon: int = 14,
    kind: ForecastKind,
    levels: tuple[int, ...] = (80, 95),
    season: int = 7,
    weights: Sequence[float] | None = None,
    end: date | None = None,
    seed: int = 0,
) -> Forecast:
    """Forecast the `horizon` days (1 to 60) after `end`, or after the last one given, with prediction intervals.

    `kind="count"`: values are counts >= 0, and a missing day between the first and the last is a day without any.
    `kind="mean"`: values are means in [-1, 1] such as net sentiment, a missing day is a gap, and `weights` are the
    sample sizes behind them (>= 0; a day of weight 0 is a gap), all alike by default. Days may come in any order, each
    once; leave out the running day, it is not over. The last 400 days count. `levels` are whole percentages from 1 to
    99, `season` is in days, 1 (none) to 14.

    The central forecast is the median of small models (`candidates`), on log(1 + count) for counts. Intervals are
    conformal (`conformal`), from this method's own errors in up to 60 rolling-origin windows; the backtest says how
    they and the central forecast did there. Trends are hardly followed (one candidate of four does, for counts; none
    for means), so a history that keeps growing fast is under-forecast, and its backtest shows it.

    Abstains, with a reason and without points, on fewer than 28 days (`too_short`; days with a value, for means), fewer
    than four seasons (`too_short`), nothing but zeros (`no_signal`), too few days to have tried the farthest step
    (`too_short_for_horizon`), or too few past errors for the highest level (`too_few_residuals`: 95 % needs 19).

    `seed` is there for models that draw; those of this version do not, so it changes nothing yet.

    Raises ValueError, naming the argument, on input that breaks these rules.
    """
    del seed
    if not 1 <= horizon <= MAX_HORIZON:
        raise ValueError(f"horizon must be between 1 and {MAX_HORIZON} days")
    if not 1 <= season <= MAX_SEASON:
        raise ValueError(f"season must be between 1 and {MAX_SEASON} days")
    if not levels or any(level != int(level) or not 1 <= level <= 99 for level in levels):
        raise ValueError("levels must be whole percentages between 1 and 99")
    levels = tuple(sorted({int(level) for level in levels}))
    series = read_series(days, values, weights, kind, end)
    reason = _reason_to_abstain(series, horizon, season)
    if series is None or reason:
        return _abstain(kind, levels, 0 if series is None else series.observed, reason)
    windows = roll(series, horizon, season, kind)
    points = _points(series, windows, season, levels)
    if points is None:
        return _abstain(kind, levels, series.observed, "too_few_residuals")
    return Forecast(
        model_id=MODEL_IDS[kind],
        levels=levels,
        points=points,
        n=series.observed,
        abstained=False,
        reason="",
        backtest=judge(windows, series, season, levels),
    )


def _reason_to_abstain(series: DailySeries | None, horizon: int, season: int) -> str:
    if series is None or series.observed < max(MIN_HISTORY, 4 * season):
        return "too_short"
    if not series.values[series.weights > 0].any():
        return "no_signal"
    length = len(series.values)
    if length - first_origin(length, season) < horizon:
        return "too_short_for_horizon"
    return ""


def _points(series: DailySeries, windows: Windows, season: int, levels: tuple[int, ...]) -> tuple[Point, ...] | None:
    import numpy as np

    errors = windows.errors
    pooled = errors[~np.isnan(errors)]
    horizon = errors.shape[1]
    points = []
    centres: NDArray[np.float64] = predict(series.values, series.weights, horizon, season, windows.kind)
    for step, centre in enumerate(centres.tolist()):
        own = errors[~np.isnan(errors[:, step]), step]
        widths = half_widths(own, pooled, levels)
        if widths is None:
            return None
        bounds = [interval(centre, width, windows.kind) for width in widths[0]]
        points.append(
            Point(
                day=series.end + timedelta(days=step + 1),
                mean=centre,
                lows=tuple(low for low, _ in bounds),
                highs=tuple(high for _, high in bounds),
                pooled=widths[1],
            )
        )
    return tuple(points)


def _abstain(kind: ForecastKind, levels: tuple[int, ...], n: int, reason: str) -> Forecast:
    return Forecast(MODEL_IDS[kind], levels, (), n, abstained=True, reason=reason, backtest=None)
