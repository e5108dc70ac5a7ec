"""Which of PostgreSQL's sessions a statement goes to.

A thread has one session of the application's own login, as Django keeps it. In strict mode a client's statements go to
a session that logged in as that client's own role, and a client of another cluster has its sessions there. So a switch
may take another session, never while a transaction is open in the one before: a transaction belongs to one.
"""

from __future__ import annotations

import os
import re
import weakref
from contextlib import suppress
from typing import Any, cast

import psycopg
from psycopg import pq

from kernel.db import opening
from kernel.db.directory import UnknownSchema, cluster_of
from kernel.db.sessions import DEFAULT_CLUSTER, HOME, Target, is_alive, take_back
from kernel.db.store import Store
from kernel.errors import TenantUnavailable
from kernel.logs import get_logger

log = get_logger(__name__)

PUBLIC = "public"
_TOO_MANY = re.compile("too many|connection slots")

# Of this process, for all its threads.
store = Store()
_wrappers: weakref.WeakSet[Any] = weakref.WeakSet()


class TransactionCrossed(TenantUnavailable):
    """A transaction that began in one client's session, or outside all, cannot go on in another. The code is wrong:
    work outside the client belongs before its transaction, or behind it."""


class Targets:
    """Mixed into the database wrapper; see the module."""

    connection: Any
    settings_dict: dict[str, Any]
    schema_name: str
    keep_owner: bool
    in_atomic_block: bool
    autocommit: bool
    search_path_set_schemas: list[str] | None
    _setting_search_path: bool

    def __init__(self, settings_dict: dict[str, Any], alias: str = "default") -> None:
        # Where it is not "", all of this wrapper's sessions are in that cluster.
        self.pinned = ""
        # Sessions that this thread keeps beside the one in use: its own login's, and the client's it was in last.
        self._aside: dict[Target, Any] = {}
        super().__init__(settings_dict, alias)  # type: ignore[call-arg]
        store.most = int(settings_dict.get("CLIENT_SESSIONS", store.most))
        store.lifetime = float(settings_dict.get("CONN_MAX_LIFETIME", store.lifetime))
        _wrappers.add(self)

    @property
    def strict(self) -> bool:
        """Whether each client's statements go to sessions of its own login."""
        return self.settings_dict.get("ISOLATION") == "strict"

    @property
    def home(self) -> Target:
        """The application's own login, in the first cluster or in the one this wrapper was made for."""
        return Target(cluster=self.pinned) if self.pinned else HOME

    def wanted(self) -> Target:
        """Where the next statement goes. Raises TenantUnavailable where nobody knows the schema's cluster."""
        schema = self.schema_name or PUBLIC
        if schema == PUBLIC:
            return self.home
        cluster = self.pinned or DEFAULT_CLUSTER
        if not self.pinned and self.settings_dict.get("CLUSTERS"):
            try:
                cluster = cluster_of(schema, self._read_at_home)
            except UnknownSchema:
                # The owner's work on a schema that is nobody's yet is where its transaction is.
                if not self.keep_owner:
                    raise
        if not self.strict or self.keep_owner:
            return Target(cluster)
        return Target(cluster, schema)

    def _read_at_home(self, statement: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
        """Rows of one statement in the first cluster, whatever transaction is open here."""
        raw = None
        try:
            raw = store.take(HOME) or opening.connect(cast(Any, self), HOME)
            return list(raw.execute(statement, parameters).fetchall())
        except psycopg.Error as error:
            raise TenantUnavailable("The client's database is not available.") from error
        finally:
            if raw is not None:
                store.give(raw)

    def choose(self) -> None:
        """Have the session in use be the one that the next statement goes to.

        Raises TransactionCrossed where a transaction is open in another, TenantUnavailable where there is none to be
        had.
        """
        if self.search_path_set_schemas or self._setting_search_path or self.connection is None:
            return
        target = self.wanted()
        if self.connection.earshot.target == target:
            return
        raw = self.connection
        status = raw.info.transaction_status
        if status != pq.TransactionStatus.IDLE and (status != pq.TransactionStatus.UNKNOWN or self.in_atomic_block):
            raise TransactionCrossed("A transaction cannot go on in another client's session.")
        other = self.session_for(target)
        # In a block in which nothing was sent yet, that is where the transaction will begin.
        other.autocommit = self.autocommit
        if not raw.closed:
            raw.autocommit = True
        self.connection = other
        cast(Any, self).lent(other)
        self._put_aside(raw)

    def session_for(self, target: Target) -> Any:
        """A session there, used before or new. Raises TenantUnavailable."""
        found = self._found(target)
        if found is not None:
            return found
        if target == HOME:
            return cast(Any, self).home_session()
        try:
            return opening.connect(cast(Any, self), target)
        except psycopg.OperationalError as error:
            # Of the many there are, some may be idle and ours.
            if _TOO_MANY.search(str(error)) and store.clear():
                with suppress(psycopg.OperationalError):
                    return opening.connect(cast(Any, self), target)
            log.warning("database.session_refused", cluster=target.cluster, error_type=type(error).__name__)
            raise TenantUnavailable("The client's database is not available.") from error

    def go_home(self) -> None:
        """Give the sessions of others back, for any thread to take. Not in a transaction."""
        if self.connection is not None and self.connection.earshot.target != HOME:
            raw, self.connection = self.connection, self._aside.pop(HOME, None)
            self.search_path_set_schemas = None
            store.give(raw)
        for target in [target for target in self._aside if target != HOME]:
            store.give(self._aside.pop(target))

    def close_if_unusable_or_obsolete(self) -> None:
        if not self.in_atomic_block:
            self.go_home()
        super().close_if_unusable_or_obsolete()  # type: ignore[misc]

    def _close(self) -> None:
        kept, self._aside = self._aside, {}
        if self.connection is not None and self.connection.earshot.target != HOME:
            # It may be another thread's soon.
            kept[self.connection.earshot.target], self.connection = self.connection, None
        for target, raw in kept.items():
            if target != HOME:
                store.give(raw)
        home = self.connection if self.connection is not None else kept.get(HOME)
        if home is not None:
            take_back(home)
            self.connection = home
            super()._close()  # type: ignore[misc]

    def _found(self, target: Target) -> Any | None:
        raw = self._aside.pop(target, None)
        if raw is not None:
            if is_alive(raw) and not (target != HOME and store.is_old(raw)):
                return raw
            self._discard(raw)
        return None if target == HOME else store.take(target)

    def _put_aside(self, raw: Any) -> None:
        target = raw.earshot.target
        if raw.closed:
            self._discard(raw)
            return
        if target != HOME:
            for other in [kept for kept in self._aside if kept != HOME]:
                store.give(self._aside.pop(other))
        self._aside[target] = raw

    def _discard(self, raw: Any) -> None:
        pool = getattr(raw, "_pool", None)
        with suppress(psycopg.Error):
            take_back(raw)
            raw.close()
            if pool is not None:
                pool.putconn(raw)

    def forget_sessions(self) -> list[Any]:
        """Let go of all sessions without closing them."""
        left = [self.connection, *self._aside.values()]
        self.connection, self._aside, self.search_path_set_schemas = None, {}, None
        return left


_parents: list[Any] = []


def _after_fork() -> None:
    """In a forked child the sessions are the parent's: what the child sends or closes would break them there."""
    for wrapper in list(_wrappers):
        _parents.append(wrapper.forget_sessions())
        pools = type(wrapper)._connection_pools
        _parents.append(dict(pools))
        pools.clear()


os.register_at_fork(after_in_child=_after_fork)
