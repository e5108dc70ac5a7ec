"""Clients: the agency's customer accounts."""

from __future__ import annotations

from django.urls import path
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
    StrictCharField,
    StrictSerializer,
)
from api.views import AgencyView, ClientAccountView
from kernel.errors import ValidationFailed
from tenants import services
from tenants.models import Client
from tenants.selectors import clients_of

EXAMPLE = {
    "id": sample_id("cli"),
    "name": "Juniper Bakery",
    "locale": "en-GB",
    "time_zone": "Europe/London",
    "status": "active",
    "created_at": "2026-03-31T18:00:00Z",
    "updated_at": "2026-03-31T18:00:00Z",
    "deletion_requested_at": None,
}
_LOCALE = "Language and region, such as en-GB. Reports are written in it."
_ZONE = "IANA time zone, such as Europe/London. Days begin and end in it."


class ClientSerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    locale = serializers.CharField(help_text=_LOCALE)
    time_zone = serializers.CharField(help_text=_ZONE)
    status = serializers.ChoiceField(Client.Status.choices)
    created_at = MomentField()
    updated_at = MomentField()
    deletion_requested_at = MomentField(allow_null=True)


class NewClientSerializer(StrictSerializer):
    name = StrictCharField(max_length=200)
    locale = StrictCharField(max_length=35, required=False, default="en-GB", help_text=_LOCALE)
    time_zone = StrictCharField(max_length=64, required=False, default="UTC", help_text=_ZONE)


class ClientChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=200, required=False)
    locale = StrictCharField(max_length=35, required=False, help_text=_LOCALE)
    time_zone = StrictCharField(max_length=64, required=False, help_text=_ZONE)


class ConfirmationSerializer(StrictSerializer):
    token = StrictCharField(max_length=200, help_text="What the deletion request answered.")


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
        description="Makes the account and its own, separate database schema. Needs the role manager and a key that "
        "is not bound to single clients.",
        body=NewClientSerializer,
        answer=ClientSerializer,
        status=201,
        location=True,
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
        return Response(ClientSerializer.of(self.client))

    @operation(
        id="clients_delete",
        tag="clients",
        summary="Delete a client for good",
        description="The second of two steps: drops the client's schema with everything in it, and the key that "
        "opens what is personal. There is no way back. Needs the role owner and the token that the deletion request "
        "answered, in the body or as a parameter.",
        query=TokenParameters,
        body=ConfirmationSerializer,
        status=204,
        sent={"token": "k3b6Vd0kqkzA3JmJ1hYw0u0H9mYv2Q8x"},
        errors=(409,),
        says={409: "No deletion was requested.", 204: "The client is gone."},
    )
    def delete(self, request: Request, client: str) -> Response:
        token = TokenParameters.read(request)["token"]
        if token is None:
            token = ConfirmationSerializer.read(request)["token"]
        elif request.data:
            raise ValidationFailed.of("/token", "Send the token once: in the body or as a parameter.")
        services.confirm_deletion(client=self.client, token=token, actor=self.caller.id)
        return Response(status=204)


agency_urlpatterns = [path("clients", Clients.as_view(), name="clients")]
client_urlpatterns = [path("clients/<str:client>", OneClient.as_view(), name="client")]
