"""Properties over adversarial text of many scripts and random queries."""

from __future__ import annotations

import unicodedata

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from analytics.listening.document import read
from analytics.listening.matcher import Matcher
from analytics.listening.query import And, Node, Not, Or, Prefix, QueryError, is_anchored, parse, to_text
from analytics.listening.text import fold, scan, tokenise, tokens, vocabulary
from tests.listening.naive import evaluate, highlighted

# Few words, so that random queries meet random texts; each stands for something that can go wrong.
WORDS = (
    "a", "ab", "abc", "Cafe", "café", "cafe\u0301", "CAFÉ", "straße", "İstanbul", "O'Reilly", "coca-cola", "ﬁne",
    "ёлка", "Ёлка", "мой", "м’я", "ὈΔΌΣ", "ᾳ", "שָׁלוֹם", "שלום", "مُحَمَّد", "محمد", "الـكتاب", "می‌خواهم", "۱۲", "12",
    "हिन्दी", "कि", "क़लम", "กาแฟ", "กา", "น้ำ", "น้ํา", "ໜ", "東京", "東", "京", "東京タワー", "ﾀﾜｰ", "が", "か\u3099",
    "ｶﾞ", "카페", "카페에서", "카페", "한국", "iPhone東京", "ខ្មែរ", "မြန်မာ", "👍", "👍🏽", "❤️", "👨‍👩‍👧", "🇩🇪",
    "#cafe", "#Café_Noir", "#東京", "＃東京タワー", "@acme", "@Acme.example", "@acme@shop.example", "a@b.example", "1️⃣", "$ACME", "$brk.b", "$BRK-B",
    "https://acme.example/cafe#menu", "½", "㊀", "ﷺ", "ゟ",
)  # fmt: skip
SEAMS = (
    " ", "", " ", "-", "'", "。", "\n", "\u200b", "\u200d", "\u200c", "\u00ad", "\u202e", "\u200f", "#", "@", "$", ".", "_",
    "&", "\u0301", "\u0338", "\u3099", "\ufe0f", "\U000e0101", "\x00", "\ud83d", "\udc4d", "，", "\u02bc", "\uff9e",
)  # fmt: skip
pieces = st.one_of(st.sampled_from(WORDS), st.sampled_from(SEAMS), st.characters())
signs = st.sampled_from(('"', "(", ")", " AND ", " OR ", " NOT ", "-", "*"))
texts = st.lists(pieces, max_size=14).map("".join)


def _read(text: str) -> tuple[Node | None, QueryError | None]:
    try:
        return parse(text), None
    except QueryError as error:
        return None, error


def _leaf(text: str) -> Node | None:
    return _read(text)[0]


words = st.lists(st.sampled_from(WORDS), min_size=1, max_size=3).map(" ".join)
leaves = st.one_of(
    st.sampled_from(WORDS).map(_leaf),
    words.map(lambda inside: _leaf(f'"{inside}"')),
    texts.map(lambda inside: _leaf('"{}"'.format(inside.replace('"', "")))),
    st.sampled_from(("ab", "ca", "caf", "каф", "카페", "مح", "हिन", "12", "is")).map(lambda stem: parse(f"{stem}*")),
).filter(lambda leaf: leaf is not None)


def _branches(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    several = st.lists(children, min_size=2, max_size=3).map(tuple)
    negated = children.map(lambda child: child.child if isinstance(child, Not) else Not(child))
    return st.one_of(several.map(And), several.map(Or), negated)


queries = st.recursive(leaves, _branches, max_leaves=7)


@settings(max_examples=600, deadline=None)
@given(st.lists(queries, min_size=1, max_size=4), texts)
def test_the_matcher_agrees_with_the_naive_evaluator(nodes: list[Node], text: str) -> None:
    anchored = [(number, node) for number, node in enumerate(nodes) if is_anchored(node)]
    matches = {match.key: match.spans for match in Matcher(anchored).match(text)}

    assert sorted(matches) == [number for number, node in anchored if evaluate(node, text)]
    for number, spans in matches.items():
        covered = [offset for start, end in spans for offset in range(start, end)]
        assert len(covered) == len(set(covered)), "spans do not overlap"
        assert set(covered) == highlighted(nodes[number], text)


@settings(max_examples=300, deadline=None)
@given(st.lists(queries.filter(is_anchored), min_size=1, max_size=4), texts)
def test_a_text_that_was_read_before_matches_as_one_that_was_not(nodes: list[Node], text: str) -> None:
    matcher = Matcher(enumerate(nodes))
    assert matcher.match_document(read(scan(text))) == matcher.match(text)


@settings(max_examples=300, deadline=None)
@given(queries)
def test_the_canonical_text_of_a_query_reads_back_as_the_same_query(node: Node) -> None:
    assume(is_anchored(node))
    assert parse(to_text(node)) == node


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


@settings(max_examples=600, deadline=None)
@given(
    st.lists(st.one_of(pieces, st.sampled_from(('"', "(", ")", " AND ", " OR ", " NOT ", "-", "*"))), max_size=12).map(
        "".join
    )
)
def test_any_text_is_a_query_or_a_clear_error(text: str) -> None:
    node, error = _read(text)
    if error is not None:
        assert 0 <= error.position <= len(text)
        assert error.message
    if node is not None:
        assert is_anchored(node)
        assert parse(to_text(node)) == node


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
