"""A post while it is being made."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from analytics.sources.contracts import PostKind
from analytics.sources.corpus.people import Author
from analytics.sources.corpus.planted import Planted
from analytics.sources.corpus.posts import Sentiment
from analytics.sources.corpus.volumes import Stream


@dataclass(slots=True)
class Draft:
    """A post in the making. References are indices into the corpus, -1 for none."""

    stream: Stream
    day: date
    at: datetime
    author: Author
    source: str
    kind: PostKind
    scene: str
    language: str
    sentiment: Sentiment
    text: str
    concerns: tuple[str, ...]
    toward: tuple[tuple[str, Sentiment], ...]
    sarcastic: bool = False
    planted: tuple[Planted, ...] = ()
    reply_to: int = -1
    repost_of: int = -1
    quote_of: int = -1
