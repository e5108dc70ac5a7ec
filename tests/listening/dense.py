"""Random trees and posts over so few words that most queries meet most posts, by a seed."""

from __future__ import annotations

from random import Random

from analytics.listening.anchors import find_anchors
from analytics.listening.facts import NOTHING, Facts, Readable
from analytics.listening.query import (
    And,
    Between,
    Cased,
    Cashtag,
    Handle,
    Hashtag,
    Is,
    Near,
    Node,
    Not,
    Or,
    Pattern,
    Phrase,
    Prefix,
    Term,
    Title,
)

_WORDS = ("a", "b", "cafe", "cafes", "caffe", "abc", "東", "京", "東京", "x", "y", "tea")
_PARTS = (*_WORDS, "#cafe", "@acme", "#a_b", "$brk", "ca*", "ca?e")
_WRITTEN = (
    "a", "b", "Cafe", "café", "cafe", "cafes", "caffe", "abc", "東", "京", "東京", "x", "y", "tea", "Tea", "#cafe",
    "@acme", "#a_b", "$BRK", "ten", "e\u0301",
)  # fmt: skip
_TAGS: tuple[Node, ...] = (Hashtag("cafe"), Hashtag("ca*"), Handle("acme"), Handle("ac*"), Cashtag("brk"))
_FACTS: tuple[Node, ...] = (
    Is("country", "de"), Is("site", "acme.example"), Is("author", "acme"), Is("lang", "en"), Is("lang", "ja"),
    Is("sentiment", "positive"), Is("emotion", "joy"), Is("has", "image"), Is("verified", "true"),
    Between("rating", 2.0, None), Between("followers", None, 3.0),
)  # fmt: skip


def leaf(rng: Random) -> Node:
    """Something over words."""
    kind = rng.random()
    if kind < 0.35:
        return Term(rng.choice(_WORDS))
    if kind < 0.5:
        return Phrase(tuple(rng.choices(_PARTS, k=rng.randint(2, 3))))
    if kind < 0.6:
        return Prefix(rng.choice(("ca", "caf", "ab", "te")))
    if kind < 0.7:
        return Pattern(rng.choice(("ca?e", "ca*s", "ca*e", "te?", "ca?*s")))
    if kind < 0.75:
        return rng.choice(_TAGS)
    if kind < 0.8:
        return Cased((rng.choice(("Cafe", "café", "tea", "Tea")),))
    return Near(tuple(_near(rng) for _ in range(rng.randint(2, 3))), rng.randrange(4), rng.random() < 0.5)


def _near(rng: Random) -> Node:
    kind = rng.random()
    if kind < 0.3:
        return Or((leaf(rng), leaf(rng)))
    return Term(rng.choice(_WORDS)) if kind < 0.65 else leaf(rng)


def _in_title(rng: Random) -> Node:
    kind = rng.random()
    if kind < 0.6:
        return leaf(rng)
    return Not(leaf(rng)) if kind < 0.7 else rng.choice((And, Or))((leaf(rng), leaf(rng)))


def tree(rng: Random, depth: int = 0) -> Node:
    """Any tree, also one without an anchor."""
    kind = rng.random()
    if depth > 3 or kind < 0.3:
        return leaf(rng)
    if kind < 0.4:
        return rng.choice(_FACTS)
    if kind < 0.47:
        return Title(_in_title(rng))
    if kind < 0.57:
        child = tree(rng, depth + 1)
        return child.child if isinstance(child, Not) else Not(child)
    children = tuple(tree(rng, depth + 1) for _ in range(rng.randint(2, 3)))
    return And(children) if kind < 0.8 else Or(children)


def queries(rng: Random, count: int) -> list[Node]:
    """Trees that a matcher takes."""
    found: list[Node] = []
    while len(found) < count:
        made = tree(rng)
        if find_anchors(made) is not None:
            found.append(made)
    return found


def text(rng: Random) -> str:
    """Up to 13 words."""
    return "".join(rng.choice(_WRITTEN) + rng.choice((" ", " ", " ", "", ", ", "-")) for _ in range(rng.randrange(14)))


def post(rng: Random) -> Readable:
    """A post, perhaps with a title, of which something may be known."""
    title = rng.choice(("", text(rng).strip()))
    body = text(rng)
    facts = NOTHING
    if rng.random() < 0.7:
        facts = Facts(
            source=rng.choice(("", "rss")),
            country=rng.choice(("", "de")),
            authors=rng.choice((frozenset(), frozenset({"acme"}))),
            addressed=rng.choice((frozenset(), frozenset({"acme"}), frozenset({"ac"}))),
            sites=rng.choice((frozenset(), frozenset({"acme.example"}))),
            verified=rng.choice((None, True, False)),
            has=rng.choice((frozenset(), frozenset({"image"}))),
            rating=rng.choice((None, 1.0, 3.0)),
            followers=rng.choice((None, 1.0, 5.0)),
            language=rng.choice((None, lambda: "en", lambda: "ja", lambda: "")),
            sentiment=rng.choice((None, "positive", "neutral")),
            emotions=rng.choice((None, frozenset(), frozenset({"joy"}))),
        )
    return Readable(f"{title}\n{body}" if title else body, len(title), facts)
