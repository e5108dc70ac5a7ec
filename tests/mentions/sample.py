"""Mentions as `journey` would hand them to the store, made by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from analytics.listening.document import read
from analytics.listening.text import scan
from analytics.mentions.contracts import Hit, NewAuthor, NewMention, StoredBatch
from analytics.mentions.models import Author
from analytics.mentions.search import vector
from analytics.mentions.services import store
from analytics.mentions.stories import joined

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
SOURCE = "web"


def pseudonym(name: str) -> bytes:
    """16 bytes for an invented person."""
    return name.encode().ljust(16, b"\x00")


def person(name: str, **more: Any) -> NewAuthor:
    return NewAuthor(pseudonym=pseudonym(name), label=name, **more)


def mention(
    external_id: str,
    *,
    author: str | NewAuthor | None = "ana",
    addressed: tuple[str, ...] = (),
    text: str = "rye bread",
    title: str = "",
    posted_at: datetime = NOON,
    hits: tuple[Hit, ...] = (),
    source: str = SOURCE,
    **more: Any,
) -> NewMention:
    return NewMention(
        source=source,
        external_id=external_id,
        text=text,
        title=title,
        posted_at=posted_at,
        hits=hits,
        search=vector(read(scan(joined(title, text)))),
        author=person(author) if isinstance(author, str) else author,
        addressed=tuple(person(name) for name in addressed),
        **more,
    )


def put(*mentions: NewMention, origin: str = "imp_test") -> StoredBatch:
    return store(mentions=mentions, origin=origin, now=NOON)


def stored_author(name: str) -> Author:
    return Author.objects.get(source=SOURCE, pseudonym=pseudonym(name))
