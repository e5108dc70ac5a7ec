"""Whom a response answers: recent posts, the more the more people follow their author and answered already."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from analytics.sources.corpus.people import Author

WINDOW = timedelta(days=3)
_CANDIDATES = 7


@dataclass(slots=True)
class Standing:
    """A post others may respond to; `responses` grows as they do. `index` is its place in the corpus."""

    index: int
    at: datetime
    author: Author
    language: str
    source: str
    pull: float
    responses: int = 0


class Board:
    """The posts that still draw responses, by topic of conversation."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._posts: dict[Hashable, list[Standing]] = {}
        self._oldest: dict[Hashable, int] = {}

    def pin(self, key: Hashable, standing: Standing) -> None:
        self._posts.setdefault(key, []).append(standing)

    def pick(self, key: Hashable, now: datetime) -> Standing | None:
        """A post under `key` of the last three days, or None. A tournament among a few random candidates gives
        preferential attachment (Barabási & Albert 1999) at constant cost."""
        posts = self._posts.get(key)
        if not posts:
            return None
        start = self._oldest.get(key, 0)
        while start < len(posts) and now - posts[start].at > WINDOW:
            start += 1
        self._oldest[key] = start
        if start == len(posts):
            return None
        drawn = [posts[self._rng.randrange(start, len(posts))] for _ in range(_CANDIDATES)]
        chances = [one.pull * (1 + one.responses) ** 0.8 for one in drawn]
        return self._rng.choices(drawn, chances)[0]
