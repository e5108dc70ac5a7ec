"""Inviting people by e-mail."""

from __future__ import annotations

from typing import Any

from django.urls import path
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import TOKEN_HEADER, host_agency
from api.pagination import page_of
from api.people import OpenWriteView
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import (
    AddressField,
    IdField,
    MomentField,
    NoParameters,
    PageParameters,
    Shown,
    StrictCharField,
    StrictSerializer,
)
from api.v1.passwords import TOO_MANY
from api.v1.session import EXAMPLE as SESSION_EXAMPLE
from api.v1.session import SessionSerializer, session_body, start
from api.views import AgencyView
from tenants.models import Invitation, Role, User
from tenants.people import invitations, members, sessions
from tenants.people.problems import CsrfFailed

EXAMPLE = {
    "id": sample_id("inv"),
    "email": "ben@northlight.example",
    "role": "analyst",
    "client": None,
    "state": "pending",
    "invited_by": sample_id("usr"),
    "created_at": "2026-03-31T18:00:00Z",
    "sent_at": "2026-03-31T18:00:02Z",
    "expires_at": "2026-04-07T18:00:00Z",
}
_STATES = ("pending", "accepted", "revoked", "expired")
_TOKEN = f"{sample_id('inv')}.q8d0Yv1mZzYtXo2l3dH5nQ4sR7uW9xA1bC3eF5gH7iJ"
_WRONG = (
    "The address has an account. `wrong_credentials`: this is not its password or code, or there were too many "
    "attempts. `code_required`: all is well but for the code."
)
_ALL = frozenset({"GET", "POST", "DELETE"})


class InvitationSerializer(Shown):
    id = serializers.CharField()
    email = serializers.CharField()
    role = serializers.ChoiceField(Role.choices)
    client = serializers.CharField(source="client_id", allow_null=True, help_text="Null: for the whole agency.")
    state = serializers.SerializerMethodField()
    invited_by = serializers.CharField(help_text="Id of the key or person.")
    created_at = MomentField()
    sent_at = MomentField(allow_null=True, help_text="When the last e-mail went out; null while it is on its way.")
    expires_at = MomentField()

    @extend_schema_field(serializers.ChoiceField(_STATES))
    def get_state(self, invitation: Invitation) -> str:
        return invitations.state_of(invitation)


class NewInvitationSerializer(StrictSerializer):
    email = AddressField(max_length=254)
    role = serializers.ChoiceField(Role.choices)
    client = IdField("cli", required=False, default=None, allow_null=True, help_text="Null: for the whole agency.")


class TokenSerializer(StrictSerializer):
    token = StrictCharField(max_length=200, help_text="From the link: what stands behind `#token=`.")


class PreviewSerializer(Shown):
    agency = serializers.CharField(help_text="Under which name it comes.")
    client = serializers.CharField(allow_null=True, help_text="The client's name, where it is for one client.")
    role = serializers.ChoiceField(Role.choices)
    email = serializers.CharField()
    has_account = serializers.BooleanField(help_text="Ask for its password, instead of for a new one.")
    expires_at = MomentField()


class AcceptanceSerializer(TokenSerializer):
    name = StrictCharField(max_length=200, required=False, default="", help_text="Of a new account.")
    password = StrictCharField(
        max_length=1000,
        required=False,
        default="",
        trim_whitespace=False,
        help_text="A new one, or that of the account that the address has. Left out by whoever is signed in.",
    )
    code = StrictCharField(max_length=32, required=False, help_text="Where the account has two-factor on.")


class Invitations(AgencyView):
    roles = least(GET="manager", POST="manager")
    open_to_bound_keys = _ALL
    role_anywhere = True

    @operation(
        id="invitations_list",
        tag="people",
        summary="List the invitations",
        description="Newest first, in whatever state. Whoever is a manager at single clients sees the invitations to "
        "these. Needs the role manager.",
        query=PageParameters,
        answer=InvitationSerializer.page(),
        answered={"data": [EXAMPLE], "next_cursor": None},
    )
    def get(self, request: Request) -> Response:
        page = page_of(invitations.invitations_of(self.caller), **PageParameters.read(request))
        return Response(page.body(InvitationSerializer.of))

    @operation(
        id="invitations_create",
        tag="people",
        summary="Invite somebody",
        description="Sends an e-mail with a link that is good for seven days, once. Needs the role manager, in the "
        "agency or at the client; nobody gives a role above their own.",
        body=NewInvitationSerializer,
        answer=InvitationSerializer,
        status=201,
        location=True,
        sent={"email": "ben@northlight.example", "role": "analyst"},
        answered={**EXAMPLE, "sent_at": None},
        says={409: "The address is invited to that already, or has a role there."},
    )
    def post(self, request: Request) -> Response:
        body = NewInvitationSerializer.read(request)
        client = members.client_for(self.caller, body["client"]) if body["client"] else None
        made = invitations.invite(caller=self.caller, email=body["email"], role=body["role"], client=client)
        return Response(InvitationSerializer.of(made), 201, headers={"Location": f"/api/v1/invitations/{made.id}"})


class OneInvitation(AgencyView):
    roles = least(GET="manager", DELETE="manager")
    open_to_bound_keys = _ALL
    role_anywhere = True

    @operation(
        id="invitations_get",
        tag="people",
        summary="Get an invitation",
        description="One invitation. Its token is in the e-mail and nowhere else. Needs the role manager.",
        answer=InvitationSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request, invitation: str) -> Response:
        NoParameters.read(request)
        return Response(InvitationSerializer.of(invitations.invitation_of(self.caller, invitation)))

    @operation(
        id="invitations_revoke",
        tag="people",
        summary="Revoke an invitation",
        description="Makes its link useless at once. It stays in the list. Needs the role manager.",
        status=204,
        errors=(409,),
        says={204: "The link is useless now.", 409: "It was accepted."},
    )
    def delete(self, request: Request, invitation: str) -> Response:
        NoParameters.read(request)
        invitations.revoke(caller=self.caller, invitation=invitations.invitation_of(self.caller, invitation))
        return Response(status=204)


class InvitationDelivery(AgencyView):
    roles = least(POST="manager")
    open_to_bound_keys = _ALL
    role_anywhere = True

    @operation(
        id="invitations_resend",
        tag="people",
        summary="Send an invitation again",
        description="Sends a fresh link, good for another seven days; the link before is void. Needs the role manager.",
        answer=InvitationSerializer,
        status=202,
        answered={**EXAMPLE, "sent_at": None},
        says={202: "The e-mail is on its way.", 409: "It was accepted or revoked."},
    )
    def post(self, request: Request, invitation: str) -> Response:
        found = invitations.invitation_of(self.caller, invitation)
        return Response(InvitationSerializer.of(invitations.resend(caller=self.caller, invitation=found)), 202)


class InvitationPreview(OpenWriteView):
    @operation(
        id="invitations_preview",
        tag="people",
        summary="See what a link invites to",
        description="For the page behind an invitation's link: what it offers, and whether to ask for a new password. "
        "It uses nothing up.",
        body=TokenSerializer,
        answer=PreviewSerializer,
        sent={"token": _TOKEN},
        answered={
            "agency": "Northlight",
            "client": None,
            "role": "analyst",
            "email": "ben@northlight.example",
            "has_account": False,
            "expires_at": "2026-04-07T18:00:00Z",
        },
        errors=(413, 415, 429),
        says={429: TOO_MANY},
    )
    def post(self, request: Request) -> Response:
        body = TokenSerializer.read(request)
        self.limit(request, "token")
        found = invitations.open_invitation(body["token"], agency_id=host_agency(request))
        shown = {
            "agency": invitations.brand_name(found),
            "client": found.client.name if found.client else None,
            "role": found.role,
            "email": found.email,
            "has_account": invitations.has_account(found),
            "expires_at": found.expires_at,
        }
        return Response(PreviewSerializer.of(shown))


class InvitationAcceptance(OpenWriteView):
    @operation(
        id="invitations_accept",
        tag="people",
        summary="Accept an invitation",
        description="Takes the link's token, once, and signs you in. An address without an account gets one, with the "
        "name and password you send; else send its password (and code), or be signed in.",
        body=AcceptanceSerializer,
        answer=SessionSerializer,
        status=201,
        sent={"token": _TOKEN, "name": "Ben", "password": "rain on the old tin roof"},
        answered=SESSION_EXAMPLE,
        errors=(401, 403, 413, 415, 429),
        says={
            201: "You are in.",
            401: _WRONG,
            403: "You are signed in, and `X-Csrf-Token` is missing or wrong.",
            429: TOO_MANY,
        },
    )
    def post(self, request: Request) -> Response:
        body: dict[str, Any] = AcceptanceSerializer.read(request)
        self.limit(request, "sign_in")
        user, invitation = invitations.accept(**body, person=_signed_in(request), agency_id=host_agency(request))
        start(request, user, invitation.agency_id)
        return Response(session_body(request, user), 201)


def _signed_in(request: Request) -> User | None:
    """Whoever is signed in. Raises CsrfFailed where another site may have sent this."""
    person = sessions.person_of(request._request)
    if person is not None and not sessions.may_write(request._request.session, request.headers.get(TOKEN_HEADER, "")):
        raise CsrfFailed()
    return person


agency_urlpatterns = [
    path("invitations", Invitations.as_view(), name="invitations"),
    path("invitations/<str:invitation>", OneInvitation.as_view(), name="invitation"),
    path("invitations/<str:invitation>/delivery", InvitationDelivery.as_view(), name="invitation-delivery"),
]
person_urlpatterns = [
    path("invitations/preview", InvitationPreview.as_view(), name="invitation-preview"),
    path("invitations/accept", InvitationAcceptance.as_view(), name="invitation-acceptance"),
]
