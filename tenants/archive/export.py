"""Writing a client down, while its workers go on."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from django.db import connection, transaction

from kernel import db
from tenants.archive import files, keys, names, place, rows, structure, tables, waiting
from tenants.archive.container import Writer
from tenants.archive.manifest import ClientFile, Manifest, Sequence, Table
from tenants.archive.refusal import ArchiveRefused
from tenants.audit import record
from tenants.datakeys import data_key, master_keys
from tenants.models import Client
from tenants.schema import image
from tenants.schema.digest import code_digest

_PIECE = 1024 * 1024


@dataclass(frozen=True, slots=True)
class Exported:
    """What came of it: `size` is the archive's, in bytes; `tables` are rows by table; `messages` wait in the queue."""

    client_id: str
    size: int
    tables: Mapping[str, int]
    files: int
    messages: int


@dataclass(slots=True)
class _Taken:
    """What one snapshot held."""

    public: dict[str, Any]
    migrations: tuple[tuple[str, str], ...]
    structure: str
    postgresql: int
    tables: list[Table]
    sequences: tuple[Sequence, ...]
    files: list[ClientFile]
    messages: int


def export_client(
    *,
    client_id: str,
    target: Path,
    passphrase: str | None = None,
    actor: str = "system",
    now: datetime | None = None,
    begin: Callable[[int], None] = lambda _: None,
    advance: Callable[[], None] = lambda: None,
) -> Exported:
    """Write the client to a new file: rows, positions of sequences and waiting work as of one moment, while others go
    on writing, and the files of that moment. Memory does not grow with the client. `begin` is told how many steps there
    are, `advance` of each that is done. Call it outside every transaction.

    Raises ArchiveRefused for a client that is not there or is being altered, a file that is, and a passphrase that is
    too short. What was refused or interrupted leaves no file.
    """
    if passphrase is not None:
        keys.check_passphrase(passphrase)
    client = _client(client_id)
    masters = master_keys()
    with files.scratch() as held:
        secret = data_key(client)
        with Writer(target, keys.content_key(secret)) as writer:
            with place.on(client.cluster):
                taken = _take(client, writer, held, begin, advance)
            manifest = Manifest(
                made_at=(now or datetime.now(UTC)).isoformat(),
                earshot=_version(),
                code=code_digest(),
                postgresql=taken.postgresql,
                migrations=taken.migrations,
                structure=taken.structure,
                **taken.public,
                tables=tuple(taken.tables),
                sequences=taken.sequences,
                files=tuple(taken.files),
                messages=taken.messages,
                key=keys.wrapped(secret, client_id=client.id, masters=masters, passphrase=passphrase),
                members=tuple(writer.members),
            ).to_bytes()
            writer.finish(manifest, keys.seals(manifest, data_key=secret, masters=masters))
            with transaction.atomic(), db.public():
                done = {"rows": sum(table.rows for table in taken.tables), "files": len(taken.files)}
                record(
                    agency_id=client.agency_id,
                    actor=actor,
                    action="client.exported",
                    client_id=client.id,
                    detail={**done, "passphrase": passphrase is not None},
                )
                size = writer.keep()
    counts = {table.name: table.rows for table in taken.tables}
    return Exported(client.id, size, counts, len(taken.files), taken.messages)


def _client(client_id: str) -> Client:
    with db.public():
        try:
            client: Client | None = Client.objects.filter(id=client_id).first()
        except ValueError:
            client = None
    if client is None or client.status in (Client.Status.CREATING, Client.Status.PURGING):
        raise ArchiveRefused("There is no such client.")
    return client


def _take(
    client: Client, writer: Writer, held: Path, begin: Callable[[int], None], advance: Callable[[], None]
) -> _Taken:
    schema = client.schema_name
    with db.enter(schema), db.as_owner():
        before = tables.columns(schema)
    files.hold(schema, held)
    with transaction.atomic(), db.enter(schema), db.as_owner():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        # What comes next still takes no snapshot, so that nothing can be altered between the two.
        tables.lock([*before, "django_migrations"])
        tables.settle()
        if tables.columns(schema) != before:
            raise ArchiveRefused("The client's tables are being altered; try again in a minute.")
        # A file of this moment is there before it or after: what is written now is not spoken of yet.
        files.hold(schema, held)
        found = files.held_files(held)
        begin(len(before) + len(found) + 1)
        public, messages = _public(client, writer, datetime.now(UTC))
        try:
            sql, digest = structure.written(schema)
        except image.CannotBeWritten as reason:
            raise ArchiveRefused(f"The client's schema cannot be written down: {reason}") from None
        with writer.member(names.SCHEMA) as member:
            member.write(sql.encode())
        migrations, standing = structure.applied(schema), tables.sequences(schema)
        server = connection.pg_version  # type: ignore[attr-defined]
        advance()
        copied = []
        for name, columns in before.items():
            copied.append(_copy(Table(name, columns, 0), writer))
            advance()
    listed = []
    for number, (path, file) in enumerate(found):
        listed.append(ClientFile(f"files/{number}", path))
        with writer.member(f"files/{number}") as member, file.open("rb") as content:
            while piece := content.read(_PIECE):
                member.write(piece)
        advance()
    return _Taken(public, migrations, digest, server, copied, standing, listed, messages)


def _copy(table: Table, writer: Writer) -> Table:
    count = 0
    with writer.member(names.table_member(table.name)) as member:
        for piece in tables.copy_out(table):
            count += piece.count(b"\n")
            member.write(piece)
    return Table(table.name, table.columns, count)


def _public(client: Client, writer: Writer, at: datetime) -> tuple[dict[str, Any], int]:
    """The client's rows in the first cluster's public schema, and how many messages wait for it in its own cluster's,
    which are written."""
    count = 0
    with place.on(place.FIRST):
        now = Client.objects.get(pk=client.pk)
        found = {
            "client": rows.of_client(now),
            "branding": rows.of_branding(now),
            "domains": rows.of_domains(now),
        }
    with db.public(), writer.member(names.MESSAGES) as member:
        for message in waiting.messages_of(client.schema_name, now=at):
            member.write(json.dumps(message).encode() + b"\n")
            count += 1
    return found, count


def _version() -> str:
    try:
        return version("earshot")
    except PackageNotFoundError:
        return ""
