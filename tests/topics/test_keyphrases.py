"""Keyphrases of ordinary posts, and how much is read of long ones and of many."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analytics.insights.contracts import Period
from analytics.listening.models import Query
from analytics.mentions.models import Mention
from analytics.topics import keyphrases as reading
from analytics.topics.discovery import wording
from analytics.topics.discovery.keyness import Found, keyphrases
from analytics.topics.discovery.segment import LEAST_VARIETY, LONGEST, learn_words
from analytics.topics.discovery.vocabulary import Post
from analytics.topics.discovery.wording import read, words_of
from tests.mentions.sample import NOON
from tests.topics.talk import said, store_talk

OATS = ["我喜欢燕麦奶拿铁", "这家的燕麦奶很香", "燕麦奶太贵了", "换成燕麦奶吧"]
COFFEE = ["拿铁很香", "冰拿铁太贵了", "一杯拿铁吧", "店员很热情", "排队太久了", "今天又排队"]
FORTNIGHT = Period(NOON.date(), NOON.date() + timedelta(days=13))


def ordinary() -> tuple[list[Post], list[Post]]:
    dice = Random(7)
    mine = [(f"{text} tram strike of the year", "en") for text, _, _ in said(40, seed=2, languages=("en",))]
    mine += [
        ("，".join(dice.choice(OATS) if dice.random() < 0.6 else dice.choice([*OATS, *COFFEE]) for _ in range(3)), "zh")
        for _ in range(60)
    ]
    others = [(text, language) for text, language, _ in said(300, seed=1)]
    others += [("，".join(dice.choice(COFFEE) for _ in range(3)), "zh") for _ in range(90)]
    return (
        [Post(words_of(text, language=of), of, n % 70) for n, (text, of) in enumerate(mine)],
        [Post(words_of(text, language=of), of, (1_000 + n) % 200) for n, (text, of) in enumerate(others)],
    )


def test_ordinary_posts_have_the_keyphrases_that_they_had() -> None:
    """Figures of the plain, slow algorithm that came first."""
    mine, others = ordinary()
    found = keyphrases(mine, others, limit=12)
    assert [(each.text, each.posts, each.of, each.others, each.others_of, each.score) for each in found.phrases] == [
        ("tram strike", 40, 40, 0, 142, 191.69),
        ("year", 40, 40, 0, 142, 191.69),
        ("这家的燕麦奶很香", 31, 60, 0, 90, 69.74),
        ("我喜欢燕麦奶拿铁", 27, 60, 0, 90, 58.84),
        ("换成燕麦奶吧", 27, 60, 0, 90, 58.84),
        ("燕麦奶太贵了", 25, 60, 0, 90, 53.67),
    ]
    assert (found.phrases[0].ratio, found.phrases[0].ratio_low, found.phrases[0].authors) == (285.0, 17.9134, 40)
    frequent = keyphrases(mine, others, limit=12, frequent=True)
    assert [(each.text, each.posts, each.authors, each.others) for each in frequent.phrases[6:]] == [
        ("冰拿铁太贵了", 10, 10, 39),
        ("shipment", 8, 8, 16),
        ("sweet", 8, 8, 16),
        ("bitter", 8, 8, 18),
        ("beans", 7, 7, 15),
        ("cheap", 7, 7, 16),
    ]
    assert found.beginnings == 0


def plainly_learnt(runs: list[tuple[str, ...]]) -> set[tuple[str, ...]]:
    """Every string of 2 to 8 characters whose uses, and those of all its parts, are 3, by counting them all."""
    uses: Counter[tuple[str, ...]] = Counter()
    beside: dict[tuple[str, ...], tuple[set[object], set[object]]] = {}
    for number, run in enumerate(runs):
        for start in range(len(run)):
            for end in range(start + 1, min(len(run), start + LONGEST) + 1):
                uses[run[start:end]] += 1
                before, behind = beside.setdefault(run[start:end], (set(), set()))
                before.add(run[start - 1] if start else (number, start))
                behind.add(run[end] if end < len(run) else (number, end))
    return {
        piece
        for piece, n in uses.items()
        if len(piece) > 1 and n >= 3 and min(map(len, beside[piece])) >= LEAST_VARIETY
    }


@settings(max_examples=150, deadline=None)
@given(st.lists(st.text(alphabet="奶拿铁茶香", max_size=12).map(tuple), max_size=30))
def test_words_are_learnt_as_counting_every_string_would(runs: list[tuple[str, ...]]) -> None:
    assert learn_words(runs) == plainly_learnt(runs)


PIECES = st.sampled_from(
    ["我喜欢燕麦奶", "，", "the parcel was ", "late ", "@shop.example ", "@a.b.c@d.example", "#客服 ", "https://x.example/",
     " ", "\u00ad", "\u200d", "e\u0301", "👨\u200d👩\u200d👧", "กำ", "[email] ", "12 ", "\x00", "\ud800", "@", "x" * 30,
     "@" + "ab." * 90 + "é ", "@n@" + "cd." * 60 + "字"]
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(st.lists(PIECES, min_size=20, max_size=150).map("".join), st.integers(1, 900))
def test_the_words_that_count_are_the_same_however_much_is_looked_at_first(text: str, enough: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(wording, "_USUALLY_ENOUGH", (enough, enough))
        early = read(text, language="en")
        patch.setattr(wording, "_USUALLY_ENOUGH", (wording.MOST_CHARACTERS,) * 2)
        assert early == read(text, language="en")


@pytest.mark.parametrize(
    ("text", "whole"),
    [("the parcel was late", True), ("parcel " * 60, True), ("parcel " * 61, False), ("奶" * 480, True),
     ("奶" * 481, False), ("parcel " + "." * 4_000, False), ("", True), ("12 " * 1_400, False)],
)  # fmt: skip
def test_it_is_known_whether_all_of_a_text_was_read(text: str, whole: bool) -> None:
    found = read(text, language="en")
    assert found.whole is whole
    assert len(found.words) <= found.looked_at <= 4_000


def test_posts_of_which_only_the_beginning_counts_are_counted() -> None:
    mine, others = ordinary()
    long = " ".join(f"{text} tram strike" for text, _, _ in said(30, seed=3, languages=("en",)))
    words, _, whole = read(long, language="en")
    articles = [Post(words, "en", 500 + n, whole) for n in range(4)]
    # 70 words of a script without spaces: all are read, but 60 are enough to tell what a post is about.
    talkative = [Post(words_of("，".join(OATS * 40), language="zh"), "zh", 600)]
    found: Found = keyphrases([*mine, *articles[:3]], [*others, *articles[3:], *talkative], limit=5)
    assert found.beginnings == 5
    assert keyphrases([*mine[:40], *articles[:3]], others[:9], limit=5).beginnings == 0, "what is not read is not cut"


@pytest.mark.usefixtures("in_client")
def test_of_long_stories_fewer_are_read_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    query = Query.objects.create(name="Juniper", kind="brand", text="juniper")
    ids = store_talk(said(80, seed=1, languages=("en",)), query.id)
    asked: dict[str, Any] = {"period": FORTNIGHT, "zone": "UTC", "query_id": None, "limit": 5, "frequent": True}
    found = reading.phrases_of(**asked)
    assert (found.population, found.stories, found.others, found.beginnings, found.complete) == (40, 40, 40, 0, True)
    Mention.objects.filter(id__in=ids).update(text="，".join(OATS * 200), language="zh")
    monkeypatch.setattr(reading, "MOST_WORDS_READ", 480 * 12)
    found = reading.phrases_of(**asked)
    assert (found.population, found.stories, found.others, found.beginnings, found.complete) == (40, 12, 12, 24, False)
    assert all(each.of == 12 and each.others_of == 12 for each in found.phrases)
    assert found.phrases
