"""Whatever is written: never an exception, never anything left out silently."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.listening.dialects.translate import DIALECTS, translate
from analytics.listening.query import parse
from analytics.listening.text import scan

DIALECT = st.sampled_from(sorted(DIALECTS))
# Each word is its own, so that it can be looked for in what comes out.
WORDS = [f"word{number}x" for number in range(6)]
SYMBOLS = st.sampled_from(
    [
        *WORDS, *(f'"{a} {b}"' for a, b in pairwise(WORDS)), "#word1x", "@word2x", "word3x*", "(", ")", "AND", "OR",
        "NOT", "and", "near", "NEAR/3", "ONEAR/2", "NEAR/2f", "-", "+", "++", "~5", "{Word4x}", "title:", "lang:en",
        "title:word1x", "author:word2x", "foo:word3x", "site:(", "rating:[1 TO 3]", "[", "{", '"', "<<<", ">>>", "|",
        "SENTENCE", "<<<word5x>>>", "&&", "catf/2", "followers:>3", "keywords:", "required:", "excluded:", "\n", ",",
    ]
)  # fmt: skip


def _check(text: str, dialect: str) -> None:
    found = translate(text, dialect=dialect)
    if found.text is None:
        assert any(note.severity == "error" for note in found.notes)
    else:
        parse(found.text)
        assert not any(note.severity == "error" for note in found.notes)
    covered: set[int] = set()
    for note in found.notes:
        assert 0 <= note.position <= note.position + note.length <= len(text)
        assert text[note.position : note.position + min(note.length, 100)].startswith(note.token[:100])
        covered.update(range(note.position, note.position + note.length))
    for start, end in found.translated:
        covered.update(range(start, end))
    left_out = {text[place] for place in range(len(text)) if place not in covered}
    separators = {",", ";"} if dialect == "brand24" else set()
    assert {character for character in left_out if not character.isspace()} <= separators, (text, left_out)


@given(st.text(max_size=200), DIALECT)
def test_no_text_raises_and_every_character_is_accounted_for(text: str, dialect: str) -> None:
    _check(text, dialect)


@given(st.lists(SYMBOLS, max_size=14), DIALECT)
def test_no_mixture_of_symbols_raises_and_all_are_accounted_for(parts: list[str], dialect: str) -> None:
    _check(" ".join(parts), dialect)


@given(st.lists(SYMBOLS, max_size=14), DIALECT)
def test_every_word_comes_out_in_the_translation(parts: list[str], dialect: str) -> None:
    text = " ".join(parts)
    found = translate(text, dialect=dialect)
    if found.text is None:
        return
    wanted = {word for word in scan(text).words if word.startswith("word")}
    assert wanted <= set(scan(found.text).words)


@pytest.mark.parametrize("dialect", sorted(DIALECTS))
@pytest.mark.parametrize(
    "text",
    ["(" * 20_000, ")" * 20_000, "a(" * 10_000, '"' * 20_000, "{" * 20_000, "<<<" * 6_000, "a NEAR/3 " * 2_200,
     "a OR " * 4_000, "NOT " * 5_000, "title:" * 3_000, "title:(" * 2_800, "a~" * 10_000, "+" * 20_000, "a:" * 10_000,
     "(a OR b) NEAR/2 " * 1_200, "a\x00b \ud800 c", "," * 20_000, "a, " * 6_000],
)  # fmt: skip
def test_hostile_texts_come_to_an_end(dialect: str, text: str) -> None:
    found = translate(text, dialect=dialect)

    assert found.text is not None or found.notes
