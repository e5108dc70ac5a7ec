"""How people speak of aspects, and of brands, over a period."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights import aspects
from analytics.insights.aspects import AspectFigures, Counts
from analytics.listening.models import Query
from analytics.listening.selectors import query_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import Shown
from api.v1.insights import EstimateSerializer, InsightParameters, head_of
from api.v1.periods import PeriodParameters, period_of
from api.views import ClientView

_SHARE = {"value": 0.61, "low": 0.53, "high": 0.68, "n": 150}
_PERIOD = {"start": "2026-03-02", "end": "2026-03-31", "time_zone": "Europe/London"}
_QUERY = {"query": sample_id("qry"), "name": "Juniper Bakery", "kind": "brand"}
_COUNTS = {
    "mentions": 162,
    "negative": 30,
    "neutral": 20,
    "positive": 92,
    "mixed": 8,
    "abstained": 12,
    "positive_share": _SHARE,
    "negative_share": {"value": 0.2, "low": 0.14, "high": 0.27, "n": 150},
    "net_sentiment": {"value": 0.41, "low": 0.28, "high": 0.54, "n": 150},
}
_ASPECT = {
    "kind": "aspect",
    "key": "food.taste",
    "parent": "food",
    "name": "Taste",
    **_COUNTS,
    "talked_about": {"value": 0.31, "low": 0.27, "high": 0.35, "n": 520},
}
_HONEST = (
    "Intervals are those of counting: how often judgements themselves are wrong is measured in the documentation of "
    "aspects."
)


class AspectCountsSerializer(Shown):
    mentions = serializers.IntegerField(help_text="Mentions that speak of it; one counts once.")
    negative = serializers.IntegerField()
    neutral = serializers.IntegerField()
    positive = serializers.IntegerField()
    mixed = serializers.IntegerField(help_text="Mentions that say as much good as bad of it.")
    abstained = serializers.IntegerField(help_text="Mentions of which it cannot be told; in no share.")
    positive_share = EstimateSerializer(help_text="Of those that it could be told of, 0 to 1.")
    negative_share = EstimateSerializer(help_text="Of those that it could be told of, 0 to 1.")
    net_sentiment = EstimateSerializer(help_text="(positive - negative) / told, -1 to 1.")


class AspectFiguresSerializer(AspectCountsSerializer):
    kind = serializers.ChoiceField(["aspect", "own"], help_text="Of the industry, or of the client's own.")
    key = serializers.CharField(help_text="The aspect's key, or the own aspect's id.")
    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="The aspect that it is a part of, and counted in too."
    )
    name = serializers.CharField()
    talked_about = EstimateSerializer(help_text="Share of the mentions that were read, 0 to 1.")


class AspectInsightsSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    query = serializers.CharField(allow_null=True)
    read = serializers.IntegerField(help_text="Mentions of the period that were read.")
    data = AspectFiguresSerializer(many=True, help_text="The most talked about first.")  # type: ignore[assignment]


class BrandAspectsSerializer(Shown):
    query = serializers.CharField(source="query_id")
    name = serializers.CharField()
    kind = serializers.ChoiceField([Query.Kind.BRAND.value, Query.Kind.COMPETITOR.value])
    read = serializers.IntegerField(help_text="Mentions of it that were read.")
    aspects = AspectFiguresSerializer(many=True)


class AspectComparisonSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    brands = BrandAspectsSerializer(many=True, help_text="Own brands first.")


class BrandFiguresSerializer(AspectCountsSerializer):
    query = serializers.CharField(source="query_id")
    name = serializers.CharField()
    kind = serializers.ChoiceField([Query.Kind.BRAND.value, Query.Kind.COMPETITOR.value])
    together = serializers.IntegerField(help_text="Of these mentions, those that name another one too.")


class BrandSentimentSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    data = BrandFiguresSerializer(many=True, help_text="Own brands first.")  # type: ignore[assignment]


def _counted(counts: Counts) -> dict[str, Any]:
    names = (
        "mentions", "negative", "neutral", "positive", "mixed", "abstained", "positive_share", "negative_share",
        "net_sentiment",
    )  # fmt: skip
    return {name: getattr(counts, name) for name in names}


def _figures(found: AspectFigures) -> dict[str, Any]:
    return {
        "kind": found.kind,
        "key": found.key,
        "parent": found.parent or None,
        "name": found.name,
        "talked_about": found.talked_about,
        **_counted(found.counts),
    }


class AspectInsights(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_aspects",
        tag="insights",
        summary="See how people speak of aspects",
        description="For each aspect of the industry and of the client's own: how many mentions speak of it, and how. "
        "Of a brand's query, what is said of another brand that the same post names is left out. " + _HONEST,
        query=InsightParameters,
        answer=AspectInsightsSerializer,
        answered={**_PERIOD, "query": sample_id("qry"), "read": 520, "data": [_ASPECT]},
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = InsightParameters.read(request)
        zone = self.client.time_zone
        period = period_of(parameters, zone)
        query = query_of(parameters["query"]) if "query" in parameters else None
        read, rows = aspects.aspect_figures(period=period, zone=zone, query=query)
        body = {
            **head_of(period, zone),
            "query": query.id if query else None,
            "read": read,
            "data": [_figures(row) for row in rows],
        }
        return Response(AspectInsightsSerializer.of(body))


class AspectComparison(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_compare_aspects",
        tag="insights",
        summary="Compare brands by aspect",
        description="The same figures for each active brand and competitor, side by side. What a post says where it "
        "cannot be told which of several brands it means counts for each. " + _HONEST,
        query=PeriodParameters,
        answer=AspectComparisonSerializer,
        answered={**_PERIOD, "brands": [{**_QUERY, "read": 520, "aspects": [_ASPECT]}]},
    )
    def get(self, request: Request, client: str) -> Response:
        zone = self.client.time_zone
        period = period_of(PeriodParameters.read(request), zone)
        brands = [
            {
                **{name: getattr(brand, name) for name in ("query_id", "name", "kind", "read")},
                "aspects": [_figures(row) for row in brand.aspects],
            }
            for brand in aspects.compare_brands(period=period, zone=zone)
        ]
        return Response(AspectComparisonSerializer.of({**head_of(period, zone), "brands": brands}))


class BrandSentiment(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_brand_sentiment",
        tag="insights",
        summary="See how people speak of brands",
        description="How mentions speak of each active brand and competitor itself. Other than the sentiment of its "
        "mentions, a post that praises one brand and blames another counts for each as it means it. " + _HONEST,
        query=PeriodParameters,
        answer=BrandSentimentSerializer,
        answered={**_PERIOD, "data": [{**_QUERY, **_COUNTS, "together": 14}]},
    )
    def get(self, request: Request, client: str) -> Response:
        zone = self.client.time_zone
        period = period_of(PeriodParameters.read(request), zone)
        rows = [
            {
                **{name: getattr(row, name) for name in ("query_id", "name", "kind", "together")},
                **_counted(row.counts),
            }
            for row in aspects.brand_figures(period=period, zone=zone)
        ]
        return Response(BrandSentimentSerializer.of({**head_of(period, zone), "data": rows}))


_INSIGHTS = "clients/<str:client>/insights"

client_urlpatterns = [
    path(f"{_INSIGHTS}/aspects", AspectInsights.as_view(), name="aspect-insights"),
    path(f"{_INSIGHTS}/aspects/comparison", AspectComparison.as_view(), name="aspect-comparison"),
    path(f"{_INSIGHTS}/brand_sentiment", BrandSentiment.as_view(), name="brand-sentiment"),
]
