"""Making a client's schema: from the image of a template where there can be one, else by migrating."""

from __future__ import annotations

import logging
import uuid

from django.db import connection, transaction
from django.db.migrations.executor import MigrationExecutor

from kernel import db
from kernel.db.base import quoted
from tenants.models import SchemaImage
from tenants.schema import image, shell
from tenants.schema.catalog import describe
from tenants.schema.digest import code_digest

logger = logging.getLogger(__name__)

# By digest; never wrong, since what it depends on is in the digest. None where this code's schema has no image.
_known: dict[str, str | None] = {}

# Held while a template is built, so that of many that need one, one builds it.
_BUILDING = 0x65617273686F7401


def create(schema: str, *, cluster: str = "default") -> None:
    """Create the schema, its tables and its role, which may work in that schema and nowhere else: all of it or, where
    that fails, nothing. One round trip, but for the first call after a change of the code. In another cluster than the
    first it is committed beside the caller's transaction."""
    made = current_image()
    with db.on_cluster(cluster), transaction.atomic():
        if made is None:
            create_by_migrating(schema)
        else:
            replay(made, schema)


def create_by_migrating(schema: str) -> None:
    """What `create` comes to, by Django's own migrations: the yardstick, and the way out where no image can be had."""
    with transaction.atomic(), db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(shell.as_one(shell.opening_sql(schema)))
        with db.enter(schema):
            executor = MigrationExecutor(connection)
            executor.migrate(executor.loader.graph.leaf_nodes())
        cursor.execute(shell.as_one(shell.closing_sql(schema)))


def current_image() -> str | None:
    """The image of the schema that this code's migrations come to, built if need be, or None where it cannot be had.
    Call it after deploying, so that no one who opens a client waits for it."""
    digest = code_digest()
    if digest in _known:
        return _known[digest]
    with transaction.atomic(), db.public(), db.as_owner():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_BUILDING])
        kept = SchemaImage.objects.filter(digest=digest).first()
        if kept is not None:
            made: str | None = kept.statements
        else:
            made = build()
            if made is not None:
                SchemaImage.objects.create(digest=digest, statements=made)
    _known[digest] = made
    return made


def build() -> str | None:
    """Migrate an empty schema, write it down, replay that beside it, and compare the two. None where they differ or
    the schema cannot be written down. Neither schema is ever committed."""
    migrated, replayed = (f"t_{uuid.uuid4().hex}" for _ in range(2))
    with transaction.atomic(), db.public(), db.as_owner():
        try:
            create_by_migrating(migrated)
            made = image.write(migrated)
            replay(made, replayed)
            expected, found = describe(migrated), describe(replayed)
            if expected != found:
                difference = sorted(set(expected) ^ set(found))
                logger.warning("An image of the schema differs from it: %s", "; ".join(difference[:10]))
                return None
            return made
        except image.CannotBeWritten as reason:
            logger.warning("The schema has no image, so that new clients are migrated: %s", reason)
            return None
        finally:
            transaction.set_rollback(True)


def forget() -> None:
    """Have the next call look the image up again."""
    _known.clear()


def replay(made: str, schema: str) -> None:
    """Make the schema, its role and what the image has, in one round trip."""
    statements = (
        shell.opening_sql(schema)
        + f"SET LOCAL search_path = {quoted(schema)};\n"
        + image.filled_in(made, schema)
        + shell.closing_sql(schema)
        + "SET LOCAL search_path = public;\n"
    )
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(shell.as_one(statements))
