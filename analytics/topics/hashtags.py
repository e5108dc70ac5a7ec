"""A period's hashtags: how many use them, with which others, and which of them grow."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from django.db import connection

from analytics.insights import measures
from analytics.insights.contracts import Period
from analytics.insights.measures import Estimate
from analytics.insights.selectors import bounds
from analytics.topics.drawing import SHOWN, scope
from analytics.topics.trends import Growth, emerging, growth

LEAST_AUTHORS = 3
MOST_TESTED = 500
TOGETHER = 5


@dataclass(frozen=True, slots=True)
class Hashtag:
    """A tag (folded to lower case, no sigil) in a period: mentions, stories and authors that use it, its share of the
    period's mentions, the tags that stand beside it most, and how it grows over the period before, where each story
    counts on the day of its first mention."""

    tag: str
    mentions: int
    stories: int
    authors: int
    share: Estimate
    together: tuple[tuple[str, int], ...]
    growth: Growth | None
    emerging: bool


@dataclass(frozen=True, slots=True)
class Hashtags:
    """`mentions` are all of the period, `tagged` those with a tag. `tags` are those of at least three authors, the most
    used first."""

    mentions: int
    tagged: int
    tags: tuple[Hashtag, ...]


_TOLD = f"""
WITH told AS MATERIALIZED (
SELECT m.id, m.story, coalesce(m.author_id, m.id) AS author, m.posted_at,
  min((m.posted_at AT TIME ZONE %(zone)s)::date) OVER (PARTITION BY m.story) AS began,
  (SELECT array_agg(DISTINCT lower(tag) ORDER BY lower(tag)) FROM unnest(m.hashtags) AS tag) AS tags
FROM mentions_mention m WHERE m.posted_at >= %(before)s AND m.posted_at < %(until)s
AND EXISTS (SELECT FROM mentions_mentionmatch q WHERE {SHOWN})
), tag AS MATERIALIZED (
SELECT tag, count(*) AS mentions, count(DISTINCT story) AS stories, count(DISTINCT author) AS authors
FROM told, unnest(tags) AS tag WHERE posted_at >= %(since)s AND length(tag) <= 100
GROUP BY tag HAVING count(DISTINCT author) >= {LEAST_AUTHORS} ORDER BY mentions DESC, tag LIMIT {MOST_TESTED})
"""
_TAGS = f"{_TOLD} SELECT tag, mentions, stories, authors FROM tag ORDER BY mentions DESC, tag"
_DAYS = f"""{_TOLD} SELECT NULL, began, count(DISTINCT story), count(*) FILTER (WHERE posted_at >= %(since)s),
count(tags) FILTER (WHERE posted_at >= %(since)s) FROM told GROUP BY began
UNION ALL SELECT t.tag, began, count(DISTINCT story), 0, 0 FROM told, unnest(tags) AS t(tag) JOIN tag USING (tag)
GROUP BY t.tag, began"""
_PAIRS = f"""{_TOLD} SELECT one.tag, other.tag, count(*) FROM told
CROSS JOIN LATERAL (SELECT u.tag FROM unnest(tags) AS u(tag) JOIN tag ON tag.tag = u.tag LIMIT 30) AS one
CROSS JOIN LATERAL (SELECT u.tag FROM unnest(tags) AS u(tag) JOIN tag ON tag.tag = u.tag LIMIT 30) AS other
WHERE posted_at >= %(since)s AND one.tag <> other.tag GROUP BY 1, 2"""


def hashtags_of(*, period: Period, zone: str, query_id: str | None, limit: int) -> Hashtags:
    """The hashtags of a period (days in the client's time zone), of one query's mentions or of all; growth compares it
    with as many days before."""
    before = Period(period.start - timedelta(days=period.days), period.end)
    since, until = bounds(period, zone)
    given = {
        "zone": zone,
        "query": scope(query_id),
        "before": bounds(before, zone)[0],
        "since": since,
        "until": until,
    }
    with connection.cursor() as cursor:
        cursor.execute(_TAGS, given)
        rows = cursor.fetchall()
        cursor.execute(_DAYS, given)
        days: dict[str | None, list[int]] = {None: [0] * before.days}
        mentions = tagged = 0
        for tag, began, stories, told, with_tag in cursor.fetchall():
            days.setdefault(tag, [0] * before.days)[(began - before.start).days] = stories
            mentions, tagged = mentions + told, tagged + with_tag
        cursor.execute(_PAIRS, given)
        together: dict[str, Counter[str]] = {}
        for tag, other, n in cursor.fetchall():
            together.setdefault(tag, Counter())[other] = n
    grown = [growth(days.get(row[0], [0] * before.days), days[None], later_days=period.days) for row in rows]
    found = [
        Hashtag(
            tag, count, stories, authors, measures.share(count, mentions),
            tuple(sorted(together.get(tag, Counter()).items(), key=lambda pair: (-pair[1], pair[0]))[:TOGETHER]),
            grows, rises,
        )
        for (tag, count, stories, authors), grows, rises in zip(rows, grown, emerging(grown), strict=True)
    ]  # fmt: skip
    return Hashtags(mentions, tagged, tuple(found[:limit]))
