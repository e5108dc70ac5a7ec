"""Insights corrected for who is heard, beside the raw ones; and days that stand out, beside the calendar."""

from __future__ import annotations

from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights.context.selectors import population_of
from analytics.insights.correcting import corrected
from analytics.insights.unusual import MOST_DAYS, unusual_days
from analytics.insights.weighting.compose import Corrected, Options, Step
from analytics.listening.models import Query
from analytics.listening.selectors import queries, query_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import CountParameter, IdField, Shown
from api.v1.calendars import OCCASION_EXAMPLE, OccasionSerializer
from api.v1.insights import EstimateSerializer, head_of
from api.v1.periods import PeriodParameters, period_of
from api.views import ClientView
from kernel.errors import NotFound, ValidationFailed

LEAST_RATE = 1e-9
_RATES = ("negative", "neutral", "positive")


class RateField(serializers.FloatField):
    """A share of people: one in a billion at least, at most 1."""

    def to_internal_value(self, data: Any) -> float:
        value = float(super().to_internal_value(data))
        if not LEAST_RATE <= value <= 1.0:  # NaN too
            raise serializers.ValidationError("Must be at least 0.000000001 and at most 1.", code="out_of_range")
        return value


class RatesField(serializers.CharField):
    """Three shares, `0.4,0.05,0.2`: of people with a negative, neutral and positive view, how many write."""

    def to_internal_value(self, data: Any) -> Any:
        parts = str(super().to_internal_value(data)).split(",")
        if len(parts) != len(_RATES):
            raise serializers.ValidationError("Must be three shares: negative,neutral,positive.", code="bad_rates")
        return tuple(RateField().to_internal_value(part) for part in parts)


class CorrectedParameters(PeriodParameters):
    query = IdField("qry", required=False, help_text="Whose mentions. Left out: the oldest active brand's.")
    stories = serializers.ChoiceField(
        ["all", "once"], required=False, default="all", help_text="`once`: copies of one story count together as one."
    )
    authors = serializers.ChoiceField(
        ["all", "one_vote"], required=False, default="all", help_text="`one_vote`: each author counts as one."
    )
    half_life_days = CountParameter(
        required=False, min_value=1, max_value=365, help_text="Weight halves with so many days of age."
    )
    response_rates = RatesField(
        required=False,
        max_length=100,
        help_text="How likely people write by what they think: negative,neutral,positive, such as `0.4,0.05,0.2`.",
    )
    response_rate = RateField(
        required=False, help_text="Share of all customers that wrote at all, where no more is known: gives bounds."
    )
    population = IdField("pop", required=False, help_text="Weigh to this population.")
    misclassification = serializers.ChoiceField(
        ["off", "correct"], required=False, default="off", help_text="`correct`: for the engine's known errors."
    )


class BoundsSerializer(Shown):
    low = serializers.FloatField()
    high = serializers.FloatField()


class CorrectedFiguresSerializer(Shown):
    n = serializers.IntegerField(help_text="Mentions with a sentiment that have weight.")
    n_effective = serializers.FloatField(help_text="How many independent ones they are worth (Kish).")
    negative = EstimateSerializer()
    neutral = EstimateSerializer()
    positive = EstimateSerializer()
    net_sentiment = EstimateSerializer(source="net")


class UnmeasuredSerializer(Shown):
    language = serializers.CharField()
    model = serializers.CharField()
    code = serializers.ChoiceField(["not_measured", "too_few_tested", "labels_not_told_apart"])


class CorrectionStepSerializer(Shown):
    method = serializers.ChoiceField(
        ["stories_once", "one_author_one_vote", "recency", "response_rates", "population", "misclassification"]
    )
    source = serializers.CharField(help_text="Where the method is from.")  # type: ignore[assignment]
    assumes = serializers.CharField(help_text="What has to hold for it to be right.")
    figures = CorrectedFiguresSerializer(allow_null=True, help_text="After this step; null where it was refused.")
    refused = serializers.CharField(allow_null=True, help_text="Why it was not taken, as a code.")
    detail = serializers.CharField(allow_null=True, help_text="The same in words.")
    left_out = serializers.IntegerField(help_text="Mentions of nobody in the population.")
    uncovered = serializers.FloatField(help_text="Share of the whole that no mention speaks for.")
    bounds = serializers.DictField(
        child=BoundsSerializer(), help_text="Where the figures lie whatever those think; empty where all are covered."
    )
    unmeasured = UnmeasuredSerializer(many=True, help_text="Languages left out, since errors there are not known.")


class RatingsSerializer(Shown):
    n = serializers.IntegerField()
    mean = EstimateSerializer()
    shares = serializers.ListField(child=serializers.FloatField(), help_text="Of 1, 2, 3, 4 and 5.")
    j_shaped = serializers.BooleanField(help_text="Both ends outnumber what lies beside them; the mean misleads then.")
    bounds = BoundsSerializer(allow_null=True, help_text="Of the mean of all customers; null without a response rate.")


class CorrectedInsightsSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    query = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Query.Kind.choices)
    population = serializers.CharField(allow_null=True)
    mentions = serializers.IntegerField()
    raw = CorrectedFiguresSerializer(help_text="As in the summary: every mention alike.")
    corrected = CorrectedFiguresSerializer(help_text="After the last step that was taken.")
    steps = CorrectionStepSerializer(many=True, help_text="In the order in which they were taken, each upon the last.")
    unread_bounds = serializers.DictField(
        child=BoundsSerializer(), help_text="Where the raw figures lie whatever the unread mentions mean."
    )
    silent_bounds = serializers.DictField(
        child=BoundsSerializer(), help_text="Where the corrected ones lie whatever those mean who did not write."
    )
    ratings = RatingsSerializer(allow_null=True, help_text="Null without ratings, or on another scale than 1 to 5.")


class UnusualParameters(PeriodParameters):
    query = IdField("qry", required=False, help_text="Only this query. Left out: every active one.")


class UnusualDaySerializer(Shown):
    day = serializers.DateField()
    kind = serializers.ChoiceField(["volume_high", "volume_low", "sentiment_high", "sentiment_low"])
    value = serializers.FloatField(help_text="Mentions, or net sentiment.")
    low = serializers.FloatField(help_text="99 of 100 ordinary days lie between this")
    high = serializers.FloatField(help_text="and this.")
    history = serializers.IntegerField(help_text="How many days before it that rests on.")
    n = serializers.IntegerField(help_text="Mentions behind the value.")
    occasions = OccasionSerializer(
        many=True, help_text="On the day, its eve or the day after; not said to be the cause."
    )


class UnusualQuerySerializer(Shown):
    query = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Query.Kind.choices)
    looked_at = serializers.IntegerField(help_text="Days with enough history before them.")
    by_chance = serializers.FloatField(help_text="How many findings to expect if nothing ever happened.")
    days = UnusualDaySerializer(many=True)


class UnusualSerializer(Shown):
    start = serializers.DateField()
    end = serializers.DateField()
    time_zone = serializers.CharField()
    data = UnusualQuerySerializer(many=True)  # type: ignore[assignment]


_SHARE = {"value": 0.42, "low": 0.36, "high": 0.48, "n": 310}
_FIGURES = {
    "n": 310,
    "n_effective": 310.0,
    "negative": _SHARE,
    "neutral": _SHARE,
    "positive": _SHARE,
    "net_sentiment": _SHARE,
}
_BOUNDS = {"net_sentiment": {"low": -0.1, "high": 0.6}}
_PERIOD = {"start": "2026-03-02", "end": "2026-03-31", "time_zone": "Europe/London"}
_NAMED = {"query": sample_id("qry"), "name": "Juniper Bakery", "kind": "brand"}
_EXAMPLE: dict[str, Any] = {
    **_PERIOD,
    **_NAMED,
    "population": None,
    "mentions": 321,
    "raw": _FIGURES,
    "corrected": {**_FIGURES, "n_effective": 120.5},
    "steps": [
        {
            "method": "one_author_one_vote",
            "source": "effective sample size of clusters (Kish, 1965)",
            "assumes": "Each known author stands for one person; unknown authors count each mention as one.",
            "figures": {**_FIGURES, "n_effective": 120.5},
            "refused": None,
            "detail": None,
            "left_out": 0,
            "uncovered": 0.0,
            "bounds": {},
            "unmeasured": [],
        }
    ],
    "unread_bounds": _BOUNDS,
    "silent_bounds": {},
    "ratings": None,
}


def _options(parameters: dict[str, Any]) -> Options:
    margins: dict[str, dict[str, float]] = {}
    if "population" in parameters:
        try:
            margins = population_of(parameters["population"]).margins
        except NotFound:
            raise ValidationFailed.of("/population", "There is no such population.", code="unknown") from None
    return Options(
        stories_once=parameters["stories"] == "once",
        one_author_one_vote=parameters["authors"] == "one_vote",
        half_life_days=parameters.get("half_life_days"),
        response_rates=parameters.get("response_rates"),
        response_rate=parameters.get("response_rate"),
        population=margins,
        misclassification=parameters["misclassification"] == "correct",
    )


def _bounds(found: Any) -> dict[str, Any]:
    return {"net_sentiment" if name == "net" else name: each for name, each in found.items()}


def _step(step: Step) -> dict[str, Any]:
    return {
        "method": step.method,
        "source": step.source,
        "assumes": step.assumes,
        "figures": step.figures,
        "refused": step.refused or None,
        "detail": step.detail or None,
        "left_out": step.left_out,
        "uncovered": step.uncovered,
        "bounds": _bounds(step.bounds),
        "unmeasured": [
            {"language": language, "model": model, "code": code} for language, model, code in step.unmeasured
        ],
    }


def _shown(found: Corrected) -> dict[str, Any]:
    return {
        "mentions": found.mentions,
        "raw": found.raw,
        "corrected": found.corrected,
        "steps": [_step(step) for step in found.steps],
        "unread_bounds": _bounds(found.unread_bounds),
        "silent_bounds": _bounds(found.silent_bounds),
        "ratings": found.ratings,
    }


def _chosen(public_id: str | None) -> Query:
    if public_id is None:
        brand = queries().filter(active=True, kind=Query.Kind.BRAND).order_by("id").first()
        if brand is None:
            raise ValidationFailed.of("/query", "There is no active brand; name a query.", code="required")
        return brand
    try:
        return query_of(public_id)
    except NotFound:
        raise ValidationFailed.of("/query", "There is no such query.", code="unknown") from None


class CorrectedInsights(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_corrected",
        tag="insights",
        summary="Correct for who is heard",
        description="Shares of sentiment of one query, raw and corrected side by side. Ask for the corrections you "
        "want: copies of a story counted once, one vote per author, recent days first, response rates of reviewers, "
        "weighing to a population, the engine's known errors. Each names its source and what it assumes, and is "
        "refused where the data do not allow it. Intervals are 95 %, and widen with the weights. Reads at most "
        "200,000 mentions.",
        query=CorrectedParameters,
        answer=CorrectedInsightsSerializer,
        answered=_EXAMPLE,
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = CorrectedParameters.read(request)
        zone = self.client.time_zone
        period = period_of(parameters, zone)
        query = _chosen(parameters.get("query"))
        found = corrected(query=query, period=period, zone=zone, options=_options(parameters))
        return Response(
            CorrectedInsightsSerializer.of(
                {
                    **head_of(period, zone),
                    "query": query.id,
                    "name": query.name,
                    "kind": query.kind,
                    "population": parameters.get("population"),
                    **_shown(found),
                }
            )
        )


class UnusualDays(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="insights_unusual_days",
        tag="insights",
        summary="Find days that stand out",
        description="Days on which a query had more or fewer mentions, or was liked more or less, than 99 of 100 "
        "ordinary days, going by up to four weeks before each; with what the calendar has on them. How many findings "
        "chance alone would bring is told beside them. A period has at most 100 days.",
        query=UnusualParameters,
        answer=UnusualSerializer,
        answered={
            **_PERIOD,
            "data": [
                {
                    **_NAMED,
                    "looked_at": 30,
                    "by_chance": 0.6,
                    "days": [
                        {
                            "day": "2026-11-08",
                            "kind": "volume_high",
                            "value": 120.0,
                            "low": 10.0,
                            "high": 48.0,
                            "history": 28,
                            "n": 120,
                            "occasions": [OCCASION_EXAMPLE],
                        }
                    ],
                }
            ],
        },
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = UnusualParameters.read(request)
        zone = self.client.time_zone
        period = period_of(parameters, zone)
        if period.days > MOST_DAYS:
            raise ValidationFailed.of("/end", f"A period has at most {MOST_DAYS} days here.", code="bad_period")
        chosen = queries().filter(active=True)
        if "query" in parameters:
            chosen = chosen.filter(id=parameters["query"])
        looks = unusual_days(queries=list(chosen), period=period, zone=zone, now=timezone.now())
        rows = [
            {
                "query": query.id,
                "name": query.name,
                "kind": query.kind,
                "looked_at": look.looked,
                "by_chance": look.by_chance,
                "days": look.days,
            }
            for query, look in zip(chosen, looks, strict=True)
        ]
        return Response(UnusualSerializer.of({**head_of(period, zone), "data": rows}))


client_urlpatterns = [
    path("clients/<str:client>/insights/corrected", CorrectedInsights.as_view(), name="corrected-insights"),
    path("clients/<str:client>/insights/unusual_days", UnusualDays.as_view(), name="unusual-days"),
]
