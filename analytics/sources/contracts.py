"""What every connector hands over: frozen, plain, and free of Django."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal, Protocol

PostKind = Literal["post", "reply", "repost", "quote", "review", "comment"]
POST_KINDS: tuple[PostKind, ...] = ("post", "reply", "repost", "quote", "review", "comment")


@dataclass(frozen=True, slots=True)
class RawAuthor:
    """Who wrote a post. Lives only between a connector and `privacy`; never stored, logged or shown.

    `followers` is a count (>= 0) or None where the source does not say.
    """

    handle: str
    display_name: str = ""
    url: str = ""
    followers: int | None = None
    verified: bool = False


@dataclass(frozen=True, slots=True)
class Metrics:
    """Public counters of a post at the time it was read; all >= 0. `views` is None where unknown."""

    likes: int = 0
    reposts: int = 0
    replies: int = 0
    views: int | None = None


@dataclass(frozen=True, slots=True)
class Media:
    """An attachment by reference: its type (image, video, audio, link), address and alternative text."""

    type: str
    url: str
    alt: str = ""


@dataclass(frozen=True, slots=True)
class RawPost:
    """One public post as a source tells it.

    `source` is a short lower-case slug (twitter, rss, survey …); (`source`, `external_id`) identifies a post.
    `created_at` is timezone-aware UTC. `reply_to`, `repost_of` and `quote_of` are external ids in the same
    source. `mentioned` are handles without `@`, `hashtags` are without `#`. `language` is the source's own
    hint (BCP 47, lower-case primary subtag) or empty. `country` is ISO 3166-1 alpha-2 or empty, `region` and `city`
    are names as the source writes them, of at most 100 characters.
    """

    source: str
    external_id: str
    text: str
    created_at: datetime
    author: RawAuthor | None = None
    url: str = ""
    title: str = ""
    language: str = ""
    kind: PostKind = "post"
    reply_to: str = ""
    repost_of: str = ""
    quote_of: str = ""
    mentioned: tuple[str, ...] = ()
    hashtags: tuple[str, ...] = ()
    media: tuple[Media, ...] = ()
    metrics: Metrics = field(default_factory=Metrics)
    country: str = ""
    rating: float | None = None
    region: str = ""
    city: str = ""


@dataclass(frozen=True, slots=True)
class BadRow:
    """A row that could not be read. `line` is the 1-based physical line in the file on which the row starts
    (the header is line 1), `field` the post field concerned or empty, `code` a stable slug, `reason` one
    plain sentence that never repeats the row's content."""

    line: int
    code: str
    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class RowNote:
    """Something to say about a row that was *not* refused: `duplicate` (an earlier row of the same file is the
    same post, so this one yields none), `nul_bytes` (taken out, the post is in), `unreadable_number` … Fields as in
    `BadRow`."""

    line: int
    code: str
    reason: str
    field: str = ""


@dataclass(frozen=True, slots=True)
class Page:
    """What one read of a connector yields: posts, rows it could not read, and where to go on from.

    `cursor` is JSON-serialisable and resumes exactly after this page; `done` says that nothing is left for now.
    `notes` are about rows that were read. Every row of a page is a post, a bad row or a `duplicate` note. `unchanged`
    says that the source was not read, since it is as it was at the cursor.
    """

    posts: tuple[RawPost, ...]
    bad_rows: tuple[BadRow, ...]
    cursor: Mapping[str, object]
    done: bool
    notes: tuple[RowNote, ...] = ()
    unchanged: bool = False


class Connector(Protocol):
    """Reads one source. Give it the cursor of the last page to resume; without one it starts from the beginning."""

    def pages(self, cursor: Mapping[str, object] | None = None) -> Iterator[Page]: ...
