"""What PostgreSQL's catalogs say of a schema, in lines that are equal for two schemas that are equal."""

from __future__ import annotations

import re

from django.db import connection

from kernel import db
from kernel.db.base import quoted

# Each yields lines of text. %(n)s is the schema's oid. Names of NOT NULL constraints (from PostgreSQL 18 on) are left
# out: no statement uses them. So is `pg_attver`, a number that minor releases since 15.20 keep among a column's options
# for themselves, another one in each table.
_QUERIES = (
    """SELECT 'schema', nspowner::regrole, nspacl FROM pg_namespace WHERE oid = %(n)s""",
    """SELECT 'privileges by default', defaclrole::regrole, defaclobjtype, defaclacl FROM pg_default_acl
       WHERE defaclnamespace = %(n)s""",
    """SELECT 'relation', relname, relkind, relpersistence, relowner::regrole, relacl, reloptions, relreplident,
       relrowsecurity, relforcerowsecurity, reltablespace, (SELECT amname FROM pg_am a WHERE a.oid = relam),
       obj_description(c.oid, 'pg_class'), reloftype, relispartition
       FROM pg_class c WHERE relnamespace = %(n)s AND relkind <> 'c'""",
    """SELECT 'column', c.relname, row_number() OVER (PARTITION BY c.oid ORDER BY a.attnum), a.attname,
       format_type(a.atttypid, a.atttypmod), a.attcollation::regcollation, a.attnotnull, a.attidentity, a.attgenerated,
       pg_get_expr(d.adbin, d.adrelid), a.attstorage, a.attcompression, nullif(a.attstattarget, -1),
       (SELECT array_agg(o ORDER BY o) FROM unnest(a.attoptions) o WHERE o NOT LIKE 'pg_attver=%%'),
       a.attacl, col_description(c.oid, a.attnum)
       FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
       LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
       WHERE c.relnamespace = %(n)s AND c.relkind <> 'c' AND a.attnum > 0 AND NOT a.attisdropped""",
    """SELECT 'constraint', conrelid::regclass, conname, contype, condeferrable, condeferred, convalidated,
       pg_get_constraintdef(oid), obj_description(oid, 'pg_constraint')
       FROM pg_constraint WHERE connamespace = %(n)s AND contype <> 'n'""",
    """SELECT 'index', pg_get_indexdef(indexrelid), indisunique, indisprimary, indisvalid, indisclustered,
       indisreplident FROM pg_index JOIN pg_class c ON c.oid = indexrelid WHERE c.relnamespace = %(n)s""",
    """SELECT 'sequence', c.relname, seqtypid::regtype, seqstart, seqincrement, seqmin, seqmax, seqcache, seqcycle,
       d.refobjid::regclass, d.refobjsubid > 0, d.deptype,
       (SELECT attname FROM pg_attribute WHERE attrelid = d.refobjid AND attnum = d.refobjsubid)
       FROM pg_sequence JOIN pg_class c ON c.oid = seqrelid LEFT JOIN pg_depend d ON d.objid = c.oid
       AND d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.deptype IN ('a', 'i')
       WHERE c.relnamespace = %(n)s""",
    """SELECT 'function', p.oid::regprocedure, p.proowner::regrole, p.proacl, p.prosrc, p.prosecdef, p.proconfig,
       p.provolatile, pg_get_function_result(p.oid) FROM pg_proc p WHERE pronamespace = %(n)s""",
    """SELECT 'trigger', pg_get_triggerdef(t.oid), tgenabled FROM pg_trigger t JOIN pg_class c ON c.oid = tgrelid
       WHERE NOT tgisinternal AND c.relnamespace = %(n)s""",
    """SELECT 'rule', pg_get_ruledef(r.oid) FROM pg_rewrite r JOIN pg_class c ON c.oid = ev_class
       WHERE c.relnamespace = %(n)s""",
    """SELECT 'policy', p.polname, polrelid::regclass, polcmd, polpermissive, pg_get_expr(polqual, polrelid),
       pg_get_expr(polwithcheck, polrelid) FROM pg_policy p JOIN pg_class c ON c.oid = polrelid
       WHERE c.relnamespace = %(n)s""",
    """SELECT 'type', t.oid::regtype, typtype, typowner::regrole, typacl,
       (SELECT array_agg(enumlabel ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid)
       FROM pg_type t WHERE typnamespace = %(n)s AND typtype <> 'c' AND typcategory <> 'A'
       UNION ALL SELECT 'type', reltype::regtype, 'c', NULL, NULL, NULL FROM pg_class
       WHERE relkind = 'c' AND relnamespace = %(n)s""",
    """SELECT 'statistics', pg_get_statisticsobjdef(oid) FROM pg_statistic_ext WHERE stxnamespace = %(n)s""",
    """SELECT 'inherits', inhrelid::regclass, inhparent::regclass FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid
       WHERE c.relnamespace = %(n)s AND c.relkind = 'r'""",
    """SELECT 'other', 'operator', oprname FROM pg_operator WHERE oprnamespace = %(n)s
       UNION ALL SELECT 'other', 'operator class', opcname FROM pg_opclass WHERE opcnamespace = %(n)s
       UNION ALL SELECT 'other', 'collation', collname FROM pg_collation WHERE collnamespace = %(n)s
       UNION ALL SELECT 'other', 'text search', cfgname FROM pg_ts_config WHERE cfgnamespace = %(n)s
       UNION ALL SELECT 'other', 'dictionary', dictname FROM pg_ts_dict WHERE dictnamespace = %(n)s
       UNION ALL SELECT 'other', 'extension', extname FROM pg_extension WHERE extnamespace = %(n)s""",
)


def describe(schema: str, *, rows: bool = True) -> list[str]:
    """Everything that makes up a schema, sorted: relations, columns, constraints, indexes, sequences, privileges and
    whatever else can be in one, then the migrations applied, then, where `rows` is true, the tables with rows in them.

    The schema's own name is written as `·`, wherever it stands, so that two schemas can be compared. Reads as
    the owner; the search path does not matter.
    """
    name = quoted(schema)
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute("SELECT %s::regnamespace::oid", [name])
        ((oid,),) = cursor.fetchall()
        lines: list[str] = []
        for query in _QUERIES:
            cursor.execute(query % {"n": int(oid)})
            for row in cursor.fetchall():
                lines.append(" | ".join(_sorted_grants(str(value)) for value in row).replace(schema, "·"))
        # Two schemas may list the same relation with and without its schema, by the search path of the moment.
        lines = sorted(line.replace('"·".', "").replace("·.", "") for line in lines)
        cursor.execute(f"SELECT app, name FROM {name}.django_migrations ORDER BY id")
        lines += [f"migration | {app}.{migration}" for app, migration in cursor.fetchall()]
    return lines + ([f"rows | {table}" for table in filled_tables(schema)] if rows else [])


def filled_tables(schema: str) -> list[str]:
    """Names of the schema's tables that have rows, the record of migrations aside."""
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r' "
            "AND relname <> 'django_migrations' ORDER BY 1",
            [quoted(schema)],
        )
        tables = [row[0] for row in cursor.fetchall()]
        if not tables:
            return []
        ops = connection.ops
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT {number} WHERE EXISTS (SELECT FROM {quoted(schema)}.{ops.quote_name(table)})"
                for number, table in enumerate(tables)
            )
        )
        return [tables[number] for (number,) in cursor.fetchall()]


def _sorted_grants(text: str) -> str:
    """A list of privileges in an order of its own: PostgreSQL keeps them in the order they were given."""
    if not re.fullmatch(r"\{.*=[a-zA-Z*]*/.*\}", text):
        return text
    return "{" + ",".join(sorted(text[1:-1].split(","))) + "}"
