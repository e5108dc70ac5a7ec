"""Batches, labels of emotions and irony, abstaining and filling: what the transformers engine does beside sentiment."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from analytics.language.contracts import EMOTIONS, EngineUnavailable
from analytics.language.engines import get_engine
from analytics.language.transformer import Options, TransformersEngine, map_emotions, map_irony
from analytics.language.transformer.batches import batches
from analytics.language.transformer.classifier import Classifier, fingerprint
from analytics.language.transformer.engine import emotions_of
from tests.language.test_transformer import TEXTS, save_tiny_model, straight_from_torch

needs_torch = pytest.mark.skipif(find_spec("torch") is None, reason="torch is an optional extra")
SENTIMENTS = ["positive", "negative", "neutral"]


@given(st.lists(st.integers(1, 300), max_size=80), st.integers(1, 1_000), st.integers(1, 20))
def test_batches_hold_each_text_once_and_keep_to_their_size(lengths: list[int], tokens: int, rows: int) -> None:
    found = batches(lengths, tokens=tokens, rows=rows)
    assert sorted(place for batch in found for place in batch) == list(range(len(lengths)))
    for batch in found:
        longest = max(lengths[place] for place in batch)
        assert len(batch) <= rows
        assert len(batch) * longest <= tokens or len(batch) == 1
    ordered = [lengths[place] for batch in found for place in batch]
    assert ordered == sorted(ordered)


@pytest.mark.parametrize(
    ("labels", "emotions"),
    [
        (["anger", "joy", "optimism", "sadness"], ["anger", "joy", "anticipation", "sadness"]),
        (["anticipation", "joy", "optimism", "pessimism"], ["anticipation", "joy", "joy", None]),
        (["admiration", "amusement", "optimism", "neutral", "grief"], ["joy", "joy", "joy", None, "sadness"]),
        (["Angry", "HAPPY", "no_emotion"], ["anger", "joy", None]),
    ],
)
def test_emotions_are_mapped(labels: list[str], emotions: list[str | None]) -> None:
    found = map_emotions(dict(enumerate(labels)))
    assert [None if found.of[i] is None else EMOTIONS[found.of[i] or 0] for i in range(len(labels))] == emotions


@pytest.mark.parametrize("labels", [["toxic", "joy"], ["joy"], ["joy", "neutral"], ["LABEL_0", "LABEL_1"], []])
def test_other_labels_are_no_emotions(labels: list[str]) -> None:
    with pytest.raises(EngineUnavailable) as refusal:
        map_emotions(dict(enumerate(labels)))
    assert refusal.value.code == "labels_unknown"


def test_irony_is_found_among_two_labels_only() -> None:
    assert map_irony({0: "non_irony", 1: "irony"}) == 1
    assert map_irony({0: "Sarcastic", 1: "not sarcastic"}) == 0
    assert map_irony({0: "LABEL_0", 1: "LABEL_1"}) == 1
    for labels in ({0: "irony"}, {0: "irony", 1: "joy"}, {0: "irony", 1: "sarcasm"}, {0: "a", 1: "irony", 2: "b"}):
        with pytest.raises(EngineUnavailable):
            map_irony(labels)


def test_shares_of_one_emotion_add_up_and_the_likeliest_is_asserted() -> None:
    columns = map_emotions({0: "joy", 1: "amusement", 2: "anger", 3: "neutral"})
    found = np.array([[0.3, 0.2, 0.4, 0.1], [0.1, 0.1, 0.3, 0.5], [0.1, 0.1, 0.6, 0.2]])
    scores, asserted = emotions_of(found, columns, many=False)
    joy, anger = EMOTIONS.index("joy"), EMOTIONS.index("anger")
    assert scores[0, joy] == pytest.approx(0.5)
    assert [np.flatnonzero(row).tolist() for row in asserted] == [[joy], [], [anger]]
    scores, asserted = emotions_of(np.array([[0.7, 0.2, 0.6, 0.9], [0.1, 0.4, 0.2, 0.1]]), columns, many=True)
    assert scores[1, joy] == pytest.approx(0.4)
    assert [np.flatnonzero(row).tolist() for row in asserted] == [[anger, joy], []]


@needs_torch
def test_models_of_emotion_and_irony_read_beside_it_and_are_named(tmp_path: Path) -> None:
    folders = {
        "mood": save_tiny_model(tmp_path / "mood", SENTIMENTS),
        "feel": save_tiny_model(tmp_path / "feel", ["anger", "joy", "optimism", "sadness"]),
        "wry": save_tiny_model(tmp_path / "wry", ["non_irony", "irony"]),
    }
    engine = TransformersEngine(
        str(folders["mood"]), Options(rows=2, emotion=str(folders["feel"]), irony=str(folders["wry"]))
    )
    alone = TransformersEngine(str(folders["mood"]))
    for text, reading, plain in zip(TEXTS, engine.read(TEXTS), alone.read(TEXTS), strict=True):
        assert (reading.sentiment, reading.positive) == (plain.sentiment, pytest.approx(plain.positive, abs=1e-5))
        assert (plain.emotions, plain.irony) == (None, None)
        if reading.abstained:
            assert (reading.emotions, reading.irony) == (None, None)
            continue
        assert reading.irony == pytest.approx(straight_from_torch(folders["wry"], text)[1], abs=1e-5)
        shares = straight_from_torch(folders["feel"], text)
        known = {"anger": shares[0], "joy": shares[1], "anticipation": shares[2], "sadness": shares[3]}
        assert reading.emotion_scores is not None
        for emotion, score in zip(EMOTIONS, reading.emotion_scores, strict=True):
            assert score == (pytest.approx(known[emotion], abs=1e-5) if emotion in known else None)
        assert reading.emotions == (max(known, key=lambda name: known[name]),)
    for part in ("mood@", "+emotion:feel@", "+irony:wry@"):
        assert part in engine.model_id
    with pytest.raises(EngineUnavailable) as refusal:
        TransformersEngine(str(folders["mood"]), Options(emotion=str(folders["wry"])))
    assert refusal.value.code == "labels_unknown"


@needs_torch
def test_other_weights_in_the_same_folder_are_another_model(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    folder = save_tiny_model(tmp_path / "mood", SENTIMENTS)
    first = TransformersEngine(str(folder)).model_id
    (folder / "README.md").write_text("a paper", encoding="utf-8")
    assert TransformersEngine(str(folder)).model_id == first
    model = AutoModelForSequenceClassification.from_pretrained(folder)
    with torch.no_grad():
        model.classifier.bias += 1
    model.save_pretrained(folder)
    assert TransformersEngine(str(folder)).model_id != first


def test_a_byte_in_the_middle_is_another_model(tmp_path: Path) -> None:
    content = bytearray(5 << 20)
    (tmp_path / "model.safetensors").write_bytes(content)
    first = fingerprint(tmp_path)
    content[len(content) // 2] = 1
    (tmp_path / "model.safetensors").write_bytes(content)
    assert fingerprint(tmp_path) != first


@needs_torch
def test_a_name_too_long_for_all_still_tells_them_apart(tmp_path: Path) -> None:
    import torch
    from transformers import AutoModelForSequenceClassification

    long = "a-model-of-a-long-name-indeed"
    mood, feel, wry = (
        str(save_tiny_model(tmp_path / f"{long}-{head}", labels))
        for head, labels in (("mood", SENTIMENTS), ("feel", ["anger", "joy"]), ("wry", ["non_irony", "irony"]))
    )
    options = Options(emotion=feel, irony=wry)
    first = TransformersEngine(mood, options, filling=get_engine("compact")).model_id
    model = AutoModelForSequenceClassification.from_pretrained(wry)
    with torch.no_grad():
        model.classifier.bias += 1
    model.save_pretrained(wry)
    second = TransformersEngine(mood, options, filling=get_engine("compact")).model_id
    assert first != second
    assert len(first) <= 108


@needs_torch
def test_the_compact_engine_fills_what_no_model_says_and_is_named(tmp_path: Path) -> None:
    folder = save_tiny_model(tmp_path / "mood", SENTIMENTS)
    compact = get_engine("compact")
    engine = get_engine(f"transformers:{folder}", Options(fill=True))
    texts = ["What a lovely day, I am so happy with the coffee!", "I am furious, this is the worst service ever."]
    for reading, plain in zip(engine.read(texts), compact.read(texts), strict=True):
        assert (reading.emotions, reading.irony) == (plain.emotions, plain.irony)
        assert reading.model_id == engine.model_id
    assert engine.model_id.endswith(f"+{compact.model_id}")
    assert engine.card()["filled_by"] == compact.model_id


@needs_torch
def test_it_abstains_below_the_threshold_and_keeps_the_numbers(tmp_path: Path) -> None:
    folder = str(save_tiny_model(tmp_path / "mood", SENTIMENTS))
    plain = TransformersEngine(folder).read(TEXTS)
    tops = sorted(
        max(reading.negative, reading.neutral, reading.positive) for reading in plain if not reading.abstained
    )
    limit = (tops[0] + tops[-1]) / 2
    for before, after in zip(plain, TransformersEngine(folder, Options(abstain_below=limit)).read(TEXTS), strict=True):
        assert (after.negative, after.positive) == (before.negative, before.positive)
        if not before.abstained:
            sure = max(before.negative, before.neutral, before.positive) >= limit
            assert (after.sentiment, after.abstain_reason) == (
                (before.sentiment, "") if sure else ("", "low_confidence")
            )


@needs_torch
def test_a_text_that_overflows_harms_no_other(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folders = [
        str(save_tiny_model(tmp_path / name, labels))
        for name, labels in (("mood", SENTIMENTS), ("feel", ["anger", "joy"]), ("wry", ["non_irony", "irony"]))
    ]
    engine = TransformersEngine(folders[0], Options(emotion=folders[1], irony=folders[2]))
    plain = engine.read(["good coffee", "bad day"])
    read = Classifier.probabilities

    def overflowing(self: Classifier, texts: Sequence[str]) -> NDArray[np.float64]:
        found = read(self, texts)
        found[0] = np.nan
        return found

    monkeypatch.setattr(Classifier, "probabilities", overflowing)
    lost, kept = engine.read(["good coffee", "bad day"])
    assert (lost.abstain_reason, lost.emotions, lost.emotion_scores, lost.irony) == ("low_confidence", None, None, None)
    assert kept == plain[1]


@needs_torch
def test_copies_are_read_once_and_neighbours_change_nothing(tmp_path: Path) -> None:
    engine = TransformersEngine(str(save_tiny_model(tmp_path / "mood", SENTIMENTS)), Options(tokens=64))
    many = engine.read(TEXTS * 5)
    assert many == many[: len(TEXTS)] * 5
    for text, reading in zip(TEXTS, many, strict=False):
        (single,) = engine.read([text])
        assert (single.sentiment, single.negative) == (reading.sentiment, pytest.approx(reading.negative, abs=2e-6))


@needs_torch
def test_a_device_that_is_not_there_is_told(tmp_path: Path) -> None:
    folder = str(save_tiny_model(tmp_path / "mood", SENTIMENTS))
    for device in ("abacus", "cuda:99"):
        with pytest.raises(EngineUnavailable) as refusal:
            TransformersEngine(folder, Options(device=device))
        assert refusal.value.code == "device_unavailable"


@pytest.mark.parametrize(
    "wrong", [{"rows": 0}, {"tokens": 0}, {"max_length": 3}, {"threads": -1}, {"abstain_below": 1.1}, {"runtime": "x"}]
)
def test_options_are_checked(wrong: dict[str, object]) -> None:
    with pytest.raises(ValueError, match="must"):
        Options(**wrong)  # type: ignore[arg-type]
