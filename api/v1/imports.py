"""Imports: files of posts on their way in."""

from __future__ import annotations

import json
from typing import Any, ClassVar

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.mentions.selectors import stored_in
from analytics.sources.files.columns import FIELDS
from analytics.sources.files.mapping import NEVER_CONSTANT
from analytics.sources.models import Import
from analytics.sources.selectors import import_of, imports, problems_of
from analytics.sources.services import accept_upload
from api import idempotency
from api.pagination import page_of
from api.parsers import FormParser, check_text, unique
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import FormSerializer, MomentField, NoParameters, PageParameters, Shown
from api.v1.import_plans import PLAN_EXAMPLE, PlanSerializer, shown_plan
from api.views import ClientView
from kernel.zones import is_zone
from tenants.plans.claims import check_storage, storage_claimed
from tenants.plans.limits import check_mentions, month_of

EXAMPLE = {
    "id": sample_id("imp"),
    "job": sample_id("job"),
    "file_name": "posts.csv",
    "size": 482113,
    "source": "upload",
    "rows": 2000,
    "read": 2000,
    "stored": 1203,
    "known": 0,
    "unmatched": 781,
    "bad": 12,
    "repeated": 4,
    "understood": 1203,
    "plan": PLAN_EXAMPLE,
    "created_at": "2026-03-31T18:00:00Z",
}


class ImportSerializer(Shown):
    id = serializers.CharField()
    job = serializers.CharField(help_text="Id of the job that tells how far it is.")
    file_name = serializers.CharField()
    size = serializers.IntegerField(help_text="Bytes.")
    source = serializers.CharField(help_text="Source of the rows that name none.")  # type: ignore[assignment]
    rows = serializers.IntegerField(help_text="Rows in the file; 0 while it is being looked through.")
    read = serializers.IntegerField(help_text="Rows read so far.")
    stored = serializers.IntegerField(help_text="New mentions.")
    known = serializers.IntegerField(help_text="Rows that match a query and were stored before.")
    unmatched = serializers.IntegerField(help_text="Rows that match no query. They are not kept.")
    bad = serializers.IntegerField(help_text="Rows that could not be read; see the import's problems.")
    repeated = serializers.IntegerField(help_text="Rows that repeat an earlier row of the file.")
    understood = serializers.IntegerField(help_text="Stored mentions whose language and sentiment have been read.")
    plan = PlanSerializer(allow_null=True, help_text="How the file is read, and why; null until it was looked through.")
    created_at = MomentField()


class ImportProblemSerializer(Shown):
    line = serializers.IntegerField(help_text="Line of the file on which the row starts; the header is line 1.")
    refused = serializers.BooleanField(help_text="The row is not in. False: it is, but there is something to know.")
    code = serializers.CharField()
    field = serializers.CharField(help_text="The field concerned; empty where it is the whole row.")
    reason = serializers.CharField()


class NewImportSerializer(FormSerializer):
    file = serializers.FileField(
        allow_empty_file=True,
        max_length=1000,
        help_text="CSV, TSV, semicolon-separated or JSON Lines, in any encoding.",
    )
    mapping = serializers.CharField(
        required=False,
        max_length=20_000,
        help_text="JSON object that overrides the guessed columns: field to column name, to null (no column), or to "
        f'`{{"value": "…"}}` (the same for every row). Fields: {", ".join(FIELDS)}.',
    )
    source = serializers.RegexField(  # type: ignore[assignment]
        r"^[a-z0-9_]{1,40}\Z", required=False, default="upload", help_text="Source of the rows that name none, a slug."
    )
    day_first = serializers.ChoiceField(
        ["true", "false"], required=False, help_text="Whether 03/04/2026 is 3 April. Left out: the file decides."
    )
    default_zone = serializers.CharField(
        required=False, max_length=64, help_text="IANA time zone of times that name none. Left out: UTC."
    )

    def validate_mapping(self, text: str) -> dict[str, Any]:
        try:
            mapping = json.loads(text, object_pairs_hook=unique)
        except (ValueError, RecursionError):
            raise serializers.ValidationError("Must be a JSON object.", code="not_json") from None
        check_text(mapping, "/mapping")
        if not isinstance(mapping, dict):
            raise serializers.ValidationError("Must be a JSON object.", code="wrong_type")
        problems = {name[:100]: _problem(name, choice) for name, choice in mapping.items() if _problem(name, choice)}
        if problems:
            raise serializers.ValidationError(problems)
        return mapping

    def validate_default_zone(self, zone: str) -> str:
        if not is_zone(zone):
            raise serializers.ValidationError(
                "Not a known time zone; write it like Europe/Berlin.", code="unknown_time_zone"
            )
        return zone


def _problem(name: str, choice: Any) -> str:
    if name not in FIELDS:
        return "A post has no such field."
    if isinstance(choice, dict) and name in NEVER_CONSTANT:
        return "This cannot be the same for every row; name a column or null."
    constant = isinstance(choice, dict) and set(choice) == {"value"} and isinstance(choice["value"], str)
    return "" if choice is None or isinstance(choice, str) or constant else 'Must be a column, null or {"value": "…"}.'


_SAME = ("id", "file_name", "size", "source", "rows", "read", "stored", "known", "unmatched", "bad", "repeated")


def shown(upload: Import) -> dict[str, Any]:
    """An import as the API shows it."""
    fields = {name: getattr(upload, name) for name in (*_SAME, "understood", "created_at")}
    plain: dict[str, Any] = ImportSerializer.of({**fields, "job": upload.job_id, "plan": shown_plan(upload.plan)})
    return plain


class Imports(ClientView):
    roles = least(GET="viewer", POST="analyst")

    parser_classes: ClassVar[list[Any]] = [FormParser]  # type: ignore[misc]

    def check_permissions(self, request: Request) -> None:
        """Raises PlanLimit, too, where there is no room: before the body is read, unless the answer is known."""
        super().check_permissions(request)
        if request.method == "POST" and not idempotency.knows(request, self.caller):
            self._check_room()
            check_storage(self.client, size=int(request.META.get("CONTENT_LENGTH") or 0))

    def _check_room(self) -> None:
        now = timezone.now()
        check_mentions(self.client, own=stored_in(month_of(now)), now=now)

    @operation(
        id="imports_list",
        tag="imports",
        summary="List the imports",
        description="Files that were brought in, newest first.",
        query=PageParameters,
        answer=ImportSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(imports(), **PageParameters.read(request))
        return Response(page.body(shown))

    @operation(
        id="imports_create",
        tag="imports",
        summary="Import a file of posts",
        description="Takes the file and answers at once; a job reads it. Columns, dates and ids are recognised by "
        "their names and values, and the import shows what was decided and why. Posts that match a query become "
        "mentions; the others are not kept. The same file again adds nothing. Needs the role analyst.",
        body=NewImportSerializer,
        answer=ImportSerializer,
        status=202,
        location=True,
        errors=(402,),
        answered={**EXAMPLE, **dict.fromkeys(_SAME[4:], 0), "understood": 0, "plan": None},
    )
    def post(self, request: Request, client: str) -> Response:
        form = NewImportSerializer.read(request)
        options: dict[str, Any] = {}
        if "day_first" in form:
            options["day_first"] = form["day_first"] == "true"
        if "default_zone" in form:
            options["default_zone"] = form["default_zone"]
        file = form["file"]
        with storage_claimed(self.client, size=file.size, now=timezone.now()):
            upload = accept_upload(
                chunks=file.chunks(),
                file_name=file.name,
                source=form["source"],
                mapping=form.get("mapping", {}),
                options=options,
            )
        return Response(shown(upload), 202, headers={"Location": self.link("jobs", upload.job_id)})


class OneImport(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="imports_get",
        tag="imports",
        summary="Get an import",
        description="How many rows came to what, and how the file is read: columns, encoding, dates, ids.",
        answer=ImportSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, **ids: str) -> Response:
        NoParameters.read(request)
        return Response(shown(import_of(ids["import"])))


class ImportProblems(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="imports_problems_list",
        tag="imports",
        summary="List an import's problems",
        description="Rows that could not be read, and rows there is something to say about, by line; the first "
        "10,000. The rows themselves are not repeated, as they may hold personal data.",
        query=PageParameters,
        answer=ImportProblemSerializer.page(),
        answered={
            "data": [
                {
                    "line": 17,
                    "refused": True,
                    "code": "unreadable_time",
                    "field": "created_at",
                    "reason": "The time cannot be read.",
                }
            ],
            "next_cursor": None,
        },
    )
    def get(self, request: Request, client: str, **ids: str) -> Response:
        parameters = PageParameters.read(request)
        page = page_of(problems_of(import_of(ids["import"])), **parameters, by=("line", "code"), ascending=True)
        return Response(page.body(ImportProblemSerializer.of))


client_urlpatterns = [
    path("clients/<str:client>/imports", Imports.as_view(), name="imports"),
    path("clients/<str:client>/imports/<str:import>", OneImport.as_view(), name="import"),
    path("clients/<str:client>/imports/<str:import>/problems", ImportProblems.as_view(), name="import-problems"),
]
