"""Reports: white-labelled PDFs."""

from __future__ import annotations

from typing import Any, ClassVar

from django.http import HttpResponseBase
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.reports.models import Report
from analytics.reports.selectors import file_of, report_of, reports
from analytics.reports.services import request_report
from api.files import plain, stored_file
from api.pagination import page_of
from api.permissions import least
from api.renderers import PdfRenderer
from api.schema import operation, sample_id
from api.serializers import (
    DayField,
    MomentField,
    NoParameters,
    PageParameters,
    Shown,
    StrictCharField,
    StrictSerializer,
)
from api.views import ClientView
from tenants.services import check_locale

EXAMPLE = {
    "id": sample_id("rep"),
    "job": sample_id("job"),
    "title": "March",
    "start": "2026-03-01",
    "end": "2026-03-31",
    "locale": "en-GB",
    "file": f"/api/v1/clients/{sample_id('cli')}/reports/{sample_id('rep')}/file",
    "size": 183204,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "created_at": "2026-03-31T18:00:00Z",
    "rendered_at": "2026-03-31T18:00:03Z",
    "readings": [
        {"model": "compact/2", "mentions": 1180, "corrected": 12},
        {"model": "compact/1", "mentions": 23, "corrected": 0},
    ],
}


class ReadBySerializer(Shown):
    model = serializers.CharField(allow_null=True, help_text="Name and version; null: not read by then.")
    mentions = serializers.IntegerField(help_text="How many of the report's mentions it had read.")
    corrected = serializers.IntegerField(help_text="Of how many of these people had set labels.")


class ReportSerializer(Shown):
    id = serializers.CharField()
    job = serializers.CharField(help_text="Id of the job that makes it.")
    title = serializers.CharField()
    start = serializers.DateField()
    end = serializers.DateField()
    locale = serializers.CharField()
    file = serializers.CharField(allow_null=True, help_text="Where the PDF is; null until it is made.")
    size = serializers.IntegerField(allow_null=True, help_text="Bytes.")
    sha256 = serializers.CharField(allow_null=True)
    created_at = MomentField()
    rendered_at = MomentField(allow_null=True)
    readings = ReadBySerializer(
        many=True,
        help_text="What the mentions behind its figures were read by when it was made, also if they were read again "
        "since. Empty until it is made.",
    )


class NewReportSerializer(StrictSerializer):
    start = DayField(help_text="First day, in the client's time zone.")
    end = DayField(help_text="Last day, included; at most a year after the first.")
    locale = StrictCharField(required=False, max_length=35, help_text="Left out: the client's.")
    title = StrictCharField(
        required=False, default="", allow_blank=True, max_length=200, help_text="Left out: the client's name."
    )


def shown_readings(report: Report) -> list[dict[str, Any]]:
    """Which models a report rests on."""
    return [{**use, "model": use["model"] or None} for use in report.readings]


def _shown(report: Report, view: ClientView) -> dict[str, Any]:
    ready = bool(report.path)
    same = ("id", "title", "start", "end", "locale", "created_at", "rendered_at")
    plain: dict[str, Any] = ReportSerializer.of(
        {
            **{name: getattr(report, name) for name in same},
            "job": report.job_id,
            "file": view.link("reports", report.id, "file") if ready else None,
            "size": report.size if ready else None,
            "sha256": report.sha256 if ready else None,
            "readings": shown_readings(report),
        }
    )
    return plain


class Reports(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="reports_list",
        tag="reports",
        summary="List the reports",
        description="Reports that were asked for, newest first.",
        query=PageParameters,
        answer=ReportSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(reports(), **PageParameters.read(request))
        return Response(page.body(lambda report: _shown(report, self)))

    @operation(
        id="reports_create",
        tag="reports",
        summary="Ask for a report",
        description="A job makes a PDF in the client's brand, locale and time zone: figures, charts, influencers, "
        "forecast and sample mentions of the period. `file` is where it will be. Needs the role analyst.",
        body=NewReportSerializer,
        answer=ReportSerializer,
        status=202,
        location=True,
        sent={"start": "2026-03-01", "end": "2026-03-31", "title": "March"},
        answered={**EXAMPLE, "file": None, "size": None, "sha256": None, "rendered_at": None, "readings": []},
    )
    def post(self, request: Request, client: str) -> Response:
        body = NewReportSerializer.read(request)
        locale = body.pop("locale", self.client.locale)
        check_locale(locale)
        report = request_report(locale=locale, **body)
        return Response(_shown(report, self), 202, headers={"Location": self.link("jobs", report.job_id)})


class OneReport(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="reports_get",
        tag="reports",
        summary="Get a report",
        description="What the report is about, and where its PDF is once it is made.",
        answer=ReportSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, report: str) -> Response:
        NoParameters.read(request)
        return Response(_shown(report_of(report), self))


class ReportFile(ClientView):
    roles = least(GET="viewer")
    renderer_classes: ClassVar[list[Any]] = [PdfRenderer]  # type: ignore[misc]

    @operation(
        id="reports_file",
        tag="reports",
        summary="Download a report",
        description="The PDF. Its ETag is the file's SHA-256.",
        answer=bytes,
        media=("application/pdf",),
        errors=(409,),
        says={409: "The report is not ready yet; ask its job."},
    )
    def get(self, request: Request, client: str, report: str) -> HttpResponseBase:
        NoParameters.read(request)
        found = report_of(report)
        name = f"{plain(self.client.name, otherwise='report')}-{found.start}-{found.end}.pdf"
        return stored_file(request, file_of(found), sha256=found.sha256, name=name, media_type="application/pdf")


client_urlpatterns = [
    path("clients/<str:client>/reports", Reports.as_view(), name="reports"),
    path("clients/<str:client>/reports/<str:report>", OneReport.as_view(), name="report"),
    path("clients/<str:client>/reports/<str:report>/file", ReportFile.as_view(), name="report-file"),
]
