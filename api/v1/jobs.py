"""Jobs: long work, and how far it is."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.correcting import cancel_correction
from analytics.journey.rematch import cancel_rematch
from analytics.journey.rescoring import cancel_rescoring
from analytics.language.aspects.runs import cancel_run as cancel_aspects
from analytics.language.tuning.services import cancel_version
from analytics.topics.services import cancel_run
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown
from api.v1.labels import audit
from api.views import ClientView
from kernel.errors import Conflict
from kernel.jobs.models import Job
from kernel.lookups import one

_PLACES = {
    "imp": "imports",
    "rep": "reports",
    "map": "influence/maps",
    "qry": "queries",
    "exp": "exports",
    "cor": "corrections",
    "tun": "tunings",
    "rsc": "rescorings",
    "trn": "topic_runs",
}
EXAMPLE = {
    "id": sample_id("job"),
    "kind": "import",
    "state": "running",
    "progress": 0.42,
    "done": 840,
    "total": 2000,
    "result": {"id": sample_id("imp"), "href": f"/api/v1/clients/{sample_id('cli')}/imports/{sample_id('imp')}"},
    "error": None,
    "created_at": "2026-03-31T18:00:00Z",
    "started_at": "2026-03-31T18:00:01Z",
    "finished_at": None,
}


class ResultSerializer(Shown):
    id = serializers.CharField(allow_null=True, help_text="Id of what the work makes; null where it makes many.")
    href = serializers.CharField(help_text="Where it is.")


class JobErrorSerializer(Shown):
    code = serializers.CharField(help_text="Stable; for programs.")
    detail = serializers.CharField(help_text="For people.")


class JobSerializer(Shown):
    id = serializers.CharField()
    kind = serializers.CharField(
        help_text="import, rematch, rescoring, topics, influence_map, forecast, report, export …"
    )
    state = serializers.ChoiceField(Job.State.choices)
    progress = serializers.FloatField(help_text="Share of the work that is done, 0 to 1.")
    done = serializers.IntegerField(help_text="Units of work done.")
    total = serializers.IntegerField(help_text="Units of work in all; 0 while that is not known.")
    result = ResultSerializer(allow_null=True)
    error = JobErrorSerializer(allow_null=True, help_text="Why it failed or was cancelled; null where it was not.")
    created_at = MomentField()
    started_at = MomentField(allow_null=True)
    finished_at = MomentField(allow_null=True)


def shown(job: Job, view: ClientView) -> dict[str, Any]:
    """A job with the link to its result."""
    result: dict[str, str | None] | None = None
    if job.result:
        place = _PLACES[job.result.partition("_")[0]]
        result = {"id": job.result, "href": view.link(place, job.result)}
    elif job.kind == "forecast" and job.state == Job.State.SUCCEEDED:
        result = {"id": None, "href": view.link("forecasts")}
    fields = ("id", "kind", "state", "progress", "done", "total", "error", "created_at", "started_at", "finished_at")
    plain: dict[str, Any] = JobSerializer.of({**{name: getattr(job, name) for name in fields}, "result": result})
    return plain


def accepted(job: Job, view: ClientView) -> Response:
    """202 with the job, and where to ask for it."""
    return Response(shown(job, view), 202, headers={"Location": view.link("jobs", job.id)})


class Jobs(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="jobs_list",
        tag="jobs",
        summary="List the jobs",
        description="Long work of this client, newest first.",
        query=PageParameters,
        answer=JobSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(Job.objects.all(), **PageParameters.read(request))
        return Response(page.body(lambda job: shown(job, self)))


class OneJob(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="jobs_get",
        tag="jobs",
        summary="Get a job",
        description="How far a piece of long work is. Ask again every second or so until `state` is `succeeded` or "
        "`failed` or `cancelled`; `result` then says where the outcome is.",
        answer=JobSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, job: str) -> Response:
        NoParameters.read(request)
        return Response(shown(one(Job.objects.all(), job), self))


class JobCancellation(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="jobs_cancel",
        tag="jobs",
        summary="Cancel a job",
        description="Stops a job that matches a query against what is stored, reads mentions again, finds topics or "
        "aspects, sets the labels of a correction or takes them back, or makes a tuning; others cannot be cancelled. "
        "What it has done stays, the rest is as it was, and `done` says how far it came. The query's `matched_version` "
        "is null until it is matched anew; the hourly check does not begin a cancelled rescoring again; topics stay as "
        "they were before. A correction tells what was `left`, and can be taken back as far as it went; of one that "
        "was being taken back, labels that the job had not come to stand. A tuning is never made, and what was in "
        "force stays so. Needs the role analyst.",
        answer=JobSerializer,
        answered={**EXAMPLE, "kind": "rematch", "state": "cancelled"},
        errors=(409,),
        says={409: "The job has ended, or is not one that can be cancelled."},
    )
    def post(self, request: Request, client: str, job: str) -> Response:
        found = one(Job.objects.all(), job)
        ways = (cancel_rematch, cancel_rescoring, cancel_run, cancel_aspects, cancel_correction, cancel_version)
        if not any(cancel(job=found) for cancel in ways):
            raise Conflict(
                "Only a rematch, a rescoring, topics and aspects being found, a correction, its reversal and a tuning "
                "can be cancelled, while they last."
            )
        audit(self, "job.cancelled", job=found.id, kind=found.kind)
        return Response(shown(one(Job.objects.all(), job), self))


client_urlpatterns = [
    path("clients/<str:client>/jobs/<str:job>/cancellation", JobCancellation.as_view(), name="job-cancellation"),
    path("clients/<str:client>/jobs", Jobs.as_view(), name="jobs"),
    path("clients/<str:client>/jobs/<str:job>", OneJob.as_view(), name="job"),
]
