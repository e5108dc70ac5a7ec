"""Changing the master key: what older ones wrapped goes under the newest."""

from __future__ import annotations

from collections.abc import Sequence

from kernel.crypto import EnvelopeError, MasterKey, unwrap, wrap
from tenants.models import Client


def rewrap_data_keys(masters: Sequence[MasterKey]) -> tuple[int, tuple[str, ...]]:
    """Wrap each client's data key by the first of `masters`, where another one wrapped it; returns how many, and the
    ids of those that no key opens.

    One client at a time: it can be interrupted, repeated, and run beside everything else.
    """
    changed, unreadable = 0, []
    # A key that was destroyed is empty.
    clients = Client.objects.exclude(wrapped_key=b"").order_by("id").values_list("id", "wrapped_key")
    for client_id, stored in clients.iterator():
        wrapped, context = bytes(stored), client_id.encode()
        try:
            unwrap(masters[:1], wrapped, context)
        except EnvelopeError:
            try:
                anew = wrap(masters, unwrap(masters, wrapped, context), context)
            except EnvelopeError:
                unreadable.append(client_id)
                continue
            # Only over what was read: a key that was destroyed meanwhile must not come back.
            changed += Client.objects.filter(id=client_id, wrapped_key=wrapped).update(wrapped_key=anew)
    return changed, tuple(unreadable)
