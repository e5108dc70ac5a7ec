"""What people talk about, as topics: the figures of the report's period, and how they changed since the one before."""

from __future__ import annotations

from datetime import timedelta

from analytics.insights.contracts import Period
from analytics.reports.content import TopicFigures, Topics
from analytics.reports.locale import Wording
from analytics.topics.figures import Trends, trends
from analytics.topics.models import TopicRun
from analytics.topics.selectors import current_run
from analytics.topics.trends import Growth


def topics_of(*, period: Period, zone: str, wording: Wording) -> Topics:
    """The topics of all the client's mentions in a period (days in its time zone): counts and shares as the current run
    has them, and how many times as large a share of stories each takes as in as many days before."""
    run = current_run(None)
    if run is None:
        return Topics(abstained=wording.text("topics_not_yet"))
    told = trends(run=run, period=period, zone=zone)
    changes = _changes(run, period, zone)
    newer = current_run(None)
    if newer is not None and newer.id != run.id:  # what the other said of mentions went while it was read here
        return topics_of(period=period, zone=zone, wording=wording)
    topics = _figures(told, changes)
    return Topics(
        topics=topics,
        mentions=told.mentions,
        unassigned=told.unassigned,
        found_at=run.finished_at,
        model=run.model_id,
        abstained="" if topics else wording.text("topics_not_here" if told.topics else "topics_none"),
    )


def _changes(run: TopicRun, period: Period, zone: str) -> dict[str, Growth | None]:
    both = Period(period.start - timedelta(days=period.days), period.end)
    told = trends(run=run, period=both, zone=zone, later_days=period.days)
    return {row.topic.id: row.growth for row in told.topics}


def _figures(told: Trends, changes: dict[str, Growth | None]) -> tuple[TopicFigures, ...]:
    return tuple(
        TopicFigures(
            name=row.name,
            language="" if row.topic.given_name else row.topic.language,
            mentions=row.mentions,
            stories=row.stories,
            negative=row.negative,
            neutral=row.neutral,
            positive=row.positive,
            share=row.share,
            change=changes.get(row.topic.id),
        )
        for row in told.topics
        if row.mentions
    )


def topics_told(topics: Topics, wording: Wording) -> tuple[str, str]:
    """What the report's last page says of topics: which model gave how many of how many mentions one, or why there are
    none."""
    if topics.abstained:
        return wording.text("topics"), topics.abstained
    given = wording.number(topics.mentions - topics.unassigned)
    return wording.text("topics"), f"{topics.model}; n = {given} / {wording.number(topics.mentions)}"
