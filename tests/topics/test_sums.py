"""Figures and lists of the same mentions say the same, whatever was merged, copied or matched anew meanwhile."""

from __future__ import annotations

from datetime import date

import pytest

from analytics.insights.contracts import Period
from analytics.listening.models import Query
from analytics.mentions.models import Mention, MentionMatch
from analytics.topics.figures import TopicTrend, trends
from analytics.topics.hashtags import hashtags_of
from analytics.topics.models import Topic, TopicRun, TopicView
from analytics.topics.naming import merge
from analytics.topics.selectors import about, topics
from analytics.topics.services import request_run
from kernel.queue.testing import drain
from tests.cast import Cast
from tests.topics.talk import said, store_talk

HOLDS_TRANSACTIONS = True
MARCH = Period(date(2026, 3, 2), date(2026, 3, 29))


@pytest.fixture
def query(in_client: Cast) -> Query:
    return Query.objects.create(name="Juniper", kind="brand", text="juniper")


def found(query: Query | None = None) -> TopicRun:
    run, _ = request_run(query=query)
    drain()
    return TopicRun.objects.get(id=run.id)


def seen(run: TopicRun) -> dict[str, TopicTrend]:
    told = trends(run=run, period=MARCH, zone="UTC")
    return {row.topic.id: row for row in (*told.topics, *told.themes)}


def listed(topic: Topic) -> list[str]:
    return [str(each) for each in about(topic.id).values_list("mention_id", flat=True)]


def test_what_was_merged_out_of_a_theme_is_none_of_its_mentions(query: Query) -> None:
    store_talk(said(400, seed=1, languages=("en",)), query.id)
    run = found()
    one, other, third = topics().filter(theme=False).order_by("id")[:3]
    theme = Topic.objects.create(language="en", theme=True)
    TopicView.objects.create(run=run, topic=theme, name="both", stories=1, authors=1)
    TopicView.objects.filter(run=run, topic__in=[one.id, third.id]).update(parent=theme)
    for _ in range(2):
        rows = seen(run)
        assert {each.id: rows[each.id].mentions for each in (theme, other)} == {
            each.id: len(listed(each)) for each in (theme, other)
        }
        merge(topic=one, into=other)


def test_a_story_of_two_topics_that_are_one_counts_once(query: Query) -> None:
    store_talk(said(400, seed=1, languages=("en",)), query.id)
    run = found()
    one, other = topics().filter(theme=False).order_by("id")[:2]
    told = Mention.objects.get(id=listed(one)[0])
    Mention.objects.filter(id=listed(other)[0]).update(story=told.story)
    merge(topic=one, into=other)
    row = seen(run)[other.id]
    stories = Mention.objects.filter(id__in=listed(other)).values("story").distinct().count()
    assert row.stories == sum(step.stories for step in row.steps) == stories


@pytest.mark.parametrize("whole", [True, False])
def test_what_is_matched_no_more_is_listed_no_more(query: Query, whole: bool) -> None:
    store_talk(said(300, seed=1, languages=("en",)), query.id)
    run = found(None if whole else query)
    topic = topics().filter(theme=False)[0]
    before = listed(topic)
    MentionMatch.objects.filter(mention__in=before[:5]).delete()
    assert sorted(listed(topic)) == sorted(before[5:])
    assert seen(run)[topic.id].mentions == len(before) - 5


def test_copies_of_a_story_make_no_tag_grow(query: Query) -> None:
    ids = store_talk(said(100, seed=1, languages=("en",)), query.id)
    story = Mention.objects.get(id=ids[50]).story
    Mention.objects.filter(id__in=ids[50:]).update(hashtags=["rye"], story=story)
    later = Period(date(2026, 3, 16), date(2026, 3, 29))
    (tag,) = hashtags_of(period=later, zone="UTC", query_id=None, limit=5).tags
    assert (tag.mentions, tag.stories, tag.emerging) == (50, 1, False)
    assert tag.growth is not None
    assert (tag.growth.earlier, tag.growth.later) == (0, 1)
