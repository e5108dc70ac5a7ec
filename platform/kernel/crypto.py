"""Keys and envelopes: a master key wraps each client's data key, the data key's subkeys seal that client's secrets.

AES-256-GCM (NIST SP 800-38D) with random 96-bit nonces: one key may seal about 2**32 messages, far above the
number of authors of one client. Subkeys come from HKDF-SHA256 (RFC 5869).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import os
from collections.abc import Sequence
from dataclasses import dataclass, field

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

KEY_BYTES = 32
_NONCE_BYTES = 12
_TAG_BYTES = 16
_ENVELOPE_VERSION = 1
_WRAP_VERSION = 1
_WRAP_AAD = b"earshot/wrap/1\x00"


class EnvelopeError(Exception):
    """A sealed or wrapped blob could not be opened. The text never tells what was inside or with which key."""


class KeyFormatError(ValueError):
    """A key is not 32 bytes, or its text is not base64. The text never repeats the key."""


@dataclass(frozen=True, slots=True)
class MasterKey:
    """A key that only ever wraps data keys: 32 random bytes, kept outside the database.

    `key_id` (0-255) is a fingerprint of the key itself, so that rotating keys needs no numbering by hand.
    """

    secret: bytes = field(repr=False)
    key_id: int = field(init=False)

    def __post_init__(self) -> None:
        _check_key(self.secret)
        object.__setattr__(
            self,
            "key_id",
            hashlib.sha256(b"earshot/master-key-id\x00" + self.secret).digest()[0],
        )

    @classmethod
    def generate(cls) -> MasterKey:
        """A new master key from the operating system's randomness."""
        return cls(os.urandom(KEY_BYTES))

    @classmethod
    def from_text(cls, text: str) -> MasterKey:
        """Read base64 (standard or URL-safe alphabet, padding optional). Raises KeyFormatError."""
        cleaned = text.strip().replace("-", "+").replace("_", "/").rstrip("=")
        try:
            secret = base64.b64decode(cleaned + "=" * (-len(cleaned) % 4), validate=True)
        except (binascii.Error, ValueError):
            raise KeyFormatError("a master key must be base64 text of 32 bytes") from None
        return cls(secret)

    def to_text(self) -> str:
        """The key as base64 text, for the environment or a secret file."""
        return base64.b64encode(self.secret).decode("ascii")


def parse_master_keys(text: str) -> tuple[MasterKey, ...]:
    """Read one or more base64 keys separated by commas or white space, newest first. Raises KeyFormatError."""
    keys = tuple(MasterKey.from_text(part) for part in text.replace(",", " ").split())
    if not keys:
        raise KeyFormatError("at least one master key is needed")
    return keys


def new_data_key() -> bytes:
    """32 random bytes: the data key of one client."""
    return os.urandom(KEY_BYTES)


def wrap(masters: Sequence[MasterKey], data_key: bytes, context: bytes) -> bytes:
    """Encrypt a data key under the first (newest) master key, bound to `context` (the client's id).

    Layout: version byte, key id byte, 12-byte nonce, ciphertext with tag. Raises KeyFormatError.
    """
    _check_key(data_key)
    if not masters:
        raise KeyFormatError("at least one master key is needed")
    head = bytes((_WRAP_VERSION, masters[0].key_id))
    nonce = os.urandom(_NONCE_BYTES)
    return head + nonce + _cipher(masters[0].secret).encrypt(nonce, data_key, _WRAP_AAD + head + context)


def unwrap(masters: Sequence[MasterKey], wrapped: bytes, context: bytes) -> bytes:
    """Decrypt a wrapped data key with whichever master key wrapped it. Raises EnvelopeError."""
    if len(wrapped) != 2 + _NONCE_BYTES + KEY_BYTES + _TAG_BYTES or wrapped[0] != _WRAP_VERSION:
        raise EnvelopeError("not a wrapped data key")
    head, nonce, sealed = (
        wrapped[:2],
        wrapped[2 : 2 + _NONCE_BYTES],
        wrapped[2 + _NONCE_BYTES :],
    )
    for master in masters:  # two keys may share a fingerprint: try each
        if master.key_id != wrapped[1]:
            continue
        try:
            return _cipher(master.secret).decrypt(nonce, sealed, _WRAP_AAD + head + context)
        except InvalidTag:
            continue
    raise EnvelopeError("no master key opens this data key in this context")


def subkey(data_key: bytes, purpose: str) -> bytes:
    """Derive a 32-byte key for one purpose (a short ASCII word such as "pseudonym") by HKDF-SHA256.

    Different purposes give independent keys. Raises KeyFormatError, or ValueError for an empty purpose.
    """
    _check_key(data_key)
    if not purpose or not purpose.isascii():
        raise ValueError("purpose must be non-empty ASCII")
    return HKDF(
        SHA256(),
        KEY_BYTES,
        salt=None,
        info=b"earshot/subkey/1\x00" + purpose.encode("ascii"),
    ).derive(data_key)


def seal(key: bytes, plaintext: bytes, aad: bytes = b"") -> bytes:
    """Encrypt and authenticate: version byte, random 12-byte nonce, ciphertext with tag (29 bytes longer).

    `aad` is bound to the envelope but not stored in it. Raises KeyFormatError.
    """
    nonce = os.urandom(_NONCE_BYTES)
    return bytes((_ENVELOPE_VERSION,)) + nonce + _cipher(key).encrypt(nonce, plaintext, _bound(aad))


def open_envelope(key: bytes, envelope: bytes, aad: bytes = b"") -> bytes:
    """Return what `seal` encrypted. Raises EnvelopeError when key, `aad`, version or bytes do not fit."""
    if len(envelope) < 1 + _NONCE_BYTES + _TAG_BYTES or envelope[0] != _ENVELOPE_VERSION:
        raise EnvelopeError("not an envelope of a known version")
    try:
        return _cipher(key).decrypt(envelope[1 : 1 + _NONCE_BYTES], envelope[1 + _NONCE_BYTES :], _bound(aad))
    except InvalidTag:
        raise EnvelopeError("the envelope does not open with this key and context") from None


def same(left: bytes, right: bytes) -> bool:
    """Compare secrets in constant time."""
    return hmac.compare_digest(left, right)


def _bound(aad: bytes) -> bytes:
    return b"earshot/envelope/1\x00" + aad


def _check_key(key: bytes) -> None:
    if not isinstance(key, bytes) or len(key) != KEY_BYTES:
        raise KeyFormatError("a key must be exactly 32 bytes")


def _cipher(key: bytes) -> AESGCM:
    # Made anew each time, for some 3 microseconds: a cache would hold keys that were destroyed meanwhile.
    _check_key(key)
    return AESGCM(key)
