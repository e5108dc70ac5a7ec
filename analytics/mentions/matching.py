"""Changing the matches of mentions that are stored already. Who calls these holds `services.lock_matches`."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from analytics.mentions.contracts import Hit
from analytics.mentions.copytext import array, plain_array
from analytics.mentions.services import copy_matches
from kernel.ids import decode


def settle_matches(sentiments: Mapping[UUID, str]) -> dict[UUID, list[UUID]]:
    """Decide what hung on the sentiment of some mentions, "" where none was told. Returns, by mention, the queries that
    turned out to match; those that did not are gone."""
    read = [plain_array([pk.hex for pk in sentiments]), array(sentiments.values())]
    settled: dict[UUID, list[UUID]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM mentions_mentionmatch q USING unnest(%s::uuid[], %s::text[]) AS n(id, sentiment) "
            "WHERE q.mention_id = n.id AND NOT q.settled AND NOT jsonb_exists(q.awaits, n.sentiment)",
            read,
        )
        cursor.execute(
            "UPDATE mentions_mentionmatch q SET settled = true, awaits = NULL, "
            "spans = ARRAY(SELECT jsonb_array_elements_text(q.awaits -> n.sentiment)::int) "
            "FROM unnest(%s::uuid[], %s::text[]) AS n(id, sentiment) "
            "WHERE q.mention_id = n.id AND NOT q.settled RETURNING q.mention_id, q.query_id",
            read,
        )
        for mention, query in cursor.fetchall():
            settled.setdefault(mention, []).append(query)
    return settled


def replace_matches(query_id: str, *, of: Sequence[UUID], found: Iterable[tuple[str, datetime, Hit]]) -> set[UUID]:
    """Forget what one query matched among some mentions, and write what it matches now. Returns the mentions of which
    a settled match is gone (they may have another one now)."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM mentions_mentionmatch WHERE query_id = %s AND mention_id = ANY(%s::uuid[]) "
            "RETURNING mention_id, settled",
            [decode("qry", query_id), plain_array([pk.hex for pk in of])],
        )
        gone = {mention for mention, settled in cursor.fetchall() if settled}
    copy_matches(found)
    return gone
