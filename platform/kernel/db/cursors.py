"""Cursors that send one statement at a time, and only statements that read or write rows.

Injected SQL inside a statement cannot change the role: PostgreSQL has no function left that does (`kernel.hardening`).
A whole statement can (`RESET ROLE`), so these cursors close both ways to one: the extended protocol takes a single
statement, with parameters or without, and that one must begin with a word in ALLOWED. Owner's work is trusted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db.backends.postgresql.base import ServerBindingCursor
from psycopg import errors

from kernel.db.sessions import Session

ALLOWED = frozenset(
    ["select", "insert", "update", "delete", "merge", "with", "values", "table", "explain", "lock", "show"]
)
# What PostgreSQL's scanner skips, or what may stand before the first word of one statement.
_SKIPPED = re.compile(rb"(?:[ \t\n\r\f\v;(]|--[^\n\r]*)+")
_COMMENT_EDGE = re.compile(rb"/\*|\*/")
_WORD = re.compile(rb"[A-Za-z_]+")


class StatementRefused(errors.InsufficientPrivilege):
    """A statement that no application code sends. Its text is not repeated: it may hold personal data."""


def first_word(statement: bytes) -> str:
    """The first word of a statement in lower case, behind blanks and comments; "" where there is none."""
    place = 0
    while place < len(statement):
        if skipped := _SKIPPED.match(statement, place):
            place = skipped.end()
        elif statement.startswith(b"/*", place):
            place = _comment_end(statement, place)
        else:
            word = _WORD.match(statement, place)
            return word.group().decode("ascii").lower() if word else ""
    return ""


def _comment_end(statement: bytes, place: int) -> int:
    """Where the comment that begins at `place` ends; comments nest."""
    depth = 0
    for edge in _COMMENT_EDGE.finditer(statement, place):
        depth += 1 if edge.group() == b"/*" else -1
        if depth == 0:
            return edge.end()
    return len(statement)


@contextmanager
def trusting(raw: Any) -> Iterator[None]:
    """Statements of our own making, any kind and several at once: the switch, savepoints, the time zone."""
    session: Session = raw.earshot
    session.trusting += 1
    try:
        yield
    finally:
        session.trusting -= 1


class Guarded:
    """Mixed into psycopg's cursors; see the module."""

    _conn: Any
    _may = ALLOWED
    _lease: object = None

    def __init__(self, connection: Any, *args: Any, **kwargs: Any) -> None:
        super().__init__(connection, *args, **kwargs)  # type: ignore[call-arg]
        # psycopg opens cursors of its own while it connects.
        session: Session | None = getattr(connection, "earshot", None)
        self._lease = session.lease if session is not None else None

    def execute(self, *args: Any, **kwargs: Any) -> Any:
        self._settle()
        try:
            return super().execute(*args, **kwargs)  # type: ignore[misc]
        except errors.UndefinedTable:
            # A client may have been dropped and restored under this session, which logged in as a role of that name.
            self._conn.earshot.doubted = bool(self._conn.earshot.target.login)
            raise

    def executemany(self, *args: Any, **kwargs: Any) -> Any:
        self._settle()
        return super().executemany(*args, **kwargs)  # type: ignore[misc]

    def stream(self, *args: Any, **kwargs: Any) -> Any:
        self._settle()
        return super().stream(*args, **kwargs)  # type: ignore[misc]

    @contextmanager
    def copy(self, *args: Any, **kwargs: Any) -> Iterator[Any]:
        self._settle()
        # Sent through `execute`, COPY would leave the connection waiting for rows nobody reads.
        self._may = frozenset(["copy"])
        try:
            with super().copy(*args, **kwargs) as copy:  # type: ignore[misc]
                yield copy
        finally:
            del self._may

    def _settle(self) -> None:
        session: Session = self._conn.earshot
        if session.settle is not None:
            # A cursor that was opened before a switch must not run behind it.
            session.settle()
        self._check_lease(session)

    def _check_lease(self, session: Session) -> None:
        if self._lease is not session.lease:
            raise StatementRefused("this cursor's session is another's by now; open a new cursor")

    def _trusted(self) -> bool:
        session: Session = self._conn.earshot
        return bool(session.trusting or session.owning)

    def _convert_query(self, *args: Any, **kwargs: Any) -> Any:
        query = super()._convert_query(*args, **kwargs)  # type: ignore[misc]
        if not self._trusted() and first_word(query.query) not in self._may:
            raise StatementRefused("permission denied: this kind of statement is the owner's")
        return query

    def _execute_send(self, query: Any, *, force_extended: bool = False, binary: bool | None = None) -> None:
        super()._execute_send(  # type: ignore[misc]
            query, force_extended=force_extended or not self._trusted(), binary=binary
        )


class GuardedCursor(Guarded, ServerBindingCursor):
    pass


class GuardedServerCursor(Guarded, psycopg.ServerCursor[Any]):
    # psycopg wraps each query in it.
    _may = frozenset(["declare"])

    def _fetch_gen(self, num: int | None) -> Any:
        self._check_lease(self._conn.earshot)
        return super()._fetch_gen(num)
