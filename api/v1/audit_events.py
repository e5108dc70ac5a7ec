"""The audit log: who did what to which client."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.pagination import page_of
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import MomentField, PageParameters, Shown
from api.views import AgencyView
from tenants.models import AuditEvent
from tenants.selectors import audit_of


class AuditEventSerializer(Shown):
    id = serializers.CharField()
    at = MomentField()
    actor = serializers.CharField(help_text="Id of the key or person, or `system`.")
    action = serializers.CharField(help_text="What was done, such as `client.created`.")
    client = serializers.SerializerMethodField(help_text="The client it was done to, if any; it may be gone.")
    detail = serializers.DictField(help_text="Ids, field names and counts; never content.")

    def get_client(self, event: AuditEvent) -> str | None:
        return event.client_id_text or None


class AuditEvents(AgencyView):
    roles = least(GET="owner")

    @operation(
        id="audit_events_list",
        tag="audit",
        summary="List the audit events",
        description="What was done in the agency and by whom, newest first. Needs the role owner.",
        query=PageParameters,
        answer=AuditEventSerializer.page(),
        answered={
            "data": [
                {
                    "id": sample_id("aud"),
                    "at": "2026-03-31T18:00:00Z",
                    "actor": sample_id("key"),
                    "action": "client.updated",
                    "client": sample_id("cli"),
                    "detail": {"fields": ["time_zone"]},
                }
            ],
            "next_cursor": None,
        },
    )
    def get(self, request: Request) -> Response:
        page = page_of(audit_of(self.caller), **PageParameters.read(request))
        return Response(page.body(AuditEventSerializer.of))


agency_urlpatterns = [path("audit_events", AuditEvents.as_view(), name="audit-events")]
