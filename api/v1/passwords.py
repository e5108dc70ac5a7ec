"""Changing a password, and setting a forgotten one anew."""

from __future__ import annotations

from django.urls import path
from rest_framework.request import Request
from rest_framework.response import Response

from api.people import OpenWriteView, PersonView
from api.schema import operation, sample_id
from api.serializers import StrictCharField, StrictSerializer
from tenants.people import passwords, sessions
from tenants.people.passwords import LONGEST

_POLICY = "At least 12 characters; no common password, not only digits, and nothing like your address."
TOO_MANY = "Too many attempts from this network address; `Retry-After` tells for how long to wait."


class NewPasswordSerializer(StrictSerializer):
    old_password = StrictCharField(max_length=LONGEST, trim_whitespace=False)
    new_password = StrictCharField(max_length=1000, trim_whitespace=False, help_text=_POLICY)


class ResetRequestSerializer(StrictSerializer):
    email = StrictCharField(max_length=254)


class ResetSerializer(StrictSerializer):
    token = StrictCharField(max_length=200, help_text="From the link: what stands behind `#token=`.")
    password = StrictCharField(max_length=1000, trim_whitespace=False, help_text=_POLICY)


class Password(PersonView):
    @operation(
        id="password_set",
        tag="session",
        summary="Change your password",
        description="All your other sessions end. A failed attempt counts like one to sign in.",
        body=NewPasswordSerializer,
        status=204,
        sent={"old_password": "rain on the old tin roof", "new_password": "snow on the old tin roof"},
        says={204: "The new password counts."},
    )
    def put(self, request: Request) -> Response:
        body = NewPasswordSerializer.read(request)
        passwords.change(user=self.person, old=body["old_password"], new=body["new_password"])
        sessions.keep_signed_in(request._request, self.person)
        return Response(status=204)


class PasswordResets(OpenWriteView):
    @operation(
        id="password_resets_request",
        tag="session",
        summary="Ask for a link to set a password anew",
        description="Sends an e-mail with a link that is good for two hours. The answer is the same where the address "
        "has no account; then nothing is sent.",
        body=ResetRequestSerializer,
        status=204,
        sent={"email": "ana@northlight.example"},
        errors=(413, 415, 429),
        says={204: "If there is such an account, an e-mail is on its way.", 429: TOO_MANY},
    )
    def post(self, request: Request) -> Response:
        body = ResetRequestSerializer.read(request)
        self.limit(request, "mail")
        client = getattr(request._request, "domain_client", None)
        passwords.request_reset(email=body["email"], client_id=client.id if client else "")
        return Response(status=204)


class PasswordResetConfirmation(OpenWriteView):
    @operation(
        id="password_resets_confirm",
        tag="session",
        summary="Set a forgotten password anew",
        description="Takes the link's token, once. All your sessions end, a lock after failed attempts is lifted, and "
        "two-factor authentication stays as it is.",
        body=ResetSerializer,
        status=204,
        sent={"token": f"{sample_id('usr')}.d1x2-9f0e", "password": "snow on the old tin roof"},
        errors=(413, 415, 429),
        says={204: "The new password counts.", 429: TOO_MANY},
    )
    def post(self, request: Request) -> Response:
        body = ResetSerializer.read(request)
        self.limit(request, "token")
        passwords.reset(token=body["token"], password=body["password"])
        return Response(status=204)


person_urlpatterns = [
    path("password", Password.as_view(), name="password"),
    path("password_resets", PasswordResets.as_view(), name="password-resets"),
    path("password_resets/confirmation", PasswordResetConfirmation.as_view(), name="password-reset-confirmation"),
]
