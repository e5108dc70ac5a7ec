"""What a query was before: its versions, two of them side by side, and going back to one."""

from __future__ import annotations

from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.comparison import MOST_MENTIONS, SIDES, compare
from analytics.journey.rematch import request_rematch
from analytics.journey.requests import restore_version
from analytics.listening.canonical import to_text
from analytics.listening.models import QueryVersion
from analytics.listening.saved import UnreadableQuery
from analytics.listening.selectors import query_of
from analytics.listening.versions import tree_of_version, version_of, versions
from analytics.privacy.protect import Protector
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import CountParameter, MomentField, NoParameters, PageParameters, QueryParameters, Shown
from api.v1.queries import EXAMPLE as QUERY
from api.v1.queries import SavedQuerySerializer, saved
from api.views import ClientView
from kernel.errors import NotFound
from tenants.datakeys import data_key

EXAMPLE = {
    "version": 1,
    "text": '"juniper bakery" OR snippet:bread',
    "snippets": {"bread": "rye OR sourdough"},
    "expanded": '"juniper bakery" OR rye OR sourdough',
    "cause": "made",
    "restores": None,
    "made_at": "2026-03-31T18:00:00Z",
    "made_by": sample_id("usr"),
}
_COUNTS = {"both": 120, "before": 4, "after": 31, "undecided": 0}
_COMPARED = {
    "before": 1,
    "after": 2,
    "pieces": [{"change": "same", "text": '"juniper bakery"'}, {"change": "added", "text": " OR #juniper"}],
    "terms_removed": [],
    "terms_added": ["#juniper"],
    "stored": 15_000,
    "looked_at": 15_000,
    "counts": _COUNTS,
    "samples": {"both": [sample_id("men")], "before": [], "after": [], "undecided": []},
}


class VersionSerializer(Shown):
    version = serializers.IntegerField()
    text = serializers.CharField(help_text="As it was written.")
    snippets = serializers.DictField(
        child=serializers.CharField(),
        help_text="Name and text of each snippet in it, also through others, at that time.",
    )
    expanded = serializers.SerializerMethodField(
        help_text="With its snippets put in, in canonical spelling; can be longer than a query may be. Null where the "
        "language has grown since, so that it cannot be read any more."
    )
    cause = serializers.ChoiceField(
        QueryVersion.Cause.choices,
        help_text="`made`: saved first; `text`: changed; `snippet`: a snippet in it was changed; `restored`: see "
        "`restores`.",
    )
    restores = serializers.IntegerField(allow_null=True, help_text="The version whose text was taken again.")
    made_at = MomentField()
    made_by = serializers.CharField(allow_null=True, help_text="Id of the person or key; null where it is not known.")

    def get_expanded(self, version: QueryVersion) -> str | None:
        try:
            return to_text(tree_of_version(version))
        except UnreadableQuery:
            return None

    def to_representation(self, instance: QueryVersion) -> dict[str, Any]:
        shown: dict[str, Any] = super().to_representation(instance)
        return {**shown, "made_by": shown["made_by"] or None}


class PieceSerializer(Shown):
    change = serializers.ChoiceField(("same", "removed", "added"))
    text = serializers.CharField()


class CountsSerializer(Shown):
    both = serializers.IntegerField(help_text="Both versions match.")
    before = serializers.IntegerField(help_text="Only the version before does.")
    after = serializers.IntegerField(help_text="Only the version after does.")
    undecided = serializers.IntegerField(help_text="One of them waits until the mention is read.")


class SamplesSerializer(Shown):
    both = serializers.ListField(child=serializers.CharField())
    before = serializers.ListField(child=serializers.CharField())
    after = serializers.ListField(child=serializers.CharField())
    undecided = serializers.ListField(child=serializers.CharField())


class ComparisonSerializer(Shown):
    before = serializers.IntegerField()
    after = serializers.IntegerField()
    pieces = PieceSerializer(
        many=True,
        help_text="The texts as written: those not `added` make up the one before, those not `removed` the other.",
    )
    terms_removed = serializers.ListField(child=serializers.CharField())
    terms_added = serializers.ListField(child=serializers.CharField())
    stored = serializers.IntegerField(help_text="Stored mentions in all.")
    looked_at = serializers.IntegerField(
        help_text=f"How many of them, the newest, were tried: at most {MOST_MENTIONS:,}, and for some seconds."
    )
    counts = CountsSerializer(help_text="Of those that were tried.")
    samples = SamplesSerializer(help_text="Ids of some mentions of each count.")


class ComparisonParameters(QueryParameters):
    to = CountParameter(
        min_value=1,
        max_value=2**31 - 1,
        required=False,
        help_text="The version after; the present one where not given.",
    )


def _number(version: str) -> int:
    """Raises NotFound for what no version is called."""
    if not (version.isascii() and version.isdecimal() and len(version) < 10 and version == str(int(version))):
        raise NotFound()
    return int(version)


class Versions(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="query_versions_list",
        tag="queries",
        summary="List a query's versions",
        description="What it was from one change of its text, or of a snippet in it, to the next, newest first.",
        query=PageParameters,
        answer=VersionSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str, query: str) -> Response:
        parameters = PageParameters.read(request)
        page = page_of(versions(query_of(query)), by=("version",), **parameters)
        return Response(page.body(VersionSerializer.of))


class OneVersion(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="query_versions_get",
        tag="queries",
        summary="Get a version of a query",
        description="One version, with its snippets as they were.",
        answer=VersionSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, query: str, version: str) -> Response:
        NoParameters.read(request)
        return Response(VersionSerializer.of(version_of(query_of(query), _number(version))))


class VersionComparison(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="query_versions_compare",
        tag="queries",
        summary="Compare two versions of a query",
        description="What was written differently, and which of the newest stored mentions both match, or only one. "
        "Both are tried on mentions as they are stored, so that what a version found before redaction can be missing.",
        query=ComparisonParameters,
        answer=ComparisonSerializer,
        answered=_COMPARED,
    )
    def get(self, request: Request, client: str, query: str, version: str) -> Response:
        wanted = ComparisonParameters.read(request).get("to")
        found = query_of(query)
        before = version_of(found, _number(version))
        after = version_of(found, wanted or found.version)
        compared = compare(before=before, after=after, pseudonym=Protector(data_key(self.client)).pseudonym)
        return Response(
            ComparisonSerializer.of(
                {
                    "before": before.version,
                    "after": after.version,
                    "pieces": [{"change": piece.change, "text": piece.text} for piece in compared.pieces],
                    "terms_removed": list(compared.terms_removed),
                    "terms_added": list(compared.terms_added),
                    "stored": compared.stored,
                    "looked_at": compared.looked_at,
                    "counts": {side: compared.counts[side] for side in SIDES},
                    "samples": {side: list(compared.samples[side]) for side in SIDES},
                }
            )
        )


class VersionRestoration(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="query_versions_restore",
        tag="queries",
        summary="Go back to a version of a query",
        description="Gives the query the text of that version, as a new version, and has it matched anew. Snippets in "
        "it are taken as they are now. Where the query has that text already, nothing changes. Needs the role analyst.",
        answer=SavedQuerySerializer,
        answered={**QUERY, "version": 3, "rematch_job": None, "noise_job": None, "warnings": []},
    )
    def post(self, request: Request, client: str, query: str, version: str) -> Response:
        changed, job = restore_version(query=query_of(query), version=_number(version), by=self.caller.id)
        return Response(saved(changed, job, self))


class QueryRematch(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="queries_rematch",
        tag="queries",
        summary="Match a query anew",
        description="Matches it against all that is stored once more, such as after a job that did so was cancelled or "
        "failed. One that is under way begins anew. Needs the role analyst.",
        answer=SavedQuerySerializer,
        answered={**QUERY, "matched_version": None, "rematch_job": None, "noise_job": None, "warnings": []},
    )
    def post(self, request: Request, client: str, query: str) -> Response:
        found = query_of(query)
        return Response(saved(found, request_rematch(query=found), self))


client_urlpatterns = [
    path("clients/<str:client>/queries/<str:query>/rematch", QueryRematch.as_view(), name="query-rematch"),
    path("clients/<str:client>/queries/<str:query>/versions", Versions.as_view(), name="query-versions"),
    path("clients/<str:client>/queries/<str:query>/versions/<str:version>", OneVersion.as_view(), name="query-version"),
    path(
        "clients/<str:client>/queries/<str:query>/versions/<str:version>/comparison",
        VersionComparison.as_view(),
        name="query-version-comparison",
    ),
    path(
        "clients/<str:client>/queries/<str:query>/versions/<str:version>/restoration",
        VersionRestoration.as_view(),
        name="query-version-restoration",
    ),
]
