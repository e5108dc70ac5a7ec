"""Clients: the agency's customer accounts."""

from __future__ import annotations

from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import (
    MomentField,
    NoParameters,
    PageParameters,
    QueryParameters,
    Shown,
    StrictBooleanField,
    StrictCharField,
    StrictSerializer,
)
from api.views import AgencyView, ClientAccountView
from kernel.errors import ValidationFailed
from tenants import services
from tenants.lifecycle import domains
from tenants.models import Client
from tenants.selectors import clients_of

EXAMPLE = {
    "id": sample_id("cli"),
    "name": "Juniper Bakery",
    "locale": "en-GB",
    "time_zone": "Europe/London",
    "status": "active",
    "domain": "juniper-bakery-7fq3zk.clients.example",
    "pending_domain": None,
    "created_at": "2026-03-31T18:00:00Z",
    "updated_at": "2026-03-31T18:00:00Z",
    "suspended_at": None,
    "deletion_requested_at": None,
    "purge_at": None,
}
_LOCALE = "Language and region, such as en-GB. Reports are written in it."
_ZONE = "IANA time zone, such as Europe/London. Days begin and end in it."


_DOMAIN = (
    "A host name of the client's own, such as listen.juniper.example. It serves the client once it is proved: see "
    "`pending_domain` of the answer."
)


class PendingDomainSerializer(Shown):
    name = serializers.CharField()
    proof_at = serializers.CharField(help_text="Where the proof has to be, as plain text.")
    proof = serializers.CharField(help_text="What it has to say.")


class ClientSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    locale = serializers.CharField(help_text=_LOCALE)
    time_zone = serializers.CharField(help_text=_ZONE)
    status = serializers.ChoiceField(Client.Status.choices)
    domain = serializers.SerializerMethodField(help_text="The host name that serves this client alone.")
    pending_domain = serializers.SerializerMethodField(
        help_text="A host name that was claimed and not proved yet; null without one."
    )
    created_at = MomentField()
    updated_at = MomentField()
    suspended_at = MomentField(allow_null=True)
    deletion_requested_at = MomentField(allow_null=True)
    purge_at = MomentField(
        allow_null=True, help_text="When a confirmed deletion is carried out. Until then it can be taken back."
    )

    def get_domain(self, client: Client) -> str | None:
        return domains.host_name(client)

    @extend_schema_field(PendingDomainSerializer(allow_null=True))
    def get_pending_domain(self, client: Client) -> dict[str, str] | None:
        if not client.pending_domain:
            return None
        proof_at, proof = domains.proof_of(client)
        return {"name": client.pending_domain, "proof_at": proof_at, "proof": proof}


class NewClientBrandingSerializer(StrictSerializer):
    name = StrictCharField(max_length=200, required=False)
    primary = StrictCharField(max_length=7, required=False, help_text="#rrggbb")
    accent = StrictCharField(max_length=7, required=False, help_text="#rrggbb")


class NewClientSerializer(StrictSerializer):
    name = StrictCharField(max_length=200)
    locale = StrictCharField(max_length=35, required=False, default="en-GB", help_text=_LOCALE)
    time_zone = StrictCharField(max_length=64, required=False, default="UTC", help_text=_ZONE)
    domain = StrictCharField(max_length=253, required=False, help_text=_DOMAIN)
    branding = NewClientBrandingSerializer(
        required=False, help_text="Where the client's reports look different from the agency's."
    )


class ClientChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=200, required=False)
    locale = StrictCharField(max_length=35, required=False, help_text=_LOCALE)
    time_zone = StrictCharField(max_length=64, required=False, help_text=_ZONE)
    domain = StrictCharField(max_length=253, required=False, allow_null=True, help_text=_DOMAIN + " Null gives it up.")


class ConfirmationSerializer(StrictSerializer):
    token = StrictCharField(max_length=200, help_text="What the deletion request answered.")
    immediately = StrictBooleanField(
        required=False, default=False, help_text="Without a grace period: there is no way back."
    )


class TokenParameters(QueryParameters):
    token = serializers.CharField(
        required=False, default=None, max_length=200, help_text="The token, for tools that cannot send a body."
    )


class Clients(AgencyView):
    roles = least(GET="viewer", POST="manager")
    open_to_bound_keys = frozenset({"GET"})

    @operation(
        id="clients_list",
        tag="clients",
        summary="List the clients",
        description="The clients that your key reaches, newest first.",
        query=PageParameters,
        answer=ClientSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request) -> Response:
        parameters = PageParameters.read(request)
        page = page_of(clients_of(self.caller), **parameters)
        return Response(page.body(ClientSerializer.of))

    @operation(
        id="clients_create",
        tag="clients",
        summary="Open an account for a client",
        description="Makes the account, its own, separate database schema, and a host name for it. A `domain` of its "
        "own serves it once it is proved. Needs the role manager and a key that is not bound to single clients.",
        body=NewClientSerializer,
        answer=ClientSerializer,
        status=201,
        location=True,
        errors=(402,),
        sent={"name": "Juniper Bakery", "locale": "en-GB", "time_zone": "Europe/London"},
        answered=EXAMPLE,
    )
    def post(self, request: Request) -> Response:
        body = NewClientSerializer.read(request)
        client = services.create_client(agency_id=self.caller.agency_id, actor=self.caller.id, **body)
        return Response(ClientSerializer.of(client), 201, headers={"Location": f"/api/v1/clients/{client.id}"})


class OneClient(ClientAccountView):
    roles = least(GET="viewer", PATCH="manager", DELETE="owner")

    @operation(
        id="clients_get",
        tag="clients",
        summary="Get a client",
        description="One client's account.",
        answer=ClientSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        return Response(ClientSerializer.of(self.client))

    @operation(
        id="clients_update",
        tag="clients",
        summary="Change a client",
        description="Changes the fields you send and leaves the others. Needs the role manager.",
        body=ClientChangesSerializer,
        answer=ClientSerializer,
        sent={"time_zone": "Europe/Berlin"},
        answered={**EXAMPLE, "time_zone": "Europe/Berlin"},
    )
    def patch(self, request: Request, client: str) -> Response:
        changes = ClientChangesSerializer.read(request, partial=True)
        if changes:
            services.update_client(client=self.client, actor=self.caller.id, **changes)
            if "domain" in changes:
                del self.client.host  # as it was read; to be looked up anew
        return Response(ClientSerializer.of(self.client))

    @operation(
        id="clients_delete",
        tag="clients",
        summary="Delete a client",
        description="The second of two steps. The client stays, read-only, until `purge_at`, and can be had back until "
        "then; after that its schema is dropped with everything in it, and the key that opens what is personal is "
        "destroyed. With `immediately` the key is destroyed at once, and the client gone. Needs the role owner and "
        "the token that the deletion request answered, in the body or as a parameter.",
        query=TokenParameters,
        body=ConfirmationSerializer,
        answer=ClientSerializer,
        status=202,
        sent={"token": "k3b6Vd0kqkzA3JmJ1hYw0u0H9mYv2Q8x"},
        answered={
            **EXAMPLE,
            "status": "deleting",
            "deletion_requested_at": "2026-03-31T18:00:00Z",
            "purge_at": "2026-04-30T18:00:00Z",
        },
        errors=(409,),
        says={409: "No deletion was requested.", 202: "The client will be gone at `purge_at`."},
    )
    def delete(self, request: Request, client: str) -> Response:
        token, immediately = TokenParameters.read(request)["token"], False
        if token is None:
            body = ConfirmationSerializer.read(request)
            token, immediately = body["token"], body["immediately"]
        elif request.data:
            raise ValidationFailed.of("/token", "Send the token once: in the body or as a parameter.")
        services.confirm_deletion(client=self.client, token=token, actor=self.caller.id, immediately=immediately)
        return Response(ClientSerializer.of(self.client), 202)


agency_urlpatterns = [path("clients", Clients.as_view(), name="clients")]
client_urlpatterns = [path("clients/<str:client>", OneClient.as_view(), name="client")]
