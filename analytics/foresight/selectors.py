"""Reads of the kept forecasts."""

from __future__ import annotations

from django.db.models import QuerySet

from analytics.foresight.models import Forecast
from kernel.lookups import one


def forecasts() -> QuerySet[Forecast]:
    """All forecasts with their queries, newest first."""
    return Forecast.objects.select_related("query")


def forecast_of(forecast_id: str) -> Forecast:
    """One forecast. Raises NotFound."""
    return one(forecasts(), forecast_id)


def latest(*, query_id: str, measure: str) -> Forecast | None:
    """The newest forecast of one measure of one query, if any was made."""
    return forecasts().filter(query_id=query_id, measure=measure).order_by("-id").first()
