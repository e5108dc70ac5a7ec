from __future__ import annotations

import unicodedata

import pytest
import regex  # type: ignore[import-untyped, unused-ignore]
from hypothesis import example, given
from hypothesis import strategies as st

from analytics.reports.glyphs import FONT_FOLDER, characters_of, coverage, drawable, font_files
from analytics.reports.printable import BREAK, direction, language_tag, one_line, printable

REPLACEMENT = "\ufffd"


def test_plain_text_stays_as_it_is() -> None:
    text = '#import "x"; *bold* $math$ [ ] `raw` <label> @ref -- "q"'
    assert printable(text, limit=200).replace(BREAK, "") == text


@pytest.mark.parametrize(
    "text",
    [
        "Grüße, ça va? Ελληνικά Кофе Việt Nam",
        "القهوة ممتازة ۱۲۳ پ چ گ",
        "הקפה מצוין",
        "कॉफ़ी अच्छी थी",
        "กาแฟอร่อยมาก",
        "新しい店舗の雰囲気",
        "这家咖啡馆的服务真不错",
        "這家咖啡館的服務真不錯",
        "커피 맛은 좋은데 뷁",
        "বাংলা ਪੰਜਾਬੀ ગુજરાતી தமிழ் తెలుగు ಕನ್ನಡ മലയാളം සිංහල",
        "ລາວ ខ្មែរ မြန်မာ ქართული Հայերեն አማርኛ",
        "😍☕👍🏽🇩🇪1️⃣❤️‍🔥🫠",
        "→ ★ ✓ □ ½ € № 𝓯𝓪𝓷𝓬𝔂",
    ],
)
def test_the_scripts_of_the_world_are_drawn(text: str) -> None:
    shown = printable(text, limit=500).replace(BREAK, "")
    assert (REPLACEMENT in shown) == ("뷁" in text)  # a syllable outside KS X 1001 is seen to be missing
    if "뷁" not in text:
        assert shown == unicodedata.normalize("NFC", text)


def test_what_no_font_draws_is_replaced_visibly() -> None:
    assert printable("a\ue000b 𓀀", limit=20) == f"a{REPLACEMENT}b {REPLACEMENT}"


def test_a_mark_of_another_script_does_not_take_its_base_along() -> None:
    assert printable("z\u0951!", limit=20) == f"z{REPLACEMENT}!"


def test_hidden_and_reordering_characters_are_dropped() -> None:
    assert printable("a\u202eb\u2066c\u2069\ufeff\u00ad\U000e0061d\x00\x1b[e\r\n\tf", limit=20) == "abcd [e f"


def test_lone_surrogates_do_not_break_anything() -> None:
    assert printable("a\ud800b", limit=20) == f"a{REPLACEMENT}b"


def test_stacked_marks_are_capped() -> None:
    assert len(printable("a" + "\u0316" * 40, limit=20)) <= 4


def test_long_text_is_cut_between_whole_characters() -> None:
    assert printable("abcdefgh", limit=5) == "abcd…"
    assert printable("abcde", limit=5) == "abcde"
    assert printable("新しい店舗", limit=5) == "新し…"
    assert printable("👍🏽👍🏽👍🏽", limit=5) == "👍🏽👍🏽…"


def test_long_words_and_addresses_can_break() -> None:
    assert max(map(len, printable("x" * 300, limit=300).split(BREAK))) <= 20
    assert f"/{BREAK}" in printable("https://example.com/a/b?c=d", limit=300)
    assert BREAK not in printable("ordinary words of ordinary length", limit=300)
    assert BREAK not in one_line("x" * 300, limit=300)


@example("000\U0001d185", 3)
@given(st.text(st.characters(), max_size=80), st.integers(1, 40))
def test_anything_becomes_bounded_drawable_text(text: str, limit: int) -> None:
    shown = printable(text, limit=limit).replace(BREAK, "")
    clusters = regex.findall(r"\X", shown)
    assert len(clusters) <= limit
    for cluster in clusters:
        visible = "".join(char for char in cluster if char not in "\u200c\u200d\ufe0e\ufe0f")
        assert not visible or drawable(visible)
    assert one_line(text, limit=limit)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("שלום abc", "rtl"), ("123 مرحبا", "rtl"), ("abc שלום", "ltr"), ("123 😍", "ltr"), ("", "ltr")],
)
def test_direction_follows_the_first_strong_character(text: str, expected: str) -> None:
    assert direction(text) == expected


def test_language_tags_are_reduced_to_what_the_typesetter_takes() -> None:
    assert [language_tag(tag) for tag in ("zh-Hant-TW", "EN_gb", "xx-$$", "und", "", "english", "é")] == [
        "zh",
        "en",
        "xx",
        "und",
        "",
        "",
        "",
    ]


def test_the_fonts_stay_small() -> None:
    sizes = [path.stat().st_size for path in font_files()]
    assert len(sizes) == 27
    assert max(sizes) < 3_000_000
    assert sum(sizes) < 6_500_000
    assert "SIL OPEN FONT LICENSE" in (FONT_FOLDER / "OFL.txt").read_text("utf-8")


def test_coverage_is_read_from_the_files() -> None:
    by_name = dict(zip([path.name for path in font_files()], coverage(), strict=True))
    assert {ord(char) for char in "aZé€Ωяệ\ufffd"} <= by_name["NotoSans-Regular.ttf"]
    assert ord("あ") not in by_name["NotoSans-Regular.ttf"]
    assert 0x1F60D in by_name["NotoColorEmoji.ttf"]  # only reachable through a format 12 table
    assert 0xFFFF not in by_name["NotoSans-Regular.ttf"]


def test_a_file_without_a_character_map_is_refused() -> None:
    with pytest.raises(ValueError, match="character map"):
        characters_of(b"\0\1\0\0" + b"\0\0" + b"\0" * 6)
