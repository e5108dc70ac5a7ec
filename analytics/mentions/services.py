"""Storing mentions: in bulk, once each, and in the caller's transaction."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.db import connection, transaction

from analytics.mentions.contracts import Hit, NewAuthor, NewMention, PostKey, Stored, StoredBatch
from analytics.mentions.copytext import (
    NULL,
    array,
    bytea,
    bytea_array,
    escaped,
    nullable,
    pieces,
    plain_array,
)
from analytics.mentions.selectors import stored_in
from analytics.mentions.stories import Place, joined, place_in_stories
from kernel.ids import encode, uuid7
from tenants.plans.limits import month_of

_MENTION_COLUMNS = (
    "id, source, external_id, envelope, origin, author_id, posted_at, stored_at, kind, title, text, url, thread, "
    "reply_to, repost_of, quote_of, addressed, hashtags, media, country, region, city, followers, verified, has, "
    "sites, links, rating, likes, reposts, replies, views, reach, search, language_hint, story, wording, language, "
    "sentiment, abstain_reason, model_id"
)
_ID_START = 4  # of the hexadecimal digits in "men_0197…", which the type uuid reads as they are


@dataclass(frozen=True, slots=True)
class _Known:
    """What the store says of a post that is in it."""

    thread: str
    author_id: str | None


def lock_store() -> None:
    """Let one writer at a time into this client's store, until the transaction ends.

    Batches of one client look for what is there before they write; with one writer that look stays true, and COPY
    can be used, which knows no ON CONFLICT.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('mentions'), hashtext(current_schema()))")


def lock_matches(*, alone: bool) -> None:
    """Keep the matches of stored mentions as they are until the transaction ends, together with others who only read
    them, or `alone`, to change them.

    A reading is counted for the queries its mention matches: it must not slip in between matching anew and counting
    anew. Who needs `lock_store` too takes that one first.
    """
    shared = "" if alone else "_shared"
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT pg_advisory_xact_lock{shared}(hashtext('matches'), hashtext(current_schema()))")


@transaction.atomic
def store(
    *, mentions: Sequence[NewMention], origin: str, now: datetime, most_in_month: int | None = None
) -> StoredBatch:
    """Store those of `mentions` that are not there yet, with their authors, matches and threads, and count them.

    A post is known by (source, external_id); of two in the same batch the first one counts. Where the month (of `now`,
    in UTC) may have `most_in_month` stored in all, those beyond stay out, the last ones of the batch first.
    """
    lock_store()
    there = _look_up(mentions)
    new = _unseen(mentions, there)
    unseen = new if most_in_month is None else new[: max(0, most_in_month - stored_in(month_of(now)))]
    authors = _author_ids(_authors_of(unseen))
    roots = _thread_roots(unseen, there)
    stored = tuple(
        [
            Stored(
                id=encode("men", uuid7()),
                author_id=authors[mention.source, mention.author.pseudonym] if mention.author else None,
                addressed_ids=tuple([authors[mention.source, person.pseudonym] for person in mention.addressed]),
                mention=mention,
            )
            for mention in unseen
        ]
    )
    _copy_mentions(stored, roots, origin, now)
    _copy_matches(stored)
    _join_threads(roots)
    _count(month_of(now), len(stored))
    behind = {key: post.author_id for key, post in there.items() if post.author_id is not None}
    return StoredBatch(stored, len(mentions) - len(new), behind, len(new) - len(stored))


def _count(month: date, fresh: int) -> None:
    if fresh:
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO mentions_monthlytally AS t (month, stored) VALUES (%s, %s) "
                "ON CONFLICT (month) DO UPDATE SET stored = t.stored + excluded.stored",
                [month, fresh],
            )


def _look_up(mentions: Sequence[NewMention]) -> dict[PostKey, _Known]:
    """What is stored already: of the mentions themselves, and of the posts they point to."""
    wanted = {
        (mention.source, post)
        for mention in mentions
        for post in (mention.external_id, mention.reply_to, mention.repost_of, mention.quote_of)
        if post
    }
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT m.source, m.external_id, m.thread, m.author_id FROM mentions_mention m "
            "JOIN unnest(%s::text[], %s::text[]) AS wanted(source, external_id) "
            "ON m.source = wanted.source AND m.external_id = wanted.external_id",
            [array([source for source, _ in wanted]), array([post for _, post in wanted])],
        )
        return {
            (source, post): _Known(thread, encode("aut", author) if author else None)
            for source, post, thread, author in cursor.fetchall()
        }


def _unseen(mentions: Sequence[NewMention], there: Mapping[PostKey, _Known]) -> list[NewMention]:
    """The mentions that are neither stored nor repeated within the batch."""
    first: dict[PostKey, NewMention] = {}
    for mention in mentions:
        key = (mention.source, mention.external_id)
        if key not in there:
            first.setdefault(key, mention)
    return list(first.values())


def _authors_of(mentions: Iterable[NewMention]) -> dict[tuple[str, bytes], NewAuthor]:
    """Each person once, as told by the last of their own posts, or by whoever addressed them."""
    found: dict[tuple[str, bytes], NewAuthor] = {}
    for mention in mentions:
        if mention.author is not None:
            found[mention.source, mention.author.pseudonym] = mention.author
        for person in mention.addressed:
            found.setdefault((mention.source, person.pseudonym), person)
    return found


def _author_ids(authors: dict[tuple[str, bytes], NewAuthor]) -> dict[tuple[str, bytes], str]:
    """The id of each author: found, brought up to date, or made."""
    if not authors:
        return {}
    ids: dict[tuple[str, bytes], str] = {}
    changed: list[tuple[str, NewAuthor]] = []
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT a.id, a.source, a.pseudonym, a.followers, a.verified, a.envelope IS NOT NULL, a.is_brand "
            "FROM mentions_author a JOIN unnest(%s::text[], %s::bytea[]) AS wanted(source, pseudonym) "
            "ON a.source = wanted.source AND a.pseudonym = wanted.pseudonym",
            [array([source for source, _ in authors]), bytea_array([pseudonym for _, pseudonym in authors])],
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
                changed.append((pk.hex, person))
        if changed:
            cursor.execute(
                "UPDATE mentions_author a SET followers = coalesce(n.followers, a.followers), "
                "verified = a.verified OR n.verified, envelope = coalesce(a.envelope, n.envelope), "
                "is_brand = a.is_brand OR n.is_brand "
                "FROM unnest(%s::uuid[], %s::bigint[], %s::bool[], %s::bytea[], %s::bool[]) "
                "AS n(id, followers, verified, envelope, is_brand) WHERE a.id = n.id",
                [
                    plain_array([pk for pk, _ in changed]),
                    plain_array([person.followers for _, person in changed]),
                    plain_array([person.verified for _, person in changed]),
                    bytea_array([person.envelope for _, person in changed]),
                    plain_array([person.is_brand for _, person in changed]),
                ],
            )
    lines: list[str] = []
    for key, person in authors.items():
        if key not in ids:
            ids[key] = encode("aut", uuid7())
            lines.append(_author_line(ids[key], key[0], person))
    _copy("mentions_author (id, source, pseudonym, label, envelope, followers, verified, is_brand)", lines)
    return ids


def _author_line(author_id: str, source: str, person: NewAuthor) -> str:
    return (
        f"{author_id[_ID_START:]}\t{escaped(source)}\t{bytea(person.pseudonym)}\t{escaped(person.label)}\t"
        f"{bytea(person.envelope)}\t{nullable(person.followers)}\t{person.verified}\t{person.is_brand}\n"
    )


def _thread_roots(mentions: Sequence[NewMention], there: Mapping[PostKey, _Known]) -> dict[PostKey, str]:
    """The root of each mention's thread, by external id, as far as it is known now.

    A reply belongs to the thread of what it replies to, stored or in this batch; where that is unknown, the thread
    bears the unknown post's id until it comes.
    """
    parents = {(m.source, m.external_id): m.reply_to for m in mentions if m.reply_to}
    roots: dict[PostKey, str] = {}
    for mention in mentions:
        source, post = mention.source, mention.external_id
        path = {post}
        while (parent := parents.get((source, post), "")) and parent not in path:
            path.add(parent)
            post = parent
            known = there.get((source, post))
            if known is not None:
                post = known.thread
                break
        roots[source, mention.external_id] = post
    return roots


def _copy_mentions(stored: Sequence[Stored], roots: Mapping[PostKey, str], origin: str, now: datetime) -> None:
    origin, at = escaped(origin), now.isoformat()
    places = place_in_stories(
        [(row.id[_ID_START:], joined(row.mention.title, row.mention.text)) for row in stored],
        [row.mention.scanned for row in stored],
    )
    lines = [
        _mention_line(row, roots[row.mention.source, row.mention.external_id], place, origin, at)
        for row, place in zip(stored, places, strict=True)
    ]
    _copy(f"mentions_mention ({_MENTION_COLUMNS})", lines)


def _mention_line(row: Stored, thread: str, place: Place, origin: str, now: str) -> str:
    m = row.mention
    author = row.author_id[_ID_START:] if row.author_id else NULL
    addressed = escaped(bytea_array([person.pseudonym for person in m.addressed])) if m.addressed else "{}"
    hashtags = escaped(array(m.hashtags)) if m.hashtags else "{}"
    media = escaped(json.dumps([dict(item) for item in m.media])) if m.media else "[]"
    then = f"{nullable(m.author.followers)}\t{m.author.verified}" if m.author else f"{NULL}\t{NULL}"
    return (
        f"{row.id[_ID_START:]}\t{escaped(m.source)}\t{escaped(m.external_id)}\t{bytea(m.envelope)}\t{origin}\t{author}\t"
        f"{m.posted_at.isoformat()}\t{now}\t{escaped(m.kind)}\t{escaped(m.title)}\t{escaped(m.text)}\t{escaped(m.url)}\t"
        f"{escaped(thread)}\t{escaped(m.reply_to)}\t{escaped(m.repost_of)}\t{escaped(m.quote_of)}\t{addressed}\t"
        f"{hashtags}\t{media}\t{escaped(m.country)}\t{escaped(m.region)}\t{escaped(m.city)}\t{then}\t{_texts(m.has)}\t"
        f"{_texts(m.sites)}\t{_texts(m.links)}\t{nullable(m.rating)}\t{m.likes}\t{m.reposts}\t{m.replies}\t"
        f"{nullable(m.views)}\t{m.reach}\t{escaped(m.search)}\t{escaped(m.language_hint)}\t"
        f"{place.story}\t{place.wording}\t\t\t\t\n"
    )


def _texts(values: Sequence[str] | None) -> str:
    return NULL if values is None else escaped(array(values))


def _copy_matches(stored: Sequence[Stored]) -> None:
    copy_matches((row.id, row.mention.posted_at, hit) for row in stored for hit in row.mention.hits)


def copy_matches(matches: Iterable[tuple[str, datetime, Hit]]) -> None:
    """Write matches of stored mentions: the mention's id, when it was posted, and the match. There must be none of that
    mention and query."""
    lines = [
        f"{mention_id[_ID_START:]}\t{hit.query_id[_ID_START:]}\t{hit.version}\t{posted_at.isoformat()}\t"
        f"{plain_array(hit.spans)}\t{hit.settled}\t{_awaited(hit)}\n"
        for mention_id, posted_at, hit in matches
    ]
    _copy("mentions_mentionmatch (mention_id, query_id, query_version, posted_at, spans, settled, awaits)", lines)


def _awaited(hit: Hit) -> str:
    return NULL if hit.awaits is None else escaped(json.dumps(dict(hit.awaits)))


def _join_threads(roots: Mapping[PostKey, str]) -> None:
    """Replies that came before the post they answer are moved into that post's thread."""
    moved = [(source, post, root) for (source, post), root in roots.items() if root != post]
    if moved:
        with connection.cursor() as cursor:
            cursor.execute(
                "UPDATE mentions_mention m SET thread = moved.root "
                "FROM unnest(%s::text[], %s::text[], %s::text[]) AS moved(source, external_id, root) "
                "WHERE m.source = moved.source AND m.thread = moved.external_id",
                [array(column) for column in zip(*moved, strict=True)],
            )


def _copy(table: str, lines: Sequence[str]) -> None:
    if lines:
        with connection.cursor() as cursor, cursor.copy(f"COPY {table} FROM STDIN") as copy:
            for piece in pieces(lines):
                copy.write(piece)
