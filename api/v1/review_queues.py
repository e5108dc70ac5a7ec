"""Review queues: which mentions to label next, and why those."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from django.urls import path
from django.utils import timezone
from rest_framework import exceptions, serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.language.corrections.models import Queued, ReviewQueue
from analytics.language.corrections.queue import MIX, MOST, MOST_LOOKED_AT, PARTS, draw_queue
from analytics.language.corrections.selectors import left_for, left_in, queue_of, queues
from analytics.listening.selectors import query_of
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
from api.v1.labels import audit
from api.views import ClientView
from kernel.errors import NotFound, ValidationFailed

_MIX = {part: round(100 * share) for part, share in MIX.items()}

EXAMPLE: dict[str, Any] = {
    "id": sample_id("rvq"),
    "by": sample_id("usr"),
    "query": sample_id("qry"),
    "language": None,
    "mix": _MIX,
    "parts": {"uncertain": 50, "influential": 30, "random": 20},
    "population": 18230,
    "left": 100,
    "drawn_at": "2026-03-31T18:00:00Z",
}
MENTION_EXAMPLE = {
    "mention": sample_id("men"),
    "place": 0,
    "reason": "uncertain",
    "source": "web",
    "posted_at": "2026-03-02T10:00:00Z",
    "language": "en",
    "title": "",
    "text": "I love the rye bread at Juniper Bakery!",
    "reach": 120,
    "engagement": 5,
    "reading": None,
}


class _Parts(StrictSerializer):
    uncertain = StrictIntegerField(min_value=0, max_value=100, help_text="Percent: what the engine is least sure of.")
    influential = StrictIntegerField(min_value=0, max_value=100, help_text="Percent: what most people see.")
    random = StrictIntegerField(min_value=0, max_value=100, help_text="Percent: drawn by chance, to estimate all.")


class MixSerializer(_Parts):
    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        if sum(attrs.values()) != 100:
            wrong = exceptions.ErrorDetail("The three together must be 100.", code="not_100")
            raise serializers.ValidationError({"random": wrong})
        return attrs


class PartsSerializer(Shown):
    uncertain = serializers.IntegerField()
    influential = serializers.IntegerField()
    random = serializers.IntegerField()


class NewQueueSerializer(StrictSerializer):
    size = StrictIntegerField(
        required=False, default=100, min_value=1, max_value=MOST, help_text="Mentions to draw, 1 to 1,000."
    )
    mix = MixSerializer(required=False, help_text="Left out: 50 uncertain, 30 influential, 20 random.")
    query = IdField("qry", required=False, help_text="Only what this query matched, without noise it hides.")
    language = serializers.RegexField(r"^[a-z]{2,3}\Z", required=False, help_text="ISO 639 code, such as `en`.")


class QueueSerializer(Shown):
    id = serializers.CharField()
    by = serializers.CharField(help_text="Who had it drawn.")
    query = serializers.CharField(allow_null=True)
    language = serializers.CharField(allow_null=True)
    mix = PartsSerializer(help_text="What was asked for, in percent.")
    parts = PartsSerializer(help_text="How many mentions were drawn for each reason.")
    population = serializers.IntegerField(
        help_text="How many mentions it was drawn from: all that fit, or the 200,000 of them that were stored last."
    )
    left = serializers.IntegerField(help_text="How many of them you have not labelled yet.")
    drawn_at = MomentField()


class EngineSaysSerializer(Shown):
    sentiment = serializers.CharField(allow_null=True, help_text="The engine's most probable label; null: it abstains.")
    negative = serializers.FloatField()
    neutral = serializers.FloatField()
    positive = serializers.FloatField()
    entropy = serializers.FloatField(help_text="When it was drawn: 0 sure, 1 not at all.")
    model = serializers.CharField()


class QueuedSerializer(Shown):
    mention = serializers.CharField()
    place = serializers.IntegerField(help_text="Its turn.")
    reason = serializers.ChoiceField(PARTS)
    # A field of this name hides the serializer's own argument, which nobody reads after it was made.
    source = serializers.CharField()  # type: ignore[assignment]
    posted_at = MomentField()
    language = serializers.CharField(allow_null=True)
    title = serializers.CharField()
    text = serializers.CharField()
    reach = serializers.IntegerField()
    engagement = serializers.IntegerField()
    reading = EngineSaysSerializer(allow_null=True, help_text="What the engine says, with `readings=shown`.")


class QueuedParameters(PageParameters):
    readings = serializers.ChoiceField(
        ["hidden", "shown"],
        required=False,
        default="hidden",
        help_text="Whether to show what the engine says. Who sees that agrees with it more than who does not.",
    )


def _shown(queue: ReviewQueue, left: Mapping[str, int]) -> dict[str, Any]:
    same = ("id", "by", "parts", "population", "drawn_at")
    plain: dict[str, Any] = QueueSerializer.of(
        {
            **{name: getattr(queue, name) for name in same},
            "query": queue.query_id,
            "language": queue.language or None,
            "mix": {part: round(100 * share) for part, share in queue.mix.items()},
            "left": left.get(queue.id, 0),
        }
    )
    return plain


class ReviewQueues(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="review_queues_list",
        tag="corrections",
        summary="List the review queues",
        description="Queues that were drawn, the newest first.",
        query=PageParameters,
        answer=QueueSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(queues(), **PageParameters.read(request))
        left = left_in(page.rows, by=self.caller.id)
        return Response(page.body(lambda queue: _shown(queue, left)))

    @operation(
        id="review_queues_create",
        tag="corrections",
        summary="Draw a review queue",
        description="Draws mentions to label: those the engine is least sure of (by the entropy of its probabilities; "
        "of copies only one), those that most people see (by reach and engagement; of copies only one), and some by "
        "chance, all in turn. The first two leave out what you have labelled; the random part does not, so that it "
        f"stands for all. Looks at the {MOST_LOOKED_AT:,} mentions stored last. Needs the role analyst.",
        body=NewQueueSerializer,
        answer=QueueSerializer,
        status=201,
        location=True,
        sent={"size": 100, "mix": _MIX, "query": sample_id("qry")},
        answered=EXAMPLE,
        says={409: "No mention that was read fits."},
    )
    def post(self, request: Request, client: str) -> Response:
        body = NewQueueSerializer.read(request)
        query = None
        if "query" in body:
            try:
                query = query_of(body["query"])
            except NotFound:
                raise ValidationFailed.of("/query", "There is no such query.", code="unknown_query") from None
        queue = draw_queue(
            by=self.caller.id,
            size=body["size"],
            mix={part: share / 100 for part, share in body["mix"].items()} if "mix" in body else MIX,
            query=query,
            language=body.get("language", ""),
            seed=secrets.randbits(62),
            now=timezone.now(),
        )
        audit(self, "review_queue.drawn", queue=queue.id, mentions=sum(queue.parts.values()))
        place = self.link("review_queues", queue.id)
        return Response(_shown(queue, left_in([queue], by=self.caller.id)), 201, headers={"Location": place})


class OneReviewQueue(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="review_queues_get",
        tag="corrections",
        summary="Get a review queue",
        description="What it was drawn from, and how much of it you have left.",
        answer=QueueSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, queue: str) -> Response:
        NoParameters.read(request)
        found = queue_of(queue)
        return Response(_shown(found, left_in([found], by=self.caller.id)))


class ReviewQueueMentions(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="review_queues_mentions_list",
        tag="corrections",
        summary="List what is left to label",
        description="The queue's mentions that you have not labelled yet, in the order to label them: any first part "
        "holds a random sample too. What others said is not shown, nor what the engine says unless you ask for it.",
        query=QueuedParameters,
        answer=QueuedSerializer.page(),
        answered={"data": [MENTION_EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str, queue: str) -> Response:
        parameters = QueuedParameters.read(request)
        shown = parameters.pop("readings") == "shown"
        rows = left_for(queue_of(queue), by=self.caller.id)
        page = page_of(rows, **parameters, by=("place",), ascending=True)
        return Response(page.body(lambda row: _shown_mention(row, shown)))


def _shown_mention(row: Queued, with_reading: bool) -> dict[str, Any]:
    mention = row.mention
    reading = None
    if with_reading:
        own = mention.engine_labels or {}
        reading = {
            "sentiment": own.get("sentiment", mention.sentiment) or None,
            **{name: getattr(mention, name) for name in ("negative", "neutral", "positive")},
            "entropy": row.entropy,
            "model": mention.model_id,
        }
    same = ("source", "posted_at", "title", "text", "reach")
    plain: dict[str, Any] = QueuedSerializer.of(
        {
            "mention": row.mention_id,
            "place": row.place,
            "reason": row.reason,
            **{name: getattr(mention, name) for name in same},
            "language": mention.language or None,
            "engagement": mention.likes + mention.reposts + mention.replies,
            "reading": reading,
        }
    )
    return plain


_QUEUE = "clients/<str:client>/review_queues"

client_urlpatterns = [
    path(_QUEUE, ReviewQueues.as_view(), name="review-queues"),
    path(f"{_QUEUE}/<str:queue>", OneReviewQueue.as_view(), name="review-queue"),
    path(f"{_QUEUE}/<str:queue>/mentions", ReviewQueueMentions.as_view(), name="review-queue-mentions"),
]
