"""API keys: what programs sign in with."""

from __future__ import annotations

from django.urls import path
from django.utils import timezone
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import IdField, MomentField, NoParameters, PageParameters, Shown, StrictCharField, StrictSerializer
from api.views import AgencyView
from kernel.errors import FieldProblem, ValidationFailed
from tenants import services
from tenants.models import ApiKey, Client, Role
from tenants.selectors import clients_of, key_of, keys_of

EXAMPLE = {
    "id": sample_id("key"),
    "name": "Dashboard",
    "prefix": "4f7k2m9q1x8z",
    "role": "viewer",
    "clients": [sample_id("cli")],
    "created_at": "2026-03-31T18:00:00Z",
    "expires_at": None,
    "revoked_at": None,
    "last_used_at": None,
}
_CLIENTS = "The only clients it is good for; empty: all clients of the agency."


class ApiKeySerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    prefix = serializers.CharField(help_text="The middle part of the key's text, to know it again by.")
    role = serializers.ChoiceField(Role.choices)
    clients = serializers.SerializerMethodField(help_text=_CLIENTS)
    created_at = MomentField()
    expires_at = MomentField(allow_null=True)
    revoked_at = MomentField(allow_null=True)
    last_used_at = MomentField(allow_null=True, help_text="To within five minutes.")

    def get_clients(self, key: ApiKey) -> list[str]:
        return sorted(client.id for client in key.clients.all())


class FreshApiKeySerializer(ApiKeySerializer):
    secret = serializers.CharField(help_text="The key itself. Shown this once.")


class NewApiKeySerializer(StrictSerializer):
    name = StrictCharField(max_length=100)
    role = serializers.ChoiceField(Role.choices)
    clients = serializers.ListField(
        child=IdField("cli"), required=False, default=list, max_length=500, help_text=_CLIENTS
    )
    expires_at = MomentField(required=False, default=None, allow_null=True, help_text="Null: never.")


class ApiKeys(AgencyView):
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
        description="Answers with the key's text, which is shown this once and stored nowhere. Needs the role owner.",
        body=NewApiKeySerializer,
        answer=FreshApiKeySerializer,
        status=201,
        location=True,
        sent={"name": "Dashboard", "role": "viewer", "clients": [sample_id("cli")]},
        answered={**EXAMPLE, "secret": "ear_4f7k2m9q1x8z_…"},
    )
    def post(self, request: Request) -> Response:
        body = NewApiKeySerializer.read(request)
        clients = self._clients(body.pop("clients"))
        if body["expires_at"] is not None and body["expires_at"] <= timezone.now():
            raise ValidationFailed.of("/expires_at", "This time has passed.", code="in_the_past")
        key, fresh = services.issue_key(agency_id=self.caller.agency_id, actor=self.caller.id, clients=clients, **body)
        key.secret = fresh.text  # type: ignore[attr-defined]
        return Response(FreshApiKeySerializer.of(key), 201, headers={"Location": f"/api/v1/api_keys/{key.id}"})

    def _clients(self, ids: list[str]) -> list[Client]:
        known = {client.id: client for client in clients_of(self.caller).filter(id__in=ids)}
        unknown = tuple(
            FieldProblem(f"/clients/{index}", "unknown_client", "There is no such client.")
            for index, client_id in enumerate(ids)
            if client_id not in known
        )
        if unknown:
            raise ValidationFailed(fields=unknown)
        return list(known.values())


class OneApiKey(AgencyView):
    roles = least(GET="owner", DELETE="owner")

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


agency_urlpatterns = [
    path("api_keys", ApiKeys.as_view(), name="api-keys"),
    path("api_keys/<str:key>", OneApiKey.as_view(), name="api-key"),
]
