"""Corrections: labels for thousands of mentions at once, what became of them, and taking them back."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.correcting import request_correction, request_reversal
from analytics.language.corrections.models import Correction
from analytics.language.corrections.rows import MOST_ROWS, Row, read_rows
from analytics.language.corrections.selectors import (
    correction_of,
    corrections,
    labels_of_correction,
    problems_of,
)
from analytics.language.labels import FIELDS
from analytics.language.tables import UnreadableFile
from api.pagination import page_of
from api.parsers import FormParser
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import FormSerializer, IdField, MomentField, NoParameters, PageParameters, Shown, StrictSerializer
from api.v1 import jobs
from api.v1.labels import EXAMPLE as LABEL_EXAMPLE
from api.v1.labels import SENT, MentionLabelSerializer, MentionLabelsSerializer, audit, shown_label
from api.views import ClientView
from kernel.errors import Conflict, TooLarge, ValidationFailed
from kernel.jobs.models import Job

MOST_BYTES = 4 * 1024 * 1024
MOST_TAKEN_BACK = 500

EXAMPLE: dict[str, Any] = {
    "id": sample_id("cor"),
    "by": sample_id("usr"),
    "source": "list",
    "job": sample_id("job"),
    "reversal_job": None,
    "rows": 250,
    "labelled": 249,
    "same": 31,
    "bad": 1,
    "left": 0,
    "created_at": "2026-03-31T18:00:00Z",
}


class CorrectionSerializer(Shown):
    id = serializers.CharField()
    by = serializers.CharField(help_text="Id of the person or key that made it.")
    source = serializers.ChoiceField(Correction.Source.choices)  # type: ignore[assignment]
    job = serializers.CharField(allow_null=True, help_text="Id of the job; null for one mention, which takes none.")
    reversal_job = serializers.CharField(allow_null=True, help_text="Id of the job that took it back last.")
    rows = serializers.IntegerField(help_text="Mentions that were named.")
    labelled = serializers.IntegerField(help_text="Mentions labelled so far.")
    same = serializers.IntegerField(help_text="How many of those said so already: confirmed.")
    bad = serializers.IntegerField(help_text="Rows that did not go in; see the correction's problems.")
    left = serializers.IntegerField(
        help_text="Rows that its job has not come to, and will not where it was cancelled or failed. `rows` is "
        "`labelled`, `bad` and these."
    )
    created_at = MomentField()


class ProblemOfCorrectionSerializer(Shown):
    line = serializers.IntegerField(
        help_text="Line of the file on which the row starts; the header is line 1. In a list: its place, from 1."
    )
    code = serializers.CharField(help_text="Stable; for programs.")
    field = serializers.CharField(help_text="The field concerned; empty where it is the whole row.")
    reason = serializers.CharField()


class LabelledMentionSerializer(MentionLabelsSerializer):
    mention = IdField("men")


class NewCorrectionSerializer(StrictSerializer):
    labels = serializers.ListField(child=LabelledMentionSerializer(), min_length=1, max_length=MOST_ROWS)

    def validate_labels(self, labels: list[dict[str, Any]]) -> list[dict[str, Any]]:
        if len({label["mention"] for label in labels}) < len(labels):
            raise serializers.ValidationError("Names a mention twice.", code="repeated")
        return labels


class CorrectionFileSerializer(FormSerializer):
    file = serializers.FileField(
        allow_empty_file=True,
        max_length=1000,
        help_text="CSV in UTF-8 with a header: `mention` (its id) and at least one of `sentiment`, `emotions`, `irony` "
        "(true or false) and `intents`. Several emotions or intents are parted by `|`, `none` says that there is none, "
        "and an empty cell nothing. Other columns are passed over. At most 10,000 rows and 4 MiB.",
    )


class ReversalSerializer(StrictSerializer):
    mentions = serializers.ListField(
        child=IdField("men"),
        required=False,
        min_length=1,
        max_length=MOST_TAKEN_BACK,
        help_text="Only what it said of these; left out: all of it.",
    )


def shown(made: Correction) -> dict[str, Any]:
    """A correction as the API shows it."""
    same = ("id", "by", "source", "rows", "labelled", "same", "bad", "created_at")
    plain: dict[str, Any] = CorrectionSerializer.of(
        {
            **{name: getattr(made, name) for name in same},
            "job": made.job_id or None,
            "reversal_job": made.reversal_job_id or None,
            "left": made.rows - made.labelled - made.bad,
        }
    )
    return plain


_QUEUED = {**EXAMPLE, "labelled": 0, "same": 0, "bad": 0, "left": 250}


class Corrections(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="corrections_list",
        tag="corrections",
        summary="List the corrections",
        description="Who labelled how many mentions when, the newest first.",
        query=PageParameters,
        answer=CorrectionSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        return Response(page_of(corrections(), **PageParameters.read(request)).body(shown))

    @operation(
        id="corrections_create",
        tag="corrections",
        summary="Correct many mentions",
        description="Labels for up to 10,000 mentions, each once; a job sets them. A mention that is not there, or was "
        "not read yet, is named in the correction's problems, and the others go in. Needs the role analyst.",
        body=NewCorrectionSerializer,
        answer=CorrectionSerializer,
        status=202,
        location=True,
        sent={"labels": [{"mention": sample_id("men"), **SENT}]},
        answered=_QUEUED,
    )
    def post(self, request: Request, client: str) -> Response:
        labels = NewCorrectionSerializer.read(request)["labels"]
        rows = [
            Row(n, label["mention"], {field: label[field] for field in FIELDS if field in label})
            for n, label in enumerate(labels, start=1)
        ]
        made = request_correction(by=self.caller.id, source=Correction.Source.LIST, rows=rows, now=timezone.now())
        return _accepted(self, made, rows)


class CorrectionFiles(ClientView):
    roles = least(POST="analyst")
    parser_classes: ClassVar[list[Any]] = [FormParser]  # type: ignore[misc]

    @operation(
        id="corrections_upload",
        tag="corrections",
        summary="Correct mentions with a file",
        description="As with a list. Rows that cannot be read are named with their lines in the correction's problems, "
        "and the others go in. Needs the role analyst.",
        body=CorrectionFileSerializer,
        answer=CorrectionSerializer,
        status=202,
        location=True,
        answered={**_QUEUED, "source": "file"},
    )
    def post(self, request: Request, client: str) -> Response:
        file = CorrectionFileSerializer.read(request)["file"]
        if file.size > MOST_BYTES:
            raise TooLarge(f"A file of labels may have at most {MOST_BYTES:,} bytes.")
        try:
            read = read_rows(file.read())
        except UnreadableFile as problem:
            raise ValidationFailed.of("/file", str(problem), code=problem.code) from None
        made = request_correction(
            by=self.caller.id, source=Correction.Source.FILE, rows=read.rows, bad=read.bad, now=timezone.now()
        )
        return _accepted(self, made, read.rows)


def _accepted(view: ClientView, made: Correction, rows: Any) -> Response:
    fields = sorted({field for row in rows for field in row.labels})
    audit(view, "correction.made", correction=made.id, rows=made.rows, fields=fields)
    return Response(shown(made), 202, headers={"Location": view.link("jobs", made.job_id)})


class OneCorrection(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="corrections_get",
        tag="corrections",
        summary="Get a correction",
        description="How many of its mentions are labelled.",
        answer=CorrectionSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, correction: str) -> Response:
        NoParameters.read(request)
        return Response(shown(correction_of(correction)))


class CorrectionProblems(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="corrections_problems_list",
        tag="corrections",
        summary="List a correction's problems",
        description="Rows that did not go in, by line.",
        query=PageParameters,
        answer=ProblemOfCorrectionSerializer.page(),
        answered={
            "data": [
                {
                    "line": 17,
                    "code": "unknown_label",
                    "field": "sentiment",
                    "reason": "Must be negative, neutral or positive.",
                }
            ],
            "next_cursor": None,
        },
    )
    def get(self, request: Request, client: str, correction: str) -> Response:
        parameters = PageParameters.read(request)
        page = page_of(problems_of(correction_of(correction)), **parameters, by=("line", "code"), ascending=True)
        return Response(page.body(ProblemOfCorrectionSerializer.of))


class CorrectionLabels(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="corrections_labels_list",
        tag="corrections",
        summary="List what a correction set",
        description="Each field of each mention, with what was in force before; also what was taken back.",
        query=PageParameters,
        answer=MentionLabelSerializer.page(),
        answered={"data": [LABEL_EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str, correction: str) -> Response:
        parameters = PageParameters.read(request)
        page = page_of(labels_of_correction(correction_of(correction)), **parameters, ascending=True)
        return Response(page.body(shown_label))


class CorrectionReversal(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="corrections_reverse",
        tag="corrections",
        summary="Take a correction back",
        description="Takes back all that a correction said, or what it said of some mentions: a job comes to each, and "
        "has it say again what others said last, or else what the engine says. Nothing is deleted: the labels stay in "
        "the list, marked. Where its job is cancelled, what it had not come to stands. Needs the role analyst.",
        body=ReversalSerializer,
        answer=jobs.JobSerializer,
        status=202,
        location=True,
        sent={"mentions": [sample_id("men")]},
        answered={
            **jobs.EXAMPLE,
            "kind": "correction_reversal",
            "state": "queued",
            "progress": 0.0,
            "done": 0,
            "total": 0,
            "started_at": None,
            "result": {
                "id": sample_id("cor"),
                "href": f"/api/v1/clients/{sample_id('cli')}/corrections/{sample_id('cor')}",
            },
        },
        says={409: "Nothing of it stands, or a job is still at work on it."},
    )
    def post(self, request: Request, client: str, correction: str) -> Response:
        found = correction_of(correction)
        body = ReversalSerializer.read(request)
        job, count = request_reversal(correction=found, by=self.caller.id, mentions=body.get("mentions"))
        if job is None:
            raise Conflict("Nothing of this correction stands.")
        audit(self, "correction.reversed", correction=found.id, labels=count)
        return jobs.accepted(Job.objects.get(id=job.id), self)


_ONE = "clients/<str:client>/corrections/<str:correction>"

client_urlpatterns = [
    path("clients/<str:client>/corrections", Corrections.as_view(), name="corrections"),
    path("clients/<str:client>/correction_files", CorrectionFiles.as_view(), name="correction-files"),
    path(_ONE, OneCorrection.as_view(), name="correction"),
    path(f"{_ONE}/problems", CorrectionProblems.as_view(), name="correction-problems"),
    path(f"{_ONE}/labels", CorrectionLabels.as_view(), name="correction-labels"),
    path(f"{_ONE}/reversal", CorrectionReversal.as_view(), name="correction-reversal"),
]
