"""From a raw post to one that may be stored: which queries match it, and what is left of it once protected."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date

from analytics.listening.matcher import Match
from analytics.listening.selectors import Listener
from analytics.listening.text import scan
from analytics.mentions.contracts import Hit, NewAuthor, NewMention
from analytics.mentions.search import vector
from analytics.privacy.protect import ProtectedPost, Protector
from analytics.privacy.pseudonym import Pseudonymiser
from analytics.sources.contracts import RawPost
from kernel.crypto import subkey


class Ear:
    """One client's way of hearing: its compiled queries and its protector. Keep it for a batch or longer."""

    def __init__(self, listener: Listener, data_key: bytes) -> None:
        self.listener = listener
        self.protector = Protector(data_key, listener.public_handles)
        self._pseudonyms = Pseudonymiser(subkey(data_key, "pseudonym"))
        self._brands: dict[str, frozenset[bytes]] = {}

    def brands(self, source: str) -> frozenset[bytes]:
        """The pseudonyms that the public handles named in the queries have in a source."""
        if source not in self._brands:
            named = self.listener.public_handles
            self._brands[source] = frozenset(self._pseudonyms.author(source, handle) for handle in named)
        return self._brands[source]


@dataclass(frozen=True, slots=True)
class Heard:
    """What a batch of posts came to before it is stored: mentions, how many posts no query matched, and redactions
    by UTC day and entity."""

    mentions: tuple[NewMention, ...]
    unmatched: int
    redactions: dict[tuple[date, str], int]


def joined(title: str, text: str) -> str:
    """The text that is matched, searched and read: the title, a line break, the text."""
    return f"{title}\n{text}" if title else text


def hear(posts: Iterable[RawPost], *, ear: Ear) -> Heard:
    """Match each post against the client's queries, and protect those that match."""
    mentions: list[NewMention] = []
    redactions: Counter[tuple[date, str]] = Counter()
    unmatched = 0
    for post in posts:
        text = joined(post.title, post.text)
        matches = ear.listener.matcher.match(text)
        if not matches:
            unmatched += 1
            continue
        protected = ear.protector.protect(post)
        kept = joined(protected.title, protected.text)
        if kept != text:
            matches = _moved(matches, ear.listener.matcher.match(kept))
        for entity, count in protected.findings_count.items():
            redactions[post.created_at.astimezone(UTC).date(), entity] += count
        mentions.append(_mention(protected, kept, matches, ear))
    return Heard(tuple(mentions), unmatched, dict(redactions))


def _moved(before: list[Match[str]], after: list[Match[str]]) -> list[Match[str]]:
    """The same matches with their places in the redacted text; one that rested on redacted words shows none."""
    spans = {match.key: match.spans for match in after}
    return [Match(match.key, spans.get(match.key, ())) for match in before]


def _mention(post: ProtectedPost, text: str, matches: list[Match[str]], ear: Ear) -> NewMention:
    brands = ear.brands(post.source)
    author = None
    if post.author_pseudonym is not None:
        author = NewAuthor(
            pseudonym=post.author_pseudonym,
            label=Pseudonymiser.label(post.author_pseudonym),
            envelope=post.author_envelope,
            followers=post.followers,
            verified=post.verified,
            is_brand=post.author_pseudonym in brands,
        )
    return NewMention(
        source=post.source,
        external_id=post.external_id,
        envelope=post.post_envelope,
        text=post.text,
        title=post.title,
        posted_at=post.created_at,
        hits=tuple(
            Hit(match.key, ear.listener.versions[match.key], tuple(place for span in match.spans for place in span))
            for match in matches
        ),
        search=vector(scan(text)),
        author=author,
        url=post.url,
        kind=post.kind,
        reply_to=post.reply_to,
        repost_of=post.repost_of,
        quote_of=post.quote_of,
        addressed=tuple(
            NewAuthor(pseudonym=person, label=Pseudonymiser.label(person), is_brand=person in brands)
            for person in post.mentioned
        ),
        hashtags=post.hashtags,
        media=tuple({"type": item.type, "url": item.url, "alt": item.alt} for item in post.media),
        country=post.country,
        rating=post.rating,
        likes=post.metrics.likes,
        reposts=post.metrics.reposts,
        replies=post.metrics.replies,
        views=post.metrics.views,
        language_hint=post.language,
    )
