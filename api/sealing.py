"""Sealed text for what the API keeps only for a while."""

from __future__ import annotations

from functools import cache

from kernel import crypto
from tenants.datakeys import master_keys

_PURPOSE = b"api/idempotency"


@cache
def _key() -> bytes:
    return crypto.subkey(master_keys()[0].secret, "api-idempotency")


def seal_text(text: str) -> bytes:
    return crypto.seal(_key(), text.encode(), _PURPOSE)


def open_text(sealed: bytes) -> str:
    """Raises EnvelopeError where the master key has changed since."""
    return crypto.open_envelope(_key(), sealed, _PURPOSE).decode()
