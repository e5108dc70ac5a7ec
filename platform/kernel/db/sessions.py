"""What we note on each of PostgreSQL's sessions, and how one is cleaned before somebody else gets it."""

from __future__ import annotations

import select
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from psycopg import pq, sql

DEFAULT_CLUSTER = "default"


class Target(NamedTuple):
    """Where a session is and as whom it logged in: a cluster's alias, and a client's role or "" for the application."""

    cluster: str = DEFAULT_CLUSTER
    login: str = ""


HOME = Target()


@dataclass(slots=True)
class Session:
    """Beside a psycopg connection, as its attribute `earshot`.

    `applied` is the schema and role that were set last, None where that is not known. `settle` is called before each
    statement of a guarded cursor. `lease` is new for each borrower: a cursor of the one before is refused. `trusting`
    and `owning` let statements through that are not the application's ordinary ones.
    """

    target: Target
    zone: str | None = None
    applied: tuple[str, str] | None = None
    settle: Callable[[], None] | None = None
    lease: object = field(default_factory=object)
    owning: bool = False
    # Until somebody borrows it, what runs is our own: time zone, reset, the pool's checks.
    trusting: int = 1
    opened_at: float = field(default_factory=time.monotonic)
    # Its login may be that of a role that is no more, which sees nothing: to be closed when it comes back.
    doubted: bool = False


def lend(raw: Any, settle: Callable[[], None]) -> None:
    """From now on the connection is its borrower's: `settle` is called before each statement."""
    session: Session = raw.earshot
    session.settle = settle
    session.lease = object()
    session.owning = False
    session.trusting = 0


def take_back(raw: Any) -> None:
    """No borrower's cursor can use the connection any more."""
    session: Session = raw.earshot
    session.settle = None
    session.lease = object()
    session.owning = False
    session.trusting = 1


def reset(raw: Any) -> None:
    """Leave nothing of the borrower: transaction, role, path, settings, locks, LISTEN, prepared statements, cursors,
    temporary tables. Raises psycopg.Error where the connection is no good any more; close it then."""
    session: Session = raw.earshot
    if raw.info.transaction_status != pq.TransactionStatus.IDLE:
        raw.rollback()
    raw.autocommit = True
    session.applied = None
    if not session.target.login:
        raw.execute("RESET ROLE")
    raw.execute("DISCARD ALL")
    set_zone(raw)


def set_zone(raw: Any) -> None:
    """Have the session's time zone be the one it was opened with."""
    zone = raw.earshot.zone
    # Django calls set_config, which nobody may here.
    if zone and raw.info.parameter_status("TimeZone") != zone:
        raw.execute(sql.SQL("SET TIME ZONE {}").format(sql.Literal(zone)))


def is_alive(raw: Any) -> bool:
    """Whether the connection is open and silent, without a round trip: what a server sends to an idle session is
    its end."""
    if raw.closed or raw.info.transaction_status == pq.TransactionStatus.UNKNOWN:
        return False
    poll = select.poll()
    poll.register(raw.fileno(), select.POLLIN)
    return not poll.poll(0)
