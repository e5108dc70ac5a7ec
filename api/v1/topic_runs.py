"""Runs: finding a client's topics anew, as a job."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.listening.selectors import query_of
from analytics.topics.models import TopicRun
from analytics.topics.selectors import run_of, runs
from analytics.topics.services import request_run
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import (
    IdField,
    MomentField,
    NoParameters,
    PageParameters,
    Shown,
    StrictBooleanField,
    StrictSerializer,
)
from api.v1 import jobs
from api.v1.snippets import audit
from api.views import ClientView
from kernel.errors import NotFound, ValidationFailed

EXAMPLE: dict[str, Any] = {
    "id": sample_id("trn"),
    "query": None,
    "job": sample_id("job"),
    "state": "current",
    "model": "topics/1",
    "seed": 7,
    "afresh": False,
    "sampled": 1840,
    "mentions": 2310,
    "languages": [
        {
            "language": "en",
            "stories": 1602,
            "topics": 11,
            "coherence": 0.12,
            "diversity": 0.91,
            "abstain_reason": None,
        }
    ],
    "kept": 1410,
    "compared": 1431,
    "created_at": "2026-03-31T18:00:00Z",
    "finished_at": "2026-03-31T18:00:09Z",
}


class LanguageOfRunSerializer(Shown):
    language = serializers.CharField()
    stories = serializers.IntegerField(help_text="Stories of the sample in it.")
    topics = serializers.IntegerField()
    coherence = serializers.FloatField(allow_null=True, help_text="Mean NPMI of the topics' ten top words, -1 to 1.")
    diversity = serializers.FloatField(allow_null=True, help_text="Different words among those, 0 to 1.")
    abstain_reason = serializers.CharField(
        allow_null=True,
        help_text="Why it has no topics: `too_few_posts`, `too_few_words`, `language_not_told` or "
        "`nothing_stands_out`; null where it has.",
    )


class TopicRunSerializer(Shown):
    id = serializers.CharField()
    query = serializers.CharField(source="query_id", allow_null=True, help_text="Null: all mentions.")
    job = serializers.CharField(source="job_id")
    state = serializers.ChoiceField(
        TopicRun.State.choices,
        help_text="`current` is the one that counts; one that was cancelled or failed has ended.",
    )
    model = serializers.CharField(source="model_id", help_text="Name and version of the method.")
    seed = serializers.IntegerField()
    afresh = serializers.BooleanField(help_text="Whether topics were found without those that were there.")
    sampled = serializers.IntegerField(help_text="Stories it learnt from; at most 20,000 of the last year.")
    mentions = serializers.IntegerField(source="done", help_text="Mentions it has read.")
    languages = LanguageOfRunSerializer(many=True)
    kept = serializers.IntegerField(help_text="Mentions whose topic is the one that they had before.")
    compared = serializers.IntegerField(help_text="Mentions that had one.")
    created_at = MomentField()
    finished_at = MomentField(allow_null=True)


class NewTopicRunSerializer(StrictSerializer):
    query = IdField("qry", required=False, help_text="Among this query's mentions; left out: among all.")
    afresh = StrictBooleanField(
        required=False,
        default=False,
        help_text="Find topics without those that are there. What is the same keeps its id, but more will change.",
    )


class TopicRuns(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="topic_runs_list",
        tag="topics",
        summary="List the runs that found topics",
        description="Runs, newest first, with how well their topics hang together and how many mentions kept theirs.",
        query=PageParameters,
        answer=TopicRunSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(runs(), **PageParameters.read(request))
        return Response(page.body(TopicRunSerializer.of))

    @operation(
        id="topic_runs_create",
        tag="topics",
        summary="Find topics now",
        description="Learns from a sample what mentions are about, then gives every mention its topic, or none where "
        "it is no nearer to one than nonsense would be. Topics go on with their ids; new ones come only from what is "
        "newly said, unless `afresh`. Until it is through, the run before counts, also where it is cancelled. It is "
        "done every week anyway. Needs the role analyst.",
        body=NewTopicRunSerializer,
        answer=jobs.JobSerializer,
        status=202,
        location=True,
        sent={"afresh": False},
        answered={
            **jobs.EXAMPLE,
            "kind": "topics",
            "state": "queued",
            "progress": 0.0,
            "result": {
                "id": sample_id("trn"),
                "href": f"/api/v1/clients/{sample_id('cli')}/topic_runs/{sample_id('trn')}",
            },
        },
        says={409: "Topics are being found there already."},
    )
    def post(self, request: Request, client: str) -> Response:
        body = NewTopicRunSerializer.read(request)
        try:
            query = query_of(body["query"]) if "query" in body else None
            run, job = request_run(query=query, afresh=body["afresh"])
        except NotFound:
            raise ValidationFailed.of("/query", "There is no such query.", code="unknown_query") from None
        audit(self, "topics.requested", run=run.id)
        return jobs.accepted(job, self)


class OneTopicRun(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="topic_runs_get",
        tag="topics",
        summary="Get a run that found topics",
        description="What it learnt from, how many topics each language has and how well they hang together, and how "
        "many mentions kept the topic that they had.",
        answer=TopicRunSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, run: str) -> Response:
        NoParameters.read(request)
        return Response(TopicRunSerializer.of(run_of(run)))


client_urlpatterns = [
    path("clients/<str:client>/topic_runs", TopicRuns.as_view(), name="topic-runs"),
    path("clients/<str:client>/topic_runs/<str:run>", OneTopicRun.as_view(), name="topic-run"),
]
