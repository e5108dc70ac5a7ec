"""Making forecasts out of the rollups, and keeping them as they were made."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from analytics.foresight.forecast import Forecast as Prediction
from analytics.foresight.forecast import Point, forecast_daily
from analytics.foresight.models import Forecast
from analytics.insights import selectors as insights
from analytics.insights.contracts import Period, Series
from analytics.listening.models import Query

HORIZON_DAYS = 14


def make_forecasts(
    *, queries: Sequence[Query], zone: str, today: date, horizon: int = HORIZON_DAYS, seed: int = 7
) -> list[Forecast]:
    """Forecast volume and net sentiment of each query for the `horizon` days (1..60) after its history.

    History is whole local days from the client's first mention to its last; the running day is left out.
    """
    covered = insights.covered(zone)
    if covered is None:
        history: list[Series] = [Series(query.id, query.name, query.kind, ()) for query in queries]
    else:
        end = min(covered.end, today - timedelta(days=1))
        period = Period(min(covered.start, end), end)
        history = insights.daily(period=period, zone=zone, queries=queries)
    made = []
    for series in history:
        made.append(_keep(series, Forecast.Measure.VOLUME, _volume(series, horizon, seed), horizon))
        made.append(_keep(series, Forecast.Measure.NET_SENTIMENT, _net_sentiment(series, horizon, seed), horizon))
    return made


def _volume(series: Series, horizon: int, seed: int) -> Prediction:
    days = [day.day for day in series.days]
    return forecast_daily(days, [day.mentions for day in series.days], horizon=horizon, kind="count", seed=seed)


def _net_sentiment(series: Series, horizon: int, seed: int) -> Prediction:
    read = [(day.day, day.net_sentiment.value, day.net_sentiment.n) for day in series.days]
    known = [(day, value, n) for day, value, n in read if value is not None]
    return forecast_daily(
        [day for day, _, _ in known],
        [value for _, value, _ in known],
        weights=[n for _, _, n in known],
        end=series.days[-1].day if series.days else None,  # the last days may have been without a reading
        horizon=horizon,
        kind="mean",
        seed=seed,
    )


def _keep(series: Series, measure: str, prediction: Prediction, horizon: int) -> Forecast:
    backtest = prediction.backtest
    return Forecast.objects.create(
        query_id=series.query_id,
        measure=measure,
        model_id=prediction.model_id,
        horizon=horizon,
        history_start=series.days[0].day if series.days else None,
        history_end=series.days[-1].day if series.days else None,
        n=prediction.n,
        abstain_reason=prediction.reason if prediction.abstained else "",
        points=[_point(point, prediction.levels) for point in prediction.points],
        backtest=None
        if backtest is None
        else {
            "mase": backtest.mase,
            "coverage": {str(level): part for level, part in zip(prediction.levels, backtest.coverage, strict=True)},
            "checked_days": backtest.checked,
            "windows": backtest.windows,
        },
    )


def _point(point: Point, levels: tuple[int, ...]) -> dict[str, object]:
    shown: dict[str, object] = {"day": point.day.isoformat(), "mean": point.mean}
    for level, low, high in zip(levels, point.lows, point.highs, strict=True):
        shown[f"low_{level}"], shown[f"high_{level}"] = low, high
    return shown
