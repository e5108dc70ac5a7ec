"""Injected SQL in one client's context finds nothing of another's, and leaves role and path as they were."""

from __future__ import annotations

from contextlib import suppress

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from analytics.listening.models import Query
from kernel import db
from kernel.db import logins
from tests.cast import Cast
from tests.isolation.attack import SECRET, Injection, bare, bound, place, refused, unguarded, whole
from tests.kernel.queue_fixtures import COMMITTING

pytestmark = [COMMITTING, pytest.mark.usefixtures("mode")]

READING = [
    "' UNION SELECT name FROM {other}.listening_query --",
    "' UNION SELECT count(*)::text FROM {other}.listening_query --",
    "' OR EXISTS (SELECT FROM {other}.listening_query WHERE name LIKE 'k') --",
    "' UNION TABLE {other}.mentions_mention --",
    "' UNION SELECT name FROM public.tenants_client --",
    "' UNION SELECT digest FROM public.tenants_apikey --",
    "' UNION SELECT password FROM public.tenants_user --",
    "' UNION SELECT payload::text FROM public.queue_message --",
    "' UNION SELECT query_to_xml('SELECT * FROM {other}.listening_query', true, false, '')::text --",
    "' UNION SELECT table_to_xml('{other}.listening_query', true, false, '')::text --",
    "' UNION SELECT query_to_xml('RESET ROLE', true, false, '')::text --",
    "' UNION SELECT query_to_xml('SELECT 1; RESET ROLE', true, false, '')::text --",
    "' UNION SELECT word FROM ts_stat('SELECT search FROM {other}.mentions_mention') --",
    "' UNION SELECT ts_rewrite('a', 'SELECT ''a''::tsquery, ''b''::tsquery FROM {other}.listening_query')::text --",
    "' UNION SELECT dblink('', 'SELECT 1') --",
    "' UNION SELECT pg_read_file('PG_VERSION') --",
    "' UNION SELECT pg_ls_dir('.') --",
    "' UNION SELECT rolpassword FROM pg_authid --",
    "' UNION SELECT query FROM pg_stat_activity --",
    "' UNION SELECT relname FROM pg_class --",
    "' UNION SELECT n_live_tup::text FROM pg_stat_all_tables --",
    "' UNION SELECT pg_stat_get_live_tuples('{other}.listening_query'::regclass)::text --",
    "' UNION SELECT pg_total_relation_size('{other}.listening_query'::regclass)::text --",
    "' UNION SELECT objid::text FROM pg_locks --",
    "' UNION SELECT cursor_to_xml('left_open', 10, true, false, '')::text --",
    "' UNION SELECT lo_get(16384)::text --",
    "' UNION SELECT data::text FROM pg_largeobject --",
    "' UNION SELECT nextval('public.queue_worker')::text --",
]
SWITCHING = [
    "' UNION SELECT set_config('role', '{other}', false) --",
    "' UNION SELECT set_config('role', 'none', false) --",
    "' UNION SELECT set_config('search_path', '{other}', false) --",
    "' UNION SELECT set_config('session_authorization', 'default', false) --",
    "'; RESET ROLE --",
    "'; RESET ROLE; SELECT name FROM {other}.listening_query --",
    "'; SET ROLE {other}; SELECT name FROM {other}.listening_query --",
    "'; SET search_path = {other} --",
    "'; COMMIT; RESET ROLE --",
    "'; DISCARD ALL --",
    "'; SELECT 1 --",
]
WHOLE = [
    "RESET ROLE",
    "  reset\trole",
    ";;RESET ROLE",
    "/* a /* nested */ comment */ RESET ROLE",
    "-- a comment\nRESET ROLE",
    "-- a comment\rRESET ROLE",
    "SET ROLE {other}",
    "SET ROLE NONE",
    "SET LOCAL ROLE {other}",
    "SET SESSION ROLE {owner}",
    "SET SESSION AUTHORIZATION DEFAULT",
    "RESET SESSION AUTHORIZATION",
    "SET search_path = {other}",
    "SET TIME ZONE 'UTC'",
    "RESET ALL",
    "DISCARD ALL",
    "BEGIN",
    "COMMIT",
    "END",
    "ROLLBACK",
    "ABORT",
    "SAVEPOINT s",
    "ROLLBACK TO SAVEPOINT s",
    "PREPARE TRANSACTION 'x'",
    "PREPARE leftover AS SELECT 1",
    "EXECUTE leftover",
    "DEALLOCATE ALL",
    "DECLARE leftover CURSOR WITH HOLD FOR SELECT 1",
    "FETCH ALL FROM leftover",
    "DO $$ BEGIN EXECUTE 'RESET ROLE'; END $$",
    "CALL leftover()",
    "LISTEN earshot_queue",
    "NOTIFY earshot_queue, 'x'",
    "LOAD 'auto_explain'",
    "CREATE TEMP TABLE loot (n int)",
    "CREATE TABLE loot (n int)",
    "CREATE TABLE {other}.loot (n int)",
    "CREATE VIEW loot AS SELECT 1",
    "CREATE FUNCTION loot() RETURNS text LANGUAGE sql SET role = 'none' AS 'SELECT 1'",
    "CREATE EXTENSION dblink",
    "CREATE ROLE loot",
    "GRANT {owner} TO {own}",
    "ALTER ROLE {own} SUPERUSER",
    "ALTER ROLE {login} SET role = '{owner}'",
    "ALTER TABLE listening_query OWNER TO {own}",
    "DROP SCHEMA {other} CASCADE",
    "TRUNCATE listening_query",
    "COPY {other}.listening_query TO STDOUT",
    "COPY (SELECT * FROM {other}.listening_query) TO STDOUT",
    "COPY listening_query TO PROGRAM 'cat'",
    "COPY listening_query FROM '/etc/passwd'",
    "UPDATE pg_settings SET setting = 'none' WHERE name = 'role'",
    "WITH x AS (UPDATE pg_settings SET setting = 'none' WHERE name = 'role' RETURNING 1) SELECT 1",
    "INSERT INTO {other}.listening_query SELECT * FROM listening_query",
    "UPDATE {other}.listening_query SET name = ''",
    "DELETE FROM {other}.listening_query",
    "MERGE INTO {other}.listening_query o USING listening_query q ON false WHEN NOT MATCHED THEN DO NOTHING",
    "LOCK TABLE {other}.listening_query",
    "EXPLAIN ANALYZE SELECT * FROM {other}.listening_query",
    "EXPLAIN SELECT * FROM {other}.listening_query",
    "SELECT * INTO loot FROM listening_query",
    "SELECT lo_create(0)",
    "SELECT lo_from_bytea(0, 'x')",
    "SELECT pg_advisory_lock(1)",
    "SELECT pg_try_advisory_lock(1, 1)",
    "SELECT pg_advisory_unlock_all()",
    "SELECT pg_reload_conf()",
]


def _fill(payload: str, cast: Cast) -> str:
    connection.ensure_connection()
    names = {
        "{other}": cast.second_client.schema_name,
        "{own}": cast.client.schema_name,
        "{owner}": connection.settings_dict["OWNER"],
        "{login}": connection.settings_dict["USER"],
        "{pid}": str(connection.connection.info.backend_pid),
    }
    for name, value in names.items():
        payload = payload.replace(name, value)
    return payload


@pytest.mark.parametrize("inject", [bare, bound])
@pytest.mark.parametrize("payload", READING + SWITCHING)
def test_inside_a_statement_it_is_refused(in_client: Cast, other: str, inject: Injection, payload: str) -> None:
    before = place()
    assert refused(inject, _fill(payload, in_client))
    assert place() == before


@pytest.mark.parametrize("payload", WHOLE)
def test_as_a_statement_of_its_own_it_is_refused(in_client: Cast, other: str, payload: str) -> None:
    before = place()
    assert refused(whole, _fill(payload, in_client))
    assert place() == before


@pytest.mark.parametrize(
    "payload", ["RESET ROLE", "SET ROLE {own}", "SET ROLE {owner}", "DISCARD ALL", "SELECT 1; SELECT 2"]
)
def test_outside_every_client_too(cast: Cast, payload: str) -> None:
    before = place()
    assert refused(whole, _fill(payload, cast))
    assert place() == before


def test_copy_takes_one_statement(in_client: Cast, other: str) -> None:
    before = place()
    for statement in (
        "COPY listening_query TO STDOUT; RESET ROLE",
        f"COPY {other}.listening_query TO STDOUT",
        f"COPY (SELECT * FROM {other}.listening_query) TO STDOUT",
        "COPY listening_query TO PROGRAM 'cat'",
        "COPY listening_query FROM '/etc/passwd'",
        "RESET ROLE",
    ):
        with (
            pytest.raises(psycopg.Error),
            transaction.atomic(),
            connection.cursor() as cursor,
            cursor.copy(statement) as copy,
        ):
            list(copy)
    assert place() == before


def test_a_server_side_cursor_is_guarded_as_well(in_client: Cast, other: str) -> None:
    Query.objects.create(name="Ours", kind="brand", text="ours")
    before = place()
    assert [query.name for query in Query.objects.iterator(chunk_size=1)] == ["Ours"]
    for statement in (f"SELECT name FROM {other}.listening_query", "SELECT 1; RESET ROLE"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.chunked_cursor() as cursor:
            cursor.execute(statement)
            cursor.fetchall()
    assert place() == before


def test_many_at_once_and_streams_are_guarded(in_client: Cast) -> None:
    before = place()
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.executemany("RESET ROLE", [(), ()])
    with pytest.raises(psycopg.Error), transaction.atomic(), connection.cursor() as cursor:
        list(cursor.stream("RESET ROLE"))
    with pytest.raises(psycopg.Error), transaction.atomic(), connection.connection.pipeline():
        connection.connection.execute("RESET ROLE")
    assert place() == before


def test_psycopgs_own_connection_gives_out_guarded_cursors(in_client: Cast) -> None:
    before = place()
    for statement in ("RESET ROLE", "SELECT 1; RESET ROLE"):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.wrap_database_errors:
            connection.connection.execute(statement)
    assert place() == before


def test_a_cursor_that_was_opened_elsewhere_follows_the_switch_or_is_refused(cast: Cast, mode: str) -> None:
    with connection.cursor() as cursor, db.enter(cast.client.schema_name):
        if mode == "strict":
            with pytest.raises(DatabaseError, match="open a new cursor"):
                cursor.execute("SELECT current_user::text")
            return
        cursor.execute("SELECT current_user::text")
        assert cursor.fetchone() == (cast.client.schema_name,)
        with db.enter(cast.second_client.schema_name):
            cursor.execute("SELECT current_user::text")
            assert cursor.fetchone() == (cast.second_client.schema_name,)
        cursor.execute("SELECT current_user::text")
        assert cursor.fetchone() == (cast.client.schema_name,)


def test_what_is_refused_is_not_repeated(in_client: Cast) -> None:
    with pytest.raises(DatabaseError) as problem, connection.cursor() as cursor:
        cursor.execute("SET x = 'kim.invented@example.org'")
    assert "invented" not in str(problem.value)


MINE = [statement for statement in WHOLE if statement.split()[0] in {"UPDATE", "WITH", "CREATE", "ALTER", "DROP", "DO"}]


@pytest.mark.parametrize(
    "statement",
    [*MINE, "SELECT set_config('role', 'none', false)", "SELECT set_config('search_path', '{other}', false)",
     "SELECT lo_create(0)", "SELECT pg_advisory_lock(1)", "SELECT pg_terminate_backend({pid})",
     "SELECT query FROM pg_stat_activity", "SELECT name FROM {other}.listening_query", "TRUNCATE listening_query"],
)  # fmt: skip
def test_postgresql_refuses_it_without_our_cursors(cast: Cast, statement: str) -> None:
    with unguarded(cast.client.schema_name) as raw, pytest.raises(Exception) as problem:
        raw.execute(_fill(statement, cast), prepare=None, binary=True)
    assert type(problem.value).__name__ in {
        "InsufficientPrivilege", "FeatureNotSupported", "InvalidSchemaName", "UndefinedObject", "SyntaxError",
    }  # fmt: skip


AWAY = [
    "RESET ROLE", "SET ROLE NONE", "SET ROLE {other}", "SET ROLE {owner}", "SET ROLE {login}", "RESET ALL",
    "SET SESSION AUTHORIZATION DEFAULT", "RESET SESSION AUTHORIZATION", "SET SESSION AUTHORIZATION {other}",
    "SET SESSION AUTHORIZATION {login}", "DISCARD ALL", "SET search_path = {other}, public",
    "ALTER ROLE {own} SET role = '{owner}'", "ALTER ROLE {own} SET session_authorization = '{owner}'",
]  # fmt: skip


@pytest.mark.parametrize("away", AWAY)
def test_in_strict_mode_postgresql_alone_keeps_a_whole_statement_in_its_client(
    cast: Cast, other: str, mode: str, away: str
) -> None:
    """In default mode our cursors alone do: whoever may send a whole statement can go back to the login."""
    own, login = cast.client.schema_name, connection.settings_dict["USER"]
    with unguarded(own) as raw:
        if mode == "default":
            raw.execute("RESET ROLE")
            assert raw.execute("SELECT current_user::text").fetchone() == (login,)
            return
        with suppress(psycopg.Error):
            raw.execute(_fill(away, cast))
        assert raw.execute("SELECT current_user::text, session_user::text").fetchone() == (own, own)
        for name in (f"{other}.listening_query", "public.tenants_client", "public.queue_message"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(f"SELECT count(*) FROM {name}")


@pytest.mark.parametrize("payload", [*WHOLE, *(text.partition(";")[2] for text in SWITCHING if text[1] == ";")])
def test_in_strict_mode_no_whole_statement_reaches_another_client(
    cast: Cast, other: str, mode: str, payload: str
) -> None:
    if mode == "default":
        return
    with unguarded(cast.client.schema_name) as raw:
        with suppress(psycopg.Error):
            raw.execute(_fill(payload, cast).encode(), prepare=None)
        raw.rollback()
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute(f"SELECT count(*) FROM {other}.listening_query")
    with db.enter(other):
        assert [query.name for query in Query.objects.all()] == [SECRET]


def test_a_clients_login_is_not_let_in_without_its_password(cast: Cast, mode: str) -> None:
    parameters = connection.copy().get_connection_params()
    parameters.pop("cursor_factory")
    role, stranger = cast.client.schema_name, cast.second_client.schema_name
    for password in ("", "wrong", next(logins.passwords(stranger))):
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(**{**parameters, "user": role, "password": password})


def test_the_login_alone_has_no_right_in_a_clients_schema(cast: Cast) -> None:
    with unguarded(None) as raw:
        for statement in (
            f"SELECT * FROM {cast.client.schema_name}.listening_query",
            f"CREATE TABLE {cast.client.schema_name}.loot (n int)",
            "CREATE TABLE public.loot (n int)",
            "CREATE TEMP TABLE loot (n int)",
            "CREATE ROLE loot",
            "ALTER TABLE public.tenants_client DISABLE TRIGGER ALL",
            "UPDATE public.tenants_auditevent SET action = ''",
            "DELETE FROM public.tenants_auditevent",
            "DELETE FROM public.django_migrations",
            "SELECT set_config('role', 'none', false)",
        ):
            with pytest.raises(Exception) as problem:
                raw.execute(statement)
            assert type(problem.value).__name__ == "InsufficientPrivilege", statement
