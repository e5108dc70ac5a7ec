"""Insights: how much, how liked, and how it moves."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights import selectors as insights
from analytics.insights.context.selectors import occasions
from analytics.insights.contracts import Period, QueryTotals
from analytics.listening.models import Query
from analytics.listening.selectors import queries
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import IdField, Shown
from api.v1.calendars import OCCASION_EXAMPLE, OccasionSerializer
from api.v1.periods import PeriodParameters, period_of
from api.views import ClientView

_ESTIMATE = {"value": 0.42, "low": 0.36, "high": 0.48, "n": 310}
_PERIOD = {"start": "2026-03-02", "end": "2026-03-31", "time_zone": "Europe/London"}
_QUERY = {"query": sample_id("qry"), "name": "Juniper Bakery", "kind": "brand"}


class EstimateSerializer(Shown):
    """A value with its 95 % interval and the observations behind it; all null where there are none."""

    value = serializers.FloatField(allow_null=True)
    low = serializers.FloatField(allow_null=True)
    high = serializers.FloatField(allow_null=True)
    n = serializers.IntegerField()


class CountsSerializer(Shown):
    mentions = serializers.IntegerField()
    reach = serializers.IntegerField(help_text="People who may have seen a mention, summed over mentions.")
    engagement = serializers.IntegerField(help_text="Likes, reposts and replies.")
    negative = serializers.IntegerField()
    neutral = serializers.IntegerField()
    positive = serializers.IntegerField()
    hidden = serializers.IntegerField(
        help_text="Mentions that the query's noise filter hides, in no other count. With `mentions`: what matched."
    )
    net_sentiment = EstimateSerializer(help_text="(positive - negative) / read, -1 to 1.")


class QueryTotalsSerializer(CountsSerializer):
    query = serializers.CharField(source="query_id")
    name = serializers.CharField()
    kind = serializers.ChoiceField(Query.Kind.choices)
    unread = serializers.IntegerField(help_text="Mentions without a sentiment: not read yet, or the engine abstained.")
    engagement_rate = serializers.FloatField(allow_null=True, help_text="Engagement per person reached.")
    share_of_voice = EstimateSerializer(
        allow_null=True, help_text="Part of all mentions of brands and competitors, 0 to 1; null for topics."
    )


class SummarySerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    queries = QueryTotalsSerializer(many=True)


class DaySerializer(CountsSerializer):
    day = serializers.DateField()


class SeriesSerializer(Shown):
    query = serializers.CharField(source="query_id")
    name = serializers.CharField()
    kind = serializers.ChoiceField(Query.Kind.choices)
    days = DaySerializer(many=True, help_text="Gapless; days without a mention are zeros.")


class TimeSeriesSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    interval = serializers.CharField()
    series = SeriesSerializer(many=True)
    occasions = OccasionSerializer(many=True, help_text="What the client's calendar has in the period.")


class VoiceSerializer(Shown):
    query = serializers.CharField(source="query_id")
    name = serializers.CharField()
    kind = serializers.ChoiceField([Query.Kind.BRAND.value, Query.Kind.COMPETITOR.value])
    mentions = serializers.IntegerField()
    share_of_voice = EstimateSerializer()


class ShareOfVoiceSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    data = VoiceSerializer(many=True, help_text="The largest share first.")  # type: ignore[assignment]


class InsightParameters(PeriodParameters):
    query = IdField("qry", required=False, help_text="Only this query.")


class SeriesParameters(InsightParameters):
    interval = serializers.ChoiceField(["day"], required=False, default="day")


_COUNTS = {
    "mentions": 321,
    "reach": 48210,
    "engagement": 1204,
    "negative": 40,
    "neutral": 100,
    "positive": 170,
    "hidden": 12,
    "net_sentiment": _ESTIMATE,
}
_TOTALS = {**_QUERY, **_COUNTS, "unread": 11, "engagement_rate": 0.025, "share_of_voice": _ESTIMATE}


def head_of(period: Period, zone: str) -> dict[str, Any]:
    return {"start": period.start, "end": period.end, "time_zone": zone}


def _totals(view: ClientView, parameters: dict[str, Any]) -> tuple[dict[str, Any], list[QueryTotals]]:
    zone = view.client.time_zone
    period, query = period_of(parameters, zone), parameters.get("query")
    rows = insights.totals(period=period, zone=zone)
    return head_of(period, zone), [row for row in rows if query in (None, row.query_id)]


class Summary(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_summary",
        tag="insights",
        summary="Sum a period up",
        description="Counts, sentiment and share of voice of every active query: own brands first, then competitors, "
        "then topics. Each estimate carries its 95 % interval and the observations behind it.",
        query=InsightParameters,
        answer=SummarySerializer,
        answered={**_PERIOD, "queries": [_TOTALS]},
    )
    def get(self, request: Request, client: str) -> Response:
        head, rows = _totals(self, InsightParameters.read(request))
        return Response(SummarySerializer.of({**head, "queries": rows}))


class TimeSeries(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_timeseries",
        tag="insights",
        summary="Follow the days",
        description="The same counts day by day in the client's time zone, for one query or for every active one.",
        query=SeriesParameters,
        answer=TimeSeriesSerializer,
        answered={
            **_PERIOD,
            "interval": "day",
            "series": [{**_QUERY, "days": [{"day": "2026-03-02", **_COUNTS}]}],
            "occasions": [OCCASION_EXAMPLE],
        },
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = SeriesParameters.read(request)
        zone = self.client.time_zone
        period = period_of(parameters, zone)
        chosen = queries().filter(active=True)
        if "query" in parameters:
            chosen = chosen.filter(id=parameters["query"])
        series = insights.daily(period=period, zone=zone, queries=list(chosen))
        head = {**head_of(period, zone), "interval": parameters["interval"]}
        found = occasions(period.start, period.end)
        return Response(TimeSeriesSerializer.of({**head, "series": series, "occasions": found}))


class ShareOfVoice(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_share_of_voice",
        tag="insights",
        summary="Compare with competitors",
        description="Each brand's and competitor's part of all mentions of brands and competitors. A mention of two "
        "of them counts for both.",
        query=PeriodParameters,
        answer=ShareOfVoiceSerializer,
        answered={**_PERIOD, "data": [{**_QUERY, "mentions": 321, "share_of_voice": _ESTIMATE}]},
    )
    def get(self, request: Request, client: str) -> Response:
        head, rows = _totals(self, PeriodParameters.read(request))
        voices = sorted((row for row in rows if row.share_of_voice), key=lambda row: (-row.mentions, row.name))
        return Response(ShareOfVoiceSerializer.of({**head, "data": voices}))


client_urlpatterns = [
    path("clients/<str:client>/insights/summary", Summary.as_view(), name="summary"),
    path("clients/<str:client>/insights/timeseries", TimeSeries.as_view(), name="timeseries"),
    path("clients/<str:client>/insights/share_of_voice", ShareOfVoice.as_view(), name="share-of-voice"),
]
