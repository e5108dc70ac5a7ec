"""Keeping the daily edges: who interacted with whom, added to in the transaction that stores the mentions."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date

from django.db import connection

from analytics.mentions.contracts import PostKey, StoredBatch
from analytics.mentions.copytext import array, plain_array
from kernel.ids import encode

_ID_START = 4  # of the hexadecimal digits in "aut_0197…", which the type uuid reads as they are
Key = tuple[date, str, str, str]


@dataclass(frozen=True, slots=True)
class _Post:
    """Who wrote a post, on which UTC day, whom it names, and the authors of the posts it points to, where known."""

    author: str
    day: date
    kind: str
    addressed: Sequence[str]
    pointers: Mapping[str, str | None]


def add_edges(batch: StoredBatch) -> None:
    """Count the interactions of mentions that are new to the store. Call it in the transaction that stores them.

    A reply, repost or quote points to the author of the other post, once both are stored, whichever came first. A
    repost of a post that is not stored points to the first person it names; every other handle in a text is a
    mention. Nobody interacts with themselves.
    """
    found: Counter[Key] = Counter()
    fresh = {(row.mention.source, row.mention.external_id): row.author_id for row in batch.fresh if row.author_id}
    for post in _new_posts(batch, fresh):
        found.update(_interactions(post))
    for before, after in _late_answers(fresh):
        found.update(_interactions(after))
        found.subtract(_interactions(before))
    gained, lost = sorted(+found), sorted(-found)
    with connection.cursor() as cursor:
        if gained:
            cursor.execute(
                "INSERT INTO influence_dailyedge (day, source_id, target_id, kind, interactions) "
                "SELECT * FROM unnest(%s::date[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[]) "
                "ON CONFLICT (day, source_id, target_id, kind) "
                "DO UPDATE SET interactions = influence_dailyedge.interactions + EXCLUDED.interactions",
                _columns(gained, found),
            )
        if lost:
            cursor.execute(
                "UPDATE influence_dailyedge e SET interactions = greatest(0, e.interactions + n.interactions) "
                "FROM unnest(%s::date[], %s::uuid[], %s::uuid[], %s::text[], %s::bigint[]) "
                "AS n(day, source_id, target_id, kind, interactions) WHERE e.day = n.day "
                "AND e.source_id = n.source_id AND e.target_id = n.target_id AND e.kind = n.kind",
                _columns(lost, found),
            )


def _columns(keys: Sequence[Key], counts: Mapping[Key, int]) -> list[str]:
    return [
        plain_array([day.isoformat() for day, _, _, _ in keys]),
        plain_array([source[_ID_START:] for _, source, _, _ in keys]),
        plain_array([target[_ID_START:] for _, _, target, _ in keys]),
        array([kind for _, _, _, kind in keys]),
        plain_array([counts[key] for key in keys]),
    ]


def _interactions(post: _Post) -> Iterator[Key]:
    targets = {post.author}
    for kind, target in post.pointers.items():
        if target is None and kind == "repost" and post.kind == "repost" and post.addressed:
            target = post.addressed[0]
        if target is not None and target not in targets:
            targets.add(target)
            yield post.day, post.author, target, kind
    for person in dict.fromkeys(post.addressed):
        if person not in targets:
            yield post.day, post.author, person, "mention"


def _new_posts(batch: StoredBatch, fresh: Mapping[PostKey, str]) -> Iterator[_Post]:
    authors = {**batch.authors, **fresh}
    for row in batch.fresh:
        mention = row.mention
        if row.author_id is not None:
            pointers = {
                "reply": authors.get((mention.source, mention.reply_to)),
                "repost": authors.get((mention.source, mention.repost_of)),
                "quote": authors.get((mention.source, mention.quote_of)),
            }
            day = mention.posted_at.astimezone(UTC).date()
            yield _Post(row.author_id, day, mention.kind, row.addressed_ids, pointers)


_LATE = """
WITH wanted AS MATERIALIZED (SELECT * FROM unnest(%s::text[], %s::text[]) AS w(source, external_id)), late AS (
    SELECT m.id FROM wanted w JOIN mentions_mention m
        ON m.source = w.source AND m.reply_to = w.external_id AND m.reply_to <> ''
    UNION SELECT m.id FROM wanted w JOIN mentions_mention m
        ON m.source = w.source AND m.repost_of = w.external_id AND m.repost_of <> ''
    UNION SELECT m.id FROM wanted w JOIN mentions_mention m
        ON m.source = w.source AND m.quote_of = w.external_id AND m.quote_of <> ''
)
SELECT m.source, m.external_id, m.author_id, (m.posted_at AT TIME ZONE 'UTC')::date, m.kind,
    ARRAY(
        SELECT a.id FROM unnest(m.addressed) WITH ORDINALITY AS named(pseudonym, place)
        JOIN mentions_author a ON a.source = m.source AND a.pseudonym = named.pseudonym ORDER BY named.place
    ),
    m.reply_to, reply.author_id, m.repost_of, repost.author_id, m.quote_of, quote.author_id
FROM late JOIN mentions_mention m ON m.id = late.id
LEFT JOIN mentions_mention reply ON reply.source = m.source AND reply.external_id = m.reply_to
LEFT JOIN mentions_mention repost ON repost.source = m.source AND repost.external_id = m.repost_of
LEFT JOIN mentions_mention quote ON quote.source = m.source AND quote.external_id = m.quote_of
WHERE m.author_id IS NOT NULL
"""


def _late_answers(fresh: Mapping[PostKey, str]) -> Iterator[tuple[_Post, _Post]]:
    """Posts that were stored before one they point to, which has come now: as they were counted, and as they are to
    be. `fresh` are the posts that are new, with their authors."""
    if not fresh:
        return
    with connection.cursor() as cursor:
        cursor.execute(_LATE, [array([source for source, _ in fresh]), array([post for _, post in fresh])])
        for source, answer, author, day, kind, addressed, *pointed in cursor.fetchall():
            if (source, answer) in fresh:
                continue  # counted with what came with it
            known = {
                name: (post, encode("aut", pk) if pk else None)
                for name, post, pk in zip(("reply", "repost", "quote"), pointed[::2], pointed[1::2], strict=True)
            }
            after = {name: target for name, (_, target) in known.items()}
            before = {name: None if (source, post) in fresh else target for name, (post, target) in known.items()}
            named = [encode("aut", pk) for pk in addressed]
            post = _Post(encode("aut", author), day, kind, named, before)
            yield post, replace(post, pointers=after)
