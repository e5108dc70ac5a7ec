"""A query tried on samples: what is stored, and what the shared public streams brought."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from analytics.journey.facts import Named, named_handles, readable_kept
from analytics.journey.search import StoredLookups
from analytics.listening.addresses import link_keys, site_keys
from analytics.listening.cutting import without_exclusions
from analytics.listening.document import Document, read
from analytics.listening.estimate import Estimate, Stratum, estimate
from analytics.listening.facts import Facts, Readable
from analytics.listening.fields import fold_value
from analytics.listening.matcher import Matcher
from analytics.listening.query import Between, Handle, Is, Node, is_anchored, leaves
from analytics.listening.samples.contracts import SharedPost
from analytics.listening.samples.selectors import sampled_days
from analytics.listening.text import scan
from analytics.mentions.pages import KeptPost
from analytics.mentions.sampling import stored_sample
from analytics.mentions.stories import joined
from kernel.ids import encode

_DAY_S = 86_400
# Fields that the shared sample cannot answer, because what they ask for would lead to a person.
_WITHHELD = frozenset({"author", "verified", "followers", "region", "city", "rating", "engagement"})


@dataclass(frozen=True, slots=True)
class Tried:
    """A post that the query matches: the mention's id ("" for one of the shared sample), what is shown of it, and
    whether that hangs on a reading that it does not have yet. It is read again where more is asked of it."""

    mention_id: str
    source: str
    posted_at: datetime
    title: str
    text: str
    pending: bool
    readable: Readable

    def document(self) -> Document:
        """The post, ready to be looked into."""
        post = self.readable
        return read(scan(post.text), title_length=post.title_length, facts=post.facts)


@dataclass(frozen=True, slots=True)
class Trial:
    """What came of one sample: the estimate, the posts that match (the newest first), and those that only an exclusion
    keeps out. `unanswered` are the parts of the language that the sample cannot answer, of those the query uses."""

    estimate: Estimate
    since: datetime | None
    until: datetime | None
    matches: tuple[Tried, ...]
    excluded: tuple[Tried, ...]
    unanswered: tuple[str, ...] = ()


def try_on_stored(node: Node, *, data_key: Callable[[], bytes], newest: int, spread: int) -> Trial:
    """Try a query on at most `newest` + `spread` of this client's stored mentions. In the client's schema."""
    lookups, handles = StoredLookups(data_key), named_handles([node])
    named = Named(lookups.pseudonym, handles)
    sample = stored_sample(newest=newest, spread=spread)
    attempt = _Attempt(node)
    strata = []
    first = min(newest, sample.population)
    for population, posts in ((first, sample.newest), (sample.population - first, sample.spread)):
        before = len(attempt.matches)
        for post in posts:
            attempt.take(encode("men", post.id), post, readable_kept(post, named))
        strata.append(Stratum(max(population, len(posts)), len(posts), len(attempt.matches) - before))
    covered = (sample.until - sample.since).total_seconds() / _DAY_S if sample.since and sample.until else 0.0
    return Trial(
        estimate(strata, days=covered), sample.since, sample.until, attempt.newest_first(), tuple(attempt.excluded)
    )


def try_on_shared(node: Node, *, now: datetime, most: int) -> Trial:
    """Try a query on at most `most` posts of the shared sample, which is read in the public schema."""
    days = sampled_days(now=now, most=most)
    attempt = _Attempt(node)
    strata = []
    for day in days:
        before = len(attempt.matches)
        for post in day.posts:
            attempt.take("", post, readable_shared(post))
        strata.append(Stratum(max(day.seen, len(day.posts)), len(day.posts), len(attempt.matches) - before))
    since = min((day.first_at for day in days), default=None)
    until = max((day.last_at for day in days), default=None)
    covered = (until - since).total_seconds() / _DAY_S if since and until else 0.0
    return Trial(
        estimate(strata, days=covered),
        since,
        until,
        attempt.newest_first(),
        tuple(attempt.excluded),
        tuple(sorted(set(_unanswered(node)))),
    )


def readable_shared(post: SharedPost) -> Readable:
    """A post of the shared sample, for matchers."""
    text = joined(post.title, post.text)
    return Readable(
        text,
        len(post.title),
        Facts(
            source=post.source,
            kind=post.kind,
            sites=site_keys(post.site) if post.site else frozenset(),
            links=frozenset(key for link in post.links for key in link_keys(link)),
            country=fold_value(post.country),
            has=frozenset(post.has),
            posted=post.posted_at.timestamp(),
            language=lambda: post.language,
        ),
    )


class _Attempt:
    """Matches posts one by one, and keeps what is needed of those that match."""

    def __init__(self, node: Node) -> None:
        self._matcher = Matcher([("", node)])
        relaxed = without_exclusions(node)
        self._relaxed = Matcher([("", relaxed)]) if relaxed != node and is_anchored(relaxed) else None
        self.matches: list[Tried] = []
        self.excluded: list[Tried] = []

    def take(self, mention_id: str, post: KeptPost | SharedPost, readable: Readable) -> None:
        if self._relaxed is not None and not self._relaxed.pairs([readable])[0]:
            return
        found = self._matcher.pairs([readable])[0]
        tried = Tried(
            mention_id, post.source, post.posted_at, post.title, post.text, bool(found and found[0][1]), readable
        )
        if found:
            self.matches.append(tried)
        elif self._relaxed is not None:
            self.excluded.append(tried)

    def newest_first(self) -> tuple[Tried, ...]:
        return tuple(sorted(self.matches, key=lambda tried: tried.posted_at, reverse=True))


def _unanswered(node: Node) -> Iterable[str]:
    for leaf in leaves(node):
        if isinstance(leaf, Handle):
            yield "handle"
        elif isinstance(leaf, (Is, Between)) and leaf.field in _WITHHELD:
            yield leaf.field


def texts_of(matches: Sequence[Tried]) -> list[str]:
    """The texts of some matches, as they are read: the title, a line break, the text."""
    return [joined(tried.title, tried.text) for tried in matches]
