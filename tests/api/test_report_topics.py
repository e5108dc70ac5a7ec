"""What a report prints of topics is what the API answers for its period, figure by figure."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import Any
from typing import cast as to

import pytest

from analytics.insights.contracts import Period
from analytics.insights.measures import net_sentiment
from analytics.listening.models import Query
from analytics.mentions.models import Mention
from analytics.reports.charts import MAX_TOPICS
from analytics.reports.content import ReportContent
from analytics.reports.view import build_view
from analytics.topics.models import TopicMention
from analytics.topics.trends import growth
from kernel import db as schemas
from tests.api.conftest import Api
from tests.api.test_topics import read, run
from tests.cast import Cast
from tests.reports.test_compose import composed
from tests.topics.talk import said, store_talk

DAYS = 14
PERIOD = Period(date(2026, 3, 16), date(2026, 3, 29))
FIRST = PERIOD.start - timedelta(days=DAYS)


@pytest.fixture
def talked(cast: Cast) -> None:
    """Four weeks of posts of which some are copies, some say nothing of a feeling and some are of no topic."""
    with schemas.enter(cast.client.schema_name):
        query = Query.objects.create(name="Juniper", kind="brand", text="juniper")
        # From the period's first hour on: so days and their zone must be the same ones, not only their sums.
        ids = store_talk(said(500, seed=1), query.id, since=datetime(2026, 3, 2, 0, 30, tzinfo=UTC))
        store_talk([(f"hm{n} tja{n}", "en", "") for n in range(40)], query.id, name="x")
        Mention.objects.filter(id__in=ids[::3]).update(sentiment="negative")
        Mention.objects.filter(id__in=ids[::7]).update(sentiment="")
        story = Mention.objects.get(id=ids[240]).story
        Mention.objects.filter(id__in=ids[240:262]).update(story=story)


def printed(cast: Cast) -> ReportContent:
    with schemas.enter(cast.client.schema_name):
        return composed(cast, period=PERIOD)


@pytest.mark.usefixtures("talked")
def test_counts_shares_and_sentiment_are_those_of_the_api(api: Api, cast: Cast, place: str) -> None:
    run(api, place)
    told = read(api, f"{place}/topic_trends", start=str(PERIOD.start), end=str(PERIOD.end))
    content = printed(cast)
    assert (content.topics.mentions, content.topics.unassigned) == (told["mentions"], told["unassigned"])
    assert 0 < told["unassigned"] < told["mentions"] < 300
    same = ("name", "mentions", "stories", "negative", "neutral", "positive")
    rows = [row for row in told["topics"] if row["mentions"]]
    assert len(rows) > 4
    assert [tuple(getattr(row, name) for name in same) for row in content.topics.topics] == [
        tuple(row[name] for name in same) for row in rows
    ]
    assert [asdict(row.share) for row in content.topics.topics] == [row["share"] for row in rows]
    assert [asdict(net_sentiment(row.negative, row.neutral, row.positive)) for row in content.topics.topics] == [
        row["net_sentiment"] for row in rows
    ]
    assert any(row["stories"] < row["mentions"] for row in rows), "copies count once"
    assert any(row["net_sentiment"]["n"] < row["mentions"] for row in rows), "some are not rated"
    page = to(dict[str, Any], build_view(content)["topics"])["rows"]
    assert [[cell["value"] for cell in row["cells"][:2]] for row in page] == [
        [f"{row['mentions']:,}", f"{row['share']['value']:.1%}"] for row in rows[:MAX_TOPICS]
    ]
    model = [text for term, text in content.methods if term == "Topics"]
    given = told["mentions"] - told["unassigned"]
    assert model == [f"{told['model']}; n = {given} / {told['mentions']}"]


@pytest.mark.usefixtures("talked")
def test_change_is_growth_over_the_period_before(api: Api, cast: Cast, place: str) -> None:
    """Worked out once more from the mentions one by one: each story of a topic on the day of its first mention."""
    run(api, place)
    names = {row["topic"]: row["name"] for row in read(api, f"{place}/topic_trends")["topics"]}
    with schemas.enter(cast.client.schema_name):
        first: dict[tuple[str | None, object], int] = {}
        told = TopicMention.objects.select_related("mention").order_by("mention__posted_at", "mention_id")
        for row in told:
            day = (row.mention.posted_at.date() - FIRST).days  # UTC is London's time in March, but for the last day
            first.setdefault((row.topic_id, row.mention.story), day)
    everything = Counter(first.values())
    days: dict[str, Counter[int]] = {}
    for (topic, _), day in first.items():
        if topic is not None:
            days.setdefault(names[topic], Counter())[day] += 1
    expected = {
        name: growth(
            [counts[day] for day in range(2 * DAYS)], [everything[day] for day in range(2 * DAYS)], later_days=DAYS
        )
        for name, counts in days.items()
    }
    changes = {row.name: row.change for row in printed(cast).topics.topics}
    assert changes
    assert changes == {name: expected[name] for name in changes}
    assert any(change is not None and change.earlier != change.later for change in changes.values())
