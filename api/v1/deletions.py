"""Deleting a client, first step: ask, get a token, or take it back."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, Shown, StrictSerializer
from api.views import ClientAccountView
from tenants import services


class NothingSerializer(StrictSerializer):
    """No fields."""


class DeletionRequestSerializer(Shown):
    client = serializers.CharField()
    token = serializers.CharField(help_text="Shown this once. Send it with `DELETE` on the client.")
    requested_at = MomentField()


class Deletion(ClientAccountView):
    roles = least(POST="owner", DELETE="owner")

    @operation(
        id="clients_deletion_request",
        tag="clients",
        summary="Ask to delete a client",
        description="The first of two steps; nothing is lost yet, but the client is read-only from now on. Answers "
        "with a token that `DELETE` on the client asks for. Asking again makes a new token and the old one useless. "
        "Needs the role owner.",
        answer=DeletionRequestSerializer,
        status=202,
        answered={
            "client": sample_id("cli"),
            "token": "k3b6Vd0kqkzA3JmJ1hYw0u0H9mYv2Q8x",
            "requested_at": "2026-03-31T18:00:00Z",
        },
    )
    def post(self, request: Request, client: str) -> Response:
        NothingSerializer.read(request)
        token = services.request_deletion(client=self.client, actor=self.caller.id)
        asked = {"client": self.client.id, "token": token, "requested_at": self.client.deletion_requested_at}
        return Response(DeletionRequestSerializer.of(asked), 202)

    @operation(
        id="clients_deletion_cancel",
        tag="clients",
        summary="Keep a client after all",
        description="Takes a deletion back, asked for or confirmed, until its grace period is over. The client is as "
        "it was. Needs the role owner.",
        status=204,
        errors=(409,),
        says={409: "No deletion was requested.", 204: "The client stays."},
    )
    def delete(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        services.cancel_deletion(client=self.client, actor=self.caller.id)
        return Response(status=204)


client_urlpatterns = [path("clients/<str:client>/deletion", Deletion.as_view(), name="client-deletion")]
