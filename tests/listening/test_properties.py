"""Properties over adversarial text of many scripts and random queries."""

from __future__ import annotations

import unicodedata
from itertools import pairwise, product
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.listening.addresses import addresses_in, normal, site_keys
from analytics.listening.document import read
from analytics.listening.facts import NOTHING, Facts, Readable
from analytics.listening.fields import fold_value
from analytics.listening.matcher import Matcher
from analytics.listening.near import Places, shortest, stretches
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
    QueryError,
    Term,
    Title,
    is_anchored,
    parse,
    parse_placed,
    to_text,
)
from analytics.listening.query import leaves as leaves_of
from analytics.listening.text import fold, scan, tokenise, tokens, vocabulary
from analytics.listening.words import words_of
from tests.listening.naive import NO, PENDING, YES, answer, highlighted
from tests.listening.naive import places as naive_places

# Few words, so that random queries meet random texts; each stands for something that can go wrong.
WORDS = (
    "a", "ab", "abc", "Cafe", "café", "cafe\u0301", "CAFÉ", "straße", "İstanbul", "O'Reilly", "coca-cola", "ﬁne",
    "ёлка", "Ёлка", "мой", "м’я", "ὈΔΌΣ", "ᾳ", "שָׁלוֹם", "שלום", "مُحَمَّد", "محمد", "الـكتاب", "می‌خواهم", "۱۲", "12",
    "हिन्दी", "कि", "क़लम", "กาแฟ", "กา", "น้ำ", "น้ํา", "ໜ", "東京", "東", "京", "東京タワー", "ﾀﾜｰ", "が", "か\u3099",
    "ｶﾞ", "카페", "카페에서", "카페", "한국", "iPhone東京", "ខ្មែរ", "မြန်မာ", "👍", "👍🏽", "❤️", "👨‍👩‍👧", "🇩🇪",
    "#cafe", "#Café_Noir", "#東京", "＃東京タワー", "@acme", "@Acme.example", "@acme@shop.example", "a@b.example", "1️⃣",
    "$ACME", "$brk.b", "$BRK-B",
    "https://acme.example/cafe#menu", "½", "㊀", "ﷺ", "ゟ",
)  # fmt: skip
SEAMS = (
    " ", "", " ", "-", "'", "。", "\n", "\u200b", "\u200d", "\u200c", "\u00ad", "\u202e", "\u200f", "#", "@", "$", ".",
    "_", "&", "\u0301", "\u0338", "\u3099", "\ufe0f", "\U000e0101", "\x00", "\ud83d", "\udc4d", "，",
    "\u02bc", "\uff9e",
)  # fmt: skip
pieces = st.one_of(st.sampled_from(WORDS), st.sampled_from(SEAMS), st.characters())
signs = st.sampled_from(('"', "(", ")", " AND ", " OR ", " NOT ", "-", "*"))
texts = st.lists(pieces, max_size=14).map("".join)


def _read(text: str) -> tuple[Node | None, QueryError | None]:
    try:
        return parse(text, anchored=False), None
    except QueryError as error:
        return None, error


def _leaf(text: str) -> Node | None:
    return _read(text)[0]


words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
STEMS = ("ab", "ca", "caf", "каф", "카페", "مح", "हिन", "12", "is", "ﬁn", "str")
patterns = st.tuples(st.sampled_from(STEMS), st.sampled_from(("*", "?", "*e", "??", "?*", "*a?e", "*s*e")))
TAGS = ("#ca*", "#caf*", "@ac*", "@acme.e*", "#東京*", "$ACME", "$brk.b", "@acme", "#cafe")
leaves = st.one_of(
    st.sampled_from(WORDS).map(_leaf),
    words.map(lambda inside: _leaf(f'"{inside}"')),
    texts.map(lambda inside: _leaf('"{}"'.format(inside.replace('"', "")))),
    words.map(lambda inside: _leaf("{" + inside + "}")),
    st.sampled_from(STEMS).map(lambda stem: parse(f"{stem}*")),
    patterns.map(lambda pattern: parse("".join(pattern))),
    st.tuples(words, patterns).map(lambda parts: _leaf(f'"{parts[0]} {"".join(parts[1])} ab*"')),
    st.sampled_from(TAGS).map(_leaf),
    st.tuples(words, st.sampled_from(TAGS)).map(lambda parts: _leaf(f'"{parts[0]} {parts[1]}"')),
).filter(lambda leaf: leaf is not None)


def _is_wordy(node: Node) -> bool:
    """Whether it may stand beside a NEAR."""
    return (
        all(map(_is_wordy, node.children))
        if isinstance(node, Or)
        else not isinstance(node, (And, Not, Title, Is, Between))
    )


def _nears(node: Node) -> int:
    if isinstance(node, Near):
        return 1 + max(map(_nears, node.children))
    return max(map(_nears, node.children)) if isinstance(node, Or) else 0


def _near(children: tuple[Node, Node], slack: int, ordered: bool) -> Near:
    return Near(children, slack, ordered or children[0] == children[1])


def _nearness(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    near = st.builds(_near, st.tuples(children, children), st.integers(0, 6), st.booleans())
    either = st.lists(children, min_size=2, max_size=3).map(tuple).map(Or)
    return st.one_of(near, near, either).filter(lambda node: _nears(node) <= 3)


nearable = st.recursive(leaves.filter(_is_wordy), _nearness, max_leaves=4)
single = leaves.filter(lambda leaf: isinstance(leaf, (Term, Prefix, Pattern, Hashtag, Handle, Cashtag)))
# In quotation marks a question mark at the end of a word is only that, so no query has such a tree.
single = single.filter(lambda leaf: not to_text(leaf).endswith("?"))
proximities = st.builds(Near, st.lists(single, min_size=2, max_size=4, unique=True).map(tuple), st.integers(1, 8))
facts_asked = st.sampled_from(
    ("lang:en", "lang:de", "sentiment:negative", "emotion:joy", "emotion:fear", "verified:true", "verified:false",
     "type:post", "type:reply", "has:image", "has:link", "country:de", 'city:"sao paulo"', "source:bluesky",
     "author:acme", "author:rival", "site:acme.example", "links:acme.example/menu", "links:example",
     "followers:>10", "followers:[5 TO 10]", "rating:<3", "rating:4", "engagement:>=7", "since:2026-01-02",
     "until:2026-01-02")
).map(_leaf)  # fmt: skip


def _joins(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    negated = children.map(lambda child: child.child if isinstance(child, Not) else Not(child))
    return st.one_of(several.map(And), several.map(Or), negated)


wordy = st.one_of(leaves, nearable, proximities)
titles = st.recursive(wordy, _joins, max_leaves=3).filter(lambda node: _asks_words(node)).map(Title)
queries = st.recursive(st.one_of(leaves, leaves, nearable, proximities, facts_asked, titles), _joins, max_leaves=7)


def _asks_words(node: Node) -> bool:
    return not any(isinstance(leaf, (Is, Between)) for leaf in leaves_of(node))


def _subset(*values: str) -> st.SearchStrategy[frozenset[str]]:
    return st.sets(st.sampled_from(values), max_size=2).map(frozenset)


def _maybe(*values: object) -> st.SearchStrategy[Any]:
    return st.sampled_from((None, *values))


facts = st.builds(
    Facts,
    source=st.sampled_from(("", "bluesky", "forum")),
    kind=st.sampled_from(("", "post", "reply")),
    authors=_subset("acme", "rival"),
    addressed=_subset("acme", "acme.example"),
    sites=st.sampled_from(("", "https://www.acme.example/x", "https://other.example")).map(site_keys),
    links=st.sampled_from(("", "https://acme.example/Menu/1", "https://other.example")).map(site_keys),
    country=st.sampled_from(("", "de", "fr")),
    city=st.sampled_from(("", "São Paulo", "東京")).map(fold_value),
    verified=_maybe(True, False),
    has=_subset("image", "link"),
    followers=_maybe(5.0, 10.0, 11.0),
    rating=_maybe(1.0, 4.0),
    engagement=_maybe(6.0, 7.0),
    posted=_maybe(1_767_225_600.0, 1_767_312_000.0, 1_767_312_001.0),
    language=_maybe(lambda: "en", lambda: "", lambda: "de"),
    sentiment=_maybe("negative", "positive"),
    emotions=_maybe(frozenset(), frozenset(("joy",))),
)


def _ingredients(nodes: list[Node]) -> list[str]:
    """What a text must hold for queries to match it, piece by piece."""
    found: list[str] = []
    for leaf in (leaf for node in nodes for leaf in leaves_of(node)):
        match leaf:
            case Phrase(parts) | Cased(parts):
                found += [*parts, " ".join(parts)]
            case Hashtag(text):
                found.append(f"#{text}")
            case Handle(text):
                found.append(f"@{text}")
            case Cashtag(text):
                found.append(f"${text}")
            case Term(text) | Prefix(text) | Pattern(text):
                found.append(text)
    return [text.replace("*", wild).replace("?", wild) for text in found for wild in ("", "x")] or ["a"]


@st.composite
def scenes(draw: st.DrawFn, queries: st.SearchStrategy[list[Node]]) -> tuple[list[Node], Readable]:
    """Queries, and a post that often holds what they look for."""
    nodes = draw(queries)
    ingredients = st.sampled_from(_ingredients(nodes))
    mixed = st.one_of(ingredients, ingredients, st.sampled_from((" ", " ", "x", *SEAMS)), pieces)
    all_sorts = st.lists(mixed, max_size=14).map(lambda words: "".join(words))
    plain = st.lists(st.one_of(ingredients, ingredients, st.just("x")), min_size=3, max_size=9).map(" ".join)
    title, text = draw(st.one_of(st.just(""), all_sorts, plain)), draw(st.one_of(plain, plain, all_sorts))
    known = draw(st.one_of(st.just(NOTHING), facts))
    return nodes, Readable(f"{title}\n{text}" if title else text, len(title), known)


asking = st.recursive(facts_asked, _joins, max_leaves=3)
one_and_facts: st.SearchStrategy[Node] = st.builds(lambda one, asked: And((one, asked)), leaves | nearable, asking)
several = st.lists(st.one_of(queries, one_and_facts).filter(is_anchored), min_size=1, max_size=4)
near_ones = nearable.filter(lambda node: isinstance(node, Near)).map(lambda node: [node])


@settings(max_examples=1000, deadline=None)
@given(scenes(several))
def test_the_matcher_agrees_with_the_naive_evaluator(scene: tuple[list[Node], Readable]) -> None:
    nodes, post = scene
    matcher = Matcher(enumerate(nodes))
    matches = matcher.match(post.text, title_length=post.title_length, facts=post.facts)

    wanted = [(number, found == PENDING) for number, node in enumerate(nodes) if (found := answer(node, post)) != NO]
    assert [(match.key, match.pending) for match in matches] == wanted
    assert matcher.pairs([post, post]) == [wanted, wanted]
    for match in matches:
        covered = [offset for start, end in match.spans for offset in range(start, end)]
        assert len(covered) == len(set(covered)), "spans do not overlap"
        assert set(covered) == highlighted(nodes[match.key], post)


@settings(max_examples=300, deadline=None)
@given(scenes(several))
def test_a_post_that_was_read_before_matches_as_one_that_was_not(scene: tuple[list[Node], Readable]) -> None:
    nodes, post = scene
    matcher = Matcher(enumerate(nodes))
    document = read(scan(post.text), title_length=post.title_length, facts=post.facts)
    matches = matcher.match(post.text, title_length=post.title_length, facts=post.facts)
    assert matcher.match_document(document) == matches
    assert matcher.spans(document, range(0, 9, 2)) == [match for match in matches if match.key % 2 == 0]


@settings(max_examples=500, deadline=None)
@given(scenes(near_ones))
def test_nearness_agrees_with_trying_every_combination(scene: tuple[list[Node], Readable]) -> None:
    (node,), post = scene
    places = sorted({place[:2] for place in naive_places(node, post.text)})
    assert sorted(set(words_of(node).places(read(scan(post.text))))) == places
    assert bool(places) == bool(Matcher([("q", node)]).match(post.text)) == (answer(node, post) == YES)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=6), st.data())
def test_the_shortest_stretches_are_the_shortest_of_all(first: list[tuple[int, int]], data: st.DataObject) -> None:
    more = data.draw(st.lists(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3)), max_size=6), max_size=2))
    slack, ordered = data.draw(st.integers(0, 5)), data.draw(st.booleans())
    things = [[(begin, begin + wide) for begin, wide in places] for places in (first, *more)]
    every = set()
    for chosen in product(*things):
        if ordered and any(one[1] >= other[0] for one, other in pairwise(chosen)):
            continue
        begin, end = min(place[0] for place in chosen), max(place[1] for place in chosen)
        if end - begin + 1 - sum(place[1] - place[0] + 1 for place in chosen) <= slack:
            every.add((begin, end))
    places = [Places.of(thing) for thing in things]
    assert sorted(stretches(places, slack, ordered=ordered).pairs()) == sorted(every)
    nearest = {begin: min(end for start, end in every if start == begin) for begin, _ in every}
    assert sorted(shortest(places, slack, ordered=ordered)) == sorted(nearest.items())


@settings(max_examples=300, deadline=None)
@given(queries)
def test_the_canonical_text_of_a_query_reads_back_as_the_same_query(node: Node) -> None:
    assert parse(to_text(node), anchored=False) == node


@settings(max_examples=600, deadline=None)
@given(texts)
def test_tokens_point_exactly_at_what_they_fold(text: str) -> None:
    found = tokenise(text)
    for token in found:
        assert fold(text[token.start : token.end]) == token.key
        assert fold(token.key) == token.key
    assert [token.key for token in found] == tokens(text)
    assert {token.key for token in found} == vocabulary(text)
    ends = [token.end for token in found if token.key[0] not in "#@$"]
    starts = [token.start for token in found if token.key[0] not in "#@$"]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False)), "words do not overlap"


@settings(max_examples=300, deadline=None)
@given(texts)
def test_every_word_of_a_text_is_found_by_itself(text: str) -> None:
    for token in tokenise(text):
        assert tokens(token.key)[0] == token.key


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(WORDS), max_size=6).map(" ".join))
def test_normal_forms_of_a_text_have_the_same_tokens(text: str) -> None:
    for form in ("NFC", "NFD"):
        assert tokens(unicodedata.normalize(form, text)) == tokens(text)


@settings(max_examples=300, deadline=None)
@given(st.text(st.characters(max_codepoint=127), max_size=60))
def test_the_fast_path_for_ascii_gives_what_the_full_path_gives(text: str) -> None:
    assert tokens(text + " é")[:-1] == tokens(text)
    assert vocabulary(text + " é") - {"e"} == vocabulary(text) - {"e"}


SIGNS = ('"', "(", ")", " AND ", " OR ", " NOT ", "-", "*", "?", " NEAR/3 ", " ONEAR/2 ", '"~2', "~", "{", "}", "<<<",
         ">>>", "lang:", "title:", "followers:", "since:", "links:", "city:", "snippet:", "[1 TO 5]", "$", ":", "en",
         "2026-01-01", "https://", "|")  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(st.lists(st.one_of(pieces, st.sampled_from(SIGNS), st.sampled_from(SIGNS)), max_size=12).map("".join))
def test_any_text_is_a_query_or_a_clear_error(text: str) -> None:
    node, error = _read(text)
    if error is not None:
        assert 0 <= error.position <= len(text)
        assert error.message
        assert error.expected
        assert error.suggestion
    if node is not None:
        assert parse(to_text(node), anchored=False) == node
        assert parse_placed(text, anchored=False) == (node, parse_placed(text, anchored=False)[1])
        places = parse_placed(text, anchored=False)[1]
        assert len(places) == len(list(leaves_of(node)))
        assert all(0 <= start < end <= len(text) for start, end in places)


@settings(max_examples=600, deadline=None)
@given(st.one_of(texts, st.text(), st.from_regex(r"(https?://)?[\w.@:-]*(/[\w%]*)*(\?[\w=&%]*)?", fullmatch=True)))
def test_an_address_has_one_form(text: str) -> None:
    form = normal(text)
    assert normal(form) == form
    assert (form in site_keys(text)) == bool(form)
    assert all(normal(key) == key for key in site_keys(text))
    assert all(address in text for address in addresses_in(text))
    assert fold_value(fold_value(text)) == fold_value(text)


@pytest.mark.slow
def test_every_character_of_unicode_folds_to_something_that_folds_to_itself() -> None:
    for code in range(0x110000):
        if unicodedata.category(chr(code)) in ("Cn", "Co", "Cs"):
            continue
        for text in (chr(code), f"東{chr(code)}", f"#a{chr(code)}"):
            scanned = scan(text)
            for key in scanned.words:
                assert scan(key).words == [key], hex(code)
            for tag in scanned.tags:
                assert scan(tag.key).tags[0].key == tag.key, hex(code)


def test_a_prefix_is_kept_as_typed() -> None:
    assert parse("Caf*") == Prefix("caf")
