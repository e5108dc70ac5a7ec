"""Keeping second factors: the secret is sealed by the master key; recovery codes are kept as digests keyed by it."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Sequence
from functools import cache

from kernel import crypto
from tenants.datakeys import master_keys
from tenants.models import User


def seal(secret: str, *, user_id: str, masters: Sequence[crypto.MasterKey] | None = None) -> bytes:
    """The secret under the newest master key, bound to its person."""
    key = _key((masters or master_keys())[0])
    return crypto.seal(key, secret.encode(), _place(user_id))


def unseal(sealed: bytes, *, user_id: str, masters: Sequence[crypto.MasterKey] | None = None) -> str:
    """The secret again. Raises EnvelopeError where no master key opens it."""
    for master in masters or master_keys():
        try:
            return crypto.open_envelope(_key(master), sealed, _place(user_id)).decode()
        except crypto.EnvelopeError:
            continue
    raise crypto.EnvelopeError("no master key opens this secret")


def digest(code: str, *, secret: str) -> str:
    """What is kept of a recovery code. Without the secret, and so without the master key, it cannot be guessed back."""
    return hmac.new(secret.encode(), b"recovery/" + code.encode(), hashlib.sha256).hexdigest()


def reseal(masters: Sequence[crypto.MasterKey]) -> tuple[int, tuple[str, ...]]:
    """Seal each person's secret by the first of `masters`, where another one sealed it; returns how many, and the ids
    of those that no key opens. May be interrupted and repeated."""
    changed, unreadable = 0, []
    for user in User.objects.exclude(totp_secret=None).only("id", "totp_secret").iterator():
        user_id, sealed = user.id, bytes(user.totp_secret or b"")
        try:
            unseal(sealed, user_id=user_id, masters=masters[:1])
        except crypto.EnvelopeError:
            try:
                anew = seal(unseal(sealed, user_id=user_id, masters=masters), user_id=user_id, masters=masters)
            except crypto.EnvelopeError:
                unreadable.append(user_id)
                continue
            changed += User.objects.filter(id=user_id, totp_secret=sealed).update(totp_secret=anew)
    return changed, tuple(unreadable)


@cache
def _key(master: crypto.MasterKey) -> bytes:
    return crypto.subkey(master.secret, "two-factor")


def _place(user_id: str) -> bytes:
    return b"two-factor/" + user_id.encode()
