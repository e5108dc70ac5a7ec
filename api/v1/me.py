"""One's own account."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.people import PersonView
from api.schema import operation, sample_id
from api.serializers import MomentField, NoParameters, Shown, StrictCharField, StrictSerializer
from tenants.people import accounts
from tenants.people.passwords import LONGEST

EXAMPLE = {
    "id": sample_id("usr"),
    "email": "ana@northlight.example",
    "name": "Ana",
    "two_factor": True,
    "created_at": "2026-03-31T18:00:00Z",
}


class MeSerializer(Shown):
    id = serializers.CharField()
    email = serializers.CharField()
    name = serializers.CharField()
    two_factor = serializers.BooleanField(source="has_two_factor")
    created_at = MomentField()


class MyChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=200, required=False, allow_blank=True)


class ProofSerializer(StrictSerializer):
    password = StrictCharField(max_length=LONGEST, trim_whitespace=False)
    code = StrictCharField(max_length=32, required=False, help_text="Where two-factor authentication is on.")


class Me(PersonView):
    @operation(
        id="me_get",
        tag="session",
        summary="Get your account",
        description="What is kept about you, whichever agency you are in.",
        answer=MeSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        return Response(MeSerializer.of(self.person))

    @operation(
        id="me_update",
        tag="session",
        summary="Change your name",
        description="Your agencies see it in their list of members.",
        body=MyChangesSerializer,
        answer=MeSerializer,
        sent={"name": "Ana"},
        answered=EXAMPLE,
    )
    def patch(self, request: Request) -> Response:
        changes = MyChangesSerializer.read(request, partial=True)
        if changes:
            accounts.rename(user=self.person, name=changes["name"])
        return Response(MeSerializer.of(self.person))

    @operation(
        id="me_delete",
        tag="session",
        summary="Delete your account",
        description="Deletes your account, your roles and your sessions for good. Audit logs keep your id and nothing "
        "else of you. The last owner of an agency cannot leave it like this.",
        body=ProofSerializer,
        status=204,
        sent={"password": "rain on the old tin roof", "code": "492039"},
        errors=(409,),
        says={204: "Your account is gone.", 409: "You are an agency's last owner."},
    )
    def delete(self, request: Request) -> Response:
        NoParameters.read(request)
        proof = ProofSerializer.read(request)
        accounts.delete(user=self.person, password=proof["password"], code=proof.get("code"))
        request._request.session.flush()
        return Response(status=204)


person_urlpatterns = [path("me", Me.as_view(), name="me")]
