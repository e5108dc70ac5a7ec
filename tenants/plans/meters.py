"""What clients tell of themselves, so that an agency's total is known without a look into any schema."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from django.conf import settings
from django.db import connection

from kernel import db
from kernel.ids import decode
from tenants.models import Client

_TELL = """
INSERT INTO tenants_mentioncount AS c (agency_id, client_id_text, month, mentions) VALUES (%s, %s, %s, %s)
ON CONFLICT (agency_id, month, client_id_text) DO UPDATE SET mentions = greatest(c.mentions, excluded.mentions)
"""


def tell_mentions(client: Client, *, month: date, mentions: int) -> None:
    """Tell how many mentions this client has stored in a month, as its own exact tally says. The tally only grows, so
    that telling twice, or late, does no harm. May be called from anywhere."""
    with db.public(), connection.cursor() as cursor:
        cursor.execute(_TELL, [decode("agy", client.agency_id), client.id, month, mentions])


def storage_of(client: Client) -> int:
    """The bytes that a client takes now: its tables with their indexes, and its files."""
    with db.enter(client.schema_name), db.as_owner(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT coalesce(sum(pg_catalog.pg_total_relation_size(c.oid)), 0)::bigint FROM pg_catalog.pg_class c "
            "JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = %s AND c.relkind IN ('r', 'm')",
            [client.schema_name],
        )
        ((tables,),) = cursor.fetchall()
    return int(tables) + _size_below(Path(settings.FILES_ROOT) / client.schema_name)


def _size_below(folder: Path) -> int:
    size = 0
    for path in folder.rglob("*"):
        try:
            found = path.lstat()
        except FileNotFoundError:  # read and discarded meanwhile
            continue
        size += found.st_size if path.is_file() else 0
    return size
