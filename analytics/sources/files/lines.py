"""Physical lines of a file with their byte offsets, in bounded memory, from any offset."""

from __future__ import annotations

from typing import BinaryIO

CHUNK = 65_536


class LineTooLong(Exception):
    """A physical line is longer than the cap; the reader stands behind it already."""


class LineReader:
    """Reads lines of bytes from `stream`, starting at byte `offset`, which is the start of a line.

    `newline` is the byte sequence that ends a line in the file's encoding (b"\\n", b"\\r", b"\\n\\x00" …); its
    length is the width of a code unit. `max_bytes` caps one line: a longer one is skipped chunk by chunk and
    raises `LineTooLong`. After each read `offset` is the byte behind the line and `line` the number of lines
    read so far, counted from the `line` given.
    """

    def __init__(self, stream: BinaryIO, *, newline: bytes, max_bytes: int, offset: int = 0, line: int = 0) -> None:
        self._stream = stream
        self._newline = newline
        self._plain = newline == b"\n"
        self._max = max_bytes
        self._buffer = b""
        self.seek(offset, line)

    def seek(self, offset: int, line: int) -> None:
        """Go to byte `offset`, the start of the line after line number `line`."""
        self._stream.seek(offset)
        self._buffer = b""
        self.offset = offset
        self.line = line

    def read(self) -> bytes:
        """Return the next line with its line end, b"" at the end of the file; raise `LineTooLong`."""
        if not self._plain:
            return self._read_wide()
        raw = self._stream.readline(self._max + 1)
        if not raw:
            return raw
        self.line += 1
        self.offset += len(raw)
        if len(raw) > self._max:
            last = raw
            while last and not last.endswith(b"\n"):
                last = self._stream.readline(CHUNK)
                self.offset += len(last)
            raise LineTooLong
        return raw

    def _read_wide(self) -> bytes:
        start = 0
        while True:
            end = self._find(start)
            if end >= 0:
                break
            if len(self._buffer) > self._max:
                self._skip()
                raise LineTooLong
            chunk = self._stream.read(CHUNK)
            if not chunk:
                end = len(self._buffer)
                break
            width = len(self._newline)
            start = max(0, (len(self._buffer) // width - 1) * width)
            self._buffer += chunk
        raw, self._buffer = self._buffer[:end], self._buffer[end:]
        if raw:
            self.line += 1
            self.offset += len(raw)
        if len(raw) > self._max:
            raise LineTooLong
        return raw

    def _find(self, start: int) -> int:
        """The position behind the first line end at or after `start`, aligned to the code unit, or -1."""
        width = len(self._newline)
        at = self._buffer.find(self._newline, start)
        while at >= 0 and at % width:
            at = self._buffer.find(self._newline, at + 1)
        return at + width if at >= 0 else -1

    def _skip(self) -> None:
        width = len(self._newline)
        self.line += 1
        while True:
            end = self._find(0)
            if end >= 0:
                self.offset += end
                self._buffer = self._buffer[end:]
                return
            keep = len(self._buffer) % width
            self.offset += len(self._buffer) - keep
            self._buffer = self._buffer[len(self._buffer) - keep :] if keep else b""
            chunk = self._stream.read(CHUNK)
            if not chunk:
                self.offset += len(self._buffer)
                self._buffer = b""
                return
            self._buffer += chunk
