"""Exports: all of a client's data, to take away."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, ClassVar

from django.db import transaction
from django.http import HttpResponseBase
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.exports import delete_export, export_of, exports, file_of, request_export
from analytics.journey.models import Export
from api.files import plain, stored_file
from api.pagination import page_of
from api.permissions import least
from api.renderers import ZipRenderer
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown, StrictSerializer
from api.v1 import jobs
from api.views import ClientView
from kernel import db
from tenants.audit import record

EXAMPLE = {
    "id": sample_id("exp"),
    "job": sample_id("job"),
    "format": "jsonl",
    "file": f"/api/v1/clients/{sample_id('cli')}/exports/{sample_id('exp')}/file",
    "size": 1048576,
    "sha256": "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
    "contents": {"queries": 4, "mentions": 1203},
    "created_at": "2026-03-31T18:00:00Z",
    "finished_at": "2026-03-31T18:00:09Z",
    "expires_at": "2026-04-07T18:00:09Z",
}


class ExportSerializer(Shown):
    id = serializers.CharField()
    job = serializers.CharField(help_text="Id of the job that makes it.")
    format = serializers.ChoiceField(Export.Format.choices)
    file = serializers.CharField(
        allow_null=True, help_text="Where the zip is; null until it is made and once it is deleted."
    )
    size = serializers.IntegerField(allow_null=True, help_text="Bytes.")
    sha256 = serializers.CharField(allow_null=True)
    contents = serializers.DictField(child=serializers.IntegerField(), help_text="How many rows of each kind are in.")
    created_at = MomentField()
    finished_at = MomentField(allow_null=True)
    expires_at = MomentField(allow_null=True, help_text="When the file is deleted.")


class NewExportSerializer(StrictSerializer):
    format = serializers.ChoiceField(
        Export.Format.choices,
        required=False,
        default=Export.Format.JSONL,
        help_text="How rows are written: JSON Lines, as the API answers them, or CSV for spreadsheets.",
    )


def _shown(export: Export, view: ClientView) -> dict[str, Any]:
    ready = bool(export.path)
    same = ("id", "format", "contents", "created_at", "finished_at", "expires_at")
    plain: dict[str, Any] = ExportSerializer.of(
        {
            **{name: getattr(export, name) for name in same},
            "job": export.job_id,
            "file": view.link("exports", export.id, "file") if ready else None,
            "size": export.size if ready else None,
            "sha256": export.sha256 if ready else None,
        }
    )
    return plain


def _audit(view: ClientView, action: str, export_id: str, **detail: str) -> None:
    with db.public():
        record(
            agency_id=view.client.agency_id,
            actor=view.caller.id,
            action=action,
            client_id=view.client.id,
            detail={"export": export_id, **detail},
        )


class _ExportView(ClientView):
    def check_status(self, request: Request) -> None:
        """Any status will do: who suspends or deletes a client wants its data first."""


class Exports(_ExportView):
    roles = least(GET="manager", POST="manager")

    @operation(
        id="exports_list",
        tag="exports",
        summary="List the exports",
        description="Exports that were asked for, newest first. Needs the role manager.",
        query=PageParameters,
        answer=ExportSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(exports(), **PageParameters.read(request))
        return Response(page.body(lambda export: _shown(export, self)))

    @operation(
        id="exports_create",
        tag="exports",
        summary="Export all data",
        description="A job writes all that the API shows of this client into one zip: queries, mentions with their "
        "matches and readings, labels and restorations of noise, hourly sums, forecasts, influence maps, reports with "
        "their PDFs, imports, feeds and counts of redactions, with a README and checksums. The job's result says where "
        "it is; the file is deleted "
        "after 7 days. One export is made at a time. Also for a client that is suspended or about to be deleted. "
        "Needs the role manager.",
        body=NewExportSerializer,
        answer=jobs.JobSerializer,
        status=202,
        location=True,
        sent={"format": "csv"},
        answered={**jobs.EXAMPLE, "kind": "export", "state": "queued", "progress": 0.0, "result": None},
        errors=(409,),
        says={409: "An export is being made already."},
    )
    def post(self, request: Request, client: str) -> Response:
        body = NewExportSerializer.read(request)
        export, job = request_export(client_id=self.client.id, format=body["format"], now=datetime.now(UTC))
        _audit(self, "export.requested", export.id, format=body["format"])
        return jobs.accepted(job, self)


class OneExport(_ExportView):
    roles = least(GET="manager", DELETE="manager")

    @operation(
        id="exports_get",
        tag="exports",
        summary="Get an export",
        description="What is in the export, and where its file is. Needs the role manager.",
        answer=ExportSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, export: str) -> Response:
        NoParameters.read(request)
        return Response(_shown(export_of(export), self))

    @operation(
        id="exports_delete",
        tag="exports",
        summary="Delete an export",
        description="Deletes the file before its time, and forgets the export. Needs the role manager.",
        status=204,
        errors=(409,),
        says={409: "The export is being made."},
    )
    def delete(self, request: Request, client: str, export: str) -> Response:
        NoParameters.read(request)
        found = export_of(export)
        delete_export(export=found)
        # With If-Match there is a transaction, which cannot leave the client's session.
        transaction.on_commit(lambda: _audit(self, "export.deleted", found.id))
        return Response(status=204)


class ExportFile(_ExportView):
    roles = least(GET="manager")
    renderer_classes: ClassVar[list[Any]] = [ZipRenderer]  # type: ignore[misc]

    @operation(
        id="exports_file",
        tag="exports",
        summary="Download an export",
        description="The zip. Its ETag is the file's SHA-256. Needs the role manager; each download is audited.",
        answer=bytes,
        media=("application/zip",),
        errors=(409,),
        says={409: "The export is not ready yet, or its file was deleted."},
    )
    def get(self, request: Request, client: str, export: str) -> HttpResponseBase:
        NoParameters.read(request)
        found = export_of(export)

        def opened() -> None:
            if request.method == "GET":
                _audit(self, "export.downloaded", found.id)

        return stored_file(
            request,
            file_of(found),
            sha256=found.sha256,
            name=f"{plain(self.client.name, otherwise='client')}-{found.created_at:%Y-%m-%d}.zip",
            media_type="application/zip",
            opened=opened,
        )


client_urlpatterns = [
    path("clients/<str:client>/exports", Exports.as_view(), name="exports"),
    path("clients/<str:client>/exports/<str:export>", OneExport.as_view(), name="export"),
    path("clients/<str:client>/exports/<str:export>/file", ExportFile.as_view(), name="export-file"),
]
