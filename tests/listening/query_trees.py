"""Random trees of the whole query language and random posts for them, over the words of test_properties."""

from __future__ import annotations

from hypothesis import strategies as st

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
from analytics.listening.text import scan, spelling
from tests.listening.test_properties import SEAMS, WORDS, texts

SITES = ("acme.example", "shop.example")
HANDLES = ("acme", "acme.example", "cafe")


def _terms() -> list[str]:
    """The words of WORDS as terms, where what they are does not depend on what stands beside them."""
    return sorted({word for text in WORDS for word in scan(text).words if scan(word).words == [word]})


TERMS = _terms()
TAGS = sorted({tag.key for text in (*WORDS, "$ACME", "$brk.b") for tag in scan(text).tags})
SPELLINGS = sorted({spelling(text) for text in WORDS if len(scan(text).words) == 1 and not scan(text).tags})
STEMS = ("ab", "ca", "caf", "каф", "카페", "مح", "हिन", "12", "is")
PATTERNS = ("ca?e", "c?f*", "ab?", "ca*e", "stra*e", "카페?*", "12*")

terms = st.sampled_from(TERMS).map(Term)
parts = st.one_of(
    st.sampled_from(TERMS), st.sampled_from(TAGS), st.sampled_from(PATTERNS).filter(lambda p: p[1] != "?")
)
phrases = st.lists(parts, min_size=2, max_size=4).map(lambda found: Phrase(tuple(found)))
hashtags = st.sampled_from([tag[1:] for tag in TAGS if tag[0] == "#"] + ["caf*", "東*"]).map(Hashtag)
handles = st.sampled_from([tag[1:] for tag in TAGS if tag[0] == "@"] + ["ac*"]).map(Handle)
cashtags = st.sampled_from([tag[1:] for tag in TAGS if tag[0] == "$"]).map(Cashtag)
cased = st.lists(st.sampled_from(SPELLINGS), min_size=1, max_size=2).map(lambda found: Cased(tuple(found)))
patterns = st.sampled_from([pattern for pattern in PATTERNS if pattern[1] != "?"]).map(Pattern)
worded = st.one_of(
    terms, terms, phrases, st.sampled_from(STEMS).map(Prefix), hashtags, handles, cashtags, cased, patterns
)  # fmt: skip


def _nearer(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    return st.one_of(st.builds(Near, several, st.integers(0, 6), st.booleans()), several.map(Or))


near = st.builds(
    Near,
    st.lists(st.recursive(worded, _nearer, max_leaves=4), min_size=2, max_size=3).map(tuple),
    st.integers(0, 6),
    st.booleans(),
)
facts_asked = st.one_of(
    st.sampled_from(SITES).map(lambda site: Is("site", site)),
    st.sampled_from(SITES).map(lambda site: Is("links", site)),
    st.sampled_from(HANDLES).map(lambda handle: Is("author", handle)),
    st.sampled_from(("de", "fr")).map(lambda country: Is("country", country)),
    st.sampled_from(("image", "video")).map(lambda thing: Is("has", thing)),
    st.sampled_from(("true", "false")).map(lambda truth: Is("verified", truth)),
    st.sampled_from(("en", "ja")).map(lambda language: Is("lang", language)),
    st.sampled_from(("positive", "negative")).map(lambda sentiment: Is("sentiment", sentiment)),
    st.sampled_from(("joy", "anger")).map(lambda emotion: Is("emotion", emotion)),
    st.builds(
        Between,
        st.sampled_from(("followers", "rating", "engagement", "posted")),
        st.one_of(st.none(), st.integers(0, 3).map(float)),
        st.one_of(st.none(), st.integers(1, 5).map(float)),
    ),
)


def _branches(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    negated = children.map(lambda child: child.child if isinstance(child, Not) else Not(child))
    return st.one_of(several.map(And), several.map(Or), negated)


in_title = st.recursive(st.one_of(worded, near), _branches, max_leaves=3).map(Title)
trees = st.recursive(st.one_of(worded, worded, near, facts_asked, in_title), _branches, max_leaves=8)

_some = st.sampled_from
facts = st.one_of(
    st.just(NOTHING),
    st.builds(
        Facts,
        authors=st.frozensets(_some(HANDLES), max_size=2),
        addressed=st.frozensets(_some(HANDLES), max_size=2),
        sites=st.frozensets(_some(SITES), max_size=1),
        links=st.frozensets(_some(SITES), max_size=1),
        country=_some(("", "de", "fr")),
        verified=_some((None, True, False)),
        has=st.frozensets(_some(("image", "video")), max_size=2),
        followers=_some((None, 0.0, 1.0, 2.5, 5.0)),
        rating=_some((None, 1.0, 5.0)),
        engagement=_some((None, 3.0)),
        posted=_some((None, 2.0)),
        language=_some((None, lambda: "en", lambda: "ja", lambda: "")),
        sentiment=_some((None, "positive", "neutral")),
        emotions=_some((None, frozenset(), frozenset({"joy"}))),
    ),
)


@st.composite
def posts(draw: st.DrawFn) -> Readable:
    """A post, perhaps with a title, of which something may be known."""
    title = draw(st.one_of(st.just(""), texts)).replace("\n", " ")
    text = draw(texts)
    return Readable(f"{title}\n{text}" if title else text, len(title), draw(facts))


__all__ = ["SEAMS", "posts", "trees"]
