"""A schema written down as SQL, from PostgreSQL's catalogs: no pg_dump is needed, and any server will do."""

from __future__ import annotations

from typing import Any

from django.db import connection

from kernel import db
from kernel.db.base import quoted
from tenants.schema.catalog import filled_tables

# Stands in an image where the name of the schema belongs.
PLACE = "the_schema_that_this_image_is_replayed_in"

_SEQUENCES = """
SELECT c.relname, format_type(seqtypid, NULL), seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle, d.deptype,
       d.refobjid, a.attname, r.relname
FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid
LEFT JOIN pg_depend d ON d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass
     AND d.deptype IN ('a', 'i')
LEFT JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid
LEFT JOIN pg_class r ON r.oid = d.refobjid
WHERE c.relnamespace = %s::regnamespace ORDER BY c.oid"""
_COLUMNS = """
SELECT c.oid, c.relname, array_to_string(c.reloptions, ', '), c.relpersistence = 'u', a.attname,
       format_type(a.atttypid, a.atttypmod),
       CASE WHEN a.attcollation <> t.typcollation THEN a.attcollation::regcollation::text END,
       a.attnotnull, a.attidentity, a.attgenerated, pg_get_expr(d.adbin, d.adrelid), col_description(c.oid, a.attnum),
       obj_description(c.oid, 'pg_class')
FROM pg_class c
LEFT JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
LEFT JOIN pg_type t ON t.oid = a.atttypid
LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
WHERE c.relnamespace = %s::regnamespace AND c.relkind = 'r' ORDER BY c.oid, a.attnum"""
_CONSTRAINTS = """
SELECT r.relname, conname, contype = 'f', pg_get_constraintdef(k.oid)
FROM pg_constraint k JOIN pg_class r ON r.oid = conrelid
WHERE connamespace = %s::regnamespace AND contype IN ('p', 'u', 'x', 'c', 'f') ORDER BY k.oid"""
_INDEXES = """
SELECT pg_get_indexdef(indexrelid) FROM pg_index i JOIN pg_class c ON c.oid = indexrelid
WHERE c.relnamespace = %s::regnamespace
AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
ORDER BY indexrelid"""

GENERATED = {"s": "STORED", "v": "VIRTUAL"}


class CannotBeWritten(Exception):
    """A schema has something in it that an image does not carry."""


def write(schema: str, *, without_rows: bool = False) -> str:
    """Statements that make in an empty schema what is in this one: tables with their columns, defaults, identities and
    comments, sequences, constraints, indexes, and the record of migrations. They name the schema as `PLACE`, expect it
    alone in the search path, and leave privileges to the schema's defaults.

    Raises CannotBeWritten where tables have rows, unless they are to be left out. What else an image cannot carry is
    not looked for: compare `describe` of the two schemas.
    """
    filled = () if without_rows else filled_tables(schema)
    if filled:
        raise CannotBeWritten(f"Migrations put rows into {', '.join(filled)}.")
    with db.public(), db.as_owner(), connection.cursor() as cursor:

        def rows(query: str) -> list[Any]:
            cursor.execute(query, [quoted(schema)])
            return list(cursor.fetchall())

        # Names are printed without their schema where the search path finds them.
        cursor.execute("SELECT current_setting('search_path')")
        ((path,),) = cursor.fetchall()
        cursor.execute(f"SET search_path = {quoted(schema)}")
        sequences, columns, constraints = rows(_SEQUENCES), rows(_COLUMNS), rows(_CONSTRAINTS)
        indexes = [row[0] for row in rows(_INDEXES)]
        cursor.execute("SELECT app, name FROM django_migrations ORDER BY id")
        applied = cursor.fetchall()
        cursor.execute(f"SET search_path = {path}")

    statements: list[str] = []
    identities: dict[tuple[int, str], str] = {}
    later: list[str] = []
    for name, kind, start, step, low, high, cache, cycle, bond, table_oid, column, table in sequences:
        options = f"START WITH {start} INCREMENT BY {step} MINVALUE {low} MAXVALUE {high} CACHE {cache}"
        options += " CYCLE" if cycle else ""
        if bond == "i":
            identities[table_oid, column] = f"(SEQUENCE NAME {PLACE}.{_name(name)} {options})"
            continue
        statements.append(f"CREATE SEQUENCE {_name(name)} AS {kind} {options}")
        if bond == "a":
            later.append(f"ALTER SEQUENCE {_name(name)} OWNED BY {_name(table)}.{_name(column)}")

    tables: dict[str, list[str]] = {}
    heads: dict[str, tuple[str, str]] = {}
    for oid, table, reloptions, unlogged, *column in columns:
        heads[table] = ("UNLOGGED " if unlogged else "", f" WITH ({reloptions})" if reloptions else "")
        parts = tables.setdefault(table, [])
        name, kind, collation, not_null, identity, generated, default, comment, table_comment = column
        if table_comment and not parts:
            later.append(f"COMMENT ON TABLE {_name(table)} IS {_literal(table_comment)}")
        if name is None:
            continue
        part = f"{_name(name)} {kind}"
        part += f" COLLATE {collation}" if collation else ""
        if generated:
            part += f" GENERATED ALWAYS AS ({default}) {GENERATED[generated]}"
        elif default is not None:
            part += f" DEFAULT {default}"
        if identity:
            how = "ALWAYS" if identity == "a" else "BY DEFAULT"
            part += f" GENERATED {how} AS IDENTITY {identities[oid, name]}"
        parts.append(part + (" NOT NULL" if not_null else ""))
        if comment:
            later.append(f"COMMENT ON COLUMN {_name(table)}.{_name(name)} IS {_literal(comment)}")
    keys: dict[str, list[str]] = {}
    for table, name, foreign, definition in constraints:
        clause = f"CONSTRAINT {_name(name)} {definition}"
        if foreign:
            keys.setdefault(table, []).append(f"ADD {clause}")
        else:
            tables[table].append(clause)

    for table, parts in tables.items():
        kind, options = heads[table]
        statements.append(f"CREATE {kind}TABLE {_name(table)} ({', '.join(parts)}){options}")
    statements += indexes
    statements += [f"ALTER TABLE {_name(table)} {', '.join(parts)}" for table, parts in keys.items()]
    statements += later
    if applied:
        values = ", ".join(f"({_literal(app)}, {_literal(name)}, now())" for app, name in applied)
        statements.append(f"INSERT INTO django_migrations (app, name, applied) VALUES {values}")
    return "".join(f"{statement};\n" for statement in statements).replace(schema, PLACE)


def filled_in(image: str, schema: str) -> str:
    """The image's statements for one schema."""
    return image.replace(PLACE, quoted(schema))


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _literal(text: str) -> str:
    if "\\" in text or "\0" in text:
        raise CannotBeWritten("A comment or a migration's name has a backslash in it.")
    return "'" + text.replace("'", "''") + "'"
