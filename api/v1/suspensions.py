"""Suspending a client: it can be read, and nothing is done for it, until it is resumed."""

from __future__ import annotations

from django.urls import path
from django.utils import timezone
from rest_framework.request import Request
from rest_framework.response import Response

from api.permissions import least
from api.schema import operation
from api.serializers import NoParameters
from api.v1.clients import EXAMPLE, ClientSerializer
from api.v1.deletions import NothingSerializer
from api.views import ClientAccountView
from tenants import lifecycle


class Suspension(ClientAccountView):
    roles = least(POST="manager", DELETE="manager")

    @operation(
        id="clients_suspend",
        tag="clients",
        summary="Suspend a client",
        description="From now on the client can be read and not written to (409, `client_suspended`), its feeds are "
        "not read, and work that waits for it goes on waiting. Nothing is lost. Suspending it again changes nothing. "
        "Needs the role manager.",
        answer=ClientSerializer,
        answered={**EXAMPLE, "status": "suspended", "suspended_at": "2026-03-31T18:00:00Z"},
        errors=(409,),
        says={409: "The client is about to be deleted."},
    )
    def post(self, request: Request, client: str) -> Response:
        NothingSerializer.read(request)
        lifecycle.suspend_client(client=self.client, actor=self.caller.id, now=timezone.now())
        return Response(ClientSerializer.of(self.client))

    @operation(
        id="clients_resume",
        tag="clients",
        summary="Resume a client",
        description="Takes a suspension back; work that waited goes on. Needs the role manager.",
        answer=ClientSerializer,
        answered=EXAMPLE,
        errors=(409,),
        says={409: "The client is not suspended."},
    )
    def delete(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        lifecycle.resume_client(client=self.client, actor=self.caller.id)
        return Response(ClientSerializer.of(self.client))


client_urlpatterns = [path("clients/<str:client>/suspension", Suspension.as_view(), name="client-suspension")]
