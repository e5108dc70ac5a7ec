"""The pure part: words of any script, number of topics, abstaining, matching, naming, and hostile texts."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest

from analytics.topics.discovery.discover import NEW, Tongue, discover
from analytics.topics.discovery.matching import Side, match
from analytics.topics.discovery.model import model_of, pack, unpack
from analytics.topics.discovery.naming import name_of
from analytics.topics.discovery.phrases import collocations, g2
from analytics.topics.discovery.quality import coherence, diversity
from analytics.topics.discovery.segment import cut, learn_words
from analytics.topics.discovery.space import presence
from analytics.topics.discovery.vocabulary import Bags, Post, build, units_of
from analytics.topics.discovery.wording import words_of
from tests.topics.talk import SUBJECTS, posts, said


def keys(text: str, language: str = "en", masked: tuple[int, ...] = ()) -> list[str]:
    return [word.key for word in words_of(text, language=language, masked=masked) if not word.stop]


def labels_of(tongues: list[Tongue], count: int) -> list[int]:
    labels, first = [-1] * count, 0
    for tongue in tongues:
        for place, label in (tongue.labels or {}).items():
            labels[place] = first + label if label >= 0 else -1
        first += len(tongue.topics)
    return labels


def test_nobody_is_a_word() -> None:
    text = "@~k3f7qa2mzd and @acme wrote to [email] from [phone] at https://x.example/late-parcel, RT #Parcel 42"
    assert keys(text) == ["wrote", "parcel"]


def test_what_is_masked_is_left_out() -> None:
    text = "Juniper Bakery has rye"
    assert keys(text, masked=(0, 14)) == ["rye"]
    assert keys(text, masked=(0, 14, 900, 1_000)) == ["rye"]


@pytest.mark.parametrize(
    ("language", "text", "kept"),
    [
        ("de", "Die Bohnen sind nicht mehr frisch", ["bohnen", "frisch"]),
        ("ru", "Это очень вкусный кофе", ["вкусный", "кофе"]),
        ("hi", "यह कॉफ़ी बहुत अच्छी है", ["कॉफ़ी", "अच्छी"]),
        ("ar", "هذه القهوة في المقهى", ["القهوة", "المقهى"]),
    ],
)
def test_function_words_go_in_many_scripts(language: str, text: str, kept: list[str]) -> None:
    import unicodedata

    assert [unicodedata.normalize("NFC", key) for key in keys(text, language)] == [
        unicodedata.normalize("NFC", "".join(word.key for word in words_of(each))) for each in kept
    ]


def test_words_of_scripts_without_spaces_are_learnt() -> None:
    sentences = [
        "我喜欢燕麦奶拿铁",
        "这家的燕麦奶很香",
        "燕麦奶太贵了",
        "换成燕麦奶吧",
        "拿铁很香",
        "冰拿铁太贵了",
        "一杯拿铁吧",
    ]
    runs = [tuple(word.key for word in words_of(text, language="zh")) for text in sentences]
    words = learn_words(runs)
    assert tuple("燕麦奶") in words
    assert tuple("拿铁") in words
    assert next("".join(runs[1][a:b]) for a, b in cut(runs[1], words)) == "燕麦奶"


@pytest.mark.parametrize("seed", [1, 2])
def test_known_subjects_are_found_and_named_by_their_own_words(seed: int) -> None:
    talk = said(900, seed=seed)
    tongues = discover(posts(talk), seed=seed)
    labels = labels_of(tongues, len(talk))
    topics = [topic for tongue in tongues for topic in tongue.topics]
    right = 0
    for number, topic in enumerate(topics):
        subject, count = Counter(talk[at][1:] for at, label in enumerate(labels) if label == number).most_common(1)[0]
        right += count
        own = {word for text in SUBJECTS[subject[0]][subject[1]].split() for word in keys(text, subject[0])}
        first = {word for told in topic.terms[:3] for word in told.key.split()}
        assert first <= own, (name_of(topic.terms), subject)
    assigned = sum(label >= 0 for label in labels)
    assert assigned >= 0.85 * len(talk)
    assert right >= 0.9 * assigned
    assert all(4 <= len(tongue.topics) <= 8 for tongue in tongues)


def test_the_same_posts_give_the_same_topics() -> None:
    talk = posts(said(500, seed=4))
    one, other = discover(talk, seed=3), discover(talk, seed=3)
    assert labels_of(one, 500) == labels_of(other, 500)
    assert [tongue.topics for tongue in one] == [tongue.topics for tongue in other]
    assert pack(model_of(one)) == pack(model_of(other))


def test_nonsense_belongs_to_no_topic() -> None:
    talk = said(900, seed=5, languages=("en",))
    model = model_of(discover(posts(talk), seed=1))
    dice = Random(9)
    every = [word for subject in SUBJECTS["en"].values() for word in subject.split()]
    nonsense = [" ".join(dice.sample(every, 8)) for _ in range(300)]
    unknown = ["zyzzyva quokka " * 3, "", "parcel"]
    read = model.read([(words_of(text, language="en"), "en") for text in [*nonsense, *unknown]])
    assert sum(topic >= 0 for topic, _ in read[:300]) <= 0.35 * 300
    assert [topic for topic, _ in read[300:]] == [-1, -1, -1]
    assert model.read([(words_of("parcel courier late", language="xx"), "xx")]) == [(-1, 0.0)]


def test_a_model_reads_alike_when_it_was_kept() -> None:
    talk = said(600, seed=6)
    tongues = discover(posts(talk), seed=1)
    model, kept = model_of(tongues), unpack(pack(model_of(tongues)))
    asked = [(words_of(text, language=language), language) for text, language, _ in talk]
    assert model.read(asked) == kept.read(asked)
    assert [topic for topic, _ in model.read(asked)] == labels_of(tongues, len(talk))
    assert [model.read([each])[0] for each in asked[:50]] == model.read(asked)[:50], "alone as among others"


def test_what_was_is_gone_on_with_though_more_is_said_and_the_seed_is_another() -> None:
    talk = said(990, seed=7)
    first = labels_of(discover(posts(talk[:900]), seed=1), 900)
    second = labels_of(discover(posts(talk), seed=2, before=[*first, *[NEW] * 90]), 990)
    matched = Counter((a, b) for a, b in zip(first, second, strict=False) if a >= 0)
    kept = sum(max(n for (a, _), n in matched.items() if a == topic) for topic in set(first) - {-1})
    assert kept >= 0.9 * sum(label >= 0 for label in first)


def test_one_persons_word_names_nothing() -> None:
    talk = posts(said(300, seed=8, languages=("en",)))
    mine = [Post([*post.words, *words_of("Wolkenkuckucksheim", language="en")], "en", 7_777) for post in talk[:20]]
    vocabulary, _ = build([*talk, *mine])
    assert "wolkenkuckucksheim" not in vocabulary.number
    told = {term.key for tongue in discover([*talk, *mine], seed=1) for topic in tongue.topics for term in topic.terms}
    assert not any("wolkenkuckucksheim" in key for key in told)


@pytest.mark.parametrize(
    "text",
    ["\x00" * 50, "\ud800 lone \udfff", "a" * 1_000_000, "\u0301" * 100_000, "\u202e\u2066" * 10_000, "字" * 200_000,
     "http://" * 50_000, "@~" * 100_000, "w " * 300_000, "#" * 100_000],
)  # fmt: skip
def test_hostile_texts_are_read_like_any(text: str) -> None:
    talk = posts(said(120, seed=9, languages=("en",)))
    hostile = Post(words_of(text, language="en", masked=(5, 2, 0, 10**9)), "en", 5_000)
    tongues = discover([*talk, hostile], seed=1)
    model_of(tongues).read([(hostile.words, "en")])
    assert len(hostile.words) <= 4_000


@pytest.mark.parametrize(("text", "language"), [("the loaf was " * 2_000, "en"), ("我喜欢燕麦奶" * 2_000, "zh")])
def test_of_an_article_no_more_is_kept_than_counts(text: str, language: str) -> None:
    kept = words_of(text, language=language)
    assert len(kept) <= 480
    assert sum(not unit.stop for unit in units_of(kept, frozenset({tuple("燕麦奶")}))) >= 60


def test_topics_are_matched_by_what_they_share() -> None:
    posts_of = [frozenset(range(start, start + 100)) for start in (0, 100, 200)]
    words = [frozenset({"a", "b"}), frozenset({"c", "d"}), frozenset({"e", "f"})]
    old = [Side("en", each, said_) for each, said_ in zip(posts_of, words, strict=True)]
    new = [
        Side("en", frozenset(range(100, 195)), words[1]),
        Side("en", frozenset(range(60)), words[0]),
        Side("en", frozenset(range(60, 100)), frozenset({"x"})),
        Side("de", posts_of[2], words[2]),
    ]
    found = match(old, new)
    assert dict(found.same) == {0: 1, 1: 0}
    assert found.descents == ((0, 2, 0.4),), "a part that stands for itself split off; another language is another"
    assert match([], new).same == {}
    assert match(old, []).descents == ()


def test_few_shared_posts_are_helped_by_words() -> None:
    old = [Side("en", frozenset({1, 2}), frozenset("abcde"))]
    assert dict(match(old, [Side("en", frozenset({9}), frozenset("abcdf"))]).same) == {0: 0}
    assert dict(match(old, [Side("en", frozenset({9}), frozenset("vwxyz"))]).same) == {}


def test_coherence_and_diversity_are_what_they_are_by_hand() -> None:
    # a and b always together in 2 of 4 posts; c in one other; d in all.
    bags = Bags(np.array([0, 3, 6, 8, 9]), np.array([0, 1, 3, 0, 1, 3, 2, 3, 3], np.int32))
    inside = presence(bags, 4)
    assert coherence(inside, [[0, 1]]) == [pytest.approx(1.0)]
    assert coherence(inside, [[0, 2]]) == [-1.0]
    assert coherence(inside, [[0, 3]]) == [pytest.approx(0.0)]
    assert coherence(inside, [[0]]) == [0.0]
    assert diversity([[1, 2], [2, 3]]) == 0.75


def test_g2_is_dunnings() -> None:
    # Dunning 1993, table 2: "the swiss", 110, 2442, 111, 29114 -> 270.72
    assert g2(110, 110 + 2442, 110 + 111, 110 + 2442 + 111 + 29114) == pytest.approx(270.72, abs=0.01)
    assert g2(1, 100, 100, 200) < 0
    with pytest.raises(ValueError):
        g2(5, 3, 9, 20)


def test_a_phrase_that_every_post_holds_is_one() -> None:
    talk = [Post(words_of(f"{text} tram strike", language="en"), "en", n)
            for n, (text, _, _) in enumerate(said(40, seed=3, languages=("en",)))]  # fmt: skip
    talk += [Post(words_of("strike said the tram driver", language="en"), "en", 100 + n) for n in range(8)]
    _, units = build(talk)
    assert collocations(talk, units).get(("tram", "strike")) == "tram strike"
