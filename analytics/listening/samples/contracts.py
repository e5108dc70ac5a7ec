"""What may be kept of a post of a shared public stream, and what comes out of the sample again."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

MOST_TITLE = 300  # characters
MOST_TEXT = 4_000
MOST_LINKS = 10


@dataclass(frozen=True, slots=True)
class SharedPost:
    """A post that leads to nobody: no author, no id, no address; handles, names and other personal data in `title` and
    `text` are replaced, and so is what follows the site in every address. `site` and `links` are sites alone,
    `language` is what it was told to be in ("": none), `posted_at` is UTC to the hour. Title and text are cut at
    MOST_TITLE and MOST_TEXT characters."""

    source: str
    text: str
    posted_at: datetime
    title: str = ""
    kind: str = "post"
    language: str = ""
    country: str = ""
    site: str = ""
    links: tuple[str, ...] = ()
    has: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class SampledDay:
    """A uniform sample of what one UTC day of the shared streams brought: `posts` of `seen`, heard between `first_at`
    and `last_at`."""

    day: date
    seen: int
    first_at: datetime
    last_at: datetime
    posts: tuple[SharedPost, ...]
