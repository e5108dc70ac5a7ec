"""A new client's schema comes from an image, and is what migrating would have made of it."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import given
from hypothesis import strategies as st

from kernel import db
from tenants import schema, services
from tenants.models import Agency, Client, SchemaImage, User
from tenants.schema import image, shell, template
from tenants.schema.catalog import describe
from tests.cast import Cast
from tests.kernel.queue_fixtures import COMMITTING, committed
from tests.tenants.committing import LaterMigrations, agency, later_migrations

__all__ = ["agency", "committed", "later_migrations"]


@pytest.fixture
def no_image_yet(cast: Cast) -> Iterator[None]:
    """As in a process that has just started after the code changed."""
    with db.as_owner():
        SchemaImage.objects.all().delete()
    template.forget()
    yield
    template.forget()


def run(*statements: str) -> None:
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)


def test_a_replayed_schema_is_the_migrated_one(cast: Cast) -> None:
    template.create_by_migrating("c_migrated")
    schema.create("c_replayed")
    expected = describe("c_migrated")
    assert describe("c_replayed") == expected
    kinds = {line.split(" | ")[0] for line in expected}
    assert kinds >= {"schema", "relation", "column", "constraint", "index", "sequence", "migration"}
    assert not any(line.startswith("rows") for line in expected)
    assert any("privileges by default" in line and "=arwd/" in line for line in expected)
    assert "migration | mentions.0001_initial" in expected


CHANGES = [
    "ALTER TABLE {s}.listening_query ADD COLUMN more text",
    "ALTER TABLE {s}.listening_query ALTER COLUMN name DROP NOT NULL",
    "ALTER TABLE {s}.listening_query ALTER COLUMN name SET DEFAULT 'x'",
    "ALTER TABLE {s}.listening_query ALTER COLUMN name TYPE varchar(77)",
    "ALTER TABLE {s}.listening_query ALTER COLUMN name SET STORAGE PLAIN",
    "ALTER TABLE {s}.listening_query ENABLE ROW LEVEL SECURITY",
    "ALTER TABLE {s}.listening_query SET (fillfactor = 70)",
    "ALTER TABLE {s}.listening_query ADD CONSTRAINT c CHECK (name <> 'x')",
    "ALTER TABLE {s}.listening_query ADD CONSTRAINT c CHECK (name <> 'x') NOT VALID",
    "CREATE INDEX i ON {s}.listening_query (name)",
    "CREATE UNIQUE INDEX i ON {s}.listening_query (lower(name)) WHERE name <> ''",
    "CREATE SEQUENCE {s}.extra",
    "CREATE VIEW {s}.v AS SELECT 1 AS one",
    "CREATE FUNCTION {s}.f() RETURNS int LANGUAGE sql AS 'SELECT 1'",
    "CREATE TYPE {s}.mood AS ENUM ('good', 'bad')",
    "CREATE TYPE {s}.pair AS (a int, b int)",
    "CREATE STATISTICS {s}.st ON name, kind FROM {s}.listening_query",
    "CREATE RULE r AS ON DELETE TO {s}.listening_query DO INSTEAD NOTHING",
    "CREATE POLICY p ON {s}.listening_query USING (true)",
    "GRANT TRUNCATE ON {s}.listening_query TO {s}",
    "GRANT CREATE ON SCHEMA {s} TO {s}",
    "REVOKE INSERT ON {s}.listening_query FROM {s}",
    "GRANT INSERT ON {s}.django_migrations TO {s}",
    "COMMENT ON TABLE {s}.listening_query IS 'it''s said'",
    "COMMENT ON COLUMN {s}.listening_query.name IS 'so'",
    "DELETE FROM {s}.django_migrations WHERE app = 'mentions'",
    "INSERT INTO {s}.django_migrations (app, name, applied) VALUES ('a', 'b', now())",
]


@pytest.mark.parametrize("change", CHANGES)
def test_the_comparison_sees_every_difference(cast: Cast, change: str) -> None:
    """What it does not see, no test above and no check of an image would either."""
    schema.create("c_one")
    before = describe("c_one")
    run(change.format(s="c_one"))
    assert describe("c_one") != before


# What may be in a schema one day and not today: each is carried by an image, or there is no image.
SHAPES = [
    'CREATE TABLE t (id serial PRIMARY KEY, n numeric(7,2) DEFAULT 1.50, a int[], "Odd ""name" text)',
    "CREATE TABLE t (id int GENERATED ALWAYS AS IDENTITY (START 7 INCREMENT 3 CYCLE) PRIMARY KEY)",
    'CREATE TABLE t (a text COLLATE "C", b int GENERATED ALWAYS AS (length(a)) STORED) WITH (fillfactor = 50)',
    "CREATE TABLE t (a int UNIQUE NULLS NOT DISTINCT, EXCLUDE USING btree (a WITH =))",
    "CREATE TABLE a (id int PRIMARY KEY); CREATE TABLE b (id int PRIMARY KEY, a int REFERENCES a ON DELETE CASCADE "
    "DEFERRABLE INITIALLY DEFERRED); ALTER TABLE a ADD b int REFERENCES b",
    "CREATE TABLE t (a text, b text); CREATE INDEX ON t (lower(a) DESC NULLS LAST) INCLUDE (b) WHERE a <> 'x''y'; "
    "COMMENT ON TABLE t IS 'it''s $q$ 100% %s'; COMMENT ON COLUMN t.a IS 'so'",
    "CREATE TABLE t (gone int, kept int); ALTER TABLE t DROP COLUMN gone; ALTER TABLE t RENAME TO u",
    "CREATE TABLE t (id int GENERATED BY DEFAULT AS IDENTITY); ALTER TABLE t RENAME TO u; CREATE SEQUENCE own CACHE 5",
    "CREATE TABLE nothing ()",
]


@pytest.mark.parametrize("shape", SHAPES)
def test_an_image_carries_what_tables_are_made_of(cast: Cast, shape: str) -> None:
    original, copy = "c_original", "c_copy"
    schema.create(original)
    run(f"SET LOCAL search_path = {original}", shape)
    made = image.write(original)
    assert original not in made
    run(shell.as_one(shell.opening_sql(copy)))
    run(f"SET LOCAL search_path = {copy}", shell.as_one(image.filled_in(made, copy)))
    run(shell.as_one(shell.closing_sql(copy)))
    assert describe(copy) == describe(original)


def test_rows_that_migrations_put_in_are_not_silently_lost(cast: Cast) -> None:
    schema.create("c_seeded")
    run("CREATE TABLE c_seeded.seed AS SELECT 1 AS one")
    with pytest.raises(image.CannotBeWritten, match="seed"):
        image.write("c_seeded")


def test_opening_a_client_sends_a_handful_of_statements_and_one_for_the_schema(cast: Cast) -> None:
    template.current_image()
    with CaptureQueriesContext(connection) as sent:
        schema.create("c_counted")
    statements = [
        query["sql"] for query in sent if not query["sql"].startswith(("SET search_path", "SAVEPOINT", "RELEASE"))
    ]
    assert len(statements) == 1
    assert statements[0].startswith("DO ")


def test_the_first_process_builds_the_image_and_the_others_find_it(no_image_yet: None) -> None:
    with CaptureQueriesContext(connection) as sent:
        first = template.current_image()
    assert first is not None
    assert len(sent) > 50
    assert SchemaImage.objects.get().statements == first
    template.forget()
    with CaptureQueriesContext(connection) as sent:
        assert template.current_image() == first
    assert len(sent) < 8


def test_building_the_image_leaves_no_schema_and_no_role(no_image_yet: None) -> None:
    before = schemas_and_roles()
    assert template.current_image() is not None
    assert schemas_and_roles() == before
    assert db.current() == db.PUBLIC


def test_where_no_image_can_be_had_the_schema_is_migrated(
    no_image_yet: None, later_migrations: LaterMigrations, caplog: pytest.LogCaptureFixture
) -> None:
    later_migrations("RunSQL('INSERT INTO privacy_redactiontally (day, entity, findings) VALUES (now(), $$x$$, 1)')")
    assert template.current_image() is None
    assert "privacy_redactiontally" in caplog.text
    assert not SchemaImage.objects.exists()
    schema.create("c_by_hand")
    assert "rows | privacy_redactiontally" in describe("c_by_hand")
    later_migrations("RunSQL('CREATE VIEW seen AS SELECT 1 AS one')")
    assert template.current_image() is None
    schema.create("c_with_a_view")
    assert [line for line in describe("c_with_a_view") if line.startswith("relation | seen | v")]


def test_a_schema_that_is_there_already_is_not_touched(cast: Cast) -> None:
    before = describe(cast.client.schema_name)
    with pytest.raises(Exception, match="already exists"), transaction.atomic():
        schema.create(cast.client.schema_name)
    assert describe(cast.client.schema_name) == before


@pytest.mark.parametrize("name", ['c"; DROP SCHEMA public; --', "", "pg_mine", "a" * 64, "c_'x"])
def test_a_name_that_is_no_schemas_is_refused_before_any_statement(cast: Cast, name: str) -> None:
    with CaptureQueriesContext(connection) as sent, pytest.raises(Exception, match="not valid"):
        schema.create(name)
    assert not [query for query in sent if "DO " in query["sql"]]


@given(st.text(alphabet=st.characters(exclude_characters="\0", codec="utf-8")))
def test_any_text_can_be_quoted(text: str) -> None:
    quoted = shell.dollar_quoted(text)
    tag = quoted[: quoted.index("$", 1) + 1]
    assert quoted == tag + text + tag
    assert tag not in text


def schemas_and_roles() -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nspname FROM pg_namespace UNION ALL "
            "SELECT rolname FROM pg_roles WHERE rolname ~ '^[ct]_' ORDER BY 1"
        )
        return [row[0] for row in cursor.fetchall()]


class TestAtOnce:
    pytestmark = COMMITTING

    def test_ten_clients_opened_at_once_by_processes_that_know_no_image_are_all_whole(
        self, agency: tuple[Agency, User]
    ) -> None:
        made, owner = agency
        template.forget()
        with db.as_owner():
            SchemaImage.objects.all().delete()
        gate = Barrier(10)

        def open_one(number: int) -> str:
            gate.wait()
            try:
                client = services.create_client(
                    agency_id=made.id, name=f"Shop {number}", locale="en-GB", time_zone="UTC", actor=owner.id
                )
                return str(client.schema_name)
            finally:
                connections.close_all()

        with ThreadPoolExecutor(10) as pool:
            names = list(pool.map(open_one, range(10)))
        first = describe(names[0])
        assert len(set(names)) == 10
        assert all(describe(name) == first for name in names[1:])
        assert Client.objects.filter(agency=made, status=Client.Status.ACTIVE).count() == 10
        assert SchemaImage.objects.count() == 1
