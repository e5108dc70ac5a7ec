"""Keeping the daily edges: who interacted with whom, added to in the transaction that stores the mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from datetime import UTC, date, datetime

from django.db import connection

from analytics.mentions.contracts import PostKey, StoredBatch
from analytics.mentions.copytext import array, plain_array
from kernel.ids import encode

# What a post points to, by the name of the column that holds the other post's external id.
_POINTERS = (("reply_to", "reply"), ("repost_of", "repost"), ("quote_of", "quote"))
_ID_START = 4  # of the hexadecimal digits in "aut_0197…", which the type uuid reads as they are
Key = tuple[date, str, str, str]


def add_edges(batch: StoredBatch) -> None:
    """Count the interactions of mentions that are new to the store. Call it in the transaction that stores them.

    A reply, repost or quote points to the author of the other post, once both are stored, whichever came first. A
    repost of a post that is not stored points to the first person it names; every other handle in a text is a
    mention. Nobody interacts with themselves.
    """
    found: Counter[Key] = Counter()
    for key in _interactions(batch):
        if key[1] != key[2]:
            found[key] += 1
    if not found:
        return
    keys = sorted(found)
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO influence_dailyedge (day, source_id, target_id, kind, interactions) "
            "SELECT * FROM unnest(%s::date[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[]) "
            "ON CONFLICT (day, source_id, target_id, kind) "
            "DO UPDATE SET interactions = influence_dailyedge.interactions + EXCLUDED.interactions",
            [
                plain_array([day.isoformat() for day, _, _, _ in keys]),
                plain_array([source[_ID_START:] for _, source, _, _ in keys]),
                plain_array([target[_ID_START:] for _, _, target, _ in keys]),
                array([kind for _, _, _, kind in keys]),
                plain_array([found[key] for key in keys]),
            ],
        )


def _interactions(batch: StoredBatch) -> Iterator[Key]:
    fresh = {(row.mention.source, row.mention.external_id): row.author_id for row in batch.fresh if row.author_id}
    authors = {**batch.authors, **fresh}
    for row in batch.fresh:
        if row.author_id is None:
            continue
        mention, day = row.mention, _day(row.mention.posted_at)
        targets = set()
        for kind, other in (("reply", mention.reply_to), ("repost", mention.repost_of), ("quote", mention.quote_of)):
            target = authors.get((mention.source, other)) if other else None
            if target is None and kind == "repost" and mention.kind == "repost" and row.addressed_ids:
                target = row.addressed_ids[0]
            if target is not None and target not in targets:
                targets.add(target)
                yield day, row.author_id, target, kind
        for person in dict.fromkeys(row.addressed_ids):
            if person not in targets:
                yield day, row.author_id, person, "mention"
    yield from _late_answers(fresh)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _late_answers(fresh: Mapping[PostKey, str]) -> Iterator[Key]:
    """Replies, reposts and quotes that were stored before the post they point to, which has come now. `fresh` are the
    posts that are new, with their authors."""
    if not fresh:
        return
    pointing = " UNION ALL ".join(
        f"SELECT '{kind}', m.source, m.{column}, m.external_id, m.author_id, (m.posted_at AT TIME ZONE 'UTC')::date "
        "FROM wanted JOIN mentions_mention m "
        f"ON m.source = wanted.source AND m.{column} = wanted.external_id AND m.{column} <> '' "
        "WHERE m.author_id IS NOT NULL"
        for column, kind in _POINTERS
    )
    with connection.cursor() as cursor:
        cursor.execute(
            "WITH wanted AS MATERIALIZED (SELECT * FROM unnest(%s::text[], %s::text[]) AS w(source, external_id)) "
            + pointing,
            [array([source for source, _ in fresh]), array([post for _, post in fresh])],
        )
        for kind, source, post, answer, author, day in cursor.fetchall():
            if (source, answer) not in fresh:  # those that came with it have been counted
                yield day, encode("aut", author), fresh[source, post], kind
