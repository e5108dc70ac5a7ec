"""What goes into the store and what comes out of it: frozen, and without a way to name a person."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeAlias

from analytics.listening.text import Scan
from analytics.mentions.awaiting import Awaits

PostKey: TypeAlias = tuple[str, str]
"""(source, external id): what identifies a post."""


@dataclass(frozen=True, slots=True)
class NewAuthor:
    """A pseudonym as a post brings it: 16 bytes, the label to show, and the sealed identity where there is one."""

    pseudonym: bytes
    label: str
    envelope: bytes | None = None
    followers: int | None = None
    verified: bool = False
    is_brand: bool = False


@dataclass(frozen=True, slots=True)
class Hit:
    """A query that a post matched: its id, the version that matched, and flattened [start, end) pairs into the
    stored title and text, joined by a line break where there is a title.

    `awaits` is None for a match that stands anyway. One that hangs on how the mention is read says under which readings
    it is one, and where (see `awaiting`), and has no spans of its own until then."""

    query_id: str
    version: int
    spans: tuple[int, ...] = ()
    awaits: Awaits | None = None

    @property
    def settled(self) -> bool:
        return self.awaits is None


@dataclass(frozen=True, slots=True)
class NewMention:
    """A matched and protected post, ready to be stored. Counters are >= 0; `posted_at` is UTC. `has`, `sites` and
    `links` are what the post had before it was protected, of which nothing names somebody; None: tell them from what is
    left of it. `scanned` is what the tokeniser said of title and text, which saves reading them again."""

    source: str
    external_id: str
    text: str
    posted_at: datetime
    hits: tuple[Hit, ...]
    search: str
    author: NewAuthor | None = None
    envelope: bytes | None = None
    title: str = ""
    url: str = ""
    kind: str = "post"
    reply_to: str = ""
    repost_of: str = ""
    quote_of: str = ""
    addressed: tuple[NewAuthor, ...] = ()
    hashtags: tuple[str, ...] = ()
    media: tuple[Mapping[str, str], ...] = ()
    country: str = ""
    region: str = ""
    city: str = ""
    has: tuple[str, ...] | None = None
    sites: tuple[str, ...] | None = None
    links: tuple[str, ...] | None = None
    rating: float | None = None
    likes: int = 0
    reposts: int = 0
    replies: int = 0
    views: int | None = None
    language_hint: str = ""
    scanned: Scan | None = field(default=None, compare=False, repr=False)

    @property
    def reach(self) -> int:
        """People who may have seen it: the views where the source counts them, else the author's followers."""
        if self.views is not None:
            return self.views
        return (self.author.followers or 0) if self.author else 0

    @property
    def engagement(self) -> int:
        return self.likes + self.reposts + self.replies


@dataclass(frozen=True, slots=True)
class Stored:
    """A mention that was new to the store, as rollups and the graph need it."""

    id: str
    author_id: str | None
    addressed_ids: tuple[str, ...]
    mention: NewMention


@dataclass(frozen=True, slots=True)
class StoredBatch:
    """What a batch came to: the mentions that were new, how many were there already, and how many were new but had no
    room (`left`). `authors` tells who wrote the posts that were stored before and that the batch points to, as far as
    that is known."""

    fresh: tuple[Stored, ...]
    known: int
    authors: Mapping[PostKey, str]
    left: int = 0
