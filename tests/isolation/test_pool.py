"""What the next borrower of a session finds in it, whatever the one before did: nothing."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, suppress
from typing import Any

import psycopg
import pytest
from asgiref.sync import sync_to_async
from django.db import DatabaseError, close_old_connections, connection, connections, transaction

from analytics.listening.models import Query
from kernel import db
from kernel.db.sessions import HOME, Target, is_alive
from kernel.db.targets import TransactionCrossed, store
from kernel.errors import TenantUnavailable
from tests.cast import Cast
from tests.isolation.conftest import isolation, pooled
from tests.kernel.queue_fixtures import COMMITTING

pytestmark = COMMITTING

CLEAN = """
SELECT current_user = session_user, current_setting('statement_timeout'), current_setting('lock_timeout'),
    current_setting('application_name'), current_setting('TimeZone'),
    (SELECT count(*) FROM pg_prepared_statements), (SELECT count(*) FROM pg_cursors WHERE name <> ''),
    (SELECT count(*) FROM pg_listening_channels()), pg_my_temp_schema() = 0, txid_current_if_assigned() IS NULL
"""


@pytest.fixture(params=["pooled", "strict", "strict and pooled"])
def sessions(db: None, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """A pool with one session, or a store with few: whoever comes next gets the one that was just used."""
    monkeypatch.setattr(store, "most", 3)
    with ExitStack() as stack:
        if "strict" in request.param:
            stack.enter_context(isolation("strict"))
        if "pooled" in request.param:
            stack.enter_context(pooled(1))
        yield request.param


def ask(statement: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        row: tuple[Any, ...] = cursor.fetchone()
    return row


def backend() -> int:
    return int(ask("SELECT pg_backend_pid()")[0])


def foul(schema: str) -> tuple[int, int]:
    """Leave in a client's session, and in the application's, what can be left; their servers' process numbers."""
    numbers = []
    for name, place in (("one", schema), ("two", "public")):
        with db.enter(place):
            numbers.append(backend())
            raw = connection.connection
            with transaction.atomic():
                raw.earshot.trusting += 1
                raw.execute("SET statement_timeout = '77s'; SET lock_timeout = '66s'; SET application_name = 'fouled'")
                raw.execute("SET TIME ZONE 'Asia/Tokyo'")
                raw.execute(f"PREPARE {name} AS SELECT 1; LISTEN {name}")
                raw.execute(f"DECLARE {name} CURSOR WITH HOLD FOR SELECT 1")
                with suppress(psycopg.Error):
                    raw.execute("SAVEPOINT s; SELECT pg_advisory_lock(77)")
                with suppress(psycopg.Error):
                    raw.execute("ROLLBACK TO SAVEPOINT s")
                raw.earshot.trusting -= 1
    return numbers[0], numbers[1]


def in_thread(act: Callable[[], Any]) -> Any:
    """Run in another thread, which closes its connections as a request does."""
    found: list[Any] = []

    def run() -> None:
        try:
            found.append(act())
        except BaseException as error:
            found.append(error)
        finally:
            close_old_connections()
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    if isinstance(found[0], BaseException):
        raise found[0]
    return found[0]


def look(schema: str) -> list[tuple[int, tuple[Any, ...]]]:
    """Who serves a client and the application, and what they find in those sessions, in a request of its own."""
    found = []
    with db.enter(schema):
        found.append((backend(), ask(CLEAN.replace("current_user = session_user", f"current_user = '{schema}'"))))
    with db.public():
        found.append((backend(), ask(CLEAN)))
    close_old_connections()
    return found


NOTHING = (True, "0", "0", "", "UTC", 0, 0, 0, True, True)


@pytest.mark.parametrize("same_thread", [True, False])
def test_another_borrower_of_the_same_sessions_finds_nothing(cast: Cast, sessions: str, same_thread: bool) -> None:
    schema = cast.client.schema_name
    fouled = foul(schema)
    close_old_connections()
    (one, in_client), (two, in_public) = look(schema) if same_thread else in_thread(lambda: look(schema))
    if "strict" in sessions:
        assert (one, in_client) == (fouled[0], NOTHING)
    if "pooled" in sessions:
        assert (two, in_public) == (fouled[1], NOTHING)
        assert in_client == NOTHING
    else:
        # Django's own session is its thread's for good, and only the application has been in it.
        connection.close()
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND objid = 77")
        assert cursor.fetchone() == (0,)


BREAKS: list[tuple[str, type[Exception]]] = [
    ("SELECT 1 / 0", DatabaseError),
    ("SELECT * FROM no_such_table", DatabaseError),
    ("RESET ROLE", DatabaseError),
    ("SELECT pg_terminate_backend(pg_backend_pid())", DatabaseError),
]


@pytest.mark.parametrize(("statement", "error"), BREAKS)
@pytest.mark.parametrize("atomic", [True, False])
def test_after_an_error_the_next_borrower_is_where_it_wants_to_be(
    cast: Cast, sessions: str, statement: str, error: type[Exception], atomic: bool
) -> None:
    schema = cast.client.schema_name
    with suppress(error), ExitStack() as stack, db.enter(schema):
        if atomic:
            stack.enter_context(transaction.atomic())
        ask(statement)
    close_old_connections()
    for found in (look(schema), in_thread(lambda: look(schema))):
        assert [state for _, state in found] == [NOTHING, NOTHING]


@pytest.mark.parametrize("timeout", ["statement_timeout", "lock_timeout", "idle_in_transaction_session_timeout"])
def test_after_a_timeout_too(cast: Cast, sessions: str, timeout: str) -> None:
    schema = cast.client.schema_name

    def hold(held: threading.Event, done: threading.Event) -> None:
        with psycopg.connect(**plain_parameters(schema)) as raw:
            raw.execute(f'SET search_path = "{schema}"')
            raw.execute("LOCK TABLE listening_query")
            held.set()
            done.wait()

    held, done = threading.Event(), threading.Event()
    holder = threading.Thread(target=hold, args=(held, done))
    holder.start()
    held.wait()
    try:
        with pytest.raises((DatabaseError, TenantUnavailable)), db.enter(schema), transaction.atomic():
            ask("SELECT 1")
            raw = connection.connection
            raw.earshot.trusting += 1
            raw.execute(f"SET {timeout} = '40ms'")
            raw.earshot.trusting -= 1
            if timeout.startswith("idle"):
                ended(raw)
            Query.objects.count()
    finally:
        done.set()
        holder.join()
    close_old_connections()
    for found in (look(schema), in_thread(lambda: look(schema))):
        assert [state for _, state in found] == [NOTHING, NOTHING]


def plain_parameters(schema: str) -> dict[str, Any]:
    parameters = connection.copy().get_connection_params()
    parameters.pop("cursor_factory")
    return {**parameters, "options": "-c role=earshot", "autocommit": False}


def ended(raw: Any) -> None:
    """Wait until the server has ended the session."""
    while is_alive(raw):
        pass


def test_a_request_cancelled_in_mid_query_gives_a_clean_session_back(cast: Cast, sessions: str) -> None:
    """As under ASGI: the task that awaits the database is cancelled while a thread of its is in a query."""
    schema = cast.client.schema_name
    begun, raws = threading.Event(), []

    def query() -> None:
        try:
            with db.enter(schema), transaction.atomic():
                ask("SELECT 1")
                raws.append(connection.connection)
                begun.set()
                ask("SELECT pg_sleep(30)")
        finally:
            close_old_connections()
            connections.close_all()

    async def serve() -> None:
        task = asyncio.ensure_future(sync_to_async(query, thread_sensitive=False)())
        await asyncio.get_running_loop().run_in_executor(None, begun.wait)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        # The thread is in its query still; the session is nobody else's until that ends.
        raws[0].cancel_safe()

    connection.close()
    asyncio.run(serve())
    for found in (look(schema), in_thread(lambda: look(schema))):
        assert [state for _, state in found] == [NOTHING, NOTHING]


def test_tasks_that_run_at_once_each_see_their_own_client(cast: Cast, sessions: str) -> None:
    schemas = [client.schema_name for client in (cast.client, cast.second_client, cast.other_client)]

    def serve(schema: str) -> tuple[str, str]:
        try:
            with db.enter(schema):
                return (schema, ask("SELECT current_schema()::text || current_user::text")[0])
        finally:
            close_old_connections()
            connections.close_all()

    async def many() -> list[tuple[str, str]]:
        return await asyncio.gather(
            *(sync_to_async(serve, thread_sensitive=False)(schemas[number % 3]) for number in range(60))
        )

    connection.close()
    assert [found for found in asyncio.run(many()) if found[1] != 2 * found[0]] == []


@pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning")
def test_a_forked_process_takes_sessions_of_its_own_and_leaves_its_parents_alone(cast: Cast, sessions: str) -> None:
    schema = cast.client.schema_name
    before = look(schema)
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            found = look(schema)
            connections.close_all()
            os.write(writing, repr([number for number, _ in found]).encode())
        except BaseException as error:
            os.write(writing, repr(error).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    answer = os.read(reading, 10_000).decode()
    os.close(reading)
    os.close(writing)
    theirs = {int(number) for number in answer.strip("[]").split(",")}
    assert not theirs & {number for number, _ in before}
    assert look(schema) == before


def test_a_role_that_may_not_log_in_or_is_missing_fails_closed(cast: Cast, sessions: str) -> None:
    if "strict" not in sessions:
        return
    schema = cast.client.schema_name
    with db.as_owner(), connection.cursor() as cursor:
        cursor.execute(f"ALTER ROLE {schema} NOLOGIN")
    try:
        for name in (schema, "c_nobody"):
            with pytest.raises(TenantUnavailable) as problem, db.enter(name):
                Query.objects.exists()
            assert name not in str(problem.value)
    finally:
        with db.as_owner(), connection.cursor() as cursor:
            cursor.execute(f"ALTER ROLE {schema} LOGIN")
    with db.enter(schema):
        assert ask("SELECT session_user::text") == (schema,)


def test_a_transaction_does_not_go_on_in_another_clients_session(cast: Cast, sessions: str) -> None:
    if "strict" not in sessions:
        return
    with db.enter(cast.client.schema_name), pytest.raises(TransactionCrossed), transaction.atomic():
        assert not Query.objects.exists()
        with db.public():
            backend()
    # It goes where its first statement goes.
    with transaction.atomic(), db.enter(cast.client.schema_name):
        Query.objects.create(name="Kept", kind="brand", text="x")
    with suppress(ZeroDivisionError), transaction.atomic(), db.enter(cast.client.schema_name):
        Query.objects.create(name="Not kept", kind="brand", text="x")
        raise ZeroDivisionError
    with db.enter(cast.client.schema_name), connection.cursor() as cursor:
        cursor.execute("DELETE FROM listening_query RETURNING name")
        assert cursor.fetchall() == [("Kept",)]


def test_the_store_keeps_few_young_and_living_sessions(cast: Cast, sessions: str) -> None:
    if "strict" not in sessions:
        return
    schema = cast.client.schema_name
    connection.close()
    store.clear()
    with db.enter(schema):
        first = backend()
    close_old_connections()
    assert len(store) == 1
    assert connection.connection is None or connection.connection.earshot.target == HOME
    raw = store.take(Target(login=schema))
    assert raw is not None
    assert raw.info.backend_pid == first
    raw.earshot.opened_at -= store.lifetime + 1
    store.give(raw)
    assert (len(store), raw.closed) == (0, True)
    with db.enter(schema):
        assert backend() != first
        dying = connection.connection
        mortal = backend()
    close_old_connections()
    with db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    dying.close()
    with db.enter(schema):
        assert backend() != mortal
