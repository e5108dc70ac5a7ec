"""A client's role and its empty schema, as SQL, and dropping both."""

from __future__ import annotations

import hashlib
from typing import Any

from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from kernel import db, hardening
from kernel.db import directory, logins
from kernel.db.base import quoted
from kernel.errors import Conflict

_ATTEMPTS = 5
_PATIENCE_S = 3
_ONCE = {
    "public.django_migrations": "INSERT, UPDATE, DELETE",
    "public.tenants_auditevent": "UPDATE, DELETE",
    "public.tenants_schemaimage": "INSERT, UPDATE, DELETE",
}


def opening_sql(schema: str) -> str:
    """Statements that make the role, the schema, and what the role may do with tables that the owner makes in it."""
    role = name = quoted(schema)
    return f"""\
CREATE ROLE {role} {_login(schema)} NOINHERIT;
{_comment(schema)}GRANT {role} TO SESSION_USER{_set_only()};
CREATE SCHEMA {name};
GRANT USAGE ON SCHEMA {name} TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {role};
ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {role};
"""


def closing_sql(schema: str) -> str:
    """Statements for after the tables: the record of migrations belongs to the owner alone."""
    role = name = quoted(schema)
    return f"REVOKE INSERT, UPDATE, DELETE ON {name}.django_migrations FROM {role};\n"


def as_one(statements: str) -> str:
    """Many statements as one, which a single round trip carries under either of PostgreSQL's protocols. It is all or
    nothing, also outside a transaction."""
    return f"DO {dollar_quoted(f'BEGIN EXECUTE {dollar_quoted(statements)}; END')}"


def dollar_quoted(text: str) -> str:
    """`text` as an SQL literal, whatever is in it."""
    tag = f"$q{hashlib.sha256(text.encode()).hexdigest()[:16]}$"
    if tag in text:
        raise ValueError("The text contains its own digest.")
    return f"{tag}{text}{tag}"


def drop(schema: str, *, cluster: str = "default") -> None:
    """Drop the schema with all that is in it, and its role. Does nothing where they are gone already. In another
    cluster than the first that is committed beside the caller's transaction.

    Raises Conflict where workers do not let go of the tables for too long.
    """
    role = name = quoted(schema)
    with db.on_cluster(cluster), db.as_owner(), connection.cursor() as cursor:
        _drop_when_free(name)
        cursor.execute("SELECT rolcanlogin FROM pg_roles WHERE rolname = %s", [schema])
        for (may_log_in,) in cursor.fetchall():
            if may_log_in:
                _end_sessions(cursor, role)
            cursor.execute(f"DROP ROLE {role}")
    directory.forget()


def _end_sessions(cursor: Any, role: str) -> None:
    """End the sessions of the role's own login, wherever they are kept: they would go on under a role that is no more,
    and be taken for those of a client that is restored under the same name."""
    # Only who has a role's rights may end its sessions.
    cursor.execute(f"GRANT {role} TO CURRENT_USER{_with_rights()}")
    cursor.execute(
        "SELECT pg_terminate_backend(pid, %s) FROM pg_stat_activity "
        "WHERE usesysid = %s::regrole AND backend_type = 'client backend'",
        [_PATIENCE_S * 1000, role],
    )


def admit_login() -> None:
    """Give the login its rights on the public schema, and let it switch to every client's role, where it may not yet.
    In strict mode, give clients' roles logins of their own, and take them away where it was switched off. In all
    clusters.

    Repeated with every migration: tables, and after a restore roles too, may have been made without it.
    """
    roles: dict[str, list[str]] = {alias: [] for alias in db.clusters()}
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('public.tenants_client') IS NOT NULL")
        if cursor.fetchone() == (True,):
            cursor.execute("SELECT cluster, schema_name FROM public.tenants_client")
            for alias, name in cursor.fetchall():
                roles.setdefault(alias, []).append(name)
    for alias in db.clusters():
        with db.on_cluster(alias), db.as_owner(), transaction.atomic():
            _admit(roles[alias])


def _admit(roles: list[str]) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_user, current_database()")
        ((login, owner, database),) = cursor.fetchall()
        if login != owner:
            for statement in hardening.rights(database=database, login=login):
                cursor.execute(statement)
            # What the application writes once and never again, and what is run as the owner.
            for table, rights in _ONCE.items():
                cursor.execute("SELECT to_regclass(%s) IS NOT NULL", [table])
                if cursor.fetchone() == (True,):
                    cursor.execute(f"REVOKE {rights} ON {table} FROM {quoted(login)}")
        cursor.execute(
            "SELECT r.rolname FROM pg_roles r WHERE r.rolname = ANY(%s) "
            "AND NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles l ON l.oid = m.member "
            "WHERE m.roleid = r.oid AND l.rolname = session_user)",
            [roles],
        )
        for (role,) in cursor.fetchall():
            cursor.execute(f"GRANT {quoted(role)} TO SESSION_USER{_set_only()}")
        _set_logins(cursor, roles)


def _login(schema: str) -> str:
    """Whether the role may log in, and by which password: in strict mode only."""
    if not db.is_strict():
        return "NOLOGIN PASSWORD NULL"
    return f"LOGIN PASSWORD '{logins.verifier(next(logins.passwords(schema)))}'"


def _comment(schema: str) -> str:
    """Which password that is, for the next time somebody looks."""
    return f"COMMENT ON ROLE {quoted(schema)} IS '{logins.mark(schema)}';\n" if db.is_strict() else ""


def _set_logins(cursor: Any, roles: list[str]) -> None:
    """Let clients' roles log in, by passwords of the newest master key, or not, as the settings say."""
    cursor.execute(
        "SELECT rolname, rolcanlogin, shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = ANY(%s)",
        [roles],
    )
    for role, may, comment in cursor.fetchall():
        if (may and comment == logins.mark(role)) if db.is_strict() else not may:
            continue
        cursor.execute(as_one(f"ALTER ROLE {quoted(role)} {_login(role)};\n{_comment(role)}"))


def _set_only() -> str:
    """The options of a grant by which a login may switch to a role but has none of its rights before it does."""
    # PostgreSQL 15 knows no options on a grant; there the login's NOINHERIT says the same.
    return " WITH INHERIT FALSE, SET TRUE" if connection.pg_version >= 160000 else ""  # type: ignore[attr-defined]


def _with_rights() -> str:
    return " WITH INHERIT TRUE" if connection.pg_version >= 160000 else ""  # type: ignore[attr-defined]


def _drop_when_free(name: str) -> None:
    """A worker in the middle of a batch holds some of the tables and may want others: give way, and try again."""
    for _ in range(_ATTEMPTS):
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(f"SET LOCAL lock_timeout = '{_PATIENCE_S}s'")
                cursor.execute(f"DROP SCHEMA IF EXISTS {name} CASCADE")
            return
        except OperationalError as error:
            if not isinstance(error.__cause__, DeadlockDetected | LockNotAvailable):
                raise
    raise Conflict("Work for this client is under way; confirm the deletion again in a minute.")
