"""The schema of an archive: written down, made anew at the version it had, and compared."""

from __future__ import annotations

import hashlib
from collections.abc import Collection

from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader

from kernel import db
from tenants.archive.refusal import ArchiveRefused
from tenants.schema import image, shell, template, versions
from tenants.schema.catalog import describe
from tenants.schema.versions import Key

# Privileges and owners are the installation's; what is left must be equal, to the last default.
_COMPARED = ("column |", "constraint |", "index |", "sequence |", "trigger |", "migration |")


def written(schema: str) -> tuple[str, str]:
    """A schema without its rows as SQL, and its digest."""
    return image.write(schema, without_rows=True), digest(schema)


def digest(schema: str) -> str:
    """Equal for schemas with equal columns, constraints, indexes, sequences and migrations."""
    lines = [line for line in describe(schema, rows=False) if line.startswith(_COMPARED)]
    lines = [line for line in lines if not line.startswith("migration |")] + sorted(
        line for line in lines if line.startswith("migration |")
    )
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def applied(schema: str) -> tuple[Key, ...]:
    """The migrations in a schema's record, oldest first."""
    with db.enter(schema), db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        return tuple((app, name) for app, name in cursor.fetchall())


def require_known(migrations: Collection[Key]) -> None:
    """Raise ArchiveRefused where the archive's code was newer than this."""
    loader = MigrationLoader(None, ignore_no_migrations=True)
    known = set(loader.disk_migrations)
    known.update(key for migration in loader.disk_migrations.values() for key in migration.replaces)
    unknown = sorted(f"{app}.{name}" for app, name in set(migrations) - known)
    if unknown:
        more = f" and {len(unknown) - 3} more" if len(unknown) > 3 else ""
        raise ArchiveRefused(
            f"The archive was written by a newer version of Earshot: {', '.join(unknown[:3])}{more} is not known here. "
            "Update first."
        )


def image_for(migrations: Collection[Key]) -> str | None:
    """What makes a schema at this version by this code; None where it has to be migrated. To be had in the first
    cluster."""
    return None if versions.missing(migrations) else template.current_image()


def make(
    schema: str, *, sql: str | None, migrations: Collection[Key], expected: str, same_server: bool, brought: bool
) -> None:
    """Make the schema and its role at the version that the archive had, in the cluster in use. With `sql`, which is run
    as the owner and must come from here, that is what it says; without, it is what this code's migrations come to.
    Raises ArchiveRefused, in the words for SQL that the archive `brought` or did not, where the outcome is not what was
    written down; another version of PostgreSQL may say the same in other words."""
    if sql is not None:
        template.replay(sql, schema)
    else:
        _make_by_migrating(schema, migrations)
    if set(applied(schema)) != set(migrations) or (same_server and digest(schema) != expected):
        raise ArchiveRefused(
            "The archive's tables could not be made again as they were."
            if brought
            else "The archive's tables are not those that its migrations come to here. If you trust where it is from, "
            "let it bring its own with --run-its-sql, which runs SQL of the archive as the owner of all clients' "
            "tables."
        )


def _make_by_migrating(schema: str, migrations: Collection[Key]) -> None:
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(shell.as_one(shell.opening_sql(schema)))
        with db.enter(schema):
            executor = MigrationExecutor(connection)
            wanted = set(migrations)
            plan = executor.migration_plan(executor.loader.graph.leaf_nodes(), clean_start=True)
            executor.migrate([], plan=[step for step in plan if (step[0].app_label, step[0].name) in wanted])
        cursor.execute(shell.as_one(shell.closing_sql(schema)))
