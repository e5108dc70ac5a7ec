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


@dataclass(frozen=True, slots=True)
class Phrases:
    """What a period says more than the rest does. `stories` were read of the `population` in the period, and `others`
    to compare with."""

    population: int
    stories: int
    others: int
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
        rows = cursor.fetchall()
        mine, population = [row[0] for row in rows], rows[0][1] if rows else 0
        cursor.execute(_drawn_from(beyond), given)
        others = [row[0] for row in cursor.fetchall()]
    read = [_drawn(ids, query_id) for ids in (mine, others)]
    stories = {each.story for each in read[0]}
    rest = [each for each in read[1] if each.story not in stories]
    found = keyphrases(as_posts(read[0]), as_posts(rest), limit=limit, frequent=frequent)
    return Phrases(population, len(read[0]), len(rest), tuple(found))


def _drawn_from(which: str) -> str:
    """One mention of each story, and how many stories there are."""
    return (
        "SELECT id, count(*) OVER () FROM (SELECT DISTINCT ON (m.story) m.id, m.story FROM mentions_mention m WHERE "
        f"m.understood_at IS NOT NULL AND {which} AND (%(language)s::text IS NULL OR m.language = %(language)s) "
        "ORDER BY m.story, m.posted_at, m.id) AS told ORDER BY hashtextextended(story::text, 0), id LIMIT %(most)s"
    )


def _drawn(ids: list[Any], query_id: str | None) -> list[Drawn]:
    return [each for start in range(0, len(ids), AT_ONCE) for each in drawn(ids[start : start + AT_ONCE], query_id)]
