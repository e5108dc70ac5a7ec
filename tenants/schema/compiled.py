"""Migrations as SQL: run once by Django on an empty copy of a client's schema, written down as they run."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from django.db import DatabaseError, connection, transaction
from django.db.migrations import AddField, AlterField, Migration, RunPython, SeparateDatabaseAndState
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.operations.base import Operation

from kernel import db
from tenants.schema import image, template
from tenants.schema.catalog import describe
from tenants.schema.shell import dollar_quoted
from tenants.schema.versions import Key


@dataclass(frozen=True, slots=True)
class Compiled:
    """A migration's statements, good in every schema that is as the copied one was. They name no schema."""

    key: Key
    records: tuple[Key, ...]
    statements: tuple[str, ...]

    def as_one(self) -> str:
        """One statement that does and records the migration, or does nothing where it is recorded already. It wants the
        schema alone in the search path, and is a transaction of its own outside one."""
        app, name = (dollar_quoted(text) for text in self.key)
        rows = ", ".join(f"({dollar_quoted(a)}, {dollar_quoted(n)}, now())" for a, n in self.records)
        work = "".join(f"{statement.rstrip().rstrip(';')};\n" for statement in self.statements)
        body = (
            "BEGIN\n"
            "LOCK TABLE django_migrations IN SHARE ROW EXCLUSIVE MODE;\n"
            f"IF EXISTS (SELECT FROM django_migrations WHERE app = {app} AND name = {name}) THEN RETURN; END IF;\n"
            + (f"EXECUTE {dollar_quoted(work)};\n" if work else "")
            + f"INSERT INTO django_migrations (app, name, applied) VALUES {rows};\n"
            "END"
        )
        return f"DO {dollar_quoted(body)}"


def compile_for(schema: str) -> list[Compiled]:
    """What the client's schema lacks, as SQL, in the order to run it: all of it, or what comes before the first
    migration that only Django can run. Nothing where the schema cannot be copied. Leaves nothing behind."""
    copy = f"t_{uuid.uuid4().hex}"
    made: list[Compiled] = []
    with transaction.atomic(), db.public(), db.as_owner():
        try:
            template.replay(image.write(schema, without_rows=True), copy)
            if describe(schema, rows=False) != describe(copy, rows=False):
                return []
            with db.enter(copy):
                executor = MigrationExecutor(connection)
                graph = executor.loader.graph
                applied = [key for key in executor.loader.applied_migrations if key in graph.nodes]
                state = executor.loader.project_state(applied)
                for migration, _ in executor.migration_plan(graph.leaf_nodes()):
                    if not replayable(migration):
                        break
                    with _recorded() as statements:
                        state = executor.apply_migration(state, migration)
                    if any(copy in statement for statement in statements):
                        break
                    key = (migration.app_label, migration.name)
                    made.append(Compiled(key, tuple(migration.replaces) or (key,), tuple(statements)))
            return made
        except (image.CannotBeWritten, DatabaseError):
            # What fails here fails with Django too, which tells of it client by client.
            return made
        finally:
            transaction.set_rollback(True)


def replayable(migration: Migration) -> bool:
    """Whether the migration comes to the same statements in every schema: it is atomic, and made of Django's own
    operations other than RunPython."""
    return (
        migration.atomic
        and type(migration).apply is Migration.apply
        and all(_replayable(operation) for operation in migration.operations)
    )


def _replayable(operation: Operation) -> bool:
    if isinstance(operation, SeparateDatabaseAndState):
        return all(_replayable(inner) for inner in operation.database_operations)
    if not type(operation).__module__.startswith("django.db.migrations.operations."):
        return False
    if isinstance(operation, AddField | AlterField) and operation.field.has_default():
        default = operation.field.default
        if callable(default) and default() != default():
            # Such as a token, which must not be the same for all clients.
            return False
    return not isinstance(operation, RunPython)


@contextmanager
def _recorded() -> Iterator[Sequence[str]]:
    """The statements that schema editors run in this block, with their parameters in place."""
    taken: list[str] = []
    usual: Any = connection.SchemaEditorClass

    class Recorder(usual):  # type: ignore[misc]
        def execute(self, sql: Any, params: Any = ()) -> None:
            if params is not None:
                sql = self.connection.ops.compose_sql(str(sql), params)
            taken.append(str(sql))
            super().execute(str(sql), None)

    connection.SchemaEditorClass = Recorder
    try:
        yield taken
    finally:
        connection.SchemaEditorClass = usual
