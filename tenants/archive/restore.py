"""Taking a client in: what can be known is looked at before anything is written; then all of it is, or nothing."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
from django.db import DatabaseError, connection, transaction

from kernel import crypto, db
from kernel.db import directory
from kernel.errors import EarshotError
from kernel.queue import send
from kernel.queue.tenancy import handing_over
from tenants.archive import files, keys, names, place, rows, structure, tables, waiting
from tenants.archive.container import Reader, reading
from tenants.archive.manifest import Manifest
from tenants.archive.refusal import DAMAGED, ArchiveRefused
from tenants.audit import record
from tenants.datakeys import master_keys
from tenants.lifecycle import sweeping
from tenants.models import Agency, Client
from tenants.schema import fleet, versions

# Work that came along waits so long where the schema is to be brought up to date first.
_PATIENCE = timedelta(minutes=1)
_PG_MAJOR = 10_000
_MOST_MESSAGES = 64 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Imported:
    """What came of it. `migrated` says how many migrations the archive lacked; `behind` why the client stayed at its
    old version, if it did; `resumed` messages wait in the queue again, `ended` jobs were failed."""

    client: Client
    rows: int
    files: int
    resumed: int
    ended: int
    ours: bool
    migrated: int = 0
    behind: str = ""


def import_client(
    *,
    source: Path,
    agency_id: str | None = None,
    cluster: str = "default",
    passphrase: str | None = None,
    run_its_sql: bool = False,
    actor: str = "system",
    begin: Callable[[int], None] = lambda _: None,
    advance: Callable[[], None] = lambda: None,
) -> Imported:
    """Restore the client in an archive, for the agency it had or for another, and bring its schema up to date. `begin`
    and `advance` are as for `export_client`. Call it outside every transaction.

    An archive from here brings its own schema as SQL. One from another installation, which needs its passphrase, gets
    the schema that this code's migrations come to, unless `run_its_sql`: its SQL would be run as the owner of all
    clients' tables.

    Raises ArchiveRefused, with nothing changed, for an archive that is damaged, of another kind, or newer than this
    code; for a client, schema or host name that is here already; and where the agency is not.
    """
    place.require(cluster)
    with reading(source) as archive, files.scratch() as scratch:
        manifest = archive.manifest
        structure.require_known(manifest.migrations)
        opened = keys.unwrapped(
            manifest.key, client_id=manifest.client["id"], masters=master_keys(), passphrase=passphrase
        )
        ours = keys.is_ours(archive.raw, archive.seals, data_key=opened, masters=master_keys())
        archive.check()
        agency = _agency(agency_id or str(manifest.client.get("agency_id")), named=agency_id is not None)
        _check_free(manifest, cluster)
        begin(len(manifest.tables) + len(manifest.files) + 1)
        content = keys.content_key(opened)
        messages = _messages(archive, content)
        for file in manifest.files:
            _unpack(archive, file.member, scratch / "files" / file.path, content)
            advance()
        lacking = versions.missing(manifest.migrations)
        taken = _Opened(
            archive=archive,
            agency=agency,
            cluster=cluster,
            data_key=opened,
            brought=ours or run_its_sql,
            messages=messages,
            least_delay=_PATIENCE if lacking else timedelta(),
            files=scratch / "files",
            actor=actor,
        )
        # It may have been in another cluster until now.
        directory.forget()
        try:
            client, ended = (_in_one if cluster == place.FIRST else _in_two)(taken, advance)
        except (DatabaseError, psycopg.Error) as error:
            # COPY's errors come as psycopg's own.
            raise ArchiveRefused(_told(error)) from None
        directory.forget()
        advance()
    behind = ""
    if lacking:
        behind = fleet.migrate(schemas=[manifest.schema]).failed.get(manifest.schema, "")
    done = (manifest.rows, len(manifest.files), len(messages), ended, ours, len(lacking))
    return Imported(client, *done, behind)


@dataclass(frozen=True, slots=True)
class _Opened:
    """What is to be restored, and where."""

    archive: Reader
    agency: Agency
    cluster: str
    data_key: bytes
    brought: bool
    messages: list[dict[str, Any]]
    least_delay: timedelta
    files: Path
    actor: str


def _in_one(taken: _Opened, advance: Callable[[], None]) -> tuple[Client, int]:
    """Everything in one transaction: the client and how many jobs were ended."""
    with _put_in(taken) as put, transaction.atomic():
        # First of all: whoever else restores the same client waits here, and then finds it.
        client = _account(taken)
        ended = _fill(taken, advance)
        _note(taken, ended)
        put()
    return client, ended


def _in_two(taken: _Opened, advance: Callable[[], None]) -> tuple[Client, int]:
    """The account first, as one in the making, which nobody works in; then the schema and its work, in a transaction of
    the other cluster; then the account is good. What a crash leaves in between is the sweeper's."""
    manifest = taken.archive.manifest
    with sweeping.being_made(manifest.schema):
        with transaction.atomic():
            client = _account(taken)
            Client.objects.filter(pk=client.pk).update(status=Client.Status.CREATING)
        try:
            ended = _fill(taken, advance)
            with _put_in(taken) as put, transaction.atomic():
                # Only where the lock was lost, with its session, may somebody have swept it.
                made = Client.objects.filter(pk=client.pk, status=Client.Status.CREATING)
                if not made.update(status=client.status):
                    raise ArchiveRefused("The connection was lost meanwhile; try again.")
                _note(taken, ended)
                put()
        except BaseException:
            with suppress(DatabaseError, EarshotError):
                sweeping.remove(sweeping.LeftOver(schemas=(manifest.schema,), unfinished=(manifest.schema,)))
            raise
    return client, ended


def _account(taken: _Opened) -> Client:
    """The client's rows in the public schema, in the caller's transaction."""
    manifest = taken.archive.manifest
    wrapped = crypto.wrap(master_keys(), taken.data_key, str(manifest.client["id"]).encode())
    client = rows.make_client(manifest.client, agency=taken.agency, cluster=taken.cluster, wrapped_key=wrapped)
    rows.make_rest(client, branding=manifest.branding, domains=manifest.domains)
    return client


def _note(taken: _Opened, ended: int) -> None:
    manifest = taken.archive.manifest
    detail = {"rows": manifest.rows, "files": len(manifest.files), "resumed": len(taken.messages), "ended": ended}
    record(
        agency_id=taken.agency.id,
        actor=taken.actor,
        action="client.imported",
        client_id=str(manifest.client["id"]),
        detail=detail,
    )
    # Who matches for all clients has to learn what this one listens for.
    with handing_over(manifest.schema):
        send("catalogue.tell")


@contextmanager
def _put_in(taken: _Opened) -> Iterator[Callable[[], None]]:
    """Gives a function that puts the client's files in their place; they go again where the block fails."""
    moved: list[Path | None] = []
    try:
        yield lambda: moved.append(files.move_in(taken.files, taken.archive.manifest.schema))
    except BaseException:
        for folder in filter(None, moved):
            shutil.rmtree(folder, ignore_errors=True)
        raise


def _agency(agency_id: str, *, named: bool) -> Agency:
    try:
        found: Agency | None = Agency.objects.filter(id=agency_id).first()
    except ValueError:
        found = None
    if found is None:
        raise ArchiveRefused(
            "There is no such agency." if named else "The client's agency is not here; name one with --as-agency."
        )
    return found


def _check_free(manifest: Manifest, cluster: str) -> None:
    """Raises ArchiveRefused where the client, or what is called as it is, is here."""
    try:
        found = Client.objects.filter(id=manifest.client["id"]).first()
    except ValueError:
        raise ArchiveRefused("The archive names a client as no client is named here.") from None
    if found is not None and found.status == Client.Status.CREATING:
        raise ArchiveRefused("This client is being restored, or that was interrupted: then sweep_clients comes first.")
    taken = found is not None or Client.objects.filter(schema_name=manifest.schema).exists()
    for alias in {place.FIRST, cluster}:
        with place.on(alias), db.as_owner(), connection.cursor() as cursor:
            cursor.execute(
                "SELECT EXISTS (SELECT FROM pg_namespace WHERE nspname = %(name)s) "
                "OR EXISTS (SELECT FROM pg_roles WHERE rolname = %(name)s)",
                {"name": manifest.schema},
            )
            ((there,),) = cursor.fetchall()
            taken = taken or there
    if taken:
        raise ArchiveRefused("This client is here already. Nothing was changed.")


def _unpack(archive: Reader, member: str, path: Path, key: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with path.open("xb") as file:
        for piece in archive.pieces(member, key):
            file.write(piece)


def _fill(taken: _Opened, advance: Callable[[], None]) -> int:
    """The client's schema, tables and work: in the caller's transaction in the first cluster, in one of its own in
    another. Returns how many jobs were ended."""
    archive, manifest = taken.archive, taken.archive.manifest
    schema, content = manifest.schema, keys.content_key(taken.data_key)
    sql = _text(archive, content) if taken.brought else structure.image_for(manifest.migrations)
    with place.on(taken.cluster), transaction.atomic():
        here = connection.pg_version // _PG_MAJOR  # type: ignore[attr-defined]
        structure.make(
            schema,
            sql=sql,
            migrations=manifest.migrations,
            expected=manifest.structure,
            same_server=manifest.postgresql // _PG_MAJOR == here,
            brought=taken.brought,
        )
        with db.enter(schema), db.as_owner():
            there = tables.columns(schema)
            if {table.name: set(table.columns) for table in manifest.tables} != {
                name: set(columns) for name, columns in there.items()
            }:
                raise ArchiveRefused("The archive's tables are not those that it brings.")
            tables.settle()
            for table in manifest.tables:
                tables.copy_in(table, archive.pieces(names.table_member(table.name), content))
                advance()
            tables.set_sequences(manifest.sequences, schema=schema)
            tables.check(schema)
            tables.analyze()
        return waiting.go_on(taken.messages, schema=schema, least_delay=taken.least_delay)


def _messages(archive: Reader, key: bytes) -> list[dict[str, Any]]:
    manifest = archive.manifest
    if manifest.member(names.MESSAGES).plain > _MOST_MESSAGES:
        raise ArchiveRefused("More work waits in the archive than can be taken up.")
    pieces = archive.pieces(names.MESSAGES, key)
    return waiting.read_messages(pieces, schema=manifest.schema, count=manifest.messages)


def _text(archive: Reader, key: bytes) -> str:
    try:
        return b"".join(archive.pieces(names.SCHEMA, key)).decode()
    except UnicodeDecodeError:
        raise ArchiveRefused(f"{DAMAGED}: {names.SCHEMA}.") from None


def _told(error: BaseException) -> str:
    """What PostgreSQL did not take, without its message, which may quote what is stored."""
    cause = error if isinstance(error, psycopg.Error) else error.__cause__
    if not isinstance(cause, psycopg.Error):
        return f"PostgreSQL refused the archive: {type(error).__name__}."
    where = [name for name in (cause.diag.table_name, cause.diag.constraint_name) if name]
    return f"PostgreSQL refused the archive: {type(cause).__name__}" + (f" ({', '.join(where)})." if where else ".")
