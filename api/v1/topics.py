"""Topics: what mentions are about, by ids that stay through every run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.mentions.models import Mention
from analytics.topics.models import Topic, TopicEvent, TopicView
from analytics.topics.naming import merge, rename, unmerge
from analytics.topics.selectors import latest_views, name_of, topic_of, topics
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import (
    IdField,
    MomentField,
    NoParameters,
    PageParameters,
    Shown,
    StrictCharField,
    StrictSerializer,
)
from api.v1.snippets import audit
from api.views import ClientView
from kernel.errors import NotFound, ValidationFailed
from kernel.ids import encode

MAX_NAME = 120
_TERM = {"text": "late delivery", "weight": 0.31, "stories": 41, "authors": 38}
EXAMPLE: dict[str, Any] = {
    "id": sample_id("top"),
    "name": "Delivery",
    "own_name": "late delivery, courier, parcel",
    "query": None,
    "language": "en",
    "theme": False,
    "parent": None,
    "merged_into": None,
    "state": "active",
    "terms": [_TERM],
    "stories": 96,
    "authors": 88,
    "coherence": 0.21,
    "run": sample_id("trn"),
    "created_at": "2026-03-02T18:00:00Z",
    "retired_at": None,
}
_EVENT = {"kind": "made", "run": sample_id("trn"), "topic": None, "share": None}


class TermSerializer(Shown):
    text = serializers.CharField(help_text="A word or phrase as most write it; at least 3 authors of the topic use it.")
    weight = serializers.FloatField(help_text="How much it tells of the topic (class-based TF-IDF).")
    stories = serializers.IntegerField(help_text="In how many stories of the sample it stands.")
    authors = serializers.IntegerField()


class TopicSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField(help_text="What people call it, or else its own words.")
    own_name = serializers.CharField(help_text="Its own most telling words.")
    query = serializers.CharField(allow_null=True, help_text="The query among whose mentions it was found; null: all.")
    language = serializers.CharField(help_text="Topics are told by words, so each is of one language.")
    theme = serializers.BooleanField(help_text="Whether it is made of other topics.")
    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="The theme that it belongs to."
    )
    merged_into = serializers.CharField(allow_null=True, help_text="The topic that it counts as.")
    state = serializers.ChoiceField(["active", "retired"])
    terms = TermSerializer(many=True, help_text="The most telling first, as the last run saw it.")
    stories = serializers.IntegerField(help_text="Of how many stories of the sample it was learnt.")
    authors = serializers.IntegerField()
    coherence = serializers.FloatField(
        allow_null=True, help_text="How well its words hang together: mean NPMI, -1 to 1; null for themes."
    )
    run = serializers.CharField(help_text="The last run that saw it.")
    created_at = MomentField()
    retired_at = MomentField(allow_null=True, help_text="When a run did not find it any more. It never comes back.")


class TopicEventSerializer(Shown):
    kind = serializers.ChoiceField(TopicEvent.Kind.choices)
    run = serializers.CharField()
    topic = serializers.CharField(allow_null=True, help_text="What it was split off from or taken in by.")
    share = serializers.FloatField(allow_null=True, help_text="How much of the older one's stories.")


class WholeTopicSerializer(TopicSerializer):
    examples = serializers.ListField(child=serializers.CharField(), help_text="Its most typical mentions.")
    merged = serializers.ListField(child=serializers.CharField(), help_text="Topics that people merged into it.")
    topics = serializers.ListField(child=serializers.CharField(), help_text="The topics of a theme.")
    history = TopicEventSerializer(many=True, help_text="What runs made of it, the oldest first.")


class TopicParameters(PageParameters):
    query = IdField("qry", required=False, help_text="Topics found among this query's mentions; left out: among all.")
    state = serializers.ChoiceField(["active", "retired", "all"], required=False, default="active")
    language = serializers.RegexField(r"^[a-z]{2,3}\Z", required=False, help_text="ISO 639 code.")


class TopicChangesSerializer(StrictSerializer):
    name = StrictCharField(
        max_length=MAX_NAME, allow_null=True, help_text="What to call it; null has its own words name it again."
    )


class MergerSerializer(StrictSerializer):
    into = IdField("top", help_text="The topic that its mentions shall count as.")


def _plain(topic: Topic, view: TopicView) -> dict[str, Any]:
    return {
        "id": topic.id,
        "name": name_of(topic, view),
        "own_name": view.name,
        "query": topic.query_id,
        "language": topic.language,
        "theme": topic.theme,
        "parent": view.parent_id,
        "merged_into": topic.merged_into_id,
        "state": "active" if topic.retired_at is None else "retired",
        "terms": view.terms,
        "stories": view.stories,
        "authors": view.authors,
        "coherence": view.coherence,
        "run": view.run_id,
        "created_at": topic.created_at,
        "retired_at": topic.retired_at,
    }


def shown_topics(found: Sequence[Topic]) -> list[dict[str, Any]]:
    """Topics as the API shows them, with one look at how they were seen."""
    views: Mapping[str, TopicView] = latest_views(found)
    return [TopicSerializer.of(_plain(each, views[each.id])) for each in found if each.id in views]


def shown_topic(topic: Topic) -> dict[str, Any]:
    """One topic with all that is told of it."""
    view = latest_views([topic])[topic.id]
    children = TopicView.objects.filter(run=view.run, parent=topic).order_by("number")
    events = TopicEvent.objects.filter(topic=topic).order_by("run_id", "id")
    examples = [encode("men", each) for each in view.examples]
    there = set(Mention.objects.filter(id__in=examples).values_list("id", flat=True))
    plain: dict[str, Any] = WholeTopicSerializer.of(
        {
            **_plain(topic, view),
            "examples": [each for each in examples if each in there],
            "merged": list(topic.merged.order_by("id").values_list("id", flat=True)),
            "topics": [child.topic_id for child in children],
            "history": [
                {"kind": each.kind, "run": each.run_id, "topic": each.other_id, "share": each.share} for each in events
            ],
        }
    )
    return plain


_WHOLE = {**EXAMPLE, "examples": [sample_id("men")], "merged": [], "topics": [], "history": [_EVENT]}


class Topics(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="topics_list",
        tag="topics",
        summary="List the topics",
        description="What mentions are about, as the last run found it: topics, and themes that group them, newest "
        "first. Retired ones, which a later run did not find any more, are listed when asked for. How much is said of "
        "each, and how it grows, is in the trends.",
        query=TopicParameters,
        answer=TopicSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        parameters = TopicParameters.read(request)
        state, query = parameters.pop("state"), parameters.pop("query", None)
        rows = topics().filter(query__isnull=True) if query is None else topics().filter(query__id=query)
        if state != "all":
            rows = rows.filter(retired_at__isnull=state == "active")
        if "language" in parameters:
            rows = rows.filter(language=parameters["language"])
        page = page_of(rows, cursor=parameters["cursor"], limit=parameters["limit"])
        return Response({"data": shown_topics(page.rows), "next_cursor": page.next_cursor})


class OneTopic(ClientView):
    roles = least(GET="viewer", PATCH="analyst")

    @operation(
        id="topics_get",
        tag="topics",
        summary="Get a topic",
        description="One topic with its words, its most typical mentions, and its history. Its mentions are those "
        "that the list of mentions gives with `topic`.",
        answer=WholeTopicSerializer,
        answered=_WHOLE,
    )
    def get(self, request: Request, client: str, topic: str) -> Response:
        NoParameters.read(request)
        return Response(shown_topic(topic_of(topic)))

    @operation(
        id="topics_update",
        tag="topics",
        summary="Rename a topic",
        description="The name stays through every run; `null` has its own words name it again. Needs the role analyst.",
        body=TopicChangesSerializer,
        answer=WholeTopicSerializer,
        sent={"name": "Delivery"},
        answered=_WHOLE,
    )
    def patch(self, request: Request, client: str, topic: str) -> Response:
        found = topic_of(topic)
        changes = TopicChangesSerializer.read(request, partial=True)
        if "name" in changes:
            found = rename(topic=found, name=changes["name"] or "")
            audit(self, "topic.renamed", topic=found.id)
        return Response(shown_topic(found))


class Merger(ClientView):
    roles = least(POST="analyst", DELETE="analyst")

    @operation(
        id="topics_merge",
        tag="topics",
        summary="Merge a topic into another",
        description="Its mentions count as the other's from now on and after every run; so one subject in two "
        "languages can be one topic. It stays what it is, and can be taken out again. Needs the role analyst.",
        body=MergerSerializer,
        answer=WholeTopicSerializer,
        sent={"into": sample_id("top")},
        answered={**_WHOLE, "merged_into": sample_id("top")},
        says={409: "These two cannot be one topic; `detail` says why."},
    )
    def post(self, request: Request, client: str, topic: str) -> Response:
        found = topic_of(topic)
        into = MergerSerializer.read(request)["into"]
        try:
            other = topic_of(into)
        except NotFound:
            raise ValidationFailed.of("/into", "There is no such topic.", code="unknown_topic") from None
        merged = merge(topic=found, into=other)
        audit(self, "topic.merged", topic=merged.id, into=other.id)
        return Response(shown_topic(merged))

    @operation(
        id="topics_unmerge",
        tag="topics",
        summary="Take a topic out of a merger",
        description="It stands for itself again. Needs the role analyst.",
        status=204,
        says={204: "It stands for itself again.", 409: "It was not merged."},
        errors=(409,),
    )
    def delete(self, request: Request, client: str, topic: str) -> Response:
        NoParameters.read(request)
        found = unmerge(topic=topic_of(topic))
        audit(self, "topic.unmerged", topic=found.id)
        return Response(status=204)


client_urlpatterns = [
    path("clients/<str:client>/topics", Topics.as_view(), name="topics"),
    path("clients/<str:client>/topics/<str:topic>", OneTopic.as_view(), name="topic"),
    path("clients/<str:client>/topics/<str:topic>/merger", Merger.as_view(), name="topic-merger"),
]
