"""A period's keyphrases, against the client's other mentions."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db import connection

from analytics.insights.contracts import Period
from analytics.insights.selectors import bounds
from analytics.topics.discovery.keyness import Keyphrase, keyphrases
from analytics.topics.drawing import AT_ONCE, SHOWN, Drawn, as_posts, drawn, scope

MOST_READ = 5_000
"""Stories of the period that are read, and as many others; of more, a fair sample."""

MOST_WORDS_READ = 200_000
"""Words of them that are looked at (characters in scripts without spaces), and as many of the others: 5,000 posts of 40
words. Of longer ones fewer are read, so that nobody waits for 10,000 articles."""

_FIRST = 100
"""Mentions that tell how long the others are."""


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a period says more than the rest does. `stories` were read of the `population` in the period, and `others`
    to compare with, both in an order by chance; of `beginnings` of them only the beginning counted. `complete`
    unless any of that, or the bounds on the others, left something unread."""

    population: int
    stories: int
    others: int
    beginnings: int
    complete: bool
    phrases: tuple[Keyphrase, ...]


def phrases_of(
    *, period: Period, zone: str, query_id: str | None, limit: int, language: str | None = None, frequent: bool = False
) -> Phrases:
    """The keyphrases of a period (days in the client's time zone), of one query's mentions or of all: the most
    distinctive, or the most frequent."""
    since, until = bounds(period, zone)
    given = {"query": scope(query_id), "since": since, "until": until, "most": MOST_READ, "language": language}
    told = f"EXISTS (SELECT FROM mentions_mentionmatch q WHERE {SHOWN})"
    within = f"m.posted_at >= %(since)s AND m.posted_at < %(until)s AND {told}"
    # Any other mention that noise filters show: of other queries as well, which makes a query's own words stand out.
    beyond = (
        "EXISTS (SELECT FROM mentions_mentionmatch q WHERE q.mention_id = m.id AND q.settled AND NOT q.hidden) "
        "AND m.posted_at > %(since)s - interval '365 days' AND m.posted_at < %(until)s + interval '365 days' "
        f"AND NOT ({within})"
    )
    with connection.cursor() as cursor:
        cursor.execute(_drawn_from(within), given)
        mine = cursor.fetchall()
        cursor.execute(_drawn_from(beyond), given)
        others = cursor.fetchall()
    read = [_drawn([row[0] for row in rows], query_id) for rows in (mine, others)]
    population = mine[0][1] if mine else 0
    unread = sum(rows[0][1] - len(some) for rows, some in zip((mine, others), read, strict=True) if rows)
    stories = {each.story for each in read[0]}
    rest = [each for each in read[1] if each.story not in stories]
    found = keyphrases(as_posts(read[0]), as_posts(rest), limit=limit, frequent=frequent)
    return Phrases(
        population, len(read[0]), len(rest), found.beginnings, not (unread or found.beginnings), found.phrases
    )


def _drawn_from(which: str) -> str:
    """One mention of each story, and how many stories there are."""
    return (
        "SELECT id, count(*) OVER () FROM (SELECT DISTINCT ON (m.story) m.id, m.story FROM mentions_mention m WHERE "
        f"m.understood_at IS NOT NULL AND {which} AND (%(language)s::text IS NULL OR m.language = %(language)s) "
        "ORDER BY m.story, m.posted_at, m.id) AS told ORDER BY hashtextextended(story::text, 0), id LIMIT %(most)s"
    )


def _drawn(ids: list[Any], query_id: str | None) -> list[Drawn]:
    """The first of some mentions, as many as hold the words that may be looked at. Their order knows nothing of how
    long they are, so those that are read are a fair sample of all."""
    found: list[Drawn] = []
    words = start = 0
    page = _FIRST
    while start < len(ids) and words < MOST_WORDS_READ:
        for each in drawn(ids[start : start + page], query_id):
            if words < MOST_WORDS_READ:
                found.append(each)
                words += each.looked_at
        start += page
        # So many that they hold what is left, going by those so far: to read more than that would be in vain.
        page = min(AT_ONCE, 1 + (MOST_WORDS_READ - words) * start // max(1, words))
    return found
