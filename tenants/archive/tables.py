"""The rows of a client's tables, by COPY, and where its sequences stand. Everything here runs as the owner, in the
client's schema alone, and in the caller's transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from collections.abc import Sequence as Many
from typing import Any

from django.db import connection

from kernel.db.base import quoted
from tenants.archive.manifest import Sequence, Table
from tenants.archive.refusal import DAMAGED, ArchiveRefused

# The record of migrations comes with the schema.
_APART = "django_migrations"
_COLUMNS = """
SELECT c.relname, array_agg(a.attname ORDER BY a.attnum) FILTER (WHERE a.attgenerated = '')
FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' GROUP BY c.relname ORDER BY c.relname"""
_SEQUENCES = """
SELECT c.relname FROM pg_class c
LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
     AND d.deptype IN ('a', 'i')
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'S'
AND d.refobjid IS DISTINCT FROM (SELECT oid FROM pg_class WHERE relname = %s AND relnamespace = %s::regnamespace)
ORDER BY 1"""
# What the text that COPY writes depends on.
_MANNERS = (
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL intervalstyle = 'postgres'",
    "SET LOCAL bytea_output = 'hex'",
    "SET LOCAL extra_float_digits = 1",
    "SET LOCAL timezone = 'UTC'",
)


def columns(schema: str) -> dict[str, tuple[str, ...]]:
    """Every table's columns, those that are generated aside."""
    return {name: tuple(found or ()) for name, found in _rows(_COLUMNS, [quoted(schema)]) if name != _APART}


def lock(tables: Many[str]) -> None:
    """Let nobody alter these tables, which all may go on reading and writing, until the transaction ends."""
    if tables:
        with connection.cursor() as cursor:
            cursor.execute(f"LOCK TABLE {', '.join(map(_name, tables))} IN ACCESS SHARE MODE")


def settle() -> None:
    """Have COPY write and read the same text on every server, until the transaction ends."""
    with connection.cursor() as cursor:
        for statement in _MANNERS:
            cursor.execute(statement)


def copy_out(table: Table) -> Iterator[bytes]:
    """A table's rows as text, each ended by a line feed; one within a value is escaped."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {_target(table)} TO STDOUT") as copy:
        for piece in copy:
            yield bytes(piece)


def copy_in(table: Table, pieces: Iterable[bytes]) -> None:
    """Fill an empty table. Raises ArchiveRefused where the rows are not as many as there should be."""
    with connection.cursor() as cursor, cursor.copy(f"COPY {_target(table)} FROM STDIN") as copy:
        for piece in pieces:
            copy.write(piece)
    ((found,),) = _rows(f"SELECT count(*) FROM {_name(table.name)}", [])
    if found != table.rows:
        raise ArchiveRefused(f"{DAMAGED}: {table.name} has {found} rows and should have {table.rows}.")


def sequences(schema: str) -> tuple[Sequence, ...]:
    """Where the schema's sequences stand."""
    found = []
    for (name,) in _rows(_SEQUENCES, [quoted(schema), _APART, quoted(schema)]):
        ((value, used),) = _rows(f"SELECT last_value, is_called FROM {_name(name)}", [])
        found.append(Sequence(name, value, used))
    return tuple(found)


def set_sequences(standing: Iterable[Sequence], *, schema: str) -> None:
    """Have the sequences go on from there. Raises ArchiveRefused unless they are the schema's."""
    standing = list(standing)
    if {sequence.name for sequence in standing} != {sequence.name for sequence in sequences(schema)}:
        raise ArchiveRefused("The archive's sequences are not those of its tables.")
    for sequence in standing:
        _rows("SELECT setval(%s::regclass, %s, %s)", [_name(sequence.name), sequence.value, sequence.used])


def check(schema: str) -> None:
    """What is otherwise looked at on commit, and what no constraint says. Raises ArchiveRefused for a row that points
    to a file outside of the client's folder."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    inside = f"^{schema}(/[A-Za-z0-9_][A-Za-z0-9_. -]*)+$"
    for table, names in columns(schema).items():
        if "path" in names:
            ((outside,),) = _rows(
                f"SELECT count(*) FROM {_name(table)} WHERE path::text <> '' AND path::text !~ %s", [inside]
            )
            if outside:
                raise ArchiveRefused(f"Rows of {table} point to files that are not the client's.")


def analyze() -> None:
    """Have PostgreSQL look at what came, so that the first questions are answered as fast as later ones."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = current_schema()::regnamespace AND relkind = 'r'"
        )
        for (name,) in cursor.fetchall():
            cursor.execute(f"ANALYZE {_name(name)}")


def _target(table: Table) -> str:
    return f"{_name(table.name)} ({', '.join(map(_name, table.columns))})"


def _rows(statement: str, parameters: list[Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
