"""The compiled tokeniser reads every text as `scan` does: words, places, tags and the hashes of all beginnings."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Iterator
from random import Random
from typing import Literal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.listening.engine.hashing import PREFIX, hash_key, hash_keys, hash_prefix
from analytics.listening.engine.packing import pack
from analytics.listening.engine.reader import Reader
from analytics.listening.engine.tables import load
from analytics.listening.folding import MARKS
from analytics.sources.corpus import corpus
from tests.listening.kernel_tokens import differing, differing_among
from tests.listening.test_properties import SEAMS, WORDS, texts

SEED = 20261122

# Everyday spellings of each script, the second ones as keyboards and file systems that decompose write them.
ORDINARY = {
    "Latin": "Größe naïve façade İstanbul Łódź straße ﬁne", "Vietnamese": "Cà phê sữa đá ngon tuyệt vời",
    "Greek": "Ο καφές ήταν υπέροχος, ευχαριστώ! ΑΘΗΝΑ", "Cyrillic": "Ёлка и мой кофе, м’який йогурт, ќе ѓаво",
    "Arabic": "القهوة كانت ممتازة جداً مُحَمَّد الـكتاب", "Persian": "می\u200cخواهم یک قهوه ۱۲۳",
    "Hebrew": "שָׁלוֹם לכולם, הקפה היה טוב", "Devanagari": "हिन्दी में कॉफ़ी बहुत अच्छी थी, क़लम ज़रूर",
    "Bengali": "কফি খুব ভালো ছিল, ঢাকায়", "Tamil": "காபி மிகவும் நன்றாக கொடு", "Telugu": "కాఫీ చాలా బాగుంది హైదరాబాద్",
    "Sinhala": "කෝපි ඉතා හොඳයි ගේ", "Thai": "กาแฟอร่อยมาก น้ำแข็งเยอะ", "Lao": "ກາເຟແຊບຫຼາຍ ນ້ຳ",
    "Khmer": "កាហ្វេឆ្ងាញ់ណាស់", "Myanmar": "ကော်ဖီ အရမ်းကောင်းတယ်", "Han": "今天的咖啡很好喝，東京。",
    "Kana": "コーヒーがおいしい ｺｰﾋｰ ガ", "Korean": "커피가 정말 맛있어요 ㅋㅋㅋ ㅠㅠ ㅇㅋ",
    "Emoji": "👍🏽 ❤️ 👨\u200d👩\u200d👧 🇩🇪 1️⃣ #カフェ @acme@shop.example $ACME $BRK.B",
}  # fmt: skip
HOSTILE = (
    "", "\0", "a\0b", "\ud83d", "\udc4d\ud83d", "a" * 1_000_000, "東" * 100_000, "a\u0301" * 50_000,
    "a" + "\u0301" * 100_000, "क" + "\u094d" * 100_000, "#" * 100_000, "@a-" * 30_000, "@" + "a-" * 100_000,
    "#a_" * 30_000, "\u202e\u2066abc\u2069" * 10_000, "a" + "\u200d" * 100_000 + "b", "👨\u200d" * 30_000,
    "🇩" * 30_001, "ﷺ" * 5_000, "@a@a.b" * 30_000, "$a" * 30_000, "👍" + "\U000e0020" * 30_000,
    "ᄀ" * 30_000 + "ᅡ" * 30_000, "#" + ("\u0301" * 30 + "#") * 3_000, "東\u200b" * 30_000, "\u0e33" * 3_000,
    "ໜ" * 3_000, "\U0002ffff\u0e33" * 300,
)  # fmt: skip
# Where a letter's neighbours change what it folds to, if anything does.
PLACES = (
    "{}",
    "x{}y",
    "क{}ि",
    "東{}京",
    "#a{}b_{}",
    "か{}\u3099",
    "न{}\u093c",
    "и{}\u0306",
    "{}\u0301{}",
    "👍\u200d{}@{}.b",
)


@pytest.fixture(scope="module")
def reader() -> Reader:
    return Reader(load())


def _mixed(rng: Random) -> str:
    pieces = []
    for _ in range(rng.randrange(14)):
        kind = rng.random()
        if kind < 0.55:
            pieces.append(rng.choice(WORDS))
        elif kind < 0.95:
            pieces.append(rng.choice(SEAMS))
        else:
            pieces.append(chr(rng.choice((rng.randrange(0x3000), rng.randrange(0x20000), rng.randrange(0x110000)))))
    return "".join(pieces)


@settings(max_examples=600, deadline=None)
@given(st.lists(texts, max_size=6))
def test_any_texts_read_as_scan_reads_them(reader: Reader, several: list[str]) -> None:
    assert differing(reader, several) == []


def test_many_adversarial_texts(reader: Reader) -> None:
    rng = Random(SEED)
    before = reader.left_out
    found, count = differing_among(reader, (_mixed(rng) for _ in range(20_000)))
    assert found == []
    # The kernel reads most even of these itself, or the test would compare Python with Python.
    assert reader.left_out - before < count // 10


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
def test_hostile_texts(reader: Reader, text: str) -> None:
    assert differing(reader, ["before #a", text, "after ü"]) == []


@pytest.mark.parametrize("script", ORDINARY)
@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_ordinary_text_needs_no_python(reader: Reader, script: str, form: Literal["NFC", "NFD"]) -> None:
    words = unicodedata.normalize(form, ORDINARY[script]).split(" ")
    before = reader.left_out
    assert differing(reader, words) == []
    assert reader.left_out == before


def test_the_bundled_corpus_needs_hardly_any_python(reader: Reader) -> None:
    by_language = defaultdict(list)
    for post in corpus().posts:
        by_language[post.language].append(post.text)
    for language, posts in by_language.items():
        before = reader.left_out
        assert differing(reader, posts) == [], language
        assert reader.left_out - before <= len(posts) // 100, language


def test_a_batch_overwrites_the_one_before_and_grows_as_it_must(reader: Reader) -> None:
    fresh = Reader(load())
    for several in ([], ["a"], ["b #c"] * 5000, ["ﷺ" * 2000] * 3, ["x" * 3_000_000], ["", "y"]):
        assert differing(fresh, several) == []
    assert len(fresh.read(["z"]).word_keys) < 1 << 21, "memory for very long posts is given back"


def test_hashes() -> None:
    keys = ["", "a", "café", "東京", "\ud800", "#acme", "a" * 300, *WORDS]
    assert hash_keys(keys).tolist() == [hash_key(key) for key in keys]
    assert hash_prefix("caf") == hash_key("caf") ^ PREFIX
    assert hash_key("caf") == 0x3EBF63F0FF3B50B1, "the same in every process"


def test_one_changed_bit_changes_half_of_the_hash() -> None:
    rng = Random(SEED)
    changed = [0] * 64
    tries = 4000
    for _ in range(tries):
        key = [rng.randrange(0x61, 0x2000) for _ in range(rng.randrange(2, 12))]
        other = list(key)
        other[rng.randrange(len(key))] ^= 1 << rng.randrange(13)
        difference = hash_key("".join(map(chr, key))) ^ hash_key("".join(map(chr, other)))
        for bit in range(64):
            changed[bit] += difference >> bit & 1
    assert all(0.4 < count / tries < 0.6 for count in changed)


def test_packing_closes_each_text() -> None:
    packed = pack(["a", "", "\ud800é"])
    assert packed.codes.tolist() == [97, 0, 0, 0xD800, 0xE9, 0]
    assert packed.firsts.tolist() == [0, 2, 3, 6]
    assert len(pack([])) == 0


def _assigned() -> Iterator[str]:
    for code in range(0x110000):
        category = unicodedata.category(chr(code))
        if category not in ("Cn", "Co") or code % 997 == 0:
            yield chr(code)


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_every_character_of_unicode(reader: Reader, place: str) -> None:
    found, count = differing_among(reader, (place.replace("{}", character) for character in _assigned()))
    assert found == []
    assert count > 140_000


@pytest.mark.slow
def test_every_mark_after_letters_of_all_sorts(reader: Reader) -> None:
    rng = Random(SEED)
    marks = [character for character in _assigned() if unicodedata.category(character)[0] == "M"]
    assert len(marks) > 2000, MARKS[:80]
    letters = [character for character in _assigned() if unicodedata.category(character)[0] in "LN"]
    composing = [letter for letter in letters if unicodedata.decomposition(letter)[:1] not in ("", "<")]
    bases = [*rng.sample(composing, 40), *rng.sample(letters, 40), *"iиіугкйøaçक\u0929काがは가ᄀㅏابएกໜ東"]

    def cases() -> Iterator[str]:
        for base in bases:
            yield from (f"{base}{mark}" for mark in marks)
        for letter in letters:
            several = "".join(rng.choices(marks, k=rng.randrange(1, 4)))
            yield f"{letter}{several}{rng.choice(letters)}"
            yield f"#{rng.choice(letters)}{letter}{several}"

    found, _ = differing_among(reader, cases())
    assert found == []
