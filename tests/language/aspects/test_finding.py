"""Targets, clauses and opinions: where they are, and that no text is too odd."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.language.aspects.contracts import Post, Spoken, Subject
from analytics.language.aspects.finding import LONGEST, MOST, find
from analytics.language.aspects.judging import Weights, judge, stance
from analytics.language.aspects.ontology import INDUSTRIES, LANGUAGES, industry
from analytics.language.aspects.wording import Own, lookout, queries_of
from analytics.language.contracts import Reading
from analytics.listening.query import parse

RESTAURANTS = {language: lookout("restaurants", language) for language in (*LANGUAGES, "und")}


def said(text: str, language: str = "en") -> dict[str, list[tuple[str, str, list[str]]]]:
    """By subject: target, what an engine is asked, and the opinions with a sign in front."""
    found: dict[str, list[tuple[str, str, list[str]]]] = {}
    for spoken in find(Post(text, language), RESTAURANTS[language]):
        opinions = ["+-"[not each.positive] + text[each.start : each.end] for each in spoken.opinions]
        found.setdefault(spoken.subject.key, []).append((text[spoken.start : spoken.end], spoken.asked(text), opinions))
    return found


@pytest.mark.parametrize(
    ("text", "language", "expected"),
    [
        (
            "The food was great but the service was slow.",
            "en",
            {
                "food": [("food", "The food was great", ["+great"])],
                "service.waiting": [("service", "the service was slow.", ["-slow"])],
            },
        ),
        (
            "Das Ambiente ist nett, die Portionen sind nicht groß.",
            "de",
            {
                "ambience": [("Ambiente", "Das Ambiente ist nett", ["+nett"])],
                "food.portions": [("Portionen", "die Portionen sind nicht groß.", ["-groß"])],
            },
        ),
        (
            "Food and drinks were great",
            "en",
            {
                "food": [("Food", "Food and drinks were great", ["+great"])],
                "drinks": [("drinks", "Food and drinks were great", ["+great"])],
            },
        ),
        ("The pizza? Amazing!", "en", {"food.taste": [("pizza", "The pizza? Amazing!", ["+Amazing"])]}),
        ("The menu? Amazing!", "en", {"food.menu": [("menu", "The menu? Amazing!", ["+Amazing"])]}),
        ("No parking.", "en", {"location.parking": [("parking", "No parking.", ["-No"])]}),
        ("No noise", "en", {"ambience.noise": [("noise", "No noise", ["+No"])]}),
        ("Get better parking", "en", {"location.parking": [("parking", "Get better parking", ["+better"])]}),
        ("You need better parking", "en", {"location.parking": [("parking", "You need better parking", [])]}),
        ("good evening parking", "en", {"location.parking": [("parking", "good evening parking", [])]}),
        ("الطعام لذيذ والخدمة سيئة", "ar", None),
    ],
)  # fmt: skip
def test_what_is_said_of_each_target(text: str, language: str, expected: dict[str, object] | None) -> None:
    if expected is None:
        assert {"food.taste", "service"} <= set(said(text, language))
    else:
        assert said(text, language) == expected


def test_the_part_is_spoken_of_not_the_whole_and_keeps_its_target() -> None:
    (spoken,) = find(Post("The food was delicious", "en"), RESTAURANTS["en"])
    assert spoken.subject == Subject("aspect", "food.taste")
    assert (spoken.start, spoken.end) == (4, 8)


def test_own_aspects_are_not_compared_with_each_other(monkeypatch: pytest.MonkeyPatch) -> None:
    compared = []
    monkeypatch.setattr(Subject, "within", lambda *both: compared.append(both))
    look = lookout("", "en", [Own(f"asp_{number}", parse("food")) for number in range(200)])
    assert len(find(Post("food. " * 3, "en"), look)) == MOST
    assert not compared  # 200 of them in each of 2,000 clauses would be for minutes


def test_a_language_without_words_has_own_aspects_alone() -> None:
    look = lookout("restaurants", "fi", [Own("asp_1", parse("ruoka"))])
    assert [each.subject for each in find(Post("Ruoka oli food", "fi"), look)] == [Subject("own", "asp_1")]


def test_what_is_compared_with_is_the_other_way_round() -> None:
    text = "Juniper is so much better than Birch"
    entities = (("qry_a", (0, 7)), ("qry_b", (31, 36)))
    found = {each.subject.key: each for each in find(Post(text, "en", entities=entities), RESTAURANTS["en"])}
    assert [found["qry_a"].inverted, found["qry_b"].inverted] == [False, True]
    reading = Reading("en", 1.0, 0.1, 0.1, 0.8, "positive", False, "", "toy/1")
    assert [each.sentiment for each in judge([found["qry_a"], found["qry_b"]], [reading] * 2)] == [
        "positive", "negative",
    ]  # fmt: skip


def test_an_engine_that_says_nothing_of_a_language_has_the_last_word() -> None:
    spoken = Spoken(Subject("aspect", "food"), 0, 4, ((0, 10),), ())
    silent = Reading("fi", 1.0, 0.1, 0.1, 0.8, "", True, "unsupported_language", "toy/1")
    doubtful = Reading("en", 1.0, 0.34, 0.33, 0.33, "", True, "low_confidence", "toy/1")
    judged = judge([spoken, spoken], [silent, doubtful], Weights(opinion=2, plain=0, least=0.5))
    assert [(each.sentiment, each.abstain_reason) for each in judged] == [
        ("", "unsupported_language"), ("", "low_confidence"),
    ]  # fmt: skip
    assert stance(spoken) == 0
    assert {each.model_id for each in judged} == {"toy/1+aspects/1"}


@pytest.mark.parametrize("key", INDUSTRIES)
def test_every_term_can_be_looked_for_and_names_its_aspect(key: str) -> None:
    found = industry(key)
    keys = {aspect.key for aspect in found.aspects}
    for aspect in found.aspects:
        assert aspect.parent in {"", *keys}
        assert set(aspect.terms) == set(LANGUAGES), aspect.key
        for language, terms in aspect.terms.items():
            assert len(set(terms)) == len(terms), (aspect.key, language)
            queries_of(terms, language)
            assert not terms[0].startswith("=")  # the first is its name


def test_an_industry_that_there_is_not() -> None:
    with pytest.raises(KeyError):
        industry("bakeries")


@settings(max_examples=150, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            ["food", "great", "but", "not", "service", ",", ".", "\n", "and", "slow", "@~abcdefgh23", "#food", "\0",
             "\ud800", "\u202e", "e" + "\u0301" * 40, "ราคา", "価格", "👍", "price", "no", "Essen", "—", "(", "…", "!!"]
        ) | st.text(max_size=6),
        max_size=25,
    ),
    st.sampled_from((*LANGUAGES, "und")),
    st.booleans(),
)  # fmt: skip
def test_places_fit_whatever_the_text(parts: list[str], language: str, spaced: bool) -> None:
    text = (" " if spaced else "").join(parts)
    for spoken in find(Post(text, language, title_length=min(3, len(text))), RESTAURANTS[language]):
        assert 0 <= spoken.start < spoken.end <= len(text)
        last = 0
        for start, end in spoken.stretches:
            assert last <= start < end <= len(text)
            last = end
        for opinion in spoken.opinions:
            assert any(start <= opinion.start < opinion.end <= end for start, end in spoken.stretches)
        assert "~abcdefgh23" not in spoken.asked(text).replace("@~abcdefgh23", "")


@pytest.mark.parametrize(
    "piece", ["food great, but ", "no ", "(", "service! ", "e\u0301", "and food and ", "\u0301", "@a"]
)
def test_of_long_texts_the_beginning_is_looked_at(piece: str) -> None:
    short, long = piece * (LONGEST // len(piece) + 1), piece * (1_000_000 // len(piece))
    found = find(Post(long, "en"), RESTAURANTS["en"])
    assert len(found) <= MOST
    assert found == find(Post(short[:LONGEST], "en"), RESTAURANTS["en"])
