"""The matcher: one test per operator, spans, many queries at once, and texts made to be slow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from analytics.listening.matcher import Match, Matcher
from analytics.listening.query import Not, Term, parse


def found(query: str, text: str) -> list[str] | None:
    """The pieces of text that the query highlights, or None where it does not match."""
    matches = Matcher([("q", parse(query))]).match(text)
    return [text[start:end] for start, end in matches[0].spans] if matches else None


def test_a_term_is_a_whole_word() -> None:
    assert found("cafe", "Café, café! cafeteria") == ["Café", "café"]
    assert found("cafe", "cafeteria") is None


def test_and_wants_all() -> None:
    assert found("flat white", "white walls, flat roof") == ["white", "flat"]
    assert found("flat AND white", "white walls") is None


def test_or_wants_one_and_shows_all_there_are() -> None:
    assert found("tea OR coffee", "coffee or tea?") == ["coffee", "tea"]
    assert found("tea OR coffee", "water") is None


def test_an_alternative_that_does_not_match_shows_nothing() -> None:
    assert found("(tea cake) OR coffee", "coffee and cake") == ["coffee"]


def test_not_excludes_and_shows_nothing() -> None:
    assert found("coffee NOT decaf", "coffee, please") == ["coffee"]
    assert found("coffee -decaf", "decaf coffee") is None
    assert found("coffee -(decaf milk)", "decaf coffee") == ["coffee"]


def test_parentheses_group() -> None:
    assert found("(tea OR coffee) cake", "coffee cake") == ["coffee", "cake"]
    assert found("(tea OR coffee) cake", "coffee") is None
    assert found("tea OR coffee cake", "tea") == ["tea"]


def test_a_phrase_is_words_in_a_row_whatever_stands_between_them() -> None:
    assert found('"flat white"', "a Flat-White; flat, white. white flat") == ["Flat-White", "flat, white"]
    assert found('"flat white"', "flat and white") is None
    assert found('"a b a"', "a b a b a") == ["a b a b a"]


def test_a_hashtag_is_exact_and_its_words_are_words() -> None:
    assert found("#cafe", "#Café") == ["#Café"]
    assert found("#cafe", "cafe") is None
    assert found("#cafe", "#cafes #cafe_noir") is None
    assert found("cafe", "so good #cafe") == ["cafe"]
    assert found("東京", "#東京タワー") == ["東京"]
    assert found("#東京", "#東京タワー") is None


def test_a_handle_is_exact_and_its_words_are_words() -> None:
    assert found("@acme", "hi @Acme!") == ["@Acme"]
    assert found("@acme", "acme info@acme.example @acme.example") is None
    assert found("@acme.example", "hi @Acme.example.") == ["@Acme.example"]
    assert found("acme", "hi @acme") == ["acme"]


def test_a_phrase_may_contain_tags() -> None:
    assert found('"love #cafe_noir in @paris now"', "I love #Café_Noir in @Paris, now") == [
        "love #Café_Noir in @Paris, now"
    ]
    assert found('"love #cafe"', "love cafe") is None
    assert found('"#cafe noir"', "#cafe_noir") is None


def test_a_prefix_finds_words_that_begin_with_it() -> None:
    assert found("caf*", "Cafés, cafeteria, #cafe, decaf") == ["Cafés", "cafeteria", "cafe"]
    assert found("caf*", "decaf") is None
    assert found("tea OR caf* OR lat*", "latte and cafe") == ["latte", "cafe"]


def test_overlapping_spans_are_joined_and_touching_ones_are_not() -> None:
    assert found('cafe OR #cafe OR "cafe noir"', "#cafe noir") == ["#cafe noir"]
    assert found("東 京", "東京") == ["東", "京"]


def test_many_queries_answer_in_the_order_given() -> None:
    matcher = Matcher([((client, number), parse(query)) for number, (client, query) in enumerate(
        [("b", "tea"), ("a", "coffee"), ("a", "te*"), ("b", "cake OR tea"), ("c", "tea -cake")]
    )])  # fmt: skip
    assert len(matcher) == 5
    assert [match.key for match in matcher.match("tea and cake")] == [("b", 0), ("a", 2), ("b", 3)]
    assert [matcher.match(text) for text in ("", "coffee")] == [[], [Match(("a", 1), ((0, 6),))]]


def test_a_query_without_an_anchor_is_refused() -> None:
    with pytest.raises(ValueError, match="must have a term"):
        Matcher([("q", Not(Term("a")))])


def test_no_queries_match_nothing() -> None:
    assert Matcher[str]([]).match("anything") == []


def test_threads_may_share_a_matcher() -> None:
    matcher = Matcher((number, parse(f"w{number} OR x{number % 7}*")) for number in range(200))
    texts = [f"w{number} é東京 x{number % 7}y" for number in range(200)]
    alone = [matcher.match(text) for text in texts]
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(matcher.match, texts)) == alone


@pytest.mark.parametrize("unit", ["a ", "東", "@a ", "#a ", "#a_", "ab", "\x00", "\ud83d", "\u202e", "👩‍👩‍"])
def test_a_very_long_text_is_matched(unit: str) -> None:
    queries = ["a", '"' + "a " * 63 + 'b"', "東" * 63 + "京", '"#a a"', '"@a a b"', "ab*", "zz OR a -b"]
    matcher = Matcher((query, parse(query)) for query in queries)
    text = unit * (400_000 // len(unit))
    for match in matcher.match(text):
        assert all(0 <= start < end <= len(text) for start, end in match.spans)
    # The needle at the very end is still found.
    assert "zz OR a -b" in [match.key for match in matcher.match(text + " zz")]
