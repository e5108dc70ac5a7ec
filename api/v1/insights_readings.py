"""Insights into how mentions were read beside their sentiment: emotions, irony and intents."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights.readings import Readings, daily_readings, readings
from analytics.language.contracts import EMOTIONS, INTENTS
from analytics.listening.models import Query
from analytics.listening.selectors import queries
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import Shown
from api.v1.insights import EstimateSerializer, InsightParameters, head_of
from api.v1.periods import period_of
from api.views import ClientView

_ESTIMATE = {"value": 0.2, "low": 0.16, "high": 0.25, "n": 310}
_PERIOD = {"start": "2026-03-02", "end": "2026-03-31", "time_zone": "Europe/London"}
_QUERY = {"query": sample_id("qry"), "name": "Juniper Bakery", "kind": "brand"}


def _told(names: tuple[str, ...]) -> dict[str, Any]:
    return {
        "read": 310,
        "untold": 11,
        "labels": [{"label": name, "mentions": 62, "share": _ESTIMATE} for name in names],
    }


_READINGS = {
    "mentions": 321,
    "emotions": _told(EMOTIONS),
    "irony": {"read": 310, "untold": 11, "ironic": 62, "share": _ESTIMATE},
    "intents": _told(INTENTS),
}


class _PartSerializer(Shown):
    mentions = serializers.IntegerField()
    share = EstimateSerializer(
        help_text="Of the mentions of which somebody says whether they have it, with Wilson's interval; `n` is 0 where "
        "the engine does not know this label."
    )


class EmotionPartSerializer(_PartSerializer):
    label = serializers.ChoiceField(EMOTIONS)  # type: ignore[assignment]


class IntentPartSerializer(_PartSerializer):
    label = serializers.ChoiceField(INTENTS)  # type: ignore[assignment]


class _ToldSerializer(Shown):
    read = serializers.IntegerField(help_text="Mentions of which the engine, or people, say whether there are any.")
    untold = serializers.IntegerField(help_text="The others: not read yet, or the engine abstained.")


class EmotionsToldSerializer(_ToldSerializer):
    labels = EmotionPartSerializer(many=True, help_text="A mention can have several, or none.")


class IntentsToldSerializer(_ToldSerializer):
    labels = IntentPartSerializer(many=True, help_text="A mention can have several, or none.")


class IronyToldSerializer(_ToldSerializer):
    ironic = serializers.IntegerField(help_text="Mentions that are ironic with a probability of a half or more.")
    share = EstimateSerializer(help_text="Of the mentions read, with Wilson's interval.")


class ReadingsOverSerializer(Shown):
    mentions = serializers.IntegerField()
    emotions = EmotionsToldSerializer()
    irony = IronyToldSerializer()
    intents = IntentsToldSerializer()


class QueryReadingsSerializer(ReadingsOverSerializer):
    query = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Query.Kind.choices)


class ReadingsSummarySerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    queries = QueryReadingsSerializer(many=True)


class DayReadingsSerializer(ReadingsOverSerializer):
    day = serializers.DateField()


class ReadingSeriesSerializer(Shown):
    query = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Query.Kind.choices)
    days = DayReadingsSerializer(many=True, help_text="Gapless; days without a mention are zeros.")


class ReadingTimeSeriesSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    series = ReadingSeriesSerializer(many=True)


def _shown(found: Readings) -> dict[str, Any]:
    (irony,) = found.irony.parts
    return {
        "mentions": found.mentions,
        **{
            name: {
                "read": told.read,
                "untold": told.untold,
                "labels": [{"label": part.name, "mentions": part.mentions, "share": part.share} for part in told.parts],
            }
            for name, told in (("emotions", found.emotions), ("intents", found.intents))
        },
        "irony": {
            "read": found.irony.read,
            "untold": found.irony.untold,
            "ironic": irony.mentions,
            "share": irony.share,
        },
    }


def _named(query: Query) -> dict[str, Any]:
    return {"query": query.id, "name": query.name, "kind": query.kind}


def _chosen(parameters: dict[str, Any]) -> list[Query]:
    chosen = queries().filter(active=True).order_by("kind", "name")
    return list(chosen.filter(id=parameters["query"]) if "query" in parameters else chosen)


class ReadingsSummary(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_readings",
        tag="insights",
        summary="Sum up emotions, irony and intents",
        description="How many mentions of each active query show which emotion and intent, and how many are ironic: "
        "counts, and shares of the mentions that were told apart with their 95 % intervals (Wilson 1927). Mentions of "
        "which nobody says anything are counted apart; what noise filters hide is left out. Kept hour by hour, and "
        "right at once when mentions are corrected or read again.",
        query=InsightParameters,
        answer=ReadingsSummarySerializer,
        answered={**_PERIOD, "queries": [{**_QUERY, **_READINGS}]},
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = InsightParameters.read(request)
        zone = self.client.time_zone
        period, chosen = period_of(parameters, zone), _chosen(parameters)
        found = readings(period=period, zone=zone, queries=chosen)
        rows = [{**_named(query), **_shown(each)} for query, each in zip(chosen, found, strict=True)]
        return Response(ReadingsSummarySerializer.of({**head_of(period, zone), "queries": rows}))


class ReadingTimeSeries(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_readings_timeseries",
        tag="insights",
        summary="Follow emotions, irony and intents day by day",
        description="The same day by day in the client's time zone, for one query or for every active one.",
        query=InsightParameters,
        answer=ReadingTimeSeriesSerializer,
        answered={**_PERIOD, "series": [{**_QUERY, "days": [{"day": "2026-03-02", **_READINGS}]}]},
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = InsightParameters.read(request)
        zone = self.client.time_zone
        period, chosen = period_of(parameters, zone), _chosen(parameters)
        found = daily_readings(period=period, zone=zone, queries=chosen)
        series = [
            {**_named(query), "days": [{"day": day, **_shown(each)} for day, each in days]}
            for query, days in zip(chosen, found, strict=True)
        ]
        return Response(ReadingTimeSeriesSerializer.of({**head_of(period, zone), "series": series}))


client_urlpatterns = [
    path("clients/<str:client>/insights/readings", ReadingsSummary.as_view(), name="readings-summary"),
    path("clients/<str:client>/insights/readings_timeseries", ReadingTimeSeries.as_view(), name="readings-series"),
]
