"""What the generator yields: posts as a tool would export them, and, apart from them, the truth about them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Literal

from analytics.sources.contracts import PostKind
from analytics.sources.corpus.planted import Planted

Sentiment = Literal["negative", "neutral", "positive"]


@dataclass(frozen=True, slots=True)
class CorpusPost:
    """One exported row; field names and order are the columns. `created_at` is ISO 8601 with a zone offset.

    `language` is the source's hint: sometimes empty, sometimes wrong. References are ids in the same source.
    """

    id: str
    created_at: str
    source: str
    author_handle: str
    author_name: str
    author_followers: int
    text: str
    language: str
    kind: PostKind
    reply_to: str
    repost_of: str
    quote_of: str
    likes: int
    reposts: int
    replies: int
    views: int | None
    url: str
    country: str
    rating: int | None


@dataclass(frozen=True, slots=True)
class PostTruth:
    """What is true about one post.

    `concerns` holds the names of the queries that ought to match (`cast`); `day` is the local day in the client's
    zone; `toward` gives the sentiment toward each business named, which differs from `sentiment` (the post's tone)
    in comparisons; `thread_root` is the id reached by following reply_to and repost_of (a quote starts a thread).
    `scene` says what kind of post it is: brand, versus, topic, blend, incident, official, noise, trap, context.
    """

    id: str
    source: str
    author: str
    day: date
    language: str
    sentiment: Sentiment
    sarcastic: bool
    scene: str
    client: str
    concerns: tuple[str, ...]
    toward: tuple[tuple[str, Sentiment], ...]
    planted: tuple[Planted, ...]
    thread_root: str


@dataclass(frozen=True, slots=True)
class CorpusTruth:
    """What is true about the corpus. `posts` is in file order.

    `daily_means[query name][k]` is the mean of the Poisson number of posts that concern the query on local day
    `first_day + k`. `competitors` maps a client's slug to its competitors' names; `communities` are groups of
    handles that answer mostly each other.
    """

    posts: tuple[PostTruth, ...]
    first_day: date
    last_day: date
    daily_means: Mapping[str, tuple[float, ...]]
    incident_client: str
    incident_days: tuple[date, ...]
    influencers: tuple[str, ...]
    communities: tuple[tuple[str, ...], ...]
    competitors: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Corpus:
    """Posts in order of time, and the truth about them, one to one."""

    posts: tuple[CorpusPost, ...]
    truth: CorpusTruth
