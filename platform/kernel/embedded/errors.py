"""What can go wrong with the embedded server, as one type with a stable code."""

from __future__ import annotations

from typing import Literal, get_args

Code = Literal[
    "binaries-missing",  # the wheel is not installed or has no server for this platform
    "data-dir",  # the data directory cannot be made or entered, or belongs to somebody else
    "disk-full",
    "read-only",
    "socket-dir",  # no directory could be found that a unix socket can live in
    "version-mismatch",  # the files were written by another major version
    "busy",  # another process has held the lock for longer than the timeout
    "initdb-failed",
    "start-failed",
    "start-timeout",
    "stop-timeout",
    "not-reachable",  # the server runs but refuses the connection
]
CODES: tuple[Code, ...] = get_args(Code)


class EmbeddedError(Exception):
    """`code` is stable and one of CODES, `message` one or two plain sentences saying what to do."""

    def __init__(self, code: Code, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message

    def __str__(self) -> str:
        return f"{self.code}: {self.message}"


def diagnose(log: str) -> Code | None:
    """The code for what a server or initdb wrote before it died, or None when it says nothing we know."""
    text = log.lower()
    signs: tuple[tuple[str, Code], ...] = (
        ("no space left on device", "disk-full"),
        ("disk quota exceeded", "disk-full"),
        ("read-only file system", "read-only"),
        ("database files are incompatible", "version-mismatch"),
        ("is not compatible with this version", "version-mismatch"),
        ("could not create any unix-domain sockets", "socket-dir"),
        ("could not bind unix address", "socket-dir"),
        ("unix-domain socket path", "socket-dir"),
        ("has wrong ownership", "data-dir"),
        ("has invalid permissions", "data-dir"),
        ("error while loading shared libraries", "binaries-missing"),
    )
    return next((code for sign, code in signs if sign in text), None)
