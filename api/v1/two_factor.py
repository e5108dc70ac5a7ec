"""Two-factor authentication: codes of an authenticator app, and recovery codes."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.authentication import host_agency
from api.people import PersonView
from api.schema import operation
from api.serializers import MomentField, NoParameters, Shown, StrictCharField, StrictSerializer
from tenants.people import sessions, two_factor
from tenants.people.callers import standing_of
from tenants.people.passwords import LONGEST

EXAMPLE = {"enabled": True, "since": "2026-03-31T18:00:00Z", "recovery_codes_left": 10, "asked_for": False}
_CODES = ["h7k2m-9qxv4", "b3t8w-c5npz"]


class TwoFactorSerializer(Shown):
    enabled = serializers.BooleanField()
    since = MomentField(allow_null=True)
    recovery_codes_left = serializers.IntegerField()
    asked_for = serializers.BooleanField(help_text="An agency of yours asks for it; it cannot be switched off.")


class EnrolmentSerializer(StrictSerializer):
    password = StrictCharField(max_length=LONGEST, trim_whitespace=False)


class SecretSerializer(Shown):
    secret = serializers.CharField(help_text="For typing in, in base32. Shown this once.")
    uri = serializers.CharField(help_text="For a QR code that the authenticator app reads. Shown this once.")


class CodeSerializer(StrictSerializer):
    code = StrictCharField(max_length=32, help_text="The six digits that the app shows now.")


class BothFactorsSerializer(StrictSerializer):
    password = StrictCharField(max_length=LONGEST, trim_whitespace=False)
    code = StrictCharField(max_length=32, help_text="Of the authenticator, or a recovery code.")


class RecoveryCodesSerializer(Shown):
    recovery_codes = serializers.ListField(
        child=serializers.CharField(), help_text="Each is good once, in place of a code. Shown this once."
    )


class TwoFactor(PersonView):
    @operation(
        id="two_factor_get",
        tag="session",
        summary="See whether two-factor authentication is on",
        description="Whether signing in asks you for a code, since when, and how many recovery codes are left.",
        answer=TwoFactorSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        body = {
            "enabled": self.person.has_two_factor,
            "since": self.person.totp_confirmed_at,
            "recovery_codes_left": len(self.person.recovery_digests),
            "asked_for": two_factor.is_required_of(self.person),
        }
        return Response(TwoFactorSerializer.of(body))

    @operation(
        id="two_factor_enrol",
        tag="session",
        summary="Begin two-factor authentication",
        description="Answers with a secret for your authenticator app (RFC 6238: six digits, every 30 seconds), shown "
        "this once. Nothing changes before you confirm it with a code. Asking again makes another secret.",
        body=EnrolmentSerializer,
        answer=SecretSerializer,
        status=201,
        sent={"password": "rain on the old tin roof"},
        answered={
            "secret": "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP",
            "uri": "otpauth://totp/Northlight:ana%40northlight.example?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
            "&issuer=Northlight",
        },
        says={409: "It is on already, or the Idempotency-Key's first request still runs."},
    )
    def post(self, request: Request) -> Response:
        body = EnrolmentSerializer.read(request)
        chosen = host_agency(request) or sessions.chosen_agency(request._request.session)
        standing = standing_of(self.person, agency_id=chosen)
        issuer = standing.agency.name if standing else request._request.get_host()
        secret, uri = two_factor.enrol(user=self.person, password=body["password"], issuer=issuer)
        return Response(SecretSerializer.of({"secret": secret, "uri": uri}), 201)

    @operation(
        id="two_factor_remove",
        tag="session",
        summary="Switch two-factor authentication off",
        description="Needs the password and a code. Your other sessions end.",
        body=BothFactorsSerializer,
        status=204,
        sent={"password": "rain on the old tin roof", "code": "492039"},
        errors=(409,),
        says={204: "It is off.", 409: "It is off already, or your agency asks for it."},
    )
    def delete(self, request: Request) -> Response:
        NoParameters.read(request)
        body = BothFactorsSerializer.read(request)
        two_factor.switch_off(user=self.person, **body)
        sessions.keep_signed_in(request._request, self.person)
        return Response(status=204)


class TwoFactorConfirmation(PersonView):
    @operation(
        id="two_factor_confirm",
        tag="session",
        summary="Switch two-factor authentication on",
        description="Takes a first code and answers with ten recovery codes, shown this once. Your other sessions end.",
        body=CodeSerializer,
        answer=RecoveryCodesSerializer,
        sent={"code": "492039"},
        answered={"recovery_codes": _CODES},
        says={409: "There is no secret to confirm, or the Idempotency-Key's first request still runs."},
    )
    def post(self, request: Request) -> Response:
        body = CodeSerializer.read(request)
        shown = two_factor.confirm(user=self.person, code=body["code"])
        sessions.keep_signed_in(request._request, self.person)
        return Response(RecoveryCodesSerializer.of({"recovery_codes": shown}))


class RecoveryCodes(PersonView):
    @operation(
        id="two_factor_renew_recovery_codes",
        tag="session",
        summary="Make new recovery codes",
        description="Ten new ones, shown this once; the old ones are void. Needs the password and a code.",
        body=BothFactorsSerializer,
        answer=RecoveryCodesSerializer,
        sent={"password": "rain on the old tin roof", "code": "492039"},
        answered={"recovery_codes": _CODES},
        says={409: "Two-factor authentication is off, or the Idempotency-Key's first request still runs."},
    )
    def post(self, request: Request) -> Response:
        body = BothFactorsSerializer.read(request)
        shown = two_factor.renew_recovery_codes(user=self.person, **body)
        return Response(RecoveryCodesSerializer.of({"recovery_codes": shown}))


person_urlpatterns = [
    path("two_factor", TwoFactor.as_view(), name="two-factor"),
    path("two_factor/confirmation", TwoFactorConfirmation.as_view(), name="two-factor-confirmation"),
    path("two_factor/recovery_codes", RecoveryCodes.as_view(), name="recovery-codes"),
]
