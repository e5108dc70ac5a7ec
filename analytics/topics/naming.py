"""What people say about topics: what they are called, and which are one. Both survive every run."""

from __future__ import annotations

from django.db import transaction

from analytics.topics.models import Topic
from kernel.errors import Conflict, NotFound


def rename(*, topic: Topic, name: str) -> Topic:
    """Give a topic a name; "" takes it back, and its own words name it again. Raises NotFound where it has gone with
    its query."""
    topic.given_name = name
    if not Topic.objects.filter(id=topic.id).update(given_name=name):
        raise NotFound()
    return topic


@transaction.atomic
def merge(*, topic: Topic, into: Topic) -> Topic:
    """Have a topic's mentions count as another's, from now on and after every run. Raises Conflict for what cannot be
    one: itself, themes, topics of other scopes, retired ones, and one that was merged itself; NotFound where one has
    gone with its query."""
    pair = {
        each.id: each for each in Topic.objects.select_for_update().filter(id__in=[topic.id, into.id]).order_by("id")
    }
    if topic.id == into.id:
        raise Conflict("A topic cannot be merged into itself.")
    if len(pair) < 2:
        raise NotFound()
    topic, into = pair[topic.id], pair[into.id]
    if topic.theme or into.theme:
        raise Conflict("Themes cannot be merged; merge their topics.")
    if topic.query_id != into.query_id:
        raise Conflict("Topics of different queries cannot be merged.")
    if topic.retired_at is not None or into.retired_at is not None:
        raise Conflict("A topic that is retired cannot be merged.")
    if into.merged_into_id is not None:
        raise Conflict("That topic was merged into another itself; merge into that one.")
    # Who was merged into this one goes along.
    Topic.objects.filter(merged_into=topic).update(merged_into=into)
    topic.merged_into = into
    topic.save(update_fields=["merged_into"])
    return topic


def unmerge(*, topic: Topic) -> Topic:
    """Have a topic stand for itself again. Raises Conflict for one that was not merged."""
    if not Topic.objects.filter(id=topic.id, merged_into__isnull=False).update(merged_into=None):
        raise Conflict("This topic was not merged into another.")
    topic.merged_into = None
    return topic
