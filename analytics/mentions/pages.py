"""Reading what is stored to match queries against it: plain rows, page by page, without Django's objects."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection

_COLUMNS = (
    "m.id, m.source, m.kind, m.posted_at, m.title, m.text, m.url, a.pseudonym, m.addressed, m.media, m.has, m.sites, "
    "m.links, m.country, m.region, m.city, m.verified, m.followers, m.rating, m.reach, "
    "m.likes + m.reposts + m.replies, m.language_hint, m.understood_at IS NOT NULL, m.language, m.sentiment, "
    "m.emotions "
    "FROM mentions_mention m LEFT JOIN mentions_author a ON a.id = m.author_id"
)


@dataclass(frozen=True, slots=True)
class KeptPost:
    """A stored mention as queries are matched against it. `author` and `addressed` are pseudonyms; `has`, `sites` and
    `links` are None where they have to be told from the rest; `language`, `sentiment` and `emotions` count once it was
    `read` ("und", "" and None where they could not be told)."""

    id: UUID
    source: str
    kind: str
    posted_at: datetime
    title: str
    text: str
    url: str
    author: bytes | None
    addressed: tuple[bytes, ...]
    media: tuple[dict[str, Any], ...]
    has: tuple[str, ...] | None
    sites: tuple[str, ...] | None
    links: tuple[str, ...] | None
    country: str
    region: str
    city: str
    verified: bool | None
    followers: int | None
    rating: float | None
    reach: int
    engagement: int
    language_hint: str
    read: bool
    language: str
    sentiment: str
    emotions: Sequence[str] | None


def page_after(last: UUID | None, *, until: UUID, limit: int) -> list[KeptPost]:
    """The stored mentions behind one (None: from the first) in the order of their ids, none beyond `until`."""
    return _read(
        f"SELECT {_COLUMNS} WHERE m.id <= %s AND (%s::uuid IS NULL OR m.id > %s) ORDER BY m.id LIMIT %s",
        [until, last, last, limit],
    )


def ids_after(last: UUID | None, *, until: UUID, limit: int) -> list[UUID]:
    """As `page_after`, ids alone."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM mentions_mention WHERE id <= %s AND (%s::uuid IS NULL OR id > %s) ORDER BY id LIMIT %s",
            [until, last, last, limit],
        )
        return [row[0] for row in cursor.fetchall()]


def kept(ids: Sequence[UUID]) -> list[KeptPost]:
    """Those of some mentions that are there, in the order of their ids."""
    return _read(f"SELECT {_COLUMNS} WHERE m.id = ANY(%s::uuid[]) ORDER BY m.id", [list(ids)])


def newest(limit: int, *, at_once: int = 2_000) -> Iterator[list[KeptPost]]:
    """At most `limit` mentions in pages, those that were stored last first."""
    last: UUID | None = None
    while limit > 0:
        page = _read(
            f"SELECT {_COLUMNS} WHERE %s::uuid IS NULL OR m.id < %s ORDER BY m.id DESC LIMIT %s",
            [last, last, min(limit, at_once)],
        )
        if not page:
            return
        yield page
        limit, last = limit - len(page), page[-1].id


def extent() -> tuple[UUID | None, int]:
    """The last stored mention's id, None where there is none, and how many mentions are stored."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT id FROM mentions_mention ORDER BY id DESC LIMIT 1), count(*) FROM mentions_mention"
        )
        last, count = cursor.fetchall()[0]
    return last, count


def _read(statement: str, parameters: list[Any]) -> list[KeptPost]:
    with connection.cursor() as cursor:
        cursor.execute(statement, parameters)
        return [_kept(row) for row in cursor.fetchall()]


def _kept(row: tuple[Any, ...]) -> KeptPost:
    author, addressed, media, has, sites, links = row[7:13]
    told: list[Any] = [
        *row[:7],
        None if author is None else bytes(author),
        tuple([bytes(each) for each in addressed]),
        tuple(json.loads(media)),
        None if has is None else tuple(has),
        None if sites is None else tuple(sites),
        None if links is None else tuple(links),
        *row[13:],
    ]
    return KeptPost(*told)
