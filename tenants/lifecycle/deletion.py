"""Deleting a client: asked for, confirmed with a token, and carried out after a grace period or taken back."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone

from kernel.errors import Conflict, ValidationFailed
from tenants.audit import record
from tenants.lifecycle import purging
from tenants.lifecycle.rows import lock
from tenants.lifecycle.suspension import hurry
from tenants.models import Client


@transaction.atomic
def request_deletion(*, client: Client, actor: str, now: datetime | None = None) -> str:
    """First step of deleting: returns a token, shown once, that `confirm_deletion` asks for. Nothing is lost yet. It
    may be repeated, also after the second step, to get a token to hurry that with."""
    lock(client)
    token = secrets.token_urlsafe(24)
    client.status = Client.Status.DELETING
    client.deletion_requested_at = now or timezone.now()
    client.deletion_token_digest = _digest(token)
    client.save(update_fields=["status", "deletion_requested_at", "deletion_token_digest", "updated_at"])
    record(agency_id=client.agency_id, actor=actor, action="client.deletion_requested", client_id=client.id)
    return token


@transaction.atomic
def cancel_deletion(*, client: Client, actor: str) -> None:
    """Take the steps back: the client is as it was, suspended if it was suspended. Raises Conflict where no deletion
    was asked for, NotFound once it is being carried out."""
    lock(client)
    if client.status != Client.Status.DELETING:
        raise Conflict("No deletion was requested for this client.")
    client.status = Client.Status.SUSPENDED if client.suspended_at else Client.Status.ACTIVE
    client.deletion_requested_at = client.purge_at = None
    client.deletion_token_digest = ""
    client.save(update_fields=["status", "deletion_requested_at", "purge_at", "deletion_token_digest", "updated_at"])
    hurry([client.schema_name])
    record(agency_id=client.agency_id, actor=actor, action="client.deletion_cancelled", client_id=client.id)


@transaction.atomic
def confirm_deletion(
    *, client: Client, token: str, actor: str, immediately: bool = False, now: datetime | None = None
) -> bool:
    """Second step. The client stays, read-only, until the grace period (EARSHOT_DELETION_GRACE_DAYS) is over, and is
    then purged; confirming again does not prolong that. `immediately`, or with no grace period, its data key is
    destroyed with this transaction and the rest is dropped by a worker. Returns whether that was so.

    Raises Conflict without a first step, ValidationFailed for a token that is not the one given out, and NotFound
    where somebody else's second step came first.
    """
    lock(client)
    if client.status != Client.Status.DELETING or not client.deletion_token_digest:
        raise Conflict("Ask for the deletion first; it answers with a token to confirm with.")
    if not hmac.compare_digest(_digest(token), client.deletion_token_digest):
        raise ValidationFailed.of("/token", "This is not the token of the last deletion request.", code="wrong_token")
    now = now or timezone.now()
    grace = timedelta(days=0 if immediately else settings.DELETION_GRACE_DAYS)
    client.purge_at = min(filter(None, (client.purge_at, now + grace)))
    client.deletion_token_digest = ""
    client.save(update_fields=["purge_at", "deletion_token_digest", "updated_at"])
    record(
        agency_id=client.agency_id,
        actor=actor,
        action="client.deletion_confirmed",
        client_id=client.id,
        detail={"purge_at": client.purge_at.isoformat()},
    )
    if client.purge_at > now:
        return False
    purging.destroy_key(client, actor=actor)
    purging.send_purge(client)
    return True


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
