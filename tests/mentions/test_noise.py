"""Noise scores: each feature shows as a reason, ordinary posts have none, and little to go by is no judgement."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analytics.mentions.noise import LEVELS, MODEL, NOISY, UNKNOWN, Surroundings, judge, judge_texts, threshold
from analytics.mentions.noise.phrases import PHRASES
from analytics.sources.corpus import corpus

SPAM = (
    "FREE BITCOIN!!!! 🚀🚀🚀🚀🚀 the airdrop is live, join our telegram https://t.me/x #crypto #btc #eth #moon #gem",
    "make money fast 💰💰💰💰 DM for promo https://bit.ly/a https://bit.ly/b https://bit.ly/c",
    "follow back F4F #follow #f4f #gain #followers #like #likeforlike",
    "Gewinnspiel! Jetzt gewinnen, link in der Bio #win #gewinn #gratis #free #love #like #follow #share #top #wow",
    "заработок в интернете! пишите в телеграм https://t.me/x быстрый заработок",
    "簡単に稼げる！副業で稼ぐ 詳しくはプロフへ https://bit.ly/x",
    "hot singles near you, sexcam https://tinyurl.com/x",
)


def codes(text: str, around: Surroundings = UNKNOWN) -> set[str]:
    return {reason.code for reason in judge(text, around).reasons}


@pytest.mark.parametrize("text", SPAM)
def test_what_is_plainly_spam_is_noisy_and_says_why(text: str) -> None:
    found = judge(text)
    assert found.spam is not None
    assert found.spam >= NOISY
    assert found.reasons
    assert found.bot is None


def test_ordinary_posts_are_not() -> None:
    """The synthetic corpus holds no spam: none of its posts may be called so. (That is a check of false alarms on
    invented posts, and no measure of how well spam is found.)"""
    texts = [post.text for post in corpus(seed=2, posts=3_000).posts]
    assert sum(judge(text).noise >= NOISY for text in texts) == 0


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("look https://a.example/b", "link_density"),
        ("some of the things we liked " + "https://a.example/b " * 3, "many_links"),
        ("you should see this one thing here today https://bit.ly/x", "hidden_links"),
        ("#a1 #b2 #c3 #d4 #e5 bread", "hashtag_stuffing"),
        ("@a1 @b2 @c3 @d4 @~abcdefghij bread", "mention_stuffing"),
        ("good bread 🥐🥐🥐🥐", "emoji_runs"),
        ("THIS IS THE BEST BREAD IN TOWN", "capitals"),
        ("best bread!!!!", "exclamations"),
        ("раypal верните dеnеg", "disguised_letters"),
        ("bread bread bread bread bread bread rolls now", "repeated_word"),
        *((phrases[language][0], f"phrases_{theme}") for theme, phrases in PHRASES.items() for language in phrases),
    ],
)
def test_each_feature_of_a_text_is_named(text: str, code: str) -> None:
    assert code in codes(text)


@pytest.mark.parametrize(
    ("around", "code"),
    [
        (Surroundings(copies_by_others=8), "repeated_by_others"),
        (Surroundings(recent_posts=12, recent_texts=2), "repeated_by_author"),
        (Surroundings(recent_posts=12, recent_texts=2), "template_posts"),
        (Surroundings(recent_posts=60, recent_texts=60), "posts_a_day"),
        (Surroundings(gaps=(600.0,) * 9), "regular_gaps"),
        (Surroundings(gaps=(5.0, 40.0, 2.0, 90.0, 1.0, 60.0, 3.0, 70.0)), "rapid_posts"),
        (Surroundings(verified=True), "known_account"),
        (Surroundings(followers=20_000), "many_followers"),
    ],
)
def test_each_feature_of_what_is_around_is_named(around: Surroundings, code: str) -> None:
    assert code in codes("a loaf of rye bread", around)


def test_the_score_is_the_logistic_of_the_sum_of_its_reasons() -> None:
    for text in SPAM:
        found = judge(text, Surroundings(copies_by_others=3, recent_posts=40, recent_texts=5, gaps=(30.0,) * 10))
        for name, score in (("spam", found.spam), ("bot", found.bot)):
            points = -4.0 + sum(reason.points for reason in found.reasons if reason.of == name)
            assert score == pytest.approx(1 / (1 + math.exp(-points)), abs=1e-4)
        assert found.noise == max(found.spam or 0, found.bot or 0)
        assert found.model == MODEL


def test_a_program_is_told_by_how_it_posts_and_people_are_not() -> None:
    program = judge("12 degrees", Surroundings(recent_posts=48, recent_texts=3, gaps=(1800.0,) * 20)).bot
    person = judge(
        "12 degrees", Surroundings(recent_posts=7, recent_texts=7, gaps=(60, 9000, 300, 40, 86000, 700, 5, 90))
    ).bot
    assert program is not None
    assert person is not None
    assert program > 0.9 > 0.1 > person


def test_syndication_alone_is_no_spam() -> None:
    found = judge("The council said on Monday that the market will open", Surroundings(copies_by_others=200))
    assert found.spam is not None
    assert found.spam < NOISY
    assert "repeated_by_others" not in codes("The council said", Surroundings(copies_by_others=200, kind="repost"))


def test_too_little_to_go_by_is_no_judgement() -> None:
    for text in ("", "🥐🥐", "!!!", "\x00"):
        assert judge(text).spam is None
        assert judge(text).noise == 0
    assert judge("bread", Surroundings(recent_posts=4, recent_texts=1, gaps=(1.0,) * 7)).bot is None
    assert judge("bread", Surroundings(recent_posts=400, recent_texts=1, brand=True)).bot is None


def test_levels_hide_ever_more() -> None:
    limits = [threshold(level) for level in LEVELS]
    assert limits[0] is None
    assert limits[1:] == sorted((limit for limit in limits if limit is not None), reverse=True)
    with pytest.raises(KeyError):
        threshold("max")


def test_among_plain_texts_copies_are_told_and_the_order_is_kept() -> None:
    texts = ["what a lovely bakery that is", "nothing to see", "What a lovely bakery that is!! https://x.example", ""]
    found = judge_texts(texts)
    assert [judge(text).reasons for text in texts][1] == found[1].reasons == ()
    assert {reason.code for reason in found[0].reasons} == {"repeated_by_others"}
    assert "repeated_by_others" in {reason.code for reason in found[2].reasons}
    assert found[3].spam is None


@given(st.text(max_size=300), st.integers(0, 500), st.lists(st.floats(0, 1e9), max_size=50))
def test_any_text_and_any_author_will_do(text: str, posts: int, gaps: list[float]) -> None:
    around = replace(UNKNOWN, recent_posts=posts, recent_texts=posts // 2, gaps=tuple(gaps), copies_by_others=posts)
    found = judge(text, around)
    assert 0 <= found.noise <= 1
    assert [abs(reason.points) for reason in found.reasons] == sorted(
        (abs(reason.points) for reason in found.reasons), reverse=True
    )


def test_hostile_texts_are_read_in_part() -> None:
    for piece in (
        "#a ",
        "@a ",
        "https://a.example ",
        "\u0301",
        "🥐",
        "!",
        "free bitcoin ",
        "\ud800",
        "\u202e",
        "抽選で",
    ):
        judge(piece * (1_000_000 // len(piece)))
