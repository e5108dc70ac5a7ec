"""Whether the API can do its work."""

from __future__ import annotations

from django.db import connection
from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.language.state.services import told
from api.schema import operation
from api.serializers import NoParameters, Shown
from api.views import OpenView
from kernel import db


class HealthSerializer(Shown):
    status = serializers.CharField(help_text="`ok`: the API and its database answer.")
    language = serializers.ChoiceField(
        ["ok", "fallback", "unknown"],
        help_text="`fallback`: the language model that was wanted could not be loaded, and the compact one reads "
        "instead, as each mention's `model` says. `unknown`: no worker has started yet.",
    )
    language_problem = serializers.CharField(allow_null=True, help_text="Why it could not be loaded: a stable code.")


class Health(OpenView):
    @operation(
        id="health_get",
        tag="service",
        summary="Ask whether the service works",
        description="Answers `ok` when the API can reach its database, and a 503 when it cannot. Needs no key.",
        answer=HealthSerializer,
        answered={"status": "ok", "language": "ok", "language_problem": None},
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        with db.public(), connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        state = told()
        return Response(
            HealthSerializer.of(
                {
                    "status": "ok",
                    "language": "unknown" if state is None else "fallback" if state.problem else "ok",
                    "language_problem": (state.problem or None) if state is not None else None,
                }
            )
        )


open_urlpatterns = [path("health", Health.as_view(), name="health")]
