"""API keys: what programs sign in with."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import page_of
from api.permissions import SCOPES, least
from api.schema import operation, sample_id
from api.serializers import (
    IdField,
    MomentField,
    NoParameters,
    PageParameters,
    Shown,
    StrictCharField,
    StrictIntegerField,
    StrictSerializer,
)
from api.views import AgencyView
from kernel.errors import FieldProblem, ValidationFailed
from tenants import services
from tenants.key_changes import change_key, rotate_key
from tenants.keys import FreshKey
from tenants.models import ApiKey, Client, Role
from tenants.scopes import check_passes_on
from tenants.selectors import clients_of, key_of, keys_of

EXAMPLE = {
    "id": sample_id("key"),
    "name": "Dashboard",
    "prefix": "4f7k2m9q1x8z",
    "role": "viewer",
    "clients": [sample_id("cli")],
    "scopes": ["insights:read", "mentions:read"],
    "created_at": "2026-03-31T18:00:00Z",
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": None,
    "replaced_by": None,
}
_SHOWN_ONCE = "ear_4f7k2m9q1x8z_…"
_CLIENTS = "The only clients it is good for; empty: all clients of the agency."
_SCOPES = "What it may read or write, at most what its role may; `write` implies `read`. Empty: all that the role may."
_EXPIRES = "From when on it is useless; null: never."
_MOST_OVERLAP_H = 720


class ApiKeySerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The middle part of the key's text, to know it again by.")
    role = serializers.ChoiceField(Role.choices)
    clients = serializers.SerializerMethodField(help_text=_CLIENTS)
    scopes = serializers.ListField(child=serializers.ChoiceField(SCOPES), help_text=_SCOPES)
    created_at = MomentField()
    expires_at = MomentField(allow_null=True, help_text=_EXPIRES)
    revoked_at = MomentField(allow_null=True)
    last_used_at = MomentField(allow_null=True, help_text="To within five minutes.")
    replaced_by = serializers.CharField(
        source="replaced_by_id", allow_null=True, help_text="Id of the key that it was rotated to; null: it was not."
    )

    def get_clients(self, key: ApiKey) -> list[str]:
        return sorted(client.id for client in key.clients.all())


class FreshApiKeySerializer(ApiKeySerializer):
    secret = serializers.CharField(help_text="The key itself. Shown this once.")


def _later(moment: datetime | None) -> datetime | None:
    if moment is not None and moment <= timezone.now():
        raise serializers.ValidationError("This time has passed.", code="in_the_past")
    return moment


class NewApiKeySerializer(StrictSerializer):
    name = StrictCharField(max_length=100)
    role = serializers.ChoiceField(Role.choices)
    clients = serializers.ListField(
        child=IdField("cli"), required=False, default=list, max_length=500, help_text=_CLIENTS
    )
    scopes = serializers.ListField(
        child=serializers.ChoiceField(SCOPES), required=False, default=list, max_length=len(SCOPES), help_text=_SCOPES
    )
    expires_at = MomentField(required=False, default=None, allow_null=True, help_text=_EXPIRES)

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        return _later(moment)


class ApiKeyChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=100, required=False)
    clients = serializers.ListField(child=IdField("cli"), required=False, max_length=500, help_text=_CLIENTS)
    scopes = serializers.ListField(
        child=serializers.ChoiceField(SCOPES), required=False, max_length=len(SCOPES), help_text=_SCOPES
    )
    expires_at = MomentField(required=False, allow_null=True, help_text=_EXPIRES)

    def validate_expires_at(self, moment: datetime | None) -> datetime | None:
        return _later(moment)


class RotationSerializer(StrictSerializer):
    overlap_hours = StrictIntegerField(
        required=False,
        default=24,
        min_value=0,
        max_value=_MOST_OVERLAP_H,
        help_text="For how many hours the old key goes on working. 0: it ends at once.",
    )


def _fresh(key: ApiKey, fresh: FreshKey) -> Response:
    key.secret = fresh.text  # type: ignore[attr-defined]
    return Response(FreshApiKeySerializer.of(key), 201, headers={"Location": f"/api/v1/api_keys/{key.id}"})


class _KeyView(AgencyView):
    def named_clients(self, ids: list[str]) -> list[Client]:
        """Those clients. Raises ValidationFailed that names each the agency does not have."""
        known = {client.id: client for client in clients_of(self.caller).filter(id__in=ids)}
        unknown = tuple(
            FieldProblem(f"/clients/{index}", "unknown_client", "There is no such client.")
            for index, client_id in enumerate(ids)
            if client_id not in known
        )
        if unknown:
            raise ValidationFailed(fields=unknown)
        return list(known.values())


class ApiKeys(_KeyView):
    roles = least(GET="owner", POST="owner")

    @operation(
        id="api_keys_list",
        tag="api keys",
        summary="List the API keys",
        description="The agency's keys, newest first, revoked ones too; never their secrets. Needs the role owner.",
        query=PageParameters,
        answer=ApiKeySerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request) -> Response:
        page = page_of(keys_of(self.caller), **PageParameters.read(request))
        return Response(page.body(ApiKeySerializer.of))

    @operation(
        id="api_keys_create",
        tag="api keys",
        summary="Make an API key",
        description="Answers with the key's text, which is shown this once and stored nowhere. Scopes narrow it down "
        "further than its role; a key that has scopes can only pass on its own. Needs the role owner.",
        body=NewApiKeySerializer,
        answer=FreshApiKeySerializer,
        status=201,
        location=True,
        sent={
            "name": "Dashboard",
            "role": "viewer",
            "clients": [sample_id("cli")],
            "scopes": ["insights:read", "mentions:read"],
        },
        answered={**EXAMPLE, "secret": _SHOWN_ONCE},
    )
    def post(self, request: Request) -> Response:
        body = NewApiKeySerializer.read(request)
        check_passes_on(self.caller, role=body["role"], scopes=body["scopes"])
        clients = self.named_clients(body.pop("clients"))
        return _fresh(
            *services.issue_key(agency_id=self.caller.agency_id, actor=self.caller.id, clients=clients, **body)
        )


class OneApiKey(_KeyView):
    roles = least(GET="owner", PATCH="owner", DELETE="owner")

    @operation(
        id="api_keys_get",
        tag="api keys",
        summary="Get an API key",
        description="One key, without its secret. Needs the role owner.",
        answer=ApiKeySerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, key: str) -> Response:
        NoParameters.read(request)
        return Response(ApiKeySerializer.of(key_of(self.caller, key)))

    @operation(
        id="api_keys_update",
        tag="api keys",
        summary="Change an API key",
        description="Changes its name, scopes, clients or expiry, from the next request on; what you leave out stays. "
        "The role stays, too. A key that was revoked or rotated, or has expired, cannot be changed, and a key that "
        "has scopes can only change keys that can do no more than itself. Needs the role owner.",
        body=ApiKeyChangesSerializer,
        answer=ApiKeySerializer,
        sent={"scopes": ["mentions:read"]},
        answered={**EXAMPLE, "scopes": ["mentions:read"]},
        errors=(409,),
        says={409: "The key was revoked or rotated, or has expired."},
    )
    def patch(self, request: Request, key: str) -> Response:
        found = key_of(self.caller, key)
        changes = ApiKeyChangesSerializer.read(request, partial=True)
        if "clients" in changes:
            changes["clients"] = self.named_clients(changes["clients"])
        if changes:
            found = change_key(key=found, caller=self.caller, now=timezone.now(), **changes)
        return Response(ApiKeySerializer.of(key_of(self.caller, found.id)))

    @operation(
        id="api_keys_revoke",
        tag="api keys",
        summary="Revoke an API key",
        description="Makes the key useless at once. It stays in the list. Needs the role owner.",
        status=204,
        says={204: "The key is useless now."},
    )
    def delete(self, request: Request, key: str) -> Response:
        NoParameters.read(request)
        services.revoke_key(key=key_of(self.caller, key), actor=self.caller.id)
        return Response(status=204)


class Rotation(_KeyView):
    roles = least(POST="owner")

    @operation(
        id="api_keys_rotate",
        tag="api keys",
        summary="Rotate an API key",
        description="Makes a new key with the same name, role, scopes and clients, and answers with its text, which "
        "is shown this once. The old key works on for `overlap_hours`, so that both are good while you change over. "
        "A key that was to expire is followed by one that lives as long, counted from now. Needs the role owner.",
        body=RotationSerializer,
        answer=FreshApiKeySerializer,
        status=201,
        location=True,
        sent={"overlap_hours": 24},
        answered={**EXAMPLE, "secret": _SHOWN_ONCE},
        says={409: "The key was revoked or rotated, or has expired."},
    )
    def post(self, request: Request, key: str) -> Response:
        found = key_of(self.caller, key)
        overlap = timedelta(hours=RotationSerializer.read(request)["overlap_hours"])
        return _fresh(*rotate_key(key=found, caller=self.caller, overlap=overlap, now=timezone.now()))


agency_urlpatterns = [
    path("api_keys", ApiKeys.as_view(), name="api-keys"),
    path("api_keys/<str:key>", OneApiKey.as_view(), name="api-key"),
    path("api_keys/<str:key>/rotation", Rotation.as_view(), name="api-key-rotation"),
]
