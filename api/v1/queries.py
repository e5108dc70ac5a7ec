"""Listening queries: what a client listens for."""

from __future__ import annotations

from functools import partial
from typing import Any

from django.db import transaction
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.insights.noise import set_filter
from analytics.journey.preview import warnings_of
from analytics.journey.requests import add_query, change_query, remove_query
from analytics.listening.models import Query
from analytics.listening.parser import MAX_LENGTH
from analytics.listening.selectors import problem_of, queries, query_of
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import (
    MomentField,
    NoParameters,
    PageParameters,
    Shown,
    StrictBooleanField,
    StrictCharField,
    StrictSerializer,
)
from api.v1 import jobs
from api.v1.query_previews import QueryWarningSerializer, shown_warning
from api.views import ClientView
from kernel.jobs.models import Job
from tenants.plans.claims import give_query_back, query_claimed

EXAMPLE = {
    "id": sample_id("qry"),
    "name": "Juniper Bakery",
    "kind": "brand",
    "text": '"juniper bakery" OR @juniperbakery',
    "version": 1,
    "matched_version": 1,
    "problem": None,
    "active": True,
    "noise_filter": "off",
    "created_at": "2026-03-31T18:00:00Z",
    "updated_at": "2026-03-31T18:00:00Z",
}
_NOISE = "How much of what looks like noise it hides: what scores 0.9 or more, 0.7 or more, 0.5 or more, or nothing."
_TEXT = 'Boolean query, such as `"juniper bakery" OR #juniper* -jobs`. See the query language guide.'


class QuerySerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    kind = serializers.ChoiceField(Query.Kind.choices)
    text = serializers.CharField(help_text=_TEXT)
    version = serializers.IntegerField(help_text="Grows with each change of the text, or of a snippet in it.")
    matched_version = serializers.SerializerMethodField(
        help_text="The version that all stored mentions were matched against; null while a job does that, where one "
        "was cancelled or failed, and of queries that are not active."
    )
    problem = serializers.SerializerMethodField(
        help_text="Why it finds nothing until its text is saved anew: the language has grown since. Null for others."
    )
    noise_filter = serializers.ChoiceField(Query.Filter.choices, help_text=_NOISE)
    active = serializers.BooleanField(help_text="Only active queries find new mentions and show in insights.")
    created_at = MomentField()
    updated_at = MomentField()

    def get_problem(self, query: Query) -> str | None:
        return problem_of(query)

    def get_matched_version(self, query: Query) -> int | None:
        return query.matched_version or None


class SavedQuerySerializer(QuerySerializer):
    rematch_job = jobs.JobSerializer(
        allow_null=True, help_text="Matches the query against what is stored; null where there is nothing to do."
    )
    noise_job = jobs.JobSerializer(
        allow_null=True, help_text="Has what it matched go by its noise filter; null where there is nothing to do."
    )
    warnings = QueryWarningSerializer(
        many=True, help_text="What is odd about it; it is saved all the same. A preview says more."
    )


class NewQuerySerializer(StrictSerializer):
    name = StrictCharField(max_length=200)
    kind = serializers.ChoiceField(Query.Kind.choices)
    text = StrictCharField(max_length=MAX_LENGTH, trim_whitespace=False, help_text=_TEXT)
    noise_filter = serializers.ChoiceField(
        Query.Filter.choices, required=False, default=Query.Filter.OFF, help_text=_NOISE
    )


class QueryChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=200, required=False)
    kind = serializers.ChoiceField(Query.Kind.choices, required=False)
    text = StrictCharField(max_length=MAX_LENGTH, trim_whitespace=False, required=False, help_text=_TEXT)
    active = StrictBooleanField(required=False)
    noise_filter = serializers.ChoiceField(Query.Filter.choices, required=False, help_text=_NOISE)


def saved(query: Query, job: Job | None, view: ClientView, noise_job: Job | None = None) -> dict[str, Any]:
    told = {"rematch_job": job, "noise_job": noise_job}
    warnings = warnings_of(query=query, client=None if view.in_transaction else view.client, now=timezone.now())
    return {
        **QuerySerializer.of(query),
        "warnings": [shown_warning(warning) for warning in warnings],
        **{name: jobs.shown(each, view) if each else None for name, each in told.items()},
    }


class Queries(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="queries_list",
        tag="queries",
        summary="List the queries",
        description="What this client listens for, newest first.",
        query=PageParameters,
        answer=QuerySerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        page = page_of(queries(), **PageParameters.read(request))
        return Response(page.body(QuerySerializer.of))

    @operation(
        id="queries_create",
        tag="queries",
        summary="Save a query",
        description="Listens for it from now on. Where mentions are stored already, a job matches it against them. "
        "Posts that matched no query when they came were not kept and cannot be found later. Needs the role analyst.",
        body=NewQuerySerializer,
        answer=SavedQuerySerializer,
        status=201,
        location=True,
        errors=(402,),
        sent={"name": "Juniper Bakery", "kind": "brand", "text": '"juniper bakery" OR @juniperbakery'},
        answered={**EXAMPLE, "rematch_job": None, "noise_job": None, "warnings": []},
    )
    def post(self, request: Request, client: str) -> Response:
        body = NewQuerySerializer.read(request)
        level = body.pop("noise_filter")
        with query_claimed(self.client, now=timezone.now()):
            query, job = add_query(**body, by=self.caller.id)
        set_filter(query=query, level=level)
        return Response(saved(query, job, self), 201, headers={"Location": self.link("queries", query.id)})


class OneQuery(ClientView):
    roles = least(GET="viewer", PATCH="analyst", DELETE="manager")

    @operation(
        id="queries_get",
        tag="queries",
        summary="Get a query",
        description="One saved query.",
        answer=QuerySerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str, query: str) -> Response:
        NoParameters.read(request)
        return Response(QuerySerializer.of(query_of(query)))

    @operation(
        id="queries_update",
        tag="queries",
        summary="Change a query",
        description="Changes the fields you send. A changed text is a new version, and a job matches it anew against "
        "what is stored, as it does when `active` changes. A changed noise filter hides and shows mentions that are "
        "stored in a job of its own. Needs the role analyst.",
        body=QueryChangesSerializer,
        answer=SavedQuerySerializer,
        sent={"text": '"juniper bakery"'},
        answered={
            **EXAMPLE,
            "text": '"juniper bakery"',
            "version": 2,
            "rematch_job": None,
            "noise_job": None,
            "warnings": [],
        },
    )
    def patch(self, request: Request, client: str, query: str) -> Response:
        found = query_of(query)
        changes = QueryChangesSerializer.read(request, partial=True)
        level = changes.pop("noise_filter", None)
        changed, job = change_query(query=found, by=self.caller.id, **changes) if changes else (found, None)
        noise_job = set_filter(query=changed, level=level) if level is not None else None
        return Response(saved(changed, job, self, noise_job))

    @operation(
        id="queries_delete",
        tag="queries",
        summary="Delete a query",
        description="Removes it with its matches, rollups and forecasts. Mentions stay. Needs the role manager.",
        status=204,
        says={204: "The query is gone."},
    )
    def delete(self, request: Request, client: str, query: str) -> Response:
        NoParameters.read(request)
        remove_query(query=query_of(query))
        transaction.on_commit(partial(give_query_back, self.client, now=timezone.now()))
        return Response(status=204)


client_urlpatterns = [
    path("clients/<str:client>/queries", Queries.as_view(), name="queries"),
    path("clients/<str:client>/queries/<str:query>", OneQuery.as_view(), name="query"),
]
