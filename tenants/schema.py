"""Making and dropping a client's schema and role. Runs as the owner; nothing else creates or drops a schema."""

from __future__ import annotations

from django.core.management import call_command
from django.db import OperationalError, connection, transaction
from psycopg.errors import DeadlockDetected, LockNotAvailable

from kernel import db, hardening
from kernel.db.base import quoted
from kernel.errors import Conflict

_ATTEMPTS = 5
_PATIENCE_S = 3


def create(schema: str) -> None:
    """Create the schema, its tables and its role, which may work in that schema and nowhere else."""
    role = name = quoted(schema)
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"CREATE ROLE {role} NOLOGIN NOINHERIT")
        cursor.execute(f"GRANT {role} TO SESSION_USER{_set_only()}")
        cursor.execute(f"CREATE SCHEMA {name}")
        cursor.execute(f"GRANT USAGE ON SCHEMA {name} TO {role}")
        for kind, rights in (("TABLES", "SELECT, INSERT, UPDATE, DELETE"), ("SEQUENCES", "USAGE, SELECT, UPDATE")):
            cursor.execute(f"ALTER DEFAULT PRIVILEGES IN SCHEMA {name} GRANT {rights} ON {kind} TO {role}")
        call_command("migrate_schemas", schema_name=schema, tenant=True, interactive=False, verbosity=0)
        # The record of migrations belongs to the owner alone.
        cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON {name}.django_migrations FROM {role}")


def drop(schema: str) -> None:
    """Drop the schema with all that is in it, and its role. Does nothing where they are gone already.

    Raises Conflict where workers do not let go of the tables for too long.
    """
    role = name = quoted(schema)
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        _drop_when_free(name)
        cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [schema])
        if cursor.fetchone():
            cursor.execute(f"DROP ROLE {role}")


def admit_login() -> None:
    """Give the login its rights on the public schema, and let it switch to every client's role, where it may not yet.

    Repeated with every migration: tables, and after a restore roles too, may have been made without it.
    """
    with db.public(), db.as_owner(), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT session_user, current_user, current_database()")
        ((login, owner, database),) = cursor.fetchall()
        if login != owner:
            for statement in hardening.rights(database=database, login=login):
                cursor.execute(statement)
        cursor.execute("SELECT to_regclass('public.tenants_client') IS NOT NULL")
        if cursor.fetchone() != (True,):
            return
        if login != owner:
            # What the application writes once and never again.
            cursor.execute(f"REVOKE INSERT, UPDATE, DELETE ON public.django_migrations FROM {quoted(login)}")
            cursor.execute(f"REVOKE UPDATE, DELETE ON public.tenants_auditevent FROM {quoted(login)}")
        cursor.execute(
            "SELECT r.rolname FROM public.tenants_client c JOIN pg_roles r ON r.rolname = c.schema_name "
            "WHERE NOT EXISTS (SELECT FROM pg_auth_members m JOIN pg_roles l ON l.oid = m.member "
            "WHERE m.roleid = r.oid AND l.rolname = session_user)"
        )
        for (role,) in cursor.fetchall():
            cursor.execute(f"GRANT {quoted(role)} TO SESSION_USER{_set_only()}")


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


def _set_only() -> str:
    """The options of a grant by which a login may switch to a role but has none of its rights before it does."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting('server_version_num')::int")
        row = cursor.fetchone()
        # PostgreSQL 15 knows no options on a grant; there the login's NOINHERIT says the same.
        return " WITH INHERIT FALSE, SET TRUE" if row and row[0] >= 160000 else ""
