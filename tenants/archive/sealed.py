"""Members of an archive: compressed, then sealed in frames, so that neither side ever holds more than a frame.

A frame is four bytes of length and an envelope. The envelope is bound to the member's name, its own number, and whether
it is the last, so that frames cannot be swapped, left out or cut off unseen.
"""

from __future__ import annotations

import hashlib
import struct
import zlib
from collections.abc import Iterator
from typing import IO

from kernel import crypto
from tenants.archive.refusal import DAMAGED, ArchiveRefused

_FRAME = 256 * 1024
_OVERHEAD = 64
_LENGTH = struct.Struct(">I")
_LEVEL = 6


class Sealer:
    """Takes plain bytes and writes frames to `out`; `close` writes the last one. Counts what came in (`plain`) and
    what went out (`size`, `sha256`)."""

    def __init__(self, out: IO[bytes], key: bytes, name: str) -> None:
        self._out, self._key, self._name = out, key, name
        self._deflate = zlib.compressobj(_LEVEL)
        self._waiting = bytearray()
        self._number = 0
        self._hash = hashlib.sha256()
        self.plain = self.size = 0

    def write(self, data: bytes) -> None:
        self.plain += len(data)
        self._waiting += self._deflate.compress(data)
        while len(self._waiting) > _FRAME:
            self._frame(bytes(self._waiting[:_FRAME]), last=False)
            del self._waiting[:_FRAME]

    def close(self) -> None:
        self._waiting += self._deflate.flush()
        while len(self._waiting) > _FRAME:
            self._frame(bytes(self._waiting[:_FRAME]), last=False)
            del self._waiting[:_FRAME]
        self._frame(bytes(self._waiting), last=True)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()

    def _frame(self, content: bytes, *, last: bool) -> None:
        envelope = crypto.seal(self._key, content, _bound(self._name, self._number, last))
        framed = _LENGTH.pack(len(envelope)) + envelope
        self._number += 1
        self._hash.update(framed)
        self.size += len(framed)
        self._out.write(framed)


def opened(member: IO[bytes], key: bytes, name: str, plain: int) -> Iterator[bytes]:
    """What was sealed, in pieces of at most a few hundred KiB. Stops at more bytes than the `plain` that were
    declared. Raises ArchiveRefused for anything that was not sealed so."""
    inflate = zlib.decompressobj()
    left, number, last = plain, 0, False
    try:
        while not last:
            head = member.read(_LENGTH.size)
            length = _LENGTH.unpack(head)[0] if len(head) == _LENGTH.size else 0
            if not 0 < length <= _FRAME + _OVERHEAD:
                raise ArchiveRefused(f"{DAMAGED}: {name}.")
            envelope = member.read(length)
            content, last = _frame(key, envelope, name, number)
            number += 1
            while content:
                piece = inflate.decompress(content, _FRAME)
                content = inflate.unconsumed_tail
                left -= len(piece)
                if left < 0:
                    raise ArchiveRefused(f"{DAMAGED}: {name} holds more than it says.")
                if piece:
                    yield piece
                elif not content:
                    break
        rest = inflate.flush()
        left -= len(rest)
        if rest:
            yield rest
    except (crypto.EnvelopeError, zlib.error):
        raise ArchiveRefused(f"{DAMAGED}: {name}.") from None
    if left or not inflate.eof or inflate.unused_data or member.read(1):
        raise ArchiveRefused(f"{DAMAGED}: {name}.")


def _frame(key: bytes, envelope: bytes, name: str, number: int) -> tuple[bytes, bool]:
    try:
        return crypto.open_envelope(key, envelope, _bound(name, number, False)), False
    except crypto.EnvelopeError:
        return crypto.open_envelope(key, envelope, _bound(name, number, True)), True


def _bound(name: str, number: int, last: bool) -> bytes:
    return f"earshot/archive/1/{name}/{number}/{'last' if last else 'more'}".encode()
