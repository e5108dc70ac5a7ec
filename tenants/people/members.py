"""The people of an agency: who they are, their roles, and leaving."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.db import transaction
from django.db.models import Prefetch, Q, QuerySet

from kernel.errors import Conflict, NotAllowed, NotFound, ValidationFailed
from kernel.lookups import one
from tenants.access import Caller
from tenants.audit import record
from tenants.models import Agency, Client, Membership, Role, User
from tenants.people.rules import managed_clients, may_grant
from tenants.people.withdrawal import withdraw_invitations
from tenants.selectors import clients_of

# A role by the client it is at; None stands for the whole agency.
Places = Mapping[str | None, str]


def members_of(caller: Caller) -> QuerySet[User]:
    """The people with a role that the caller looks after, newest first; each has those roles, and no others, in
    `places`."""
    places = _places_of(caller)
    shown = Prefetch("memberships", queryset=places.order_by("client_id"), to_attr="places")
    return User.objects.filter(id__in=places.values("user_id")).prefetch_related(shown)


def member_of(caller: Caller, user_id: str) -> User:
    """One of them. Raises NotFound."""
    return one(members_of(caller), user_id)


@transaction.atomic
def change_member(
    *, caller: Caller, user_id: str, role: str | None = None, has_role: bool = False, clients: Mapping[str, str] | None
) -> User:
    """Set a person's role in the agency (where `has_role`; None takes it away) and, where `clients` is given, all of
    their roles at single clients. Invitations of theirs that they could not send any more are revoked.

    Raises NotFound, NotAllowed for a role above the caller's own, ValidationFailed for an unknown client or where no
    role would be left, Conflict for the agency's last owner.
    """
    user, before = _locked(caller, user_id)
    after: dict[str | None, str] = dict(before)
    if has_role:
        after.pop(None, None)
        if role is not None:
            after[None] = role
    if clients is not None:
        _check_clients(caller, clients)
        after = {place: given for place, given in after.items() if place is None}
        after.update(clients)
    if not after:
        raise ValidationFailed("Nothing would be left; to remove the person, delete the member.")
    if after != before:
        _carry_out(caller, user, before, after)
        record(
            agency_id=caller.agency_id,
            actor=caller.id,
            action="member.changed",
            detail={"user": user.id, "role": after.get(None), "clients": len(after) - (None in after)},
        )
    return member_of(caller, user_id)


@transaction.atomic
def remove_member(*, caller: Caller, user_id: str) -> None:
    """Take all of a person's roles that the caller looks after, and revoke the invitations that they sent. Their
    account stays, and may belong to other agencies.

    Raises NotFound, NotAllowed for somebody with a higher role, Conflict for the agency's last owner.
    """
    user, before = _locked(caller, user_id)
    _carry_out(caller, user, before, {})
    record(agency_id=caller.agency_id, actor=caller.id, action="member.removed", detail={"user": user.id})


def add_place(*, user: User, agency_id: str, client_id: str | None, role: str) -> None:
    """Give a person a role, or leave them the one they have there. Call it in a transaction."""
    place: dict[str, Any] = {"agency_id": agency_id, "client_id": client_id}
    Membership.objects.get_or_create(user=user, **place, defaults={"role": role})


def _places_of(caller: Caller) -> QuerySet[Membership]:
    places = Membership.objects.filter(agency_id=caller.agency_id)
    managed = managed_clients(caller)
    return places if managed is None else places.filter(client_id__in=managed)


def _locked(caller: Caller, user_id: str) -> tuple[User, dict[str | None, str]]:
    """The person and their places, after all other changes to the agency's people: owners are counted one by one."""
    Agency.objects.select_for_update().get(id=caller.agency_id)
    user = member_of(caller, user_id)
    places: list[Membership] = user.places  # type: ignore[attr-defined]
    return user, {place.client_id: place.role for place in places}


def _carry_out(caller: Caller, user: User, before: Places, after: Places) -> None:
    changed = [place for place in {*before, *after} if before.get(place) != after.get(place)]
    for place in changed:
        for role in (before.get(place), after.get(place)):
            if role is not None and not may_grant(caller, role, place):
                raise NotAllowed("You can neither give nor take a role above your own.")
    rows = Membership.objects.filter(user=user, agency_id=caller.agency_id)
    gone = [place for place in changed if place not in after]
    rows.filter(Q(client_id__in=[place for place in gone if place]) | _agency_wide(None in gone)).delete()
    for place in changed:
        if place in after:
            there: dict[str, Any] = {"agency_id": caller.agency_id, "client_id": place}
            rows.update_or_create(user=user, **there, defaults={"role": after[place]})
    if before.get(None) == Role.OWNER and after.get(None) != Role.OWNER and not _has_owner(caller.agency_id):
        raise Conflict("This is the agency's last owner; make somebody else an owner first.")
    withdraw_invitations(user.id, actor=caller.id)


def _agency_wide(wanted: bool) -> Q:
    return Q(client_id__isnull=True) if wanted else Q(pk__in=())


def _has_owner(agency_id: str) -> bool:
    return Membership.objects.filter(agency_id=agency_id, client=None, role=Role.OWNER, user__is_active=True).exists()


def _check_clients(caller: Caller, clients: Mapping[str, str]) -> None:
    known = set(clients_of(caller).filter(id__in=list(clients)).values_list("id", flat=True))
    for index, client_id in enumerate(clients):
        if client_id not in known:
            raise ValidationFailed.of(f"/clients/{index}/client", "There is no such client.", code="unknown_client")


def client_for(caller: Caller, client_id: str) -> Client:
    """A client named in a body. Raises ValidationFailed at /client."""
    try:
        return one(clients_of(caller), client_id)
    except NotFound:
        raise ValidationFailed.of("/client", "There is no such client.", code="unknown_client") from None
