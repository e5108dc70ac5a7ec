"""What no client owns, and clients that are not whole: found in one look, named, and removed only where it is provably
nobody's.

Opening a client is one transaction, so that its schema, role and row are seen together or not at all; a look is one
statement and sees them at one moment. Whoever makes a client in several transactions holds `being_made` meanwhile.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, fields
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.conf import settings
from django.db import DatabaseError, connection, transaction

from kernel import db
from kernel.db.base import quoted
from kernel.errors import TenantUnavailable
from kernel.queue.models import Message
from tenants import schema
from tenants.audit import record
from tenants.models import Client

ACTOR = "system"
# How long a client may be in the making, and a folder new, before somebody wonders.
AGE = timedelta(hours=1)
_NAME = re.compile(r"c_[0-9a-f]{32}")

# A role of another database's client has rights there, which the server's shared catalog knows of. One that has
# none anywhere is no one's.
_LOOK = """
WITH client AS (SELECT schema_name::text AS name, status, created_at, cluster FROM public.tenants_client),
schemas AS (SELECT nspname::text AS name FROM pg_catalog.pg_namespace WHERE nspname ~ '^c_[0-9a-f]{32}$'),
roles AS (SELECT oid, rolname::text AS name FROM pg_catalog.pg_roles WHERE rolname ~ '^c_[0-9a-f]{32}$')
SELECT 'schemas', name FROM schemas WHERE name NOT IN (SELECT name FROM client)
UNION ALL
SELECT 'roles', name FROM roles WHERE name NOT IN (SELECT name FROM client) AND name NOT IN (SELECT name FROM schemas)
    AND NOT EXISTS (SELECT FROM pg_catalog.pg_shdepend d
                    WHERE d.refclassid = 'pg_catalog.pg_authid'::regclass AND d.refobjid = roles.oid
                    AND d.classid <> 'pg_catalog.pg_auth_members'::regclass)
UNION ALL
SELECT 'unfinished', name FROM client WHERE status = 'creating' AND created_at < %(before)s
UNION ALL
SELECT 'broken', name FROM client WHERE status NOT IN ('creating', 'purging') AND cluster = 'default'
    AND (name NOT IN (SELECT name FROM schemas) OR name NOT IN (SELECT name FROM roles))
ORDER BY 1, 2
"""


@dataclass(frozen=True, slots=True)
class LeftOver:
    """Names of what was found: schemas, roles and folders of files that belong to no client; clients that were never
    finished; and clients without a schema or role, which are somebody's and never removed."""

    schemas: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    folders: tuple[str, ...] = ()
    unfinished: tuple[str, ...] = ()
    broken: tuple[str, ...] = ()

    def by_kind(self) -> dict[str, list[str]]:
        return {field.name: list(getattr(self, field.name)) for field in fields(self)}

    def __bool__(self) -> bool:
        return any(self.by_kind().values())


def look(*, now: datetime) -> LeftOver:
    """What is left over now."""
    found: dict[str, list[str]] = {}
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(_LOOK, {"before": now - AGE})
        for kind, name in cursor.fetchall():
            found.setdefault(kind, []).append(name)
    for cluster in db.clusters()[1:]:
        for kind, names in _look_beside(cluster).items():
            found.setdefault(kind, []).extend(names)
    return LeftOver(folders=tuple(_folders(now)), **{kind: tuple(names) for kind, names in found.items()})


def _look_beside(cluster: str) -> dict[str, list[str]]:
    """The same in another cluster, whose schemas are read before its clients are: who makes one commits it first."""
    try:
        with db.on_cluster(cluster), db.as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT nspname FROM pg_catalog.pg_namespace WHERE nspname ~ '^c_[0-9a-f]{32}$'")
            schemas = [name for (name,) in cursor.fetchall()]
    except TenantUnavailable:
        return {}
    clients = dict(Client.objects.filter(cluster=cluster).values_list("schema_name", "status"))
    whole = {Client.Status.CREATING, Client.Status.PURGING}
    return {
        "schemas": sorted(set(schemas) - set(clients)),
        "broken": sorted(name for name, status in clients.items() if name not in schemas and status not in whole),
    }


def remove(found: LeftOver) -> LeftOver:
    """Remove what was found and is still nobody's, one by one, under a lock that keeps off whoever may be making it.
    Returns what was removed; `broken` is never touched."""
    removed = {
        "schemas": tuple(name for name in found.schemas if _remove_schema(name)),
        "roles": tuple(name for name in found.roles if _remove_role(name)),
        "unfinished": tuple(name for name in found.unfinished if _remove_unfinished(name)),
    }
    return LeftOver(folders=tuple(name for name in found.folders if _remove_folder(name)), **removed)


@contextmanager
def being_made(name: str) -> Iterator[None]:
    """Keep the sweeper off a schema that is made in several transactions. Lets go when the process ends, however."""
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(hashtextextended(%s, 1))", [name])
    try:
        yield
    finally:
        with db.public(), db.as_owner(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_unlock(hashtextextended(%s, 1))", [name])


def _remove_schema(name: str) -> bool:
    with transaction.atomic():
        if not keep_off(name) or Client.objects.filter(schema_name=name).exists():
            return False
        for cluster in db.clusters():
            schema.drop(name, cluster=cluster)
    return True


def _remove_role(name: str) -> bool:
    try:
        with transaction.atomic(), db.public(), db.as_owner(), connection.cursor() as cursor:
            if not keep_off(name) or Client.objects.filter(schema_name=name).exists():
                return False
            cursor.execute(f"DROP ROLE IF EXISTS {quoted(name)}")
    except DatabaseError:
        return False  # something depends on it, or it is another owner's: PostgreSQL keeps it
    return True


def _remove_unfinished(name: str) -> bool:
    with transaction.atomic():
        client = Client.objects.select_for_update().filter(schema_name=name, status=Client.Status.CREATING).first()
        if client is None or not keep_off(name):
            return False
        schema.drop(name, cluster=client.cluster)
        with db.on_cluster(client.cluster):
            Message.objects.filter(schema=name).delete()
        agency_id, client_id = client.agency_id, client.id
        client.delete()
        record(agency_id=agency_id, actor=ACTOR, action="client.swept", client_id=client_id)
    _remove_folder(name)
    return True


def _folders(now: datetime) -> Iterator[str]:
    root = Path(settings.FILES_ROOT)
    if not root.is_dir():
        return
    there = {entry.name for entry in root.iterdir() if entry.is_dir() and _NAME.fullmatch(entry.name)}
    known = set(Client.objects.filter(schema_name__in=there).values_list("schema_name", flat=True))
    for name in sorted(there - known):
        if datetime.fromtimestamp((root / name).stat().st_mtime, UTC) < now - AGE:
            yield name


def _remove_folder(name: str) -> bool:
    if Client.objects.filter(schema_name=name).exists():
        return False
    shutil.rmtree(Path(settings.FILES_ROOT) / name, ignore_errors=True)
    return True


def keep_off(name: str) -> bool:
    """Take, until the transaction ends, the lock that who makes this schema holds. False where somebody holds it."""
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 1))", [name])
        ((taken,),) = cursor.fetchall()
    return bool(taken)
