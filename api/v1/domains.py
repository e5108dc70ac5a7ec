"""A client's own host name: proving that it is the agency's to give."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from api.permissions import least
from api.schema import operation
from api.v1.clients import EXAMPLE, ClientSerializer
from api.v1.deletions import NothingSerializer
from api.views import ClientAccountView
from tenants import lifecycle


class DomainProof(ClientAccountView):
    roles = least(POST="manager")

    @operation(
        id="clients_domain_prove",
        tag="clients",
        summary="Prove a client's host name",
        description="Looks for the proof at `pending_domain.proof_at`. Where it is there, the client is served under "
        "that name from now on: point the name at this service then. Needs the role manager.",
        answer=ClientSerializer,
        answered={**EXAMPLE, "domain": "listen.juniper.example"},
        errors=(409,),
        says={409: "The proof is not there, no name was claimed, or the name cannot be used here."},
    )
    def post(self, request: Request, client: str) -> Response:
        NothingSerializer.read(request)
        self.client.host = lifecycle.prove_domain(client=self.client, actor=self.caller.id)
        return Response(ClientSerializer.of(self.client))


client_urlpatterns = [path("clients/<str:client>/domain_proof", DomainProof.as_view(), name="client-domain-proof")]
