"""API keys: `ear_<prefix>_<secret>`, of which only the prefix and a SHA-256 are stored.

The secret has 256 random bits, so a plain hash is enough: there is nothing to guess, and a slow hash would
cost each request 100 ms.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import secrets
from dataclasses import dataclass

_SHAPE = re.compile(r"ear_([a-z0-9]{12})_([A-Za-z0-9_-]{43})")
_ALPHABET = "abcdefghijklmnopqrstuvwxyz0123456789"


@dataclass(frozen=True, slots=True)
class FreshKey:
    """A key just made: `text` is shown once to the person who asked, `prefix` and `digest` are stored."""

    text: str
    prefix: str
    digest: str


def make() -> FreshKey:
    prefix = "".join(secrets.choice(_ALPHABET) for _ in range(12))
    secret = secrets.token_urlsafe(32)
    return FreshKey(f"ear_{prefix}_{secret}", prefix, digest_of(secret))


def digest_of(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def split(text: str) -> tuple[str, str] | None:
    """(prefix, secret), or None for a text that no key has ever looked like."""
    match = _SHAPE.fullmatch(text)
    return (match[1], match[2]) if match else None


def same(secret: str, digest: str) -> bool:
    return hmac.compare_digest(digest_of(secret), digest)
