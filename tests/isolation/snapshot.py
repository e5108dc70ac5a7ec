"""What is stored, so that two courses of events can be compared: row by row, without what differs by chance."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from django.db import connection

from kernel import db
from kernel.db.base import quoted

# What only migrating writes, and a count of requests that begins anew with each minute.
_LEFT_OUT = {"django_migrations", "django_content_type", "auth_permission", "tenants_schemaimage", "tenants_ratewindow"}
# What each course of events makes anew, and what stands for it in a comparison. In this order.
_BY_CHANCE = tuple(
    (re.compile(pattern), instead)
    for pattern, instead in (
        (r"\bc_[0-9a-f]{32}\b", "<schema>"),
        (r"\b([a-z]{2,6})_[0-9a-f]{32}\b", r"\1_<id>"),
        (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<uuid>"),
        (r"\bear_[A-Za-z0-9]+_[A-Za-z0-9_-]+", "<key>"),
        (r"\b[0-9a-f]{64}\b|\\+x[0-9a-f]{40,}", "<digest>"),
        (r"\$q[0-9a-f]{16}\$", "$"),
        (r"\b[0-9a-z]{12}\b", "<prefix of a key>"),
        (r"[a-z0-9-]+-[0-9a-z]{6}(?=\.)", "<host>"),
        (r"(?<![\w-])(?=[a-z_-]*[A-Z0-9])[A-Za-z0-9_-]{24,}(?![\w-])", "<token>"),
        (r"\d{4}-\d{2}-\d{2}[ T]\d{2}:\d{2}:\d{2}(?:\.\d+)?(?:Z|[+-]\d{2}(?::?\d{2})?)?", "<moment>"),
        (r"\b\d{8,}\b", "<moment>"),
        (r"^\(\d+,", "(<number>,"),
    )
)


def plain(text: str) -> str:
    """`text` without ids, moments, keys and digests, of which each course of events makes its own."""
    for pattern, instead in _BY_CHANCE:
        text = pattern.sub(instead, text)
    return text


def rows(schema: str) -> dict[str, list[str]]:
    """All rows of a schema as text, by table, sorted."""
    with db.public(), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relnamespace = %s::regnamespace AND relkind = 'r' ORDER BY 1",
            [quoted(schema)],
        )
        tables = [row[0] for row in cursor.fetchall() if row[0] not in _LEFT_OUT]
        found: dict[str, list[str]] = {table: [] for table in tables}
        cursor.execute(
            " UNION ALL ".join(
                f"SELECT {number}, t::text FROM {quoted(schema)}.{connection.ops.quote_name(table)} t"
                for number, table in enumerate(tables)
            )
        )
        for number, text in cursor.fetchall():
            found[tables[number]].append(text)
    return {table: sorted(texts) for table, texts in found.items()}


def digest(schema: str) -> str:
    """Equal for two states of a schema that are the same in every byte of every row."""
    return hashlib.sha256(repr(rows(schema)).encode()).hexdigest()


def difference(before: dict[str, list[str]], after: dict[str, list[str]]) -> dict[str, tuple[list[str], list[str]]]:
    """Per table that changed: the rows that are gone and those that are new, made `plain` and sorted."""
    changed = {}
    for table, texts in after.items():
        old, new = Counter(before.get(table, [])), Counter(texts)
        gone, come = sorted(map(plain, (old - new).elements())), sorted(map(plain, (new - old).elements()))
        if gone or come:
            changed[table] = (gone, come)
    return changed
