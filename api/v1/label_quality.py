"""How far people agree on what mentions mean, with each other and with the engine."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.language.contracts import EMOTIONS, INTENTS
from analytics.language.corrections.accuracy import Accuracy, accuracy, share
from analytics.language.corrections.agreement import SOURCES, Agreement, agreement, binary
from analytics.language.corrections.models import Queued
from analytics.language.corrections.selectors import (
    MOST_LOOKED_AT,
    counts_by_person,
    labels_by_person,
    pairs,
    queue_of,
)
from analytics.language.labels import FIELDS
from analytics.language.tuning.selectors import is_fitted
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import IdField, QueryParameters, Shown
from api.views import ClientView
from kernel.errors import NotFound, ValidationFailed

KINDS = {"emotions": EMOTIONS, "intents": INTENTS}
SELECTION = (
    "Corrections are no random sample: people mostly correct mistakes. This describes the labelled mentions and no "
    "others. Label what a review queue draws at random for an estimate of all."
)
UNFINISHED = "Not all that was drawn at random is labelled. If what was passed over is of another sort, this is biased."
FITTED = (
    "A calibration that was fitted to such labels has read some of the mentions: it does better on what it was fitted "
    "to than on others. Its own figures are of labels that it had not seen."
)


class FieldParameters(QueryParameters):
    field = serializers.ChoiceField(FIELDS, required=False, default="sentiment")


class AccuracyParameters(FieldParameters):
    queue = IdField("rvq", required=False, help_text="Only what this review queue drew at random.")


class LabellingPersonSerializer(Shown):
    id = serializers.CharField(help_text="The person or key.")
    mentions = serializers.IntegerField(help_text="How many they have a standing label of.")


class AgreementMeasureSerializer(Shown):
    about = serializers.CharField(help_text="The field, or one emotion or intent: whether it is there.")
    method = serializers.ChoiceField(list(SOURCES))
    reference = serializers.CharField(help_text="The method's source.")
    people = serializers.IntegerField(help_text="How many people's labels it rests on.")
    n = serializers.IntegerField(help_text="Mentions that at least two of them labelled.")
    observed = serializers.FloatField(allow_null=True, help_text="Share of pairs of labels that are equal, 0 to 1.")
    value = serializers.FloatField(
        allow_null=True, help_text="1: they always agree; 0: as by chance; below: less. Null while abstaining."
    )
    low = serializers.FloatField(allow_null=True, help_text="Lower end of the 95 % interval (bootstrap over mentions).")
    high = serializers.FloatField(allow_null=True)
    abstain_reason = serializers.ChoiceField(
        ["too_few", "no_variation"],
        allow_null=True,
        help_text="Fewer than ten mentions with two labels, or all labels are the same: chance would agree too.",
    )


class AgreementSerializer(Shown):
    field = serializers.ChoiceField(FIELDS)
    people = LabellingPersonSerializer(many=True)
    measures = AgreementMeasureSerializer(many=True)


class LabelShareSerializer(Shown):
    value = serializers.FloatField(help_text="0 to 1.")
    low = serializers.FloatField(help_text="Lower end of the 95 % interval.")
    high = serializers.FloatField()


class ConfusionCellSerializer(Shown):
    people = serializers.JSONField(help_text="What people say: a sentiment, or true or false.")
    engine = serializers.JSONField(help_text="What the engine says; null where it says nothing.")
    n = serializers.IntegerField()


class LabelPartSerializer(Shown):
    label = serializers.JSONField()  # type: ignore[assignment]
    share = LabelShareSerializer()


class AccuracyMeasureSerializer(Shown):
    about = serializers.CharField(help_text="The field, or one emotion or intent: whether it is there.")
    n = serializers.IntegerField(help_text="Labelled mentions.")
    said = serializers.IntegerField(help_text="Of these, on how many the engine says anything.")
    accuracy = LabelShareSerializer(allow_null=True, help_text="Among what it says; null where that is nothing.")
    confusion = ConfusionCellSerializer(many=True, help_text="Most frequent first.")
    shares = LabelPartSerializer(many=True, help_text="How people's labels are spread.")


class ReadByModelSerializer(Shown):
    model = serializers.CharField()
    n = serializers.IntegerField()


class AccuracySerializer(Shown):
    field = serializers.ChoiceField(FIELDS)
    basis = serializers.ChoiceField(["all", "random"], help_text="All corrections, or what a queue drew at random.")
    queue = serializers.CharField(allow_null=True)
    population = serializers.IntegerField(
        allow_null=True, help_text="How many mentions the random part was drawn from, which it stands for."
    )
    drawn = serializers.IntegerField(allow_null=True, help_text="Size of the random part.")
    labelled = serializers.IntegerField(help_text="Mentions that this rests on; at most the latest 20,000.")
    answered = LabelShareSerializer(allow_null=True, help_text="Labelled by drawn, for `random`.")
    warning = serializers.CharField(allow_null=True, help_text="What keeps this from holding for other mentions.")
    models = ReadByModelSerializer(many=True, help_text="What read them.")
    measures = AccuracyMeasureSerializer(many=True)


_SHARE = {"value": 0.81, "low": 0.74, "high": 0.87}


class LabelAgreement(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="label_agreement",
        tag="corrections",
        summary="See how far people agree",
        description="Agreement beyond chance of people who labelled the same mentions, each with their own latest "
        "label: Cohen's kappa for two people, Krippendorff's alpha for more, with 95 % intervals. Emotions and intents "
        f"are compared one by one. Looks at the {MOST_LOOKED_AT:,} mentions that were labelled last.",
        query=FieldParameters,
        answer=AgreementSerializer,
        answered={
            "field": "sentiment",
            "people": [{"id": sample_id("usr"), "mentions": 140}],
            "measures": [
                {
                    "about": "sentiment",
                    "method": "cohen_kappa",
                    "reference": SOURCES["cohen_kappa"],
                    "people": 2,
                    "n": 64,
                    "observed": 0.83,
                    "value": 0.72,
                    "low": 0.57,
                    "high": 0.86,
                    "abstain_reason": None,
                }
            ],
        },
    )
    def get(self, request: Request, client: str) -> Response:
        field = FieldParameters.read(request)["field"]
        labels: dict[Any, Any] = labels_by_person(field)
        if field in KINDS:
            measures = [_measure(kind, agreement(binary(labels, kind))) for kind in KINDS[field]]
        else:
            measures = [_measure(field, agreement(labels))]
        people = [{"id": by, "mentions": n} for by, n in counts_by_person(field).items()]
        return Response(AgreementSerializer.of({"field": field, "people": people, "measures": measures}))


def _measure(about: str, found: Agreement) -> dict[str, Any]:
    same = ("method", "people", "n", "observed", "value", "low", "high")
    return {
        "about": about,
        "reference": SOURCES[found.method],
        **{name: getattr(found, name) for name in same},
        "abstain_reason": found.abstain_reason or None,
    }


class LabelAccuracy(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="label_accuracy",
        tag="corrections",
        summary="See how right the engine is",
        description="What people say against what the engine says of the same mentions. From all corrections this "
        "tells of the corrected mentions alone; with `queue` it rests on what that queue drew at random, and is an "
        "unbiased estimate for the mentions it drew from, once all of it is labelled.",
        query=AccuracyParameters,
        answer=AccuracySerializer,
        answered={
            "field": "sentiment",
            "basis": "random",
            "queue": sample_id("rvq"),
            "population": 18230,
            "drawn": 160,
            "labelled": 160,
            "answered": {"value": 1.0, "low": 0.9766, "high": 1.0},
            "warning": None,
            "models": [{"model": "compact/1", "n": 160}],
            "measures": [
                {
                    "about": "sentiment",
                    "n": 160,
                    "said": 150,
                    "accuracy": _SHARE,
                    "confusion": [{"people": "positive", "engine": "positive", "n": 70}],
                    "shares": [{"label": "positive", "share": _SHARE}],
                }
            ],
        },
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = AccuracyParameters.read(request)
        field, queue = parameters["field"], None
        if "queue" in parameters:
            try:
                queue = queue_of(parameters["queue"])
            except NotFound:
                raise ValidationFailed.of("/queue", "There is no such review queue.", code="unknown_queue") from None
        found = pairs(field, queue=queue)
        drawn = None if queue is None else Queued.objects.filter(queue=queue, reason="random").count()
        if field in KINDS:
            told = [
                (kind, [(kind in each.people, None if each.engine is None else kind in each.engine) for each in found])
                for kind in KINDS[field]
            ]
        else:
            told = [(field, [(each.people, each.engine) for each in found])]
        models = Counter(each.model_id for each in found)
        warnings = [SELECTION] if drawn is None else [UNFINISHED] if len(found) < drawn else []
        if field == "sentiment" and is_fitted(models):
            warnings.append(FITTED)
        return Response(
            AccuracySerializer.of(
                {
                    "field": field,
                    "basis": "all" if queue is None else "random",
                    "queue": None if queue is None else queue.id,
                    "population": None if queue is None else queue.population,
                    "drawn": drawn,
                    "labelled": len(found),
                    "answered": None if drawn is None else share(len(found), drawn),
                    "warning": " ".join(warnings) or None,
                    "models": [{"model": model, "n": n} for model, n in sorted(models.items())],
                    "measures": [_shown(about, accuracy(labels)) for about, labels in told],
                }
            )
        )


def _shown(about: str, found: Accuracy) -> dict[str, Any]:
    same = ("n", "said", "accuracy", "confusion", "shares")
    return {"about": about, **{name: getattr(found, name) for name in same}}


client_urlpatterns = [
    path("clients/<str:client>/label_agreement", LabelAgreement.as_view(), name="label-agreement"),
    path("clients/<str:client>/label_accuracy", LabelAccuracy.as_view(), name="label-accuracy"),
]
