"""Forecasts: what the next days may bring."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.foresight.models import Forecast
from analytics.foresight.selectors import forecast_of, forecasts
from analytics.foresight.services import HORIZON_DAYS
from analytics.journey.requests import request_forecasts
from analytics.listening.selectors import queries
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import (
    IdField,
    MomentField,
    NoParameters,
    PageParameters,
    Shown,
    StrictIntegerField,
    StrictSerializer,
)
from api.v1 import jobs
from api.views import ClientView
from kernel.errors import FieldProblem, ValidationFailed

MAX_HORIZON = 60

EXAMPLE = {
    "id": sample_id("fct"),
    "query": sample_id("qry"),
    "query_name": "Juniper Bakery",
    "measure": "volume",
    "model": "daily-median/1",
    "horizon": 14,
    "history_start": "2026-01-01",
    "history_end": "2026-03-31",
    "n": 90,
    "abstain_reason": None,
    "points": [
        {"day": "2026-04-01", "mean": 11.2, "low_80": 7.0, "high_80": 16.0, "low_95": 5.0, "high_95": 20.0},
    ],
    "backtest": {"mase": 0.81, "coverage": {"80": 0.79, "95": 0.94}, "checked_days": 112, "windows": 8},
    "made_at": "2026-03-31T18:00:00Z",
}


class PointSerializer(Shown):
    day = serializers.CharField()
    mean = serializers.FloatField()
    low_80 = serializers.FloatField(help_text="Four of five days should fall between low_80 and high_80.")
    high_80 = serializers.FloatField()
    low_95 = serializers.FloatField()
    high_95 = serializers.FloatField()


class BacktestSerializer(Shown):
    """What the method reached on this very history."""

    mase = serializers.FloatField(allow_null=True, help_text="Mean absolute scaled error; below 1 beats the naive.")
    coverage = serializers.DictField(
        child=serializers.FloatField(allow_null=True), help_text="Part of days inside each interval, by its level."
    )
    checked_days = serializers.IntegerField()
    windows = serializers.IntegerField()


class ForecastSerializer(Shown):
    id = serializers.CharField()
    query = serializers.CharField(source="query_id")
    query_name = serializers.CharField(source="query.name")
    measure = serializers.ChoiceField(Forecast.Measure.choices)
    model = serializers.CharField(source="model_id")
    horizon = serializers.IntegerField(help_text="Days ahead.")
    history_start = serializers.DateField(allow_null=True)
    history_end = serializers.DateField(allow_null=True)
    n = serializers.IntegerField(help_text="Days of history that it rests on.")
    abstain_reason = serializers.SerializerMethodField(help_text="Why there is no forecast; null where there is one.")
    points = PointSerializer(many=True)
    backtest = BacktestSerializer(allow_null=True)
    made_at = MomentField()

    def get_abstain_reason(self, forecast: Forecast) -> str | None:
        return forecast.abstain_reason or None


class ForecastParameters(PageParameters):
    query = IdField("qry", required=False, help_text="Only forecasts of this query.")
    measure = serializers.ChoiceField(Forecast.Measure.choices, required=False)


class NewForecastsSerializer(StrictSerializer):
    queries = serializers.ListField(
        child=IdField("qry"), required=False, default=list, max_length=200, help_text="Left out: all active queries."
    )
    horizon = StrictIntegerField(
        required=False, default=HORIZON_DAYS, min_value=1, max_value=MAX_HORIZON, help_text="Days ahead, 1 to 60."
    )


class Forecasts(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="forecasts_list",
        tag="forecasts",
        summary="List the forecasts",
        description="Forecasts as they were made, newest first.",
        query=ForecastParameters,
        answer=ForecastSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = ForecastParameters.read(request)
        cursor, limit = parameters.pop("cursor"), parameters.pop("limit")
        page = page_of(forecasts().filter(**parameters), cursor=cursor, limit=limit)
        return Response(page.body(ForecastSerializer.of))

    @operation(
        id="forecasts_create",
        tag="forecasts",
        summary="Make forecasts",
        description="Forecasts the daily volume and net sentiment of some queries, or of all active ones, with 80 % "
        "and 95 % prediction intervals. Where the history is too short it abstains and says why. Needs the role "
        "analyst.",
        body=NewForecastsSerializer,
        answer=jobs.JobSerializer,
        status=202,
        location=True,
        sent={"queries": [sample_id("qry")], "horizon": 14},
        answered={**jobs.EXAMPLE, "kind": "forecast", "state": "queued", "progress": 0.0, "result": None},
    )
    def post(self, request: Request, client: str) -> Response:
        body = NewForecastsSerializer.read(request)
        wanted: list[str] = body["queries"]
        known = set(queries().filter(active=True, id__in=wanted).values_list("id", flat=True))
        unknown = tuple(
            FieldProblem(f"/queries/{index}", "unknown_query", "There is no such active query.")
            for index, query_id in enumerate(wanted)
            if query_id not in known
        )
        if unknown:
            raise ValidationFailed(fields=unknown)
        return jobs.accepted(request_forecasts(query_ids=wanted, horizon=body["horizon"]), self)


class OneForecast(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="forecasts_get",
        tag="forecasts",
        summary="Get a forecast",
        description="One forecast as it was made, with how well its method did on the same history.",
        answer=ForecastSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, forecast: str) -> Response:
        NoParameters.read(request)
        return Response(ForecastSerializer.of(forecast_of(forecast)))


client_urlpatterns = [
    path("clients/<str:client>/forecasts", Forecasts.as_view(), name="forecasts"),
    path("clients/<str:client>/forecasts/<str:forecast>", OneForecast.as_view(), name="forecast"),
]
