"""What a database takes away from everybody, so that injected SQL cannot leave its client's role or count elsewhere.

Each statement is for a superuser, once per database (the embedded server does it itself). `rights` is the owner's part.
"""

from __future__ import annotations

from psycopg import sql

# Functions that nobody may call but the superuser, and the owner the first of them. `set_config` could change the role
# inside a SELECT; so could `UPDATE pg_settings`, which calls it. `cursor_to_xml` reads a cursor that another client's
# statement left open. A large object outlives its transaction and its client's schema.
FORBIDDEN = (
    "set_config(text, text, boolean)",
    "cursor_to_xml(refcursor, integer, boolean, boolean, text)",
    "cursor_to_xmlschema(refcursor, boolean, boolean, text)",
    "lo_creat(integer)",
    "lo_create(oid)",
    "lo_from_bytea(oid, bytea)",
    "lo_open(oid, integer)",
    "lo_get(oid)",
    "lo_get(oid, bigint, integer)",
    "lo_put(oid, bigint, bytea)",
    "lo_unlink(oid)",
)
# Functions that the login and the owner keep: locks that outlive a transaction, and what tells of everybody's rows,
# sizes, locks and sessions. The patterns are matched against names in pg_catalog.
RESERVED = (
    r"^pg_(try_)?advisory_lock(_shared)?$",
    r"^pg_advisory_unlock",
    r"^pg_stat_get_",
    r"^pg_(total_)?relation_size$",
    r"^pg_(table|indexes|database|tablespace)_size$",
    r"^pg_lock_status$",
)
# Relations likewise: pg_class estimates the rows of every table.
RESERVED_RELATIONS = ("pg_class", "pg_locks", "pg_largeobject_metadata")


def statements(*, owner: str, login: str) -> list[str]:
    """The superuser's part for one database, as single statements that may be repeated."""
    who = ", ".join(_quoted(name) for name in dict.fromkeys((owner, login)))
    found = [f"REVOKE EXECUTE ON FUNCTION pg_catalog.{name} FROM PUBLIC" for name in FORBIDDEN]
    # pg_dump begins with it.
    found.append(f"GRANT EXECUTE ON FUNCTION pg_catalog.set_config(text, text, boolean) TO {_quoted(owner)}")
    found += [
        "REVOKE UPDATE ON pg_catalog.pg_settings FROM PUBLIC",
        # Needed to write a DO block or a function, not to call one.
        "REVOKE USAGE ON LANGUAGE plpgsql FROM PUBLIC",
        "REVOKE USAGE ON LANGUAGE sql FROM PUBLIC",
        f"GRANT USAGE ON LANGUAGE plpgsql, sql TO {_quoted(owner)}",
    ]
    for relation in RESERVED_RELATIONS:
        found.append(f"REVOKE SELECT ON pg_catalog.{relation} FROM PUBLIC")
        found.append(f"GRANT SELECT ON pg_catalog.{relation} TO {who}")
    pattern = "|".join(RESERVED)
    found.append(
        "DO $harden$ DECLARE f regprocedure; BEGIN FOR f IN SELECT oid::regprocedure FROM pg_catalog.pg_proc "
        f"WHERE pronamespace = 'pg_catalog'::regnamespace AND proname ~ '{pattern}' LOOP "
        "EXECUTE format('REVOKE EXECUTE ON FUNCTION %s FROM PUBLIC', f); "
        f"EXECUTE format('GRANT EXECUTE ON FUNCTION %s TO {who}, pg_monitor', f); END LOOP; END $harden$"
    )
    return found


def rights(*, database: str, login: str) -> list[str]:
    """The owner's part: what the login may do in the public schema, now and in tables to come. May be repeated."""
    who = _quoted(login)
    return [
        f"REVOKE TEMPORARY ON DATABASE {_quoted(database)} FROM PUBLIC",
        f"GRANT USAGE ON SCHEMA public TO {who}",
        f"GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA public TO {who}",
        f"GRANT USAGE, SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public TO {who}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {who}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA public GRANT USAGE, SELECT, UPDATE ON SEQUENCES TO {who}",
    ]


def _quoted(name: str) -> str:
    return sql.Identifier(name).as_string(None)
