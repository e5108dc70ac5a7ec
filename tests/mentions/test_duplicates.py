"""Which texts count as the same: measured on edits that copying makes, and on texts that only sound alike."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.listening.text import scan
from analytics.mentions.duplicates import (
    ALIKE,
    Wording,
    alike,
    normalised,
    wordings,
)
from analytics.sources.corpus import corpus

NEWS = (
    "The bakery on Market Street will open a second shop in the old post office next spring, the owners said on "
    "Monday, and expects to hire twelve people from the neighbourhood."
)
SAME_NEWS = {
    "de": "Die Bäckerei in der Market Street eröffnet im nächsten Frühjahr ein zweites Geschäft in der alten Post, "
    "sagten die Inhaber am Montag, und will zwölf Leute aus der Nachbarschaft einstellen.",
    "fr": "La boulangerie de Market Street ouvrira au printemps prochain une deuxième boutique dans l’ancienne poste, "
    "ont annoncé lundi ses propriétaires, et compte embaucher douze personnes du quartier.",
    "ja": "マーケット通りのパン屋は来春、旧郵便局に二号店を開くと店主が月曜日に語り、"
    "近所から十二人を雇う予定だという。",
    "th": "ร้านเบเกอรี่บนถนนมาร์เก็ตจะเปิดสาขาที่สองในที่ทำการไปรษณีย์เก่าในฤดูใบไม้ผลิหน้า เจ้าของกล่าวเมื่อวันจันทร์",
}


def wording(text: str) -> Wording:
    (found,) = wordings([text])
    assert found is not None
    return found


def is_found(one: str, other: str) -> bool:
    """Whether two texts would come to share a story: they are alike, and a key that both have tells to compare them."""
    mine, theirs = wordings([one, other])
    if mine is None or theirs is None:
        return False
    keys = set(enumerate(mine.bands)) & set(enumerate(theirs.bands))
    return mine.key == theirs.key or (bool(keys) and alike(mine, theirs))


@pytest.mark.parametrize(
    "copy",
    [
        NEWS.upper(),
        f"RT @~abcdefghij: {NEWS}",
        f"@~abcdefghij @~klmnopqrst {NEWS}",
        f"{NEWS} https://news.example/a?b=c",
        f"🔥🔥 {NEWS} 🥐",
        NEWS.replace(",", " –").replace("bakery", "ba\u00adkery"),
    ],
)
def test_what_copying_adds_makes_no_other_text(copy: str) -> None:
    assert wording(copy).key == wording(NEWS).key


@pytest.mark.parametrize(
    "edited",
    [
        NEWS.replace("Monday", "Tuesday"),
        NEWS.replace("twelve", "12"),
        NEWS[:90] + "…",
        NEWS[:120] + "...",
        "Breaking: " + NEWS + " More soon.",
        NEWS.replace("The bakery", "A bakery"),
        SAME_NEWS["ja"].replace("十二", "十五"),
        SAME_NEWS["th"].replace("จันทร์", "ศุกร์"),
    ],
)
def test_a_small_edit_is_the_same_story(edited: str) -> None:
    original = next(text for text in (NEWS, *SAME_NEWS.values()) if text[:5] in edited or text[20:30] in edited)
    assert is_found(original, edited)
    assert is_found(edited, original)


def test_translations_are_stories_of_their_own() -> None:
    for one, other in combinations((NEWS, *SAME_NEWS.values()), 2):
        assert not is_found(one, other)


def test_short_texts_are_only_compared_exactly_and_shorter_ones_not_at_all() -> None:
    assert wordings(["I love it!", "😀😀😀😀😀", "", "https://only.example/link"]) == [None] * 4
    assert not wording("what a lovely little bakery").bands
    assert is_found("what a lovely little bakery", "What a LOVELY little bakery!!")
    assert not is_found("what a lovely little bakery", "what a lovely little cafe")


def _texts() -> list[str]:
    rng = random.Random(5)
    by_language: dict[str, list[str]] = {}
    for post in corpus(seed=3, posts=3_000).posts:
        by_language.setdefault(post.language, []).append(post.text)
    made = [
        " ".join(rng.sample(texts, min(len(texts), size)))
        for texts in by_language.values()
        for size in (1, 1, 2, 2, 3, 5)
        for _ in range(8)
    ]
    return [text for text, found in zip(made, wordings(made), strict=True) if found is not None and found.bands]


def _word_changed(text: str, rng: random.Random) -> str:
    words = text.split(" ")
    if len(words) < 6:  # no spaces in this script: a character is its word
        place = rng.randrange(len(text))
        return f"{text[:place]}{'猫' if text[place] != '猫' else '犬'}{text[place + 1 :]}"
    words[rng.randrange(len(words))] = "zebra"
    return " ".join(words)


EDITS: dict[str, tuple[Callable[[str, random.Random], str], float]] = {
    "one word": (_word_changed, 0.75),
    "cut": (lambda text, rng: text[: int(len(text) * rng.uniform(0.5, 0.9))].rstrip() + "…", 0.75),
    "link": (lambda text, _: f"{text} https://news.example/x1", 1.0),
    "retweet": (lambda text, _: f"RT @~abcdefghij: {text}", 1.0),
    "more at the end": (lambda text, _: f"{text} via the daily news", 0.95),
    "more before it": (lambda text, _: f"Breaking: {text}", 0.95),
}


@pytest.mark.parametrize("name", list(EDITS))
def test_recall_on_edits(name: str, record_property: Callable[[str, object], None]) -> None:
    """Of the texts that were edited, so many are found; of one-word edits those in short texts are missed, where one
    word is a third of all shingles. Of pairs that are alike, the keys tell nearly all."""
    edit, least = EDITS[name]
    rng = random.Random(11)
    pairs = [(text, edit(text, rng)) for text in _texts()]
    found = sum(is_found(*pair) for pair in pairs)
    read = [wordings(pair) for pair in pairs]
    similar = sum(one is not None and other is not None and alike(one, other) for one, other in read)
    record_property("recall", found / len(pairs))
    print(f"{name}: {found} of {len(pairs)} found, {similar} alike")
    assert found >= least * len(pairs)
    assert found >= 0.97 * similar


def test_precision_on_texts_that_share_no_origin() -> None:
    """Pairs of different texts of the corpus whose words are not mostly the same: none may be called the same."""
    texts = list(dict.fromkeys(_texts()))[:160]
    read = [wording(text) for text in texts]
    sets = [set(normalised(text)) for text in texts]
    wrong = tried = 0
    for one, other in combinations(range(len(texts)), 2):
        if len(sets[one] & sets[other]) < 0.5 * len(sets[one] | sets[other]):
            tried += 1
            wrong += alike(read[one], read[other])
    assert tried > 9_000
    assert wrong == 0


def test_the_threshold_is_jaccard_of_three_word_shingles() -> None:
    words = [f"w{number}" for number in range(30)]
    changed = [*words[:26], *(f"x{number}" for number in range(4))]  # 24 of 28 shingles each, 24 / 32 in all
    assert alike(wording(" ".join(words)), wording(" ".join(changed)))
    fewer = [*words[:23], *(f"x{number}" for number in range(7))]  # 21 / 35, exactly the threshold
    assert ALIKE == 21 / 35
    assert alike(wording(" ".join(words)), wording(" ".join(fewer)))
    too_few = [*words[:22], *(f"x{number}" for number in range(8))]
    assert not alike(wording(" ".join(words)), wording(" ".join(too_few)))


def test_keys_are_the_same_in_every_process_and_release() -> None:
    """They are stored: another rensa or another arithmetic would part old texts from new ones unseen."""
    found = wording(NEWS)
    assert found.key.hex() == "a9f098d2abf0bc1248063da7a8fb602e"
    assert found.bands == (
        -3353802169967666846,
        -1575419699178492975,
        -4714765270948478055,
        6131421689988624358,
        5220373962011973719,
    )


@given(st.text(max_size=200) | st.text(alphabet="RT @~ab:…. \x00\ud800\u202e\u0301", max_size=80))
def test_any_text_will_do(text: str) -> None:
    (found,) = wordings([text])
    assert found is None or alike(found, found)
    assert (found is None) == (wordings([text, NEWS])[0] is None)


@given(st.lists(st.sampled_from([NEWS, *SAME_NEWS.values(), "x" * 50, "rye bread " * 30, "a b c d e f g h i"])))
def test_a_text_is_the_same_whatever_it_is_read_with(texts: list[str]) -> None:
    assert wordings(texts) == [wordings([text])[0] for text in texts]


def test_what_was_scanned_before_makes_no_difference() -> None:
    texts = [
        NEWS,
        f"RT @~abcdefghij: {NEWS}",
        f"{NEWS} https://x.example",
        NEWS[:90] + "…",
        SAME_NEWS["ja"],
        "",
        "@~abcdefghij hi",
    ]
    assert wordings(texts, [scan(text) for text in texts]) == wordings(texts)
    assert wordings(texts, [None] * len(texts)) == wordings(texts)


def test_hostile_lengths_take_no_longer_than_their_length() -> None:
    huge = [
        "a " * 500_000,
        "\u0301" * 1_000_000,
        "@" * 1_000_000,
        "RT @a " * 150_000,
        "http://" * 140_000,
        "…" * 300_000,
    ]
    assert len(wordings(huge)) == len(huge)
    long_one = " ".join(f"w{number}" for number in range(15_000))
    assert len(wording(long_one).shingles) == 4 * 400
    assert alike(wording(long_one), wording(long_one + " and more"))
