"""How reports look: the agency's brand, or one client's own."""

from __future__ import annotations

from django.core.exceptions import ValidationError
from django.db import transaction

from kernel.errors import NotFound, ValidationFailed
from tenants.audit import record
from tenants.models import Agency, Branding, Client


@transaction.atomic
def set_branding(
    *,
    agency_id: str,
    actor: str,
    client: Client | None = None,
    name: str | None = None,
    primary: str | None = None,
    accent: str | None = None,
    logo: bytes | None = None,
    remove_logo: bool = False,
) -> Branding:
    """Change the agency's brand, or the brand used for one client, which starts as the agency's. `logo` is a PNG that
    was cleaned before."""
    agency = Agency.objects.filter(id=agency_id).first()
    if agency is None:
        raise NotFound()
    own = Branding.objects.filter(agency=agency, client=None).values("name", "primary", "accent", "logo").first()
    brand, _ = Branding.objects.get_or_create(agency=agency, client=client, defaults=own or {"name": agency.name})
    for field, value in (("name", name), ("primary", primary), ("accent", accent), ("logo", logo)):
        if value is not None:
            setattr(brand, field, value)
    if remove_logo:
        brand.logo = None
    try:
        brand.full_clean(exclude=["agency", "client"])
    except ValidationError as error:
        field, messages = next(iter(error.message_dict.items()))
        raise ValidationFailed.of(f"/{field}", messages[0]) from None
    brand.save()
    record(
        agency_id=agency_id, actor=actor, action="branding.updated", client_id=client.id if client else "", detail={}
    )
    return brand
