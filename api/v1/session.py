"""Signing in and out."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import host_agency
from api.people import PersonView, limit
from api.permissions import Open
from api.schema import operation, sample_id
from api.serializers import IdField, MomentField, NoParameters, Shown, StrictCharField, StrictSerializer
from kernel.errors import ValidationFailed
from tenants.audit import record
from tenants.models import Role, User
from tenants.people import sessions, signing_in
from tenants.people.callers import agencies_of, standing_of
from tenants.people.passwords import LONGEST

EXAMPLE = {
    "person": {
        "id": sample_id("usr"),
        "email": "ana@northlight.example",
        "name": "Ana",
        "two_factor": True,
    },
    "agency": {"id": sample_id("agy"), "name": "Northlight"},
    "role": "analyst",
    "clients": [{"client": sample_id("cli"), "role": "manager"}],
    "agencies": [{"id": sample_id("agy"), "name": "Northlight"}],
    "must_enrol": False,
    "csrf_token": "pM0v3XhQ5mV5nVRrNqkS8m0u1o1kJXw8f1hJt2yq7Zs",
    "expires_at": "2026-03-31T18:00:00Z",
}
_TOO_MANY = "Too many attempts from this network address; `Retry-After` tells for how long to wait."
_WRONG = (
    "`wrong_credentials`: the address, the password or the code is wrong, the account is locked after failed attempts, "
    "or there is none. `code_required`: all is well but for the code."
)


class PersonSerializer(Shown):
    id = serializers.CharField()
    email = serializers.CharField()
    name = serializers.CharField()
    two_factor = serializers.BooleanField(source="has_two_factor")


class NamedAgencySerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()


class ClientRoleSerializer(Shown):
    client = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)


class SessionSerializer(Shown):
    person = PersonSerializer()
    agency = NamedAgencySerializer(
        allow_null=True, help_text="The one that all else is about; null where you have no role in any."
    )
    role = serializers.ChoiceField(
        Role.choices, allow_null=True, help_text="In the whole agency; null for roles at single clients only."
    )
    clients = ClientRoleSerializer(many=True, help_text="Roles at single clients.")
    agencies = NamedAgencySerializer(many=True, help_text="All that you can choose.")
    must_enrol = serializers.BooleanField(
        help_text="The agency asks for two-factor authentication, and nothing else works before you switch it on."
    )
    csrf_token = serializers.CharField(help_text="Send it as `X-Csrf-Token` with every request that changes something.")
    expires_at = MomentField(help_text="When you have to sign in again at the latest.")


class CredentialsSerializer(StrictSerializer):
    email = StrictCharField(max_length=254)
    password = StrictCharField(max_length=LONGEST, trim_whitespace=False)
    code = StrictCharField(
        max_length=32, required=False, help_text="Of the authenticator, or a recovery code, where two-factor is on."
    )
    agency = IdField("agy", required=False, help_text="Which of your agencies; left out: the first.")


class ChoiceSerializer(StrictSerializer):
    agency = IdField("agy", help_text="One of `agencies`.")


class Session(PersonView):
    open_methods = frozenset({"POST"})

    def get_authenticators(self) -> list[Any]:
        return [] if self._is_open() else super().get_authenticators()

    def get_permissions(self) -> list[Any]:
        return [Open()] if self._is_open() else [*super().get_permissions()]

    def _is_open(self) -> bool:
        # The OpenAPI document is made from views that have no request yet.
        return getattr(getattr(self, "request", None), "method", None) in self.open_methods

    @operation(
        id="session_get",
        tag="session",
        summary="See who is signed in",
        description="Who you are, in which agency and with which roles, and the token that writes have to carry. "
        "Answers 401 where nobody is signed in, so that a front end can ask it first of all.",
        answer=SessionSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        return Response(session_body(request, self.person))

    @operation(
        id="session_create",
        tag="session",
        summary="Sign in",
        description="Starts a session and sets its cookie. After five failures in a row an account is locked for a "
        "minute, then for two, four and so on up to an hour; a locked account, a wrong password and an address without "
        "an account get the same answer.",
        body=CredentialsSerializer,
        answer=SessionSerializer,
        status=201,
        sent={"email": "ana@northlight.example", "password": "rain on the old tin roof", "code": "492039"},
        answered=EXAMPLE,
        errors=(401, 413, 415, 429),
        says={201: "You are signed in.", 401: _WRONG, 429: _TOO_MANY},
    )
    def post(self, request: Request) -> Response:
        body = CredentialsSerializer.read(request)
        limit(request, "sign_in")
        # On a client's host nobody learns that an account is good elsewhere.
        user = signing_in.sign_in(
            email=body["email"], password=body["password"], code=body.get("code"), only_at=host_agency(request)
        )
        agency_id = _place(request, user, body.get("agency"))
        start(request, user, agency_id)
        return Response(session_body(request, user), 201)

    @operation(
        id="session_update",
        tag="session",
        summary="Choose another agency",
        description="All that follows in this session is about the agency you choose.",
        body=ChoiceSerializer,
        answer=SessionSerializer,
        sent={"agency": sample_id("agy")},
        answered=EXAMPLE,
    )
    def patch(self, request: Request) -> Response:
        changes = ChoiceSerializer.read(request, partial=True)
        if changes:
            sessions.choose_agency(request._request.session, _chosen(request, self.person, changes["agency"]))
        return Response(session_body(request, self.person))

    @operation(
        id="session_delete",
        tag="session",
        summary="Sign out",
        description="Ends this session at once.",
        status=204,
        says={204: "You are signed out."},
    )
    def delete(self, request: Request) -> Response:
        NoParameters.read(request)
        request._request.session.flush()
        return Response(status=204)


def start(request: Request, user: User, agency_id: str | None) -> None:
    """Begin a session in this agency, and say so in its audit log."""
    sessions.begin(request._request, user, agency_id=agency_id)
    if agency_id is not None:
        record(agency_id=agency_id, actor=user.id, action="person.signed_in")


def session_body(request: Request, user: User) -> Mapping[str, Any]:
    """What `SessionSerializer` shows of the present session."""
    session, host = request._request.session, host_agency(request)
    standing = standing_of(user, agency_id=host or sessions.chosen_agency(session))
    roles = sorted(standing.caller.client_roles.items()) if standing else []
    body: Mapping[str, Any] = SessionSerializer.of(
        {
            "person": user,
            "agency": standing.agency if standing else None,
            "role": standing.caller.role if standing else None,
            "clients": [{"client": client_id, "role": role} for client_id, role in roles],
            "agencies": list(agencies_of(user, only=host)),
            "must_enrol": standing.must_enrol if standing else False,
            "csrf_token": sessions.write_token(session),
            "expires_at": sessions.ends_at(session),
        }
    )
    return body


def _place(request: Request, user: User, wanted: str | None) -> str | None:
    """The agency that a session begins in."""
    standing = standing_of(user, agency_id=host_agency(request) or wanted)
    if wanted is not None:
        _chosen(request, user, wanted)
    return standing.agency.id if standing else None


def _chosen(request: Request, user: User, agency_id: str) -> str:
    if not agencies_of(user, only=host_agency(request)).filter(id=agency_id).exists():
        raise ValidationFailed.of("/agency", "You have no role in such an agency.", code="unknown_agency")
    return agency_id


person_urlpatterns = [path("session", Session.as_view(), name="session")]
