"""Made-up topics for reports, large and small, in several scripts."""

from __future__ import annotations

from datetime import UTC, datetime

from analytics.insights.measures import share
from analytics.reports.content import TopicFigures, Topics
from analytics.topics.trends import growth

FOUND = datetime(2026, 5, 30, 23, 30, tzinfo=UTC)  # the 31st in London
MENTIONS = 8093


def topic(name: str, mentions: int, earlier: int, later: int, *, language: str = "en", rated: int = -1) -> TopicFigures:
    """A topic with so many stories before and in the period, spread evenly; half of the `rated` (-1: all) are good."""
    rated = mentions if rated < 0 else rated
    days = [part * (day + 1) // 92 - part * day // 92 for part in (earlier, later) for day in range(92)]
    return TopicFigures(
        name=name,
        language=language,
        mentions=mentions,
        stories=min(later, mentions),
        negative=rated - rated // 2,
        neutral=0,
        positive=rated // 2,
        share=share(mentions, MENTIONS),
        change=growth(days, [1000] * 184, later_days=92),
    )


def sample_topics() -> Topics:
    """Ten topics, the largest first, of which the last two are too many for a page."""
    rows = (
        topic("late, driver, doorstep", 912, 400, 800),
        topic("Röstung, Aroma, bitter", 640, 500, 480, language="de"),
        topic("القهوة, الانتظار", 233, 0, 200, language="ar"),
        topic("抹茶ラテ, おすすめ", 140, 60, 100, language="ja"),
        topic("Prices", 64, 30, 50, language=""),
        topic("הקפה, המחיר", 12, 6, 9, language="he", rated=4),
        topic("oat milk", 4, 2, 2),
        topic("café", 3, 1, 1, language="fr"),
        topic("cups", 2, 1, 1),
        topic("lids", 1, 1, 1),
    )
    unassigned = MENTIONS - sum(row.mentions for row in rows)
    return Topics(rows, MENTIONS, unassigned, FOUND, "topics/1")
