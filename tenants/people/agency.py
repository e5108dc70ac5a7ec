"""What an agency says of itself and asks of its people."""

from __future__ import annotations

from django.db import transaction

from kernel.errors import Conflict
from tenants.access import Caller
from tenants.audit import record
from tenants.models import Agency, User


def agency_of(caller: Caller) -> Agency:
    return Agency.objects.get(id=caller.agency_id)


@transaction.atomic
def change_agency(*, caller: Caller, **changes: str | bool) -> Agency:
    """Change its name or `require_two_factor`. Raises Conflict where a person asks of others what they do not do
    themselves: they would lock themselves out."""
    agency = Agency.objects.select_for_update().get(id=caller.agency_id)
    if changes.get("require_two_factor") and caller.is_person and not User.objects.get(id=caller.id).has_two_factor:
        raise Conflict("Switch two-factor authentication on for yourself first.")
    for field, value in changes.items():
        setattr(agency, field, value)
    if changes:
        agency.save(update_fields=list(changes))
        record(agency_id=agency.id, actor=caller.id, action="agency.updated", detail={"fields": sorted(changes)})
    return agency
