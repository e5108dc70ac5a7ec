"""The training script, end to end on a small invented data folder of the real sets' shapes."""

from __future__ import annotations

import gzip
import random
import re
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from analytics.language.compact.calibrate import Scored, balanced_weights, fit_bias, threshold_for
from analytics.language.compact.engine import CompactEngine
from analytics.language.compact.features import Hasher, character_classes
from analytics.language.compact.learn import Recipe
from analytics.language.compact.network import Network, softmax
from analytics.language.compact.rows import NEGATIVE, NEUTRAL, POSITIVE, Row, key_of, read_rows, read_umsab
from analytics.language.compact.train import train

SMALL = Recipe(bits=12, hidden=2, passes=4, batch=128)
WORDS = {"negative": "awful broken sad", "neutral": "table street monday", "positive": "lovely happy thanks"}
FILLING = [f"{a}{b}" for a in ("ka", "lo", "mi", "ru", "te") for b in ("dan", "fer", "gol", "hin", "jus", "pak")]
EMOTION = {"negative": "6", "positive": "5"}


def write(path: Path, lines: list[str], *, packed: bool = False) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    text = "\n".join(lines) + "\n"
    if packed:
        path.with_name(path.name + ".gz").write_bytes(gzip.compress(text.encode("utf-8")))
    else:
        path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with every set, some packed, in the sets' own columns."""
    folder = tmp_path_factory.mktemp("data")
    root = folder / "train"
    dice = random.Random(7)

    def post(label: str) -> str:
        words = [dice.choice(WORDS[label].split()), *dice.sample(FILLING, 5)]
        dice.shuffle(words)
        return " ".join(words)

    def posts(count: int, *labels: str) -> list[tuple[str, str]]:
        return [(post(label), label) for _ in range(count) for label in labels]

    everything = ("negative", "neutral", "positive")
    for split, count in (("train", 220), ("dev", 20), ("test", 30)):
        rows = [f"{text}\t{label}" for text, label in posts(count, *everything)]
        write(root / "afrisenti" / f"hau_{split}.tsv", ["tweet\tlabel", *rows], packed=split == "train")
    head = "id,text,anger,disgust,fear,joy,sadness,surprise"
    flags = {"negative": "1,0,0,0,0,0", "neutral": "0,0,0,0,0,0", "positive": "0,0,0,1,0,0"}
    for split in ("train", "dev", "test"):
        rows = [f'i,"{text}, so",{flags[label]}' for text, label in posts(20, *everything)]
        odd = ['i,"mixed, so",1,0,0,1,0,0', 'i,"surprised, so",0,0,0,0,0,1', 'i,"unlabelled, so",,,,,,']
        write(root / "brighter" / f"ron_{split}.csv", [head, *rows, *odd])
    shared = (root / "afrisenti" / "hau_test.tsv").read_text(encoding="utf-8").split("\n")[1].split("\t")[0]
    write(root / "brighter" / "hau_train.csv", [head, f'i,"{shared} !!",1,0,0,0,0,0'])
    for split in ("train", "dev", "test"):
        numbers = {"negative": "1", "neutral": "2", "positive": "3"}
        rows = [f"{text}\t{numbers[label]}\tid" for text, label in posts(10, *everything)]
        write(root / "goemotions" / f"group_{split}.tsv", [*rows, "unclear\t0\tid", "torn\t1,3\tid"])
    for split in ("train", "valid", "test"):
        write(root / "smsa" / f"{split}.tsv", [f"{text}\t{label}" for text, label in posts(10, *everything)])
    ratings = {"negative": "2", "neutral": "6", "positive": "10"}
    rows = [f"{text}\t08.05.24\t{ratings[label]}\tsomeone\t1\t2" for text, label in posts(40, *everything)]
    write(root / "nsmc" / "reviews_60k.tsv", ["review\tdate\trating\tauthor\treview_id\tmovie_id", *rows])
    rows = [f"{label}\t{text} ! :)" for text, label in posts(220, *everything)]
    write(root / "potts" / "corpus_label_text.tsv", [*rows, "mixed\tso and so ."])
    rows = [f"__label__{label} {text}" for text, label in posts(5, *everything)]
    write(root / "german_robot_talk" / "emotions.txt", rows)
    for name, label in (("neg", "negative"), ("neu", "neutral"), ("pos", "positive")):
        write(root / "wisesight" / f"{name}.txt", [text for text, _ in posts(30, label)])
    write(root / "arabic_emoji_tweets" / "tweets.tsv", ["pos\tkalam 😀 jamil", "neg\tkalam 😡 say'", "neg\t😡"])
    for code in ("en", "fi"):
        rows = [f"{text}\t{EMOTION[label]}" for text, label in posts(30, "negative", "positive")]
        write(root / "xed" / "annotated" / f"{code}-annotated.tsv", [*rows, "torn\t1, 5", "unclear\t2"])
        neutral = [f"{number}\t{text}" for number, (text, _) in enumerate(posts(10, "neutral"))]
        write(root / "xed" / "annotated" / f"neu_{code}.txt", neutral)
    for code in ("de", "it", "tw"):
        rows = [f"{text}\t{EMOTION[label]}, 2" for text, label in posts(60, "negative", "positive")]
        write(root / "xed" / "projections" / f"{code}-projections.tsv", rows)
    return folder


@pytest.fixture(scope="module")
def rows(data: Path) -> list[Row]:
    return read_rows(data)


def test_labels_are_read_as_the_sets_mean_them(rows: list[Row]) -> None:
    texts = {row.text: row for row in rows}
    for absent in ("mixed, so", "surprised, so", "unlabelled, so", "unclear", "torn", "so and so ."):
        assert absent not in texts
    for row in rows:
        if row.dataset != "arabic_emoji_tweets":
            wanted = {NEGATIVE: "negative", NEUTRAL: "neutral", POSITIVE: "positive"}[row.label]
            assert set(WORDS[wanted].split()) & set(re.findall(r"\w+", row.text)), row
    assert {row.text for row in rows if row.dataset == "arabic_emoji_tweets"} == {"kalam   jamil", "kalam   say'"}
    assert all(row.label != NEUTRAL for row in rows if row.two_class)
    assert not [row for row in rows if row.dataset == "potts" and " !" in row.text]
    assert {row.language for row in rows if row.domain == "xed-projection-tw"} == {"zh"}
    assert {row.language for row in rows} == {"ha", "ro", "en", "id", "ko", "de", "th", "ar", "fi", "it", "zh"}


def test_no_exam_post_is_learned_and_no_line_of_xed_is_an_exam(rows: list[Row]) -> None:
    exam = {key_of(row.text) for row in rows if row.part == "test"}
    assert exam
    assert not [row for row in rows if row.part != "test" and key_of(row.text) in exam]
    assert not [row for row in rows if row.domain == "brighter-hau"]  # its only post stands in AfriSenti's test
    assert {row.part for row in rows if row.dataset == "xed"} == {"train"}
    assert {row.part for row in rows if row.dataset == "potts"} == {"train", "fit", "test"}


def test_training_is_reproducible_and_learns(data: Path, tmp_path: Path) -> None:
    said: list[str] = []
    cards = [train(data, tmp_path / name, seed=7, recipe=SMALL, umsab=None, say=said.append) for name in ("a", "b")]
    assert cards[0] == cards[1]
    for name in ("weights.npz", "card.json"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes()
    assert train(data, tmp_path / "c", seed=8, recipe=SMALL, umsab=None, say=said.append) != cards[0]
    engine = CompactEngine(tmp_path / "a")
    texts = ["kadan lovely lofer migol", "kadan awful lofer migol", "kadan street lofer migol"]
    assert [reading.sentiment for reading in engine.read(texts, ["ha"] * 3)] == ["positive", "negative", "neutral"]
    card: Any = engine.card()
    assert card["thin_languages"] == ["it", "zh"]
    assert card["umsab_val"] == {}
    assert "ha" in card["languages"]
    assert "it" not in card["languages"]


def test_a_missing_set_is_an_error(data: Path, tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        read_rows(tmp_path)


def test_umsab_lines_and_labels_must_match(tmp_path: Path) -> None:
    (tmp_path / "en_val_text.txt").write_text("one\ntwo\n", encoding="utf-8")
    (tmp_path / "en_val_labels.txt").write_text("0\n2\n", encoding="utf-8")
    assert [(row.text, row.label) for row in read_umsab(tmp_path, ("en",))] == [("one", 0), ("two", 2)]
    (tmp_path / "en_val_labels.txt").write_text("0\n", encoding="utf-8")
    with pytest.raises(ValueError, match="differ"):
        read_umsab(tmp_path, ("en",))


def test_bias_and_temperature_are_recovered() -> None:
    dice = np.random.default_rng(3)
    scores = dice.normal(0, 2, (6_000, 3))
    true = softmax((scores + np.array([0.5, 0.0, -1.0])) / 1.5)
    labels = (dice.random((6_000, 1)) > true.cumsum(axis=1)).sum(axis=1).clip(0, 2)
    bias, temperature = fit_bias(Scored(scores, labels, np.ones(6_000)))
    assert bias == pytest.approx([0.5, 0.0, -1.0], abs=0.15)
    assert temperature == pytest.approx(1.5, abs=0.1)
    with pytest.raises(ValueError, match="too few"):
        fit_bias(Scored(scores, labels, np.zeros(6_000)))


def test_weights_balance_classes_and_skip_small_sets() -> None:
    labels = np.array([0] * 10 + [1] * 20 + [2] * 70 + [0, 1, 2])
    weights = balanced_weights(["big"] * 100 + ["small"] * 3, labels)
    sums = [weights[:100][labels[:100] == label].sum() for label in range(3)]
    assert sums == pytest.approx([10 / 3] * 3)
    assert weights[100:].tolist() == [0, 0, 0]


def test_the_threshold_keeps_the_share_asked_for() -> None:
    top = np.linspace(0.34, 0.99, 1_000)
    threshold = threshold_for(top, np.ones(1_000), 0.9)
    assert (top >= threshold).mean() >= 0.9
    assert (top >= threshold + 0.01).mean() < 0.9


def test_features_see_words_pairs_and_ngrams() -> None:
    hasher = Hasher(18, character_classes())

    def bag(text: str) -> tuple[set[int], set[int]]:
        found = hasher.features([text])
        return set(found.words.tolist()), set(found.grams.tolist())

    assert bag("Good COFFEE") == bag("good coffee")
    assert bag("café") == bag("cafe\u0301") == bag("cafe")
    assert bag("soooooo") == bag("sooo") != bag("so")
    assert bag("see https://example.org/x now") == bag("see http now")
    assert bag("tel 123") == bag("tel 987")
    assert len(bag("not good")[0]) == 3  # two words and their pair
    assert bag("not good")[0] != bag("good not")[0]
    assert len(bag("好吃")[0]) == 3  # each character a word where no blanks are written
    assert bag("") == bag(" \u200b ")
    assert bag("")[0] == set()


def test_saving_and_loading_changes_nothing(tmp_path: Path) -> None:
    network = Network(
        bits=4, table=np.arange(64, dtype=np.int8).reshape(16, 4), scales=np.full(4, 0.01), hidden_bias=np.zeros(1),
        output=np.ones((1, 3)), bias=np.zeros(3), temperature=1.5, classes=character_classes(),
        thin=frozenset({"it", "fr"}), thin_bias=np.array([0.1, 0.0, 0.2]),
    )  # fmt: skip
    digest = network.save(tmp_path / "one.npz")
    loaded = Network.load(tmp_path / "one.npz")
    assert loaded.save(tmp_path / "two.npz") == digest
    texts, languages = ["good coffee", "", "好吃"], ["en", "fr", "zh"]
    assert (loaded.probabilities(texts, languages) == network.probabilities(texts, languages)).all()
    assert loaded.probabilities([], []).shape == (0, 3)
