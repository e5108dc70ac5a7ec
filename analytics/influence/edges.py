"""Keeping the daily edges: who interacted with whom, added to in the transaction that stores the mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime
from typing import Any

from django.db import connection

from analytics.mentions.contracts import StoredBatch
from kernel.ids import decode, encode

# What a post points to, by the name of the column that holds the other post's external id.
_POINTERS = (("reply_to", "reply"), ("repost_of", "repost"), ("quote_of", "quote"))
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
                [key[0] for key in keys],
                [decode("aut", key[1]) for key in keys],
                [decode("aut", key[2]) for key in keys],
                [key[3] for key in keys],
                [found[key] for key in keys],
            ],
        )


def _interactions(batch: StoredBatch) -> Iterator[Key]:
    authors = _authors_pointed_to(batch)
    for row in batch.fresh:
        if row.author_id is None:
            continue
        mention, day = row.mention, _day(row.mention.posted_at)
        targets = set()
        for column, kind in _POINTERS:
            other = getattr(mention, column)
            target = authors.get((mention.source, other)) if other else None
            if target is None and kind == "repost" and mention.kind == "repost" and row.addressed_ids:
                target = row.addressed_ids[0]
            if target is not None and target not in targets:
                targets.add(target)
                yield day, row.author_id, target, kind
        for person in dict.fromkeys(row.addressed_ids):
            if person not in targets:
                yield day, row.author_id, person, "mention"
    yield from _late_answers(batch)


def _day(moment: datetime) -> date:
    return moment.astimezone(UTC).date()


def _authors_pointed_to(batch: StoredBatch) -> dict[tuple[str, str], str]:
    """The author behind each post that the fresh mentions point to, as far as it is stored."""
    wanted = {
        (row.mention.source, other)
        for row in batch.fresh
        for column, _ in _POINTERS
        if (other := getattr(row.mention, column))
    }
    if not wanted:
        return {}
    return {(source, post): encode("aut", author) for source, post, author in _select_authors(wanted)}


def _select_authors(wanted: Iterable[tuple[str, str]]) -> list[tuple[Any, ...]]:
    pairs = list(wanted)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.source, m.external_id, m.author_id FROM mentions_mention m "
            "JOIN unnest(%s::text[], %s::text[]) AS wanted(source, external_id) "
            "ON m.source = wanted.source AND m.external_id = wanted.external_id WHERE m.author_id IS NOT NULL",
            [[source for source, _ in pairs], [post for _, post in pairs]],
        )
        return list(cursor.fetchall())


def _late_answers(batch: StoredBatch) -> Iterator[Key]:
    """Replies, reposts and quotes that were stored before the post they point to, which has come now."""
    posts = {
        (row.mention.source, row.mention.external_id): row.author_id for row in batch.fresh if row.author_id is not None
    }
    fresh = [decode("men", row.id) for row in batch.fresh]
    if not posts:
        return
    with connection.cursor() as cursor:
        for column, kind in _POINTERS:
            cursor.execute(
                f"SELECT m.source, m.{column}, m.author_id, (m.posted_at AT TIME ZONE 'UTC')::date "
                "FROM mentions_mention m JOIN unnest(%s::text[], %s::text[]) AS wanted(source, external_id) "
                f"ON m.source = wanted.source AND m.{column} = wanted.external_id AND m.{column} <> '' "
                "WHERE m.author_id IS NOT NULL AND NOT m.id = ANY(%s::uuid[])",
                [[source for source, _ in posts], [post for _, post in posts], fresh],
            )
            for source, post, author, day in cursor.fetchall():
                yield day, encode("aut", author), posts[source, post], kind
