"""What brings a query its posts, and what would cut it."""

from __future__ import annotations

import pytest

from analytics.listening.cutting import Looked, branches, cuts, exclusions, without_exclusions
from analytics.listening.document import Document, read
from analytics.listening.placed import place
from analytics.listening.query import Node, parse, parse_placed, to_text
from analytics.listening.text import scan


def looked(*texts: str, noisy: bool = False) -> list[Looked]:
    return [Looked(frozenset(scan(text).words), noisy) for text in texts]


def documents(*texts: str) -> list[Document]:
    return [read(scan(text)) for text in texts]


CLEAN = looked(*[f"juniper bread is {word}" for word in ("good", "fine", "stale", "warm", "dark")] * 6)


def test_words_of_the_noise_are_found_and_not_those_of_the_rest() -> None:
    noise = looked(*["juniper giveaway win now"] * 8, *["juniper casino spin"] * 5, noisy=True)

    found = cuts([*CLEAN, *noise], wanted={"juniper"})

    assert found[0].word in {"giveaway", "win"}
    assert (found[0].removes, found[0].noisy, found[0].further) == (8, 8, 8)
    assert found[1].word in {"casino", "spin"}
    assert (found[1].noisy, found[1].further) == (5, 5)
    assert len(found) == 2, "what is removed already brings nothing further"


def test_a_word_that_takes_more_clean_posts_along_than_noise_is_no_cut() -> None:
    noise = looked(*["juniper bread"] * 9, noisy=True)
    assert cuts([*CLEAN, *noise], wanted={"juniper"}) == ()


@pytest.mark.parametrize("noise", [[], looked("spam spam", "spam", noisy=True)])
def test_no_cut_without_enough_noise(noise: list[Looked]) -> None:
    assert cuts([*CLEAN, *noise]) == ()


def test_all_noise_has_no_word_that_tells_it_apart() -> None:
    assert cuts(looked(*["juniper casino"] * 30, noisy=True), wanted={"juniper"}) == ()


def test_each_alternative_says_what_it_brings_and_what_only_it_brings() -> None:
    text = "bread AND (rye OR oat OR spelt)"
    placed = place(*parse_placed(text))

    found = branches(placed, documents("rye bread", "rye and oat bread", "oat bread", "rye bread"))

    assert [(text[one.start : one.end], one.brings, one.alone) for one in found] == [
        ("rye", 3, 2),
        ("oat", 2, 1),
        ("spelt", 0, 0),
    ]


def test_a_query_without_alternatives_is_one() -> None:
    (whole,) = branches(place(*parse_placed("rye bread -oat")), documents("rye bread"))
    assert (whole.start, whole.brings, whole.alone) == (0, 1, 1)


@pytest.mark.parametrize(
    ("text", "relaxed"),
    [
        ("rye -oat", "rye"),
        ("(rye -oat) OR spelt", "rye OR spelt"),
        ("rye bread NOT (oat OR spelt)", "rye AND bread"),
        ("rye", "rye"),
    ],
)
def test_a_query_without_what_it_excludes(text: str, relaxed: str) -> None:
    node: Node = without_exclusions(parse(text))
    assert to_text(node) == relaxed


def test_each_exclusion_says_what_it_removes() -> None:
    text = "rye -oat -spelt"
    found = exclusions(place(*parse_placed(text)), documents("rye oat", "rye oat", "rye spelt oat"))
    assert [(text[one.start : one.end], one.removes) for one in found] == [("oat", 3), ("spelt", 1)]
