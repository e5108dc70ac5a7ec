"""What one client leaves behind in a session, or sends through one, is of no use to the next; what catalogs tell."""

from __future__ import annotations

from io import StringIO

import psycopg
import pytest
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db import DatabaseError, connection, transaction

from analytics.listening.models import Query
from kernel import db, embedded
from kernel.db import inspection
from kernel.db.inspection import weaknesses
from kernel.management.commands import hardening_sql
from kernel.queue.postgres import connect
from kernel.queue.statements import CHANNEL
from tests.cast import Cast
from tests.isolation.attack import SECRET, bare, refused, unguarded
from tests.kernel.queue_fixtures import COMMITTING

pytestmark = [COMMITTING, pytest.mark.usefixtures("mode")]


def test_a_statement_prepared_by_another_client_runs_with_the_rights_of_whoever_runs_it(cast: Cast) -> None:
    theirs, ours = cast.client.schema_name, cast.second_client.schema_name
    with unguarded(theirs) as raw:
        raw.execute(f"PREPARE leftover AS SELECT name FROM {theirs}.listening_query")
        raw.execute("EXECUTE leftover")
        if db.is_strict():
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(f"SET ROLE {ours}")
            return
        raw.execute(f"SET search_path = {ours}; SET ROLE {ours}")
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            raw.execute("EXECUTE leftover")


def test_nothing_is_prepared_on_our_connections(in_client: Cast) -> None:
    for _ in range(10):
        Query.objects.filter(name="x").exists()
    with connection.cursor() as cursor:
        cursor.execute("SELECT name FROM pg_prepared_statements")
        assert cursor.fetchall() == []


def test_a_cursor_left_open_by_another_client_cannot_be_read(in_client: Cast, other: str) -> None:
    cast = in_client
    with db.enter(cast.client.schema_name):
        Query.objects.create(name=SECRET, kind="brand", text="x")
        Query.objects.create(name="another", kind="brand", text="x")
        rows = Query.objects.order_by("name").iterator(chunk_size=1)
        next(rows)
        with connection.cursor() as cursor:
            cursor.execute("SELECT name FROM pg_cursors WHERE name LIKE '\\_django%%'", [])
            ((name,),) = cursor.fetchall()
    with db.enter(cast.second_client.schema_name):
        assert refused(bare, f"' UNION SELECT cursor_to_xml('{name}', 10, true, false, '')::text --")
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f'FETCH ALL FROM "{name}"')
    with db.enter(cast.client.schema_name):
        assert [query.name for query in rows] == [SECRET]


def test_a_lock_ends_with_the_transaction_that_took_it(in_client: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(1, 1), pg_try_advisory_xact_lock(2)")
    for name in ("pg_advisory_lock(1, 1)", "pg_try_advisory_lock(2)", "pg_advisory_lock_shared(3)"):
        assert refused(bare, f"' UNION SELECT {name}::text --")


def test_notifications_carry_the_queues_name_and_no_more(cast: Cast) -> None:
    with connect("test-listener") as listener, unguarded(cast.client.schema_name) as raw:
        listener.execute(f"LISTEN {CHANNEL}")
        raw.execute("BEGIN")
        raw.execute(
            "SELECT public.queue_enqueue(gen_random_uuid(), 'default', %s, %s, %s::jsonb, 0, 0)",
            ["test.actor", cast.client.schema_name, f'{{"args": ["{SECRET}"]}}'],
        )
        raw.execute("COMMIT")
        heard = [notice.payload for notice in listener.notifies(timeout=120, stop_after=1)]
        listener.execute("DELETE FROM public.queue_message WHERE actor = 'test.actor'")
    assert heard == ["default"]


def test_a_client_sends_through_the_one_door_and_cannot_open_it_wider(in_client: Cast) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT prosecdef, proconfig, pg_get_userbyid(proowner) FROM pg_proc WHERE proname = 'queue_enqueue'"
        )
        assert cursor.fetchall() == [(True, ["search_path=public, pg_temp"], connection.settings_dict["OWNER"])]
    assert refused(
        bare, "' UNION SELECT public.queue_enqueue(gen_random_uuid(), 'q', 'a', 'public', '{}', 0, 0)::text --"
    )


def test_catalogs_tell_that_others_exist_by_opaque_names_and_nothing_else(in_client: Cast) -> None:
    """Names of schemas, roles, tables and columns cannot be hidden: every number can be cast to a name. They are the
    same in all clients, and schemas are named by random numbers."""
    other = in_client.second_client.schema_name
    with connection.cursor() as cursor:
        cursor.execute("SELECT nspname FROM pg_namespace WHERE nspname LIKE 'c\\_%%'", [])
        assert (other,) in cursor.fetchall()
        cursor.execute("SELECT DISTINCT table_schema::text FROM information_schema.tables ORDER BY 1")
        seen = {row[0] for row in cursor.fetchall()}
        assert in_client.client.schema_name in seen
        assert other not in seen
        assert "public" not in seen
        cursor.execute("SELECT count(*) FROM pg_stats WHERE schemaname = %s", [other])
        assert cursor.fetchone() == (0,)
    assert in_client.second_client.name.split()[0].lower() not in other


def test_others_statements_are_not_shown(in_client: Cast) -> None:
    with unguarded(in_client.client.schema_name) as raw:
        for source in ("pg_stat_activity", "pg_stat_get_activity(NULL)", "pg_locks", "pg_stat_all_tables"):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                raw.execute(f"SELECT * FROM {source}")


def test_the_tests_database_is_hardened_and_the_login_weak(cast: Cast) -> None:
    with unguarded(None) as raw:
        assert weaknesses(raw) == []


def test_a_database_that_is_not_hardened_is_named_and_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = connection.settings_dict
    if "EMBEDDED" not in settings:
        pytest.skip("asks for a superuser's login, which only the embedded server has for us")
    instance = embedded.ensure(settings["EMBEDDED"]["data_dir"], durable=False)
    monkeypatch.setattr(inspection, "_checked", set())
    with psycopg.connect(instance.dsn(database="postgres", superuser=True)) as raw:
        assert "the login is a superuser" in weaknesses(raw)
        with pytest.raises(ImproperlyConfigured, match="See docs"):
            inspection.check_once(raw, refuse=True)
        with pytest.raises(ImproperlyConfigured):
            inspection.check_once(raw, refuse=True)


def test_the_administrators_part_is_printed_for_the_roles_in_use() -> None:
    out = StringIO()
    call_command(hardening_sql.Command(), owner="the_owner", login="the_login", stdout=out)
    text = out.getvalue()
    assert 'GRANT USAGE ON LANGUAGE plpgsql, sql TO "the_owner";' in text
    assert "REVOKE EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) FROM PUBLIC;" in text
    assert '"the_login"' in text
