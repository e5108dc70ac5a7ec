"""A client's row, held while it is changed."""

from __future__ import annotations

from kernel.errors import NotFound
from tenants.models import Client


def lock(client: Client) -> None:
    """Hold the client's row until the transaction ends, as it stands now: the caller may have read it long ago.

    Raises NotFound for a client that is gone or being removed.
    """
    try:
        client.refresh_from_db(from_queryset=Client.objects.select_for_update())
    except Client.DoesNotExist:
        raise NotFound() from None
    if client.status == Client.Status.PURGING:
        raise NotFound()
