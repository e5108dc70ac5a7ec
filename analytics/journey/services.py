"""The stages of the journey, each one transaction: nothing is lost and nothing is counted twice, whenever a worker
dies."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime

from django.db import transaction

from analytics.influence.edges import add_edges
from analytics.insights import rollups
from analytics.journey.listen import Ear, Found, Heard, hear, uncollected
from analytics.journey.stages import Stages
from analytics.language.aspects.extracting import find_aspects, write_aspects
from analytics.language.labels import write_readings
from analytics.language.services import reader, unread
from analytics.listening.selectors import listener
from analytics.mentions import services as mentions
from analytics.mentions.contracts import StoredBatch
from analytics.mentions.filtering import hide_noise, judge_mentions
from analytics.mentions.matching import settle_matches
from analytics.mentions.services import lock_matches
from analytics.privacy.services import tally
from analytics.sources.contracts import RawPost


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of a batch of posts: new mentions, mentions known before, posts that no query matched, and new
    mentions that had no room in the agency's plan."""

    stored: int
    known: int
    unmatched: int
    left: int = 0


@transaction.atomic
@uncollected()
def take(
    *,
    posts: Sequence[RawPost],
    origin: str,
    ear: Ear,
    now: datetime,
    most_in_month: int | None = None,
    found: Found | None = None,
    stages: Stages | None = None,
) -> Taken:
    """Listen to a batch of posts, protect and store what matches, and count it: all of it or none, but for what is
    beyond the `most_in_month` that may be stored (None: there is no limit).

    `origin` is the public id of the import or feed that brought them. An ear whose queries have changed is tuned anew.
    `found` is what a matcher elsewhere found in them; it counts as long as the queries are those it went by.
    `stages` is told what takes how long.
    """
    stages = stages or Stages()
    while True:
        with stages("protect"):
            heard = hear(posts, ear=ear, found=found)
        mentions.lock_store()
        # A query that was changed or removed meanwhile is matched anew, or forgotten, as soon as the store is free
        # again: what is stored after that must go by the new queries.
        present = listener()
        if present == ear.listener:
            break
        ear.tune(present)
    with stages("store"):
        batch = mentions.store(mentions=heard.mentions, origin=origin, now=now, most_in_month=most_in_month)
    with stages("roll up"):
        rollups.add_mentions(batch.fresh)
        add_edges(batch)
        tally(_redactions(heard, batch))
    return Taken(stored=len(batch.fresh), known=batch.known, unmatched=heard.unmatched, left=batch.left)


def _redactions(heard: Heard, batch: StoredBatch) -> Counter[tuple[date, str]]:
    """What was redacted from the mentions that are new to the store, by UTC day and entity."""
    counts: Counter[tuple[date, str]] = Counter()
    for mention in (row.mention for row in batch.fresh):
        for entity, count in heard.redactions.get((mention.source, mention.external_id), {}).items():
            counts[mention.posted_at.astimezone(UTC).date(), entity] += count
    return counts


@transaction.atomic
def enrich(*, origin: str, limit: int, now: datetime) -> int:
    """Understand at most `limit` mentions of one origin, decide what hung on that, judge which are noise, hide those
    from the queries that want it, and count it all. Returns how many mentions there were. Raises EngineUnavailable."""
    texts = unread(origin=origin, limit=limit)
    if not texts:
        return 0
    ids = [text.id for text in texts]
    present = reader()
    readings = present.read(texts)
    aspects = find_aspects(ids=ids, readings=readings, reader=present)
    lock_matches(alone=False)  # only now: reading takes long
    with rollups.keep_counting(ids):
        write_readings(ids, readings, now=now)
        settle_matches(ids)
        judge_mentions(ids)
        hide_noise(ids)
    write_aspects(aspects)
    return len(ids)
