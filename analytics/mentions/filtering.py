"""Judging stored mentions, and hiding those matches that a query's noise filter takes for noise.

A settled match is hidden exactly where its mention's score reaches the threshold of its query's filter and nobody
restored it. Who calls these holds `services.lock_matches`, and tells the rollups what moved.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from uuid import UUID

from django.db import connection

from analytics.mentions.copytext import array, plain_array
from analytics.mentions.noise import LEVELS, Surroundings, judge, threshold
from analytics.mentions.stories import joined
from analytics.mentions.tallies import sums
from kernel.ids import decode, encode

_MOST_LOOKED_AT = 200  # of an author's posts, and of a story's
_GAPS = 20

_AROUND = f"""
SELECT m.id, m.title, m.text, m.kind, coalesce(m.followers, a.followers), coalesce(m.verified, a.verified, false),
  coalesce(a.is_brand, false), copies.n, day.posts, day.texts, times.moments
FROM unnest(%s::uuid[]) AS wanted(id) JOIN mentions_mention m ON m.id = wanted.id
LEFT JOIN mentions_author a ON a.id = m.author_id
LEFT JOIN LATERAL (SELECT count(*) AS n FROM (SELECT FROM mentions_mention c WHERE c.story = m.story
  AND c.author_id <> m.author_id AND c.kind <> 'repost' LIMIT {_MOST_LOOKED_AT}) AS looked_at) AS copies ON true
LEFT JOIN LATERAL (SELECT count(*) AS posts, count(DISTINCT story) AS texts FROM (SELECT p.story FROM mentions_mention p
  WHERE p.author_id = m.author_id AND p.posted_at <= m.posted_at AND p.posted_at > m.posted_at - interval '24 hours'
  ORDER BY p.posted_at DESC LIMIT {_MOST_LOOKED_AT}) AS looked_at) AS day ON m.author_id IS NOT NULL
LEFT JOIN LATERAL (SELECT array_agg(extract(epoch FROM posted_at)::float8 ORDER BY posted_at DESC) AS moments
  FROM (SELECT p.posted_at FROM mentions_mention p WHERE p.author_id = m.author_id AND p.posted_at <= m.posted_at
  ORDER BY p.posted_at DESC LIMIT {_GAPS + 1}) AS looked_at) AS times ON m.author_id IS NOT NULL"""

_LIMITS = ", ".join(f"('{level}', {limit})" for level in LEVELS if (limit := threshold(level)) is not None)
_FROM = "FROM mentions_mentionmatch q"
_TAKEN = f"""EXISTS (SELECT FROM mentions_noise n, listening_query l, (VALUES {_LIMITS}) AS t(level, least)
  WHERE n.mention_id = q.mention_id AND l.id = q.query_id AND t.level = l.noise_filter AND n.score >= t.least)
  AND NOT EXISTS (SELECT FROM mentions_restored r WHERE r.query_id = q.query_id AND r.mention_id = q.mention_id)"""


@dataclass(frozen=True, slots=True)
class Shifted:
    """Settled matches of a query that were hidden just now (or are shown again), of one UTC hour and source. `sums` are
    what rollups count of them (`tallies.MEASURES`)."""

    query_id: str
    hour: datetime
    source: str
    hidden: bool
    sums: tuple[int, ...]


def judge_mentions(ids: Sequence[UUID]) -> None:
    """Score stored mentions by their texts and by what is stored around them now; writes over older scores.

    Only posts that the client has are known, and of an author or story at most 200: a score says what could be seen
    when the mention was read.
    """
    if not ids:
        return
    columns: list[list[Any]] = [[], [], [], [], [], []]
    with connection.cursor() as cursor:
        cursor.execute(_AROUND, [_uuids(ids)])
        for pk, title, text, kind, followers, verified, brand, copies, posts, texts, moments in cursor.fetchall():
            around = Surroundings(
                copies_by_others=copies,
                recent_posts=posts,
                recent_texts=texts,
                gaps=tuple(later - earlier for later, earlier in pairwise(moments or ())),
                followers=followers,
                verified=verified,
                brand=brand,
                kind=kind,
            )
            found = judge(joined(title, text), around)
            reasons = [{"code": r.code, "of": r.of, "points": r.points, "value": r.value} for r in found.reasons]
            row = (pk.hex, found.spam, found.bot, found.noise, json.dumps(reasons), found.model)
            for column, value in zip(columns, row, strict=True):
                column.append(value)
        pks, spam, bot, score, why, models = columns
        cursor.execute(
            "INSERT INTO mentions_noise (mention_id, spam, bot, score, reasons, model_id) "
            "SELECT id, spam, bot, score, reasons::jsonb, model FROM unnest(%s::uuid[], %s::float8[], %s::float8[], "
            "%s::float8[], %s::text[], %s::text[]) AS n(id, spam, bot, score, reasons, model) "
            "ON CONFLICT (mention_id) DO UPDATE SET spam = excluded.spam, bot = excluded.bot, score = excluded.score, "
            "reasons = excluded.reasons, model_id = excluded.model_id",
            [plain_array(pks), plain_array(spam), plain_array(bot), plain_array(score), array(why), array(models)],
        )


def hide_noise(ids: Sequence[UUID], *, query_id: str | None = None) -> list[Shifted]:
    """Hide those matches of some mentions (of one query, or of all) that the filters take, and are not hidden yet."""
    which = "q.mention_id = ANY(%s::uuid[])"
    given: list[Any] = [_uuids(ids)]
    if query_id is not None:
        which, given = f"{which} AND q.query_id = %s", [*given, decode("qry", query_id)]
    return _shift(f"SELECT q.id, true AS hidden {_FROM} WHERE {which} AND NOT q.hidden AND {_TAKEN}", given)


def filter_anew(query_id: str, *, ids: Sequence[UUID] | None = None) -> list[Shifted]:
    """Have a query's matches (those of some mentions, or all) go by its filter and by what was restored as both are
    now."""
    which = "q.query_id = %s"
    given: list[Any] = [decode("qry", query_id)]
    if ids is not None:
        which, given = f"{which} AND q.mention_id = ANY(%s::uuid[])", [*given, _uuids(ids)]
    return _shift(f"SELECT q.id, {_TAKEN} AS hidden {_FROM} WHERE {which}", given)


def _shift(decided: str, given: list[Any]) -> list[Shifted]:
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH decided AS ({decided}), shifted AS (UPDATE mentions_mentionmatch q SET hidden = d.hidden "
            "FROM decided d WHERE q.id = d.id AND q.settled AND q.hidden <> d.hidden "
            "RETURNING q.query_id, q.mention_id, q.hidden) "
            f"SELECT s.query_id, date_trunc('hour', m.posted_at, 'UTC'), m.source, s.hidden, {sums()} "
            "FROM shifted s JOIN mentions_mention m ON m.id = s.mention_id GROUP BY 1, 2, 3, 4",
            given,
        )
        return [
            Shifted(encode("qry", query), hour, source, hidden, tuple(int(value) for value in values))
            for query, hour, source, hidden, *values in cursor.fetchall()
        ]


def _uuids(ids: Sequence[UUID]) -> str:
    return plain_array([pk.hex for pk in ids])
