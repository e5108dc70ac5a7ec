"""Labels as they are sent and shown; those of one mention, and what was said of it."""

from __future__ import annotations

from typing import Any

from django.db import transaction
from django.urls import path
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.correcting import correct_one, take_back_own
from analytics.language.contracts import EMOTIONS, INTENTS, SENTIMENTS
from analytics.language.corrections.models import Label
from analytics.language.corrections.selectors import labels_of_mention
from analytics.language.labels import FIELDS
from analytics.mentions.selectors import mention_of
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown, StrictBooleanField, StrictSerializer
from api.views import ClientView
from kernel import db
from tenants.audit import record

SENT = {"sentiment": "negative", "emotions": ["anger"], "irony": True, "intents": ["complaint"]}
EXAMPLE = {
    "correction": sample_id("cor"),
    "mention": sample_id("men"),
    "field": "sentiment",
    "by": sample_id("usr"),
    "label": "negative",
    "was": "positive",
    "labelled_at": "2026-03-31T18:00:00Z",
    "taken_back_at": None,
    "taken_back_by": None,
}


class KindsField(serializers.ListField):
    """Several of a closed set, or none."""

    def __init__(self, known: tuple[str, ...], **more: Any) -> None:
        super().__init__(child=serializers.ChoiceField(known), required=False, max_length=len(known), **more)

    def to_internal_value(self, data: Any) -> list[str]:
        kinds: list[str] = super().to_internal_value(data)
        if len(set(kinds)) < len(kinds):
            raise serializers.ValidationError("Names one of them twice.", code="repeated")
        return sorted(kinds)


class MentionLabelsSerializer(StrictSerializer):
    """What somebody says of a mention: at least one of these; what is left out stays as it is."""

    sentiment = serializers.ChoiceField(SENTIMENTS, required=False)
    emotions = KindsField(EMOTIONS, help_text="All there are; an empty list says that there is none.")
    irony = StrictBooleanField(required=False, help_text="Whether it is ironic or sarcastic.")
    intents = KindsField(INTENTS, help_text="All there are; an empty list says that there is none.")

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if not any(field in attrs for field in FIELDS):
            missing = exceptions.ErrorDetail(f"Say at least one of {', '.join(FIELDS)}.", code="required")
            raise serializers.ValidationError({"sentiment": missing})
        return attrs


class MentionLabelSerializer(Shown):
    correction = serializers.CharField(source="correction_id")
    mention = serializers.CharField(source="mention_id")
    field = serializers.ChoiceField(FIELDS)
    by = serializers.CharField(help_text="Id of the person or key.")
    label = serializers.JSONField(  # type: ignore[assignment]
        help_text="A text for `sentiment`, a list of texts for `emotions` and `intents`, true or false for `irony`."
    )
    was = serializers.JSONField(help_text="What was in force before; null for nothing.")
    labelled_at = MomentField()
    taken_back_at = MomentField(allow_null=True, help_text="Null: it stands.")
    taken_back_by = serializers.CharField(allow_null=True)


class MentionSaidSerializer(Shown):
    """A mention's labels as they are now."""

    mention = serializers.CharField()
    sentiment = serializers.ChoiceField(SENTIMENTS, allow_null=True)
    emotions = serializers.ListField(child=serializers.CharField(), allow_null=True)
    irony = serializers.FloatField(allow_null=True, help_text="1 or 0 where people have said it.")
    intents = serializers.ListField(child=serializers.CharField(), allow_null=True)
    corrected = serializers.ListField(
        child=serializers.ChoiceField(FIELDS), help_text="Which of these people have set; the others are the engine's."
    )
    correction = serializers.CharField(help_text="Id of the correction that was made just now.")


def shown_label(row: Label) -> dict[str, Any]:
    """One label as the API shows it."""
    plain: dict[str, Any] = MentionLabelSerializer.of(row)
    return {**plain, "taken_back_by": row.taken_back_by or None}


def audit(view: ClientView, action: str, **detail: Any) -> None:
    """Write what was done, once the present transaction is through; ids, field names and counts only."""

    def write() -> None:
        with db.public():
            record(
                agency_id=view.client.agency_id,
                actor=view.caller.id,
                action=action,
                client_id=view.client.id,
                detail=detail,
            )

    if view.in_transaction:  # which cannot leave the client's session
        transaction.on_commit(write)
    else:
        write()


class MentionLabels(ClientView):
    roles = least(GET="viewer", PUT="analyst", DELETE="analyst")

    @operation(
        id="mentions_labels_list",
        tag="corrections",
        summary="List what people said of a mention",
        description="Every label that somebody gave, the newest first, with what it changed; also those taken back. Of "
        "the ones that stand the newest of each field is in force.",
        query=PageParameters,
        answer=MentionLabelSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str, mention: str) -> Response:
        parameters = (
            PageParameters.read(request) if request.method in ("GET", "HEAD") else {"cursor": None, "limit": 50}
        )
        page = page_of(labels_of_mention(mention_of(mention).id), **parameters)
        return Response(page.body(shown_label))

    @operation(
        id="mentions_labels_set",
        tag="corrections",
        summary="Correct a mention",
        description="Says what a mention means; what is left out stays as it is. It holds at once, in lists, matches "
        "and sums, and a new reading does not overwrite it. To say what it says already confirms it. Needs the role "
        "analyst.",
        body=MentionLabelsSerializer,
        answer=MentionSaidSerializer,
        sent=SENT,
        answered={
            "mention": sample_id("men"),
            **SENT,
            "irony": 1.0,
            "corrected": list(FIELDS),
            "correction": sample_id("cor"),
        },
        says={409: "The mention was not read yet, or the client cannot be written to now."},
    )
    def put(self, request: Request, client: str, mention: str) -> Response:
        labels = MentionLabelsSerializer.read(request)
        found = mention_of(mention)
        made = correct_one(by=self.caller.id, mention=found.id, labels=labels, now=timezone.now())
        audit(self, "mention.corrected", correction=made.id, mention=found.id, fields=sorted(labels))
        found.refresh_from_db()
        same = {name: getattr(found, name) for name in (*FIELDS[1:], "corrected")}
        return Response(
            MentionSaidSerializer.of(
                {"mention": found.id, **same, "sentiment": found.sentiment or None, "correction": made.id}
            )
        )

    @operation(
        id="mentions_labels_delete",
        tag="corrections",
        summary="Take back what you said of a mention",
        description="Takes back all labels that you gave this mention: what somebody else said holds again, or else "
        "what the engine says. Needs the role analyst.",
        status=204,
        says={204: "None of your labels stands."},
    )
    def delete(self, request: Request, client: str, mention: str) -> Response:
        NoParameters.read(request)
        found = mention_of(mention)
        count = take_back_own(by=self.caller.id, mention=found.id, now=timezone.now())
        if count:
            audit(self, "mention.labels_taken_back", mention=found.id, labels=count)
        return Response(status=204)


client_urlpatterns = [
    path("clients/<str:client>/mentions/<str:mention>/labels", MentionLabels.as_view(), name="mention-labels"),
]
