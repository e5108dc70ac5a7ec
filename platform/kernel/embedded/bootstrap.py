"""The roles and the database the application uses, made once by the superuser."""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import errors, sql

from kernel import hardening
from kernel.embedded.errors import EmbeddedError

SUPERUSER = "postgres"
# Owns the database and its tables; nobody logs in as it.
OWNER = "earshot"
# What the application logs in as.
ROLE = "earshot_app"
DATABASE = "earshot"
# Raised with every change of `kernel.hardening` or of what is made here; kept as a comment on the login's role.
VERSION = "2"


def roles(host: str, port: int) -> None:
    """Make OWNER, ROLE and DATABASE when they are missing, and harden the databases.

    A crash in between is mended by the next call.
    """
    try:
        # The common case costs one connection: the mark is written last.
        with psycopg.connect(host=host, port=port, user=ROLE, dbname=DATABASE, connect_timeout=10) as connection:
            if _marked(connection):
                return
    except psycopg.OperationalError:
        pass
    try:
        with _superuser(host, port, "postgres") as connection:
            _create(connection)
            names = connection.execute("SELECT datname FROM pg_database WHERE datallowconn").fetchall()
        # template1 among them, so that databases yet to be made are born hardened.
        for (name,) in names:
            with _superuser(host, port, str(name)) as connection:
                for statement in hardening.statements(owner=OWNER, login=ROLE):
                    connection.execute(statement)
        with _superuser(host, port, "postgres") as connection:
            _admit(connection)
            connection.execute(sql.SQL("COMMENT ON ROLE {} IS {}").format(sql.Identifier(ROLE), sql.Literal(_mark())))
    except psycopg.OperationalError as error:
        raise EmbeddedError("not-reachable", f"The server runs but refused us ({type(error).__name__}).") from None


def _superuser(host: str, port: int, database: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(host=host, port=port, user=SUPERUSER, dbname=database, autocommit=True, connect_timeout=10)


def _mark() -> str:
    return f"hardened {VERSION}"


def _marked(connection: psycopg.Connection[tuple[object, ...]]) -> bool:
    found = connection.execute(
        "SELECT shobj_description(oid, 'pg_authid') FROM pg_roles WHERE rolname = %s", [ROLE]
    ).fetchone()
    return found == (_mark(),)


def _admit(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    """Who may log in, and by what: whoever may enter the socket's directory as the superuser and the application, and
    clients' own roles (strict mode) by their passwords."""
    ((path,),) = connection.execute("SHOW hba_file").fetchall()
    connection.execute(
        sql.SQL("COPY (VALUES ({}), ({})) TO {}").format(
            sql.Literal(f"local all {SUPERUSER},{ROLE} trust"),
            sql.Literal("local all all scram-sha-256"),
            sql.Literal(path),
        )
    )
    connection.execute("SELECT pg_reload_conf()")


def _create(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    owner, login, database = sql.Identifier(OWNER), sql.Identifier(ROLE), sql.Identifier(DATABASE)
    for role in (owner, login):
        with suppress(errors.DuplicateObject):
            connection.execute(sql.SQL("CREATE ROLE {}").format(role))
    # An older installation logged in as the owner.
    connection.execute(sql.SQL("ALTER ROLE {} NOLOGIN CREATEDB CREATEROLE NOSUPERUSER INHERIT").format(owner))
    connection.execute(sql.SQL("ALTER ROLE {} LOGIN NOINHERIT NOCREATEDB NOCREATEROLE NOSUPERUSER").format(login))
    connection.execute(sql.SQL("GRANT {} TO {} WITH INHERIT FALSE, SET TRUE").format(owner, login))
    with suppress(errors.DuplicateDatabase):
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, owner))
