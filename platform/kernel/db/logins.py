"""The password of a client's own login in strict mode: derived from the master key, stored by PostgreSQL as a verifier
and by nobody in clear."""

from __future__ import annotations

import base64
import hashlib
import hmac
import os
from collections.abc import Iterator

from django.conf import settings

from kernel import crypto

# PostgreSQL's default. More would not help: what is hashed has 256 bits already.
_ROUNDS = 4096


def passwords(role: str) -> Iterator[str]:
    """The role's password by each master key, the newest first."""
    for master in crypto.parse_master_keys(",".join(settings.MASTER_KEYS)):
        derived = crypto.subkey(master.secret, f"database login {role}")
        yield base64.urlsafe_b64encode(derived).decode("ascii").rstrip("=")


def verifier(password: str, *, salt: bytes | None = None) -> str:
    """What PostgreSQL keeps of an ASCII password (RFC 5803): it can check the password with it, and nobody can log in
    with it. `salt` is 16 random bytes."""
    salt = os.urandom(16) if salt is None else salt
    salted = hashlib.pbkdf2_hmac("sha256", password.encode("ascii"), salt, _ROUNDS)
    stored = hashlib.sha256(hmac.digest(salted, b"Client Key", "sha256")).digest()
    server = hmac.digest(salted, b"Server Key", "sha256")
    text = [base64.b64encode(part).decode("ascii") for part in (salt, stored, server)]
    return f"SCRAM-SHA-256${_ROUNDS}:{text[0]}${text[1]}:{text[2]}"


def mark(role: str) -> str:
    """Tells one password of the role from another without telling the password: for a comment on the role."""
    return hashlib.sha256(next(passwords(role)).encode("ascii")).hexdigest()[:16]
