"""The agency itself, and signing one up."""

from __future__ import annotations

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from api.people import OpenWriteView
from api.permissions import least
from api.schema import operation, sample_id
from api.serializers import (
    AddressField,
    MomentField,
    NoParameters,
    Shown,
    StrictBooleanField,
    StrictCharField,
    StrictSerializer,
)
from api.v1.passwords import TOO_MANY
from api.views import AgencyView
from tenants.people import agency as own_agency
from tenants.people import sign_up

EXAMPLE = {
    "id": sample_id("agy"),
    "name": "Northlight",
    "require_two_factor": False,
    "created_at": "2026-03-31T18:00:00Z",
}
_REQUIRE = "Whether people need two-factor authentication. Those without it can do nothing but switch it on."


class AgencySerializer(Shown):
    id = serializers.CharField()
    name = serializers.CharField()
    require_two_factor = serializers.BooleanField(help_text=_REQUIRE)
    created_at = MomentField()


class AgencyChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=200, required=False)
    require_two_factor = StrictBooleanField(required=False, help_text=_REQUIRE)


class NewAgencySerializer(StrictSerializer):
    name = StrictCharField(max_length=200, help_text="The agency's name.")
    email = AddressField(max_length=254, help_text="Of its first owner.")


class OneAgency(AgencyView):
    roles = least(GET="viewer", PATCH="owner")

    @operation(
        id="agency_get",
        tag="agency",
        summary="Get the agency",
        description="The agency that your key or session belongs to.",
        answer=AgencySerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        return Response(AgencySerializer.of(own_agency.agency_of(self.caller)))

    @operation(
        id="agency_update",
        tag="agency",
        summary="Change the agency",
        description="Its name as people see it when they sign in (reports show that of the branding), and whether "
        "people need two-factor authentication. An owner switches their own on first. Needs the role owner.",
        body=AgencyChangesSerializer,
        answer=AgencySerializer,
        sent={"require_two_factor": True},
        answered={**EXAMPLE, "require_two_factor": True},
        errors=(409,),
        says={409: "You have yet to switch two-factor authentication on for yourself."},
    )
    def patch(self, request: Request) -> Response:
        changes = AgencyChangesSerializer.read(request, partial=True)
        changed = own_agency.change_agency(caller=self.caller, **changes)
        return Response(AgencySerializer.of(changed))


class Agencies(OpenWriteView):
    @operation(
        id="agencies_sign_up",
        tag="agency",
        summary="Sign an agency up",
        description="Sends an e-mail with a link; whoever follows it accepts it like an invitation and is the agency's "
        "first owner. Nothing exists before. Open only where the operator allows it; the answer is the same whether or "
        "not the address has an account.",
        body=NewAgencySerializer,
        status=204,
        sent={"name": "Northlight", "email": "ana@northlight.example"},
        errors=(403, 413, 415, 429),
        says={204: "An e-mail is on its way.", 403: "Agencies cannot sign up here by themselves.", 429: TOO_MANY},
    )
    def post(self, request: Request) -> Response:
        body = NewAgencySerializer.read(request)
        self.limit(request, "mail")
        sign_up.request_agency(name=body["name"], email=body["email"])
        return Response(status=204)


open_urlpatterns = [path("agencies", Agencies.as_view(), name="agencies")]
agency_urlpatterns = [path("agency", OneAgency.as_view(), name="agency")]
