"""Writing the catalogue: what a client's queries are now, told from inside the client, written in public.

One transaction never spans the two. So whoever changes queries calls `announce` in their own transaction: it sends a
message, which cannot be lost, and has the same done at once after the commit, which a busy worker cannot delay.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction
from django.db.models import F, Max
from django.db.models.functions import Now

from analytics.listening.catalogue import trees
from analytics.listening.catalogue.models import Entry, Position, Told
from analytics.listening.models import Query
from analytics.listening.query import QueryError, parse
from kernel import db
from kernel.logs import get_logger
from kernel.queue import send
from tenants.models import Client

log = get_logger(__name__)

# Followers that were away for longer read everything anew.
TOMBSTONES_KEPT = timedelta(days=1)
_AT_ONCE = 2_000
_TICKET = """
INSERT INTO catalogue_told AS t (schema, asked, told) VALUES (%s, 1, 0)
ON CONFLICT (schema) DO UPDATE SET asked = t.asked + 1 RETURNING asked
"""


@dataclass(frozen=True, slots=True)
class _Present:
    """One query as its client has it now."""

    query_id: str
    version: int
    active: bool
    text: str
    snippets: Mapping[str, str]
    source: str


def announce() -> None:
    """Say, in the transaction that changes the present client's queries or snippets, that they change."""
    at_once = _AtOnce(db.current())
    # Once per transaction, however many queries it changes.
    if all(hook != at_once for _, hook, *_ in connection.run_on_commit):
        send("catalogue.tell")
        transaction.on_commit(at_once)


@dataclass(frozen=True, slots=True)
class _AtOnce:
    schema: str

    def __call__(self) -> None:
        try:
            with db.enter(self.schema):
                tell()
        except Exception as error:  # the message that was committed with the change does it
            log.warning("catalogue.told_later", error_type=type(error).__name__)


def tell() -> int:
    """Have the catalogue know the present client's queries as they are now. Returns how many of its rows changed. Call
    it outside transactions; repeating it changes nothing, and an older telling never replaces a newer one."""
    schema = db.current()
    with db.public():
        ticket = _ticket(schema)
    present = _present()
    with db.public():
        read = _Reader()
        known = dict(Entry.objects.filter(schema=schema).values_list("query_id", "source"))
        for query in present:  # before the lock is taken: reading many takes long
            if known.get(query.query_id) != query.source:
                read(query)
        return _write(schema, ticket, present, read)


@transaction.atomic
def forget(*, now: datetime) -> int:
    """Remove what was deleted long ago, and what is of clients that are no more. Returns how many rows."""
    Position.objects.select_for_update().get(id=1)
    lost = Entry.objects.filter(deleted_at=None).exclude(schema__in=Client.objects.values("schema_name"))
    if lost.exists():
        lost.update(tree="", source="", active=False, heard=False, change=_next(), deleted_at=Now())
    old = Entry.objects.filter(deleted_at__lt=now - TOMBSTONES_KEPT)
    newest = old.aggregate(newest=Max("change"))["newest"]
    if newest is None:
        return 0
    Position.objects.filter(id=1, forgotten__lt=newest).update(forgotten=newest)
    return old.delete()[0]


class _Reader:
    """Reads each query's tree once."""

    def __init__(self) -> None:
        self._read: dict[str, str | None] = {}

    def __call__(self, query: _Present) -> str | None:
        """The tree as text; None for a query that cannot be read any more."""
        if query.query_id not in self._read:
            try:
                self._read[query.query_id] = trees.written(parse(query.text, snippets=query.snippets))
            except QueryError:
                log.error("catalogue.unreadable_query", query=query.query_id, version=query.version)
                self._read[query.query_id] = None
        return self._read[query.query_id]


def _ticket(schema: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(_TICKET, [schema])
        ((ticket,),) = cursor.fetchall()
    return int(ticket)


def _present() -> list[_Present]:
    return [
        _Present(query.id, query.version, query.active, query.text, query.snippets, _digest(query))
        for query in Query.objects.order_by("id").only("id", "version", "active", "text", "snippets")
    ]


def _digest(query: Query) -> str:
    written = json.dumps([query.text, query.snippets], sort_keys=True)
    return hashlib.sha256(written.encode()).hexdigest()


@transaction.atomic
def _write(schema: str, ticket: int, present: list[_Present], read: _Reader) -> int:
    # Before all else, so that numbers are given in the order in which they are committed.
    Position.objects.select_for_update().get(id=1)
    told = Told.objects.filter(schema=schema, told__lt=ticket)
    works = Client.objects.filter(schema_name=schema, status=Client.Status.ACTIVE, agency__suspended_at=None).exists()
    if not told.update(told=ticket, told_at=Now()):
        return 0  # what was read later is written already, or the client is gone
    known = {row.query_id: row for row in Entry.objects.filter(schema=schema)}
    written: list[Entry] = []
    for query in present:
        row = known.pop(query.query_id, None)
        if row is not None and row.source == query.source:
            tree: str | None = row.tree
        else:
            tree = read(query)
        if tree is None:
            continue
        entry = Entry(
            schema=schema,
            query_id=query.query_id,
            version=query.version,
            tree=tree,
            source=query.source,
            active=query.active,
            heard=query.active and works,
        )
        if row is None or _says(row) != _says(entry):
            written.append(entry)
    gone = [row.id for row in known.values() if row.deleted_at is None]
    if not written and not gone:
        return 0
    change = _next()
    for entry in written:
        entry.change = change
    Entry.objects.bulk_create(
        written,
        batch_size=_AT_ONCE,
        update_conflicts=True,
        unique_fields=["schema", "query_id"],
        update_fields=["version", "tree", "source", "active", "heard", "change", "deleted_at"],
    )
    Entry.objects.filter(id__in=gone).update(
        tree="", source="", active=False, heard=False, change=change, deleted_at=Now()
    )
    return len(written) + len(gone)


def _says(entry: Entry) -> tuple[object, ...]:
    return entry.version, entry.tree, entry.source, entry.active, entry.heard, entry.deleted_at


def _next() -> int:
    """The next change number, in the transaction that holds the position."""
    Position.objects.filter(id=1).update(change=F("change") + 1)
    return Position.objects.values_list("change", flat=True).get(id=1)
