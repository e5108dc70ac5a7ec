"""Mentions as topics are found in and read from: a bounded sample by story, and pages of all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db import connection

from analytics.mentions.stories import joined
from analytics.topics.discovery.vocabulary import Post
from analytics.topics.discovery.wording import MOST_CHARACTERS, Word, read
from kernel.ids import decode

MOST_SAMPLED = 20_000
"""Stories that a run learns from. Of more, those whose ids hash lowest: a fair sample, and nearly the same one next
time."""

WINDOW_DAYS = 365
AT_ONCE = 2_000

SHOWN = "q.mention_id = m.id AND q.settled AND NOT q.hidden AND (%(query)s::uuid IS NULL OR q.query_id = %(query)s)"
"""A match that makes a mention one of a scope's, where noise filters do not hide it."""

_OF_SCOPE = (
    "(%(query)s::uuid IS NULL OR EXISTS (SELECT FROM mentions_mentionmatch q "
    "WHERE q.mention_id = m.id AND q.query_id = %(query)s AND q.settled))"
)
# The names of brands say which brand, not what about; what one query asked for stands in all that it found.
_MASKS = (
    "(SELECT array_agg(u.place ORDER BY q.id, u.n) FROM mentions_mentionmatch q JOIN listening_query l "
    "ON l.id = q.query_id, unnest(q.spans) WITH ORDINALITY AS u(place, n) WHERE q.mention_id = m.id AND q.settled "
    "AND CASE WHEN %(query)s::uuid IS NULL THEN l.kind <> 'topic' ELSE q.query_id = %(query)s END)"
)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A mention as words: what topics need of it, and no more. `looked_at` is how many words had to be looked at for
    that, and `whole` whether they are all of it."""

    id: UUID
    story: UUID
    words: Sequence[Word]
    language: str
    author: UUID | None
    looked_at: int
    whole: bool


def scope(query_id: str | None) -> UUID | None:
    """A scope as statements take it: one query, or all (None)."""
    return None if query_id is None else decode("qry", query_id)


def sample(query_id: str | None) -> list[Drawn]:
    """The first mention of each story of the year before the newest, as far as it is shown; at most MOST_SAMPLED."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM (SELECT DISTINCT ON (m.story) m.id, m.story FROM mentions_mention m "
            "WHERE m.understood_at IS NOT NULL "
            "AND m.posted_at > (SELECT max(posted_at) FROM mentions_mention) - %(window)s::interval "
            f"AND EXISTS (SELECT FROM mentions_mentionmatch q WHERE {SHOWN}) "
            "ORDER BY m.story, m.posted_at, m.id) AS told "
            "ORDER BY hashtextextended(story::text, 0), id LIMIT %(most)s",
            {"query": scope(query_id), "window": f"{WINDOW_DAYS} days", "most": MOST_SAMPLED},
        )
        ids = [row[0] for row in cursor.fetchall()]
    return [each for start in range(0, len(ids), AT_ONCE) for each in drawn(ids[start : start + AT_ONCE], query_id)]


def drawn(ids: Sequence[UUID], query_id: str | None) -> list[Drawn]:
    """Those of some mentions that are there, in the order given."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id, m.story, left(m.title, %(most)s), left(m.text, %(most)s), m.language, m.author_id, "
            f"{_MASKS} FROM mentions_mention m WHERE m.id = ANY(%(ids)s::uuid[])",
            # One more than is read tells that there is more.
            {"ids": list(ids), "query": scope(query_id), "most": MOST_CHARACTERS + 1},
        )
        found = {row[0]: _drawn(row) for row in cursor.fetchall()}
    return [found[each] for each in ids if each in found]


def _drawn(row: Sequence[Any]) -> Drawn:
    pk, story, title, text, language, author, masked = row
    words, looked_at, whole = read(joined(title, text), language=language, masked=masked or ())
    return Drawn(pk, story, words, language, author, looked_at, whole)


def as_posts(mentions: Sequence[Drawn]) -> list[Post]:
    """As discovery takes them. Who is not known counts as somebody else each time."""
    numbers: dict[UUID, int] = {}
    return [
        Post(each.words, each.language, numbers.setdefault(each.author or each.id, len(numbers)), each.whole)
        for each in mentions
    ]


def page_after(last: UUID | None, *, until: UUID, query_id: str | None) -> list[UUID]:
    """The mentions of a scope behind one (None: from the first), none beyond `until`, that are understood; in the
    order of their ids."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id FROM mentions_mention m WHERE m.id <= %(until)s "
            "AND (%(last)s::uuid IS NULL OR m.id > %(last)s) "
            f"AND m.understood_at IS NOT NULL AND {_OF_SCOPE} ORDER BY m.id LIMIT %(limit)s",
            {"until": until, "last": last, "query": scope(query_id), "limit": AT_ONCE},
        )
        return [row[0] for row in cursor.fetchall()]


def unread(run_id: UUID, floor: UUID | None, *, query_id: str | None) -> list[UUID]:
    """Understood mentions of a scope, behind `floor`, of which a run says nothing yet; the first by id."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id FROM mentions_mention m WHERE (%(floor)s::uuid IS NULL OR m.id > %(floor)s) "
            f"AND m.understood_at IS NOT NULL AND {_OF_SCOPE} AND NOT EXISTS "
            "(SELECT FROM topics_topicmention t WHERE t.run_id = %(run)s AND t.mention_id = m.id) "
            "ORDER BY m.id LIMIT %(limit)s",
            {"floor": floor, "query": scope(query_id), "run": run_id, "limit": AT_ONCE},
        )
        return [row[0] for row in cursor.fetchall()]


def last_read_through() -> UUID | None:
    """The last mention up to which all are understood; None where none is."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.id FROM mentions_mention m WHERE m.understood_at IS NOT NULL "
            "AND m.id < coalesce((SELECT w.id FROM mentions_mention w WHERE w.understood_at IS NULL ORDER BY w.id "
            "LIMIT 1), 'ffffffff-ffff-ffff-ffff-ffffffffffff') ORDER BY m.id DESC LIMIT 1"
        )
        row = cursor.fetchone()
    return None if row is None else row[0]


def topics_had(run_id: UUID, ids: Sequence[UUID]) -> Mapping[UUID, UUID | None]:
    """What a run said of some mentions: the topic of each, None for none; those it does not know are not there."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT mention_id, topic_id FROM topics_topicmention WHERE run_id = %s AND mention_id = ANY(%s::uuid[])",
            [run_id, list(ids)],
        )
        return dict(cursor.fetchall())
