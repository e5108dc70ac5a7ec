"""Which client's data this thread sees: one schema and one role at a time, enforced by PostgreSQL.

The switch is lazy: it is remembered here and sent, search_path and role in one round trip, with the next
statement. In a client's schema the search_path holds that schema alone and the role owns no right outside it. In strict
mode a client's statements go to a session of their own login, so that a transaction is either the client's or not.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, cast

from django.db import DEFAULT_DB_ALIAS, connection, connections

from kernel.db.sessions import DEFAULT_CLUSTER
from kernel.errors import TenantUnavailable

if TYPE_CHECKING:
    from kernel.db.base import DatabaseWrapper

PUBLIC = "public"


def _wrapper() -> DatabaseWrapper:
    return cast("DatabaseWrapper", connection)


def current() -> str:
    """The schema that this thread's statements run in; "public" outside every client."""
    return _wrapper().schema_name or PUBLIC


@contextmanager
def enter(schema: str) -> Iterator[None]:
    """Run the block in a client's schema under its role; the previous schema comes back whatever happens.

    Raises `TenantUnavailable` at the first statement when the schema's role does not exist.
    """
    before = current()
    _wrapper().set_schema(schema)
    try:
        yield
    finally:
        _wrapper().set_schema(before)


@contextmanager
def public() -> Iterator[None]:
    """Run the block in the public schema, as the application itself."""
    with enter(PUBLIC):
        yield


@contextmanager
def as_owner() -> Iterator[None]:
    """Work as the owner of all tables, in client schemas too: for migrations and onboarding, nothing else."""
    with _wrapper().owning():
        yield


def is_strict() -> bool:
    """Whether each client's statements go to sessions of its own login."""
    return _wrapper().strict


def clusters() -> tuple[str, ...]:
    """The aliases of all clusters, the first one's, "default", first."""
    return (DEFAULT_CLUSTER, *_wrapper().settings_dict.get("CLUSTERS", {}))


@contextmanager
def on_cluster(alias: str) -> Iterator[None]:
    """Run the block in this cluster's public schema, and in schemas that no client has yet: for migrations, onboarding
    and the queue. Another cluster than the first is worked in beside the caller's transaction, not in it.

    Raises TenantUnavailable, with the first statement at the latest, where there is no such cluster.
    """
    before: Any = connections[DEFAULT_DB_ALIAS]
    if alias == (before.pinned or DEFAULT_CLUSTER):
        with public():
            yield
        return
    if alias not in clusters():
        raise TenantUnavailable("There is no such cluster.")
    beside: Any = connections.create_connection(DEFAULT_DB_ALIAS)
    beside.pinned = "" if alias == DEFAULT_CLUSTER else alias
    beside.keep_owner = before.keep_owner
    beside.set_schema_to_public()
    connections[DEFAULT_DB_ALIAS] = beside
    try:
        yield
    finally:
        connections[DEFAULT_DB_ALIAS] = before
        beside.close()
