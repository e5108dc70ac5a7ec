"""How many stories the mentions of a period tell, and which went farthest. Read from the matches of the period, since
rollups are sums and distinct things do not add up; so it takes longer than what is read from rollups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db import connection

from analytics.insights.contracts import Period
from analytics.insights.selectors import bounds
from analytics.listening.models import Query
from analytics.mentions.copytext import plain_array
from kernel.ids import decode, encode

MOST = 20

_SHOWN = (
    "FROM mentions_mentionmatch q JOIN mentions_mention m ON m.id = q.mention_id "
    "WHERE q.query_id = ANY(%s::uuid[]) AND q.posted_at >= %s AND q.posted_at < %s AND q.settled AND NOT q.hidden"
)


@dataclass(frozen=True, slots=True)
class Told:
    """How many mentions a query shows in a period, and how many stories they tell."""

    query: Query
    mentions: int
    stories: int


@dataclass(frozen=True, slots=True)
class Large:
    """A story that more than one mention of a period tells: how many, the first of them, and how many authors."""

    story: UUID
    mentions: int
    authors: int
    first: str


def told(*, period: Period, zone: str, queries: Sequence[Query]) -> list[Told]:
    """Each query's mentions and stories, in the order given."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT q.query_id, count(*), count(DISTINCT m.story) {_SHOWN} GROUP BY q.query_id",
            [_uuids(queries), *bounds(period, zone)],
        )
        found = {encode("qry", query): (mentions, stories) for query, mentions, stories in cursor.fetchall()}
    return [Told(query, *found.get(query.id, (0, 0))) for query in queries]


def largest(*, period: Period, zone: str, queries: Sequence[Query]) -> list[Large]:
    """The at most 20 stories that most mentions of the period tell; a mention of two queries counts once."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT story, count(*), count(DISTINCT author_id), (array_agg(id ORDER BY posted_at, id))[1] "
            f"FROM (SELECT DISTINCT m.id, m.story, m.author_id, m.posted_at {_SHOWN}) AS each "
            f"GROUP BY story HAVING count(*) > 1 ORDER BY 2 DESC, 1 LIMIT {MOST}",
            [_uuids(queries), *bounds(period, zone)],
        )
        return [
            Large(story, count, authors, encode("men", first)) for story, count, authors, first in cursor.fetchall()
        ]


def _uuids(queries: Sequence[Query]) -> str:
    return plain_array([decode("qry", query.id).hex for query in queries])
