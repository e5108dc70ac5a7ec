"""Daily forecasts of mention volume and net sentiment, with intervals that are checked against the past."""

from __future__ import annotations

from analytics.foresight.forecast.contract import Backtest, Forecast, ForecastKind, Point
from analytics.foresight.forecast.daily import MIN_HISTORY, MODEL_IDS, forecast_daily

__all__ = ["MIN_HISTORY", "MODEL_IDS", "Backtest", "Forecast", "ForecastKind", "Point", "forecast_daily"]
