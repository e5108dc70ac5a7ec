"""Which model read the mentions, and reading them again with the one that is in force."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.models import Rescoring
from analytics.journey.rescoring import State, request_rescoring, state, told_model
from analytics.language.contracts import EngineUnavailable
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown
from api.v1 import jobs
from api.v1.deletions import NothingSerializer
from api.views import ClientView
from kernel import db
from kernel.errors import Conflict
from kernel.jobs.models import Job
from kernel.lookups import one
from tenants.audit import record

STATE_EXAMPLE = {
    "model": "compact/2",
    "problem": None,
    "models": [
        {"model": "compact/1", "mentions": 180, "in_force": False},
        {"model": "compact/2", "mentions": 1023, "in_force": True},
    ],
    "outdated": 180,
    "unread": 4,
}
EXAMPLE = {
    "id": sample_id("rsc"),
    "job": sample_id("job"),
    "state": "running",
    "model": "compact/2",
    "done": 1000,
    "total": 1203,
    "created_at": "2026-03-31T18:00:00Z",
}


class ModelCountSerializer(Shown):
    model = serializers.CharField(help_text="Name and version; `+t3` at its end is the client's own tuning.")
    mentions = serializers.IntegerField(help_text="How many mentions it read last.")
    in_force = serializers.BooleanField()


class ReadingsSerializer(Shown):
    model = serializers.CharField(
        allow_null=True, help_text="What reads mentions now; null where it cannot be loaded here."
    )
    problem = serializers.CharField(allow_null=True, help_text="Why it cannot be loaded. Stable; for programs.")
    models = ModelCountSerializer(many=True)
    outdated = serializers.IntegerField(help_text="Mentions that were read by what is not in force.")
    unread = serializers.IntegerField(help_text="Mentions that wait to be read for the first time.")


class RescoringSerializer(Shown):
    id = serializers.CharField()
    job = serializers.CharField(help_text="Id of its job, which can be cancelled.")
    state = serializers.ChoiceField(Job.State.choices)
    model = serializers.CharField(source="model_id", help_text="What the mentions are read with.")
    done = serializers.IntegerField(help_text="Mentions that were read again.")
    total = serializers.IntegerField(help_text="Mentions that were to be read again; 0 until it begins.")
    created_at = MomentField()


def shown(found: State) -> dict[str, Any]:
    """The state as the API shows it."""
    plain: dict[str, Any] = ReadingsSerializer.of(
        {
            "model": found.model_id or None,
            "problem": found.problem or None,
            "models": [
                {"model": model, "mentions": count, "in_force": model == found.model_id}
                for model, count in found.mentions.items()
            ],
            "outdated": found.outdated,
            "unread": found.unread,
        }
    )
    return plain


def shown_rescorings(rows: Sequence[Rescoring]) -> list[dict[str, Any]]:
    """Some rescorings as the API shows them, with one look at their jobs."""
    states = {job.id: job.state for job in Job.objects.filter(id__in=[row.job_id for row in rows])}
    same = ("id", "model_id", "done", "total", "created_at")
    shown: list[dict[str, Any]] = [
        RescoringSerializer.of(
            {**{name: getattr(row, name) for name in same}, "job": row.job_id, "state": states[row.job_id]}
        )
        for row in rows
    ]
    return shown


class Readings(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="mentions_readings",
        tag="mentions",
        summary="See which models read the mentions",
        description="How many mentions were read by which model and version, and how many of them by one that is not "
        "in force any more. Once an hour, or when somebody asks for a rescoring, those are read again.",
        answer=ReadingsSerializer,
        answered=STATE_EXAMPLE,
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        return Response(shown(state()))


class Rescorings(ClientView):
    roles = least(GET="viewer", POST="manager")

    @operation(
        id="rescorings_list",
        tag="mentions",
        summary="List the rescorings",
        description="Each time that mentions were read again, newest first.",
        query=PageParameters,
        answer=RescoringSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(Rescoring.objects.all(), **PageParameters.read(request))
        return Response({"data": shown_rescorings(page.rows), "next_cursor": page.next_cursor})

    @operation(
        id="rescorings_create",
        tag="mentions",
        summary="Read mentions again",
        description="A job reads everything again that was read by a model that is not in force: after another "
        "engine, a new version of it, or another tuning of the client's own. Labels that people have set stay. "
        "Matches of queries that ask for sentiment or emotions, hourly sums and noise filters follow exactly. One "
        "that is under way is given up for the new one, which goes on where it was. Needs the role manager.",
        answer=jobs.JobSerializer,
        status=202,
        location=True,
        answered={**jobs.EXAMPLE, "kind": "rescoring", "state": "queued", "progress": 0.0, "result": None},
        errors=(409,),
        says={409: "The engine that the installation names cannot be loaded, or another stands in for it."},
    )
    def post(self, request: Request, client: str) -> Response:
        NothingSerializer.read(request)
        try:
            made = request_rescoring(by=self.caller.id, model=told_model())
        except EngineUnavailable as problem:
            raise Conflict(f"The language engine is not ready: {problem.code}.") from None
        with db.public():
            record(
                agency_id=self.client.agency_id,
                actor=self.caller.id,
                action="mentions.rescored",
                client_id=self.client.id,
                detail={"rescoring": made.id, "model": made.model_id},
            )
        return jobs.accepted(one(Job.objects.all(), made.job_id), self)


class OneRescoring(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="rescorings_get",
        tag="mentions",
        summary="Get a rescoring",
        description="How far it is, and with which model.",
        answer=RescoringSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, rescoring: str) -> Response:
        NoParameters.read(request)
        (told,) = shown_rescorings([one(Rescoring.objects.all(), rescoring)])
        return Response(told)


client_urlpatterns = [
    path("clients/<str:client>/readings", Readings.as_view(), name="readings"),
    path("clients/<str:client>/rescorings", Rescorings.as_view(), name="rescorings"),
    path("clients/<str:client>/rescorings/<str:rescoring>", OneRescoring.as_view(), name="rescoring"),
]
