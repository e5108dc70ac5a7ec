"""Stories: mentions that say the same, across authors and sites, kept while mentions are stored.

A story is a connected component of wordings that are alike (`duplicates.alike`) and share a key. So which mentions
share a story does not depend on the order or the batches in which they came, with one bound: of a key that more than
`MOST_PER_KEY` wordings share, only so many are looked at. Its id is that of the mention that was stored first; where a
mention shows two stories to be one, the younger one takes the older one's id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from analytics.listening.text import Scan
from analytics.mentions.copytext import NULL, bytea, pieces, plain_array
from analytics.mentions.duplicates import BANDS, Wording, alike, wordings

MOST_PER_KEY = 20

# Each key is looked up in an index of its own. Pairs come as two arrays: rows would cost more than finding them.
_CANDIDATES = f"""
WITH pairs AS MATERIALIZED (
SELECT k.n, found.key
FROM unnest(%s::int[], {", ".join(["%s::bigint[]"] * BANDS)}) AS k(n, {", ".join(f"b{i}" for i in range(BANDS))})
CROSS JOIN LATERAL ({
    " UNION ".join(
        f"(SELECT key FROM mentions_wording WHERE bands[{i + 1}] = k.b{i} LIMIT {MOST_PER_KEY})" for i in range(BANDS)
    )
}) AS found)
SELECT w.key, w.story, w.shingles, w.cut, near.ns
FROM (SELECT key, array_agg(n) AS ns FROM pairs GROUP BY key) AS near JOIN mentions_wording w ON w.key = near.key"""


@dataclass(frozen=True, slots=True)
class Place:
    """Which story a mention belongs to, and which wording it has, as COPY takes them."""

    story: str
    wording: str


def joined(title: str, text: str) -> str:
    """What is compared: the title, a line break and the text."""
    return f"{title}\n{text}" if title else text


class _Stories:
    """Stories that turn out to be one: a forest in which the least id is the root (union-find, Tarjan 1975)."""

    def __init__(self) -> None:
        self.above: dict[str, str] = {}

    def root(self, story: str) -> str:
        path = []
        while (above := self.above.get(story, story)) != story:
            path.append(story)
            story = above
        for each in path:
            self.above[each] = story
        return story

    def join(self, one: str, other: str) -> None:
        least, most = sorted((self.root(one), self.root(other)))
        if least != most:
            self.above[most] = least


def place_in_stories(texts: Sequence[tuple[str, str]], scans: Sequence[Scan | None] = ()) -> list[Place]:
    """Find the story of mentions that are about to be stored, given as (id in hexadecimal, title and text), and as
    what `scan` said of these texts, where that is known.

    Call it in the transaction that stores them, under `lock_store`; joins stored stories where one of these mentions
    shows that they are the same.
    """
    read = wordings([text for _, text in texts], scans)
    news: dict[bytes, tuple[str, Wording]] = {}
    for (pk, _), wording in zip(texts, read, strict=True):
        if wording is not None:
            news.setdefault(wording.key, (pk, wording))
    known = _known(news)
    stories = _Stories()
    fresh = [(pk, wording) for key, (pk, wording) in news.items() if key not in known]
    near = [(pk, wording) for pk, wording in fresh if wording.bands]
    _join_among(near, stories)
    _join_stored(near, stories)
    _merge({story: root for story in list(stories.above) if (root := stories.root(story)) != story})
    own = {key: stories.root(known.get(key, pk)) for key, (pk, _) in news.items()}
    _copy([(wording, own[wording.key]) for _, wording in fresh])
    return [
        Place(pk, NULL) if wording is None else Place(own[wording.key], wording.key.hex())
        for (pk, _), wording in zip(texts, read, strict=True)
    ]


def _known(keys: Iterable[bytes]) -> dict[bytes, str]:
    """The story of each wording that is stored already."""
    wanted = plain_array([key.hex() for key in keys])
    with connection.cursor() as cursor:
        cursor.execute("SELECT key, story FROM mentions_wording WHERE key = ANY(%s::uuid[])", [wanted])
        return {key.bytes: story.hex for key, story in cursor.fetchall()}


def _join_among(near: Sequence[tuple[str, Wording]], stories: _Stories) -> None:
    buckets: dict[tuple[int, int], list[tuple[str, Wording]]] = {}
    for pk, wording in near:
        seen: set[str] = set()
        for place, band in enumerate(wording.bands):
            bucket = buckets.setdefault((place, band), [])
            for other, compared in bucket[:MOST_PER_KEY]:
                if other not in seen:
                    seen.add(other)
                    if stories.root(other) != stories.root(pk) and alike(wording, compared):
                        stories.join(pk, other)
            bucket.append((pk, wording))


def _join_stored(near: Sequence[tuple[str, Wording]], stories: _Stories) -> None:
    if not near:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            _CANDIDATES,
            [
                plain_array(range(len(near))),
                *(plain_array([wording.bands[band] for _, wording in near]) for band in range(BANDS)),
            ],
        )
        for key, story, shingles, cut, numbers in cursor.fetchall():
            compared = Wording(key.bytes, bytes(shingles), (), cut)
            for number in numbers:
                pk, wording = near[number]
                if stories.root(pk) != stories.root(story.hex) and alike(wording, compared):
                    stories.join(pk, story.hex)


def _merge(roots: Mapping[str, str]) -> None:
    """Give stored stories the id of the one that they turned out to belong to."""
    if not roots:
        return
    pairs = [plain_array(roots), plain_array(roots.values())]
    with connection.cursor() as cursor:
        for table in ("mentions_wording", "mentions_mention"):
            cursor.execute(
                f"UPDATE {table} t SET story = n.root FROM unnest(%s::uuid[], %s::uuid[]) AS n(story, root) "
                "WHERE t.story = n.story",
                pairs,
            )


def _copy(fresh: Sequence[tuple[Wording, str]]) -> None:
    if not fresh:
        return
    lines = [
        f"{wording.key.hex()}\t{story}\t{plain_array(wording.bands)}\t{bytea(wording.shingles)}\t{wording.cut}\n"
        for wording, story in fresh
    ]
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY mentions_wording (key, story, bands, shingles, cut) FROM STDIN") as copy,
    ):
        for piece in pieces(lines):
            copy.write(piece)


@dataclass(frozen=True, slots=True)
class Figures:
    """A story as it stands: how many mentions it has (of more than 10,000 only so many are looked at), when the first
    was posted, in which sources, and on how many different sites, as far as addresses tell."""

    story: UUID
    mentions: int
    first_posted_at: datetime
    sources: tuple[str, ...]
    sites: int


MOST_COUNTED = 10_000


def figures_of(stories: Iterable[UUID]) -> dict[UUID, Figures]:
    """The figures of some stories, in one query."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT s.id, f.n, f.first, f.sources, f.sites FROM unnest(%s::uuid[]) AS s(id) CROSS JOIN LATERAL "
            "(SELECT count(*) AS n, min(posted_at) AS first, array_agg(DISTINCT source ORDER BY source) AS sources, "
            "count(DISTINCT substring(lower(url) from '^https?://(?:www\\.)?([^/?#:]+)')) AS sites "
            "FROM (SELECT posted_at, source, url FROM mentions_mention m WHERE m.story = s.id "
            f"LIMIT {MOST_COUNTED}) AS looked_at) AS f WHERE f.n > 0",
            [plain_array([story.hex for story in set(stories)])],
        )
        return {row[0]: Figures(row[0], row[1], row[2], tuple(row[3]), row[4]) for row in cursor.fetchall()}


def prune(stories: Iterable[UUID]) -> int:
    """Forget the wordings of these stories that no mention has any more; returns how many. Call it where mentions were
    deleted, in the same transaction, with the stories that they belonged to."""
    with connection.cursor() as cursor:
        cursor.execute(
            "DELETE FROM mentions_wording w WHERE w.story = ANY(%s::uuid[]) AND NOT EXISTS "
            "(SELECT FROM mentions_mention m WHERE m.story = w.story AND m.wording = w.key)",
            [plain_array([story.hex for story in stories])],
        )
        gone: int = cursor.rowcount
    return gone
