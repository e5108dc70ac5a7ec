"""From a raw post to one that may be stored: which queries match it, and what is left of it once protected."""

from __future__ import annotations

import gc
import re
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache

from analytics.listening.document import Document, read
from analytics.listening.matcher import Match
from analytics.listening.selectors import Listener
from analytics.listening.text import scan
from analytics.mentions.contracts import Hit, NewAuthor, NewMention, PostKey
from analytics.mentions.search import vector
from analytics.privacy.contracts import ProtectedPost
from analytics.privacy.protect import Protector
from analytics.privacy.pseudonym import Pseudonymiser
from analytics.sources.contracts import RawPost

_REMEMBERED_PEOPLE = 16_384
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


def joined(title: str, text: str) -> str:
    """The text that is matched, searched and read: the title, a line break, the text."""
    return f"{title}\n{text}" if title else text


def storable(post: RawPost) -> RawPost:
    """The post without what PostgreSQL cannot hold: NUL characters, and surrogates that stand alone."""
    texts = (post.text, post.title, post.url, post.external_id, post.reply_to, post.repost_of, post.quote_of)
    everything = "\n".join((*texts, *post.hashtags, *(f"{item.url}{item.alt}" for item in post.media)))
    if everything.isascii():
        clean = "\x00" not in everything
    else:
        clean = "\x00" not in everything and not _SURROGATE.search(everything)
    if clean:
        return post
    text, title, url, external_id, reply_to, repost_of, quote_of = map(_without, texts)
    return replace(
        post,
        text=text,
        title=title,
        url=url,
        external_id=external_id,
        reply_to=reply_to,
        repost_of=repost_of,
        quote_of=quote_of,
        hashtags=tuple(map(_without, post.hashtags)),
        media=tuple(replace(item, url=_without(item.url), alt=_without(item.alt)) for item in post.media),
    )


def _without(text: str) -> str:
    return _SURROGATE.sub("\ufffd", text.replace("\x00", ""))


def hear(posts: Iterable[RawPost], *, ear: Ear) -> Heard:
    """Match each post against the client's queries, and protect those that match."""
    mentions: list[NewMention] = []
    redactions: dict[PostKey, Mapping[str, int]] = {}
    unmatched = 0
    matcher = ear.listener.matcher
    for raw in posts:
        post = storable(raw)
        text = joined(post.title, post.text)
        document = read(scan(text))
        matches = matcher.match_document(document)
        if not matches:
            unmatched += 1
            continue
        protected = ear.protector.protect(post)
        kept = joined(protected.title, protected.text)
        if kept != text:
            document = read(scan(kept))
            matches = _moved(matches, matcher.match_document(document))
        if protected.findings_count:
            redactions.setdefault((protected.source, protected.external_id), protected.findings_count)
        mentions.append(_mention(protected, document, matches, ear))
    return Heard(tuple(mentions), unmatched, redactions)


def _moved(before: list[Match[str]], after: list[Match[str]]) -> list[Match[str]]:
    """The same matches with their places in the redacted text; one that rested on redacted words shows none."""
    spans = {match.key: match.spans for match in after}
    return [Match(match.key, spans.get(match.key, ())) for match in before]


def _mention(post: ProtectedPost, document: Document, matches: list[Match[str]], ear: Ear) -> NewMention:
    versions = ear.listener.versions
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
        hits=tuple(
            [
                Hit(match.key, versions[match.key], tuple([place for span in match.spans for place in span]))
                for match in matches
            ]
        ),
        search=vector(document),
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
        rating=post.rating,
        likes=post.metrics.likes,
        reposts=post.metrics.reposts,
        replies=post.metrics.replies,
        views=post.metrics.views,
        language_hint=post.language,
    )
