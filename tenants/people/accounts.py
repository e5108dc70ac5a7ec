"""A person's own account."""

from __future__ import annotations

from django.db import transaction

from kernel.errors import Conflict
from tenants.models import Agency, Membership, Role, User
from tenants.people.signing_in import prove
from tenants.people.trail import agencies_of, note
from tenants.people.withdrawal import withdraw_invitations


def rename(*, user: User, name: str) -> None:
    user.name = name
    user.save(update_fields=["name"])


def delete(*, user: User, password: str, code: str | None) -> None:
    """Delete the account with all its roles, and revoke the invitations that the person sent.

    Raises ValidationFailed for a wrong password or code, Conflict for the last owner of an agency.
    """
    prove(user, password=password, code=code, ask_for_code=user.has_two_factor)
    with transaction.atomic():
        # As changes of members do: owners are counted one by one.
        list(Agency.objects.select_for_update().filter(id__in=agencies_of(user.id)).order_by("id"))
        for agency_id in Membership.objects.filter(user=user, client=None, role=Role.OWNER).values_list(
            "agency_id", flat=True
        ):
            others = Membership.objects.filter(agency_id=agency_id, client=None, role=Role.OWNER, user__is_active=True)
            if not others.exclude(user=user).exists():
                raise Conflict("You are the last owner of an agency; make somebody else an owner first.")
        note(user.id, "person.deleted")
        sender = user.id
        user.delete()
        withdraw_invitations(sender, actor=sender)
