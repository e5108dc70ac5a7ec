"""The data key in an archive: wrapped, never in clear; and the seals by which a manifest is known to be whole.

It is wrapped by the master key as in the database, and where there is a passphrase also by a key that scrypt (RFC 7914)
makes of it, by which an installation with other master keys can open it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Mapping, Sequence
from typing import Any

from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from kernel import crypto
from tenants.archive.refusal import DAMAGED, ArchiveRefused

MIN_PASSPHRASE = 12
# OWASP's first choice: 128 MiB and some tenths of a second for each guess.
_COST = {"n": 2**17, "r": 8, "p": 1}
_SALT_BYTES = 16


def check_passphrase(passphrase: str) -> None:
    """Raises ArchiveRefused for one that is too short."""
    if len(passphrase) < MIN_PASSPHRASE:
        raise ArchiveRefused(f"A passphrase has at least {MIN_PASSPHRASE} characters.")


def wrapped(
    data_key: bytes, *, client_id: str, masters: Sequence[crypto.MasterKey], passphrase: str | None
) -> dict[str, Any]:
    """The data key for a manifest. Raises ArchiveRefused for a passphrase that is too short."""
    found: dict[str, Any] = {"master": _text(crypto.wrap(masters, data_key, _context(client_id)))}
    if passphrase is not None:
        check_passphrase(passphrase)
        salt = os.urandom(_SALT_BYTES)
        key = crypto.wrap([_stretched(passphrase, salt)], data_key, _context(client_id))
        found["passphrase"] = {"kdf": "scrypt", **_COST, "salt": _text(salt), "key": _text(key)}
    return found


def unwrapped(
    found: Mapping[str, Any], *, client_id: str, masters: Sequence[crypto.MasterKey], passphrase: str | None
) -> bytes:
    """The data key of a manifest, by a master key or else by the passphrase. Raises ArchiveRefused where neither opens
    it."""
    try:
        return crypto.unwrap(masters, _bytes(found["master"]), _context(client_id))
    except crypto.EnvelopeError:
        pass
    sealed = found.get("passphrase")
    if sealed is None:
        raise ArchiveRefused("The archive is from an installation with other master keys, and has no passphrase.")
    if passphrase is None:
        raise ArchiveRefused("The archive is from an installation with other master keys: its passphrase is needed.")
    if {name: sealed.get(name) for name in ("kdf", *_COST)} != {"kdf": "scrypt", **_COST}:
        # Costs that the archive chose could take all the memory there is.
        raise ArchiveRefused("The archive's key is wrapped in a way that this version does not know.")
    try:
        key = _stretched(passphrase, _bytes(sealed["salt"]))
        return crypto.unwrap([key], _bytes(sealed["key"]), _context(client_id))
    except crypto.EnvelopeError:
        raise ArchiveRefused("The passphrase does not open the archive.") from None


def seals(manifest: bytes, *, data_key: bytes, masters: Sequence[crypto.MasterKey]) -> dict[str, str]:
    """`content`, which whoever has the data key can make, and `origin`, which only this installation can: who was given
    an archive with its passphrase could write another one, but not as if it were ours."""
    return {
        "content": _seal(crypto.subkey(data_key, "archive-manifest"), manifest),
        "origin": _seal(crypto.subkey(masters[0].secret, "archive-origin"), manifest),
    }


def is_ours(manifest: bytes, found: Mapping[str, str], *, data_key: bytes, masters: Sequence[crypto.MasterKey]) -> bool:
    """Whether this installation wrote the manifest. Raises ArchiveRefused where it is not as it was written."""
    if not hmac.compare_digest(_seal(crypto.subkey(data_key, "archive-manifest"), manifest), str(found.get("content"))):
        raise ArchiveRefused(f"{DAMAGED}: the manifest was changed.")
    origin = str(found.get("origin"))
    own = [_seal(crypto.subkey(master.secret, "archive-origin"), manifest) for master in masters]
    return any(hmac.compare_digest(seal, origin) for seal in own)


def content_key(data_key: bytes) -> bytes:
    """What the members are sealed under."""
    return crypto.subkey(data_key, "archive-content")


def _seal(key: bytes, content: bytes) -> str:
    return hmac.new(key, content, hashlib.sha256).hexdigest()


def _stretched(passphrase: str, salt: bytes) -> crypto.MasterKey:
    scrypt = Scrypt(salt=salt, length=crypto.KEY_BYTES, n=_COST["n"], r=_COST["r"], p=_COST["p"])
    return crypto.MasterKey(scrypt.derive(passphrase.encode()))


def _context(client_id: str) -> bytes:
    return f"archive/{client_id}".encode()


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def _bytes(text: object) -> bytes:
    try:
        return base64.b64decode(str(text), validate=True)
    except (binascii.Error, ValueError):
        raise ArchiveRefused(f"{DAMAGED}: its key.") from None
