"""Invitations end with the power of whoever sent them: else a key that leaked, or somebody who was removed, comes back
by one that they had sent before."""

from __future__ import annotations

from django.utils import timezone

from tenants.access import Caller
from tenants.audit import record
from tenants.models import ApiKey, Invitation, User
from tenants.people.callers import standing_of
from tenants.people.rules import may_grant


def withdraw_invitations(sender_id: str, *, actor: str) -> int:
    """Revoke the pending invitations that this key or person could not send any more; returns how many. Call it in the
    transaction that takes power from them."""
    pending = Invitation.objects.select_for_update(of=("self",)).filter(
        invited_by=sender_id, accepted_at=None, revoked_at=None
    )
    count = 0
    for invitation in pending.order_by("id"):
        sender = _as_it_stands(sender_id, agency_id=invitation.agency_id)
        if sender is not None and may_grant(sender, invitation.role, invitation.client_id):
            continue
        invitation.revoked_at = timezone.now()
        invitation.save(update_fields=["revoked_at"])
        record(
            agency_id=invitation.agency_id,
            actor=actor,
            action="invitation.revoked",
            client_id=invitation.client_id or "",
            detail={"invitation": invitation.id, "role": invitation.role},
        )
        count += 1
    return count


def _as_it_stands(sender_id: str, *, agency_id: str) -> Caller | None:
    """What the sender may do now; None for nothing."""
    if sender_id.startswith("key_"):
        key = ApiKey.objects.prefetch_related("clients").filter(id=sender_id, revoked_at=None).first()
        if key is None:
            return None
        bound = frozenset(client.id for client in key.clients.all())
        return Caller(id=key.id, agency_id=key.agency_id, role=key.role, client_ids=bound or None)
    user = User.objects.filter(id=sender_id, is_active=True).first()
    standing = standing_of(user, agency_id=agency_id) if user else None
    return standing.caller if standing else None
