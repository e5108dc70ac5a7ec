"""The matcher: one test per operator, spans, many queries at once, and texts made to be slow."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from analytics.listening.document import read
from analytics.listening.facts import Facts, Readable
from analytics.listening.matcher import Match, Matcher
from analytics.listening.query import Not, Term, parse
from analytics.listening.text import scan


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


def test_a_star_and_a_question_mark_stand_for_letters() -> None:
    assert found("colo*r", "Colour, color; colours") == ["Colour", "color"]
    assert found("wom?n", "women womn #woman") == ["women", "woman"]
    assert found('"flat whi*"', "flat WHITES, flat roof") == ["flat WHITES"]
    assert found("#caf* OR @ac*", "#Café_Noir, @acme! cafe") == ["#Café_Noir", "@acme"]
    assert found('"love #caf*"', "I love #Cafés") == ["love #Cafés"]


def test_a_cashtag_is_shown_with_its_sign() -> None:
    assert found("$BRK.B", "BRK.B or $brk-b?") == ["$brk-b"]


def test_braces_want_the_spelling() -> None:
    assert found("{Apple}", "apple APPLE #Apple Apple's") == ["Apple", "Apple"]
    assert found("{US Open}", "us open US-Open") == ["US-Open"]


def test_nearness_shows_the_shortest_stretch_from_each_beginning() -> None:
    assert found("a NEAR/3 b", "a x b b x x x x a") == ["a x b"]
    assert found("a ONEAR/2 b", "b a x b x a") == ["a x b"]
    assert found('"a b c"~1', "c a x b") == ["c a x b"]
    assert found("(a NEAR/2 b) NEAR/2 c", "a x b x c") == ["a x b x c"]
    assert found("(#a OR c) NEAR/2 b", "#a, b") == ["a, b"]
    assert found("a NEAR/3 a", "a") is None


def test_a_title_is_only_the_title() -> None:
    matcher = Matcher([("q", parse("title:(tea NEAR/2 cake) OR title:@acme"))])
    assert matcher.match("Tea, cake\ntea cake", title_length=9)[0].spans == ((0, 9),)
    assert not matcher.match("Tea\ncake", title_length=3)
    assert not matcher.match("Tea cake")
    assert not matcher.match("Tea\nx", title_length=3, facts=Facts(addressed=frozenset({"acme"})))


def test_facts_have_no_place() -> None:
    matcher = Matcher([("q", parse("@acme OR author:acme (tea lang:en)"))])
    assert matcher.match("hi", facts=Facts(addressed=frozenset({"acme"}))) == [Match("q", ())]
    known = Facts(authors=frozenset({"acme"}), language=lambda: "en")
    assert matcher.match("some tea", facts=known) == [Match("q", ((5, 8),))]


def test_what_is_not_known_yet_is_pending() -> None:
    queries = ("tea lang:en", "tea OR x lang:en", "tea -lang:en", "tea lang:en sentiment:negative", "tea rating:<3",
               "tea -rating:<3", "tea emotion:joy cake")  # fmt: skip
    matcher = Matcher((query, parse(query)) for query in queries)

    def told(**known: Any) -> dict[str, bool]:
        return dict(matcher.pairs([Readable("tea", facts=Facts(**known))])[0])

    late = dict.fromkeys(queries[:4], True) | {"tea OR x lang:en": False, "tea -rating:<3": False}
    assert dict(matcher.pairs([Readable("tea")])[0]) == told() == late
    assert told(language=lambda: "de") == {"tea OR x lang:en": False, "tea -lang:en": False, "tea -rating:<3": False}
    assert told(language=lambda: "en") == {
        "tea lang:en": False, "tea OR x lang:en": False, "tea lang:en sentiment:negative": True,
        "tea -rating:<3": False,
    }  # fmt: skip
    assert matcher.match("tea")[0] == Match("tea lang:en", ((0, 3),), pending=True)


def test_the_language_is_asked_for_once_and_only_where_it_matters() -> None:
    asked: list[str] = []

    def language() -> str:
        asked.append("once")
        return "en"

    matcher = Matcher(enumerate([parse("tea lang:en"), parse("tea -lang:de"), parse("cake lang:en"), parse("xy*")]))
    assert matcher.pairs([Readable("coffee", facts=Facts(language=language))]) == [[]]
    assert not asked
    assert matcher.pairs([Readable("tea", facts=Facts(language=language))]) == [[(0, False), (1, False)]]
    assert asked == ["once"]


def test_some_queries_only() -> None:
    matcher = Matcher((query, parse(query)) for query in ("tea", "te*", "cake"))
    document = read(scan("tea cake"))
    assert matcher.spans(document, ["cake", "tea", "unknown"]) == [Match("tea", ((0, 3),)), Match("cake", ((4, 8),))]


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
