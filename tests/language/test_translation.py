"""Dictionaries from aligned subtitle lines, and posts translated with them: on two small made-up languages."""

from __future__ import annotations

import random
from collections.abc import Sequence

import pytest

from analytics.language.compact.dictionary import complete, learn_table, words_of
from analytics.language.compact.parallel import Lines, align, grouped
from analytics.language.compact.rows import NEUTRAL, POSITIVE, Row
from analytics.language.compact.translation import Corpus, dictionary, translate, translated

ENGLISH = ["house", "tree", "river", "mountain", "bread", "wine", "good", "bad", "old", "new", "never", "always"]
SPANISH = ["casa", "arbol", "rio", "monte", "pan", "vino", "bueno", "malo", "viejo", "nuevo", "nunca", "siempre"]
LEXICON = dict(zip(ENGLISH, SPANISH, strict=True))
LABELS = [str(number) for number in range(1, 9)]


def _film(count: int, seed: int) -> tuple[list[tuple[str, str]], list[tuple[str, str]]]:
    """The same lines in both languages with the same labels."""
    dice = random.Random(seed)
    english, spanish = [], []
    for _ in range(count):
        words, label = dice.sample(ENGLISH, 4), dice.choice(LABELS)
        english.append((" ".join(words), label))
        spanish.append((" ".join(LEXICON[word] for word in words), label))
    return english, spanish


def _without(lines: Sequence[tuple[str, str]], every: int, start: int) -> list[tuple[str, str]]:
    return [line for place, line in enumerate(lines) if place % every != start]


def _is_translation(one: str, other: str) -> bool:
    return [LEXICON[word] for word in one.split()] == other.split()


def test_lines_with_gaps_are_aligned_by_their_labels() -> None:
    english, spanish = _film(400, 1)
    english, spanish = _without(english, 9, 3), _without(spanish, 11, 5)
    pairs = align(english, spanish)
    assert len(pairs) > 250
    right = sum(_is_translation(english[i][0], spanish[j][0]) for i, j in pairs)
    assert right / len(pairs) > 0.97
    assert len({i for i, _ in pairs}) == len({j for _, j in pairs}) == len(pairs)
    assert pairs == sorted(pairs)


def test_other_films_are_not_aligned() -> None:
    assert len(align(_film(300, 1)[0], _film(300, 2)[1])) < 15
    assert align([], _film(10, 1)[1]) == []


def test_a_group_has_one_line_of_each_file() -> None:
    english, spanish = _film(300, 3)
    third = _without(spanish, 7, 2)
    lines: dict[str, Lines] = {"en": english, "es": spanish, "pt": third}
    groups = grouped(lines)
    assert len(groups) > 200
    assert all(len(group) > 1 for group in groups)
    for language, rows in lines.items():
        places = [group[language] for group in groups if language in group]
        assert len(set(places)) == len(places) <= len(rows)
    assert (
        sum(_is_translation(english[g["en"]][0], spanish[g["es"]][0]) for g in groups if {"en", "es"} <= g.keys()) > 200
    )


def test_words_are_learned_from_pairs_of_lines() -> None:
    english, spanish = _film(200, 4)
    there = learn_table([(words_of(e), words_of(s)) for (e, _), (s, _) in zip(english, spanish, strict=True)])
    back = learn_table([(words_of(s), words_of(e)) for (e, _), (s, _) in zip(english, spanish, strict=True)])
    found = dictionary(there, back)
    assert {word: options[0] for word, options in found.items()} == LEXICON
    for row in there.values():
        assert sum(row.values()) <= 1.0 + 1e-9
    assert learn_table([]) == {}


def test_annotated_lines_find_their_group() -> None:
    english, spanish = _film(400, 5)
    shown, hidden = list(english[:300]), list(english[300:])
    lines: dict[str, Lines] = {"en": shown, "es": spanish}
    groups = [{"en": place, "es": place} for place in range(300)]
    groups += [{"es": place} for place in range(300, 400)]
    annotated = sorted(hidden)
    found = complete(groups, lines, annotated)
    assert len(found) > 70
    right = sum(_is_translation(annotated[place][0], spanish[group["es"]][0]) for group, place in found)
    assert right / len(found) > 0.9
    assert len({place for _, place in found}) == len(found)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("Good bread!", "bueno pan!"),
        ("the old house http", "viejo casa http"),
        ("nothing is known here", None),
        ("good", None),
        ("", None),
    ],
)
def test_a_post_is_translated_word_by_word(text: str, wanted: str | None) -> None:
    words = {english: [spanish] for english, spanish in LEXICON.items()}
    found = translate(text, words, random.Random(1))
    if wanted is None:
        assert found is None
    else:
        assert found is not None
        assert found.split() == wanted.split()


def test_only_posts_to_learn_from_are_translated_and_for_a_seed_alike() -> None:
    english, spanish = _film(300, 6)
    empty: list[list[str]] = [[] for _ in english]
    corpus = Corpus(
        words={
            "en": [words_of(text) for text, _ in english],
            "es": [words_of(text) for text, _ in spanish],
            **dict.fromkeys(("pt", "br", "it", "fr", "de", "ar"), empty),
        },
        groups=[{"en": place, "es": place} for place in range(300)],
        english=[],
        completed=[],
    )
    rows = [
        Row("good bread and wine", POSITIVE, "goemotions", "goemotions", "en", "train"),
        Row("old house new tree", NEUTRAL, "xed", "xed-annotated-en", "en", "train"),
        Row("good good old house", POSITIVE, "xed", "xed-annotated-en", "en", "train"),
        Row("bad bread bad wine", POSITIVE, "goemotions", "goemotions", "en", "test"),
        Row("good bread and wine", POSITIVE, "smsa", "smsa", "id", "train"),
    ]
    found = translated(rows, corpus, seed=7)
    assert found == translated(rows, corpus, seed=7)
    assert {row.language for row in found} == {"es"}
    assert [(row.label, row.dataset) for row in found] == [(POSITIVE, "tr-goemotions"), (NEUTRAL, "tr-xed")]
    assert found[1].text.split() == ["viejo", "casa", "nuevo", "arbol"]
    assert all(row.part == "train" and row.weight < 1 for row in found)
