"""Storing mentions: in bulk, once each, and in the caller's transaction."""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from analytics.mentions.contracts import NewAuthor, NewMention, Stored, StoredBatch
from kernel.ids import decode, encode, uuid7

_MENTION_COLUMNS = (
    "id, source, external_id, envelope, origin, author_id, posted_at, stored_at, kind, title, text, url, thread, "
    "reply_to, repost_of, quote_of, addressed, hashtags, media, country, rating, likes, reposts, replies, views, reach, "
    "search, language_hint, language, sentiment, abstain_reason, model_id"
)


def lock_store() -> None:
    """Let one writer at a time into this client's store, until the transaction ends.

    Batches of one client look for what is there before they write; with one writer that look stays true, and COPY
    can be used, which knows no ON CONFLICT.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('mentions'), hashtext(current_schema()))")


@transaction.atomic
def store(*, mentions: Sequence[NewMention], origin: str, now: datetime) -> StoredBatch:
    """Store those of `mentions` that are not there yet, with their authors, matches and threads.

    A post is known by (source, external_id); of two in the same batch the first one counts.
    """
    lock_store()
    unseen, known = _unseen(mentions)
    authors = _author_ids(_authors_of(unseen))
    roots = _thread_roots(unseen)
    stored = [
        Stored(
            id=encode("men", uuid7()),
            author_id=authors[mention.source, mention.author.pseudonym] if mention.author else None,
            addressed_ids=tuple(authors[mention.source, person.pseudonym] for person in mention.addressed),
            mention=mention,
        )
        for mention in unseen
    ]
    _copy_mentions(stored, roots, origin, now)
    _copy_matches(stored)
    _join_threads(stored, roots)
    return StoredBatch(tuple(stored), known)


def array(values: Iterable[str | int]) -> str:
    """An array literal, as COPY takes it: written here because psycopg's own takes longer than all the rest."""
    texts = [str(value).replace("\\", "\\\\").replace('"', '\\"') for value in values]
    return '{"' + '","'.join(texts) + '"}' if texts else "{}"


def _people(mention: NewMention) -> Iterable[NewAuthor]:
    if mention.author:
        yield mention.author
    yield from mention.addressed


def _unseen(mentions: Sequence[NewMention]) -> tuple[list[NewMention], int]:
    """The mentions that are neither stored nor repeated within the batch, and how many were left out."""
    first = {(mention.source, mention.external_id): mention for mention in reversed(mentions)}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.source, m.external_id FROM mentions_mention m "
            "JOIN unnest(%s::text[], %s::text[]) AS wanted(source, external_id) "
            "ON m.source = wanted.source AND m.external_id = wanted.external_id",
            [[key[0] for key in first], [key[1] for key in first]],
        )
        there = set(cursor.fetchall())
    unseen = [
        mention
        for mention in mentions
        if (key := (mention.source, mention.external_id)) not in there and first[key] is mention
    ]
    return unseen, len(mentions) - len(unseen)


def _authors_of(mentions: Iterable[NewMention]) -> dict[tuple[str, bytes], NewAuthor]:
    """Each person once, as told by the last of their own posts, or by whoever addressed them."""
    found: dict[tuple[str, bytes], NewAuthor] = {}
    for mention in mentions:
        for person in _people(mention):
            key = (mention.source, person.pseudonym)
            before = found.get(key)
            if before is None or person.envelope is not None:
                found[key] = person
    return found


def _author_ids(authors: dict[tuple[str, bytes], NewAuthor]) -> dict[tuple[str, bytes], str]:
    """The id of each author: found, brought up to date, or made."""
    ids: dict[tuple[str, bytes], str] = {}
    changed: list[tuple[uuid.UUID, NewAuthor]] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.source, a.pseudonym, a.followers, a.verified, a.envelope IS NOT NULL, a.is_brand "
            "FROM mentions_author a JOIN unnest(%s::text[], %s::bytea[]) AS wanted(source, pseudonym) "
            "ON a.source = wanted.source AND a.pseudonym = wanted.pseudonym",
            [[source for source, _ in authors], [pseudonym for _, pseudonym in authors]],
        )
        for pk, source, pseudonym, followers, verified, sealed, is_brand in cursor.fetchall():
            key = (source, bytes(pseudonym))
            ids[key] = encode("aut", pk)
            person = authors[key]
            news = (
                (person.followers is not None and person.followers != followers)
                or (person.verified and not verified)
                or (person.envelope is not None and not sealed)
                or (person.is_brand and not is_brand)
            )
            if news:
                changed.append((pk, person))
        if changed:
            cursor.execute(
                "UPDATE mentions_author a SET followers = coalesce(n.followers, a.followers), "
                "verified = a.verified OR n.verified, envelope = coalesce(a.envelope, n.envelope), "
                "is_brand = a.is_brand OR n.is_brand "
                "FROM unnest(%s::uuid[], %s::bigint[], %s::bool[], %s::bytea[], %s::bool[]) "
                "AS n(id, followers, verified, envelope, is_brand) WHERE a.id = n.id",
                [
                    [pk for pk, _ in changed],
                    [person.followers for _, person in changed],
                    [person.verified for _, person in changed],
                    [person.envelope for _, person in changed],
                    [person.is_brand for _, person in changed],
                ],
            )
        with cursor.copy(
            "COPY mentions_author (id, source, pseudonym, label, envelope, followers, verified, is_brand) FROM STDIN"
        ) as copy:
            for key, person in authors.items():
                if key not in ids:
                    pk = uuid7()
                    ids[key] = encode("aut", pk)
                    copy.write_row(
                        (
                            pk,
                            key[0],
                            person.pseudonym,
                            person.label,
                            person.envelope,
                            person.followers,
                            person.verified,
                            person.is_brand,
                        )
                    )
    return ids


def _thread_roots(mentions: Sequence[NewMention]) -> dict[tuple[str, str], str]:
    """The root of each mention's thread, by external id, as far as it is known now.

    A reply belongs to the thread of what it replies to, stored or in this batch; where that is unknown, the thread
    bears the unknown post's id until it comes.
    """
    parents = {(m.source, m.external_id): m.reply_to for m in mentions if m.reply_to}
    outside = {(source, parent) for (source, _), parent in parents.items()}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.source, m.external_id, m.thread FROM mentions_mention m "
            "JOIN unnest(%s::text[], %s::text[]) AS wanted(source, external_id) "
            "ON m.source = wanted.source AND m.external_id = wanted.external_id",
            [[source for source, _ in outside], [parent for _, parent in outside]],
        )
        stored = {(source, external_id): thread for source, external_id, thread in cursor.fetchall()}
    roots: dict[tuple[str, str], str] = {}
    for mention in mentions:
        source, post = mention.source, mention.external_id
        path = {post}
        while (parent := parents.get((source, post), "")) and parent not in path:
            path.add(parent)
            post = parent
            if (source, post) in stored:
                post = stored[source, post]
                break
        roots[source, mention.external_id] = post
    return roots


def _copy_mentions(stored: Sequence[Stored], roots: dict[tuple[str, str], str], origin: str, now: datetime) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY mentions_mention ({_MENTION_COLUMNS}) FROM STDIN") as copy:
        for row in stored:
            m = row.mention
            copy.write_row(
                (
                    decode("men", row.id),
                    m.source,
                    m.external_id,
                    m.envelope,
                    origin,
                    decode("aut", row.author_id) if row.author_id else None,
                    m.posted_at,
                    now,
                    m.kind,
                    m.title,
                    m.text,
                    m.url,
                    roots[m.source, m.external_id],
                    m.reply_to,
                    m.repost_of,
                    m.quote_of,
                    array([f"\\x{person.pseudonym.hex()}" for person in m.addressed]),
                    array(m.hashtags),
                    json.dumps([dict(item) for item in m.media]) if m.media else "[]",
                    m.country,
                    m.rating,
                    m.likes,
                    m.reposts,
                    m.replies,
                    m.views,
                    m.reach,
                    m.search,
                    m.language_hint,
                    "",
                    "",
                    "",
                    "",
                )
            )


def _copy_matches(stored: Sequence[Stored]) -> None:
    columns = "mention_id, query_id, query_version, posted_at, spans"
    with connection.cursor() as cursor, cursor.copy(f"COPY mentions_mentionmatch ({columns}) FROM STDIN") as copy:
        for row in stored:
            for hit in row.mention.hits:
                copy.write_row(
                    (
                        decode("men", row.id),
                        decode("qry", hit.query_id),
                        hit.version,
                        row.mention.posted_at,
                        array(hit.spans),
                    )
                )


def _join_threads(stored: Sequence[Stored], roots: dict[tuple[str, str], str]) -> None:
    """Replies that came before the post they answer are moved into that post's thread."""
    moved = [
        (row.mention.source, row.mention.external_id, root)
        for row in stored
        if (root := roots[row.mention.source, row.mention.external_id]) != row.mention.external_id
    ]
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE mentions_mention m SET thread = moved.root "
                "FROM unnest(%s::text[], %s::text[], %s::text[]) AS moved(source, external_id, root) "
                "WHERE m.source = moved.source AND m.thread = moved.external_id",
                _columns(moved, 3),
            )


def _columns(rows: Sequence[tuple[Any, ...]], width: int) -> list[list[Any]]:
    return [[row[index] for row in rows] for index in range(width)]
