"""What a person who signed in may touch. Read at every request, so that a change counts at once."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import QuerySet

from tenants.access import Caller
from tenants.models import Agency, Membership, User


@dataclass(frozen=True, slots=True)
class Standing:
    """A person's place in one agency. `must_enrol`: the agency asks for two-factor authentication and it is off."""

    caller: Caller
    agency: Agency
    must_enrol: bool


def agencies_of(user: User, *, only: str | None = None) -> QuerySet[Agency]:
    """The agencies in which, or at whose clients, the person has a role, by name; `only` leaves one of them."""
    places = Membership.objects.filter(user=user)
    if only is not None:
        places = places.filter(agency_id=only)
    return Agency.objects.filter(id__in=places.values("agency_id"), suspended_at=None).order_by("name", "id")


def standing_of(user: User, *, agency_id: str | None) -> Standing | None:
    """The person in the agency they chose, or, where they chose none, in the first of theirs. None without a role
    there: whoever loses one agency must not go on in another unawares."""
    rows = Membership.objects.filter(user=user, agency__suspended_at=None).select_related("agency")
    by_agency: dict[str, list[Membership]] = {}
    for row in rows.order_by("created_at", "id"):
        by_agency.setdefault(row.agency_id, []).append(row)
    chosen = by_agency.get(agency_id) if agency_id else next(iter(by_agency.values()), None)
    if chosen is None:
        return None
    agency = chosen[0].agency
    caller = Caller(
        id=user.id,
        agency_id=agency.id,
        role=next((row.role for row in chosen if row.client_id is None), None),
        client_roles={row.client_id: row.role for row in chosen if row.client_id is not None},
        is_person=True,
    )
    return Standing(caller, agency, agency.require_two_factor and not user.has_two_factor)
