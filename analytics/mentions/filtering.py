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
from kernel.ids import decode, encode

_MOST_LOOKED_AT = 200  # of an author's posts, and of a story's
_GAPS = 20

_AROUND = f"""
SELECT m.id, m.title, m.text, m.kind, coalesce(m.followers, a.followers), coalesce(m.verified, a.verified, false),
  coalesce(a.is_brand, false), copies.n, day.posts, day.texts, times.moments
FROM unnest(%s::uuid[]) AS wanted(id) JOIN mentions_mention m ON m.id = wanted.id
LEFT JOIN mentions_author a ON a.id = m.author_id
LEFT JOIN LATERAL (SELECT count(*) AS n FROM (SELECT FROM mentions_mention c WHERE c.story = m.story
  AND c.author_id <> m.author_id AND c.kind <> 'repost' LIMIT {_MOST_LOOKED_AT}) AS some) AS copies ON true
LEFT JOIN LATERAL (SELECT count(*) AS posts, count(DISTINCT story) AS texts FROM (SELECT p.story FROM mentions_mention p
  WHERE p.author_id = m.author_id AND p.posted_at <= m.posted_at AND p.posted_at > m.posted_at - interval '24 hours'
  ORDER BY p.posted_at DESC LIMIT {_MOST_LOOKED_AT}) AS some) AS day ON m.author_id IS NOT NULL
LEFT JOIN LATERAL (SELECT array_agg(extract(epoch FROM posted_at)::float8 ORDER BY posted_at DESC) AS moments
  FROM (SELECT p.posted_at FROM mentions_mention p WHERE p.author_id = m.author_id AND p.posted_at <= m.posted_at
  ORDER BY p.posted_at DESC LIMIT {_GAPS + 1}) AS some) AS times ON m.author_id IS NOT NULL"""

_LIMITS = ", ".join(f"('{level}', {limit})" for level in LEVELS if (limit := threshold(level)) is not None)
_TAKEN = f"""EXISTS (SELECT FROM mentions_noise n, listening_query l, (VALUES {_LIMITS}) AS t(level, least)
  WHERE n.mention_id = q.mention_id AND l.id = q.query_id AND t.level = l.noise_filter AND n.score >= t.least)
  AND NOT EXISTS (SELECT FROM mentions_restored r WHERE r.query_id = q.query_id AND r.mention_id = q.mention_id)"""


@dataclass(frozen=True, slots=True)
class Shifted:
    """A settled match that was hidden just now, or is shown again, with what rollups count of its mention."""

    query_id: str
    posted_at: datetime
    source: str
    reach: int
    engagement: int
    sentiment: str
    hidden: bool


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
    return _shift("true", f"q.mention_id = ANY(%s::uuid[]) AND NOT q.hidden AND {_TAKEN}", [_uuids(ids)], query_id)


def show_all(ids: Sequence[UUID], *, query_id: str) -> list[Shifted]:
    """Show what is hidden of some mentions for one query, such as before it is matched anew or because somebody
    restored them."""
    return _shift("false", "q.mention_id = ANY(%s::uuid[]) AND q.hidden", [_uuids(ids)], query_id)


def filter_anew(query_id: str) -> tuple[int, int]:
    """Have all of a query's matches go by its filter as it is now. Returns how many are hidden, and how many changed;
    count the query anew afterwards."""
    pk = decode("qry", query_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH now AS (SELECT q.id, ({_TAKEN}) AND q.settled AS hidden FROM mentions_mentionmatch q "
            "WHERE q.query_id = %s) UPDATE mentions_mentionmatch q SET hidden = now.hidden "
            "FROM now WHERE q.id = now.id AND q.hidden <> now.hidden",
            [pk],
        )
        changed: int = cursor.rowcount
        cursor.execute("SELECT count(*) FROM mentions_mentionmatch WHERE query_id = %s AND hidden", [pk])
        return cursor.fetchall()[0][0], changed


def _shift(hidden: str, which: str, given: list[Any], query_id: str | None) -> list[Shifted]:
    if query_id is not None:
        which, given = f"{which} AND q.query_id = %s", [*given, decode("qry", query_id)]
    with connection.cursor() as cursor:
        cursor.execute(
            f"WITH shifted AS (UPDATE mentions_mentionmatch q SET hidden = {hidden} WHERE q.settled AND {which} "
            "RETURNING q.query_id, q.mention_id, q.hidden) "
            "SELECT s.query_id, m.posted_at, m.source, m.reach, m.likes + m.reposts + m.replies, m.sentiment, s.hidden "
            "FROM shifted s JOIN mentions_mention m ON m.id = s.mention_id",
            given,
        )
        return [Shifted(encode("qry", query), *rest) for query, *rest in cursor.fetchall()]


def _uuids(ids: Sequence[UUID]) -> str:
    return plain_array([pk.hex for pk in ids])
