"""What queries can ask of a post beside its words: of one as a connector gives it, and of one as it is stored.

Both give the same answers where redaction leaves the same to ask. A stored mention names nobody: whether its author is
`author:somebody` is told by the pseudonym that this client has for them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cached_property
from itertools import chain, islice

from analytics.language.services import language_of
from analytics.listening.addresses import addresses_in, site_keys
from analytics.listening.facts import Facts, Readable
from analytics.listening.fields import fold_value
from analytics.listening.folding import fold_tag
from analytics.listening.query import Handle, Is, Node, leaves
from analytics.mentions.pages import KeptPost
from analytics.mentions.stories import joined
from analytics.sources.contracts import RawPost

Pseudonym = Callable[[str, str], bytes]
"""(source, handle) -> the 16 bytes under which a client stores it."""

SHOWN = ("image", "video", "link")
# A post that links to more is not read to its end.
MOST_LINKS = 100


def named_handles(trees: Iterable[Node]) -> frozenset[str]:
    """The handles that some queries name, wanted or not, as addressed or as authors; not those with a star."""
    found: set[str] = set()
    for tree in trees:
        for leaf in leaves(tree):
            match leaf:
                case Handle(text) | Is("author", text):
                    found.add(text)
    return frozenset(handle for handle in found if not handle.endswith("*"))


class Named:
    """Handles, found again behind the pseudonyms of one client."""

    def __init__(self, pseudonym: Pseudonym, handles: frozenset[str]) -> None:
        self._pseudonym, self._handles = pseudonym, handles
        self._by_source: dict[str, Mapping[bytes, str]] = {}

    def among(self, source: str, pseudonyms: Iterable[bytes]) -> frozenset[str]:
        """Those of the handles that some pseudonyms of a source stand for."""
        if not self._handles:
            return frozenset()
        known = self._by_source.get(source)
        if known is None:
            known = {self._pseudonym(source, handle): handle for handle in self._handles}
            self._by_source[source] = known
        return frozenset(known[pseudonym] for pseudonym in pseudonyms if pseudonym in known)


class _Language:
    """Identifies a text's language when it is first asked for."""

    __slots__ = ("_hint", "_text", "_told")

    def __init__(self, text: str, hint: str) -> None:
        self._text, self._hint = text, hint
        self._told: str | None = None

    def __call__(self) -> str:
        if self._told is None:
            self._told = language_of(self._text, self._hint)
        return self._told


def readable_post(post: RawPost) -> Readable:
    """A post as a connector gives it, for matchers."""
    return Readable(joined(post.title, post.text), len(post.title), facts_of_post(post))


def readable_kept(post: KeptPost, named: Named, *, unread: bool = False) -> Readable:
    """A stored mention, for matchers; `named` are the handles that their queries name. `unread`: as if its sentiment
    and emotions were not known."""
    return Readable(joined(post.title, post.text), len(post.title), facts_of_kept(post, named, unread=unread))


def plain_kept(post: KeptPost) -> Readable:
    """A stored mention for matchers whose queries ask of its text only."""
    return Readable(joined(post.title, post.text), len(post.title))


def facts_of_post(post: RawPost) -> Facts:
    """The facts of a post as a connector gives it, each told when it is first asked for: of most posts of a stream
    nobody asks for all. Nothing of how it will be read is known but its language, which is told as reading will tell
    it."""
    return _PostFacts(post)


class _PostFacts(Facts):
    def __init__(self, post: RawPost) -> None:
        author, counts = post.author, post.metrics
        tell = object.__setattr__  # the facts themselves are frozen
        tell(self, "_post", post)
        tell(self, "source", post.source)
        tell(self, "kind", post.kind)
        tell(self, "verified", author.verified if author else None)
        tell(self, "followers", author.followers if author else None)
        tell(self, "rating", post.rating)
        tell(self, "engagement", counts.likes + counts.reposts + counts.replies)
        tell(self, "sentiment", None)
        tell(self, "emotions", None)

    _post: RawPost

    @cached_property
    def authors(self) -> frozenset[str]:
        return _handles([self._post.author.handle]) if self._post.author else frozenset()

    @cached_property
    def addressed(self) -> frozenset[str]:
        return _handles(self._post.mentioned)

    @cached_property
    def sites(self) -> frozenset[str]:
        return site_keys(self._post.url)

    @cached_property
    def _links(self) -> list[str]:
        return links_of(self._post)

    @cached_property
    def links(self) -> frozenset[str]:
        return _keys(self._links)

    @cached_property
    def has(self) -> frozenset[str]:
        return _has((item.type for item in self._post.media), self._links)

    @cached_property
    def country(self) -> str:
        return fold_value(self._post.country) if self._post.country else ""

    @cached_property
    def region(self) -> str:
        return fold_value(self._post.region) if self._post.region else ""

    @cached_property
    def city(self) -> str:
        return fold_value(self._post.city) if self._post.city else ""

    @cached_property
    def posted(self) -> float:
        return self._post.created_at.timestamp()

    @cached_property
    def language(self) -> Callable[[], str]:
        return _Language(joined(self._post.title, self._post.text), self._post.language)


def facts_of_kept(post: KeptPost, named: Named, *, unread: bool = False) -> Facts:
    """The facts of a stored mention. Sentiment and emotions are known once it was read, unless it is taken for
    `unread`; where the engine said nothing of one, it has none."""
    labelled = post.read and not unread
    text = joined(post.title, post.text)
    attached = (item.get("url", "") for item in post.media if item.get("type") == "link")
    links: Sequence[str] = _addresses(text, attached) if post.links is None else post.links
    told = "" if post.language == "und" else post.language
    return Facts(
        source=post.source,
        kind=post.kind,
        authors=frozenset() if post.author is None else named.among(post.source, [post.author]),
        addressed=named.among(post.source, post.addressed),
        sites=_keys([post.url] if post.sites is None else post.sites),
        links=_keys(links),
        country=fold_value(post.country),
        region=fold_value(post.region),
        city=fold_value(post.city),
        verified=post.verified,
        has=_has((item.get("type", "") for item in post.media), links) if post.has is None else frozenset(post.has),
        followers=post.followers,
        rating=post.rating,
        engagement=post.engagement,
        posted=post.posted_at.timestamp(),
        language=(lambda: told) if post.read else _Language(text, post.language_hint),
        sentiment=post.sentiment if labelled else None,
        emotions=frozenset(post.emotions or ()) if labelled else None,
    )


def _handles(handles: Iterable[str]) -> frozenset[str]:
    """Handles as the tokeniser folds them."""
    return frozenset(filter(None, (fold_tag(handle.strip().lstrip("@\uff20")) for handle in handles)))


def links_of(post: RawPost) -> list[str]:
    """The addresses that a post links to, at most MOST_LINKS."""
    return _addresses(joined(post.title, post.text), (item.url for item in post.media if item.type == "link"))


def _addresses(text: str, attached: Iterable[str]) -> list[str]:
    return list(islice(chain(attached, addresses_in(text)), MOST_LINKS))


def _keys(addresses: Iterable[str]) -> frozenset[str]:
    return frozenset[str]().union(*map(site_keys, addresses))


def _has(types: Iterable[str], links: Sequence[str]) -> frozenset[str]:
    shown = frozenset(kind for kind in types if kind in SHOWN)
    return shown | {"link"} if links else shown
