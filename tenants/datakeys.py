"""Each client's data key: made with the client, stored wrapped by the master key, gone with the client's row."""

from __future__ import annotations

from functools import cache

from django.conf import settings

from kernel import crypto
from tenants.models import Client


@cache
def master_keys() -> tuple[crypto.MasterKey, ...]:
    """The master keys from the settings, newest first. Raises KeyFormatError for one that is not 32 bytes."""
    return crypto.parse_master_keys(",".join(settings.MASTER_KEYS))


def new_wrapped_key(client_id: str) -> bytes:
    """A fresh data key, wrapped and bound to the client's id."""
    return crypto.wrap(master_keys(), crypto.new_data_key(), client_id.encode())


def data_key(client: Client) -> bytes:
    """The client's data key, 32 bytes. Raises EnvelopeError where no master key opens it."""
    return crypto.unwrap(master_keys(), bytes(client.wrapped_key), client.id.encode())
