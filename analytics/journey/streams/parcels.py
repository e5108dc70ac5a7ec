"""Posts that matched one client's queries, packed and sealed for the way to it. Pure."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, TypeAlias

from analytics.sources.contracts import Media, Metrics, RawAuthor, RawPost
from kernel import crypto

Answer: TypeAlias = tuple[str, bool]
"""A query's id, and whether its answer is pending."""

_VERSION = 1
_PURPOSE = "parcel"
_APART = ("author", "created_at", "mentioned", "hashtags", "media", "metrics")
# By place, so that a field that is added at the end, with a default, leaves older parcels readable.
_PLAIN = tuple(field.name for field in fields(RawPost) if field.name not in _APART)
_AUTHOR = tuple(field.name for field in fields(RawAuthor))
_COUNTS = tuple(field.name for field in fields(Metrics))
_MEDIA = tuple(field.name for field in fields(Media))


class UnreadableParcel(ValueError):
    """What was opened is no parcel that this code knows."""


@dataclass(frozen=True, slots=True)
class Contents:
    """Posts, what was found in each of them, and the edition of the client's queries that this went by."""

    edition: str
    posts: tuple[RawPost, ...]
    answers: tuple[tuple[Answer, ...], ...]


def key_for(data_key: bytes) -> bytes:
    """The key that a client's parcels are sealed with."""
    return crypto.subkey(data_key, _PURPOSE)


def packed(contents: Contents, *, key: bytes, place: str) -> bytes:
    """The contents, sealed by a client's `key_for` and bound to `place` (the client's schema and the stream)."""
    rows = [[_row(post), answers] for post, answers in zip(contents.posts, contents.answers, strict=True)]
    written = json.dumps([_VERSION, contents.edition, rows], separators=(",", ":"))
    return crypto.seal(key, written.encode(), place.encode())


def unpacked(sealed: bytes, *, key: bytes, place: str) -> Contents:
    """What was packed. Raises EnvelopeError where key or place are others, and
    UnreadableParcel for what other code wrote."""
    try:
        version, edition, rows = json.loads(crypto.open_envelope(key, sealed, place.encode()))
        if version != _VERSION:
            raise UnreadableParcel("a parcel of another version")
        return Contents(
            edition,
            tuple([_post(row) for row, _ in rows]),
            tuple([tuple([(query_id, pending) for query_id, pending in answers]) for _, answers in rows]),
        )
    except (TypeError, KeyError, IndexError, json.JSONDecodeError):
        raise UnreadableParcel("a parcel that cannot be read") from None


def _row(post: RawPost) -> list[Any]:
    return [
        _values(post, _PLAIN),
        post.created_at.isoformat(),
        None if post.author is None else _values(post.author, _AUTHOR),
        post.mentioned,
        post.hashtags,
        [_values(item, _MEDIA) for item in post.media],
        _values(post.metrics, _COUNTS),
    ]


def _values(held: object, names: Sequence[str]) -> list[Any]:
    return [getattr(held, name) for name in names]


def _post(row: list[Any]) -> RawPost:
    plain, created_at, author, mentioned, hashtags, media, counts = row
    return RawPost(
        **dict(zip(_PLAIN, plain, strict=False)),
        created_at=datetime.fromisoformat(created_at),
        author=None if author is None else RawAuthor(*author),
        mentioned=tuple(mentioned),
        hashtags=tuple(hashtags),
        media=tuple([Media(*item) for item in media]),
        metrics=Metrics(*counts),
    )
