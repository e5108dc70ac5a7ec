"""Whether the API can do its work."""

from __future__ import annotations

from django.db import connection
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.schema import operation
from api.serializers import NoParameters, Shown
from api.views import OpenView
from kernel import db


class HealthSerializer(Shown):
    status = serializers.CharField(help_text="`ok`: the API and its database answer.")


class Health(OpenView):
    @operation(
        id="health_get",
        tag="service",
        summary="Ask whether the service works",
        description="Answers `ok` when the API can reach its database, and a 503 when it cannot. Needs no key.",
        answer=HealthSerializer,
        answered={"status": "ok"},
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        with db.public(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return Response({"status": "ok"})


open_urlpatterns = [path("health", Health.as_view(), name="health")]
