"""Keyed pseudonyms: the same author gets the same 16 bytes within one client, and unrelated bytes in another."""

from __future__ import annotations

import base64
import hmac
import unicodedata
from functools import lru_cache

PSEUDONYM_BYTES = 16
_BASE32 = "abcdefghijklmnopqrstuvwxyz234567"
_PAIRS = [first + second for first in _BASE32 for second in _BASE32]  # ten bits at a time: b32encode takes 6 us
_AUTHOR_DOMAIN = b"earshot/author/1\x00"
_REFERENCE_DOMAIN = b"earshot/reference/1\x00"


def normalise_handle(handle: str) -> str:
    """The form of a handle that decides whether two are the same: NFKC, casefolded, no blanks or `@` in front."""
    if handle.isascii():
        return handle.strip().lstrip("@").lower()
    folded = unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", handle).casefold())
    return folded.strip().lstrip("@")


class Pseudonymiser:
    """Turns handles into pseudonyms by HMAC-SHA256 under one client's 32-byte key.

    Results are remembered (`remember` handles and ids at most), because authors of a feed repeat.
    """

    def __init__(self, key: bytes, remember: int = 65_536) -> None:
        if len(key) < 16:
            raise ValueError("a pseudonym key has at least 16 bytes")

        def author(source: str, handle: str) -> bytes:
            return _mac(key, _AUTHOR_DOMAIN, source, normalise_handle(handle))

        def reference(source: str, external_id: str) -> str:
            digest = _mac(key, _REFERENCE_DOMAIN, source, external_id)
            return "ref-" + base64.b32encode(digest).decode("ascii").rstrip("=").lower()

        # Caches of the instance, not of the class: they die with the client's key.
        self._author = lru_cache(maxsize=remember)(author)
        self._reference = lru_cache(maxsize=1024)(reference)

    def author(self, source: str, handle: str) -> bytes:
        """16 bytes that stand for this handle of this source. Spelling variants of one handle agree."""
        return self._author(source, handle)

    def reference(self, source: str, external_id: str) -> str:
        """A text of 30 characters that stands for an external id which must not be stored itself."""
        return self._reference(source, external_id)

    @staticmethod
    def label(pseudonym: bytes) -> str:
        """The first 50 bits of a pseudonym as 10 characters of lower-case base32 (a-z, 2-7), for people to read."""
        bits = int.from_bytes(pseudonym[:7], "big") >> 6
        return "".join([_PAIRS[bits >> shift & 1023] for shift in (40, 30, 20, 10, 0)])


def _mac(key: bytes, domain: bytes, source: str, value: str) -> bytes:
    name = source.encode("utf-8", "surrogatepass")
    message = domain + len(name).to_bytes(4, "big") + name + value.encode("utf-8", "surrogatepass")
    return hmac.digest(key, message, "sha256")[:PSEUDONYM_BYTES]
