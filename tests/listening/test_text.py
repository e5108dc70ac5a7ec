"""The tokeniser: tokens, tags, offsets, and texts that would like to break it."""

from __future__ import annotations

import pytest

from analytics.listening.text import Token, tokenise, tokens, vocabulary


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        (" \n\t", []),
        ("Flat white, please!", ["flat", "white", "please"]),
        ("don't", ["don", "t"]),
        ("7.5 GB", ["7", "5", "gb"]),
        ("love #Café", ["love", "#cafe", "cafe"]),
        ("#東京", ["#東京", "東", "京"]),
        ("今日は#東京 です", ["今", "日", "は", "#東京", "東", "京", "で", "す"]),
        ("#coffee_shop", ["#coffee_shop", "coffee", "shop"]),
        ("＃ｃａｆｅ", ["#cafe", "cafe"]),
        ("@Acme hi", ["@acme", "acme", "hi"]),
        ("@acme.example.", ["@acme.example", "acme", "example"]),
        ("@Acme.Thanks", ["@acme", "acme", "thanks"]),
        ("@acme@social.example!", ["@acme@social.example", "acme", "social", "example"]),
        ("@acme-shop", ["@acme", "acme", "shop"]),
        ("write to info@acme.example", ["write", "to", "info", "acme", "example"]),
        ("C#sharp page#top", ["c", "sharp", "page", "top"]),
        ("it&#39;s", ["it", "39", "s"]),
        ("##cafe @@acme", ["#cafe", "cafe", "@acme", "acme"]),
        ("# cafe @ acme #_ @__", ["cafe", "acme"]),
        ("1️⃣ #️⃣", ["1"]),
        ("buy $ACME, ＄acme", ["buy", "$acme", "acme", "$acme", "acme"]),
        ("$BRK.B is $brk-b", ["$brk.b", "brk", "b", "is", "$brk.b", "brk", "b"]),
        ("$ACME.In fact", ["$acme", "acme", "in", "fact"]),
        ("$ACMEを買う", ["$acme", "acme", "を", "買", "う"]),
        ("$50 US$x $abcdefg $a_b $acmé", ["50", "us", "x", "abcdefg", "a", "b", "acme"]),
        ("ok👍🏽👨‍👩‍👧❤️", ["ok", "👍", "👨‍👩‍👧", "❤"]),
        ("Acme™ ©2024", ["acme", "2024"]),
        (
            "https://acme.example/cafe?x=1#menu",
            ["https", "acme", "example", "cafe", "x", "1", "menu"],
        ),
        ("नमस्ते दुनिया", ["नमस्ते", "दुनिया"]),
        ("กาแฟดี", ["ก", "า", "แ", "ฟ", "ดี"]),
        ("\x00a\x00b\ud83d", ["a", "b"]),
        ("\u0301\ufe0f\u200d", []),
    ],
)
def test_tokens(text: str, expected: list[str]) -> None:
    assert tokens(text) == expected
    assert vocabulary(text) == set(expected)


def test_offsets_point_into_the_text_as_given() -> None:
    text = "İ ﬁne #東京 ﷺ end"
    assert [(token.key, text[token.start : token.end]) for token in tokenise(text)] == [
        ("i", "İ"),
        ("fine", "ﬁne"),
        ("#東京", "#東京"),
        ("東", "東"),
        ("京", "京"),
        ("صلياللهعليهوسلم", "ﷺ"),
        ("end", "end"),
    ]


def test_a_tag_shares_its_position_with_its_first_word_and_is_as_wide_as_its_words() -> None:
    assert tokenise("x #ab_c y") == [
        Token("x", 0, 1, 0),
        Token("#ab_c", 2, 7, 1, width=2),
        Token("ab", 3, 5, 1),
        Token("c", 6, 7, 2),
        Token("y", 8, 9, 3),
    ]


def test_only_characters_that_follow_directly_are_glued() -> None:
    assert [token.glued for token in tokenise("東京 タ\u200bワ、a")] == [False, True, False, True, False]


@pytest.mark.parametrize(
    "unit",
    ["a", "a ", "東", "ก็", "@a", "@a.", "@a.b", "@a-", "@a@b.c", "#", "#_", "é@", "&#", "a\u0301", "\u0301", "\u200d",
     "a\u200d", "👩\u200d", "🇩", "$", "$a", "$a.", "$a-b", "\u202e", "\x00", "\ud800", "東\u200b"],
)  # fmt: skip
def test_a_megabyte_of_anything_is_read(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    found = vocabulary(text)
    assert len(found) <= 6
    # Quadratic work would not end within a test run: these are the inputs on which it would show.


@pytest.mark.parametrize("head", ["a", "東", "क", "#", "@é"])
def test_half_a_million_marks_on_one_letter_are_read(head: str) -> None:
    text = head + "\u0315\u0300" * 250_000  # normalising this as it is takes quadratic time
    assert len(tokens(text)) <= 2
