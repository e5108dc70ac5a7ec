"""Understanding stored mentions, in batches."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.conf import settings
from django.db import connection

from analytics.language.contracts import UNDECIDED, Reading
from analytics.language.engines import get_engine
from analytics.language.langid import identify
from analytics.mentions.matching import settle_matches
from analytics.mentions.services import lock_matches

# How redaction writes a person. Each client has another pseudonym for them, and none may sway a reading.
_PSEUDONYM = re.compile(r"@~[a-z2-7]{10}")


@dataclass(frozen=True, slots=True)
class Understood:
    """A mention that was read just now, as the rollups need it. `id` is the database's own. `query_ids` are those that
    it matched before; of some others, `settled_ids`, only its sentiment told that they match."""

    id: Any
    source: str
    posted_at: datetime
    reach: int
    engagement: int
    query_ids: tuple[Any, ...]
    sentiment: str
    settled_ids: tuple[Any, ...] = ()


def language_of(text: str, hint: str) -> str:
    """The language that an engine will say this text is in: title and text, with the source's own tag as hint. ISO 639
    code, "" where none can be told."""
    language = identify(_PSEUDONYM.sub("@user", text), hint).language
    return "" if language == UNDECIDED else language


def understand(*, origin: str, limit: int, now: datetime) -> list[Understood]:
    """Read at most `limit` mentions of one import or feed that have not been read yet, and write the readings.

    Call it in a transaction; rows that another worker is reading are left to it. Returns [] when none is left.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, title, text, language_hint FROM mentions_mention "
            "WHERE origin = %s AND understood_at IS NULL ORDER BY id LIMIT %s "
            # Not FOR UPDATE: that would skip the mentions which a query is just being matched against.
            "FOR NO KEY UPDATE SKIP LOCKED",
            [origin, limit],
        )
        rows = cursor.fetchall()
        if not rows:
            return []
        texts = [_PSEUDONYM.sub("@user", f"{title}\n{text}" if title else text) for _, title, text, _ in rows]
        readings = get_engine(settings.LANGUAGE_ENGINE).read(texts, [hint for *_, hint in rows])
        lock_matches(alone=False)  # only now: reading takes long
        return _write(cursor, [row[0] for row in rows], readings, now)


def _write(cursor: Any, ids: Sequence[Any], readings: Sequence[Reading], now: datetime) -> list[Understood]:
    cursor.execute(
        "UPDATE mentions_mention m SET language = n.language, language_confidence = n.confidence, "
        "sentiment = n.sentiment, negative = n.negative, neutral = n.neutral, positive = n.positive, "
        "abstain_reason = n.reason, model_id = n.model, understood_at = %s "
        "FROM unnest(%s::uuid[], %s::text[], %s::float8[], %s::text[], %s::float8[], %s::float8[], %s::float8[], "
        "%s::text[], %s::text[]) AS n(id, language, confidence, sentiment, negative, neutral, positive, reason, model) "
        "WHERE m.id = n.id AND m.understood_at IS NULL RETURNING m.id, m.source, m.posted_at, m.reach, "
        "m.likes + m.reposts + m.replies, m.sentiment, "
        "ARRAY(SELECT q.query_id FROM mentions_mentionmatch q WHERE q.mention_id = m.id AND q.settled)",
        [
            now,
            list(ids),
            [r.language for r in readings],
            [r.language_confidence for r in readings],
            [r.sentiment for r in readings],
            [r.negative for r in readings],
            [r.neutral for r in readings],
            [r.positive for r in readings],
            [r.abstain_reason for r in readings],
            [r.model_id for r in readings],
        ],
    )
    rows = cursor.fetchall()
    settled = settle_matches({pk: sentiment for pk, _, _, _, _, sentiment, _ in rows})
    return [
        Understood(pk, source, posted_at, reach, engagement, tuple(queries), sentiment, tuple(settled.get(pk, ())))
        for pk, source, posted_at, reach, engagement, sentiment, queries in rows
    ]
