"""Reads of topics: which there are, what runs said of them, and which mentions are theirs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db.models import Exists, OuterRef, QuerySet

from analytics.mentions.models import MentionMatch
from analytics.topics.models import Topic, TopicMention, TopicRun, TopicView
from kernel.lookups import one


def runs() -> QuerySet[TopicRun]:
    """All runs, newest first."""
    return TopicRun.objects.defer("learnt")


def run_of(run_id: str) -> TopicRun:
    """One run. Raises NotFound."""
    return one(runs(), run_id)


def current_run(query_id: str | None) -> TopicRun | None:
    """The run that counts for one query's mentions, or for all (None)."""
    rows = runs().filter(state=TopicRun.State.CURRENT)
    return rows.filter(query__isnull=True).first() if query_id is None else rows.filter(query__id=query_id).first()


def topics() -> QuerySet[Topic]:
    """Topics that a run which counts or counted has seen, newest first; those of a run under way are not there yet."""
    seen = TopicView.objects.filter(run__state__in=[TopicRun.State.CURRENT, TopicRun.State.REPLACED])
    return Topic.objects.filter(id__in=seen.values("topic"))


def topic_of(topic_id: str) -> Topic:
    """One topic, also a retired one. Raises NotFound."""
    return one(topics(), topic_id)


def latest_views(found: Sequence[Topic]) -> Mapping[str, TopicView]:
    """How each topic was seen last by a run that counts or counted: now, or before it was retired."""
    rows = (
        TopicView.objects.filter(
            topic__in=[each.id for each in found], run__state__in=[TopicRun.State.CURRENT, TopicRun.State.REPLACED]
        )
        .select_related("topic", "run")
        .defer("run__learnt")
        .order_by("topic_id", "-run_id")
        .distinct("topic_id")
    )
    return {view.topic_id: view for view in rows}


def name_of(topic: Topic, view: TopicView | None) -> str:
    """What people call it, or else its own words."""
    return topic.given_name or (view.name if view is not None else topic.language)


def family_of(topic: Topic) -> list[str]:
    """The topics whose mentions are its: itself, what was merged into it, and for a theme its topics with theirs, but
    for those that were merged into another's."""
    own = [topic.id]
    if topic.theme:
        own += TopicView.objects.filter(
            parent=topic, run__state=TopicRun.State.CURRENT, topic__merged_into=None
        ).values_list("topic_id", flat=True)
    merged = Topic.objects.filter(merged_into__in=own).values_list("id", flat=True)
    return sorted({*own, *merged})


def mentions_of(topic: Topic) -> QuerySet[TopicMention]:
    """The mentions (column `mention`) that the current run gave a topic, as far as they still are of its scope: that
    its query, or any, matches them; none for one that is retired."""
    matched = MentionMatch.objects.filter(mention=OuterRef("mention"), settled=True)
    if topic.query_id is not None:
        matched = matched.filter(query=topic.query_id)
    rows = TopicMention.objects.filter(run__state=TopicRun.State.CURRENT, topic__id__in=family_of(topic))
    return rows.filter(Exists(matched))


def about(topic_id: str, within: QuerySet[Any, Any] | None = None) -> QuerySet[Any, Any]:
    """The ids of a topic's mentions, of those `within` where that is given; none for a topic that is not there."""
    topic = topics().filter(id=topic_id).first()
    rows = TopicMention.objects.none() if topic is None else mentions_of(topic)
    return (rows if within is None else rows.filter(mention_id__in=within)).values("mention_id")
