"""Tunings: what one client's readings get beyond the engine, in versions that can be switched."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.rescoring import state
from analytics.journey.tunings import request_version, switch
from analytics.language.contracts import SENTIMENTS
from analytics.language.tuning.fitting import FEWEST_HELD_OUT, FEWEST_TO_FIT, RULE
from analytics.language.tuning.models import TuningVersion
from analytics.language.tuning.selectors import (
    draft,
    version_in_force,
    version_in_force_id,
    version_of,
    versions,
    words_in,
)
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import IdField, MomentField, NoParameters, PageParameters, Shown, StrictSerializer
from api.v1.labels import audit
from api.views import ClientView
from kernel.errors import NotFound, ValidationFailed

OUTCOMES = (
    "better",
    "not_better",
    "too_few_labels",
    "too_few_held_out",
    "against_the_engine",
    "keep",
    "none",
    "overtaken",
    "cancelled",
)

_SCORES = {"log_loss": 0.81, "accuracy": 0.66, "macro_f1": 0.61}
_COMPARISON = {
    "n": 260,
    "texts": 241,
    "before": _SCORES,
    "after": {"log_loss": 0.7, "accuracy": 0.71, "macro_f1": 0.65},
    "log_loss_gain": 0.11,
    "log_loss_interval": {"low": 0.06, "high": 0.16},
    "macro_f1_gain": 0.04,
    "macro_f1_interval": {"low": 0.0, "high": 0.08},
}
EXAMPLE: dict[str, Any] = {
    "id": sample_id("tun"),
    "number": 3,
    "job": sample_id("job"),
    "asked_calibration": "fit",
    "asked_lexicon": "draft",
    "outcome": "better",
    "in_force": True,
    "engine": "compact/1",
    "calibration": {
        "scale": 0.9,
        "bias": {"negative": 0.3, "neutral": -0.2, "positive": -0.1},
        "languages": [{"language": "de", "bias": {"negative": 0.1, "neutral": 0.0, "positive": -0.1}}],
    },
    "words": 40,
    "figures": {
        "rule": RULE,
        "basis": "random",
        "fit_labels": 610,
        "held_out_labels": 260,
        "against_the_engine": 0.31,
        "languages": [{"language": "de", "labels": 190}, {"language": "en", "labels": 420}],
        "calibration": _COMPARISON,
        "in_force": None,
        "lexicon": None,
    },
    "by": sample_id("usr"),
    "asked_at": "2026-03-31T18:00:00Z",
    "made_at": "2026-03-31T18:00:09Z",
}


class HoldOutScoresSerializer(Shown):
    log_loss = serializers.FloatField(help_text="Mean, in nats; lower is better.")
    accuracy = serializers.FloatField()
    macro_f1 = serializers.FloatField()


class GainIntervalSerializer(Shown):
    low = serializers.FloatField()
    high = serializers.FloatField()


class HoldOutComparisonSerializer(Shown):
    """Before and after on labels that nothing was fitted on."""

    n = serializers.IntegerField(help_text="Labels.")
    texts = serializers.IntegerField(help_text="Distinct texts: copies are no new evidence.")
    before = HoldOutScoresSerializer()
    after = HoldOutScoresSerializer()
    log_loss_gain = serializers.FloatField(help_text="Above 0 is better.")
    log_loss_interval = GainIntervalSerializer(help_text="95 %, paired bootstrap over distinct texts.")
    macro_f1_gain = serializers.FloatField(help_text="Above 0 is better.")
    macro_f1_interval = GainIntervalSerializer()


class LabelsOfLanguageSerializer(Shown):
    language = serializers.CharField()
    labels = serializers.IntegerField()


class HoldOutFiguresSerializer(Shown):
    rule = serializers.CharField(help_text="When a calibration is put in force.")
    basis = serializers.ChoiceField(
        ["random", "all"],
        help_text="Whether the hold-out is of mentions that review queues drew at random, or of all that were "
        "labelled: then it tells of mentions like those.",
    )
    fit_labels = serializers.IntegerField(help_text="Labels that a calibration is fitted on.")
    held_out_labels = serializers.IntegerField(help_text="Labels that it is judged on.")
    against_the_engine = serializers.FloatField(help_text="Share of the labels that contradict the engine, 0 to 1.")
    languages = LabelsOfLanguageSerializer(many=True)
    calibration = HoldOutComparisonSerializer(allow_null=True, help_text="Without and with the fitted calibration.")
    in_force = HoldOutComparisonSerializer(
        allow_null=True, help_text="With the one in force then, and with the fitted one."
    )
    lexicon = HoldOutComparisonSerializer(allow_null=True, help_text="Without and with the lexicon.")


class LogitsSerializer(Shown):
    negative = serializers.FloatField(help_text="Logits.")
    neutral = serializers.FloatField()
    positive = serializers.FloatField()


class LanguageBiasSerializer(Shown):
    language = serializers.CharField()
    bias = LogitsSerializer()


class CalibrationSerializer(Shown):
    scale = serializers.FloatField(help_text="What the engine's logits are multiplied by.")
    bias = LogitsSerializer(help_text="What is added to them.")
    languages = LanguageBiasSerializer(many=True, help_text="What is added besides, in languages with enough labels.")


class TuningSerializer(Shown):
    id = serializers.CharField()
    number = serializers.IntegerField(help_text="Readings that it made have `+t` and this behind their model's id.")
    job = serializers.CharField(help_text="Id of the job that makes it.")
    asked_calibration = serializers.ChoiceField(TuningVersion.Calibrating.choices)
    asked_lexicon = serializers.ChoiceField(TuningVersion.Wording.choices)
    outcome = serializers.ChoiceField(
        OUTCOMES,
        allow_null=True,
        help_text="Why there is a calibration or none; null until it is made. `cancelled`: it never was, since its job "
        "was cancelled.",
    )
    in_force = serializers.BooleanField()
    engine = serializers.CharField(allow_null=True, help_text="The model that the calibration is of.")
    calibration = CalibrationSerializer(allow_null=True, help_text="Null: none.")
    words = serializers.IntegerField(help_text="How many words its lexicon has.")
    figures = HoldOutFiguresSerializer(
        allow_null=True, help_text="What the hold-out says; null where nothing was measured."
    )
    by = serializers.CharField(help_text="Who asked for it.")
    asked_at = MomentField()
    made_at = MomentField(allow_null=True, help_text="Null: it was not made.")


class NewTuningSerializer(StrictSerializer):
    calibration = serializers.ChoiceField(
        TuningVersion.Calibrating.choices,
        help_text="`fit` one to the labels, which is taken only where it is better on the hold-out (else the one in "
        "force is kept); `keep` the one in force; `none`.",
    )
    lexicon = serializers.ChoiceField(
        TuningVersion.Wording.choices, help_text="`draft`: the words as they are now; `keep` those in force; `none`."
    )


class SwitchSerializer(StrictSerializer):
    tuning = IdField("tun", allow_null=True, help_text="The version to put in force, an earlier one too; null: none.")


class DueSerializer(Shown):
    model = serializers.CharField(
        allow_null=True, help_text="What readings are made with now; null: it cannot be loaded."
    )
    outdated = serializers.IntegerField(help_text="Mentions that were read with something else and are due.")


class InForceSerializer(Shown):
    tuning = TuningSerializer(allow_null=True, help_text="Null: the engine's word stands as it is.")
    draft_differs = serializers.BooleanField(help_text="Whether the lexicon's words were changed since.")
    rescoring = DueSerializer()


def _bias(values: Any) -> dict[str, float]:
    return dict(zip(SENTIMENTS, values, strict=True))


def shown_tunings(rows: Sequence[TuningVersion]) -> list[dict[str, Any]]:
    """Some versions as the API shows them, their lexicons only counted."""
    current, words = version_in_force_id(), words_in(rows)
    return [_shown(row, in_force=row.id == current, words=words[row.id]) for row in rows]


def _shown(version: TuningVersion, *, in_force: bool, words: int) -> dict[str, Any]:
    stored, figures = version.calibration, version.figures
    same = ("id", "number", "asked_calibration", "asked_lexicon", "by", "asked_at", "made_at")
    plain: dict[str, Any] = TuningSerializer.of(
        {
            **{name: getattr(version, name) for name in same},
            "job": version.job_id,
            "outcome": version.outcome or None,
            "in_force": in_force,
            "engine": version.engine or None,
            "calibration": None
            if stored is None
            else {
                "scale": stored["scale"],
                "bias": _bias(stored["bias"]),
                "languages": [
                    {"language": language, "bias": _bias(bias)} for language, bias in stored["languages"].items()
                ],
            },
            "words": words,
            "figures": {
                **figures,
                "languages": [{"language": name, "labels": n} for name, n in figures["languages"].items()],
            }
            if figures
            else None,
        }
    )
    return plain


class Tunings(ClientView):
    roles = least(GET="viewer", POST="manager")

    @operation(
        id="tunings_list",
        tag="tuning",
        summary="List the tunings",
        description="Every version that was asked for, the newest first, with what the hold-out said.",
        query=PageParameters,
        answer=TuningSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(versions(), **PageParameters.read(request))
        return Response({"data": shown_tunings(page.rows), "next_cursor": page.next_cursor})

    @operation(
        id="tunings_create",
        tag="tuning",
        summary="Make a tuning",
        description="A job fits a calibration of the engine's probabilities to what this client's people said of "
        "sentiment, and judges it on labels that it was not fitted on. It takes labels of "
        f"{FEWEST_TO_FIT} texts to fit and of {FEWEST_HELD_OUT} to judge by; copies of a text are on one side. {RULE} "
        "A lexicon is put in force as asked, with what the hold-out says of it. What is put in force holds for all "
        "readings from then on, and what was read before is read again. Needs the role manager.",
        body=NewTuningSerializer,
        answer=TuningSerializer,
        status=202,
        location=True,
        sent={"calibration": "fit", "lexicon": "draft"},
        answered={
            **EXAMPLE,
            "outcome": None,
            "in_force": False,
            "engine": None,
            "calibration": None,
            "words": 0,
            "figures": None,
            "made_at": None,
        },
        says={409: "One is being made, or nothing would change."},
    )
    def post(self, request: Request, client: str) -> Response:
        body = NewTuningSerializer.read(request)
        asked = request_version(by=self.caller.id, now=timezone.now(), **body)
        audit(self, "tuning.requested", tuning=asked.id, **body)
        answer = _shown(asked, in_force=False, words=0)
        return Response(answer, 202, headers={"Location": self.link("jobs", asked.job_id)})


class OneTuning(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="tunings_get",
        tag="tuning",
        summary="Get a tuning",
        description="A version with its figures before and after.",
        answer=TuningSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, tuning: str) -> Response:
        NoParameters.read(request)
        (told,) = shown_tunings([version_of(tuning)])
        return Response(told)


class TuningInForce(ClientView):
    roles = least(GET="viewer", PUT="manager")

    @operation(
        id="tuning_get",
        tag="tuning",
        summary="See what is in force",
        description="The version that readings go by, whether the lexicon was changed since, and how many mentions are "
        "due to be read again.",
        answer=InForceSerializer,
        answered={
            "tuning": EXAMPLE,
            "draft_differs": False,
            "rescoring": {"model": "compact/1+t3", "outdated": 0},
        },
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        return Response(_in_force())

    @operation(
        id="tuning_switch",
        tag="tuning",
        summary="Switch the tuning",
        description="Puts a version in force, an earlier one too, or none. What was read before is read again. Needs "
        "the role manager.",
        body=SwitchSerializer,
        answer=InForceSerializer,
        sent={"tuning": sample_id("tun")},
        answered={
            "tuning": EXAMPLE,
            "draft_differs": False,
            "rescoring": {"model": "compact/1+t3", "outdated": 18230},
        },
        says={409: "The version was never made, or the client cannot be written to now."},
    )
    def put(self, request: Request, client: str) -> Response:
        wanted = SwitchSerializer.read(request)["tuning"]
        version = None
        if wanted is not None:
            try:
                version = version_of(wanted)
            except NotFound:
                raise ValidationFailed.of("/tuning", "There is no such tuning.", code="unknown_tuning") from None
        if switch(version=version, by=self.caller.id, now=timezone.now()):
            audit(self, "tuning.switched", tuning=wanted or "")
        return Response(_in_force())


def _in_force() -> dict[str, Any]:
    version = version_in_force()
    readings = state()
    words = [] if version is None else [list(entry) for entry in version.lexicon]
    return {
        "tuning": None if version is None else _shown(version, in_force=True, words=len(words)),
        "draft_differs": words != [list(entry) for entry in draft()],
        "rescoring": {"model": readings.model_id or None, "outdated": readings.outdated},
    }


client_urlpatterns = [
    path("clients/<str:client>/tunings", Tunings.as_view(), name="tunings"),
    path("clients/<str:client>/tunings/<str:tuning>", OneTuning.as_view(), name="tuning-version"),
    path("clients/<str:client>/tuning", TuningInForce.as_view(), name="tuning"),
]
