"""The role and the database the application uses, made once by the superuser."""

from __future__ import annotations

from contextlib import suppress

import psycopg
from psycopg import errors, sql

from kernel.embedded.errors import EmbeddedError

SUPERUSER = "postgres"
ROLE = "earshot"
DATABASE = "earshot"


def roles(host: str, port: int) -> None:
    """Make ROLE and DATABASE when they are missing. A crash between the two is mended by the next call."""
    try:
        # The common case costs one connection: if the application can log in, everything is there.
        psycopg.connect(host=host, port=port, user=ROLE, dbname=DATABASE, connect_timeout=10).close()
        return
    except psycopg.OperationalError:
        pass
    try:
        with psycopg.connect(
            host=host, port=port, user=SUPERUSER, dbname="postgres", autocommit=True, connect_timeout=10
        ) as connection:
            _create(connection)
    except psycopg.OperationalError as error:
        raise EmbeddedError("not-reachable", f"The server runs but refused us ({type(error).__name__}).") from None


def _create(connection: psycopg.Connection[tuple[object, ...]]) -> None:
    role, database = sql.Identifier(ROLE), sql.Identifier(DATABASE)
    with suppress(errors.DuplicateObject):
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE NOSUPERUSER").format(role))
    with suppress(errors.DuplicateDatabase):
        connection.execute(sql.SQL("CREATE DATABASE {} OWNER {}").format(database, role))
