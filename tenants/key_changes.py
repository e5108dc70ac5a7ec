"""Changing and renewing API keys. `tenants.services` makes and revokes them."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from kernel.errors import Conflict, NotFound
from tenants import keys
from tenants.access import Caller
from tenants.audit import record
from tenants.models import ApiKey, Client
from tenants.people.withdrawal import withdraw_invitations
from tenants.scopes import check_passes_on, in_order

_PLAIN = ("name", "expires_at")


@transaction.atomic
def change_key(
    *,
    key: ApiKey,
    caller: Caller,
    now: datetime,
    scopes: Collection[str] | None = None,
    clients: Iterable[Client] | None = None,
    **changes: Any,
) -> ApiKey:
    """Change a key's name, expiry, scopes or clients; what is left out stays. `changes` are `name` and `expires_at`.

    Raises Conflict for a key that is of no use any more, and NotAllowed where the key could do more than the caller
    can, before or afterwards.
    """
    _lock(key)
    _check_live(key, now)
    check_passes_on(caller, role=key.role, scopes=key.scopes)
    changed = [field for field in _PLAIN if field in changes]
    for field in changed:
        setattr(key, field, changes[field])
    if scopes is not None:
        check_passes_on(caller, role=key.role, scopes=scopes)
        key.scopes = in_order(scopes)
        changed.append("scopes")
    key.save(update_fields=changed)
    if clients is not None:
        key.clients.set(clients)
        changed.append("clients")
        withdraw_invitations(key.id, actor=caller.id)
    record(
        agency_id=key.agency_id,
        actor=caller.id,
        action="api_key.changed",
        detail={"key": key.id, "fields": sorted(changed)},
    )
    return key


@transaction.atomic
def rotate_key(*, key: ApiKey, caller: Caller, overlap: timedelta, now: datetime) -> tuple[ApiKey, keys.FreshKey]:
    """Replace a key by a new one that may do the same, and let the old one work on for `overlap`, or until it would
    have expired anyway. One that was to expire is followed by one that lives as long from now.

    Raises Conflict for a key that was rotated, revoked or has expired, and NotAllowed where it can do more than the
    caller can, who would get hold of it this way.
    """
    # Deleting a client locks the client first, then its keys.
    bound = list(Client.objects.select_for_update(of=("self",), no_key=True).filter(api_keys=key.pk).order_by("id"))
    _lock(key)
    _check_live(key, now)
    check_passes_on(caller, role=key.role, scopes=key.scopes)
    fresh = keys.make()
    successor = ApiKey.objects.create(
        agency_id=key.agency_id,
        name=key.name,
        role=key.role,
        scopes=key.scopes,
        prefix=fresh.prefix,
        digest=fresh.digest,
        expires_at=now + (key.expires_at - key.created_at) if key.expires_at is not None else None,
    )
    successor.clients.set(bound)
    key.replaced_by = successor
    key.expires_at = min(filter(None, (key.expires_at, now + overlap)))
    key.save(update_fields=["replaced_by", "expires_at"])
    record(
        agency_id=key.agency_id,
        actor=caller.id,
        action="api_key.rotated",
        detail={"key": key.id, "replaced_by": successor.id, "overlap_hours": round(overlap.total_seconds() / 3600)},
    )
    return successor, fresh


def _lock(key: ApiKey) -> None:
    """Hold the key's row until the transaction ends, as it stands now."""
    try:
        key.refresh_from_db(from_queryset=ApiKey.objects.select_for_update(of=("self",), no_key=True))
    except ApiKey.DoesNotExist:
        raise NotFound() from None


def _check_live(key: ApiKey, now: datetime) -> None:
    if key.revoked_at is not None:
        raise Conflict("This key was revoked.")
    if key.replaced_by_id is not None:
        raise Conflict("This key was rotated already; take the one that replaced it.")
    if key.expires_at is not None and key.expires_at <= now:
        raise Conflict("This key has expired.")
