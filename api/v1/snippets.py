"""Snippets: pieces of query text that have a name and are shared between a client's queries."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.journey.requests import change_snippet
from analytics.listening.models import Query, Snippet
from analytics.listening.parser import MAX_LENGTH
from analytics.listening.sharing import (
    MAX_NAME,
    create_snippet,
    delete_snippet,
    snippet_of,
    snippets,
    users_by_name,
)
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown, StrictCharField, StrictSerializer
from api.v1 import jobs
from api.views import ClientView
from kernel import db
from kernel.jobs.models import Job
from tenants.audit import record

EXAMPLE = {
    "id": sample_id("snp"),
    "name": "bread",
    "text": "rye OR sourdough OR bread*",
    "used_by": [sample_id("qry")],
    "created_at": "2026-03-31T18:00:00Z",
    "updated_at": "2026-03-31T18:00:00Z",
}
_TEXT = (
    "A piece of a query, such as `rye OR sourdough`. Queries use it as `snippet:name`, as if it stood in parentheses."
)
_NAME = "Letters, digits, spaces and _ - . only."


class SnippetSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField(help_text=_TEXT)
    used_by = serializers.ListField(
        child=serializers.CharField(), help_text="Ids of the queries that use it, also through other snippets."
    )
    created_at = MomentField()
    updated_at = MomentField()


class ChangedQuerySerializer(Shown):
    query = serializers.CharField()
    version = serializers.IntegerField(help_text="Its new version.")
    rematch_job = jobs.JobSerializer(
        allow_null=True, help_text="Matches it against what is stored; null where there is nothing to do."
    )


class SavedSnippetSerializer(SnippetSerializer):
    queries = ChangedQuerySerializer(many=True, help_text="The queries that are a new version by this change.")


class NewSnippetSerializer(StrictSerializer):
    name = StrictCharField(max_length=MAX_NAME, help_text=_NAME)
    text = StrictCharField(max_length=MAX_LENGTH, trim_whitespace=False, help_text=_TEXT)


class SnippetChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=MAX_NAME, required=False, help_text=_NAME)
    text = StrictCharField(max_length=MAX_LENGTH, trim_whitespace=False, required=False, help_text=_TEXT)


def _shown(*found: Snippet) -> list[dict[str, Any]]:
    users = users_by_name([snippet.name for snippet in found])
    return [
        SnippetSerializer.of(
            {
                **{name: getattr(snippet, name) for name in ("id", "name", "text", "created_at", "updated_at")},
                "used_by": users[snippet.name],
            }
        )
        for snippet in found
    ]


def _saved(snippet: Snippet, changed: list[tuple[Query, Job | None]], view: ClientView) -> dict[str, Any]:
    return {
        **_shown(snippet)[0],
        "queries": [
            {"query": query.id, "version": query.version, "rematch_job": jobs.shown(job, view) if job else None}
            for query, job in changed
        ],
    }


def audit(view: ClientView, action: str, **detail: Any) -> None:
    """Write an event down once what it is about is committed: a transaction is the client's, or public's."""
    agency_id, client_id, actor = view.client.agency_id, view.client.id, view.caller.id
    transaction.on_commit(
        partial(_write, agency_id=agency_id, client_id=client_id, actor=actor, action=action, detail=detail)
    )


def _write(**event: Any) -> None:
    with db.public():
        record(**event)


class Snippets(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="snippets_list",
        tag="queries",
        summary="List the snippets",
        description="Pieces of query text that this client's queries share, newest first.",
        query=PageParameters,
        answer=SnippetSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(snippets(), **PageParameters.read(request))
        return Response({"data": _shown(*page.rows), "next_cursor": page.next_cursor})

    @operation(
        id="snippets_create",
        tag="queries",
        summary="Save a snippet",
        description="From then on queries and other snippets can use it. It need not single out posts by itself: "
        "`lang:en` will do. One that leads back to itself is refused. Needs the role analyst.",
        body=NewSnippetSerializer,
        answer=SnippetSerializer,
        status=201,
        location=True,
        sent={"name": "bread", "text": "rye OR sourdough OR bread*"},
        answered={**EXAMPLE, "used_by": []},
        errors=(409,),
        says={409: "There are too many snippets."},
    )
    def post(self, request: Request, client: str) -> Response:
        snippet = create_snippet(**NewSnippetSerializer.read(request))
        audit(self, "snippet.created", snippet=snippet.id)
        return Response(_shown(snippet)[0], 201, headers={"Location": self.link("snippets", snippet.id)})


class OneSnippet(ClientView):
    roles = least(GET="viewer", PATCH="analyst", DELETE="analyst")

    @operation(
        id="snippets_get",
        tag="queries",
        summary="Get a snippet",
        description="One snippet, and which queries use it.",
        answer=SnippetSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, snippet: str) -> Response:
        NoParameters.read(request)
        return Response(_shown(snippet_of(snippet))[0])

    @operation(
        id="snippets_update",
        tag="queries",
        summary="Change a snippet",
        description="A changed text makes a new version of every query that uses it, and has each of them matched "
        "anew; it is refused where one of them could not be read any more. The name cannot be changed while something "
        "uses it. Needs the role analyst.",
        body=SnippetChangesSerializer,
        answer=SavedSnippetSerializer,
        sent={"text": "rye OR sourdough"},
        answered={
            **EXAMPLE,
            "text": "rye OR sourdough",
            "queries": [{"query": sample_id("qry"), "version": 2, "rematch_job": None}],
        },
        errors=(409,),
        says={409: "Something uses it, so that it keeps its name."},
    )
    def patch(self, request: Request, client: str, snippet: str) -> Response:
        found = snippet_of(snippet)
        changes = SnippetChangesSerializer.read(request, partial=True)
        changed, queries = change_snippet(snippet=found, by=self.caller.id, **changes)
        if changes:
            audit(self, "snippet.changed", snippet=changed.id, fields=sorted(changes), queries=len(queries))
        return Response(_saved(changed, queries, self))

    @operation(
        id="snippets_delete",
        tag="queries",
        summary="Delete a snippet",
        description="Refused while a query or another snippet uses it; the answer names them by id. Needs the role "
        "analyst.",
        status=204,
        says={204: "The snippet is gone.", 409: "Something uses it."},
        errors=(409,),
    )
    def delete(self, request: Request, client: str, snippet: str) -> Response:
        NoParameters.read(request)
        found = snippet_of(snippet)
        delete_snippet(snippet=found)
        audit(self, "snippet.deleted", snippet=found.id)
        return Response(status=204)


client_urlpatterns = [
    path("clients/<str:client>/snippets", Snippets.as_view(), name="snippets"),
    path("clients/<str:client>/snippets/<str:snippet>", OneSnippet.as_view(), name="snippet"),
]
