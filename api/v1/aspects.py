"""Aspects: what a client hears people speak of, by its industry and by its own wishes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from typing import Any

from django.db import transaction
from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.language.aspects.inforce import settings_row
from analytics.language.aspects.models import AspectRun, OwnAspect, OwnAspectVersion
from analytics.language.aspects.ontology import INDUSTRIES, Aspect, industry
from analytics.language.aspects.runs import request_run
from analytics.language.aspects.services import (
    choose_industry,
    create_own,
    delete_own,
    own_aspect_of,
    own_aspects,
    update_own,
)
from analytics.listening.parser import MAX_LENGTH
from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, PageParameters, Shown, StrictCharField, StrictSerializer
from api.v1 import jobs
from api.views import ClientView
from kernel import db
from kernel.errors import Conflict
from kernel.jobs.models import Job
from tenants.audit import record

_TEXT = 'What to look for, in the query language: words, phrases and nearness, such as `loaf OR "rye bread"`.'
_NAME = "At most 100 characters; no two of them alike."

_OWN = {
    "id": sample_id("asp"),
    "name": "Rye bread",
    "text": 'rye* OR "dark loaf"',
    "version": 1,
    "created_at": "2026-03-31T18:00:00Z",
    "updated_at": "2026-03-31T18:00:00Z",
}
_TASTE = {
    "key": "food.taste",
    "parent": "food",
    "name": "Taste",
    "about": "How it tastes",
    "terms": {"de": 16, "en": 28},
}


class AspectSerializer(Shown):
    key = serializers.CharField(help_text="Stable; for the `aspect` filter of mentions.")
    parent = serializers.CharField(  # type: ignore[assignment]
        allow_null=True, help_text="The aspect that it is a part of."
    )
    name = serializers.CharField()
    about = serializers.CharField(help_text="What it means.")
    terms = serializers.DictField(
        child=serializers.IntegerField(), help_text="How many words and phrases there are for it, by language."
    )


class OwnAspectSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    text = serializers.CharField(help_text=_TEXT)
    version = serializers.IntegerField(help_text="Grows with each change.")
    created_at = MomentField()
    updated_at = MomentField()


class IndustrySerializer(Shown):
    key = serializers.CharField()
    name = serializers.CharField()
    languages = serializers.ListField(
        child=serializers.CharField(), help_text="ISO 639 codes of those that every one of its aspects has words for."
    )


class OntologySerializer(Shown):
    industry = serializers.ChoiceField(INDUSTRIES, allow_null=True, help_text="Null: none was chosen.")
    version = serializers.IntegerField(help_text="Grows with each change of the industry or of an own aspect.")
    applied_version = serializers.IntegerField(
        allow_null=True,
        help_text="The version that all stored mentions were looked through with; null while a job does that, and "
        "where it was cancelled or failed.",
    )
    job = serializers.CharField(allow_null=True, help_text="Id of the job that looks through stored mentions now.")
    aspects = AspectSerializer(many=True, help_text="Those of the industry, each after the one it is a part of.")
    own = OwnAspectSerializer(many=True, help_text="The client's own, newest first.")
    industries = IndustrySerializer(many=True, help_text="Those to choose from.")


class ChosenSerializer(Shown):
    industry = serializers.ChoiceField(INDUSTRIES, allow_null=True)
    version = serializers.IntegerField()
    job = jobs.JobSerializer(
        allow_null=True, help_text="Looks through what is stored; null where there is nothing to do."
    )


class SavedOwnSerializer(OwnAspectSerializer):
    job = jobs.JobSerializer(
        allow_null=True, help_text="Looks through what is stored; null where there is nothing to do."
    )


class OwnVersionSerializer(Shown):
    version = serializers.IntegerField()
    name = serializers.CharField()
    text = serializers.CharField()
    made_at = MomentField()
    made_by = serializers.CharField(allow_null=True, help_text="Id of the person or key; null where it is not known.")


class IndustryChoiceSerializer(StrictSerializer):
    industry = serializers.ChoiceField(INDUSTRIES, allow_null=True, help_text="Null for none.")


class NewOwnSerializer(StrictSerializer):
    name = StrictCharField(max_length=100, help_text=_NAME)
    text = StrictCharField(max_length=MAX_LENGTH, trim_whitespace=False, help_text=_TEXT)


class OwnChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=100, required=False, help_text=_NAME)
    text = StrictCharField(max_length=MAX_LENGTH, trim_whitespace=False, required=False, help_text=_TEXT)


def _audit(view: ClientView, action: str, **detail: Any) -> None:
    event = {
        "agency_id": view.client.agency_id,
        "client_id": view.client.id,
        "actor": view.caller.id,
        "action": action,
        "detail": detail,
    }
    transaction.on_commit(partial(_write, event))


def _write(event: Mapping[str, Any]) -> None:
    with db.public():
        record(**event)


def _shown_aspect(aspect: Aspect) -> dict[str, Any]:
    return {
        "key": aspect.key,
        "parent": aspect.parent or None,
        "name": aspect.name,
        "about": aspect.about,
        "terms": {language: len(terms) for language, terms in sorted(aspect.terms.items())},
    }


def _shown_industry(key: str) -> dict[str, Any]:
    found = industry(key)
    languages = set.intersection(*(set(aspect.terms) for aspect in found.aspects))
    return {"key": key, "name": found.name, "languages": sorted(languages)}


def _ontology() -> dict[str, Any]:
    row, run = settings_row(), AspectRun.objects.first()
    plain: dict[str, Any] = OntologySerializer.of(
        {
            "industry": row.industry or None,
            "version": row.version,
            "applied_version": row.applied_version or None,
            "job": run.job_id if run else None,
            "aspects": [_shown_aspect(aspect) for aspect in industry(row.industry).aspects] if row.industry else [],
            "own": list(own_aspects()),
            "industries": [_shown_industry(key) for key in INDUSTRIES],
        }
    )
    return plain


def _saved(aspect: OwnAspect, job: Job | None, view: ClientView) -> dict[str, Any]:
    return {**OwnAspectSerializer.of(aspect), "job": jobs.shown(job, view) if job else None}


class Aspects(ClientView):
    roles = least(GET="viewer", PATCH="analyst")

    @operation(
        id="aspects_get",
        tag="queries",
        summary="See what aspects are listened for",
        description="The aspects of the client's industry, with how many words there are for each by language, and "
        "its own. In other languages than those of the industry, only own aspects and brands are found.",
        answer=OntologySerializer,
        answered={
            "industry": "restaurants",
            "version": 2,
            "applied_version": 2,
            "job": None,
            "aspects": [_TASTE],
            "own": [_OWN],
            "industries": [{"key": "restaurants", "name": "Restaurants, cafés and bars", "languages": ["de", "en"]}],
        },
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        return Response(_ontology())

    @operation(
        id="aspects_choose",
        tag="queries",
        summary="Choose the industry",
        description="New mentions go by it at once; a job looks through what is stored. Needs the role analyst.",
        body=IndustryChoiceSerializer,
        answer=ChosenSerializer,
        sent={"industry": "restaurants"},
        answered={"industry": "restaurants", "version": 2, "job": None},
    )
    def patch(self, request: Request, client: str) -> Response:
        chosen = IndustryChoiceSerializer.read(request)["industry"]
        job = choose_industry(industry=chosen or "")
        _audit(self, "aspects.industry_chosen", fields=["industry"])
        told = {"industry": chosen, "version": settings_row().version, "job": None}
        return Response({**told, "job": jobs.shown(job, self) if job else None})


class AspectRuns(ClientView):
    roles = least(POST="analyst")

    @operation(
        id="aspects_look_again",
        tag="queries",
        summary="Look through what is stored again",
        description="For where such a job was cancelled or failed. One that is under way is given up for it. Needs the "
        "role analyst.",
        answer=jobs.JobSerializer,
        status=202,
        answered={**jobs.EXAMPLE, "kind": "aspects", "state": "queued"},
        errors=(409,),
        says={409: "Nothing is stored."},
    )
    def post(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        job = request_run()
        if job is None:
            raise Conflict("Nothing is stored that could be looked through.")
        _audit(self, "aspects.looked_again")
        return jobs.accepted(job, self)


class OwnAspects(ClientView):
    roles = least(GET="viewer", POST="analyst")

    @operation(
        id="own_aspects_list",
        tag="queries",
        summary="List own aspects",
        description="Aspects of the client's own, newest first.",
        query=PageParameters,
        answer=OwnAspectSerializer.page(),
        answered={"data": [_OWN], "next_cursor": None},
    )
    def get(self, request: Request, client: str) -> Response:
        return Response(page_of(own_aspects(), **PageParameters.read(request)).body(OwnAspectSerializer.of))

    @operation(
        id="own_aspects_create",
        tag="queries",
        summary="Save an own aspect",
        description="Found in new mentions from now on, whatever their language; a job looks through what is stored. "
        "It looks for words: fields such as `lang:` are refused. Snippets are taken as they are now. Needs the role "
        "analyst.",
        body=NewOwnSerializer,
        answer=SavedOwnSerializer,
        status=201,
        location=True,
        sent={"name": "Rye bread", "text": 'rye* OR "dark loaf"'},
        answered={**_OWN, "job": None},
        errors=(409,),
        says={409: "There are 200 own aspects already."},
    )
    def post(self, request: Request, client: str) -> Response:
        body = NewOwnSerializer.read(request)
        aspect, job = create_own(**body, by=self.caller.id, now=timezone.now())
        _audit(self, "aspects.own_created", aspect=aspect.id)
        return Response(_saved(aspect, job, self), 201, headers={"Location": self.link("aspects", "own", aspect.id)})


class OneOwnAspect(ClientView):
    roles = least(GET="viewer", PATCH="analyst", DELETE="analyst")

    @operation(
        id="own_aspects_get",
        tag="queries",
        summary="Get an own aspect",
        description="One aspect of the client's own.",
        answer=OwnAspectSerializer,
        answered=_OWN,
    )
    def get(self, request: Request, client: str, aspect: str) -> Response:
        NoParameters.read(request)
        return Response(OwnAspectSerializer.of(own_aspect_of(aspect)))

    @operation(
        id="own_aspects_update",
        tag="queries",
        summary="Change an own aspect",
        description="Each change is a version. A changed text, and the same text where a snippet in it has changed, is "
        "looked for in what is stored by a job. Needs the role analyst.",
        body=OwnChangesSerializer,
        answer=SavedOwnSerializer,
        sent={"text": "rye*"},
        answered={**_OWN, "text": "rye*", "version": 2, "job": None},
    )
    def patch(self, request: Request, client: str, aspect: str) -> Response:
        found = own_aspect_of(aspect)
        changes = OwnChangesSerializer.read(request, partial=True)
        changed, job = update_own(aspect=found, by=self.caller.id, now=timezone.now(), **changes)
        if changes:
            _audit(self, "aspects.own_changed", aspect=changed.id, fields=sorted(changes))
        return Response(_saved(changed, job, self))

    @operation(
        id="own_aspects_delete",
        tag="queries",
        summary="Delete an own aspect",
        description="With all that was found of it. Needs the role analyst.",
        status=204,
        says={204: "The aspect is gone."},
    )
    def delete(self, request: Request, client: str, aspect: str) -> Response:
        NoParameters.read(request)
        found = own_aspect_of(aspect)
        delete_own(aspect=found)
        _audit(self, "aspects.own_deleted", aspect=found.id)
        return Response(status=204)


class OwnAspectVersions(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="own_aspects_versions",
        tag="queries",
        summary="List the versions of an own aspect",
        description="What it was from one change to the next, newest first.",
        query=PageParameters,
        answer=OwnVersionSerializer.page(),
        answered={
            "data": [
                {
                    "version": 1,
                    "name": "Rye bread",
                    "text": 'rye* OR "dark loaf"',
                    "made_at": "2026-03-31T18:00:00Z",
                    "made_by": sample_id("usr"),
                }
            ],
            "next_cursor": None,
        },
    )
    def get(self, request: Request, client: str, aspect: str) -> Response:
        found = own_aspect_of(aspect)
        page = page_of(OwnAspectVersion.objects.filter(aspect=found), **PageParameters.read(request), by=("version",))
        return Response(page.body(_shown_version))


def _shown_version(row: OwnAspectVersion) -> dict[str, Any]:
    names = ("version", "name", "text", "made_at")
    plain: dict[str, Any] = OwnVersionSerializer.of(
        {**{name: getattr(row, name) for name in names}, "made_by": row.made_by or None}
    )
    return plain


_ASPECTS = "clients/<str:client>/aspects"

client_urlpatterns = [
    path(_ASPECTS, Aspects.as_view(), name="aspects"),
    path(f"{_ASPECTS}/runs", AspectRuns.as_view(), name="aspect-runs"),
    path(f"{_ASPECTS}/own", OwnAspects.as_view(), name="own-aspects"),
    path(f"{_ASPECTS}/own/<str:aspect>", OneOwnAspect.as_view(), name="own-aspect"),
    path(f"{_ASPECTS}/own/<str:aspect>/versions", OwnAspectVersions.as_view(), name="own-aspect-versions"),
]
