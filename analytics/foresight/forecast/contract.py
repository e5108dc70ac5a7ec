"""What a daily forecast hands over."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

ForecastKind = Literal["count", "mean"]


@dataclass(frozen=True, slots=True)
class Point:
    """One day ahead. `mean` is the central forecast; `lows[i]`..`highs[i]` is the prediction interval of the forecast's
    `levels[i]`. Counts are >= 0 and not rounded; means are in [-1, 1]. `pooled` says that this step ahead had too few
    past errors of its own, so the interval rests on the errors of all steps together."""

    day: date
    mean: float
    lows: tuple[float, ...]
    highs: tuple[float, ...]
    pooled: bool


@dataclass(frozen=True, slots=True)
class Backtest:
    """How the same method did on this history, every forecast made only from what was known at the time.

    `mase` is the mean absolute scaled error (Hyndman & Koehler 2006; below 1 beats "as a week ago"), None where the
    history repeats itself exactly and so has no scale. `coverage[i]` is the share of days that fell inside the interval
    of level i, in 0..1, None where no interval could be formed early enough; `checked` is how many days that rests on.
    `windows` is how many origins were forecast from.
    """

    mase: float | None
    coverage: tuple[float | None, ...]
    checked: int
    windows: int


@dataclass(frozen=True, slots=True)
class Forecast:
    """A daily forecast, or an abstention: then `points` is empty, `backtest` None and `reason` one of `too_short`,
    `too_short_for_horizon`, `no_signal`, `too_few_residuals`. `n` is how many days of history it rests on (days with
    a value, for means). `levels` are ascending percentages; `model_id` names method and version."""

    model_id: str
    levels: tuple[int, ...]
    points: tuple[Point, ...]
    n: int
    abstained: bool
    reason: str
    backtest: Backtest | None
