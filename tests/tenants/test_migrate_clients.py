"""`migrate_clients`: what it does to clients' schemas is what Django would have done, only sooner."""

from __future__ import annotations

import io
from collections.abc import Callable
from threading import Event, Thread

import pytest
from django.core.management import CommandError, call_command
from django.db import connection, connections, transaction
from django.db.migrations.executor import MigrationExecutor
from django.test.utils import CaptureQueriesContext

from kernel import db
from kernel.errors import Conflict, TenantUnavailable
from tenants import services
from tenants.models import Agency, User
from tenants.schema import fleet, versions
from tenants.schema.catalog import describe
from tests.kernel.queue_fixtures import COMMITTING, PATIENCE, committed
from tests.tenants.committing import LaterMigrations, agency, later_migrations

__all__ = ["agency", "committed", "later_migrations"]

pytestmark = COMMITTING

ADD = "AddField('Report', 'note', models.TextField(default='it''s 100% new', db_index=True))"


@pytest.fixture
def names(agency: tuple[Agency, User]) -> list[str]:
    """The schemas of three clients, each with one report whose title is the schema's name."""
    made, owner = agency
    found = [
        services.create_client(agency_id=made.id, name=name, locale="en-GB", time_zone="UTC", actor=owner.id)
        for name in ("One", "Two", "Three")
    ]
    schemas = sorted(client.schema_name for client in found)
    for schema in schemas:
        insert(schema, schema)
    return schemas


def insert(schema: str, title: str) -> None:
    sql(
        schema,
        'INSERT INTO reports_report (id, job_id, title, start, "end", locale, path, size, sha256, readings, '
        "created_at) VALUES (gen_random_uuid(), '', %s, now(), now(), 'en-GB', '', 0, '', '[]', now())",
        [title],
    )


def sql(schema: str, statement: str, params: list[str] | None = None) -> list[tuple[object, ...]]:
    with db.enter(schema), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(statement, params)
        return list(cursor.fetchall()) if cursor.description else []


def run(names: list[str], **options: object) -> str:
    out = io.StringIO()
    call_command("migrate_clients", schema=names, verbosity=0, stdout=out, stderr=out, **options)
    return out.getvalue()


def applied(schema: str) -> list[str]:
    """Which of the later migrations."""
    listed = sql(schema, "SELECT name FROM django_migrations WHERE name LIKE '%_later' ORDER BY id")
    return [str(row[0]) for row in listed]


SQL_ONLY = [
    (ADD,),
    (
        "AddField('Report', 'n', models.IntegerField(null=True))",
        "AlterField('Report', 'n', models.BigIntegerField(default=3))",
    ),
    ("AddField('Report', 'parent', models.ForeignKey('reports.Report', null=True, on_delete=models.CASCADE))",),
    (
        "CreateModel('Part', [('id', models.BigAutoField(primary_key=True)), ('k', models.CharField(max_length=9)), "
        "('report', models.ForeignKey('reports.Report', on_delete=models.CASCADE))])",
        "AlterUniqueTogether('Part', {('k', 'report')}), AlterField('Part', 'k', models.TextField(unique=True))",
        "AlterUniqueTogether('Part', set()), RenameField('Part', 'k', 'kind'), RenameModel('Part', 'Piece')",
        "DeleteModel('Piece')",
    ),
    (
        "AddConstraint('Report', models.CheckConstraint(condition=models.Q(size__gte=0), name='size_is_positive')), "
        "AddIndex('Report', models.Index(fields=['-size'], name='big', condition=models.Q(size__gt=9)))",
        "RemoveConstraint('Report', 'size_is_positive'), RenameIndex('Report', 'bigger', old_name='big')",
    ),
    (
        "RunSQL([('UPDATE reports_report SET title = %s', ['50% $$off$$'])]), "
        "RunSQL('CREATE TABLE a (b int); CREATE INDEX ON a (b)')",
        "SeparateDatabaseAndState(database_operations=[RunSQL('DROP TABLE a')])",
    ),
    ("RemoveField('Report', 'sha256'), AlterModelTable('Report', 'moved')",),
    ("AlterModelOptions('Report', {'ordering': ['id']})",),
]


@pytest.mark.parametrize("migrations", SQL_ONLY, ids=lambda given: given[0][:40])
def test_replaying_comes_to_what_django_comes_to(
    names: list[str], later_migrations: LaterMigrations, migrations: tuple[str, ...]
) -> None:
    *many, yardstick = names
    later_migrations(*migrations)
    with db.enter(yardstick), db.as_owner():
        executor = MigrationExecutor(connection)
        executor.migrate(executor.loader.graph.leaf_nodes())
    outcome = fleet.migrate(schemas=many)
    assert (outcome.failed, outcome.migrated) == ({}, 2)
    assert (outcome.replayed, outcome.by_django) == (2 * len(migrations), 0)
    assert describe(many[0]) == describe(many[1]) == describe(yardstick)
    table = "moved" if "moved" in migrations[-1] else "reports_report"
    columns = "title, size" if "off" in migrations[0] else "size"
    rows = [sql(name, f"SELECT {columns} FROM {table}") for name in names]
    assert rows[0] == rows[1] == rows[2]
    assert len(rows[0]) == 1


def test_what_only_django_can_run_is_run_by_django_between_what_is_replayed(
    names: list[str], later_migrations: LaterMigrations
) -> None:
    later_migrations(
        "AddField('Report', 'shout', models.TextField(null=True))",
        "RunPython(fill)",
        "AlterField('Report', 'shout', models.TextField())",
        extra="def fill(apps, editor):\n"
        "    for report in apps.get_model('reports', 'Report').objects.all():\n"
        "        report.shout = report.title.upper(); report.save()\n",
    )
    outcome = fleet.migrate(schemas=names, jobs=2)
    assert (outcome.failed, outcome.migrated, outcome.replayed, outcome.by_django) == ({}, 3, 6, 3)
    for name in names:
        assert sql(name, "SELECT shout FROM reports_report") == [(name.upper(),)]
        assert applied(name) == ["0002_later", "0003_later", "0004_later"]


def test_a_default_that_is_random_is_not_the_same_for_all_clients(
    names: list[str], later_migrations: LaterMigrations
) -> None:
    later_migrations("AddField('Report', 'secret', models.UUIDField(default=uuid.uuid4))", extra="import uuid")
    assert fleet.migrate(schemas=names).by_django == 3
    assert len({str(sql(name, "SELECT secret FROM reports_report")) for name in names}) == 3


UNIQUE = "AddConstraint('Report', models.UniqueConstraint(fields=['title'], name='each_title_once'))"


@pytest.mark.parametrize("python", [False, True], ids=["replayed", "by Django"])
def test_a_client_where_it_fails_is_named_and_works_on_at_its_old_version(
    names: list[str], later_migrations: LaterMigrations, python: bool
) -> None:
    unlucky = names[1]
    insert(unlucky, unlucky)
    before = describe(unlucky)
    later_migrations(UNIQUE + (", RunPython(RunPython.noop)" if python else ""), ADD)
    out = io.StringIO()
    with pytest.raises(CommandError, match="1 clients stayed"):
        call_command("migrate_clients", schema=names, verbosity=0, stdout=out, stderr=out)
    assert out.getvalue() == f"{unlucky}: reports.0002_later: UniqueViolation (reports_report, each_title_once)\n"
    assert describe(unlucky) == before
    insert(unlucky, "still works")
    assert [applied(name) for name in names] == [["0002_later", "0003_later"], [], ["0002_later", "0003_later"]]
    sql(unlucky, "DELETE FROM reports_report")
    assert run(names) == ""
    assert describe(unlucky, rows=False) == describe(names[0], rows=False)


def test_a_client_that_is_busy_is_left_for_later(names: list[str], later_migrations: LaterMigrations) -> None:
    later_migrations(ADD)
    locked, done = Event(), Event()

    def hold() -> None:
        try:
            with transaction.atomic(), db.enter(names[0]), connection.cursor() as cursor:
                cursor.execute("SELECT 1 FROM reports_report")
                locked.set()
                done.wait(PATIENCE)
        finally:
            connections.close_all()

    holder = Thread(target=hold)
    holder.start()
    assert locked.wait(PATIENCE)
    try:
        outcome = fleet.migrate(schemas=names, lock_timeout=0.2)
    finally:
        done.set()
        holder.join()
    assert outcome.failed == {names[0]: "reports.0002_later: LockNotAvailable"}
    assert outcome.migrated == 2
    assert fleet.migrate(schemas=names).migrated == 1


def test_check_says_who_is_behind(names: list[str], later_migrations: LaterMigrations) -> None:
    assert run(names, check=True) == "Every client's schema is up to date.\n"
    later_migrations(ADD, UNIQUE)
    fleet.migrate(schemas=names[:1])
    out = io.StringIO()
    with pytest.raises(CommandError) as problem:
        call_command("migrate_clients", schema=names, check=True, stdout=out)
    assert problem.value.returncode == 1
    assert out.getvalue() == "".join(f"{name} lacks reports.0002_later, reports.0003_later\n" for name in names[1:])
    assert applied(names[1]) == []
    run(names)
    assert versions.behind(names) == {}


def test_code_ahead_of_a_schema_is_refused_until_it_is_migrated(
    names: list[str], later_migrations: LaterMigrations
) -> None:
    versions.require_current(names[0])
    later_migrations(ADD)
    with pytest.raises(TenantUnavailable):
        versions.require_current(names[0])
    run(names)
    versions.require_current(names[0])
    with CaptureQueriesContext(connection) as sent:
        versions.require_current(names[0])
    assert len(sent) == 0
    with pytest.raises(TenantUnavailable):
        versions.require_current("c_that_never_was")


@pytest.mark.parametrize("python", [False, True], ids=["replayed", "by Django"])
def test_interrupted_anywhere_it_leaves_whole_versions_and_goes_on(
    names: list[str], later_migrations: LaterMigrations, python: bool
) -> None:
    later_migrations(ADD + (", RunPython(RunPython.noop)" if python else ""), UNIQUE)

    def after(steps: int) -> Callable[[], None]:
        left = iter(range(steps))

        def advance() -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt

        return advance

    with pytest.raises(KeyboardInterrupt):
        fleet.migrate(schemas=names, jobs=1, advance=after(1))
    states = [applied(name) for name in names]
    assert sum(len(state) for state in states) == 2
    for name, state in zip(names, states, strict=True):
        columns = sql(
            "public",
            "SELECT 1 FROM information_schema.columns "
            "WHERE table_schema = %s AND table_name = 'reports_report' AND column_name = 'note'",
            [name],
        )
        assert bool(columns) == ("0002_later" in state)
    assert fleet.migrate(schemas=names).failed == {}
    assert describe(names[0]) == describe(names[1]) == describe(names[2])
    assert applied(names[0]) == ["0002_later", "0003_later"]


def test_all_states_are_read_in_as_many_statements_as_one(names: list[str]) -> None:
    def statements(wanted: list[str]) -> int:
        with CaptureQueriesContext(connection) as sent:
            assert set(versions.read(wanted)) == set(wanted)
        return len(sent)

    statements(names)
    assert statements(names) == statements(names[:1])


def test_a_client_whose_schema_is_gone_is_named_and_stops_nobody(
    names: list[str], later_migrations: LaterMigrations
) -> None:
    later_migrations(ADD)
    sql("public", f"DROP SCHEMA {names[0]} CASCADE")
    outcome = fleet.migrate(schemas=names)
    assert list(outcome.failed) == [names[0]]
    assert outcome.migrated == 2


def test_a_schema_that_was_changed_by_hand_is_migrated_by_django(
    names: list[str], later_migrations: LaterMigrations
) -> None:
    for name in names:
        sql(name, "CREATE VIEW by_hand AS SELECT 1 AS one")
    later_migrations(ADD)
    outcome = fleet.migrate(schemas=names)
    assert (outcome.by_django, outcome.replayed, outcome.failed) == (3, 0, {})


def test_two_do_not_migrate_at_once(names: list[str]) -> None:
    seen: list[BaseException] = []

    def second() -> None:
        try:
            fleet.migrate(schemas=names)
        except Conflict as problem:
            seen.append(problem)
        finally:
            connections.close_all()

    def begin(_: int) -> None:
        other = Thread(target=second)
        other.start()
        other.join()

    fleet.migrate(schemas=names, begin=begin)
    assert len(seen) == 1
    fleet.migrate(schemas=names)


def test_nothing_is_migrated_while_the_public_schema_is_behind(
    names: list[str], later_migrations: LaterMigrations
) -> None:
    later_migrations(ADD)
    with transaction.atomic():
        sql("public", "DELETE FROM django_migrations WHERE app = 'tenants' AND name = '0001_initial'")
        for check in (True, False):
            with pytest.raises(CommandError, match=r"public schema lacks tenants\.0001_initial"):
                run(names, check=check)
        transaction.set_rollback(True)
    assert applied(names[0]) == []
