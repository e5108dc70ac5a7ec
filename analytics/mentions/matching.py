"""Changing the matches of mentions that are stored already. Who calls these holds `services.lock_matches`."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from django.db import connection

from analytics.mentions.awaiting import places_under
from analytics.mentions.contracts import Hit
from analytics.mentions.copytext import array, plain_array
from analytics.mentions.services import copy_matches
from kernel.ids import decode


def settle_matches(ids: Sequence[UUID]) -> None:
    """Decide what hangs on how some mentions were read: by the labels that they have now, however it was decided
    before. Of those that were not read nothing is decided."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT q.id, q.settled, q.void, q.spans, q.awaits, m.sentiment, m.emotions FROM mentions_mentionmatch q "
            "JOIN mentions_mention m ON m.id = q.mention_id WHERE q.mention_id = ANY(%s::uuid[]) "
            "AND q.awaits IS NOT NULL AND m.understood_at IS NOT NULL",
            [plain_array([pk.hex for pk in ids])],
        )
        decided: list[tuple[int, bool, str]] = []
        for pk, settled, void, spans, awaits, sentiment, emotions in cursor.fetchall():
            found = places_under(json.loads(awaits), sentiment=sentiment, emotions=emotions or ())
            matches, places = found is not None, found or []
            if (settled, void, spans) != (matches, not matches, places):
                decided.append((pk, matches, plain_array(places)))
        if not decided:
            return
        pks, settles, where = zip(*decided, strict=True)
        cursor.execute(
            "UPDATE mentions_mentionmatch q SET settled = n.settled, void = NOT n.settled, spans = n.spans::int[], "
            "hidden = q.hidden AND n.settled FROM unnest(%s::bigint[], %s::bool[], %s::text[]) "
            "AS n(id, settled, spans) WHERE q.id = n.id",
            [plain_array(pks), plain_array(settles), array(where)],
        )


def replace_matches(query_id: str, *, of: Sequence[UUID], found: Iterable[tuple[str, datetime, Hit]]) -> None:
    """Forget what one query matched among some mentions, and write what it matches now; of those that were read already
    nothing is left open."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM mentions_mentionmatch WHERE query_id = %s AND mention_id = ANY(%s::uuid[])",
            [decode("qry", query_id), plain_array([pk.hex for pk in of])],
        )
    hits = list(found)
    copy_matches(hits)
    settle_matches([decode("men", mention) for mention, _, hit in hits if not hit.settled])
