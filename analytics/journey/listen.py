"""From a raw post to one that may be stored: which queries match it, and what is left of it once protected."""

from __future__ import annotations

import gc
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from analytics.journey.facts import facts_of_post, links_of, readable_post
from analytics.journey.hits import Answer, hits_of
from analytics.listening.addresses import site_keys
from analytics.listening.catalogue.edition import edition
from analytics.listening.document import Document, read
from analytics.listening.facts import Facts, Readable
from analytics.listening.selectors import Listener
from analytics.listening.text import scan
from analytics.mentions.contracts import Hit, NewAuthor, NewMention, PostKey
from analytics.mentions.search import vector
from analytics.mentions.stories import joined
from analytics.privacy.contracts import ProtectedPost
from analytics.privacy.protect import Protector
from analytics.privacy.pseudonym import Pseudonymiser
from analytics.sources.contracts import RawPost

_REMEMBERED_PEOPLE = 16_384
_TEXTS = ("text", "title", "url", "external_id", "reply_to", "repost_of", "quote_of", "region", "city")
_SURROGATE = re.compile("[\ud800-\udfff]")


class Ear:
    """One client's way of hearing: its compiled queries and its protector. Keep it for a batch or longer."""

    def __init__(self, listener: Listener, data_key: bytes) -> None:
        self._data_key = data_key
        self.tune(listener)

    def tune(self, listener: Listener) -> None:
        """Hear with these queries from now on."""
        self.listener = listener
        self.protector = Protector(self._data_key, listener.public_handles)
        self._brands: dict[str, frozenset[bytes]] = {}
        # Authors of a batch repeat, above all the brands that everybody speaks to.
        self.person = lru_cache(maxsize=_REMEMBERED_PEOPLE)(self._person)

    def _person(
        self,
        source: str,
        pseudonym: bytes,
        envelope: bytes | None = None,
        followers: int | None = None,
        verified: bool = False,
    ) -> NewAuthor:
        return NewAuthor(
            pseudonym=pseudonym,
            label=Pseudonymiser.label(pseudonym),
            envelope=envelope,
            followers=followers,
            verified=verified,
            is_brand=pseudonym in self.brands(source),
        )

    def brands(self, source: str) -> frozenset[bytes]:
        """The pseudonyms that the public handles named in the queries have in a source."""
        if source not in self._brands:
            named = self.listener.public_handles
            self._brands[source] = frozenset(self.protector.pseudonym(source, handle) for handle in named)
        return self._brands[source]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a batch of posts came to before it is stored: mentions, how many posts no query matched, and how much of
    each entity was redacted from which post."""

    mentions: tuple[NewMention, ...]
    unmatched: int
    redactions: Mapping[PostKey, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Found:
    """What a matcher elsewhere found in some posts: for each of them the queries, and whether that is pending. It
    counts where the client's queries are those of `edition` (see `listening.catalogue`)."""

    edition: str
    answers: Sequence[Sequence[Answer]]


@contextmanager
def uncollected() -> Iterator[None]:
    """Have Python's search for cyclic garbage wait: a batch makes some 100,000 objects, none of them in a cycle, and
    being looked through again and again costs a tenth of the time. Meant for one batch; threads may overlap."""
    before = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if before:
            gc.enable()


def storable(post: RawPost) -> RawPost:
    """The post without what PostgreSQL cannot hold: NUL characters, and surrogates that stand alone."""
    texts = tuple(getattr(post, name) for name in _TEXTS)
    everything = "\n".join((*texts, *post.hashtags, *(f"{item.url}{item.alt}" for item in post.media)))
    if everything.isascii():
        clean = "\x00" not in everything
    else:
        clean = "\x00" not in everything and not _SURROGATE.search(everything)
    if clean:
        return post
    changed: dict[str, Any] = dict(zip(_TEXTS, map(_without, texts), strict=True))
    return replace(
        post,
        **changed,
        hashtags=tuple(map(_without, post.hashtags)),
        media=tuple(replace(item, url=_without(item.url), alt=_without(item.alt)) for item in post.media),
    )


def _without(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text.replace("\x00", ""))


def hear(posts: Iterable[RawPost], *, ear: Ear, found: Found | None = None) -> Heard:
    """Match each post against the client's queries, and protect those that match. What was `found` for the very queries
    of this ear is not looked for again."""
    came = [storable(raw) for raw in posts]
    mentions: list[NewMention] = []
    redactions: dict[PostKey, Mapping[str, int]] = {}
    unmatched = 0
    for post, answers in zip(came, _answers(came, ear, found), strict=True):
        if not answers:
            unmatched += 1
            continue
        facts = facts_of_post(post)
        text = joined(post.title, post.text)
        document = kept = read(scan(text), title_length=len(post.title), facts=facts)
        protected = ear.protector.protect(post)
        left = joined(protected.title, protected.text)
        if left != text:
            kept = read(scan(left), title_length=len(protected.title), facts=facts)
        hits = hits_of(answers, matcher=ear.listener.matcher, versions=ear.listener.versions, came=document, kept=kept)
        if protected.findings_count:
            redactions.setdefault((protected.source, protected.external_id), protected.findings_count)
        mentions.append(_mention(post, protected, kept, hits, facts, ear))
    return Heard(tuple(mentions), unmatched, redactions)


def _answers(posts: Sequence[RawPost], ear: Ear, found: Found | None) -> Sequence[Sequence[Answer]]:
    listener = ear.listener
    if found is not None and found.edition == edition(listener.versions):
        return found.answers
    plain = not listener.asks_facts
    return listener.pairs(
        [Readable(joined(post.title, post.text), len(post.title)) if plain else readable_post(post) for post in posts]
    )


def _mention(
    came: RawPost, post: ProtectedPost, document: Document, hits: tuple[Hit, ...], facts: Facts, ear: Ear
) -> NewMention:
    clean = ear.protector.names_nobody(came)
    author = None
    if post.author_pseudonym is not None:
        author = ear.person(post.source, post.author_pseudonym, post.author_envelope, post.followers, post.verified)
    return NewMention(
        source=post.source,
        external_id=post.external_id,
        envelope=post.post_envelope,
        text=post.text,
        title=post.title,
        posted_at=post.created_at,
        hits=hits,
        search=vector(document),
        scanned=document.scanned,
        author=author,
        url=post.url,
        kind=post.kind,
        reply_to=post.reply_to,
        repost_of=post.repost_of,
        quote_of=post.quote_of,
        addressed=tuple([ear.person(post.source, pseudonym) for pseudonym in post.mentioned]),
        hashtags=post.hashtags,
        media=tuple([{"type": item.type, "url": item.url, "alt": item.alt} for item in post.media]),
        country=post.country,
        region=post.region,
        city=post.city,
        has=tuple(sorted(facts.has)),
        sites=_nameless([came.url], clean),
        links=_nameless(links_of(came), clean),
        rating=post.rating,
        likes=post.metrics.likes,
        reposts=post.metrics.reposts,
        replies=post.metrics.replies,
        views=post.metrics.views,
        language_hint=post.language,
    )


def _nameless(addresses: Iterable[str], clean: Callable[[str], bool]) -> tuple[str, ...]:
    """As much of each address as names nobody: all of it, or the path above, or the host; each once."""
    found: dict[str, None] = {}
    for address in addresses:
        for key in sorted(site_keys(address), key=len, reverse=True):
            if clean(key):
                found[key] = None
                break
    return tuple(found)
