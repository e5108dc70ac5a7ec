"""What is known of a post beside its text, in the form in which queries ask for it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

KEYED = ("source", "type", "author", "site", "links", "country", "region", "city", "verified", "has")
"""Fields that are equal to a value or not, known when a post comes. `Facts.keys()` says `field:value` for each."""

LATE = ("lang", "sentiment", "emotion")
"""Fields that only reading the text tells: the language when somebody asks for it, the others after storing."""

MEASURED = ("followers", "rating", "engagement", "posted")
"""Numbers; `posted` is the time in seconds since 1970 (UTC), which `since:` and `until:` ask for."""


@dataclass(frozen=True, slots=True)
class Facts:
    """Facts of one post; the default of each says that it is not known.

    `authors` are the handles (folded, no `@`) that its author answers to, `addressed` those it addresses apart from
    what its text shows; `sites` and `links` are what `site:` and `links:` find (see `addresses`): of the post itself,
    and of what it links to. `has` holds image, video, link. `language` gives the primary subtag ("" where none can be
    told) when called; `sentiment` and `emotions` are None until the post has been read.
    """

    source: str = ""
    kind: str = ""
    authors: frozenset[str] = frozenset()
    addressed: frozenset[str] = frozenset()
    sites: frozenset[str] = frozenset()
    links: frozenset[str] = frozenset()
    country: str = ""
    region: str = ""
    city: str = ""
    verified: bool | None = None
    has: frozenset[str] = frozenset()
    followers: float | None = None
    rating: float | None = None
    engagement: float | None = None
    posted: float | None = None
    language: Callable[[], str] | None = None
    sentiment: str | None = None
    emotions: frozenset[str] | None = None

    def keys(self) -> set[str]:
        """`field:value` for everything that KEYED names and that is known, and `@handle` for each one addressed."""
        found = {f"author:{handle}" for handle in self.authors}
        found.update(f"@{handle}" for handle in self.addressed)
        found.update(f"site:{site}" for site in self.sites)
        found.update(f"links:{link}" for link in self.links)
        found.update(f"has:{thing}" for thing in self.has)
        plain = (("source", self.source), ("type", self.kind), ("country", self.country), ("region", self.region),
                 ("city", self.city))  # fmt: skip
        found.update(f"{field}:{value}" for field, value in plain if value)
        if self.verified is not None:
            found.add(f"verified:{str(self.verified).lower()}")
        return found


NOTHING = Facts()


@dataclass(frozen=True, slots=True)
class Readable:
    """A post as matchers take it: `text` is the title, a line break and the text where there is a title (of
    `title_length` characters, without the break), else the text alone."""

    text: str
    title_length: int = 0
    facts: Facts = NOTHING
