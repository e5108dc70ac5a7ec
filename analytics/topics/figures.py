"""How much is said of each topic, when, and how: read from mentions, so exact after every correction and filter."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from uuid import UUID

from django.db import connection

from analytics.insights import measures
from analytics.insights.contracts import Period
from analytics.insights.measures import Estimate
from analytics.insights.selectors import bounds
from analytics.topics.drawing import SHOWN, scope
from analytics.topics.models import Topic, TopicRun, TopicView
from analytics.topics.selectors import name_of
from analytics.topics.trends import Growth, emerging, growth
from kernel.ids import decode, encode

Sums = list[int]
"""Mentions, stories (each on the day of its first mention in the period), negative, neutral, positive."""


@dataclass(frozen=True, slots=True)
class Step:
    """A day, or a week by its first day (Mondays)."""

    start: date
    mentions: int
    stories: int


@dataclass(frozen=True, slots=True)
class TopicTrend:
    """A topic in a period. `share` is its part of the scope's mentions. `emerging` says that its share grows by more
    than chance, with false discoveries held among all topics."""

    topic: Topic
    name: str
    parent_id: str | None
    mentions: int
    stories: int
    negative: int
    neutral: int
    positive: int
    share: Estimate
    net_sentiment: Estimate
    growth: Growth | None
    emerging: bool
    steps: tuple[Step, ...]


@dataclass(frozen=True, slots=True)
class Trends:
    """All topics of a scope in a period, the largest first, themes apart. `unassigned` mentions belong to none, and
    `mentions` are all of them. `later_days` at the end are compared with those before."""

    run: TopicRun
    later_days: int
    mentions: int
    unassigned: int
    topics: tuple[TopicTrend, ...]
    themes: tuple[TopicTrend, ...]


def later_part(period: Period) -> int:
    """The days at the end of a period that are compared with those before: a quarter, at most a week and at least one
    day."""
    return max(1, min(7, period.days // 4))


def trends(*, run: TopicRun, period: Period, zone: str, weekly: bool = False, later_days: int | None = None) -> Trends:
    """What a run's topics look like in a period of days in the client's time zone. Growth compares its last
    `later_days` with those before (None: `later_part` of it)."""
    table = _table(run, period, zone)
    days = [period.start + timedelta(days=place) for place in range(period.days)]
    views = list(TopicView.objects.filter(run=run).select_related("topic"))
    parent = {view.topic_id: view.parent_id for view in views}
    everything = [0] * len(days)
    by_topic: dict[str, list[Sums]] = {}
    unassigned = 0
    for (topic, day), sums in table.items():
        place = (day - period.start).days
        everything[place] += sums[1]
        if topic is None:
            unassigned += sums[0]
            continue
        for each in {topic, parent.get(topic)} - {None}:
            mine = by_topic.setdefault(str(each), [[0] * 5 for _ in days])
            mine[place] = [a + b for a, b in zip(mine[place], sums, strict=True)]
    total = sum(sums[0] for sums in table.values())
    later = later_part(period) if later_days is None else later_days
    shown = [view for view in views if view.topic.merged_into_id is None]
    found = []
    for themes in (False, True):
        some = [view for view in shown if view.topic.theme is themes]
        grown = [_growth(by_topic.get(view.topic_id), everything, later) for view in some]
        rows = [
            _trend(view, by_topic.get(view.topic_id), days, total, grows, rises, weekly)
            for view, grows, rises in zip(some, grown, emerging(grown), strict=True)
        ]
        found.append(tuple(sorted(rows, key=lambda row: (-row.mentions, row.topic.id))))
    return Trends(run, later, total, unassigned, *found)


def _table(run: TopicRun, period: Period, zone: str) -> Mapping[tuple[str | None, date], Sums]:
    since, until = bounds(period, zone)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT topic, day, count(*), count(*) FILTER (WHERE place = 1), "
            "count(*) FILTER (WHERE sentiment = 'negative'), count(*) FILTER (WHERE sentiment = 'neutral'), "
            "count(*) FILTER (WHERE sentiment = 'positive') FROM (SELECT told.topic, m.sentiment, "
            "(m.posted_at AT TIME ZONE %(zone)s)::date AS day, "
            "row_number() OVER (PARTITION BY told.topic, m.story ORDER BY m.posted_at, m.id) AS place "
            "FROM topics_topicmention t JOIN mentions_mention m ON m.id = t.mention_id "
            "LEFT JOIN topics_topic o ON o.id = t.topic_id "
            "CROSS JOIN LATERAL (SELECT coalesce(o.merged_into_id, o.id) AS topic) AS told WHERE t.run_id = %(run)s "
            "AND m.posted_at >= %(since)s AND m.posted_at < %(until)s "
            f"AND EXISTS (SELECT FROM mentions_mentionmatch q WHERE {SHOWN})) AS each GROUP BY 1, 2",
            {
                "zone": zone,
                "run": decode("trn", run.id),
                "since": since,
                "until": until,
                "query": scope(run.query_id),
            },
        )
        rows = cursor.fetchall()
    return {(_public(topic), day): list(sums) for topic, day, *sums in rows}


def _public(topic: UUID | None) -> str | None:
    return None if topic is None else encode("top", topic)


def _growth(rows: Sequence[Sums] | None, everything: Sequence[int], later: int) -> Growth | None:
    return None if rows is None else growth([sums[1] for sums in rows], everything, later_days=later)


def _trend(
    view: TopicView,
    rows: Sequence[Sums] | None,
    days: Sequence[date],
    total: int,
    grows: Growth | None,
    rises: bool,
    weekly: bool,
) -> TopicTrend:
    rows = rows or [[0] * 5 for _ in days]
    mentions, stories, negative, neutral, positive = (sum(column) for column in zip(*rows, strict=True))
    steps: dict[date, list[int]] = {}
    for day, sums in zip(days, rows, strict=True):
        start = day - timedelta(days=day.weekday()) if weekly else day
        step = steps.setdefault(start, [0, 0])
        step[0] += sums[0]
        step[1] += sums[1]
    return TopicTrend(
        topic=view.topic,
        name=name_of(view.topic, view),
        parent_id=view.parent_id,
        mentions=mentions,
        stories=stories,
        negative=negative,
        neutral=neutral,
        positive=positive,
        share=measures.share(mentions, total),
        net_sentiment=measures.net_sentiment(negative, neutral, positive),
        growth=grows,
        emerging=rises,
        steps=tuple(Step(start, *sums) for start, sums in steps.items()),
    )
