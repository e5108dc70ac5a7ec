"""Sealed text for what the API keeps only for a while."""

from __future__ import annotations

from functools import cache

from kernel import crypto
from tenants.datakeys import master_keys

_PURPOSE = b"api/idempotency"


@cache
def _keys() -> tuple[bytes, ...]:
    return tuple(crypto.subkey(master.secret, "api-idempotency") for master in master_keys())


def seal_text(text: str) -> bytes:
    """The text, sealed under the newest master key."""
    return crypto.seal(_keys()[0], text.encode(), _PURPOSE)


def open_text(sealed: bytes) -> str:
    """The text again, under whichever master key sealed it. Raises EnvelopeError where that key is gone."""
    for key in _keys():
        try:
            return crypto.open_envelope(key, sealed, _PURPOSE).decode()
        except crypto.EnvelopeError:
            continue
    raise crypto.EnvelopeError("no master key opens this answer")
