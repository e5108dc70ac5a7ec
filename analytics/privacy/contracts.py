"""What leaves privacy: posts without persons, and what their sealed envelopes hold."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from analytics.sources.contracts import Media, Metrics, PostKind


@dataclass(frozen=True, slots=True)
class AuthorIdentity:
    """What an author's envelope holds."""

    source: str
    handle: str
    display_name: str
    url: str


@dataclass(frozen=True, slots=True)
class PostIdentity:
    """What a post's envelope holds: the address and the id that were replaced because they name somebody."""

    external_id: str
    url: str


@dataclass(frozen=True, slots=True)
class ProtectedPost:
    """A RawPost without persons. Fields not described here are those of RawPost.

    `author_pseudonym` is 16 bytes (None where the source names no author); `author_envelope` is the sealed
    AuthorIdentity; `post_envelope` the sealed PostIdentity, or None when neither `external_id` nor `url` had to
    change. Ids that are web addresses or hold a handle are replaced by keyed references, equal for equal ids.
    `mentioned` are pseudonyms, those of the source first, then those found in text and title, each once.
    `findings_count` counts what was redacted in title, text and alternative texts, by entity.
    """

    source: str
    external_id: str
    text: str
    created_at: datetime
    author_pseudonym: bytes | None
    author_envelope: bytes | None
    post_envelope: bytes | None
    followers: int | None
    verified: bool
    url: str
    title: str
    language: str
    kind: PostKind
    reply_to: str
    repost_of: str
    quote_of: str
    mentioned: tuple[bytes, ...]
    hashtags: tuple[str, ...]
    media: tuple[Media, ...]
    metrics: Metrics
    country: str
    rating: float | None
    region: str
    city: str
    findings_count: Mapping[str, int]
