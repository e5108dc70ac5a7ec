"""A bounded sample of what is stored, to try a query on: the newest mentions, and others spread evenly behind them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import connection

from analytics.mentions.pages import KeptPost, kept

WINDOW = timedelta(days=30)
MOST = 50_000
"""The window is cut to this many mentions, the newest."""

MOST_BYTES = 2_000_000
"""Of text, in the newest and in the others each: 2,000 ordinary posts have a fifth of it, three hostile ones all."""

_SIZES = "SELECT id, octet_length(text) + octet_length(title) FROM mentions_mention WHERE id = ANY(%s::uuid[])"
# The index on time holds both columns, so the table itself is only read for what was drawn. A hash of the id spreads
# the sample evenly and gives the same one again, which neither random() nor blocks of the table would.
_DRAWN = """
WITH newest AS MATERIALIZED (
    SELECT id, posted_at, row_number() OVER (ORDER BY posted_at DESC, id DESC) AS place FROM (
        SELECT id, posted_at FROM mentions_mention
        WHERE posted_at >= (SELECT max(posted_at) FROM mentions_mention) - %s::interval
        ORDER BY posted_at DESC, id DESC LIMIT %s
    ) AS window_
), spread AS (
    SELECT id FROM newest WHERE place > %s ORDER BY hashtextextended(id::text, 0) LIMIT %s
)
SELECT (SELECT count(*) FROM newest), (SELECT min(posted_at) FROM newest), (SELECT max(posted_at) FROM newest),
    ARRAY(SELECT id FROM newest WHERE place <= %s), ARRAY(SELECT id FROM spread)
"""


@dataclass(frozen=True, slots=True)
class StoredSample:
    """`population` mentions were posted from `since` to `until` (None where nothing is stored). Of these `newest` are
    the newest, and `spread` a uniform sample of the others; together at most what was asked for."""

    population: int
    since: datetime | None
    until: datetime | None
    newest: Sequence[KeptPost]
    spread: Sequence[KeptPost]


def stored_sample(*, newest: int, spread: int) -> StoredSample:
    """A sample of the mentions of the WINDOW that ends with the newest one, cut where its texts come to MOST_BYTES.
    Three statements; the same rows as long as nothing is stored or deleted."""
    with connection.cursor() as cursor:
        cursor.execute(_DRAWN, [f"{WINDOW.days} days", MOST, newest, spread, newest])
        population, since, until, first, others = cursor.fetchall()[0]
        cursor.execute(_SIZES, [[*first, *others]])
        sizes = dict(cursor.fetchall())
    first, others = list(_within(MOST_BYTES, first, sizes)), list(_within(MOST_BYTES, others, sizes))
    posts = {post.id: post for post in kept([*first, *others])} if population else {}
    return StoredSample(
        population,
        since,
        until,
        [posts[each] for each in first if each in posts],
        [posts[each] for each in others if each in posts],
    )


def _within(room: int, ids: Sequence[UUID], sizes: Mapping[UUID, int]) -> Iterator[UUID]:
    """Those from the first on that fit in."""
    for each in ids:
        room -= sizes.get(each, 0)
        if room < 0:
            return
        yield each


_KNOWN = """
SELECT count(*), bool_or(rating IS NOT NULL), bool_or(followers IS NOT NULL), bool_or(verified IS NOT NULL),
    bool_or(country <> ''), bool_or(region <> ''), bool_or(city <> '')
FROM (
    SELECT rating, followers, verified, country, region, city FROM mentions_mention ORDER BY posted_at DESC LIMIT %s
) AS newest
"""
_FIELDS = ("rating", "followers", "verified", "country", "region", "city")
_ENOUGH, _LOOKED_AT = 100, 1_000


def never_known() -> frozenset[str]:
    """The fields of queries that none of the newest thousand mentions says anything of; none at all where there are
    fewer than a hundred, and so too few to say so."""
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, [_LOOKED_AT])
        count, *known = cursor.fetchall()[0]
    if count < _ENOUGH:
        return frozenset()
    return frozenset(name for name, told in zip(_FIELDS, known, strict=True) if not told)
