"""A query's noise filter: what it must show anyway, and how good it is, measured on what people labelled."""

from __future__ import annotations

import secrets
from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights.noise import restore
from analytics.listening.selectors import query_of
from analytics.mentions.labelling import MAX_SAMPLE, draw_sample, label_mentions, labels_of, measure, sample_of
from analytics.mentions.models import NoiseSample
from analytics.mentions.noise import LEVELS
from analytics.mentions.noise.quality import BANDS, METHOD
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import (
    IdField,
    MomentField,
    NoParameters,
    Shown,
    StrictBooleanField,
    StrictIntegerField,
    StrictSerializer,
)
from api.views import ClientView
from kernel import db
from tenants.audit import record

MOST_AT_ONCE = 500
_SHARE = {"value": 0.92, "low": 0.84, "high": 0.97}


def _once(ids: list[str]) -> None:
    """Raises ValidationError for an id that a list holds twice."""
    if len(set(ids)) < len(ids):
        raise serializers.ValidationError("Names a mention twice.", code="repeated")


class LabelSerializer(StrictSerializer):
    mention = IdField("men")
    noise = StrictBooleanField(help_text="Whether it is noise for this query.")


class NewLabelsSerializer(StrictSerializer):
    labels = serializers.ListField(child=LabelSerializer(), min_length=1, max_length=MOST_AT_ONCE)

    def validate_labels(self, labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
        _once([label["mention"] for label in labels])
        return labels


class LabelledSerializer(Shown):
    labelled = serializers.IntegerField(help_text="How many mentions were labelled just now.")


class NewRestorationSerializer(StrictSerializer):
    mentions = serializers.ListField(child=IdField("men"), min_length=1, max_length=MOST_AT_ONCE)
    restored = StrictBooleanField(
        required=False, default=True, help_text="False leaves them to the query's filter again."
    )

    def validate_mentions(self, mentions: list[str]) -> list[str]:
        _once(mentions)
        return mentions


class RestoredSerializer(Shown):
    changed = serializers.IntegerField(help_text="How many are shown now that were hidden, or the other way round.")


class NewSampleSerializer(StrictSerializer):
    size = StrictIntegerField(
        required=False, default=100, min_value=10, max_value=MAX_SAMPLE, help_text="Mentions to draw, 10 to 500."
    )


class BandSerializer(Shown):
    band = serializers.ChoiceField(BANDS, source="name", help_text="The score that the band begins at.")
    mentions = serializers.IntegerField(help_text="How many mentions of the query were in it when it was drawn.")
    drawn = serializers.IntegerField()
    labelled = serializers.IntegerField()
    noise = serializers.IntegerField(help_text="How many of those labelled are noise.")
    missing = serializers.IntegerField(help_text="How many more labels it needs before anything is said.")


class DrawnSerializer(Shown):
    mention = serializers.CharField()
    # A field of this name hides the serializer's own argument, which nobody reads after it was made.
    source = serializers.CharField()  # type: ignore[assignment]
    posted_at = MomentField()
    title = serializers.CharField()
    text = serializers.CharField()
    noise = serializers.BooleanField(allow_null=True, help_text="Its label; null where it has none.")


class SampleSerializer(Shown):
    id = serializers.CharField()
    query = serializers.CharField()
    model = serializers.CharField(help_text="Name and version of what scored the mentions.")
    drawn_at = MomentField()
    mentions = DrawnSerializer(
        many=True, help_text="In the order to label them: any first part of them is a random sample too."
    )


class ShareSerializer(Shown):
    value = serializers.FloatField(help_text="0 to 1.")
    low = serializers.FloatField(help_text="Lower end of the 95 % interval.")
    high = serializers.FloatField()


class LevelSerializer(Shown):
    level = serializers.ChoiceField([level for level in LEVELS if level != "off"])
    hidden = serializers.IntegerField(help_text="How many of the mentions drawn from it hides.")
    precision = ShareSerializer(allow_null=True, help_text="Noise among what it hides; null where it hides nothing.")
    recall = ShareSerializer(allow_null=True, help_text="What it hides of all noise; null where there is none.")


class QualitySerializer(Shown):
    sample = serializers.CharField(help_text="The sample that it was measured on, the query's latest.")
    drawn_at = MomentField()
    model = serializers.CharField()
    method = serializers.CharField()
    bands = BandSerializer(many=True)
    abstain_reason = serializers.ChoiceField(
        ["too_few_labels"], allow_null=True, help_text="Why nothing is said: see `missing` of each band."
    )
    levels = LevelSerializer(many=True, help_text="Every level that the filter could have; empty while abstaining.")


_SAMPLE = {
    "id": sample_id("nsa"),
    "query": sample_id("qry"),
    "model": "noise/1",
    "drawn_at": "2026-03-31T18:00:00Z",
    "mentions": [
        {
            "mention": sample_id("men"),
            "source": "web",
            "posted_at": "2026-03-02T10:00:00Z",
            "title": "",
            "text": "I love the rye bread at Juniper Bakery!",
            "noise": None,
        }
    ],
}


def _audit(view: ClientView, action: str, query: str, **counts: int | bool) -> None:
    with db.public():
        record(
            agency_id=view.client.agency_id,
            actor=view.caller.id,
            action=action,
            client_id=view.client.id,
            detail={"query": query, **counts},
        )


class NoiseLabels(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="queries_label_noise",
        tag="queries",
        summary="Label mentions as noise or not",
        description="Says of mentions that the query matched whether they are noise for it. A later label replaces an "
        "earlier one. Labels measure the filter and change nothing that it hides. Needs the role analyst.",
        body=NewLabelsSerializer,
        answer=LabelledSerializer,
        sent={"labels": [{"mention": sample_id("men"), "noise": True}]},
        answered={"labelled": 1},
    )
    def post(self, request: Request, client: str, query: str) -> Response:
        found = query_of(query)
        body = NewLabelsSerializer.read(request)
        labels = {label["mention"]: label["noise"] for label in body["labels"]}
        labelled = label_mentions(query=found, labels=labels, now=timezone.now())
        _audit(self, "query.noise_labelled", found.id, labelled=labelled)
        return Response(LabelledSerializer.of({"labelled": labelled}))


class NoiseRestorations(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="queries_restore_noise",
        tag="queries",
        summary="Restore hidden mentions",
        description="Shows mentions whatever the query's noise filter says, also after the filter or the query was "
        "changed; with `restored: false` leaves them to the filter again. Needs the role analyst.",
        body=NewRestorationSerializer,
        answer=RestoredSerializer,
        sent={"mentions": [sample_id("men")]},
        answered={"changed": 1},
    )
    def post(self, request: Request, client: str, query: str) -> Response:
        found = query_of(query)
        body = NewRestorationSerializer.read(request)
        changed = restore(query=found, now=timezone.now(), **body)
        _audit(self, "query.noise_restored", found.id, mentions=len(body["mentions"]), restored=body["restored"])
        return Response(RestoredSerializer.of({"changed": changed}))


class NoiseSamples(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="queries_sample_noise",
        tag="queries",
        summary="Draw a sample to label",
        description="Draws mentions of the query at random within bands of the noise score, hidden ones and shown "
        "ones, so that what their labels tell holds for all. The latest sample is the one that quality is measured "
        "on. Needs the role analyst.",
        body=NewSampleSerializer,
        answer=SampleSerializer,
        status=201,
        location=True,
        says={409: "No mention of this query has been read yet."},
        sent={"size": 100},
        answered=_SAMPLE,
    )
    def post(self, request: Request, client: str, query: str) -> Response:
        found = query_of(query)
        body = NewSampleSerializer.read(request)
        sample = draw_sample(query=found, size=body["size"], seed=secrets.randbits(62), now=timezone.now())
        _audit(self, "query.noise_sampled", found.id, mentions=sum(band["drawn"] for band in sample.strata.values()))
        place = self.link("queries", found.id, "noise_samples", sample.id)
        return Response(_shown(sample), 201, headers={"Location": place})


class OneNoiseSample(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="queries_get_noise_sample",
        tag="queries",
        summary="Get a sample to label",
        description="The mentions that were drawn, with the labels they have so far.",
        answer=SampleSerializer,
        answered=_SAMPLE,
    )
    def get(self, request: Request, client: str, query: str, sample: str) -> Response:
        NoParameters.read(request)
        return Response(_shown(sample_of(query_of(query), sample)))


class NoiseQuality(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="queries_noise_quality",
        tag="queries",
        summary="See how good the noise filter is",
        description="Precision and recall of each level of the filter, estimated from the labels on the query's "
        "latest sample, with 95 % intervals. With fewer than ten labels in a band of the score it says nothing. 404 "
        "where no sample was drawn.",
        answer=QualitySerializer,
        answered={
            "sample": sample_id("nsa"),
            "drawn_at": "2026-03-31T18:00:00Z",
            "model": "noise/1",
            "method": METHOD,
            "bands": [{"band": "0", "mentions": 900, "drawn": 40, "labelled": 40, "noise": 2, "missing": 0}],
            "abstain_reason": None,
            "levels": [{"level": "strict", "hidden": 120, "precision": _SHARE, "recall": _SHARE}],
        },
    )
    def get(self, request: Request, client: str, query: str) -> Response:
        NoParameters.read(request)
        found = measure(query_of(query))
        return Response(
            QualitySerializer.of(
                {
                    "sample": found.sample.id,
                    "drawn_at": found.sample.drawn_at,
                    "model": found.sample.model_id,
                    "method": METHOD,
                    "bands": found.bands,
                    "abstain_reason": None if found.qualities else "too_few_labels",
                    "levels": found.qualities,
                }
            )
        )


def _shown(sample: NoiseSample) -> dict[str, Any]:
    drawn = list(sample.drawn.select_related("mention"))
    labels = labels_of(sample.query, [str(row.mention_id) for row in drawn])
    plain: dict[str, Any] = SampleSerializer.of(
        {
            "id": sample.id,
            "query": sample.query_id,
            "model": sample.model_id,
            "drawn_at": sample.drawn_at,
            "mentions": [
                {
                    "mention": row.mention_id,
                    **{name: getattr(row.mention, name) for name in ("source", "posted_at", "title", "text")},
                    "noise": labels.get(str(row.mention_id)),
                }
                for row in drawn
            ],
        }
    )
    return plain


_QUERY = "clients/<str:client>/queries/<str:query>"

client_urlpatterns = [
    path(f"{_QUERY}/noise_labels", NoiseLabels.as_view(), name="noise-labels"),
    path(f"{_QUERY}/noise_restorations", NoiseRestorations.as_view(), name="noise-restorations"),
    path(f"{_QUERY}/noise_samples", NoiseSamples.as_view(), name="noise-samples"),
    path(f"{_QUERY}/noise_samples/<str:sample>", OneNoiseSample.as_view(), name="noise-sample"),
    path(f"{_QUERY}/noise_quality", NoiseQuality.as_view(), name="noise-quality"),
]
