"""How reports look: the agency's brand, and a client's own where it has one."""

from __future__ import annotations

from typing import Any, ClassVar

from django.urls import path
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from analytics.reports.logo import MAX_BYTES, LogoError, clean_logo
from api.parsers import FormParser
from api.permissions import least
from api.renderers import PngRenderer
from api.schema import operation
from api.serializers import FormSerializer, MomentField, NoParameters, Shown, StrictCharField, StrictSerializer
from api.views import AgencyView, ClientAccountView
from kernel.errors import NotFound, ValidationFailed
from tenants.models import Branding, Client
from tenants.selectors import brand_for
from tenants.services import set_branding

EXAMPLE = {
    "name": "Northlight",
    "primary": "#1f3a5f",
    "accent": "#d97706",
    "logo": "/api/v1/branding/logo",
    "inherited": False,
    "updated_at": "2026-03-31T18:00:00Z",
}
_CHANGE = {"primary": "#0b5d3b", "accent": "#c2410c"}


class BrandingSerializer(Shown):
    name = serializers.CharField(help_text="The name that reports carry.")
    primary = serializers.CharField(help_text="Main colour, #rrggbb.")
    accent = serializers.CharField(help_text="Second colour, #rrggbb.")
    logo = serializers.CharField(allow_null=True, help_text="Where the logo is; null without one.")
    inherited = serializers.BooleanField(help_text="The client has no brand of its own and shows the agency's.")
    updated_at = MomentField()


class BrandingChangesSerializer(StrictSerializer):
    name = StrictCharField(max_length=200, required=False)
    primary = StrictCharField(max_length=7, required=False, help_text="#rrggbb")
    accent = StrictCharField(max_length=7, required=False, help_text="#rrggbb")


class LogoSerializer(FormSerializer):
    logo = serializers.FileField(help_text="PNG, JPEG or WebP of at most 2 MB and 4,000 pixels a side; no SVG.")


class Brand(AgencyView):
    """The agency's brand."""

    roles = least(GET="viewer", PATCH="manager")
    client: Client | None = None

    @operation(
        id="branding_get",
        tag="branding",
        summary="Get the agency's brand",
        description="How the agency's reports look, where a client has no brand of its own.",
        answer=BrandingSerializer,
        answered=EXAMPLE,
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        return _shown(self)

    @operation(
        id="branding_update",
        tag="branding",
        summary="Change the agency's brand",
        description="Changes the fields you send and leaves the others. Needs the role manager.",
        body=BrandingChangesSerializer,
        answer=BrandingSerializer,
        sent=_CHANGE,
        answered={**EXAMPLE, **_CHANGE},
    )
    def patch(self, request: Request) -> Response:
        return _changed(self, request)


class Logo(AgencyView):
    """The agency's logo."""

    roles = least(GET="viewer", PUT="manager", DELETE="manager")
    parser_classes: ClassVar[list[Any]] = [FormParser]  # type: ignore[misc]
    client: Client | None = None

    def get_renderers(self) -> list[Any]:
        return [PngRenderer()] if self.request.method in ("GET", "HEAD") else super().get_renderers()

    @operation(
        id="branding_logo_get",
        tag="branding",
        summary="Get the agency's logo",
        description="The logo as a PNG; 404 without one.",
        answer=bytes,
        media=("image/png",),
        errors=(404,),
    )
    def get(self, request: Request) -> Response:
        NoParameters.read(request)
        return _logo(self)

    @operation(
        id="branding_logo_set",
        tag="branding",
        summary="Set the agency's logo",
        description="Takes a PNG, JPEG or WebP and keeps a plain PNG of at most 1,200 pixels a side, without "
        "metadata. Needs the role manager.",
        body=LogoSerializer,
        answer=BrandingSerializer,
        answered=EXAMPLE,
    )
    def put(self, request: Request) -> Response:
        return _logo_set(self, request)

    @operation(
        id="branding_logo_delete",
        tag="branding",
        summary="Remove the agency's logo",
        description="Reports show the name alone from then on. Needs the role manager.",
        status=204,
        says={204: "There is no logo now."},
    )
    def delete(self, request: Request) -> Response:
        return _logo_removed(self, request)


class ClientBrand(ClientAccountView):
    """One client's brand."""

    roles = least(GET="viewer", PATCH="manager")

    @operation(
        id="clients_branding_get",
        tag="branding",
        summary="Get a client's brand",
        description="How this client's reports look: its own brand, or else the agency's (`inherited`).",
        answer=BrandingSerializer,
        answered={**EXAMPLE, "inherited": True},
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        return _shown(self)

    @operation(
        id="clients_branding_update",
        tag="branding",
        summary="Give a client a brand of its own",
        description="Starts from the agency's brand and changes the fields you send. Needs the role manager.",
        body=BrandingChangesSerializer,
        answer=BrandingSerializer,
        sent=_CHANGE,
        answered={**EXAMPLE, **_CHANGE},
    )
    def patch(self, request: Request, client: str) -> Response:
        return _changed(self, request)


class ClientLogo(ClientAccountView):
    """One client's logo."""

    roles = least(GET="viewer", PUT="manager", DELETE="manager")
    parser_classes: ClassVar[list[Any]] = [FormParser]  # type: ignore[misc]

    def get_renderers(self) -> list[Any]:
        return [PngRenderer()] if self.request.method in ("GET", "HEAD") else super().get_renderers()

    @operation(
        id="clients_branding_logo_get",
        tag="branding",
        summary="Get a client's logo",
        description="The logo on this client's reports as a PNG; 404 without one.",
        answer=bytes,
        media=("image/png",),
    )
    def get(self, request: Request, client: str) -> Response:
        NoParameters.read(request)
        return _logo(self)

    @operation(
        id="clients_branding_logo_set",
        tag="branding",
        summary="Set a client's logo",
        description="As for the agency's logo, for this client alone. Needs the role manager.",
        body=LogoSerializer,
        answer=BrandingSerializer,
        answered=EXAMPLE,
    )
    def put(self, request: Request, client: str) -> Response:
        return _logo_set(self, request)

    @operation(
        id="clients_branding_logo_delete",
        tag="branding",
        summary="Remove a client's logo",
        description="This client's reports show the name alone from then on. Needs the role manager.",
        status=204,
        says={204: "There is no logo now."},
    )
    def delete(self, request: Request, client: str) -> Response:
        return _logo_removed(self, request)


AnyBrand = Brand | Logo | ClientBrand | ClientLogo


def _brand(view: AnyBrand) -> Branding:
    return brand_for(agency_id=view.caller.agency_id, client=view.client)


def _shown(view: AnyBrand) -> Response:
    brand = _brand(view)
    base = "/api/v1" if view.client is None else f"/api/v1/clients/{view.client.id}"
    shown = {
        "name": brand.name,
        "primary": brand.primary,
        "accent": brand.accent,
        "logo": f"{base}/branding/logo" if brand.logo else None,
        "inherited": view.client is not None and brand.client_id is None,
        "updated_at": brand.updated_at,
    }
    return Response(BrandingSerializer.of(shown))


def _changed(view: AnyBrand, request: Request) -> Response:
    changes = BrandingChangesSerializer.read(request, partial=True)
    if changes:
        set_branding(agency_id=view.caller.agency_id, actor=view.caller.id, client=view.client, **changes)
    return _shown(view)


def _logo(view: AnyBrand) -> Response:
    brand = _brand(view)
    if not brand.logo:
        raise NotFound()
    return Response(bytes(brand.logo))


def _logo_set(view: AnyBrand, request: Request) -> Response:
    file = LogoSerializer.read(request)["logo"]
    try:
        # One byte more than is allowed is enough to be refused, however long the file is.
        logo = clean_logo(file.read(MAX_BYTES + 1))
    except LogoError as error:
        raise ValidationFailed.of("/logo", error.message, code=error.code) from None
    set_branding(agency_id=view.caller.agency_id, actor=view.caller.id, client=view.client, logo=logo)
    return _shown(view)


def _logo_removed(view: AnyBrand, request: Request) -> Response:
    NoParameters.read(request)
    set_branding(agency_id=view.caller.agency_id, actor=view.caller.id, client=view.client, remove_logo=True)
    return Response(status=204)


agency_urlpatterns = [
    path("branding", Brand.as_view(), name="branding"),
    path("branding/logo", Logo.as_view(), name="branding-logo"),
]
client_urlpatterns = [
    path("clients/<str:client>/branding", ClientBrand.as_view(), name="client-branding"),
    path("clients/<str:client>/branding/logo", ClientLogo.as_view(), name="client-branding-logo"),
]
