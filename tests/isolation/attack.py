"""Injecting SQL the way a forgotten placeholder would let somebody: into a statement of a client's own context."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction

from kernel import db
from kernel.db import logins

Injection = Callable[[str], list[Any]]

SECRET = "kingfisher"


def bare(payload: str) -> list[Any]:
    """Into a statement without parameters."""
    return _run(f"SELECT name FROM listening_query WHERE name = '{payload}", None)


def bound(payload: str) -> list[Any]:
    """Into a statement with a parameter."""
    return _run(f"SELECT name FROM listening_query WHERE kind = %s AND name = '{payload}", ["brand"])


def whole(payload: str) -> list[Any]:
    """As a statement of its own."""
    return _run(payload, None)


def _run(statement: str, parameters: list[str] | None) -> list[Any]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall()) if cursor.description else []


def refused(inject: Injection, payload: str) -> bool:
    """Whether an attack is answered with an error. Fails when what comes back is another client's."""
    try:
        rows = inject(payload)
    except DatabaseError:
        return True
    assert SECRET not in repr(rows)
    return False


def place() -> tuple[str, str, str]:
    """The session's role, search path and login, as PostgreSQL has them now."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user::text, current_setting('search_path'), session_user::text")
        ((role, path, login),) = cursor.fetchall()
    return role, path.strip('"'), login


@contextmanager
def unguarded(schema: str | None) -> Iterator[psycopg.Connection[tuple[Any, ...]]]:
    """A connection in a client's role, with psycopg's own cursors: what PostgreSQL alone refuses. The application's
    login, or in strict mode the client's."""
    parameters = connection.copy().get_connection_params()
    parameters.pop("cursor_factory")
    strict = schema is not None and db.is_strict()
    if strict:
        parameters |= {"user": schema, "password": next(logins.passwords(str(schema)))}
    with psycopg.connect(**{**parameters, "autocommit": True}) as raw:
        if schema is not None:
            raw.execute(f'SET search_path = "{schema}"' + ("" if strict else f'; SET ROLE "{schema}"'))
        yield raw
