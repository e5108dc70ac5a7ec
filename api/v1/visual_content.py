"""Images of mentions: whether they are looked at, and what was seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.visuals import MOST_IMAGES, switch
from analytics.language.vision.engines import image_problem, is_configured
from analytics.language.vision.models import Visual, VisualContent
from analytics.language.vision.selectors import progress, visual_content
from api.permissions import least
from api.schema import operation
from api.serializers import MomentField, NoParameters, Shown, StrictBooleanField, StrictSerializer
from api.views import ClientView
from kernel import db
from tenants.audit import record

EXAMPLE = {
    "enabled": True,
    "changed_at": "2026-03-31T18:00:00Z",
    "available": True,
    "problem": None,
    "model": "transformers/shop-images@1a2b3c4d",
    "seen": 312,
    "not_seen": [{"reason": "gone", "images": 9}],
}
SEEN_EXAMPLE = {
    "source": "model:transformers/shop-images@1a2b3c4d",
    "images": [
        {
            "media": 0,
            "labels": [{"label": "bread", "score": 0.91}],
            "text": "RYE 4.20",
            "caption": None,
            "alt": "",
            "problem": None,
        }
    ],
}


class VisualLabelSerializer(Shown):
    label = serializers.CharField()  # type: ignore[assignment]
    score = serializers.FloatField(help_text="0 to 1.")


class VisualImageSerializer(Shown):
    media = serializers.IntegerField(help_text="Its place in `media`, from 0.")
    labels = VisualLabelSerializer(many=True, help_text="What a model saw, the likeliest first; may be empty.")
    text = serializers.CharField(
        allow_null=True, help_text="What is written in it, redacted; null where no model said."
    )
    caption = serializers.CharField(allow_null=True, help_text="A model's description; null where none said.")
    alt = serializers.CharField(help_text="The alternative text that came with the post; may be empty.")
    problem = serializers.CharField(allow_null=True, help_text="Why a model could not look at it: a stable code.")


class VisualSerializer(Shown):
    source = serializers.CharField(  # type: ignore[assignment]
        help_text="`model:` and the model that looked; `alt_text` where all that is known is what came with the post; "
        "`none` where there is nothing."
    )
    images = VisualImageSerializer(many=True)


class NotSeenSerializer(Shown):
    reason = serializers.CharField(help_text="Stable; for programs.")
    images = serializers.IntegerField()


class VisualContentSerializer(Shown):
    enabled = serializers.BooleanField(help_text="Whether images of this client's mentions are fetched and looked at.")
    changed_at = MomentField(allow_null=True, help_text="When that was last changed; null: never.")
    available = serializers.BooleanField(
        help_text="Whether this installation has a model for it. Without one, alternative texts are all there is."
    )
    problem = serializers.CharField(allow_null=True, help_text="Why that model cannot be used: a stable code.")
    model = serializers.CharField(allow_null=True, help_text="What looked last; null before it did.")
    seen = serializers.IntegerField(help_text="Images that were looked at.")
    not_seen = NotSeenSerializer(many=True, help_text="Images that could not be, by why.")


class VisualContentChangeSerializer(StrictSerializer):
    enabled = StrictBooleanField()


def shown_visual(media: Sequence[Mapping[str, Any]], rows: Sequence[Visual]) -> dict[str, Any]:
    """What is known of a mention's images, as the API shows it."""
    seen = {row.place: row for row in rows}
    images = []
    for place, item in enumerate(media):
        if item.get("type") != "image":
            continue
        row = seen.get(place)
        images.append(
            {
                "media": place,
                "labels": [{"label": label, "score": score} for label, score in row.labels] if row else [],
                "text": row.text if row else None,
                "caption": row.caption if row else None,
                "alt": str(item.get("alt", "")),
                "problem": (row.problem or None) if row else None,
            }
        )
    models = [row.model_id for row in rows if not row.problem]
    source = f"model:{models[0]}" if models else "alt_text" if any(image["alt"] for image in images) else "none"
    plain: dict[str, Any] = VisualSerializer.of({"source": source, "images": images})
    return plain


def _shown(row: VisualContent) -> dict[str, Any]:
    done, problem = progress(), image_problem()
    plain: dict[str, Any] = VisualContentSerializer.of(
        {
            "enabled": row.enabled,
            "changed_at": row.changed_at,
            "available": is_configured(),
            "problem": None if problem is None else problem.code,
            "model": row.looked_with or None,
            "seen": done.seen,
            "not_seen": [{"reason": reason, "images": count} for reason, count in done.problems.items()],
        }
    )
    return plain


class VisualContentOfClient(ClientView):
    roles = least(GET="viewer", PATCH="manager")

    @operation(
        id="visual_content_get",
        tag="mentions",
        summary="See whether images are looked at",
        description="Whether the images of this client's mentions are fetched and looked at, with which model, and "
        "how far that is.",
        answer=VisualContentSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        return Response(_shown(visual_content()))

    @operation(
        id="visual_content_update",
        tag="mentions",
        summary="Have images looked at, or not",
        description="Off by default. Switched on, workers fetch the images of mentions from public addresses (those "
        f"of the last 30 days, up to {MOST_IMAGES} a mention), and keep labels, what is written in them and captions, "
        "redacted; no image is kept. Switched off, nothing more is fetched, and what was seen stays. Needs the role "
        "manager.",
        body=VisualContentChangeSerializer,
        answer=VisualContentSerializer,
        sent={"enabled": True},
        answered=EXAMPLE,
    )
    def patch(self, request: Request, client: str) -> Response:
        body = VisualContentChangeSerializer.read(request)
        row = switch(enabled=body["enabled"], now=timezone.now())
        with db.public():
            record(
                agency_id=self.client.agency_id,
                actor=self.caller.id,
                action="visual_content.changed",
                client_id=self.client.id,
                detail={"enabled": row.enabled},
            )
        return Response(_shown(row))


client_urlpatterns = [
    path("clients/<str:client>/visual_content", VisualContentOfClient.as_view(), name="visual-content"),
]
