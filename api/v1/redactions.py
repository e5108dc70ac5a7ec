"""How much personal data was taken out of posts."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.privacy.selectors import redactions
from api.permissions import least
from api.schema import operation
from api.serializers import NoParameters, Shown
from api.views import ClientView


class RedactionSerializer(Shown):
    entity = serializers.CharField(help_text="Kind of personal data, such as EMAIL_ADDRESS.")
    findings = serializers.IntegerField(help_text="How many were taken out.")


class RedactionsSerializer(Shown):
    data = RedactionSerializer(many=True)  # type: ignore[assignment]
    total = serializers.IntegerField()


class Redactions(ClientView):
    roles = least(GET="viewer")

    @operation(
        id="redactions_get",
        tag="privacy",
        summary="Count what was redacted",
        description="How many pieces of personal data were taken out of this client's posts before they were "
        "stored, by kind. What they were is kept nowhere.",
        answer=RedactionsSerializer,
        answered={"data": [{"entity": "EMAIL_ADDRESS", "findings": 12}], "total": 12},
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        found = redactions()
        rows = [{"entity": entity, "findings": count} for entity, count in found.items()]
        return Response({"data": rows, "total": sum(found.values())})


client_urlpatterns = [path("clients/<str:client>/redactions", Redactions.as_view(), name="redactions")]
