"""Reads of the catalogue, for who follows it. Public schema."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from analytics.listening.catalogue.models import Position

# Each one statement, and so of one moment: the rows are exactly those of the change that it names.
_ROWS = "SELECT p.change, p.forgotten, e.schema, e.query_id, e.version, e.tree, e.heard FROM catalogue_position p "
_SINCE = f"{_ROWS} LEFT JOIN catalogue_entry e ON e.change > %s WHERE p.id = 1 ORDER BY e.schema, e.query_id"
_WHOLE = f"{_ROWS} LEFT JOIN catalogue_entry e ON e.heard WHERE p.id = 1 ORDER BY e.schema, e.query_id"


@dataclass(frozen=True, slots=True)
class Row:
    """One query as the catalogue has it; `tree` is text (see `trees`). One that is not `heard` is not to be matched."""

    schema: str
    query_id: str
    version: int
    tree: str
    heard: bool


@dataclass(frozen=True, slots=True)
class Changes:
    """What brings a reader who stood at an older change to `change`: rows that are new or other than before, or, where
    `whole`, all that are heard."""

    change: int
    rows: tuple[Row, ...]
    whole: bool


def position() -> int:
    """The catalogue's present change number."""
    return Position.objects.values_list("change", flat=True).get(id=1)


def changes_since(change: int) -> Changes:
    """What a reader who stands at `change` has to take over; below 0 stands who has nothing. Who stands before what was
    forgotten, or ahead of a catalogue that was restored, gets the whole."""
    if change >= 0:
        found = _read(_SINCE, [change])
        present, forgotten = found[0][:2]
        if forgotten <= change <= present:
            return _changes(found, whole=False)
    return _changes(_read(_WHOLE, []), whole=True)


def _read(statement: str, parameters: list[int]) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _changes(found: list[tuple[Any, ...]], *, whole: bool) -> Changes:
    return Changes(found[0][0], tuple([Row(*row[2:]) for row in found if row[2] is not None]), whole)
