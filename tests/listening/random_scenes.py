"""Random queries and posts of many scripts from a seed: many at a time, and built from parts that they share."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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
from tests.listening.query_trees import HANDLES, PATTERNS, SITES, SPELLINGS, STEMS, TAGS, TERMS
from tests.listening.test_properties import SEAMS, WORDS

_CASHTAGS = ("$ACME", "$brk.b", "$BRK-B", "$50", "＄acme", "US$a")
_WHOLE_PATTERNS = tuple(pattern for pattern in PATTERNS if pattern[1] not in "*?")


def _named(sigil: str) -> list[str]:
    return [tag[1:] for tag in TAGS if tag[0] == sigil]


def _part(rng: Random) -> str:
    pool = rng.choices((TERMS, TAGS, _WHOLE_PATTERNS), (8, 2, 1))[0]
    return rng.choice(pool)


def word_leaf(rng: Random) -> Node:
    """A leaf that is found at places of the text."""
    kind = rng.random()
    if kind < 0.35:
        return Term(rng.choice(TERMS))
    if kind < 0.55:
        return Phrase(tuple(_part(rng) for _ in range(rng.choice((2, 2, 2, 3, 4)))))
    if kind < 0.65:
        return Prefix(rng.choice(STEMS))
    if kind < 0.73:
        return Hashtag(rng.choice([*_named("#"), "caf*", "東*"]))
    if kind < 0.80:
        return Handle(rng.choice([*_named("@"), "ac*"]))
    if kind < 0.83:
        return Cashtag(rng.choice(_named("$")))
    if kind < 0.91:
        return Cased(tuple(rng.choice(SPELLINGS) for _ in range(rng.choice((1, 1, 2)))))
    return Pattern(rng.choice(_WHOLE_PATTERNS))


def _near(rng: Random, depth: int = 0) -> Near:
    children: list[Node] = []
    for _ in range(rng.choice((2, 2, 3))):
        kind = rng.random()
        if depth == 0 and kind < 0.1:
            children.append(_near(rng, 1))
        elif kind < 0.25:
            children.append(Or((word_leaf(rng), word_leaf(rng))))
        else:
            children.append(word_leaf(rng))
    return Near(tuple(children), rng.randrange(7), rng.random() < 0.5)


def _asked(rng: Random) -> Node:
    number = Between(
        rng.choice(("followers", "rating", "engagement", "posted")),
        rng.choice((None, 0.0, 2.0)),
        rng.choice((None, 1.0, 5.0)),
    )
    return rng.choice(
        (
            Is("site", rng.choice(SITES)), Is("links", rng.choice(SITES)), Is("author", rng.choice(HANDLES)),
            Is("country", rng.choice(("de", "fr"))), Is("has", rng.choice(("image", "video"))),
            Is("verified", rng.choice(("true", "false"))), Is("lang", rng.choice(("en", "ja"))),
            Is("sentiment", rng.choice(("positive", "negative"))), Is("emotion", rng.choice(("joy", "anger"))), number,
        )
    )  # fmt: skip


def _joined(rng: Random, pool: Sequence[Node], depth: int) -> Node:
    kind = rng.random()
    if depth == 0 or kind < 0.25:
        return rng.choice(pool)
    if kind < 0.40:
        child = _joined(rng, pool, depth - 1)
        return child.child if isinstance(child, Not) else Not(child)
    children = tuple(_joined(rng, pool, depth - 1) for _ in range(rng.choice((2, 2, 3))))
    return And(children) if kind < 0.75 else Or(children)


def parts(rng: Random, count: int) -> list[Node]:
    """So many leaves, stretches and titles for queries to be made of."""
    kinds: tuple[Callable[[], Node], ...] = (
        lambda: word_leaf(rng), lambda: _near(rng), lambda: _asked(rng),
        lambda: Title(_joined(rng, [word_leaf(rng), word_leaf(rng), _near(rng)], 1)),
    )  # fmt: skip
    return [rng.choices(kinds, (10, 2, 3, 2))[0]() for _ in range(count)]


def queries(rng: Random, pool: Sequence[Node], count: int) -> list[Node]:
    """So many queries of up to three levels, each with an anchor."""
    found: list[Node] = []
    while len(found) < count:
        node = _joined(rng, pool, rng.choice((1, 2, 2, 3)))
        if find_anchors(node) is not None:
            found.append(node)
    return found


def text(rng: Random, most: int) -> str:
    """Words and what can go wrong between them, and now and then any character at all."""
    pieces = []
    for _ in range(rng.randrange(most + 1)):
        kind = rng.random()
        if kind < 0.56:
            pieces.append(rng.choice(WORDS))
        elif kind < 0.58:
            pieces.append(rng.choice(_CASHTAGS))
        elif kind < 0.78:
            pieces.append(" ")
        elif kind < 0.97:
            pieces.append(rng.choice(SEAMS))
        else:
            pieces.append(chr(rng.choice((rng.randrange(0x3000), rng.randrange(0x20000), rng.randrange(0x110000)))))
    return "".join(pieces)


def _some(rng: Random, values: Sequence[str]) -> frozenset[str]:
    return frozenset(value for value in values if rng.random() < 0.4)


def _language(rng: Random) -> Callable[[], str] | None:
    told = rng.choice((None, "en", "ja", ""))
    return None if told is None else lambda: told


def facts(rng: Random) -> Facts:
    """What is known of a post; of a third of them nothing."""
    if rng.random() < 0.33:
        return NOTHING
    return Facts(
        authors=_some(rng, HANDLES), addressed=_some(rng, HANDLES), sites=_some(rng, SITES), links=_some(rng, SITES),
        country=rng.choice(("", "de", "fr")), verified=rng.choice((None, True, False)),
        has=_some(rng, ("image", "video")), followers=rng.choice((None, 0.0, 1.0, 2.5, 5.0)),
        rating=rng.choice((None, 1.0, 5.0)), engagement=rng.choice((None, 3.0)), posted=rng.choice((None, 2.0)),
        language=_language(rng), sentiment=rng.choice((None, "positive", "neutral")),
        emotions=rng.choice((None, frozenset(), frozenset({"joy"}))),
    )  # fmt: skip


def post(rng: Random) -> Readable:
    """A post, every third with a title."""
    title = text(rng, 5).replace("\n", " ") if rng.random() < 0.33 else ""
    body = text(rng, 14)
    return Readable(f"{title}\n{body}" if title else body, len(title), facts(rng))
